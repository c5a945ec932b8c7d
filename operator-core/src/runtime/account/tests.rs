//! Why a pass began, told from events, answers and the ends of passes before it.

use std::sync::mpsc;

use serde_json::json;

use super::*;
use crate::{
    handler::ErrorClass,
    k8s_types::core::v1::{Secret, Service},
};

const FOO: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Foo",
    plural_kind: "foos",
};

struct Story {
    account: Account,
    told: mpsc::Receiver<Told>,
}

fn parent() -> Uid {
    "P".into()
}

fn id() -> ObjectId {
    ObjectId {
        kind: FOO,
        namespace: None,
        name: "p".into(),
    }
}

fn object(version: u64, size: u64) -> Value {
    json!({"metadata": {"name": "p", "uid": "P", "resourceVersion": version.to_string(), "generation": size,
        "managedFields": [{"manager": "kubectl", "operation": "Update", "time": version.to_string()}]},
        "spec": {"size": size}})
}

impl Story {
    fn new() -> Self {
        let (tell, told) = mpsc::channel();
        let teller = Arc::new(move |one| drop(tell.send(one)));
        let account = Account::new(teller, Identity::of("op", FOO));
        Self { account, told }
    }

    /// The watch shows `after`, which was known as `before`, and of which a parent is affected that is there or not.
    fn sees(&self, kind: &'static K8sType, before: Option<&Value>, after: &Value, is_gone: bool) {
        let decoded = |object: &Value| {
            Object::decode(&object.to_string(), kind, &Identity::of("op", FOO)).unwrap()
        };
        let (before, object) = (before.map(decoded), decoded(after));
        let sight = Sight {
            kind,
            before: before.as_ref(),
            json: &after.to_string(),
            key: &object.key,
            uid: &object.uid,
            version: &object.resource_version,
            is_gone,
        };
        let is_there = |_: &Uid| !(is_gone && kind == FOO);
        let told = self.account.saw(&sight, &[parent()].into(), is_there);
        if let Some(told) = told {
            self.account.tell(told);
        }
    }

    /// A pass begins, and its reasons are told.
    fn begins(&self) -> Vec<Cause> {
        let reasons = self.account.reasons(&parent());
        self.account.looks(&parent(), id(), Work::Sync, reasons);
        match self.told.try_recv() {
            Ok(Told::Began { because, .. }) => because,
            other => panic!("{other:?}"),
        }
    }

    fn ends(&self, end: &End, failures: u32) -> PassEnd {
        let then = Afterwards {
            again: None,
            failures,
            gone: false,
        };
        self.account.ended(&parent(), end, Duration::ZERO, &then);
        match self.told.try_recv() {
            Ok(Told::Ended { pass, .. }) => pass,
            other => panic!("{other:?}"),
        }
    }
}

const CONVERGED: End = End::Converged { resync_after: None };

#[test]
fn an_edit_is_a_reason_with_its_author_and_its_fields() {
    let story = Story::new();
    story.sees(FOO, None, &object(1, 1), false);
    story.sees(FOO, Some(&object(1, 1)), &object(2, 2), false);
    let because = story.begins();
    let [Cause::Changed(created), Cause::Changed(changed)] = &because[..] else {
        panic!("{because:?}");
    };
    assert_eq!(
        (created.what, &created.by[..]),
        (What::Created, &["kubectl".to_owned()][..])
    );
    assert_eq!(
        (changed.what, changed.generation),
        (What::Changed, (Some(1), Some(2)))
    );
    assert_eq!(changed.fields[0].path, "spec.size");
}

#[test]
fn the_event_of_a_write_that_overtook_its_answer_is_no_reason() {
    let story = Story::new();
    story.sees(FOO, Some(&object(1, 1)), &object(2, 1), false);
    story.sees(FOO, Some(&object(2, 1)), &object(3, 2), false);
    story
        .account
        .echo(&parent(), &parent(), Some(&ResourceVersion::new("2")));
    let because = story.begins();
    assert_eq!(because.len(), 1, "{because:?}");
    assert!(
        matches!(&because[0], Cause::Changed(change) if change.generation == (Some(1), Some(2)))
    );
}

#[test]
fn what_comes_in_during_a_pass_joins_it() {
    let story = Story::new();
    assert_eq!(story.begins(), []);
    story.account.looks(&parent(), id(), Work::Sync, vec![]);
    assert!(
        story.told.try_recv().is_err(),
        "a round without news is no news"
    );
    story
        .account
        .looks(&parent(), id(), Work::Finalize, vec![Cause::Listed]);
    assert!(
        matches!(story.told.try_recv(), Ok(Told::Joined { because, .. }) if because == [Cause::Listed])
    );
    assert_eq!(story.ends(&CONVERGED, 0).work, Work::Finalize);
}

#[test]
fn without_an_event_the_last_end_says_why_it_goes_on() {
    let story = Story::new();
    let failed = End::Failed {
        class: ErrorClass::Backoff,
    };
    let resync_after = Some(Duration::from_secs(1));
    for (end, cause) in [
        (failed, Some(Cause::Retry { failures: 2 })),
        (End::Converged { resync_after }, Some(Cause::Resync)),
        (End::Outdated, Some(Cause::Outdated)),
        (CONVERGED, None),
    ] {
        story.begins();
        assert_eq!(story.ends(&end, 2).failed, end == failed);
        assert_eq!(story.begins(), Vec::from_iter(cause));
        story.ends(&end, 2);
    }
}

#[test]
fn the_condition_of_a_pass_is_told_with_its_end() {
    let story = Story::new();
    story.begins();
    let condition = Condition::new(status::Reason::HandlerFailed, "no");
    story.account.concludes(&parent(), &condition);
    let told = story.ends(&CONVERGED, 0).condition.unwrap();
    assert_eq!(
        (told.is_true, told.reason.as_str(), told.message.as_str()),
        (false, "HandlerFailed", "no")
    );
}

#[test]
fn a_parent_that_goes_is_told_at_once_and_a_child_that_goes_is_a_reason() {
    let story = Story::new();
    let child = json!({"metadata": {"name": "c", "uid": "C", "resourceVersion": "1"}});
    story.sees(Service, Some(&child), &child, true);
    let because = story.begins();
    assert!(
        matches!(&because[..], [Cause::Changed(change)] if change.what == What::Gone && change.object.kind == Service)
    );
    story.sees(FOO, Some(&object(1, 1)), &object(2, 1), true);
    assert!(matches!(story.told.try_recv(), Ok(Told::Gone(change)) if change.object == id()));
}

#[test]
fn the_values_of_a_secret_are_told_to_nobody() {
    let secret = |value: &str, version: &str| json!({"metadata": {"name": "s", "uid": "S", "resourceVersion": version}, "data": {"key": value}});
    let story = Story::new();
    story.sees(Secret, Some(&secret("a", "1")), &secret("b", "2"), false);
    let because = story.begins();
    let [Cause::Changed(change)] = &because[..] else {
        panic!("{because:?}");
    };
    assert_eq!(
        (change.fields[0].path.as_str(), &change.fields[0].values),
        ("data.key", &None)
    );
    assert!(!format!("{because:?}").contains("\"b\""));
}

#[test]
fn the_reasons_of_a_parent_that_is_not_worked_on_are_bounded() {
    let story = Story::new();
    for version in 1..100 {
        story.sees(
            FOO,
            Some(&object(version, version)),
            &object(version + 1, version + 1),
            false,
        );
    }
    assert_eq!(story.begins().len(), REASONS);
}
