//! The pass cases as modules: one set of inputs for compiling, expanding, CRDs and real servers.
#![allow(
    dead_code,
    unreachable_pub,
    missing_docs,
    clippy::all,
    clippy::pedantic
)]

use operator_core::crd::{Crd, CrdError};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

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
#[path = "../../ui/pass/generic.rs"]
pub mod generic;
#[path = "../../ui/pass/hostile_names.rs"]
pub mod hostile_names;
#[path = "../../ui/pass/lists.rs"]
pub mod lists;
#[path = "../../ui/pass/long_names.rs"]
pub mod long_names;
#[path = "../../ui/pass/minimal.rs"]
pub mod minimal;
#[path = "../../ui/pass/modules.rs"]
pub mod modules;
#[path = "../../ui/pass/names.rs"]
pub mod names;
#[path = "../../ui/pass/nested.rs"]
pub mod nested;
#[path = "../../ui/pass/old.rs"]
pub mod old;
#[path = "../../ui/pass/raw_identifiers.rs"]
pub mod raw_identifiers;
#[path = "../../ui/pass/recursive.rs"]
pub mod recursive;
#[path = "../../ui/pass/reexported.rs"]
pub mod reexported;
#[path = "../../ui/pass/rename_rules.rs"]
pub mod rename_rules;
#[path = "../../ui/pass/ruled.rs"]
pub mod ruled;
#[path = "../../ui/pass/scalars.rs"]
pub mod scalars;
#[path = "../../ui/pass/short_names.rs"]
pub mod short_names;
#[path = "../../ui/pass/strict_status.rs"]
pub mod strict_status;
#[path = "../../ui/pass/types.rs"]
pub mod types;
#[path = "../../ui/pass/versions.rs"]
pub mod versions;
#[path = "../../ui/pass/written.rs"]
pub mod written;

/// A CRD, and its root struct at work.
pub struct Case {
    /// The CRD.
    pub crd: Crd,
    /// Reads an object as the root struct, and writes it again.
    pub rewrite: fn(Value) -> serde_json::Result<Value>,
}

impl Case {
    fn of<T: Serialize + DeserializeOwned>(crd: Result<Crd, CrdError>) -> Self {
        Self {
            crd: crd.unwrap_or_else(|error| panic!("{error}")),
            rewrite: |object| serde_json::to_value(serde_json::from_value::<T>(object)?),
        }
    }
}

/// All of them.
pub fn cases() -> Vec<Case> {
    vec![
        Case::of::<defaults::Preset>(defaults::Preset::crd()),
        Case::of::<echo_server::EchoServer>(echo_server::EchoServer::crd()),
        Case::of::<enums::Choice>(enums::Choice::crd()),
        Case::of::<flat::Flat>(flat::Flat::crd()),
        Case::of::<flattened::Flattened>(flattened::Flattened::crd()),
        Case::of::<generic::Pipeline>(generic::Pipeline::crd()),
        Case::of::<hostile_names::Hostile>(hostile_names::Hostile::crd()),
        Case::of::<lists::Rack>(lists::Rack::crd()),
        Case::of::<long_names::Long>(long_names::Long::crd()),
        Case::of::<minimal::Proxy>(minimal::Proxy::crd()),
        Case::of::<modules::Gate::Gate>(modules::Gate::Gate::crd()),
        Case::of::<names::ShelfResource>(names::ShelfResource::crd()),
        Case::of::<nested::Nested>(nested::Nested::crd()),
        Case::of::<old::Barrel>(old::Barrel::crd()),
        Case::of::<raw_identifiers::Raw>(raw_identifiers::Raw::crd()),
        Case::of::<recursive::Tree>(recursive::Tree::crd()),
        Case::of::<reexported::Reexported>(reexported::Reexported::crd()),
        Case::of::<rename_rules::Renamed>(rename_rules::Renamed::crd()),
        Case::of::<ruled::Ruled>(ruled::Ruled::crd()),
        Case::of::<scalars::Scalar>(scalars::Scalar::crd()),
        Case::of::<short_names::Y>(short_names::Y::crd()),
        Case::of::<strict_status::Strict>(strict_status::Strict::crd()),
        Case::of::<types::Typed>(types::Typed::crd()),
        Case::of::<versions::v1::Valve>(valve()),
        Case::of::<written::Written>(written::Written::crd()),
    ]
}

/// Their CRDs.
pub fn crds() -> Vec<Crd> {
    cases().into_iter().map(|case| case.crd).collect()
}

fn valve() -> Result<Crd, CrdError> {
    versions::v1::Valve::crd()?
        .with_version(versions::v1beta1::Valve::crd()?)?
        .with_version(versions::v1alpha1::Valve::crd()?)
}
