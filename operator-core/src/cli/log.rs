//! The log of a command: the operator and the SDK at the level that was asked for, what is beneath only from warnings on.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Logs to `writer` from now on.
pub(super) fn to(writer: impl for<'a> MakeWriter<'a> + Send + Sync + 'static, level: LevelFilter) {
    let beneath = [
        "h2",
        "hyper",
        "hyper_util",
        "kube_client",
        "rustls",
        "tower",
    ];
    let quiet = beneath.map(|target| (target, level.min(LevelFilter::WARN)));
    let targets = Targets::new()
        .with_default(level)
        .with_targets(quiet)
        // It calls every answer that is no success an error: whether it is one is ours to say.
        .with_target("kube_client::client::builder", LevelFilter::OFF);
    tracing_subscriber::registry()
        .with(fmt::layer().with_writer(writer))
        .with(targets)
        .init();
}
