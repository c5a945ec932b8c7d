//! The floor: the work with nothing around it, as a measure for all others.
//!
//! It answers each change of a parent with the requests that the work takes, all children of a parent at once, and
//! keeps nothing but what is under way: no cache, no comparison, no retry. It reads the watch of the children to its
//! end and looks at nothing in it. What fails ends it.
//!
//! `FLOOR_HTTP` says which HTTP it speaks: `1` or `2`. `FLOOR_BODIES` says what is in its requests besides the work: `plain`
//! for a label, `ours` for all that `operator-core` has in them. Between these two is what the server takes for that.

use std::{
    borrow::Cow, collections::HashMap, env, fmt::Write as _, path::Path, process::ExitCode, rc::Rc,
};

use bytes::Bytes;
use futures::future::{try_join, try_join_all};
use http::Method;
use operator_benchmark::{
    api::{APPLY, Api, Http, MERGE},
    event::{Event, List},
    work::{
        API_VERSION, KIND, KUBECONFIG_VARIABLE, PAGE, REQUESTS, children_path, namespace,
        parents_path,
    },
};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::{
    sync::{Semaphore, mpsc},
    task::{JoinSet, LocalSet},
};

/// The variable that says which HTTP is spoken.
const HTTP: &str = "FLOOR_HTTP";
/// The variable that says what is in the requests.
const BODIES: &str = "FLOOR_BODIES";

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => LocalSet::new().block_on(&runtime, run()),
        Err(error) => Err(format!("the runtime can't start: {error}")),
    };
    match outcome {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("floor: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<std::convert::Infallible, String> {
    let kubeconfig = env::var_os(KUBECONFIG_VARIABLE)
        .ok_or_else(|| format!("{KUBECONFIG_VARIABLE} names no kubeconfig"))?;
    let http = match env::var(HTTP).as_deref() {
        Ok("1") => Http::One,
        Ok("2") | Err(env::VarError::NotPresent) => Http::Two,
        other => return Err(format!("{HTTP} is {other:?}: write 1 or 2")),
    };
    let bodies = match env::var(BODIES).as_deref() {
        Ok("plain") | Err(env::VarError::NotPresent) => Bodies::Plain,
        Ok("ours") => Bodies::Ours,
        other => return Err(format!("{BODIES} is {other:?}: write plain or ours")),
    };
    let writer = Rc::new(Writer {
        api: Api::of(Path::new(&kubeconfig), http).await?,
        free: Semaphore::new(REQUESTS),
        bodies,
        namespace: namespace()?,
    });
    let parents = parents_path(&writer.namespace);
    let children = children_path(&writer.namespace);
    let (sender, changes) = mpsc::unbounded_channel();
    let watched = try_join(
        follow(&writer.api, &parents, |json| {
            // Nobody receives any more only when all is over.
            decode(json, bodies).map(|job| drop(job.map(|job| sender.send(job))))
        }),
        follow(&writer.api, &children, |_| Ok(())),
    );
    tokio::select! {
        ended = watched => ended.map(|(never, _)| never),
        ended = answer(Rc::clone(&writer), changes) => ended,
    }
}

/// Lists and watches what is at `path`. Where the server ends the watch, the next one goes on from there.
async fn follow(
    api: &Api,
    path: &str,
    mut seen: impl FnMut(&str) -> Result<(), String>,
) -> Result<std::convert::Infallible, String> {
    let unread = |error| format!("{path}: {error}");
    let mut version = list(api, path, &mut seen).await?;
    let mut last = Vec::new();
    loop {
        let mut lines = api.watch(path, &version).await?;
        while let Some(line) = lines.next().await? {
            let event: Event<'_, &RawValue> = serde_json::from_slice(&line).map_err(unread)?;
            match &*event.kind {
                "ADDED" | "MODIFIED" => seen(event.object.get())?,
                "DELETED" | "BOOKMARK" => {}
                _ => return Err(format!("{path}: {}", event.object)),
            }
            last.clear();
            last.extend_from_slice(&line);
        }
        if !last.is_empty() {
            let event: Event<'_, Versioned> = serde_json::from_slice(&last).map_err(unread)?;
            version = event.object.metadata.resource_version;
        }
    }
}

/// Lists what is at `path`, page by page. Returns the version of the list.
async fn list(
    api: &Api,
    path: &str,
    mut seen: impl FnMut(&str) -> Result<(), String>,
) -> Result<String, String> {
    let mut page = format!("{path}?limit={PAGE}");
    loop {
        let body = api.get(&page).await?;
        let list: List<'_, &RawValue> =
            serde_json::from_slice(&body).map_err(|error| format!("{path}: {error}"))?;
        for item in list.items {
            seen(item.get())?;
        }
        match list.metadata.next {
            Some(next) if !next.is_empty() => {
                page = format!("{path}?limit={PAGE}&continue={next}");
            }
            _ => return Ok(list.metadata.resource_version.into_owned()),
        }
    }
}

/// What a watch goes on from.
#[derive(Deserialize)]
struct Versioned {
    metadata: Version,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Version {
    resource_version: String,
}

/// What has to be done for a parent.
struct Job {
    name: Box<str>,
    generation: i64,
    children: u32,
    /// What its children have in common: labels, annotations and the owner reference, and the payload in JSON as it came.
    metadata: String,
    payload: Box<str>,
}

#[derive(Deserialize)]
struct Parent<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
    #[serde(borrow)]
    spec: Spec<'a>,
    #[serde(default)]
    status: Status,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    uid: Cow<'a, str>,
    generation: i64,
}

#[derive(Deserialize)]
struct Spec<'a> {
    children: u32,
    #[serde(borrow)]
    payload: &'a RawValue,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default)]
    observed_generation: i64,
}

