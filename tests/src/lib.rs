//! The harness of the end-to-end suite: a control plane, a namespace for each test, and an operator in this
//! process whose every request can be seen, held back or be its last.
//!
//! A test runs against the cluster that [`Cluster::from_env`] names, and passes with a line that says so if
//! none is named. `KUBECONFIG` is never read: an exported one must not send a test to somebody's cluster.

mod basket;
mod cluster;
mod condition;
mod control_plane;
mod count;
mod crds;
mod patience;
pub mod probe;
mod running;
mod scene;
mod server_metrics;
mod wire;
mod witness;

pub use basket::{
    Apple, AppleSpec, Basket, BasketSpec, BasketStatus, Grade, Note, config_map, fill, operator,
};
pub use cluster::Cluster;
pub use condition::{Synced, synced_condition};
pub use control_plane::{ControlPlane, Part};
pub use count::Count;
pub use crds::{accepts, establish, in_group, install, remove};
pub use patience::{Miss, Patience};
pub use running::Running;
pub use scene::{Scene, merge};
pub use server_metrics::{Served, ServerRequests};
pub use wire::{Held, Moment, Record, Wire};
pub use witness::Witness;
