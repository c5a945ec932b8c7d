//! [`resources`]: the kinds that an established CRD makes.

use std::{cmp::Reverse, sync::Arc};

use serde_json::Value;

use super::{condition::is_true, spec::list, strategy::CustomStrategy, termination};
use crate::{
    field_error::FieldError,
    resource::{Resource, ScalePaths, Subresource},
};

/// The kinds of a CRD's served versions, in their order; none if it is not established.
///
/// While it is terminating, creating, updating and patching are no longer among the verbs, but updates are still to be
/// carried out.
///
/// # Errors
/// If the CRD's rules can't be compiled: a CRD that was validated has none.
pub(crate) fn resources(definition: &Value) -> Result<Vec<Resource>, Vec<FieldError>> {
    if !is_true(definition, "Established") {
        return Ok(Vec::new());
    }
    let versions = list(&definition["spec"]["versions"]).iter();
    let served = versions.filter(|v| v["served"] == true);
    served
        .map(|version| resource(definition, version))
        .collect()
}

/// The kind in the version that objects are stored in, served or not.
///
/// # Errors
/// As [`resources`].
pub(crate) fn stored_resource(definition: &Value) -> Result<Resource, Vec<FieldError>> {
    let versions = list(&definition["spec"]["versions"]).iter();
    let mut storage = versions.filter(|v| v["storage"] == true);
    resource(definition, storage.next().unwrap_or(&Value::Null))
}

fn resource(definition: &Value, version: &Value) -> Result<Resource, Vec<FieldError>> {
    let strategy = Arc::new(CustomStrategy::new(definition, version)?);
    let names = &definition["status"]["acceptedNames"];
    let name = |field: &str| text(&names[field]).to_owned();
    let names = |field: &str| {
        list(&names[field])
            .iter()
            .map(|n| text(n).to_owned())
            .collect()
    };
    let (group, kind) = (text(&definition["spec"]["group"]).to_owned(), name("kind"));
    let version_name = text(&version["name"]).to_owned();
    let own = (group.clone(), version_name.clone(), kind.clone());
    Ok(Resource {
        deprecation: deprecation(definition, version, &kind),
        subresources: subresources(&version["subresources"], own),
        group,
        version: version_name,
        kind,
        list_kind: name("listKind"),
        plural: name("plural"),
        singular: name("singular"),
        short_names: names("shortNames"),
        categories: names("categories"),
        namespaced: definition["spec"]["scope"] == "Namespaced",
        verbs: verbs(definition),
        strategy,
        custom: true,
    })
}

fn verbs(definition: &Value) -> Vec<String> {
    let all = [
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "create",
        "update",
        "watch",
    ];
    let ending = ["patch", "create", "update"];
    let is_ending = termination::refuses_creation(definition);
    let verbs = all
        .into_iter()
        .filter(|verb| !is_ending || !ending.contains(verb));
    verbs.map(str::to_owned).collect()
}

fn subresources(value: &Value, own: (String, String, String)) -> Vec<Subresource> {
    let verbs = || ["get", "patch", "update"].map(str::to_owned).to_vec();
    let mut subresources = Vec::new();
    if !value["status"].is_null() {
        subresources.push(Subresource {
            name: "status".to_owned(),
            kind: own,
            verbs: verbs(),
            scale: None,
        });
    }
    if let Some(paths) = scale_paths(value) {
        let (group, version, kind) = ("autoscaling", "v1", "Scale");
        subresources.push(Subresource {
            name: "scale".to_owned(),
            kind: (group.to_owned(), version.to_owned(), kind.to_owned()),
            verbs: verbs(),
            scale: Some(paths),
        });
    }
    subresources
}

