//! Waiting on a [`Scene`] until something is so, and telling what is there instead if it never is.

use std::{fmt::Write as _, sync::PoisonError, time::Duration};

use k8s_openapi::api::{core::v1::ConfigMap, events::v1::Event};
use kube::api::{Api, DynamicObject, ListParams};
use serde_json::json;
use tokio::time::timeout;

use super::Scene;
use crate::{
    basket::BasketSpec,
    condition::{Synced, is_settled, synced_condition},
    patience::Miss,
    running::Running,
    wire::Record,
};

/// How many of an operator's last requests a failure shows.
const LAST_REQUESTS: usize = 30;

impl Scene {
    /// Looks until `look` finds what it looks for.
    ///
    /// # Panics
    /// With what was found instead, the parents and the operators' last requests, if it never does.
    pub async fn eventually<T>(&self, what: &str, look: impl AsyncFnMut() -> Result<T, Miss>) -> T {
        match self.patience.until(what, look).await {
            Ok(found) => found,
            Err(miss) => panic!("{miss}\n{}", self.report().await),
        }
    }

    /// Asks until the server does it, or says with the code `done` that it already has.
    ///
    /// # Panics
    /// As [`eventually`](Self::eventually).
    pub async fn insist<T>(
        &self,
        what: &str,
        done: u16,
        ask: impl AsyncFn() -> Result<T, kube::Error>,
    ) {
        // A server that lost its store while it was asked may not answer for a minute.
        let asked = async || match timeout(Duration::from_secs(3), ask()).await? {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if status.code == done => Ok(()),
            Err(error) => Miss::because(error),
        };
        self.eventually(what, asked).await;
    }

    /// Waits until the engine has done all that this basket asks for.
    ///
    /// # Panics
    /// If it never has.
    pub async fn synced(&self, name: &str) -> DynamicObject {
        self.settled(&self.baskets(), name).await
    }

    /// [`synced`](Self::synced) for a parent of another type.
    ///
    /// # Panics
    /// If it never is.
    pub async fn settled(&self, parents: &Api<DynamicObject>, name: &str) -> DynamicObject {
        let settled = async || {
            let parent = parents.get(name).await?;
            if is_settled(&parent) {
                Ok(parent)
            } else {
                Miss::because(state(&parent))
            }
        };
        self.eventually(&format!("{name} to be synced"), settled)
            .await
    }

    /// Waits until the engine says of this basket that it is not synced, for this reason.
    ///
    /// # Panics
    /// If it never says so.
    pub async fn not_synced(&self, name: &str, reason: &str) -> Synced {
        let failed = async || {
            let parent = self.baskets().get(name).await?;
            match synced_condition(&parent) {
                Some(synced) if synced.status == "False" && synced.reason == reason => Ok(synced),
                _ => Miss::because(state(&parent)),
            }
        };
        self.eventually(&format!("{name} not to be synced, for {reason}"), failed)
            .await
    }

    /// [`not_synced`](Self::not_synced), and told as an Event as well. Events are posted beside the passes, so that one
    /// may come later than the condition that it tells of: who counts requests from here on waits for both.
    ///
    /// # Panics
    /// If one of them never comes.
    pub async fn not_synced_and_told(&self, name: &str, reason: &str) -> Synced {
        let condition = self.not_synced(name, reason).await;
        let told = async || {
            let events = self.events_about(name).await?;
            if events
                .iter()
                .any(|event| event.reason.as_deref() == Some(reason))
            {
                Ok(())
            } else {
                Miss::because(format!("{events:?}"))
            }
        };
        self.eventually(&format!("an Event of {reason} about {name}"), told)
            .await;
        condition
    }

    /// The Events about an object of this name, in the order of their times.
    ///
    /// # Errors
    /// If the server does not list them.
    pub async fn events_about(&self, name: &str) -> kube::Result<Vec<Event>> {
        let about = ListParams::default().fields(&format!("regarding.name={name}"));
        let mut events = self.api::<Event>().list(&about).await?.items;
        events.sort_by_key(|event| event.event_time.clone());
        Ok(events)
    }

    /// Waits until a `ConfigMap` says this.
    ///
    /// # Panics
    /// If it never does.
    pub async fn config_map_says(&self, name: &str, text: &str) -> ConfigMap {
        let says = async || {
            let map = self.api::<ConfigMap>().get(name).await?;
            match map.data.as_ref().and_then(|data| data.get("text")) {
                Some(said) if said == text => Ok(map),
                other => Miss::because(format!("text {other:?}")),
            }
        };
        self.eventually(&format!("ConfigMap {name} to say {text:?}"), says)
            .await
    }

    /// Waits until an object is gone.
    ///
    /// # Panics
    /// If it stays.
    pub async fn gone(&self, objects: &Api<DynamicObject>, name: &str) {
        let gone = async || match objects.get_opt(name).await? {
            None => Ok(()),
            Some(object) => Miss::because(json!(object)),
        };
        self.eventually(&format!("{name} to be gone"), gone).await;
    }

    /// What a running operator wrote since `mark`, read once it has had its chance to: after it has brought
    /// three more baskets to their end, one after the other, which are not counted. Its handler has to fill them.
    ///
    /// # Panics
    /// If it does not fill them.
    pub async fn writes_after_a_fence(&self, operator: &Running, mark: usize) -> Vec<Record> {
        for _ in 0..3 {
            let name = format!("fence-{}", self.posts.next());
            self.create(&name, BasketSpec::of(&[("post", "wood")]))
                .await;
            self.synced(&name).await;
        }
        let mut writes = operator.wire().writes_since(mark);
        writes.retain(|write| !write.parts().any(|part| part.starts_with("fence-")));
        writes
    }

    async fn report(&self) -> String {
        let mut report = String::new();
        let parents = self.baskets().list(&ListParams::default()).await;
        for parent in parents.iter().flatten() {
            let name = parent.metadata.name.as_deref().unwrap_or_default();
            let _ = writeln!(report, "  basket {name}: {}", state(parent));
        }
        let wires = self
            .wires
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        for wire in wires {
            let _ = writeln!(report, "  last requests of an operator:");
            let records = wire.records();
            for (number, record) in records
                .iter()
                .enumerate()
                .skip(records.len().saturating_sub(LAST_REQUESTS))
            {
                let _ = writeln!(report, "    {number:>3} {record}");
            }
        }
        report
    }
}

fn state(parent: &DynamicObject) -> String {
    format!(
        "generation {:?}, deleted at {:?}, finalizers {:?}, status {}",
        parent.metadata.generation,
        parent
            .metadata
            .deletion_timestamp
            .as_ref()
            .map(|time| time.0.to_string()),
        parent.metadata.finalizers,
        parent.data["status"]
    )
}
