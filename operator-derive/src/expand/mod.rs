//! From a model to code. The code is thin: what it does is in `operator_core::__private`.

mod crd;
mod resource;
mod root;
mod serialization;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{attr::Attrs, check, column, ctxt::Ctxt, fallback, model::Model};

/// The whole derive: it never panics, and reports every error it finds.
pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut cx = Ctxt::default();
    let attrs = Attrs::parse(&mut cx, &input.attrs);
    let columns = column::parse(&mut cx, &input);
    let model = Model::new(&input, &attrs, columns);
    check::check(&mut cx, &model);
    if cx.is_empty() {
        return everything(&model);
    }
    let fallback = fallback::expand(&model);
    let errors = cx.into_compile_errors();
    quote!(#errors #fallback)
}

/// All code for a model that has a root struct with a name of its own.
pub(crate) fn everything(model: &Model) -> TokenStream {
    let root = root::expand(model);
    let serialization = serialization::expand(model);
    let resource = resource::expand(model);
    let crd = crd::expand(model);
    quote! {
        #root
        const _: () = {
            #serialization
            #resource
            #crd
        };
    }
}
