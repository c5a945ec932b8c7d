//! The desired set: checked whole before the first write, and signed with the engine's marks.

mod metadata;

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use self::metadata::{Malformed, Metadata, Owner};
use super::{digest, index::KindId};
use crate::{
    K8sType,
    config::UpdateStrategy,
    handler::Said,
    identity::Identity,
    object::{
        Object, ObjectKey,
        fields::{Fields, JsonObject},
        scan::text,
    },
    segment::{NO_SEGMENT, is_segment},
};

/// What is known of a declared kind when a set is checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KindRule {
    pub(crate) kind: &'static K8sType,
    pub(crate) strategy: UpdateStrategy,
    /// As discovery said; `None` where the cluster does not have the kind.
    pub(crate) namespaced: Option<bool>,
    /// Why nothing of the kind may be written now, if so.
    pub(crate) suspended: Option<String>,
}

/// A child as it is to be sent.
#[derive(Debug, PartialEq)]
pub(crate) struct DesiredChild {
    pub(crate) kind: KindId,
    pub(crate) key: ObjectKey,
    /// What the handler said, with owner reference, tracking label and annotations.
    pub(crate) json: Box<str>,
    /// Where in it the first field of its metadata begins; there is always one.
    metadata_at: usize,
    /// The digest of what the handler said, and of how it is written.
    pub(crate) digest: String,
}

impl DesiredChild {
    /// The whole of it.
    pub(crate) fn value(&self) -> Value {
        serde_json::from_str(&self.json).unwrap_or_default()
    }

    /// Its JSON with more fields in its metadata, of those that only a server sets: what they say needs no escapes, and
    /// none of them is there already.
    pub(crate) fn with(&self, more: &[(&'static str, &str)]) -> String {
        let (before, after) = self.json.split_at(self.metadata_at);
        let length = |(name, value): &(&str, &str)| name.len() + value.len() + 6;
        let more_length: usize = more.iter().map(length).sum();
        let mut json = String::with_capacity(self.json.len() + more_length);
        json.push_str(before);
        for (name, value) in more {
            json.extend(["\"", name, "\":\"", value, "\","]);
        }
        json.push_str(after);
        json
    }
}

/// Where the children of a parent may be.
#[derive(Clone, Debug)]
pub(crate) struct Parent<'a> {
    pub(crate) kind: &'a K8sType,
    pub(crate) object: &'a Object,
    /// The namespaces that the operator looks at, if not all.
    pub(crate) within: Option<&'a [String]>,
}

/// What is wrong with a desired set. Nothing of it is written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DesiredError {
    #[error("child {0} is no JSON object with `apiVersion`, `kind` and `metadata`")]
    NoObject(usize),
    #[error(
        "child {0} ({1}) has no `metadata.name`: give it one; `generateName` would create another one each time"
    )]
    NoName(usize, String),
    #[error("{kind} {name} has the {field} {said:?}, {NO_SEGMENT}")]
    NoPathSegment {
        kind: String,
        name: String,
        field: &'static str,
        said: String,
    },
    #[error("{kind} {name} is of a kind that is not declared: declare it with `with_child`")]
    Undeclared { kind: String, name: String },
    #[error("{0} {1} is there twice: give each child of a kind a name of its own")]
    Duplicate(K8sType, ObjectKey),
    #[error(
        "{0} {1} is in another namespace than its parent: a child of a namespaced parent shares its namespace"
    )]
    OtherNamespace(K8sType, ObjectKey),
    #[error(
        "{0} {1} is cluster-scoped, but its parent is in a namespace: such a parent can't own it"
    )]
    ClusterScoped(K8sType, ObjectKey),
    #[error(
        "{0} {1} has no namespace: its parent has none to inherit, so `metadata.namespace` has to say it"
    )]
    NoNamespace(K8sType, ObjectKey),
    #[error(
        "{0} {1} is in a namespace that this operator does not look at: add it with `with_namespaces`"
    )]
    NotWatched(K8sType, ObjectKey),
    #[error("{kind} {name} has a {field} that is no {wanted}")]
    Malformed {
        kind: String,
        name: String,
        field: &'static str,
        wanted: &'static str,
    },
    #[error("{0} {1} names another controller in `ownerReferences`: its parent is its controller")]
    OtherController(K8sType, ObjectKey),
    #[error(
        "{0} {1} is nested more deeply than 127 levels: an operator can't read such an object back"
    )]
    TooDeep(K8sType, ObjectKey),
}

