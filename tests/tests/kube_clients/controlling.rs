//! A `Controller` after kube-rs's own examples: it applies the `ConfigMap`s that it owns, patches the status, and holds
//! a finalizer. It converges with as many writes as on a real control plane.

use std::{
    fmt,
    ops::RangeInclusive,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams},
    runtime::{
        controller::{self, Action, Controller},
        finalizer,
        finalizer::Event as Step,
        watcher,
    },
};
use operator_core::prelude::*;
use operator_tests::{Miss, Patience, ServerRequests, install};
use serde_json::json;
use tokio::{
    sync::{Mutex, oneshot},
    time::sleep,
};

use crate::stage::{Stage, on_each_server, soon};

const FINALIZER: &str = "clients.example.com/generator";
const PARENTS: u64 = 10;
const CHILDREN: [&str; 3] = ["one", "two", "three"];

/// What ten runs took on a real 1.37 (an API server, its etcd and its controllers, on two busy cores): statuses that were
/// patched, and with each of them three `ConfigMap`s applied. It is no one number, for an event that comes after the
/// reconciliation that it follows from costs another.
const ON_THE_REAL_ONE: RangeInclusive<u64> = 48..=60;
/// What it takes anywhere if no event comes while something is reconciled: for each parent that is created or edited a reconciliation that writes,
/// and one that sees its own writes.
const WITHOUT_LATE_EVENTS: u64 = 4 * PARENTS;
/// Held by whoever counts.
static COUNTED: Mutex<()> = Mutex::const_new(());
/// Longer than any event takes, so that none is late.
const DEBOUNCE: Duration = Duration::from_millis(500);

/// `ConfigMap`s with this content.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "clients.example.com", version = "v1", kind = "ConfigMapGenerator", status = ConfigMapGeneratorStatus)]
struct ConfigMapGeneratorSpec {
    /// What they say.
    content: String,
}

/// What there is.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
struct ConfigMapGeneratorStatus {
    /// What they say.
    content: String,
}

type Failure = finalizer::Error<kube::Error>;

struct Context {
    client: Client,
    reconciled: AtomicU64,
}

async fn reconcile(
    generator: Arc<ConfigMapGenerator>,
    context: Arc<Context>,
) -> Result<Action, Failure> {
    context.reconciled.fetch_add(1, Ordering::Relaxed);
    let namespace = generator.namespace().unwrap_or_default();
    let generators: Api<ConfigMapGenerator> = Api::namespaced(context.client.clone(), &namespace);
    let client = context.client.clone();
    let step = |step| async {
        match step {
            Step::Apply(generator) => apply(client, &generator).await,
            // What it owns is collected.
            Step::Cleanup(_) => Ok(Action::await_change()),
        }
    };
    finalizer(&generators, FINALIZER, generator, step).await
}

async fn apply(client: Client, generator: &ConfigMapGenerator) -> Result<Action, kube::Error> {
    let (name, namespace) = (
        generator.name_any(),
        generator.namespace().unwrap_or_default(),
    );
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), &namespace);
    let generators: Api<ConfigMapGenerator> = Api::namespaced(client, &namespace);
    let parameters = PatchParams::apply("generator.clients.example.com").force();
    for child in CHILDREN {
        let map = ConfigMap {
            metadata: ObjectMeta {
                name: Some(format!("{name}-{child}")),
                owner_references: generator.controller_owner_ref(&()).map(|owner| vec![owner]),
                ..ObjectMeta::default()
            },
            data: Some([("content".to_owned(), generator.spec.content.clone())].into()),
            ..ConfigMap::default()
        };
        let child = format!("{name}-{child}");
        maps.patch(&child, &parameters, &Patch::Apply(&map)).await?;
    }
    let status = json!({"status": {"content": generator.spec.content}});
    generators
        .patch_status(&name, &PatchParams::default(), &Patch::Merge(&status))
        .await?;
    Ok(Action::requeue(Duration::from_secs(300)))
}

/// What the server was asked to write.
struct Writes {
    /// Finalizers that were set and lifted.
    finalizers: u64,
    statuses: u64,
    applies: u64,
}

impl fmt::Display for Writes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            finalizers,
            statuses,
            applies,
        } = self;
        write!(
            f,
            "{finalizers} finalizers, {statuses} statuses, {applies} applies"
        )
    }
}

/// Waits until nothing has been reconciled for a while: the runtime has no other word for having converged.
async fn settled(context: &Context) {
    loop {
        let before = context.reconciled.load(Ordering::Relaxed);
        sleep(2 * DEBOUNCE).await;
        if context.reconciled.load(Ordering::Relaxed) == before {
            return;
        }
    }
}

async fn eventually(what: &str, look: impl AsyncFnMut() -> Result<(), Miss>) {
    Patience::default()
        .until(what, look)
        .await
        .unwrap_or_else(|e| panic!("{e}"));
}

/// Waits until every generator and every `ConfigMap` says this.
async fn all_say(stage: &Stage, content: &str) {
    let generators = stage.api::<ConfigMapGenerator>();
    let maps = stage.api::<ConfigMap>();
    eventually(content, async || {
        let generators = generators.list(&ListParams::default()).await?.items;
        let generators = generators.iter().filter(|generator| {
            let status = generator.status.as_ref();
            status.is_some_and(|status| status.content == content)
        });
        let maps = maps.list(&ListParams::default()).await?.items;
        let maps = maps.iter().filter(|map| {
            let said = map.data.as_ref().and_then(|data| data.get("content"));
            said.is_some_and(|said| said == content)
        });
        match (generators.count() as u64, maps.count() as u64) {
            (generators, maps) if generators == PARENTS && maps == 3 * PARENTS => Ok(()),
            (generators, maps) => Miss::because(format!("{generators} of them, {maps} ConfigMaps")),
        }
    })
    .await;
}

