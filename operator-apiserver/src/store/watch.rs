//! What a watcher is told: pure functions from changes and selections to the lines of the stream.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Change, Event, Objects, Unavailable, encoding, list_options::too_large};
use crate::error::ApiError;

/// What a selector picks of objects in bytes; `None` picks everything and spares the reading.
pub(crate) type Selects<'a> = Option<&'a dyn Fn(&[u8]) -> bool>;

/// The type of a watch event about an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is there from now on, as far as the watcher looks.
    Added,
    /// It changed.
    Modified,
    /// It is gone, as far as the watcher looks.
    Deleted,
}

impl Kind {
    /// `ADDED`, `MODIFIED` or `DELETED`.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// A watch event about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// What happened, as far as the watcher looks.
    pub(crate) kind: Kind,
    /// The object, in the version in which it is stored.
    pub(crate) object: Bytes,
}

/// What a change is to a watcher of a selection; `None` if it is nothing.
///
/// An object that leaves the selection is told as it was before, at the revision of the change: its watcher
/// never sees what it did not select.
#[must_use]
pub(crate) fn told(event: &Event, selects: Selects<'_>) -> Option<Told> {
    let Some(selects) = selects else {
        let kind = match event.change {
            Change::Created => Kind::Added,
            Change::Modified => Kind::Modified,
            Change::Deleted => Kind::Deleted,
        };
        let object = event.object.clone();
        return Some(Told { kind, object });
    };
    let before = event.previous.as_ref().filter(|previous| selects(previous));
    let now = event.change != Change::Deleted && selects(&event.object);
    let (kind, object) = match (before, now) {
        (None, false) => return None,
        (None, true) => (Kind::Added, event.object.clone()),
        (Some(_), true) => (Kind::Modified, event.object.clone()),
        (Some(_), false) if event.change == Change::Deleted => {
            (Kind::Deleted, event.object.clone())
        }
        (Some(previous), false) => {
            let left = encoding::with_resource_version(previous, event.revision);
            (Kind::Deleted, left)
        }
    };
    Some(Told { kind, object })
}

/// `ADDED` for all selected objects, in the order of their keys.
pub(crate) fn initial<'a>(
    objects: Objects<'a>,
    selects: Selects<'a>,
) -> impl Iterator<Item = Told> + 'a {
    let picks = move |bytes: &Bytes| selects.is_none_or(|selects| selects(bytes));
    let objects = objects.filter(move |(_, bytes)| picks(bytes));
    objects.map(|(_, bytes)| {
        let (kind, object) = (Kind::Added, bytes.clone());
        Told { kind, object }
    })
}

impl Told {
    /// Its line in the stream.
    #[must_use]
    pub(crate) fn line(&self) -> Bytes {
        line(self.kind.name(), &self.object)
    }
}

/// A line of the stream, line break included; `object` is JSON without line breaks.
#[must_use]
pub(crate) fn line(event_type: &str, object: &[u8]) -> Bytes {
    let parts: [&[u8]; 5] = [
        br#"{"type":""#,
        event_type.as_bytes(),
        br#"","object":"#,
        object,
        b"}\n",
    ];
    Bytes::from(parts.concat())
}

/// The object of a bookmark: all up to this revision has been told.
///
/// `initial_events_end` marks the one after the initial events.
#[must_use]
pub(crate) fn bookmark(
    api_version: &str,
    kind: &str,
    revision: u64,
    initial_events_end: bool,
) -> Value {
    let version = revision.to_string();
    let mut object =
        json!({"kind": kind, "apiVersion": api_version, "metadata": {"resourceVersion": version}});
    if initial_events_end {
        object["metadata"]["annotations"] = json!({"k8s.io/initial-events-end": "true"});
    }
    object
}

/// The line of a bookmark, made by [`bookmark`] and turned into what the watcher reads.
#[must_use]
pub(crate) fn bookmark_line(object: &Value) -> Bytes {
    line("BOOKMARK", object.to_string().as_bytes())
}

/// The line of an error, after which the stream ends.
#[must_use]
pub(crate) fn error_line(error: &ApiError) -> Bytes {
    line("ERROR", error.to_status().to_string().as_bytes())
}

