//! The descriptor and the CRD of the root struct, and what makes it a parent.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::LitStr;

use super::{marks, shape::Within, types};
use crate::{
    attr::{column::Column, resource::ResourceAttrs, scale::Scale},
    model::Model,
};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (root, krate) = (&model.root, model.krate());
    let (descriptor, declaration) = (descriptor(model), declaration(model));
    let (status, has_status) = match model.status() {
        Some(status) => (quote!(#status), true),
        None => (quote!(#krate::NoStatus), false),
    };
    let status = quote_spanned!(model.at_status()=> type Status = #status;);
    let result = quote!(::core::result::Result<#krate::crd::Crd, #krate::crd::CrdError>);
    quote! {
        #[allow(dead_code, unreachable_pub)]
        impl #root {
            /// The type in the Kubernetes API.
            pub const TYPE: &'static #krate::K8sType = #descriptor;

            /// The custom resource definition.
            ///
            /// # Errors
            /// Where the spec or the status can't be said in a structural schema; the error names type and field.
            pub fn crd() -> #result {
                const DECLARATION: __k8s::Declaration = #declaration;
                DECLARATION.crd::<Self>()
            }
        }

        #[automatically_derived]
        impl #krate::Parent for #root {
            #status
        }

        #[automatically_derived]
        impl #krate::DeclaredParent for #root {
            const TYPE: &'static #krate::K8sType = #root::TYPE;
            const HAS_STATUS: ::core::primitive::bool = #has_status;

            fn crd() -> #result {
                #root::crd()
            }
        }
    }
}

fn descriptor(model: &Model) -> TokenStream {
    let (krate, api_version) = (model.krate(), model.api_version());
    let Model { kind, plural, .. } = model;
    quote! {
        &#krate::K8sType {
            api_version: #api_version,
            kind: #kind,
            plural_kind: #plural,
        }
    }
}

/// What the CRD says besides its schema.
fn declaration(model: &Model) -> TokenStream {
    let (root, krate, attrs) = (&model.root, model.krate(), model.attrs);
    let (spec, singular) = (model.spec(), &model.singular);
    let status = if let Some(status) = model.status() {
        Within::of(model.input).whole(status)
    } else {
        quote!(__k8s::Shape::UNKNOWN)
    };
    let mut said = lists(attrs);
    if let Some(list_kind) = &attrs.list_kind {
        said.push(quote!(list_kind: ::core::option::Option::Some(#list_kind)));
    }
    if model.cluster_scoped {
        said.push(quote!(scope: #krate::crd::Scope::Cluster));
    }
    if model.is_flat() {
        said.push(quote!(flat: true));
    }
    if attrs.served.as_ref().is_some_and(|it| !it.value) {
        said.push(quote!(served: false));
    }
    if attrs.storage.as_ref().is_some_and(|it| !it.value) {
        said.push(quote!(storage: false));
    }
    if let Some((_, warning)) = &attrs.deprecated {
        let warning = optional(warning.as_ref());
        said.push(quote!(deprecated: ::core::option::Option::Some(#warning)));
    }
    if let Some(written) = &attrs.scale {
        let scale = scale(written);
        said.push(quote!(scale: #scale));
    }
    if let Some(written) = &attrs.marks.descriptions {
        let descriptions = marks::descriptions(written);
        said.push(quote!(descriptions: #descriptions));
    }
    if let Some((oldest, _)) = model.oldest() {
        said.push(quote!(oldest: ::core::option::Option::Some(#oldest)));
    }
    if model.is_v1beta1() {
        said.push(quote!(v1beta1: true));
    }
    quote! {
        __k8s::Declaration {
            #(#said,)*
            ..__k8s::Declaration::new(
                #root::TYPE,
                #singular,
                __k8s::Shape::of(<#spec as __k8s::Declared>::KIND),
                #status,
            )
        }
    }
}

/// What can be said several times, as far as it is said.
fn lists(attrs: &ResourceAttrs) -> Vec<TokenStream> {
    let texts = |texts: &[LitStr]| texts.iter().map(ToTokens::to_token_stream).collect();
    let pairs = |pairs: &[(LitStr, LitStr)]| {
        let pairs = pairs.iter().map(|(key, value)| quote!((#key, #value)));
        pairs.collect()
    };
    // One without a path is an error already.
    let columns = attrs.columns.iter().filter(|it| it.path.is_some());
    let rules = attrs.marks.rules.iter().filter(|it| it.on.is_some());
    let lists: [(_, Vec<TokenStream>); 7] = [
        (quote!(short_names), texts(&attrs.short_names)),
        (quote!(categories), texts(&attrs.categories)),
        (quote!(labels), pairs(&attrs.labels)),
        (quote!(annotations), pairs(&attrs.annotations)),
        (quote!(columns), columns.map(written_column).collect()),
        (quote!(selectable), texts(&attrs.selectable)),
        (quote!(rules), rules.map(marks::rule).collect()),
    ];
    let said = lists.into_iter().filter(|(_, items)| !items.is_empty());
    said.map(|(name, items)| quote!(#name: &[#(#items),*]))
        .collect()
}

fn optional(value: Option<impl ToTokens>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

fn scale(written: &Scale) -> TokenStream {
    let [replicas, status, selector] =
        [&written.replicas, &written.status, &written.selector].map(|path| optional(path.as_ref()));
    quote!(__k8s::WrittenScale { replicas: #replicas, status: #status, selector: #selector })
}

fn written_column(written: &Column) -> TokenStream {
    let path = &written.path;
    let column = types::column(written, "");
    quote!(__k8s::WrittenColumn { path: #path, column: #column })
}
