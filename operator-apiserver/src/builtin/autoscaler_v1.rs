//! Autoscalers as `autoscaling/v1` has them: one metric, the use of cpu, in fields of its own; all else that v2 knows
//! stands in annotations.

use serde_json::{Map, Value, json};

use super::{
    definition,
    fields::{ensure_object, has, items_mut, number, object_mut, remove, set, set_default, text},
    strategy::BuiltinStrategy,
};
use crate::{
    go_text::struct_json,
    older_version::OlderVersion,
    schema::{SchemaNode, decode_typed},
};

const METRICS: &str = "autoscaling.alpha.kubernetes.io/metrics";
const BEHAVIOR: &str = "autoscaling.alpha.kubernetes.io/behavior";
const CURRENT_METRICS: &str = "autoscaling.alpha.kubernetes.io/current-metrics";
const CONDITIONS: &str = "autoscaling.alpha.kubernetes.io/conditions";

/// The sources of metrics with their fields: what each is called in v1, where it is in v2, and with a `!` if v1 writes a
/// zero where there is nothing in it.
type Sources = &'static [(&'static str, &'static [&'static str])];

const WANTED: Sources = &[
    (
        "resource",
        &[
            "name=name",
            "targetAverageUtilization=target.averageUtilization",
            "targetAverageValue=target.averageValue",
        ],
    ),
    (
        "pods",
        &[
            "metricName=metric.name",
            "targetAverageValue=target.averageValue!",
            "selector=metric.selector",
        ],
    ),
    (
        "object",
        &[
            "target=describedObject",
            "metricName=metric.name",
            "targetValue=target.value!",
            "selector=metric.selector",
            "averageValue=target.averageValue",
        ],
    ),
    (
        "external",
        &[
            "metricName=metric.name",
            "metricSelector=metric.selector",
            "targetValue=target.value",
            "targetAverageValue=target.averageValue",
        ],
    ),
    (
        "containerResource",
        &[
            "name=name",
            "targetAverageUtilization=target.averageUtilization",
            "targetAverageValue=target.averageValue",
            "container=container",
        ],
    ),
];

const OBSERVED: Sources = &[
    (
        "resource",
        &[
            "name=name",
            "currentAverageUtilization=current.averageUtilization",
            "currentAverageValue=current.averageValue!",
        ],
    ),
    (
        "pods",
        &[
            "metricName=metric.name",
            "currentAverageValue=current.averageValue!",
            "selector=metric.selector",
        ],
    ),
    (
        "object",
        &[
            "target=describedObject",
            "metricName=metric.name",
            "currentValue=current.value!",
            "selector=metric.selector",
            "averageValue=current.averageValue",
        ],
    ),
    (
        "external",
        &[
            "metricName=metric.name",
            "metricSelector=metric.selector",
            "currentValue=current.value!",
            "currentAverageValue=current.averageValue",
        ],
    ),
    (
        "containerResource",
        &[
            "name=name",
            "currentAverageUtilization=current.averageUtilization",
            "currentAverageValue=current.averageValue!",
            "container=container",
        ],
    ),
];

/// The fields of a behaviour and of a policy in v2. The annotation has them in capitals, the absent ones as null.
const SCALING: &[&str] = &[
    "stabilizationWindowSeconds",
    "selectPolicy",
    "policies",
    "tolerance",
];
const POLICY: &[&str] = &["type", "value", "periodSeconds"];

/// The order of all fields in the annotations.
const ORDER: &[&str] = &[
    "type",
    "status",
    "lastTransitionTime",
    "reason",
    "message",
    "object",
    "pods",
    "resource",
    "containerResource",
    "external",
    "target",
    "kind",
    "name",
    "apiVersion",
    "metricName",
    "metricSelector",
    "targetAverageUtilization",
    "targetValue",
    "targetAverageValue",
    "currentAverageUtilization",
    "currentValue",
    "currentAverageValue",
    "selector",
    "averageValue",
    "container",
    "matchLabels",
    "matchExpressions",
    "key",
    "operator",
    "values",
    "ScaleUp",
    "ScaleDown",
    "StabilizationWindowSeconds",
    "SelectPolicy",
    "Policies",
    "Tolerance",
    "Type",
    "Value",
    "PeriodSeconds",
];

/// The strategy of v1, given that of v2.
pub(super) fn strategy(newer: BuiltinStrategy, schema: SchemaNode) -> OlderVersion {
    OlderVersion {
        newer: Box::new(newer),
        schema,
        to_newer: to_v2,
        to_older: from_v2,
        decode: |version, object| decode_typed(object, &version.schema),
        default: |object| set_default(ensure_object(object, "spec"), "minReplicas", 1),
    }
}

