//! The CRDs of the pass cases on a real API server: accepted without a warning, established with a structural
//! schema, kept as they were sent; and the objects that the structs write are the objects that it takes.
//!
//! `OPERATOR_TEST_KUBECONFIG` names the server; without it the tests say so and pass. `v1beta1` is tested
//! where the server has it.

mod corpus;

use std::{
    io::Write,
    process::{Command, Output, Stdio},
};

use corpus::{defaults, enums, scalars, strict_status};
use serde_json::{Value, json};

const VARIABLE: &str = "OPERATOR_TEST_KUBECONFIG";

/// `kubectl` on the server that the variable names.
struct Server {
    kubeconfig: String,
}

impl Server {
    fn from_environment() -> Option<Self> {
        let kubeconfig = std::env::var(VARIABLE).ok();
        if kubeconfig.is_none() {
            println!("skipped: {VARIABLE} names no server");
        }
        kubeconfig.map(|kubeconfig| Self { kubeconfig })
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = Command::new("kubectl")
            .args(["--kubeconfig", &self.kubeconfig])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("kubectl is installed");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin
            .write_all(input.as_bytes())
            .expect("kubectl reads its input");
        drop(stdin);
        child.wait_with_output().expect("kubectl ends")
    }

    /// Runs it, expects success and returns what it printed to both.
    fn expect(&self, arguments: &[&str], input: &str) -> (String, String) {
        let output = self.run(arguments, input);
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            output.status.success(),
            "kubectl {arguments:?}: {stderr}\n{input}"
        );
        (stdout, stderr)
    }

    fn has_v1beta1(&self) -> bool {
        let (versions, _) = self.expect(&["api-versions"], "");
        versions
            .lines()
            .any(|line| line == "apiextensions.k8s.io/v1beta1")
    }

    /// Makes the CRD anew from a manifest, and returns it as the server has it.
    fn install(&self, name: &str, manifest: &str) -> Value {
        self.expect(&["delete", "crd", name, "--ignore-not-found"], "");
        let (_, stderr) = self.expect(&["create", "--validate=false", "-f", "-"], manifest);
        let deprecated = "apiextensions.k8s.io/v1beta1 CustomResourceDefinition is deprecated";
        let warnings: Vec<_> = stderr
            .lines()
            .filter(|line| !line.contains(deprecated))
            .collect();
        assert!(warnings.is_empty(), "{name}: {warnings:?}");
        let crd = format!("crd/{name}");
        self.expect(
            &["wait", "--for=condition=Established", "--timeout=60s", &crd],
            "",
        );
        let (json, _) = self.expect(
            &[
                "get",
                "customresourcedefinitions.v1.apiextensions.k8s.io",
                name,
                "-o",
                "json",
            ],
            "",
        );
        serde_json::from_str(&json).expect("it is JSON")
    }

    /// Creates an object and returns it as the server has it, or what the server has against it.
    fn create(&self, object: &Value) -> Result<Value, String> {
        let arguments = ["create", "--validate=false", "-o", "json", "-f", "-"];
        // Discovery may lag behind the CRD's condition for a moment.
        for _ in 0..50 {
            let output = self.run(&arguments, &object.to_string());
            if output.status.success() {
                return Ok(serde_json::from_slice(&output.stdout).expect("it is JSON"));
            }
            let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
            if !stderr.contains("no matches for kind")
                && !stderr.contains("could not find the requested resource")
            {
                return Err(stderr);
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        Err("the type was never served".to_owned())
    }
}

/// Equal as JSON values, `1` and `1.0` being the same number.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) => json!(number.as_f64()),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect(),
        other => other.clone(),
    }
}

fn assert_kept(name: &str, sent: &Value, found: &Value) {
    let mut spec = found["spec"].clone();
    // The server adds this one, which means that nothing is converted.
    spec.as_object_mut()
        .expect("a spec is an object")
        .remove("conversion");
    assert_eq!(normal(&spec), normal(&sent["spec"]), "{name}");
    let conditions = found["status"]["conditions"]
        .as_array()
        .expect("there are conditions");
    let of_type = |name: &str| conditions.iter().find(|it| it["type"] == name);
    assert_eq!(
        of_type("Established").expect("it is there")["status"],
        "True"
    );
    let non_structural = of_type("NonStructuralSchema").filter(|it| it["status"] == "True");
    assert!(non_structural.is_none(), "{non_structural:?}");
}

/// One test, since the server is one: cases that make the same CRD anew would get in each other's way.
#[test]
fn a_real_server_takes_what_the_types_declare() {
    let Some(server) = Server::from_environment() else {
        return;
    };
    let mut crds = corpus::crds();
    if server.has_v1beta1() {
        // A server so old drops in silence what can't be said in `v1beta1`.
        crds.retain(|crd| crd.to_json_v1beta1().is_ok());
        for crd in &crds {
            let yaml = crd.to_yaml_v1beta1().expect("it can be said");
            let mut json = crd.to_json_v1beta1().expect("it can be said");
            // The same thing said in the other version, where it has no defaults.
            let mut sent = crd.to_json();
            sent["spec"]["versions"][0]["schema"] = json["spec"]["validation"].take();
            let found = server.install(&crd.name(), &yaml);
            assert_kept(&crd.name(), &sent, &found);
        }
    }
    for crd in &crds {
        let found = server.install(&crd.name(), &crd.to_yaml());
        assert_kept(&crd.name(), &crd.to_json(), &found);
    }
    objects_are_kept(&server);
    objects_that_a_struct_cannot_hold_are_refused(&server);
    the_server_fills_in_defaults(&server);
    a_status_may_hold_conditions_alone(&server);
    for crd in &crds {
        server.expect(&["delete", "crd", &crd.name()], "");
    }
}

