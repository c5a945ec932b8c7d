//! Requests to the API server about objects, and what it answers: where they are, by which verb, and what the status code says.

use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use kube::{
    Client,
    api::{
        DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, Preconditions,
        PropagationPolicy, ValidationDirective, WatchParams,
    },
    client::Body,
    core::Request as Url,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    account::{Asked, Verb, Witness},
    causes::{self, Cause},
};
use crate::{
    K8sType,
    engine::outage::Outage,
    object::{ObjectKey, ResourceVersion},
    segment::segment,
};

/// A request that takes longer is given up; whether it was carried out is then not known.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What an answer says beside its code is not waited for longer, if the code says no.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(5);
/// A server, or what stands before it, that asks for more patience than this is asked again nevertheless: a page that says
/// "maintenance, come back in an hour" is gone long before that.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// How many objects a page of a list has.
const PAGE: u32 = 500;
/// How long the server keeps a watch open before it ends it in order.
pub(super) const WATCH_SECONDS: u32 = 290;

/// Why a request did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The server said no.
    Refused(Refused),
    /// No answer came.
    NoAnswer(String),
}

/// An answer that says no.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Refused {
    pub(crate) code: u16,
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) causes: Vec<Cause>,
    /// The name of the object that the refusal is about, if it says one.
    pub(crate) about: String,
    /// At most [`LONGEST_PATIENCE`].
    pub(crate) retry_after: Option<Duration>,
}

impl Failure {
    pub(crate) fn code(&self) -> Option<u16> {
        match self {
            Self::Refused(refused) => Some(refused.code),
            Self::NoAnswer(_) => None,
        }
    }

    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused(refused) => refused.retry_after,
            Self::NoAnswer(_) => None,
        }
    }

    /// Whether the server says that there is no object of this name. A 404 alone does not: so is answered what is asked for
    /// under a path that the server does not serve, or does not serve yet.
    pub(crate) fn is_gone(&self, name: &str) -> bool {
        matches!(self, Self::Refused(refused)
            if refused.code == 404 && refused.reason == "NotFound" && refused.about == name)
    }

    /// Whether the same request may succeed later although nobody changes anything. So it may where the server does not serve
    /// the path (yet), as opposed to an object that it does not have.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::NoAnswer(_) => true,
            Self::Refused(refused) if refused.code == 404 => refused.about.is_empty(),
            Self::Refused(refused) => matches!(refused.code, 408 | 409 | 410 | 429 | 500..),
        }
    }

    /// Whether the server did not serve the request, whatever that was about: it was not there, or had too much to do.
    pub(crate) fn is_of_the_server(&self) -> bool {
        self.code()
            .is_none_or(|code| matches!(code, 429 | 502 | 503 | 504))
    }

    /// Whether access control said no, as opposed to a quota, a webhook or a namespace that is going away: these
    /// answer 403 as well, but they are about one object.
    pub(crate) fn is_forbidden(&self) -> bool {
        self.code() == Some(401) || self.is_denied()
    }

    /// The same of a known user: one that has not the right.
    pub(crate) fn is_denied(&self) -> bool {
        let Self::Refused(refused) = self else {
            return false;
        };
        let message = refused.message.trim_end();
        refused.code == 403
            && (message.contains("User \"") && message.contains("\" cannot ")
                // Kubernetes 1.20, where an apply would have created.
                || message.ends_with(" is forbidden:")
                || self.is_about_owner())
    }

    /// Whether it was that the parent is named as an owner that is not to go first, which takes a right of its own where
    /// the server checks that.
    pub(crate) fn is_about_owner(&self) -> bool {
        matches!(self, Self::Refused(refused) if refused.code == 403 && refused.message.contains("cannot set blockOwnerDeletion"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoAnswer(why) => write!(f, "no answer: {why}"),
            Self::Refused(refused) => {
                write!(f, "{}", refused.code)?;
                let named = StatusCode::from_u16(refused.code)
                    .ok()
                    .and_then(|code| code.canonical_reason());
                let reason = if refused.reason.is_empty() {
                    named.unwrap_or_default()
                } else {
                    &refused.reason
                };
                if !reason.is_empty() {
                    write!(f, " {reason}")?;
                }
                let causes = (refused.code == 422)
                    .then(|| causes::told(&refused.causes))
                    .flatten();
                match causes.as_deref().unwrap_or(&refused.message) {
                    "" => Ok(()),
                    said => write!(f, ": {said}"),
                }
            }
        }
    }
}

