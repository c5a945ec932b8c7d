//! The cells of the kinds of `batch`.

use serde_json::Value;

use super::{
    age, condition, containers, created, name, number, selector::label_selector, size, text,
};

pub(super) fn cells(kind: &str, object: &Value, now: i64) -> Option<Vec<Value>> {
    match kind {
        "Job" => Some(job(object, now)),
        "CronJob" => Some(cron_job(object, now)),
        _ => None,
    }
}

fn job(object: &Value, now: i64) -> Vec<Value> {
    let spec = &object["spec"];
    let (names, images) = containers(&spec["template"]["spec"]);
    vec![
        name(object),
        job_status(object).into(),
        completions(object).into(),
        duration(&object["status"], now).into(),
        created(object, now),
        names,
        images,
        label_selector(&spec["selector"]).into(),
    ]
}

fn job_status(object: &Value) -> &'static str {
    let holds = |kind: &str| condition(object, kind).is_some_and(|c| c["status"] == "True");
    if holds("Complete") {
        "Complete"
    } else if holds("Failed") {
        "Failed"
    } else if !text(&object["metadata"]["deletionTimestamp"]).is_empty() {
        "Terminating"
    } else if holds("Suspended") {
        "Suspended"
    } else if holds("FailureTarget") {
        "FailureTarget"
    } else if holds("SuccessCriteriaMet") {
        "SuccessCriteriaMet"
    } else {
        "Running"
    }
}

fn completions(object: &Value) -> String {
    let succeeded = number(&object["status"]["succeeded"]);
    if let Some(wanted) = object["spec"]["completions"].as_i64() {
        return format!("{succeeded}/{wanted}");
    }
    match number(&object["spec"]["parallelism"]) {
        parallel @ 2.. => format!("{succeeded}/1 of {parallel}"),
        _ => format!("{succeeded}/1"),
    }
}

/// From start to end, or until now; empty if it has not started.
fn duration(status: &Value, now: i64) -> String {
    let Some(start) = age::seconds(&status["startTime"]) else {
        return String::new();
    };
    let end = age::seconds(&status["completionTime"]).unwrap_or(now);
    age::human_duration(end.saturating_sub(start))
}

fn cron_job(object: &Value, now: i64) -> Vec<Value> {
    let (spec, status) = (&object["spec"], &object["status"]);
    let job = &spec["jobTemplate"]["spec"];
    let (names, images) = containers(&job["template"]["spec"]);
    let suspended = match spec["suspend"].as_bool() {
        None => "<unset>",
        Some(true) => "True",
        Some(false) => "False",
    };
    let last_schedule = match &status["lastScheduleTime"] {
        Value::Null => "<none>".to_owned(),
        time => age::age(time, now),
    };
    vec![
        name(object),
        text(&spec["schedule"]).into(),
        spec["timeZone"].as_str().unwrap_or("<none>").into(),
        suspended.into(),
        size(&status["active"]).into(),
        last_schedule.into(),
        created(object, now),
        names,
        images,
        label_selector(&job["selector"]).into(),
    ]
}
