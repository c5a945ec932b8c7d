//! The table of rules in the documentation of the derive is complete: it names every case of `ui` and every test of
//! `crd_refused.rs`, each once, and no other.

use std::{collections::BTreeSet, fs, path::Path};

const TABLE: &str = include_str!("../../operator-core/src/docs/rules.md");
const REFUSED: &str = include_str!("crd_refused.rs");

/// What stands in backticks in the last column.
fn named() -> Vec<String> {
    let rows = TABLE.lines().filter(|line| line.starts_with('|'));
    let tests = rows.filter_map(|row| row.trim_end_matches('|').rsplit('|').next());
    let names = tests.flat_map(|tests| tests.split('`').skip(1).step_by(2));
    names.map(str::to_owned).collect()
}

/// The cases of `ui` that are one mistake each, as `topic/mistake`.
fn cases() -> BTreeSet<String> {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let mut cases = BTreeSet::new();
    for topic in fs::read_dir(ui).expect("there are cases") {
        let folder = topic.expect("it can be listed").path();
        let topic = name(&folder);
        if ["pass", "several"].contains(&topic.as_str()) {
            continue;
        }
        for file in fs::read_dir(&folder).expect("it can be listed") {
            let file = file.expect("it can be listed").path();
            if file.extension().is_some_and(|it| it == "rs") {
                cases.insert(format!("{topic}/{}", name(&file)));
            }
        }
    }
    cases
}

fn name(path: &Path) -> String {
    let name = path.file_stem().expect("it has a name");
    name.to_string_lossy().into_owned()
}

fn refused() -> BTreeSet<String> {
    let after = REFUSED.split("#[test]\nfn ").skip(1);
    let names = after.filter_map(|test| test.split('(').next());
    names.map(str::to_owned).collect()
}

#[test]
fn every_mistake_stands_in_the_table_of_rules() {
    let (named, mut expected) = (named(), cases());
    expected.extend(refused());
    let distinct: BTreeSet<String> = named.iter().cloned().collect();
    let missing: Vec<_> = expected.difference(&distinct).collect();
    let unknown: Vec<_> = distinct.difference(&expected).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
    assert!(unknown.is_empty(), "there is no such test: {unknown:?}");
    assert_eq!(named.len(), distinct.len(), "a test stands there twice");
}
