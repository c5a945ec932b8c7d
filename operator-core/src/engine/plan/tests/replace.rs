//! `Replace`: the object becomes exactly what the handler says, but for what others hung on its metadata.

use super::*;

const REPLACE: UpdateStrategy = UpdateStrategy::Replace;

fn labelled(labels: &[&str]) -> Value {
    let mut child = thing("a", 1);
    for label in labels {
        child["metadata"]["labels"][*label] = "ours".into();
    }
    child
}

fn story() -> Story {
    Story::of(REPLACE).wants(&[thing("a", 1)])
}

/// What the next replace sends when `child` is wanted and `there` is.
fn sent(child: Value, there: &Stored) -> Value {
    let story = Story::of(REPLACE).wants(&[child]);
    replacement(&story.desired[0], &there.object(), &identity())
}

#[test]
fn a_new_desired_state_is_put_in_the_place_of_the_version_that_is_known() {
    let there = story().stored();
    let story = Story::of(REPLACE)
        .wants(&[thing("a", 2)])
        .sees(&there, Some(there.last(REPLACE)));
    assert_eq!(story.does(), ["put a 2 at 10"]);
}

#[test]
fn any_field_that_a_stranger_adds_or_changes_is_put_right() {
    let there = story().stored();
    let added = there.after(11, |object| object["spec"]["extra"] = true.into());
    for edited in [added, there.taken(11, 5)] {
        let story = story().sees(&edited, Some(there.last(REPLACE)));
        assert_eq!(story.does(), ["put a 1 at 11"]);
    }
}

#[test]
fn what_the_server_made_of_it_is_the_measure_and_not_what_was_sent() {
    let there = story()
        .stored()
        .after(11, |object| object["spec"]["defaulted"] = 1.into());
    let story = story().sees(&there, Some(there.last(REPLACE)));
    assert!(story.does().is_empty());
}

#[test]
fn after_a_restart_one_dry_run_decides() {
    let there = story().stored();
    let unknown = || story().sees(&there, None);
    assert_eq!(unknown().does(), ["try put a at 10"]);
    let alike = unknown().found("a", dry_run("10", false));
    assert_eq!(alike.settles(), there.last(REPLACE));
    let edited = unknown().found("a", dry_run("10", true));
    assert_eq!(edited.does(), ["put a 1 at 10"]);
}

#[test]
fn a_child_that_lost_its_label_is_put_right() {
    let there = story().stored();
    let story = story().sees(&there.stripped(), Some(there.last(REPLACE)));
    assert_eq!(story.does(), ["put a 1 at 11"]);
}

#[test]
fn a_replace_names_the_object_and_the_version_that_it_replaces() {
    let body = sent(thing("a", 2), &story().stored());
    assert_eq!(body["metadata"]["uid"], "uid-a");
    assert_eq!(body["metadata"]["resourceVersion"], "10");
    assert_eq!(body["spec"]["replicas"], 2);
}

#[test]
fn others_labels_annotations_finalizers_and_owners_are_kept() {
    let there = story().stored().after(11, |object| {
        let metadata = &mut object["metadata"];
        metadata["labels"]["team"] = "theirs".into();
        metadata["annotations"]["note"] = "theirs".into();
        metadata["finalizers"] = json!(["their/finalizer"]);
        metadata["ownerReferences"]
            .as_array_mut()
            .unwrap()
            .insert(0, json!({"uid": "Q", "kind": "Other"}));
    });
    let body = sent(thing("a", 2), &there);
    let metadata = &body["metadata"];
    assert_eq!(metadata["labels"]["team"], "theirs");
    assert_eq!(metadata["annotations"]["note"], "theirs");
    assert_eq!(metadata["finalizers"], json!(["their/finalizer"]));
    let owners: Vec<&Value> = metadata["ownerReferences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|owner| &owner["uid"])
        .collect();
    assert_eq!(owners, ["P", "Q"]);
}

#[test]
fn others_metadata_that_comes_and_goes_sends_nothing() {
    let there = story().stored();
    let hung = there.after(11, |object| {
        object["metadata"]["finalizers"] = json!(["their/finalizer"]);
        object["metadata"]["ownerReferences"]
            .as_array_mut()
            .unwrap()
            .push(json!({"uid": "Q"}));
    });
    assert!(
        story()
            .sees(&hung, Some(there.last(REPLACE)))
            .does()
            .is_empty()
    );
    assert!(
        story()
            .sees(&there, Some(hung.last(REPLACE)))
            .does()
            .is_empty()
    );
}

#[test]
fn our_own_keys_go_when_the_handler_drops_them() {
    let mut before = labelled(&["kept", "dropped"]);
    before["metadata"]["finalizers"] = json!(["our/finalizer"]);
    let there = Story::of(REPLACE)
        .wants(&[before])
        .stored()
        .after(11, |object| {
            object["metadata"]["labels"]["team"] = "theirs".into();
            object["metadata"]["finalizers"] = json!(["our/finalizer", "their/finalizer"]);
        });
    let body = sent(labelled(&["kept"]), &there);
    let labels = body["metadata"]["labels"].as_object().unwrap();
    assert_eq!(
        labels.keys().collect::<Vec<_>>(),
        ["example.com/tracked-by", "kept", "team"]
    );
    assert_eq!(body["metadata"]["finalizers"], json!(["their/finalizer"]));
}

#[test]
fn a_stranger_who_changes_or_removes_a_label_of_ours_is_put_right() {
    let story = || Story::of(REPLACE).wants(&[labelled(&["team"])]);
    let there = story().stored();
    let changed = there.after(11, |object| {
        object["metadata"]["labels"]["team"] = "x".into();
    });
    let removed = there.after(11, |object| {
        object["metadata"]["labels"]
            .as_object_mut()
            .unwrap()
            .remove("team");
    });
    for edited in [changed, removed] {
        let again = story().sees(&edited, Some(there.last(REPLACE)));
        assert_eq!(again.does(), ["put a 1 at 11"]);
        assert_eq!(
            sent(labelled(&["team"]), &edited)["metadata"]["labels"]["team"],
            "ours"
        );
    }
}

#[test]
fn the_next_dry_run_sees_no_change_in_what_a_replace_sent() {
    let there = story().stored().after(11, |object| {
        object["metadata"]["labels"]["team"] = "theirs".into();
        object["status"] = json!({"ready": 1});
    });
    let mut answer = sent(thing("a", 1), &there);
    answer["metadata"]["generation"] = 1.into();
    answer["status"] = there.0["status"].clone();
    assert!(!changes(&there.object().value(), &answer, &identity()));
}
