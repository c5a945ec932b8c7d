//! The queue of parents: each at most once, never handed out while it is worked on, the earliest due first, and what
//! just happened before what is only looked through.

use std::{collections::BTreeSet, time::Instant};

use hashbrown::HashMap;

use crate::object::Uid;

/// So many urgent parents in a row are handed out while another one waits; then it has its turn. So an edit does not
/// wait for the thousands of the first list, and these get a ninth of all turns however many edits there are. Turns
/// are counted, not time: by time, a list that takes longer than the time given would get ahead of all edits.
const URGENT_IN_A_ROW: u32 = 8;

/// Whether a parent is due because something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Urgency {
    /// It is looked through: the first list, a resync, a retry.
    Routine,
    /// It or one of its children changed.
    Urgent,
}

/// When a parent is due, how urgent it is, and its number among those due at the same time.
#[derive(Clone, Copy, Debug)]
struct Due {
    at: Instant,
    urgency: Urgency,
    number: u64,
}

#[derive(Debug, Default)]
struct Place {
    due: Option<Due>,
    /// Handed out and not yet given back.
    running: bool,
    /// When it was first added since it was last handed out: for the time it waited.
    added: Option<Instant>,
}

type Line = BTreeSet<(Instant, u64, Uid)>;

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    places: HashMap<Uid, Place>,
    urgent: Line,
    routine: Line,
    /// How many urgent ones were handed out while another waited, since one of these was.
    in_a_row: u32,
    next: u64,
}

impl Queue {
    /// Makes `uid` due at `at`, or leaves it where it is if it is due earlier and as urgent. While it is worked on
    /// it only becomes due once it is given back.
    pub(crate) fn add(&mut self, uid: &Uid, at: Instant, urgency: Urgency, now: Instant) {
        let number = self.next;
        let place = self.places.entry(uid.clone()).or_default();
        let since = now.max(at);
        place.added = Some(place.added.map_or(since, |added| added.min(since)));
        let mut due = Due {
            at,
            urgency,
            number,
        };
        if let Some(old) = place.due {
            if old.at <= at && old.urgency >= urgency {
                return;
            }
            due.at = at.min(old.at);
            due.urgency = urgency.max(old.urgency);
        }
        let (old, running) = (place.due.replace(due), place.running);
        self.next += 1;
        if let Some(old) = old {
            self.line(old.urgency)
                .remove(&(old.at, old.number, uid.clone()));
        }
        if !running {
            self.line(due.urgency).insert((due.at, number, uid.clone()));
        }
    }

    fn line(&mut self, urgency: Urgency) -> &mut Line {
        match urgency {
            Urgency::Routine => &mut self.routine,
            Urgency::Urgent => &mut self.urgent,
        }
    }

