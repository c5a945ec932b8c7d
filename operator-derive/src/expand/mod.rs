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
use syn::{DeriveInput, Path};

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
    let types = types::expand(&input, &object, &attrs.marks);
    unnamed(krate.as_ref(), &types)
}

/// All code for a model that has a root struct with a name of its own.
fn everything(model: &Model) -> TokenStream {
    let types = types::expand(model.input, model.object, &model.attrs.marks);
    let checks = checks::of_the_resource(model);
    let root = root_struct(model, &types);
    let checks = unnamed(model.krate(), &checks);
    quote!(#root #checks)
}

/// The root struct and all that it implements.
pub(crate) fn root_struct(model: &Model, types: &TokenStream) -> TokenStream {
    let root = root::expand(model);
    let serialization = serialization::expand(model);
    let resource = resource::expand(model);
    let crd = crd::expand(model);
    let rest = unnamed(
        model.krate(),
        &quote! {
            #types
            #serialization
            #resource
            #crd
        },
    );
    quote!(#root #rest)
}

/// Code in a place of its own, where its names meet no others. `__k8s` is short for the path of what it calls: each token
/// of it would be made, parsed and resolved for each use.
fn unnamed(krate: Option<&Path>, code: &TokenStream) -> TokenStream {
    let private = model::private(krate);
    // What is said of a field may be all that there is to say, and the struct's defaults are named all the same; types
    // that all have a derive need no `Undeclared`. Neither is the user's business.
    quote! {
        #[allow(clippy::needless_update)]
        const _: () = {
            #[allow(unused_imports)]
            use #private::{self as __k8s, Undeclared as _};
            #code
        };
    }
}
