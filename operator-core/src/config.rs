//! What an operator is, as data: its name, its parent, its children and how each is updated.

use std::{net::SocketAddr, time::Duration};

use jiff::Timestamp;

use crate::{K8sType, engine::backoff::BackoffRange, identity::Identity};

/// How a child that exists is brought to what the handler says.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpdateStrategy {
    /// Server-side apply: the fields that the handler names are ours, all others are left to whoever set them.
    Apply,
    /// The object becomes exactly what the handler says. Kept are its status and the labels, annotations,
    /// finalizers and owner references that others added.
    Replace,
    /// Deleted and created anew, if an update would change anything that the handler names.
    Recreate,
    /// Left as it is until somebody deletes it; then created as the handler says.
    OnDelete,
}

/// How the children of one kind are treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChildConfig {
    pub(crate) strategy: UpdateStrategy,
    pub(crate) optional: bool,
}

impl ChildConfig {
    const fn of(strategy: UpdateStrategy) -> Self {
        Self {
            strategy,
            optional: false,
        }
    }

    /// Children are kept by server-side apply: see [`UpdateStrategy::Apply`].
    #[must_use]
    pub const fn apply() -> Self {
        Self::of(UpdateStrategy::Apply)
    }

    /// Children are replaced: see [`UpdateStrategy::Replace`].
    #[must_use]
    pub const fn replace() -> Self {
        Self::of(UpdateStrategy::Replace)
    }

    /// Children are deleted and created anew: see [`UpdateStrategy::Recreate`].
    #[must_use]
    pub const fn recreate() -> Self {
        Self::of(UpdateStrategy::Recreate)
    }

    /// Children are only changed once deleted: see [`UpdateStrategy::OnDelete`].
    #[must_use]
    pub const fn on_delete() -> Self {
        Self::of(UpdateStrategy::OnDelete)
    }

    /// The cluster may lack the kind. Parents are then served without it: there are no children of it, none is
    /// written, and the condition of a parent that wants one says so, until the kind appears.
    #[must_use]
    pub const fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// How children of this kind are updated.
    #[must_use]
    pub const fn strategy(&self) -> UpdateStrategy {
        self.strategy
    }
}

/// Where parents and children are looked for.
#[non_exhaustive]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Namespaces {
    /// Everywhere: one watch per kind.
    #[default]
    All,
    /// In these alone: one watch per namespace and namespaced kind. Cluster-scoped kinds are watched whole.
    Only(Vec<String>),
}

/// An operator as data.
///
/// ```
/// use operator_core::{K8sType, config::{ChildConfig, OperatorConfig}, k8s_types};
///
/// pub static PARENT_TYPE: &K8sType = &K8sType {
///     api_version: "example.com/v1",
///     kind: "Foo",
///     plural_kind: "foos",
/// };
/// let config = OperatorConfig::new("foo-operator", PARENT_TYPE)
///     .with_child(k8s_types::core::v1::Service, ChildConfig::replace())
///     .with_child(k8s_types::core::v1::Pod, ChildConfig::recreate());
/// assert_eq!(config.name(), "foo-operator");
/// ```
#[derive(Clone, Debug)]
pub struct OperatorConfig {
    pub(crate) name: String,
    pub(crate) parent: &'static K8sType,
    pub(crate) children: Vec<(&'static K8sType, ChildConfig)>,
    pub(crate) namespaces: Namespaces,
    pub(crate) handler_deadline: Duration,
    pub(crate) backoff: BackoffRange,
    pub(crate) concurrency: usize,
    pub(crate) writes_in_flight: usize,
    pub(crate) shutdown_timeout: Duration,
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) condition: String,
    pub(crate) start_time: Option<Timestamp>,
    pub(crate) events: bool,
}

impl OperatorConfig {
    /// An operator for parents of one type.
    ///
    /// `name` signs everything it writes: it is the field manager, the value of the tracking label and part of
    /// the finalizer. Two operators in one cluster need two names, and one keeps its name for good. Two for one
    /// type of parent need two types of condition as well: see [`with_condition`](Self::with_condition).
    #[must_use]
    pub fn new(name: impl Into<String>, parent: &'static K8sType) -> Self {
        Self {
            name: name.into(),
            parent,
            children: Vec::new(),
            namespaces: Namespaces::All,
            handler_deadline: Duration::from_secs(30),
            backoff: BackoffRange {
                first: Duration::from_millis(200),
                longest: Duration::from_secs(300),
            },
            concurrency: 32,
            writes_in_flight: 64,
            shutdown_timeout: Duration::from_secs(25),
            listen: None,
            condition: "Synced".into(),
            start_time: None,
            events: true,
        }
    }

