//! The pass cases together use every attribute that there is, each in every place where it can be.

#[path = "../../operator-derive/src/attr/keys.rs"]
// The macro's own use of the tables is more than this test's.
#[allow(dead_code)]
mod keys;

use std::{collections::BTreeSet, fs, path::Path};

use keys::{COLUMN, FIELD, FIELD_COLUMN, RESOURCE, RULE, RULE_BELOW, SCALE, TYPE, Table};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Fields, Item, Meta};

/// An attribute with the place where it was found.
type Use = (&'static str, String);

/// Collects the attributes of a file.
#[derive(Default)]
struct Uses(BTreeSet<Use>);

impl Uses {
    fn attributes(&mut self, attributes: &[Attribute], table: &'static Table) {
        for attribute in attributes {
            if let Meta::List(list) = &attribute.meta
                && list.path.is_ident("k8s")
            {
                self.list(list.tokens.clone(), table);
            }
        }
    }

    /// `name, name = …, name(…)`: what isn't a name, as the rule in `rule("…", …)`, is a value.
    fn list(&mut self, tokens: TokenStream, table: &'static Table) {
        let tokens: Vec<_> = tokens.into_iter().collect();
        let is_comma = |it: &TokenTree| matches!(it, TokenTree::Punct(it) if it.as_char() == ',');
        for item in tokens.split(is_comma) {
            let Some(TokenTree::Ident(name)) = item.first() else {
                continue;
            };
            let name = name.to_string();
            if let Some(TokenTree::Group(inside)) = item.get(1)
                && inside.delimiter() == Delimiter::Parenthesis
                && let Some(table) = inside_of(&name, table)
            {
                self.list(inside.stream(), table);
            }
            self.0.insert((table.place, name));
        }
    }

    fn items(&mut self, items: &[Item]) {
        for item in items {
            match item {
                Item::Mod(module) => {
                    let inside = module.content.as_ref().map(|(_, items)| items.as_slice());
                    self.items(inside.unwrap_or_default());
                }
                Item::Struct(it) => {
                    self.attributes(&it.attrs, of_the_type(&it.attrs));
                    self.fields(&it.fields);
                }
                Item::Enum(it) => {
                    self.attributes(&it.attrs, of_the_type(&it.attrs));
                    it.variants.iter().for_each(|it| self.fields(&it.fields));
                }
                _ => {}
            }
        }
    }

    fn fields(&mut self, fields: &Fields) {
        for field in fields {
            self.attributes(&field.attrs, &FIELD);
        }
    }
}

/// The table of what stands on a type, by the derive that it has.
fn of_the_type(attributes: &[Attribute]) -> &'static Table {
    let mut derives = attributes.iter().filter(|it| it.path().is_ident("derive"));
    let ours = |it: &Attribute| it.to_token_stream().to_string().contains("K8sType");
    if derives.any(ours) { &RESOURCE } else { &TYPE }
}

/// The table of what stands in the parentheses of an attribute.
fn inside_of(name: &str, table: &'static Table) -> Option<&'static Table> {
    let on_the_resource = table.place == RESOURCE.place;
    match (name, on_the_resource) {
        ("column", true) => Some(&COLUMN),
        ("column", false) => Some(&FIELD_COLUMN),
        ("scale", true) => Some(&SCALE),
        ("rule", true) => Some(&RULE),
        ("rule", false) => Some(&RULE_BELOW),
        _ => None,
    }
}

#[test]
fn every_attribute_is_in_a_pass_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass");
    let mut uses = Uses::default();
    for entry in fs::read_dir(folder).expect("there are pass cases") {
        let path = entry.expect("it can be listed").path();
        let source = fs::read_to_string(path).expect("it can be read");
        let file = syn::parse_file(&source).expect("a pass case is Rust");
        uses.items(&file.items);
    }
    let tables = [
        &RESOURCE,
        &TYPE,
        &FIELD,
        &COLUMN,
        &FIELD_COLUMN,
        &SCALE,
        &RULE,
        &RULE_BELOW,
    ];
    let unused: Vec<_> = tables
        .iter()
        .flat_map(|table| table.keys.iter().map(|key| (table.place, key.name)))
        .filter(|(place, name)| !uses.0.contains(&(*place, (*name).to_owned())))
        .map(|(place, name)| format!("`{name}` {place}"))
        .collect();
    assert!(
        unused.is_empty(),
        "add to tests/ui/pass: {}",
        unused.join(", ")
    );
}
