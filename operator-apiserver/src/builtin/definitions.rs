//! The schemas of the built-in kinds: an index of lines, each of which is parsed when it is first looked at.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use serde_json::Value;

use crate::schema::{Schema, SchemaNode};

const DEFINITIONS: &str = include_str!("data/definitions.tsv");
const DESCRIPTIONS: &str = include_str!("data/descriptions.tsv");

/// Fields with a default of 0 that their types leave out nevertheless.
const OMITTED: &[(&str, &str)] = &[
    ("io.k8s.api.autoscaling.v1.ScaleSpec", "replicas"),
    (
        "io.k8s.api.core.v1.ReplicationControllerSpec",
        "minReadySeconds",
    ),
];

type LazySchema = LazyLock<Schema, Box<dyn FnOnce() -> Schema + Send>>;

static INDEX: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| lines(DEFINITIONS));
static DESCRIBED: LazyLock<BTreeMap<&str, &str>> = LazyLock::new(|| lines(DESCRIPTIONS));
static SCHEMAS: LazyLock<BTreeMap<&str, LazySchema>> = LazyLock::new(|| {
    let schema = |(name, line): (&&'static str, &&'static str)| {
        let (name, line) = (*name, *line);
        let read: Box<dyn FnOnce() -> Schema + Send> = Box::new(move || read(name, line));
        (name, LazyLock::new(read))
    };
    INDEX.iter().map(schema).collect()
});

/// The schema of that name, such as `io.k8s.api.apps.v1.DeploymentSpec`.
#[must_use]
pub(crate) fn definition(name: &str) -> Option<SchemaNode> {
    SCHEMAS.get(name).map(SchemaNode::Definition)
}

/// A definition as it stands in a document of `/openapi/v3`, JSON without descriptions.
#[must_use]
pub(crate) fn definition_json(name: &str) -> Option<&'static str> {
    INDEX.get(name).copied()
}

/// The descriptions of a definition, a JSON object: of the definition itself under `""`, of its fields by name.
#[must_use]
pub(crate) fn descriptions_json(name: &str) -> Option<&'static str> {
    DESCRIBED.get(name).copied()
}

/// The name of the definition of a kind.
#[must_use]
pub(crate) fn definition_of_kind(group: &str, version: &str, kind: &str) -> Option<&'static str> {
    let name = name_of_definition(group, version, kind);
    INDEX.get_key_value(name.as_str()).map(|(name, _)| *name)
}

/// What the definition of a built-in kind is called, whether or not there is one.
pub(crate) fn name_of_definition(group: &str, version: &str, kind: &str) -> String {
    let package = match group {
        "" => "api.core",
        "apiextensions.k8s.io" => "apiextensions-apiserver.pkg.apis.apiextensions",
        _ => {
            let first = group.split('.').next().unwrap_or_default();
            return format!("io.k8s.api.{first}.{version}.{kind}");
        }
    };
    format!("io.k8s.{package}.{version}.{kind}")
}

fn lines(text: &'static str) -> BTreeMap<&'static str, &'static str> {
    text.lines()
        .filter_map(|line| line.split_once('\t'))
        .collect()
}

fn read(name: &'static str, line: &'static str) -> Schema {
    // The lines are this crate's own data; a test reads every one.
    let json: Value = serde_json::from_str(line).unwrap_or_default();
    let mut schema = Schema::load(&json, &definition);
    schema.definition = Some(Arc::from(name));
    for (_, field) in OMITTED.iter().filter(|(definition, _)| *definition == name) {
        if let Some(node) = schema.properties.get_mut(*field) {
            let mut omitted = Schema::clone(node);
            omitted.default = None;
            *node = omitted.into();
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_json_and_sorted() {
        for text in [DEFINITIONS, DESCRIPTIONS] {
            let names: Vec<&str> = text
                .lines()
                .filter_map(|l| l.split_once('\t'))
                .map(|l| l.0)
                .collect();
            assert_eq!(names.len(), text.lines().count());
            assert!(names.is_sorted());
            for json in lines(text).values() {
                serde_json::from_str::<Value>(json).expect("json");
            }
        }
    }

    #[test]
    fn every_definition_can_be_loaded() {
        for name in INDEX.keys().copied() {
            let node = definition(name).expect(name);
            assert_eq!(node.definition.as_deref(), Some(name));
        }
    }

    #[test]
    fn kinds_find_their_definition() {
        let of = |group, version, kind| definition_of_kind(group, version, kind);
        assert_eq!(of("", "v1", "Pod"), Some("io.k8s.api.core.v1.Pod"));
        assert_eq!(
            of("rbac.authorization.k8s.io", "v1", "Role"),
            Some("io.k8s.api.rbac.v1.Role")
        );
        assert_eq!(of("nope", "v1", "Pod"), None);
    }
}
