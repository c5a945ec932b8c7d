//! [`Server`]: requests in, answers out; the one place where anything waits.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    access::User,
    body::{Body, Cut},
    clock::Clock,
    discovery::metrics::{self, RequestLabels},
    error::{ApiError, qualified},
    fault::{Asked, Fault, Faults},
    handlers::{Answer, Api, Call},
    journal::{Journal, Noted},
    kinds::Kind,
    render::{self, Form},
    request::{self, Path, Query, ResourcePath, media_type},
    selectors::FieldSelector,
    signals::Listener,
    store::list_options::{ListOptions, WatchFrom, too_large},
    table::{Endpoint, Include, View, negotiate},
    watching::{self, Watches},
};

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 3 * 1024 * 1024;
/// How long a read of a revision to come waits.
const FUTURE_REVISION_PATIENCE: Duration = Duration::from_secs(3);

/// Who a request comes from.
#[derive(Clone, Debug)]
pub(crate) enum Identity {
    /// Whoever the caller of this process says; `Impersonate-*` headers count.
    Fixed(Arc<User>),
    /// Whoever the headers prove.
    Headers,
}

/// The server, to be cloned as often as it is needed.
#[derive(Clone)]
pub(crate) struct Server(Arc<Inner>);

pub(crate) struct Inner {
    api: Mutex<Api>,
    pub(crate) clock: Clock,
    faults: Mutex<Faults>,
    journal: Mutex<Journal>,
    pub(crate) watches: Watches,
}

impl Server {
    /// A server with this state.
    #[must_use]
    pub(crate) fn new(
        api: Api,
        clock: Clock,
        remembered_requests: usize,
        watch_delay: Duration,
    ) -> Self {
        Self(Arc::new(Inner {
            api: Mutex::new(api),
            clock,
            faults: Mutex::default(),
            journal: Mutex::new(Journal::bounded(remembered_requests)),
            watches: Watches::new(watch_delay),
        }))
    }

    /// The state, alone.
    pub(crate) fn api(&self) -> MutexGuard<'_, Api> {
        // A request that panicked has stored a whole object or none.
        self.0.api.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn journal(&self) -> MutexGuard<'_, Journal> {
        self.0
            .journal
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(crate) fn watches(&self) -> &Watches {
        &self.0.watches
    }

    /// Answers one request.
    ///
    /// # Errors
    /// Where a fault cuts the connection.
    pub(crate) async fn answer(
        &self,
        request: Request<Bytes>,
        identity: &Identity,
    ) -> Result<Response<Body>, Cut> {
        let came_at = self.0.clock.now();
        let (parts, body) = request.into_parts();
        let query_text = parts.uri.query().unwrap_or_default();
        let asking = Asking {
            path: Path::parse(parts.uri.path()),
            query: Query::parse(query_text),
            method: parts.method,
            headers: parts.headers,
            body,
        };
        let user = self.authenticate(identity, &asking);
        let outcome = match self.at_once(&asking, &user) {
            Some(answered) => Ok(answered),
            // In a box, so that what hardly any request needs does not make every request's future large.
            None => Box::pin(self.carry_out(&asking, &user)).await,
        };
        let code = outcome
            .as_ref()
            .ok()
            .map(|response| response.status().as_u16());
        self.count(&asking, code);
        let path = if query_text.is_empty() {
            parts.uri.path().to_owned()
        } else {
            format!("{}?{query_text}", parts.uri.path())
        };
        self.journal().note(Noted {
            at: came_at,
            user: user.ok(),
            agent: asking.agent().to_owned(),
            verb: if asking.is_apply() {
                "apply"
            } else {
                asking.verb()
            },
            path,
            code,
        });
        outcome
    }

    async fn carry_out(
        &self,
        asking: &Asking,
        user: &Result<Arc<User>, ApiError>,
    ) -> Result<Response<Body>, Cut> {
        let faults = self.strike(asking, user);
        let mut stale = None;
        let mut late = None;
        let mut after = None;
        for fault in faults {
            match fault {
                Fault::CutBefore => return Err(Cut),
                Fault::Refuse(error) => return Ok(render::error(&error, Form::json())),
                Fault::DelayBefore(delay) => sleep(delay).await,
                Fault::ListAt(revision) => stale = Some(revision),
                Fault::DelayAfter(delay) => late = Some(delay),
                Fault::CutAfter => after = Some(None),
                Fault::RefuseAfter(error) => after = Some(Some(error)),
            }
        }
        let answered = match user {
            Err(error) => Err(error.clone()),
            Ok(user) => self.decide(asking, user, stale).await,
        };
        if let Some(delay) = late {
            sleep(delay).await;
        }
        let refuse = |error: &ApiError| render::error(error, asking.error_form());
        match after {
            Some(None) => Err(Cut),
            Some(Some(error)) => Ok(refuse(&error)),
            None => Ok(answered.unwrap_or_else(|error| refuse(&error))),
        }
    }

