//! [`Operate`]: the operator that is drilled, run as a process of its own so that it can be killed as one.

use std::{error::Error as StdError, net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;
use k8s_openapi::api::core::v1::ConfigMap;
use operator_core::{prelude::*, runtime::shutdown};
use operator_tests::{Apple, AppleSpec, Basket, Cluster, Grade, fill};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// What the operator is called.
pub(crate) const NAME: &str = "drilled";
/// A basket of this name has a handler that always fails.
pub(crate) const FAILS: &str = "fails";
/// A basket of this name has a handler that always panics.
pub(crate) const PANICS: &str = "panics";
/// A basket of this name has a handler that awaits for ever.
pub(crate) const AWAITS: &str = "awaits";
/// A basket of this name has a handler that blocks its thread for ever.
pub(crate) const BLOCKS: &str = "blocks";

/// How the drilled operator is run.
#[derive(Args, Clone, Debug)]
pub struct Operate {
    /// The kubeconfig of the cluster.
    #[arg(long)]
    pub kubeconfig: PathBuf,
    /// The namespace that it looks at.
    #[arg(long)]
    pub namespace: String,
    /// Where it tells whether it is ready.
    #[arg(long)]
    pub listen: SocketAddr,
    /// The user whose rights it has.
    #[arg(long = "as")]
    pub user: Option<String>,
    /// The cluster may lack apples.
    #[arg(long)]
    pub optional_apples: bool,
    /// How many seconds a handler may take.
    #[arg(long, default_value_t = 30)]
    pub deadline: u64,
}

impl Operate {
    /// Runs it until it is asked to end.
    ///
    /// # Errors
    /// If it can't start.
    pub async fn run(self) -> Result<(), Box<dyn StdError>> {
        // What kube's client calls an error is any answer that is no success.
        let targets = Targets::new().with_target("operator_core", LevelFilter::INFO);
        tracing_subscriber::registry()
            .with(
                tracing_subscriber::fmt::layer()
                    .with_ansi(false)
                    .with_writer(std::io::stderr),
            )
            .with(targets)
            .init();
        let cluster = Cluster::from_kubeconfig(&self.kubeconfig).await;
        let cluster = match &self.user {
            Some(user) => cluster.impersonating(user),
            None => cluster,
        };
        let apples = if self.optional_apples {
            ChildConfig::apply().optional()
        } else {
            ChildConfig::apply()
        };
        let operator = operator(apples).configure(|config| {
            config
                .with_namespaces([self.namespace])
                .with_listen(self.listen)
                .with_handler_deadline(Duration::from_secs(self.deadline))
        });
        operator.run(cluster.connect(), shutdown::signal()).await?;
        Ok(())
    }
}

/// An operator of baskets that have `ConfigMap`s and an apple as good as the note says; a few names misbehave.
pub(crate) fn operator(apples: ChildConfig) -> Operator {
    Operator::new(NAME, sync)
        .with_child::<ConfigMap>(ChildConfig::apply())
        .with_child::<Apple>(apples)
}

async fn sync(request: SyncRequest<Basket>) -> Result<SyncResponse<Basket>, Error> {
    match request.raw_parent().name() {
        FAILS => return Err(Error::retry("this basket can't be filled")),
        PANICS => panic!("this basket is a trap"),
        AWAITS => std::future::pending::<()>().await,
        BLOCKS => loop {
            std::thread::park();
        },
        _ => {}
    }
    let apple = apple(
        request.raw_parent().name(),
        request
            .parent()
            .spec
            .note
            .as_ref()
            .map(|note| note.0.as_str()),
    );
    Ok(fill(&request)?.with_children(apple))
}

/// The apple of a basket with this note.
pub(crate) fn apple(basket: &str, note: Option<&str>) -> Option<Apple> {
    note.map(|note| {
        Apple::new(
            basket,
            AppleSpec {
                grade: Grade(note.to_owned()),
            },
        )
    })
}
