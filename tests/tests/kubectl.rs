//! `kubectl` on the embedded server: what it prints there is what it prints on the newest real control plane.
//!
//! Each file of `tests/kubectl/` is a transcript: commands, and what they printed on the real one. The test runs the
//! commands on a [`LocalCluster`] of its own that is served on loopback, and on the cluster that
//! `OPERATOR_TEST_KUBECONFIG` names if it names one. `OPERATOR_KUBECTL_RECORD=1` writes the transcript anew from that
//! one. Where the embedded server is known to answer otherwise, its answer stands beside the real one with the reason.
//!
//! Without `kubectl`, or with one of another minor version than the transcripts were recorded with (its texts change),
//! the tests are skipped, and a line says so. `OPERATOR_TEST_KUBECTL` names another than the one in the path.

use std::{env, path::Path};

use operator_apiserver::LocalCluster;

#[path = "kubectl/normal.rs"]
mod normal;
#[path = "kubectl/shell.rs"]
mod shell;
#[path = "kubectl/transcript.rs"]
mod transcript;

use shell::{Kubectl, Shell};
use transcript::Transcript;

/// Which server a transcript is run on.
#[derive(Clone, Copy, PartialEq)]
enum Server {
    Embedded,
    Real,
}

async fn holds(story: &'static str) {
    let Some(kubectl) = Kubectl::find() else {
        return;
    };
    if let Some(real) = env::var_os("OPERATOR_TEST_KUBECONFIG") {
        let kubectl = kubectl.clone();
        let kubeconfig = std::fs::read_to_string(&real)
            .unwrap_or_else(|e| panic!("{}: {e}", Path::new(&real).display()));
        tokio::task::spawn_blocking(move || {
            run(
                story,
                &Shell::new(&kubectl, &kubeconfig, story),
                Server::Real,
            );
        })
        .await
        .expect("the transcript on the real server");
    }
    let cluster = LocalCluster::start();
    let served = cluster.serve().await.expect("a port on loopback");
    let kubeconfig = served.kubeconfig();
    tokio::task::spawn_blocking(move || {
        run(
            story,
            &Shell::new(&kubectl, &kubeconfig, story),
            Server::Embedded,
        );
    })
    .await
    .expect("the transcript on the embedded server");
}

fn run(story: &str, shell: &Shell, server: Server) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("kubectl")
        .join(format!("{story}.txt"));
    let mut transcript = Transcript::read(&path);
    let record = env::var_os("OPERATOR_KUBECTL_RECORD").is_some() && server == Server::Real;
    let mut complaints = Vec::new();
    for exchange in &mut transcript.exchanges {
        let answer = normal::normal(&shell.run(&exchange.command));
        if record {
            exchange.real = answer;
        } else if let Some(complaint) = exchange.complaint(&answer, server == Server::Embedded) {
            complaints.push(complaint);
        }
    }
    if record {
        transcript.write(&path);
    }
    assert!(
        complaints.is_empty(),
        "{story}: {} of {} answers are not as recorded\n\n{}",
        complaints.len(),
        transcript.exchanges.len(),
        complaints.join("\n")
    );
}

macro_rules! transcripts {
    ($($story:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread")]
        async fn $story() {
            holds(stringify!($story)).await;
        }
    )*};
}

transcripts! {
    applying
    custom_resources
    deleting
    discovering
    editing
    getting
    limiting
    making
    refusing
    rights
    waiting
    watching
}
