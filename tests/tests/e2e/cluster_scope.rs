//! A cluster-scoped parent has children in any namespaces it names, and cluster-scoped ones.

use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use kube::api::{Api, DeleteParams, PostParams};
use operator_core::{k8s_types, prelude::*};
use operator_tests::{Miss, Running, Scene, Wire, config_map, install, merge, synced_condition};
use serde_json::{Value, json};

/// Where there should be a notice.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "regions.example.com", version = "v1", kind = "Region", scope = "Cluster", status = RegionStatus)]
struct RegionSpec {
    /// The namespaces to put it up in; `-` for one that was forgotten.
    #[serde(default)]
    places: Vec<String>,
    /// A namespace that should exist.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    capital: Option<String>,
}

/// Where there is one.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
struct RegionStatus {
    /// The namespaces.
    places: Vec<String>,
}

async fn sync(request: SyncRequest<Region>) -> Result<SyncResponse<Region>, Error> {
    let region = request.parent();
    let places = request
        .children::<ConfigMap>()?
        .iter()
        .filter_map(|map| map.metadata.namespace.clone())
        .collect();
    let notices = region.spec.places.iter().map(|place| {
        let mut map = config_map(request.raw_parent().name(), "notice", "hear, hear");
        map.metadata.namespace = Some(place.clone()).filter(|place| place != "-");
        map
    });
    let capital = region.spec.capital.iter().map(|name| {
        let mut namespace = Namespace::default();
        namespace.metadata.name = Some(name.clone());
        namespace
    });
    Ok(SyncResponse::status(RegionStatus { places })
        .with_children(notices)
        .with_children(capital))
}

#[tokio::test]
async fn its_children_are_where_it_says() {
    let here = Scene::open("region-here").await;
    let there = Scene::on(here.cluster.clone(), "region-there").await;
    install(&here.client, &Region::crd().expect("a CRD")).await;
    let operator = Operator::new("region-keeper", sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
        .with_child::<Namespace>(ChildConfig::apply());
    let running = Running::start(&here.cluster, operator, Wire::default());
    let regions = here.cluster_objects(Region::TYPE);
    let (name, capital) = (
        here.namespace.clone(),
        format!("{}-capital", here.namespace),
    );
    let notice = format!("{name}-notice");
    let spec = RegionSpec {
        places: vec![here.namespace.clone(), there.namespace.clone()],
        capital: Some(capital.clone()),
    };
    let api: Api<Region> = Api::all(here.client.clone());
    api.create(&PostParams::default(), &Region::new(&name, spec))
        .await
        .expect("the region's creation");

    let region = here.settled(&regions, &name).await;
    here.config_map_says(&notice, "hear, hear").await;
    there.config_map_says(&notice, "hear, hear").await;
    let mut places = [&here.namespace, &there.namespace];
    places.sort();
    assert_eq!(region.data["status"]["places"], json!(places));
    let namespaces = here.cluster_objects(k8s_types::core::v1::Namespace);
    namespaces.get(&capital).await.expect("the capital");

    // One place is given up; a child is deleted by hand where it stays.
    merge(
        &regions,
        &name,
        json!({"spec": {"places": [there.namespace]}}),
    )
    .await;
    here.gone(&here.objects(k8s_types::core::v1::ConfigMap), &notice)
        .await;
    there.delete::<ConfigMap>(&notice).await;
    there.config_map_says(&notice, "hear, hear").await;

    // A child without a place is no reason to touch the others.
    merge(
        &regions,
        &name,
        json!({"spec": {"places": ["-"], "capital": null}}),
    )
    .await;
    let invalid = async || match synced_condition(&regions.get(&name).await?) {
        Some(synced) if synced.reason == "ChildrenInvalid" => Ok(synced),
        other => Miss::because(format!("{other:?}")),
    };
    let invalid = here
        .eventually("the condition to say ChildrenInvalid", invalid)
        .await;
    assert!(invalid.message.contains("namespace"), "{}", invalid.message);
    there.config_map_says(&notice, "hear, hear").await;
    assert_eq!(
        namespaces
            .get(&capital)
            .await
            .expect("the capital")
            .metadata
            .deletion_timestamp,
        None
    );

    // Nothing is wanted any more.
    merge(&regions, &name, json!({"spec": {"places": null}})).await;
    there
        .gone(&there.objects(k8s_types::core::v1::ConfigMap), &notice)
        .await;
    here.gone(&namespaces, &capital).await;
    let region = here.settled(&regions, &name).await;
    assert_eq!(region.data["status"]["places"], Value::Array(Vec::new()));
    regions
        .delete(&name, &DeleteParams::default())
        .await
        .expect("the region's deletion");
    running.stop().await;
    here.close().await;
    there.close().await;
}
