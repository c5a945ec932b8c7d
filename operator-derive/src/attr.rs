//! Parses `#[k8s(…)]` on the struct: which attributes are there, each once and of the right form.
//!
//! An error costs only its own attribute: parsing goes on after the next comma.

use proc_macro2::{TokenStream, TokenTree};
use syn::{
    Attribute, Ident, LitStr, Meta, Path, Token, Type,
    ext::IdentExt,
    parse::{ParseStream, Parser},
    punctuated::Punctuated,
};

use crate::{
    ctxt::Ctxt,
    keys::{self, Position},
};

/// What is written on the struct, as far as it is of the right form.
#[derive(Default)]
pub(crate) struct Attrs {
    pub(crate) group: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) plural: Option<LitStr>,
    pub(crate) singular: Option<LitStr>,
    pub(crate) short_names: Vec<LitStr>,
    pub(crate) categories: Vec<LitStr>,
    pub(crate) scope: Option<LitStr>,
    pub(crate) status: Option<Type>,
    pub(crate) root: Option<LitStr>,
    pub(crate) derives: Vec<Path>,
    pub(crate) krate: Option<LitStr>,
    /// The attributes that were met, in whatever form: none of them is missing.
    pub(crate) met: Vec<Ident>,
    /// The first `#[k8s(…)]`, where something missing should have been.
    pub(crate) place: Option<Path>,
}

impl Attrs {
    pub(crate) fn parse(cx: &mut Ctxt, attributes: &[Attribute]) -> Self {
        let mut attrs = Self::default();
        for attribute in ours(attributes) {
            attrs.place.get_or_insert_with(|| attribute.path().clone());
            items(cx, attribute, |cx, key, input| attrs.item(cx, key, input));
        }
        attrs
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.met.iter().any(|key| key == name)
    }

    fn item(&mut self, cx: &mut Ctxt, key: &Ident, input: ParseStream) -> syn::Result<()> {
        let name = key.unraw().to_string();
        match keys::find(&name) {
            None => {
                let message = keys::unknown(&name, Position::Struct);
                return Err(syn::Error::new(key.span(), message));
            }
            Some(known) if known.position == Position::Field => {
                let message =
                    format!("`{name}` does nothing here: write `#[k8s({name})]` on a field");
                return Err(syn::Error::new(key.span(), message));
            }
            Some(_) => {}
        }
        let repeatable = ["shortname", "category"].contains(&name.as_str());
        if !repeatable && self.has(&name) {
            cx.error(key, format_args!("`{name}` is there twice: remove one"));
        }
        self.met.push(key.clone());
        match name.as_str() {
            "group" => self.group = Some(string(key, input)?),
            "version" => self.version = Some(string(key, input)?),
            "kind" => self.kind = Some(string(key, input)?),
            "plural" => self.plural = Some(string(key, input)?),
            "singular" => self.singular = Some(string(key, input)?),
            "shortname" => self.short_names.push(string(key, input)?),
            "category" => self.categories.push(string(key, input)?),
            "scope" => self.scope = Some(string(key, input)?),
            "root" => self.root = Some(string(key, input)?),
            "crate" => self.krate = Some(string(key, input)?),
            "status" => {
                if let Some(TokenTree::Literal(quoted)) =
                    input.fork().parse::<TokenStream>()?.into_iter().nth(1)
                {
                    // It is clear what was meant, so that the root struct can have its status.
                    self.status = syn::parse2::<LitStr>(TokenTree::from(quoted).into())
                        .ok()
                        .and_then(|it| it.parse().ok());
                }
                self.status = Some(status(key, input)?);
            }
            _ => self.derives.extend(derives(key, input)?),
        }
        Ok(())
    }
}

/// The attributes that are for this macro.
pub(crate) fn ours(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("k8s"))
}

/// Gives each `name …` between the commas of `#[k8s(…)]` to `item`, which parses what follows the name.
pub(crate) fn items(
    cx: &mut Ctxt,
    attribute: &Attribute,
    mut item: impl FnMut(&mut Ctxt, &Ident, ParseStream) -> syn::Result<()>,
) {
    let Meta::List(list) = &attribute.meta else {
        cx.error(
            &attribute.meta,
            "it says nothing: write `#[k8s(…)]` with attributes in parentheses",
        );
        return;
    };
    let parser = |input: ParseStream| {
        if input.is_empty() {
            cx.error(
                &attribute.meta,
                "it says nothing: write attributes in the parentheses, or remove it",
            );
        }
        while !input.is_empty() {
            let item = Ident::parse_any(input)
                .map_err(|error| {
                    syn::Error::new(error.span(), "write the name of an attribute here")
                })
                .and_then(|key| item(cx, &key, input));
            if let Err(error) = item {
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
    };
    if let Err(error) = parser.parse2(list.tokens.clone()) {
        cx.push(error);
    }
}

/// An error on the value, or on the name where there is none.
fn wrong_form(key: &Ident, value: Option<TokenTree>, what: &str) -> syn::Error {
    let culprit = value.map_or_else(|| key.span(), |value| value.span());
    let example = keys::example(&key.unraw().to_string());
    syn::Error::new(
        culprit,
        format!("`{}` {what}: write `{example}`", key.unraw()),
    )
}

/// The token that stands where the value should be, without consuming it.
fn peeked(input: ParseStream) -> Option<TokenTree> {
    let tokens: Option<TokenStream> = input.fork().parse().ok();
    tokens?
        .into_iter()
        .next()
        .filter(|token| !matches!(token, TokenTree::Punct(it) if it.as_char() == ','))
}

fn string(key: &Ident, input: ParseStream) -> syn::Result<LitStr> {
    let what = "is a string";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(wrong_form(key, None, what));
    }
    if !input.peek(LitStr) {
        return Err(wrong_form(key, peeked(input), what));
    }
    input.parse()
}

fn status(key: &Ident, input: ParseStream) -> syn::Result<Type> {
    let what = "is a type, without quotes";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(wrong_form(key, None, what));
    }
    let value = peeked(input);
    match input.parse::<Type>() {
        Ok(ty @ Type::Path(_)) => Ok(ty),
        _ => Err(wrong_form(key, value, what)),
    }
}

fn derives(key: &Ident, input: ParseStream) -> syn::Result<Vec<Path>> {
    let what = "is a list of derives for the root struct";
    if !input.peek(syn::token::Paren) {
        return Err(wrong_form(key, None, what));
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    let value = peeked(&content);
    let Ok(paths) = Punctuated::<Path, Token![,]>::parse_terminated(&content) else {
        // What is left in the parentheses would be another error.
        content.parse::<TokenStream>()?;
        return Err(wrong_form(key, value, what));
    };
    if paths.is_empty() {
        let message = "`derive` is empty: write `derive(PartialEq)`, or remove it";
        return Err(syn::Error::new(parentheses.span.join(), message));
    }
    Ok(paths.into_iter().collect())
}
