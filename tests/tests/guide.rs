//! The guide against the macro: it mentions every attribute and none that doesn't exist, all of its examples are
//! compiled, and its links lead somewhere. The examples themselves are documentation tests of this package.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

const KEYS: &str = include_str!("../../operator-derive/src/attr/keys.rs");
const EXAMPLES: &str = include_str!("../src/guide.rs");

/// The attributes of one place: those that stand in `#[k8s(…)]` are under the empty name, those in the
/// parentheses of one of them under its name.
type Names = BTreeMap<String, BTreeSet<String>>;

#[test]
fn every_attribute_is_in_the_guide_and_the_guide_has_no_other() {
    let (known, mentioned) = (known(), mentioned());
    assert!(known.values().map(BTreeSet::len).sum::<usize>() > 40);
    let missing = difference(&known, &mentioned);
    assert!(missing.is_empty(), "docs/ never mentions {missing:?}");
    let unknown = difference(&mentioned, &known);
    assert!(
        unknown.is_empty(),
        "docs/ mentions {unknown:?}, which the macro doesn't have"
    );
}

#[test]
fn every_chapter_is_compiled_and_listed() {
    let contents = fs::read_to_string(folder().join("README.md")).expect("the contents");
    for (path, text) in chapters() {
        let name = path.file_name().expect("a file").to_string_lossy();
        assert!(
            EXAMPLES.contains(&format!("docs/{name}")),
            "{name} isn't in tests/src/guide.rs"
        );
        assert!(
            name == "README.md" || contents.contains(&format!("({name})")),
            "{name} isn't in docs/README.md"
        );
        let fences = text.lines().filter_map(|line| line.strip_prefix("```rust"));
        for kind in fences {
            assert!(
                ["", ",no_run"].contains(&kind),
                "{name} has a block that isn't compiled: ```rust{kind}"
            );
        }
    }
}

#[test]
fn every_link_leads_somewhere() {
    for (path, text) in chapters() {
        for link in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            if link.starts_with("https://") {
                continue;
            }
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                folder().join(file)
            };
            assert!(target.exists(), "{}: there is no {link}", path.display());
            let anchors = || headings(&fs::read_to_string(&target).expect("a text"));
            assert!(
                anchor.is_empty() || anchors().contains(anchor),
                "{}: there is no {link}",
                path.display()
            );
        }
    }
}

/// What the tables of the macro have.
fn known() -> Names {
    // `RULE_BELOW` is a part of `RULE`, and a field's columns have what the struct's have, without the path.
    let places = [
        ("RESOURCE", ""),
        ("TYPE", ""),
        ("FIELD", ""),
        ("COLUMN", "column"),
        ("FIELD_COLUMN", "column"),
        ("SCALE", "scale"),
        ("RULE", "rule"),
        ("RULE_BELOW", "rule"),
    ];
    let mut names = Names::new();
    for item in syn::parse_file(KEYS).expect("the macro's tables").items {
        let syn::Item::Static(table) = item else {
            continue;
        };
        let syn::Type::Path(ty) = &*table.ty else {
            continue;
        };
        if !ty.path.is_ident("Table") {
            continue;
        }
        let name = table.ident.to_string();
        let place = places.iter().find(|(table, _)| *table == name);
        let (_, place) = place.unwrap_or_else(|| panic!("what is `{name}` a table of?"));
        let names = names.entry((*place).to_owned()).or_default();
        let expression = quote::ToTokens::to_token_stream(&table.expr);
        after(&expression, &["once", "many"], &mut |group| {
            let Some(first) = group.stream().into_iter().next() else {
                return;
            };
            if let Ok(literal) = syn::parse2::<syn::LitStr>(first.into()) {
                names.insert(literal.value());
            }
        });
    }
    names
}

/// What stands in some `#[k8s(…)]` of the guide, in an example or between backticks.
fn mentioned() -> Names {
    let mut names = Names::new();
    for (path, text) in chapters() {
        for code in codes(&text) {
            // An ellipsis stands for whatever is there.
            let Ok(tokens) = code.replace('…', "").parse::<TokenStream>() else {
                assert!(
                    !code.contains("#[k8s"),
                    "{}: it isn't Rust: {code}",
                    path.display()
                );
                continue;
            };
            after(&tokens, &["k8s"], &mut |group| {
                collect(group, "", &mut names);
            });
        }
    }
    names
}

/// The names in parentheses, and in the parentheses of these.
fn collect(group: &Group, place: &str, names: &mut Names) {
    let mut begins = true;
    let mut tokens = group.stream().into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Ident(ident) if begins => {
                let name = ident.to_string();
                if let (Some(TokenTree::Group(inner)), true) = (tokens.peek(), name != "derive") {
                    collect(inner, &name, names);
                }
                names.entry(place.to_owned()).or_default().insert(name);
                begins = false;
            }
            TokenTree::Punct(punct) => begins = punct.as_char() == ',',
            _ => begins = false,
        }
    }
    // The pairs of these have keys that are anybody's.
    for free in ["label", "annotation"] {
        names.remove(free);
    }
}

/// Every group in parentheses that comes after one of the words, at any depth.
fn after(tokens: &TokenStream, words: &[&str], each: &mut dyn FnMut(&Group)) {
    let mut before = String::new();
    for token in tokens.clone() {
        if let TokenTree::Group(group) = &token {
            if group.delimiter() == Delimiter::Parenthesis && words.contains(&before.as_str()) {
                each(group);
            }
            after(&group.stream(), words, each);
        }
        before = token.to_string();
    }
}

/// The Rust blocks of a text, and what stands between backticks in the rest of it.
fn codes(text: &str) -> Vec<String> {
    let mut codes = Vec::new();
    for (index, part) in text.split("```").enumerate() {
        if index % 2 == 1 {
            codes.extend(
                part.strip_prefix("rust")
                    .and_then(|it| Some(it.split_once('\n')?.1.to_owned())),
            );
        } else {
            codes.extend(part.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    codes
}

/// The anchors of a text's headings.
fn headings(text: &str) -> BTreeSet<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchor = |heading: &str| {
        let title = heading
            .trim_start_matches('#')
            .trim()
            .to_lowercase()
            .replace(' ', "-");
        title.replace(|c: char| !(c.is_alphanumeric() || c == '-'), "")
    };
    headings.map(anchor).collect()
}

fn difference(names: &Names, others: &Names) -> Vec<String> {
    let pairs = names
        .iter()
        .flat_map(|(place, names)| names.iter().map(move |name| (place, name)));
    pairs
        .filter(|(place, name)| !others.get(*place).is_some_and(|it| it.contains(*name)))
        .map(|(place, name)| {
            if place.is_empty() {
                name.clone()
            } else {
                format!("{place}({name})")
            }
        })
        .collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

fn chapters() -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(folder()).expect("the guide");
    let mut paths: Vec<_> = files
        .map(|file| file.expect("it can be listed").path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty());
    paths
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).expect("a text")))
        .collect()
}
