//! The CRDs of the pass cases, of all shapes and of the guide's examples on API servers: accepted without a warning,
//! established with a structural schema, kept as they were sent; the objects that the structs write are the objects that
//! it takes; and what is declared works.
//!
//! All of it is so on the embedded server, and on the one that `OPERATOR_TEST_KUBECONFIG` names; without it that test
//! says so and passes. `v1beta1` is tested where the server has it.

mod corpus;
/// The examples of the guide, by the build script. They are written to be read, of which a test uses the CRDs alone.
#[allow(dead_code, unreachable_pub, clippy::all, clippy::pedantic)]
mod guide {
    include!(concat!(env!("OUT_DIR"), "/guide.rs"));
}
#[path = "crd_on_real_servers/kept.rs"]
mod kept;
#[path = "crd_on_real_servers/samples.rs"]
mod samples;
#[path = "crd_on_real_servers/server.rs"]
mod server;
#[path = "shapes/types/mod.rs"]
// The types are there for their schemas, of which some parts are another test's.
#[allow(dead_code, unreachable_pub, missing_docs, clippy::pedantic)]
mod shapes;
#[path = "crd_on_real_servers/uses.rs"]
mod uses;

use std::panic::AssertUnwindSafe;

use corpus::{Case, defaults, strict_status};
use futures::FutureExt;
use kept::Form;
use samples::{Sample, object, resource, samples};
use serde_json::{Value, json};
use server::{Server, expect};

/// Every CRD in one version of the API, one after another, so that all failures are seen.
async fn takes_what_the_types_declare(server: &Server, form: Form) {
    let samples = samples();
    let mut failed = Vec::new();
    for case in corpus::cases() {
        let name = case.crd.name();
        let sample = samples
            .get(&name)
            .unwrap_or_else(|| panic!("samples.yaml has nothing for {name}"));
        let told = story(server, form, &case, sample);
        if AssertUnwindSafe(told).catch_unwind().await.is_err() {
            failed.push(name);
        }
    }
    let shapes = shapes::all_shapes().into_iter().map(|it| it.crd);
    for crd in shapes.chain(guide::crds()) {
        let name = crd.name();
        let told = async {
            if form.install(server, &crd).await {
                server.remove(&name).await;
            } else {
                println!("skipped: {name} can't be said in {form:?} on this server");
            }
        };
        if AssertUnwindSafe(told).catch_unwind().await.is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "{form:?}: {failed:#?}");
}

async fn story(server: &Server, form: Form, case: &Case, sample: &Sample) {
    let crd = &case.crd;
    if !form.install(server, crd).await {
        return;
    }
    let objects = kept::objects(server, case, sample).await;
    uses::columns(server, crd, &objects).await;
    uses::selectable(server, crd, &objects).await;
    uses::refused(server, crd, sample).await;
    uses::scale(server, crd, &objects[0]).await;
    uses::merging(server, crd, sample).await;
    if let Form::V1 = form {
        more(server, case).await;
    }
    server.remove(&crd.name()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_server_takes_what_the_types_declare() {
    takes_what_the_types_declare(&Server::embedded(false).await, Form::V1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_embedded_server_takes_what_the_types_declare_in_v1beta1() {
    takes_what_the_types_declare(&Server::embedded(true).await, Form::V1beta1).await;
}

/// One test, since the server is one: cases that make the same CRD anew would get in each other's way.
#[tokio::test(flavor = "multi_thread")]
async fn a_real_server_takes_what_the_types_declare() {
    let Some(server) = Server::real("crds").await else {
        return;
    };
    if server.has_v1beta1() {
        takes_what_the_types_declare(&server, Form::V1beta1).await;
    }
    takes_what_the_types_declare(&server, Form::V1).await;
}

/// What is to be seen of one CRD only.
async fn more(server: &Server, case: &Case) {
    match case.crd.kind() {
        "Choice" => objects_that_a_struct_cannot_hold_are_refused(server, case).await,
        "Preset" => the_server_fills_in_defaults(server, case).await,
        "Nested" => what_is_open_stays_open(server, case).await,
        "Strict" => a_status_may_hold_conditions_alone(server, case).await,
        _ => {}
    }
}

async fn objects_that_a_struct_cannot_hold_are_refused(server: &Server, case: &Case) {
    let wrong = [
        ("mode", json!("On Fire")),
        ("source", json!({})),
        ("source", json!({ "git": {}, "url": "x" })),
        ("check", json!({ "type": "Http", "port": 80 })),
        ("check", json!({ "type": "Tcp", "port": 80 })),
        ("check", json!({ "type": "Other" })),
        ("action", json!({ "do": "Copy", "with": { "to": "here" } })),
        ("size", json!(true)),
        ("shape", json!({})),
    ];
    let right = &samples()[&case.crd.name()].objects[0];
    for (field, value) in wrong {
        let mut fields = right.clone();
        fields["spec"][field] = value.clone();
        let object = object(&case.crd, "wrong", &fields);
        let answer = server.json("POST", &resource(&case.crd), &object).await;
        assert!(
            answer.code == 422 && answer.text.contains("spec."),
            "{field}: {value} gave {}",
            answer.text
        );
    }
}

async fn the_server_fills_in_defaults(server: &Server, case: &Case) {
    let object = object(&case.crd, "defaults", &json!({ "spec": {} }));
    let answer = server.json("POST", &resource(&case.crd), &object).await;
    let found = expect("defaults", &answer);
    let read: defaults::Preset =
        serde_json::from_value(found.clone()).expect("the struct holds it");
    assert_eq!(found["spec"]["ports"], json!([80, 443]));
    assert_eq!(json!(read.spec), json!(defaults::PresetSpec::default()));
}

/// Unknown fields are kept where the struct says so, and new items of a list may come where old ones never change.
async fn what_is_open_stays_open(server: &Server, case: &Case) {
    let mut fields = samples()[&case.crd.name()].objects[0].clone();
    fields["spec"]["more"]["unknown"] = json!(true);
    fields["spec"]
        .as_object_mut()
        .expect("an object")
        .remove("most");
    let path = resource(&case.crd);
    let sent = object(&case.crd, "open", &fields);
    let found = expect("open", &server.json("POST", &path, &sent).await);
    assert_eq!(found["spec"]["more"]["unknown"], true);
    assert_eq!(found["spec"]["most"], 3);
    let ports = json!([{ "name": "new", "protocol": "UDP", "number": 81 }]);
    let patch = json!({ "spec": { "ports": ports } });
    let answer = server.merge_patch(&format!("{path}/open"), &patch).await;
    assert_eq!(expect("open", &answer)["spec"]["ports"], ports);
}

/// What the engine does to a new parent whose status struct requires fields.
async fn a_status_may_hold_conditions_alone(server: &Server, case: &Case) {
    let object = object(&case.crd, "conditions", &json!({ "spec": {} }));
    let path = resource(&case.crd);
    expect("conditions", &server.json("POST", &path, &object).await);
    let conditions = json!([{ "type": "Ready", "status": "False" }]);
    let status = json!({ "status": { "observedGeneration": 1, "conditions": conditions } });
    let answer = server
        .merge_patch(&format!("{path}/conditions/status"), &status)
        .await;
    let found: Value = expect("conditions", &answer);
    assert_eq!(found["status"], status["status"]);
    let read: strict_status::Strict = serde_json::from_value(found).expect("the struct holds it");
    assert_eq!(read.status, None);
}
