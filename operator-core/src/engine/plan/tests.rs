//! What a plan does, strategy by strategy. Here: what all of them share, and how the stories are told.

mod apply;
mod on_delete;
mod recreate;
mod replace;

use serde_json::json;

use super::*;
use crate::{K8sType, engine::desired};

const KIND: KindId = KindId(1);
const OTHER: KindId = KindId(2);
const THING: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Thing",
    plural_kind: "things",
};
const GADGET: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Gadget",
    plural_kind: "gadgets",
};

const STRATEGIES: [UpdateStrategy; 4] = [
    UpdateStrategy::Apply,
    UpdateStrategy::Replace,
    UpdateStrategy::Recreate,
    UpdateStrategy::OnDelete,
];

fn identity() -> Identity {
    Identity::new("example.com", "op")
}

/// One parent's children of one kind, treated by one strategy.
struct Story {
    rules: Vec<(KindId, KindRule)>,
    observed: Vec<(KindId, Known)>,
    desired: Vec<Arc<DesiredChild>>,
    findings: Findings,
}

impl Story {
    fn of(strategy: UpdateStrategy) -> Self {
        let rule = |kind| KindRule {
            kind,
            strategy,
            namespaced: Some(true),
            suspended: None,
        };
        Self {
            rules: vec![(KIND, rule(THING)), (OTHER, rule(GADGET))],
            observed: Vec::new(),
            desired: Vec::new(),
            findings: Findings::new(),
        }
    }

    /// Says what should exist, whole.
    fn wants(mut self, children: &[Value]) -> Self {
        let json = json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P", "resourceVersion": "1"}});
        let parent = Object::decode(&json.to_string(), THING, &identity()).unwrap();
        let parent = desired::Parent {
            kind: THING,
            object: &parent,
            within: None,
        };
        self.desired =
            desired::check(&parent, children.to_vec(), &self.rules, &identity()).unwrap();
        self
    }

    /// Adds an object that is there; `last` is what is known of our last write of it.
    fn sees(mut self, object: &Stored, last: Option<LastWrite>) -> Self {
        let kind = if object.0["kind"] == GADGET.kind {
            OTHER
        } else {
            KIND
        };
        let object = Arc::new(object.object());
        self.observed.push((kind, Known { object, last }));
        self
    }

    fn found(mut self, name: &str, finding: Finding) -> Self {
        self.findings.insert((KIND, key(name)), finding);
        self
    }

    fn suspended(mut self, why: &str) -> Self {
        self.rules[0].1.suspended = Some(why.into());
        self
    }

    /// The object as the server stores it when the first desired child is written.
    fn stored(&self) -> Stored {
        Stored::of(&self.desired[0])
    }

    fn plan(&self) -> Plan {
        plan(&Input {
            identity: &identity(),
            rules: &self.rules,
            observed: &self.observed,
            desired: &self.desired,
            findings: &self.findings,
        })
    }

    /// The operations, in words; everything else has to be empty.
    fn does(&self) -> Vec<String> {
        let plan = self.plan();
        assert_eq!((plan.settled.len(), plan.waiting.len()), (0, 0), "{plan:?}");
        plan.operations.iter().map(told).collect()
    }

    /// What is remembered without any request.
    fn settles(&self) -> LastWrite {
        let mut plan = self.plan();
        assert_eq!(
            (plan.operations.len(), plan.waiting.len()),
            (0, 0),
            "{plan:?}"
        );
        assert_eq!(plan.settled.len(), 1);
        plan.settled.remove(0).3
    }

    /// What can't be written yet; nothing is written.
    fn waits(&self) -> Vec<Waiting> {
        let plan = self.plan();
        assert_eq!(
            (plan.operations.len(), plan.settled.len()),
            (0, 0),
            "{plan:?}"
        );
        plan.waiting.into_iter().map(|(.., why)| why).collect()
    }
}

/// An object as the server has it.
#[derive(Clone)]
struct Stored(Value);

