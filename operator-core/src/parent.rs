//! [`Parent`] and [`DeclaredParent`]: what a handler's parent type has to be.

use serde::{Serialize, de::DeserializeOwned};

use crate::{
    K8sType,
    crd::{Crd, CrdError},
};

/// A type that a handler reads its parent as.
///
/// `#[derive(K8sType)]` implements it for the root struct. Implement it by hand for a type that comes from
/// elsewhere (`kube-derive`, `kopium`); use [`Untyped`](crate::Untyped) where there is no struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no parent",
    note = "name the root struct that `#[derive(K8sType)]` makes, e.g. `Foo`, not its spec"
)]
pub trait Parent: DeserializeOwned + Send + Sync + 'static {
    /// What the handler says of the parent, written to its `/status`. [`NoStatus`] where there is none.
    type Status: Serialize + Send + Sync + 'static;
}

/// A [`Parent`] that knows its own type and CRD, as every root struct of `#[derive(K8sType)]` does.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not know its own type and CRD",
    note = "name the root struct that `#[derive(K8sType)]` makes; without one use `Operator::untyped`"
)]
pub trait DeclaredParent: Parent {
    /// The type in the Kubernetes API.
    const TYPE: &'static K8sType;

    /// Whether the CRD has the status subresource, with `observedGeneration` and `conditions` in its schema.
    const HAS_STATUS: bool;

    /// The custom resource definition.
    ///
    /// # Errors
    /// Where the struct can't be said in a structural schema; the error names the type and the field.
    fn crd() -> Result<Crd, CrdError>;
}

/// The status of a parent that declares none. It has no values, so nobody can return one.
#[derive(Clone, Copy, Debug, Serialize)]
pub enum NoStatus {}
