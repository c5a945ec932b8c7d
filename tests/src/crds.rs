//! Installing a CRD for the tests, and waiting until its objects can be made.

use kube::{
    Client,
    api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams},
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
    let text = |pointer: &str| manifest.pointer(pointer).and_then(Value::as_str).expect(pointer).to_owned();
    let (name, api_version) = (text("/metadata/name"), text("/apiVersion"));
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let kind = GroupVersionKind::gvk("apiextensions.k8s.io", version, "CustomResourceDefinition");
    let crds: Api<DynamicObject> = Api::all_with(client.clone(), &ApiResource::from_gvk(&kind));
    let parameters = PatchParams::apply("operator-tests").force();
    crds.patch(&name, &parameters, &Patch::Apply(manifest)).await.unwrap_or_else(|e| panic!("CRD {name}: {e}"));
    let established = async || {
        let crd = crds.get(&name).await?;
        if condition_status(&crd, "Established") == Some("True") {
            Ok(crd)
        } else {
            Miss::because(&crd.data["status"])
        }
    };
    let what = format!("CRD {name} to be established");
    let crd = Patience::default().until(&what, established).await.unwrap_or_else(|e| panic!("{e}"));
    serves(client, manifest).await;
    crd
}

/// An established CRD may be served a moment later, and by discovery later still.
async fn serves(client: &Client, manifest: &Value) {
    let spec = &manifest["spec"];
    let group = spec["group"].as_str().unwrap_or_default();
    let version = spec["version"].as_str().or(spec["versions"][0]["name"].as_str()).unwrap_or_default();
    let plural = spec["names"]["plural"].as_str().unwrap_or_default();
    let api_version = format!("{group}/{version}");
    let served = async || {
        let resources = client.list_api_group_resources(&api_version).await?;
        if resources.resources.iter().any(|resource| resource.name == plural) {
            Ok(())
        } else {
            Miss::because("other resources of the group only")
        }
    };
    let what = format!("{plural}.{group} to be served");
    Patience::default().until(&what, served).await.unwrap_or_else(|e| panic!("{e}"));
}

fn condition_status<'a>(crd: &'a DynamicObject, kind: &str) -> Option<&'a str> {
    let conditions = crd.data.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|condition| condition["type"] == kind)?["status"].as_str()
}
