//! [`Threads`]: threads that may be blocked for as long as it takes, since nobody waits for one to be free.

use std::{
    collections::VecDeque,
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

/// A thread without work ends after this long.
const KEPT: Duration = Duration::from_secs(10);

/// What a thread is to do.
type Work = Box<dyn FnOnce() + Send>;

/// A thread for whatever there is to do, as far as the system gives them.
///
/// The next work goes to the thread that rests the least: its stack and its memory are still in the processor's caches, and
/// the others end in time. Tokio's threads for blocking work take turns, which is fairer and costs a storm of short handlers
/// more than their own work does.
#[derive(Clone)]
pub(super) struct Threads {
    state: Arc<Mutex<State>>,
    kept: Duration,
}

#[derive(Default)]
struct State {
    /// What was not begun yet, the oldest first.
    work: VecDeque<Work>,
    /// What wakes each thread that rests; the one that rests the least is the last.
    resting: Vec<Arc<Condvar>>,
    /// How many threads there are, and how many there were.
    alive: u64,
    begun: u64,
}

impl Threads {
    pub(super) fn new() -> Self {
        Self::kept_for(KEPT)
    }

    fn kept_for(kept: Duration) -> Self {
        Self {
            state: Arc::default(),
            kept,
        }
    }

    /// Has a thread do it, a new one if none rests; if the system gives none, the first that has time. A panic of it ends there.
    ///
    /// # Errors
    /// If there is no thread at all. What was to be done is dropped.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut state = self.lock();
        state.work.push_back(Box::new(work));
        if let Some(thread) = state.resting.pop() {
            drop(state);
            thread.notify_one();
            return Ok(());
        }
        let name = format!("handler-{}", state.begun + 1);
        let threads = self.clone();
        match thread::Builder::new()
            .name(name)
            .spawn(move || threads.serve())
        {
            Ok(_) => {
                state.alive += 1;
                state.begun += 1;
                Ok(())
            }
            Err(_) if state.alive > 0 => Ok(()),
            Err(error) => {
                state.work.clear();
                Err(error)
            }
        }
    }

    fn serve(&self) {
        let woken = Arc::new(Condvar::new());
        let mut state = self.lock();
        loop {
            if let Some(work) = state.work.pop_front() {
                drop(state);
                drop(catch_unwind(AssertUnwindSafe(work)));
                state = self.lock();
                continue;
            }
            state.resting.push(Arc::clone(&woken));
            let rested = woken.wait_timeout(state, self.kept);
            state = rested.unwrap_or_else(PoisonError::into_inner).0;
            // Who wakes a thread takes it from those that rest.
            let at = state.resting.iter().position(|it| Arc::ptr_eq(it, &woken));
            if let Some(at) = at {
                state.resting.remove(at);
                if state.work.is_empty() {
                    state.alive -= 1;
                    return;
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
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

    /// Has a thread blocked until it is released; it says then which it is.
    fn block(threads: &Threads) -> (mpsc::Sender<()>, mpsc::Receiver<String>) {
        let (release, blocked) = mpsc::channel::<()>();
        let on = run(threads, move || blocked.recv().unwrap());
        // It has begun once it was taken.
        while !threads.lock().work.is_empty() {
            thread::yield_now();
        }
        (release, on)
    }

    fn all_rest(threads: &Threads, count: usize) {
        while threads.lock().resting.len() < count {
            thread::yield_now();
        }
    }

    #[test]
    fn what_blocks_its_thread_holds_nothing_else_up() {
        let threads = Threads::new();
        let (release, first) = block(&threads);
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
        release.send(()).unwrap();
        assert_eq!(first.recv().unwrap(), "handler-1");
    }

    #[test]
    fn the_thread_that_rests_the_least_goes_on() {
        let threads = Threads::new();
        let (release, first) = block(&threads);
        for _ in 0..3 {
            assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
            all_rest(&threads, 1);
        }
        release.send(()).unwrap();
        first.recv().unwrap();
        all_rest(&threads, 2);
        for _ in 0..3 {
            assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-1");
            all_rest(&threads, 2);
        }
    }

    #[test]
    fn what_comes_while_a_thread_goes_is_done_all_the_same() {
        let threads = Threads::kept_for(Duration::ZERO);
        for _ in 0..2000 {
            run(&threads, || {}).recv().unwrap();
        }
        while threads.lock().alive > 0 {
            thread::yield_now();
        }
        run(&threads, || {}).recv().unwrap();
    }

    #[test]
    fn a_panic_costs_nobody_a_thread() {
        let threads = Threads::new();
        threads.run(|| panic!("on purpose")).unwrap();
        all_rest(&threads, 1);
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-1");
    }
}
