//! What the type of a member is to the constants: a probe for its kind, and its arguments from the tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Type, spanned::Spanned};

use super::at;
use crate::model::known::{arguments, bare, contains, is_of_plain, parameter};

/// The type that a shape is in.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) ident: &'a Ident,
    pub(super) generics: &'a Generics,
}

impl Within<'_> {
    pub(super) fn shape(&self, ty: &Type) -> TokenStream {
        // A constant can't be made of itself; what contains itself has no schema anyway.
        if contains(ty, self.ident) {
            return quote!(__k8s::Shape::UNKNOWN);
        }
        self.known(bare(ty))
    }

    fn known(&self, ty: &Type) -> TokenStream {
        if let Some(index) = parameter(ty, self.generics) {
            // Written out, since what a call returns has no place that a reference to it could outlive.
            return quote!(__k8s::Shape { kind: __k8s::Kind::Parameter(#index), arguments: &[] });
        }
        let arguments = arguments(ty);
        let kind = match ty {
            // What is known with its arguments needs no constant for each of them.
            Type::Path(_) if is_of_plain(ty) => return quote!(__k8s::Probe::<#ty>::SHAPE),
            // Types that contain each other are a cycle of constants: the compiler underlines what leads around.
            Type::Path(_) if arguments.is_empty() => {
                return at(ty.span(), quote!(__k8s::Probe::<#ty>::SHAPE));
            }
            Type::Path(_) => at(ty.span(), quote!(__k8s::Probe::<#ty>::KIND)),
            Type::Array(_) | Type::Slice(_) => quote!(__k8s::Kind::List),
            Type::Reference(_) => quote!(__k8s::Kind::Same),
            _ => return quote!(__k8s::Shape::UNKNOWN),
        };
        let arguments = arguments.into_iter().map(|it| self.known(bare(it)));
        quote!(__k8s::Shape { kind: #kind, arguments: &[#(#arguments),*] })
    }
}
