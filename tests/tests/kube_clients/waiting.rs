//! `await_condition`, `finalizer` and the event recorder.

use std::sync::Arc;

use k8s_openapi::{
    api::{core::v1::ConfigMap, events::v1::Event},
    apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition,
};
use kube::{
    Api, Resource, ResourceExt,
    api::{DeleteParams, ListParams, Patch, PatchParams, PostParams},
    runtime::{
        controller::Action,
        events::{self, EventType, Recorder, Reporter},
        finalizer,
        finalizer::Event as Step,
        wait::{await_condition, conditions},
    },
};
use serde_json::json;

use crate::stage::{Stage, on_each_server, soon};

const FINALIZER: &str = "clients.example.com/cleanup";

async fn a_condition_is_awaited(stage: &Stage) {
    let maps = stage.api::<ConfigMap>();
    let said = |text: &'static str| {
        move |map: Option<&ConfigMap>| {
            map.and_then(|map| map.data.as_ref()?.get("text"))
                .is_some_and(|said| said == text)
        }
    };
    let (waited, _) = tokio::join!(
        soon(await_condition(maps.clone(), "later", said("there"))),
        stage.say("later", "there"),
    );
    let map = waited.expect("no error").expect("the object");
    let edit = Patch::Merge(json!({"data": {"text": "changed"}}));
    let parameters = PatchParams::default();
    let edited = maps.patch("later", &parameters, &edit);
    let (waited, _) = tokio::join!(
        soon(await_condition(maps.clone(), "later", said("changed"))),
        edited,
    );
    waited.expect("no error").expect("the object");
    let uid = map.uid().expect("a uid");
    let deleted = maps.clone();
    let (waited, ()) = tokio::join!(
        soon(await_condition(
            deleted,
            "later",
            conditions::is_deleted(&uid)
        )),
        stage.forget("later"),
    );
    assert!(waited.expect("no error").is_none());
}

async fn a_crd_is_awaited_until_it_is_established(stage: &Stage) {
    let crds: Api<CustomResourceDefinition> = Api::all(stage.client.clone());
    let group = format!("{}.example.com", stage.namespace);
    let name = format!("things.{group}");
    let crd = serde_json::from_value(json!({
        "metadata": {"name": name},
        "spec": {
            "group": group, "scope": "Namespaced", "names": {"plural": "things", "kind": "Thing"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}],
        },
    }))
    .expect("a CRD");
    crds.create(&PostParams::default(), &crd)
        .await
        .expect("created");
    let established = await_condition(crds.clone(), &name, conditions::is_crd_established());
    let found = soon(established).await.expect("no error").expect("the CRD");
    crds.delete(&name, &DeleteParams::default())
        .await
        .expect("deleted");
    let uid = found.uid().expect("a uid");
    let gone = await_condition(crds, &name, conditions::is_deleted(&uid));
    soon(gone).await.expect("no error");
}

/// Runs `finalizer` once on the object as it is; says which step it came to.
async fn step(maps: &Api<ConfigMap>, name: &str) -> Option<&'static str> {
    let map = Arc::new(maps.get(name).await.expect("the object"));
    let mut came_to = None;
    let done = finalizer(maps, FINALIZER, map, |step| {
        came_to = Some(match step {
            Step::Apply(_) => "apply",
            Step::Cleanup(_) => "cleanup",
        });
        async { Ok::<_, kube::Error>(Action::await_change()) }
    });
    done.await.expect("a step");
    came_to
}

async fn a_finalizer_is_set_kept_and_lifted(stage: &Stage) {
    let maps = stage.api::<ConfigMap>();
    stage.say("held", "1").await;
    assert_eq!(step(&maps, "held").await, None);
    let held = maps.get("held").await.expect("the object");
    assert_eq!(held.finalizers(), [FINALIZER]);
    assert_eq!(step(&maps, "held").await, Some("apply"));
    stage.forget("held").await;
    let held = maps.get("held").await.expect("it is still there");
    assert!(held.meta().deletion_timestamp.is_some());
    assert_eq!(step(&maps, "held").await, Some("cleanup"));
    assert!(maps.get_opt("held").await.expect("an answer").is_none());
}

async fn an_event_that_repeats_becomes_a_series(stage: &Stage) {
    let map = stage.say("subject", "1").await;
    let reporter = Reporter {
        controller: "clients.example.com/test".to_owned(),
        instance: Some("one".to_owned()),
    };
    let recorder = Recorder::new(stage.client.clone(), reporter);
    let event = events::Event {
        type_: EventType::Warning,
        reason: "Seen".to_owned(),
        note: Some("it was seen".to_owned()),
        action: "Looking".to_owned(),
        secondary: None,
    };
    for _ in 0..3 {
        recorder
            .publish(&event, &map.object_ref(&()))
            .await
            .expect("an event");
    }
    let events = stage.api::<Event>();
    let about = ListParams::default().fields("reason=Seen");
    let found = events.list(&about).await.expect("events").items;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].note.as_deref(), Some("it was seen"));
    assert_eq!(
        found[0].regarding.as_ref().and_then(|it| it.uid.clone()),
        map.uid()
    );
    assert_eq!(found[0].series.as_ref().map(|series| series.count), Some(3));
    // The same object, as the older API calls it.
    let core = stage.api::<k8s_openapi::api::core::v1::Event>();
    let same = core.get(&found[0].name_any()).await.expect("an event");
    assert_eq!(same.message.as_deref(), Some("it was seen"));
    assert_eq!(same.series.and_then(|series| series.count), Some(3));
}

on_each_server! {
    a_condition_is_awaited
    a_crd_is_awaited_until_it_is_established
    a_finalizer_is_set_kept_and_lifted
    an_event_that_repeats_becomes_a_series
}
