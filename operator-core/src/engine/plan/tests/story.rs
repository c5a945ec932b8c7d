//! How the stories of plans are told: what is wanted, what is there, and what the plan does, in words.

use serde_json::json;

use crate::{K8sType, engine::desired, handler::Said};

use super::super::*;

pub(super) const KIND: KindId = KindId(1);
pub(super) const OTHER: KindId = KindId(2);
pub(super) const THING: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Thing",
    plural_kind: "things",
};
pub(super) const GADGET: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Gadget",
    plural_kind: "gadgets",
};

pub(super) const STRATEGIES: [UpdateStrategy; 4] = [
    UpdateStrategy::Apply,
    UpdateStrategy::Replace,
    UpdateStrategy::Recreate,
    UpdateStrategy::OnDelete,
];

pub(super) fn identity() -> Identity {
    Identity::new("example.com", "op")
}

/// One parent's children of one kind, treated by one strategy.
pub(super) struct Story {
    rules: Vec<(KindId, KindRule)>,
    observed: Vec<(KindId, Known)>,
    pub(super) desired: Vec<Arc<DesiredChild>>,
    findings: Findings,
}

impl Story {
    pub(super) fn of(strategy: UpdateStrategy) -> Self {
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
    pub(super) fn wants(mut self, children: &[Value]) -> Self {
        let json = json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P", "resourceVersion": "1"}});
        let parent = Object::decode(&json.to_string(), THING, &identity()).unwrap();
        let parent = desired::Parent {
            kind: THING,
            object: &parent,
            within: None,
        };
        let said: Vec<Said> = children.iter().map(Said::raw).collect();
        self.desired = desired::check(&parent, &said, &self.rules, &identity()).unwrap();
        self
    }

    /// Adds an object that is there; `last` is what is known of our last write of it.
    pub(super) fn sees(mut self, object: &Stored, last: Option<LastWrite>) -> Self {
        let kind = if object.0["kind"] == GADGET.kind {
            OTHER
        } else {
            KIND
        };
        let object = Arc::new(object.object());
        self.observed.push((kind, Known { object, last }));
        self
    }

    pub(super) fn found(mut self, name: &str, finding: Finding) -> Self {
        self.findings.insert((KIND, key(name)), finding);
        self
    }

    pub(super) fn suspended(mut self, why: &str) -> Self {
        self.rules[0].1.suspended = Some(why.into());
        self
    }

    /// The object as the server stores it when the first desired child is written.
    pub(super) fn stored(&self) -> Stored {
        Stored::of(&self.desired[0])
    }

    pub(super) fn plan(&self) -> Plan {
        plan(&Input {
            identity: &identity(),
            rules: &self.rules,
            observed: &self.observed,
            desired: &self.desired,
            findings: &self.findings,
        })
    }

    /// The operations, in words; everything else has to be empty.
    pub(super) fn does(&self) -> Vec<String> {
        let plan = self.plan();
        assert_eq!((plan.settled.len(), plan.waiting.len()), (0, 0), "{plan:?}");
        plan.operations.iter().map(told).collect()
    }

    /// What is remembered without any request.
    pub(super) fn settles(&self) -> LastWrite {
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
    pub(super) fn waits(&self) -> Vec<Waiting> {
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
pub(super) struct Stored(pub(super) Value);

impl Stored {
    pub(super) fn of(child: &DesiredChild) -> Self {
        let mut object = child.value();
        object["metadata"]["uid"] = format!("uid-{}", child.key.name).into();
        object["metadata"]["resourceVersion"] = "10".into();
        object["metadata"]["generation"] = 1.into();
        object["metadata"]["managedFields"] = json!([{"manager": "op", "operation": "Apply",
            "fieldsV1": {"f:spec": {"f:replicas": {}}}}]);
        Self(object)
    }

    /// The object after somebody's write of it.
    pub(super) fn after(&self, version: u64, edit: impl FnOnce(&mut Value)) -> Self {
        let mut object = self.0.clone();
        edit(&mut object);
        object["metadata"]["resourceVersion"] = version.to_string().into();
        Self(object)
    }

    /// The object after a stranger took a field of ours by a write of their own.
    pub(super) fn taken(&self, version: u64, replicas: i64) -> Self {
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
    pub(super) fn stripped(&self) -> Self {
        self.after(11, |object| object["metadata"]["labels"] = json!({}))
    }

    pub(super) fn terminating(&self) -> Self {
        self.after(11, |object| {
            object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z".into();
        })
    }

    pub(super) fn object(&self) -> Object {
        Object::decode(&self.0.to_string(), THING, &identity()).unwrap()
    }

    /// What a write that returned this object leaves to remember, by the strategy that wrote it.
    pub(super) fn last(&self, strategy: UpdateStrategy) -> LastWrite {
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

pub(super) fn thing(name: &str, replicas: i64) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": name},
        "spec": {"replicas": replicas}})
}

pub(super) fn gadget(name: &str) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": name}})
}

pub(super) fn key(name: &str) -> ObjectKey {
    ObjectKey::new(Some("ns"), name)
}

pub(super) fn told(operation: &Operation) -> String {
    let name = &operation.key.name;
    match &operation.action {
        Action::Create(child) => format!("create {name} {}", child.value()["spec"]["replicas"]),
        Action::Post(child) => format!("post {name} {}", child.value()["spec"]["replicas"]),
        Action::Apply { child, uid } => {
            format!(
                "apply {name} {} to {uid}",
                child.value()["spec"]["replicas"]
            )
        }
        Action::Put { child, observed } => format!(
            "put {name} {} at {}",
            child.value()["spec"]["replicas"],
            observed.resource_version,
        ),
        Action::TryApply {
            observed,
            recreates,
            ..
        } => format!(
            "try apply {name} at {}{}",
            observed.resource_version,
            if *recreates { " to recreate" } else { "" }
        ),
        Action::TryPut { observed, .. } => {
            format!("try put {name} at {}", observed.resource_version)
        }
        Action::Track { observed } => format!("track {name} of {}", observed.uid),
        Action::Delete { uid, .. } => format!("delete {name} of {uid}"),
    }
}

pub(super) fn dry_run(version: &str, changes: bool) -> Finding {
    Finding::Tried {
        at: ResourceVersion::new(version),
        changes,
    }
}
