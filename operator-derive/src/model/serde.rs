//! What serde's and schemars' attributes make of a type, a variant or a field, as far as it matters for paths.
//!
//! schemars reads both kinds, its own first; so does this.

use syn::{Attribute, Expr, Ident, Lit, LitStr, Type, ext::IdentExt, meta::ParseNestedMeta};

/// What the attributes of a type, a variant or a field say.
#[derive(Default)]
// Each is an attribute that is there or not, of its own.
#[allow(clippy::struct_excessive_bools)]
pub(crate) struct Serde {
    rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) rename_all_fields: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) untagged: bool,
    pub(crate) transparent: bool,
    pub(crate) flatten: bool,
    /// `skip` or `skip_deserializing`: the schema doesn't have it.
    pub(crate) skip: Option<&'static str>,
    pub(crate) default: bool,
    /// The type whose schema it has instead of its own.
    pub(crate) instead: Option<Type>,
    /// A function makes the schema.
    pub(crate) by_function: bool,
}

impl Serde {
    pub(crate) fn parse(attributes: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for whose in ["schemars", "serde"] {
            for attribute in attributes.iter().filter(|it| it.path().is_ident(whose)) {
                // What is wrong in them is theirs to report, so errors end only this reading.
                drop(attribute.parse_nested_meta(|meta| serde.item(&meta)));
            }
        }
        serde
    }

    fn item(&mut self, meta: &ParseNestedMeta) -> syn::Result<()> {
        let Some(key) = meta.path.get_ident().map(ToString::to_string) else {
            return skip_value(meta);
        };
        match key.as_str() {
            "rename" => self.rename = self.rename.take().or(name(meta)?),
            "rename_all" => self.rename_all = self.rename_all.take().or(name(meta)?),
            "rename_all_fields" => {
                self.rename_all_fields = self.rename_all_fields.take().or(name(meta)?);
            }
            "tag" => self.tag = self.tag.take().or(name(meta)?),
            "content" => self.content = self.content.take().or(name(meta)?),
            "with" | "from" | "try_from" => {
                let ty = meta.value()?.parse::<LitStr>()?.parse::<Type>().ok();
                self.instead = self.instead.take().or(ty);
            }
            "untagged" => self.untagged = true,
            "transparent" => self.transparent = true,
            "flatten" => self.flatten = true,
            "skip" => self.skip = Some("skip"),
            "skip_deserializing" => self.skip = self.skip.or(Some("skip_deserializing")),
            "default" => {
                self.default = true;
                return skip_value(meta);
            }
            "schema_with" => {
                self.by_function = true;
                return skip_value(meta);
            }
            _ => return skip_value(meta),
        }
        Ok(())
    }

    /// The name in JSON of the field that is called `ident` in Rust.
    pub(crate) fn field(&self, ident: &Ident, rule: Option<&str>) -> String {
        let ident = ident.unraw().to_string();
        self.rename
            .clone()
            .unwrap_or_else(|| field_by(rule, &ident))
    }

    /// The name in schemas of the type that is called `ident` in Rust.
    pub(crate) fn container(&self, ident: &Ident) -> String {
        let own = || ident.unraw().to_string();
        self.rename.clone().unwrap_or_else(own)
    }

    /// The name in JSON of the variant that is called `ident` in Rust.
    pub(crate) fn variant(&self, ident: &Ident, rule: Option<&str>) -> String {
        let ident = ident.unraw().to_string();
        self.rename
            .clone()
            .unwrap_or_else(|| variant_by(rule, &ident))
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

/// A field's name by a rule of serde's; fields are snake case in Rust.
fn field_by(rule: Option<&str>, field: &str) -> String {
    match rule {
        Some("UPPERCASE" | "SCREAMING_SNAKE_CASE") => field.to_ascii_uppercase(),
        Some("PascalCase") => pascal_case(field),
        Some("camelCase") => lower_first(&pascal_case(field)),
        Some("kebab-case") => field.replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => field.to_ascii_uppercase().replace('_', "-"),
        _ => field.to_owned(),
    }
}

/// A variant's name by a rule of serde's; variants are Pascal case in Rust.
fn variant_by(rule: Option<&str>, variant: &str) -> String {
    match rule {
        Some("lowercase") => variant.to_ascii_lowercase(),
        Some("UPPERCASE") => variant.to_ascii_uppercase(),
        Some("camelCase") => lower_first(variant),
        Some("snake_case") => snake_case(variant),
        Some("SCREAMING_SNAKE_CASE") => snake_case(variant).to_ascii_uppercase(),
        Some("kebab-case") => snake_case(variant).replace('_', "-"),
        Some("SCREAMING-KEBAB-CASE") => snake_case(variant).to_ascii_uppercase().replace('_', "-"),
        _ => variant.to_owned(),
    }
}

fn lower_first(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        format!("{}{}", first.to_ascii_lowercase(), letters.as_str())
    })
}

fn snake_case(variant: &str) -> String {
    let mut snake = String::new();
    for (index, letter) in variant.char_indices() {
        if index > 0 && letter.is_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
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
