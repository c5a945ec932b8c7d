//! [`Events`]: what is told of parents as Events of the cluster. They are posted beside the passes, one by one, and are
//! dropped where that would take long: no sync waits for one or fails with it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{Request, header};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::{
    Context,
    api::{self, Failure},
};
use crate::{
    K8sType,
    access::{Grant, Rule, Why},
    engine::{
        index::KindId,
        news::Note,
        status::{Condition, Reason, cut},
    },
    identity::Identity,
    object::{Object, ObjectKey, Uid},
};

/// So many wait to be posted.
const QUEUE: usize = 64;
/// The server refuses longer notes.
const LONGEST_NOTE: usize = 1024;
/// How much of its parent's name an Event's begins with: the server keeps no more than 58 of that.
const LONGEST_START: usize = 50;
/// Where Events about objects without a namespace go.
const CLUSTER_SCOPED: &str = "default";

/// An Event to be posted.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// References to the parent, and to the child that it is about.
    parent: Value,
    child: Option<Value>,
    note: Note,
    at: Timestamp,
}

/// The Events that wait to be posted.
#[derive(Default)]
pub(super) struct Events {
    waiting: Mutex<VecDeque<Event>>,
    added: Notify,
}

impl Events {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Event>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are not posted yet, the one under way among them.
    pub(super) fn pending(&self) -> usize {
        self.waiting().len()
    }

    fn add(&self, event: Event) {
        let mut waiting = self.waiting();
        if waiting.len() < QUEUE {
            waiting.push_back(event);
            self.added.notify_one();
        } else {
            let (reason, text) = (event.note.reason, event.note.text);
            tracing::debug!(reason, text, "too many Events wait: dropped");
        }
    }

    /// The next one. It counts as waiting until it is [`done`](Self::done).
    pub(super) async fn next(&self) -> Event {
        loop {
            if let Some(event) = self.waiting().front().cloned() {
                return event;
            }
            self.added.notified().await;
        }
    }

    pub(super) fn done(&self) {
        self.waiting().pop_front();
    }
}

/// The API that Events are posted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Served {
    /// `events.k8s.io/v1`, from Kubernetes 1.19 on.
    Group,
    /// `v1`.
    Core,
}

/// Posts what comes, for good.
pub(super) async fn post_all(context: Arc<Context>) {
    let Some(events) = &context.events else {
        return;
    };
    let mut poster = Poster {
        context: &context,
        served: Served::Group,
        is_forbidden: false,
    };
    loop {
        let event = events.next().await;
        poster.post(&event).await;
        events.done();
        context.tell_observer();
    }
}

struct Poster<'a> {
    context: &'a Context,
    served: Served,
    /// Whether access control refused the last one: that is told once.
    is_forbidden: bool,
}

impl Poster<'_> {
    async fn post(&mut self, event: &Event) {
        let mut posted = self.send(event).await;
        if posted
            .as_ref()
            .is_err_and(|failure| failure.code() == Some(404))
            && self.served == Served::Group
        {
            self.served = Served::Core;
            posted = self.send(event).await;
            // It was the namespace that is missing.
            if posted.is_err() {
                self.served = Served::Group;
            }
        }
        match posted {
            Ok(()) => self.is_forbidden = false,
            Err(failure) if failure.is_denied() => {
                if !std::mem::replace(&mut self.is_forbidden, true) {
                    let why = self.denied(event, &failure);
                    tracing::warn!(%why, "Events can't be posted; `with_events(false)` does without");
                }
            }
            Err(failure) => {
                let (reason, text) = (&event.note.reason, &event.note.text);
                tracing::debug!(%failure, reason, text, "an Event could not be posted");
                // Who asked for patience is asked for nothing more; what comes meanwhile waits or is dropped.
                tokio::time::sleep(failure.retry_after().unwrap_or_default()).await;
            }
        }
    }

    fn denied(&self, event: &Event, failure: &Failure) -> Why {
        let group = match self.served {
            Served::Group => "events.k8s.io",
            Served::Core => "",
        };
        let said = failure.to_string();
        let namespaces = &self.context.config.namespaces;
        let everywhere = event.parent.get("namespace").is_none();
        let grant = Grant::new(Rule::of_events(group), &said, namespaces, everywhere);
        Why {
            said,
            grant: Some(grant),
        }
    }

    async fn send(&self, event: &Event) -> Result<(), Failure> {
        let namespace = event.namespace();
        let (base, body) = match self.served {
            Served::Group => ("/apis/events.k8s.io/v1", event.body(&self.context.identity)),
            Served::Core => ("/api/v1", event.core_body(&self.context.identity)),
        };
        let manager = &self.context.identity.manager;
        let url = format!("{base}/namespaces/{namespace}/events?fieldManager={manager}");
        let request = Request::post(url)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body.to_string().into_bytes())
            .map_err(|error| Failure::NoAnswer(error.to_string()))?;
        api::send(&self.context.client, request).await.map(drop)
    }
}

