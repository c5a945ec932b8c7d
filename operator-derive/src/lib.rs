//! The derive macros of `operator-core`, which re-exports and documents them. Use them through that crate.
//!
//! A derive goes through four stages: `attr` parses what is written, `model` settles what it means, `check`
//! holds the rules, `expand` writes code. Errors are collected by `ctxt`; where there is one, `fallback`
//! decides what can be expanded all the same, so that one mistake gives one error.

mod attr;
mod check;
mod ctxt;
mod expand;
mod fallback;
mod model;

/// The macro `operator_core::K8sType`, which is documented there.
#[proc_macro_derive(K8sType, attributes(k8s))]
pub fn derive_k8s_type(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::derive_resource(input.into()).into()
}

/// The macro `operator_core::K8sSchema`, which is documented there.
#[proc_macro_derive(K8sSchema, attributes(k8s))]
pub fn derive_k8s_schema(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::derive_schema(input.into()).into()
}
