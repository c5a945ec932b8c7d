//! Following a kind: discovery, list and watch, each with its own backoff; what comes goes to the engine.
//!
//! A server that can is asked for the list as the beginning of the watch itself; others for pages.

mod page;
mod stream;

use std::{sync::Arc, time::Duration};

use futures::future::{join_all, select_all};
use tokio::time::Instant;

use self::stream::{Event, Line, Stream};
use super::{
    Context,
    account::{Sight, Told},
    api::{self, Endpoint, Failure, From},
    missing,
};
use crate::{
    K8sType,
    config::Namespaces,
    engine::{
        backoff::BackoffRange,
        index::{Change, KindId, Listing},
        state::Scope,
    },
    object::{Object, Parts, ResourceVersion, Uid},
};

/// A server that does not serve is asked again soon, since it may be back at any time.
const AWAY: BackoffRange = BackoffRange {
    first: Duration::from_millis(100),
    longest: Duration::from_secs(1),
};
/// A server that says no is asked again less often: somebody has to change something first.
const SAID_NO: BackoffRange = BackoffRange {
    first: Duration::from_millis(500),
    longest: Duration::from_secs(10),
};

/// One that was away a moment ago also says no because it only starts: it has not read its roles and kinds yet, and its
/// store may have forgotten what a watch asks for. Nobody has to change anything about that.
const STARTS: BackoffRange = BackoffRange {
    longest: AWAY.longest,
    ..SAID_NO
};
/// For so long after it was away a server may be one that starts.
const STARTING: Duration = Duration::from_secs(60);

/// A watch that lasts this long follows its list, also where nothing happens.
const LASTS: Duration = Duration::from_secs(1);

/// A watch that the server ends sooner than this it does not end for its age.
const EARLY: Duration = Duration::from_secs(api::WATCH_SECONDS as u64 - 10);
/// What the parents' CRD lacks is looked for anew this often at most.
const LOOKED: Duration = Duration::from_secs(300);

/// So many lists in a row that are older than what was seen before: the store itself went back, as one that was
/// restored from a backup does. Fewer may come from a server that lags behind.
const LISTS_OF_THE_PAST: u32 = 10;

/// Follows a kind for good.
pub(crate) async fn follow(context: Arc<Context>, kind: KindId) {
    let mut failures = Failures::default();
    let mut pace = Pace::of(context.kind(kind));
    loop {
        match discover(&context, kind).await {
            Ok(endpoint) => {
                failures = Failures::default();
                let scopes = scopes(&endpoint, &context.config.namespaces);
                context
                    .engine()
                    .discovered(kind, endpoint.discovered.namespaced, &scopes);
                if kind == KindId::PARENT {
                    context.learn_anew(endpoint.discovered.has_status);
                }
                context.endpoints.set(kind, endpoint.clone());
                let watches = scopes.into_iter().map(|scope| {
                    let watch = Watch::new(&context, kind, scope, endpoint.clone(), pace);
                    Box::pin(watch.follow())
                });
                // One that finds its kind gone ends them all: the kind is discovered anew, after a pause, since
                // discovery and what it speaks of need not agree at once.
                (pace, ..) = select_all(watches).await;
                pace.pause(1, None).await;
            }
            Err((why, absent, failure)) => {
                let failures = failures.add(failure.as_ref());
                context.lost(kind, &None, why.into(), absent);
                pace.pause(failures, failure.as_ref()).await;
            }
        }
    }
}

type NotFound = (String, bool, Option<Failure>);

async fn discover(context: &Context, kind: KindId) -> Result<Endpoint, NotFound> {
    let kind = context.kind(kind);
    let found = Endpoint::discover(context.client.clone(), kind, &context.identity.manager).await;
    match found {
        Ok(Some(endpoint)) => Ok(endpoint),
        Ok(None) => Err((missing::why(&context.client, kind).await, true, None)),
        Err(failure) => Err((format!("discovery: {failure}"), false, Some(failure))),
    }
}

fn scopes(endpoint: &Endpoint, namespaces: &Namespaces) -> Vec<Scope> {
    match namespaces {
        Namespaces::Only(names) if endpoint.discovered.namespaced => {
            let mut scopes: Vec<Scope> = names
                .iter()
                .map(|name| Some(name.as_str().into()))
                .collect();
            scopes.sort();
            scopes.dedup();
            scopes
        }
        _ => vec![None],
    }
}

