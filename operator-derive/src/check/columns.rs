//! Rules about columns, on the struct and on fields.

use quote::ToTokens;
use syn::LitStr;

use super::{one_of, path};
use crate::{
    attr::{
        column::Column,
        keys::{COLUMN, Key},
    },
    ctxt::Ctxt,
    model::Model,
};

const TYPES: [&str; 5] = ["integer", "number", "string", "boolean", "date"];

/// The formats that a server takes for a column, which aren't all that it takes in a schema.
const FORMATS: [&str; 8] = [
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "date",
    "date-time",
    "password",
];

pub(super) fn on_the_struct(cx: &mut Ctxt, model: &Model) {
    for column in &model.attrs.columns {
        let missing: Vec<_> = [("name", &column.name), ("path", &column.path)]
            .into_iter()
            .filter(|(_, value)| value.is_none())
            .filter_map(|(name, _)| COLUMN.find(name))
            .collect();
        if !missing.is_empty() {
            let names: Vec<_> = missing.iter().map(|Key { example, .. }| *example).collect();
            cx.error(
                &column.ident,
                format_args!(
                    "a column on the struct needs a name and a path: add `{}`",
                    names.join(", ")
                ),
            );
        }
        if let Some(literal) = &column.path
            && let Err(wrong) = path::column(&literal.value())
        {
            cx.error(
                literal,
                format_args!("the path {wrong}: write one such as `.spec.size`"),
            );
        }
        check(cx, column);
    }
    let names = model.attrs.columns.iter().filter_map(|it| it.name.as_ref());
    let headings: Vec<_> = names
        .map(|name| (name.value(), name as &dyn ToTokens))
        .collect();
    distinct(cx, &headings);
}

pub(super) fn check(cx: &mut Ctxt, column: &Column) {
    if let Some(name) = &column.name
        && name.value().trim().is_empty()
    {
        cx.error(
            name,
            "a column needs a heading: write e.g. `name = \"Size\"`",
        );
    }
    one_of(cx, column.kind.as_ref(), "type of a column", &TYPES);
    one_of(cx, column.format.as_ref(), "format of a column", &FORMATS);
    if column.priority.is_some_and(|it| it < 0) {
        cx.error(
            &column.ident,
            "a priority is 0 or more: write `priority = 1` for `-o wide` only",
        );
    }
    if let (Some(kind), Some(format)) = (&column.kind, &column.format) {
        fitting(cx, &kind.value(), format);
    }
}

/// A server takes any pair, and shows a value of another type as nothing.
fn fitting(cx: &mut Ctxt, kind: &str, format: &LitStr) {
    let formats: &[&str] = match kind {
        "integer" => &["int32", "int64"],
        "number" => &["float", "double", "int32", "int64"],
        "string" => &["byte", "date", "date-time", "password"],
        "boolean" => &[],
        _ => return,
    };
    let written = format.value();
    if FORMATS.contains(&written.as_str()) && !formats.contains(&written.as_str()) {
        cx.error(
            format,
            format_args!("`{written}` is no format of type `{kind}`: remove it"),
        );
    }
}

/// The headings that are written on one struct, and those of its fields, are told apart here; both together, and those of
/// several types, while constants are evaluated.
pub(super) fn distinct(cx: &mut Ctxt, columns: &[(String, &dyn ToTokens)]) {
    for (index, (name, place)) in columns.iter().enumerate() {
        if columns[..index]
            .iter()
            .any(|(earlier, _)| earlier.eq_ignore_ascii_case(name))
        {
            cx.error(
                place,
                format_args!(
                    "two columns are called `{name}`: write `column(name = \"…\")` for one"
                ),
            );
        }
    }
}
