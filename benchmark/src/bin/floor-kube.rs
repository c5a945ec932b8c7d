//! The floor with kube's own client: the work of `floor`, written as one writes it with [`kube::Api`] and types.
//!
//! Each event of a parent and of a child is decoded into its type, and so is what the server answers; each body is made
//! from one. Between this and `floor`, which does all of that by hand, lies what a program costs that is easy to write;
//! between this and an operator, what that does besides. What fails ends it.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    convert::Infallible,
    error::Error,
    fmt::Debug,
    process::ExitCode,
    sync::Arc,
};

use futures::{TryStreamExt, future::try_join_all};
use k8s_openapi::{
    NamespaceResourceScope, api::core::v1::ConfigMap,
    apimachinery::pkg::apis::meta::v1::OwnerReference,
};
use kube::{
    Api, Client, Resource, ResourceExt,
    api::{
        ListParams, ObjectMeta, Patch, PatchParams, ValidationDirective, WatchEvent, WatchParams,
    },
};
use operator_benchmark::work::{API_VERSION, KIND, PAGE, PARENTS, REQUESTS, namespace};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use tokio::sync::{Mutex, Semaphore, mpsc};

/// What its writes are known by.
const NAME: &str = "floor-kube";

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run()),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(never) => match never {},
        Err(error) => {
            eprintln!("{NAME}: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<Infallible, Failure> {
    let (client, namespace) = (Client::try_default().await?, namespace()?);
    let writer = Arc::new(Writer {
        parents: Api::namespaced(client.clone(), &namespace),
        children: Api::namespaced(client, &namespace),
        free: Semaphore::new(REQUESTS),
        params: PatchParams {
            field_validation: Some(ValidationDirective::Ignore),
            ..PatchParams::apply(NAME)
        },
    });
    // Who waits for a turn gets it in order.
    let mut turns: HashMap<String, Arc<Mutex<()>>> = HashMap::new();
    let (failed, mut failures) = mpsc::unbounded_channel();
    let answered = follow(&writer.parents, |parent: Parent| {
        if parent.is_done() {
            return;
        }
        let turn = Arc::clone(turns.entry(parent.name_any()).or_default());
        let (writer, failed) = (Arc::clone(&writer), failed.clone());
        tokio::spawn(async move {
            let _turn = turn.lock().await;
            if let Err(error) = writer.write(&parent).await {
                // Nobody receives any more only when all is over.
                let _ = failed.send(error);
            }
        });
    });
    tokio::select! {
        ended = answered => ended,
        ended = follow(&writer.children, drop) => ended,
        Some(error) = failures.recv() => Err(error),
    }
}

/// Lists and watches objects. Where the server ends the watch, the next one goes on from there.
async fn follow<T>(api: &Api<T>, mut seen: impl FnMut(T)) -> Result<Infallible, Failure>
where
    T: Resource + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let mut page = ListParams::default().limit(PAGE);
    let mut version = loop {
        let list = api.list(&page).await?;
        let next = list.metadata.continue_.filter(|next| !next.is_empty());
        list.items.into_iter().for_each(&mut seen);
        match next {
            Some(next) => page = page.continue_token(&next),
            None => break list.metadata.resource_version.unwrap_or_default(),
        }
    };
    loop {
        let events = api.watch(&WatchParams::default(), &version).await?;
        let mut events = std::pin::pin!(events);
        while let Some(event) = events.try_next().await? {
            match event {
                WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                    version = object.resource_version().unwrap_or_default();
                    seen(object);
                }
                WatchEvent::Deleted(object) => {
                    version = object.resource_version().unwrap_or_default();
                }
                WatchEvent::Bookmark(bookmark) => version = bookmark.metadata.resource_version,
                WatchEvent::Error(error) => return Err(error.to_string().into()),
            }
        }
    }
}

/// A parent, as one declares a type for kube.
#[derive(Clone, Debug, Deserialize)]
struct Parent {
    metadata: ObjectMeta,
    spec: Spec,
    status: Option<Status>,
}

#[derive(Clone, Debug, Deserialize)]
struct Spec {
    children: u32,
    payload: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    observed_generation: Option<i64>,
    ready: u32,
}

impl Resource for Parent {
    type DynamicType = ();
    type Scope = NamespaceResourceScope;

    fn kind((): &()) -> Cow<'_, str> {
        KIND.into()
    }

    fn group((): &()) -> Cow<'_, str> {
        let (group, _) = API_VERSION.split_once('/').unwrap_or_default();
        group.into()
    }

    fn version((): &()) -> Cow<'_, str> {
        let (_, version) = API_VERSION.split_once('/').unwrap_or_default();
        version.into()
    }

    fn plural((): &()) -> Cow<'_, str> {
        PARENTS.into()
    }

    fn meta(&self) -> &ObjectMeta {
        &self.metadata
    }

    fn meta_mut(&mut self) -> &mut ObjectMeta {
        &mut self.metadata
    }
}

impl Parent {
    /// Whether its status says that it was done, as the event of that very status does.
    fn is_done(&self) -> bool {
        let status = self.status.as_ref();
        status.is_some_and(|status| status.observed_generation == self.metadata.generation)
    }

    fn child(&self, number: u32) -> ConfigMap {
        let owner = OwnerReference {
            api_version: API_VERSION.into(),
            kind: KIND.into(),
            name: self.name_any(),
            uid: self.uid().unwrap_or_default(),
            controller: Some(true),
            ..OwnerReference::default()
        };
        ConfigMap {
            metadata: ObjectMeta {
                name: Some(format!("{}-{number}", self.name_any())),
                labels: Some(BTreeMap::from([("app".into(), NAME.into())])),
                owner_references: Some(vec![owner]),
                ..ObjectMeta::default()
            },
            data: Some(BTreeMap::from([
                ("number".into(), number.to_string()),
                ("payload".into(), self.spec.payload.clone()),
            ])),
            ..ConfigMap::default()
        }
    }
}

/// What sends the requests.
struct Writer {
    parents: Api<Parent>,
    children: Api<ConfigMap>,
    free: Semaphore,
    params: PatchParams,
}

impl Writer {
    /// Applies all children, then says so in the status.
    async fn write(&self, parent: &Parent) -> Result<(), Failure> {
        let apply = self.params.clone().force();
        try_join_all((0..parent.spec.children).map(async |number| {
            let child = parent.child(number);
            let (name, patch) = (child.name_any(), Patch::Apply(&child));
            let _free = self.free.acquire().await?;
            self.children.patch(&name, &apply, &patch).await?;
            Ok::<_, Failure>(())
        }))
        .await?;
        let status = Status {
            observed_generation: parent.metadata.generation,
            ready: parent.spec.children,
        };
        let patch = Patch::Merge(json!({"status": status}));
        let _free = self.free.acquire().await?;
        self.parents
            .patch_status(&parent.name_any(), &self.params, &patch)
            .await?;
        Ok(())
    }
}
