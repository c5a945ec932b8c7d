use serde_json::json;

use super::*;
use crate::{K8sType, k8s_types::core::v1::Service, runtime::PassCondition};

const ECHO: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "EchoServer",
    plural_kind: "echoservers",
};

fn object(kind: &'static K8sType, namespace: &str) -> ObjectId {
    ObjectId {
        kind,
        namespace: Some(namespace.into()),
        name: "hello".into(),
    }
}

fn hello() -> ObjectId {
    object(ECHO, "default")
}

fn change(object: ObjectId, what: What, by: &[&str]) -> Change {
    Change {
        object,
        what,
        by: by.iter().map(|&by| by.to_owned()).collect(),
        generation: (None, None),
        fields: Vec::new(),
    }
}

fn field(path: &str, before: Value, after: Value) -> FieldChange {
    FieldChange {
        path: path.into(),
        values: Some((before, after)),
    }
}

fn answered(verb: Verb, object: ObjectId, answer: Answer) -> Answered {
    Answered {
        verb,
        object,
        subresource: None,
        dry_run: false,
        answer,
        took: Duration::from_millis(3),
    }
}

fn ended(condition: Option<(bool, &str, &str)>, failed: bool, again: Option<u64>) -> PassEnd {
    PassEnd {
        work: Work::Sync,
        condition: condition.map(|(is_true, reason, message)| PassCondition {
            is_true,
            reason: reason.into(),
            message: message.into(),
        }),
        failed,
        again: again.map(Duration::from_millis),
        gone: false,
        took: Duration::from_millis(12),
    }
}

#[test]
fn a_time_is_said_as_long_as_it_is_worth() {
    let said = [0.0002, 0.003, 1.25, 42.0, 3599.0, 7300.0]
        .map(|seconds| duration(Duration::from_secs_f64(seconds)));
    assert_eq!(said, ["<1 ms", "3 ms", "1.2 s", "42 s", "59 min", "2 h"]);
}

#[test]
fn a_parent_that_somebody_changed_says_who_and_what() {
    let created = Cause::Changed(change(hello(), What::Created, &["kubectl"]));
    assert_eq!(because(&hello(), &[created]), "created by kubectl");
    let changed = Change {
        generation: (Some(1), Some(2)),
        fields: vec![field("spec.replicas", json!(2), json!(3))],
        ..change(hello(), What::Changed, &["kubectl-patch"])
    };
    assert_eq!(
        because(&hello(), &[Cause::Changed(changed)]),
        "changed by kubectl-patch: spec.replicas 2 → 3 (generation 1 → 2)"
    );
}

#[test]
fn a_child_is_named_and_its_namespace_only_where_it_is_another() {
    let gone = Cause::Changed(change(object(Service, "default"), What::Gone, &[]));
    assert_eq!(because(&hello(), &[gone]), "its Service hello is gone");
    let elsewhere = Cause::Changed(change(object(Service, "other"), What::Deleting, &[]));
    assert_eq!(
        because(&hello(), &[elsewhere]),
        "its Service other/hello is being deleted"
    );
}

#[test]
fn fields_that_come_and_go_are_said_so_and_long_ones_are_cut() {
    let fields = vec![
        field("a", json!(null), json!("x")),
        field("b", json!(1), json!(null)),
        field("c", json!("x".repeat(50)), json!([])),
        field("d", json!(1), json!(2)),
    ];
    let changed = Change {
        fields,
        ..change(hello(), What::Changed, &[])
    };
    let cut = "x".repeat(40);
    assert_eq!(
        super::changed(&changed),
        format!("changed: a = x, b removed, c {cut}… → [], …")
    );
}

#[test]
fn several_reasons_are_named_up_to_a_few() {
    let causes = [
        Cause::Listed,
        Cause::Resync,
        Cause::Retry { failures: 3 },
        Cause::Waited,
    ];
    assert_eq!(
        because(&hello(), &causes),
        "found in a list and looked at again, as its handler asked and tried again after 3 failures and 1 more"
    );
}

#[test]
fn a_write_says_what_became_of_the_child_and_what_was_answered() {
    let said = |one: &Answered| request(&hello(), one).map(|said| said.text);
    let service = || object(Service, "default");
    let created = answered(Verb::Apply, service(), Answer::Done(201));
    assert_eq!(
        said(&created).as_deref(),
        Some("Service hello created (201, 3 ms)")
    );
    let applied = answered(Verb::Apply, service(), Answer::Done(200));
    assert_eq!(
        said(&applied).as_deref(),
        Some("Service hello applied (200, 3 ms)")
    );
    let status = Answered {
        subresource: Some("status".into()),
        ..answered(Verb::Patch, hello(), Answer::Done(200))
    };
    assert_eq!(said(&status).as_deref(), Some("status written (200, 3 ms)"));
    let refused = answered(
        Verb::Apply,
        service(),
        Answer::Refused(422, "no port".into()),
    );
    assert_eq!(
        said(&refused).as_deref(),
        Some("Service hello: apply refused (422, 3 ms): no port")
    );
    let looked = answered(Verb::Get, service(), Answer::Done(200));
    assert_eq!(said(&looked), None);
}

#[test]
fn an_end_says_the_condition_and_when_it_goes_on() {
    let synced = ended(Some((true, "Synced", "")), false, None);
    assert_eq!(
        end(&synced, false),
        Said::new(Tone::Good, "synced in 12 ms")
    );
    let failed = ended(
        Some((false, "HandlerFailed", "no database")),
        true,
        Some(400),
    );
    assert_eq!(
        end(&failed, false),
        Said::new(
            Tone::Bad,
            "not synced: HandlerFailed: no database; again in 400 ms"
        )
    );
    assert_eq!(
        end(&failed, true).text,
        "not synced: HandlerFailed; again in 400 ms"
    );
    let for_good = ended(Some((false, "HandlerFailed", "no")), true, None);
    assert_eq!(
        end(&for_good, false).text,
        "not synced: HandlerFailed: no; again when it changes"
    );
    let outdated = ended(None, false, Some(0));
    assert_eq!(end(&outdated, false).text, "broken off; again at once");
}

#[test]
fn a_parent_that_was_finalized_is_gone() {
    let pass = PassEnd {
        work: Work::Finalize,
        gone: true,
        ..ended(None, false, None)
    };
    assert_eq!(end(&pass, false).text, "finalized and gone in 12 ms");
}
