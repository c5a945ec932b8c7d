//! The targets: each makes something of bytes and has the server deal with it. None may panic, hang, or need memory
//! without bound.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::StreamExt;
use http::{Method, Request, Response, Uri, header};
use http_body_util::Full;
use operator_apiserver::{Body, LocalCluster, LocalService};
use serde_json::{Value, json};
use tower::Service;

use super::{
    choices::Choices,
    samples::{DEFINITIONS, RULES, THINGS, definition, objects, schema, thing},
};

/// How long one request may keep the processor.
const TOO_LONG: Duration = Duration::from_secs(if cfg!(debug_assertions) { 10 } else { 1 });
/// How many requests one string of bytes makes.
const REQUESTS: usize = 12;
/// How many chunks of a watch are read.
const CHUNKS: usize = 3;

const APPLY: &str = "application/apply-patch+yaml";
const PATCHES: &[&str] = &[
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/strategic-merge-patch+json",
    APPLY,
];

/// A target: its name, and what it does with bytes.
pub(crate) type Target = (&'static str, fn(&[u8]));

/// All targets, by name.
pub(crate) const TARGETS: &[Target] = &[
    ("requests", requests),
    ("patches", patches),
    ("selectors", selectors),
    ("continue_tokens", continue_tokens),
    ("schemas", schemas),
    ("rules", rules),
];

/// A server to be bothered.
struct Bothered {
    cluster: LocalCluster,
    service: LocalService,
}

impl Bothered {
    /// Lets `bother` send what it wants to a fresh server.
    fn with(bother: impl AsyncFnOnce(&mut Self)) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build();
        runtime.expect("a runtime can be made").block_on(async {
            let cluster = LocalCluster::builder().seed(1).start();
            let service = cluster.service();
            bother(&mut Self { cluster, service }).await;
        });
    }

    async fn define_things(&mut self) {
        self.send(
            "POST",
            DEFINITIONS,
            "application/json",
            definition(&schema(), 0).to_string(),
        )
        .await;
        self.cluster.step_controllers();
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        content_type: &str,
        body: impl Into<Bytes>,
    ) -> Value {
        // The types of HTTP hold no longer ones: no client can send it.
        let Ok(uri) = path.parse::<Uri>() else {
            return Value::Null;
        };
        let request = Request::builder()
            .method(method)
            .uri(uri)
            .header(header::CONTENT_TYPE, content_type)
            .body(Full::new(body.into()));
        self.ask(request.expect("it is a request")).await
    }

    /// Sends a request and reads the answer, some of it if it has no end.
    async fn ask(&mut self, request: Request<Full<Bytes>>) -> Value {
        let shown = format!(
            "{} {} {:?}",
            request.method(),
            request.uri(),
            request.headers()
        );
        let begun = on_a_core();
        let answer = self
            .service
            .call(request)
            .await
            .expect("no fault is injected");
        let (status, text) = read(answer).await;
        self.cluster.step_controllers();
        let spent = on_a_core().saturating_sub(begun);
        assert!(spent < TOO_LONG, "{shown} took {spent:?}");
        let value: Value = serde_json::from_slice(&text).unwrap_or_default();
        let is_injury = status == 500 && value["reason"] == "InternalError";
        assert!(!is_injury, "{shown}: {value}");
        value
    }
}

async fn read(answer: Response<Body>) -> (u16, Vec<u8>) {
    use http_body_util::BodyExt;
    let status = answer.status().as_u16();
    let chunks = answer.into_body().into_data_stream();
    let chunks: Vec<_> = chunks.take(CHUNKS).collect().await;
    (status, chunks.into_iter().flatten().flatten().collect())
}

/// How long this thread has been on a core; the time of day where nobody says.
fn on_a_core() -> Duration {
    let ran = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let ran = ran.and_then(|text| text.split(' ').next()?.parse().ok());
    ran.map_or_else(since_the_start, Duration::from_nanos)
}

fn since_the_start() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}

/// Percent-encodes what may not stand in a URL.
fn encoded(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            char::from(byte).to_string()
        }
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

/// Whole requests: method, path, parameters, headers, body.
pub(crate) fn requests(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        server.define_things().await;
        let samples = objects();
        for _ in 0..REQUESTS {
            if let Some(request) = any_request(&mut choices, &samples) {
                server.ask(request).await;
            }
            if choices.is_over() {
                break;
            }
        }
    });
}

