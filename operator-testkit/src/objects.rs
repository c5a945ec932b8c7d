//! What a test does with objects: create, look at, edit and delete. Where no namespace is said, it is the kit's.

use std::{fmt::Debug, sync::PoisonError};

use kube::{
    Resource,
    api::{
        Api, ApiResource, DeleteParams, DynamicObject, ListParams, Patch, PatchParams, PostParams,
    },
};
use operator_core::__private::segment;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;

use crate::{
    KitError, TestKit,
    error::{is_absent, server},
    kit::MANAGER,
};

/// What is done with objects of a type.
impl TestKit {
    /// Creates an object of any type, in the kit's namespace unless it says another.
    ///
    /// # Errors
    /// If the server refuses it, or does not have the kind.
    pub async fn create<K>(&self, object: &K) -> Result<K, KitError>
    where
        K: Resource<DynamicType = ()> + Serialize + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        let mut json = to_json(&kind, object)?;
        json["apiVersion"] = kind.api_version.clone().into();
        json["kind"] = kind.kind.clone().into();
        let made = self.create_json(json).await?;
        typed(&kind, made)
    }

    /// Creates a parent: [`create`](Self::create), for the type that the operator is for.
    ///
    /// # Errors
    /// As [`create`](Self::create); and if the operator is for another type.
    pub async fn create_parent<K>(&self, parent: &K) -> Result<K, KitError>
    where
        K: Resource<DynamicType = ()> + Serialize + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        if kind.api_version != self.facts.parent.api_version || kind.kind != self.facts.parent.kind
        {
            return Err(KitError::Unreadable {
                what: format!("{}.{}", kind.kind, kind.api_version),
                why: format!("the operator is for {}", self.facts.parent),
            });
        }
        self.create(parent).await
    }

    /// Creates an object that there is no Rust type for: JSON with `apiVersion`, `kind` and `metadata`.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub async fn create_json(&self, object: Value) -> Result<DynamicObject, KitError> {
        let object: DynamicObject =
            serde_json::from_value(object).map_err(unreadable("the object to create".into()))?;
        let kind = self.kind_of(&object).await?;
        let api = self
            .api(&kind, object.metadata.namespace.as_deref())
            .await?;
        let name = object.metadata.name.as_deref().unwrap_or_default();
        let parameters = PostParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PostParams::default()
        };
        let made = api.create(&parameters, &object).await;
        made.map_err(server(format!("create {} {name}", kind.kind)))
    }

    /// The object of that name, in the kit's namespace or, as `namespace/name`, in another; `None` if there is none.
    ///
    /// # Errors
    /// If it is not what the type can hold, or the server refuses.
    pub async fn get<K>(&self, name: &str) -> Result<Option<K>, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        let found = self.get_dynamic(&kind, name).await?;
        found.map(|object| typed(&kind, object)).transpose()
    }

    /// All objects of a type in the kit's namespace, or of a cluster-scoped type.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub async fn list<K>(&self) -> Result<Vec<K>, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        let api = self.api(&kind, None).await?;
        let listed = api.list(&ListParams::default()).await;
        let listed = listed.map_err(server(format!("list {}", kind.plural)))?;
        let objects = listed.items.into_iter();
        objects.map(|object| typed(&kind, object)).collect()
    }

    /// Merges `patch` into an object, as `kubectl patch --type merge` does.
    ///
    /// # Errors
    /// If the server refuses, or there is none.
    pub async fn edit<K>(&self, name: &str, patch: Value) -> Result<K, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        self.edit_part(name, None, patch).await
    }

    /// Merges `patch`, of the form `{"status": …}`, into an object's status: what a controller of its kind would do.
    ///
    /// # Errors
    /// As [`edit`](Self::edit).
    pub async fn edit_status<K>(&self, name: &str, patch: Value) -> Result<K, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        self.edit_part(name, Some("status"), patch).await
    }

    async fn edit_part<K>(
        &self,
        name: &str,
        part: Option<&str>,
        patch: Value,
    ) -> Result<K, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        let (namespace, short) = split(name);
        let api = self.api(&kind, namespace).await?;
        let parameters = PatchParams {
            field_manager: Some(MANAGER.to_owned()),
            ..PatchParams::default()
        };
        let patch = Patch::Merge(patch);
        let patched = match part {
            Some(part) => {
                api.patch_subresource(part, &segment(short), &parameters, &patch)
                    .await
            }
            None => api.patch(&segment(short), &parameters, &patch).await,
        };
        typed(
            &kind,
            patched.map_err(server(format!("edit {} {name}", kind.kind)))?,
        )
    }

    /// Deletes an object, as `kubectl delete --wait=false` does.
    ///
    /// # Errors
    /// If the server refuses, or there is none.
    pub async fn delete<K: Resource<DynamicType = ()>>(&self, name: &str) -> Result<(), KitError> {
        let kind = ApiResource::erase::<K>(&());
        let (namespace, short) = split(name);
        let api = self.api(&kind, namespace).await?;
        let deleted = api
            .delete(&segment(short), &DeleteParams::background())
            .await;
        deleted.map_err(server(format!("delete {} {name}", kind.kind)))?;
        Ok(())
    }

    pub(crate) async fn get_dynamic(
        &self,
        kind: &ApiResource,
        name: &str,
    ) -> Result<Option<DynamicObject>, KitError> {
        let (namespace, short) = split(name);
        let api = self.api(kind, namespace).await?;
        let found = api.get_opt(&segment(short)).await;
        found.map_err(server(format!("get {} {name}", kind.kind)))
    }

    /// The objects of a kind: those of a namespace, the kit's if none is said, or all of a cluster-scoped kind.
    pub(crate) async fn api(
        &self,
        kind: &ApiResource,
        namespace: Option<&str>,
    ) -> Result<Api<DynamicObject>, KitError> {
        let client = self.client();
        Ok(if self.is_namespaced(kind).await? {
            let namespace = namespace.unwrap_or(&self.namespace);
            Api::namespaced_with(client, &segment(namespace), kind)
        } else {
            Api::all_with(client, kind)
        })
    }

    /// Whether a kind is namespaced, as discovery says; asked once.
    pub(crate) async fn is_namespaced(&self, kind: &ApiResource) -> Result<bool, KitError> {
        let key = (kind.api_version.clone(), kind.kind.clone());
        let known = self
            .scopes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .copied();
        if let Some(known) = known {
            return Ok(known);
        }
        let found = self.discovered(&kind.api_version).await?;
        let found = found.into_iter().find(|found| found.0 == kind.kind);
        let Some((.., namespaced)) = found else {
            return Err(no_kind(&kind.api_version, &kind.kind));
        };
        self.scopes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, namespaced);
        Ok(namespaced)
    }

    async fn kind_of(&self, object: &DynamicObject) -> Result<ApiResource, KitError> {
        let types = object.types.clone().unwrap_or_default();
        let found = self.discovered(&types.api_version).await?;
        let found = found.into_iter().find(|found| found.0 == types.kind);
        let Some((kind, plural, _)) = found else {
            return Err(no_kind(&types.api_version, &types.kind));
        };
        let (group, version) = types
            .api_version
            .rsplit_once('/')
            .unwrap_or(("", &types.api_version));
        Ok(ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: types.api_version.clone(),
            kind,
            plural,
        })
    }

    /// Kind, plural and scope of all that a group and version has; nothing where the cluster does not have it.
    pub(crate) async fn discovered(
        &self,
        api_version: &str,
    ) -> Result<Vec<(String, String, bool)>, KitError> {
        let found = if api_version.contains('/') {
            self.client.list_api_group_resources(api_version).await
        } else {
            self.client.list_core_api_resources(api_version).await
        };
        let found = match found {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            found => found.map_err(server(format!("find the kinds of {api_version}")))?,
        };
        let resources = found.resources.into_iter();
        let objects = resources.filter(|resource| !resource.name.contains('/'));
        Ok(objects
            .map(|one| (one.kind, one.name, one.namespaced))
            .collect())
    }
}

