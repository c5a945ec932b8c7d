//! The forms that the value of an attribute can have.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    AngleBracketedGenericArguments, Ident, LitBool, LitInt, LitStr, Path, Token, Type,
    ext::IdentExt, parse::ParseStream, punctuated::Punctuated,
};

use crate::model::known::bare;

use super::{Item, items, keys::Table, peeked};
use crate::ctxt::Ctxt;

/// Nothing: the name says it all.
pub(super) fn flag(item: &Item, input: ParseStream) -> syn::Result<Ident> {
    if input.is_empty() || input.peek(Token![,]) || input.peek(Ident::peek_any) {
        return Ok(item.ident.clone());
    }
    Err(input.error(format_args!(
        "`{0}` takes no value: write `{0}`",
        item.name()
    )))
}

/// `= "text"`.
pub(super) fn string(item: &Item, input: ParseStream) -> syn::Result<LitStr> {
    let what = "is a string";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(item.wrong(None, what));
    }
    if !input.peek(LitStr) {
        return Err(item.wrong(peeked(input).as_ref(), what));
    }
    input.parse()
}

/// `= "text"`, or nothing.
pub(super) fn optional_string(item: &Item, input: ParseStream) -> syn::Result<Option<LitStr>> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(None);
    }
    let what = "is written alone, or with a string";
    if input.parse::<Option<Token![=]>>()?.is_none() || !input.peek(LitStr) {
        return Err(item.wrong(peeked(input).as_ref(), what));
    }
    input.parse().map(Some)
}

/// `= true` or `= false`.
pub(super) fn boolean(item: &Item, input: ParseStream) -> syn::Result<LitBool> {
    let what = "is `true` or `false`";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(item.wrong(None, what));
    }
    if !input.peek(LitBool) {
        return Err(item.wrong(peeked(input).as_ref(), what));
    }
    input.parse()
}

/// `= 1`.
pub(super) fn integer(item: &Item, input: ParseStream) -> syn::Result<i32> {
    let what = "is a small number";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(item.wrong(None, what));
    }
    let value = peeked(input);
    if !input.peek(LitInt) {
        return Err(item.wrong(value.as_ref(), what));
    }
    let literal = input.parse::<LitInt>()?;
    literal
        .base10_parse()
        .map_err(|_| item.wrong(value.as_ref(), what))
}

/// `= Type`.
pub(super) fn path_type(item: &Item, input: ParseStream) -> syn::Result<Type> {
    let what = "is a type, without quotes";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(item.wrong(None, what));
    }
    let value = peeked(input);
    match input.parse::<Type>() {
        // One that comes through another macro has invisible parentheses.
        Ok(ty) if matches!(bare(&ty), Type::Path(_)) => Ok(ty),
        _ => Err(item.wrong(value.as_ref(), what)),
    }
}

/// `= expression`, as the tokens up to the next comma; the compiler parses it where it stands in the code.
pub(super) fn expression(item: &Item, input: ParseStream) -> syn::Result<TokenStream> {
    let what = "is a value";
    if input.parse::<Option<Token![=]>>()?.is_none() {
        return Err(item.wrong(None, what));
    }
    let mut tokens = TokenStream::new();
    while !input.is_empty() && !input.peek(Token![,]) {
        // The commas between the arguments of a type don't end the value.
        if input.peek(Token![::]) && input.peek3(Token![<]) {
            AngleBracketedGenericArguments::parse_turbofish(input)?.to_tokens(&mut tokens);
        } else if tokens.is_empty() && input.peek(Token![<]) {
            input.parse::<Type>()?.to_tokens(&mut tokens);
        } else {
            input.parse::<TokenTree>()?.to_tokens(&mut tokens);
        }
    }
    if tokens.is_empty() {
        return Err(item.wrong(None, what));
    }
    Ok(tokens)
}

/// `("key" = "value")`.
pub(super) fn pair(item: &Item, input: ParseStream) -> syn::Result<(LitStr, LitStr)> {
    let what = "is a key and a value";
    if !input.peek(syn::token::Paren) {
        return Err(item.wrong(peeked(input).as_ref(), what));
    }
    let content;
    syn::parenthesized!(content in input);
    let first = peeked(&content);
    let pair = (|| {
        let key = content.parse()?;
        content.parse::<Token![=]>()?;
        let value = content.parse()?;
        content.parse::<Option<Token![,]>>()?;
        syn::Result::Ok((key, value))
    })();
    match pair {
        Ok(pair) if content.is_empty() => Ok(pair),
        _ => {
            // What is left in the parentheses would be another error.
            content.parse::<TokenStream>()?;
            Err(item.wrong(first.as_ref(), what))
        }
    }
}

/// `(Path, …)`, one at least.
pub(super) fn paths(item: &Item, input: ParseStream) -> syn::Result<Vec<Path>> {
    let what = "is a list of derives for the root struct";
    if !input.peek(syn::token::Paren) {
        return Err(item.wrong(None, what));
    }
    let content;
    let parentheses = syn::parenthesized!(content in input);
    let value = peeked(&content);
    let Ok(paths) = Punctuated::<Path, Token![,]>::parse_terminated(&content) else {
        // What is left in the parentheses would be another error.
        content.parse::<TokenStream>()?;
        return Err(item.wrong(value.as_ref(), what));
    };
    if paths.is_empty() {
        let message = "`derive` is empty: write `derive(PartialEq)`, or remove it";
        return Err(syn::Error::new(parentheses.span.join(), message));
    }
    Ok(paths.into_iter().collect())
}

/// `(name …, name …)` with attributes of its own, after whatever `before` takes from the front.
pub(super) fn attributes<T>(
    cx: &mut Ctxt,
    item: &Item,
    input: ParseStream,
    table: &Table,
    before: impl FnOnce(ParseStream) -> syn::Result<T>,
    inner: &mut dyn FnMut(&mut Ctxt, &Item, ParseStream) -> syn::Result<()>,
) -> syn::Result<T> {
    if !input.peek(syn::token::Paren) {
        return Err(item.wrong(peeked(input).as_ref(), "has attributes in parentheses"));
    }
    let content;
    syn::parenthesized!(content in input);
    let front = before(&content).inspect_err(|_| {
        // What is left in the parentheses would be another error.
        drop(content.parse::<TokenStream>());
    })?;
    items(cx, &content, table, &mut Vec::new(), inner)?;
    Ok(front)
}