    /// What is to go wrong with a request.
    fn strike(&self, asking: &Asking, user: &Result<Arc<User>, ApiError>) -> Vec<Fault> {
        let mut faults = self.faults();
        if faults.pending() == 0 {
            return Vec::new();
        }
        faults.strike(&asking.asked(user.as_deref().ok()))
    }

    /// The answer to a request that has not to wait, and with which nothing is to go wrong.
    fn at_once(
        &self,
        asking: &Asking,
        user: &Result<Arc<User>, ApiError>,
    ) -> Option<Response<Body>> {
        if self.faults().pending() > 0 {
            return None;
        }
        let attempt = match user {
            Ok(user) => self.attempt(asking, user, None),
            Err(error) => Err(error.clone()),
        };
        match attempt {
            Ok(Attempt::Answered(response)) => Some(response),
            Ok(Attempt::TooEarly(..)) => None,
            Err(error) => Some(render::error(&error, asking.error_form())),
        }
    }

    async fn decide(
        &self,
        asking: &Asking,
        user: &User,
        stale: Option<u64>,
    ) -> Result<Response<Body>, ApiError> {
        let patience = Instant::now() + FUTURE_REVISION_PATIENCE;
        loop {
            let (wanted, mut written) = match self.attempt(asking, user, stale)? {
                Attempt::Answered(response) => return Ok(response),
                Attempt::TooEarly(wanted, written) => (wanted, written),
            };
            while self.api().store.revision() < wanted {
                if timeout_at(patience, written.hear()).await.is_err() {
                    return Err(too_large(wanted, self.api().store.revision()));
                }
            }
        }
    }

    /// Carries out a request on the state as it is.
    fn attempt(
        &self,
        asking: &Asking,
        user: &User,
        stale: Option<u64>,
    ) -> Result<Attempt, ApiError> {
        let mut warnings = Vec::new();
        // Before the state is locked: it may take long.
        let held = asking.held();
        let mut api = self.api();
        let written = api.signals.of_all();
        let (answer, form) = self.ask(&mut api, asking, held, user, stale, &mut warnings)?;
        drop(api);
        let response = match answer {
            Answer::Wait(revision) => return Ok(Attempt::TooEarly(revision, written)),
            Answer::Watch(start) => watching::respond(self, start, form, &warnings),
            answer => render::answer(answer, form, &warnings, self.0.clock.now())?,
        };
        Ok(Attempt::Answered(response))
    }

    fn ask(
        &self,
        api: &mut Api,
        asking: &Asking,
        held: Option<Result<request::Body, String>>,
        user: &User,
        stale: Option<u64>,
        warnings: &mut Vec<String>,
    ) -> Result<(Answer, Form), ApiError> {
        let verb = asking.verb();
        let path = match &asking.path {
            Path::Other(path) => {
                api.authorize(user, verb, Err(path))?;
                let (answer, accepted) =
                    api.info(asking.method.as_str(), path, &asking.query, &asking.headers)?;
                return Ok((
                    answer,
                    Form {
                        accepted,
                        include: Include::default(),
                    },
                ));
            }
            Path::Resource(path) => path,
        };
        api.authorize(user, verb, Ok(&asking.looked_at(path, verb)))?;
        let container = asking.query.get("container");
        if let Some(answer) = api.workload(path, asking.method.as_str(), container) {
            return Ok((answer?, Form::json()));
        }
        let kind = route(api, asking, path)?;
        let form = asking.form(verb, kind.resource.custom)?;
        let mut call = Call {
            now: self.0.clock.now(),
            user,
            agent: asking.agent(),
            path,
            kind,
            query: &asking.query,
            content_type: asking.content_type(),
            body: &asking.body,
            held: held.into(),
            stale,
            warnings: Vec::new(),
        };
        call.warnings.extend(call.kind.resource.deprecation.clone());
        let answer = api.handle(&mut call, verb)?;
        *warnings = call.warnings;
        Ok((answer, form))
    }

    fn authenticate(&self, identity: &Identity, asking: &Asking) -> Result<Arc<User>, ApiError> {
        if asking.body.len() > MAX_BODY {
            let message = format!("Request entity too large: limit is {MAX_BODY}");
            return Err(ApiError::new(413, "RequestEntityTooLarge", message));
        }
        let api = self.api();
        let user = match identity {
            Identity::Fixed(user) => Arc::clone(user),
            Identity::Headers => Arc::new(api.authenticate(&asking.headers, self.0.clock.now())?),
        };
        let path = match &asking.path {
            Path::Resource(path) => Ok(path),
            Path::Other(path) => Err(path.as_str()),
        };
        let wanted = api.impersonate(&user, &asking.headers, asking.verb(), path)?;
        Ok(wanted.map_or(user, Arc::new))
    }

