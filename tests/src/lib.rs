//! The harness of the end-to-end suite: a control plane, a namespace for each test, and an operator in this
//! process whose every request can be seen, held back or be its last.
//!
//! The cluster is named by the project's own variables; a test whose variables are not set passes, with a line
//! that says that it was skipped. `KUBECONFIG` is never read: an exported one must not send a test to
//! somebody's cluster.
//!
//! | Variable | What it names |
//! |---|---|
//! | `OPERATOR_TEST_KUBECONFIG` | the kubeconfig of the cluster to test on, whose user may do everything |
//! | `OPERATOR_TEST_UP` | the command that starts a control plane, for tests that need one of their own: see [`ControlPlane`] |
//! | `OPERATOR_TEST_VERSION` | the version that it is to start |
//! | `OPERATOR_TEST_KUBECTL` | the `kubectl` for its transcripts, if not the one in the path |
//! | `OPERATOR_TEST_PYTHON` | an interpreter that has the package `kubernetes`, if `python3` has not |
//! | `OPERATOR_TEST_IDLE_SECONDS` | how long the test that counts requests looks on while nothing happens (0) |
//!
//! The tests mostly wait, so they are quicker with more of them at a time: `cargo test -- --test-threads 8`.

mod basket;
mod cluster;
mod condition;
pub mod conformance;
mod control_plane;
mod count;
mod crds;
#[cfg(doctest)]
mod guide;
pub mod lenient;
mod loopback;
mod patience;
pub mod probe;
mod relay;
mod rights;
mod running;
mod scene;
mod server_metrics;
mod wire;
mod witness;

pub use basket::{
    Apple, AppleSpec, Basket, BasketSpec, BasketStatus, Grade, Note, config_map, fill, operator,
};
pub use cluster::Cluster;
pub use condition::{Synced, is_settled, synced_condition};
pub use control_plane::{ControlPlane, Part};
pub use count::Count;
pub use crds::{accepts, establish, in_group, install, remove};
pub use loopback::Loopback;
pub use patience::{Miss, Patience};
pub use relay::{Mark, Relay};
pub use rights::EVERYTHING;
pub use running::Running;
pub use scene::{Scene, merge, resource};
pub use server_metrics::{Served, ServerRequests};
pub use wire::{Held, Moment, Record, Wire};
pub use witness::Witness;
