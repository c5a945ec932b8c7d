//! A view that can't be trusted: what waits for it, what its return does, and what readiness says.

use super::*;

fn waiting() -> End {
    End::Waiting {
        recheck: false,
        suspended: true,
        resync_after: None,
    }
}

fn suspended(story: &mut Story, uid: &str) -> Vec<String> {
    let rules = story.views(uid).rules;
    rules
        .into_iter()
        .filter_map(|(_, rule)| rule.suspended)
        .collect()
}

#[test]
fn a_lost_watch_keeps_its_view_and_suspends_its_kind_alone() {
    let mut story = Story::runs(&["p"]);
    story.sees(CHILDREN, child("a", 2, "p"));
    story
        .engine
        .lost(CHILDREN, &None, "watch: 403".into(), false);
    assert_eq!(story.due(), ["p"], "its parents are served");
    assert_eq!(
        suspended(&mut story, "p"),
        ["nothing of Child.example.com/v1 is written: watch: 403"]
    );
    assert_eq!(story.views("p").observed.len(), 1);
}

#[test]
fn a_lost_watch_of_parents_lets_nobody_begin() {
    let mut story = Story::runs(&["p"]);
    story.sees(PARENT, parent("p", 2));
    story
        .engine
        .lost(PARENT, &None, "watch: no answer".into(), false);
    assert_eq!((story.next(), story.due_in()), (None, None));
    story.engine.live(PARENT, &None, story.now);
    assert_eq!(story.due(), ["p"]);
}

/// Has a kind watched in the namespace of the story and in another one.
fn watched_in_two_namespaces(story: &mut Story, kind: KindId) -> [Scope; 2] {
    let scopes: [Scope; 2] = [Some("ns".into()), Some("other".into())];
    story.engine.discovered(kind, true, &scopes);
    for scope in &scopes {
        story.engine.live(kind, scope, story.now);
    }
    scopes
}

#[test]
fn a_lost_watch_of_one_namespace_holds_the_parents_of_that_one_back_alone() {
    let mut story = Story::runs(&["p"]);
    let scopes = watched_in_two_namespaces(&mut story, PARENT);
    let elsewhere = edited("q", 2, |json| {
        json["metadata"]["namespace"] = json!("other");
    });
    story.sees(PARENT, elsewhere);
    story.sees(PARENT, parent("p", 2));
    story.engine.lost(PARENT, &scopes[1], "403".into(), false);
    assert_eq!(story.due(), ["p"]);
    assert!(story.engine.sees_parent(&"p".into()));
    assert!(!story.engine.sees_parent(&"q".into()));
    assert_eq!(story.due_in(), None, "nobody is looked at in a circle");
    story.engine.live(PARENT, &scopes[1], story.now);
    assert_eq!(story.due(), ["q"]);
}

#[test]
fn the_return_of_a_kind_makes_exactly_those_due_that_wait() {
    let mut story = Story::runs(&["p", "q", "r"]);
    story.engine.lost(CHILDREN, &None, "gone".into(), false);
    for (name, end) in [("p", waiting()), ("q", CONVERGED), ("r", waiting())] {
        story.sees(PARENT, parent(name, 2));
        story.next();
        story.works(name, end);
    }
    assert_eq!(story.due_in(), None);
    story.engine.live(CHILDREN, &None, story.now);
    assert_eq!(story.due(), ["p", "r"]);
    assert!(suspended(&mut story, "p").is_empty());
    story.ends("p", CONVERGED);
    story.ends("r", CONVERGED);
    story.engine.live(CHILDREN, &None, story.now);
    assert!(story.due().is_empty(), "it never left");
}

#[test]
fn the_return_of_a_kind_ends_the_backoff_of_who_failed_without_it_but_not_the_servers_patience() {
    let mut story = Story::runs(&["p", "q", "r"]);
    story.sees(PARENT, parent("r", 2));
    story.next();
    story.works("r", failed(ErrorClass::Backoff));
    story.engine.lost(CHILDREN, &None, "gone".into(), false);
    let busy = End::Unserved {
        patience: Some(Duration::from_secs(9)),
        outage: false,
    };
    for (name, end) in [("p", failed(ErrorClass::Backoff)), ("q", busy)] {
        story.sees(PARENT, parent(name, 2));
        story.next();
        story.works(name, end);
    }
    story.engine.live(CHILDREN, &None, story.now);
    assert_eq!(story.due(), ["p"]);
    story.passes(9);
    assert_eq!(story.due(), ["r", "q"]);
}

