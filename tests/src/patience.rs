//! [`Patience`]: waiting until something is so, bounded, and saying what was there instead when it never is.

use std::{fmt::Display, time::Duration};

use tokio::time::{Instant, sleep};

/// What was found instead of what is waited for. Any error or text converts into one with `?`.
#[derive(Debug)]
pub struct Miss(String);

impl<T: Display> From<T> for Miss {
    fn from(text: T) -> Self {
        Self(text.to_string())
    }
}

impl Miss {
    /// What was found instead.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// A miss with this text, as the `Err` of a look.
    ///
    /// # Errors
    /// Always: that is what it is for.
    pub fn because<T>(text: impl Display) -> Result<T, Self> {
        Err(text.into())
    }
}

/// How long to wait, and how often to look.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    limit: Duration,
    pause: Duration,
}

impl Default for Patience {
    /// Far longer than anything takes on a slow machine: only a test that fails waits for it.
    fn default() -> Self {
        Self::of(Duration::from_secs(120))
    }
}

impl Patience {
    /// Waits at most this long.
    #[must_use]
    pub fn of(limit: Duration) -> Self {
        Self {
            limit,
            pause: Duration::from_millis(25),
        }
    }

    /// Looks until `look` finds what it looks for.
    ///
    /// # Errors
    /// With `what` was expected and what the last look found, if the limit passes before.
    pub async fn until<T>(
        self,
        what: &str,
        mut look: impl AsyncFnMut() -> Result<T, Miss>,
    ) -> Result<T, String> {
        let end = Instant::now() + self.limit;
        loop {
            match look().await {
                Ok(found) => return Ok(found),
                Err(Miss(last)) if Instant::now() > end => {
                    return Err(format!(
                        "expected {what} within {:?}\n  found: {last}",
                        self.limit
                    ));
                }
                Err(_) => sleep(self.pause).await,
            }
        }
    }
}
