//! On tokio's paused clock, one seed makes one story: the same requests, answers and events, byte for byte.

use std::{
    env,
    fmt::Write as _,
    fs,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use fastrand::Rng;
use futures::StreamExt;
use http::{Request, header};
use http_body_util::BodyExt;
use operator_apiserver::{Fault, LocalCluster, LocalService, Matches};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};
use tower::Service;

const SPACES: [&str; 3] = ["default", "red", "blue"];
const MERGE: &str = "application/merge-patch+json";
const APPLY: &str = "application/apply-patch+yaml";
const CRDS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/// What everybody saw, in the order in which it was seen.
#[derive(Clone, Default)]
struct Story(Arc<Mutex<String>>);

impl Story {
    fn tell(&self, who: &str, what: &str) {
        let mut text = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(text, "{who}: {what}").unwrap();
    }

    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// Somebody who sends requests now and then.
struct Actor {
    name: String,
    service: LocalService,
    story: Story,
    dice: Rng,
}

impl Actor {
    fn new(cluster: &LocalCluster, story: &Story, name: &str, seed: u64) -> Self {
        Self {
            name: name.to_owned(),
            service: cluster.service(),
            story: story.clone(),
            dice: Rng::with_seed(
                name.bytes()
                    .fold(seed, |sum, byte| sum * 31 + u64::from(byte)),
            ),
        }
    }

    async fn pause(&mut self) {
        sleep(Duration::from_millis(self.dice.u64(..40))).await;
    }

    async fn send(&mut self, method: &str, path: &str, content_type: &str, body: &Value) -> Value {
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::CONTENT_TYPE, content_type)
            .body(body)
            .unwrap();
        let answer = match self.service.call(request).await {
            Ok(answer) => answer,
            Err(cut) => {
                self.story
                    .tell(&self.name, &format!("{method} {path}: {cut}"));
                return Value::Null;
            }
        };
        let (status, headers) = (answer.status(), format!("{:?}", answer.headers()));
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let told = format!("{method} {path}: {status} {headers} {text}");
        self.story.tell(&self.name, &told);
        serde_json::from_slice(&bytes).unwrap_or_default()
    }

    async fn post(&mut self, path: &str, body: &Value) -> Value {
        self.send("POST", path, "application/json", body).await
    }
}

fn config_maps(space: &str) -> String {
    format!("/api/v1/namespaces/{space}/configmaps")
}

/// Makes objects with generated names, changes them, and deletes some of them.
async fn write(mut actor: Actor) {
    for round in 0..12 {
        actor.pause().await;
        let space = SPACES[actor.dice.usize(..SPACES.len())];
        let path = config_maps(space);
        let body = json!({"metadata": {"generateName": "made-", "labels": {"round": round.to_string()}},
            "data": {"by": actor.name}});
        let made = actor.post(&path, &body).await;
        let Some(name) = made["metadata"]["name"].as_str().map(str::to_owned) else {
            continue;
        };
        let path = format!("{path}/{name}");
        actor.pause().await;
        let patch = json!({"data": {"round": round.to_string()}});
        actor.send("PATCH", &path, MERGE, &patch).await;
        let stale = made.clone();
        actor.send("PUT", &path, "application/json", &stale).await;
        let applied = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"applied": "yes"}});
        actor
            .send(
                "PATCH",
                &format!("{path}?fieldManager=applier"),
                APPLY,
                &applied,
            )
            .await;
        if actor.dice.bool() {
            actor.send("DELETE", &path, "", &Value::Null).await;
        }
    }
}