/// Failures in a row of one sort. How long a server was away says nothing of how long one that serves will say no:
/// the first answer after that starts the count anew.
#[derive(Default)]
struct Failures {
    count: u32,
    away: bool,
}

impl Failures {
    /// One more; how many of its sort there were in a row.
    fn add(&mut self, failure: Option<&Failure>) -> u32 {
        let away = failure.is_some_and(Failure::is_of_the_server);
        if away != self.away {
            *self = Self { count: 0, away };
        }
        self.count += 1;
        self.count
    }
}

/// How long a kind is waited for after failures, in discovery or in one of its watches.
#[derive(Clone, Copy)]
struct Pace {
    /// The kind's name.
    name: &'static str,
    /// When this kind was last not served.
    last_away: Option<Instant>,
}

impl Pace {
    fn of(kind: &K8sType) -> Self {
        Self {
            name: kind.kind,
            last_away: None,
        }
    }

    /// Waits after so many failures in a row of the sort of this one. Without one the server did answer, but the kind is not
    /// there, or what it tells can't be followed.
    async fn pause(&mut self, failures: u32, failure: Option<&Failure>) {
        let now = Instant::now();
        let is_away = failure.is_some_and(Failure::is_of_the_server);
        let range = match self.last_away {
            _ if is_away => AWAY,
            Some(last) if now.saturating_duration_since(last) < STARTING => STARTS,
            _ => SAID_NO,
        };
        if is_away {
            self.last_away = Some(now);
        }
        let delay = range.delay(self.name, failures);
        let patience = failure.and_then(Failure::retry_after).unwrap_or_default();
        // One that starts asks for five seconds however soon it is there, and a watch is one request.
        let patience = match failure.and_then(Failure::code) {
            Some(503) => patience.min(AWAY.longest),
            _ => patience,
        };
        tokio::time::sleep(delay.max(patience)).await;
    }
}

/// How a watch ended.
enum Ended {
    /// The server closed it, after its own timeout or before: it is renewed.
    Closed,
    /// It broke off or fell silent: the next attempt tells whether the server is there.
    Broken,
    /// What comes next can't be told any more: a list is needed.
    Expired,
    /// With an error.
    Failed(Failure),
}

impl Ended {
    fn of(failure: Failure) -> Self {
        match failure.code() {
            Some(410) => Self::Expired,
            _ => Self::Failed(failure),
        }
    }
}

/// A watch that ended.
struct Watched {
    how: Ended,
    /// How many events and bookmarks there were.
    events: usize,
    /// For how long it was listened to.
    lasted: Duration,
    /// How long before its end it was opened: longer, if it began with a list.
    age: Duration,
}

impl Watched {
    /// It did not come to a watch.
    fn not(how: Ended) -> Self {
        Self {
            how,
            events: 0,
            lasted: Duration::ZERO,
            age: Duration::ZERO,
        }
    }
}

/// What a list came to.
enum Listed {
    /// It is in the engine; a watch goes on from here, the open one if there is one.
    At(ResourceVersion, Option<Stream>),
    /// It is older than what was seen before.
    OfThePast,
}

/// Why a kind is no longer watched.
enum Left {
    /// The server does not have it.
    Gone,
    /// What comes next can't be told any more. The list could be followed if a watch told something since then, or
    /// lasted.
    Behind { followed: bool },
}

/// Whether a list is asked for as the beginning of a watch.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Streams {
    /// It is.
    Yes,
    /// The last one broke off: the next list is one of pages, since it may always do so here.
    NotNow,
    /// It is not: the server does not know that.
    No,
}

/// One kind in one namespace, or everywhere.
struct Watch<'a> {
    context: &'a Context,
    kind: KindId,
    scope: Scope,
    endpoint: Endpoint,
    selector: Option<String>,
    streams: Streams,
    /// When it was last looked for what the parents lacked.
    looked: Option<Instant>,
    pace: Pace,
}

impl<'a> Watch<'a> {
    fn new(
        context: &'a Context,
        kind: KindId,
        scope: Scope,
        endpoint: Endpoint,
        pace: Pace,
    ) -> Self {
        let selector = (kind != KindId::PARENT).then(|| context.identity.selector());
        Self {
            context,
            kind,
            scope,
            endpoint,
            selector,
            streams: Streams::Yes,
            looked: None,
            pace,
        }
    }

