//! `column(…)`: a column of `kubectl get`.

use syn::{Ident, LitStr, Token, parse::ParseStream};

use super::{
    Item,
    keys::{COLUMN, FIELD_COLUMN, Table},
    value,
};
use crate::ctxt::Ctxt;

/// A column as written.
pub(crate) struct Column {
    /// The word `column`.
    pub(crate) ident: Ident,
    pub(crate) name: Option<LitStr>,
    pub(crate) path: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) format: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) priority: Option<i32>,
}

impl Column {
    /// On the struct: `column(name = …, path = …)`.
    pub(super) fn on_the_struct(
        cx: &mut Ctxt,
        item: &Item,
        input: ParseStream,
    ) -> syn::Result<Self> {
        Self::parse(cx, item, input, &COLUMN)
    }

    /// On a field: `column` alone, or with what the field doesn't say.
    pub(super) fn on_a_field(cx: &mut Ctxt, item: &Item, input: ParseStream) -> syn::Result<Self> {
        if input.peek(Token![=]) {
            let message = "`column` takes no value: write `column`, or `column(name = \"Size\")`";
            return Err(input.error(message));
        }
        if !input.peek(syn::token::Paren) {
            return Ok(Self::new(item));
        }
        Self::parse(cx, item, input, &FIELD_COLUMN)
    }

    fn new(item: &Item) -> Self {
        Self {
            ident: item.ident.clone(),
            name: None,
            path: None,
            kind: None,
            format: None,
            description: None,
            priority: None,
        }
    }

    fn parse(cx: &mut Ctxt, item: &Item, input: ParseStream, table: &Table) -> syn::Result<Self> {
        let mut column = Self::new(item);
        value::attributes(cx, item, input, table, |_| Ok(()), &mut |_, item, input| {
            match item.name() {
                "name" => column.name = Some(value::string(item, input)?),
                "path" => column.path = Some(value::string(item, input)?),
                "type" => column.kind = Some(value::string(item, input)?),
                "format" => column.format = Some(value::string(item, input)?),
                "description" => column.description = Some(value::string(item, input)?),
                _ => column.priority = Some(value::integer(item, input)?),
            }
            Ok(())
        })?;
        Ok(column)
    }
}
