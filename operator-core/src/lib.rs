//! Kubernetes operators in Rust: annotate a struct, say what should exist for it.

pub mod crd;
mod k8s_type;
pub mod k8s_types;
mod parent;
mod root;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use k8s_type::K8sType;
#[doc = include_str!("docs/derive.md")]
pub use operator_derive::K8sType;
pub use parent::{DeclaredParent, NoStatus, Parent};
