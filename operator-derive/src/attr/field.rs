//! The attributes of a field.

use syn::{Attribute, Ident, LitStr, Path};

use super::{
    column::Column,
    each,
    keys::{FIELD, RULE_BELOW},
    marks::Marks,
    ours, value,
};
use crate::ctxt::Ctxt;

/// What is written on a field.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) column: Option<Column>,
    pub(crate) selectable: Option<Ident>,
    pub(crate) scale: Option<LitStr>,
    pub(crate) marks: Marks,
    /// The names of the attributes, where they stand.
    pub(crate) met: Vec<Ident>,
}

impl FieldAttrs {
    pub(crate) fn parse(cx: &mut Ctxt, attributes: &[Attribute]) -> Self {
        let mut field = Self::default();
        each(cx, attributes, &FIELD, |cx, item, input| {
            field.met.push(item.ident.clone());
            match item.name() {
                "column" => field.column = Some(Column::on_a_field(cx, item, input)?),
                "selectable" => field.selectable = Some(value::flag(item, input)?),
                "scale" => field.scale = Some(value::string(item, input)?),
                _ => field.marks.item(cx, item, input, &RULE_BELOW)?,
            }
            Ok(())
        });
        field
    }

    /// The name of the first attribute, if there is one.
    pub(crate) fn first(&self) -> Option<&Ident> {
        self.met.first()
    }
}

/// Reports attributes where nothing can have any.
pub(crate) fn refuse(cx: &mut Ctxt, attributes: &[Attribute], message: &str) {
    for path in ours(attributes).map(Attribute::path) {
        let path: &Path = path;
        cx.error(path, message);
    }
}
