//! [`Outage`]: a server that serves nobody is tried by one parent at a time, and by all as soon as it serves that one.
//!
//! So a thousand parents do not press a server that is in trouble, none of them waits longer and longer for it, and all
//! go on together when it is well. A parent that fails beside others that are served is none of this: it backs off alone.

use std::time::{Duration, Instant};

use super::backoff::BackoffRange;
use crate::object::Uid;

/// So many requests in a row that the server did not serve, whosever they were, are an outage.
const IN_A_ROW: u32 = 5;

/// How long the server is left alone between two tries.
const PAUSE: BackoffRange = BackoffRange {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(1),
};

/// See the module's documentation.
#[derive(Debug, Default)]
pub(crate) struct Outage {
    /// How many requests in a row the server did not serve.
    failures: u32,
    not_before: Option<Instant>,
    /// The parent that tries.
    trying: Option<Uid>,
}

impl Outage {
    /// A request was served: answered, whether with yes or with no.
    pub(crate) fn served(&mut self) {
        *self = Self::default();
    }

    /// A request was not served; the server may have said how long it is to be left alone.
    pub(crate) fn failed(&mut self, patience: Option<Duration>, now: Instant) {
        self.failures = self.failures.saturating_add(1);
        if let Some(tries) = self
            .failures
            .checked_sub(IN_A_ROW - 1)
            .filter(|tries| *tries > 0)
        {
            let pause = PAUSE.delay("", tries).max(patience.unwrap_or_default());
            self.not_before = now.checked_add(pause);
        }
    }

    /// Whether there is an outage.
    pub(crate) fn is_on(&self) -> bool {
        self.failures >= IN_A_ROW
    }

    /// When the next pass may begin: `None` if only after the one that tries.
    pub(crate) fn opens(&self, now: Instant) -> Option<Instant> {
        if !self.is_on() {
            return Some(now);
        }
        let at = self.not_before.map_or(now, |at| at.max(now));
        self.trying.is_none().then_some(at)
    }

    /// A pass begins.
    pub(crate) fn begins(&mut self, uid: &Uid) {
        if self.is_on() {
            self.trying = Some(uid.clone());
        }
    }

    /// A pass ended.
    pub(crate) fn ends(&mut self, uid: &Uid) {
        if self.trying.as_ref() == Some(uid) {
            self.trying = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uid(name: &str) -> Uid {
        name.into()
    }

    fn outage(now: Instant) -> Outage {
        let mut outage = Outage::default();
        (0..IN_A_ROW).for_each(|_| outage.failed(None, now));
        outage
    }

    #[test]
    fn failures_beside_others_that_are_served_are_no_outage() {
        let (mut outage, now) = (Outage::default(), Instant::now());
        for _ in 0..3 * IN_A_ROW {
            outage.failed(Some(Duration::from_secs(9)), now);
            outage.failed(None, now);
            outage.served();
        }
        assert!(!outage.is_on());
        assert_eq!(outage.opens(now), Some(now));
    }

    #[test]
    fn one_parent_tries_at_a_time_and_all_go_on_when_it_is_served() {
        let now = Instant::now();
        let mut outage = outage(now);
        let first = outage.opens(now).unwrap();
        assert!(first > now && first <= now + PAUSE.first);
        outage.begins(&uid("a"));
        assert_eq!(outage.opens(first), None);
        outage.failed(None, first);
        outage.ends(&uid("b"));
        assert_eq!(outage.opens(first), None, "that was another");
        outage.ends(&uid("a"));
        assert!(outage.opens(first).unwrap() > first);
        outage.served();
        assert_eq!(outage.opens(first), Some(first));
    }

    #[test]
    fn it_is_left_alone_for_a_second_at_most_or_as_long_as_it_asks() {
        let now = Instant::now();
        let mut outage = outage(now);
        (0..100).for_each(|_| outage.failed(None, now));
        assert!(outage.opens(now).unwrap() <= now + PAUSE.longest);
        let asked = Duration::from_secs(7);
        outage.failed(Some(asked), now);
        assert_eq!(outage.opens(now), Some(now + asked));
        assert_eq!(outage.opens(now + 2 * asked), Some(now + 2 * asked));
    }
}
