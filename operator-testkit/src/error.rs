//! [`KitError`]: why the kit could not do what a test asked for. Its debug form is its text, for tests that return it.

use std::fmt;

use operator_core::crd::{CrdError, install::InstallError};

/// Why the kit could not do what a test asked for.
#[non_exhaustive]
#[derive(thiserror::Error)]
pub enum KitError {
    /// The cluster that the environment names can't be used.
    #[error("the cluster that {variable} names can't be used: {why}", variable = crate::KUBECONFIG)]
    Cluster {
        /// What is wrong with it.
        why: String,
    },
    /// A struct of the operator makes no CRD.
    #[error("the operator's CRD can't be made: {0}")]
    Crd(#[from] CrdError),
    /// A CRD could not be installed.
    #[error(transparent)]
    Install(#[from] InstallError),
    /// The API server refused a request of the kit.
    #[error("can't {what}: {}", told(.source))]
    Server {
        /// What the kit tried.
        what: String,
        /// What the server said.
        source: kube::Error,
    },
    /// The cluster does not have a kind.
    #[error("the cluster has no {kind}: give its CRD to `TestKitBuilder::with_crds`")]
    NoKind {
        /// The kind, with its group and version.
        kind: String,
    },
    /// An object is not what its type can hold, or can't be written as JSON.
    #[error("{what}: {why}")]
    Unreadable {
        /// Which.
        what: String,
        /// Why.
        why: String,
    },
    /// The operator did not come to rest in time. The text says what was still going on.
    #[error("{0}")]
    NotSteady(String),
    /// The operator has ended by itself.
    #[error("the operator has ended: {0}")]
    Ended(String),
}

impl fmt::Debug for KitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An error of the server as it said it; kube's own text buries that.
fn told(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => {
            format!("{} {}: {}", status.code, status.reason, status.message)
        }
        other => other.to_string(),
    }
}

/// Whether the server said that there is nothing of that name.
pub(crate) fn is_absent(error: &kube::Error) -> bool {
    matches!(error, kube::Error::Api(status) if status.code == 404)
}

pub(crate) fn server<W: Into<String>>(what: W) -> impl FnOnce(kube::Error) -> KitError {
    let what = what.into();
    move |source| KitError::Server { what, source }
}
