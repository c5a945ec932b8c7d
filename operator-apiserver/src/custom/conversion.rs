//! Between the versions of one CRD only `apiVersion` differs: objects are stored in one and read in all.

use std::collections::HashSet;

use serde_json::Value;

use super::dns;
use crate::{
    error::{ApiError, Cause},
    field_error::{FieldError, FieldErrorKind},
};

/// Rewrites an object to another version of its CRD, `to` is `GROUP/VERSION`.
///
/// # Errors
/// The server's sentence if the object's own version is none of the CRD's any more: wrap it in [`unreadable`] for a
/// read, in [`unwritable`] for a change.
pub fn convert(object: &mut Value, to: &str, definition: &Value) -> Result<(), String> {
    let from = object["apiVersion"].as_str().unwrap_or_default();
    if from == to {
        return Ok(());
    }
    let (group, version) = from.rsplit_once('/').unwrap_or_default();
    let versions = definition["spec"]["versions"].as_array();
    let known = definition["spec"]["group"] == group
        && versions.into_iter().flatten().any(|v| v["name"] == version);
    if !known {
        return Err(format!(
            "request to convert CR from an invalid group/version: {from}"
        ));
    }
    object["apiVersion"] = to.into();
    Ok(())
}

/// The answer to reading or deleting one object that [`convert`] refused. `key` is `GROUP/PLURAL/NAMESPACE/NAME`
/// (without the namespace where there is none), `revision` the one that the object was stored at.
#[must_use]
pub fn unreadable(key: &str, revision: &str, why: &str) -> ApiError {
    let message = corrupt(&format!("/{key}"), revision, why);
    let mut error = ApiError::internal(format!("Internal error occurred: {message}"));
    error.details.causes.push(Cause {
        message,
        ..Cause::default()
    });
    error
}

/// The answer to an update or a patch of an object that [`convert`] refused.
#[must_use]
pub fn unwritable(revision: &str, why: &str) -> ApiError {
    ApiError::new(500, "", undecodable(revision, why))
}

/// The answer to a list of objects of which one was refused by [`convert`]; `resource` is `PLURAL.GROUP`, `key` as for
/// [`unreadable`].
#[must_use]
pub fn unlistable(resource: &str, key: &str, revision: &str, why: &str) -> ApiError {
    let one = corrupt(&format!("/registry/{key}"), revision, why);
    let mut error = ApiError::new(
        429,
        "TooManyRequests",
        format!(
            "storage is (re)initializing: failed to list <unspecified>: failed to read one or more {resource} from the \
             storage: {one}"
        ),
    );
    error.details.retry_after_seconds = 1;
    error
}

fn undecodable(revision: &str, why: &str) -> String {
    format!("object not decodable revision={revision}: {why}")
}

fn corrupt(key: &str, revision: &str, why: &str) -> String {
    let why = undecodable(revision, why);
    format!(
        "StorageError: corrupt object, Code: 7, Key: {key}, ResourceVersion: 0, AdditionalErrorMsg: {why}"
    )
}

/// What is wrong with `spec.conversion`. Webhooks are refused: nothing here would call them.
pub(super) fn check(conversion: &Value) -> Vec<FieldError> {
    if conversion.is_null() {
        return Vec::new();
    }
    let path = "spec.conversion";
    let mut errors = Vec::new();
    let strategy = conversion["strategy"].as_str().unwrap_or_default();
    match strategy {
        "" => errors.push(FieldError::required(format!("{path}.strategy"), "")),
        "None" | "Webhook" => {}
        other => errors.push(FieldError::of(
            FieldErrorKind::NotSupported,
            format!("{path}.strategy"),
            other,
            r#"supported values: "None", "Webhook""#,
        )),
    }
    let config = &conversion["webhook"]["clientConfig"];
    let versions = &conversion["webhook"]["conversionReviewVersions"];
    let config_path = format!("{path}.webhookClientConfig");
    let versions_path = format!("{path}.conversionReviewVersions");
    if strategy == "Webhook" {
        if config.is_null() {
            let detail = "required when strategy is set to Webhook";
            errors.push(FieldError::required(config_path, detail));
        } else if config["url"].is_null() == config["service"].is_null() {
            let detail = "exactly one of url or service is required";
            errors.push(FieldError::required(config_path, detail));
        }
        errors.extend(check_review_versions(versions, &versions_path));
        if errors.is_empty() {
            let detail =
                "this server does not call conversion webhooks: serve one version, or use None";
            errors.push(FieldError::plain(
                FieldErrorKind::Forbidden,
                format!("{path}.strategy"),
                detail,
            ));
        }
    } else {
        let detail = "should not be set when strategy is not set to Webhook";
        if !config.is_null() {
            errors.push(FieldError::plain(
                FieldErrorKind::Forbidden,
                config_path,
                detail,
            ));
        }
        if versions.as_array().is_some_and(|v| !v.is_empty()) {
            errors.push(FieldError::plain(
                FieldErrorKind::Forbidden,
                versions_path,
                detail,
            ));
        }
    }
    errors
}