fn no_kind(api_version: &str, kind: &str) -> KitError {
    KitError::NoKind {
        kind: format!("{kind}.{api_version}"),
    }
}

/// `namespace/name`, or a name alone.
fn split(name: &str) -> (Option<&str>, &str) {
    name.split_once('/')
        .map_or((None, name), |(namespace, name)| (Some(namespace), name))
}

fn unreadable(what: String) -> impl FnOnce(serde_json::Error) -> KitError {
    move |error| KitError::Unreadable {
        what,
        why: error.to_string(),
    }
}

fn to_json(kind: &ApiResource, object: &impl Serialize) -> Result<Value, KitError> {
    let what = format!("{} can't be written as JSON", kind.kind);
    serde_json::to_value(object).map_err(unreadable(what))
}

/// An object as its type. What the server leaves out of lists is filled in.
pub(crate) fn typed<K: DeserializeOwned>(
    kind: &ApiResource,
    object: DynamicObject,
) -> Result<K, KitError> {
    let name = object.metadata.name.clone().unwrap_or_default();
    let what = format!("{} {name} can't be read", kind.kind);
    let mut json = serde_json::to_value(object).map_err(unreadable(what.clone()))?;
    json["apiVersion"] = kind.api_version.clone().into();
    json["kind"] = kind.kind.clone().into();
    serde_json::from_value(json).map_err(unreadable(what))
}

/// What the kit asks of a type that it asserts something about.
pub trait Asserted: Resource<DynamicType = ()> + DeserializeOwned + Debug {}
impl<K: Resource<DynamicType = ()> + DeserializeOwned + Debug> Asserted for K {}
