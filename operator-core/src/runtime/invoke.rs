//! Calling a handler so that nothing it does can harm anybody else: it may err, panic, hang or block its thread.

mod threads;

use std::{
    any::Any,
    collections::BTreeSet,
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures::{FutureExt, future::BoxFuture};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::oneshot,
    time::{error::Elapsed, timeout},
};

use self::threads::Threads;
use crate::{handler::Error, object::Uid};

/// Why a handler gave no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    Failed(Error),
    Panicked(String),
    /// It took longer than its deadline.
    Late,
    /// It was not called: the one called before, which was too late, still blocks its thread.
    StillRunning,
    /// It was not called: there is no thread for it, for this reason.
    NoThread(String),
}

/// How many handlers may block a thread after they were given up: a thread takes memory, and a system has an end of them.
const ABANDONED: usize = 128;

/// The handlers under way, by parent: those that were given up but still block a thread are among them, and none
/// of these is called again meanwhile.
#[derive(Clone)]
pub(crate) struct Calls {
    running: Arc<Mutex<BTreeSet<Uid>>>,
    threads: Threads,
    most: usize,
    deadline: Duration,
}

impl Calls {
    /// Calls of so many handlers at a time, each of which may take so long.
    pub(crate) fn new(concurrency: usize, deadline: Duration) -> Self {
        Self {
            running: Arc::default(),
            threads: Threads::new(),
            most: concurrency + ABANDONED,
            deadline,
        }
    }

    fn begin(&self, uid: &Uid) -> Result<Running, NoAnswer> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.len() >= self.most {
            let why = "too many handlers of other parents block their threads";
            return Err(NoAnswer::NoThread(why.into()));
        }
        if running.insert(uid.clone()) {
            Ok(Running(self.clone(), uid.clone()))
        } else {
            Err(NoAnswer::StillRunning)
        }
    }

    /// Runs a handler to its end, or to its deadline.
    ///
    /// On a multi-threaded runtime it gets a thread of its own, which it may block. It does not even begin on one of the
    /// runtime's: that may be the one which waits for sockets and timers, and then nobody else wakes up. On a
    /// current-thread runtime, as under a paused clock, it runs inline, so that time only moves when everybody waits.
    pub(crate) async fn call<T: Send + 'static>(
        &self,
        uid: &Uid,
        handler: BoxFuture<'static, Result<T, Error>>,
    ) -> Result<T, NoAnswer> {
        let running = self.begin(uid)?;
        let (deadline, runtime) = (self.deadline, Handle::current());
        let work = to_its_end(running, deadline, handler);
        let (tell, told) = oneshot::channel();
        let work = async move { drop(tell.send(work.await)) };
        if runtime.runtime_flavor() == RuntimeFlavor::CurrentThread {
            tokio::spawn(work);
        } else {
            self.threads
                .run(move || runtime.block_on(work))
                .map_err(|error| NoAnswer::NoThread(format!("the system gives none: {error}")))?;
        }
        // The inner deadline cancels a handler that awaits, the outer one leaves a thread that is blocked.
        match timeout(deadline, told).await {
            Ok(Ok(ended)) => answer(ended),
            Ok(Err(_)) => Err(NoAnswer::NoThread("the runtime stops".into())),
            Err(_) => Err(NoAnswer::Late),
        }
    }
}

/// How a handler ended: within its deadline or not, with an answer or an error, or with a panic.
type Ended<T> = Result<Result<Result<T, Error>, Elapsed>, Panic>;

/// What a panic leaves.
type Panic = Box<dyn Any + Send>;

async fn to_its_end<T>(
    running: Running,
    deadline: Duration,
    handler: BoxFuture<'static, Result<T, Error>>,
) -> Ended<T> {
    // In a block of its own, so that what the handler holds is dropped there as well: that may panic, too.
    let within = AssertUnwindSafe(async move { timeout(deadline, handler).await });
    let ended = within.catch_unwind().await;
    drop(running);
    ended
}

fn answer<T>(ended: Ended<T>) -> Result<T, NoAnswer> {
    match ended {
        Ok(Ok(Ok(answer))) => Ok(answer),
        Ok(Ok(Err(error))) => Err(NoAnswer::Failed(error)),
        Ok(Err(_)) => Err(NoAnswer::Late),
        Err(panic) => Err(NoAnswer::Panicked(said(&*panic))),
    }
}

