//! A handler asked directly, about values.

use std::time::Duration;

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
use operator_core::ErrorClass;
use operator_examples::echo_server::operator;
use operator_testkit::{Question, sync_once};
use serde_json::json;

use crate::{
    finalizing::{Guest, guest, operator as host},
    hello,
};

#[tokio::test]
async fn an_answer_is_looked_at_by_type_by_name_and_as_json() {
    let outcome = sync_once(&operator(), &hello(2), []).await.unwrap();
    assert_eq!(outcome.raw_status(), Some(&json!({"address": null})));
    assert_eq!(outcome.children::<Service>().unwrap().len(), 1);
    assert!(outcome.child::<Deployment>("other").unwrap().is_none());
    let kinds: Vec<_> = outcome
        .raw_children()
        .iter()
        .map(|child| &child["kind"])
        .collect();
    assert_eq!(kinds, ["Deployment", "Service"]);
    assert_eq!(outcome.resync_after(), None);
}

#[tokio::test]
async fn a_failure_has_its_class() {
    let error = sync_once(&host(), &guest("impossible"), [])
        .await
        .unwrap_err();
    assert_eq!(
        (error.class(), error.to_string()),
        (ErrorClass::Backoff, "that can't be had".into())
    );
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    let error = sync_once(&host(), &guest("tea"), [secret])
        .await
        .unwrap_err();
    assert!(error.to_string().contains("not declared"), "{error}");
}

#[tokio::test]
async fn time_is_what_the_test_says() {
    let at = "2031-02-03T04:05:06Z".parse().unwrap();
    let outcome = Question::about(&guest("tea"))
        .at(at)
        .sync(&host())
        .await
        .unwrap();
    assert_eq!(
        outcome.raw_status(),
        Some(&json!({"seen_at": "2031-02-03T04:05:06Z"}))
    );
    assert_eq!(outcome.resync_after(), Some(Duration::from_secs(3600)));
}

#[tokio::test]
async fn a_finalize_says_whether_the_parent_may_go() {
    let ask = async |guest: &Guest| Question::about(guest).finalize(&host()).await.unwrap();
    let mut guest = guest("tea");
    assert_eq!(
        ask(&guest).await.retry_after(),
        Some(Duration::from_secs(3600))
    );
    guest.spec.may_go = true;
    assert!(ask(&guest).await.is_done());
    let error = Question::about(&hello(1))
        .finalize(&operator())
        .await
        .unwrap_err();
    assert!(error.to_string().contains("has no finalize"), "{error}");
}
