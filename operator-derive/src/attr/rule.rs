//! `rule("…", …)`: a rule in CEL.

use syn::{LitBool, LitStr, Token, parse::ParseStream};

use super::{Item, keys::Table, peeked, value};
use crate::ctxt::Ctxt;

/// A rule as written.
// The field's name is that of the CRD.
#[allow(clippy::struct_field_names)]
pub(crate) struct Rule {
    pub(crate) rule: LitStr,
    pub(crate) message: Option<LitStr>,
    pub(crate) message_expression: Option<LitStr>,
    pub(crate) reason: Option<LitStr>,
    pub(crate) field_path: Option<LitStr>,
    pub(crate) optional_old_self: Option<LitBool>,
    /// What it is about, if that isn't what it stands on.
    pub(crate) on: Option<LitStr>,
}

impl Rule {
    pub(super) fn parse(
        cx: &mut Ctxt,
        item: &Item,
        input: ParseStream,
        table: &Table,
    ) -> syn::Result<Self> {
        let (mut message, mut message_expression, mut reason, mut field_path) =
            (None, None, None, None);
        let (mut optional_old_self, mut on) = (None, None);
        let front = |content: ParseStream| {
            if !content.peek(LitStr) {
                return Err(
                    item.wrong(peeked(content).as_ref(), "begins with the rule as a string")
                );
            }
            let rule = content.parse::<LitStr>()?;
            if !content.is_empty() {
                let comma = content.parse::<Token![,]>();
                comma.map_err(|it| syn::Error::new(it.span(), "write a comma before this"))?;
            }
            Ok(rule)
        };
        let rule = value::attributes(cx, item, input, table, front, &mut |_, item, input| {
            match item.name() {
                "message" => message = Some(value::string(item, input)?),
                "message_expression" => message_expression = Some(value::string(item, input)?),
                "reason" => reason = Some(value::string(item, input)?),
                "field_path" => field_path = Some(value::string(item, input)?),
                "optional_old_self" => optional_old_self = Some(value::boolean(item, input)?),
                _ => on = Some(value::string(item, input)?),
            }
            Ok(())
        })?;
        Ok(Self {
            rule,
            message,
            message_expression,
            reason,
            field_path,
            optional_old_self,
            on,
        })
    }
}
