//! What types of `k8s-openapi` and of the standard library hold beyond what their schemas say.

use serde_json::{Value, json};

use super::convert::Node;

/// Adds to the schema of a well-known type what a value needs to be one: without it a server would take more, and
/// the value fail where it is read, or in the first child that it is handed to.
pub(super) fn refine(type_name: &str, node: &mut Node) {
    match type_name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => {
            node.insert("pattern".to_owned(), json!(QUANTITY));
        }
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => {
            node.insert("minimum".to_owned(), json!(i32::MIN));
            node.insert("maximum".to_owned(), json!(i32::MAX));
        }
        "Duration" => fraction_of_second(node, ["nanos", "secs"]),
        "SystemTime" => fraction_of_second(node, ["nanos_since_epoch", "secs_since_epoch"]),
        _ => {}
    }
}

/// More than a second of nanoseconds overflows, where the seconds are as many as there may be. A type of the same
/// name with other fields is somebody's own.
fn fraction_of_second(node: &mut Node, [nanoseconds, seconds]: [&str; 2]) {
    if node.get("required") != Some(&json!([nanoseconds, seconds])) {
        return;
    }
    let properties = node.get_mut("properties").and_then(Value::as_object_mut);
    if let Some(Value::Object(field)) = properties.and_then(|it| it.get_mut(nanoseconds)) {
        field.insert("maximum".to_owned(), json!(999_999_999));
    }
}

/// A signed decimal number with a binary or decimal suffix, or an exponent.
const QUANTITY: &str =
    r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?[0-9]+)?$";
