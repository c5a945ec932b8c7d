use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use super::*;
use crate::{
    discovery::tests::{resource, subresource},
    schema::{AdditionalProperties, Limits, ListType, Rule, SchemaNode, ValueType},
    table::tests::Things,
};

/// The document of a version of a group.
fn openapi_document(catalog: &Catalog<'_>, group: &str, version: &str) -> Option<Value> {
    Some(document(catalog, catalog.group_version(group, version)?))
}

fn typed(value_type: ValueType) -> Schema {
    Schema {
        value_type: Some(value_type),
        ..Schema::default()
    }
}

fn object_of(properties: Vec<(&str, Schema)>) -> Schema {
    Schema {
        properties: properties
            .into_iter()
            .map(|(name, schema)| (name.to_owned(), SchemaNode::from(schema)))
            .collect(),
        ..typed(ValueType::Object)
    }
}

/// The shape of the CRD that was created on a cluster.
fn thing_schema() -> Schema {
    let size = Schema {
        format: Some("int32".to_owned()),
        default: Some(json!(3)),
        limits: Limits {
            minimum: Some(1.0),
            ..Limits::default()
        },
        ..typed(ValueType::Integer)
    };
    let port = Schema {
        int_or_string: true,
        ..Schema::default()
    };
    let number = Schema {
        nullable: true,
        ..typed(ValueType::Integer)
    };
    let port_item = Schema {
        required: vec!["name".to_owned()],
        ..object_of(vec![("name", typed(ValueType::String)), ("n", number)])
    };
    let ports = Schema {
        list_type: Some(ListType::Map),
        list_map_keys: vec!["name".to_owned()],
        items: Some(port_item.into()),
        ..typed(ValueType::Array)
    };
    let free = Schema {
        preserve_unknown_fields: true,
        ..typed(ValueType::Object)
    };
    let embedded = Schema {
        embedded_resource: true,
        ..free.clone()
    };
    let labels = Schema {
        additional_properties: Some(AdditionalProperties::Schema(
            typed(ValueType::String).into(),
        )),
        ..typed(ValueType::Object)
    };
    let mode = Schema {
        enumeration: vec!["a".into(), "b".into()],
        ..typed(ValueType::String)
    };
    let spec = Schema {
        description: Some("What is wanted.".into()),
        required: vec!["size".to_owned()],
        rules: vec![Rule {
            expression: "self.size<100".to_owned(),
            message: Some("too big".to_owned()),
            ..Rule::default()
        }],
        ..object_of(vec![
            ("size", size),
            ("port", port),
            ("ports", ports),
            ("free", free),
            ("emb", embedded),
            ("labels", labels),
            ("mode", mode),
        ])
    };
    let status = object_of(vec![("replicas", typed(ValueType::Integer))]);
    Schema {
        description: Some("A thing.".into()),
        required: vec!["spec".to_owned()],
        ..object_of(vec![("spec", spec), ("status", status)])
    }
}

const GROUP: &str = "b.discovery.example.com";

fn thing() -> Resource {
    Resource {
        strategy: Arc::new(Things(thing_schema())),
        subresources: vec![
            subresource("status", (GROUP, "v1", "Thing")),
            subresource("scale", ("autoscaling", "v1", "Scale")),
        ],
        ..resource(GROUP, "v1", "Thing", true)
    }
}

type Definition = LazyLock<Schema, Box<dyn FnOnce() -> Schema + Send>>;

/// A definition that contains itself, as those of CRDs do.
static NODE: LazyLock<Definition> = LazyLock::new(|| LazyLock::new(Box::new(node)));

fn node() -> Schema {
    Schema {
        definition: Some("com.example.v1.Node".into()),
        description: Some("A node.".into()),
        properties: BTreeMap::from([("child".to_owned(), SchemaNode::Definition(&NODE))]),
        ..typed(ValueType::Object)
    }
}

fn config_map() -> Resource {
    let value = Schema {
        definition: Some("com.example.v1.Port".into()),
        default: Some(json!(1)),
        int_or_string: true,
        ..Schema::default()
    };
    let mut schema = object_of(vec![("port", value)]);
    schema
        .properties
        .insert("node".to_owned(), SchemaNode::Definition(&NODE));
    schema.definition = Some("com.example.v1.ConfigMap".into());
    Resource {
        strategy: Arc::new(Things(schema)),
        ..resource("", "v1", "ConfigMap", false)
    }
}

#[test]
fn a_custom_resources_schemas_are_as_a_cluster_publishes_them() {
    let golden: Value = serde_json::from_str(include_str!("golden.json")).unwrap();
    let resources = [thing()];
    let document = openapi_document(&Catalog::new(&resources), GROUP, "v1").unwrap();
    let schemas = &document["components"]["schemas"];
    for (name, expected) in golden.as_object().unwrap() {
        assert_eq!(&schemas[name], expected, "{name}");
    }
    assert_eq!(document["openapi"], "3.0.0");
    assert_eq!(document["info"]["title"], "Kubernetes CRD Swagger");
}

