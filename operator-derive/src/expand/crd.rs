//! The descriptor and the CRD of the root struct, and what makes it a parent.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::LitStr;

use super::{marks, types};
use crate::{
    attr::{column::Column, scale::Scale},
    model::Model,
};

pub(super) fn expand(model: &Model) -> TokenStream {
    let (root, krate) = (&model.root, model.krate());
    let (descriptor, declaration) = (descriptor(model), declaration(model));
    let (status, has_status) = match model.status() {
        Some(status) => (quote!(#status), true),
        None => (quote!(#krate::NoStatus), false),
    };
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
            type Status = #status;
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
    let (root, krate) = (&model.root, model.krate());
    let (attrs, spec, singular) = (model.attrs, model.spec(), &model.singular);
    let short_names = attrs.short_names.iter();
    let categories = attrs.categories.iter();
    let scope = if model.cluster_scoped {
        quote!(Cluster)
    } else {
        quote!(Namespaced)
    };
    let flat = model.is_flat();
    let served = attrs.served.as_ref().is_none_or(|it| it.value);
    let storage = attrs.storage.as_ref().is_none_or(|it| it.value);
    let deprecated = optional(
        attrs
            .deprecated
            .as_ref()
            .map(|(_, warning)| optional(warning.as_ref())),
    );
    let pairs = |pairs: &[(LitStr, LitStr)]| {
        let pairs = pairs.iter().map(|(key, value)| quote!((#key, #value)));
        quote!(&[#(#pairs),*])
    };
    let (labels, annotations) = (pairs(&attrs.labels), pairs(&attrs.annotations));
    let scale = scale(model);
    // One without a path is an error already.
    let columns = attrs.columns.iter().filter(|it| it.path.is_some());
    let columns = columns.map(written_column);
    let selectable = &attrs.selectable;
    let rules = attrs.marks.rules.iter().filter(|it| it.on.is_some());
    let rules = rules.map(marks::rule);
    let descriptions = marks::descriptions(attrs.marks.descriptions.as_ref());
    let oldest = optional(model.oldest().map(|(oldest, _)| oldest));
    let v1beta1 = model.is_v1beta1();
    let status = if let Some(status) = model.status() {
        quote!(__k8s::Probe::<#status>::SHAPE)
    } else {
        quote!(__k8s::Shape::UNKNOWN)
    };
    quote! {
        __k8s::Declaration {
            of: #root::TYPE,
            singular: #singular,
            short_names: &[#(#short_names),*],
            categories: &[#(#categories),*],
            scope: #krate::crd::Scope::#scope,
            flat: #flat,
            served: #served,
            storage: #storage,
            deprecated: #deprecated,
            labels: #labels,
            annotations: #annotations,
            scale: #scale,
            columns: &[#(#columns),*],
            selectable: &[#(#selectable),*],
            rules: &[#(#rules),*],
            descriptions: #descriptions,
            oldest: #oldest,
            v1beta1: #v1beta1,
            spec: __k8s::Shape::of(<#spec as __k8s::Declared>::KIND),
            status: #status,
        }
    }
}

fn optional(value: Option<impl ToTokens>) -> TokenStream {
    if let Some(value) = value {
        quote!(::core::option::Option::Some(#value))
    } else {
        quote!(::core::option::Option::None)
    }
}

fn scale(model: &Model) -> TokenStream {
    let path = |of: fn(&Scale) -> &Option<LitStr>| {
        optional(
            model
                .attrs
                .scale
                .as_ref()
                .and_then(|scale| of(scale).as_ref()),
        )
    };
    let (replicas, status) = (path(|it| &it.replicas), path(|it| &it.status));
    let selector = path(|it| &it.selector);
    quote!(__k8s::WrittenScale { replicas: #replicas, status: #status, selector: #selector })
}

fn written_column(written: &Column) -> TokenStream {
    let path = &written.path;
    let column = types::column(written, "");
    quote!(__k8s::WrittenColumn { path: #path, column: #column })
}