/// A kind as discovery knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Discovered {
    pub(crate) plural: String,
    pub(crate) namespaced: bool,
    pub(crate) has_status: bool,
}

/// One kind on one server. To clone one copies no text.
#[derive(Clone)]
pub(crate) struct Endpoint {
    client: Arc<Client>,
    kind: &'static K8sType,
    pub(crate) discovered: Arc<Discovered>,
    /// The field manager of every write.
    manager: Arc<str>,
    witness: Option<Witness>,
    /// What hears whether the server serves.
    outage: Option<Arc<Mutex<Outage>>>,
}

/// What a watch begins with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum From<'a> {
    /// With what there is, told as if it were added, up to a bookmark that says so; then with what comes.
    Everything,
    /// With what came after this version.
    Version(&'a ResourceVersion),
}

fn base(api_version: &str) -> String {
    // Only the kinds of the core have no group.
    let root = if api_version.contains('/') {
        "/apis/"
    } else {
        "/api/"
    };
    [root, api_version].concat()
}

/// Where the objects of a kind are: those of a namespace, or all.
pub(crate) fn collection(api_version: &str, plural: &str, namespace: Option<&str>) -> Url {
    let base = base(api_version);
    Url::new(match namespace.map(segment) {
        Some(namespace) => [&base, "/namespaces/", &namespace, "/", plural].concat(),
        None => [&base, "/", plural].concat(),
    })
}

impl Endpoint {
    /// Asks the server for a kind; `Ok(None)` if it does not have it.
    pub(crate) async fn discover(
        client: Client,
        kind: &'static K8sType,
        manager: &str,
    ) -> Result<Option<Self>, Failure> {
        let request = Request::get(base(kind.api_version))
            .body(Vec::new())
            .map_err(|error| Failure::NoAnswer(error.to_string()))?;
        let body = match send(&client, request).await {
            Ok(body) => body,
            Err(failure) if failure.code() == Some(404) => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok(discovered(kind, &body)?.map(|discovered| Self {
            client: client.into(),
            kind,
            discovered: discovered.into(),
            manager: manager.into(),
            witness: None,
            outage: None,
        }))
    }

    /// The same, whose requests are told.
    pub(super) fn witnessed(self, witness: Witness) -> Self {
        Self {
            witness: Some(witness),
            ..self
        }
    }

    /// The same, whose requests tell whether the server serves.
    pub(super) fn heard_by(self, outage: &Arc<Mutex<Outage>>) -> Self {
        Self {
            outage: Some(Arc::clone(outage)),
            ..self
        }
    }

    fn url(&self, namespace: Option<&str>) -> Url {
        let namespace = namespace.filter(|_| self.discovered.namespaced);
        collection(self.kind.api_version, &self.discovered.plural, namespace)
    }

    /// Where an object is, and its name as it is written there.
    fn at<'a>(&self, key: &'a ObjectKey) -> (Url, Cow<'a, str>) {
        (self.url(key.namespace.as_deref()), segment(&key.name))
    }

    /// Asks for a page of a list, the one that `next` stands for.
    pub(crate) async fn list(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
        next: Option<String>,
    ) -> Result<Bytes, Failure> {
        self.page(namespace, selector, next, PAGE).await
    }

    /// Asks for the least that tells of which version the server's state is: one object, whichever. By a selector the server
    /// might look through all to find one.
    pub(crate) async fn list_one(&self, namespace: Option<&str>) -> Result<Bytes, Failure> {
        self.page(namespace, None, None, 1).await
    }