/// Checks the children that a handler returned and signs them.
pub(crate) fn check(
    parent: &Parent<'_>,
    children: &[Said],
    rules: &[(KindId, KindRule)],
    identity: &Identity,
) -> Result<Vec<Arc<DesiredChild>>, DesiredError> {
    let mut seen = BTreeSet::new();
    let owner = Owner::of(parent);
    children
        .iter()
        .enumerate()
        .map(|(number, child)| {
            let child = check_one(parent, &owner, number, child, rules, identity)?;
            if seen.insert((child.kind, child.key.clone())) {
                Ok(Arc::new(child))
            } else {
                let kind = rules
                    .iter()
                    .find(|(id, _)| *id == child.kind)
                    .map(|(_, rule)| *rule.kind);
                Err(DesiredError::Duplicate(
                    kind.unwrap_or(*parent.kind),
                    child.key,
                ))
            }
        })
        .collect()
}

fn check_one(
    parent: &Parent<'_>,
    owner: &Owner,
    number: usize,
    said: &Said,
    rules: &[(KindId, KindRule)],
    identity: &Identity,
) -> Result<DesiredChild, DesiredError> {
    let mut fields = Fields::read(&said.json).unwrap_or_default();
    let own = ["apiVersion", "kind"].map(|name| text(fields.take(name)?).ok());
    let [Some(api_version), Some(kind)] = said
        .kind
        .clone()
        .map_or(own, |kind| <[_; 2]>::from(kind).map(Some))
    else {
        return Err(DesiredError::NoObject(number));
    };
    let metadata = fields.take("metadata").map(Fields::read);
    let Some(Ok(metadata)) = metadata else {
        return Err(DesiredError::NoObject(number));
    };
    let name = metadata.get("name").and_then(|name| text(name).ok());
    let Some(name) = name.filter(|name| !name.is_empty()) else {
        return Err(DesiredError::NoName(number, kind.into()));
    };
    let metadata = Metadata::read(metadata, identity).map_err(|Malformed { field, wanted }| {
        let (kind, name) = (kind.to_string(), name.to_string());
        DesiredError::Malformed {
            kind,
            name,
            field,
            wanted,
        }
    })?;
    let found = rules
        .iter()
        .find(|(_, rule)| rule.kind.api_version == api_version && rule.kind.kind == kind);
    let Some((id, rule)) = found else {
        let (kind, name) = (format!("{kind}.{api_version}"), name.into());
        return Err(DesiredError::Undeclared { kind, name });
    };
    for (field, said) in [("name", Some(&*name)), ("namespace", metadata.namespace())] {
        if let Some(said) = said.filter(|said| !is_segment(said)) {
            return Err(DesiredError::NoPathSegment {
                kind: rule.kind.to_string(),
                name: name.to_string(),
                field,
                said: said.to_owned(),
            });
        }
    }
    let key = place(parent, rule, metadata.namespace(), &name)?;
    let (json, metadata_at, digest) = sign(parent, owner, rule, &key, metadata, &fields, identity)?;
    Ok(DesiredChild {
        kind: *id,
        key,
        json,
        metadata_at,
        digest,
    })
}

