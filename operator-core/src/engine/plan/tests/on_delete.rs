//! `OnDelete`: what exists is left as it is, until somebody deletes it.

use super::*;

const ON_DELETE: UpdateStrategy = UpdateStrategy::OnDelete;

fn there() -> Stored {
    Story::of(ON_DELETE).wants(&[thing("a", 1)]).stored()
}

#[test]
fn neither_a_new_desired_state_nor_a_strangers_edit_touches_it() {
    for observed in [there(), there().taken(11, 5)] {
        for last in [None, Some(there().last(ON_DELETE))] {
            let story = Story::of(ON_DELETE)
                .wants(&[thing("a", 2)])
                .sees(&observed, last);
            assert!(story.does().is_empty());
        }
    }
}

#[test]
fn a_lost_label_alone_is_given_back_so_that_its_end_is_seen() {
    let story = Story::of(ON_DELETE)
        .wants(&[thing("a", 2)])
        .sees(&there().stripped(), None);
    assert_eq!(story.does(), ["track a of uid-a"]);
}

#[test]
fn once_it_is_gone_it_is_made_as_it_should_be_now() {
    let story = Story::of(ON_DELETE).wants(&[thing("a", 2)]);
    assert_eq!(story.does(), ["create a 2"]);
}