    async fn page(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
        next: Option<String>,
        limit: u32,
    ) -> Result<Bytes, Failure> {
        let params = ListParams {
            label_selector: selector.map(Into::into),
            limit: Some(limit),
            continue_token: next,
            ..ListParams::default()
        };
        send(&self.client, built(self.url(namespace).list(&params))?).await
    }

    /// Opens a watch.
    pub(crate) async fn watch(
        &self,
        namespace: Option<&str>,
        selector: Option<&str>,
        from: From<'_>,
    ) -> Result<Body, Failure> {
        let mut params = WatchParams {
            label_selector: selector.map(Into::into),
            timeout: Some(WATCH_SECONDS),
            bookmarks: true,
            ..WatchParams::default()
        };
        let version = match from {
            From::Everything => {
                params = params.initial_events();
                String::new()
            }
            From::Version(version) => version.to_string(),
        };
        let request = built(self.url(namespace).watch(&params, &version))?;
        in_time(open(&self.client, request))
            .await
            .map(Response::into_body)
    }

    pub(crate) async fn get(&self, key: &ObjectKey) -> Result<Bytes, Failure> {
        let asked = asked(Verb::Get, key, false);
        let (url, name) = self.at(key);
        self.send(asked, url.get(&name, &GetParams::default()))
            .await
    }

    /// Applies `body`, taking over its fields. `uid` or `resourceVersion` in it say onto which object.
    pub(crate) async fn apply(
        &self,
        key: &ObjectKey,
        body: String,
        dry_run: bool,
    ) -> Result<Bytes, Failure> {
        let params = PatchParams {
            dry_run,
            force: true,
            ..self.part()
        };
        let asked = asked(Verb::Apply, key, dry_run);
        // Only for the rest of the request: the body is text already.
        let (url, name) = self.at(key);
        let request = url
            .patch(&name, &params, &Patch::Apply(()))
            .map(|request| request.map(|_| body.into_bytes()));
        self.send(asked, request).await
    }

    pub(crate) async fn post(
        &self,
        key: &ObjectKey,
        body: String,
        dry_run: bool,
    ) -> Result<Bytes, Failure> {
        let params = self.whole(dry_run);
        let asked = asked(Verb::Create, key, dry_run);
        let url = self.url(key.namespace.as_deref());
        let request = url.create(&params, body.into_bytes());
        self.send(asked, request).await
    }

    pub(crate) async fn put(
        &self,
        key: &ObjectKey,
        body: String,
        dry_run: bool,
    ) -> Result<Bytes, Failure> {
        let params = self.whole(dry_run);
        let asked = asked(Verb::Update, key, dry_run);
        let (url, name) = self.at(key);
        let request = url.replace(&name, &params, body.into_bytes());
        self.send(asked, request).await
    }

    /// How a whole object is sent.
    fn whole(&self, dry_run: bool) -> PostParams {
        PostParams {
            dry_run,
            field_manager: Some((*self.manager).into()),
        }
    }

    /// How a part of an object is sent.
    ///
    /// From 1.25 on a server reads each patch a second time if it is not told otherwise, for warnings: of fields that are
    /// there twice, and, of a merge patch, of those that the schema doesn't have. Nobody would see them here, and without
    /// that it takes up to an eighth less processor time. What an apply has that the schema doesn't is an error all the same.
    fn part(&self) -> PatchParams {
        PatchParams {
            field_manager: Some((*self.manager).into()),
            field_validation: Some(ValidationDirective::Ignore),
            ..PatchParams::default()
        }
    }