fn any_request(
    choices: &mut Choices<'_>,
    samples: &[(&str, Value)],
) -> Option<Request<Full<Bytes>>> {
    const METHODS: &[&str] = &[
        "POST", "GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "POST", "PATCH", "TRACE",
    ];
    const OTHER: &[&str] = &[
        "/",
        "/api",
        "/apis",
        "/apis/apps",
        "/openapi/v3",
        "/openapi/v3/api/v1",
        "/metrics",
        "/readyz",
    ];
    const SUBRESOURCES: &[&str] = &[
        "status", "scale", "finalize", "token", "eviction", "log", "binding",
    ];
    const HEADERS: &[&str] = &[
        "accept",
        "user-agent",
        "authorization",
        "impersonate-user",
        "impersonate-group",
        "if-none-match",
    ];
    const ACCEPTS: &[&str] = &[
        "application/json",
        "application/yaml",
        "*/*;q=0",
        "application/json;as=Table;v=v1;g=meta.k8s.io",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        "application/vnd.kubernetes.protobuf",
    ];
    let method = *choices.pick(METHODS);
    let (collection, sample) = choices.pick(samples);
    let mut body = sample.clone();
    let mut path = (*collection).to_owned();
    if choices.once_in(8) {
        (*choices.pick(OTHER)).clone_into(&mut path);
    } else if method != "POST" || choices.once_in(6) {
        path = format!("{path}/thing-{}", choices.below(3));
        if choices.once_in(4) {
            path = format!("{path}/{}", choices.pick(SUBRESOURCES));
        }
    }
    if choices.once_in(6) {
        path = format!("{path}/{}", encoded(&choices.text()));
    }
    let parameters: Vec<String> = (0..choices.below(3)).map(|_| parameter(choices)).collect();
    let uri: Uri = format!("{path}?{}", parameters.join("&")).parse().ok()?;
    let content_type = match method {
        "PATCH" => *choices.pick(PATCHES),
        _ if choices.once_in(8) => "application/yaml",
        _ => "application/json",
    };
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).ok()?)
        .uri(uri)
        .header(header::CONTENT_TYPE, content_type);
    for _ in 0..choices.below(3) {
        let value = if choices.below(2) == 0 {
            (*choices.pick(ACCEPTS)).to_owned()
        } else {
            choices.text()
        };
        let value = header::HeaderValue::from_bytes(value.as_bytes()).ok()?;
        request = request.header(*choices.pick(HEADERS), value);
    }
    choices.spoil(&mut body);
    let text = if content_type == "application/json-patch+json" {
        json_patch(choices)
    } else {
        body
    };
    request.body(Full::new(raw(choices, &text))).ok()
}

/// A value's bytes, which now and then are damaged.
fn raw(choices: &mut Choices<'_>, value: &Value) -> Bytes {
    let mut text = value.to_string().into_bytes();
    if choices.once_in(10) {
        for _ in 0..choices.below(4) {
            let at = choices.below(text.len().max(1));
            match choices.below(3) {
                0 => text.truncate(at),
                1 if at < text.len() => text[at] = choices.byte(),
                _ => text
                    .splice(
                        at.min(text.len())..at.min(text.len()),
                        choices.text().bytes(),
                    )
                    .for_each(drop),
            }
        }
    }
    text.into()
}

fn parameter(choices: &mut Choices<'_>) -> String {
    const NAMES: &[&str] = &[
        "watch",
        "limit",
        "continue",
        "resourceVersion",
        "resourceVersionMatch",
        "labelSelector",
        "fieldSelector",
        "timeoutSeconds",
        "allowWatchBookmarks",
        "sendInitialEvents",
        "fieldManager",
        "fieldValidation",
        "dryRun",
        "force",
        "pretty",
        "includeObject",
        "propagationPolicy",
        "gracePeriodSeconds",
        "orphanDependents",
    ];
    const VALUES: &[&str] = &[
        "1",
        "true",
        "0",
        "All",
        "Strict",
        "Exact",
        "NotOlderThan",
        "None",
        "Foreground",
        "Orphan",
        "me",
        "5",
        "-1",
        "9223372036854775807",
        "18446744073709551616",
        "1e3",
    ];
    let name = *choices.pick(NAMES);
    let value = if choices.below(3) == 0 {
        choices.text()
    } else {
        (*choices.pick(VALUES)).to_owned()
    };
    format!("{name}={}", encoded(&value))
}

