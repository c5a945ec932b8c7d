//! Kubernetes operators in Rust: annotate a struct, say what should exist for it.

mod k8s_type;
mod parent;
pub mod crd;
pub mod k8s_types;

pub use k8s_type::K8sType;
pub use operator_derive::K8sType;
pub use parent::{DeclaredParent, NoStatus, Parent};