/// Where a child goes, or why it can't.
fn place(
    parent: &Parent<'_>,
    rule: &KindRule,
    namespace: Option<&str>,
    name: &str,
) -> Result<ObjectKey, DesiredError> {
    let namespace = namespace.filter(|namespace| !namespace.is_empty());
    let own = parent.object.key.namespace.as_deref();
    let key = ObjectKey::new(namespace.or(own), name);
    // A kind that the cluster lacks is taken to be as its parent is: nothing of it is written anyway.
    let namespaced = rule.namespaced.unwrap_or(key.namespace.is_some());
    match (namespaced, own) {
        (true, Some(own)) if namespace.is_some_and(|namespace| namespace != own) => {
            Err(DesiredError::OtherNamespace(*rule.kind, key))
        }
        (true, None) if namespace.is_none() => Err(DesiredError::NoNamespace(*rule.kind, key)),
        (true, _) => {
            let watched = parent.within.is_none_or(|within| {
                within
                    .iter()
                    .any(|one| key.namespace.as_deref() == Some(one))
            });
            if watched {
                Ok(key)
            } else {
                Err(DesiredError::NotWatched(*rule.kind, key))
            }
        }
        (false, Some(_)) => Err(DesiredError::ClusterScoped(
            *rule.kind,
            ObjectKey::new(None, name),
        )),
        (false, None) => Ok(ObjectKey::new(None, name)),
    }
}

/// The text of a child with the engine's marks, where in it the first field of its metadata begins, and the digest of what
/// the handler said.
fn sign<'a>(
    parent: &Parent<'_>,
    owner: &Owner,
    rule: &KindRule,
    key: &'a ObjectKey,
    mut metadata: Metadata<'a>,
    rest: &Fields<'_>,
    identity: &Identity,
) -> Result<(Box<str>, usize, String), DesiredError> {
    if !metadata.belongs(key.namespace.as_deref(), &parent.object.uid) {
        return Err(DesiredError::OtherController(*rule.kind, key.clone()));
    }
    let digest = metadata.digest(owner);
    let Ok(digest) = digest.and_then(|metadata| digest_of(rule, metadata, rest)) else {
        return Err(DesiredError::TooDeep(*rule.kind, key.clone()));
    };
    let keys = (rule.strategy == UpdateStrategy::Replace).then(|| metadata.set_keys(parent));
    let mut marks = vec![(&*identity.applied_annotation, &*digest)];
    marks.extend(
        keys.as_deref()
            .map(|keys| (&*identity.keys_annotation, keys)),
    );
    let length = metadata.length(identity, owner, &marks) + rest.length();
    let mut json = JsonObject::of_kind(rule.kind, length);
    json.text("apiVersion", rule.kind.api_version);
    json.text("kind", rule.kind.kind);
    let at = metadata.write(&mut json, identity, owner, &marks);
    json.fields(rest.0.iter());
    Ok((json.finish(), at, digest))
}