    fn count(&self, asking: &Asking, code: Option<u16>) {
        // What a request that was cut would have been answered nobody knows: it is not counted.
        let Some(code) = code else {
            return;
        };
        let action = |scope| metrics::Action {
            method: asking.method.as_str(),
            scope,
            watch: asking.verb() == "watch",
            apply: asking.is_apply(),
        };
        let dry_run: Vec<&str> = asking.query.all("dryRun").collect();
        let dry_run = metrics::reported_dry_run(&dry_run).into();
        let mut api = self.api();
        // What names nothing is not counted: whoever asks for a thousand such paths makes no labels.
        let labels = match &asking.path {
            Path::Other(path) => {
                let Some(path) = counted_path(path) else {
                    return;
                };
                RequestLabels {
                    code,
                    dry_run,
                    subresource: path.into(),
                    verb: metrics::reported_verb(action("")).into(),
                    ..RequestLabels::default()
                }
            }
            Path::Resource(path) if route(&api, asking, path).is_err() => return,
            Path::Resource(path) => {
                let name = path.name.as_deref().unwrap_or_default();
                let namespace = path.namespace.as_deref().unwrap_or_default();
                let scope = metrics::reported_scope(name, namespace, asking.verb() == "create");
                RequestLabels {
                    code,
                    component: "apiserver".into(),
                    dry_run,
                    group: (&path.group).into(),
                    resource: (&path.resource).into(),
                    scope: scope.into(),
                    subresource: (&path.subresource).into(),
                    verb: metrics::reported_verb(action(scope)).into(),
                    version: (&path.version).into(),
                }
            }
        };
        api.count(&labels);
    }
}

/// What a path outside of the API is counted as: no label takes a value for each group or document.
fn counted_path(path: &str) -> Option<&'static str> {
    let mut parts = path.split('/').skip(1);
    Some(match (parts.next()?, parts.next().unwrap_or_default()) {
        ("", _) => "/",
        ("api", _) => "api",
        ("apis", _) => "apis",
        ("openapi", "v2") => "openapi/v2",
        ("openapi", "v3") => "openapi/v3",
        ("version", _) => "/version",
        ("healthz", _) => "/healthz",
        ("livez", _) => "/livez",
        ("readyz", _) => "/readyz",
        ("metrics", _) => "/metrics",
        _ => return None,
    })
}

/// What comes of a request.
enum Attempt {
    Answered(Response<Body>),
    /// It is about a revision that has not come yet; and what tells of writes from then on.
    TooEarly(u64, Listener),
}

/// The kind that a path names, if it is served there.
fn route(api: &Api, asking: &Asking, path: &ResourcePath) -> Result<Arc<Kind>, ApiError> {
    let Some(kind) = api.kinds.get(&path.group, &path.version, &path.resource) else {
        return Err(api.nothing_there(path));
    };
    let resource = &kind.resource;
    let nowhere = match (&path.name, &path.namespace) {
        (Some(_), None) => resource.namespaced,
        (_, Some(_)) => !resource.namespaced,
        (None, None) => false,
    };
    if nowhere {
        return Err(api.nothing_there(path));
    }
    let verb = asking.verb();
    let not_allowed = || Err(ApiError::method_not_allowed());
    let is_object = path.subresource.is_empty();
    let misplaced = match verb {
        "" => true,
        "create" => {
            is_object && path.name.is_some() && !resource.custom
                || path.namespace.is_none() && resource.namespaced
        }
        "update" | "patch" => path.name.is_none(),
        "deletecollection" => path.namespace.is_none() && resource.namespaced,
        _ => false,
    };
    if misplaced && resource.custom && matches!(verb, "update" | "patch") {
        return Err(ApiError::bad_request("name must be provided"));
    }
    if misplaced && resource.custom && !verb.is_empty() {
        return Err(api.nothing_there(path));
    }
    if misplaced {
        return not_allowed();
    }
    if is_object {
        // A custom resource whose definition is ending is still updated, though discovery does not say so.
        if !resource.custom && !resource.verbs.iter().any(|known| known == verb) {
            return not_allowed();
        }
        return Ok(Arc::clone(kind));
    }
    let Some(subresource) = resource.subresource(&path.subresource) else {
        let name = path.name.as_deref().unwrap_or_default();
        let not_found = ApiError::not_found(&resource.group, &resource.plural, name);
        return Err(if resource.custom {
            not_found
        } else {
            api.nothing_there(path)
        });
    };
    if !subresource.verbs.iter().any(|known| known == verb) {
        if resource.custom {
            let what = qualified(&resource.group, &resource.plural);
            let message = format!("{verb} is not supported on resources of kind {what:?}");
            return Err(ApiError::new(405, "MethodNotAllowed", message).about(
                &resource.group,
                &resource.plural,
                "",
            ));
        }
        return not_allowed();
    }
    Ok(Arc::clone(kind))
}