fn check_review_versions(versions: &Value, path: &str) -> Vec<FieldError> {
    let list: Vec<&str> = versions
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if list.is_empty() {
        return vec![FieldError::required(path, "")];
    }
    let mut errors = Vec::new();
    let mut seen = HashSet::new();
    for (index, version) in list.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !seen.insert(*version) {
            errors.push(FieldError::invalid(path, *version, "duplicate version"));
        } else if let Some(detail) = dns::label_error(version) {
            errors.push(FieldError::invalid(path, *version, detail));
        }
    }
    if !seen.contains("v1") && !seen.contains("v1beta1") {
        let detail = "must include at least one of v1, v1beta1";
        errors.push(FieldError::invalid(path, versions.clone(), detail));
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn crd() -> Value {
        json!({"spec": {"group": "example.com", "versions": [{"name": "v1"}, {"name": "v2"}]}})
    }

    #[test]
    fn only_the_version_changes() {
        let mut object = json!({"apiVersion": "example.com/v1", "kind": "Foo", "spec": {"a": 1}});
        assert_eq!(convert(&mut object, "example.com/v2", &crd()), Ok(()));
        assert_eq!(
            object,
            json!({"apiVersion": "example.com/v2", "kind": "Foo", "spec": {"a": 1}})
        );
    }

    #[test]
    fn an_object_of_a_version_that_is_gone_can_not_be_read() {
        let mut object = json!({"apiVersion": "example.com/v0"});
        let why = convert(&mut object, "example.com/v1", &crd()).expect_err("it is gone");
        assert_eq!(
            why,
            "request to convert CR from an invalid group/version: example.com/v0"
        );

        let key = "example.com/foos/default/a";
        let error = unreadable(key, "706", &why);
        assert_eq!(error.code, 500);
        assert_eq!(
            error.message,
            "Internal error occurred: StorageError: corrupt object, Code: 7, Key: /example.com/foos/default/a, \
             ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=706: request to convert CR from an \
             invalid group/version: example.com/v0"
        );
        assert_eq!(
            unwritable("706", &why).to_status(),
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500,
                "message": "object not decodable revision=706: request to convert CR from an invalid group/version: \
                            example.com/v0"})
        );
        let error = unlistable("foos.example.com", key, "706", &why);
        assert_eq!(
            error.message,
            "storage is (re)initializing: failed to list <unspecified>: failed to read one or more foos.example.com \
             from the storage: StorageError: corrupt object, Code: 7, Key: /registry/example.com/foos/default/a, \
             ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=706: request to convert CR from an \
             invalid group/version: example.com/v0"
        );
        assert_eq!((error.code, error.details.retry_after_seconds), (429, 1));
    }

    fn texts(conversion: &Value) -> Vec<String> {
        check(conversion).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn strategies_other_than_none_and_webhook_are_refused() {
        assert!(texts(&json!({"strategy": "None"})).is_empty());
        assert_eq!(
            texts(&json!({"strategy": "Magic"})),
            [
                r#"spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook""#
            ]
        );
        assert_eq!(
            texts(&json!({"strategy": "None", "webhook": {
                "clientConfig": {"url": "https://x"}, "conversionReviewVersions": ["v1"]}})),
            [
                "spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook",
                "spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to \
                 Webhook",
            ]
        );
    }

    #[test]
    fn a_webhook_is_refused_for_its_mistakes_or_else_for_what_it_is() {
        assert_eq!(
            texts(&json!({"strategy": "Webhook"})),
            [
                "spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook",
                "spec.conversion.conversionReviewVersions: Required value",
            ]
        );
        assert_eq!(
            texts(&json!({"strategy": "Webhook", "webhook": {
                "clientConfig": {"url": "https://x", "service": {}}, "conversionReviewVersions": ["v2", "v2"]}})),
            [
                "spec.conversion.webhookClientConfig: Required value: exactly one of url or service is required",
                r#"spec.conversion.conversionReviewVersions[1]: Invalid value: "v2": duplicate version"#,
                r#"spec.conversion.conversionReviewVersions: Invalid value: ["v2","v2"]: must include at least one of v1, v1beta1"#,
            ]
        );
        assert_eq!(
            texts(&json!({"strategy": "Webhook", "webhook": {
                "clientConfig": {"url": "https://x"}, "conversionReviewVersions": ["v1"]}})),
            [
                "spec.conversion.strategy: Forbidden: this server does not call conversion webhooks: serve one version, \
                 or use None"
            ]
        );
    }
}
