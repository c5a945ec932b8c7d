//! The descriptor and the CRD of the root struct, and what makes it a parent.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let (root, private, krate) = (&model.root, model.private(), model.krate());
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
                const DECLARATION: #private::Declaration = #declaration;
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
    let (root, private, krate) = (&model.root, model.private(), model.krate());
    let singular = &model.singular;
    let short_names = model.attrs.short_names.iter().map(LitStr::value);
    let categories = model.attrs.categories.iter().map(LitStr::value);
    let columns = model.columns.iter().map(|column| {
        let (heading, field) = (&column.heading, &column.field);
        quote!(#private::DeclaredColumn { name: #heading, field: #field })
    });
    let scope = if model.cluster_scoped {
        quote!(Cluster)
    } else {
        quote!(Namespaced)
    };
    quote! {
        #private::Declaration {
            of: #root::TYPE,
            singular: #singular,
            short_names: &[#(#short_names),*],
            categories: &[#(#categories),*],
            scope: #krate::crd::Scope::#scope,
            columns: &[#(#columns),*],
        }
    }
}
