//! [`Sightings`]: what the drill's own watches saw of the children: what each says and since when, and how often it was
//! made.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use kube::api::DynamicObject;
use tokio::{sync::Notify, time::Instant};

#[derive(Debug)]
struct Child {
    text: String,
    at: Instant,
    /// The uids that it had, by its parent's uid.
    lives: BTreeMap<String, BTreeSet<String>>,
}

/// See the module's documentation. A child is known by its name: no two kinds of a basket's children share one.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    children: Mutex<BTreeMap<String, Child>>,
    news: Notify,
}

impl Sightings {
    /// Notes a child as it was just seen.
    pub(crate) fn note(&self, object: &DynamicObject) {
        let metadata = &object.metadata;
        let owner = metadata.owner_references.iter().flatten().next();
        let (Some(name), Some(uid), Some(owner)) = (&metadata.name, &metadata.uid, owner) else {
            return;
        };
        let text = text(object);
        let mut children = self.children();
        let child = children.entry(name.clone()).or_insert_with(|| Child {
            text: text.clone(),
            at: Instant::now(),
            lives: BTreeMap::new(),
        });
        if child.text != text {
            child.text = text;
            child.at = Instant::now();
        }
        child
            .lives
            .entry(owner.uid.clone())
            .or_default()
            .insert(uid.clone());
        drop(children);
        self.news.notify_waiters();
    }

    /// Waits until a child says this; returns when it was first seen to.
    pub(crate) async fn says(&self, name: &str, text: &str) -> Instant {
        loop {
            let news = self.news.notified();
            let said = self
                .children()
                .get(name)
                .filter(|child| child.text == text)
                .map(|child| child.at);
            match said {
                Some(at) => return at,
                None => news.await,
            }
        }
    }

    /// The children that were made more than once in one life of their parent, with whether that parent lives.
    pub(crate) fn made_twice(&self, lives: impl Fn(&str) -> bool) -> Vec<(String, bool)> {
        let children = self.children();
        let twice = children.iter().flat_map(|(name, child)| {
            let twice = child.lives.iter().filter(|(_, uids)| uids.len() > 1);
            twice.map(|(owner, _)| (name.clone(), lives(owner)))
        });
        twice.collect()
    }

    /// Forgets how often each was made: the drill itself deletes them.
    pub(crate) fn forget(&self) {
        self.children().clear();
    }

    fn children(&self) -> MutexGuard<'_, BTreeMap<String, Child>> {
        self.children.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a child of a basket says.
fn text(object: &DynamicObject) -> String {
    let said = ["/data/text", "/spec/grade"];
    let mut said = said
        .iter()
        .filter_map(|at| object.data.pointer(at)?.as_str());
    said.next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn child(owner: &str, uid: &str, text: &str) -> DynamicObject {
        let owners = json!([{"apiVersion": "v1", "kind": "A", "name": "a", "uid": owner}]);
        let child = json!({"metadata": {"name": "a-x", "uid": uid, "ownerReferences": owners}, "data": {"text": text}});
        serde_json::from_value(child).unwrap()
    }

    #[test]
    fn one_made_again_for_another_life_of_its_parent_is_not_made_twice() {
        let sightings = Sightings::default();
        for (owner, uid) in [("o1", "1"), ("o1", "1"), ("o2", "2")] {
            sightings.note(&child(owner, uid, "t"));
        }
        assert_eq!(sightings.made_twice(|_| true), []);
        sightings.note(&child("o1", "3", "t"));
        assert_eq!(
            sightings.made_twice(|owner| owner == "o2"),
            [("a-x".to_owned(), false)]
        );
    }
}