/// What a parent takes; nothing if its status says that it was done, as the event of that very status does.
fn decode(json: &str, bodies: Bodies) -> Result<Option<Job>, String> {
    let parent: Parent<'_> =
        serde_json::from_str(json).map_err(|error| format!("a parent: {error}: {json}"))?;
    let Metadata {
        name,
        uid,
        generation,
    } = parent.metadata;
    Ok(
        (parent.status.observed_generation != generation).then(|| Job {
            generation,
            children: parent.spec.children,
            metadata: bodies.of_children(&name, &uid, generation),
            payload: parent.spec.payload.get().into(),
            name: name.into(),
        }),
    )
}

/// Answers all changes. A parent that changes while it is worked on has its turn again afterwards.
async fn answer(
    writer: Rc<Writer>,
    mut changes: mpsc::UnboundedReceiver<Job>,
) -> Result<std::convert::Infallible, String> {
    let mut under_way: HashMap<Box<str>, (i64, Option<Job>)> = HashMap::new();
    let mut jobs = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            Some(ended) = jobs.join_next() => {
                let name: Box<str> = ended.map_err(|error| error.to_string())??;
                if let Some((_, Some(job))) = under_way.remove(&name) {
                    under_way.insert(name, (job.generation, None));
                    jobs.spawn_local(Rc::clone(&writer).write(job));
                }
            }
            Some(job) = changes.recv() => match under_way.get_mut(&job.name) {
                Some((generation, next)) if job.generation > *generation => *next = Some(job),
                Some(_) => {}
                None => {
                    under_way.insert(job.name.clone(), (job.generation, None));
                    jobs.spawn_local(Rc::clone(&writer).write(job));
                }
            },
        }
    }
}

/// What is in the requests besides the work.
#[derive(Clone, Copy)]
enum Bodies {
    /// A label on each child.
    Plain,
    /// What `operator-core` finds its children and their changes by, and a condition in the status.
    Ours,
}

impl Bodies {
    /// What the children of a parent have in their metadata besides their names.
    fn of_children(self, parent: &str, uid: &str, generation: i64) -> String {
        let owner = format!(
            r#""apiVersion":"{API_VERSION}","kind":"{KIND}","name":"{parent}","uid":"{uid}","controller":true"#
        );
        match self {
            Self::Plain => {
                format!(r#""labels":{{"app":"floor"}},"ownerReferences":[{{{owner}}}]"#)
            }
            Self::Ours => format!(
                r#""labels":{{"benchmark.example.com/tracked-by":"floor"}},"annotations":{{"benchmark.example.com/applied":"{generation:032x}"}},"ownerReferences":[{{{owner},"blockOwnerDeletion":true}}]"#
            ),
        }
    }

    /// What a status has besides its numbers.
    fn of_status(self, generation: i64) -> String {
        match self {
            Self::Plain => String::new(),
            Self::Ours => format!(
                r#","conditions":[{{"type":"Synced","status":"True","reason":"Synced","message":"everything is as declared","lastTransitionTime":"2026-01-02T03:04:05Z","observedGeneration":{generation}}}]"#
            ),
        }
    }
}

/// What sends the requests.
struct Writer {
    api: Api,
    free: Semaphore,
    bodies: Bodies,
    namespace: String,
}

impl Writer {
    /// Applies all children, then says so in the status. Returns the parent's name.
    async fn write(self: Rc<Self>, job: Job) -> Result<Box<str>, String> {
        let parent = &job.name;
        try_join_all((0..job.children).map(|number| self.child(&job, number))).await?;
        let body = format!(
            r#"{{"status":{{"observedGeneration":{},"ready":{}{}}}}}"#,
            job.generation,
            job.children,
            self.bodies.of_status(job.generation)
        );
        let path = format!(
            "{}/{parent}/status?fieldManager=floor&fieldValidation=Ignore",
            parents_path(&self.namespace)
        );
        self.send(&path, MERGE, body.into()).await?;
        Ok(job.name)
    }

    async fn child(&self, job: &Job, number: u32) -> Result<(), String> {
        let (parent, namespace) = (&job.name, &self.namespace);
        let mut body = String::with_capacity(job.payload.len() + job.metadata.len() + 256);
        // Writing to a String does not fail.
        let _ = write!(
            body,
            r#"{{"apiVersion":"v1","kind":"ConfigMap","metadata":{{"name":"{parent}-{number}","namespace":"{namespace}",{}}},"data":{{"number":"{number}","payload":{}}}}}"#,
            job.metadata, job.payload
        );
        let path = format!(
            "{}/{parent}-{number}?fieldManager=floor&force=true&fieldValidation=Ignore",
            children_path(namespace)
        );
        self.send(&path, APPLY, body.into()).await
    }

    async fn send(
        &self,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<(), String> {
        let _free = self
            .free
            .acquire()
            .await
            .map_err(|error| error.to_string())?;
        self.api
            .send(Method::PATCH, path, content_type, body)
            .await
            .map(drop)
    }
}
