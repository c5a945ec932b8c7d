//! [`Marks`]: the attributes that say something of a node of the schema, on fields and on types alike.

use proc_macro2::TokenStream;
use syn::{Ident, LitStr, parse::ParseStream};

use super::{Item, keys::Table, rule::Rule, value};
use crate::ctxt::Ctxt;

/// What is written of a node of the schema.
#[derive(Default)]
pub(crate) struct Marks {
    pub(crate) list: Option<LitStr>,
    pub(crate) keys: Vec<LitStr>,
    pub(crate) map: Option<LitStr>,
    pub(crate) structure: Option<LitStr>,
    pub(crate) int_or_string: Option<Ident>,
    pub(crate) embedded_resource: Option<Ident>,
    pub(crate) preserve_unknown_fields: Option<Ident>,
    pub(crate) schemaless: Option<Ident>,
    pub(crate) default: Option<(Ident, TokenStream)>,
    pub(crate) example: Option<(Ident, TokenStream)>,
    pub(crate) format: Option<LitStr>,
    pub(crate) description: Option<LitStr>,
    pub(crate) descriptions: Option<LitStr>,
    pub(crate) immutable: Option<(Ident, Option<LitStr>)>,
    pub(crate) rules: Vec<Rule>,
}

impl Marks {
    /// Parses an attribute that the table of its place has and that no other part of the macro knows.
    pub(super) fn item(
        &mut self,
        cx: &mut Ctxt,
        item: &Item,
        input: ParseStream,
        rules: &Table,
    ) -> syn::Result<()> {
        match item.name() {
            "list" => self.list = Some(value::string(item, input)?),
            "key" => self.keys.push(value::string(item, input)?),
            "map" => self.map = Some(value::string(item, input)?),
            "structure" => self.structure = Some(value::string(item, input)?),
            "int_or_string" => self.int_or_string = Some(value::flag(item, input)?),
            "embedded_resource" => self.embedded_resource = Some(value::flag(item, input)?),
            "preserve_unknown_fields" => {
                self.preserve_unknown_fields = Some(value::flag(item, input)?);
            }
            "schemaless" => self.schemaless = Some(value::flag(item, input)?),
            "default" => {
                self.default = Some((item.ident.clone(), value::expression(item, input)?));
            }
            "example" => {
                self.example = Some((item.ident.clone(), value::expression(item, input)?));
            }
            "format" => self.format = Some(value::string(item, input)?),
            "description" => self.description = Some(value::string(item, input)?),
            "descriptions" => self.descriptions = Some(value::string(item, input)?),
            "immutable" => {
                let message = value::optional_string(item, input)?;
                self.immutable = Some((item.ident.clone(), message));
            }
            _ => self.rules.push(Rule::parse(cx, item, input, rules)?),
        }
        Ok(())
    }
}
