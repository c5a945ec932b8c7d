//! [`Bench`]: where one case runs: its namespace, its variables, its open watches, and what it leaves behind.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use http::{Request, Response, StatusCode};
use kube::client::Body;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::conformance::{
    answer::{Answer, field},
    case::Step,
    difference::Difference,
    expectation::Expectation,
    stream::Stream,
    target::Target,
    template::Variables,
};

/// How often a step looks that waits.
const PAUSE: Duration = Duration::from_millis(20);

/// A server that isn't ready for a request yet asks to be asked again: that is no answer.
const TOO_MANY_REQUESTS: StatusCode = StatusCode::TOO_MANY_REQUESTS;

/// The verbs that are a `PATCH`, and their content types.
const PATCHES: [(&str, &str); 4] = [
    ("MERGE", "application/merge-patch+json"),
    ("JSONPATCH", "application/json-patch+json"),
    ("STRATEGIC", "application/strategic-merge-patch+json"),
    ("APPLY", "application/apply-patch+yaml"),
];

/// What a step's answer was compared with.
pub(crate) enum Outcome {
    /// It is as expected.
    Expected,
    /// It is as the accepted difference says.
    DiffersAsListed,
    /// It is something else.
    Wrong(String),
    /// Nothing is expected yet: this is what was found.
    Recorded(String),
}

