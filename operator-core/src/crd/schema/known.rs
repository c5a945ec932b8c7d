//! What the types of `k8s-openapi` hold beyond what their schemas say.

use serde_json::json;

use super::convert::Node;

/// Adds to the schema of a type of Kubernetes what a value needs to be one, as the API server checks it in the
/// built-in kinds: without it anything would be taken, and fail in the first child that it is handed to.
pub(super) fn refine(type_name: &str, node: &mut Node) {
    match type_name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => {
            node.insert("pattern".to_owned(), json!(QUANTITY));
        }
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => {
            node.insert("minimum".to_owned(), json!(i32::MIN));
            node.insert("maximum".to_owned(), json!(i32::MAX));
        }
        _ => {}
    }
}

/// A signed decimal number with a binary or decimal suffix, or an exponent.
const QUANTITY: &str =
    r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(([KMGTPE]i)|[numkMGTPE]|[eE][+-]?[0-9]+)?$";