impl Event {
    fn namespace(&self) -> &str {
        self.parent["namespace"].as_str().unwrap_or(CLUSTER_SCOPED)
    }

    fn metadata(&self) -> Value {
        let name = self.parent["name"].as_str().unwrap_or_default();
        json!({"generateName": generate_name(name), "namespace": self.namespace()})
    }

    fn kind(&self) -> &'static str {
        if self.note.warns { "Warning" } else { "Normal" }
    }

    pub(super) fn text(&self) -> String {
        cut(self.note.text.clone(), LONGEST_NOTE)
    }

    /// The Event in `events.k8s.io/v1`.
    fn body(&self, identity: &Identity) -> Value {
        let mut body = json!({
            "apiVersion": "events.k8s.io/v1", "kind": "Event", "metadata": self.metadata(),
            "eventTime": self.at.strftime("%Y-%m-%dT%H:%M:%S%.6fZ").to_string(),
            "reportingController": identity.finalizer, "reportingInstance": identity.manager,
            "action": "Sync", "reason": self.note.reason, "type": self.kind(), "note": self.text(),
            "regarding": self.parent,
        });
        if let Some(child) = &self.child {
            body["related"] = child.clone();
        }
        body
    }

    /// The Event in `v1`, as servers want it that know no other.
    fn core_body(&self, identity: &Identity) -> Value {
        let at = self.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut body = json!({
            "apiVersion": "v1", "kind": "Event", "metadata": self.metadata(),
            "firstTimestamp": at, "lastTimestamp": at, "count": 1,
            "source": {"component": identity.manager},
            "reason": self.note.reason, "type": self.kind(), "message": self.text(),
            "involvedObject": self.parent,
        });
        if let Some(child) = &self.child {
            body["related"] = child.clone();
        }
        body
    }
}

/// What the name of an Event about `parent` begins with: as the server takes it, whatever parents of that kind may be
/// called.
fn generate_name(parent: &str) -> String {
    let taken = parent.chars().take(LONGEST_START).map(|c| match c {
        'a'..='z' | '0'..='9' | '.' => c,
        'A'..='Z' => c.to_ascii_lowercase(),
        _ => '-',
    });
    let taken: String = taken.collect();
    match taken.trim_matches(['.', '-']) {
        "" => "event-".into(),
        start => format!("{start}-"),
    }
}

fn reference(kind: &K8sType, key: &ObjectKey, uid: Option<&Uid>) -> Value {
    let mut reference =
        json!({"apiVersion": kind.api_version, "kind": kind.kind, "name": key.name.as_ref()});
    if let Some(namespace) = &key.namespace {
        reference["namespace"] = namespace.as_ref().into();
    }
    if let Some(uid) = uid {
        reference["uid"] = uid.as_ref().into();
    }
    reference
}

