//! Parses `#[k8s(…)]` on fields: which of them are columns of `kubectl get`, under which heading and name.

use syn::{Data, DeriveInput, Field, Ident, ext::IdentExt};

use crate::{
    attr,
    ctxt::Ctxt,
    keys::{self, Position},
    serde_name::{SerdeField, pascal_case, rename_all},
};

/// A column from a field of the spec.
pub(crate) struct Column {
    pub(crate) heading: String,
    /// The field's name in JSON.
    pub(crate) field: String,
}

/// The columns, in the order of the fields.
pub(crate) fn parse(cx: &mut Ctxt, input: &DeriveInput) -> Vec<Column> {
    let rule = rename_all(&input.attrs);
    let mut columns = Vec::new();
    for field in fields(&input.data) {
        if declared(cx, field)
            && let Some(ident) = &field.ident
        {
            let serde = SerdeField::parse(&field.attrs);
            if let Some(how) = serde.without_path {
                let message =
                    format!("a field with `#[serde({how})]` has no path: remove `#[k8s(column)]`");
                cx.error(ident, message);
            }
            columns.push(Column {
                heading: pascal_case(&ident.unraw().to_string()),
                field: serde.name(ident, rule.as_deref()),
            });
        }
    }
    reject_on_variants(cx, &input.data);
    columns
}

fn fields(data: &Data) -> Vec<&Field> {
    match data {
        Data::Struct(it) => it.fields.iter().collect(),
        Data::Enum(it) => it
            .variants
            .iter()
            .flat_map(|variant| &variant.fields)
            .collect(),
        Data::Union(it) => it.fields.named.iter().collect(),
    }
}

/// Whether the field is a column.
fn declared(cx: &mut Ctxt, field: &Field) -> bool {
    let mut column: Option<Ident> = None;
    for attribute in attr::ours(&field.attrs) {
        attr::items(cx, attribute, |cx, key, input| {
            let name = key.unraw().to_string();
            let error = |message| Err(syn::Error::new(key.span(), message));
            match keys::find(&name) {
                None => return error(keys::unknown(&name, Position::Field)),
                Some(known) if known.position == Position::Struct => {
                    return error(format!(
                        "`{name}` does nothing on a field: write it on the struct"
                    ));
                }
                Some(_) => {}
            }
            if column.replace(key.clone()).is_some() {
                cx.error(key, "`column` is there twice: remove one");
            }
            if input.is_empty() || input.peek(syn::Token![,]) || input.peek(Ident::peek_any) {
                return Ok(());
            }
            Err(input.error("`column` takes no value: write `#[k8s(column)]`"))
        });
    }
    column.is_some()
}

fn reject_on_variants(cx: &mut Ctxt, data: &Data) {
    if let Data::Enum(it) = data {
        for attribute in it
            .variants
            .iter()
            .flat_map(|variant| attr::ours(&variant.attrs))
        {
            cx.error(attribute, "`#[k8s]` does nothing on a variant: remove it");
        }
    }
}
