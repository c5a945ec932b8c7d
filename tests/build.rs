//! Writes the examples of the guide that have a resource as functions that answer its CRD, so that a test can try on
//! servers what the documentation tests only compile and run.

use std::{env, fmt::Write, fs, path::Path};

fn main() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    println!("cargo::rerun-if-changed={}", docs.display());
    let mut chapters: Vec<_> = fs::read_dir(&docs)
        .expect("the guide")
        .map(|file| file.expect("it can be listed").path())
        .collect();
    chapters.sort();
    let texts: Vec<_> = chapters
        .iter()
        .map(|path| fs::read_to_string(path).expect("a text"))
        .collect();
    let mut code = String::new();
    let mut calls = String::new();
    for (index, example) in texts.iter().flat_map(|text| examples(text)).enumerate() {
        let roots: Vec<_> = example.split("derive(K8sType").skip(1).map(root).collect();
        let crds = roots.join("::crd().unwrap(), ");
        writeln!(
            code,
            "fn example_{index}() -> Vec<operator_core::crd::Crd> {{\n{example}\nvec![{crds}::crd().unwrap()]\n}}"
        )
        .expect("a string takes it");
        write!(calls, "example_{index}(), ").expect("a string takes it");
    }
    writeln!(
        code,
        "pub fn crds() -> Vec<operator_core::crd::Crd> {{ [{calls}].concat() }}"
    )
    .expect("a string takes it");
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("guide.rs");
    fs::write(out, code).expect("it can be written");
}

/// The blocks with a resource, without what the guide's reader doesn't see.
fn examples(text: &str) -> impl Iterator<Item = String> {
    let blocks = text.split("\n```rust\n").skip(1);
    let blocks = blocks.filter_map(|rest| rest.split("\n```").next());
    let seen = |block: &str| {
        let lines = block.lines().filter(|line| !line.starts_with("# "));
        lines.collect::<Vec<_>>().join("\n")
    };
    blocks
        .filter(|block| block.contains("derive(K8sType"))
        .map(seen)
}

/// The name of the root struct, from what comes after the derive.
fn root(after: &str) -> &str {
    let attributes = after.split("struct ").next().unwrap_or_default();
    ["root = \"", "kind = \""]
        .iter()
        .find_map(|key| attributes.split(key).nth(1)?.split('"').next())
        .expect("a kind")
}
