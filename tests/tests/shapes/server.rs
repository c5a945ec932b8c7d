//! The shapes on an API server.

use kube::{Client, Error};
use operator_tests::{Cluster, establish, install};
use proptest::{
    strategy::{BoxedStrategy, Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use serde_json::{Value, json};

use crate::{Shape, generate, loose_shapes, shapes};

/// How many values of each shape are tried.
const CASES: usize = 100;

/// Values of a strategy, the same ones in each run.
fn values(strategy: &BoxedStrategy<Value>) -> Vec<Value> {
    let seed = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(Config::default(), seed);
    (0..CASES)
        .map(|_| {
            let tree = strategy.new_tree(&mut runner);
            tree.expect("it has values").current()
        })
        .collect()
}

/// Creates an object and returns its spec as it is read back, or the server's reason to refuse it.
async fn create(client: &Client, shape: &Shape, spec: &Value) -> Result<Value, String> {
    let of = shape.crd.of();
    let object = json!({
        "apiVersion": of.api_version, "kind": of.kind,
        "metadata": { "generateName": "a-" }, "spec": spec,
    });
    let path = format!(
        "/apis/{}/namespaces/default/{}",
        of.api_version, of.plural_kind
    );
    let request = http::Request::post(format!("{path}?fieldValidation=Strict"))
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
    let delete = http::Request::delete(&path).body(vec![]).expect("a request");
    client.request::<Value>(delete).await.expect("it is deleted");
    Ok(found["spec"].clone())
}

/// Equal as JSON values, `1` and `1.0` being the same number.
fn normal(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none() => json!(number.as_f64()),
        Value::Number(number) if number.is_i64() && number.as_i64() == Some(0) => json!(0.0),
        Value::Number(number) => exact(number),
        Value::Array(items) => items.iter().map(normal).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), normal(value)))
            .collect(),
        other => other.clone(),
    }
}

/// A whole number as a floating-point one where that is the same.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
fn exact(number: &serde_json::Number) -> Value {
    let whole = number.as_i64().unwrap_or_default();
    let float = whole as f64;
    if float as i64 == whole {
        json!(float)
    } else {
        json!(whole)
    }
}

#[tokio::test]
async fn every_shape_is_established_with_a_structural_schema() {
    let client = Cluster::from_env().await.client();
    for shape in shapes().into_iter().chain(loose_shapes()) {
        let found = establish(&client, &shape.crd.to_json()).await;
        let conditions = found.data["status"]["conditions"].as_array();
        let mut types = conditions.into_iter().flatten().map(|it| &it["type"]);
        assert!(
            types.all(|it| it != "NonStructuralSchema"),
            "{}: {conditions:?}",
            shape.crd.name()
        );
        let kept = &found.data["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
        assert_eq!(
            normal(kept),
            normal(shape.crd.schema()),
            "{}",
            shape.crd.name()
        );
    }
}

#[tokio::test]
async fn what_serde_writes_is_taken_and_kept_whole() {
    let client = Cluster::from_env().await.client();
    for shape in shapes().into_iter().chain(loose_shapes()) {
        install(&client, &shape.crd).await;
        for sent in values(&shape.written) {
            let found = create(&client, &shape, &sent).await;
            let found = found.unwrap_or_else(|why| panic!("{why}\n{sent:#}"));
            // Defaults are filled in, and read as what was written.
            let read = (shape.read)(found.clone());
            let read = read.unwrap_or_else(|why| panic!("{why}\n{found:#}"));
            assert_eq!(normal(&read), normal(&sent), "{found:#}");
            assert!(holds(&normal(&found), &normal(&sent)), "{sent:#}\n{found:#}");
        }
    }
}

/// Whether `whole` has everything that `part` has.
fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => part
            .iter()
            .all(|(name, part)| whole.get(name).is_some_and(|whole| holds(whole, part))),
        (Value::Array(whole), Value::Array(part)) => {
            let pairs = whole.iter().zip(part);
            whole.len() == part.len() && pairs.into_iter().all(|(whole, part)| holds(whole, part))
        }
        (whole, part) => whole == part,
    }
}

#[tokio::test]
async fn serde_reads_what_a_server_takes() {
    let client = Cluster::from_env().await.client();
    for shape in shapes() {
        install(&client, &shape.crd).await;
        let mut taken = 0;
        let mut refusal = String::new();
        for sent in values(&generate::values(shape.schema())) {
            let found = match create(&client, &shape, &sent).await {
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
