//! What a failed assertion says.

use std::{panic::AssertUnwindSafe, time::Duration};

use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
use operator_examples::echo_server::{EchoServer, operator};
use operator_testkit::TestKit;
use serde_json::json;

use crate::hello;

async fn kit() -> TestKit {
    let builder = TestKit::builder(operator()).embedded();
    let kit = builder
        .timeout(Duration::from_secs(3))
        .start()
        .await
        .unwrap();
    kit.create_parent(&hello(3)).await.unwrap();
    kit.reconcile().await.unwrap();
    kit
}

/// What a future's panic says.
async fn panic_of<T>(future: impl Future<Output = T>) -> String {
    let caught = futures::FutureExt::catch_unwind(AssertUnwindSafe(future)).await;
    let said = caught.err().expect("it panics").downcast::<String>();
    *said.expect("a text")
}

#[tokio::test(start_paused = true)]
async fn it_tells_the_difference_the_condition_and_the_last_requests() {
    let kit = kit().await;
    let expected = json!({"spec": {"replicas": 4, "selector": {"matchLabels": {"app": "hello"}}}});
    let line = line!() + 1;
    let asserted = kit.assert_contains::<Deployment>("hello", expected);
    let said = panic_of(asserted).await;
    let lines: Vec<&str> = said.lines().collect();
    let place = format!("{}:{line}:", file!());
    assert!(lines[0].starts_with(&place), "{said}");
    assert!(
        lines[0].ends_with(
            "expected Deployment hello to hold what is expected, and 3s were not enough"
        ),
        "{said}"
    );
    let diff = [
        "--- expected",
        "+++ found",
        "-  replicas: 4",
        "+  replicas: 3",
    ];
    assert!(diff.iter().all(|line| lines.contains(line)), "{said}");
    let condition = format!(
        "EchoServer {}/hello: Synced is True (Synced: everything is as declared); generation 1, observed 1",
        kit.namespace()
    );
    assert!(lines.contains(&condition.as_str()), "{said}");
    assert!(lines.contains(&"its last requests:"), "{said}");
    let last = lines.last().unwrap();
    assert!(
        last.contains(" patch /apis/example.com/v1/") && last.ends_with("→ 200"),
        "{said}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_absent_or_still_there_is_said() {
    let kit = kit().await;
    let said = panic_of(kit.assert_exists::<Service>("other")).await;
    assert!(
        said.contains(
            "expected Service other to be there, and 3s were not enough\nthere is none\n"
        ),
        "{said}"
    );
    let said = panic_of(kit.assert_gone::<Service>("hello")).await;
    assert!(said.contains("it is there:\n  apiVersion: v1\n"), "{said}");
    assert!(!said.contains("managedFields"), "{said}");
    let said = panic_of(kit.assert_not_synced::<EchoServer>("hello", "WriteFailed")).await;
    assert!(
        said.contains("expected EchoServer hello not to be synced, for WriteFailed"),
        "{said}"
    );
    let replicas = |deployment: &Deployment| deployment.spec.replicas;
    let said = panic_of(kit.assert_eventually_eq("hello", replicas, Some(9))).await;
    assert!(said.contains("-9\n+3\n"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn an_assertion_waits_until_it_holds() {
    let kit = kit().await;
    let later = async {
        tokio::time::sleep(Duration::from_secs(2)).await;
        kit.edit::<EchoServer>("hello", json!({"spec": {"replicas": 5}}))
            .await
            .unwrap();
    };
    let asserted = kit.assert_contains::<Deployment>("hello", json!({"spec": {"replicas": 5}}));
    tokio::join!(later, asserted);
}
