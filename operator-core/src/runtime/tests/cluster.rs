//! As much of an API server as the stories of passes and watches need, and a place to let it misbehave.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures::{StreamExt, stream};
use http::{Method, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use kube::{Client, client::Body};
use serde_json::{Value, json};

use crate::engine::diff;

/// A request as a story looks at it.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// `GET foos/a`, `PATCH things/a?dry`, `WATCH things`, `STREAM things` for one that begins with what there is,
    /// `PATCH foos/a/status`. `DISCOVER`, which is not kept.
    pub(super) line: String,
    pub(super) query: String,
    pub(super) body: Value,
}

impl Asked {
    fn writes(&self) -> bool {
        ["PATCH ", "POST ", "PUT ", "DELETE "]
            .iter()
            .any(|verb| self.line.starts_with(verb))
    }

    /// What the query says of `name`; nothing is as good as an empty text.
    pub(super) fn asks(&self, name: &str) -> &str {
        let pairs = self
            .query
            .split('&')
            .filter_map(|pair| pair.split_once('='));
        let mut of_name = pairs.filter(|(of, _)| *of == name);
        of_name.next().map_or("", |(_, value)| value)
    }
}

type Answer = BoxBody<Bytes, Infallible>;
type Refuse = Box<dyn FnMut(&Asked) -> Option<(u16, Value)> + Send>;
type Change = Box<dyn FnMut(&Asked, &mut BTreeMap<String, Value>) + Send>;
type Delay = Box<dyn Fn(&Asked) -> Duration + Send>;

struct State {
    objects: BTreeMap<String, Value>,
    version: u64,
    asked: Vec<Asked>,
    refuse: Refuse,
    change: Change,
    delay: Delay,
    streams: bool,
    /// So many items are in a page at most, whatever was asked for.
    page: usize,
    writes_under_way: usize,
    most_writes: usize,
}

/// Foos, things and gadgets in one namespace. Watches stay silent; one can begin with what there is only on a server
/// that streams.
#[derive(Clone)]
pub(super) struct Cluster(Arc<Mutex<State>>);

impl Cluster {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(State {
            objects: BTreeMap::new(),
            version: 100,
            asked: Vec::new(),
            refuse: Box::new(|_| None),
            change: Box::new(|_, _| {}),
            delay: Box::new(|_| Duration::ZERO),
            streams: false,
            page: usize::MAX,
            writes_under_way: 0,
            most_writes: 0,
        })))
    }

    /// Lets watches begin with what there is.
    pub(super) fn streaming(self) -> Self {
        self.0.lock().unwrap().streams = true;
        self
    }

    /// Lets `refuse` answer in place of the server, where it wants to.
    pub(super) fn refusing(
        self,
        refuse: impl FnMut(&Asked) -> Option<(u16, Value)> + Send + 'static,
    ) -> Self {
        self.0.lock().unwrap().refuse = Box::new(refuse);
        self
    }

    /// Lets somebody else change what there is as a request comes.
    pub(super) fn changing(
        self,
        change: impl FnMut(&Asked, &mut BTreeMap<String, Value>) + Send + 'static,
    ) -> Self {
        self.0.lock().unwrap().change = Box::new(change);
        self
    }

    /// Lets each answer come so much later than its request.
    pub(super) fn delaying(self, delay: impl Fn(&Asked) -> Duration + Send + 'static) -> Self {
        self.0.lock().unwrap().delay = Box::new(delay);
        self
    }

    /// Has so many items in a page at most.
    pub(super) fn paging(self, items: usize) -> Self {
        self.0.lock().unwrap().page = items;
        self
    }

    /// How many writes were under way at once at most.
    pub(super) fn most_writes(&self) -> usize {
        self.0.lock().unwrap().most_writes
    }

    pub(super) fn client(&self) -> Client {
        let cluster = self.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let cluster = cluster.clone();
            async move { Ok::<_, Infallible>(cluster.answer(request).await) }
        });
        Client::new(service, "ns")
    }

    /// Stores an object as somebody else wrote it; returns it.
    pub(super) fn put(&self, place: &str, mut object: Value) -> Value {
        let mut state = self.0.lock().unwrap();
        state.version += 1;
        object["metadata"]["resourceVersion"] = state.version.to_string().into();
        state.objects.insert(place.into(), object.clone());
        object
    }

    pub(super) fn get(&self, place: &str) -> Option<Value> {
        self.0.lock().unwrap().objects.get(place).cloned()
    }

    pub(super) fn remove(&self, place: &str) {
        self.0.lock().unwrap().objects.remove(place);
    }

    /// Sets the store back to an earlier state, as a restored backup does: what was written since is gone.
    pub(super) fn restore(&self, version: u64) {
        let mut state = self.0.lock().unwrap();
        state.version = version;
        let is_older = |object: &Value| {
            let of = object["metadata"]["resourceVersion"].as_str();
            of.and_then(|text| text.parse::<u64>().ok())
                .is_some_and(|of| of <= version)
        };
        state.objects.retain(|_, object| is_older(object));
    }

    /// The requests since the last call of this, but for discovery.
    pub(super) fn asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.0.lock().unwrap().asked)
    }

    pub(super) fn lines(&self) -> Vec<String> {
        self.asked().into_iter().map(|asked| asked.line).collect()
    }

    async fn answer(&self, request: Request<Body>) -> Response<Answer> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        let Some(place) = place(parts.uri.path()) else {
            let asked = Asked {
                line: "DISCOVER".into(),
                query: query.into(),
                body,
            };
            let refused = (self.0.lock().unwrap().refuse)(&asked);
            let (code, body) = refused.unwrap_or_else(|| (200, discovery()));
            return response(code, &body);
        };
        let watches = query.contains("watch=");
        let dry = query.contains("dryRun=");
        let streams = query.contains("sendInitialEvents=true");
        let verb = match (watches, streams) {
            (true, true) => "STREAM",
            (true, false) => "WATCH",
            (false, _) => parts.method.as_str(),
        };
        let asked = Asked {
            line: format!("{verb} {place}{}", if dry { "?dry" } else { "" }),
            query: query.into(),
            body,
        };
        assert!(
            parts.method != Method::PATCH || query.contains("fieldValidation=Ignore"),
            "{} with {query}: the server would read it twice",
            asked.line
        );
        let delay = self.0.lock().unwrap().begins(&asked);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        let mut state = self.0.lock().unwrap();
        state.writes_under_way -= usize::from(asked.writes());
        if let Some((code, body)) = (state.refuse)(&asked) {
            return response(code, &body);
        }
        let State {
            change, objects, ..
        } = &mut *state;
        change(&asked, objects);
        if streams && !state.streams {
            let (code, body) = told(422, "sendInitialEvents: Forbidden");
            return response(code, &body);
        }
        if watches {
            let first = if streams {
                state.initial_events(&place)
            } else {
                String::new()
            };
            let first = stream::iter([Ok::<_, Infallible>(Frame::data(first.into()))]);
            let body = StreamBody::new(first.chain(stream::pending()));
            return Response::new(BodyExt::boxed(body));
        }
        let (code, body) = match (&parts.method, place.contains('/')) {
            (&Method::GET, false) => (200, state.page(&asked, &place)),
            _ => state.handle(&parts.method, &place, &asked.body, dry),
        };
        response(code, &body)
    }
}

