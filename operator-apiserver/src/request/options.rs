//! The options of writes, from the URL or from a body, checked in the API server's words.

use serde_json::Value;

use super::Query;
use crate::{
    error::ApiError,
    field_error::{FieldError, FieldErrorKind},
};

const META_GROUP: &str = "meta.k8s.io";
const MAX_FIELD_MANAGER: usize = 128;

/// What becomes of fields that a kind doesn't have (`fieldValidation`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FieldValidation {
    /// They are dropped silently.
    Ignore,
    /// They are dropped, and a `Warning` header says so.
    #[default]
    Warn,
    /// The request is refused.
    Strict,
}

/// The options of a creation or an update.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct WriteOptions {
    /// Whether nothing is to be stored.
    pub(crate) dry_run: bool,
    /// Who writes; empty if the request doesn't say.
    pub(crate) field_manager: String,
    /// What becomes of unknown fields.
    pub(crate) field_validation: FieldValidation,
}

/// The options of a patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PatchOptions {
    /// Those of any write.
    pub(crate) write: WriteOptions,
    /// Whether an apply takes fields from others.
    pub(crate) force: bool,
}

/// What becomes of what an object owns, when it is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// It goes, afterwards.
    Background,
    /// It goes first.
    Foreground,
    /// It stays.
    Orphan,
}

/// The options of a deletion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct DeleteOptions {
    /// Whether nothing is to be stored.
    pub(crate) dry_run: bool,
    /// How many seconds the object is left.
    pub(crate) grace_period_seconds: Option<i64>,
    /// What becomes of what it owns; `None` leaves it to the object's finalizers and the kind.
    pub(crate) propagation: Option<Propagation>,
    /// The uid that it has to have.
    pub(crate) uid: Option<String>,
    /// The resourceVersion that it has to have.
    pub(crate) resource_version: Option<String>,
}

impl WriteOptions {
    /// Those of a creation (`CreateOptions`) or an update (`UpdateOptions`).
    ///
    /// # Errors
    /// A 422 for what the server doesn't know.
    pub(crate) fn parse(query: &Query, options_kind: &str) -> Result<Self, ApiError> {
        let (options, errors) = Self::read(query);
        refuse(options_kind, &errors)?;
        Ok(options)
    }

    fn read(query: &Query) -> (Self, Vec<FieldError>) {
        let mut errors = Vec::new();
        let dry_run = dry_run(query.all("dryRun"), &mut errors);
        let field_manager = query.get("fieldManager").unwrap_or_default().to_owned();
        check_field_manager(&field_manager, &mut errors);
        let field_validation = match query.get("fieldValidation") {
            None | Some("Warn") => FieldValidation::Warn,
            Some("Ignore") => FieldValidation::Ignore,
            Some("Strict") => FieldValidation::Strict,
            Some(other) => {
                let detail = "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"";
                errors.push(FieldError::of(
                    FieldErrorKind::NotSupported,
                    "fieldValidation",
                    other,
                    detail,
                ));
                FieldValidation::Warn
            }
        };
        (
            Self {
                dry_run,
                field_manager,
                field_validation,
            },
            errors,
        )
    }
}

impl PatchOptions {
    /// Those of a patch; `apply` is whether it is a server-side apply.
    ///
    /// # Errors
    /// A 422 for what the server doesn't know, or what doesn't go with this sort of patch.
    pub(crate) fn parse(query: &Query, apply: bool) -> Result<Self, ApiError> {
        let (write, mut errors) = WriteOptions::read(query);
        let force = query.optional_flag("force");
        if apply && write.field_manager.is_empty() {
            errors.insert(
                0,
                FieldError::required("fieldManager", "is required for apply patch"),
            );
        }
        if !apply && force.is_some() {
            let detail = "may not be specified for non-apply patch";
            errors.insert(
                0,
                FieldError::plain(FieldErrorKind::Forbidden, "force", detail),
            );
        }
        refuse("PatchOptions", &errors)?;
        Ok(Self {
            write,
            force: force.unwrap_or_default(),
        })
    }
}

impl DeleteOptions {
    /// Those in the body, or those in the URL if there is no body.
    ///
    /// # Errors
    /// A 400 for a body that holds something else, a 422 for what the server doesn't know.
    pub(crate) fn parse(query: &Query, body: Option<&Value>) -> Result<Self, ApiError> {
        let mut errors = Vec::new();
        let mut options = Self::default();
        let (policy, orphan);
        if let Some(body) = body {
            check_kind(body)?;
            let texts = body["dryRun"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str);
            options.dry_run = dry_run(texts, &mut errors);
            options.grace_period_seconds =
                whole(&body["gracePeriodSeconds"], "gracePeriodSeconds")?;
            policy = body["propagationPolicy"].as_str().map(str::to_owned);
            orphan = body["orphanDependents"].as_bool();
            let precondition = |name: &str| body["preconditions"][name].as_str().map(str::to_owned);
            options.uid = precondition("uid");
            options.resource_version = precondition("resourceVersion");
        } else {
            options.dry_run = dry_run(query.all("dryRun"), &mut errors);
            options.grace_period_seconds = query.number("gracePeriodSeconds")?;
            policy = query.get("propagationPolicy").map(str::to_owned);
            orphan = query.optional_flag("orphanDependents");
        }
        if let (Some(policy), Some(_)) = (&policy, orphan) {
            let detail = "orphanDependents and deletionPropagation cannot be both set";
            errors.insert(
                0,
                FieldError::invalid("propagationPolicy", policy.as_str(), detail),
            );
        }
        options.propagation = match policy.as_deref() {
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let detail =
                    "supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                errors.push(FieldError::of(
                    FieldErrorKind::NotSupported,
                    "propagationPolicy",
                    other,
                    detail,
                ));
                None
            }
            None => orphan.map(|orphan| {
                if orphan {
                    Propagation::Orphan
                } else {
                    Propagation::Background
                }
            }),
        };
        refuse("DeleteOptions", &errors)?;
        Ok(options)
    }
}