/// Where one case runs.
pub(crate) struct Bench<'a> {
    target: &'a Target,
    pub(crate) variables: Variables,
    watches: BTreeMap<String, Stream>,
    made: Vec<String>,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(target: &'a Target, variables: Variables) -> Self {
        Self {
            target,
            variables,
            watches: BTreeMap::new(),
            made: Vec::new(),
        }
    }

    /// Makes the namespace of the case.
    pub(crate) async fn make_namespace(&mut self, name: &str) -> Result<(), String> {
        let namespace =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}});
        let made = self
            .target
            .ask("POST", "/api/v1/namespaces", Some(&namespace))
            .await?;
        self.made.push(format!("/api/v1/namespaces/{name}"));
        if made.is_success() {
            Ok(())
        } else {
            Err(format!("its namespace: {}", made.text))
        }
    }

    /// Does a step and compares.
    pub(crate) async fn take(
        &mut self,
        step: &Step,
        accepted: Option<&Difference>,
    ) -> Result<Outcome, String> {
        if let Some(path) = &step.watch {
            return self.open(step, path, accepted).await;
        }
        if let Some(name) = &step.events {
            return self.read(step, name, accepted).await;
        }
        if let Some(times) = step.parallel {
            return self.send_at_once(step, times, accepted).await;
        }
        let deadline = Instant::now() + self.target.patience();
        loop {
            let response = self.send(step).await?;
            let answer = Answer::read(response).await?;
            self.note_made(step, &answer)?;
            let outcome = self.compare(step, &answer, accepted)?;
            if step.until && matches!(outcome, Outcome::Wrong(_)) && Instant::now() < deadline {
                sleep(PAUSE).await;
                continue;
            }
            if !matches!(outcome, Outcome::Wrong(_)) {
                self.save(step, &answer.json())?;
            }
            return Ok(outcome);
        }
    }

    /// Sends a step's request, again if the server says so and the step does not expect that it does.
    async fn send(&self, step: &Step) -> Result<Response<Body>, String> {
        let expected = step
            .expect
            .as_ref()
            .is_some_and(|expect| expect.is_code(TOO_MANY_REQUESTS.as_u16()));
        let deadline = Instant::now() + self.target.patience();
        loop {
            let response = self
                .target
                .send(self.request(step)?, step.anonymous)
                .await?;
            if response.status() != TOO_MANY_REQUESTS || expected || Instant::now() >= deadline {
                return Ok(response);
            }
            sleep(PAUSE).await;
        }
    }

    async fn open(
        &mut self,
        step: &Step,
        path: &str,
        accepted: Option<&Difference>,
    ) -> Result<Outcome, String> {
        let as_request = Step {
            request: Some(format!("GET {path}")),
            ..step.clone()
        };
        let response = self.send(&as_request).await?;
        if step.expect.is_some() {
            return self.compare(step, &Answer::read(response).await?, accepted);
        }
        if response.status() != 200 {
            return Ok(Outcome::Wrong(Answer::read(response).await?.text));
        }
        let name = step.name.as_deref().unwrap_or("watch").to_owned();
        self.watches.insert(name, Stream::new(response));
        Ok(Outcome::Expected)
    }

    async fn read(
        &mut self,
        step: &Step,
        name: &str,
        accepted: Option<&Difference>,
    ) -> Result<Outcome, String> {
        let stream = self
            .watches
            .get_mut(name)
            .ok_or(format!("no watch is called {name}"))?;
        let expectation = accepted
            .map(|accepted| &accepted.embedded)
            .or(step.expect.as_ref());
        let is_open = expectation.is_some_and(Expectation::is_open);
        let (count, patience) = if is_open {
            (99, Duration::from_secs(3))
        } else {
            (
                expectation.map_or(0, Expectation::events),
                self.target.patience(),
            )
        };
        let found = stream.events(count, step.ends, patience).await?;
        let outcome = self.weigh(
            step,
            accepted,
            |expectation, variables| expectation.differs_from(&found, variables),
            &found,
        )?;
        if !matches!(outcome, Outcome::Wrong(_)) {
            self.save(step, &found)?;
        }
        Ok(outcome)
    }

    async fn send_at_once(
        &mut self,
        step: &Step,
        times: usize,
        accepted: Option<&Difference>,
    ) -> Result<Outcome, String> {
        let mut requests = Vec::new();
        for i in 0..times {
            self.variables.set("i", i.to_string());
            requests.push(self.request(step)?);
        }
        let answers = join_all(requests.into_iter().map(async |request| {
            Answer::read(self.target.send(request, step.anonymous).await?).await
        }));
        let mut codes = BTreeMap::<String, u32>::new();
        for answer in answers.await {
            *codes.entry(answer?.code.to_string()).or_default() += 1;
        }
        let found = json!({"codes": codes});
        self.weigh(
            step,
            accepted,
            |expectation, variables| expectation.differs_from(&found, variables),
            &found,
        )
    }

    fn compare(
        &self,
        step: &Step,
        answer: &Answer,
        accepted: Option<&Difference>,
    ) -> Result<Outcome, String> {
        let found = json!({"code": answer.code, "headers": answer.headers, "body": answer.json(), "text": answer.text});
        self.weigh(
            step,
            accepted,
            |expectation, variables| expectation.differs(answer, variables),
            &found,
        )
    }

    /// Holds an answer against what is expected, and against the accepted difference if there is one.
    fn weigh(
        &self,
        step: &Step,
        accepted: Option<&Difference>,
        differs: impl Fn(&Expectation, &Variables) -> Result<Option<String>, String>,
        found: &Value,
    ) -> Result<Outcome, String> {
        let Some(expected) = &step.expect else {
            return Ok(Outcome::Expected);
        };
        if expected.is_open() {
            return Ok(Outcome::Recorded(self.variables.unfill(&found.to_string())));
        }
        let wrong = differs(expected, &self.variables)?;
        let Some(accepted) = accepted else {
            return Ok(wrong.map_or(Outcome::Expected, Outcome::Wrong));
        };
        if wrong.is_none() {
            return Ok(Outcome::Wrong(format!(
                "the listed difference is gone: {}",
                accepted.why
            )));
        }
        Ok(match differs(&accepted.embedded, &self.variables)? {
            None => Outcome::DiffersAsListed,
            Some(wrong) => Outcome::Wrong(format!(
                "neither the real server's answer nor the listed difference\n{wrong}"
            )),
        })
    }

    fn save(&mut self, step: &Step, found: &Value) -> Result<(), String> {
        for (name, path) in &step.save {
            let value = field(found, path).ok_or(format!("the answer has no {path}"))?;
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            self.variables.set(name, text);
        }
        Ok(())
    }

    fn request(&self, step: &Step) -> Result<Request<Body>, String> {
        let line = self
            .variables
            .fill(step.request.as_deref().unwrap_or_default())?;
        let (verb, path) = line
            .split_once(' ')
            .ok_or(format!("no verb and path: {line}"))?;
        let patch = PATCHES.iter().find(|(name, _)| *name == verb);
        let mut request = Request::builder()
            .method(if patch.is_some() { "PATCH" } else { verb })
            .uri(path);
        let mut headers = BTreeMap::from([
            ("accept".to_owned(), "application/json".to_owned()),
            // The field manager, where none is named.
            (
                "user-agent".to_owned(),
                "conformance/1.0 (table)".to_owned(),
            ),
        ]);
        if step.body.is_some() || step.raw.is_some() {
            let content_type = patch.map_or("application/json", |(_, content_type)| content_type);
            headers.insert("content-type".to_owned(), content_type.to_owned());
        }
        for (name, value) in &step.headers {
            headers.insert(name.to_ascii_lowercase(), self.variables.fill(value)?);
        }
        for (name, value) in &headers {
            request = request.header(name, value);
        }
        request
            .body(Body::from(self.body(step)?))
            .map_err(|e| format!("{line}: {e}"))
    }

    fn body(&self, step: &Step) -> Result<Vec<u8>, String> {
        if let Some(raw) = &step.raw {
            return Ok(self.variables.fill(raw)?.into_bytes());
        }
        let Some(body) = &step.body else {
            return Ok(Vec::new());
        };
        let mut body = self.variables.fill_value(body)?;
        for (path, bytes) in &step.pad {
            let target = path
                .split('.')
                .fold(&mut body, |value, step| &mut value[step]);
            *target = "x".repeat(*bytes).into();
        }
        if let Some(copies) = step.copies {
            body = Value::Array(vec![body; copies]);
        }
        Ok(body.to_string().into_bytes())
    }

    /// Remembers what an answer says was made, to remove it in the end.
    fn note_made(&mut self, step: &Step, answer: &Answer) -> Result<(), String> {
        if answer.code != 201 || !self.target.stays {
            return Ok(());
        }
        let line = self
            .variables
            .fill(step.request.as_deref().unwrap_or_default())?;
        let (verb, path) = line.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let body = answer.json();
        let name = body["metadata"]["name"].as_str().unwrap_or_default();
        self.made.push(if verb == "POST" {
            format!("{path}/{name}")
        } else {
            path.to_owned()
        });
        Ok(())
    }

    /// Removes what the case made, the last first.
    pub(crate) async fn clear_away(mut self) -> Result<(), String> {
        self.watches.clear();
        if !self.target.stays {
            return Ok(());
        }
        while let Some(path) = self.made.pop() {
            let is_namespace =
                path.starts_with("/api/v1/namespaces/") && path.matches('/').count() == 4;
            if is_namespace {
                // An empty namespace needs no controller to end.
                let name = path.rsplit('/').next();
                let empty = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}, "spec": {"finalizers": []}});
                self.target
                    .ask("PUT", &format!("{path}/finalize"), Some(&empty))
                    .await?;
            }
            let delete = format!("{path}?gracePeriodSeconds=0");
            let deleted = self.target.ask("DELETE", &delete, None).await?;
            if is_namespace {
                // The first deletion only marks.
                self.target.ask("DELETE", &delete, None).await?;
            }
            let finalizers = &deleted.json()["metadata"]["finalizers"];
            if finalizers.is_array() && !path.starts_with("/apis/apiextensions.k8s.io/") {
                let none = json!({"metadata": {"finalizers": null}});
                self.target.ask("PATCH", &path, Some(&none)).await?;
            }
        }
        Ok(())
    }
}