impl Stored {
    fn of(child: &DesiredChild) -> Self {
        let mut object = child.body.clone();
        object["metadata"]["uid"] = format!("uid-{}", child.key.name).into();
        object["metadata"]["resourceVersion"] = "10".into();
        object["metadata"]["generation"] = 1.into();
        object["metadata"]["managedFields"] = json!([{"manager": "op", "operation": "Apply",
            "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        Self(object)
    }

    /// The object after somebody's write of it.
    fn after(&self, version: u64, edit: impl FnOnce(&mut Value)) -> Self {
        let mut object = self.0.clone();
        edit(&mut object);
        object["metadata"]["resourceVersion"] = version.to_string().into();
        Self(object)
    }

    /// The object after a stranger took a field of ours by a write of their own.
    fn taken(&self, version: u64, replicas: i64) -> Self {
        self.after(version, |object| {
            object["spec"]["replicas"] = replicas.into();
            object["metadata"]["generation"] = 2.into();
            object["metadata"]["managedFields"] = json!([
                {"manager": "op", "operation": "Apply", "fieldsV1": {"f:spec": {}}},
                {"manager": "kubectl", "operation": "Update", "fieldsV1": {"f:spec": {"f:replicas": {}}}},
            ]);
        })
    }

    /// The object after its label was removed, as somebody may.
    fn stripped(&self) -> Self {
        self.after(11, |object| object["metadata"]["labels"] = json!({}))
    }

    fn terminating(&self) -> Self {
        self.after(11, |object| {
            object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        })
    }

    fn object(&self) -> Object {
        Object::decode(&self.0.to_string(), THING, &identity()).unwrap()
    }

    /// What a write that returned this object leaves to remember, by the strategy that wrote it.
    fn last(&self, strategy: UpdateStrategy) -> LastWrite {
        let object = self.object();
        match strategy {
            UpdateStrategy::Replace => LastWrite::Replaced {
                whole: whole(&object.value(), &identity()),
            },
            _ => LastWrite::Applied {
                entry: object.entry,
                generation: object.generation,
            },
        }
    }
}

fn thing(name: &str, replicas: i64) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": name},
        "spec": {"replicas": replicas}})
}

fn gadget(name: &str) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": name}})
}

fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Some("ns"), name)
}

fn told(operation: &Operation) -> String {
    let name = &operation.key.name;
    let once_more = |again: &bool| if *again { " again" } else { "" };
    match &operation.action {
        Action::Create(child) => format!("create {name} {}", child.body["spec"]["replicas"]),
        Action::Post(child) => format!("post {name} {}", child.body["spec"]["replicas"]),
        Action::Apply { child, uid, again } => format!(
            "apply {name} {} to {uid}{}",
            child.body["spec"]["replicas"],
            once_more(again)
        ),
        Action::Put {
            child,
            observed,
            again,
        } => format!(
            "put {name} {} at {}{}",
            child.body["spec"]["replicas"],
            observed.resource_version.as_str(),
            once_more(again)
        ),
        Action::TryApply {
            observed,
            recreates,
            ..
        } => format!(
            "try apply {name} at {}{}",
            observed.resource_version.as_str(),
            if *recreates { " to recreate" } else { "" }
        ),
        Action::TryPut { observed, .. } => {
            format!("try put {name} at {}", observed.resource_version.as_str())
        }
        Action::Track { observed } => format!("track {name} of {}", observed.uid),
        Action::Delete { uid, again } => format!("delete {name} of {uid}{}", once_more(again)),
    }
}

fn tried(version: &str, changes: bool) -> Finding {
    Finding::Tried {
        at: ResourceVersion::new(version),
        changes,
    }
}

#[test]
fn an_absent_child_is_created_by_whatever_strategy() {
    for strategy in STRATEGIES {
        let verb = if strategy == UpdateStrategy::Replace {
            "post"
        } else {
            "create"
        };
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        assert_eq!(story.does(), [format!("{verb} a 1")]);
    }
}

#[test]
fn a_child_as_it_was_last_written_costs_no_request() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story.stored();
        let story = story.sees(&there, Some(there.last(strategy)));
        assert!(story.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_change_of_status_or_a_strangers_label_is_nobodys_business() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story.stored();
        let now = there.after(11, |object| {
            object["status"] = json!({"ready": 1});
            object["metadata"]["labels"]["team"] = "x".into();
            object["metadata"]["annotations"]["seen"] = "y".into();
        });
        let story = story.sees(&now, Some(there.last(strategy)));
        assert!(story.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_child_that_should_not_exist_is_deleted_once() {
    for strategy in STRATEGIES {
        let there = Story::of(strategy).wants(&[thing("a", 1)]).stored();
        let story = Story::of(strategy).sees(&there, None);
        assert_eq!(story.does(), ["delete a of uid-a"]);
        let going = Story::of(strategy).sees(&there.terminating(), None);
        assert!(going.does().is_empty(), "{strategy:?}");
    }
}

#[test]
fn a_child_that_is_being_deleted_is_waited_for() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("a", 2)]);
        let there = story.stored().terminating();
        assert_eq!(story.sees(&there, None).waits(), [Waiting::Terminating]);
    }
}

