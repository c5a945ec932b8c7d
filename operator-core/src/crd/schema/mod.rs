//! From what `schemars` says of a type to a structural schema, the only kind that a v1 CRD may have.
//!
//! Nothing is lost in silence: what has no counterpart is a [`Problem`] that names the type and the field.
//! What serde writes is taken by a server and kept, and what a server takes serde reads, but for this, which a
//! structural schema or `schemars` can't say:
//!
//! - Integers above `i64::MAX` are refused by every server, whatever the Rust type holds. Floating-point numbers
//!   that are none (`NaN`, infinity) are null in JSON.
//! - Beside named fields, as in a flattened map, a map keeps values of any type. So does what stands under
//!   `x-kubernetes-preserve-unknown-fields`, recursion among it.
//! - Keys of a map may be any string, but for those of an enum whose variants have no description each.
//! - A conversion that can fail (`try_from`), and types that are a string to `schemars` without more
//!   (`SocketAddr`), take any string. Patterns say the form: not how large a number in a version is, nor which
//!   time zones there are.
//! - Formats are as strict as servers are: they take `,` for the point of a fraction in `date-time`, a path for
//!   a `uri`, and a list for any string that has a format. Before `int32` was checked, which 1.20 doesn't,
//!   an `i32` takes an `i64`.
//! - An `alias` isn't known to the server, which prunes it. Nor does `schemars` see two flattened fields of one name,
//!   or a limit on a field whose type is a named one: write it at that type.
//! - A struct without documentation and without a derive of ours that flattens another one is described by that one's.
//! - Kubernetes 1.20 takes an empty string for null, and refuses it where null is.

mod combine;
mod contract;
mod convert;
mod default;
mod format;
mod junction;
mod keywords;
mod known;
mod pattern;
mod scalar;
pub(crate) mod status;

use std::collections::BTreeMap;

use schemars::{
    JsonSchema, SchemaGenerator,
    generate::{Contract, SchemaSettings},
};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

pub(in crate::crd) use self::combine::TOLD;
pub(in crate::crd) use self::convert::definition;
use self::convert::{Converter, Node, Place};
use super::{Problem, declared::asked_for};

/// The structural schema of a type, and what is wrong with it.
pub(crate) struct Outcome {
    pub(crate) type_name: String,
    pub(crate) schema: Value,
    /// The fields where types stand in which something is declared, with the names of these in Rust.
    pub(crate) declared: Vec<(String, &'static str)>,
    pub(crate) problems: Vec<Problem>,
}

/// The structural schema of `T`, which stands at `field` in the resource.
///
/// It is what serde reads of `T`. What serde writes has to be the same, or a server would drop or refuse what a
/// program sends.
pub(crate) fn of<T: JsonSchema>(field: &str) -> Outcome {
    let type_name = T::schema_name().into_owned();
    let place = Place::new(&type_name, field);
    let (written, _) = contracted::<T>(Contract::Serialize);
    let writing = convert(&written, &place);
    let (read, mut generator) = contracted::<T>(Contract::Deserialize);
    let mut reading = convert(&read, &place.clone().where_written(&writing.node));
    if reading.problems.is_empty() && writing.problems.is_empty() {
        reading.problems = contract::check(&reading, &writing.node, &type_name, field);
    } else if reading.problems.is_empty() {
        reading.problems = writing.problems;
    }
    if reading.node.get("type").is_none_or(|it| it != "object") && reading.problems.is_empty() {
        reading.problems.push(Problem {
            type_name: type_name.clone(),
            field: field.to_owned(),
            message: "it has to be an object: write a struct with named fields".to_owned(),
        });
    }
    Outcome {
        type_name,
        declared: reading.standing(&asked_for(&mut generator)),
        schema: Value::Object(reading.node),
        problems: reading.problems,
    }
}

/// A document as a node, and what was found on the way.
struct Conversion {
    node: Node,
    /// The types that were met, by the field where they stand; the outermost first.
    types: BTreeMap<String, Vec<String>>,
    problems: Vec<Problem>,
}

impl Conversion {
    /// Where types stand that are given by the names of their definitions.
    fn standing(&self, types: &[(String, &'static str)]) -> Vec<(String, &'static str)> {
        let mut standing = Vec::new();
        for (field, met) in &self.types {
            let here = types.iter().filter(|(name, _)| met.contains(name));
            standing.extend(here.map(|(_, type_name)| (field.clone(), *type_name)));
        }
        standing
    }
}

fn convert(document: &Value, place: &Place<'_>) -> Conversion {
    let empty = Map::new();
    let definitions = document["$defs"].as_object().unwrap_or(&empty);
    let mut converter = Converter::new(document, definitions);
    Conversion {
        node: converter.node(document, place),
        types: converter.types,
        problems: converter.problems,
    }
}

/// What `schemars` says of a type that is read from the API server.
pub(crate) fn document<T: JsonSchema>() -> Value {
    contracted::<T>(Contract::Deserialize).0
}

/// The document, and the generator that made it.
fn contracted<T: JsonSchema>(contract: Contract) -> (Value, SchemaGenerator) {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.contract = contract;
    });
    let mut generator = settings.into_generator();
    let mut document: Value = generator.root_schema_for::<T>().into();
    // Where a type has no title, `schemars` takes its name.
    if document["title"] == *T::schema_name() {
        document.as_object_mut().map(|it| it.remove("title"));
    }
    (document, generator)
}

/// The schema of the whole object; `metadata` and what else every object has is the server's to say.
pub(crate) fn root(spec: Value, status: Option<Value>) -> Value {
    let mut root = json!({ "type": "object", "required": ["spec"] });
    if let Some(description) = spec.get("description") {
        root["description"] = description.clone();
    }
    root["properties"]["spec"] = spec;
    if let Some(status) = status {
        root["properties"]["status"] = status;
    }
    root
}

/// The same for a resource without spec: the fields of the struct stand beside `metadata`.
pub(crate) fn flat_root(mut fields: Value, status: Option<Value>) -> Value {
    if let Some(status) = status {
        fields["properties"]["status"] = status;
    }
    fields
}

/// JSON whose keys come out sorted even where a feature of `serde_json` keeps them as they were inserted.
pub(crate) struct Sorted<'a>(pub(crate) &'a Value);

impl Serialize for Sorted<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Object(object) => {
                let mut entries: Vec<_> = object.iter().collect();
                entries.sort_unstable_by_key(|(key, _)| *key);
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, &Sorted(value))?;
                }
                map.end()
            }
            Value::Array(array) => serializer.collect_seq(array.iter().map(Sorted)),
            plain => plain.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests;
