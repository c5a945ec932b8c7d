//! [`Threads`]: threads that may be blocked for as long as it takes, since nobody waits for one to be free.

use std::{
    fmt, io,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// A thread without work ends after this long.
const KEPT: Duration = Duration::from_secs(10);

/// What a thread is to do. It does not panic.
type Work = Box<dyn FnOnce() + Send>;

/// As many threads as there is work that has not ended.
///
/// The next work goes to the thread that rests the least: its stack and its memory are still in the processor's caches, and
/// the others end in time. Tokio's threads for blocking work take turns, which is fairer and costs a storm of short handlers
/// more than their own work does.
#[derive(Clone, Debug, Default)]
pub(super) struct Threads(Arc<Mutex<Resting>>);

#[derive(Debug, Default)]
struct Resting {
    /// The threads without work; the one that rests the least is the last.
    threads: Vec<Arc<Bed>>,
    begun: u64,
}

/// Where a thread rests until it is given something to do.
#[derive(Default)]
struct Bed {
    work: Mutex<Option<Work>>,
    given: Condvar,
}

impl Threads {
    /// Has a thread do it, a new one if none rests.
    ///
    /// # Errors
    /// If the system gives no further thread.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let work: Work = Box::new(work);
        let mut resting = lock(&self.0);
        if let Some(bed) = resting.threads.pop() {
            drop(resting);
            bed.give(work);
            return Ok(());
        }
        resting.begun += 1;
        let name = format!("handler-{}", resting.begun);
        drop(resting);
        let threads = self.clone();
        let thread = thread::Builder::new().name(name);
        thread.spawn(move || threads.serve(work)).map(|_| ())
    }

    fn serve(&self, first: Work) {
        let bed = Arc::<Bed>::default();
        let mut work = Some(first);
        while let Some(now) = work {
            now();
            lock(&self.0).threads.push(Arc::clone(&bed));
            work = bed.rest();
            if work.is_none() && !self.leave(&bed) {
                // Somebody took it from those that rest, and is about to give it something.
                work = bed.rest_on();
            }
        }
    }

    /// Ends the rest of a thread, unless it has ended already.
    fn leave(&self, bed: &Arc<Bed>) -> bool {
        let mut resting = lock(&self.0);
        let before = resting.threads.len();
        resting.threads.retain(|other| !Arc::ptr_eq(other, bed));
        resting.threads.len() < before
    }
}

impl Bed {
    fn give(&self, work: Work) {
        *lock(&self.work) = Some(work);
        self.given.notify_one();
    }

    /// What was given, unless nothing was for long.
    fn rest(&self) -> Option<Work> {
        let waits = |work: &mut Option<Work>| work.is_none();
        let rested = self.given.wait_timeout_while(lock(&self.work), KEPT, waits);
        rested.unwrap_or_else(PoisonError::into_inner).0.take()
    }

    /// What was given, however long it takes.
    fn rest_on(&self) -> Option<Work> {
        let waits = |work: &mut Option<Work>| work.is_none();
        let rested = self.given.wait_while(lock(&self.work), waits);
        rested.unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Bed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bed").finish_non_exhaustive()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    /// Runs something on a thread and says on which.
    fn run(threads: &Threads, work: impl FnOnce() + Send + 'static) -> mpsc::Receiver<String> {
        let (said, on) = mpsc::channel();
        threads
            .run(move || {
                work();
                let name = thread::current().name().map(str::to_owned);
                said.send(name.unwrap_or_default()).unwrap();
            })
            .unwrap();
        on
    }

    fn all_rest(threads: &Threads, count: usize) {
        while lock(&threads.0).threads.len() < count {
            thread::yield_now();
        }
    }

    #[test]
    fn what_blocks_its_thread_holds_nothing_else_up() {
        let threads = Threads::default();
        let (release, blocked) = mpsc::channel::<()>();
        let first = run(&threads, move || blocked.recv().unwrap());
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
        release.send(()).unwrap();
        assert_eq!(first.recv().unwrap(), "handler-1");
    }

    #[test]
    fn the_thread_that_rests_the_least_goes_on() {
        let threads = Threads::default();
        let (release, blocked) = mpsc::channel::<()>();
        let first = run(&threads, move || blocked.recv().unwrap());
        run(&threads, || {}).recv().unwrap();
        all_rest(&threads, 1);
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
        all_rest(&threads, 1);
        release.send(()).unwrap();
        first.recv().unwrap();
        all_rest(&threads, 2);
        for _ in 0..3 {
            assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-1");
            all_rest(&threads, 2);
        }
    }

    #[test]
    fn a_thread_that_ends_is_asked_no_more() {
        let threads = Threads::default();
        run(&threads, || {}).recv().unwrap();
        all_rest(&threads, 1);
        let bed = Arc::clone(&lock(&threads.0).threads[0]);
        assert!(threads.leave(&bed));
        assert!(
            !threads.leave(&bed),
            "it was taken: something will be given to it"
        );
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
    }
}
