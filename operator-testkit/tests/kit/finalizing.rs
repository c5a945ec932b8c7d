//! A parent that is deleted and finalized, a condition that tells of a failure, and time that passes for a handler.

// A handler takes its request by value and returns a result, whatever it does with them.
#![allow(clippy::needless_pass_by_value, clippy::unnecessary_wraps)]

use std::time::Duration;

use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use operator_core::prelude::*;
use operator_testkit::TestKit;
use serde_json::json;

/// Something that is kept until it is allowed to go.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "kit.example.com", version = "v1", kind = "Guest", status = GuestStatus)]
pub(crate) struct GuestSpec {
    pub(crate) may_go: bool,
    pub(crate) wish: String,
}

#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub(crate) struct GuestStatus {
    pub(crate) seen_at: Option<String>,
}

fn sync(request: SyncRequest<Guest>) -> Result<SyncResponse<Guest>, Error> {
    let spec = &request.parent().spec;
    if spec.wish == "impossible" {
        return Err(Error::retry("that can't be had"));
    }
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "wish"},
        "data": {"wish": spec.wish}});
    let seen_at = Some(request.now().to_string());
    let response = SyncResponse::status(GuestStatus { seen_at }).with_raw_child(map);
    Ok(response.with_resync_after(Duration::from_secs(3600)))
}

fn finalize(request: SyncRequest<Guest>) -> Result<FinalizeResponse<Guest>, Error> {
    if request.parent().spec.may_go {
        Ok(FinalizeResponse::done())
    } else {
        Ok(FinalizeResponse::retry_after(Duration::from_secs(3600)))
    }
}

pub(crate) fn operator() -> Operator {
    Operator::new("host", sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
        .with_finalize(finalize)
}

pub(crate) fn guest(wish: &str) -> Guest {
    let wish = wish.to_owned();
    Guest::new(
        "g",
        GuestSpec {
            may_go: false,
            wish,
        },
    )
}

#[tokio::test(start_paused = true)]
async fn a_parent_stays_until_it_is_finalized() {
    let kit = TestKit::start(operator()).await.unwrap();
    kit.create_parent(&guest("tea")).await.unwrap();
    kit.reconcile().await.unwrap();
    kit.delete::<Guest>("g").await.unwrap();
    kit.reconcile().await.unwrap();
    let state = kit.parent_state::<Guest>("g").await.unwrap();
    assert_eq!(state.reason(), Some("Finalizing"), "{state}");
    assert_eq!(state.children.len(), 1);
    kit.edit::<Guest>("g", json!({"spec": {"may_go": true}}))
        .await
        .unwrap();
    kit.reconcile().await.unwrap();
    kit.assert_gone::<Guest>("g").await;
    kit.assert_gone::<ConfigMap>("wish").await;
}

#[tokio::test(start_paused = true)]
async fn a_dropped_kit_leaves_nobody_to_wait_for() {
    let kit = TestKit::start(operator()).await.unwrap();
    kit.create_parent(&guest("tea")).await.unwrap();
    kit.reconcile().await.unwrap();
    let (client, namespace) = (kit.client(), kit.namespace().to_owned());
    let is_embedded = kit.is_embedded();
    drop(kit);
    if !is_embedded {
        let guests: Api<Guest> = Api::namespaced(client, &namespace);
        let guest = guests.get_opt("g").await.unwrap();
        assert!(guest.is_none_or(|guest| guest.metadata.finalizers.is_none()));
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_stands_in_the_condition() {
    let kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    kit.create_parent(&guest("impossible")).await.unwrap();
    let message = kit.assert_not_synced::<Guest>("g", "HandlerFailed").await;
    assert_eq!(message, "that can't be had");
    kit.edit::<Guest>("g", json!({"spec": {"wish": "tea"}}))
        .await
        .unwrap();
    kit.reconcile().await.unwrap();
    kit.assert_synced::<Guest>("g").await;
    let wish = |map: &ConfigMap| map.data.clone();
    kit.assert_eventually_eq("wish", wish, Some([("wish".into(), "tea".into())].into()))
        .await;
}

#[tokio::test(start_paused = true)]
async fn time_is_the_clusters_and_goes_with_tokios_clock() {
    let kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    kit.create_parent(&guest("tea")).await.unwrap();
    kit.reconcile().await.unwrap();
    let seen_at = |guest: &Guest| {
        guest
            .status
            .as_ref()
            .and_then(|status| status.seen_at.clone())
    };
    let first = seen_at(&kit.get::<Guest>("g").await.unwrap().unwrap()).unwrap();
    assert!(first.starts_with("2030-01-01T00:00:00"), "{first}");
    tokio::time::sleep(Duration::from_secs(3601)).await;
    kit.reconcile().await.unwrap();
    let second = seen_at(&kit.get::<Guest>("g").await.unwrap().unwrap()).unwrap();
    assert!(second.starts_with("2030-01-01T01:00:00"), "{second}");
}
