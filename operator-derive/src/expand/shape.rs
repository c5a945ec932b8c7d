//! What the type of a member is to the constants: a probe for its kind, and its arguments from the tokens.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Generics, Ident, Type};

use crate::model::known::{arguments, bare, contains, parameter};

/// The type that a shape is in.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) ident: &'a Ident,
    pub(super) generics: &'a Generics,
    /// The path of `operator_core::__private`.
    pub(super) private: &'a TokenStream,
}

impl Within<'_> {
    pub(super) fn shape(&self, ty: &Type) -> TokenStream {
        let private = self.private;
        // A constant can't be made of itself; what contains itself has no schema anyway.
        if contains(ty, self.ident) {
            return quote!(#private::Shape::UNKNOWN);
        }
        self.known(bare(ty))
    }

    fn known(&self, ty: &Type) -> TokenStream {
        let private = self.private;
        if let Some(index) = parameter(ty, self.generics) {
            return quote!(#private::Shape::of(#private::Kind::Parameter(#index)));
        }
        let arguments = arguments(ty);
        let kind = match ty {
            Type::Path(_) if arguments.is_empty() => {
                return quote!(#private::Probe::<#ty>::SHAPE);
            }
            Type::Path(_) => quote!(#private::Probe::<#ty>::KIND),
            Type::Array(_) | Type::Slice(_) => quote!(#private::Kind::List),
            Type::Reference(_) => quote!(#private::Kind::Same),
            _ => return quote!(#private::Shape::UNKNOWN),
        };
        let arguments = arguments.into_iter().map(|it| self.known(bare(it)));
        quote!(#private::Shape { kind: #kind, arguments: &[#(#arguments),*] })
    }
}
