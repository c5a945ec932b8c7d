//! The pass cases at work: their CRDs as recorded, and their root structs written and read.

mod corpus;

use corpus::{
    defaults, echo_server, minimal, names, reexported,
    strict_status::{Strict, StrictStatus},
};
use operator_core::{DeclaredParent, K8sType, crd::Manifests};
use serde_json::json;

#[test]
fn every_crd_is_as_recorded() {
    for crd in corpus::crds() {
        // A CRD may have a longer name than a file.
        let name: String = crd.name().chars().take(100).collect();
        insta::assert_snapshot!(format!("{name}-v1"), crd.to_yaml());
        let v1beta1 = crd.to_yaml_v1beta1();
        let v1beta1 = v1beta1.unwrap_or_else(|error| format!("{error}\n"));
        insta::assert_snapshot!(format!("{name}-v1beta1"), v1beta1);
    }
}

#[test]
fn a_manifest_is_the_same_as_yaml_and_as_json() {
    for crd in corpus::crds() {
        let yaml: serde_json::Value = serde_saphyr::from_str(&crd.to_yaml()).unwrap();
        assert_eq!(yaml, crd.to_json());
        if let (Ok(yaml), Ok(json)) = (crd.to_yaml_v1beta1(), crd.to_json_v1beta1()) {
            let yaml: serde_json::Value = serde_saphyr::from_str(&yaml).unwrap();
            assert_eq!(yaml, json);
        }
    }
}

const ECHO: K8sType = *echo_server::EchoServer::TYPE;
static PROXY: &K8sType = minimal::Proxy::TYPE;

#[test]
fn a_type_is_a_const_a_static_and_a_pattern() {
    const SHELF: &K8sType = names::ShelfResource::TYPE;
    assert_eq!(ECHO, K8sType::of::<echo_server::EchoServer>());
    assert_eq!(PROXY.api_version, "example.com/v1");
    let found = match SHELF {
        &ECHO => "echo",
        SHELF => "shelf",
        _ => "other",
    };
    assert_eq!(found, "shelf");
}

#[test]
fn a_root_struct_works_with_kube() {
    use kube::{Resource, ResourceExt};

    let proxy = minimal::Proxy::new("a", minimal::ProxySpec { target: "b".into() });
    assert_eq!(proxy.name_any(), "a");
    assert_eq!(minimal::Proxy::plural(&()), "proxies");
    assert_eq!(
        minimal::Proxy::url_path(&(), Some("here")),
        "/apis/example.com/v1/namespaces/here/proxies"
    );
    // Compiles only if the scopes are right.
    let _ = |client: kube::Client| kube::Api::<minimal::Proxy>::namespaced(client, "here");
    let _ = |client: kube::Client| kube::Api::<names::ShelfResource>::all(client);
}

#[test]
fn a_root_struct_is_written_as_an_object() {
    let echo = echo_server::EchoServer::new(
        "a",
        echo_server::EchoServerSpec {
            replicas: 1,
            port: 80,
        },
    );
    let written = serde_json::to_value(&echo).unwrap();
    let expected = json!({
        "apiVersion": "example.com/v1",
        "kind": "EchoServer",
        "metadata": { "name": "a" },
        "spec": { "replicas": 1, "port": 80 },
    });
    assert_eq!(written, expected);
    let read: echo_server::EchoServer = serde_json::from_value(expected.clone()).unwrap();
    assert_eq!(serde_json::to_value(&read).unwrap(), expected);
}

#[test]
fn an_item_of_a_list_needs_no_type_and_another_type_is_an_error() {
    let item = json!({ "metadata": { "name": "a" }, "spec": { "target": "b" } });
    assert!(serde_json::from_value::<minimal::Proxy>(item).is_ok());
    let other = json!({ "apiVersion": "example.com/v1", "kind": "Pod", "spec": { "target": "b" } });
    let error = serde_json::from_value::<minimal::Proxy>(other).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"kind is "Pod", which is no Proxy.example.com/v1"#
    );
}

