//! What the type of a member is to the constants: a probe for its kind, and its arguments from the tokens.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{DeriveInput, Generics, Ident, Type, TypeTuple, spanned::Spanned};

use crate::model::known::{arguments, bare, contains, is_of_plain, parameter};

/// The type that a shape is in.
#[derive(Clone, Copy)]
pub(super) struct Within<'a> {
    pub(super) ident: &'a Ident,
    pub(super) generics: &'a Generics,
}

impl<'a> Within<'a> {
    pub(super) fn of(input: &'a DeriveInput) -> Self {
        Self {
            ident: &input.ident,
            generics: &input.generics,
        }
    }

    pub(super) fn shape(&self, ty: &Type) -> TokenStream {
        // A constant can't be made of itself; what contains itself has no schema anyway.
        if contains(ty, self.ident) {
            return quote!(__k8s::Shape::UNKNOWN);
        }
        self.whole(ty)
    }

    /// The shape of a type that isn't a part of the one that it is in.
    pub(super) fn whole(&self, ty: &Type) -> TokenStream {
        let ty = bare(ty);
        if let Some(index) = parameter(ty, self.generics) {
            // Written out, since what a call returns has no place that a reference to it could outlive.
            return quote!(__k8s::Shape { kind: __k8s::Kind::Parameter(#index), arguments: &[] });
        }
        let arguments = arguments(ty);
        // Types that contain each other are a cycle of constants: the compiler underlines what leads around.
        let here = || Span::call_site().located_at(ty.span());
        let kind = match ty {
            // What is known with its arguments needs no constant for each of them.
            Type::Path(_) if is_of_plain(ty) => return quote!(__k8s::Probe::<#ty>::SHAPE),
            Type::Path(_) if arguments.is_empty() => {
                return quote_spanned!(here()=> __k8s::Probe::<#ty>::SHAPE);
            }
            Type::Path(_) => quote_spanned!(here()=> __k8s::Probe::<#ty>::KIND),
            Type::Array(_) | Type::Slice(_) => quote!(__k8s::Kind::List),
            Type::Reference(_) => quote!(__k8s::Kind::Same),
            // In JSON it is a list; its items have one schema if they have one type.
            Type::Tuple(it) if it.elems.iter().all(is_of_plain) => {
                return quote!(__k8s::Shape::UNKNOWN);
            }
            Type::Tuple(it) if is_of_one_type(it) => quote!(__k8s::Kind::List),
            // Should anything be said in its items, it is lost, and the user has to hear of it.
            Type::Tuple(_) => quote!(__k8s::Kind::Unknown),
            _ => return quote!(__k8s::Shape::UNKNOWN),
        };
        let arguments = arguments.into_iter().map(|it| self.whole(it));
        quote!(__k8s::Shape { kind: #kind, arguments: &[#(#arguments),*] })
    }
}

fn is_of_one_type(tuple: &TypeTuple) -> bool {
    let mut texts = tuple
        .elems
        .iter()
        .map(|it| it.to_token_stream().to_string());
    let first = texts.next();
    texts.all(|it| Some(it) == first)
}
