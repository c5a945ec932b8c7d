//! Parses `#[k8s(…)]`: which attributes are there, each once and of the right form.
//!
//! An error costs only its own attribute: parsing goes on after the next comma.

pub(crate) mod column;
pub(crate) mod field;
pub(crate) mod keys;
pub(crate) mod marks;
pub(crate) mod resource;
pub(crate) mod rule;
pub(crate) mod scale;
pub(crate) mod types;
mod value;

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Ident, Meta, Token,
    ext::IdentExt,
    parse::{ParseStream, Parser},
};

use crate::ctxt::Ctxt;
use keys::{Key, Table};

/// An attribute whose name is known; what follows the name is to be parsed.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) ident: Ident,
    pub(crate) key: &'static Key,
}

impl Item {
    pub(crate) fn name(&self) -> &'static str {
        self.key.name
    }

    /// An error on the value, or on the name where there is none.
    fn wrong(&self, value: Option<&TokenTree>, what: &str) -> syn::Error {
        let culprit = value.map_or_else(|| self.ident.span(), TokenTree::span);
        let Key { name, example, .. } = self.key;
        syn::Error::new(culprit, format!("`{name}` {what}: write `{example}`"))
    }
}

/// The attributes that are for this macro.
pub(crate) fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("k8s"))
}

/// Gives each `name …` of every `#[k8s(…)]` to `item`, which parses what follows the name. It answers which were there, with
/// those that were probably meant.
pub(crate) fn each(
    cx: &mut Ctxt,
    attributes: &[Attribute],
    table: &Table,
    mut item: impl FnMut(&mut Ctxt, &Item, ParseStream) -> syn::Result<()>,
) -> Vec<&'static str> {
    let mut met = Vec::new();
    for attribute in ours(attributes) {
        let Meta::List(list) = &attribute.meta else {
            cx.error(
                &attribute.meta,
                "it says nothing: write `#[k8s(…)]` with attributes in parentheses",
            );
            continue;
        };
        if list.tokens.is_empty() {
            cx.error(
                &attribute.meta,
                "it says nothing: write attributes in the parentheses, or remove it",
            );
        }
        let parser = |input: ParseStream| items(cx, input, table, &mut met, &mut item);
        if let Err(error) = parser.parse2(list.tokens.clone()) {
            cx.push(error);
        }
    }
    met
}

/// Gives each `name …` between commas to `item`. A name that was met already is an error.
fn items(
    cx: &mut Ctxt,
    input: ParseStream,
    table: &Table,
    met: &mut Vec<&'static str>,
    item: &mut dyn FnMut(&mut Ctxt, &Item, ParseStream) -> syn::Result<()>,
) -> syn::Result<()> {
    while !input.is_empty() {
        if let Err(error) = known(cx, input, table, met).and_then(|it| item(cx, &it, input)) {
            cx.push(error);
            while !input.is_empty() && !input.peek(Token![,]) {
                input.parse::<TokenTree>()?;
            }
        }
        let comma = input.parse::<Option<Token![,]>>()?;
        if comma.is_none() && !input.is_empty() {
            cx.push(input.error("write a comma before this, or remove it"));
            // If only the comma is missing, the next attribute is there.
            while !input.is_empty() && !input.peek(Ident::peek_any) {
                input.parse::<TokenTree>()?;
            }
        }
    }
    Ok(())
}

fn known(
    cx: &mut Ctxt,
    input: ParseStream,
    table: &Table,
    met: &mut Vec<&'static str>,
) -> syn::Result<Item> {
    let ident = Ident::parse_any(input)
        .map_err(|error| syn::Error::new(error.span(), "write the name of an attribute here"))?;
    let name = ident.unraw().to_string();
    let Some(key) = table.find(&name) else {
        met.extend(table.meant(&name).map(|it| it.name));
        return Err(syn::Error::new(ident.span(), table.unknown(&name)));
    };
    if met.contains(&key.name) && !key.repeatable {
        cx.error(&ident, format_args!("`{name}` is there twice: remove one"));
    }
    met.push(key.name);
    Ok(Item { ident, key })
}

/// The token that stands where the value should be, without consuming it.
fn peeked(input: ParseStream) -> Option<TokenTree> {
    let tokens: Option<TokenStream> = input.fork().parse().ok();
    tokens?
        .into_iter()
        .next()
        .filter(|token| !matches!(token, TokenTree::Punct(it) if it.as_char() == ','))
}
