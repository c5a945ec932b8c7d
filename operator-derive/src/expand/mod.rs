//! From a model to code. The code is thin: what it does is in `operator_core::__private`.

mod checks;
mod crd;
mod marks;
mod resource;
mod root;
mod serialization;
mod shape;
mod types;

use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

use crate::{
    attr::{resource::ResourceAttrs, types::TypeAttrs},
    check,
    ctxt::Ctxt,
    fallback,
    model::{self, Model, object::Object},
};

/// The whole derive of `K8sType`: it never panics, and reports every error it finds.
pub(crate) fn derive_resource(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut cx = Ctxt::default();
    let attrs = ResourceAttrs::parse(&mut cx, &input.attrs);
    let object = Object::new(&mut cx, &input);
    let model = Model::new(&input, &attrs, &object);
    check::resource(&mut cx, &model);
    if cx.is_empty() {
        return everything(&model);
    }
    let fallback = fallback::expand(&model);
    let errors = cx.into_compile_errors();
    quote!(#errors #fallback)
}

/// The whole derive of `K8sSchema`, likewise.
pub(crate) fn derive_schema(input: TokenStream) -> TokenStream {
    let input: DeriveInput = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.to_compile_error(),
    };
    let mut cx = Ctxt::default();
    let attrs = TypeAttrs::parse(&mut cx, &input.attrs);
    let object = Object::new(&mut cx, &input);
    check::schema(&mut cx, &input, &attrs, &object);
    // What is wrong with one type is no reason for errors in those around it, which know it as one without derive.
    if !cx.is_empty() {
        return cx.into_compile_errors();
    }
    let krate = model::krate(attrs.krate.as_ref());
    let private = quote!(#krate::__private);
    let types = types::expand(&input, &object, &attrs.marks, &private);
    quote! {
        #[allow(clippy::needless_update)]
        const _: () = {
            #[allow(unused_imports)]
            use #private::Undeclared as _;
            #types
        };
    }
}

/// All code for a model that has a root struct with a name of its own.
fn everything(model: &Model) -> TokenStream {
    let private = model.private();
    let types = types::expand(model.input, model.object, &model.attrs.marks, &private);
    let checks = checks::of_the_resource(model);
    let root = root_struct(model, &types);
    quote! {
        #root
        #[allow(clippy::needless_update)]
        const _: () = {
            #[allow(unused_imports)]
            use #private::Undeclared as _;
            #checks
        };
    }
}

/// The root struct and all that it implements.
pub(crate) fn root_struct(model: &Model, types: &TokenStream) -> TokenStream {
    let private = model.private();
    let root = root::expand(model);
    let serialization = serialization::expand(model);
    let resource = resource::expand(model);
    let crd = crd::expand(model);
    quote! {
        #root
        #[allow(clippy::needless_update)]
        const _: () = {
            #[allow(unused_imports)]
            use #private::Undeclared as _;
            #types
            #serialization
            #resource
            #crd
        };
    }
}
