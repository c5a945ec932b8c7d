//! What is declared of fields, at work: on the server in this process, or on the one that
//! `OPERATOR_TEST_KUBECONFIG` names.

mod corpus;

use corpus::nested::Nested;
use kube::{
    Api, Client,
    api::{ListParams, Patch, PatchParams, PostParams},
};
use operator_tests::{Cluster, accepts, establish};
use serde_json::{Value, json};

#[tokio::test]
async fn every_crd_is_taken_as_it_is() {
    let cluster = Cluster::from_env().await;
    for crd in corpus::crds() {
        let group = format!("corpus-{}.example.com", crd.plural());
        accepts(&cluster.client(), &crd, &group).await;
    }
}

/// The objects of the type that declares everything; none on a server that doesn't know it all.
async fn nested(client: &Client) -> Option<Api<Nested>> {
    let crd = Nested::crd().expect("a CRD");
    let version = client.apiserver_version().await.expect("a version");
    if version
        .minor
        .trim_end_matches('+')
        .parse::<u32>()
        .unwrap_or(99)
        < 31
    {
        println!("skipped: this server knows too little");
        return None;
    }
    establish(client, &crd.to_json()).await;
    Some(Api::namespaced(client.clone(), "default"))
}

fn object(name: &str) -> Nested {
    let object = json!({
        "metadata": { "name": name },
        "spec": {
            "least": 1, "color": name, "team": "us", "words": ["a"], "numbers": [1], "steps": [{ "run": "x" }],
            "most": 3, "ports": [{ "name": "p", "protocol": "TCP", "number": 80 }], "labels": {},
            "shelves": { "a": { "boards": 1 } },
            "size": { "width": 1 }, "share": "50%", "more": { "width": 1 }, "since": "2020-01-01T00:00:00Z",
            "template": { "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "x" }, "data": { "a": "b" } },
            "described": "", "trimmed": "", "omitted": { "width": 1 }, "source": { "image": "nginx" },
            "check": { "type": "Http", "path": "/" }, "range": { "from": 1 }, "ruled": ["a"],
            "anything": { "tuple": ["a", 1] },
        },
    });
    serde_json::from_value(object).expect("the struct holds it")
}

async fn patch(api: &Api<Nested>, name: &str, patch: Value) -> Result<Nested, String> {
    let parameters = PatchParams::default();
    let patched = api.patch(name, &parameters, &Patch::Merge(patch)).await;
    patched.map_err(|error| error.to_string())
}

#[tokio::test]
async fn what_is_immutable_is_never_changed_nor_added_nor_removed() {
    let cluster = Cluster::from_env().await;
    let Some(api) = nested(&cluster.client()).await else {
        return;
    };
    let name = "immutable";
    let made = api.create(&PostParams::default(), &object(name)).await;
    made.expect("it is valid");
    let wrong = [
        (json!({ "color": "other" }), "`color` is immutable"),
        (json!({ "firstOwner": "me" }), "the owner never changes"),
        (
            json!({ "ports": [{ "name": "p", "protocol": "TCP", "number": 81 }] }),
            "`number` is immutable",
        ),
        (
            json!({ "shelves": { "a": { "boards": 2 } } }),
            "`boards` is immutable",
        ),
        (json!({ "least": 9 }), "least is at most most"),
        (json!({ "team": "none" }), "failed rule"),
    ];
    for (spec, said) in wrong {
        let error = patch(&api, name, json!({ "spec": spec }))
            .await
            .expect_err("it is refused");
        assert!(error.contains(said), "{spec}: {error}");
    }
    // A new item has no old value; another one may go.
    let ports = json!({ "ports": [{ "name": "q", "protocol": "UDP", "number": 81 }] });
    patch(&api, name, json!({ "spec": ports }))
        .await
        .expect("it is valid");
    api.delete(name, &kube::api::DeleteParams::default())
        .await
        .expect("it is there");
}

#[tokio::test]
async fn what_is_preserved_is_kept_and_what_has_a_default_is_filled_in() {
    let cluster = Cluster::from_env().await;
    let Some(_) = nested(&cluster.client()).await else {
        return;
    };
    let kind = kube::api::ApiResource::erase::<Nested>(&());
    let api: Api<kube::api::DynamicObject> =
        Api::namespaced_with(cluster.client(), "default", &kind);
    let mut sent = serde_json::to_value(object("kept")).expect("it is JSON");
    sent["spec"]["more"]["unknown"] = json!(true);
    sent["spec"]
        .as_object_mut()
        .expect("an object")
        .remove("most");
    let sent = serde_json::from_value(sent).expect("an object");
    let found = api
        .create(&PostParams::default(), &sent)
        .await
        .expect("it is valid");
    let spec = &found.data["spec"];
    assert_eq!(spec["more"]["unknown"], true);
    assert_eq!(spec["anything"]["tuple"], json!(["a", 1]));
    assert_eq!(spec["template"]["data"]["a"], "b");
    assert_eq!(spec["most"], 3);
    api.delete("kept", &kube::api::DeleteParams::default())
        .await
        .expect("it is there");
}

#[tokio::test]
async fn objects_are_selected_and_scaled_by_the_fields_that_say_so() {
    let cluster = Cluster::from_env().await;
    let Some(api) = nested(&cluster.client()).await else {
        return;
    };
    for name in ["selected", "other"] {
        api.create(&PostParams::default(), &object(name))
            .await
            .expect("it is valid");
    }
    let selected = ListParams::default().fields("spec.color=selected");
    let found = api.list(&selected).await.expect("it can be selected by");
    let names: Vec<_> = found
        .items
        .iter()
        .filter_map(|it| it.metadata.name.as_deref())
        .collect();
    assert_eq!(names, ["selected"]);
    let five = Patch::Merge(json!({ "spec": { "replicas": 5 } }));
    let parameters = PatchParams::default();
    let scaled = api.patch_scale("selected", &parameters, &five).await;
    scaled.expect("it can be scaled");
    assert_eq!(api.get("selected").await.expect("it is there").spec.most, 5);
    for name in ["selected", "other"] {
        api.delete(name, &kube::api::DeleteParams::default())
            .await
            .expect("it is there");
    }
}
