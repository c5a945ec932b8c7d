//! The end-to-end suite: whole operators on a real control plane, each test a story of what may happen to one.
//!
//! See the crate's documentation for the variables that name the control plane.

#[path = "e2e/basics.rs"]
mod basics;
#[path = "e2e/cluster_scope.rs"]
mod cluster_scope;
#[path = "e2e/connections.rs"]
mod connections;
#[path = "e2e/counting.rs"]
mod counting;
#[path = "e2e/crash_control_plane.rs"]
mod crash_control_plane;
#[path = "e2e/crash_operator.rs"]
mod crash_operator;
#[path = "e2e/crds.rs"]
mod crds;
#[path = "e2e/deletion.rs"]
mod deletion;
#[path = "e2e/desired_set.rs"]
mod desired_set;
#[path = "e2e/drift.rs"]
mod drift;
#[path = "e2e/edits.rs"]
mod edits;
#[path = "e2e/failures.rs"]
mod failures;
#[path = "e2e/kinds.rs"]
mod kinds;
#[path = "e2e/names.rs"]
mod names;
#[path = "e2e/permissions.rs"]
mod permissions;
#[path = "e2e/restored_store.rs"]
mod restored_store;
#[path = "e2e/shutdown.rs"]
mod shutdown;
#[path = "e2e/strategies.rs"]
mod strategies;
#[path = "e2e/upgrades.rs"]
mod upgrades;
