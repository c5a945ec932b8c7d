//! The store beside a naive one that keeps a copy of everything at every revision.

use std::collections::BTreeMap;

use proptest::{collection::vec, prelude::*};
use serde_json::json;

use super::*;

const NAMESPACES: [&str; 4] = ["a", "a-b", "a0", "b"];
const NAMES: [&str; 4] = ["w", "x", "x.y", "z"];
const KINDS: usize = 2;

#[derive(Clone, Debug)]
enum Step {
    Put(usize, &'static str, &'static str, u8),
    Delete(usize, &'static str, &'static str),
    Compact(u64),
    Trim(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let place = || {
        let namespace = proptest::sample::select(&NAMESPACES[..]);
        (0..KINDS, namespace, proptest::sample::select(&NAMES[..]))
    };
    let put = (place(), any::<u8>());
    let step = prop_oneof![
        6 => put.prop_map(|((kind, ns, name), n)| Step::Put(kind, ns, name, n)),
        3 => place().prop_map(|(kind, ns, name)| Step::Delete(kind, ns, name)),
        1 => (0_u64..60).prop_map(Step::Compact),
        1 => (0_u64..30).prop_map(Step::Trim),
    ];
    vec(step, 0..60)
}

type Snapshot = BTreeMap<String, Bytes>;

/// What happened at a revision: the kind, the change, the key, the object, and the object before.
type Happened = (usize, Change, String, Bytes, Option<Bytes>);

#[derive(Default)]
struct Naive {
    /// By revision, starting with 0: the objects of each kind.
    snapshots: Vec<[Snapshot; KINDS]>,
    happened: BTreeMap<u64, Happened>,
    compacted: u64,
}

impl Naive {
    fn revision(&self) -> u64 {
        self.snapshots.len() as u64 - 1
    }

