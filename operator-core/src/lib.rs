#![doc = include_str!("../../README.md")]

mod access;
#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
mod connection;
pub mod crd;
mod engine;
mod handler;
mod identity;
mod k8s_type;
pub mod k8s_types;
mod object;
mod operator;
mod parent;
pub mod prelude;
mod rehearsal;
mod root;
pub mod runtime;
mod segment;
mod untyped;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use config::{ChildConfig, Namespaces, OperatorConfig, UpdateStrategy};
pub use connection::connect;
#[doc(hidden)]
pub use handler::marker;
pub use handler::{
    Children, Error, ErrorClass, Failable, FailableHandler, FinalizeResponse, Handler,
    IntoFinalize, IntoHandler, RawObject, SyncRequest, SyncResponse,
};
// In the versions that this crate's own types and functions speak of.
pub use k8s_type::K8sType;
pub use operator::{Operator, run_operator};
#[doc = include_str!("docs/schema.md")]
pub use operator_derive::K8sSchema;
#[doc = include_str!("docs/derive.md")]
#[doc = ""]
#[doc = include_str!("docs/rules.md")]
pub use operator_derive::K8sType;
pub use parent::{DeclaredParent, NoStatus, Parent};
pub use rehearsal::{Rehearsal, Rehearsed};
pub use untyped::Untyped;
pub use {jiff, k8s_openapi, kube};
