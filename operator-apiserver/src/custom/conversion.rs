//! Between the versions of one CRD only `apiVersion` differs: objects are stored in one and read in all, unless theirs
//! is none of the CRD's any more.

use std::{borrow::Cow, collections::HashSet};

use serde::Deserialize;
use serde_json::Value;

use super::{dns, spec::list};
use crate::{
    error::{ApiError, Cause, qualified},
    field_error::{FieldError, FieldErrorKind},
};

/// An object that is stored in a version which its CRD no longer has: nobody can read it, change it or delete it until
/// the version comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Undecodable {
    /// `GROUP/PLURAL`, then the namespace, if it has one, and the name.
    key: String,
    /// What went wrong.
    why: String,
}

impl Undecodable {
    /// The object `place` (`NAMESPACE/NAME`, or the name) of a CRD as it is stored; `None` if the CRD has its version.
    #[must_use]
    pub(crate) fn find(
        definition: &Value,
        place: &str,
        object: &[u8],
        revision: u64,
    ) -> Option<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Stored<'a> {
            #[serde(borrow)]
            api_version: Cow<'a, str>,
        }
        let spec = &definition["spec"];
        let from = serde_json::from_slice::<Stored<'_>>(object)
            .ok()?
            .api_version;
        let (group, version) = from.rsplit_once('/').unwrap_or_default();
        if spec["group"] == group && list(&spec["versions"]).iter().any(|v| v["name"] == version) {
            return None;
        }
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (group, plural) = (text(&spec["group"]), text(&spec["names"]["plural"]));
        Some(Self {
            key: format!("{group}/{plural}/{place}"),
            why: format!(
                "object not decodable revision={revision}: request to convert CR from an invalid group/version: {from}"
            ),
        })
    }

    /// Whether it is that object.
    #[must_use]
    pub(crate) fn is(&self, namespace: &str, name: &str) -> bool {
        let place = self.place();
        if namespace.is_empty() {
            place == name
        } else {
            place
                .strip_prefix(namespace)
                .and_then(|rest| rest.strip_prefix('/'))
                == Some(name)
        }
    }

    /// Whether it is in a namespace; all are in the empty one.
    #[must_use]
    pub(crate) fn is_in(&self, namespace: &str) -> bool {
        let rest = self.place().strip_prefix(namespace);
        namespace.is_empty() || rest.is_some_and(|rest| rest.starts_with('/'))
    }

    fn place(&self) -> &str {
        self.key.splitn(3, '/').nth(2).unwrap_or_default()
    }

    /// The answer to reading or deleting it.
    #[must_use]
    pub(crate) fn on_read(&self) -> ApiError {
        let message = self.corrupt("");
        let mut error = ApiError::internal(format!("Internal error occurred: {message}"));
        error.details.causes.push(Cause {
            message,
            ..Cause::default()
        });
        error
    }

    /// The answer to an update, a patch or an apply of it.
    #[must_use]
    pub(crate) fn on_change(&self) -> ApiError {
        ApiError::new(500, "", self.why.as_str())
    }

    fn corrupt(&self, root: &str) -> String {
        format!(
            "StorageError: corrupt object, Code: 7, Key: {root}/{}, ResourceVersion: 0, AdditionalErrorMsg: {}",
            self.key, self.why
        )
    }
}

/// The answer to a page of a list in which the `undecodable` objects stand; `group` and `plural` are those of the CRD.
#[must_use]
pub(crate) fn unreadable_page(group: &str, plural: &str, undecodable: &[&Undecodable]) -> ApiError {
    let cause = |one: &&Undecodable| Cause {
        reason: "UnexpectedServerResponse".to_owned(),
        message: one.corrupt(REGISTRY),
        field: format!("{REGISTRY}/{}", one.key),
    };
    let message = unread(group, plural, undecodable.iter().copied());
    let mut error = ApiError::new(500, "StorageReadError", message).about(group, plural, "list");
    error.details.causes = undecodable.iter().map(cause).collect();
    error
}

