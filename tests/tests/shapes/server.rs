//! The shapes on an API server.

use kube::{Client, Error};
use operator_tests::{Cluster, establish, install};
use proptest::{
    strategy::{BoxedStrategy, Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Number, Value, json};

use crate::{Shape, all_shapes, generate, shapes};

/// How many values of each shape are tried.
const CASES: usize = 100;

/// Values of a strategy that the server can hold, the same ones in each run.
async fn values(client: &Client, strategy: &BoxedStrategy<Value>) -> Vec<Value> {
    let empty = takes_empty_strings(client).await;
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    (0..CASES)
        .map(|_| {
            let tree = strategy.new_tree(&mut runner);
            let value = tree.expect("it has values").current();
            if empty { value } else { filled(&value) }
        })
        .collect()
}

/// Creates an object and returns its spec as it is read back, or the server's reason to refuse it.
async fn create(
    client: &Client,
    shape: &Shape,
    spec: &Value,
    unknown_fields: &str,
) -> Result<Value, String> {
    let of = shape.crd.of();
    let object = json!({
        "apiVersion": of.api_version, "kind": of.kind,
        "metadata": { "generateName": "a-" }, "spec": spec,
    });
    let path = format!(
        "/apis/{}/namespaces/default/{}",
        of.api_version, of.plural_kind
    );
    let request = http::Request::post(format!("{path}?fieldValidation={unknown_fields}"))
        .header("Content-Type", "application/json")
        .body(object.to_string().into_bytes())
        .expect("a request");
    let created = match client.request::<Value>(request).await {
        Ok(created) => created,
        Err(Error::Api(status)) if status.code == 422 || status.code == 400 => {
            return Err(status.message);
        }
        Err(error) => panic!("{}: {error}", of.kind),
    };
    let name = created["metadata"]["name"].as_str().expect("it has a name");
    let path = format!("{path}/{name}");
    let get = http::Request::get(&path).body(vec![]).expect("a request");
    let found: Value = client.request(get).await.expect("it is there");
    let delete = http::Request::delete(&path)
        .body(vec![])
        .expect("a request");
    client
        .request::<Value>(delete)
        .await
        .expect("it is deleted");
    Ok(found["spec"].clone())
}

/// Equal as JSON values.
fn same(one: &Value, other: &Value) -> bool {
    holds(one, other) && holds(other, one)
}

/// Whether `whole` has everything that `part` has. A field that is null is as good as absent.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(name, part)| match whole.get(name) {
                Some(whole) => holds(whole, part),
                None => part.is_null(),
            })
        }
        (Value::Array(whole), Value::Array(part)) => {
            let mut pairs = whole.iter().zip(part);
            whole.len() == part.len() && pairs.all(|(whole, part)| holds(whole, part))
        }
        (Value::Number(one), Value::Number(other)) => equal(one, other),
        (whole, part) => whole == part,
    }
}

/// `1` and `1.0` are the same number, and reading a fraction may change its last digit.
fn equal(one: &Number, other: &Number) -> bool {
    match (one.as_i64(), other.as_i64()) {
        (Some(one), Some(other)) => one == other,
        _ => {
            let (one, other) = (one.as_f64().unwrap_or(0.0), other.as_f64().unwrap_or(0.0));
            (one - other).abs() <= one.abs() * 1e-12
        }
    }
}

/// Kubernetes 1.20 takes an empty string for null, so it gets none.
async fn takes_empty_strings(client: &Client) -> bool {
    let version = client.apiserver_version().await.expect("it has a version");
    version.minor.trim_end_matches('+') != "20"
}

/// The same without empty strings.
fn filled(value: &Value) -> Value {
    match value {
        Value::String(text) if text.is_empty() => json!("-"),
        Value::Array(items) => items.iter().map(filled).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), filled(value)))
            .collect(),
        other => other.clone(),
    }
}

#[tokio::test]
async fn every_shape_is_established_with_a_structural_schema() {
    let client = Cluster::from_env().await.client();
    for shape in all_shapes() {
        let found = establish(&client, &shape.crd.to_json()).await;
        let conditions = found.data["status"]["conditions"].as_array();
        let mut types = conditions.into_iter().flatten().map(|it| &it["type"]);
        assert!(
            types.all(|it| it != "NonStructuralSchema"),
            "{}: {conditions:?}",
            shape.crd.name()
        );
        let kept = &found.data["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert!(same(kept, shape.crd.schema()), "{}", shape.crd.name());
    }
}

#[tokio::test]
async fn what_serde_writes_is_taken_and_kept_whole() {
    let client = Cluster::from_env().await.client();
    for shape in all_shapes() {
        install(&client, &shape.crd).await;
        for sent in values(&client, &shape.written).await {
            let found = create(&client, &shape, &sent, "Strict").await;
            let found = found.unwrap_or_else(|why| panic!("{}: {why}\n{sent:#}", shape.crd.kind()));
            // Defaults are filled in, and read as what was written.
            let read = (shape.read)(found.clone());
            let read = read.unwrap_or_else(|why| panic!("{}: {why}\n{found:#}", shape.crd.kind()));
            assert!(same(&read, &sent), "{sent:#}\n{read:#}");
            assert!(holds(&found, &sent), "{sent:#}\n{found:#}");
        }
    }
}

#[tokio::test]
async fn serde_reads_what_a_server_takes() {
    let client = Cluster::from_env().await.client();
    for shape in shapes() {
        install(&client, &shape.crd).await;
        let mut taken = 0;
        let mut refusal = String::new();
        for sent in values(&client, &generate::values(shape.schema())).await {
            let found = match create(&client, &shape, &sent, "Ignore").await {
                Ok(found) => found,
                Err(why) => {
                    refusal = format!("{why}\n{sent:#}");
                    continue;
                }
            };
            taken += 1;
            if let Err(why) = (shape.read)(found.clone()) {
                panic!("{}: {why}\n{found:#}", shape.crd.kind());
            }
        }
        // Otherwise it would say nothing.
        assert!(
            taken * 4 > CASES,
            "{}: {taken} were taken; {refusal}",
            shape.crd.kind()
        );
    }
}
