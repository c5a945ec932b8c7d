//! [`Ctxt`]: the errors found so far. Nothing is reported before a whole stage has been through.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects errors, each on the tokens that are wrong.
#[derive(Default)]
pub(crate) struct Ctxt {
    errors: Vec<syn::Error>,
}

impl Ctxt {
    /// Reports what is wrong with these tokens, and what to write.
    pub(crate) fn error(&mut self, culprit: impl ToTokens, message: impl std::fmt::Display) {
        self.errors.push(syn::Error::new_spanned(culprit, message));
    }

    /// Reports an error that already knows its place.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.errors.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// All errors as code that makes the compiler print them.
    pub(crate) fn into_compile_errors(self) -> TokenStream {
        self.errors
            .iter()
            .map(syn::Error::to_compile_error)
            .collect()
    }
}
