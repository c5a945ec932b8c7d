//! Whose turn it is: what happens comes before what is only looked through, and neither waits for ever.

use super::*;

fn names(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("p{number:02}")).collect()
}

/// The first list of parents is there, and nobody was handed out yet.
fn starting(parents: &[String]) -> Story {
    let mut story = Story::begins();
    story.lists(EXTRAS, vec![]);
    story.lists(CHILDREN, vec![]);
    story.lists(PARENT, parents.iter().map(|name| parent(name, 1)).collect());
    story
}

const RESYNC: End = End::Converged {
    resync_after: Some(Duration::from_secs(30)),
};

fn edits(story: &mut Story, name: &str) {
    let edit = |json: &mut Value| json["spec"]["size"] = json!(2);
    story.sees(PARENT, edited(name, 2, edit));
}

#[test]
fn an_edit_does_not_wait_for_the_first_list() {
    let mut story = starting(&names(20));
    edits(&mut story, "p19");
    assert_eq!(story.next().as_deref(), Some("p19"));
    story.sees(CHILDREN, child("a", 3, "p18"));
    assert_eq!(story.next().as_deref(), Some("p18"));
    assert_eq!(story.due(), names(18));
}

#[test]
fn the_first_list_has_its_turns_however_many_edits_there_are() {
    let parents = names(40);
    let mut story = starting(&parents);
    let (listed, edited) = parents.split_at(20);
    for name in edited {
        edits(&mut story, name);
    }
    let order = story.due();
    assert_eq!(order.len(), 40);
    assert_eq!((&order[8], &order[17]), (&listed[0], &listed[1]));
}

#[test]
fn an_edit_does_not_wait_for_resyncs_and_retries() {
    for end in [RESYNC, failed(ErrorClass::After(Duration::from_secs(30)))] {
        let parents = names(20);
        let mut story = starting(&parents);
        for name in story.due() {
            story.works(&name, end);
        }
        story.passes(31);
        edits(&mut story, "p19");
        assert_eq!(story.next().as_deref(), Some("p19"));
        assert_eq!(story.due(), names(19));
    }
}

#[test]
fn what_changed_while_nobody_looked_is_as_urgent_as_an_edit() {
    let parents = names(3);
    let mut story = starting(&parents);
    for name in story.due() {
        story.works(&name, RESYNC);
    }
    story.passes(31);
    // The watch was lost, and the list after it has another version of one.
    let listed = [parent("p00", 1), parent("p01", 1), parent("p02", 2)];
    story.lists(PARENT, listed.to_vec());
    assert_eq!(story.due(), ["p02", "p00", "p01"]);
}
