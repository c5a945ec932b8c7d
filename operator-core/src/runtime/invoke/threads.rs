//! [`Threads`]: threads that may be blocked for as long as it takes, since nobody waits for one to be free.

use std::{
    io,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        mpsc::{self, RecvTimeoutError, Sender},
    },
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

/// The threads without work, by number; the one that rests the least is the last.
#[derive(Debug, Default)]
struct Resting {
    threads: Vec<(u64, Sender<Work>)>,
    begun: u64,
}

impl Threads {
    /// Has a thread do it, a new one if none rests.
    ///
    /// # Errors
    /// If the system gives no further thread.
    pub(super) fn run(&self, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let mut work: Work = Box::new(work);
        let mut resting = self.resting();
        while let Some((_, thread)) = resting.threads.pop() {
            match thread.send(work) {
                Ok(()) => return Ok(()),
                Err(unsent) => work = unsent.0,
            }
        }
        resting.begun += 1;
        let number = resting.begun;
        drop(resting);
        let threads = self.clone();
        let thread = thread::Builder::new().name(format!("handler-{number}"));
        thread
            .spawn(move || threads.serve(number, work))
            .map(|_| ())
    }

    fn serve(&self, number: u64, first: Work) {
        let (sender, receiver) = mpsc::channel();
        let mut work = first;
        loop {
            work();
            self.resting().threads.push((number, sender.clone()));
            work = match receiver.recv_timeout(KEPT) {
                Ok(next) => next,
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    // Who took it from those that rest sends it something.
                    if self.leave(number) {
                        return;
                    }
                    match receiver.recv() {
                        Ok(next) => next,
                        Err(_) => return,
                    }
                }
            };
        }
    }

    /// Ends the rest of a thread, unless it has ended already.
    fn leave(&self, number: u64) -> bool {
        let mut resting = self.resting();
        let before = resting.threads.len();
        resting.threads.retain(|(other, _)| *other != number);
        resting.threads.len() < before
    }

    fn resting(&self) -> MutexGuard<'_, Resting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
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
        while threads.resting().threads.len() < count {
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
        assert!(threads.leave(1));
        assert!(
            !threads.leave(1),
            "it was taken: something will be sent to it"
        );
        assert_eq!(run(&threads, || {}).recv().unwrap(), "handler-2");
    }
}