/// Makes owners of many, and deletes them in all the ways that there are.
async fn own(mut actor: Actor) {
    for (round, policy) in ["Background", "Foreground", "Orphan"]
        .iter()
        .cycle()
        .take(6)
        .enumerate()
    {
        let path = config_maps("red");
        let name = format!("owner-{}-{round}", actor.name);
        let owner = actor
            .post(&path, &json!({"metadata": {"name": name}}))
            .await;
        for number in 0..4 {
            let reference = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": name,
                "uid": owner["metadata"]["uid"], "blockOwnerDeletion": true});
            let body = json!({"metadata": {"generateName": format!("owned-{number}-"), "ownerReferences": [reference]}});
            actor.post(&path, &body).await;
        }
        actor.pause().await;
        let options = json!({"propagationPolicy": policy});
        actor
            .send(
                "DELETE",
                &format!("{path}/{name}"),
                "application/json",
                &options,
            )
            .await;
        actor.pause().await;
    }
}

/// Makes namespaces, fills them, and has them emptied again.
async fn move_about(mut actor: Actor) {
    for round in 0..4 {
        let space = format!("space-{}-{round}", actor.name);
        actor
            .post("/api/v1/namespaces", &json!({"metadata": {"name": space}}))
            .await;
        for _ in 0..3 {
            let body = json!({"metadata": {"generateName": "inside-"}});
            actor.post(&config_maps(&space), &body).await;
            let body = json!({"metadata": {"generateName": "inside-"}, "stringData": {"a": "b"}});
            actor
                .post(&format!("/api/v1/namespaces/{space}/secrets"), &body)
                .await;
            let body =
                json!({"metadata": {"generateName": "inside-"}, "spec": {"ports": [{"port": 80}]}});
            actor
                .post(&format!("/api/v1/namespaces/{space}/services"), &body)
                .await;
        }
        actor.pause().await;
        actor
            .send(
                "DELETE",
                &format!("/api/v1/namespaces/{space}"),
                "",
                &Value::Null,
            )
            .await;
        actor.pause().await;
    }
}

/// Brings a kind of its own, uses it, and takes it away.
async fn define(mut actor: Actor) {
    let group = format!("{}.example.com", actor.name);
    let version = |name: &str, storage: bool| {
        let schema = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": schema}})
    };
    let definition = json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": format!("things.{group}")},
        "spec": {"group": group, "scope": "Namespaced", "names": {"kind": "Thing", "plural": "things"},
            "versions": [version("v1", true), version("v2", false)]}});
    for _ in 0..2 {
        actor.post(CRDS, &definition).await;
        sleep(Duration::from_millis(50)).await;
        for version in ["v1", "v2", "v1"] {
            let path = format!("/apis/{group}/{version}/namespaces/blue/things");
            let body = json!({"apiVersion": format!("{group}/{version}"), "kind": "Thing",
                "metadata": {"generateName": "thing-"}});
            actor.post(&path, &body).await;
            actor.send("GET", &path, "", &Value::Null).await;
        }
        for path in ["/apis", "/openapi/v3", "/metrics", "/api/v1", "/"] {
            actor.send("GET", path, "", &Value::Null).await;
        }
        actor
            .send(
                "DELETE",
                &format!("{CRDS}/things.{group}"),
                "",
                &Value::Null,
            )
            .await;
        sleep(Duration::from_millis(50)).await;
    }
}

/// Asks who may do what.
async fn review(mut actor: Actor) {
    let rules = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews";
    let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectRulesReview",
        "spec": {"namespace": "default"}});
    actor.post(rules, &body).await;
    actor.pause().await;
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let body =
        json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}});
    actor.post(path, &body).await;
}

/// Watches, and begins anew where a watch ends.
async fn watch(mut actor: Actor, path: String) {
    loop {
        let list = actor.send("GET", &path, "", &Value::Null).await;
        let version = list["metadata"]["resourceVersion"]
            .as_str()
            .unwrap_or("0")
            .to_owned();
        let uri = format!(
            "{path}?watch=1&allowWatchBookmarks=true&timeoutSeconds=1&resourceVersion={version}"
        );
        let request = Request::get(uri).body(String::new()).unwrap();
        let Ok(answer) = actor.service.call(request).await else {
            actor.pause().await;
            continue;
        };
        let mut chunks = answer.into_body().into_data_stream();
        while let Some(Ok(chunk)) = chunks.next().await {
            actor
                .story
                .tell(&actor.name, &String::from_utf8_lossy(&chunk));
        }
    }
}