/// The error that a watch ends with that can't start, or can't go on, where it should.
#[must_use]
pub(crate) fn refusal(why: Unavailable) -> ApiError {
    match why {
        Unavailable::Compacted { asked, oldest } => {
            let message = format!("too old resource version: {asked} ({oldest})");
            ApiError::new(410, "Expired", message)
        }
        Unavailable::Future { asked, current } => too_large(asked, current),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{At, Collection, Store};

    fn object(store: &Store, name: &str, color: &str) -> Bytes {
        let version = store.next_revision().to_string();
        let metadata =
            json!({"name": name, "labels": {"color": color}, "resourceVersion": version});
        Bytes::from(json!({"metadata": metadata}).to_string())
    }

    fn put(store: &mut Store, things: Collection, name: &str, color: &str) {
        let bytes = object(store, name, color);
        store.put(things, "", name, bytes);
    }

    fn red(object: &[u8]) -> bool {
        encoding::decode(object)["metadata"]["labels"]["color"] == "red"
    }

    /// What a watcher of red things from revision 1 on hears: the type, the color and the resource version.
    fn heard(store: &Store, things: Collection) -> Vec<(&'static str, String, String)> {
        let events = store.events(things, 1).unwrap();
        let told = events.filter_map(|event| told(event, Some(&red)));
        told.map(|told| {
            let object = encoding::decode(&told.object);
            let color = object["metadata"]["labels"]["color"]
                .as_str()
                .unwrap()
                .to_owned();
            (
                told.kind.name(),
                color,
                crate::object::resource_version(&object).to_owned(),
            )
        })
        .collect()
    }

    fn told_as(kind: &'static str, color: &str, version: &str) -> (&'static str, String, String) {
        (kind, color.to_owned(), version.to_owned())
    }

    #[test]
    fn a_label_that_enters_the_selector_is_an_addition() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        put(&mut store, things, "a", "blue");
        put(&mut store, things, "a", "red");
        assert_eq!(heard(&store, things), [told_as("ADDED", "red", "3")]);
    }

    #[test]
    fn a_label_that_leaves_the_selector_is_a_deletion_of_the_old_object_at_the_new_revision() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        put(&mut store, things, "a", "red");
        put(&mut store, things, "a", "blue");
        put(&mut store, things, "a", "green");
        assert_eq!(
            heard(&store, things),
            [told_as("ADDED", "red", "2"), told_as("DELETED", "red", "3")]
        );
    }

    #[test]
    fn a_deletion_tells_the_last_object_at_the_deletions_revision() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        put(&mut store, things, "a", "red");
        put(&mut store, things, "a", "red");
        store.delete(things, "", "a").unwrap();
        assert_eq!(
            heard(&store, things),
            [
                told_as("ADDED", "red", "2"),
                told_as("MODIFIED", "red", "3"),
                told_as("DELETED", "red", "4"),
            ]
        );
    }

    #[test]
    fn what_was_never_selected_is_never_told() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        put(&mut store, things, "a", "blue");
        put(&mut store, things, "a", "green");
        store.delete(things, "", "a").unwrap();
        assert_eq!(heard(&store, things), []);
    }

    #[test]
    fn without_a_selector_the_stored_bytes_go_out_unread() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        store.put(things, "", "a", Bytes::from_static(b"no JSON at all"));
        let event = store.events(things, 1).unwrap().next().unwrap();
        let line = told(event, None).unwrap().line();
        assert_eq!(line, "{\"type\":\"ADDED\",\"object\":no JSON at all}\n");
    }

    #[test]
    fn a_watch_starts_with_the_selected_objects_in_the_order_of_their_keys() {
        let mut store = Store::new();
        let things = store.collection("", "things");
        for (name, color) in [("c", "red"), ("b", "blue"), ("a", "red")] {
            put(&mut store, things, name, color);
        }
        let objects = store.list(things, "", "", At::Latest).unwrap();
        let names: Vec<String> = initial(objects, Some(&red))
            .map(|told| crate::object::name(&encoding::decode(&told.object)).to_owned())
            .collect();
        assert_eq!(names, ["a", "c"]);
    }

    #[test]
    fn the_bookmark_after_the_initial_events_says_so() {
        assert_eq!(
            bookmark_line(&bookmark("a/v1", "Foo", 7, true)),
            "{\"type\":\"BOOKMARK\",\"object\":{\"apiVersion\":\"a/v1\",\"kind\":\"Foo\",\"metadata\":\
             {\"annotations\":{\"k8s.io/initial-events-end\":\"true\"},\"resourceVersion\":\"7\"}}}\n"
        );
        assert_eq!(
            bookmark("v1", "Pod", 7, false),
            json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "7"}})
        );
    }

    #[test]
    fn a_watch_from_a_forgotten_revision_ends_with_an_error() {
        let (asked, oldest) = (1, 339);
        let line = error_line(&refusal(Unavailable::Compacted { asked, oldest }));
        let event: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(
            event,
            json!({"type": "ERROR", "object": {"kind": "Status", "apiVersion": "v1", "metadata": {},
                "status": "Failure", "message": "too old resource version: 1 (339)",
                "reason": "Expired", "code": 410}})
        );
    }
}
