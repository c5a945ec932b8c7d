//! What holds of the engine's values for any input, where examples would say less.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use proptest::{
    collection::{btree_map, vec},
    prelude::*,
};
use serde_json::{Map, Value, json};

use super::{
    diff,
    index::{Change, Index, KindId, Listing},
    queue::{Queue, Urgency},
};
use crate::{
    identity::Identity,
    k8s_types::core::v1::ConfigMap,
    object::{Object, ObjectKey, ResourceVersion, Uid},
};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        (-3.0..3.0).prop_map(|number: f64| json!(number)),
        "[a-c0-2]{0,3}m?".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            fields(inner).prop_map(Value::from),
        ]
    })
}

fn fields(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
    let name = prop_oneof![Just("name"), Just("port"), Just("limits"), Just("a")];
    btree_map(name.prop_map(String::from), value, 0..4)
        .prop_map(|fields| fields.into_iter().collect())
}

/// A merge patch as RFC 7386 defines its effect.
fn merged(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (name, value) in patch {
        if value.is_null() {
            target.as_object_mut().unwrap().remove(name);
        } else {
            merged(&mut target[name], value);
        }
    }
}

proptest! {
    #[test]
    fn a_merge_patch_makes_one_value_of_the_other(from in fields(value()), to in fields(value())) {
        let mut patched = Value::from(from.clone());
        let patch = diff::merge_patch(&from, &to);
        merged(&mut patched, &patch.clone().into());
        let patched = patched.as_object().unwrap().clone();
        // Equal but for how a number is written, which is not worth a request.
        prop_assert!(diff::merge_patch(&patched, &to).is_empty());
        prop_assert_eq!(patched.keys().collect::<Vec<_>>(), to.keys().collect::<Vec<_>>());
        prop_assert!(diff::merge_patch(&to, &to).is_empty());
    }

    #[test]
    fn a_value_covers_itself_and_whatever_the_server_adds_to_it(desired in value()) {
        prop_assert!(diff::covers(&desired, &desired));
        let mut observed = desired.clone();
        defaulted(&mut observed);
        prop_assert!(diff::covers(&desired, &observed));
    }
}

fn defaulted(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(defaulted);
            fields.insert("defaulted".into(), true.into());
        }
        Value::Array(items) => items.iter_mut().for_each(defaulted),
        _ => {}
    }
}

#[derive(Clone, Debug)]
enum Step {
    Add {
        who: u8,
        after: u64,
        urgency: Urgency,
    },
    Pop,
    Done {
        who: u8,
    },
    Remove {
        who: u8,
    },
    Pass {
        time: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0_u8..4, 0_u64..5, any::<bool>()).prop_map(|(who, after, urgent)| {
            let urgency = if urgent { Urgency::Urgent } else { Urgency::Routine };
            Step::Add { who, after, urgency }
        }),
        4 => Just(Step::Pop),
        3 => (0_u8..4).prop_map(|who| Step::Done { who }),
        1 => (0_u8..4).prop_map(|who| Step::Remove { who }),
        2 => (0_u64..4).prop_map(|time| Step::Pass { time }),
    ]
}

proptest! {
    #[test]
    fn the_queue_hands_nobody_out_twice_and_loses_nobody(steps in vec(step(), 0..60)) {
        let start = Instant::now();
        let mut now = start;
        let mut queue = Queue::default();
        let mut due: BTreeMap<Uid, Instant> = BTreeMap::new();
        let mut running: BTreeSet<Uid> = BTreeSet::new();
        let uid = |who: u8| Uid::from(who.to_string());
        for step in steps {
            match step {
                Step::Add { who, after, urgency } => {
                    let at = now + Duration::from_secs(after);
                    queue.add(&uid(who), at, urgency, now);
                    due.entry(uid(who)).and_modify(|old| *old = at.min(*old)).or_insert(at);
                }
                Step::Pop => {
                    let free = due.iter().filter(|(uid, _)| !running.contains(*uid));
                    let is_one_due = free.clone().any(|(_, at)| *at <= now);
                    let popped = queue.pop(now).map(|(uid, _)| uid);
                    prop_assert_eq!(popped.is_some(), is_one_due);
                    prop_assert!(popped.iter().all(|uid| due[uid] <= now));
                    if let Some(uid) = popped {
                        due.remove(&uid);
                        prop_assert!(running.insert(uid));
                    }
                }
                Step::Done { who } => {
                    running.remove(&uid(who));
                    queue.done(&uid(who));
                }
                Step::Remove { who } => {
                    due.remove(&uid(who));
                    queue.remove(&uid(who));
                }
                Step::Pass { time } => now += Duration::from_secs(time),
            }
            let free = due.iter().filter(|(uid, _)| !running.contains(*uid));
            prop_assert_eq!(queue.next_due(), free.map(|(_, at)| *at).min());
        }
    }
}

