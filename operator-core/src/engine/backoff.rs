//! How long a failed parent waits: exponential, bounded, and spread without a random number.

use std::time::Duration;

use super::digest;

/// The shortest and longest wait; it doubles in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BackoffRange {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl BackoffRange {
    /// The wait after `failures` failures in a row (at least one) of what `name` names.
    ///
    /// Up to a quarter is taken off, by a digest of the name and the count, so that a thousand parents that
    /// failed together do not come back together, and one seed still gives one sequence.
    pub(crate) fn delay(&self, name: &str, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(
            1_u32
                .checked_shl(failures.saturating_sub(1))
                .unwrap_or(u32::MAX),
        );
        let full = doubled.min(self.longest);
        let spread =
            u32::try_from(digest::of_text(&format!("{name}/{failures}")) % 256).unwrap_or(0);
        full.mul_f64(1.0 - 0.25 * f64::from(spread) / 256.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANGE: BackoffRange = BackoffRange {
        first: Duration::from_millis(100),
        longest: Duration::from_secs(10),
    };

    #[test]
    fn it_doubles_up_to_the_longest() {
        for failures in 1..100 {
            let delay = RANGE.delay("a", failures);
            let full = RANGE
                .longest
                .min(RANGE.first * 2_u32.pow((failures - 1).min(20)));
            assert!(
                delay <= full && delay >= full.mul_f64(0.75),
                "{failures}: {delay:?} of {full:?}"
            );
        }
    }

    #[test]
    fn parents_that_fail_together_come_back_apart_and_the_same_each_time() {
        assert_ne!(RANGE.delay("a", 3), RANGE.delay("b", 3));
        assert_eq!(RANGE.delay("a", 3), RANGE.delay("a", 3));
    }
}
