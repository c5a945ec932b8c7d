//! Fire drills for the engine: what becomes of an operator while its cluster, or a part of it, goes wrong.
//!
//! A drill is a story with figures. It runs baskets (the parents of the end-to-end suite) on a real control plane, with
//! the operator as a process of its own, lets something go wrong, and ends with the same check each time: within two
//! seconds of the end of what went wrong there is exactly what `sync` says, every child compared whole; nothing is lost;
//! no child of a parent that lives was made twice; no other parent was slowed; `/readyz` told the truth throughout. Three
//! drills need no real cluster: they run on the embedded one, two of them on tokio's paused clock.
//!
//! A drill notes what does not hold and goes on, so that a report tells all of it.

mod drill;
mod etcd;
mod figures;
mod fleet;
mod gate;
mod ground;
mod kubeconfig;
mod operate;
mod pace;
mod process;
mod readiness;
mod report;
mod sightings;

pub use drill::{Drill, EMBEDDED, REAL, run};
pub use ground::Setting;
pub use operate::Operate;
pub use report::{Outcome, Report};
