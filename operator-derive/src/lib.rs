//! The derive macro of `operator-core`, which re-exports it and documents it. Use it through that crate.
//!
//! A derive goes through four stages: `attr` parses what is written, `model` settles what it means, `check`
//! holds the rules, `expand` writes code. Errors are collected by `ctxt`; where there is one, `fallback`
//! decides what can be expanded all the same, so that one mistake gives one error.

mod attr;
mod check;
mod column;
mod ctxt;
mod expand;
mod fallback;
mod keys;
mod model;
mod names;
mod serde_name;

/// The macro `operator_core::K8sType`, which is documented there.
#[proc_macro_derive(K8sType, attributes(k8s))]
pub fn derive_k8s_type(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand::derive(input.into()).into()
}