/// The answer to any other list, and to a watch, of a kind that has `undecodable` objects, wherever they are: the
/// server's cache of the kind can't be filled.
#[must_use]
pub(crate) fn unlistable(group: &str, plural: &str, undecodable: &[Undecodable]) -> ApiError {
    let why = unread(group, plural, undecodable.iter());
    let message = format!("storage is (re)initializing: failed to list <unspecified>: {why}");
    let mut error = ApiError::new(429, "TooManyRequests", message);
    error.details.retry_after_seconds = 1;
    error
}

/// Where the server's store has its objects.
const REGISTRY: &str = "/registry";

fn unread<'a>(
    group: &str,
    plural: &str,
    mut undecodable: impl ExactSizeIterator<Item = &'a Undecodable>,
) -> String {
    let more = match undecodable.len() {
        0 | 1 => String::new(),
        many => format!(" (and {} more)", many - 1),
    };
    let first = undecodable
        .next()
        .map(|one| one.corrupt(REGISTRY))
        .unwrap_or_default();
    let resource = qualified(group, plural);
    format!("failed to read one or more {resource} from the storage: {first}{more}")
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

    fn stored(place: &str, api_version: &str) -> Option<Undecodable> {
        let crd = json!({"spec": {"group": "example.com", "names": {"plural": "foos"},
            "versions": [{"name": "v1"}, {"name": "v2", "served": false}]}});
        let object = json!({"kind": "Foo", "apiVersion": api_version, "spec": {"apiVersion": "x"}});
        Undecodable::find(&crd, place, object.to_string().as_bytes(), 706)
    }

    #[test]
    fn an_object_of_any_version_that_there_is_can_be_read() {
        assert_eq!(stored("default/a", "example.com/v1"), None);
        assert_eq!(stored("default/a", "example.com/v2"), None);
    }

    #[test]
    fn an_object_of_a_version_that_is_gone_can_neither_be_read_nor_changed() {
        let gone = stored("default/a", "example.com/v0").expect("it is gone");
        assert!(gone.is("default", "a") && !gone.is("default", "b") && !gone.is("", "a"));
        assert!(gone.is_in("default") && gone.is_in("") && !gone.is_in("def"));
        let error = gone.on_read();
        assert_eq!(error.code, 500);
        assert_eq!(
            error.message,
            "Internal error occurred: StorageError: corrupt object, Code: 7, Key: /example.com/foos/default/a, \
             ResourceVersion: 0, AdditionalErrorMsg: object not decodable revision=706: request to convert CR from an \
             invalid group/version: example.com/v0"
        );
        assert_eq!(
            gone.on_change().to_status(),
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500,
                "message": "object not decodable revision=706: request to convert CR from an invalid group/version: \
                            example.com/v0"})
        );
    }

    #[test]
    fn lists_fail_for_objects_that_can_not_be_read() {
        let gone = ["a", "b"].map(|name| stored(name, "example.com/v0").expect("it is gone"));
        let error = unlistable("example.com", "foos", &gone);
        let why = "failed to read one or more foos.example.com from the storage: StorageError: corrupt object, Code: 7, \
                   Key: /registry/example.com/foos/a, ResourceVersion: 0, AdditionalErrorMsg: object not decodable \
                   revision=706: request to convert CR from an invalid group/version: example.com/v0";
        assert_eq!(
            error.message,
            format!(
                "storage is (re)initializing: failed to list <unspecified>: {why} (and 1 more)"
            )
        );
        assert_eq!((error.code, error.details.retry_after_seconds), (429, 1));

        let error = unreadable_page("example.com", "foos", &[&gone[0]]);
        assert_eq!(
            (error.code, error.reason, error.message.as_str()),
            (500, "StorageReadError", why)
        );
        assert_eq!(
            error.details.causes[0].field,
            "/registry/example.com/foos/a"
        );
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
