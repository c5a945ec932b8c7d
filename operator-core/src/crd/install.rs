//! [`install`]: brings CRDs into a cluster without taking anything away, and waits until they are served.

use std::{
    error::Error,
    fmt,
    time::{Duration, Instant},
};

use http::Request;
use kube::Client;
use serde_json::Value;

use super::Crd;

/// How long a CRD may take to be established.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

/// Why a CRD was not installed. Nothing of it was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum InstallError {
    /// The installed one has something that ours lacks, or belongs to somebody else.
    Refused {
        /// The CRD's name.
        crd: String,
        /// What differs, each as a sentence.
        differences: Vec<String>,
    },
    /// The API server said no.
    Server {
        /// The CRD's name.
        crd: String,
        /// What it said.
        source: kube::Error,
    },
    /// It was installed but is not served.
    NotEstablished {
        /// The CRD's name.
        crd: String,
        /// What its conditions say.
        why: String,
    },
}

impl fmt::Display for InstallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { crd, differences } => {
                writeln!(f, "the CRD {crd} in the cluster is not replaced:")?;
                for difference in differences {
                    writeln!(f, "  - {difference}")?;
                }
                write!(
                    f,
                    "run without --install-crds to work with it as it is, or replace it: `… crds | kubectl apply --server-side --force-conflicts -f -`"
                )
            }
            Self::Server {
                crd,
                source: kube::Error::Api(status),
            } => write!(
                f,
                "the CRD {crd} can't be installed: {} {}: {}",
                status.code, status.reason, status.message
            ),
            Self::Server { crd, source } => {
                write!(f, "the CRD {crd} can't be installed: {source}")
            }
            Self::NotEstablished { crd, why } => write!(
                f,
                "the CRD {crd} was installed but is not established: {why}"
            ),
        }
    }
}