#[test]
fn a_kind_that_returns_during_a_pass_is_not_missed() {
    let mut story = Story::runs(&["p"]);
    story.engine.lost(CHILDREN, &None, "gone".into(), false);
    story.sees(PARENT, parent("p", 2));
    story.next();
    story.views("p");
    story.engine.live(CHILDREN, &None, story.now);
    // The echo of the pass's own status write must not hide it.
    story.sees(PARENT, parent("p", 3));
    story.engine.fold_parent(parent("p", 3));
    story.ends("p", waiting());
    assert_eq!(story.due(), ["p"]);
}

#[test]
fn a_watch_of_another_namespace_suspends_nothing_here() {
    let mut story = Story::runs(&["p"]);
    let scopes = watched_in_two_namespaces(&mut story, CHILDREN);
    story.engine.lost(CHILDREN, &scopes[1], "403".into(), false);
    assert!(suspended(&mut story, "p").is_empty());
    story.engine.lost(CHILDREN, &scopes[0], "403".into(), false);
    assert_eq!(suspended(&mut story, "p").len(), 1);
}

#[test]
fn a_kind_that_was_discovered_anew_waits_for_its_list() {
    let mut story = Story::runs(&["p"]);
    story.engine.lost(CHILDREN, &None, "404".into(), true);
    story.engine.discovered(CHILDREN, true, &[None]);
    assert_eq!(suspended(&mut story, "p").len(), 1);
    story.lists(CHILDREN, vec![]);
    assert!(suspended(&mut story, "p").is_empty());
}

#[test]
fn readiness_names_each_kind_that_is_not_seen_and_why() {
    let mut story = Story::begins();
    assert_eq!(
        story.engine.unready(),
        [
            "Foo.example.com/v1: not listed yet",
            "Child.example.com/v1: not listed yet",
            "Extra.example.com/v1: not listed yet"
        ]
    );
    story.lists(PARENT, vec![]);
    let scopes: [Scope; 2] = [Some("a".into()), Some("b".into())];
    story.engine.discovered(CHILDREN, true, &scopes);
    story.engine.live(CHILDREN, &scopes[0], story.now);
    story
        .engine
        .lost(CHILDREN, &scopes[1], "list: 403".into(), false);
    story.engine.lost(EXTRAS, &None, "404".into(), true);
    assert_eq!(
        story.engine.unready(),
        ["Child.example.com/v1 in namespace b: list: 403"]
    );
}

#[test]
fn an_optional_kind_is_missed_while_it_is_there_and_not_once_it_is_uninstalled() {
    let mut story = Story::runs(&[]);
    story.engine.lost(EXTRAS, &None, "watch: 500".into(), false);
    assert_eq!(story.engine.unready().len(), 1);
    story.engine.lost(EXTRAS, &None, "list: 404".into(), true);
    assert!(story.engine.unready().is_empty());
    story.lists(EXTRAS, vec![]);
    assert!(story.engine.unready().is_empty());
}

#[test]
fn a_forbidden_write_is_told_until_a_pass_goes_without_it() {
    let mut story = Story::runs(&["p", "q"]);
    let refusal = || Refusal {
        kind: CHILD.to_string(),
        verb: "delete",
        why: "403 Forbidden".into(),
    };
    for name in ["p", "q"] {
        story.sees(PARENT, parent(name, 2));
        story.next();
        story.views(name);
        let end = failed(ErrorClass::Backoff);
        story
            .engine
            .finish(&name.into(), end, vec![refusal()], story.now);
    }
    // Once, however many parents it hits: the text is for a person, and bounded.
    assert_eq!(
        story.engine.unready(),
        ["Child.example.com/v1: delete: 403 Forbidden"]
    );
    story.passes(1);
    assert_eq!(story.due().len(), 2);
    story.works("p", CONVERGED);
    assert_eq!(story.engine.unready().len(), 1);
    story.sees_gone(PARENT, parent("q", 3));
    story.ends("q", CONVERGED);
    assert!(story.engine.unready().is_empty());
}