/// The digest of what a handler said. Its kind does not count: it is its object's for good.
fn digest_of(
    rule: &KindRule,
    metadata: u128,
    rest: &Fields<'_>,
) -> Result<String, serde_json::Error> {
    let mut fields = digest::Fields::of(rest, 0)?;
    fields.add("metadata", metadata);
    fields.add("apiVersion", digest::of_str(rule.kind.api_version));
    Ok(digest::of_object(&format!("{:?}", rule.strategy), &fields))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::k8s_types::core::v1::{ConfigMap, Namespace, Service};

    const FOO: &K8sType = &K8sType {
        api_version: "example.com/v1",
        kind: "Foo",
        plural_kind: "foos",
    };

    fn rules() -> Vec<(KindId, KindRule)> {
        let rule = |kind, namespaced| KindRule {
            kind,
            strategy: UpdateStrategy::Apply,
            namespaced: Some(namespaced),
            suspended: None,
        };
        vec![
            (KindId(1), rule(ConfigMap, true)),
            (KindId(2), rule(Namespace, false)),
        ]
    }

    fn parent(namespace: Option<&str>) -> Object {
        let json = json!({"metadata": {"name": "p", "uid": "P", "namespace": namespace, "resourceVersion": "1"}});
        Object::decode(&json.to_string(), FOO, &identity()).unwrap()
    }

    fn identity() -> Identity {
        Identity::new("example.com", "op")
    }

    fn checked(
        namespace: Option<&str>,
        children: Vec<Value>,
    ) -> Result<Vec<Arc<DesiredChild>>, DesiredError> {
        let object = parent(namespace);
        let within = ["ns".to_owned()];
        check(
            &Parent {
                kind: FOO,
                object: &object,
                within: Some(&within),
            },
            &children
                .into_iter()
                .map(|child| Said::raw(&child))
                .collect::<Vec<_>>(),
            &rules(),
            &identity(),
        )
    }

    fn config_map(metadata: &Value) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata})
    }

    #[test]
    fn a_child_is_signed_and_put_beside_its_parent() {
        let children = checked(
            Some("ns"),
            vec![config_map(
                &json!({"name": "a", "uid": "stale", "creationTimestamp": null}),
            )],
        )
        .unwrap();
        let metadata = &children[0].value()["metadata"];
        assert_eq!(metadata["namespace"], "ns");
        assert_eq!(metadata["labels"]["example.com/tracked-by"], "op");
        assert_eq!(
            metadata["annotations"]["example.com/applied"],
            children[0].digest
        );
        assert_eq!(metadata["ownerReferences"][0]["uid"], "P");
        assert_eq!(metadata["ownerReferences"][0]["controller"], true);
        assert!(metadata.get("uid").is_none() && metadata.get("creationTimestamp").is_none());
    }

    #[test]
    fn what_only_a_server_sets_is_added_where_an_apply_needs_it() {
        let children = checked(
            Some("ns"),
            vec![json!({"apiVersion": "v1", "kind": "ConfigMap",
                "data": {"metadata": "{"}, "metadata": {"name": "a", "uid": "stale"}})],
        )
        .unwrap();
        let plain = children[0].value();
        let sent = children[0].with(&[("uid", "u"), ("resourceVersion", "1")]);
        let mut sent: Value = serde_json::from_str(&sent).unwrap();
        let metadata = sent["metadata"].as_object_mut().unwrap();
        let added = ["uid", "resourceVersion"].map(|name| metadata.remove(name));
        assert_eq!(added, [Some(json!("u")), Some(json!("1"))]);
        assert_eq!(sent, plain);
    }

    #[test]
    fn the_digest_is_of_what_the_handler_said_alone() {
        let digest = |metadata| {
            checked(Some("ns"), vec![config_map(&metadata)]).unwrap()[0]
                .digest
                .clone()
        };
        let plain = digest(json!({"name": "a"}));
        assert_eq!(
            plain,
            digest(
                json!({"name": "a", "namespace": "ns", "annotations": null, "resourceVersion": "9"})
            )
        );
        assert_ne!(plain, digest(json!({"name": "a", "labels": {"b": "c"}})));
    }

    #[test]
    fn the_digest_of_a_whole_child_is_for_good() {
        // Children in clusters carry it: a change here resends every child of every operator once.
        let child = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"},
            "metadata": {"name": "a", "labels": {"b": "c"}, "finalizers": ["example.com/wait"]}});
        let children = checked(Some("ns"), vec![child]).unwrap();
        assert_eq!(children[0].digest, "f134ee846e8414a429d3dc24094ba4a8");
    }

    #[test]
    fn a_version_that_moves_is_a_change() {
        let digest = |api_version| {
            let kind = K8sType {
                api_version,
                ..*ConfigMap
            };
            let rule = KindRule {
                kind: Box::leak(Box::new(kind)),
                ..rules().remove(0).1
            };
            digest_of(&rule, 0, &Fields::default()).unwrap()
        };
        assert_ne!(digest("example.com/v1beta1"), digest("example.com/v1"));
    }

    #[test]
    fn a_field_that_is_said_twice_is_sent_once_as_it_was_said_last() {
        let said = Said {
            kind: None,
            json:
                r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"},
                "metadata":{"name":"a"},"data":{"a":"2"}}"#
                    .into(),
        };
        let object = parent(Some("ns"));
        let parent = Parent {
            kind: FOO,
            object: &object,
            within: None,
        };
        let children = check(&parent, &[said], &rules(), &identity()).unwrap();
        assert_eq!(&*children[0].key.name, "a");
        assert_eq!(children[0].json.matches("\"data\"").count(), 1);
        assert_eq!(children[0].value()["data"], json!({"a": "2"}));
    }

    #[test]
    fn a_set_with_one_mistake_is_refused_whole() {
        let key = |namespace, name| ObjectKey::new(namespace, name);
        let a = || config_map(&json!({"name": "a"}));
        let deep = (0..200).fold(json!(1), |inside, _| json!([inside]));
        let cases = [
            (vec![json!("x")], DesiredError::NoObject(0)),
            (
                vec![a(), config_map(&json!({"generateName": "a-"}))],
                DesiredError::NoName(1, "ConfigMap".into()),
            ),
            (
                vec![a(), a()],
                DesiredError::Duplicate(*ConfigMap, key(Some("ns"), "a")),
            ),
            (
                vec![config_map(&json!({"name": "a", "namespace": "b"}))],
                DesiredError::OtherNamespace(*ConfigMap, key(Some("b"), "a")),
            ),
            (
                vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}})],
                DesiredError::ClusterScoped(*Namespace, key(None, "a")),
            ),
            (
                vec![json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "a"}})],
                DesiredError::Undeclared {
                    kind: Service.to_string(),
                    name: "a".into(),
                },
            ),
            (
                vec![
                    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": deep}),
                ],
                DesiredError::TooDeep(*ConfigMap, key(Some("ns"), "a")),
            ),
            (
                vec![config_map(
                    &json!({"name": "a", "labels": {"b": (0..125).fold(json!(1), |it, _| json!([it]))}}),
                )],
                DesiredError::TooDeep(*ConfigMap, key(Some("ns"), "a")),
            ),
            (
                vec![config_map(&json!({"name": "a", "labels": "x"}))],
                DesiredError::Malformed {
                    kind: "ConfigMap".into(),
                    name: "a".into(),
                    field: "labels",
                    wanted: "object",
                },
            ),
            (
                vec![config_map(
                    &json!({"name": "a", "ownerReferences": [{"uid": "Q", "controller": true}]}),
                )],
                DesiredError::OtherController(*ConfigMap, key(Some("ns"), "a")),
            ),
        ];
        for (children, error) in cases {
            assert_eq!(checked(Some("ns"), children), Err(error));
        }
    }

    #[test]
    fn a_name_that_would_lead_to_another_path_is_refused() {
        for said in ["..", ".", "../secrets/a", "a/status", "a%2fstatus"] {
            let as_name = config_map(&json!({"name": said}));
            let as_namespace = config_map(&json!({"name": "a", "namespace": said}));
            for (child, name, field) in [(as_name, said, "name"), (as_namespace, "a", "namespace")]
            {
                let refused = DesiredError::NoPathSegment {
                    kind: ConfigMap.to_string(),
                    name: name.into(),
                    field,
                    said: said.into(),
                };
                assert_eq!(checked(None, vec![child]), Err(refused));
            }
        }
        // Whether a server takes it is for the server to say: of a role it does.
        assert!(checked(Some("ns"), vec![config_map(&json!({"name": "a: b?c"}))]).is_ok());
    }

    #[test]
    fn a_cluster_scoped_parent_says_each_childs_namespace() {
        let key = ObjectKey::new(None, "a");
        assert_eq!(
            checked(None, vec![config_map(&json!({"name": "a"}))]),
            Err(DesiredError::NoNamespace(*ConfigMap, key))
        );
        let elsewhere = config_map(&json!({"name": "a", "namespace": "b"}));
        assert_eq!(
            checked(None, vec![elsewhere]),
            Err(DesiredError::NotWatched(
                *ConfigMap,
                ObjectKey::new(Some("b"), "a")
            ))
        );
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "a"}});
        assert_eq!(
            checked(None, vec![namespace]).unwrap()[0].key,
            ObjectKey::new(None, "a")
        );
    }
}