    /// Patches an object, or its status, with a merge patch.
    pub(crate) async fn merge(
        &self,
        key: &ObjectKey,
        subresource: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Bytes, Failure> {
        let params = self.part();
        let patch = Patch::Merge(body);
        let (url, name) = self.at(key);
        let asked = Asked {
            subresource,
            ..asked(Verb::Patch, key, false)
        };
        let request = match subresource {
            Some(subresource) => url.patch_subresource(subresource, &name, &params, &patch),
            None => url.patch(&name, &params, &patch),
        };
        self.send(asked, request).await
    }

    /// Deletes the object of that uid, as it was seen, in the background; `None` if it is gone at once, else the object. It
    /// may be somebody else's by now, whom its version protects.
    pub(crate) async fn delete(
        &self,
        key: &ObjectKey,
        uid: &str,
        version: &ResourceVersion,
    ) -> Result<Option<Bytes>, Failure> {
        let params = DeleteParams {
            propagation_policy: Some(PropagationPolicy::Background),
            preconditions: Some(Preconditions {
                uid: Some(uid.into()),
                resource_version: Some(version.to_string()),
            }),
            ..DeleteParams::default()
        };
        let asked = asked(Verb::Delete, key, false);
        let (url, name) = self.at(key);
        let request = url.delete(&name, &params);
        let body = self.send(asked, request).await?;
        let answer: Value = read(&body)?;
        // Some kinds answer with the object even when it is gone: only one that is still there is being deleted.
        Ok(answer["metadata"]["deletionTimestamp"]
            .is_string()
            .then_some(body))
    }

    async fn send(
        &self,
        asked: Asked<'_>,
        request: Result<Request<Vec<u8>>, kube::core::request::Error>,
    ) -> Result<Bytes, Failure> {
        let request = built(request)?;
        let since = Instant::now();
        let answer = exchange(&self.client, request).await;
        if let Some(witness) = &self.witness {
            let code = answer.as_ref().map(|(code, _)| *code);
            witness.answered(self.kind, &asked, code, since.elapsed());
        }
        if let Some(outage) = &self.outage {
            let mut outage = outage.lock().unwrap_or_else(PoisonError::into_inner);
            match &answer {
                Err(failure) if failure.is_of_the_server() => {
                    outage.failed(failure.retry_after(), Instant::now().into_std());
                }
                _ => outage.served(),
            }
        }
        answer.map(|(_, body)| body)
    }
}

fn asked(verb: Verb, key: &ObjectKey, dry_run: bool) -> Asked<'_> {
    Asked {
        verb,
        key,
        subresource: None,
        dry_run,
    }
}

fn discovered(kind: &K8sType, body: &[u8]) -> Result<Option<Discovered>, Failure> {
    let list: Value = read(body)?;
    let resources = list["resources"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let name = |resource: &Value| resource["name"].as_str().unwrap_or_default().to_owned();
    let found = resources
        .iter()
        .find(|resource| resource["kind"] == kind.kind && !name(resource).contains('/'));
    Ok(found.map(|resource| {
        let plural = name(resource);
        let status = format!("{plural}/status");
        Discovered {
            namespaced: resource["namespaced"] == true,
            has_status: resources.iter().any(|resource| name(resource) == status),
            plural,
        }
    }))
}

pub(crate) fn built(
    request: Result<Request<Vec<u8>>, kube::core::request::Error>,
) -> Result<Request<Vec<u8>>, Failure> {
    request.map_err(|error| Failure::NoAnswer(format!("the request can't be made: {error}")))
}

pub(crate) fn read<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Result<T, Failure> {
    Ok(serde_json::from_str(text(body)?)?)
}

/// What came, as text.
pub(super) fn text(body: &[u8]) -> Result<&str, Failure> {
    std::str::from_utf8(body).map_err(|error| unreadable(&error))
}

impl std::convert::From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        unreadable(&error)
    }
}

fn unreadable(error: &dyn fmt::Display) -> Failure {
    Failure::NoAnswer(format!("the answer can't be read: {error}"))
}

/// Sends a request and reads the answer whole.
pub(crate) async fn send(client: &Client, request: Request<Vec<u8>>) -> Result<Bytes, Failure> {
    exchange(client, request).await.map(|(_, body)| body)
}

