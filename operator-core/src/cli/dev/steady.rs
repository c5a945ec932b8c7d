//! Whether an operator has come to rest: nothing to do now, and nothing there that it has not seen. Known, not slept for.

use std::{collections::BTreeSet, time::Duration};

use kube::{
    Client,
    api::{Api, DynamicObject, ListParams},
    core::ApiResource,
};

use crate::runtime::{Activity, KnownObject, Probe, WatchActivity, WatchHealth};

/// How long at most until the next look, although the operator has nothing to tell.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// Completes when the operator has come to rest; a failed parent may wait for its retry. Returns whether anything will
/// happen by itself.
pub(super) async fn rest(mut probe: Probe, client: &Client) -> bool {
    loop {
        if let Some(activity) = look(&probe, client).await {
            return activity.next_due.is_some();
        }
        tokio::select! {
            biased;
            () = probe.changed() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Completes when every kind was looked for: it is watched, or known not to be there (yet).
pub(super) async fn sees(mut probe: Probe) {
    let looked_for = |watch: &WatchActivity| watch.health != WatchHealth::Starting;
    while !probe
        .activity()
        .is_some_and(|activity| activity.watches.iter().all(looked_for))
    {
        probe.changed().await;
    }
}

/// What the operator has to do later, if it has nothing to do now and has seen all that there is.
async fn look(probe: &Probe, client: &Client) -> Option<Activity> {
    let (activity, known) = probe.survey().filter(|(activity, _)| activity.is_idle())?;
    let live = |watch: &&WatchActivity| watch.health == WatchHealth::Live;
    for watch in activity.watches.iter().filter(live) {
        // Whatever was written before it was looked at is in this list.
        let listed = list(watch, client).await.ok()?;
        if listed != seen(watch, &known) {
            return None;
        }
    }
    // What came in meanwhile is to be seen to first.
    probe.activity().filter(|now| *now == activity)
}

type Versions = BTreeSet<(String, String)>;

async fn list(watch: &WatchActivity, client: &Client) -> Result<Versions, kube::Error> {
    let kind = ApiResource {
        group: watch.kind.group().to_owned(),
        version: watch.kind.version().to_owned(),
        api_version: watch.kind.api_version.to_owned(),
        kind: watch.kind.kind.to_owned(),
        plural: watch.kind.plural_kind.to_owned(),
    };
    let api: Api<DynamicObject> = match &watch.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &kind),
        None => Api::all_with(client.clone(), &kind),
    };
    let mut parameters = ListParams::default();
    if let Some(selector) = &watch.selector {
        parameters = parameters.labels(selector);
    }
    let list = api.list_metadata(&parameters).await?;
    let objects = list.items.into_iter().map(|object| {
        let metadata = object.metadata;
        (
            metadata.uid.unwrap_or_default(),
            metadata.resource_version.unwrap_or_default(),
        )
    });
    Ok(objects.collect())
}

fn seen(watch: &WatchActivity, known: &[KnownObject]) -> Versions {
    let of_it = known.iter().filter(|object| {
        object.kind == watch.kind
            && object.selected
            && (watch.namespace.is_none() || object.namespace == watch.namespace)
    });
    of_it
        .map(|object| (object.uid.clone(), object.resource_version.clone()))
        .collect()
}