    /// Hands out the parent whose turn it is, with the time since when it has been due, if one is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Uid, Instant)> {
        let is_due = |line: &Line| line.first().is_some_and(|(at, ..)| *at <= now);
        let urgency = match (is_due(&self.urgent), is_due(&self.routine)) {
            (false, false) => return None,
            (true, true) if self.in_a_row < URGENT_IN_A_ROW => {
                self.in_a_row += 1;
                Urgency::Urgent
            }
            (true, false) => Urgency::Urgent,
            (_, true) => {
                self.in_a_row = 0;
                Urgency::Routine
            }
        };
        let (_, _, uid) = self.line(urgency).pop_first()?;
        let place = self.places.get_mut(&uid)?;
        place.due = None;
        place.running = true;
        let added = place.added.take().unwrap_or(now);
        Some((uid, added))
    }

    /// Takes a parent back that was handed out.
    pub(crate) fn done(&mut self, uid: &Uid) {
        let Some(place) = self.places.get_mut(uid) else {
            return;
        };
        place.running = false;
        match place.due {
            Some(due) => drop(
                self.line(due.urgency)
                    .insert((due.at, due.number, uid.clone())),
            ),
            None => drop(self.places.remove(uid)),
        }
    }

    /// Forgets when a parent is due. One that is worked on stays so.
    pub(crate) fn remove(&mut self, uid: &Uid) {
        let Some(place) = self.places.get_mut(uid) else {
            return;
        };
        let due = place.due.take();
        place.added = None;
        if !place.running {
            self.places.remove(uid);
        }
        if let Some(due) = due {
            self.line(due.urgency)
                .remove(&(due.at, due.number, uid.clone()));
        }
    }

    /// When the next parent is due that is not worked on.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        let lines = [&self.urgent, &self.routine];
        let firsts = lines.into_iter().filter_map(|line| line.first());
        firsts.map(|(at, ..)| *at).min()
    }

    /// When a parent is due.
    pub(crate) fn due(&self, uid: &Uid) -> Option<Instant> {
        Some(self.places.get(uid)?.due?.at)
    }

    /// The parents that are due after `now` and not worked on, in no particular order.
    pub(crate) fn later(&self, now: Instant) -> impl Iterator<Item = (Instant, &Uid)> {
        let lines = [&self.urgent, &self.routine].into_iter();
        let waiting = lines.flat_map(BTreeSet::iter);
        waiting
            .map(|(at, _, uid)| (*at, uid))
            .filter(move |(at, _)| *at > now)
    }

    /// Whether a parent is worked on.
    pub(crate) fn is_running(&self, uid: &Uid) -> bool {
        self.places.get(uid).is_some_and(|place| place.running)
    }

    /// How many parents are worked on.
    pub(crate) fn running(&self) -> usize {
        let places = self.places.values();
        places.filter(|place| place.running).count()
    }

    /// How many parents are due and wait for a pass.
    pub(crate) fn depth(&self, now: Instant) -> usize {
        let due = |line: &Line| line.iter().take_while(|(at, ..)| *at <= now).count();
        due(&self.urgent) + due(&self.routine)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn uid(name: &str) -> Uid {
        name.into()
    }

    fn popped(queue: &mut Queue, now: Instant) -> Vec<String> {
        std::iter::from_fn(|| queue.pop(now))
            .map(|(uid, _)| uid.to_string())
            .collect()
    }

    #[test]
    fn the_earliest_due_comes_first_and_each_once() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        let later = now + Duration::from_secs(1);
        for (name, at) in [("b", later), ("a", now), ("c", now), ("a", now)] {
            queue.add(&uid(name), at, Urgency::Urgent, now);
        }
        assert_eq!(queue.depth(now), 2);
        assert_eq!(popped(&mut queue, now), ["a", "c"]);
        assert_eq!(queue.next_due(), Some(later));
        assert_eq!(popped(&mut queue, later), ["b"]);
    }

    #[test]
    fn an_earlier_time_wins_over_a_later_one() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(
            &uid("a"),
            now + Duration::from_secs(9),
            Urgency::Urgent,
            now,
        );
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        queue.add(
            &uid("a"),
            now + Duration::from_secs(9),
            Urgency::Urgent,
            now,
        );
        assert_eq!(popped(&mut queue, now), ["a"]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn the_time_it_waited_counts_from_the_earliest_that_it_was_due() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(
            &uid("a"),
            now + Duration::from_secs(9),
            Urgency::Urgent,
            now,
        );
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        let later = now + Duration::from_secs(2);
        assert_eq!(queue.pop(later), Some((uid("a"), now)));
    }

    #[test]
    fn what_is_worked_on_is_handed_out_again_only_once_it_is_given_back() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        assert!(popped(&mut queue, now).is_empty());
        queue.done(&uid("a"));
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.done(&uid("a"));
        assert!(queue.places.is_empty());
    }

    #[test]
    fn what_was_removed_is_not_handed_out_even_if_it_is_worked_on() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        queue.add(&uid("b"), now, Urgency::Urgent, now);
        queue.remove(&uid("b"));
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.add(&uid("a"), now, Urgency::Urgent, now);
        queue.remove(&uid("a"));
        queue.done(&uid("a"));
        assert!(popped(&mut queue, now).is_empty() && queue.places.is_empty());
    }

    #[test]
    fn what_happened_comes_before_what_is_looked_through_and_neither_waits_for_ever() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        for name in ["r1", "r2"] {
            queue.add(&uid(name), now, Urgency::Routine, now);
        }
        for number in 0..20 {
            queue.add(&uid(&number.to_string()), now, Urgency::Urgent, now);
        }
        let order = popped(&mut queue, now);
        let turns: Vec<usize> = ["r1", "r2"]
            .iter()
            .filter_map(|name| order.iter().position(|popped| popped == name))
            .collect();
        assert_eq!((turns, order.len()), (vec![8, 17], 22));
    }

    #[test]
    fn a_parent_that_waits_for_its_turn_and_changes_is_urgent_from_then_on() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now, Urgency::Routine, now);
        queue.add(&uid("b"), now, Urgency::Routine, now);
        queue.add(&uid("b"), now, Urgency::Urgent, now);
        queue.add(&uid("b"), now, Urgency::Routine, now);
        assert_eq!(queue.depth(now), 2);
        assert_eq!(popped(&mut queue, now), ["b", "a"]);
    }
}
