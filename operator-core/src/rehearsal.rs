//! [`Rehearsal`]: a handler asked once about a parent that need not be on any cluster, as the engine asks it.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    K8sType, Operator,
    crd::Scope,
    engine::{
        desired::{self, KindRule},
        index::KindId,
    },
    handler::{Error, KindView, ParentView, RawObject, Said, Snapshot},
    identity::Identity,
    object::Object,
};

/// The uid of a parent that has none.
const UID: &str = "00000000-0000-4000-8000-000000000001";

/// A handler asked once about a parent and its children, as the engine asks it, without a cluster.
///
/// What a server would have set and is not there is filled in: the uid, the `resourceVersion`, the generation, and the
/// namespace `default` where the parent's CRD says that it is namespaced. `operator-testkit` wraps it in types.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// The parent, as JSON.
    pub parent: Value,
    /// Its children, as JSON with `apiVersion` and `kind`. Their kinds have to be declared.
    pub children: Vec<Value>,
    /// What [`SyncRequest::now`](crate::SyncRequest::now) says.
    pub now: Timestamp,
}

/// What a handler answered about a parent, as JSON.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq)]
pub struct Rehearsed {
    /// The status, if it said one; without what the engine adds.
    pub status: Option<Value>,
    /// The children that should exist, as the handler said them, in their order.
    pub children: Vec<Value>,
    /// After which time it asked to be called again; for a finalize, until when the parent has to stay.
    pub again_after: Option<Duration>,
}

impl Rehearsal {
    /// Asks `sync`. A panic of the handler goes through.
    ///
    /// # Errors
    /// What the handler failed with; and what the engine would refuse: a parent or a child that can't be read, an answer
    /// that is no valid set of children.
    pub async fn sync(self, operator: &Operator) -> Result<Rehearsed, Error> {
        let snapshot = self.snapshot(operator)?;
        let handler = Arc::clone(&operator.handler);
        let answer = handler.sync(Arc::clone(&snapshot)).await?;
        check(operator, &snapshot, &answer.children)?;
        Ok(Rehearsed {
            status: answer.status,
            children: answer.children.iter().map(Said::value).collect(),
            again_after: answer.resync_after,
        })
    }

    /// Asks `finalize`; `again_after` is `None` if the parent may go.
    ///
    /// # Errors
    /// As [`sync`](Self::sync); and if the operator declares no finalize.
    pub async fn finalize(self, operator: &Operator) -> Result<Rehearsed, Error> {
        if !operator.handler.finalizes() {
            let why = "the operator has no finalize: declare it by `with_finalize`";
            return Err(Error::permanent(why));
        }
        let snapshot = self.snapshot(operator)?;
        let handler = Arc::clone(&operator.handler);
        let answer = handler.finalize(snapshot).await?;
        Ok(Rehearsed {
            status: answer.status,
            children: Vec::new(),
            again_after: answer.retry_after,
        })
    }

    fn snapshot(self, operator: &Operator) -> Result<Arc<Snapshot>, Error> {
        operator.check()?;
        let config = &operator.config;
        let identity = Identity::of(&config.name, config.parent);
        let mut parent = self.parent;
        fill(&mut parent, config.parent, UID);
        let namespaced = operator
            .crds()?
            .iter()
            .any(|crd| crd.of() == config.parent && crd.scope() == Scope::Namespaced);
        if namespaced && parent["metadata"]["namespace"].is_null() {
            parent["metadata"]["namespace"] = "default".into();
        }
        let kinds = config.children.iter().map(|(kind, _)| *kind);
        let mut views: Vec<KindView> = kinds
            .map(|kind| KindView {
                kind,
                objects: Vec::new(),
            })
            .collect();
        for (number, mut child) in self.children.into_iter().enumerate() {
            let is = |kind: &K8sType| {
                child["apiVersion"] == kind.api_version && child["kind"] == kind.kind
            };
            let Some(view) = views.iter_mut().find(|view| is(view.kind)) else {
                let (kind, version) = (&child["kind"], &child["apiVersion"]);
                return Err(Error::permanent(format!(
                    "child {number} ({kind} of {version}) is of a kind that is not declared: declare it with `with_child`"
                )));
            };
            let uid = format!("00000000-0000-4000-9000-{number:012}");
            fill(&mut child, view.kind, &uid);
            if child["metadata"]["namespace"].is_null()
                && !parent["metadata"]["namespace"].is_null()
            {
                child["metadata"]["namespace"] = parent["metadata"]["namespace"].clone();
            }
            view.objects.push(decode(&child, view.kind, &identity)?);
        }
        for view in &mut views {
            view.objects.sort_by(|one, other| {
                (one.namespace(), one.name()).cmp(&(other.namespace(), other.name()))
            });
        }
        Ok(Arc::new(Snapshot {
            parent: ParentView::new(decode(&parent, config.parent, &identity)?).into(),
            children: views,
            now: self.now,
        }))
    }
}

