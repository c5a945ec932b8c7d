//! Kubeconfigs as files, for operators that are processes of their own.

use std::{fs, path::Path};

use kube::config::Kubeconfig;
use operator_tests::Relay;
use serde::Serialize;
use tempfile::NamedTempFile;

/// A file of it, as long as it is kept.
pub(crate) fn file(kubeconfig: &impl Serialize) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file for the kubeconfig");
    // What is JSON is YAML.
    let text = serde_json::to_vec(kubeconfig).expect("a kubeconfig");
    fs::write(file.path(), text).expect("the kubeconfig");
    file
}

/// The kubeconfig at `path`, whose only cluster is reached through a relay to it.
pub(crate) fn through(relay: &Relay, path: &Path) -> NamedTempFile {
    let mut kubeconfig =
        Kubeconfig::read_from(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let cluster = kubeconfig.clusters[0].cluster.as_mut().expect("a cluster");
    cluster
        .tls_server_name
        .get_or_insert_with(|| relay.server_name());
    cluster.server = Some(relay.url());
    file(&kubeconfig)
}