fn json_patch(choices: &mut Choices<'_>) -> Value {
    const OPERATIONS: &[&str] = &["add", "remove", "replace", "move", "copy", "test"];
    const POINTERS: &[&str] = &[
        "",
        "/",
        "/metadata",
        "/metadata/labels/app",
        "/metadata/name",
        "/spec",
        "/spec/list/0",
        "/spec/list/-",
        "/spec/list/99",
        "/spec/list/-1",
        "/spec/list/01",
        "/spec/replicas",
        "/data/a",
        "/spec/containers/0/env",
        "/metadata/finalizers/0",
        "/a~1b",
        "/~",
        "/metadata/managedFields",
    ];
    let step = |choices: &mut Choices<'_>| {
        let mut step = json!({"op": choices.pick(OPERATIONS), "path": choices.pick(POINTERS)});
        if choices.below(4) > 0 {
            step["value"] = choices.json(3);
        }
        if choices.below(2) == 0 {
            step["from"] = (*choices.pick(POINTERS)).into();
        }
        if choices.once_in(8) {
            choices.spoil(&mut step);
        }
        step
    };
    let count = choices.below(8);
    let mut steps: Vec<Value> = (0..count).map(|_| step(choices)).collect();
    if choices.once_in(8) {
        // Copies of copies grow fast.
        steps = vec![
            json!({"op": "copy", "from": "/metadata", "path": "/metadata/annotations"});
            choices.below(200)
        ];
    }
    steps.into()
}

/// Patches of all sorts, one on the other.
pub(crate) fn patches(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        server.define_things().await;
        let samples = objects();
        let (collection, sample) = choices.pick(&samples);
        server
            .send("POST", collection, "application/json", sample.to_string())
            .await;
        let path = format!("{collection}/thing-0");
        for _ in 0..REQUESTS {
            let sort = *choices.pick(PATCHES);
            let mut path = path.clone();
            if choices.once_in(4) {
                path = format!("{path}/{}", choices.pick(&["status", "scale"]));
            }
            let mut body = server.send("GET", &path, "", "").await;
            if sort == APPLY {
                path = format!(
                    "{path}?fieldManager=m{}&force={}",
                    choices.below(3),
                    choices.below(2)
                );
                body["metadata"]["managedFields"].take();
            } else if choices.below(2) == 0 {
                body = sample.clone();
            }
            choices.spoil(&mut body);
            if sort.starts_with("application/strategic") && choices.below(2) == 0 {
                direct(&mut choices, &mut body);
            }
            if sort == "application/json-patch+json" {
                body = json_patch(&mut choices);
            }
            let body = raw(&mut choices, &body);
            server.send("PATCH", &path, sort, body).await;
            if choices.is_over() {
                break;
            }
        }
    });
}

/// Puts directives of strategic merge patches in.
fn direct(choices: &mut Choices<'_>, value: &mut Value) {
    const DIRECTIVES: &[&str] = &[
        "$patch",
        "$retainKeys",
        "$deleteFromPrimitiveList/finalizers",
        "$setElementOrder/containers",
    ];
    let directive = |choices: &mut Choices<'_>| {
        let value = match choices.below(4) {
            0 => json!("delete"),
            1 => json!("replace"),
            2 => json!([{"name": "c"}, "a"]),
            _ => choices.json(2),
        };
        ((*choices.pick(DIRECTIVES)).to_owned(), value)
    };
    match value {
        Value::Object(fields) => {
            if choices.once_in(3) {
                let (name, value) = directive(choices);
                fields.insert(name, value);
            }
            fields.values_mut().for_each(|inner| direct(choices, inner));
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                direct(choices, item);
            }
            if choices.once_in(3) {
                items.push(Value::Object(std::iter::once(directive(choices)).collect()));
            }
        }
        _ => {}
    }
}

/// Label and field selectors, in lists, watches and deletions of many.
pub(crate) fn selectors(bytes: &[u8]) {
    const PARTS: &[&str] = &[
        "app",
        "=",
        "==",
        "!=",
        " in ",
        " notin ",
        "(",
        ")",
        ",",
        "!",
        "a",
        "example.com/x",
        ">",
        "<",
        "5",
        " ",
        "metadata.name",
        "spec.name",
        "status.phase",
        "\\",
        "\\,",
        "exists",
        "'",
        "-",
    ];
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        server.define_things().await;
        server
            .send("POST", THINGS, "application/json", thing().to_string())
            .await;
        for _ in 0..REQUESTS {
            let count = choices.below(12);
            let mut selector: String = (0..count).map(|_| *choices.pick(PARTS)).collect();
            if choices.once_in(6) {
                selector.push_str(&choices.text());
            }
            if choices.once_in(20) {
                selector = selector.repeat(choices.below(2_000));
            }
            let name = choices.pick(&["labelSelector", "fieldSelector"]);
            let more = choices.pick(&[
                "",
                "&watch=1&timeoutSeconds=1&resourceVersion=0",
                "&limit=1",
            ]);
            let path = choices.pick(&[
                THINGS,
                "/api/v1/pods",
                "/api/v1/events",
                "/api/v1/namespaces",
            ]);
            let uri = format!("{path}?{name}={}{more}", encoded(&selector));
            server
                .send(
                    choices.pick::<&str>(&["GET", "GET", "DELETE"]),
                    &uri,
                    "",
                    "",
                )
                .await;
            if choices.is_over() {
                break;
            }
        }
    });
}

