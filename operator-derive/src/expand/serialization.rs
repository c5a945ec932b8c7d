//! How the root struct is written, read and described: as a Kubernetes object, `apiVersion` and `kind` included.

use proc_macro2::TokenStream;
use quote::quote;

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
    let (root, spec, private) = (&model.root, model.spec(), model.private());
    let status = model
        .status()
        .map_or_else(|| quote!(()), |status| quote!(#status));
    let flat = model.is_flat();
    quote! {
        impl #private::Root for #root {
            type Spec = #spec;
            type StatusOrUnit = #status;
            const FLAT: ::core::primitive::bool = #flat;
        }
    }
}

fn serialize(model: &Model) -> TokenStream {
    let (root, private) = (&model.root, model.private());
    let none = || quote!(::core::option::Option::None);
    let status = model
        .status()
        .map_or_else(none, |_| quote!(self.status.as_ref()));
    quote! {
        #[automatically_derived]
        impl #private::serde::Serialize for #root {
            fn serialize<S: #private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #private::serialize::<S, Self>(serializer, &self.metadata, &self.spec, #status)
            }
        }
    }
}

fn deserialize(model: &Model) -> TokenStream {
    let (root, private) = (&model.root, model.private());
    let (rules, field) = match model.status() {
        Some(_) => (
            quote! {{
                static RULES: ::std::sync::OnceLock<#private::StatusRules> = ::std::sync::OnceLock::new();
                ::core::option::Option::Some(RULES.get_or_init(#private::StatusRules::of::<Self>))
            }},
            quote!(status: parts.status,),
        ),
        None => (quote!(::core::option::Option::None), TokenStream::new()),
    };
    quote! {
        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #root {
            fn deserialize<D: #private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let rules = #rules;
                let parts = #private::deserialize::<D, Self>(deserializer, rules)?;
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
    let (root, private, kind) = (&model.root, model.private(), &model.kind);
    quote! {
        #[automatically_derived]
        impl #private::schemars::JsonSchema for #root {
            fn schema_name() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(#kind)
            }

            fn schema_id() -> ::std::borrow::Cow<'static, ::core::primitive::str> {
                ::std::borrow::Cow::Borrowed(::core::concat!(::core::module_path!(), "::", #kind))
            }

            fn json_schema(generator: &mut #private::schemars::SchemaGenerator) -> #private::schemars::Schema {
                #private::schema::<Self>(generator)
            }
        }
    }
}
