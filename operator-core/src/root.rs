//! How a root struct is written and read: `apiVersion` and `kind` are part of it though it has no such fields,
//! and a status that isn't the struct's yet reads as none.

use std::{borrow::Cow, fmt, marker::PhantomData};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};
use serde_json::{Map, Value, json};

use crate::{
    DeclaredParent,
    crd::schema::{document, status::OF_THE_ENGINE},
};

/// A root struct, and what its two halves have to be able to do.
pub trait Root: DeclaredParent {
    /// The type of the spec.
    type Spec: Serialize + DeserializeOwned + JsonSchema;
    /// The type of the status; the unit where there is none, which is neither written nor read.
    type StatusOrUnit: Serialize + DeserializeOwned + JsonSchema;
    /// Whether the fields of the spec struct stand at the top of the object, and not in `spec`.
    const FLAT: bool;
}

/// The fields of a root struct.
pub struct Parts<R: Root> {
    /// The metadata.
    pub metadata: ObjectMeta,
    /// The spec.
    pub spec: R::Spec,
    /// The status, if there is one that the struct can hold.
    pub status: Option<R::StatusOrUnit>,
}

/// Which statuses can be read as the struct: the engine writes conditions and `observedGeneration` to any.
#[derive(Debug)]
pub struct StatusRules {
    required: Vec<String>,
    set_aside: Vec<&'static str>,
}

impl StatusRules {
    /// The rules of a root struct, from the schema of its status.
    #[must_use]
    pub fn of<R: Root>() -> Self {
        let schema = document::<R::StatusOrUnit>();
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
pub fn serialize<S: Serializer, R: Root>(
    serializer: S,
    metadata: &ObjectMeta,
    spec: &R::Spec,
    status: Option<&R::StatusOrUnit>,
) -> Result<S::Ok, S::Error> {
    if R::FLAT {
        let object = FlatObject {
            api_version: R::TYPE.api_version,
            kind: R::TYPE.kind,
            metadata,
            fields: spec,
            status,
        };
        return object.serialize(serializer);
    }
    let mut map = serializer.serialize_map(Some(4 + usize::from(status.is_some())))?;
    map.serialize_entry("apiVersion", R::TYPE.api_version)?;
    map.serialize_entry("kind", R::TYPE.kind)?;
    map.serialize_entry("metadata", metadata)?;
    map.serialize_entry("spec", spec)?;
    if let Some(status) = status {
        map.serialize_entry("status", status)?;
    }
    map.end()
}

/// A resource without `spec`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FlatObject<'a, Spec, Status> {
    api_version: &'static str,
    kind: &'static str,
    metadata: &'a ObjectMeta,
    #[serde(flatten)]
    fields: &'a Spec,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a Status>,
}

/// Reads a root struct. Items of a list may lack `apiVersion` and `kind`; another type is an error.
///
/// Without rules there is no status, and whatever the server sends there is passed over.
///
/// # Errors
/// If it is of another type, or its spec or status isn't what the struct can hold.
pub fn deserialize<'de, D: Deserializer<'de>, R: Root>(
    deserializer: D,
    status: Option<&StatusRules>,
) -> Result<Parts<R>, D::Error> {
    deserializer.deserialize_map(Object {
        status,
        root: PhantomData,
    })
}

struct Object<'a, R> {
    status: Option<&'a StatusRules>,
    root: PhantomData<R>,
}

fn expect<R: Root, E: Error>(name: &str, found: &str, expected: &str) -> Result<(), E> {
    if found == expected {
        return Ok(());
    }
    Err(E::custom(format_args!(
        "{name} is {found:?}, which is no {}",
        R::TYPE
    )))
}

impl<'de, R: Root> Visitor<'de> for Object<'_, R> {
    type Value = Parts<R>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a {}", R::TYPE)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut metadata, mut spec, mut status) = (None, None, None);
        let mut fields = Map::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            match &*key {
                "apiVersion" => {
                    expect::<R, _>(&key, &map.next_value::<String>()?, R::TYPE.api_version)?;
                }
                "kind" => expect::<R, _>(&key, &map.next_value::<String>()?, R::TYPE.kind)?,
                "metadata" => metadata = map.next_value::<Option<ObjectMeta>>()?,
                "spec" if !R::FLAT => {
                    spec = Some(map.next_value::<R::Spec>().map_err(within("spec"))?);
                }
                "status" if self.status.is_some() => status = Some(map.next_value::<Value>()?),
                "status" => drop(map.next_value::<IgnoredAny>()?),
                _ if R::FLAT => drop(fields.insert(key.into_owned(), map.next_value()?)),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        if R::FLAT {
            spec = Some(R::Spec::deserialize(Value::Object(fields)).map_err(A::Error::custom)?);
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
pub fn schema<R: Root>(generator: &mut SchemaGenerator) -> Schema {
    let mut properties = json!({
        "apiVersion": { "type": "string", "const": R::TYPE.api_version },
        "kind": { "type": "string", "const": R::TYPE.kind },
        "metadata": { "type": "object" },
    });
    let mut required = vec!["apiVersion", "kind", "metadata"];
    let spec = generator.subschema_for::<R::Spec>();
    if !R::FLAT {
        properties["spec"] = json!(spec);
        required.push("spec");
    }
    if R::HAS_STATUS {
        properties["status"] = json!(generator.subschema_for::<Option<R::StatusOrUnit>>());
    }
    let mut schema = json_schema!({
        "type": "object",
        "properties": properties,
        "required": required,
    });
    if R::FLAT {
        schema.insert("allOf".to_owned(), json!([spec]));
    }
    schema
}
