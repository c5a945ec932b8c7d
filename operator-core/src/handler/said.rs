//! [`Said`]: a child as a handler said it.

use std::borrow::Cow;

use kube::Resource;
use serde::Serialize;
use serde_json::Value;

use super::Error;

/// A child as a handler said it: as JSON text, since most of it is only passed on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    /// Its API version and kind where its Rust type knows them. Types of other generators leave these two to whoever
    /// sends the object.
    pub(crate) kind: Option<(Cow<'static, str>, Cow<'static, str>)>,
    pub(crate) json: String,
}

impl Said {
    /// A child of a Rust type, whose text is about so long.
    pub(crate) fn typed<T>(child: &T, length: usize) -> Result<Self, Error>
    where
        T: Resource<DynamicType = ()> + Serialize,
    {
        let (api_version, kind) = (T::api_version(&()), T::kind(&()));
        let mut json = Vec::with_capacity(length);
        let written = serde_json::to_writer(&mut json, child).map_err(|error| error.to_string());
        let json =
            written.and_then(|()| String::from_utf8(json).map_err(|error| error.to_string()));
        match json {
            Ok(json) => Ok(Self {
                kind: Some((api_version, kind)),
                json,
            }),
            Err(error) => {
                let name = child.meta().name.as_deref().unwrap_or("without a name");
                let said = format!("{kind} {name} can't be written as JSON: {error}");
                Err(Error::permanent(said))
            }
        }
    }

    /// A child that says itself what it is.
    pub(crate) fn raw(child: &Value) -> Self {
        Self {
            kind: None,
            json: child.to_string(),
        }
    }

    /// The child with its API version and kind; null where no parser takes it, as one that is nested too deeply.
    pub(crate) fn value(&self) -> Value {
        let mut value: Value = serde_json::from_str(&self.json).unwrap_or_default();
        if let (Some((api_version, kind)), Some(fields)) = (&self.kind, value.as_object_mut()) {
            fields.insert("apiVersion".into(), api_version.as_ref().into());
            fields.insert("kind".into(), kind.as_ref().into());
        }
        value
    }
}