    /// Declares that parents have children of `kind`. All of them, over all handlers' answers: a kind that is
    /// no longer declared is no longer watched, and what exists of it stays.
    #[must_use]
    pub fn with_child(mut self, kind: &'static K8sType, config: ChildConfig) -> Self {
        self.children.push((kind, config));
        self
    }

    /// Looks at these namespaces only. Default: all.
    #[must_use]
    pub fn with_namespaces(
        mut self,
        namespaces: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        self.namespaces = Namespaces::Only(namespaces.into_iter().map(Into::into).collect());
        self
    }

    /// How long a handler may take. After it the parent counts as failed and the handler is cancelled at its
    /// next await; one that blocks its thread is not called again for that parent until it returns. Default: 30 s.
    #[must_use]
    pub fn with_handler_deadline(mut self, deadline: Duration) -> Self {
        self.handler_deadline = deadline;
        self
    }

    /// The shortest and the longest wait before a failed parent is tried again; it doubles in between.
    /// Default: 200 ms to 5 min.
    #[must_use]
    pub fn with_backoff(mut self, first: Duration, longest: Duration) -> Self {
        self.backoff = BackoffRange { first, longest };
        self
    }

    /// How many parents are worked on at the same time, 256 at most. Default: 32.
    #[must_use]
    pub fn with_concurrency(mut self, parents: usize) -> Self {
        self.concurrency = parents;
        self
    }

    /// How many writes are under way at the same time, over all parents. Default: 64. Of the children of one parent 16 are
    /// written at once at most, so that one that has thousands leaves room for others.
    #[must_use]
    pub fn with_writes_in_flight(mut self, writes: usize) -> Self {
        self.writes_in_flight = writes;
        self
    }

    /// How long a stop waits for the passes under way before it cancels them. Default: 25 s, which leaves room
    /// in the 30 s that a pod is given. A handler that blocks its thread can't be cancelled: it ends with the process.
    #[must_use]
    pub fn with_shutdown_timeout(mut self, timeout: Duration) -> Self {
        self.shutdown_timeout = timeout;
        self
    }

    /// Serves `/livez`, `/readyz` and `/metrics` on this address. Default: not at all; the command `run` has a
    /// default of its own.
    #[must_use]
    pub fn with_listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// The type of the condition that says how a parent fares. Default: `Synced`.
    ///
    /// Where two operators look after the same parents each needs one of its own, or they overwrite each other's.
    #[must_use]
    pub fn with_condition(mut self, kind: impl Into<String>) -> Self {
        self.condition = kind.into();
        self
    }

    /// Whether trouble with a parent is told as Events of the cluster, which `kubectl describe` shows: a child that the
    /// server refused, a handler that failed, a name that is taken, each once until it changes; and once that all is
    /// well again. A parent that never was in trouble costs no request. They are posted beside the work, and dropped
    /// where the server is slow or refuses them. Default: yes.
    #[must_use]
    pub fn with_events(mut self, events: bool) -> Self {
        self.events = events;
        self
    }

    /// Makes its time begin at `start` when it is run, and go with tokio's clock from there on. It is for tests: on a
    /// paused runtime [`SyncRequest::now`](crate::SyncRequest::now) then stands still. Default: the system's time.
    #[must_use]
    pub fn with_start_time(mut self, start: Timestamp) -> Self {
        self.start_time = Some(start);
        self
    }

    /// Where parents and children are looked for.
    #[must_use]
    pub fn namespaces(&self) -> &Namespaces {
        &self.namespaces
    }

