//! [`Server`]: requests in, answers out; the one place where anything waits.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, header};
use serde_json::Value;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{
    access::{self, User},
    body::{Body, Cut},
    clock::Clock,
    discovery::RequestLabels,
    error::ApiError,
    fault::{Asked, Fault, Faults},
    handlers::{Answer, Api, Call},
    journal::{Exchange, Journal},
    kinds::Kind,
    render::{self, Form},
    request::{Path, Query, ResourcePath, dry_run_of},
    watching::{self, Watches},
};

/// The largest body that is read.
pub(crate) const MAX_BODY: usize = 3 * 1024 * 1024;
/// How long a read of a revision to come waits.
const FUTURE_REVISION_PATIENCE: Duration = Duration::from_secs(3);

/// Who a request comes from.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Whoever the caller of this process says; `Impersonate-*` headers count.
    Fixed(User),
    /// Whoever the headers prove.
    Headers,
}

/// The server, to be cloned as often as it is needed.
#[derive(Clone)]
pub struct Server(Arc<Inner>);

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
    pub fn new(api: Api, clock: Clock, remembered_requests: usize) -> Self {
        Self(Arc::new(Inner {
            api: Mutex::new(api),
            clock,
            faults: Mutex::default(),
            journal: Mutex::new(Journal::bounded(remembered_requests)),
            watches: Watches::default(),
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
        self.0.journal.lock().unwrap_or_else(PoisonError::into_inner)
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
    pub async fn answer(&self, request: Request<Bytes>, identity: &Identity) -> Result<Response<Body>, Cut> {
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
        let asked = asking.asked(user.as_ref().ok());
        let outcome = self.carry_out(&asking, user.clone(), &asked).await;
        let code = outcome.as_ref().ok().map(|response| response.status().as_u16());
        self.count(&asking, &asked, code);
        let path = if query_text.is_empty() {
            parts.uri.path().to_owned()
        } else {
            format!("{}?{query_text}", parts.uri.path())
        };
        let is_apply = asking.content_type() == "application/apply-patch+yaml";
        self.journal().note(Exchange {
            number: 0,
            at: self.0.clock.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
            user: asked.user,
            agent: asking.agent().to_owned(),
            verb: if is_apply { "apply".to_owned() } else { asked.verb },
            path,
            code,
        });
        outcome
    }

    async fn carry_out(
        &self,
        asking: &Asking,
        user: Result<User, ApiError>,
        asked: &Asked,
    ) -> Result<Response<Body>, Cut> {
        let faults = self.faults().strike(asked);
        let mut stale = None;
        let mut late = None;
        let mut after = None;
        for fault in faults {
            match fault {
                Fault::CutBefore => return Err(Cut),
                Fault::Refuse(error) => return Ok(render::error(&error, &Form::json())),
                Fault::DelayBefore(delay) => sleep(delay).await,
                Fault::ListAt(revision) => stale = Some(revision),
                Fault::DelayAfter(delay) => late = Some(delay),
                Fault::CutAfter => after = Some(None),
                Fault::RefuseAfter(error) => after = Some(Some(error)),
            }
        }
        let form = Form::of(&asking.headers);
        let answered = match (&form, user) {
            (_, Err(error)) | (Err(error), _) => Err(error.clone()),
            (Ok(form), Ok(user)) => self.decide(asking, &user, stale, form).await,
        };
        if let Some(delay) = late {
            sleep(delay).await;
        }
        let form = form.unwrap_or_else(|_| Form::json());
        match after {
            Some(None) => Err(Cut),
            Some(Some(error)) => Ok(render::error(&error, &form)),
            None => Ok(answered.unwrap_or_else(|error| render::error(&error, &form))),
        }
    }

    async fn decide(
        &self,
        asking: &Asking,
        user: &User,
        stale: Option<u64>,
        form: &Form,
    ) -> Result<Response<Body>, ApiError> {
        let patience = Instant::now() + FUTURE_REVISION_PATIENCE;
        loop {
            let mut warnings = Vec::new();
            let mut written;
            let wanted = {
                let mut api = self.api();
                written = api.signals.of_all();
                let answer = self.ask(&mut api, asking, user, stale, &mut warnings)?;
                match answer {
                    Answer::Wait(revision) => revision,
                    Answer::Watch(start) => {
                        drop(api);
                        return Ok(watching::respond(self, start, form, warnings));
                    }
                    answer => {
                        let now = self.0.clock.now();
                        return render::answer(answer, form, &warnings, now);
                    }
                }
            };
            loop {
                let reached = self.api().store.revision() >= wanted;
                if reached {
                    break;
                }
                if !matches!(timeout_at(patience, written.changed()).await, Ok(Ok(()))) {
                    return Err(ApiError::future_revision(wanted, self.api().store.revision()));
                }
            }
        }
    }

    fn ask(
        &self,
        api: &mut Api,
        asking: &Asking,
        user: &User,
        stale: Option<u64>,
        warnings: &mut Vec<String>,
    ) -> Result<Answer, ApiError> {
        let verb = asking.verb();
        let path = match &asking.path {
            Path::Other(path) => {
                api.authorize_path(user, &verb, path)?;
                return api.info(asking.method.as_str(), path, &asking.query, &asking.headers, self.0.clock.now());
            }
            Path::Resource(path) => path,
        };
        api.authorize(user, &verb, path)?;
        let kind = route(api, asking, path)?;
        let mut call = Call {
            now: self.0.clock.now(),
            user,
            agent: asking.agent(),
            path,
            kind,
            query: &asking.query,
            content_type: asking.content_type(),
            body: &asking.body,
            stale,
            warnings: Vec::new(),
        };
        call.warnings.extend(call.kind.resource.deprecation.clone());
        let answer = api.handle(&mut call, &verb);
        *warnings = call.warnings;
        answer
    }

    fn authenticate(&self, identity: &Identity, asking: &Asking) -> Result<User, ApiError> {
        if asking.body.len() > MAX_BODY {
            let message = format!("Request entity too large: limit is {MAX_BODY}");
            return Err(ApiError::new(413, "RequestEntityTooLarge", message));
        }
        let api = self.api();
        let user = match identity {
            Identity::Fixed(user) => user.clone(),
            Identity::Headers => api.authenticate(&asking.headers, self.0.clock.now())?,
        };
        match access::impersonated(&asking.headers)? {
            Some(wanted) => api.impersonate(&user, wanted),
            None => Ok(user),
        }
    }

    fn count(&self, asking: &Asking, asked: &Asked, code: Option<u16>) {
        // A request that was cut counts as what it would have been answered: nobody knows, so it is not counted.
        let Some(code) = code else {
            return;
        };
        let (group, version, scope) = match &asking.path {
            Path::Resource(path) => (path.group.as_str(), path.version.as_str(), scope(path)),
            Path::Other(_) => ("", "", ""),
        };
        let is_resource = matches!(asking.path, Path::Resource(_));
        let verb = match asked.verb.as_str() {
            "get" => "GET",
            "list" => "LIST",
            "watch" => "WATCH",
            "create" => "POST",
            "update" => "PUT",
            "patch" if asking.content_type() == "application/apply-patch+yaml" => "APPLY",
            "patch" => "PATCH",
            "delete" => "DELETE",
            "deletecollection" => "DELETECOLLECTION",
            _ => asking.method.as_str(),
        };
        let labels = RequestLabels {
            code,
            dry_run: dry_run_of(&asking.query),
            group,
            resource: if is_resource { &asked.resource } else { "" },
            scope,
            subresource: if is_resource { &asked.subresource } else { asked.resource.as_str() },
            verb,
            version,
        };
        self.api().count(&labels);
    }
}

fn scope(path: &ResourcePath) -> &'static str {
    match (&path.name, &path.namespace) {
        (Some(_), _) => "resource",
        (None, Some(_)) => "namespace",
        (None, None) => "cluster",
    }
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
    let (verbs, exists) = if path.subresource.is_empty() {
        (&resource.verbs, true)
    } else {
        match resource.subresource(&path.subresource) {
            Some(subresource) => (&subresource.verbs, true),
            None => (&resource.verbs, false),
        }
    };
    if !exists {
        return Err(api.nothing_there(path));
    }
    // POST in no namespace, PUT on a collection and the like have no place.
    let misplaced = match verb.as_str() {
        "create" => {
            path.name.is_some() && path.subresource.is_empty() || path.namespace.is_none() && resource.namespaced
        }
        "update" | "patch" => path.name.is_none(),
        _ => false,
    };
    if misplaced || verb.is_empty() {
        return Err(ApiError::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource").with_empty_details());
    }
    if !verbs.iter().any(|known| *known == verb) {
        if resource.custom {
            let what = crate::error::qualified(&resource.group, &resource.plural);
            let message = format!("{verb} is not supported on resources of kind {what:?}");
            return Err(ApiError::new(405, "MethodNotAllowed", message).about(&resource.group, &resource.plural, ""));
        }
        return Err(ApiError::new(405, "MethodNotAllowed", "the server does not allow this method on the requested resource").with_empty_details());
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
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn content_type(&self) -> &str {
        self.header(header::CONTENT_TYPE)
    }

    /// The field manager that a `User-Agent` stands for.
    fn agent(&self) -> &str {
        let agent = self.header(header::USER_AGENT);
        let end = agent.find('/').unwrap_or(agent.len());
        if end == 0 { "unknown" } else { &agent[..end] }
    }

    /// What is done to what the path names; empty for what can't be done to it.
    fn verb(&self) -> String {
        let Path::Resource(path) = &self.path else {
            return self.method.as_str().to_ascii_lowercase();
        };
        let named = path.name.is_some();
        let watched = path.watch || !named && self.query.flag("watch");
        let verb = match self.method.as_str() {
            "GET" | "HEAD" if watched => "watch",
            "GET" | "HEAD" if named => "get",
            "GET" | "HEAD" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if named => "delete",
            "DELETE" => "deletecollection",
            _ => "",
        };
        verb.to_owned()
    }

    fn asked(&self, user: Option<&User>) -> Asked {
        let user = user.map(|user| user.name.clone()).unwrap_or_default();
        let verb = self.verb();
        match &self.path {
            Path::Other(path) => Asked { verb, resource: path.clone(), user, ..Asked::default() },
            Path::Resource(path) => Asked {
                verb,
                resource: path.resource.clone(),
                subresource: path.subresource.clone(),
                namespace: path.namespace.clone().unwrap_or_default(),
                name: path.name.clone().unwrap_or_default(),
                user,
            },
        }
    }
}

/// One body's JSON, for who asks the server within this process.
pub(crate) fn json_body(value: &Value) -> Bytes {
    Bytes::from(value.to_string())
}
