//! What every test does: create, reconcile, look, edit, delete; on the paused clock, in real time, on a real cluster.

use std::time::Duration;

use k8s_openapi::api::{
    apps::v1::Deployment,
    core::v1::{ConfigMap, Service},
};
use operator_core::ChildConfig;
use operator_examples::echo_server::{EchoServer, operator};
use operator_testkit::{KitError, LocalCluster, TestKit};
use serde_json::json;

use crate::hello;

async fn a_life(kit: &TestKit) -> Result<(), KitError> {
    kit.create_parent(&hello(2)).await?;
    kit.reconcile().await?;
    let writes = kit.writes_since(0);
    let verbs: Vec<_> = writes.iter().map(|one| one.verb).collect();
    assert_eq!(
        verbs,
        ["apply", "apply", "patch"],
        "two children and a status: {writes:?}"
    );
    let state = kit.parent_state::<EchoServer>("hello").await?;
    assert!(state.is_synced(), "{state}");
    assert_eq!(state.reason(), Some("Synced"));
    let service = &state.children::<Service>()?[0];
    let address = state
        .parent
        .status
        .as_ref()
        .and_then(|status| status.address.as_deref());
    assert_eq!(
        address,
        service
            .spec
            .as_ref()
            .and_then(|spec| spec.cluster_ip.as_deref())
    );
    assert!(address.is_some());

    let mark = kit.mark();
    kit.reconcile().await?;
    assert_eq!(kit.writes_since(mark), [], "it was done already");
    kit.edit::<EchoServer>("hello", json!({"spec": {"replicas": 3}}))
        .await?;
    kit.reconcile().await?;
    let deployment = kit.get::<Deployment>("hello").await?.unwrap();
    assert_eq!(
        deployment.spec.replicas,
        Some(3),
        "at once after `reconcile`"
    );

    kit.delete::<Service>("hello").await?;
    kit.reconcile().await?;
    kit.assert_exists::<Service>("hello").await;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_life_on_the_paused_clock() {
    let kit = TestKit::start(operator()).await.unwrap();
    let before = tokio::time::Instant::now();
    a_life(&kit).await.unwrap();
    if kit.is_embedded() {
        assert!(
            before.elapsed() < Duration::from_secs(2),
            "nobody had to wait for a timeout"
        );
    }
    kit.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_life_in_real_time_on_several_threads() {
    let kit = TestKit::start(operator()).await.unwrap();
    a_life(&kit).await.unwrap();
    kit.close().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn what_a_deleted_parent_had_goes_with_it_and_reconcile_waits_for_that() {
    let kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    kit.create_parent(&hello(1)).await.unwrap();
    kit.reconcile().await.unwrap();
    kit.delete::<EchoServer>("hello").await.unwrap();
    kit.reconcile().await.unwrap();
    assert!(kit.get::<Deployment>("hello").await.unwrap().is_none());
    assert!(kit.get::<Service>("hello").await.unwrap().is_none());
    kit.assert_gone::<EchoServer>("hello").await;
}

#[tokio::test(start_paused = true)]
async fn on_a_stepped_cluster_garbage_is_collected_on_command() {
    let kit = TestKit::builder(operator())
        .stepped()
        .start()
        .await
        .unwrap();
    kit.create_parent(&hello(1)).await.unwrap();
    kit.reconcile().await.unwrap();
    kit.delete::<EchoServer>("hello").await.unwrap();
    kit.reconcile().await.unwrap();
    kit.assert_exists::<Service>("hello").await;
    assert!(kit.step_controllers());
    kit.reconcile().await.unwrap();
    assert!(kit.get::<Service>("hello").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn two_kits_on_one_cluster_keep_to_themselves() {
    let cluster = LocalCluster::builder().seed(1).start();
    let one = TestKit::builder(operator())
        .on(cluster.clone())
        .start()
        .await
        .unwrap();
    let other = TestKit::builder(operator())
        .on(cluster)
        .start()
        .await
        .unwrap();
    assert_ne!(one.namespace(), other.namespace());
    let mark = other.mark();
    one.create_parent(&hello(1)).await.unwrap();
    one.reconcile().await.unwrap();
    other.reconcile().await.unwrap();
    assert_eq!(
        other
            .requests_since(mark)
            .iter()
            .filter(|one| one.is_write())
            .count(),
        0
    );
    one.assert_exists::<Service>("hello").await;
    other.assert_gone::<Service>("hello").await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_is_started_again_on_what_is_there_writes_nothing() {
    let mut kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    kit.create_parent(&hello(1)).await.unwrap();
    kit.reconcile().await.unwrap();
    kit.stop().await.unwrap();
    let error = kit.reconcile().await.unwrap_err().to_string();
    assert_eq!(error, "the operator has ended: it was stopped");
    let mark = kit.mark();
    kit.restart(operator()).await.unwrap();
    kit.reconcile().await.unwrap();
    assert_eq!(kit.writes_since(mark), []);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_kit_leaves_no_watch_open() {
    let cluster = LocalCluster::builder().seed(1).start();
    let kit = TestKit::builder(operator())
        .on(cluster.clone())
        .start()
        .await
        .unwrap();
    kit.reconcile().await.unwrap();
    assert_eq!(cluster.open_watches(), 3);
    drop(kit);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(cluster.open_watches(), 0);
}

#[tokio::test(start_paused = true)]
async fn objects_of_other_namespaces_and_scopes_are_found_by_their_names() {
    let kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    let namespace =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "elsewhere"}});
    kit.create_json(namespace).await.unwrap();
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": {"k": "v"},
        "metadata": {"name": "m", "namespace": "elsewhere"}});
    kit.create_json(map).await.unwrap();
    assert!(kit.get::<ConfigMap>("m").await.unwrap().is_none());
    let found = kit.get::<ConfigMap>("elsewhere/m").await.unwrap().unwrap();
    assert_eq!(found.data.unwrap()["k"], "v");
    let unknown =
        json!({"apiVersion": "example.org/v1", "kind": "Nothing", "metadata": {"name": "x"}});
    let error = kit.create_json(unknown).await.unwrap_err().to_string();
    assert!(
        error.starts_with("the cluster has no Nothing.example.org/v1"),
        "{error}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_restricted_operator_may_do_what_roles_say() {
    let kit = TestKit::builder(operator())
        .embedded()
        .restricted()
        .start()
        .await
        .unwrap();
    let refused = kit.reconcile().await.unwrap_err().to_string();
    assert!(refused.contains("can't be watched"), "{refused}");
    assert!(refused.contains("403"), "{refused}");
    let rules = json!([{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "everything"}, "rules": rules});
    kit.create_json(role).await.unwrap();
    let binding = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding",
        "metadata": {"name": "everything"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "everything"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": kit.user()}]});
    kit.create_json(binding).await.unwrap();
    kit.create_parent(&hello(1)).await.unwrap();
    kit.reconcile().await.unwrap();
    kit.assert_synced::<EchoServer>("hello").await;
}

#[tokio::test(start_paused = true)]
async fn a_parent_of_another_type_is_no_parent() {
    let kit = TestKit::builder(operator())
        .embedded()
        .start()
        .await
        .unwrap();
    let error = kit.create_parent(&ConfigMap::default()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "ConfigMap.v1: the operator is for EchoServer.example.com/v1"
    );
}

/// What `reconcile` promises, often and right after an edit.
async fn is_done_each_time(kit: &TestKit) {
    kit.create_parent(&hello(1)).await.unwrap();
    for replicas in 2..20 {
        let patch = json!({"spec": {"replicas": replicas}});
        kit.edit::<EchoServer>("hello", patch).await.unwrap();
        kit.reconcile().await.unwrap();
        let state = kit.parent_state::<EchoServer>("hello").await.unwrap();
        assert!(state.is_synced(), "{state}");
        let deployments = state.children::<Deployment>().unwrap();
        assert_eq!(deployments[0].spec.replicas, Some(replicas));
        let mark = kit.mark();
        tokio::task::yield_now().await;
        assert_eq!(kit.writes_since(mark), []);
    }
}

#[tokio::test(start_paused = true)]
async fn after_reconcile_everything_is_done_on_the_paused_clock() {
    let kit = TestKit::start(operator()).await.unwrap();
    is_done_each_time(&kit).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn after_reconcile_everything_is_done_on_several_threads() {
    let kit = TestKit::start(operator()).await.unwrap();
    is_done_each_time(&kit).await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_can_not_run_says_why() {
    let twice = operator().with_child::<Service>(ChildConfig::apply());
    let kit = TestKit::builder(twice).embedded().start().await.unwrap();
    tokio::task::yield_now().await;
    let error = kit.reconcile().await.unwrap_err().to_string();
    let why =
        "the operator has ended: Service.v1 is declared as a child twice: remove one `with_child`";
    assert_eq!(error, why);
}
