//! What is wrong with the status of a job: an end has a beginning, a reason and nothing that still runs.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    check::{duplicate, not_negative, required},
    fields::{has, list, number, text},
    path::Path,
    rules::Errors,
};
use crate::field_error::{FieldError, FieldErrorKind};

const STATUS: Path<'static> = Path::Root("status");

pub(super) fn validate(new: &Value, old: &Value, errors: &mut Errors) {
    let status = &new["status"];
    let counts = ["active", "succeeded", "failed", "ready", "terminating"];
    not_negative(status, &STATUS, &counts, errors);
    let count = |field: &str| number(status, field).unwrap_or_default();
    if count("ready") > count("active") {
        let detail = "cannot set more ready pods than active";
        errors.push(FieldError::invalid(
            STATUS.field("ready"),
            count("ready"),
            detail,
        ));
    }
    uncounted(status, errors);
    conditions(status, errors);
    for field in ["failed", "succeeded"] {
        if count(field) < number(&old["status"], field).unwrap_or_default() {
            let detail = format!("cannot decrease the {field} counter");
            errors.push(FieldError::invalid(
                STATUS.field(field),
                count(field),
                detail,
            ));
        }
    }
    indexes(new, errors);
}

fn uncounted(status: &Value, errors: &mut Errors) {
    let parent = STATUS.field("uncountedTerminatedPods");
    let mut seen = BTreeSet::new();
    for field in ["succeeded", "failed"] {
        let path = parent.field(field);
        let uids = list(&status["uncountedTerminatedPods"], field);
        for (index, uid) in uids.iter().filter_map(Value::as_str).enumerate() {
            if uid.is_empty() {
                errors.push(FieldError::invalid(
                    path.index(index),
                    uid,
                    "must not be empty",
                ));
            } else if !seen.insert(uid) {
                duplicate(path.index(index), uid, errors);
            }
        }
    }
}

/// Whether a condition is true.
fn is(status: &Value, condition: &str) -> bool {
    let mut all = list(status, "conditions").iter();
    all.any(|item| text(item, "type") == condition && text(item, "status") == "True")
}

fn conditions(status: &Value, errors: &mut Errors) {
    let refuse = |both: bool, detail: &str, errors: &mut Errors| {
        if both {
            let path = STATUS.field("conditions");
            errors.push(FieldError::plain(FieldErrorKind::Invalid, path, detail));
        }
    };
    let complete = is(status, "Complete");
    let failed = is(status, "Failed");
    let failing = is(status, "FailureTarget");
    let succeeding = is(status, "SuccessCriteriaMet");
    refuse(
        complete && failed,
        "cannot set Complete=True and Failed=true conditions",
        errors,
    );
    refuse(
        complete && failing,
        "cannot set Complete=True and FailureTarget=true conditions",
        errors,
    );
    completion_time(status, complete, errors);
    let detail = "cannot set Failed=True condition without the FailureTarget=true condition";
    refuse(failed && !failing, detail, errors);
    let detail = "cannot set Complete=True condition without the SuccessCriteriaMet=true condition";
    refuse(complete && !succeeding, detail, errors);
    if complete || failed {
        finished(status, errors);
    }
    refuse(
        succeeding && failed,
        "cannot set SuccessCriteriaMet=True and Failed=true conditions",
        errors,
    );
    refuse(
        succeeding && failing,
        "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions",
        errors,
    );
}

fn completion_time(status: &Value, complete: bool, errors: &mut Errors) {
    let path = STATUS.field("completionTime");
    let (start, end) = (text(status, "startTime"), text(status, "completionTime"));
    if end.is_empty() {
        if complete {
            required(path, "completionTime is required for Complete jobs", errors);
        }
    } else if !complete {
        let detail = "cannot set completionTime when there is no Complete=True condition";
        errors.push(FieldError::invalid(path, end, detail));
    } else if !start.is_empty() && end < start {
        // Times are written in one form, which sorts as they do.
        errors.push(FieldError::invalid(
            path,
            end,
            "must be equal to or after `startTime`",
        ));
    }
}

fn finished(status: &Value, errors: &mut Errors) {
    for field in ["active", "terminating"] {
        if let Some(count) = number(status, field).filter(|count| *count > 0) {
            let detail = format!("{field}>0 is invalid for finished job");
            errors.push(FieldError::invalid(STATUS.field(field), count, detail));
        }
    }
    if !has(status, "startTime") {
        required(
            STATUS.field("startTime"),
            "startTime is required for finished job",
            errors,
        );
    }
}

fn indexes(job: &Value, errors: &mut Errors) {
    let (spec, status) = (&job["spec"], &job["status"]);
    let completed = text(status, "completedIndexes");
    if !completed.is_empty() && text(spec, "completionMode") != "Indexed" {
        let detail = "cannot set non-empty completedIndexes when non-indexed completion mode";
        errors.push(FieldError::invalid(
            STATUS.field("completedIndexes"),
            completed,
            detail,
        ));
    }
    if has(status, "failedIndexes") && !has(spec, "backoffLimitPerIndex") {
        let detail = "cannot set non-null failedIndexes when backoffLimitPerIndex is null";
        let failed = status["failedIndexes"].clone();
        errors.push(FieldError::invalid(
            STATUS.field("failedIndexes"),
            failed,
            detail,
        ));
    }
}