/// Turns an autoscaler of v2 into one of v1.
pub(super) fn from_v2(object: &mut Value) {
    let mut annotations = take_annotations(object);
    annotations.retain(|name, _| {
        ![METRICS, BEHAVIOR, CURRENT_METRICS, CONDITIONS].contains(&name.as_str())
    });
    let spec = ensure_object(object, "spec");
    let metrics = remove(spec, "metrics").unwrap_or_default();
    let metrics = metrics.as_array().map_or(&[][..], Vec::as_slice);
    if let Some(use_of_cpu) = metrics.iter().find_map(|metric| cpu(metric, "target")) {
        set(spec, "targetCPUUtilizationPercentage", use_of_cpu);
    }
    let others = metrics
        .iter()
        .filter(|metric| cpu(metric, "target").is_none());
    let others: Vec<Value> = others.map(|metric| metric_of_v1(metric, WANTED)).collect();
    annotate(&mut annotations, METRICS, others);
    if let Some(behavior) = remove(spec, "behavior").filter(|behavior| !behavior.is_null()) {
        let text = struct_json(&behavior_of_v1(&behavior), ORDER);
        annotations.insert(BEHAVIOR.to_owned(), text.into());
    }
    let status = ensure_object(object, "status");
    let current = remove(status, "currentMetrics").unwrap_or_default();
    let current = current.as_array().map_or(&[][..], Vec::as_slice);
    let last = current
        .iter()
        .rev()
        .find_map(|metric| cpu(metric, "current"));
    if let Some(use_of_cpu) = last {
        set(status, "currentCPUUtilizationPercentage", use_of_cpu);
    }
    let current = current.iter().map(|metric| metric_of_v1(metric, OBSERVED));
    annotate(&mut annotations, CURRENT_METRICS, current.collect());
    if let Some(Value::Array(conditions)) = remove(status, "conditions") {
        annotate(&mut annotations, CONDITIONS, conditions);
    }
    set_default(status, "currentReplicas", 0);
    put_annotations(object, annotations);
}

/// Turns an autoscaler of v1 into one of v2. An annotation that can't be read is ignored.
pub(super) fn to_v2(object: &mut Value) {
    let mut annotations = take_annotations(object);
    let mut read = |name: &str| {
        let text = annotations.remove(name);
        let text = text.as_ref().and_then(Value::as_str);
        text.and_then(|text| serde_json::from_str::<Value>(text).ok())
    };
    let (metrics, behavior) = (read(METRICS), read(BEHAVIOR));
    let (current, conditions) = (read(CURRENT_METRICS), read(CONDITIONS));
    let spec = ensure_object(object, "spec");
    let mut wanted = metrics
        .and_then(|metrics| metrics_of_v2(&metrics, WANTED, "MetricSpec"))
        .unwrap_or_default();
    if let Some(percentage) = remove(spec, "targetCPUUtilizationPercentage") {
        wanted.push(use_of_cpu("target", &percentage));
    }
    if wanted.is_empty() {
        wanted.push(use_of_cpu("target", &json!(80)));
    }
    set(spec, "metrics", wanted);
    if let Some(behavior) = behavior.and_then(|behavior| behavior_of_v2(&behavior)) {
        set(spec, "behavior", behavior);
    }
    let status = ensure_object(object, "status");
    let percentage = remove(status, "currentCPUUtilizationPercentage");
    let observed = current
        .and_then(|current| metrics_of_v2(&current, OBSERVED, "MetricStatus"))
        .or_else(|| percentage.map(|percentage| vec![use_of_cpu("current", &percentage)]));
    set(status, "currentMetrics", observed);
    if let Some(Value::Array(conditions)) = conditions {
        let read = conditions
            .into_iter()
            .map(|item| decoded(item, "HorizontalPodAutoscalerCondition"));
        if let Some(conditions) = read.collect::<Option<Vec<_>>>() {
            set(status, "conditions", conditions);
        }
    }
    if number(status, "currentReplicas") == Some(0) {
        remove(status, "currentReplicas");
    }
    put_annotations(object, annotations);
}

/// The use of cpu in percent that a metric wants or shows.
fn cpu(metric: &Value, side: &str) -> Option<i64> {
    let resource = &metric["resource"];
    let is_cpu = text(metric, "type") == "Resource" && text(resource, "name") == "cpu";
    number(&resource[side], "averageUtilization").filter(|_| is_cpu)
}

fn use_of_cpu(side: &str, percentage: &Value) -> Value {
    let mut value = json!({"averageUtilization": percentage});
    if side == "target" {
        set(&mut value, "type", "Utilization");
    }
    json!({"type": "Resource", "resource": {"name": "cpu", side: value}})
}

fn take_annotations(object: &mut Value) -> Map<String, Value> {
    let annotations = remove(ensure_object(object, "metadata"), "annotations");
    match annotations {
        Some(Value::Object(annotations)) => annotations,
        _ => Map::new(),
    }
}

fn put_annotations(object: &mut Value, annotations: Map<String, Value>) {
    if !annotations.is_empty() {
        set(
            ensure_object(object, "metadata"),
            "annotations",
            annotations,
        );
    }
}

