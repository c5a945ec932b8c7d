//! [`News`]: which Events a parent's passes are worth: one for each change of what is in the way, and one when nothing
//! is any more. A parent that never was in trouble is worth none.

use std::collections::BTreeMap;

use super::{
    digest,
    index::KindId,
    status::{Condition, Reason},
};
use crate::object::ObjectKey;

/// So many Events tell of one spell of trouble. A text that differs each time would make one at each retry.
const MOST: u32 = 32;

/// A child, by its kind and place.
pub(crate) type Child = (KindId, ObjectKey);

/// What an Event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    /// Whether it is a warning.
    pub(crate) warns: bool,
    /// A word in CamelCase.
    pub(crate) reason: String,
    pub(crate) text: String,
    /// The child that it is about, if about one.
    pub(crate) child: Option<Child>,
}

impl Note {
    /// The server refused a child for what it is.
    pub(crate) fn refused(child: Child, text: String) -> Self {
        Self {
            warns: true,
            reason: "ChildRefused".into(),
            text,
            child: Some(child),
        }
    }

    /// What a condition says, if somebody has to do something about this very parent. What passes by itself, and what
    /// `/readyz` says of all parents, is not worth a request for each of them.
    pub(crate) fn of(condition: &Condition) -> Option<Self> {
        let is_worth_it = match condition.reason {
            Reason::ParentInvalid
            | Reason::HandlerFailed
            | Reason::HandlerPanicked
            | Reason::DeadlineExceeded
            | Reason::HandlerBlocked
            | Reason::ChildrenInvalid
            | Reason::NameTaken
            | Reason::StatusRefused
            | Reason::NotConverging => true,
            Reason::Synced
            | Reason::ChildTerminating
            | Reason::KindUnavailable
            | Reason::WriteFailed
            | Reason::Finalizing => false,
        };
        is_worth_it.then(|| Self {
            warns: true,
            reason: format!("{:?}", condition.reason),
            text: condition.message.clone(),
            child: None,
        })
    }

    fn digest(&self) -> u64 {
        digest::of_text(&format!("{}/{}", self.reason, self.text))
    }
}

/// What was told of one parent since it was well.
#[derive(Debug, Default)]
pub(crate) struct News {
    told: BTreeMap<Option<Child>, u64>,
    events: u32,
}

impl News {
    /// Those of `notes` that say something new. `is_written` is whether the parent's status says the same already: then
    /// they were told before this process began.
    pub(crate) fn of_trouble(&mut self, mut notes: Vec<Note>, is_written: bool) -> Vec<Note> {
        let is_known = is_written && self.told.is_empty();
        notes.retain(|note| {
            if self.events >= MOST {
                return false;
            }
            let digest = note.digest();
            let before = self.told.insert(note.child.clone(), digest);
            let is_new = before != Some(digest);
            self.events += u32::from(is_new);
            is_new && !is_known
        });
        notes
    }

    /// That the parent is well, if it was told that it was not.
    pub(crate) fn of_recovery(&mut self, condition: &Condition) -> Option<Note> {
        let was_in_trouble = !std::mem::take(self).told.is_empty();
        was_in_trouble.then(|| Note {
            warns: false,
            reason: format!("{:?}", condition.reason),
            text: condition.message.clone(),
            child: None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(name: &str, text: &str) -> Note {
        let child = (KindId(1), ObjectKey::new(Some("ns"), name));
        Note::refused(child, text.into())
    }

    fn well() -> Condition {
        Condition::new(Reason::Synced, "well")
    }

    #[test]
    fn a_text_is_told_once_and_again_only_when_it_changed() {
        let mut news = News::default();
        let first = vec![refused("a", "x"), refused("b", "x")];
        assert_eq!(news.of_trouble(first.clone(), false), first);
        assert!(news.of_trouble(first.clone(), false).is_empty());
        let second = vec![refused("a", "y"), refused("b", "x")];
        assert_eq!(news.of_trouble(second, false), [refused("a", "y")]);
        assert!(
            news.of_trouble(vec![], false).is_empty() && !news.told.is_empty(),
            "a retry that failed otherwise says nothing of it"
        );
        assert!(news.of_trouble(vec![refused("b", "x")], false).is_empty());
    }

    #[test]
    fn a_recovery_is_told_only_after_trouble_and_makes_the_same_trouble_news() {
        let mut news = News::default();
        assert_eq!(news.of_recovery(&well()), None);
        news.of_trouble(vec![refused("a", "x")], false);
        let told = news.of_recovery(&well()).unwrap();
        assert_eq!((told.warns, told.reason.as_str()), (false, "Synced"));
        assert_eq!(news.of_recovery(&well()), None);
        assert_eq!(news.of_trouble(vec![refused("a", "x")], false).len(), 1);
    }

    #[test]
    fn what_was_written_before_a_restart_is_not_told_again_but_its_end_is() {
        let mut news = News::default();
        assert!(news.of_trouble(vec![refused("a", "x")], true).is_empty());
        assert_eq!(news.of_trouble(vec![refused("a", "y")], true).len(), 1);
        assert!(news.of_recovery(&well()).is_some());
    }

    #[test]
    fn a_text_that_differs_each_time_is_not_told_for_ever() {
        let mut news = News::default();
        let told = (0..100).map(|i| {
            let note = refused(&format!("a{i}"), "x");
            news.of_trouble(vec![note], false).len()
        });
        assert_eq!(told.sum::<usize>(), MOST as usize);
    }

    #[test]
    fn what_passes_by_itself_is_not_worth_an_event() {
        let of = |reason| Note::of(&Condition::new(reason, "x"));
        assert_eq!(of(Reason::ChildTerminating), None);
        assert_eq!(of(Reason::KindUnavailable), None);
        assert_eq!(of(Reason::HandlerFailed).unwrap().reason, "HandlerFailed");
    }
}