impl Context {
    /// Tells as Events what is new about a parent whose pass comes to this condition, and to these refusals.
    pub(super) fn announce(
        &self,
        parent: &Object,
        condition: &Condition,
        refused: Vec<Note>,
        now: Timestamp,
    ) {
        let Some(events) = &self.events else {
            return;
        };
        let mut engine = self.engine();
        let news = &mut engine.progress(&parent.uid).news;
        let told: Vec<Note> = if condition.reason == Reason::Synced {
            news.of_recovery(condition).into_iter().collect()
        } else {
            let notes: Vec<Note> = refused.into_iter().chain(Note::of(condition)).collect();
            let is_written =
                !notes.is_empty() && condition.is_in(&parent.status(), &self.config.condition);
            news.of_trouble(notes, is_written)
        };
        for note in told {
            let child = note.child.as_ref().map(|(kind, key)| {
                let there = engine.index.get(*kind, key);
                reference(self.kind(*kind), key, there.map(|object| &object.uid))
            });
            events.add(Event {
                parent: reference(self.kind(KindId::PARENT), &parent.key, Some(&parent.uid)),
                child,
                note,
                at: now,
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::core::v1::ConfigMap;

    fn event(namespace: Option<&str>, text: &str) -> Event {
        let parent = ObjectKey::new(namespace, "p");
        let child = ObjectKey::new(Some("ns"), "c");
        Event {
            parent: reference(ConfigMap, &parent, Some(&"P".into())),
            child: Some(reference(ConfigMap, &child, None)),
            note: Note::refused((KindId(1), child), text.into()),
            at: "2026-01-02T03:04:05.000006Z".parse().unwrap(),
        }
    }

    fn identity() -> Identity {
        Identity::new("example.com", "op")
    }

    #[test]
    fn an_event_is_about_its_parent_and_names_the_child() {
        assert_eq!(
            event(Some("ns"), "no").body(&identity()),
            json!({
                "apiVersion": "events.k8s.io/v1", "kind": "Event",
                "metadata": {"generateName": "p-", "namespace": "ns"},
                "eventTime": "2026-01-02T03:04:05.000006Z",
                "reportingController": "example.com/op", "reportingInstance": "op",
                "action": "Sync", "reason": "ChildRefused", "type": "Warning", "note": "no",
                "regarding": {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "ns", "name": "p", "uid": "P"},
                "related": {"apiVersion": "v1", "kind": "ConfigMap", "namespace": "ns", "name": "c"},
            })
        );
    }

    #[test]
    fn an_event_has_a_name_whatever_its_parent_is_called() {
        assert_eq!(generate_name("web.example.com"), "web.example.com-");
        assert_eq!(generate_name("system:Node"), "system-node-");
        assert_eq!(generate_name("::"), "event-");
        let long = format!("{}.{}", "a".repeat(49), "b".repeat(100));
        assert_eq!(generate_name(&long), format!("{}-", "a".repeat(49)));
    }

    #[test]
    fn an_old_server_gets_it_in_the_core_group() {
        let body = event(Some("ns"), "no").core_body(&identity());
        assert_eq!(body["involvedObject"]["uid"], "P");
        assert_eq!(body["lastTimestamp"], "2026-01-02T03:04:05Z");
        assert_eq!(
            (&body["message"], &body["related"]["name"]),
            (&json!("no"), &json!("c"))
        );
    }

    #[test]
    fn an_event_about_a_parent_without_namespace_is_in_default() {
        let body = event(None, "no").body(&identity());
        assert_eq!(body["metadata"]["namespace"], "default");
        assert_eq!(body["regarding"].get("namespace"), None);
    }

    #[test]
    fn a_long_text_is_cut_where_the_server_would_refuse_it() {
        let body = event(None, &"é".repeat(1_000)).body(&identity());
        let note = body["note"].as_str().unwrap();
        assert!(note.len() <= LONGEST_NOTE && note.ends_with('…'));
    }

    #[test]
    fn what_does_not_fit_into_the_queue_is_dropped() {
        let events = Events::default();
        for _ in 0..2 * QUEUE {
            events.add(event(None, "no"));
        }
        assert_eq!(events.pending(), QUEUE);
    }
}