#[test]
fn every_reference_has_its_component() {
    fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
        match value {
            Value::Object(map) => {
                found.extend(map.get("$ref").and_then(Value::as_str));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(list) => list.iter().for_each(|value| references(value, found)),
            _ => {}
        }
    }
    let resources = [thing(), config_map()];
    let catalog = Catalog::new(&resources);
    for (group, version) in [(GROUP, "v1"), ("", "v1")] {
        let document = openapi_document(&catalog, group, version).unwrap();
        let mut found = Vec::new();
        references(&document, &mut found);
        assert!(!found.is_empty());
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            let component = document.pointer(pointer).unwrap_or(&Value::Null);
            assert!(component.is_object(), "{reference}");
        }
    }
}

#[test]
fn a_definition_stands_once_and_may_contain_itself() {
    let resources = [config_map()];
    let document = openapi_document(&Catalog::new(&resources), "", "v1").unwrap();
    let schemas = &document["components"]["schemas"];
    let node = json!({"$ref": "#/components/schemas/com.example.v1.Node"});
    let config_map = &schemas["com.example.v1.ConfigMap"];
    assert_eq!(config_map["properties"]["node"], node);
    assert_eq!(
        schemas["com.example.v1.Node"],
        json!({"description": "A node.", "type": "object", "properties": {"child": node}})
    );
    assert_eq!(
        config_map["x-kubernetes-group-version-kind"],
        json!([{"group": "", "version": "v1", "kind": "ConfigMap"}])
    );
}

#[test]
fn a_default_stands_beside_the_reference_and_not_in_the_definition() {
    let resources = [config_map()];
    let document = openapi_document(&Catalog::new(&resources), "", "v1").unwrap();
    let schemas = &document["components"]["schemas"];
    let name = "com.example.v1.Port";
    assert_eq!(
        schemas["com.example.v1.ConfigMap"]["properties"]["port"],
        json!({"default": 1, "allOf": [{"$ref": format!("#/components/schemas/{name}")}]})
    );
    assert_eq!(
        schemas[name],
        json!({"format": "int-or-string", "oneOf": [{"type": "integer"}, {"type": "string"}]})
    );
}