impl Error for InstallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Server { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Installs or updates CRDs as the field manager `manager`, and waits until each is established.
///
/// One that is there already is only updated if that takes nothing away: if it has a version or a property that
/// ours lacks, or if somebody else wrote its spec, it is left as it is.
///
/// # Errors
/// At the first CRD that is refused, by us or by the server, or is not established within a minute.
pub async fn install(client: &Client, manager: &str, crds: &[Crd]) -> Result<(), InstallError> {
    for crd in crds {
        install_one(client, manager, crd).await?;
        tracing::info!(crd = crd.name(), "established");
    }
    Ok(())
}

async fn install_one(client: &Client, manager: &str, crd: &Crd) -> Result<(), InstallError> {
    let name = crd.name();
    let server = |source| InstallError::Server {
        crd: name.clone(),
        source,
    };
    let ours = crd.to_json();
    if let Some(installed) = get(client, &name).await.map_err(server)? {
        // Whoever wrote it wrote the same: there is nothing to do.
        if is_same(&installed, &ours) {
            return wait_until_established(client, name).await;
        }
        let differences = differences(&installed, &ours, manager);
        if !differences.is_empty() {
            return Err(InstallError::Refused {
                crd: name,
                differences,
            });
        }
    }
    let request = Request::patch(format!("{}?fieldManager={manager}", path(&name)))
        .header("Content-Type", "application/apply-patch+yaml")
        .body(ours.to_string().into_bytes())
        .map_err(|error| server(kube::Error::HttpError(error)))?;
    client.request::<Value>(request).await.map_err(server)?;
    wait_until_established(client, name).await
}

async fn wait_until_established(client: &Client, name: String) -> Result<(), InstallError> {
    let start = Instant::now();
    loop {
        let installed = get(client, &name).await;
        let installed = installed.map_err(|source| InstallError::Server {
            crd: name.clone(),
            source,
        })?;
        match installed.as_ref().map_or(
            Establishment::Pending("it is gone again".into()),
            establishment,
        ) {
            Establishment::Done => return Ok(()),
            Establishment::Refused(why) => {
                return Err(InstallError::NotEstablished { crd: name, why });
            }
            Establishment::Pending(why) if start.elapsed() > PATIENCE => {
                return Err(InstallError::NotEstablished { crd: name, why });
            }
            Establishment::Pending(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

fn path(name: &str) -> String {
    format!("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/{name}")
}

async fn get(client: &Client, name: &str) -> Result<Option<Value>, kube::Error> {
    let request = Request::get(path(name))
        .body(Vec::new())
        .map_err(kube::Error::HttpError)?;
    match client.request(request).await {
        Ok(crd) => Ok(Some(crd)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error),
    }
}

#[derive(Debug, PartialEq)]
enum Establishment {
    Done,
    Pending(String),
    Refused(String),
}

fn establishment(crd: &Value) -> Establishment {
    let condition = |kind: &str| {
        let conditions = crd["status"]["conditions"].as_array().into_iter().flatten();
        conditions
            .into_iter()
            .find(|condition| condition["type"] == kind)
    };
    let message = |condition: &Value| {
        condition["message"]
            .as_str()
            .unwrap_or("no reason is given")
            .to_owned()
    };
    match (condition("NamesAccepted"), condition("Established")) {
        (Some(names), _) if names["status"] == "False" => Establishment::Refused(message(names)),
        (_, Some(established)) if established["status"] == "True" => Establishment::Done,
        (_, Some(established)) => Establishment::Pending(message(established)),
        _ => Establishment::Pending("the server has not looked at it yet".into()),
    }
}

/// Whether the installed one says what ours does, but for what the server adds.
fn is_same(installed: &Value, ours: &Value) -> bool {
    let mut spec = installed["spec"].clone();
    if let Some(fields) = spec.as_object_mut() {
        fields.retain(|name, value| match name.as_str() {
            "conversion" => value["strategy"] != "None",
            "preserveUnknownFields" => *value != false,
            _ => true,
        });
    }
    spec == ours["spec"]
}

/// What an update would take away, or whose it is if not ours.
fn differences(installed: &Value, ours: &Value, manager: &str) -> Vec<String> {
    let mut differences: Vec<String> = installed["metadata"]["managedFields"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|entry| entry["manager"] != manager && entry["fieldsV1"].get("f:spec").is_some())
        .map(|entry| {
            format!(
                "its spec was written by the field manager {}",
                entry["manager"]
            )
        })
        .collect();
    differences.dedup();
    let versions = |crd: &Value| {
        crd["spec"]["versions"]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let own = versions(ours);
    for version in versions(installed) {
        let name = version["name"].as_str().unwrap_or_default();
        match own.iter().find(|own| own["name"] == version["name"]) {
            None => differences.push(format!("it has the version {name}, which ours lacks")),
            Some(own) => {
                let schema = |version: &Value| version["schema"]["openAPIV3Schema"].clone();
                lost(&schema(&version), &schema(own), "", &mut |path| {
                    differences.push(format!(
                        "its version {name} has the property {path}, which ours lacks"
                    ));
                });
            }
        }
    }
    differences
}

/// Tells of each property of `installed` that `ours` lacks.
fn lost(installed: &Value, ours: &Value, path: &str, tell: &mut impl FnMut(&str)) {
    let keeps = |schema: &Value| schema["x-kubernetes-preserve-unknown-fields"] == true;
    if keeps(installed) && !keeps(ours) {
        tell(&format!("{path}.* (it keeps unknown fields)"));
    }
    for (name, schema) in installed["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}.{name}");
        match ours["properties"].get(name) {
            Some(own) => lost(schema, own, &path, tell),
            None if keeps(ours) => {}
            None => tell(&path),
        }
    }
    for (inner, sign) in [("items", "[]"), ("additionalProperties", ".*")] {
        if installed[inner].is_object() {
            lost(
                &installed[inner],
                &ours[inner],
                &format!("{path}{sign}"),
                tell,
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn crd(versions: &[(&str, Value)], manager: &str) -> Value {
        let versions: Vec<_> = versions
            .iter()
            .map(|(name, properties)| json!({"name": name, "schema": {"openAPIV3Schema": {"properties": properties}}}))
            .collect();
        json!({"metadata": {"managedFields": [
            {"manager": manager, "fieldsV1": {"f:spec": {}}},
            {"manager": "kube-apiserver", "fieldsV1": {"f:status": {}}},
        ]}, "spec": {"versions": versions}})
    }

    #[test]
    fn what_only_adds_is_installed() {
        let installed = crd(&[("v1", json!({"spec": {"properties": {"a": {}}}}))], "op");
        let ours = crd(
            &[
                ("v1", json!({"spec": {"properties": {"a": {}, "b": {}}}})),
                ("v2", json!({})),
            ],
            "op",
        );
        assert!(differences(&installed, &ours, "op").is_empty());
    }

    #[test]
    fn one_that_says_the_same_is_left_to_whoever_wrote_it() {
        let ours = crd(&[("v1", json!({}))], "op");
        let mut installed = crd(&[("v1", json!({}))], "kubectl");
        installed["spec"]["conversion"] = json!({"strategy": "None"});
        assert!(is_same(&installed, &ours));
        installed["spec"]["versions"][0]["served"] = false.into();
        assert!(!is_same(&installed, &ours));
    }

    #[test]
    fn what_takes_something_away_is_refused_with_what() {
        let installed = crd(
            &[
                (
                    "v1",
                    json!({"spec": {"properties": {"list": {"items": {"properties": {"gone": {}}}}}}}),
                ),
                ("v0", json!({})),
            ],
            "op",
        );
        let ours = crd(
            &[(
                "v1",
                json!({"spec": {"properties": {"list": {"items": {}}}}}),
            )],
            "op",
        );
        assert_eq!(
            differences(&installed, &ours, "op"),
            [
                "its version v1 has the property .spec.list[].gone, which ours lacks",
                "it has the version v0, which ours lacks"
            ]
        );
    }

    #[test]
    fn what_somebody_else_wrote_is_refused_with_their_name() {
        let installed = crd(&[("v1", json!({}))], "kubectl-client-side-apply");
        let ours = crd(&[("v1", json!({}))], "op");
        assert_eq!(
            differences(&installed, &ours, "op"),
            ["its spec was written by the field manager \"kubectl-client-side-apply\""]
        );
    }

    #[test]
    fn a_crd_is_established_when_its_condition_says_so() {
        let of = |names: &str, established: &str| {
            establishment(&json!({"status": {"conditions": [
                {"type": "NamesAccepted", "status": names, "message": "conflict"},
                {"type": "Established", "status": established, "message": "not yet"}]}}))
        };
        assert_eq!(of("True", "True"), Establishment::Done);
        assert_eq!(
            of("True", "False"),
            Establishment::Pending("not yet".into())
        );
        assert_eq!(
            of("False", "False"),
            Establishment::Refused("conflict".into())
        );
    }
}
