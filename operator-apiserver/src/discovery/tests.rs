use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    aggregated::{Root, etag, group_discovery_list},
    health::Check,
    legacy::{api_group, api_group_list, api_resource_list, api_versions},
    *,
};
use crate::{
    resource::{ScalePaths, Subresource},
    schema::Schema,
    table::tests::Things,
};

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// A resource with all verbs and no subresources.
pub(crate) fn resource(group: &str, version: &str, kind: &str, custom: bool) -> Resource {
    let verbs = [
        "get",
        "list",
        "watch",
        "create",
        "update",
        "patch",
        "delete",
        "deletecollection",
    ];
    let singular = kind.to_lowercase();
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        list_kind: format!("{kind}List"),
        plural: format!("{singular}s"),
        singular,
        short_names: Vec::new(),
        categories: Vec::new(),
        namespaced: true,
        verbs: texts(&verbs),
        subresources: Vec::new(),
        strategy: Arc::new(Things(Schema::default())),
        custom,
        deprecation: None,
    }
}

pub(crate) fn subresource(name: &str, kind: (&str, &str, &str)) -> Subresource {
    let scale = (name == "scale").then(|| ScalePaths {
        spec_replicas: ".spec.replicas".to_owned(),
        status_replicas: ".status.replicas".to_owned(),
        label_selector: None,
    });
    Subresource {
        name: name.to_owned(),
        kind: (kind.0.to_owned(), kind.1.to_owned(), kind.2.to_owned()),
        verbs: texts(&["get", "patch", "update"]),
        scale,
    }
}

const GROUP: &str = "b.discovery.example.com";

/// What was created on a cluster, to see how it tells of it.
fn resources() -> Vec<Resource> {
    let mut thing = resource(GROUP, "v1", "Thing", true);
    thing.short_names = texts(&["th"]);
    thing.categories = texts(&["all", "stuff"]);
    thing.subresources = vec![
        subresource("scale", ("autoscaling", "v1", "Scale")),
        subresource("status", (GROUP, "v1", "Thing")),
    ];
    let mut boxes = resource(GROUP, "v1", "Box", true);
    boxes.plural = "boxes".to_owned();
    boxes.namespaced = false;
    let mut deployment = resource("apps", "v1", "Deployment", false);
    deployment.short_names = texts(&["deploy"]);
    deployment.categories = texts(&["all"]);
    deployment.subresources = vec![
        subresource("status", ("apps", "v1", "Deployment")),
        subresource("scale", ("autoscaling", "v1", "Scale")),
    ];
    let mut all = vec![thing, boxes, deployment];
    for version in [
        "v10",
        "v2",
        "v11beta2",
        "v1beta1",
        "v11alpha2",
        "v2alpha1",
        "foo1",
    ] {
        all.push(resource(GROUP, version, "Thing", true));
    }
    all.push(resource("a.discovery.example.com", "v1", "Alpha", true));
    all.push(resource("store.example.com", "v1", "Foo", true));
    all.push(resource("events.k8s.io", "v1", "Event", false));
    all.push(resource("", "v1", "ConfigMap", false));
    all
}

fn names(list: &Value, of: impl Fn(&Value) -> &Value) -> Vec<&str> {
    let items = list.as_array().unwrap().iter();
    items.map(|item| of(item).as_str().unwrap()).collect()
}

#[test]
fn the_core_group_has_a_list_of_its_versions() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    assert_eq!(
        api_versions(&catalog, "192.0.2.2:48153"),
        json!({
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [
                {"clientCIDR": "0.0.0.0/0", "serverAddress": "192.0.2.2:48153"},
            ],
        })
    );
}

#[test]
fn groups_stand_in_the_order_of_a_cluster() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let list = api_group_list(&catalog);
    // `foo1.b…` comes before `v1.a…`.
    assert_eq!(
        names(&list["groups"], |group| &group["name"]),
        [
            "apps",
            "events.k8s.io",
            GROUP,
            "a.discovery.example.com",
            "store.example.com"
        ]
    );
    let aggregated = group_discovery_list(&catalog, Root::Apis);
    assert_eq!(
        names(&aggregated["items"], |group| &group["metadata"]["name"]),
        [
            "apps",
            "events.k8s.io",
            "a.discovery.example.com",
            GROUP,
            "store.example.com"
        ]
    );
}

#[test]
fn versions_stand_in_the_order_of_preference() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let group = api_group(&catalog, GROUP).unwrap();
    assert_eq!(
        names(&group["versions"], |version| &version["version"]),
        [
            "v10",
            "v2",
            "v1",
            "v11beta2",
            "v1beta1",
            "v11alpha2",
            "v2alpha1",
            "foo1"
        ]
    );
    assert_eq!(
        group["preferredVersion"],
        json!({"groupVersion": format!("{GROUP}/v10"), "version": "v10"})
    );
    assert_eq!(
        (&group["kind"], &group["apiVersion"]),
        (&json!("APIGroup"), &json!("v1"))
    );
    assert_eq!(api_group(&catalog, "nope.example.com"), None);
    assert_eq!(api_group(&catalog, ""), None);
}

