//! An operator that dies at each of its requests in turn, just before or just after the server has carried it out, and
//! is started again: it gets to the same end, and makes everything once.

use std::{collections::BTreeMap, time::Duration};

use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::{
    NamespaceResourceScope,
    api::{apps::v1::Deployment, core::v1::Service},
};
use kube::{
    Api, Resource,
    api::{WatchEvent, WatchParams},
};
use operator_examples::echo_server::{EchoServer, operator};
use operator_testkit::{Fault, Matches, TestKit};
use serde::de::DeserializeOwned;
use tokio::time::{sleep, timeout};

use crate::hello;

/// More than an operator with one parent asks from its start to its rest: discovery, lists, watches, writes.
const BEYOND_THE_LAST: u64 = 40;
/// How long the operator may take to get to a request; on the paused clock this costs nothing.
const PATIENCE: Duration = Duration::from_secs(60);

/// How often each name was made since `version`, and how often one of them was deleted.
async fn made<T>(kit: &TestKit, version: &str) -> (BTreeMap<String, usize>, usize)
where
    T: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + DeserializeOwned
        + Clone
        + std::fmt::Debug,
{
    let objects: Api<T> = Api::namespaced(kit.client(), kit.namespace());
    let parameters = WatchParams::default().timeout(1);
    let events = objects.watch(&parameters, version).await.unwrap();
    let events: Vec<WatchEvent<T>> = events.boxed().try_collect().await.unwrap();
    let (mut made, mut deleted) = (BTreeMap::new(), 0);
    for event in events {
        match event {
            WatchEvent::Added(object) => {
                *made.entry(object.meta().name.clone().unwrap()).or_default() += 1;
            }
            WatchEvent::Deleted(_) => deleted += 1,
            WatchEvent::Error(error) => panic!("{error:?}"),
            WatchEvent::Modified(_) | WatchEvent::Bookmark(_) => {}
        }
    }
    (made, deleted)
}

/// Kills the operator at its request `number`; says whether it got so far.
async fn dies_at(number: u64, fault: Fault) -> bool {
    let mut kit = TestKit::builder(operator())
        .embedded()
        .seed(number)
        .start()
        .await
        .unwrap();
    kit.kill();
    kit.create_parent(&hello(2)).await.unwrap();
    let start = kit.cluster().revision().to_string();
    let mark = kit.mark();
    kit.inject(Matches::any(), fault, number, 1);
    kit.restart(operator()).await.unwrap();
    let broke = async {
        while !kit.requests_since(mark).iter().any(|request| request.broke) {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let struck = timeout(PATIENCE, broke).await.is_ok();
    kit.kill();
    kit.cluster().clear_faults();
    kit.restart(operator()).await.unwrap();
    kit.reconcile().await.unwrap();

    let state = kit.parent_state::<EchoServer>("hello").await.unwrap();
    assert!(state.is_synced(), "request {number}: {state}");
    let once = (BTreeMap::from([("hello".to_owned(), 1)]), 0);
    assert_eq!(
        made::<Deployment>(&kit, &start).await,
        once,
        "request {number}"
    );
    assert_eq!(
        made::<Service>(&kit, &start).await,
        once,
        "request {number}"
    );
    struck
}

async fn dies_at_each(fault: Fault) {
    let mut number = 0;
    while dies_at(number, fault.clone()).await {
        number += 1;
        assert!(number < BEYOND_THE_LAST, "it never comes to rest");
    }
    assert!(
        number > 5,
        "lists, watches and writes, not just {number} requests"
    );
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_dies_just_before_a_request_is_carried_out() {
    dies_at_each(Fault::CutBefore).await;
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_dies_just_after_a_request_was_carried_out() {
    dies_at_each(Fault::CutAfter).await;
}