/// The paths of the `scale` subresource, if it is on.
pub(super) fn scale_paths(subresources: &Value) -> Option<ScalePaths> {
    let scale = subresources["scale"].as_object()?;
    let path = |field: &str| {
        scale
            .get(field)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let selector = path("labelSelectorPath");
    Some(ScalePaths {
        spec_replicas: path("specReplicasPath"),
        status_replicas: path("statusReplicasPath"),
        label_selector: (!selector.is_empty()).then_some(selector),
    })
}

/// What a client of a deprecated version is told: to use the best newer one, if there is one.
fn deprecation(definition: &Value, version: &Value, kind: &str) -> Option<String> {
    if version["deprecated"] != true {
        return None;
    }
    if let Some(warning) = version["deprecationWarning"].as_str() {
        return Some(warning.to_owned());
    }
    let (group, name) = (text(&definition["spec"]["group"]), text(&version["name"]));
    let better = list(&definition["spec"]["versions"])
        .iter()
        .filter(|v| v["served"] == true && v["deprecated"] != true)
        .map(|v| text(&v["name"]))
        .filter(|other| precedence(other) > precedence(name))
        .max_by(|a, b| precedence(a).cmp(&precedence(b)));
    let mut warning = format!("{group}/{name} {kind} is deprecated");
    if let Some(better) = better {
        let better = format!("; use {group}/{better} {kind}");
        warning.push_str(&better);
    }
    Some(warning)
}

/// How versions are ordered: stable ones above beta above alpha, of these the higher; others below, by name, the
/// earlier ones above.
fn precedence(version: &str) -> (u8, u64, u64, Reverse<&str>) {
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let end = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        let major = rest[..end].parse().ok()?;
        let rest = &rest[end..];
        let (level, minor) = if rest.is_empty() {
            (3, "0")
        } else if let Some(minor) = rest.strip_prefix("beta") {
            (2, minor)
        } else {
            (1, rest.strip_prefix("alpha")?)
        };
        let minor = if minor.is_empty() {
            0
        } else {
            minor.parse().ok()?
        };
        Some((level, major, minor, Reverse("")))
    };
    parse().unwrap_or((0, 0, 0, Reverse(version)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(versions: &[(&str, bool)]) -> Option<String> {
        let versions: Vec<Value> = versions
            .iter()
            .map(|(name, deprecated)| json!({"name": name, "served": true, "deprecated": deprecated}))
            .collect();
        let crd = json!({"spec": {"group": "example.com", "versions": versions}});
        deprecation(&crd, &crd["spec"]["versions"][0], "Foo")
    }

    #[test]
    fn a_deprecated_version_points_to_the_best_newer_one() {
        assert_eq!(told(&[("v1", false)]), None);
        assert_eq!(
            told(&[("v1", true)]).as_deref(),
            Some("example.com/v1 Foo is deprecated")
        );
        assert_eq!(
            told(&[("v1", true), ("v2beta1", false)]).as_deref(),
            Some("example.com/v1 Foo is deprecated")
        );
        assert_eq!(
            told(&[
                ("v1beta1", true),
                ("v1", false),
                ("v2", false),
                ("v3", true)
            ])
            .as_deref(),
            Some("example.com/v1beta1 Foo is deprecated; use example.com/v2 Foo")
        );
    }

    #[test]
    fn a_warning_of_its_own_is_told_as_it_is() {
        let version = json!({"name": "v1", "deprecated": true, "deprecationWarning": "no more"});
        assert_eq!(
            deprecation(&json!({}), &version, "Foo").as_deref(),
            Some("no more")
        );
    }

    #[test]
    fn versions_have_an_order() {
        let order = [
            "v10",
            "v2",
            "v1",
            "v11beta2",
            "v10beta3",
            "v3beta1",
            "v12alpha1",
            "v11alpha2",
            "foo1",
            "foo10",
        ];
        let mut sorted = order.to_vec();
        sorted.sort_by_key(|v| Reverse(precedence(v)));
        assert_eq!(sorted, order);
    }

    #[test]
    fn a_kind_that_ends_is_no_longer_created() {
        let mut crd = json!({"metadata": {}, "spec": {}});
        assert_eq!(verbs(&crd).len(), 8);
        termination::mark(&mut crd, "t");
        assert_eq!(
            verbs(&crd),
            ["delete", "deletecollection", "get", "list", "watch"]
        );
    }

    #[test]
    fn subresources_are_those_that_are_on() {
        let own = || ("example.com".to_owned(), "v1".to_owned(), "Foo".to_owned());
        assert!(subresources(&Value::Null, own()).is_empty());
        let on = json!({"status": {}, "scale": {"specReplicasPath": ".spec.r", "statusReplicasPath": ".status.r"}});
        let on = subresources(&on, own());
        assert_eq!(on[0].kind, own());
        assert_eq!(on[0].verbs, ["get", "patch", "update"]);
        let scale = on[1].scale.as_ref().expect("it is on");
        assert_eq!(
            (
                scale.spec_replicas.as_str(),
                scale.label_selector.as_deref()
            ),
            (".spec.r", None)
        );
    }
}
