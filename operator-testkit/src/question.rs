//! [`Question`]: a handler asked directly, about values, without a cluster: for unit tests of `sync` and `finalize`.

use std::time::Duration;

use jiff::Timestamp;
use kube::Resource;
use operator_core::{Error, Operator, Rehearsal, Rehearsed};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

/// A parent and its children, to ask a handler about.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use k8s_openapi::api::{apps::v1::Deployment, core::v1::Service};
/// use operator_examples::echo_server::{EchoServer, EchoServerSpec, EchoServerStatus, operator};
/// use operator_testkit::Question;
///
/// let echo = EchoServer::new("hello", EchoServerSpec { replicas: 2, port: 80 });
/// let mut service = Service::default();
/// service.metadata.name = Some("hello".into());
/// service.spec.get_or_insert_default().cluster_ip = Some("10.0.0.7".into());
///
/// let outcome = Question::about(&echo).with_child(&service).sync(&operator()).await.unwrap();
/// assert_eq!(outcome.child::<Deployment>("hello")?.unwrap().spec.replicas, Some(2));
/// let status: EchoServerStatus = outcome.status()?.unwrap();
/// assert_eq!(status.address.as_deref(), Some("10.0.0.7"));
/// # Ok(())
/// # }
/// ```
///
/// What a server would have set (uid, versions, the namespace `default` of a namespaced parent) is filled in.
#[derive(Debug)]
pub struct Question {
    parent: Result<Value, Error>,
    children: Vec<Result<Value, Error>>,
    now: Timestamp,
}

impl Question {
    /// About a parent, of any type or as JSON.
    #[must_use]
    pub fn about(parent: &impl Serialize) -> Self {
        Self {
            parent: serde_json::to_value(parent).map_err(Error::permanent),
            children: Vec::new(),
            // 2030-01-01T00:00:00Z, where the time of a seeded cluster begins as well.
            now: Timestamp::constant(1_893_456_000, 0),
        }
    }

    /// Which has this child. The child's kind has to be declared.
    #[must_use]
    pub fn with_child<K>(self, child: &K) -> Self
    where
        K: Resource<DynamicType = ()> + Serialize,
    {
        let mut json = serde_json::to_value(child).map_err(Error::permanent);
        if let Ok(Value::Object(fields)) = &mut json {
            fields.insert("apiVersion".into(), K::api_version(&()).into());
            fields.insert("kind".into(), K::kind(&()).into());
        }
        self.with(json)
    }

    /// Which has this child: JSON with `apiVersion`, `kind` and `metadata`.
    #[must_use]
    pub fn with_raw_child(self, child: Value) -> Self {
        self.with(Ok(child))
    }

    fn with(mut self, child: Result<Value, Error>) -> Self {
        self.children.push(child);
        self
    }

    /// At this time. Default: 2030-01-01T00:00:00Z.
    #[must_use]
    pub fn at(self, now: Timestamp) -> Self {
        Self { now, ..self }
    }

    fn rehearsal(self) -> Result<Rehearsal, Error> {
        Ok(Rehearsal {
            parent: self.parent?,
            children: self.children.into_iter().collect::<Result<_, _>>()?,
            now: self.now,
        })
    }

    /// What the operator's `sync` answers. A panic of the handler goes through.
    ///
    /// # Errors
    /// What it failed with, with its [class](Error::class); and what the engine would refuse: a parent or a child that
    /// can't be read, an answer that is no valid set of children.
    pub async fn sync(self, operator: &Operator) -> Result<SyncOutcome, Error> {
        let answer = self.rehearsal()?.sync(operator).await?;
        Ok(SyncOutcome { answer })
    }

    /// What the operator's `finalize` answers.
    ///
    /// # Errors
    /// As [`sync`](Self::sync); and if the operator has none.
    pub async fn finalize(self, operator: &Operator) -> Result<FinalizeOutcome, Error> {
        let answer = self.rehearsal()?.finalize(operator).await?;
        Ok(FinalizeOutcome { answer })
    }
}

/// What `sync` answers about a parent with these children (JSON with `apiVersion` and `kind`): the short form of
/// [`Question`].
///
/// # Errors
/// As [`Question::sync`].
pub async fn sync_once(
    operator: &Operator,
    parent: &impl Serialize,
    children: impl IntoIterator<Item = Value>,
) -> Result<SyncOutcome, Error> {
    let question = children
        .into_iter()
        .fold(Question::about(parent), Question::with_raw_child);
    question.sync(operator).await
}

/// What `sync` answered.
#[derive(Clone, Debug, PartialEq)]
pub struct SyncOutcome {
    answer: Rehearsed,
}

impl SyncOutcome {
    /// The status; `None` if it said none.
    ///
    /// # Errors
    /// If it is not what `S` can hold.
    pub fn status<S: DeserializeOwned>(&self) -> Result<Option<S>, serde_json::Error> {
        self.raw_status()
            .cloned()
            .map(serde_json::from_value)
            .transpose()
    }

    /// The status as JSON.
    #[must_use]
    pub fn raw_status(&self) -> Option<&Value> {
        self.answer.status.as_ref()
    }

    /// The children of one type that should exist, in the order in which the handler said them.
    ///
    /// # Errors
    /// If one is not what `K` can hold.
    pub fn children<K>(&self) -> Result<Vec<K>, serde_json::Error>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let is = |child: &&Value| {
            child["apiVersion"] == K::api_version(&()).as_ref()
                && child["kind"] == K::kind(&()).as_ref()
        };
        let children = self.raw_children().iter().filter(is).cloned();
        children.map(serde_json::from_value).collect()
    }

    /// The child of that type and name that should exist, if any.
    ///
    /// # Errors
    /// As [`children`](Self::children).
    pub fn child<K>(&self, name: &str) -> Result<Option<K>, serde_json::Error>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let mut children = self.children::<K>()?.into_iter();
        Ok(children.find(|child| child.meta().name.as_deref() == Some(name)))
    }

    /// All children that should exist, as JSON.
    #[must_use]
    pub fn raw_children(&self) -> &[Value] {
        &self.answer.children
    }

    /// After which time the handler asked to be called again.
    #[must_use]
    pub fn resync_after(&self) -> Option<Duration> {
        self.answer.again_after
    }
}

/// What `finalize` answered.
#[derive(Clone, Debug, PartialEq)]
pub struct FinalizeOutcome {
    answer: Rehearsed,
}

impl FinalizeOutcome {
    /// Whether the parent may go.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.answer.again_after.is_none()
    }

    /// After which time it asked to be called again; `None` if it is done.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.answer.again_after
    }

    /// The status meanwhile, as JSON.
    #[must_use]
    pub fn raw_status(&self) -> Option<&Value> {
        self.answer.status.as_ref()
    }
}
