//! [`Operator`]: a configuration and a handler, declared with types and ready to run.

use std::{
    any::{TypeId, type_name},
    borrow::Cow,
    fmt,
    future::Future,
    marker::PhantomData,
    sync::Arc,
};

use kube::Client;

use crate::{
    DeclaredParent, K8sType, Parent, Untyped,
    config::{ChildConfig, ConfigError, OperatorConfig},
    connect,
    crd::{Crd, CrdError},
    handler::{ErasedHandler, IntoFinalize, IntoHandler, WithFinalize, erase},
    runtime::{self, Probe, RunError, Stopped},
};

/// An operator: what it is called, what it looks after, and what should exist for it.
///
/// ```
/// use k8s_openapi::api::core::v1::ConfigMap;
/// use operator_core::{K8sType, prelude::*};
///
/// const FOO: &K8sType = &K8sType { api_version: "example.com/v1", kind: "Foo", plural_kind: "foos" };
///
/// async fn sync(request: SyncRequest<Untyped>) -> Result<SyncResponse<Untyped>, Error> {
///     let mut child = ConfigMap::default();
///     child.metadata.name = Some(request.raw_parent().name().to_owned());
///     Ok(SyncResponse::new().with_child(child))
/// }
///
/// let operator = Operator::untyped("foo-operator", FOO, sync)
///     .with_child::<ConfigMap>(ChildConfig::apply());
/// ```
pub struct Operator {
    pub(crate) config: OperatorConfig,
    pub(crate) handler: Arc<dyn ErasedHandler>,
    crds: Vec<fn() -> Result<Crd, CrdError>>,
    /// The Rust type that the handler reads its parent as.
    parent: (TypeId, &'static str),
    parent_has_status: Option<bool>,
    mistake: Option<ConfigError>,
    samples: Vec<Sample>,
}

/// Objects to try an operator with, as YAML, and where they were declared.
#[derive(Clone, Debug)]
struct Sample {
    source: String,
    yaml: Cow<'static, str>,
}

impl Operator {
    /// An operator whose parent is the type that `handler` asks for.
    ///
    /// See [`OperatorConfig::new`] for what the name is used for.
    pub fn new<P, M>(name: impl Into<String>, handler: impl IntoHandler<P, M>) -> Self
    where
        P: DeclaredParent,
    {
        Self {
            crds: vec![P::crd],
            parent_has_status: Some(P::HAS_STATUS),
            ..Self::from_config(OperatorConfig::new(name, P::TYPE), handler)
        }
    }

    /// An operator whose parent has no Rust type.
    pub fn untyped<M>(
        name: impl Into<String>,
        parent: &'static K8sType,
        handler: impl IntoHandler<Untyped, M>,
    ) -> Self {
        Self::from_config(OperatorConfig::new(name, parent), handler)
    }

    /// An operator from a configuration made by hand. The parent is read as the type that `handler` asks for.
    pub fn from_config<P, M>(config: OperatorConfig, handler: impl IntoHandler<P, M>) -> Self
    where
        P: Parent,
    {
        Self {
            config,
            handler: erase::<P>(handler.into_handler()),
            crds: Vec::new(),
            parent: (TypeId::of::<P>(), type_name::<P>()),
            parent_has_status: None,
            mistake: None,
            samples: Vec::new(),
        }
    }

    /// Declares children of a type of `k8s-openapi`, or of any other with that trait.
    #[must_use]
    pub fn with_child<T: kube::Resource<DynamicType = ()>>(self, config: ChildConfig) -> Self {
        self.with_child_type(crate::k8s_type::of_resource::<T>(), config)
    }

    /// Declares children of a type that there is only a descriptor of.
    #[must_use]
    pub fn with_child_type(mut self, kind: &'static K8sType, config: ChildConfig) -> Self {
        self.config = self.config.with_child(kind, config);
        self
    }

    /// Cleans up with `finalize` before a parent goes: parents get a finalizer, which stays until it says
    /// [`FinalizeResponse::done`](crate::FinalizeResponse::done). It is for the same parent type as the handler.
    #[must_use]
    pub fn with_finalize<P: Parent, M: 'static>(
        mut self,
        finalize: impl IntoFinalize<P, M>,
    ) -> Self {
        if TypeId::of::<P>() != self.parent.0 {
            self.mistake = Some(ConfigError::FinalizesAnother {
                parent: self.parent.1,
                finalize: type_name::<P>(),
            });
        }
        self.handler = Arc::new(WithFinalize {
            handler: self.handler,
            function: finalize,
            types: PhantomData,
        });
        self
    }

