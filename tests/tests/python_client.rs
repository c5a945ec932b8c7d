//! Python's `kubernetes` client on the embedded server: a script tells there what it tells on a real control plane.
//!
//! The interpreter is the one that `OPERATOR_TEST_PYTHON` names, or `python3`; if it doesn't have the package, the test is
//! skipped, and a line says so. `OPERATOR_PYTHON_RECORD=1` writes anew what is expected, from the cluster that
//! `OPERATOR_TEST_KUBECONFIG` names.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use operator_apiserver::LocalCluster;
use similar::TextDiff;

#[path = "kubectl/normal.rs"]
mod normal;

/// An interpreter that has the package.
fn interpreter() -> Option<PathBuf> {
    let python = env::var_os("OPERATOR_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let imported = Command::new(&python)
        .args(["-c", "import kubernetes"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !imported {
        let python = python.display();
        eprintln!(
            "skipped: {python} has no package `kubernetes`: let OPERATOR_TEST_PYTHON name one that has"
        );
        return None;
    }
    Some(python.into())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("python")
}

/// What the script tells of the cluster of this kubeconfig.
fn told(python: &Path, kubeconfig: &Path) -> String {
    let output = Command::new(python)
        .arg(folder().join("story.py"))
        .arg(kubeconfig)
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", python.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    normal::normal(&String::from_utf8_lossy(&output.stdout))
}

fn assert_as_expected(told: &str) {
    let expected = fs::read_to_string(folder().join("story.txt")).expect("what is expected");
    let diff = TextDiff::from_lines(expected.as_str(), told);
    assert!(
        expected == told,
        "{}",
        diff.unified_diff().context_radius(2)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_tells_the_same_of_the_embedded_server() {
    let Some(python) = interpreter() else {
        return;
    };
    let served = LocalCluster::start()
        .serve()
        .await
        .expect("a port on loopback");
    let place = tempfile::tempdir().expect("a folder");
    let kubeconfig = place.path().join("kubeconfig");
    served.write_kubeconfig(&kubeconfig).expect("a kubeconfig");
    let told = tokio::task::spawn_blocking(move || told(&python, &kubeconfig));
    assert_as_expected(&told.await.expect("the script's story"));
}

#[test]
fn the_script_tells_the_same_of_the_real_server() {
    let (Some(python), Some(kubeconfig)) = (interpreter(), env::var_os("OPERATOR_TEST_KUBECONFIG"))
    else {
        eprintln!("skipped: OPERATOR_TEST_KUBECONFIG names no real one");
        return;
    };
    let told = told(&python, Path::new(&kubeconfig));
    if env::var_os("OPERATOR_PYTHON_RECORD").is_some() {
        fs::write(folder().join("story.txt"), &told).expect("what is expected from now on");
    }
    assert_as_expected(&told);
}
