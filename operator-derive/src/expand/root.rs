//! The root struct, and how to make one.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::model::{Model, private};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (root, spec, visibility) = (&model.root, model.spec(), model.visibility());
    let private = private(model.krate());
    let derives = &model.derives;
    let docs = docs(model);
    let status_field = model.status().map(|status| {
        quote! {
            /// What the operator says of it; none until it has said something.
            pub status: ::core::option::Option<#status>,
        }
    });
    let no_status = model
        .status()
        .map(|_| quote!(status: ::core::option::Option::None,));
    let new = format!(
        " An object of the kind `{}`, as it is before a server has seen it.",
        model.kind
    );
    quote! {
        #docs
        #[derive(
            ::core::clone::Clone,
            ::core::fmt::Debug,
            #(#derives,)*
        )]
        #[allow(non_camel_case_types, unreachable_pub)]
        #visibility struct #root {
            /// Name, namespace, labels and what else every object has.
            pub metadata: #private::k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta,
            /// What is wanted.
            pub spec: #spec,
            #status_field
        }

        #[allow(dead_code, unreachable_pub)]
        impl #root {
            #[doc = #new]
            #[must_use]
            pub fn new(name: &::core::primitive::str, spec: #spec) -> Self {
                Self {
                    metadata: #private::k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta {
                        name: ::core::option::Option::Some(::std::string::String::from(name)),
                        ..::core::default::Default::default()
                    },
                    spec,
                    #no_status
                }
            }
        }
    }
}

/// The struct's own words, or its type where it has none.
fn docs(model: &Model) -> TokenStream {
    let docs = model.docs();
    if docs.is_empty() {
        let name = format!(
            " The resource `{}` of `{}`.",
            model.kind,
            model.api_version()
        );
        return quote!(#[doc = #name]);
    }
    docs.into_iter().map(ToTokens::to_token_stream).collect()
}