/// Sends a request and reads the answer whole: with its status code, one of success.
pub(crate) async fn exchange(
    client: &Client,
    request: Request<Vec<u8>>,
) -> Result<(u16, Bytes), Failure> {
    in_time(async {
        let response = open(client, request).await?;
        let code = response.status().as_u16();
        Ok((code, collect(response).await?))
    })
    .await
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let answer = tokio::time::timeout(REQUEST_TIMEOUT, answer).await;
    answer.unwrap_or_else(|_| {
        let seconds = REQUEST_TIMEOUT.as_secs();
        Err(Failure::NoAnswer(format!("none within {seconds} s")))
    })
}

async fn collect(response: Response<Body>) -> Result<Bytes, Failure> {
    let body = response.into_body().collect().await;
    body.map(http_body_util::Collected::to_bytes)
        .map_err(|error| Failure::NoAnswer(told(&error)))
}

/// Sends a request and waits for the head of the answer; one that says no is read whole, if it comes soon. How long the head
/// may take is for the caller to say.
async fn open(client: &Client, request: Request<Vec<u8>>) -> Result<Response<Body>, Failure> {
    let response = client.send(request.map(Body::from)).await;
    let response = response.map_err(|error| Failure::NoAnswer(told(&error)))?;
    if response.status().is_success() {
        return Ok(response);
    }
    let code = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|seconds| seconds.to_str().ok()?.parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_PATIENCE));
    let body = tokio::time::timeout(REFUSAL_TIMEOUT, collect(response)).await;
    let body = body.map(Result::unwrap_or_default).unwrap_or_default();
    Err(Failure::Refused(refused(code, retry_after, &body)))
}

fn refused(code: u16, retry_after: Option<Duration>, body: &[u8]) -> Refused {
    let status: Value = serde_json::from_slice(body)
        .unwrap_or_else(|_| json!({"message": String::from_utf8_lossy(body).trim().chars().take(300).collect::<String>()}));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Refused {
        code,
        reason: text(&status["reason"]),
        message: text(&status["message"]),
        causes: serde_json::from_value(status["details"]["causes"].clone()).unwrap_or_default(),
        about: text(&status["details"]["name"]),
        retry_after,
    }
}

/// A `Status` that came in place of an event.
pub(crate) fn refused_in_watch(status: &str) -> Failure {
    let code = serde_json::from_str::<Value>(status)
        .ok()
        .and_then(|status| u16::try_from(status["code"].as_u64()?).ok());
    Failure::Refused(refused(code.unwrap_or(500), None, status.as_bytes()))
}