fn make_trouble(cluster: &LocalCluster) {
    let create = Matches::any().verb("create").resource("configmaps");
    cluster.inject(create.clone(), Fault::CutAfter, 5, 2);
    cluster.inject(create, Fault::CutBefore, 12, 1);
    let patch = Matches::any().verb("patch");
    cluster.inject(patch.clone(), Fault::refuse(409), 3, 2);
    cluster.inject(patch, Fault::DelayAfter(Duration::from_millis(70)), 9, 3);
    let delete = Matches::any().verb("delete");
    cluster.inject(delete, Fault::too_many_requests(2), 2, 1);
}

/// Lets it all happen.
fn story(seed: u64) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(async {
        let cluster = LocalCluster::builder()
            .seed(seed)
            .remember_requests(100_000)
            .start();
        let story = Story::default();
        let actor = |name: &str| Actor::new(&cluster, &story, name, seed);
        let mut first = actor("first");
        for space in &SPACES[1..] {
            first
                .post("/api/v1/namespaces", &json!({"metadata": {"name": space}}))
                .await;
        }
        make_trouble(&cluster);
        let mut watching = JoinSet::new();
        for (name, path) in [
            ("all", "/api/v1/configmaps".to_owned()),
            ("red", config_maps("red")),
            ("spaces", "/api/v1/namespaces".to_owned()),
        ] {
            watching.spawn(watch(actor(name), path));
        }
        let mut acting = JoinSet::new();
        for name in ["ann", "bob", "cyd"] {
            acting.spawn(write(actor(name)));
        }
        for name in ["dan", "eve"] {
            acting.spawn(own(actor(name)));
        }
        acting.spawn(move_about(actor("fay")));
        acting.spawn(move_about(actor("guy")));
        acting.spawn(define(actor("hal")));
        acting.spawn(review(actor("ivy")));
        while let Some(ended) = acting.join_next().await {
            ended.unwrap();
        }
        sleep(Duration::from_secs(3)).await;
        cluster.compact();
        sleep(Duration::from_secs(3)).await;
        watching.shutdown().await;
        for exchange in cluster.requests(0) {
            story.tell("journal", &exchange.to_string());
        }
        story.text()
    })
}

/// Where two texts part, with what stands there.
fn difference(one: &str, other: &str) -> Option<String> {
    let lines = one.lines().zip(other.lines()).enumerate();
    let (at, (one_line, other_line)) = lines.clone().find(|(_, (one, other))| one != other)?;
    Some(format!("line {at}:\n  {one_line}\n  {other_line}"))
}

#[test]
fn one_seed_makes_one_story() {
    let (one, same) = (story(7), story(7));
    assert!(
        one.lines().count() > 500,
        "a story of {} lines",
        one.lines().count()
    );
    assert_eq!(difference(&one, &same), None);
    assert!(one == same, "one goes on where the other ends");
}

/// Where the other process is to write its story.
const TOLD_TO: &str = "OPERATOR_TEST_STORY";

#[test]
fn another_process_makes_the_same_story() {
    if let Some(path) = env::var_os(TOLD_TO) {
        return fs::write(path, story(7)).unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story");
    let other = Command::new(env::current_exe().unwrap())
        .args(["--exact", "another_process_makes_the_same_story"])
        .env(TOLD_TO, &path)
        .output()
        .unwrap();
    assert!(other.status.success(), "{other:?}");
    let (one, same) = (story(7), fs::read_to_string(path).unwrap());
    assert_eq!(difference(&one, &same), None);
    assert!(one == same, "one goes on where the other ends");
}

#[test]
fn another_seed_makes_another_story() {
    assert_ne!(story(7), story(8));
}
