//! Open watches: streams of events that wait for what is written, and that can be closed, frozen and delayed.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::{Bytes, BytesMut};
use futures::stream;
use http::Response;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use crate::{
    body::{Body, Cut},
    error::ApiError,
    fault::{Asked, Matches},
    handlers::{Next, WatchStart, Watched},
    render::{self, Form},
    service::Server,
    signals::Listener,
    store::watch::{Told, bookmark, bookmark_line, error_line, line},
    table::View,
};

/// How often a watch is told how far it is, if nothing else is.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// How long before its end it is told once more.
const LAST_BOOKMARK_BEFORE_END: Duration = Duration::from_secs(2);
/// Longer than any program runs.
const FOREVER: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
/// How many changes are put into one chunk.
const CHANGES_AT_ONCE: usize = 256;

/// What a watch does with what there is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It is told this long after it was written.
    Late(Duration),
    Frozen,
    Closed,
}

/// All open watches.
#[derive(Debug)]
pub(crate) struct Watches {
    /// How late events are where nothing else is asked for.
    delay: Duration,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug, Default)]
struct Open {
    number: u64,
    by_number: BTreeMap<u64, (Asked, watch::Sender<Mode>)>,
}

/// An open watch's place among all; it is given up when the stream ends or is dropped.
struct Place {
    open: Arc<Mutex<Open>>,
    number: u64,
}

impl Drop for Place {
    fn drop(&mut self) {
        lock(&self.open).by_number.remove(&self.number);
    }
}

fn lock(open: &Mutex<Open>) -> MutexGuard<'_, Open> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watches {
    pub(crate) fn new(delay: Duration) -> Self {
        Self {
            delay,
            open: Arc::default(),
        }
    }

    fn enter(&self, asked: Asked) -> (Place, watch::Receiver<Mode>) {
        let (sender, mode) = watch::channel(Mode::Late(self.delay));
        let mut open = lock(&self.open);
        open.number += 1;
        let number = open.number;
        open.by_number.insert(number, (asked, sender));
        (
            Place {
                open: Arc::clone(&self.open),
                number,
            },
            mode,
        )
    }

    fn set(&self, matches: &Matches, mode: Mode) -> usize {
        let open = lock(&self.open);
        let matching = open
            .by_number
            .values()
            .filter(|(asked, _)| matches.matches(asked));
        matching.fold(0, |count, (_, sender)| {
            sender.send_replace(mode);
            count + 1
        })
    }

    pub(crate) fn close(&self, matches: &Matches) -> usize {
        self.set(matches, Mode::Closed)
    }

    pub(crate) fn freeze(&self, matches: &Matches) -> usize {
        self.set(matches, Mode::Frozen)
    }

    pub(crate) fn lag(&self, matches: &Matches, by: Duration) -> usize {
        self.set(matches, Mode::Late(by))
    }

    pub(crate) fn thaw(&self) {
        self.set(&Matches::any(), Mode::Late(self.delay));
    }

    pub(crate) fn open(&self) -> usize {
        lock(&self.open).by_number.len()
    }
}

/// So much later, or so late that nobody lives to see it.
fn later(than: Instant, by: Duration) -> Instant {
    than.checked_add(by).unwrap_or(than + FOREVER)
}

/// The response that streams a watch.
pub(crate) fn respond(
    server: &Server,
    start: WatchStart,
    form: Form,
    warnings: &[String],
) -> Response<Body> {
    let watched = &start.watched;
    let asked = Asked {
        verb: "watch".to_owned(),
        resource: watched.kind.resource.plural.clone(),
        namespace: watched.namespace.clone(),
        name: watched.selection.name().unwrap_or_default().to_owned(),
        user: start.user.clone(),
        ..Asked::default()
    };
    let (place, mode) = server.watches().enter(asked);
    let written = server.api().signals.of(watched.kind.collection);
    let now = Instant::now();
    let too_old = start.too_old;
    let mut watching = Watching {
        server: server.clone(),
        form,
        reached: start.after,
        told: start.after,
        bookmarks: start.bookmarks,
        bookmark_at: now + BOOKMARK_EVERY,
        ends_at: later(now, start.timeout),
        first: true,
        ended: false,
        queue: VecDeque::new(),
        written,
        mode,
        usual_delay: server.watches().delay,
        watched: start.watched,
        _place: place,
    };
    watching.begin(&start.initial, start.end_mark);
    if let Some(error) = too_old {
        watching.fail(&error);
    }
    let chunks = stream::unfold(watching, |mut watching| async move {
        let chunk = watching.next().await?;
        Some((Ok::<Bytes, Cut>(chunk), watching))
    });
    render::respond(
        200,
        "application/json",
        Body::Chunks(Box::pin(chunks)),
        warnings,
    )
}

