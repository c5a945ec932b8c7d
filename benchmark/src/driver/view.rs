//! [`View`]: the driver's own watches, which feed the judge, and waiting for what it says.

use std::{
    cell::{RefCell, RefMut},
    pin::pin,
    rc::Rc,
    time::Instant,
};

use operator_benchmark::{
    api::Api,
    event::{Event, List},
};
use serde_json::value::RawValue;
use tokio::{
    sync::Notify,
    task::{AbortHandle, spawn_local},
};

use crate::{
    cluster::Cluster,
    judge::{ChildSeen, Judge, ParentSeen},
    options::Size,
};

/// What the driver sees. Its watches end with it.
pub(crate) struct View {
    seen: Rc<Seen>,
    watches: [AbortHandle; 2],
}

struct Seen {
    judge: RefCell<Judge>,
    lost: RefCell<Option<String>>,
    changed: Notify,
}

impl View {
    /// Opens the watches on a cluster without children.
    pub(crate) async fn open(cluster: &Cluster, size: &Size) -> Result<Self, String> {
        let seen = Rc::new(Seen {
            judge: RefCell::new(Judge::new(size.parents, size.children, size.payload)),
            lost: RefCell::default(),
            changed: Notify::new(),
        });
        let parents = |judge: &mut Judge, line: &[u8], version: &mut String| {
            let event: Event<'_, ParentSeen<'_>> = serde_json::from_slice(line)?;
            event.object.version().clone_into(version);
            judge.saw_parent(event.object, event.kind == "DELETED", Instant::now());
            Ok(())
        };
        let children = |judge: &mut Judge, line: &[u8], version: &mut String| {
            let event: Event<'_, ChildSeen<'_>> = serde_json::from_slice(line)?;
            event.object.version().clone_into(version);
            judge.saw_child(&event.object, event.kind == "DELETED", Instant::now());
            Ok(())
        };
        let watches = [
            watch(&cluster.api, &cluster.parents, &seen, parents).await?,
            watch(&cluster.api, &cluster.children, &seen, children).await?,
        ];
        Ok(Self { seen, watches })
    }

    /// What is right.
    pub(crate) fn judge(&self) -> RefMut<'_, Judge> {
        self.seen.judge.borrow_mut()
    }

    /// Waits until the judge says so.
    pub(crate) async fn until<T>(&self, says: impl Fn(&Judge) -> Option<T>) -> Result<T, String> {
        loop {
            let mut changed = pin!(self.seen.changed.notified());
            changed.as_mut().enable();
            if let Some(lost) = self.seen.lost.borrow().as_ref() {
                return Err(format!("the driver sees no more: {lost}"));
            }
            if let Some(said) = says(&self.judge()) {
                return Ok(said);
            }
            changed.await;
        }
    }
}

impl Drop for View {
    fn drop(&mut self) {
        for watch in &self.watches {
            watch.abort();
        }
    }
}

/// Watches what is at `path`, where there is nothing that has to be listed, and hands over each event. A watch that the
/// server ends in order, as it does when a CRD has just been made, goes on where it was.
async fn watch(
    api: &Api,
    path: &str,
    seen: &Rc<Seen>,
    take: impl Fn(&mut Judge, &[u8], &mut String) -> Result<(), serde_json::Error> + 'static,
) -> Result<AbortHandle, String> {
    let body = api.get(&format!("{path}?limit=1")).await?;
    let list: List<'_, &RawValue> =
        serde_json::from_slice(&body).map_err(|error| format!("{path}: {error}"))?;
    let mut version = list.metadata.resource_version.into_owned();
    let mut lines = api.watch(path, &version).await?;
    let (api, seen, path) = (api.clone(), Rc::clone(seen), path.to_owned());
    let task = spawn_local(async move {
        let why = loop {
            match lines.next().await {
                Ok(Some(line)) => {
                    if let Err(error) = take(&mut seen.judge.borrow_mut(), &line, &mut version) {
                        let line = String::from_utf8_lossy(&line);
                        break format!("{path}: {error}: {line}");
                    }
                    seen.changed.notify_waiters();
                }
                Ok(None) => match api.watch(&path, &version).await {
                    Ok(again) => lines = again,
                    Err(error) => break error,
                },
                Err(error) => break format!("{path}: {error}"),
            }
        };
        *seen.lost.borrow_mut() = Some(why);
        seen.changed.notify_waiters();
    });
    Ok(task.abort_handle())
}