    /// Lists and watches until the kind is found to be gone.
    async fn follow(mut self) -> Pace {
        let mut failures = Failures::default();
        let mut past = 0;
        loop {
            match self.list(past >= LISTS_OF_THE_PAST).await {
                Ok(Listed::OfThePast) => {
                    past += 1;
                    let why = Failure::NoAnswer("older than what was seen before".into());
                    self.lost("list", &why);
                    self.pace.pause(past, Some(&why)).await;
                }
                Ok(Listed::At(version, open)) => {
                    past = 0;
                    match self.watch_from(version, open).await {
                        Left::Gone => return self.pace,
                        Left::Behind { followed: true } => failures = Failures::default(),
                        // A list that can't be followed is not repeated in a circle.
                        Left::Behind { followed: false } => {
                            let failures = failures.add(None);
                            if failures > 1 {
                                self.pace.pause(failures - 1, None).await;
                            }
                        }
                    }
                }
                Err(failure) => {
                    let failures = failures.add(Some(&failure));
                    self.lost("list", &failure);
                    if failure.code() == Some(404) {
                        return self.pace;
                    }
                    self.pace.pause(failures, Some(&failure)).await;
                }
            }
        }
    }

    /// Looks whether the parents have by now what they were found to lack. A server ends the watches of a CRD that becomes
    /// another.
    async fn look_again(&mut self) {
        let lacks = self.context.engine().keeps != self.context.may_keep;
        let looked = self.looked.is_some_and(|at| at.elapsed() < LOOKED);
        if self.kind != KindId::PARENT || !lacks || looked {
            return;
        }
        self.looked = Some(Instant::now());
        if let Ok(endpoint) = discover(self.context, self.kind).await {
            self.context.endpoints.set(self.kind, endpoint.clone());
            self.context.learn_anew(endpoint.discovered.has_status);
            self.context.stir();
        }
    }

    fn lost(&self, verb: &'static str, failure: &Failure) {
        let absent = failure.code() == Some(404);
        let said = format!("{verb}: {failure}");
        let why = self.context.why(self.kind, verb, said, failure);
        self.context.lost(self.kind, &self.scope, why, absent);
    }

    /// Lists what there is and hands it over at once. A list of the past is handed over only if it is to be
    /// believed, and then takes the place of all that is known.
    async fn list(&mut self, believe: bool) -> Result<Listed, Failure> {
        if self.streams == Streams::Yes {
            match self.list_by_watch(believe).await? {
                Some(listed) => return Ok(listed),
                None => self.streams = Streams::No,
            }
        }
        let listed = self.list_by_pages(believe).await;
        if self.streams == Streams::NotNow {
            self.streams = Streams::Yes;
        }
        listed
    }

