//! [`Witness`]: sees every object of a type that ever was in a namespace, so that one made twice is found out
//! even if both are gone.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{StreamExt, TryStreamExt, pin_mut};
use kube::api::{Api, DynamicObject, ListParams, WatchEvent, WatchParams};
use tokio::task::JoinHandle;

use crate::patience::Miss;

type Seen = BTreeMap<String, BTreeSet<String>>;

/// A watch that goes on over a crash of the server, until it is dropped.
pub struct Witness {
    seen: Arc<Mutex<Seen>>,
    task: JoinHandle<()>,
}

impl Witness {
    /// Watches these objects from now on.
    #[must_use]
    pub fn of(objects: Api<DynamicObject>) -> Self {
        Self::heeding(objects, |_| ())
    }

    /// Watches these objects from now on, and hands each one to `heed` as it is seen.
    #[must_use]
    pub fn heeding(
        objects: Api<DynamicObject>,
        heed: impl Fn(&DynamicObject) + Send + Sync + 'static,
    ) -> Self {
        let seen = Arc::<Mutex<Seen>>::default();
        let noted = Arc::clone(&seen);
        let note = move |object: &DynamicObject| {
            note(&noted, object);
            heed(object);
        };
        let task = tokio::spawn(async move {
            let mut since = None;
            loop {
                // An error is a server that is down, or one that has forgotten since when; both pass.
                if follow(&objects, &note, &mut since).await.is_err() {
                    since = None;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        });
        Self { seen, task }
    }

    /// The names that more than one object had.
    #[must_use]
    pub fn made_twice(&self) -> Vec<String> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter()
            .filter(|(_, uids)| uids.len() > 1)
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Whether an object of this name was ever seen.
    #[must_use]
    pub fn saw(&self, name: &str) -> bool {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(name)
    }
}

impl Drop for Witness {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn note(seen: &Mutex<Seen>, object: &DynamicObject) {
    let (Some(name), Some(uid)) = (&object.metadata.name, &object.metadata.uid) else {
        return;
    };
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.entry(name.clone()).or_default().insert(uid.clone());
}

async fn follow(
    objects: &Api<DynamicObject>,
    note: &(impl Fn(&DynamicObject) + Sync),
    since: &mut Option<String>,
) -> Result<(), Miss> {
    let version = if let Some(version) = since.clone() {
        version
    } else {
        let list = objects.list(&ListParams::default()).await?;
        list.items.iter().for_each(note);
        list.metadata
            .resource_version
            .ok_or("a list without a resourceVersion")?
    };
    *since = Some(version.clone());
    let events = objects
        .watch(&WatchParams::default(), &version)
        .await?
        .into_stream();
    pin_mut!(events);
    while let Some(event) = events.next().await {
        match event? {
            WatchEvent::Added(object)
            | WatchEvent::Modified(object)
            | WatchEvent::Deleted(object) => {
                note(&object);
                since.clone_from(&object.metadata.resource_version);
            }
            WatchEvent::Bookmark(_) => {}
            WatchEvent::Error(error) => return Miss::because(&error.message),
        }
    }
    Ok(())
}