/// A request, read.
pub(crate) struct Asking {
    path: Path,
    query: Query,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
}

impl Asking {
    fn header(&self, name: header::HeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE)
    }

    /// What the body of a request about objects holds, if it is JSON or YAML.
    fn held(&self) -> Option<Result<request::Body, String>> {
        let is_read = matches!(self.path, Path::Resource(_))
            && !self.body.is_empty()
            && !matches!(self.method, Method::GET | Method::HEAD);
        is_read
            .then(|| request::read_ahead(self.content_type(), &self.body))
            .flatten()
    }

    /// The field manager that a `User-Agent` stands for.
    fn agent(&self) -> &str {
        let agent = self.header(header::USER_AGENT);
        let end = agent.find('/').unwrap_or(agent.len());
        if end == 0 { "unknown" } else { &agent[..end] }
    }

    fn is_apply(&self) -> bool {
        self.method == Method::PATCH
            && media_type(self.content_type()) == "application/apply-patch+yaml"
    }

    /// What is done to what the path names; empty for what can't be done to it.
    fn verb(&self) -> &'static str {
        let method = self.method.as_str();
        let Path::Resource(path) = &self.path else {
            return match method {
                "GET" => "get",
                "HEAD" => "head",
                "POST" => "post",
                "PUT" => "put",
                "PATCH" => "patch",
                "DELETE" => "delete",
                _ => "options",
            };
        };
        let named = path.name.is_some();
        match method {
            "GET" | "HEAD" if path.watch || !named && self.query.flag("watch") => "watch",
            "GET" | "HEAD" if named => "get",
            "GET" | "HEAD" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if named => "delete",
            "DELETE" => "deletecollection",
            _ => "",
        }
    }

    /// What rights are asked for: a list or watch of the object of one name is one of that object.
    fn looked_at<'p>(&self, path: &'p ResourcePath, verb: &str) -> Cow<'p, ResourcePath> {
        let selected = self
            .query
            .get("fieldSelector")
            .filter(|_| matches!(verb, "list" | "watch" | "deletecollection"));
        let fields = selected.and_then(|text| FieldSelector::parse(text).ok());
        match fields
            .as_ref()
            .and_then(|fields| fields.exactly("metadata.name"))
        {
            Some(name) => Cow::Owned(ResourcePath {
                name: Some(name.to_owned()),
                ..path.clone()
            }),
            None => Cow::Borrowed(path),
        }
    }

    fn accept(&self) -> Option<&str> {
        self.headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
    }

    /// How the answer is to be written.
    fn form(&self, verb: &str, custom: bool) -> Result<Form, ApiError> {
        let endpoint = match verb {
            "list" | "deletecollection" => Endpoint::List { custom },
            "watch" => Endpoint::Watch { custom },
            _ => Endpoint::Object { custom },
        };
        let mut accepted = negotiate(self.accept(), endpoint)?;
        accepted.pretty |= self.query.flag("pretty");
        let include = match accepted.view {
            View::Table(_) => Include::parse(self.query.get("includeObject"))?,
            _ => Include::default(),
        };
        Ok(Form { accepted, include })
    }

    /// How a refusal is to be written: never as a table.
    fn error_form(&self) -> Form {
        let mut form = Form::json();
        if let Ok(accepted) = negotiate(self.accept(), Endpoint::Object { custom: true }) {
            form.accepted.encoding = accepted.encoding;
        }
        form
    }

    /// Whether it asks for what there is: a list, or a watch that begins with it.
    fn lists(&self) -> bool {
        let begins_with_it = || {
            let mut options = ListOptions::parse(self.query.pairs()).ok()?;
            options.watch = true;
            options.watch_from().ok()
        };
        match self.verb() {
            "list" => true,
            "watch" => matches!(begins_with_it(), Some(WatchFrom::Initial { .. })),
            _ => false,
        }
    }

    fn asked(&self, user: Option<&User>) -> Asked {
        let user = user.map(|user| user.name.clone()).unwrap_or_default();
        let (verb, apply) = (self.verb().to_owned(), self.is_apply());
        match &self.path {
            Path::Other(path) => Asked {
                verb,
                resource: path.clone(),
                user,
                ..Asked::default()
            },
            Path::Resource(path) => Asked {
                verb,
                apply,
                lists: self.lists(),
                resource: path.resource.clone(),
                subresource: path.subresource.clone(),
                namespace: path.namespace.clone().unwrap_or_default(),
                name: path.name.clone().unwrap_or_default(),
                user,
            },
        }
    }
}

#[cfg(test)]
mod tests;