    /// Takes the list from the beginning of a watch, which stays open. `None` if the server does not know that:
    /// it says no, or, before Kubernetes 1.19, sends a bookmark of no meaning.
    async fn list_by_watch(&mut self, believe: bool) -> Result<Option<Listed>, Failure> {
        let (scope, selector) = (self.scope.as_deref(), self.selector.as_deref());
        let opened = self.endpoint.watch(scope, selector, From::Everything).await;
        let mut stream = match opened {
            Ok(body) => Stream::new(body),
            Err(failure) if matches!(failure.code(), Some(400 | 422)) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        // Unless it comes to its end.
        self.streams = Streams::NotNow;
        let mut listing = Listing::new(believe);
        loop {
            let line = stream.next().await.map_err(Failure::NoAnswer)?;
            let Some(line) = line else {
                let why = "the watch ended before it had told what there is";
                return Err(Failure::NoAnswer(why.into()));
            };
            let Line { sent, event } = Line::read(api::text(line)?, &self.context.identity)?;
            match event {
                Event::Error => return Err(api::refused_in_watch(sent)),
                Event::Bookmark {
                    version,
                    ends_initial_events,
                } => {
                    if !ends_initial_events {
                        return Ok(None);
                    }
                    self.streams = Streams::Yes;
                    let listed = self.take_list(listing, version, Some(stream), believe);
                    return Ok(Some(listed));
                }
                Event::Deleted(parts) => listing.delete(&parts.which.place()),
                Event::Applied(parts) => self.take_item(&mut listing, parts, sent),
            }
        }
    }

    /// Lists all pages, all of one version.
    async fn list_by_pages(&self, believe: bool) -> Result<Listed, Failure> {
        let mut listing = Listing::new(believe);
        let mut next = None;
        loop {
            let (scope, selector) = (self.scope.as_deref(), self.selector.as_deref());
            let body = self.endpoint.list(scope, selector, next).await?;
            let head = page::read(&body, |scanner| {
                let identity = &self.context.identity;
                let (sent, parts) = scanner.noting(|scanner| Parts::scan(scanner, identity))?;
                self.take_item(&mut listing, parts, sent);
                Ok(())
            })?;
            next = head.next;
            if next.is_none() {
                return Ok(self.take_list(listing, head.version, None, believe));
            }
        }
    }

    fn take_item(&self, listing: &mut Listing, parts: Parts<'_>, sent: &str) {
        let object = self.context.stored(self.kind, parts);
        if let Some(account) = &self.context.account {
            account.met(&object.uid, sent);
        }
        self.context.engine().index.list(listing, self.kind, object);
    }

    fn take_list(
        &self,
        listing: Listing,
        version: ResourceVersion,
        open: Option<Stream>,
        believe: bool,
    ) -> Listed {
        let now = self.context.now();
        let kind = self.context.kind(self.kind);
        let mut engine = self.context.engine();
        if engine.is_behind(self.kind, &self.scope, &version) {
            if !believe {
                return Listed::OfThePast;
            }
            tracing::warn!(%kind, %version, "the store went back in time");
            engine.forget_kind(self.kind, &self.scope, now);
        }
        let affected = engine.reset(self.kind, &self.scope, listing, &version, now);
        if let Some(account) = &self.context.account {
            account.listed(&affected);
        }
        let back = engine.live(self.kind, &self.scope, now);
        drop(engine);
        self.tell(back);
        self.context.stir();
        tracing::debug!(%kind, %version, streamed = open.is_some(), "listed");
        Listed::At(version, open)
    }

    fn tell(&self, back: bool) {
        if back {
            let kind = self.context.kind(self.kind);
            tracing::info!(%kind, "watched again");
            if let Some(account) = &self.context.account {
                account.tell(Told::WatchBack { kind });
            }
        }
    }

    /// Watches, renewing as often as need be, until a list is needed.
    async fn watch_from(&mut self, mut version: ResourceVersion, mut open: Option<Stream>) -> Left {
        let mut failures = Failures::default();
        let mut followed = false;
        // Whether the server was away, and may have come back with an older store.
        let mut was_away = false;
        loop {
            let watched = match self.is_as_seen(&version, &mut was_away).await {
                Ok(true) => self.watch(&mut version, open.take()).await,
                Ok(false) => return Left::Behind { followed: true },
                Err(failure) => Watched::not(Ended::Failed(failure)),
            };
            let lasted = watched.events > 0 || watched.lasted >= LASTS;
            followed |= lasted;
            if lasted {
                failures = Failures::default();
            }
            match &watched.how {
                Ended::Closed if watched.age < EARLY => self.look_again().await,
                // One that told something and then fell silent may have lost a server that nobody hears of any more.
                Ended::Broken => was_away |= watched.events > 0,
                _ => {}
            }
            match watched.how {
                Ended::Closed | Ended::Broken if lasted => {}
                Ended::Expired => return Left::Behind { followed },
                // One that ends before it said anything is not renewed at once, lest it be done in a circle.
                Ended::Closed | Ended::Broken => {
                    let failures = failures.add(None);
                    if failures > 1 {
                        self.pace.pause(failures - 1, None).await;
                    }
                }
                Ended::Failed(failure) => {
                    let failures = failures.add(Some(&failure));
                    was_away |= failure.is_of_the_server() && failure.code() != Some(429);
                    self.lost("watch", &failure);
                    if failure.code() == Some(404) {
                        return Left::Gone;
                    }
                    self.pace.pause(failures, Some(&failure)).await;
                }
            }
        }
    }

    /// Whether the server's state is not older than what was seen: asked once after each absence. A watch does not tell. From
    /// a version that is still to come it connects, and says nothing until the store has got there, or what comes by then is
    /// skipped.
    async fn is_as_seen(
        &self,
        version: &ResourceVersion,
        was_away: &mut bool,
    ) -> Result<bool, Failure> {
        if !*was_away {
            return Ok(true);
        }
        let body = self.endpoint.list_one(self.scope.as_deref()).await?;
        let head = page::read(&body, |scanner| {
            scanner.pass()?;
            Ok(())
        })?;
        *was_away = false;
        Ok(!version.is_after(&head.version))
    }

    /// Watches once, by the open watch if there is one.
    async fn watch(&self, version: &mut ResourceVersion, open: Option<Stream>) -> Watched {
        let mut stream = match open {
            Some(stream) => stream,
            None => match self.open(version).await {
                Ok(stream) => stream,
                Err(failure) => return Watched::not(Ended::of(failure)),
            },
        };
        let since = Instant::now();
        let mut events = 0;
        let how = loop {
            match stream.next().await {
                Ok(Some(line)) => match self.take(line, version) {
                    Ok(()) => events += 1,
                    Err(failure) => break Ended::of(failure),
                },
                Ok(None) => break Ended::Closed,
                Err(why) => {
                    tracing::debug!(kind = %self.context.kind(self.kind), why, "the watch ended");
                    break Ended::Broken;
                }
            }
        };
        Watched {
            how,
            events,
            lasted: since.elapsed(),
            age: stream.opened.elapsed(),
        }
    }

    async fn open(&self, version: &ResourceVersion) -> Result<Stream, Failure> {
        let (scope, selector) = (self.scope.as_deref(), self.selector.as_deref());
        let from = From::Version(version);
        let body = self.endpoint.watch(scope, selector, from).await?;
        let now = self.context.now();
        let back = self.context.engine().live(self.kind, &self.scope, now);
        self.tell(back);
        self.context.stir();
        Ok(Stream::new(body))
    }

    fn take(&self, line: &[u8], version: &mut ResourceVersion) -> Result<(), Failure> {
        let line = api::text(line)?;
        if let Some(known) = self.known(line) {
            *version = known.resource_version.clone();
            self.took(self.apply_untold(Change::Applied(known)));
            return Ok(());
        }
        let Line { sent, event } = Line::read(line, &self.context.identity)?;
        let (parts, change): (_, fn(Arc<Object>) -> Change) = match event {
            Event::Error => return Err(api::refused_in_watch(sent)),
            Event::Bookmark { version: told, .. } => {
                *version = told;
                let mut engine = self.context.engine();
                engine.bookmark(self.kind, &self.scope, version.clone());
                drop(engine);
                self.context.tell_observer();
                return Ok(());
            }
            Event::Deleted(parts) => (parts, Change::Deleted),
            Event::Applied(parts) => (parts, Change::Applied),
        };
        let object = self.context.stored(self.kind, parts);
        *version = object.resource_version.clone();
        self.took(self.apply(change(object), sent));
        Ok(())
    }

    /// The object that a line shows, where it is known just so: most of what comes was written by this operator.
    fn known(&self, line: &str) -> Option<Arc<Object>> {
        // Who looks on is told of all that comes, as it came.
        if self.context.account.is_some() {
            return None;
        }
        self.context.known(self.kind, &Line::glance(line)?)
    }

    /// Wakes who has to know of what came; passes only where it concerns a parent.
    fn took(&self, concerns_a_parent: bool) {
        if concerns_a_parent {
            self.context.stir();
        } else {
            self.context.tell_observer();
        }
    }
}

impl Watch<'_> {
    /// Takes in a change; whether it concerns a parent. What a write of ours came to is known by its answer.
    fn apply(&self, change: Change, sent: &str) -> bool {
        let Some(account) = &self.context.account else {
            return self.apply_untold(change);
        };
        let now = self.context.now();
        let (Change::Applied(object) | Change::Deleted(object)) = &change;
        let object = Arc::clone(object);
        let is_gone = matches!(change, Change::Deleted(_));
        let mut engine = self.context.engine();
        let before = engine.index.get(self.kind, &object.key).cloned();
        let affected = engine.apply(self.kind, change, now);
        let sight = Sight {
            kind: self.context.kind(self.kind),
            before: before.as_deref(),
            json: sent,
            key: &object.key,
            uid: &object.uid,
            version: &object.resource_version,
            is_gone,
        };
        let is_there = |parent: &Uid| engine.index.parent(parent).is_some();
        let told = account.saw(&sight, &affected, is_there);
        drop(engine);
        if let Some(told) = told {
            account.tell(told);
        }
        !affected.is_empty()
    }

    /// The same where nobody looks on.
    fn apply_untold(&self, change: Change) -> bool {
        let now = self.context.now();
        let affected = self.context.engine().apply(self.kind, change, now);
        !affected.is_empty()
    }
}

/// Follows every declared kind, for good.
pub(crate) async fn follow_all(context: Arc<Context>) {
    let kinds = (0..=context.config.children.len()).map(KindId);
    join_all(kinds.map(|kind| follow(Arc::clone(&context), kind))).await;
}
