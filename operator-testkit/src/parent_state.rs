//! [`ParentState`]: a parent with its children and its condition, as the cluster has them.

use std::fmt;

use kube::{
    Resource,
    api::{Api, ApiResource, DynamicObject, ListParams},
};
use operator_core::{K8sType, prelude::Condition};
use serde::de::DeserializeOwned;

use crate::{
    KitError, TestKit,
    difference::yaml,
    error::{is_absent, server},
    kit::resource,
    objects::typed,
    report,
};

/// A parent with its children and its condition, as the cluster has them. Displayed, it is YAML.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ParentState<P> {
    /// The parent.
    pub parent: P,
    /// Its children, by kind in the order of their declaration, then by name.
    pub children: Vec<DynamicObject>,
    /// The engine's condition, once there is one.
    pub condition: Option<Condition>,
    raw: DynamicObject,
}

impl<P> ParentState<P> {
    /// The children of one type.
    ///
    /// # Errors
    /// If one is not what the type can hold.
    pub fn children<K>(&self) -> Result<Vec<K>, KitError>
    where
        K: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = ApiResource::erase::<K>(&());
        let is = |child: &&DynamicObject| {
            let types = child.types.as_ref();
            types.is_some_and(|types| {
                types.kind == kind.kind && types.api_version == kind.api_version
            })
        };
        let children = self.children.iter().filter(is).cloned();
        children.map(|child| typed(&kind, child)).collect()
    }

    /// Whether everything is as declared.
    #[must_use]
    pub fn is_synced(&self) -> bool {
        self.condition.as_ref().is_some_and(|condition| {
            condition.status == "True"
                && condition.observed_generation == self.raw.metadata.generation
        })
    }

    /// Why it is not synced, in a word; `Synced` where it is; nothing before the operator has said anything.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.condition
            .as_ref()
            .map(|condition| condition.reason.as_str())
    }
}

impl<P> fmt::Display for ParentState<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for object in std::iter::once(&self.raw).chain(&self.children) {
            let mut object = object.clone();
            object.metadata.managed_fields = None;
            write!(f, "---\n{}", yaml(&object))?;
        }
        Ok(())
    }
}

impl TestKit {
    /// A parent with its children and its condition.
    ///
    /// # Errors
    /// If there is none of that name, or it is not what the type can hold.
    pub async fn parent_state<P>(&self, name: &str) -> Result<ParentState<P>, KitError>
    where
        P: Resource<DynamicType = ()> + DeserializeOwned,
    {
        let kind = ApiResource::erase::<P>(&());
        let Some(raw) = self.get_dynamic(&kind, name).await? else {
            return Err(KitError::Unreadable {
                what: format!("{} {name}", kind.kind),
                why: "there is none".to_owned(),
            });
        };
        let mut children = Vec::new();
        for child in &self.facts.children {
            children.extend(self.children_of(&raw, child).await?);
        }
        Ok(ParentState {
            parent: typed(&kind, raw.clone())?,
            children,
            condition: report::condition(&raw, &self.facts.condition),
            raw,
        })
    }

    async fn children_of(
        &self,
        parent: &DynamicObject,
        kind: &'static K8sType,
    ) -> Result<Vec<DynamicObject>, KitError> {
        let resource = resource(kind);
        let children: Api<DynamicObject> = match self.is_namespaced(&resource).await {
            // A cluster-scoped parent's children may be anywhere.
            Ok(true) => match &parent.metadata.namespace {
                Some(namespace) => Api::namespaced_with(self.client(), namespace, &resource),
                None => Api::all_with(self.client(), &resource),
            },
            Ok(false) => Api::all_with(self.client(), &resource),
            // One that is optional, and not there.
            Err(KitError::NoKind { .. }) => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let parameters = ListParams::default().labels(&self.facts.selector);
        let listed = match children.list(&parameters).await {
            Err(error) if is_absent(&error) => return Ok(Vec::new()),
            listed => listed.map_err(server(format!("list {}", resource.plural)))?,
        };
        let uid = parent.metadata.uid.as_deref();
        let is_child = |object: &DynamicObject| {
            let owners = object.metadata.owner_references.iter().flatten();
            let mut controllers = owners.filter(|owner| owner.controller == Some(true));
            controllers.any(|owner| Some(owner.uid.as_str()) == uid)
        };
        let mut found: Vec<DynamicObject> = listed.items.into_iter().filter(is_child).collect();
        for object in &mut found {
            object.types = Some(kube::api::TypeMeta {
                api_version: resource.api_version.clone(),
                kind: resource.kind.clone(),
            });
        }
        found.sort_by_key(|object| {
            (
                object.metadata.namespace.clone(),
                object.metadata.name.clone(),
            )
        });
        Ok(found)
    }
}
