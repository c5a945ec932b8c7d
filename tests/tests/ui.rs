//! What the macro says of mistakes: one file for each, and one that shows that all are reported at once.
//!
//! The code that uses the root struct is in the cases on purpose: it gives no errors of its own. To record
//! messages anew, run with `TRYBUILD=overwrite` on the toolchain of the workspace.

#[test]
fn every_mistake_has_its_message() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("ui/attribute/*.rs");
    cases.compile_fail("ui/column/*.rs");
    cases.compile_fail("ui/group/*.rs");
    cases.compile_fail("ui/kind/*.rs");
    cases.compile_fail("ui/names/*.rs");
    cases.compile_fail("ui/root/*.rs");
    cases.compile_fail("ui/several/*.rs");
    cases.compile_fail("ui/shape/*.rs");
    cases.compile_fail("ui/value/*.rs");
    cases.compile_fail("ui/version/*.rs");
}