fn check_kind(body: &Value) -> Result<(), ApiError> {
    let kind = body["kind"].as_str().unwrap_or_default();
    let version = body["apiVersion"].as_str().unwrap_or_default();
    if !body.is_object() {
        return Err(ApiError::bad_request(
            "the body of a deletion has to be DeleteOptions",
        ));
    }
    if kind.is_empty() || kind == "DeleteOptions" {
        return Ok(());
    }
    Err(ApiError::bad_request(format!(
        "no kind {kind:?} is registered for version {version:?} in scheme \"pkg/runtime/scheme.go:111\""
    )))
}

fn whole(value: &Value, field: &str) -> Result<Option<i64>, ApiError> {
    if value.is_null() {
        return Ok(None);
    }
    let wrong = || {
        ApiError::bad_request(format!(
            "DeleteOptions: {field} has to be a whole number, not {value}"
        ))
    };
    value.as_i64().map(Some).ok_or_else(wrong)
}

fn dry_run<'a>(values: impl Iterator<Item = &'a str>, errors: &mut Vec<FieldError>) -> bool {
    let values: Vec<&str> = values.collect();
    if values.iter().any(|value| *value != "All") {
        errors.push(FieldError::of(
            FieldErrorKind::NotSupported,
            "dryRun",
            values
                .iter()
                .map(|value| Value::from(*value))
                .collect::<Vec<_>>(),
            "supported values: \"All\"",
        ));
    }
    !values.is_empty()
}

fn check_field_manager(manager: &str, errors: &mut Vec<FieldError>) {
    if manager.len() > MAX_FIELD_MANAGER {
        let detail = format!("may not be more than {MAX_FIELD_MANAGER} bytes");
        errors.push(FieldError::plain(
            FieldErrorKind::TooLong,
            "fieldManager",
            detail,
        ));
    }
    if let Some((at, culprit)) = manager.chars().enumerate().find(|(_, c)| c.is_control()) {
        let detail = format!(
            "invalid character U+{:04X} (at position {at})",
            u32::from(culprit)
        );
        errors.push(FieldError::invalid("fieldManager", manager, detail));
    }
}

fn refuse(options_kind: &str, errors: &[FieldError]) -> Result<(), ApiError> {
    if errors.is_empty() {
        return Ok(());
    }
    Err(ApiError::invalid(META_GROUP, options_kind, "", errors))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(text: &str) -> Query {
        Query::parse(text)
    }

    #[test]
    fn the_only_dry_run_is_all() {
        let options = WriteOptions::parse(&query("dryRun=All"), "CreateOptions").unwrap();
        assert!(options.dry_run);
        let error = WriteOptions::parse(&query("dryRun=foo"), "CreateOptions").unwrap_err();
        let expected = r#"CreateOptions.meta.k8s.io "" is invalid: dryRun: Unsupported value: ["foo"]: supported values: "All""#;
        assert_eq!((error.code, error.message.as_str()), (422, expected));
    }

    #[test]
    fn an_apply_names_its_manager_and_only_an_apply_is_forced() {
        let error = PatchOptions::parse(&query(""), true).unwrap_err();
        assert!(
            error
                .message
                .ends_with("fieldManager: Required value: is required for apply patch"),
            "{}",
            error.message
        );
        let error = PatchOptions::parse(&query("force=true"), false).unwrap_err();
        assert!(
            error
                .message
                .ends_with("force: Forbidden: may not be specified for non-apply patch"),
            "{}",
            error.message
        );
    }

    #[test]
    fn a_deletion_says_once_what_becomes_of_dependents() {
        let body = json!({"propagationPolicy": "Orphan", "preconditions": {"uid": "u"}});
        let options =
            DeleteOptions::parse(&query("propagationPolicy=Background"), Some(&body)).unwrap();
        assert_eq!(
            options.propagation,
            Some(Propagation::Orphan),
            "the body counts where there is one"
        );
        assert_eq!(options.uid.as_deref(), Some("u"));
        assert!(
            DeleteOptions::parse(
                &query("propagationPolicy=Orphan&orphanDependents=true"),
                None
            )
            .is_err()
        );
        let old = DeleteOptions::parse(&query("orphanDependents=true"), None).unwrap();
        assert_eq!(old.propagation, Some(Propagation::Orphan));
    }
}