    fn change(&mut self, happened: Happened) {
        let mut next = self.snapshots.last().unwrap().clone();
        let (kind, change, key, object, _) = happened.clone();
        match change {
            Change::Deleted => next[kind].remove(&key),
            _ => next[kind].insert(key, object),
        };
        self.snapshots.push(next);
        self.happened.insert(self.revision(), happened);
    }
}

fn bytes(namespace: &str, name: &str, revision: u64, number: u8) -> Bytes {
    let version = revision.to_string();
    let metadata = json!({"name": name, "namespace": namespace, "resourceVersion": version});
    Bytes::from(json!({"data": number, "metadata": metadata}).to_string())
}

fn run(steps: &[Step]) -> (Store, Naive, Vec<Collection>) {
    let mut store = Store::new();
    let kinds = vec![
        store.collection("", "pods"),
        store.collection("apps", "pods"),
    ];
    let mut naive = Naive::default();
    naive.snapshots.resize_with(2, Default::default);
    for step in steps {
        match *step {
            Step::Put(kind, namespace, name, number) => {
                let revision = store.next_revision();
                let object = bytes(namespace, name, revision, number);
                let put = store.put(kinds[kind], namespace, name, object.clone());
                assert_eq!(put, revision);
                let key = format!("{namespace}/{name}");
                let previous = naive.snapshots.last().unwrap()[kind].get(&key).cloned();
                let change = match previous {
                    Some(_) => Change::Modified,
                    None => Change::Created,
                };
                naive.change((kind, change, key, object, previous));
            }
            Step::Delete(kind, namespace, name) => {
                let key = format!("{namespace}/{name}");
                let previous = naive.snapshots.last().unwrap()[kind].get(&key).cloned();
                let deleted = store.delete(kinds[kind], namespace, name).cloned();
                assert_eq!(deleted.is_some(), previous.is_some());
                let Some(deleted) = deleted else { continue };
                let mut last = encoding::decode(previous.as_ref().unwrap());
                last["metadata"]["resourceVersion"] = deleted.revision.to_string().into();
                let object = Bytes::from(last.to_string());
                naive.change((kind, Change::Deleted, key, object, previous));
            }
            Step::Compact(revision) => {
                store.compact(revision);
                naive.compacted = naive.compacted.max(revision.min(naive.revision()));
            }
            Step::Trim(events) => {
                store.trim(events);
                let oldest = naive.revision().saturating_sub(events);
                naive.compacted = naive.compacted.max(oldest);
            }
        }
        assert_eq!(store.revision(), naive.revision());
        assert_eq!(store.compacted, naive.compacted);
    }
    (store, naive, kinds)
}

/// All pages of a list, as a client asks for them.
fn pages(store: &Store, kind: Collection, namespace: &str, at: u64, limit: usize) -> Vec<Bytes> {
    let (mut found, mut from, mut total) = (Vec::new(), String::new(), None);
    loop {
        let objects = store.list(kind, namespace, &from, At::Exactly(at)).unwrap();
        let page = objects.page(Some(limit), |_| true);
        assert!(page.objects.len() <= limit);
        found.extend(page.objects.iter().map(|bytes| (*bytes).clone()));
        let remaining = page.remaining_item_count(true);
        let all = found.len() + remaining.unwrap_or(0);
        assert_eq!(*total.get_or_insert(all), all);
        let Some(token) = page.continue_token(namespace) else {
            return found;
        };
        let next = continue_token::decode(&token).unwrap();
        assert_eq!(next.revision, Some(at));
        from = next.from;
    }
}

proptest! {
    #[test]
    fn a_list_shows_its_revision_whatever_came_later(steps in steps(), limit in 1_usize..5) {
        let (store, naive, kinds) = run(&steps);
        for revision in 1..=naive.revision() {
            for (at, kind) in kinds.iter().enumerate() {
                for namespace in ["", "a", "a-b", "a0", "b", "none"] {
                    let list = store.list(*kind, namespace, "", At::Exactly(revision));
                    if revision < naive.compacted {
                        let (asked, oldest) = (revision, naive.compacted);
                        let gone = Unavailable::Compacted { asked, oldest };
                        prop_assert_eq!(list.err(), Some(gone));
                        continue;
                    }
                    let snapshot = naive.snapshots[usize::try_from(revision).unwrap()][at].iter();
                    let inside = |key: &str| namespace.is_empty() || key.split('/').next() == Some(namespace);
                    let wanted: Vec<(&str, &Bytes)> = snapshot
                        .map(|(key, bytes)| (key.as_str(), bytes))
                        .filter(|(key, _)| inside(key))
                        .collect();
                    let list: Vec<(&str, &Bytes)> = list.unwrap().collect();
                    prop_assert_eq!(&list, &wanted);
                    let pages = pages(&store, *kind, namespace, revision, limit);
                    let wanted: Vec<Bytes> = wanted.into_iter().map(|(_, bytes)| bytes.clone()).collect();
                    prop_assert_eq!(pages, wanted);
                }
            }
        }
    }

    #[test]
    fn the_log_holds_every_change_of_a_kind_once_and_in_order(steps in steps()) {
        let (store, naive, kinds) = run(&steps);
        for after in 0..=naive.revision() + 1 {
            for (at, kind) in kinds.iter().enumerate() {
                let events = store.events(*kind, after);
                if after < naive.compacted {
                    prop_assert!(events.is_err());
                    continue;
                }
                let events: Vec<(u64, Happened)> = events.unwrap().map(|event| {
                    let (object, previous) = (event.object.clone(), event.previous.clone());
                    let key = format!("{}/{}", event.namespace(), event.name());
                    (event.revision, (at, event.change, key, object, previous))
                }).collect();
                let wanted: Vec<(u64, Happened)> = naive.happened.range(after + 1..)
                    .filter(|(_, happened)| happened.0 == at)
                    .map(|(revision, happened)| (*revision, happened.clone()))
                    .collect();
                prop_assert_eq!(events, wanted);
            }
        }
    }

    #[test]
    fn a_get_finds_what_was_put_last(steps in steps()) {
        let (store, naive, kinds) = run(&steps);
        for (at, kind) in kinds.iter().enumerate() {
            let snapshot = &naive.snapshots.last().unwrap()[at];
            prop_assert_eq!(store.kinds[kind.0].objects.len(), snapshot.len());
            for namespace in NAMESPACES {
                for name in NAMES {
                    let found = store.get(*kind, namespace, name);
                    let wanted = snapshot.get(&format!("{namespace}/{name}"));
                    prop_assert_eq!(found.map(|stored| &stored.bytes), wanted);
                    if let Some(stored) = found {
                        let object = encoding::decode(&stored.bytes);
                        let version = crate::object::resource_version(&object).to_owned();
                        prop_assert_eq!(version, stored.revision.to_string());
                    }
                }
            }
        }
    }
}

#[test]
fn a_fresh_store_is_at_revision_1_and_empty() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    assert_eq!((store.revision(), store.next_revision()), (1, 2));
    assert_eq!(store.list(pods, "", "", At::Latest).unwrap().count(), 0);
    assert_eq!(store.events(pods, 1).unwrap().count(), 0);
}