/// Continue tokens: real ones, spoiled.
pub(crate) fn continue_tokens(bytes: &[u8]) {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        let path = "/api/v1/namespaces/default/configmaps";
        for number in 0..4 {
            let body = json!({"metadata": {"name": format!("thing-{number}")}}).to_string();
            server.send("POST", path, "application/json", body).await;
        }
        let mut list = server.send("GET", &format!("{path}?limit=1"), "", "").await;
        for _ in 0..REQUESTS {
            let token = list["metadata"]["continue"].as_str().unwrap_or_default();
            let mut token = BASE64
                .decode(token.trim_end_matches('='))
                .unwrap_or_default();
            if choices.below(2) == 0 {
                let mut inner: Value = serde_json::from_slice(&token).unwrap_or_default();
                choices.spoil(&mut inner);
                token = inner.to_string().into_bytes();
            }
            let token = raw_bytes(&mut choices, token);
            let token = if choices.once_in(5) {
                choices.text()
            } else {
                BASE64.encode(token)
            };
            let limit = choices.pick(&["1", "2", "", "-1", "9223372036854775807"]);
            let uri = format!("{path}?limit={limit}&continue={}", encoded(&token));
            let answer = server.send("GET", &uri, "", "").await;
            if answer["metadata"]["continue"].is_string() {
                list = answer;
            }
            if choices.is_over() {
                break;
            }
        }
    });
}

fn raw_bytes(choices: &mut Choices<'_>, mut bytes: Vec<u8>) -> Vec<u8> {
    if choices.once_in(3) && !bytes.is_empty() {
        let at = choices.below(bytes.len());
        bytes[at] = choices.byte();
    }
    bytes
}

/// Schemas of any sort, and objects of any sort.
pub(crate) fn schemas(bytes: &[u8]) {
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        let mut any = if choices.below(3) == 0 {
            json!({"type": "object", "properties": {"spec": any_schema(&mut choices, 5)}})
        } else {
            schema()
        };
        if choices.below(3) == 0 {
            choices.spoil(&mut any);
        }
        let mut defined = definition(&any, 0);
        if choices.once_in(4) {
            choices.spoil(&mut defined);
        }
        let body = raw(&mut choices, &defined);
        server
            .send("POST", DEFINITIONS, "application/json", body)
            .await;
        server.cluster.step_controllers();
        for _ in 0..REQUESTS / 2 {
            let mut object = thing();
            if choices.below(3) == 0 {
                object["spec"] = choices.json(5);
            }
            choices.spoil(&mut object);
            let body = raw(&mut choices, &object);
            server
                .send("POST", THINGS, "application/json", body.clone())
                .await;
            let path = format!("{THINGS}/thing-0");
            server
                .send("PATCH", &path, "application/merge-patch+json", body.clone())
                .await;
            server
                .send(
                    "PATCH",
                    &format!("{path}?fieldManager=a&force=true"),
                    APPLY,
                    body,
                )
                .await;
            server.send("GET", &path, "", "").await;
            if choices.is_over() {
                break;
            }
        }
        server
            .send("GET", "/openapi/v3/apis/example.com/v1", "", "")
            .await;
    });
}

/// What a schema may say besides its type.
const KEYWORDS: &[&str] = &[
    "default",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "multipleOf",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "required",
    "nullable",
    "format",
    "maxProperties",
    "not",
    "anyOf",
    "allOf",
    "oneOf",
    "x-kubernetes-validations",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-int-or-string",
    "x-kubernetes-embedded-resource",
    "exclusiveMaximum",
];

