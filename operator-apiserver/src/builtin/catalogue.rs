//! [`resources`]: every built-in kind that is served, with its names, its verbs and its strategy.

use std::sync::{Arc, LazyLock};

use serde_json::Value;

use super::{
    autoscaler_v1,
    definitions::{definition, definition_of_kind},
    fields::{flag, list, text},
    strategy::BuiltinStrategy,
};
use crate::{
    resource::{Resource, ScalePaths, Subresource},
    schema::{Schema, SchemaNode},
    strategy::Strategy,
};

/// The table that `generate/builtin.py` wrote.
static ROWS: LazyLock<Value> = LazyLock::new(|| {
    // This crate's own data; a test reads it.
    serde_json::from_str(include_str!("data/resources.json")).unwrap_or_default()
});

static RESOURCES: LazyLock<Vec<Arc<Resource>>> = LazyLock::new(|| {
    let rows: &'static [Value] = ROWS.as_array().map_or(&[], Vec::as_slice);
    rows.iter().map(resource).map(Arc::new).collect()
});

/// Every built-in kind, group by group.
///
/// The strategies of `CustomResourceDefinition` and of the reviews only decode and default: whoever serves them
/// replaces their strategies or answers in their place.
#[must_use]
pub(crate) fn resources() -> &'static [Arc<Resource>] {
    &RESOURCES
}

fn resource(row: &'static Value) -> Resource {
    let (group, version, kind) = (text(row, "group"), text(row, "version"), text(row, "kind"));
    let subresources: Vec<Subresource> =
        list(row, "subresources").iter().map(subresource).collect();
    let has_status = subresources.iter().any(|sub| sub.name == "status");
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        list_kind: text(row, "listKind").to_owned(),
        plural: text(row, "plural").to_owned(),
        singular: text(row, "singular").to_owned(),
        short_names: texts(row, "shortNames"),
        categories: texts(row, "categories"),
        namespaced: flag(row, "namespaced"),
        verbs: texts(row, "verbs"),
        subresources,
        strategy: strategy(group, version, kind, has_status),
        custom: false,
        deprecation: row["deprecation"].as_str().map(str::to_owned),
    }
}

fn strategy(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    has_status: bool,
) -> Arc<dyn Strategy> {
    let schema = |version| {
        let name = definition_of_kind(group, version, kind);
        name.and_then(definition)
            .unwrap_or_else(|| SchemaNode::from(Schema::default()))
    };
    let builtin = |version| BuiltinStrategy::new(group, version, kind, schema(version), has_status);
    if (group, version) == ("autoscaling", "v1") {
        return Arc::new(autoscaler_v1::strategy(builtin("v2"), schema(version)));
    }
    Arc::new(builtin(version))
}

fn subresource(row: &Value) -> Subresource {
    let name = text(row, "name");
    let kind = ["group", "version", "kind"].map(|field| text(row, field).to_owned());
    Subresource {
        name: name.to_owned(),
        kind: kind.into(),
        verbs: texts(row, "verbs"),
        scale: (name == "scale").then(|| ScalePaths {
            spec_replicas: ".spec.replicas".to_owned(),
            status_replicas: ".status.replicas".to_owned(),
            // Read as a map of labels (ReplicationController) or as a label selector (all others).
            label_selector: Some(".spec.selector".to_owned()),
        }),
    }
}

fn texts(row: &Value, field: &str) -> Vec<String> {
    let texts = list(row, field).iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(group: &str, plural: &str) -> &'static Arc<Resource> {
        let mut found = resources().iter();
        found
            .find(|resource| resource.group == group && resource.plural == plural)
            .expect("it is served")
    }

    #[test]
    fn every_kind_has_a_definition() {
        for resource in resources() {
            let name = definition_of_kind(&resource.group, &resource.version, &resource.kind);
            assert!(name.is_some(), "{}/{}", resource.group, resource.kind);
        }
    }

    #[test]
    fn kinds_carry_what_discovery_says_of_them() {
        let deployments = find("apps", "deployments");
        assert_eq!(deployments.list_kind, "DeploymentList");
        assert_eq!(deployments.short_names, ["deploy"]);
        assert_eq!(deployments.categories, ["all"]);
        assert!(deployments.namespaced && deployments.subresource("status").is_some());
        let scale = deployments.subresource("scale").expect("it scales");
        assert_eq!(
            scale.kind,
            ("autoscaling".into(), "v1".into(), "Scale".into())
        );
        assert!(scale.scale.is_some());
        assert_eq!(
            find("authorization.k8s.io", "subjectaccessreviews").verbs,
            ["create"]
        );
        assert!(find("", "endpoints").deprecation.is_some());
        assert!(!find("", "nodes").namespaced);
    }
}