#[test]
fn a_kind_has_one_collection() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    let other = store.collection("metrics.k8s.io", "pods");
    assert_ne!(pods, other);
    assert_eq!(store.collection("", "pods"), pods);
    assert_eq!(store.find_collection("metrics.k8s.io", "pods"), Some(other));
    assert_eq!(store.find_collection("", "nodes"), None);
    let all: Vec<_> = store.collections().collect();
    assert_eq!(all, [(pods, "", "pods"), (other, "metrics.k8s.io", "pods")]);
}

#[test]
fn keys_are_in_the_order_of_their_bytes() {
    let mut store = Store::new();
    let maps = store.collection("", "configmaps");
    for namespace in ["a", "a-b", "b"] {
        store.put(maps, namespace, "x", Bytes::from_static(b"{}"));
    }
    let keys: Vec<&str> = store
        .list(maps, "", "", At::Latest)
        .unwrap()
        .map(|(key, _)| key)
        .collect();
    assert_eq!(keys, ["a-b/x", "a/x", "b/x"]);
}

#[test]
fn cluster_scoped_objects_have_their_name_as_their_key() {
    let mut store = Store::new();
    let nodes = store.collection("", "nodes");
    for name in ["n1", "n2"] {
        store.put(nodes, "", name, Bytes::from_static(b"{}"));
    }
    let page = store
        .list(nodes, "", "", At::Latest)
        .unwrap()
        .page(Some(1), |_| true);
    let token = continue_token::decode(&page.continue_token("").unwrap()).unwrap();
    assert_eq!((token.revision, token.from.as_str()), (Some(3), "n1\0"));
    let event = store.delete(nodes, "", "n1").unwrap();
    assert_eq!((event.namespace(), event.name()), ("", "n1"));
}

#[test]
fn a_revision_to_come_is_not_read_but_watched_from() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    let (asked, current) = (9, 1);
    let future = Some(Unavailable::Future { asked, current });
    assert_eq!(store.list(pods, "", "", At::Exactly(9)).err(), future);
    assert_eq!(store.list(pods, "", "", At::NotOlderThan(9)).err(), future);
    assert_eq!(store.events(pods, 9).unwrap().count(), 0);
}

#[test]
fn at_least_an_old_revision_is_the_current_one_even_if_that_one_is_compacted() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    store.put(pods, "a", "x", Bytes::from_static(b"{}"));
    store.compact(2);
    let list = store.list(pods, "", "", At::NotOlderThan(1)).unwrap();
    let page = list.page(None, |_| true);
    assert_eq!((page.revision, page.objects.len()), (2, 1));
}

#[test]
fn a_selected_page_goes_on_as_long_as_anything_is_left_and_does_not_count_it() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    for (name, bytes) in [("x", "1"), ("y", "2"), ("z", "3")] {
        store.put(pods, "a", name, Bytes::from_static(bytes.as_bytes()));
    }
    let list = || store.list(pods, "a", "", At::Latest).unwrap();
    let page = list().page(Some(1), |bytes| bytes == "2");
    assert_eq!(page.objects, ["2"]);
    assert_eq!(page.remaining_item_count(false), None);
    let token = continue_token::decode(&page.continue_token("a").unwrap()).unwrap();
    assert_eq!(token.from, "y\0");
    let page = list().page(Some(1), |bytes| bytes == "3");
    assert_eq!(page.continue_token("a"), None);
    let page = list().page(Some(1), |_| false);
    assert_eq!((page.objects.len(), page.continue_token("a")), (0, None));
}

#[test]
fn a_burst_of_changes_does_not_keep_its_memory() {
    let mut store = Store::new();
    let pods = store.collection("", "pods");
    for _ in 0..1000 {
        store.put(pods, "a", "x", Bytes::from_static(b"{}"));
    }
    store.trim(10);
    assert_eq!(store.events(pods, store.compacted).unwrap().len(), 10);
    assert!(store.kinds[0].log.capacity() < 100);
}
