//! How a root struct is written and read: `apiVersion` and `kind` are part of it though it has no such fields,
//! and a status that isn't the struct's yet reads as none.

use std::{borrow::Cow, fmt, marker::PhantomData};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::Value;

use crate::{
    K8sType,
    crd::schema::{document, status::OF_THE_ENGINE},
};

/// Stands for the status of a root struct that has none: whatever the server sends there is passed over.
pub type NoSuchStatus = IgnoredAny;

/// The fields of a root struct.
pub struct Parts<Spec, Status> {
    /// The metadata.
    pub metadata: ObjectMeta,
    /// The spec.
    pub spec: Spec,
    /// The status, if there is one that the struct can hold.
    pub status: Option<Status>,
}

/// Which statuses can be read as the struct: the engine writes conditions and `observedGeneration` to any.
#[derive(Debug)]
pub struct StatusRules {
    required: Vec<String>,
    set_aside: Vec<&'static str>,
}

impl StatusRules {
    /// The rules of a type, from its schema.
    #[must_use]
    pub fn of<T: JsonSchema>() -> Self {
        let schema = document::<T>();
        let required = schema["required"].as_array().into_iter().flatten();
        // What isn't an object of named fields, such as any JSON, has room for them.
        let named = schema["type"] == "object";
        let set_aside = OF_THE_ENGINE.into_iter();
        Self {
            required: required
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            set_aside: set_aside
                .filter(|name| named && schema["properties"].get(*name).is_none())
                .collect(),
        }
    }

    /// The status as the struct, or none where fields are missing that the struct requires.
    fn read<T: DeserializeOwned>(&self, mut status: Value) -> Result<Option<T>, serde_json::Error> {
        if status.is_null() {
            return Ok(None);
        }
        if let Some(fields) = status.as_object_mut() {
            for name in &self.set_aside {
                fields.remove(*name);
            }
            if self.required.iter().any(|name| !fields.contains_key(name)) {
                return Ok(None);
            }
        }
        T::deserialize(status).map(Some)
    }
}

/// Writes a root struct; a status that is absent is left out.
///
/// # Errors
/// If the serializer does.
pub fn serialize<S: Serializer, Spec: Serialize, Status: Serialize>(
    serializer: S,
    of: &K8sType,
    metadata: &ObjectMeta,
    spec: &Spec,
    status: Option<&Status>,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(4 + usize::from(status.is_some())))?;
    map.serialize_entry("apiVersion", of.api_version)?;
    map.serialize_entry("kind", of.kind)?;
    map.serialize_entry("metadata", metadata)?;
    map.serialize_entry("spec", spec)?;
    if let Some(status) = status {
        map.serialize_entry("status", status)?;
    }
    map.end()
}

/// Reads a root struct. Items of a list may lack `apiVersion` and `kind`; another type is an error.
///
/// # Errors
/// If it is of another type, or its spec or status isn't what the struct can hold.
pub fn deserialize<'de, D, Spec, Status>(
    deserializer: D,
    of: &'static K8sType,
    status: Option<&StatusRules>,
) -> Result<Parts<Spec, Status>, D::Error>
where
    D: Deserializer<'de>,
    Spec: DeserializeOwned,
    Status: DeserializeOwned,
{
    deserializer.deserialize_map(Root {
        of,
        status,
        parts: PhantomData,
    })
}

struct Root<'a, Spec, Status> {
    of: &'static K8sType,
    status: Option<&'a StatusRules>,
    parts: PhantomData<(Spec, Status)>,
}

impl<Spec, Status> Root<'_, Spec, Status> {
    fn expect<E: Error>(&self, name: &str, found: &str, expected: &str) -> Result<(), E> {
        if found == expected {
            return Ok(());
        }
        Err(E::custom(format_args!(
            "{name} is {found:?}, which is no {}",
            self.of
        )))
    }
}

impl<'de, Spec: DeserializeOwned, Status: DeserializeOwned> Visitor<'de>
    for Root<'_, Spec, Status>
{
    type Value = Parts<Spec, Status>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", self.of)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut metadata, mut spec, mut status) = (None, None, None);
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "apiVersion" => self.expect(
                    "apiVersion",
                    &map.next_value::<String>()?,
                    self.of.api_version,
                )?,
                "kind" => self.expect("kind", &map.next_value::<String>()?, self.of.kind)?,
                "metadata" => metadata = map.next_value::<Option<ObjectMeta>>()?,
                "spec" => spec = Some(map.next_value::<Spec>().map_err(within("spec"))?),
                "status" if self.status.is_some() => status = Some(map.next_value::<Value>()?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let status = match (self.status, status) {
            (Some(rules), Some(status)) => rules.read(status).map_err(within("status"))?,
            _ => None,
        };
        Ok(Parts {
            metadata: metadata.unwrap_or_default(),
            spec: spec.ok_or_else(|| A::Error::missing_field("spec"))?,
            status,
        })
    }
}

/// Says in which half of the object an error is: field names often occur in both.
fn within<E: fmt::Display, F: Error>(name: &'static str) -> impl FnOnce(E) -> F {
    move |error| F::custom(format_args!("{name}: {error}"))
}

/// The JSON Schema of a root struct, for whoever uses it outside of a CRD.
pub fn schema<Spec: JsonSchema, Status: JsonSchema>(
    generator: &mut SchemaGenerator,
    of: &K8sType,
) -> Schema {
    let status = generator.subschema_for::<Option<Status>>();
    let mut schema = schema_without_status::<Spec>(generator, of);
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("status".to_owned(), status.to_value());
    }
    schema
}

/// The same for a root struct that has no status.
pub fn schema_without_status<Spec: JsonSchema>(
    generator: &mut SchemaGenerator,
    of: &K8sType,
) -> Schema {
    let spec = generator.subschema_for::<Spec>();
    json_schema!({
        "type": "object",
        "properties": {
            "apiVersion": { "type": "string", "const": of.api_version },
            "kind": { "type": "string", "const": of.kind },
            "metadata": { "type": "object" },
            "spec": spec,
        },
        "required": ["apiVersion", "kind", "metadata", "spec"],
    })
}
