//! Which parent is worked on when. Here: how the stories are told, and when the first pass may begin.

mod activity;
mod echo;
mod health;
mod order;
mod retry;

use serde_json::{Value, json};

use super::*;
use crate::{config::ChildConfig, identity::Identity, object::ObjectKey};

const FOO: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Foo",
    plural_kind: "foos",
};
const CHILD: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Child",
    plural_kind: "children",
};
const EXTRA: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Extra",
    plural_kind: "extras",
};
const PARENT: KindId = KindId::PARENT;
const CHILDREN: KindId = KindId(1);
const EXTRAS: KindId = KindId(2);

/// An operator of foos with children and, optionally, extras; and the time, which only a story moves.
struct Story {
    engine: Engine,
    now: Instant,
}

impl Story {
    /// Nothing is known yet.
    fn begins() -> Self {
        let config = OperatorConfig::new("op", FOO)
            .with_child(CHILD, ChildConfig::apply())
            .with_child(EXTRA, ChildConfig::apply().optional())
            .with_backoff(Duration::from_secs(1), Duration::from_secs(60));
        Self {
            engine: Engine::new(&config),
            now: Instant::now(),
        }
    }

    /// Everything is listed, and these parents, of uid and name alike, are there and were seen to.
    fn runs(parents: &[&str]) -> Self {
        let mut story = Self::begins();
        story.lists(EXTRAS, vec![]);
        story.lists(CHILDREN, vec![]);
        let parents: Vec<Object> = parents.iter().map(|name| parent(name, 1)).collect();
        story.lists(PARENT, parents.clone());
        for parent in parents {
            assert_eq!(story.next().as_ref(), Some(&parent.uid));
            story.works(&parent.uid, End::Converged { resync_after: None });
        }
        assert_eq!((story.next(), story.engine.next_due()), (None, None));
        story
    }

    fn lists(&mut self, kind: KindId, objects: Vec<Object>) {
        self.engine.discovered(kind, true, &[None]);
        let version = ResourceVersion::new("1");
        let listing = self.engine.index.listing(kind, objects);
        self.engine.reset(kind, &None, listing, &version, self.now);
        self.engine.live(kind, &None, self.now);
    }

    fn sees(&mut self, kind: KindId, object: Object) {
        self.engine
            .apply(kind, Change::Applied(object.into()), self.now);
    }

    fn sees_gone(&mut self, kind: KindId, object: Object) {
        self.engine
            .apply(kind, Change::Deleted(object.into()), self.now);
    }

    fn passes(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn next(&mut self) -> Option<Uid> {
        self.engine.next(self.now).map(|job| job.uid)
    }

    /// Everybody who is due now, without anybody coming back.
    fn due(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next())
            .map(|uid| uid.to_string())
            .collect()
    }

    /// A pass looks at the parent that was handed out, and ends.
    fn works(&mut self, uid: &str, end: End) {
        self.views(uid);
        self.ends(uid, end);
    }

    fn views(&mut self, uid: &str) -> View {
        self.engine.view(&uid.into()).expect("the parent is there")
    }

    fn ends(&mut self, uid: &str, end: End) {
        self.engine.finish(&uid.into(), end, Vec::new(), self.now);
    }

    /// In how many seconds somebody is due.
    fn due_in(&self) -> Option<f64> {
        let due = self.engine.next_due()?;
        Some(due.saturating_duration_since(self.now).as_secs_f64())
    }
}

const CONVERGED: End = End::Converged { resync_after: None };

fn failed(class: ErrorClass) -> End {
    End::Failed { class }
}

fn decoded(json: &Value) -> Object {
    let identity = Identity::new("example.com", "op");
    Object::decode(&json.to_string(), FOO, &identity).unwrap()
}

fn parent(name: &str, version: u64) -> Object {
    edited(name, version, |_| {})
}

/// A parent at a version, as somebody left it.
fn edited(name: &str, version: u64, edit: impl FnOnce(&mut Value)) -> Object {
    let mut json = json!({"metadata": {"name": name, "namespace": "ns", "uid": name,
        "resourceVersion": version.to_string()}, "spec": {"size": 1}});
    edit(&mut json);
    decoded(&json)
}

fn child(name: &str, version: u64, owner: &str) -> Object {
    decoded(
        &json!({"metadata": {"name": name, "namespace": "ns", "uid": name,
        "labels": {"example.com/tracked-by": "op"}, "resourceVersion": version.to_string(),
        "ownerReferences": [{"uid": owner, "controller": true}]}}),
    )
}

#[test]
fn nothing_begins_before_every_kind_was_listed() {
    let mut story = Story::begins();
    story.lists(PARENT, vec![parent("p", 1)]);
    story.lists(EXTRAS, vec![]);
    assert_eq!((story.next(), story.due_in()), (None, None));
    story.lists(CHILDREN, vec![child("a", 1, "p")]);
    assert_eq!(story.next().as_deref(), Some("p"));
    let view = story.views("p");
    assert_eq!(view.observed.len(), 1);
    assert!(view.rules.iter().all(|(_, rule)| rule.suspended.is_none()));
}

#[test]
fn a_parent_begins_once_every_kind_was_listed_in_its_namespace_whatever_becomes_of_others() {
    let mut story = Story::begins();
    let elsewhere = edited("q", 1, |json| {
        json["metadata"]["namespace"] = json!("other");
    });
    story.lists(PARENT, vec![parent("p", 1), elsewhere]);
    story.lists(EXTRAS, vec![]);
    let scopes: [Scope; 2] = [Some("ns".into()), Some("other".into())];
    story.engine.discovered(CHILDREN, true, &scopes);
    assert_eq!(story.due(), [""; 0]);
    story.engine.live(CHILDREN, &scopes[0], story.now);
    assert_eq!(story.due(), ["p"]);
    let why = "list: 403".into();
    story.engine.lost(CHILDREN, &scopes[1], why, false);
    assert_eq!(story.due(), [""; 0]);
    story.engine.live(CHILDREN, &scopes[1], story.now);
    assert_eq!(story.due(), ["q"]);
}