    /// Gives an operator objects to be tried with, as YAML of one or more documents: the command `dev` applies them.
    ///
    /// Nothing else does; an operator that runs on a cluster leaves them alone.
    ///
    /// ```
    /// # use operator_core::prelude::*;
    /// # fn f(operator: Operator) -> Operator {
    /// operator.with_sample("
    /// apiVersion: example.com/v1
    /// kind: Greeting
    /// metadata: { name: world, namespace: default }
    /// spec: { name: World }
    /// ")
    /// # }
    /// ```
    #[must_use]
    #[track_caller]
    pub fn with_sample(mut self, yaml: impl Into<Cow<'static, str>>) -> Self {
        let place = std::panic::Location::caller();
        self.samples.push(Sample {
            source: format!("the sample declared at {}:{}", place.file(), place.line()),
            yaml: yaml.into(),
        });
        self
    }

    /// Changes any other setting.
    ///
    /// ```
    /// # use operator_core::prelude::*;
    /// # fn f(operator: Operator) -> Operator {
    /// operator.configure(|config| config.with_namespaces(["team-a", "team-b"]).with_concurrency(8))
    /// # }
    /// ```
    #[must_use]
    pub fn configure(mut self, change: impl FnOnce(OperatorConfig) -> OperatorConfig) -> Self {
        self.config = change(self.config);
        self
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &OperatorConfig {
        &self.config
    }

    /// The samples, each with where it was declared and its YAML.
    pub fn samples(&self) -> impl Iterator<Item = (&str, &str)> {
        let samples = self.samples.iter();
        samples.map(|sample| (sample.source.as_str(), sample.yaml.as_ref()))
    }

    /// The CRDs of the types that this operator declares: its parent's, where that is a derived one.
    ///
    /// # Errors
    /// If a struct can't be said in a structural schema.
    pub fn crds(&self) -> Result<Vec<Crd>, CrdError> {
        self.crds.iter().map(|crd| crd()).collect()
    }

    /// Whether the parent's schema keeps what the engine says in a status; `None` if only the server knows.
    pub(crate) fn parent_has_status(&self) -> Option<bool> {
        self.parent_has_status
    }

    /// What was declared wrongly, if anything.
    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        self.mistake
            .clone()
            .map_or_else(|| self.config.check(), Err)
    }

    /// Runs until `stop` completes, then ends in order: no new pass begins, those under way end or are
    /// cancelled after the shutdown timeout. What is returned says which.
    ///
    /// [`connect`](crate::connect) makes a client that fits. Another one should not retry by itself
    /// (`kube::Config::default_retry = false`): retries are the engine's, which knows what else changed meanwhile.
    ///
    /// # Errors
    /// If the configuration is wrong, or the address to listen on is taken. Nothing that the cluster answers
    /// ends an operator: it waits, says so in `/readyz`, and goes on when it can.
    pub async fn run(
        self,
        client: Client,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Stopped, RunError> {
        runtime::run(self, client, stop, None).await
    }

    /// [`run`](Self::run), with a [`Probe`] that looks on.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_observed(
        self,
        client: Client,
        stop: impl Future<Output = ()> + Send,
        probe: &Probe,
    ) -> Result<Stopped, RunError> {
        runtime::run(self, client, stop, Some(probe)).await
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

/// Runs an operator in a pod, by its service account, until the process is asked to end (ctrl-c or SIGTERM).
///
/// The short form of [`Operator::from_config`] and [`Operator::run`], which takes any client. A kubeconfig is never
/// used: an operator goes to somebody's cluster only when it is told to.
///
/// # Errors
/// As [`Operator::run`]; and outside of a pod.
pub async fn run_operator<P: Parent, M>(
    config: OperatorConfig,
    handler: impl IntoHandler<P, M>,
) -> Result<Stopped, RunError> {
    let cluster = kube::Config::incluster().map_err(|error| RunError::NoPod(error.into()))?;
    let client = connect(cluster).map_err(|error| RunError::NoPod(error.into()))?;
    Operator::from_config(config, handler)
        .run(client, runtime::shutdown::signal())
        .await
}
