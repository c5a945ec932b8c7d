//! What the README shows is what works: a fresh crate with its dependencies and its code, nothing else, is
//! built and run against a cluster as the README says.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use k8s_openapi::api::core::v1::ConfigMap;
use kube::{
    Api,
    api::{DynamicObject, PostParams},
};
use operator_core::K8sType;
use operator_tests::{Cluster, Scene, probe};
use serde_json::json;
use tokio::process::{Child, Command};

const README: &str = include_str!("../../README.md");
const GREETING: &K8sType = &K8sType {
    api_version: "example.com/v1",
    kind: "Greeting",
    plural_kind: "greetings",
};

#[tokio::test]
async fn a_fresh_crate_with_the_readmes_code_is_an_operator() {
    if Cluster::is_embedded() {
        eprintln!(
            "skipped: the README's operator is another process, and needs OPERATOR_TEST_KUBECONFIG"
        );
        return;
    }
    let scene = Scene::open("readme").await;
    let mut operator = run(&build().await);

    let greetings: Api<DynamicObject> = scene.objects(GREETING);
    let greeting = json!({"apiVersion": "example.com/v1", "kind": "Greeting",
        "metadata": {"name": "world"}, "spec": {"name": "World"}});
    let greeting: DynamicObject = serde_json::from_value(greeting).expect("an object");
    let created = async || Ok(greetings.create(&PostParams::default(), &greeting).await?);
    // The operator installs the CRD itself.
    scene.eventually("the CRD to be served", created).await;
    let parent = scene.settled(&greetings, "world").await;

    let map: ConfigMap = scene.api().get("world").await.expect("the child");
    assert_eq!(map.data.expect("data")["text"], "Hello, World!");
    assert_eq!(
        parent.data["status"]["published"].as_str(),
        map.metadata.resource_version.as_deref()
    );

    let pid = operator.id().expect("a process that runs").to_string();
    let asked = Command::new("kill").args(["-TERM", &pid]).status().await;
    assert!(asked.expect("the command kill").success());
    let status = operator.wait().await.expect("its exit status");
    assert_eq!(status.code(), Some(0), "a stop in order");
    scene.close().await;
}

/// The crate, built by the same toolchain and lock file as this one. Its build folder is kept between runs.
async fn build() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme");
    fs::create_dir_all(folder.join("src")).expect("a folder for the crate");
    let core = root.join("operator-core");
    let dependencies = block("toml").replace("../operator-core", &core.display().to_string());
    let manifest = format!(
        "[package]\nname = \"greeter\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n{dependencies}\n[workspace]\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest).expect("its manifest");
    fs::write(folder.join("src/main.rs"), block("rust")).expect("its code");
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("its lock file");
    let built = Command::new(env!("CARGO"))
        .args(["build", "--offline", "--quiet"])
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .status();
    assert!(
        built.await.expect("cargo").success(),
        "the README's code does not build"
    );
    folder.join("target/debug/greeter")
}

fn run(binary: &Path) -> Child {
    let kubeconfig =
        std::env::var_os("OPERATOR_TEST_KUBECONFIG").expect("it was there for the scene");
    let listen = probe::free_address().to_string();
    let mut command = Command::new(binary);
    command
        .args(["run", "--cluster", "--install-crds", "--listen", &listen])
        .env("KUBECONFIG", kubeconfig)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command.spawn().expect("the operator")
}

/// The first code block of a language.
fn block(language: &str) -> String {
    let fence = format!("```{language}");
    let (_, rest) = README.split_once(&fence).expect("a block of that language");
    let (_, code) = rest.split_once('\n').expect("its first line");
    code.split_once("```").expect("its end").0.to_owned()
}