#[test]
fn a_custom_resource_is_told_with_its_subresources() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let verbs = json!([
        "delete",
        "deletecollection",
        "get",
        "list",
        "patch",
        "create",
        "update",
        "watch"
    ]);
    assert_eq!(
        api_resource_list(&catalog, GROUP, "v1").unwrap(),
        json!({
            "kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "b.discovery.example.com/v1",
            "resources": [
                {
                    "name": "boxes", "singularName": "box", "namespaced": false, "kind": "Box",
                    "verbs": verbs,
                },
                {
                    "name": "things", "singularName": "thing", "namespaced": true, "kind": "Thing",
                    "verbs": verbs, "shortNames": ["th"], "categories": ["all", "stuff"],
                },
                {
                    "name": "things/status", "singularName": "", "namespaced": true,
                    "kind": "Thing", "verbs": ["get", "patch", "update"],
                },
                {
                    "name": "things/scale", "singularName": "", "namespaced": true,
                    "group": "autoscaling", "version": "v1", "kind": "Scale",
                    "verbs": ["get", "patch", "update"],
                },
            ],
        })
    );
    assert_eq!(api_resource_list(&catalog, GROUP, "gone"), None);
}

#[test]
fn a_built_in_resource_is_told_in_alphabetical_order() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let list = api_resource_list(&catalog, "apps", "v1").unwrap();
    assert_eq!(
        names(&list["resources"], |resource| &resource["name"]),
        ["deployments", "deployments/scale", "deployments/status"]
    );
    assert_eq!(
        list["resources"][0]["verbs"],
        json!([
            "create",
            "delete",
            "deletecollection",
            "get",
            "list",
            "patch",
            "update",
            "watch"
        ])
    );
    // The core group's list is older than `apiVersion`.
    let core = api_resource_list(&catalog, "", "v1").unwrap();
    assert_eq!(
        (&core["apiVersion"], &core["groupVersion"]),
        (&Value::Null, &json!("v1"))
    );
}

#[test]
fn the_aggregated_document_has_all_of_it() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let list = group_discovery_list(&catalog, Root::Apis);
    assert_eq!(list["apiVersion"], "apidiscovery.k8s.io/v2");
    assert_eq!(list["metadata"], json!({}));
    let version = &list["items"][3]["versions"][2];
    assert_eq!(
        (&version["version"], &version["freshness"]),
        (&json!("v1"), &json!("Current"))
    );
    assert_eq!(
        version["resources"][1],
        json!({
            "resource": "things", "scope": "Namespaced", "singularResource": "thing",
            "responseKind": {"group": GROUP, "version": "v1", "kind": "Thing"},
            "verbs": [
                "delete", "deletecollection", "get", "list", "patch", "create", "update", "watch",
            ],
            "shortNames": ["th"], "categories": ["all", "stuff"],
            "subresources": [
                {
                    "subresource": "status", "verbs": ["get", "patch", "update"],
                    "responseKind": {"group": GROUP, "version": "v1", "kind": "Thing"},
                },
                {
                    "subresource": "scale", "verbs": ["get", "patch", "update"],
                    "responseKind": {"group": "autoscaling", "version": "v1", "kind": "Scale"},
                },
            ],
        })
    );
}

#[test]
fn a_built_in_kind_is_told_without_group_and_version_where_they_are_its_own() {
    let resources = resources();
    let catalog = Catalog::new(&resources);
    let list = group_discovery_list(&catalog, Root::Apis);
    let deployments = &list["items"][0]["versions"][0]["resources"][0];
    assert_eq!(
        deployments["responseKind"],
        json!({"group": "", "version": "", "kind": "Deployment"})
    );
    assert_eq!(
        deployments["subresources"][0]["responseKind"],
        json!({"group": "autoscaling", "version": "v1", "kind": "Scale"})
    );
    let core = group_discovery_list(&catalog, Root::Api);
    assert_eq!(core["items"][0]["metadata"], json!({}));
    assert_eq!(core["items"].as_array().unwrap().len(), 1);
}

#[test]
fn the_etag_changes_with_the_document() {
    let mut resources = resources();
    let tag =
        |resources: &[Resource]| etag(&group_discovery_list(&Catalog::new(resources), Root::Apis));
    let before = tag(&resources);
    assert_eq!(before, tag(&resources));
    assert!(before.starts_with('"') && before.ends_with('"'));
    resources.pop();
    resources.pop();
    assert_ne!(before, tag(&resources));
}

#[test]
fn the_root_lists_the_paths() {
    let resources = [
        resource("", "v1", "ConfigMap", false),
        resource("apps", "v1", "Deployment", false),
    ];
    let check = Check {
        name: "ping",
        problem: None,
    };
    assert_eq!(
        root::paths(&Catalog::new(&resources), &[check]),
        json!({"paths": [
            "/api", "/api/v1", "/apis", "/apis/", "/apis/apps", "/apis/apps/v1",
            "/healthz", "/healthz/ping", "/livez", "/livez/ping", "/metrics",
            "/openapi/v2", "/openapi/v3", "/openapi/v3/", "/readyz", "/readyz/ping", "/version",
        ]})
    );
}

#[test]
fn a_path_that_is_not_there_is_told_in_text() {
    let response = root::not_found();
    assert_eq!(response.status(), 404);
    assert_eq!(response.body(), "404 page not found\n");
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
}