/// A call under way; it ends when this is dropped, on whatever thread.
struct Running(Calls, Uid);

impl Drop for Running {
    fn drop(&mut self) {
        self.0
            .running
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&self.1);
    }
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is no text".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::poll_fn, task::Poll};

    use futures::future::pending;

    const DEADLINE: Duration = Duration::from_millis(50);

    fn uid() -> Uid {
        "P".into()
    }

    #[tokio::test]
    async fn an_answer_and_an_error_come_through() {
        let calls = Calls::new(1, DEADLINE);
        assert_eq!(
            calls.call(&uid(), Box::pin(async { Ok(1) })).await.unwrap(),
            1
        );
        let failed = calls
            .call::<()>(&uid(), Box::pin(async { Err(Error::permanent("no")) }))
            .await;
        assert!(matches!(failed, Err(NoAnswer::Failed(error)) if error.to_string() == "no"));
    }

    #[tokio::test]
    async fn a_panic_is_caught_with_what_it_said() {
        let panicked = Calls::new(1, DEADLINE)
            .call::<()>(&uid(), Box::pin(async { panic!("at {}", 1) }))
            .await;
        assert!(matches!(panicked, Err(NoAnswer::Panicked(said)) if said == "at 1"));
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn a_panic_in_what_a_handler_lets_go_is_its_own() {
        struct Fragile;
        impl Drop for Fragile {
            fn drop(&mut self) {
                panic!("in pieces");
            }
        }
        // Time to print where it panicked.
        let calls = Calls::new(1, 100 * DEADLINE);
        let fragile = Fragile;
        let holds_it = poll_fn(move |_| {
            let _fragile = &fragile;
            Poll::Ready(Ok(()))
        });
        let panicked = calls.call::<()>(&uid(), Box::pin(holds_it)).await;
        assert!(matches!(panicked, Err(NoAnswer::Panicked(said)) if said == "in pieces"));
        assert!(calls.call(&uid(), Box::pin(async { Ok(()) })).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_awaits_for_ever_is_cancelled_and_called_again() {
        let calls = Calls::new(1, DEADLINE);
        for _ in 0..2 {
            let late = calls.call::<()>(&uid(), Box::pin(pending())).await;
            assert!(matches!(late, Err(NoAnswer::Late)));
            tokio::task::yield_now().await;
            assert!(calls.running.lock().unwrap().is_empty());
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn one_that_blocks_its_thread_stops_nobody_and_is_not_called_again_until_it_returns() {
        let calls = Calls::new(1, DEADLINE);
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        let handler = async move {
            blocked.recv().ok();
            Ok(())
        };
        assert!(matches!(
            calls.call(&uid(), Box::pin(handler)).await,
            Err(NoAnswer::Late)
        ));
        assert!(matches!(
            calls.call(&uid(), Box::pin(async { Ok(()) })).await,
            Err(NoAnswer::StillRunning)
        ));
        assert!(
            calls
                .call(&"Q".into(), Box::pin(async { Ok(()) }))
                .await
                .is_ok()
        );
        release.send(()).unwrap();
        while !calls.running.lock().unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
        assert!(calls.call(&uid(), Box::pin(async { Ok(()) })).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn handlers_that_block_do_not_use_up_all_threads() {
        let calls = Calls::new(1, DEADLINE);
        let mut blocked = Vec::new();
        for number in 0..=ABANDONED {
            blocked.push(calls.begin(&number.to_string().into()));
        }
        assert!(blocked.iter().all(Result::is_ok));
        let refused = calls.call(&uid(), Box::pin(async { Ok(()) })).await;
        assert!(matches!(refused, Err(NoAnswer::NoThread(_))));
        drop(blocked);
        assert!(calls.call(&uid(), Box::pin(async { Ok(()) })).await.is_ok());
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn one_that_blocks_is_late_also_where_a_single_thread_is_awake() {
        let calls = Calls::new(1, DEADLINE);
        let (release, blocked) = std::sync::mpsc::channel::<()>();
        // After a sleep the worker that waits for timers is awake, and the other one sleeps until it is told.
        let late = tokio::spawn(async move {
            tokio::time::sleep(DEADLINE).await;
            let handler = async move { Ok(blocked.recv_timeout(Duration::from_secs(60)).is_ok()) };
            calls.call(&uid(), Box::pin(handler)).await
        });
        assert!(matches!(late.await, Ok(Err(NoAnswer::Late))));
        drop(release);
    }
}