/// Writes an annotation, if there is anything to say.
fn annotate(annotations: &mut Map<String, Value>, name: &str, items: Vec<Value>) {
    if !items.is_empty() {
        let text = struct_json(&Value::Array(items), ORDER);
        annotations.insert(name.to_owned(), text.into());
    }
}

fn metric_of_v1(metric: &Value, sources: Sources) -> Value {
    let mut old = json!({"type": metric["type"]});
    for (source, fields) in sources.iter().filter(|(source, _)| has(metric, source)) {
        let of_source = ensure_object(&mut old, source);
        for (name, path, always) in fields.iter().map(|field| parse(field)) {
            match metric[*source].pointer(&path) {
                Some(found) if !found.is_null() => set(of_source, name, found.clone()),
                _ if always => set(of_source, name, "0"),
                _ => {}
            }
        }
    }
    old
}

/// The metrics of an annotation; `None` if it can't be read.
fn metrics_of_v2(metrics: &Value, sources: Sources, definition: &str) -> Option<Vec<Value>> {
    let items = metrics.as_array()?.iter();
    items
        .map(|old| decoded(metric_of_v2(old, sources), definition))
        .collect()
}

fn metric_of_v2(old: &Value, sources: Sources) -> Value {
    let mut metric = json!({"type": old["type"]});
    for (source, fields) in sources.iter().filter(|(source, _)| has(old, source)) {
        let of_source = ensure_object(&mut metric, source);
        for (name, path, always) in fields.iter().map(|field| parse(field)) {
            let found = match &old[*source][name] {
                Value::Null if always => "0".into(),
                found => found.clone(),
            };
            let mut place = &mut *of_source;
            let mut steps = path.split('/').skip(1).peekable();
            while let Some(step) = steps.next() {
                if steps.peek().is_some() {
                    place = ensure_object(place, step);
                } else if !found.is_null() {
                    set(place, step, found.clone());
                }
            }
        }
        if let Some(target) = object_mut(of_source, "target") {
            settle(target);
        }
    }
    metric
}

/// What a field is called in v1, where it is in v2, and whether v1 always writes it.
fn parse(field: &'static str) -> (&'static str, String, bool) {
    let (name, path) = field.split_once('=').unwrap_or((field, field));
    let path_only = path.trim_end_matches('!');
    let pointer = format!("/{}", path_only.replace('.', "/"));
    (name, pointer, path.ends_with('!'))
}

/// Says what sort of target it is. v1 writes a value beside an average, which is none.
fn settle(target: &mut Value) {
    if has(target, "averageValue") {
        remove(target, "value");
    }
    let sort = if has(target, "averageUtilization") {
        "Utilization"
    } else if has(target, "value") {
        "Value"
    } else {
        "AverageValue"
    };
    set(target, "type", sort);
}

fn behavior_of_v1(behavior: &Value) -> Value {
    let scaling = |field: &str| {
        if !has(behavior, field) {
            return Value::Null;
        }
        let mut rules = in_capitals(&behavior[field], SCALING);
        for policy in items_mut(&mut rules, "Policies") {
            *policy = in_capitals(policy, POLICY);
        }
        rules
    };
    json!({"ScaleUp": scaling("scaleUp"), "ScaleDown": scaling("scaleDown")})
}

fn in_capitals(value: &Value, names: &[&str]) -> Value {
    let fields = names.iter().map(|name| {
        let (first, rest) = name.split_at(1);
        (first.to_uppercase() + rest, value[*name].clone())
    });
    Value::Object(fields.collect())
}

/// The behaviour of an annotation; `None` if it says nothing or can't be read.
fn behavior_of_v2(annotation: &Value) -> Option<Value> {
    let mut behavior = named(annotation, &["scaleUp", "scaleDown"])?;
    for rules in behavior.values_mut() {
        let mut of_v2 = Value::Object(named(rules, SCALING)?);
        for policy in items_mut(&mut of_v2, "policies") {
            *policy = Value::Object(named(policy, POLICY)?);
        }
        *rules = of_v2;
    }
    if behavior.is_empty() {
        return None;
    }
    decoded(Value::Object(behavior), "HorizontalPodAutoscalerBehavior")
}

/// The fields of these names, however they are capitalised; `None` if there can't be any.
fn named(value: &Value, names: &[&str]) -> Option<Map<String, Value>> {
    let mut fields = Map::new();
    for (name, value) in value.as_object()? {
        let mut known = names.iter();
        let known = known.find(|known| known.eq_ignore_ascii_case(name));
        if let Some(known) = known.filter(|_| !value.is_null()) {
            fields.insert((*known).to_owned(), value.clone());
        }
    }
    Some(fields)
}

/// A part of an autoscaler of v2 as its type writes it; `None` if the type can't hold it.
fn decoded(mut value: Value, name: &str) -> Option<Value> {
    let schema = definition(&format!("io.k8s.api.autoscaling.v2.{name}"))?;
    decode_typed(&mut value, &schema).ok()?;
    Some(value)
}
