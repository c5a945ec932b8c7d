//! No rule of the derive is stricter than the servers without a reason: the CRDs that a lenient macro would have made,
//! on each server that says what becomes of them.
//!
//! The real server is the one that `OPERATOR_TEST_KUBECONFIG` names: a newest or an oldest one; without it that test is
//! skipped. With `OPERATOR_LENIENT_CASE=names-` only the trials run whose id contains that; with
//! `OPERATOR_LENIENT_RECORD=1` each prints what the server answers to its CRD.

use std::{env, path::Path};

use operator_tests::lenient::{Server, Table};

async fn holds_on(servers: impl IntoIterator<Item = Server>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lenient");
    let table = Table::read(&folder).unwrap_or_else(|e| panic!("{e}"));
    let filter = env::var("OPERATOR_LENIENT_CASE").unwrap_or_default();
    let record = env::var_os("OPERATOR_LENIENT_RECORD").is_some();
    let mut failures = 0;
    for server in servers {
        let report = server
            .try_all(&table, &filter, record)
            .await
            .unwrap_or_else(|e| panic!("{e}"));
        println!("{report}");
        failures += report.failures.len();
    }
    assert_eq!(failures, 0, "trials failed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lenient_macro_makes_fares_on_a_real_server_as_said() {
    holds_on(Server::real().await.unwrap_or_else(|e| panic!("{e}"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lenient_macro_makes_fares_on_the_embedded_server_as_said() {
    holds_on(Server::embedded()).await;
}
