//! What does not depend on the machine: how many requests the work takes, and how many allocations.
//!
//! Allocations are compared with `counts/allocations.json`, and may be a tenth more. `BENCHMARK_RECORD=1` records them
//! anew.

#[path = "counts/uncounted.rs"]
mod uncounted;

use std::{
    collections::BTreeMap,
    env, fs,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use allocation_counter::{AllocationInfo, measure};
use bytes::Bytes;
use http::{Method, Request, header};
use http_body_util::{BodyExt, Full};
use operator_apiserver::{ControllerMode, LocalCluster, Served};
use operator_benchmark::{
    api::{APPLY, JSON, MERGE},
    ours::{Benchmark, operator},
    requests::Requests,
    work::{
        API_VERSION, KIND, KUBECONFIG_VARIABLE, NAMESPACE_VARIABLE, children_path, parents_path,
        payload,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use tempfile::NamedTempFile;
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};
use tower::Service as _;

use crate::uncounted::Uncounted;

const NAMESPACE: &str = "default";
const CHILDREN: usize = 3;
const PAYLOAD: usize = 128;
/// On the paused clock it takes no time, and all has come to rest in it.
const REST: Duration = Duration::from_secs(10);
/// How long a process may take for work of this size.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is looked how far it has come.
const GLANCE: Duration = Duration::from_millis(20);
/// The variable that says to record the allocations.
const RECORD: &str = "BENCHMARK_RECORD";

/// An API server in this process and the operator on it, on one thread, under a paused clock unless it says otherwise.
struct Bench {
    runtime: Runtime,
    cluster: LocalCluster,
    running: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

impl Bench {
    /// A server that has the CRD and so many parents.
    fn of(parents: usize) -> Self {
        Self::remembering(parents, 0)
    }

    /// The same, which remembers so many requests.
    fn remembering(parents: usize, requests: usize) -> Self {
        Self::on(true, parents, requests)
    }

    /// The same with a clock that goes, as other processes need it.
    fn in_time(parents: usize) -> Self {
        Self::on(false, parents, 0)
    }

    fn on(paused: bool, parents: usize, requests: usize) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(paused)
            .build()
            .unwrap();
        let builder = LocalCluster::builder()
            .seed(1)
            .remember_requests(requests)
            .controllers(ControllerMode::Stepped);
        let cluster = runtime.block_on(async { builder.start() });
        let bench = Self {
            runtime,
            cluster,
            running: None,
        };
        let crd = Benchmark::crd().unwrap();
        let path = format!(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{}?fieldManager=test",
            crd.name()
        );
        bench.send(Method::PATCH, &path, APPLY, &crd.to_json().to_string());
        bench.cluster.step_controllers();
        for index in 0..parents {
            let parent = json!({
                "apiVersion": API_VERSION, "kind": KIND,
                "metadata": {"name": format!("p-{index}")},
                "spec": {"children": CHILDREN, "payload": payload(0, PAYLOAD)},
            });
            bench.send(
                Method::POST,
                &parents_path(NAMESPACE),
                JSON,
                &parent.to_string(),
            );
        }
        bench
    }

    /// Sends a request of the test's own.
    fn send(&self, method: Method, path: &str, content_type: &str, body: &str) -> Bytes {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        let answer = self.cluster.service().call(request);
        let (status, body) = self.runtime.block_on(async {
            let answer = answer.await.unwrap();
            let status = answer.status();
            (
                status,
                answer.into_body().collect().await.unwrap().to_bytes(),
            )
        });
        assert!(status.is_success(), "{path}: {status}: {body:?}");
        body
    }

    fn edit(&self, index: usize, spec: &serde_json::Value) {
        let path = format!("{}/p-{index}", parents_path(NAMESPACE));
        let patch = json!({"spec": spec}).to_string();
        self.send(Method::PATCH, &path, MERGE, &patch);
    }

    /// What the server counted so far.
    fn requests(&self) -> Requests {
        let metrics = self.send(Method::GET, "/metrics", JSON, "");
        Requests::parse(&String::from_utf8_lossy(&metrics))
    }

    /// Starts the operator.
    fn start(&mut self) {
        let service = Uncounted::of(self.cluster.service());
        let (stop, stopped) = oneshot::channel::<()>();
        let _inside = self.runtime.enter();
        let client = kube::Client::new(service, NAMESPACE);
        let running = self.runtime.spawn(async move {
            let stopped = async { drop(stopped.await) };
            operator().run(client, stopped).await.unwrap();
        });
        self.running = Some((stop, running));
    }

    fn stop(&mut self) {
        let (stop, running) = self.running.take().unwrap();
        stop.send(()).unwrap();
        self.runtime.block_on(running).unwrap();
    }

    /// Lets the operator come to rest; what it allocated until then.
    fn rest(&self) -> AllocationInfo {
        measure(|| self.pass(REST))
    }

    /// Lets time pass, which takes as long as there is something to do in it.
    fn pass(&self, time: Duration) {
        self.runtime
            .block_on(async { tokio::time::sleep(time).await });
    }

    /// Waits until what was asked for since, but for lists, is as expected.
    fn comes_to(&self, since: &Requests, expected: &Requests, who: &str) {
        let began = Instant::now();
        loop {
            let seen = self.requests().since(since).without_lists();
            if seen == *expected {
                return;
            }
            assert!(
                began.elapsed() < PATIENCE,
                "{who} sent {seen}, not {expected}"
            );
            self.pass(GLANCE);
        }
    }

    /// What the operator asks for while it comes to rest.
    fn requests_until_rest(&self) -> Requests {
        let before = self.requests();
        self.rest();
        self.requests().since(&before)
    }
}

fn expected(counts: &[(&str, usize)]) -> String {
    let each: Vec<_> = counts
        .iter()
        .map(|(kind, count)| format!("{count} {kind}"))
        .collect();
    each.join(", ")
}

/// A floor, which ends with the test.
struct Floor {
    process: Child,
    _served: Served,
    _kubeconfig: NamedTempFile,
}

impl Floor {
    fn on(bench: &Bench, binary: &str) -> Self {
        let served = bench.runtime.block_on(bench.cluster.serve()).unwrap();
        let kubeconfig = NamedTempFile::new().unwrap();
        fs::write(kubeconfig.path(), served.kubeconfig()).unwrap();
        let mut command = Command::new(binary);
        command
            .env(KUBECONFIG_VARIABLE, kubeconfig.path())
            .env(NAMESPACE_VARIABLE, NAMESPACE)
            .env_remove("FLOOR_HTTP")
            .env_remove("FLOOR_BODIES");
        Self {
            process: command.spawn().unwrap(),
            _served: served,
            _kubeconfig: kubeconfig,
        }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn the_floors_send_what_the_operator_sends() {
    let parents = 20;
    for binary in [
        env!("CARGO_BIN_EXE_floor"),
        env!("CARGO_BIN_EXE_floor-kube"),
    ] {
        let (mut bench, others) = (Bench::of(parents), Bench::in_time(parents));
        let before = [&bench, &others].map(Bench::requests);
        bench.start();
        let _floor = Floor::on(&others, binary);
        // All are counted from the start on: what a floor sends too much is seen in the next round, if not in its own.
        for (round, edited) in [0, parents, 1].into_iter().enumerate() {
            for index in 0..edited {
                for bench in [&bench, &others] {
                    bench.edit(index, &json!({"payload": payload(round, PAYLOAD)}));
                }
            }
            bench.rest();
            let ours = bench.requests().since(&before[0]);
            others.comes_to(&before[1], &ours, binary);
        }
    }
}

#[test]
fn a_parent_takes_a_request_for_each_child_and_one_for_its_status() {
    let parents = 20;
    let mut bench = Bench::of(parents);
    bench.start();
    let took = expected(&[
        ("APPLY configmaps", parents * CHILDREN),
        ("PATCH benchmarks/status", parents),
    ]);
    assert_eq!(bench.requests_until_rest().to_string(), took);
}

#[test]
fn an_edit_takes_a_request_for_each_child_that_changes_and_one_for_the_status() {
    let mut bench = Bench::of(2);
    bench.start();
    bench.rest();
    bench.edit(0, &json!({"payload": payload(1, PAYLOAD)}));
    let took = expected(&[
        ("APPLY configmaps", CHILDREN),
        ("PATCH benchmarks/status", 1),
    ]);
    assert_eq!(bench.requests_until_rest().to_string(), took);
    bench.edit(1, &json!({"children": CHILDREN + 1}));
    let took = expected(&[("APPLY configmaps", 1), ("PATCH benchmarks/status", 1)]);
    assert_eq!(bench.requests_until_rest().to_string(), took);
}

#[test]
fn a_restart_asks_for_nothing_but_watches() {
    let mut bench = Bench::of(5);
    bench.start();
    bench.rest();
    bench.stop();
    bench.start();
    assert_eq!(bench.requests_until_rest().to_string(), "none");
    // It has opened them: what changes is answered.
    bench.edit(0, &json!({"children": CHILDREN + 1}));
    assert_eq!(bench.requests_until_rest().writes(), 2);
}

#[test]
fn who_has_nothing_to_do_renews_two_watches_and_asks_for_nothing_else() {
    let mut bench = Bench::remembering(5, 1_000);
    bench.start();
    bench.rest();
    let before = bench.cluster.requests_seen();
    bench.pass(Duration::from_secs(3_600));
    let asked = bench.cluster.requests(before);
    let watches = asked.iter().filter(|one| one.verb == "watch").count();
    assert_eq!(watches, asked.len(), "{asked:#?}");
    // The server ends each after 290 s, and its bookmarks come more often than a silence is waited for.
    assert_eq!(watches, 2 * (3_600 / 290));
}

/// What something takes of memory. (What stays of it can't be told: requests are made here and dropped by the server,
/// answers the other way round.)
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Allocations {
    /// How many allocations.
    count: f64,
    /// How many bytes in all.
    bytes: f64,
}

impl Allocations {
    /// What each of `many` more takes.
    #[allow(clippy::cast_precision_loss)] // far below 2^52
    fn each(few: &AllocationInfo, more: &AllocationInfo, many: usize) -> Self {
        let each = |few: i128, more: i128| {
            let tenths = (more - few) * 10 / many as i128;
            tenths as f64 / 10.0
        };
        Self {
            count: each(few.count_total.into(), more.count_total.into()),
            bytes: each(few.bytes_total.into(), more.bytes_total.into()),
        }
    }
}

/// A cold start, an edit of each parent, and an event about each that changes nothing of its work.
fn phases(parents: usize) -> [AllocationInfo; 3] {
    let mut bench = Bench::of(parents);
    bench.start();
    let cold = bench.rest();
    for index in 0..parents {
        bench.edit(index, &json!({"payload": payload(1, PAYLOAD)}));
    }
    let edits = bench.rest();
    for index in 0..parents {
        let path = format!("{}/p-{index}-0", children_path(NAMESPACE));
        let patch = json!({"metadata": {"labels": {"somebody": "else"}}}).to_string();
        bench.send(Method::PATCH, &path, MERGE, &patch);
    }
    let before = bench.requests();
    let events = bench.rest();
    assert_eq!(bench.requests().since(&before).to_string(), "none");
    [cold, edits, events]
}

#[test]
fn allocations_are_no_more_than_a_tenth_above_what_was_recorded() {
    // What there is but once is the same in both.
    let (few, more) = (20, 70);
    let [cold, edit, event] = {
        let (few_of, more_of) = (phases(few), phases(more));
        [0, 1, 2].map(|phase| Allocations::each(&few_of[phase], &more_of[phase], more - few))
    };
    let measured = BTreeMap::from([
        ("a parent with 3 children from a cold start", cold),
        ("an edit of a parent with 3 children", edit),
        ("an event after which there is nothing to do", event),
    ]);
    println!("{measured:#?}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/counts/allocations.json");
    if env::var_os(RECORD).is_some() {
        let json = serde_json::to_string_pretty(&measured).unwrap();
        fs::write(path, json + "\n").unwrap();
        return;
    }
    let recorded = fs::read_to_string(path).unwrap();
    let recorded: BTreeMap<&str, Allocations> = serde_json::from_str(&recorded).unwrap();
    assert_eq!(
        recorded.keys().collect::<Vec<_>>(),
        measured.keys().collect::<Vec<_>>()
    );
    for (what, then) in &recorded {
        let now = measured[what];
        let pairs = [
            ("allocations", then.count, now.count),
            ("bytes", then.bytes, now.bytes),
        ];
        for (unit, then, now) in pairs {
            assert!(
                now <= then * 1.1,
                "{what}: {now} {unit}, more than a tenth above the {then} recorded; if that is what it has to cost, \
                 record it with {RECORD}=1"
            );
        }
    }
}