/// Sets what a server would have set, where it is absent.
fn fill(object: &mut Value, kind: &K8sType, uid: &str) {
    let Some(fields) = object.as_object_mut() else {
        return;
    };
    fields.insert("apiVersion".into(), kind.api_version.into());
    fields.insert("kind".into(), kind.kind.into());
    let metadata = fields.entry("metadata").or_insert_with(|| json!({}));
    let Some(metadata) = metadata.as_object_mut() else {
        return;
    };
    let set = [
        ("uid", json!(uid)),
        ("resourceVersion", json!("1")),
        ("generation", json!(1)),
    ];
    for (name, value) in set {
        let field = metadata.entry(name).or_insert(Value::Null);
        if field.is_null() {
            *field = value;
        }
    }
}

fn decode(object: &Value, kind: &K8sType, identity: &Identity) -> Result<RawObject, Error> {
    let object = Object::decode(&object.to_string(), kind, identity)
        .map_err(|error| Error::permanent(format!("{kind} is no object: {error}")))?;
    Ok(RawObject::new(Arc::new(object)))
}

/// Checks a set of children as the engine does before it writes any of them. The scope of a kind, which only a cluster
/// knows, is taken to be what the child says.
fn check(operator: &Operator, snapshot: &Snapshot, children: &[Said]) -> Result<(), Error> {
    let config = &operator.config;
    let identity = Identity::of(&config.name, config.parent);
    let rules = config
        .children
        .iter()
        .enumerate()
        .map(|(number, (kind, how))| {
            let rule = KindRule {
                kind,
                strategy: how.strategy,
                namespaced: None,
                suspended: None,
            };
            (KindId(number + 1), rule)
        });
    let object = snapshot.parent.raw.object();
    let parent = desired::Parent {
        kind: config.parent,
        object,
        within: None,
    };
    desired::check(&parent, children, &rules.collect::<Vec<_>>(), &identity)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChildConfig, FinalizeResponse, SyncRequest, SyncResponse, Untyped, k8s_types};

    const FOO: &K8sType = &K8sType {
        api_version: "example.com/v1",
        kind: "Foo",
        plural_kind: "foos",
    };

    #[allow(clippy::needless_pass_by_value)] // a handler takes its request by value
    fn sync(request: SyncRequest<Untyped>) -> Result<SyncResponse<Untyped>, Error> {
        let maps = request.raw_children(k8s_types::core::v1::ConfigMap)?;
        let seen: Vec<&str> = maps.iter().map(RawObject::name).collect();
        let response =
            SyncResponse::status(json!({"seen": seen, "now": request.now().to_string()}));
        let wanted = request.parent()["spec"]["wanted"].as_array().cloned();
        let children = wanted.into_iter().flatten();
        let response = children.fold(response, SyncResponse::with_raw_child);
        Ok(response.with_resync_after(Duration::from_secs(9)))
    }

    fn operator() -> Operator {
        Operator::untyped("op", FOO, sync)
            .with_child_type(k8s_types::core::v1::ConfigMap, ChildConfig::apply())
    }

    fn rehearsal(wanted: &Value, children: Vec<Value>) -> Rehearsal {
        Rehearsal {
            parent: json!({"metadata": {"name": "p", "namespace": "ns"}, "spec": {"wanted": wanted}}),
            children,
            now: "2030-01-01T00:00:00Z".parse().unwrap(),
        }
    }

    fn map(name: &str) -> Value {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}})
    }

    #[tokio::test]
    async fn a_handler_sees_the_children_in_order_and_the_time_that_was_said() {
        let asked = rehearsal(&json!([map("c")]), vec![map("b"), map("a")]);
        let answer = asked.sync(&operator()).await.unwrap();
        let status = json!({"seen": ["a", "b"], "now": "2030-01-01T00:00:00Z"});
        assert_eq!(answer.status, Some(status));
        assert_eq!(answer.children, [map("c")]);
        assert_eq!(answer.again_after, Some(Duration::from_secs(9)));
    }

    #[tokio::test]
    async fn a_set_that_the_engine_would_refuse_is_refused() {
        let twice = rehearsal(&json!([map("c"), map("c")]), vec![]);
        let error = twice.sync(&operator()).await.unwrap_err().to_string();
        assert!(error.contains("is there twice"), "{error}");
        let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
        let foreign = rehearsal(&json!([]), vec![secret]);
        let error = foreign.sync(&operator()).await.unwrap_err().to_string();
        assert!(error.contains("not declared"), "{error}");
    }

    #[tokio::test]
    async fn a_finalize_says_whether_the_parent_may_go() {
        let asked = || rehearsal(&json!([]), vec![]);
        let error = asked().finalize(&operator()).await.unwrap_err().to_string();
        assert!(error.contains("has no finalize"), "{error}");
        let finalize = |_: SyncRequest<Untyped>| {
            Ok::<_, Error>(FinalizeResponse::retry_after(Duration::from_secs(3)))
        };
        let waits = operator().with_finalize(finalize);
        let answer = asked().finalize(&waits).await.unwrap();
        assert_eq!(answer.again_after, Some(Duration::from_secs(3)));
    }
}