fn enums(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "example.com/v1alpha1", "kind": "Choice",
        "metadata": { "name": name, "namespace": "default" }, "spec": spec,
    })
}

fn enums_spec() -> Value {
    json!({
        "mode": "off",
        "maybeMode": null,
        "documented": "with-words",
        "maybeDocumented": null,
        "source": { "git": { "url": "u", "branch": null } },
        "maybeSource": null,
        "check": { "type": "Http", "path": "/", "port": 80 },
        "action": { "do": "Copy", "with": { "to": "here", "keep": true } },
        "size": "50%",
        "maybeSize": null,
        "shape": { "side": 1.5 },
        "sources": [{ "inline": {} }, { "url": "x" }],
    })
}

/// What a struct writes, `None` as null included, is taken, kept, and read as the same.
fn objects_are_kept(server: &Server) {
    let sent: enums::Choice =
        serde_json::from_value(enums("a", &enums_spec())).expect("the struct holds it");
    let found = server
        .create(&serde_json::to_value(&sent).expect("it is JSON"))
        .expect("the server takes it");
    let read: enums::Choice = serde_json::from_value(found).expect("the struct holds it");
    assert_eq!(json!(read.spec), json!(sent.spec));

    let part = json!({ "name": "p", "size": null });
    let sent = json!({
        "apiVersion": "example.com/v1", "kind": "Scalar",
        "metadata": { "name": "a", "namespace": "default" },
        "spec": {
            "tiny": -128, "small": 1, "usual": 1, "wide": i64::MAX, "byte": 255, "port": 65535,
            "unsigned": u32::MAX, "unsignedWide": 1, "size": 1, "positive": 1, "ratio": 0.5, "precise": 0.25,
            "letter": "ß", "flag": true, "maybe": null, "maybePort": null, "address": "::1", "path": "/tmp",
            "short": "abc", "share": 0.5, "list": ["a"], "lists": [[1], []], "set": ["a", "b"],
            "maybeItems": [1, null], "pair": [1, 2], "labels": { "a": "b" }, "byNumber": { "1": true },
            "nested": { "a": [part] }, "part": part, "maybePart": null, "boxed": part,
            "any": { "a": [1, "b"] }, "anything": { "a": 1, "b": {} },
        },
    });
    let sent: scalars::Scalar = serde_json::from_value(sent).expect("the struct holds it");
    let found = server
        .create(&serde_json::to_value(&sent).expect("it is JSON"))
        .expect("the server takes it");
    let read: scalars::Scalar = serde_json::from_value(found).expect("the struct holds it");
    assert_eq!(json!(read.spec), json!(sent.spec));
}

fn objects_that_a_struct_cannot_hold_are_refused(server: &Server) {
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
    for (field, value) in wrong {
        let mut spec = enums_spec();
        spec[field] = value.clone();
        let answer = server.create(&enums("wrong", &spec));
        assert!(
            answer.is_err_and(|it| it.contains("spec.")),
            "{field}: {value} was taken"
        );
    }
}

fn the_server_fills_in_defaults(server: &Server) {
    let object = json!({
        "apiVersion": "example.com/v1", "kind": "Preset",
        "metadata": { "name": "a", "namespace": "default" }, "spec": {},
    });
    let found = server.create(&object).expect("the server takes it");
    let read: defaults::Preset =
        serde_json::from_value(found.clone()).expect("the struct holds it");
    assert_eq!(found["spec"]["ports"], json!([80, 443]));
    assert_eq!(json!(read.spec), json!(defaults::PresetSpec::default()));
}

/// What the engine does to a new parent whose status struct requires fields.
fn a_status_may_hold_conditions_alone(server: &Server) {
    let object = strict_status::Strict::new("a", strict_status::StrictSpec {});
    let mut object = serde_json::to_value(&object).expect("it is JSON");
    object["metadata"]["namespace"] = json!("default");
    server.create(&object).expect("the server takes it");
    object["status"] =
        json!({ "observedGeneration": 1, "conditions": [{ "type": "Ready", "status": "False" }] });
    object["metadata"]["resourceVersion"] = Value::Null;
    let path = "/apis/example.com/v1/namespaces/default/stricts/a";
    let (current, _) = server.expect(&["get", "--raw", path], "");
    let current: Value = serde_json::from_str(&current).expect("it is JSON");
    object["metadata"] = current["metadata"].clone();
    let status = format!("{path}/status");
    let (found, _) = server.expect(
        &["replace", "--raw", &status, "-f", "-"],
        &object.to_string(),
    );
    let found: Value = serde_json::from_str(&found).expect("it is JSON");
    assert_eq!(found["status"], object["status"]);
    let read: strict_status::Strict = serde_json::from_value(found).expect("the struct holds it");
    assert_eq!(read.status, None);
}
