//! Installing a CRD for the tests, and waiting until its objects can be made.

use kube::{
    Client,
    api::{Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams},
};
use operator_core::crd::Crd;
use serde_json::Value;

use crate::patience::{Miss, Patience};

/// Applies a CRD and waits until it is established. Several tests may do so at once.
///
/// # Panics
/// If the server refuses it, or has not established it in time.
pub async fn install(client: &Client, crd: &Crd) {
    establish(client, &crd.to_json()).await;
}

/// [`install`] for the JSON of a CRD, in any version of its API. Returns what the server made of it.
///
/// # Panics
/// As [`install`].
pub async fn establish(client: &Client, manifest: &Value) -> DynamicObject {
    let (name, crds) = (text(manifest, "/metadata/name"), crds(client, manifest));
    let parameters = PatchParams::apply("operator-tests").force();
    crds.patch(&name, &parameters, &Patch::Apply(manifest))
        .await
        .unwrap_or_else(|e| panic!("CRD {name}: {e}"));
    let established = async || {
        let crd = crds.get(&name).await?;
        if condition_status(&crd, "Established") == Some("True") {
            Ok(crd)
        } else {
            Miss::because(&crd.data["status"])
        }
    };
    let what = format!("CRD {name} to be established");
    let crd = Patience::default()
        .until(&what, established)
        .await
        .unwrap_or_else(|e| panic!("{e}"));
    serves(client, manifest).await;
    crd
}

/// An established CRD may be served a moment later, and by discovery later still.
async fn serves(client: &Client, manifest: &Value) {
    let spec = &manifest["spec"];
    let group = spec["group"].as_str().unwrap_or_default();
    let version = spec["version"]
        .as_str()
        .or(spec["versions"][0]["name"].as_str())
        .unwrap_or_default();
    let plural = spec["names"]["plural"].as_str().unwrap_or_default();
    let api_version = format!("{group}/{version}");
    let served = async || {
        let resources = client.list_api_group_resources(&api_version).await?;
        if resources
            .resources
            .iter()
            .any(|resource| resource.name == plural)
        {
            Ok(())
        } else {
            Miss::because("other resources of the group only")
        }
    };
    let what = format!("{plural}.{group} to be served");
    Patience::default()
        .until(&what, served)
        .await
        .unwrap_or_else(|e| panic!("{e}"));
}

fn condition_status<'a>(crd: &'a DynamicObject, kind: &str) -> Option<&'a str> {
    let conditions = crd.data.pointer("/status/conditions")?.as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind)?["status"]
        .as_str()
}

/// The same CRD in another group, so that a test can have a kind that no other test sees.
///
/// # Panics
/// If it is no CRD.
#[must_use]
pub fn in_group(manifest: &Value, group: &str) -> Value {
    let mut manifest = manifest.clone();
    let plural = manifest["spec"]["names"]["plural"]
        .as_str()
        .expect("a plural")
        .to_owned();
    manifest["spec"]["group"] = group.into();
    manifest["metadata"]["name"] = format!("{plural}.{group}").into();
    manifest
}

/// Deletes the CRD that [`establish`] made, and with it all of its objects.
///
/// # Panics
/// If it is not there.
pub async fn remove(client: &Client, manifest: &Value) {
    crds(client, manifest)
        .delete(&text(manifest, "/metadata/name"), &DeleteParams::default())
        .await
        .expect("the CRD");
}

/// Checks that the server takes a CRD as it is, in every version of its API that the server has: it is
/// established, its schema structural, and what is read back says the same, server defaults aside.
///
/// It is tried in `group`, so that the CRD proper is left alone.
///
/// # Panics
/// If the server makes something else of it.
pub async fn accepts(client: &Client, crd: &Crd, group: &str) {
    let mut manifests = vec![crd.to_json()];
    let v1beta1 = crd.to_json_v1beta1();
    let groups = client
        .list_api_groups()
        .await
        .expect("the API groups")
        .groups;
    let versions = groups
        .into_iter()
        .filter(|group| group.name == "apiextensions.k8s.io");
    if versions
        .flat_map(|group| group.versions)
        .any(|version| version.version == "v1beta1")
    {
        // A server so old drops in silence what can't be said in `v1beta1`.
        let Ok(v1beta1) = v1beta1 else {
            println!("skipped: {} says more than this server knows", crd.name());
            return;
        };
        manifests.push(v1beta1);
    }
    for (number, manifest) in manifests.iter().enumerate() {
        // A CRD that is being deleted takes a while to go: the second one gets a name of its own.
        let manifest = in_group(manifest, &format!("v{number}.{group}"));
        let found = establish(client, &manifest).await;
        assert_ne!(
            condition_status(&found, "NonStructuralSchema"),
            Some("True"),
            "{}",
            found.data["status"]
        );
        if let Some(difference) = difference(&manifest["spec"], &found.data["spec"], "spec") {
            panic!("{} was not kept as sent: {difference}", crd.name());
        }
        remove(client, &manifest).await;
    }
}

/// Where `found` lacks something of `said`, or has something else.
fn difference(said: &Value, found: &Value, at: &str) -> Option<String> {
    match (said, found) {
        (Value::Object(said), Value::Object(found)) => said.iter().find_map(|(field, value)| {
            let at = format!("{at}.{field}");
            match found.get(field) {
                Some(found) => difference(value, found, &at),
                None => Some(format!("{at} is missing")),
            }
        }),
        (Value::Array(said), Value::Array(found)) if said.len() == found.len() => {
            let mut pairs = said.iter().zip(found).enumerate();
            pairs.find_map(|(number, (said, found))| {
                difference(said, found, &format!("{at}[{number}]"))
            })
        }
        _ if said == found => None,
        _ => Some(format!("{at} is {found} and not {said}")),
    }
}

fn text(manifest: &Value, pointer: &str) -> String {
    manifest
        .pointer(pointer)
        .and_then(Value::as_str)
        .expect(pointer)
        .to_owned()
}

/// The API of CRDs, in the version that the manifest is written in.
fn crds(client: &Client, manifest: &Value) -> Api<DynamicObject> {
    let api_version = text(manifest, "/apiVersion");
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", version, "CustomResourceDefinition");
    Api::all_with(client.clone(), &ApiResource::from_gvk(&kind))
}
