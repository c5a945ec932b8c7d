//! What the macro says of mistakes: one file for each, and one that shows that all are reported at once.
//!
//! The code that uses the root struct is in the cases on purpose: it gives no errors of its own. To record
//! messages anew, run with `TRYBUILD=overwrite` on the toolchain of the workspace.

use std::{fs, path::Path};

#[test]
fn every_mistake_has_its_message() {
    let cases = trybuild::TestCases::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    for topic in fs::read_dir(folder).expect("there are cases") {
        let topic = topic.expect("it can be listed").file_name();
        let topic = topic.to_string_lossy();
        // What is no mistake is compiled by the tests that use it.
        if topic != "pass" {
            cases.compile_fail(format!("ui/{topic}/*.rs"));
        }
    }
}
