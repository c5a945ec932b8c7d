//! From what `schemars` says of a type to a structural schema, the only kind that a v1 CRD may have.
//!
//! Nothing is lost in silence: what has no counterpart is a [`Problem`] that names the type and the field.

mod combine;
mod convert;
mod junction;
mod keywords;
mod scalar;
pub(crate) mod status;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::Problem;

/// The structural schema of a type, and what is wrong with it.
pub(crate) struct Outcome {
    pub(crate) type_name: String,
    pub(crate) schema: Value,
    pub(crate) problems: Vec<Problem>,
}

/// The structural schema of `T`, which stands at `field` in the resource.
pub(crate) fn of<T: JsonSchema>(field: &str) -> Outcome {
    let document = document::<T>();
    let empty = Map::new();
    let definitions = document["$defs"].as_object().unwrap_or(&empty);
    let mut converter = convert::Converter::new(definitions);
    let type_name = T::schema_name().into_owned();
    let node = converter.node(&document, &convert::Place::new(&type_name, field));
    if node.get("type").is_none_or(|it| it != "object") && converter.problems.is_empty() {
        converter.problems.push(Problem {
            type_name: type_name.clone(),
            field: field.to_owned(),
            message: "it has to be an object: write a struct with named fields".to_owned(),
        });
    }
    Outcome {
        type_name,
        schema: Value::Object(node),
        problems: converter.problems,
    }
}

/// What `schemars` says of a type that is read from the API server.
pub(crate) fn document<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    settings.into_generator().into_root_schema_for::<T>().into()
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
