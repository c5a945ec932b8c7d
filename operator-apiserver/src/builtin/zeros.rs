//! What Go writes for fields that nobody set: `{}` for a struct, 0 and `""` where the type does not omit them, and
//! the defaults that are declared on the types.

use serde_json::{Map, Value};

use crate::schema::{Schema, SchemaNode};

/// Fields with an empty default that are written nevertheless, though nothing requires them.
const WRITTEN: &[(&str, &str)] = &[
    ("ControllerRevision", "revision"),
    ("Event", "reportingComponent"),
    ("Event", "reportingInstance"),
    ("GRPCAction", "service"),
    ("PodDisruptionBudgetStatus", "currentHealthy"),
    ("PodDisruptionBudgetStatus", "desiredHealthy"),
    ("PodDisruptionBudgetStatus", "disruptionsAllowed"),
    ("PodDisruptionBudgetStatus", "expectedPods"),
    ("PriorityClass", "value"),
    ("StatefulSetOrdinals", "start"),
    ("StatefulSetSpec", "serviceName"),
    ("StatefulSetStatus", "availableReplicas"),
];

/// Fields that are written as null where they are absent: times and lists whose types do not omit them.
const NULLS: &[(&str, &[&str])] = &[
    ("apps.v1.DaemonSetCondition", &["lastTransitionTime"]),
    ("apps.v1.DeploymentCondition", &["lastTransitionTime", "lastUpdateTime"]),
    ("apps.v1.ReplicaSetCondition", &["lastTransitionTime"]),
    ("apps.v1.StatefulSetCondition", &["lastTransitionTime"]),
    ("autoscaling.v2.HorizontalPodAutoscalerCondition", &["lastTransitionTime"]),
    ("autoscaling.v2.HorizontalPodAutoscalerStatus", &["currentMetrics"]),
    ("batch.v1.JobCondition", &["lastProbeTime", "lastTransitionTime"]),
    ("core.v1.ContainerStateRunning", &["startedAt"]),
    ("core.v1.ContainerStateTerminated", &["finishedAt", "startedAt"]),
    ("core.v1.Event", &["eventTime", "firstTimestamp", "lastTimestamp"]),
    ("core.v1.EventSeries", &["lastObservedTime"]),
    ("core.v1.NamespaceCondition", &["lastTransitionTime"]),
    ("core.v1.NodeCondition", &["lastHeartbeatTime", "lastTransitionTime"]),
    ("core.v1.PersistentVolumeClaimCondition", &["lastProbeTime", "lastTransitionTime"]),
    ("core.v1.PodCondition", &["lastProbeTime", "lastTransitionTime"]),
    ("core.v1.ReplicationControllerCondition", &["lastTransitionTime"]),
    ("core.v1.TypedLocalObjectReference", &["apiGroup"]),
    ("core.v1.TypedObjectReference", &["apiGroup"]),
    ("discovery.v1.EndpointSlice", &["endpoints", "ports"]),
    ("events.v1.Event", &["deprecatedFirstTimestamp", "deprecatedLastTimestamp", "eventTime"]),
    ("events.v1.EventSeries", &["lastObservedTime"]),
    ("rbac.v1.ClusterRole", &["rules"]),
    ("rbac.v1.Role", &["rules"]),
];

/// Fills in what Go would write, at every depth of `value`.
pub(super) fn fill(value: &mut Value, schema: &Schema) {
    let schema = shape(schema);
    match value {
        Value::Object(map) => fill_object(map, schema),
        Value::Array(items) => {
            if let Some(node) = &schema.items {
                items.iter_mut().for_each(|item| fill(item, node));
            }
        }
        _ => {}
    }
}

fn fill_object(map: &mut Map<String, Value>, schema: &Schema) {
    if let Some(crate::schema::AdditionalProperties::Schema(node)) = &schema.additional_properties {
        // A map of texts has nothing to fill.
        if !shape(node).properties.is_empty() {
            map.values_mut().for_each(|value| fill(value, node));
        }
        return;
    }
    for (name, node) in &schema.properties {
        if let Some(value) = map.get_mut(name) {
            if value.is_object() || value.is_array() {
                fill(value, node);
            }
        } else if let Some(default) = default_of(name, node, schema) {
            let mut value = default.clone();
            fill(&mut value, node);
            map.insert(name.clone(), value);
        }
    }
    for field in nulls_of(schema) {
        if !map.contains_key(*field) {
            map.insert((*field).to_owned(), Value::Null);
        }
    }
}

fn nulls_of(schema: &Schema) -> &'static [&'static str] {
    let name = schema.definition.as_deref().unwrap_or_default();
    let Some(name) = name.strip_prefix("io.k8s.api.") else {
        return &[];
    };
    match NULLS.binary_search_by_key(&name, |(name, _)| name) {
        Ok(index) => NULLS[index].1,
        Err(_) => &[],
    }
}

/// The type of a field: a reference with something beside it stands in an `allOf` of its own.
fn shape(schema: &Schema) -> &Schema {
    match schema.all_of.as_slice() {
        [only] if schema.properties.is_empty() && schema.items.is_none() => only,
        _ => schema,
    }
}

fn default_of<'a>(name: &str, node: &'a SchemaNode, parent: &Schema) -> Option<&'a Value> {
    let default = node.default.as_ref()?;
    let empty = default == &Value::from(0) || default == &Value::from("");
    if !empty || parent.required.iter().any(|required| required == name) {
        return Some(default);
    }
    let kind = parent.definition.as_deref().unwrap_or_default();
    let kind = kind.rsplit('.').next().unwrap_or_default();
    WRITTEN.contains(&(kind, name)).then_some(default)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_can_be_searched() {
        assert!(NULLS.is_sorted());
        assert!(WRITTEN.is_sorted());
    }
}
