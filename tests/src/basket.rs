//! The parents of the suite: a [`Basket`] says which `ConfigMap`s and [`Apple`]s should exist for it.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::{config::ChildConfig, prelude::*};

/// What should be in the basket.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
#[k8s(group = "e2e.example.com", version = "v1", kind = "Basket", status = BasketStatus)]
pub struct BasketSpec {
    /// The `ConfigMap`s: what they are called after the basket's own name, and what they say.
    #[serde(default)]
    pub items: BTreeMap<String, String>,
    /// Repeated in the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// What is in the basket.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default, PartialEq)]
pub struct BasketStatus {
    /// How many `ConfigMap`s there are.
    #[serde(default)]
    pub items: usize,
    /// The note as it was when they were counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<Note>,
}

/// A text that any schema takes for one, but that this program can't read if it says `unreadable`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Note(pub String);

impl TryFrom<String> for Note {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "unreadable" {
            Err("nobody can read this note")
        } else {
            Ok(Self(text))
        }
    }
}

/// A custom resource that is a child.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "e2e.example.com", version = "v1", kind = "Apple")]
pub struct AppleSpec {
    /// How good it is.
    pub grade: Grade,
}

/// A grade, which this program can't read if it says `rotten`.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq, Eq)]
#[serde(try_from = "String")]
#[schemars(with = "String")]
pub struct Grade(pub String);

impl TryFrom<String> for Grade {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "rotten" {
            Err("nobody grades rotten apples")
        } else {
            Ok(Self(text))
        }
    }
}

impl BasketSpec {
    /// A basket of these items.
    #[must_use]
    pub fn of(items: &[(&str, &str)]) -> Self {
        Self {
            items: items
                .iter()
                .map(|(key, text)| ((*key).to_owned(), (*text).to_owned()))
                .collect(),
            note: None,
        }
    }

    /// The same with a note.
    #[must_use]
    pub fn noting(self, note: &str) -> Self {
        Self {
            note: Some(Note(note.to_owned())),
            ..self
        }
    }
}

/// The `ConfigMap` for one item of a basket.
#[must_use]
pub fn config_map(basket: &str, key: &str, text: &str) -> ConfigMap {
    let mut map = ConfigMap {
        data: Some(BTreeMap::from([("text".to_owned(), text.to_owned())])),
        ..ConfigMap::default()
    };
    map.metadata.name = Some(format!("{basket}-{key}"));
    map
}

/// One `ConfigMap` for each item; the status follows from the basket and from the `ConfigMap`s that there are.
///
/// # Errors
/// If a `ConfigMap` can't be read.
pub fn fill(request: &SyncRequest<Basket>) -> Result<SyncResponse<Basket>, Error> {
    let basket = request.parent();
    let name = request.raw_parent().name();
    let status = BasketStatus {
        items: request.children::<ConfigMap>()?.len(),
        note: basket.spec.note.clone(),
    };
    let items = basket.spec.items.iter();
    Ok(SyncResponse::status(status)
        .with_children(items.map(|(key, text)| config_map(name, key, text))))
}

/// An operator that fills baskets.
#[must_use]
pub fn operator() -> Operator {
    Operator::new("basket-filler", |request: SyncRequest<Basket>| {
        fill(&request)
    })
    .with_child::<ConfigMap>(ChildConfig::apply())
}
