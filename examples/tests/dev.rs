//! The command `dev` of the examples, as somebody who has nothing but Rust runs it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Output, Stdio},
    time::Duration,
};

use k8s_openapi::api::apps::v1::Deployment;
use kube::{
    Client, Config,
    api::{Api, Patch, PatchParams},
    config::{KubeConfigOptions, Kubeconfig},
};
use operator_examples::echo_server::EchoServer;
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

const ECHO_SERVER: &str = env!("CARGO_BIN_EXE_echo_server");
const TEMP_NAMESPACE: &str = env!("CARGO_BIN_EXE_temp_namespace");
/// Longer than anything here takes on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn dev(binary: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("dev")
        .args(arguments)
        // Nothing of the caller's own may be touched.
        .env("KUBECONFIG", "/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

async fn once(binary: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let all = [&["--once"], arguments].concat();
    let output = tokio::time::timeout(PATIENCE, dev(binary, &all).output());
    let Output {
        status,
        stdout,
        stderr,
    } = output.await.expect("it ends").expect("it runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (status.code(), text(stdout), text(stderr))
}

/// Asserts that the lines come in this order, each holding all of its pieces.
fn assert_account(account: &str, lines: &[&[&str]]) {
    let mut rest = account.lines();
    for pieces in lines {
        let found = rest.any(|line| pieces.iter().all(|piece| line.contains(piece)));
        assert!(
            found,
            "{pieces:?} is not in, or not in this order:\n{account}"
        );
    }
}

#[tokio::test]
async fn an_echo_server_converges_before_the_eyes() {
    let (status, account, errors) = once(ECHO_SERVER, &[]).await;
    assert_eq!((status, errors.as_str()), (Some(0), ""), "{account}");
    assert_account(
        &account,
        &[
            &["at https://127.0.0.1:"],
            &["export KUBECONFIG=", "/kubeconfig"],
            &["kubectl get echoservers --all-namespaces"],
            &[
                "kubectl patch echoservers hello -n default",
                r#"'{"spec":{"replicas":3}}'"#,
            ],
            &["CustomResourceDefinition echoservers.example.com: installed"],
            &[
                "EchoServer default/hello: created by echo-server-samples → ",
                "Deployment hello created (201, ",
                "Service hello created (201, ",
                "status written (200, ",
                "→ synced in ",
            ],
            &["converged: 1 EchoServer synced with 3 writes in "],
        ],
    );
}

#[tokio::test]
async fn a_temporary_namespace_converges_before_the_eyes() {
    let (status, account, errors) = once(TEMP_NAMESPACE, &[]).await;
    assert_eq!((status, errors.as_str()), (Some(0), ""), "{account}");
    assert_account(
        &account,
        &[
            &["CustomResourceDefinition tempnamespaces.example.com: installed"],
            &[
                "TempNamespace try-out: created by temp-namespace-samples → ",
                "finalizers written (200, ",
                "Namespace try-out created (201, ",
                "→ synced in ",
                "; again in ",
            ],
            &["converged: 1 TempNamespace synced with 3 writes in "],
        ],
    );
}

/// A file with one more sample, in a folder of its own.
struct Extra {
    folder: tempfile::TempDir,
}

impl Extra {
    fn new(yaml: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join("extra.yaml"), yaml).expect("a file");
        Self { folder }
    }

    fn path(&self) -> &str {
        self.folder.path().to_str().expect("UTF-8")
    }
}

fn echo(namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: EchoServer\nmetadata: {{name: extra, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

#[tokio::test]
async fn samples_of_a_folder_come_in_addition_and_their_namespace_is_made() {
    let extra = Extra::new(&echo("elsewhere", "{replicas: 1, port: 81}"));
    let (status, account, _) = once(ECHO_SERVER, &["--samples", extra.path()]).await;
    assert_eq!(status, Some(0), "{account}");
    assert_account(
        &account,
        &[
            &["Namespace elsewhere: sample created"],
            &["converged: 2 EchoServer synced with 6 writes in "],
        ],
    );
}

#[tokio::test]
async fn a_bad_sample_is_an_error_that_names_file_document_and_field() {
    let good = echo("default", "{replicas: 1, port: 81}");
    let misspelt = echo("default", "{replicas: 1, port: 81, replica: 2}").replace("extra", "bad");
    let invalid = echo("default", "{replicas: 0, port: 81}").replace("extra", "bad");
    let nameless = "kind: EchoServer\napiVersion: example.com/v1\n".to_owned();
    let unknown = echo("default", "{}").replace("EchoServer", "EchoServe");
    for (bad, pieces) in [
        (
            misspelt,
            [
                "(EchoServer bad): ",
                ".spec.replica: field not declared in schema",
            ],
        ),
        (
            invalid,
            ["(EchoServer bad): ", "spec.replicas: Invalid value: 0"],
        ),
        (nameless, ["", "`metadata.name` is missing: write it"]),
        (
            unknown,
            [
                "(EchoServe extra): ",
                "the server has no `kind` EchoServe in `apiVersion` example.com/v1",
            ],
        ),
    ] {
        let extra = Extra::new(&format!("{good}---\n{bad}"));
        let (status, account, errors) = once(ECHO_SERVER, &["--samples", extra.path()]).await;
        assert_eq!(status, Some(1), "{account}{errors}");
        assert!(errors.starts_with("error: "), "{errors}");
        for piece in ["extra.yaml, document 2", pieces[0], pieces[1]] {
            assert!(errors.contains(piece), "{piece}: {errors}");
        }
    }
}

#[tokio::test]
async fn what_does_not_converge_is_an_error_with_its_reasons() {
    let extra = Extra::new(&echo("default", "{replicas: 1, port: 0}"));
    let (status, account, errors) =
        once(ECHO_SERVER, &["--samples", extra.path(), "--timeout", "2"]).await;
    assert_eq!(status, Some(1), "{account}");
    assert_account(
        &account,
        &[&[
            "EchoServer default/extra: created by echo-server-samples",
            "Service extra: apply refused (422, ",
            "spec.ports[0].port: Invalid value: 0",
            "not synced: WriteFailed; again in ",
        ]],
    );
    assert_account(
        &errors,
        &[
            &["error: not converged after "],
            &[
                "  - EchoServer default/extra: WriteFailed: Service default/extra: ",
                "spec.ports[0].port",
            ],
        ],
    );
    assert!(!errors.contains("hello"), "{errors}");
}

/// A `dev` that goes on until it is interrupted.
struct Running {
    process: Child,
    account: Lines<BufReader<ChildStdout>>,
}

impl Running {
    fn start(binary: &str) -> Self {
        let mut process = dev(binary, &[]).spawn().expect("it runs");
        let stdout = process.stdout.take().expect("piped");
        Self {
            process,
            account: BufReader::new(stdout).lines(),
        }
    }

    /// The next line that holds all of these.
    async fn says(&mut self, pieces: &[&str]) -> String {
        let mut said = Vec::new();
        let next = async {
            loop {
                let line = self.account.next_line().await.expect("UTF-8")?;
                if pieces.iter().all(|piece| line.contains(piece)) {
                    return Some(line);
                }
                said.push(line);
            }
        };
        let found = tokio::time::timeout(PATIENCE, next).await.ok().flatten();
        found.unwrap_or_else(|| panic!("{pieces:?} is not among {said:#?}"))
    }

    async fn interrupt(mut self) -> Option<i32> {
        let pid = self.process.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &pid]).status().await;
        assert!(sent.expect("kill").success());
        self.says(&["stopped in order"]).await;
        let ended = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        ended.expect("it ends").expect("it ran").code()
    }
}

async fn client(kubeconfig: &Path) -> Client {
    let kubeconfig = Kubeconfig::read_from(kubeconfig).expect("a kubeconfig");
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    Client::try_from(config.expect("a configuration")).expect("a client")
}

#[cfg(unix)]
#[tokio::test]
async fn who_has_the_kubeconfig_changes_objects_and_the_operator_answers_until_it_is_interrupted() {
    let mut running = Running::start(ECHO_SERVER);
    let line = running.says(&["export KUBECONFIG="]).await;
    let kubeconfig = PathBuf::from(line.trim().trim_start_matches("export KUBECONFIG="));
    running
        .says(&["EchoServer default/hello: created", "synced"])
        .await;

    let client = client(&kubeconfig).await;
    let servers: Api<EchoServer> = Api::namespaced(client.clone(), "default");
    let patch = Patch::Merge(json!({"spec": {"replicas": 3}}));
    let by_somebody = PatchParams {
        field_manager: Some("somebody".into()),
        ..PatchParams::default()
    };
    servers
        .patch("hello", &by_somebody, &patch)
        .await
        .expect("a patch");
    running
        .says(&[
            "EchoServer default/hello: changed by somebody: spec.replicas 2 → 3 (generation 1 → 2) → ",
            "Deployment hello applied (200, ",
            "→ synced in ",
        ])
        .await;
    let deployments: Api<Deployment> = Api::namespaced(client.clone(), "default");
    let deployment = deployments.get("hello").await.expect("the deployment");
    assert_eq!(deployment.spec.replicas, Some(3));

    deployments
        .delete("hello", &kube::api::DeleteParams::default())
        .await
        .expect("a deletion");
    running
        .says(&[
            "EchoServer default/hello: its Deployment hello is gone → ",
            "Deployment hello created (201, ",
        ])
        .await;

    assert_eq!(running.interrupt().await, Some(0));
    assert!(!kubeconfig.exists() && !kubeconfig.parent().expect("a folder").exists());
}