fn any_schema(choices: &mut Choices<'_>, depth: usize) -> Value {
    const TYPES: &[&str] = &["object", "array", "string", "integer", "number", "boolean"];
    const FORMATS: &[&str] = &[
        "int32",
        "int64",
        "date-time",
        "date",
        "duration",
        "byte",
        "uuid",
        "ipv4",
        "cidr",
        "email",
        "uri",
        "password",
        "float",
    ];
    let mut made = json!({"type": choices.pick(TYPES)});
    match made["type"].as_str().unwrap_or_default() {
        "object" if depth > 0 => {
            for _ in 0..choices.below(4) {
                let name =
                    (*choices.pick(&["name", "list", "map", "a", "b", "spec", "free"])).to_owned();
                made["properties"][name] = any_schema(choices, depth - 1);
            }
            if choices.below(4) == 0 {
                made.as_object_mut().map(|made| made.remove("properties"));
                made["additionalProperties"] = any_schema(choices, depth - 1);
            }
        }
        "array" if depth > 0 => {
            made["items"] = any_schema(choices, depth - 1);
            made["x-kubernetes-list-type"] = (*choices.pick(&["atomic", "set", "map"])).into();
            if made["x-kubernetes-list-type"] == "map" {
                made["x-kubernetes-list-map-keys"] = json!(["name"]);
            }
        }
        "array" => made["items"] = json!({"type": "string"}),
        _ => {}
    }
    for _ in 0..choices.below(4) {
        let keyword = *choices.pick(KEYWORDS);
        made[keyword] = match keyword {
            "pattern" => choices
                .pick(&[
                    "^a+$",
                    "(a+)+$",
                    "[a-z]{1,1000}{1,1000}",
                    "(?i)é",
                    "\\p{L}{50}",
                    "(",
                    "(?=a)",
                    "a{2,1}",
                ])
                .to_owned()
                .into(),
            "format" => (*choices.pick(FORMATS)).into(),
            "enum" => json!([choices.json(1), choices.json(1)]),
            "required" => json!(["name"]),
            "not" => any_schema(choices, 0),
            "anyOf" | "allOf" | "oneOf" => json!([any_schema(choices, 0), any_schema(choices, 0)]),
            "default" => choices.json(3),
            "x-kubernetes-validations" => json!([{"rule": choices.pick(RULES)}]),
            "uniqueItems" | "nullable" | "exclusiveMaximum" => true.into(),
            keyword if keyword.starts_with("x-") => true.into(),
            _ => choices.number(),
        };
    }
    made
}

/// CEL rules, of expressions put together.
pub(crate) fn rules(bytes: &[u8]) {
    const JOINTS: &[&str] = &[
        " && ",
        " && ",
        " && ",
        " || ",
        " || ",
        " == ",
        " + ",
        " in ",
        " ? true : ",
        ", ",
        ".",
        " < ",
        " % ",
        ")",
        "(",
        "[",
        "]",
    ];
    let mut choices = Choices::new(bytes);
    Bothered::with(async |server| {
        for number in 0..REQUESTS / 3 {
            let mut any = schema();
            let mut rule = (*choices.pick(RULES)).to_owned();
            for _ in 0..*choices.pick(&[0, 0, 0, 1, 1, 2, 3]) {
                rule = format!("{rule}{}{}", choices.pick(JOINTS), choices.pick(RULES));
            }
            if choices.once_in(8) {
                let at = (0..=choices.below(rule.len()))
                    .rev()
                    .find(|at| rule.is_char_boundary(*at));
                rule.insert_str(at.unwrap_or_default(), &choices.text());
            }
            match choices.below(20) {
                0 => {
                    rule = format!(
                        "{}{rule}{}",
                        "(".repeat(choices.below(600)),
                        ")".repeat(choices.below(600))
                    );
                }
                1 => rule = format!("{}{rule}", "!".repeat(choices.below(3_000))),
                2 => rule = vec![rule; choices.below(60)].join(" && "),
                3 => {
                    rule = (0..choices.below(6)).fold(rule, |inner, at| {
                        format!("self.spec.list.all(x{at}, {inner})")
                    });
                }
                4 => {
                    rule = format!(
                        "{}1{}",
                        "[".repeat(choices.below(600)),
                        "]".repeat(choices.below(600))
                    );
                }
                _ => {}
            }
            any["x-kubernetes-validations"] = json!([{"rule": rule, "message": "m"}]);
            if choices.once_in(4) {
                any["x-kubernetes-validations"][0]["messageExpression"] =
                    (*choices.pick(RULES)).into();
            }
            server
                .send(
                    "POST",
                    DEFINITIONS,
                    "application/json",
                    definition(&any, number + 1).to_string(),
                )
                .await;
            server.cluster.step_controllers();
            let mut object = thing();
            object["kind"] = format!("Thing{}", number + 1).into();
            choices.spoil(&mut object["spec"]);
            let path = format!(
                "/apis/example.com/v1/namespaces/default/things{}",
                number + 1
            );
            server
                .send("POST", &path, "application/json", object.to_string())
                .await;
            choices.spoil(&mut object["spec"]);
            let path = format!("{path}/thing-0");
            server
                .send(
                    "PATCH",
                    &path,
                    "application/merge-patch+json",
                    object.to_string(),
                )
                .await;
            if choices.is_over() {
                break;
            }
        }
    });
}
