//! After an error: the root struct is still there, so that the code that uses it gives no errors of its own.
//!
//! Nothing of it ever runs, so it doesn't matter that its names are wrong or empty; it has to type-check. What is
//! declared of fields is left out, with the rules that other types would be checked by.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{expand, model::Model};

/// What can be expanded of a model that broke rules. It is nothing where expanding would break more.
pub(crate) fn expand(model: &Model) -> TokenStream {
    let nameable = model.root.as_ref().is_some_and(|root| root != model.spec());
    let generic = !model.input.generics.params.is_empty();
    // serde has no derive for a union, so nothing about one would type-check.
    let union = matches!(model.input.data, syn::Data::Union(_));
    if !nameable || generic || union || model.krate().is_none() {
        return TokenStream::new();
    }
    let spec = model.spec();
    let unknown = quote! {
        #[automatically_derived]
        impl __k8s::Declared for #spec {
            const KIND: __k8s::Kind = __k8s::Kind::Unknown;
        }
    };
    expand::root_struct(model, &unknown)
}
