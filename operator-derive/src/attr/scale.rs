//! `scale(…)` on the struct: the paths of the scale subresource.

use syn::{Ident, LitStr, parse::ParseStream};

use super::{Item, keys::SCALE, value};
use crate::ctxt::Ctxt;

/// The scale subresource as written.
pub(crate) struct Scale {
    /// The word `scale`.
    pub(crate) ident: Ident,
    pub(crate) replicas: Option<LitStr>,
    pub(crate) status: Option<LitStr>,
    pub(crate) selector: Option<LitStr>,
}

impl Scale {
    pub(super) fn parse(cx: &mut Ctxt, item: &Item, input: ParseStream) -> syn::Result<Self> {
        let mut scale = Self {
            ident: item.ident.clone(),
            replicas: None,
            status: None,
            selector: None,
        };
        value::attributes(
            cx,
            item,
            input,
            &SCALE,
            |_| Ok(()),
            &mut |_, item, input| {
                let path = Some(value::string(item, input)?);
                match item.name() {
                    "replicas" => scale.replicas = path,
                    "status" => scale.status = path,
                    _ => scale.selector = path,
                }
                Ok(())
            },
        )?;
        Ok(scale)
    }
}
