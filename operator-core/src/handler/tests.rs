//! Every form of handler, called as the engine calls it: erased, with a snapshot.

// A handler takes its request by value and returns a result, whatever it does with them.
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube::api::ObjectMeta;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::*;
use crate::{
    Untyped, config::ConfigError, identity::Identity, k8s_types, object::Object, operator::Operator,
};

/// A parent of a handwritten type.
#[derive(Serialize, Deserialize)]
struct Foo {
    count: usize,
}

impl Parent for Foo {
    type Status = Value;
}

fn object(json: &Value) -> RawObject {
    let kind = k8s_types::core::v1::ConfigMap;
    let identity = Identity::new("example.com", "op");
    RawObject::new(Arc::new(
        Object::decode(&json.to_string(), kind, &identity).unwrap(),
    ))
}

fn snapshot(parent: &Value, children: &[Value]) -> Arc<Snapshot> {
    Arc::new(Snapshot {
        parent: ParentView::new(object(parent)).into(),
        children: vec![KindView {
            kind: k8s_types::core::v1::ConfigMap,
            objects: children.iter().map(object).collect(),
        }],
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
    })
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(future)
}

fn answer<P: Parent, M>(handler: impl IntoHandler<P, M>) -> Result<Answer, Error> {
    let parent = json!({"metadata": {"name": "p", "uid": "P"}, "count": 2});
    let child = json!({"metadata": {"name": "a", "namespace": "ns"}, "data": {"k": "v"}});
    block_on(erase(handler.into_handler()).sync(snapshot(&parent, &[child])))
}

fn plain(request: SyncRequest<Foo>) -> Result<SyncResponse<Foo>, std::num::ParseIntError> {
    let count: usize = request.parent().count.to_string().parse()?;
    Ok(SyncResponse::status(json!({ "count": count })))
}

async fn awaiting(request: SyncRequest<Foo>) -> Result<SyncResponse<Foo>, Error> {
    std::future::ready(()).await;
    Ok(SyncResponse::status(
        json!({ "count": request.parent().count }),
    ))
}

struct Counting(AtomicUsize);

impl Handler<Foo> for Counting {
    async fn sync(&self, request: SyncRequest<Foo>) -> Result<SyncResponse<Foo>, Error> {
        self.0.fetch_add(1, Ordering::Relaxed);
        awaiting(request).await
    }
}

#[test]
fn a_handler_is_a_function_a_closure_or_a_struct_with_state() {
    let said = |answer: Result<Answer, Error>| answer.unwrap().status.unwrap();
    let count = json!({"count": 2});
    assert_eq!(said(answer(plain)), count);
    assert_eq!(said(answer(awaiting)), count);
    assert_eq!(said(answer(Counting(AtomicUsize::new(0)))), count);
    let offset = 40;
    let closure = move |request: SyncRequest<Foo>| async move {
        let count = request.parent().count + offset;
        Ok::<_, Error>(SyncResponse::status(json!({ "count": count })))
    };
    assert_eq!(said(answer(closure)), json!({"count": 42}));
    let untyped = |request: SyncRequest<Untyped>| {
        let count = &request.parent()["count"];
        Ok::<_, Error>(SyncResponse::status(json!({ "count": count })))
    };
    assert_eq!(said(answer(untyped)), count);
    let text = |_: SyncRequest<Foo>| Ok::<_, Error>(SyncResponse::status(json!("hello")));
    let error = answer(text).unwrap_err().to_string();
    assert_eq!(error, r#"the status is no JSON object: "hello""#);
}

#[test]
fn children_are_seen_by_type_by_name_first_and_in_turn() {
    let looks = |request: SyncRequest<Foo>| {
        let maps = request.children::<ConfigMap>()?;
        assert_eq!(
            (maps.len(), maps.first().map(|_| ()), maps.iter().count()),
            (1, Some(()), 1)
        );
        assert!(maps.get("a").is_some() && maps.get("b").is_none());
        assert!(maps.get_in("ns", "a").is_some() && maps.get_in("other", "a").is_none());
        let raw = request.raw_children(k8s_types::core::v1::ConfigMap)?;
        assert_eq!((raw[0].name(), raw[0].namespace()), ("a", Some("ns")));
        assert_eq!(raw[0].parse::<Value>()?["data"]["k"], "v");
        Ok::<_, Error>(SyncResponse::new())
    };
    answer(looks).unwrap();
}

#[test]
fn a_kind_without_objects_is_empty_and_an_undeclared_one_an_error() {
    let nothing = snapshot(&json!({"count": 1}), &[]);
    let request = SyncRequest::<Foo>::new(nothing).unwrap();
    assert!(request.children::<ConfigMap>().unwrap().is_empty());
    let error = request.children::<Secret>().unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert_eq!(
        error.to_string(),
        "Secret.v1 is not a declared child: declare it with `with_child`"
    );
}

#[test]
fn a_parent_is_read_once_however_often_the_handler_is_asked_about_it() {
    let asked = snapshot(&json!({"count": 1}), &[]);
    let first = SyncRequest::<Foo>::new(Arc::clone(&asked)).unwrap();
    let again = SyncRequest::<Foo>::new(asked).unwrap();
    assert!(std::ptr::eq(first.parent(), again.parent()));
}

#[test]
fn a_child_that_cannot_be_read_fails_the_sync_with_its_name() {
    let wrong = json!({"metadata": {"name": "a", "namespace": "ns"}, "data": "no map"});
    let asked = snapshot(&json!({"count": 1}), &[wrong]);
    let request = SyncRequest::<Foo>::new(asked).unwrap();
    let error = request.children::<ConfigMap>().unwrap_err().to_string();
    assert!(
        error.starts_with("ConfigMap ns/a can't be read: invalid type"),
        "{error}"
    );
}

#[test]
fn a_parent_that_cannot_be_read_is_not_tried_again_until_it_changes() {
    let parent = json!({"metadata": {"name": "p"}, "count": "two"});
    let handler = erase::<Foo>(Counting(AtomicUsize::new(0)));
    let error = block_on(handler.sync(snapshot(&parent, &[]))).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Permanent);
    assert!(error.is_of_parent());
}

