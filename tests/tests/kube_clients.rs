//! kube-rs's own runtime against the embedded server: its watcher, reflector, `await_condition`, `finalizer`, events and
//! `Controller` work on it as they do on a real control plane.
//!
//! Each story is told on a server in this process, and on the cluster that `OPERATOR_TEST_KUBECONFIG` names if it names
//! one.

#[path = "kube_clients/controlling.rs"]
mod controlling;
#[path = "kube_clients/stage.rs"]
mod stage;
#[path = "kube_clients/waiting.rs"]
mod waiting;
#[path = "kube_clients/watching.rs"]
mod watching;
