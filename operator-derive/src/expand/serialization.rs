//! How the root struct is written, read and described: as a Kubernetes object, `apiVersion` and `kind` included.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let halves = halves(model);
    let written = serialize(model);
    let read = deserialize(model);
    let described = json_schema(model);
    quote!(#halves #written #read #described)
}

/// The one place that asks something of the spec and the status, so that a missing derive is one error.
fn halves(model: &Model) -> TokenStream {
    let (root, spec) = (&model.root, model.spec());
    let status = model
        .status()
        .map_or_else(|| quote!(()), |status| quote!(#status));
    let status = quote_spanned!(model.at_status()=> type StatusOrUnit = #status;);
    let flat = model.is_flat();
    quote! {
        impl __k8s::Root for #root {
            type Spec = #spec;
            #status
            const FLAT: ::core::primitive::bool = #flat;
        }
    }
}

fn serialize(model: &Model) -> TokenStream {
    let root = &model.root;
    let none = || quote!(::core::option::Option::None);
    let status = model
        .status()
        .map_or_else(none, |_| quote!(self.status.as_ref()));
    quote! {
        #[automatically_derived]
        impl __k8s::serde::Serialize for #root {
            fn serialize<S: __k8s::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<
                <S as __k8s::serde::Serializer>::Ok,
                <S as __k8s::serde::Serializer>::Error,
            > {
                __k8s::serialize::<S, Self>(serializer, &self.metadata, &self.spec, #status)
            }
        }
    }
}

fn deserialize(model: &Model) -> TokenStream {
    let root = &model.root;
    let (rules, field) = match model.status() {
        Some(_) => (
            quote! {{
                static RULES: ::std::sync::OnceLock<__k8s::StatusRules> = ::std::sync::OnceLock::new();
                ::core::option::Option::Some(RULES.get_or_init(__k8s::StatusRules::of::<Self>))
            }},
            quote!(status: parts.status,),
        ),
        None => (quote!(::core::option::Option::None), TokenStream::new()),
    };
    quote! {
        #[automatically_derived]
        impl<'de> __k8s::serde::Deserialize<'de> for #root {
            fn deserialize<D: __k8s::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<
                Self,
                <D as __k8s::serde::Deserializer<'de>>::Error,
            > {
                let rules = #rules;
                let parts = __k8s::deserialize::<D, Self>(deserializer, rules)?;
                ::core::result::Result::Ok(Self {
                    metadata: parts.metadata,
                    spec: parts.spec,
                    #field
                })
            }
        }
    }
}

fn json_schema(model: &Model) -> TokenStream {
    let (root, kind) = (&model.root, &model.kind);
    quote! {
        #[automatically_derived]
        impl __k8s::schemars::JsonSchema for #root {
            fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(#kind)
            }

            fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #kind))
            }

            fn json_schema(generator: &mut __k8s::schemars::SchemaGenerator) -> __k8s::schemars::Schema {
                __k8s::schema::<Self>(generator)
            }
        }
    }
}
