//! [`Guard`]: a thread in reserve, so that handlers may begin on the runtime's own threads.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::runtime::Handle;

/// How often the guard looks whether a handler blocks, while handlers are called.
const TICK: Duration = Duration::from_millis(10);
/// A call that was there at so many looks blocks its thread.
const LOOKS: u64 = 2;
/// After a handler that blocked, so many calls get a thread of their own at once: where one blocks, others may.
const CAUTION: u32 = 1000;

/// A thread in reserve, so that handlers may begin on the runtime's own threads; see [`block_on`].
///
/// Most handlers only compute, and are done before another thread would have woken up: to hand each call to a thread
/// of its own costs more than the call. But one that blocks keeps the thread that it began on, and if that is the one
/// that waits for sockets and timers, nobody else wakes up: the others sleep until they are told of something to do.
/// So a worker more than there are cores is kept out of the runtime's sight, by a task that waits. When a handler has
/// kept its thread for two ticks of 10 ms, that task ends, and the worker does what the blocked one can't. The calls
/// that come next get threads of their own, for a while.
#[derive(Clone, Debug)]
pub struct Guard {
    runtime: Handle,
    post: Arc<Post>,
}

#[derive(Debug, Default)]
struct Post {
    state: Mutex<State>,
    /// Rung for a guard that sleeps, when a call begins or the guard is dismissed.
    bell: Condvar,
}

#[derive(Debug, Default)]
struct State {
    on_duty: bool,
    /// It waits for the bell, and for nothing else.
    asleep: bool,
    /// It has to go, for good.
    dismissed: bool,
    /// How often it has looked.
    looks: u64,
    /// How many calls began.
    begun: u64,
    /// The calls under way: their numbers, and at which look they began.
    under_way: Vec<(u64, u64)>,
    caution: u32,
}

impl State {
    fn is_blocked(&self) -> bool {
        let overdue = |(_, since): &(u64, u64)| self.looks >= since + LOOKS;
        self.under_way.iter().any(overdue)
    }
}

/// Runs a future to its end, on a runtime of as many threads as there are cores, and the [`Guard`]'s. What is still
/// running then is left alone: a handler that blocks its thread does not keep anybody.
///
/// This is for a `main` of one's own; [`cli::main`](crate::cli::main) does the same. On any other multi-threaded runtime
/// each call of a handler is handed to a thread, which takes up to a tenth more processor time and is as safe.
///
/// ```no_run
/// # use operator_core::{Operator, kube::Config};
/// # fn operator() -> Operator { unimplemented!() }
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     operator_core::block_on(async |guard| {
///         let client = operator_core::connect(Config::incluster()?)?;
///         let stop = operator_core::runtime::shutdown::signal();
///         operator().guarded(guard).run(client, stop).await?;
///         Ok(())
///     })?
/// }
/// ```
///
/// # Errors
/// If the system gives no threads for it.
pub fn block_on<T>(run: impl AsyncFnOnce(Guard) -> T) -> std::io::Result<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores + 1)
        .enable_all()
        .build()?;
    let guard = Guard {
        runtime: runtime.handle().clone(),
        post: Arc::default(),
    };
    guard.go_on_duty();
    let dismiss = Dismiss(guard.clone());
    let result = runtime.block_on(run(guard));
    drop(dismiss);
    runtime.shutdown_background();
    Ok(result)
}

impl Guard {
    fn state(&self) -> MutexGuard<'_, State> {
        self.post
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a call on the worker that asks; none if nobody is ready to take over from it.
    pub(super) fn place(&self) -> Option<Place> {
        let mut state = self.state();
        if !state.on_duty {
            return None;
        }
        if state.caution > 0 {
            state.caution -= 1;
            return None;
        }
        state.begun += 1;
        let call = (state.begun, state.looks);
        state.under_way.push(call);
        if state.asleep {
            self.post.bell.notify_one();
        }
        drop(state);
        Some(Place {
            guard: self.clone(),
            number: call.0,
        })
    }

    fn go_on_duty(&self) {
        let guard = self.clone();
        self.runtime.spawn(async move { guard.watch() });
    }

    /// Keeps the thread of a worker until a handler blocks another one.
    fn watch(&self) {
        // The worker that this one was may have waited for sockets and timers: another one has to. A task that comes
        // from outside wakes one up.
        let runtime = self.runtime.clone();
        self.runtime
            .spawn_blocking(move || drop(runtime.spawn(async {})));
        let mut state = self.state();
        state.on_duty = true;
        let mut begun = state.begun;
        while !state.dismissed && !state.is_blocked() {
            if state.under_way.is_empty() && state.begun == begun {
                state.asleep = true;
                state = self.wait(state);
                state.asleep = false;
            } else {
                begun = state.begun;
                state = self.wait_for_a_tick(state);
                state.looks += 1;
            }
        }
        state.on_duty = false;
    }

    fn wait<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let woken = self.post.bell.wait(state);
        woken.unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_a_tick<'s>(&self, state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let woken = self.post.bell.wait_timeout(state, TICK);
        woken.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Dismisses a guard when it is dropped, also by a panic: a runtime waits for its threads when it ends.
struct Dismiss(Guard);

impl Drop for Dismiss {
    fn drop(&mut self) {
        self.0.state().dismissed = true;
        self.0.post.bell.notify_one();
    }
}

/// A handler has the thread of a worker.
#[derive(Debug)]
pub(super) struct Place {
    guard: Guard,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut state = self.guard.state();
        state.under_way.retain(|(number, _)| *number != self.number);
        // It took over from this one, and goes back when it was the last that blocked.
        if !state.on_duty && !state.dismissed && !state.is_blocked() {
            state.caution = CAUTION;
            // Now, lest another call that ends meanwhile sends for it as well.
            state.on_duty = true;
            drop(state);
            self.guard.go_on_duty();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
    use tokio::{task::JoinHandle, time::sleep};

    /// A call that begins on a worker and blocks it until it is released. It says whether it was.
    fn block(guard: &Guard) -> (Sender<()>, JoinHandle<bool>) {
        let (release, released) = mpsc::channel();
        let guard = guard.clone();
        let call = tokio::spawn(async move {
            let _place = placed(&guard).await;
            wait(&released)
        });
        (release, call)
    }

    fn wait(released: &Receiver<()>) -> bool {
        let minute = Duration::from_secs(60);
        released.recv_timeout(minute) == Err(RecvTimeoutError::Disconnected)
    }

    /// A place, as soon as the guard is on duty.
    async fn placed(guard: &Guard) -> Place {
        loop {
            match guard.place() {
                Some(place) => return place,
                None => tokio::task::yield_now().await,
            }
        }
    }

    async fn until(guard: &Guard, is: fn(&State) -> bool) {
        while !is(&guard.state()) {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn when_the_thread_that_waits_for_timers_is_blocked_another_one_does() {
        block_on(async |guard| {
            tokio::spawn(sleep(TICK)).await.unwrap();
            let (release, call) = block(&guard);
            tokio::spawn(sleep(TICK)).await.unwrap();
            drop(release);
            assert!(call.await.unwrap());
        })
        .unwrap();
    }

    #[test]
    fn after_a_call_that_blocked_others_begin_elsewhere_for_a_while() {
        block_on(async |guard| {
            let (release, call) = block(&guard);
            until(&guard, |state| state.begun == 1 && !state.on_duty).await;
            assert!(guard.place().is_none());
            drop(release);
            assert!(call.await.unwrap());
            for _ in 0..CAUTION {
                until(&guard, |state| state.on_duty).await;
                assert!(guard.place().is_none());
            }
            drop(placed(&guard).await);
        })
        .unwrap();
    }
}