#[test]
fn a_resources_paths_are_those_of_a_cluster() {
    let resources = [thing()];
    let document = openapi_document(&Catalog::new(&resources), GROUP, "v1").unwrap();
    let told: Vec<(&str, Vec<(&str, &str)>)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(path, item)| {
            let operations = item.as_object().unwrap().iter();
            let operations = operations
                .filter(|(method, _)| *method != "parameters")
                .map(|(method, operation)| {
                    (method.as_str(), operation["operationId"].as_str().unwrap())
                });
            (path.as_str(), operations.collect())
        })
        .collect();
    let prefix = "/apis/b.discovery.example.com/v1";
    let item = format!("{prefix}/namespaces/{{namespace}}/things");
    let id = |verb: &str, rest: &str| format!("{verb}BDiscoveryExampleComV1{rest}");
    let expected = [
        (
            item.clone(),
            vec![
                ("delete", id("delete", "CollectionNamespacedThing")),
                ("get", id("list", "NamespacedThing")),
                ("post", id("create", "NamespacedThing")),
            ],
        ),
        (
            format!("{item}/{{name}}"),
            vec![
                ("delete", id("delete", "NamespacedThing")),
                ("get", id("read", "NamespacedThing")),
                ("patch", id("patch", "NamespacedThing")),
                ("put", id("replace", "NamespacedThing")),
            ],
        ),
        (
            format!("{item}/{{name}}/scale"),
            vec![
                ("get", id("read", "NamespacedThingScale")),
                ("patch", id("patch", "NamespacedThingScale")),
                ("put", id("replace", "NamespacedThingScale")),
            ],
        ),
        (
            format!("{item}/{{name}}/status"),
            vec![
                ("get", id("read", "NamespacedThingStatus")),
                ("patch", id("patch", "NamespacedThingStatus")),
                ("put", id("replace", "NamespacedThingStatus")),
            ],
        ),
        (
            format!("{prefix}/things"),
            vec![("get", id("list", "ThingForAllNamespaces"))],
        ),
    ];
    let expected: Vec<(&str, Vec<(&str, &str)>)> = expected
        .iter()
        .map(|(path, operations)| {
            let operations = operations.iter().map(|(method, id)| (*method, id.as_str()));
            (path.as_str(), operations.collect())
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn writes_offer_field_validation_and_dry_runs_for_their_kind() {
    let resources = [thing(), config_map()];
    let catalog = Catalog::new(&resources);
    for (group, kind, item) in [
        (
            GROUP,
            "Thing",
            "/apis/b.discovery.example.com/v1/namespaces/{namespace}/things/{name}",
        ),
        (
            "",
            "ConfigMap",
            "/api/v1/namespaces/{namespace}/configmaps/{name}",
        ),
    ] {
        let document = openapi_document(&catalog, group, "v1").unwrap();
        for method in ["put", "patch"] {
            let operation = &document["paths"][item][method];
            assert_eq!(
                operation["x-kubernetes-group-version-kind"],
                json!({"group": group, "version": "v1", "kind": kind})
            );
            let parameters = operation["parameters"].as_array().unwrap();
            for name in ["dryRun", "fieldValidation"] {
                assert!(
                    parameters
                        .iter()
                        .any(|p| p["name"] == name && p["in"] == "query"),
                    "{kind} {method} {name}"
                );
            }
        }
    }
}

#[test]
fn only_built_in_kinds_take_strategic_merge_patches() {
    let resources = [thing(), config_map()];
    let catalog = Catalog::new(&resources);
    let strategic = |group: &str, item: &str| {
        let document = openapi_document(&catalog, group, "v1").unwrap();
        let content = &document["paths"][item]["patch"]["requestBody"]["content"];
        content["application/strategic-merge-patch+json"].is_object()
    };
    assert!(!strategic(
        GROUP,
        "/apis/b.discovery.example.com/v1/namespaces/{namespace}/things/{name}"
    ));
    assert!(strategic(
        "",
        "/api/v1/namespaces/{namespace}/configmaps/{name}"
    ));
}

#[test]
fn what_may_not_be_done_has_no_operation() {
    let mut resource = thing();
    resource.verbs = vec!["get".to_owned()];
    resource.subresources.clear();
    let resources = [resource];
    let document = openapi_document(&Catalog::new(&resources), GROUP, "v1").unwrap();
    let paths = document["paths"].as_object().unwrap();
    assert_eq!(paths.len(), 1);
    let item = paths.values().next().unwrap();
    let methods: Vec<&String> = item.as_object().unwrap().keys().collect();
    assert_eq!(methods, ["get", "parameters"]);
}

fn hash_of(index: &Value, path: &str) -> String {
    let url = index["paths"][path]["serverRelativeURL"].as_str().unwrap();
    let (document, hash) = url.split_once("?hash=").unwrap();
    assert_eq!(document, format!("/openapi/v3/{path}"));
    hash.to_owned()
}

#[test]
fn the_index_names_every_document_with_a_hash_of_its_content() {
    let mut resources = [thing(), config_map()];
    let before = index(&Catalog::new(&resources));
    let paths: Vec<&String> = before["paths"].as_object().unwrap().keys().collect();
    assert_eq!(paths, ["api/v1", "apis/b.discovery.example.com/v1"]);
    resources[0].strategy = Arc::new(Things(typed(ValueType::Object)));
    let after = index(&Catalog::new(&resources));
    let custom = "apis/b.discovery.example.com/v1";
    assert_ne!(hash_of(&before, custom), hash_of(&after, custom));
    assert_eq!(hash_of(&before, "api/v1"), hash_of(&after, "api/v1"));
}

#[test]
fn a_document_is_served_by_its_hash_for_good() {
    let resources = [config_map()];
    let catalog = Catalog::new(&resources);
    let hash = hash_of(&index(&catalog), "api/v1");
    let query = DocumentQuery {
        hash: Some(&hash),
        accept: Some("application/json"),
        if_none_match: None,
    };
    let response = serve_document(&catalog, "api/v1", query);
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["cache-control"], "public, immutable");
    assert_eq!(response.headers()["etag"], format!("\"{hash}\""));
    assert_eq!(response.headers()["vary"], "Accept");
    let document: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(document["info"]["version"], "1.37");
}

#[test]
fn an_old_hash_leads_to_the_new_one() {
    let resources = [config_map()];
    let catalog = Catalog::new(&resources);
    let hash = hash_of(&index(&catalog), "api/v1");
    let query = DocumentQuery {
        hash: Some("123"),
        ..DocumentQuery::default()
    };
    let response = serve_document(&catalog, "api/v1", query);
    assert_eq!(response.status(), 301);
    assert_eq!(
        response.headers()["location"],
        format!("/openapi/v3/api/v1?hash={hash}")
    );
    assert!(response.body().is_empty());
}

#[test]
fn a_known_document_an_unknown_path_and_an_unknown_format_have_no_body() {
    let resources = [config_map()];
    let catalog = Catalog::new(&resources);
    let etag = format!("\"{}\"", hash_of(&index(&catalog), "api/v1"));
    let known = DocumentQuery {
        if_none_match: Some(&etag),
        ..DocumentQuery::default()
    };
    let protobuf = DocumentQuery {
        accept: Some("application/com.github.proto-openapi.spec.v3@v1.0+protobuf"),
        ..DocumentQuery::default()
    };
    for (path, query, status) in [
        ("api/v1", known, 304),
        ("api/v1", protobuf, 406),
        ("apis/nope/v1", DocumentQuery::default(), 404),
    ] {
        let response = serve_document(&catalog, path, query);
        assert_eq!(response.status(), status);
        assert!(response.body().is_empty());
    }
}

#[test]
fn the_index_is_served_as_text_like_on_a_cluster() {
    let resources = [config_map()];
    let response = serve_index(&Catalog::new(&resources));
    assert_eq!(
        response.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert!(body["paths"]["api/v1"].is_object());
}
