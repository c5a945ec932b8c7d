//! Comparing what there is with what was asked for: every child whole, and every status.

use std::collections::{BTreeMap, BTreeSet};

use kube::{
    Client,
    api::{Api, DynamicObject, ListParams},
};
use operator_core::{K8sType, k8s_types};
use operator_tests::{Apple, Basket, BasketSpec, Miss, config_map, is_settled, resource};
use serde_json::{Value, json};

use crate::operate::{NAME, apple};

/// What a server sets by itself, and the engine's own annotations.
const SET_BY_OTHERS: [&str; 7] = [
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "managedFields",
    "selfLink",
    "annotations",
];

type Children = BTreeMap<(&'static str, String), Value>;

/// What there is, by the uid of its parent.
struct Found {
    baskets: Vec<DynamicObject>,
    children: BTreeMap<String, Children>,
}

/// Where baskets are.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) client: Client,
    pub(crate) namespace: String,
}

/// The objects of a kind in a place.
pub(crate) fn objects(place: &Place, kind: &K8sType) -> Api<DynamicObject> {
    Api::namespaced_with(place.client.clone(), &place.namespace, &resource(kind))
}

impl Found {
    async fn at(place: &Place) -> Result<Self, Miss> {
        let kinds = [Basket::TYPE, k8s_types::core::v1::ConfigMap, Apple::TYPE];
        let [baskets, maps, apples] = kinds.map(|kind| objects(place, kind));
        let (every, ours) = (ListParams::default(), children());
        let (baskets, maps, apples) =
            tokio::join!(baskets.list(&every), maps.list(&ours), apples.list(&ours));
        let apples = match apples {
            // There are none without their CRD.
            Err(kube::Error::Api(status)) if status.code == 404 => Vec::new(),
            apples => apples?.items,
        };
        let mut children = BTreeMap::<String, Children>::new();
        for (kind, objects) in [("ConfigMap", maps?.items), ("Apple", apples)] {
            for object in objects {
                let owner = object.metadata.owner_references.iter().flatten().next();
                let owner = owner.map(|owner| owner.uid.clone()).unwrap_or_default();
                let name = object.metadata.name.clone().unwrap_or_default();
                children
                    .entry(owner)
                    .or_default()
                    .insert((kind, name), content(&object)?);
            }
        }
        Ok(Self {
            baskets: baskets?.items,
            children,
        })
    }
}

/// Whether the baskets that were asked for, their children and their statuses are there, and are what was asked for. Other
/// baskets are not looked at.
pub(crate) async fn exactly(
    place: &Place,
    asked: &BTreeMap<String, BasketSpec>,
) -> Result<(), Miss> {
    let found = Found::at(place).await?;
    let none = Children::new();
    let mut there = BTreeSet::new();
    for basket in &found.baskets {
        let (name, uid) = (
            text(basket.metadata.name.as_ref()),
            text(basket.metadata.uid.as_ref()),
        );
        let Some(spec) = asked.get(name) else {
            continue;
        };
        there.insert(name);
        let children = found.children.get(uid).unwrap_or(&none);
        same(&wanted(&place.namespace, name, uid, spec)?, children)?;
        let says = json!({"items": spec.items.len(), "note": spec.note});
        let status = &basket.data["status"];
        if !is_settled(basket) || status["items"] != says["items"] || status["note"] != says["note"]
        {
            return Miss::because(format!(
                "the status of {name} is {status}, generation {:?}",
                basket.metadata.generation
            ));
        }
    }
    match asked.keys().find(|name| !there.contains(name.as_str())) {
        Some(lost) => Miss::because(format!("the basket {lost} is not there")),
        None => Ok(()),
    }
}

/// Whether there is no child whose parent is gone.
pub(crate) async fn leftovers(place: &Place) -> Result<(), Miss> {
    let found = Found::at(place).await?;
    let lives: BTreeSet<&str> = found
        .baskets
        .iter()
        .map(|basket| text(basket.metadata.uid.as_ref()))
        .collect();
    match found
        .children
        .iter()
        .find(|(owner, _)| !lives.contains(owner.as_str()))
    {
        Some((_, children)) => Miss::because(format!(
            "left of a basket that is gone: {:?}",
            children.keys()
        )),
        None => Ok(()),
    }
}

/// The uids of the baskets that there are.
pub(crate) async fn lives(place: &Place) -> BTreeSet<String> {
    let baskets = objects(place, Basket::TYPE)
        .list(&ListParams::default())
        .await
        .expect("the baskets");
    baskets
        .items
        .into_iter()
        .filter_map(|basket| basket.metadata.uid)
        .collect()
}

/// By which the operator's children are found.
pub(crate) fn children() -> ListParams {
    let group = Basket::TYPE.group();
    ListParams::default().labels(&format!("{group}/tracked-by={NAME}"))
}

fn text(field: Option<&String>) -> &str {
    field.map(String::as_str).unwrap_or_default()
}

/// An object as a handler could have said it, with the marks that the engine puts on it.
fn content(object: &DynamicObject) -> Result<Value, serde_json::Error> {
    let mut content = serde_json::to_value(object)?;
    if let Some(metadata) = content["metadata"].as_object_mut() {
        for field in SET_BY_OTHERS {
            metadata.remove(field);
        }
    }
    if let Some(fields) = content.as_object_mut() {
        fields.remove("apiVersion");
        fields.remove("kind");
    }
    Ok(content)
}

/// What a basket's children have to be, by what `sync` says of it.
fn wanted(
    namespace: &str,
    name: &str,
    uid: &str,
    spec: &BasketSpec,
) -> Result<Children, serde_json::Error> {
    let maps = spec.items.iter().map(|(key, text)| {
        Ok((
            "ConfigMap",
            serde_json::to_value(config_map(name, key, text))?,
        ))
    });
    let note = spec.note.as_ref().map(|note| note.0.as_str());
    let apples = apple(name, note)
        .into_iter()
        .map(|apple| Ok(("Apple", serde_json::to_value(apple)?)));
    let basket: &K8sType = Basket::TYPE;
    let owner = json!({"apiVersion": basket.api_version, "kind": basket.kind, "name": name, "uid": uid,
        "controller": true, "blockOwnerDeletion": true});
    let marked = |child: Result<(&'static str, Value), serde_json::Error>| {
        let (kind, mut child) = child?;
        let name = child["metadata"]["name"].clone();
        let label = format!("{}/tracked-by", basket.group());
        child["metadata"] = json!({"name": name, "namespace": namespace, "labels": {label: NAME}, "ownerReferences": [owner]});
        if let Some(fields) = child.as_object_mut() {
            fields.remove("apiVersion");
            fields.remove("kind");
        }
        Ok(((kind, name.as_str().unwrap_or_default().to_owned()), child))
    };
    maps.chain(apples).map(marked).collect()
}

/// Whether there is exactly what is wanted; if not, the first difference.
fn same(wanted: &Children, found: &Children) -> Result<(), Miss> {
    for (child, wanted) in wanted {
        match found.get(child) {
            None => return Miss::because(format!("{child:?} is not there")),
            Some(found) if found != wanted => {
                return Miss::because(format!("{child:?} is {found}, not {wanted}"));
            }
            Some(_) => {}
        }
    }
    match found.keys().find(|child| !wanted.contains_key(*child)) {
        Some(child) => Miss::because(format!("{child:?} should not be there")),
        None => Ok(()),
    }
}
