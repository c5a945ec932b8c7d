//! The queue of parents: each at most once, the earliest due first, never handed out while it is worked on.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use crate::object::Uid;

#[derive(Debug, Default)]
struct Place {
    /// When it is due, and its number among those due at the same time.
    due: Option<(Instant, u64)>,
    /// Handed out and not yet given back.
    running: bool,
    /// When it was first added since it was last handed out: for the time it waited.
    added: Option<Instant>,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    places: BTreeMap<Uid, Place>,
    due: BTreeSet<(Instant, u64, Uid)>,
    next: u64,
}

impl Queue {
    /// Makes `uid` due at `at`, or leaves it where it is if it is due earlier. While it is worked on it only
    /// becomes due once it is given back.
    pub(crate) fn add(&mut self, uid: &Uid, at: Instant, now: Instant) {
        let number = self.next;
        let place = self.places.entry(uid.clone()).or_default();
        let since = now.max(at);
        place.added = Some(place.added.map_or(since, |added| added.min(since)));
        match place.due {
            Some((due, _)) if due <= at => return,
            Some((due, old)) => {
                self.due.remove(&(due, old, uid.clone()));
            }
            None => {}
        }
        place.due = Some((at, number));
        self.next += 1;
        if !place.running {
            self.due.insert((at, number, uid.clone()));
        }
    }

    /// Hands out the parent that has been due longest, with the time since when, if one is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Uid, Instant)> {
        if self.due.first()?.0 > now {
            return None;
        }
        let (_, _, uid) = self.due.pop_first()?;
        let place = self.places.get_mut(&uid)?;
        place.due = None;
        place.running = true;
        let added = place.added.take().unwrap_or(now);
        Some((uid, added))
    }

    /// Takes a parent back that was handed out.
    pub(crate) fn done(&mut self, uid: &Uid) {
        if let Some(place) = self.places.get_mut(uid) {
            place.running = false;
            match place.due {
                Some((at, number)) => {
                    self.due.insert((at, number, uid.clone()));
                }
                None => {
                    self.places.remove(uid);
                }
            }
        }
    }

    /// Forgets when a parent is due. One that is worked on stays so.
    pub(crate) fn remove(&mut self, uid: &Uid) {
        if let Some(place) = self.places.get_mut(uid) {
            if let Some((at, number)) = place.due.take() {
                self.due.remove(&(at, number, uid.clone()));
            }
            place.added = None;
            if !place.running {
                self.places.remove(uid);
            }
        }
    }

    /// When the next parent is due that is not worked on.
    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(at, ..)| *at)
    }

    /// When a parent is due.
    pub(crate) fn due(&self, uid: &Uid) -> Option<Instant> {
        Some(self.places.get(uid)?.due?.0)
    }

    /// The parents that are due after `now` and not worked on, the earliest first.
    pub(crate) fn later(&self, now: Instant) -> impl Iterator<Item = (Instant, &Uid)> {
        let due = self.due.iter().map(|(at, _, uid)| (*at, uid));
        due.skip_while(move |(at, _)| *at <= now)
    }

    /// How many parents are worked on.
    pub(crate) fn running(&self) -> usize {
        let places = self.places.values();
        places.filter(|place| place.running).count()
    }

    /// How many parents are due and wait for a pass.
    pub(crate) fn depth(&self, now: Instant) -> usize {
        self.due.iter().take_while(|(at, ..)| *at <= now).count()
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
            queue.add(&uid(name), at, now);
        }
        assert_eq!(queue.depth(now), 2);
        assert_eq!(popped(&mut queue, now), ["a", "c"]);
        assert_eq!(queue.next_due(), Some(later));
        assert_eq!(popped(&mut queue, later), ["b"]);
    }

    #[test]
    fn an_earlier_time_wins_over_a_later_one() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now + Duration::from_secs(9), now);
        queue.add(&uid("a"), now, now);
        queue.add(&uid("a"), now + Duration::from_secs(9), now);
        assert_eq!(popped(&mut queue, now), ["a"]);
        assert_eq!(queue.next_due(), None);
    }

    #[test]
    fn the_time_it_waited_counts_from_the_earliest_that_it_was_due() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now + Duration::from_secs(9), now);
        queue.add(&uid("a"), now, now);
        let later = now + Duration::from_secs(2);
        assert_eq!(queue.pop(later), Some((uid("a"), now)));
    }

    #[test]
    fn what_is_worked_on_is_handed_out_again_only_once_it_is_given_back() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now, now);
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.add(&uid("a"), now, now);
        assert!(popped(&mut queue, now).is_empty());
        queue.done(&uid("a"));
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.done(&uid("a"));
        assert!(queue.places.is_empty());
    }

    #[test]
    fn what_was_removed_is_not_handed_out_even_if_it_is_worked_on() {
        let (mut queue, now) = (Queue::default(), Instant::now());
        queue.add(&uid("a"), now, now);
        queue.add(&uid("b"), now, now);
        queue.remove(&uid("b"));
        assert_eq!(popped(&mut queue, now), ["a"]);
        queue.add(&uid("a"), now, now);
        queue.remove(&uid("a"));
        queue.done(&uid("a"));
        assert!(popped(&mut queue, now).is_empty() && queue.places.is_empty());
    }
}