/// A watch under way.
struct Watching {
    server: Server,
    form: Form,
    watched: Watched,
    /// Everything up to here is in the queue or told.
    reached: u64,
    /// The revision of the last event or bookmark.
    told: u64,
    bookmarks: bool,
    bookmark_at: Instant,
    ends_at: Instant,
    /// Whether no event has been told yet: only the first one of a table describes its columns.
    first: bool,
    ended: bool,
    /// What is to be told, in order, with the time at which it was heard of; none for what is never late.
    queue: VecDeque<(Option<Instant>, Bytes)>,
    written: Listener,
    mode: watch::Receiver<Mode>,
    usual_delay: Duration,
    _place: Place,
}

impl Watching {
    fn begin(&mut self, initial: &[Told], end_mark: bool) {
        for changes in initial.chunks(CHANGES_AT_ONCE) {
            self.tell(changes);
        }
        if end_mark {
            self.mark(true);
        }
    }

    /// The next chunk; `None` at the end.
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            let mode = *self.mode.borrow_and_update();
            let delay = match mode {
                Mode::Closed => return None,
                Mode::Frozen => {
                    if !self.until_thawed().await {
                        return None;
                    }
                    continue;
                }
                Mode::Late(delay) => delay,
            };
            if !self.ended {
                self.written.catch_up();
                self.look();
            }
            let due = self.queue.front().map(|(heard, _)| match heard {
                Some(heard) => later(*heard, delay),
                None => Instant::now(),
            });
            match due {
                Some(due) if due <= Instant::now() => {
                    return self.queue.pop_front().map(|(_, chunk)| chunk);
                }
                None if self.ended => return None,
                _ => {}
            }
            if !self.wait(due).await {
                // What lags on command is lost with the end. What is usually late is not: a client that reads slowly
                // gets all that was written until then.
                if delay > self.usual_delay {
                    return None;
                }
                self.end();
            }
        }
    }

    /// Leaves nothing to come but what was written up to now, and that at once.
    fn end(&mut self) {
        self.look();
        self.ended = true;
        for (heard, _) in &mut self.queue {
            *heard = None;
        }
    }

    /// Takes up what was written since the last look.
    fn look(&mut self) {
        let next = {
            let api = self.server.api();
            let next = api.next(&self.watched, self.reached, CHANGES_AT_ONCE);
            let all = matches!(next, Next::Changes(_, reached) if reached >= api.store.revision());
            self.ended = all && !api.still_serves(&self.watched.kind);
            next
        };
        match next {
            Next::Changes(changes, reached) => {
                self.reached = reached;
                self.tell(&changes);
            }
            Next::TooOld(error) => self.fail(&error),
        }
    }

    fn fail(&mut self, error: &ApiError) {
        self.queue.push_back((None, error_line(error)));
        self.ended = true;
    }

    /// Waits for something to do, at most until something is due; `false` if the watch is over.
    async fn wait(&mut self, due: Option<Instant>) -> bool {
        let last_mark = self
            .ends_at
            .checked_sub(LAST_BOOKMARK_BEFORE_END)
            .unwrap_or(self.ends_at);
        let mark_at = if self.told < self.reached {
            self.bookmark_at.min(last_mark)
        } else {
            self.bookmark_at
        };
        let mark_at = if self.bookmarks {
            mark_at.max(Instant::now())
        } else {
            self.ends_at
        };
        tokio::select! {
            biased;
            changed = self.mode.changed() => changed.is_ok(),
            () = self.written.hear() => true,
            () = sleep_until(self.ends_at) => false,
            () = sleep_until(due.unwrap_or(self.ends_at)) => true,
            () = sleep_until(mark_at) => {
                self.look();
                self.mark(false);
                true
            }
        }
    }

    /// Waits while it is frozen; `false` if the watch is over.
    async fn until_thawed(&mut self) -> bool {
        tokio::select! {
            biased;
            changed = self.mode.changed() => changed.is_ok(),
            () = sleep_until(self.ends_at) => false,
        }
    }

    fn mark(&mut self, initial_events_end: bool) {
        let resource = &self.watched.kind.resource;
        let object = bookmark(
            &resource.api_version(),
            &resource.kind,
            self.reached,
            initial_events_end,
        );
        let shown = self.form.object(
            &self.watched.kind,
            object,
            self.first,
            self.server.clock().now(),
        );
        self.queue.push_back((None, bookmark_line(&shown)));
        self.first = false;
        self.told = self.reached;
        self.bookmark_at = Instant::now() + BOOKMARK_EVERY;
    }

    /// Puts changes into the queue, as one chunk.
    fn tell(&mut self, changes: &[Told]) {
        if changes.is_empty() {
            return;
        }
        let mut chunk = BytesMut::new();
        for told in changes {
            if self.form.accepted.view == View::Whole {
                chunk.extend_from_slice(&told.line());
                continue;
            }
            let Ok(value) = serde_json::from_slice(&told.object) else {
                continue;
            };
            let shown = self.form.object(
                &self.watched.kind,
                value,
                self.first,
                self.server.clock().now(),
            );
            self.first = false;
            chunk.extend_from_slice(&line(told.kind.name(), shown.to_string().as_bytes()));
        }
        self.told = self.reached;
        self.queue.push_back((Some(Instant::now()), chunk.freeze()));
    }
}