/// A resource that can't be written as JSON.
struct Odd(ObjectMeta);

impl Serialize for Odd {
    fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("odd"))
    }
}

impl kube::Resource for Odd {
    type DynamicType = ();
    type Scope = kube::core::NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        "Odd".into()
    }
    fn group((): &()) -> Cow<'_, str> {
        "example.com".into()
    }
    fn version((): &()) -> Cow<'_, str> {
        "v1".into()
    }
    fn plural((): &()) -> Cow<'_, str> {
        "odds".into()
    }
    fn meta(&self) -> &ObjectMeta {
        &self.0
    }
    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.0
    }
}

#[test]
fn a_child_that_cannot_be_written_fails_the_sync_and_is_not_taken_for_absent() {
    let request = |_: SyncRequest<Foo>| {
        Ok::<_, Error>(SyncResponse::new().with_child(Odd(ObjectMeta::default())))
    };
    let error = answer(request).unwrap_err().to_string();
    assert_eq!(error, "Odd without a name can't be written as JSON: odd");
}

struct Picky;

impl FailableHandler for Picky {
    type Parent = Foo;
    type Validated = usize;
    type Error = Error;

    fn validate(&self, request: &SyncRequest<Foo>) -> Result<usize, Error> {
        match request.parent().count {
            0 => Err(Error::permanent("count is zero")),
            count => Ok(count),
        }
    }

    fn sync_children(
        &self,
        validated: &mut usize,
        _: &SyncRequest<Foo>,
        response: SyncResponse<Foo>,
    ) -> Result<SyncResponse<Foo>, Error> {
        *validated += 1;
        Ok(response.with_raw_child(json!({})))
    }

    fn determine_status(
        &self,
        _: &SyncRequest<Foo>,
        result: Result<&usize, &Error>,
    ) -> Option<Value> {
        Some(match result {
            Ok(count) => json!({ "count": count }),
            Err(error) => json!({ "error": error.to_string() }),
        })
    }
}

#[test]
fn a_failable_handler_says_its_status_whether_it_succeeds_or_fails() {
    let succeeded = answer(Failable(Picky)).unwrap();
    assert_eq!(
        (succeeded.status, succeeded.children.len()),
        (Some(json!({"count": 3})), 1)
    );
    let failed = block_on(erase(Failable(Picky)).sync(snapshot(&json!({"count": 0}), &[])));
    let failed = failed.unwrap_err();
    assert_eq!(failed.class(), ErrorClass::Permanent);
    assert_eq!(failed.status(), Some(&json!({"error": "count is zero"})));
}

#[test]
fn a_finalizer_is_wanted_only_where_there_is_a_finalize() {
    fn finalize(_: SyncRequest<Untyped>) -> Result<FinalizeResponse<Untyped>, Error> {
        Ok(FinalizeResponse::done())
    }
    fn sync(_: SyncRequest<Untyped>) -> Result<SyncResponse<Untyped>, Error> {
        Ok(SyncResponse::new())
    }
    let parent = k8s_types::core::v1::Service;
    let without = Operator::untyped("op", parent, sync);
    assert!(!without.handler.finalizes());
    let with = without.with_finalize(finalize);
    assert!(with.handler.finalizes());
    assert_eq!(with.check(), Ok(()));
    let unnamed = Operator::untyped("", parent, sync).check();
    assert_eq!(unnamed, Err(ConfigError::Name(String::new())));
}
