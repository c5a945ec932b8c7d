//! The pass cases as modules: one set of inputs for compiling, expanding, CRDs and real servers.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::all,
    clippy::pedantic
)]

use operator_core::crd::Crd;

#[path = "../../ui/pass/defaults.rs"]
pub mod defaults;
#[path = "../../ui/pass/echo_server.rs"]
pub mod echo_server;
#[path = "../../ui/pass/enums.rs"]
pub mod enums;
#[path = "../../ui/pass/flat.rs"]
pub mod flat;
#[path = "../../ui/pass/flattened.rs"]
pub mod flattened;
#[path = "../../ui/pass/hostile_names.rs"]
pub mod hostile_names;
#[path = "../../ui/pass/minimal.rs"]
pub mod minimal;
#[path = "../../ui/pass/names.rs"]
pub mod names;
#[path = "../../ui/pass/nested.rs"]
pub mod nested;
#[path = "../../ui/pass/reexported.rs"]
pub mod reexported;
#[path = "../../ui/pass/scalars.rs"]
pub mod scalars;
#[path = "../../ui/pass/strict_status.rs"]
pub mod strict_status;
#[path = "../../ui/pass/written.rs"]
pub mod written;

/// The CRDs of all of them.
pub fn crds() -> Vec<Crd> {
    let crds = [
        defaults::Preset::crd(),
        echo_server::EchoServer::crd(),
        enums::Choice::crd(),
        flat::Flat::crd(),
        flattened::Flattened::crd(),
        hostile_names::Hostile::crd(),
        minimal::Proxy::crd(),
        names::ShelfResource::crd(),
        nested::Nested::crd(),
        reexported::Reexported::crd(),
        scalars::Scalar::crd(),
        strict_status::Strict::crd(),
        written::Written::crd(),
    ];
    crds.into_iter()
        .map(|crd| crd.unwrap_or_else(|error| panic!("{error}")))
        .collect()
}
