//! The attributes of a type that derives `K8sSchema`.

use syn::{Attribute, LitStr};

use super::{
    each,
    keys::{RULE_BELOW, TYPE},
    marks::Marks,
    value,
};
use crate::ctxt::Ctxt;

/// What is written on the type.
#[derive(Default)]
pub(crate) struct TypeAttrs {
    pub(crate) krate: Option<LitStr>,
    pub(crate) marks: Marks,
}

impl TypeAttrs {
    pub(crate) fn parse(cx: &mut Ctxt, attributes: &[Attribute]) -> Self {
        let mut attrs = Self::default();
        each(cx, attributes, &TYPE, |cx, item, input| {
            match item.name() {
                "crate" => attrs.krate = Some(value::string(item, input)?),
                _ => attrs.marks.item(cx, item, input, &RULE_BELOW)?,
            }
            Ok(())
        });
        attrs
    }
}