/// An error with its sources, each said once.
pub(crate) fn told(error: &dyn StdError) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        let more = source.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        next = source.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;
    use crate::k8s_types::apps::v1::Deployment;

    #[test]
    fn discovery_says_scope_plural_and_status() {
        let body = json!({"resources": [
            {"name": "deployments/status", "kind": "Deployment", "namespaced": true},
            {"name": "deployments", "kind": "Deployment", "namespaced": true},
        ]});
        let found = discovered(Deployment, body.to_string().as_bytes()).unwrap();
        assert_eq!(
            found,
            Some(Discovered {
                plural: "deployments".into(),
                namespaced: true,
                has_status: true
            })
        );
        assert_eq!(
            discovered(Deployment, br#"{"resources": []}"#).unwrap(),
            None
        );
        assert!(discovered(Deployment, b"<html>").is_err());
    }

    #[tokio::test]
    async fn every_verb_finds_an_object_whatever_its_name_has_in_it() {
        let paths = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&paths);
        let service = tower::service_fn(move |request: Request<Body>| {
            let path = format!("{} {}", request.method(), request.uri().path());
            seen.lock().unwrap().push(path);
            async { Ok::<_, Infallible>(Response::new(Body::from(b"{}".to_vec()))) }
        });
        let endpoint = Endpoint {
            client: Client::new(service, "ns").into(),
            kind: Deployment,
            discovered: Arc::new(Discovered {
                plural: "deployments".into(),
                namespaced: true,
                has_status: true,
            }),
            manager: "op".into(),
            witness: None,
            outage: None,
        };
        let (body, key) = (String::new, ObjectKey::new(Some("n?s"), "read: all?"));
        let (version, patch) = (ResourceVersion::new("1"), json!({}));
        endpoint.get(&key).await.unwrap();
        endpoint.apply(&key, body(), false).await.unwrap();
        endpoint.put(&key, body(), false).await.unwrap();
        endpoint.merge(&key, None, &patch).await.unwrap();
        endpoint.merge(&key, Some("status"), &patch).await.unwrap();
        endpoint.delete(&key, "uid", &version).await.unwrap();
        endpoint.post(&key, body(), false).await.unwrap();
        endpoint.list(Some("n?s"), None, None).await.unwrap();
        let from = From::Version(&version);
        endpoint.watch(Some("n?s"), None, from).await.unwrap();

        let all = "/apis/apps/v1/namespaces/n%3Fs/deployments";
        let one = format!("{all}/read:%20all%3F");
        assert_eq!(
            *paths.lock().unwrap(),
            [
                format!("GET {one}"),
                format!("PATCH {one}"),
                format!("PUT {one}"),
                format!("PATCH {one}"),
                format!("PATCH {one}/status"),
                format!("DELETE {one}"),
                format!("POST {all}"),
                format!("GET {all}"),
                format!("GET {all}"),
            ]
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_whose_text_does_not_come_is_one_all_the_same() {
        let service = tower::service_fn(|_: Request<Body>| async {
            let body = stream::pending::<Result<Frame<Bytes>, Infallible>>();
            let body = BodyExt::boxed(StreamBody::new(body));
            Ok::<_, Infallible>(Response::builder().status(410).body(body).unwrap())
        });
        let client = Client::new(service, "ns");
        let asked = Request::get("/").body(Vec::new()).unwrap();
        let (began, answer) = (Instant::now(), send(&client, asked).await);
        assert_eq!(answer.unwrap_err().code(), Some(410));
        assert_eq!(began.elapsed().as_secs(), REFUSAL_TIMEOUT.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_is_left_alone_for_longer_than_a_minute_however_long_that_was_asked_for() {
        for (asked, given) in [("7", 7), ("3600", 60)] {
            let service = tower::service_fn(move |_: Request<Body>| async move {
                let response = Response::builder().status(503);
                let response = response.header(header::RETRY_AFTER, asked);
                Ok::<_, Infallible>(response.body(Body::empty()).unwrap())
            });
            let client = Client::new(service, "ns");
            let request = Request::get("/").body(Vec::new()).unwrap();
            let refused = send(&client, request).await.unwrap_err();
            assert_eq!(refused.retry_after(), Some(Duration::from_secs(given)));
        }
    }

    #[test]
    fn a_404_says_that_an_object_is_gone_only_if_it_names_it() {
        let failure = |body: &Value| {
            Failure::Refused(refused(404, None, body.to_string().as_bytes())).is_gone("a")
        };
        let named = |name: &str| json!({"reason": "NotFound", "details": {"name": name}});
        assert!(failure(&named("a")));
        assert!(!failure(&named("b")));
        assert!(!failure(
            &json!({"reason": "NotFound", "message": "the server could not find the requested resource"})
        ));
        let plain = Failure::Refused(refused(404, None, b"404 page not found\n"));
        assert!(!plain.is_gone("a"));
    }

    #[test]
    fn a_refusal_says_code_reason_and_message() {
        let failure = |message: &str| {
            let status = json!({"reason": "Forbidden", "message": message});
            Failure::Refused(refused(403, None, status.to_string().as_bytes()))
        };
        let quota = failure("maps \"a\" is forbidden: exceeded quota");
        assert_eq!(
            quota.to_string(),
            "403 Forbidden: maps \"a\" is forbidden: exceeded quota"
        );
        assert!(!quota.is_forbidden() && !quota.is_transient());
        assert!(failure("User \"op\" cannot patch resource \"maps\"").is_forbidden());
        let plain = Failure::Refused(refused(503, None, b"upstream down\n"));
        assert_eq!(plain.to_string(), "503 Service Unavailable: upstream down");
        assert!(plain.is_transient());
    }
}
