//! What the macro writes for each pass case, as snapshots: a change of the generated code shows in a review.
//!
//! The macro's own modules are included, since a macro crate can't be called as a library.
//! A case here also compiles, and does what it should, in `crd.rs`.

#[path = "../../operator-derive/src/attr/mod.rs"]
mod attr;
#[path = "../../operator-derive/src/check/mod.rs"]
mod check;
#[path = "../../operator-derive/src/ctxt.rs"]
mod ctxt;
#[path = "../../operator-derive/src/expand/mod.rs"]
mod expand;
#[path = "../../operator-derive/src/fallback.rs"]
mod fallback;
#[path = "../../operator-derive/src/model/mod.rs"]
mod model;

use std::{fs, path::Path};

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Item;

/// The expansion of every derive of ours in a file, formatted.
fn expansion(source: &str) -> String {
    let file = syn::parse_file(source).expect("a pass case is Rust");
    let code = file.items.into_iter().map(expanded).collect();
    let file = syn::parse2::<syn::File>(code).expect("the expansion is Rust");
    prettyplease::unparse(&file)
}

/// What our derives on an item, or on those in it if it is a module, write.
fn expanded(item: Item) -> TokenStream {
    if let Item::Mod(module) = item {
        let (_, items) = module.content.unwrap_or_default();
        return items.into_iter().map(expanded).collect();
    }
    let attrs = match &item {
        Item::Struct(it) => it.attrs.as_slice(),
        Item::Enum(it) => &it.attrs,
        _ => &[],
    };
    let derives = |name: &str| {
        let derive = attrs.iter().filter(|it| it.path().is_ident("derive"));
        derive
            .map(|it| it.to_token_stream().to_string())
            .any(|it| it.contains(name))
    };
    let (resource, schema) = (derives("K8sType"), derives("K8sSchema"));
    let tokens = item.into_token_stream();
    match (resource, schema) {
        (true, _) => expand::derive_resource(tokens),
        (_, true) => expand::derive_schema(tokens),
        _ => TokenStream::new(),
    }
}

#[test]
fn every_pass_case_expands_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui/pass");
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("there are pass cases")
        .map(|entry| entry.expect("it can be listed").path())
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for path in files {
        let source = fs::read_to_string(&path).expect("it can be read");
        let name = path
            .file_stem()
            .expect("it has a name")
            .to_string_lossy()
            .into_owned();
        insta::assert_snapshot!(name, expansion(&source));
    }
}

#[test]
fn no_input_makes_the_macro_panic() {
    let inputs = [
        "",
        "fn f() {}",
        "struct A;",
        "#[k8s] struct A {}",
        "#[k8s = 1] struct A {}",
        "#[k8s()] enum A {}",
        "#[k8s(,)] union A { a: u8 }",
        "#[k8s(group, version = , kind = 1, status = [u8], derive = 2, \"x\", = , 7)] struct Spec {}",
        "#[k8s(kind = \"\", root = \"\", crate = \"\", plural = \"\", group = \"\")] struct Spec {}",
        "#[k8s(kind = \"Y\")] struct S<'a, T, const N: usize>(T);",
        "#[k8s(kind = \"Straße\", group = \"ß.ö\", version = \"vß\", plural = \"ß\")] struct Spec {}",
        "#[k8s(kind = \"Self\")] struct r#Spec { #[k8s(column)] r#type: u8, #[k8s(column)] _a: u8 }",
        "#[k8s(root = \"r#type\")] struct Spec {}",
        "#[k8s(root = \"r#self\")] struct Spec {}",
        "#[k8s(root = \"_\")] struct Spec {}",
        "#[k8s(root = \"'a\")] struct Spec {}",
        "#[k8s(crate = \"r#self\", status = Self, derive(r#Copy))] struct Spec {}",
        "struct Spec { #[k8s(default = ::<, example = <, column(priority = -99999999999))] a: u8 }",
        "struct Spec { #[k8s(default = <A as B, list = \"map\", key = \"\")] a: Vec<Self> }",
        "enum A { #[k8s(column)] B { #[k8s(column)] c: u8 } }",
        "#[serde(rename_all = 5, rename_all(deserialize = \"x\"))] struct A { #[serde(rename)] a: u8 }",
    ];
    for input in inputs {
        let tokens = input.parse().expect("it is tokens");
        let expansion = expand::derive_resource(tokens).to_string();
        assert!(expansion.contains("compile_error"), "{input}: {expansion}");
        // Most are fine as types without a declaration of a resource.
        let tokens = input.parse().expect("it is tokens");
        expand::derive_schema(tokens);
    }
}
