//! The name of a field in JSON: what serde's own attributes make of the one in Rust.

use syn::{Attribute, Expr, Ident, Lit, ext::IdentExt, meta::ParseNestedMeta};

/// What a field's serde attributes say that matters for its path in the object.
#[derive(Default)]
pub(crate) struct SerdeField {
    rename: Option<String>,
    /// The field has no path of its own: `flatten` or `skip`.
    pub(crate) without_path: Option<&'static str>,
}

impl SerdeField {
    pub(crate) fn parse(attributes: &[Attribute]) -> Self {
        let mut field = Self::default();
        each(attributes, &mut |meta| {
            if meta.path.is_ident("rename") {
                field.rename = name(meta)?;
                return Ok(());
            }
            for without in ["flatten", "skip", "skip_deserializing"] {
                if meta.path.is_ident(without) {
                    field.without_path = Some(without);
                }
            }
            skip_value(meta)
        });
        field
    }

    /// The name in JSON of the field that is called `ident` in Rust.
    pub(crate) fn name(&self, ident: &Ident, rename_all: Option<&str>) -> String {
        let ident = ident.unraw().to_string();
        self.rename
            .clone()
            .unwrap_or_else(|| renamed(&ident, rename_all))
    }
}

/// The rule of `#[serde(rename_all = "…")]` on the struct.
pub(crate) fn rename_all(attributes: &[Attribute]) -> Option<String> {
    let mut rule = None;
    each(attributes, &mut |meta| {
        if meta.path.is_ident("rename_all") {
            rule = name(meta)?;
            return Ok(());
        }
        skip_value(meta)
    });
    rule
}

/// What is wrong in serde's attributes is serde's to report, so errors end only this reading of them.
fn each(attributes: &[Attribute], f: &mut dyn FnMut(&ParseNestedMeta) -> syn::Result<()>) {
    for attribute in attributes.iter().filter(|it| it.path().is_ident("serde")) {
        drop(attribute.parse_nested_meta(|meta| f(&meta)));
    }
}

/// `= "name"`, or `(deserialize = "name", …)`: the schema is that of what is read.
fn name(meta: &ParseNestedMeta) -> syn::Result<Option<String>> {
    if meta.input.peek(syn::token::Paren) {
        let mut found = None;
        meta.parse_nested_meta(|inner| {
            let name = name(&inner)?;
            if inner.path.is_ident("deserialize") {
                found = name;
            }
            Ok(())
        })?;
        return Ok(found);
    }
    match meta.value()?.parse()? {
        Lit::Str(name) => Ok(Some(name.value())),
        _ => Ok(None),
    }
}

fn skip_value(meta: &ParseNestedMeta) -> syn::Result<()> {
    if meta.input.peek(syn::Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in meta.input);
        content.parse::<proc_macro2::TokenStream>()?;
    }
    Ok(())
}

fn renamed(field: &str, rule: Option<&str>) -> String {
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("PascalCase") => pascal_case(field),
        Some("camelCase") => {
            let pascal = pascal_case(field);
            let mut letters = pascal.chars();
            letters.next().map_or_else(String::new, |first| {
                format!("{}{}", first.to_ascii_lowercase(), letters.as_str())
            })
        }
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

/// `ready_replicas` to `ReadyReplicas`.
pub(crate) fn pascal_case(field: &str) -> String {
    let words = field.split('_').map(|word| {
        let mut letters = word.chars();
        letters.next().map_or_else(String::new, |first| {
            format!("{}{}", first.to_ascii_uppercase(), letters.as_str())
        })
    });
    words.collect()
}