#[test]
fn nothing_of_a_suspended_kind_is_written_and_the_plan_says_what_waits_for_it() {
    let why = Waiting::Suspended("no watch".into());
    for strategy in STRATEGIES {
        let story = Story::of(strategy).wants(&[thing("new", 1), thing("changed", 2)]);
        let old = Story::of(strategy).wants(&[thing("changed", 1)]).stored();
        let unwanted = Story::of(strategy).wants(&[thing("unwanted", 1)]).stored();
        let story = story
            .sees(&old, Some(old.last(strategy)))
            .sees(&unwanted, None);
        // A prune waits as a creation does: else nobody would know that it is still to be done.
        assert_eq!(
            story.suspended("no watch").waits(),
            [why.clone(), why.clone(), why.clone()]
        );
    }
}

#[test]
fn the_siblings_of_a_suspended_kind_are_written() {
    let story = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1), gadget("b")])
        .suspended("no watch")
        .plan();
    assert_eq!(
        story.operations.iter().map(told).collect::<Vec<_>>(),
        ["create b null"]
    );
    assert_eq!(story.waiting.len(), 1);
}

#[test]
fn a_taken_name_is_left_alone() {
    for strategy in STRATEGIES {
        let story = Story::of(strategy)
            .wants(&[thing("a", 1), thing("b", 1)])
            .found("a", Finding::Taken("somebody's".into()));
        let plan = story.plan();
        assert_eq!(plan.operations.len(), 1, "its sibling is made");
        assert_eq!(plan.waiting[0].2, Waiting::Taken("somebody's".into()));
    }
}

#[test]
fn a_taken_name_that_turns_out_to_be_ours_is_ours() {
    let story = Story::of(UpdateStrategy::Apply).wants(&[thing("a", 2)]);
    let old = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1)])
        .stored();
    let story = story
        .found("a", Finding::Taken("somebody's".into()))
        .sees(&old, Some(old.last(UpdateStrategy::Apply)));
    assert_eq!(story.does(), ["apply a 2 to uid-a"]);
}

#[test]
fn a_child_that_is_fought_over_waits_unless_it_is_as_it_should_be() {
    let rival = || Finding::Contended("kubectl".into());
    for strategy in [UpdateStrategy::Apply, UpdateStrategy::Replace] {
        let story = || Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story().stored();
        let fought = story()
            .sees(&there.taken(11, 5), Some(there.last(strategy)))
            .found("a", rival());
        assert_eq!(fought.waits(), [Waiting::Contended("kubectl".into())]);
        let calm = story()
            .sees(&there, Some(there.last(strategy)))
            .found("a", rival());
        assert!(calm.does().is_empty());
    }
}

#[test]
fn what_should_exist_comes_first_in_the_handlers_order_and_then_what_should_not_by_kind_and_name() {
    let strategy = UpdateStrategy::Apply;
    let old = Story::of(strategy).wants(&[thing("z", 1), gadget("y"), thing("x", 1)]);
    let unwanted: Vec<Stored> = old.desired.iter().map(|child| Stored::of(child)).collect();
    let story = Story::of(strategy).wants(&[gadget("c"), thing("b", 1), thing("a", 1)]);
    // As the index gives them: by kind, namespace and name.
    let story = story
        .sees(&unwanted[2], None)
        .sees(&unwanted[0], None)
        .sees(&unwanted[1], None);
    assert_eq!(
        story.does(),
        [
            "create c null",
            "create b 1",
            "create a 1",
            "delete x of uid-x",
            "delete z of uid-z",
            "delete y of uid-y",
        ]
    );
}

#[test]
fn a_dry_run_counts_for_the_version_that_it_was_made_of() {
    for strategy in [
        UpdateStrategy::Apply,
        UpdateStrategy::Replace,
        UpdateStrategy::Recreate,
    ] {
        let story = Story::of(strategy).wants(&[thing("a", 1)]);
        let there = story
            .stored()
            .after(12, |object| object["spec"]["replicas"] = 7.into());
        let story = story.sees(&there, None).found("a", tried("11", true));
        assert!(story.does()[0].starts_with("try "), "{strategy:?}");
    }
}

#[test]
fn what_a_dry_run_changes_of_the_servers_or_the_engines_marks_is_no_change() {
    let there = Story::of(UpdateStrategy::Apply)
        .wants(&[thing("a", 1)])
        .stored();
    let marked = there.after(11, |object| {
        object["metadata"]["generation"] = 9.into();
        object["metadata"]["managedFields"] = json!([]);
        object["metadata"]["annotations"]["example.com/applied"] = "other".into();
        object["metadata"]["labels"] = json!({});
    });
    assert!(!changes(&there.0, &marked.0, &identity()));
    let edited = there.after(11, |object| object["spec"]["replicas"] = 2.into());
    assert!(changes(&there.0, &edited.0, &identity()));
    let labelled = there.after(11, |object| {
        object["metadata"]["labels"]["team"] = "x".into();
    });
    assert!(changes(&there.0, &labelled.0, &identity()));
}
