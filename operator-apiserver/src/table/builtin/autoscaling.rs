//! The cells of a `HorizontalPodAutoscaler`, as v2 has it.

use serde_json::Value;

use super::{created, items, name, number, plain, some_of, text};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    if kind != "HorizontalPodAutoscaler" {
        return None;
    }
    let (spec, status) = (&object["spec"], &object["status"]);
    let target = &spec["scaleTargetRef"];
    let least = match &spec["minReplicas"] {
        Value::Null => "<unset>".to_owned(),
        least => plain(least),
    };
    Some(vec![
        name(object),
        format!("{}/{}", text(&target["kind"]), text(&target["name"])).into(),
        metrics(object).into(),
        least.into(),
        number(&spec["maxReplicas"]).into(),
        number(&status["currentReplicas"]).into(),
        created(object, now),
    ])
}

fn metrics(object: &Value) -> String {
    let (spec, status) = (&object["spec"], &object["status"]);
    let metrics: Vec<String> = items(&spec["metrics"])
        .iter()
        .enumerate()
        .map(|(index, metric)| metric_text(metric, &status["currentMetrics"][index]))
        .collect();
    match some_of(&metrics, 2, ", ") {
        text if text.is_empty() => "<none>".to_owned(),
        text => text,
    }
}

/// What is observed of a metric, and what is wanted: `cpu: 20%/80%`.
fn metric_text(metric: &Value, observed: &Value) -> String {
    let (field, of_a_resource) = match text(&metric["type"]) {
        "External" => ("external", false),
        "Object" => ("object", false),
        "Pods" => ("pods", false),
        "Resource" => ("resource", true),
        "ContainerResource" => ("containerResource", true),
        _ => return "<unknown type>".to_owned(),
    };
    let (metric, current) = (&metric[field], &observed[field]["current"]);
    let target = &metric["target"];
    let average = &target["averageValue"];
    let now = |measure: &str| match &current[measure] {
        Value::Null => "<unknown>".to_owned(),
        value => plain(value),
    };
    if of_a_resource {
        let name = text(&metric["name"]);
        if !average.is_null() {
            return format!("{name}: {}/{}", now("averageValue"), plain(average));
        }
        let percent = |value: &Value, absent: &str| match value {
            Value::Null => absent.to_owned(),
            value => format!("{}%", number(value)),
        };
        let wanted = percent(&target["averageUtilization"], "<auto>");
        let current = percent(&current["averageUtilization"], "<unknown>");
        return format!("{name}: {current}/{wanted}");
    }
    match (field, average) {
        ("pods", average) => format!("{}/{}", now("averageValue"), plain(average)),
        (_, Value::Null) => format!("{}/{}", now("value"), plain(&target["value"])),
        (_, average) => format!("{}/{} (avg)", now("averageValue"), plain(average)),
    }
}
