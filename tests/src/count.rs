//! [`Count`]: how often a handler was called, as its test sees it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

/// A number that only grows. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Count(Arc<AtomicUsize>);

impl Count {
    /// Adds one.
    pub fn up(&self) {
        self.0.fetch_add(1, Ordering::SeqCst);
    }

    /// Adds one, and says what it was before.
    #[must_use]
    pub fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    /// The number.
    #[must_use]
    pub fn get(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }
}