#[test]
fn an_error_says_whether_it_is_in_the_spec_or_the_status() {
    let spec = r#"{"spec":{"target":1}}"#;
    let error = serde_json::from_str::<minimal::Proxy>(spec).unwrap_err();
    assert_eq!(
        error.to_string(),
        "spec: invalid type: integer `1`, expected a string at line 1 column 19"
    );
    let error = strict(&json!({ "readyReplicas": "x" })).unwrap_err();
    assert_eq!(
        error.to_string(),
        "status: invalid type: string \"x\", expected i32"
    );
    let error = serde_json::from_str::<minimal::Proxy>("{}").unwrap_err();
    assert_eq!(error.to_string(), "missing field `spec` at line 1 column 2");
}

fn strict(status: &serde_json::Value) -> Result<Option<StrictStatus>, serde_json::Error> {
    let object = json!({ "metadata": {}, "spec": {}, "status": status });
    serde_json::from_value::<Strict>(object).map(|it| it.status)
}

#[test]
fn a_status_that_only_the_engine_wrote_reads_as_none() {
    let conditions = json!([{ "type": "Ready", "status": "False" }]);
    assert_eq!(strict(&json!(null)).unwrap(), None);
    assert_eq!(strict(&json!({})).unwrap(), None);
    assert_eq!(
        strict(&json!({ "observedGeneration": 1, "conditions": conditions })).unwrap(),
        None
    );
}

#[test]
fn what_the_engine_writes_is_set_aside_where_the_struct_has_no_such_field() {
    let conditions = json!([{ "type": "Ready", "status": "True" }]);
    let status = json!({ "readyReplicas": 2, "observedGeneration": 1, "conditions": conditions });
    let status = strict(&status).unwrap().unwrap();
    assert_eq!(status.ready_replicas, 2);
    assert_eq!(status.conditions.len(), 1);
    // Nothing else is.
    assert!(strict(&json!({ "readyReplicas": 2, "unknown": 1 })).is_err());
}

#[test]
fn a_type_without_status_passes_over_one() {
    let object = json!({ "spec": { "target": "b" }, "status": { "what": "ever" } });
    assert!(serde_json::from_value::<minimal::Proxy>(object).is_ok());
    const { assert!(!<minimal::Proxy as DeclaredParent>::HAS_STATUS) };
    const { assert!(<reexported::Reexported as DeclaredParent>::HAS_STATUS) };
}

#[test]
fn extra_derives_are_on_the_root_struct() {
    assert_eq!(defaults::Preset::default().spec.image, "nginx");
}

#[test]
fn a_root_struct_has_a_schema_of_its_own() {
    let schema = schemars::schema_for!(echo_server::EchoServer);
    let names = schema.as_value()["properties"].as_object().unwrap().keys();
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["apiVersion", "kind", "metadata", "spec", "status"]
    );
}

#[test]
fn a_type_may_be_declared_in_a_function() {
    #[derive(
        operator_core::K8sType,
        serde::Serialize,
        serde::Deserialize,
        schemars::JsonSchema,
        Clone,
        Debug,
    )]
    #[k8s(group = "example.com", version = "v1", kind = "Local")]
    struct LocalSpec {}

    assert_eq!(Local::crd().unwrap().name(), "locals.example.com");
    assert_eq!(
        Local::new("a", LocalSpec {}).metadata.name.as_deref(),
        Some("a")
    );
}

#[test]
fn a_type_may_be_declared_by_a_macro() {
    macro_rules! declare {
        ($spec:ident, $kind:literal, $status:ty, $field:ty, $default:expr) => {
            #[derive(
                operator_core::K8sType,
                serde::Serialize,
                serde::Deserialize,
                schemars::JsonSchema,
                Clone,
                Debug,
            )]
            #[k8s(group = "example.com", version = "v1", kind = $kind, status = $status)]
            struct $spec {
                #[k8s(column, default = $default)]
                size: $field,
            }
        };
    }

    #[derive(serde::Serialize, serde::Deserialize, schemars::JsonSchema, Clone, Debug)]
    struct MadeStatus {}

    declare!(MadeSpec, "Made", MadeStatus, u8, 1 + 2);
    let crd = Made::crd().unwrap();
    assert!(crd.has_status());
    assert_eq!(crd.columns()[0].kind, "integer");
    let default = &crd.schema()["properties"]["spec"]["properties"]["size"]["default"];
    assert_eq!(default, 3);
}

