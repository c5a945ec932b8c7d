//! [`Clock`]: the server's time, which goes with tokio's: on a paused runtime it stands still.

use jiff::Timestamp;
use tokio::time::Instant;

/// A time at the start, and what tokio's clock has counted since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    base: Timestamp,
    start: Instant,
}

impl Clock {
    /// A clock that shows `base` now.
    #[must_use]
    pub(crate) fn starting_at(base: Timestamp) -> Self {
        Self {
            base,
            start: Instant::now(),
        }
    }

    /// The time.
    #[must_use]
    pub(crate) fn now(&self) -> Timestamp {
        self.base
            .saturating_add(self.start.elapsed())
            .unwrap_or(Timestamp::MAX)
    }
}

/// As `metav1.Time` is written: whole seconds, UTC.
#[must_use]
pub(crate) fn seconds(time: Timestamp) -> String {
    // The form in which it displays itself, which is quicker than one that has to be read first.
    Timestamp::from_second(time.as_second())
        .unwrap_or(time)
        .to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn it_goes_with_tokios_clock() {
        let clock = Clock::starting_at("2030-01-01T00:00:00Z".parse().unwrap());
        assert_eq!(seconds(clock.now()), "2030-01-01T00:00:00Z");
        tokio::time::advance(Duration::from_millis(61_500)).await;
        assert_eq!(seconds(clock.now()), "2030-01-01T00:01:01Z");
    }
}
