//! What an observer is told of the engine at each point of a story.

use super::*;
use crate::engine::activity::{Activity, WatchActivity, WatchHealth};

impl Story {
    fn activity(&self) -> Activity {
        self.engine
            .activity(self.now, "example.com/tracked-by=op", 0)
    }

    /// `due`, `running`, `retrying` and `later`.
    fn counts(&self) -> [usize; 4] {
        let activity = self.activity();
        [
            activity.due,
            activity.running,
            activity.retrying,
            activity.later,
        ]
    }

    fn watch(&self, kind: KindId) -> WatchActivity {
        self.activity().watches[kind.0].clone()
    }
}

#[test]
fn a_parent_is_due_then_under_way_then_nothing() {
    let mut story = Story::runs(&[]);
    assert!(story.activity().is_idle());
    story.sees(PARENT, parent("p", 2));
    assert_eq!(story.counts(), [1, 0, 0, 0]);
    assert_eq!(story.next().as_deref(), Some("p"));
    assert_eq!(story.counts(), [0, 1, 0, 0]);
    assert!(!story.activity().is_idle());
    story.works("p", CONVERGED);
    assert_eq!(story.counts(), [0; 4]);
    assert!(story.activity().is_idle());
}

#[test]
fn a_change_during_a_pass_is_told_when_the_pass_is_over() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.views("p");
    story.sees(CHILDREN, child("a", 3, "p"));
    assert_eq!(story.counts(), [0, 1, 0, 0], "counted once");
    story.ends("p", CONVERGED);
    assert_eq!(story.counts(), [1, 0, 0, 0]);
}

#[test]
fn a_retry_to_come_is_told_from_a_resync_to_come() {
    let mut story = Story::runs(&["failing", "polling"]);
    for name in ["failing", "polling"] {
        story.sees(PARENT, parent(name, 2));
        story.next();
    }
    let in_five = Duration::from_secs(5);
    story.works("failing", failed(ErrorClass::After(in_five)));
    story.works(
        "polling",
        End::Converged {
            resync_after: Some(Duration::from_secs(7)),
        },
    );
    assert_eq!(story.counts(), [0, 0, 1, 1]);
    assert_eq!(
        story.activity().next_due,
        Some(story.now + Duration::from_secs(5))
    );
    story.passes(5);
    assert_eq!(story.counts(), [1, 0, 0, 1]);
    story.next();
    story.works("failing", CONVERGED);
    assert_eq!(story.counts(), [0, 0, 0, 1]);
}

#[test]
fn one_that_failed_for_good_waits_for_nothing() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.works("p", failed(ErrorClass::Permanent));
    assert_eq!(story.counts(), [0; 4]);
}

#[test]
fn a_watch_tells_what_it_is_about_and_how_far_it_has_come() {
    let mut story = Story::begins();
    let starting = story.watch(CHILDREN);
    assert_eq!(starting.health, WatchHealth::Starting);
    assert_eq!((starting.listed, starting.delivered), (false, None));
    story.lists(CHILDREN, vec![]);
    let listed = story.watch(CHILDREN);
    assert_eq!((listed.kind, listed.listed), (CHILD, true));
    assert_eq!(
        listed.selector.as_deref(),
        Some("example.com/tracked-by=op")
    );
    assert_eq!(story.watch(PARENT).selector, None);
    let delivered = |story: &Story| story.watch(CHILDREN).delivered.unwrap();
    assert_eq!(delivered(&story), "1");
    story.sees(CHILDREN, child("a", 5, "p"));
    assert_eq!(delivered(&story), "5");
    let bookmark = |story: &mut Story, version| {
        let version = ResourceVersion::new(version);
        story.engine.bookmark(CHILDREN, &None, version);
    };
    bookmark(&mut story, "9");
    assert_eq!(delivered(&story), "9");
    story.sees(CHILDREN, child("a", 12, "p"));
    assert_eq!(delivered(&story), "12");
    bookmark(&mut story, "15");
    story.lists(CHILDREN, vec![]);
    assert_eq!(delivered(&story), "1", "a list begins anew");
}

#[test]
fn what_is_lost_is_told_with_why_and_what_may_be_absent_holds_nobody_up() {
    let mut story = Story::begins();
    story.lists(PARENT, vec![]);
    story.lists(CHILDREN, vec![]);
    assert!(!story.activity().is_idle(), "extras were not looked for");
    story.engine.lost(EXTRAS, &None, "404".into(), true);
    assert_eq!(story.watch(EXTRAS).health, WatchHealth::Absent);
    assert!(story.activity().is_idle());
    story.engine.lost(CHILDREN, &None, "403".into(), false);
    let health = story.watch(CHILDREN).health;
    assert_eq!(health, WatchHealth::Lost("403".into()));
    assert!(!story.activity().is_idle());
}

#[test]
fn objects_are_told_with_their_versions_and_whether_their_watch_selects_them() {
    let mut story = Story::runs(&["p"]);
    story.sees(CHILDREN, child("a", 3, "p"));
    let mut stripped = child("b", 4, "p");
    stripped.tracked = false;
    story.engine.index.fold(CHILDREN, stripped, None);
    let known = story.engine.known_objects();
    let told: Vec<_> = known
        .iter()
        .map(|one| (one.kind, &*one.name, &*one.resource_version, one.selected))
        .collect();
    assert_eq!(
        told,
        [
            (FOO, "p", "1", true),
            (CHILD, "a", "3", true),
            (CHILD, "b", "4", false)
        ]
    );
}