    /// The operator's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The parents' type.
    #[must_use]
    pub fn parent(&self) -> &'static K8sType {
        self.parent
    }

    /// The type of the condition that says how a parent fares.
    #[must_use]
    pub fn condition(&self) -> &str {
        &self.condition
    }

    /// The label selector by which this operator watches its children. Each child carries that label.
    #[must_use]
    pub fn child_selector(&self) -> String {
        Identity::of(&self.name, self.parent).selector()
    }

    /// The finalizer that parents get where there is a `finalize`.
    #[must_use]
    pub fn finalizer(&self) -> String {
        Identity::of(&self.name, self.parent).finalizer
    }

    /// The declared kinds of children.
    #[must_use]
    pub fn children(&self) -> &[(&'static K8sType, ChildConfig)] {
        &self.children
    }

    /// Says what is wrong with the configuration, if anything.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        if !is_label(&self.name) {
            return Err(ConfigError::Name(self.name.clone()));
        }
        for (i, (kind, _)) in self.children.iter().enumerate() {
            let same = |other: &K8sType| other.group() == kind.group() && other.kind == kind.kind;
            if same(self.parent) {
                return Err(ConfigError::ParentAsChild(**kind));
            }
            if self.children[..i].iter().any(|(earlier, _)| same(earlier)) {
                return Err(ConfigError::DuplicateChild(**kind));
            }
        }
        if let Namespaces::Only(names) = &self.namespaces {
            if names.is_empty() {
                return Err(ConfigError::NoNamespace);
            }
            if let Some(wrong) = names.iter().find(|name| !is_label(name)) {
                return Err(ConfigError::Namespace(wrong.clone()));
            }
        }
        if self.concurrency == 0 || self.concurrency > MOST_PARENTS || self.writes_in_flight == 0 {
            return Err(ConfigError::Concurrency);
        }
        if self.backoff.first.is_zero() || self.backoff.first > self.backoff.longest {
            return Err(ConfigError::Backoff);
        }
        Ok(())
    }
}

/// Handlers have threads to block, and a process has not that many.
const MOST_PARENTS: usize = 256;

/// Whether a name is a DNS label, as those of namespaces and of labels' values are.
fn is_label(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 63
        && name
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// What is wrong with an [`OperatorConfig`]. The operator does not start.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The name can't be a label's value.
    #[error(
        "the operator's name {0:?} is no DNS label: write at most 63 of a-z, 0-9 and `-`, not at the ends"
    )]
    Name(String),
    /// A kind was declared twice.
    #[error("{0} is declared as a child twice: remove one `with_child`")]
    DuplicateChild(K8sType),
    /// The parent's kind was declared as its own child.
    #[error("{0} is the parent's own type: a parent can't be its own kind's child")]
    ParentAsChild(K8sType),
    /// `with_namespaces` with nothing in it.
    #[error("the set of namespaces is empty: name one, or leave `with_namespaces` out for all")]
    NoNamespace,
    /// A namespace's name can't be one.
    #[error(
        "{0:?} is no name of a namespace: write at most 63 of a-z, 0-9 and `-`, not at the ends"
    )]
    Namespace(String),
    /// A limit that is none.
    #[error("`with_concurrency` takes 1 to 256, `with_writes_in_flight` at least 1")]
    Concurrency,
    /// A backoff that would be a loop.
    #[error("`with_backoff` takes a first wait longer than zero and no longer than the longest")]
    Backoff,
    /// `with_finalize` was given a function for another parent.
    #[error("`with_finalize` is for {finalize}, but the handler is for {parent}")]
    FinalizesAnother {
        /// The Rust type of the handler's parent.
        parent: &'static str,
        /// The Rust type of the finalize function's.
        finalize: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::core::v1::{ConfigMap, Service};

    fn config(name: &str) -> OperatorConfig {
        OperatorConfig::new(name, Service)
    }

    #[test]
    fn a_name_has_to_be_a_label() {
        assert_eq!(config("echo-server").check(), Ok(()));
        for name in ["", "Echo", "echo_server", "-echo", "echo-", &"e".repeat(64)] {
            assert_eq!(config(name).check(), Err(ConfigError::Name(name.into())));
        }
    }

    #[test]
    fn a_kind_is_declared_once() {
        let twice = config("a")
            .with_child(ConfigMap, ChildConfig::apply())
            .with_child(ConfigMap, ChildConfig::replace());
        assert_eq!(twice.check(), Err(ConfigError::DuplicateChild(*ConfigMap)));
        let own = config("a").with_child(Service, ChildConfig::apply());
        assert_eq!(own.check(), Err(ConfigError::ParentAsChild(*Service)));
    }

    #[test]
    fn an_empty_set_of_namespaces_is_not_all_of_them() {
        let none = config("a").with_namespaces(Vec::<String>::new());
        assert_eq!(none.check(), Err(ConfigError::NoNamespace));
        let wrong = config("a").with_namespaces(["a", ""]);
        assert_eq!(wrong.check(), Err(ConfigError::Namespace(String::new())));
    }
}