impl State {
    /// A request is under way; for how long.
    fn begins(&mut self, asked: &Asked) -> Duration {
        self.asked.push(asked.clone());
        self.writes_under_way += usize::from(asked.writes());
        self.most_writes = self.most_writes.max(self.writes_under_way);
        (self.delay)(asked)
    }

    fn handle(&mut self, method: &Method, place: &str, body: &Value, dry: bool) -> (u16, Value) {
        let (object, status) = match place.strip_suffix("/status") {
            Some(object) => (object, true),
            None => (place, false),
        };
        let there = self.objects.get(object).cloned();
        match (method, there) {
            (&Method::GET, Some(there)) => (200, there),
            (&Method::POST, _) => {
                let Some(name) = body["metadata"]["name"].as_str() else {
                    return (201, body.clone());
                };
                let place = format!("{object}/{name}");
                if self.objects.contains_key(&place) {
                    return told(409, "AlreadyExists");
                }
                (
                    201,
                    self.store(&place, &Value::Null, merged(Value::Null, body), dry),
                )
            }
            (&Method::PATCH, None) if body["metadata"]["uid"].is_string() => {
                told(409, "uid mismatch")
            }
            (&Method::PATCH, None) if body["kind"].is_string() => (
                201,
                self.store(object, &Value::Null, merged(Value::Null, body), dry),
            ),
            (_, None) => gone(object),
            (&Method::DELETE, Some(there)) => {
                let wanted = &body["preconditions"];
                let differs = |name: &str| {
                    wanted[name].is_string() && wanted[name] != there["metadata"][name]
                };
                if differs("uid") || differs("resourceVersion") {
                    return told(409, "Precondition failed");
                }
                self.objects.remove(object);
                (200, json!({"kind": "Status", "status": "Success"}))
            }
            (_, Some(there)) => {
                let meta = |object: &Value, name: &str| object["metadata"][name].clone();
                let version = meta(body, "resourceVersion");
                if version.is_string() && version != meta(&there, "resourceVersion") {
                    return told(409, "the object has been modified");
                }
                let uid = meta(body, "uid");
                if uid.is_string() && uid != meta(&there, "uid") {
                    let causes = json!([{"field": "metadata.uid"}]);
                    return (422, json!({"code": 422, "details": {"causes": causes}}));
                }
                let change = match (status, method) {
                    (true, _) => merged(there.clone(), &json!({"status": body["status"]})),
                    (false, &Method::PUT) => {
                        let kept = json!({"metadata": {"uid": meta(&there, "uid")}, "status": there["status"]});
                        merged(merged(Value::Null, body), &kept)
                    }
                    (false, _) => merged(there.clone(), body),
                };
                let mut object = self.store(object, &there, change, dry);
                if is_done(&object) {
                    self.objects.remove(place);
                    // What ends a deletion comes back with the version that it had.
                    let version = &there["metadata"]["resourceVersion"];
                    object["metadata"]["resourceVersion"] = version.clone();
                }
                (200, object)
            }
        }
    }