/// Types in which something is declared, and others that look like them.
mod alike {
    use operator_core::{K8sSchema, K8sType};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(super) struct Plain {
        size: u8,
    }

    // Without documentation it is a `Plain` to `schemars`; what is said of it is not said of that one.
    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[serde(transparent)]
    #[k8s(rule("self.size > 0"))]
    pub(super) struct Ruled(Plain);

    #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(super) struct Fixed {
        #[k8s(immutable)]
        size: u8,
    }

    pub(super) mod elsewhere {
        use super::*;

        #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
        pub(in super::super) struct Fixed {
            size: u8,
        }

        #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
        pub(in super::super) struct Ruled {
            size: u8,
        }
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(super) struct Foreign {
        plain: Plain,
        fixed: elsewhere::Fixed,
        ruled: elsewhere::Ruled,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    pub(super) struct Open {
        fixed: Fixed,
    }

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "example.com", version = "v1", kind = "Alike")]
    pub(super) struct AlikeSpec {
        ruled: Ruled,
        fixed: Box<Fixed>,
        foreign: Foreign,
        /// Nothing in it has a schema, so nothing can be said in it.
        #[k8s(schemaless)]
        open: Open,
    }
}

#[test]
fn a_type_that_only_looks_like_one_in_which_something_is_declared_is_left_alone() {
    let crd = alike::Alike::crd().unwrap();
    let rules = crd.to_yaml().matches(" rule: ").count();
    assert_eq!(rules, 2, "{}", crd.to_yaml());
}

#[test]
fn types_of_one_name_in_two_functions_are_two() {
    use operator_core::K8sSchema;
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    // It is there for what it declares: nobody calls it.
    #[allow(dead_code)]
    fn another() {
        #[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
        struct Inner {
            #[k8s(immutable)]
            size: u8,
        }
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Inner {
        text: String,
    }

    #[derive(Serialize, Deserialize, JsonSchema, Clone, Debug)]
    struct Outer {
        inner: Inner,
    }

    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "example.com", version = "v1", kind = "Nested")]
    struct NestedSpec {
        outer: Outer,
    }

    assert!(!Nested::crd().unwrap().to_yaml().contains("immutable"));
}

#[test]
fn the_manifests_of_a_set_are_written_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let crds = || {
        [
            minimal::Proxy::crd().unwrap(),
            names::ShelfResource::crd().unwrap(),
        ]
    };
    let paths = Manifests::new(crds()).write(folder.path()).unwrap();
    let names: Vec<_> = paths
        .iter()
        .map(|path| path.file_name().unwrap().to_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "proxies.example.com.yaml",
            "shelves.storage.example.com.yaml"
        ]
    );
    Manifests::new(crds())
        .check(folder.path(), "make crds")
        .unwrap();

    let stale = std::fs::read_to_string(&paths[0])
        .unwrap()
        .replace("target", "goal");
    std::fs::write(&paths[0], stale).unwrap();
    let error = Manifests::new(crds())
        .check(folder.path(), "make crds")
        .unwrap_err();
    let text = error
        .to_string()
        .replace(&folder.path().display().to_string(), "crds");
    insta::assert_snapshot!("stale", text);
}

#[test]
fn a_set_with_two_crds_of_one_name_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let crd = minimal::Proxy::crd().unwrap();
    let error = Manifests::new([crd.clone(), crd])
        .write(folder.path())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "two types declare the CRD proxies.example.com: change the kind or the plural of one"
    );
}