#[test]
fn an_optional_kind_that_the_cluster_lacks_holds_nobody_up() {
    let mut story = Story::begins();
    story.lists(PARENT, vec![parent("p", 1)]);
    story.lists(CHILDREN, vec![]);
    story
        .engine
        .lost(EXTRAS, &None, "discovery: 403".into(), false);
    assert_eq!(story.next(), None, "it may be there: nobody could look");
    story
        .engine
        .lost(EXTRAS, &None, "discovery: 404".into(), true);
    assert_eq!(story.next().as_deref(), Some("p"));
    let (_, rule) = &story.views("p").rules[1];
    assert_eq!(
        rule.suspended.as_deref(),
        Some("nothing of Extra.example.com/v1 is written: discovery: 404")
    );
}

#[test]
fn a_kind_that_is_not_optional_and_absent_holds_everybody_up() {
    let mut story = Story::begins();
    story.lists(PARENT, vec![parent("p", 1)]);
    story.lists(EXTRAS, vec![]);
    story
        .engine
        .lost(CHILDREN, &None, "discovery: 404".into(), true);
    assert_eq!((story.next(), story.due_in()), (None, None));
}

#[test]
fn a_parent_is_handed_out_once_however_much_happens_to_it() {
    let mut story = Story::runs(&["p", "q"]);
    story.sees(CHILDREN, child("a", 2, "p"));
    story.sees(CHILDREN, child("b", 3, "q"));
    story.sees(PARENT, parent("p", 4));
    assert_eq!(story.engine.depth(story.now), 2);
    assert_eq!(story.due(), ["p", "q"]);
    story.sees(CHILDREN, child("a", 5, "p"));
    assert!(story.due().is_empty(), "it is being worked on");
    story.ends("p", CONVERGED);
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_deleted_parent_is_forgotten_and_one_of_its_name_starts_anew() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.works("p", failed(ErrorClass::Backoff));
    story.sees_gone(PARENT, parent("p", 3));
    assert_eq!(story.due_in(), None);
    assert!(story.engine.view(&"p".into()).is_none());
    story.sees(
        PARENT,
        edited("p", 4, |json| json["metadata"]["uid"] = "p2".into()),
    );
    assert_eq!(story.due(), ["p2"]);
    assert_eq!(story.engine.progress(&"p2".into()).failures, 0);
}

#[test]
fn a_parent_that_goes_during_its_pass_does_not_come_back() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.views("p");
    story.sees_gone(PARENT, parent("p", 3));
    story.ends("p", failed(ErrorClass::Backoff));
    assert_eq!((story.next(), story.due_in()), (None, None));
    assert!(story.engine.parents.is_empty());
}

#[test]
fn a_parent_recreated_during_a_pass_of_the_old_one_is_due_at_once() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.views("p");
    story.sees_gone(PARENT, parent("p", 3));
    let other = edited("p", 4, |json| json["metadata"]["uid"] = "p2".into());
    story.sees(PARENT, other);
    assert_eq!(story.due(), ["p2"]);
    story.ends("p", End::Outdated);
    assert!(story.due().is_empty());
}

#[test]
fn a_child_without_its_parent_is_kept_until_the_parent_comes() {
    let mut story = Story::runs(&[]);
    story.sees(CHILDREN, child("a", 2, "p"));
    assert!(story.due().is_empty());
    story.sees(PARENT, parent("p", 3));
    assert_eq!(story.due(), ["p"]);
    assert_eq!(story.views("p").observed.len(), 1);
}

#[test]
fn a_resync_comes_once_and_an_event_before_it_does_not_add_to_it() {
    let mut story = Story::runs(&["p"]);
    let resync = End::Converged {
        resync_after: Some(Duration::from_secs(30)),
    };
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.works("p", resync);
    assert_eq!(story.due_in(), Some(30.0));
    story.passes(10);
    story.sees(PARENT, parent("p", 3));
    story.next();
    story.works("p", resync);
    assert_eq!(story.due_in(), Some(30.0));
    story.passes(30);
    assert_eq!(story.due(), ["p"]);
    story.works("p", CONVERGED);
    assert_eq!(story.due_in(), None);
}

#[test]
fn a_resync_too_far_off_to_be_told_never_comes() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    let never = Some(Duration::MAX);
    story.works(
        "p",
        End::Converged {
            resync_after: never,
        },
    );
    assert_eq!(story.due_in(), None);
}

#[test]
fn what_a_list_lacks_makes_its_parent_due() {
    let mut story = Story::runs(&["p", "q"]);
    story.sees(CHILDREN, child("a", 2, "p"));
    story.next();
    story.works("p", CONVERGED);
    let version = ResourceVersion::new("9");
    story
        .engine
        .reset(CHILDREN, &None, Listing::default(), &version, story.now);
    assert_eq!(story.due(), ["p"]);
    assert!(story.views("p").observed.is_empty());
}

#[test]
fn what_a_request_found_to_be_gone_is_gone_from_the_next_view() {
    let mut story = Story::runs(&["p"]);
    story.sees(CHILDREN, child("a", 2, "p"));
    story.next();
    let key = ObjectKey::new(Some("ns"), "a");
    story.engine.index.forget(CHILDREN, &key, &"a".into());
    assert!(story.views("p").observed.is_empty());
    story.sees(CHILDREN, child("a", 3, "p"));
    story.ends("p", CONVERGED);
    assert!(story.due().is_empty());
}