    fn list(&self, plural: &str) -> Value {
        let prefix = format!("{plural}/");
        let of = |(place, _): &(&String, &Value)| place.starts_with(&prefix);
        let items: Vec<&Value> = self.objects.iter().filter(of).map(|(_, it)| it).collect();
        json!({"metadata": {"resourceVersion": self.version.to_string()}, "items": items})
    }

    /// The page that was asked for, of a list that does not change meanwhile.
    fn page(&self, asked: &Asked, plural: &str) -> Value {
        let mut list = self.list(plural);
        let items = list["items"].as_array().cloned().unwrap_or_default();
        let number = |name| asked.asks(name).parse::<usize>();
        let from = number("continue").unwrap_or(0);
        let count = number("limit").unwrap_or(usize::MAX).min(self.page);
        let rest = items.len().saturating_sub(from);
        if rest > count {
            list["metadata"]["continue"] = (from + count).to_string().into();
        }
        list["items"] = items.into_iter().skip(from).take(count).collect();
        list
    }

    fn initial_events(&self, plural: &str) -> String {
        let list = self.list(plural);
        let items = list["items"].as_array().into_iter().flatten();
        let added = items.map(|item| json!({"type": "ADDED", "object": item}));
        let end = json!({"resourceVersion": list["metadata"]["resourceVersion"],
            "annotations": {"k8s.io/initial-events-end": "true"}});
        let end = json!({"type": "BOOKMARK", "object": {"metadata": end}});
        let lines = added.chain([end]).map(|event| format!("{event}\n"));
        lines.collect()
    }

    fn store(&mut self, place: &str, there: &Value, mut object: Value, dry: bool) -> Value {
        object["metadata"]["resourceVersion"] = there["metadata"]["resourceVersion"].clone();
        if object == *there || dry {
            return object;
        }
        self.version += 1;
        let metadata = &mut object["metadata"];
        metadata["resourceVersion"] = self.version.to_string().into();
        if metadata["uid"].is_null() {
            metadata["uid"] = format!("uid-{}", self.version).into();
        }
        self.objects.insert(place.into(), object.clone());
        object
    }
}

/// Whether it is being deleted and nothing holds it any more.
fn is_done(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let held = metadata["finalizers"]
        .as_array()
        .is_some_and(|them| !them.is_empty());
    metadata["deletionTimestamp"].is_string() && !held
}

fn merged(target: Value, change: &Value) -> Value {
    let (mut target, change) = match (target, change) {
        (Value::Object(target), Value::Object(change)) => (target, change),
        (_, change) => return diff::without_nulls(change.clone()),
    };
    for (name, value) in change {
        match target.remove(name) {
            _ if value.is_null() => None,
            Some(old) => target.insert(name.clone(), merged(old, value)),
            None => target.insert(name.clone(), diff::without_nulls(value.clone())),
        };
    }
    target.into()
}

/// `things/a/status` of the path of a request; nothing of discovery's.
fn place(path: &str) -> Option<String> {
    match path {
        "/apis/events.k8s.io/v1/namespaces/ns/events" => return Some("events".into()),
        "/api/v1/namespaces/ns/events" => return Some("core/events".into()),
        _ => {}
    }
    let path = path.strip_prefix("/apis/example.com/v1/")?;
    Some(path.strip_prefix("namespaces/ns/").unwrap_or(path).into())
}

fn discovery() -> Value {
    let resource = |name, kind| json!({"name": name, "kind": kind, "namespaced": true});
    json!({"resources": [resource("foos", "Foo"), resource("foos/status", "Foo"),
        resource("things", "Thing"), resource("gadgets", "Gadget")]})
}

/// What is answered where there is no object at a place.
pub(super) fn gone(place: &str) -> (u16, Value) {
    let name = place.split('/').nth(1).unwrap_or_default();
    let (_, mut status) = told(404, "not found");
    status["reason"] = "NotFound".into();
    status["details"] = json!({"name": name});
    (404, status)
}

pub(super) fn told(code: u16, message: &str) -> (u16, Value) {
    (
        code,
        json!({"kind": "Status", "code": code, "message": message}),
    )
}

fn response(code: u16, body: &Value) -> Response<Answer> {
    let builder = Response::builder().status(code);
    let after = body["retryAfterSeconds"].as_u64();
    let builder = match after {
        Some(seconds) => builder.header("retry-after", seconds),
        None => builder,
    };
    // What answers a watch is a line.
    let body = Full::from(format!("{body}\n").into_bytes());
    builder.body(body.boxed()).unwrap()
}
