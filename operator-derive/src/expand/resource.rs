//! What makes the root struct a resource to `k8s-openapi` and `kube`, so that `Api<Foo>` works.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::model::Model;

pub(super) fn expand(model: &Model) -> TokenStream {
    let (root, spec) = (&model.root, model.spec());
    let Model {
        group,
        version,
        kind,
        plural,
        list_kind,
        ..
    } = model;
    let api_version = model.api_version();
    let scope = if model.cluster_scoped {
        quote!(ClusterResourceScope)
    } else {
        quote!(NamespaceResourceScope)
    };
    let text = quote!(&'static ::core::primitive::str);
    let has_status = has_status(model);
    // `kube::Resource` follows from the two traits of k8s-openapi, by kube's own blanket implementation.
    quote! {
        #[automatically_derived]
        impl __k8s::k8s_openapi::Resource for #root {
            const API_VERSION: #text = #api_version;
            const GROUP: #text = #group;
            const KIND: #text = #kind;
            const VERSION: #text = #version;
            const URL_PATH_SEGMENT: #text = #plural;
            type Scope = __k8s::k8s_openapi::#scope;
        }

        #[automatically_derived]
        impl __k8s::k8s_openapi::ListableResource for #root {
            const LIST_KIND: #text = #list_kind;
        }

        #[automatically_derived]
        impl __k8s::k8s_openapi::Metadata for #root {
            type Ty = __k8s::k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

            fn metadata(&self) -> &Self::Ty {
                &self.metadata
            }

            fn metadata_mut(&mut self) -> &mut Self::Ty {
                &mut self.metadata
            }
        }

        #[automatically_derived]
        impl __k8s::kube::core::object::HasSpec for #root {
            type Spec = #spec;

            fn spec(&self) -> &#spec {
                &self.spec
            }

            fn spec_mut(&mut self) -> &mut #spec {
                &mut self.spec
            }
        }

        #has_status
    }
}

fn has_status(model: &Model) -> Option<TokenStream> {
    let (root, status) = (&model.root, model.status()?);
    let status_type = quote_spanned!(model.at_status()=> type Status = #status;);
    Some(quote! {
        #[automatically_derived]
        impl __k8s::kube::core::object::HasStatus for #root {
            #status_type

            fn status(&self) -> ::core::option::Option<&#status> {
                self.status.as_ref()
            }

            fn status_mut(&mut self) -> &mut ::core::option::Option<#status> {
                &mut self.status
            }
        }
    })
}
