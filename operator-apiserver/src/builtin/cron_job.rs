//! Cron jobs: a schedule that can be read, and room in their name for that of their jobs.

use serde_json::Value;

use super::{
    check::{not_negative, not_supported, one_of, required},
    fields::{ensure_object, flag, has, set_default, text},
    job::{default_job_spec, validate_job_spec},
    rules::{Errors, Generation, Rules},
    schedule,
    workload::SPEC,
};
use crate::{field_error::FieldError, object};

pub(super) const RULES: Rules = Rules {
    default,
    validate_new,
    validate,
    generation: Generation::Spec,
    ..Rules::PLAIN
};

/// What stays of a name when a job's time is appended.
const MAX_NAME: usize = 52;

fn default(object: &mut Value) {
    let spec = ensure_object(object, "spec");
    set_default(spec, "concurrencyPolicy", "Allow");
    set_default(spec, "suspend", false);
    set_default(spec, "successfulJobsHistoryLimit", 3);
    set_default(spec, "failedJobsHistoryLimit", 1);
    default_job_spec(ensure_object(ensure_object(spec, "jobTemplate"), "spec"));
}

fn validate(object: &Value, errors: &mut Errors) {
    let spec = &object["spec"];
    schedules(spec, errors);
    not_negative(spec, &SPEC, &["startingDeadlineSeconds"], errors);
    if text(spec, "concurrencyPolicy").is_empty() {
        required(SPEC.field("concurrencyPolicy"), "", errors);
    } else {
        one_of(
            spec,
            &SPEC,
            "concurrencyPolicy",
            &["Allow", "Forbid", "Replace"],
            errors,
        );
    }
    template(spec, errors);
    not_negative(
        spec,
        &SPEC,
        &["successfulJobsHistoryLimit", "failedJobsHistoryLimit"],
        errors,
    );
}

/// A name that leaves room for the time of a job.
fn validate_new(object: &Value, errors: &mut Errors) {
    let name = object::name(object);
    if name.len() > MAX_NAME {
        errors.push(FieldError::invalid(
            "metadata.name",
            name,
            "must be no more than 52 characters",
        ));
    }
}

fn schedules(spec: &Value, errors: &mut Errors) {
    let path = SPEC.field("schedule");
    let wanted = text(spec, "schedule");
    if wanted.is_empty() {
        required(path, "", errors);
    } else if wanted.contains("TZ") {
        let detail = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.push(FieldError::invalid(path, wanted, detail));
    } else if let Err(detail) = schedule::check(wanted) {
        errors.push(FieldError::invalid(path, wanted, detail));
    }
    if !has(spec, "timeZone") {
        return;
    }
    let zone = text(spec, "timeZone");
    let detail = if zone.is_empty() {
        "timeZone must be nil or non-empty string".to_owned()
    } else if zone.eq_ignore_ascii_case("Local") {
        "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
            .to_owned()
    } else if jiff::tz::db().get(zone).is_err() {
        format!("unknown time zone {zone}")
    } else {
        return;
    };
    errors.push(FieldError::invalid(SPEC.field("timeZone"), zone, detail));
}

fn template(spec: &Value, errors: &mut Errors) {
    let template = SPEC.field("jobTemplate");
    let path = template.field("spec");
    let job = &spec["jobTemplate"]["spec"];
    validate_job_spec(job, &path, errors);
    if has(job, "selector") {
        errors.push(FieldError::invalid(
            path.field("selector"),
            job["selector"].clone(),
            "`selector` will be auto-generated",
        ));
    }
    if flag(job, "manualSelector") {
        not_supported(
            path.field("manualSelector"),
            true,
            &["nil", "false"],
            errors,
        );
    }
}