/// Creates, changes and deletes some generators while the controller runs.
async fn story(stage: &Stage, context: &Context) {
    let generators = stage.api::<ConfigMapGenerator>();
    for number in 0..PARENTS {
        let spec = ConfigMapGeneratorSpec {
            content: "first".to_owned(),
        };
        let generator = ConfigMapGenerator::new(&format!("g-{number}"), spec);
        generators
            .create(&PostParams::default(), &generator)
            .await
            .expect("a generator");
    }
    all_say(stage, "first").await;
    settled(context).await;
    for number in 0..PARENTS {
        let edit = Patch::Merge(json!({"spec": {"content": "second"}}));
        generators
            .patch(&format!("g-{number}"), &PatchParams::default(), &edit)
            .await
            .expect("an edit");
    }
    all_say(stage, "second").await;
    settled(context).await;
    for number in 0..PARENTS {
        generators
            .delete(&format!("g-{number}"), &DeleteParams::default())
            .await
            .expect("a deletion");
    }
    let owned = stage.api::<ConfigMap>();
    eventually("nothing to be left", async || {
        let left = generators.list(&ListParams::default()).await?.items.len();
        let maps = owned.list(&ListParams::default()).await?.items;
        let owned = maps.iter().filter(|map| !map.owner_references().is_empty());
        match (left, owned.count()) {
            (0, 0) => Ok(()),
            left => Miss::because(format!("{left:?}")),
        }
    })
    .await;
    settled(context).await;
}

/// Runs the controller through the story; says what was written.
async fn converge(stage: &Stage, config: controller::Config) -> Writes {
    install(&stage.client, &ConfigMapGenerator::crd().expect("a CRD")).await;
    let context = Arc::new(Context {
        client: stage.client.clone(),
        reconciled: AtomicU64::new(0),
    });
    let (stop, stopped) = oneshot::channel::<()>();
    let controller = Controller::new(
        stage.api::<ConfigMapGenerator>(),
        watcher::Config::default(),
    )
    .owns(stage.api::<ConfigMap>(), watcher::Config::default())
    .with_config(config)
    .graceful_shutdown_on(async move {
        let _ = stopped.await;
    })
    .run(
        reconcile,
        |_, _, _| Action::requeue(Duration::from_secs(1)),
        Arc::clone(&context),
    )
    // What fails is tried again, which the counts show.
    .for_each(|_| async {});
    // A real server counts what all of its clients do.
    let alone = COUNTED.lock().await;
    let start = ServerRequests::read(&stage.client).await;
    let controller = tokio::spawn(controller);
    story(stage, &context).await;
    let end = ServerRequests::read(&stage.client).await.since(&start);
    stop.send(()).expect("a controller that runs");
    soon(controller).await.expect("it ends");
    drop(alone);
    let generators = end.writes("configmapgenerators");
    let writes = Writes {
        // Each was edited once by the test.
        finalizers: generators.count("PATCH", "") - PARENTS,
        statuses: generators.count("PATCH", "status"),
        applies: end.writes("configmaps").count("APPLY", ""),
    };
    println!("{writes}");
    assert_eq!(writes.finalizers, 2 * PARENTS, "{writes}");
    assert_eq!(writes.applies, 3 * writes.statuses, "{writes}");
    writes
}

fn plain() -> controller::Config {
    controller::Config::default()
}

#[tokio::test(flavor = "multi_thread")]
async fn in_process_where_requests_take_no_time_it_takes_no_more_writes_than_on_the_real_server() {
    let writes = converge(&Stage::embedded("in-process").await, plain()).await;
    let range = WITHOUT_LATE_EVENTS..=*ON_THE_REAL_ONE.end();
    assert!(range.contains(&writes.statuses), "{writes}");
}

#[tokio::test(flavor = "multi_thread")]
async fn over_https_it_takes_as_many_writes_as_on_the_real_server() {
    let writes = converge(&Stage::served("over-https").await, plain()).await;
    assert!(ON_THE_REAL_ONE.contains(&writes.statuses), "{writes}");
}

/// On a real server that others use, too, their `ConfigMap`s are counted with these.
#[tokio::test(flavor = "multi_thread")]
async fn on_the_real_server_it_takes_what_was_measured_there() {
    if let Some(stage) = Stage::real("controller").await {
        let writes = converge(&stage, plain()).await;
        // How late events are depends on the machine.
        assert!(writes.statuses >= WITHOUT_LATE_EVENTS, "{writes}");
        stage.end().await;
    }
}

async fn a_patient_controller_takes_the_same_writes_on_each_server(stage: &Stage) {
    let patient = controller::Config::default().debounce(DEBOUNCE);
    let writes = converge(stage, patient).await;
    assert_eq!(writes.statuses, WITHOUT_LATE_EVENTS, "{writes}");
}

on_each_server! {
    a_patient_controller_takes_the_same_writes_on_each_server
}