const CHILD: KindId = KindId(1);

/// What happens to an object of that number: it is made, or changed where it is there, or deleted.
#[derive(Clone, Debug)]
struct Event {
    name: u8,
    delete: bool,
    /// When the response of the write arrives: so many events later than the event of it, or earlier.
    response: i8,
}

fn event() -> impl Strategy<Value = Event> {
    (0_u8..3, prop::bool::weighted(0.4), -4_i8..5).prop_map(|(name, delete, response)| Event {
        name,
        delete,
        response,
    })
}

fn object(name: u8, uid: usize, version: usize) -> Object {
    let json = json!({"metadata": {"name": name.to_string(), "namespace": "ns", "uid": uid.to_string(),
        "labels": {"example.com/tracked-by": "op"}, "resourceVersion": version.to_string(),
        "ownerReferences": [{"uid": "P", "controller": true}]}});
    let identity = Identity::new("example.com", "op");
    Object::decode(&json.to_string(), ConfigMap, &identity).unwrap()
}

/// The objects that are there after each event, and the change that a watch tells of it.
fn history(events: &[Event]) -> (Vec<Change>, Vec<BTreeMap<u8, Object>>) {
    let mut there: BTreeMap<u8, Object> = BTreeMap::new();
    let mut states = vec![there.clone()];
    let mut changes = Vec::new();
    for (number, event) in events.iter().enumerate() {
        let version = number + 1;
        let uid = there
            .get(&event.name)
            .map_or(version, |object| object.uid.parse().unwrap());
        let object = object(event.name, uid, version);
        changes.push(if event.delete && there.remove(&event.name).is_some() {
            Change::Deleted(object.into())
        } else {
            there.insert(event.name, object.clone());
            Change::Applied(object.into())
        });
        states.push(there.clone());
    }
    (changes, states)
}

fn known(index: &Index) -> Vec<Object> {
    index
        .children(&"P".into())
        .map(|(_, known)| (*known.object).clone())
        .collect()
}

proptest! {
    /// The watch tells all events in order. The responses of the writes that caused them come whenever they
    /// do, and a list comes once in between. In the end the index shows what is there.
    #[test]
    fn the_index_ends_where_the_cluster_does_whenever_responses_come(
        events in vec(event(), 0..14),
        list_at in 0_usize..14,
        list_ahead in 0_usize..4,
    ) {
        let (changes, states) = history(&events);
        let mut responses: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, event) in events.iter().enumerate() {
            let at = number.saturating_add_signed(event.response.into()).min(events.len());
            responses.entry(at).or_default().push(number);
        }
        let mut index = Index::new(2);
        index.reset(CHILD, None, Listing::default(), &ResourceVersion::new("0"));
        let mut told = 0;
        for at in 0..=events.len() {
            for number in responses.get(&at).into_iter().flatten() {
                match &changes[*number] {
                    Change::Applied(object) => index.fold(CHILD, object.clone(), None),
                    Change::Deleted(object) => {
                        let key = ObjectKey::new(Some("ns"), &object.key.name);
                        index.forget(CHILD, &key, &object.uid);
                    }
                }
            }
            if at == list_at && told <= at {
                told = (at + list_ahead).min(events.len());
                let listed = index.listing(CHILD, states[told].values().cloned().collect());
                index.reset(CHILD, None, listed, &ResourceVersion::new(&told.to_string()));
            }
            if at < events.len() && at >= told {
                let (Change::Applied(object) | Change::Deleted(object)) = &changes[at];
                index.apply(CHILD, match &changes[at] {
                    Change::Applied(_) => Change::Applied(object.clone()),
                    Change::Deleted(_) => Change::Deleted(object.clone()),
                });
            }
        }
        let there: Vec<Object> = states[events.len()].values().cloned().collect();
        prop_assert_eq!(known(&index), there);
    }
}
