//! The conformance table, on each server that it has to hold on.
//!
//! The real server is the one that `OPERATOR_TEST_KUBECONFIG` names; without it that test is skipped. With
//! `OPERATOR_CONFORMANCE_CASE=3.7` only the cases run whose id contains that; with `OPERATOR_CONFORMANCE_RECORD=1` the
//! steps that say `expect: RECORD` print what the server answered.

use std::{env, path::Path};

use operator_tests::conformance::{Table, Target, run};

async fn holds_on(target: &Target) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let table = Table::read(&folder).unwrap_or_else(|e| panic!("{e}"));
    let filter = env::var("OPERATOR_CONFORMANCE_CASE").unwrap_or_default();
    let record = env::var_os("OPERATOR_CONFORMANCE_RECORD").is_some();
    let report = run(&table, target, &filter, record)
        .await
        .unwrap_or_else(|e| panic!("{e}"));
    println!("{report}");
    assert!(
        report.failures.is_empty(),
        "{} cases failed on {}",
        report.failures.len(),
        target.name
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_holds_on_the_real_server() {
    if let Some(target) = Target::real("the conformance table on a real server").await {
        holds_on(&target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_table_holds_on_the_embedded_server() {
    holds_on(&Target::embedded()).await;
}
