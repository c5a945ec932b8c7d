//! How the root struct is written, read and described: as a Kubernetes object, `apiVersion` and `kind` included.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let written = serialize(model);
    let read = deserialize(model);
    let described = json_schema(model);
    quote!(#written #read #described)
}

fn serialize(model: &Model) -> TokenStream {
    let (root, spec, private) = (&model.root, model.spec(), model.private());
    let (status, value) = match model.status() {
        Some(status) => (quote!(#status), quote!(self.status.as_ref())),
        None => (quote!(()), quote!(::core::option::Option::None)),
    };
    quote! {
        #[automatically_derived]
        impl #private::serde::Serialize for #root {
            fn serialize<S: #private::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                #private::serialize::<S, #spec, #status>(serializer, #root::TYPE, &self.metadata, &self.spec, #value)
            }
        }
    }
}

fn deserialize(model: &Model) -> TokenStream {
    let (root, spec, private) = (&model.root, model.spec(), model.private());
    let (status, rules, field) = match model.status() {
        Some(status) => (
            quote!(#status),
            quote! {{
                static RULES: ::std::sync::OnceLock<#private::StatusRules> = ::std::sync::OnceLock::new();
                ::core::option::Option::Some(RULES.get_or_init(#private::StatusRules::of::<#status>))
            }},
            quote!(status: parts.status,),
        ),
        None => (
            quote!(#private::NoSuchStatus),
            quote!(::core::option::Option::None),
            TokenStream::new(),
        ),
    };
    quote! {
        #[automatically_derived]
        impl<'de> #private::serde::Deserialize<'de> for #root {
            fn deserialize<D: #private::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                let rules = #rules;
                let parts = #private::deserialize::<D, #spec, #status>(deserializer, #root::TYPE, rules)?;
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
    let (root, spec, private, kind) = (&model.root, model.spec(), model.private(), &model.kind);
    let schema = if let Some(status) = model.status() {
        quote!(schema::<#spec, #status>)
    } else {
        quote!(schema_without_status::<#spec>)
    };
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
                #private::#schema(generator, #root::TYPE)
            }
        }
    }
}
