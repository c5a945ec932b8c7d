//! [`ListOptions`]: what a list or a watch is asked for, checked, and what it comes down to.

use std::{num::IntErrorKind, str::FromStr};

use super::{At, Unavailable, continue_token};
use crate::{
    error::{ApiError, Cause},
    field_error::{FieldError, FieldErrorKind},
};

const EXACT: &str = "Exact";
const NOT_OLDER_THAN: &str = "NotOlderThan";

/// The query of a list or a watch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListOptions {
    /// `labelSelector`, as it was sent.
    pub(crate) label_selector: String,
    /// `fieldSelector`, as it was sent.
    pub(crate) field_selector: String,
    /// Whether it is a watch.
    pub(crate) watch: bool,
    /// Whether a watch may get bookmarks.
    pub(crate) allow_watch_bookmarks: bool,
    /// `resourceVersion`, as it was sent.
    pub(crate) resource_version: String,
    /// `resourceVersionMatch`, as it was sent.
    pub(crate) resource_version_match: String,
    /// How long a watch lasts.
    pub(crate) timeout_seconds: Option<i64>,
    /// How many objects a page may have; none above 0 means all.
    pub(crate) limit: i64,
    /// `continue`, as it was sent.
    pub(crate) continue_token: String,
    /// Whether a watch starts with what is there.
    pub(crate) send_initial_events: Option<bool>,
}

/// What a list reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Read {
    /// The revision that it shows.
    pub(crate) at: At,
    /// Where it goes on, below what is listed; `None` from the start.
    pub(crate) from: Option<String>,
    /// How many objects at most.
    pub(crate) limit: Option<usize>,
}

/// Where a watch starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WatchFrom {
    /// With `ADDED` for all that is there, once the store has reached `at_least`.
    Initial {
        /// 0 for whatever is at hand.
        at_least: u64,
        /// Whether a bookmark says where that ends.
        end_mark: bool,
    },
    /// With what happens after this revision.
    After(u64),
    /// With what happens from now on.
    Now,
}

impl ListOptions {
    /// Reads a query, of decoded names and values. What it doesn't know is not its business, and of several
    /// values of one name the first counts.
    ///
    /// # Errors
    /// A 400 for what is no number.
    pub(crate) fn parse<'a>(
        query: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, ApiError> {
        let (mut options, mut seen) = (Self::default(), Vec::new());
        let (mut limit, mut timeout) = (None, None);
        for (name, value) in query {
            if seen.contains(&name) {
                continue;
            }
            let text = match name {
                "labelSelector" => &mut options.label_selector,
                "fieldSelector" => &mut options.field_selector,
                "resourceVersion" => &mut options.resource_version,
                "resourceVersionMatch" => &mut options.resource_version_match,
                "continue" => &mut options.continue_token,
                "watch"
                | "allowWatchBookmarks"
                | "sendInitialEvents"
                | "limit"
                | "timeoutSeconds" => {
                    seen.push(name);
                    match name {
                        "watch" => options.watch = is_true(value),
                        "allowWatchBookmarks" => options.allow_watch_bookmarks = is_true(value),
                        "sendInitialEvents" => options.send_initial_events = Some(is_true(value)),
                        "limit" => limit = Some(value),
                        _ => timeout = Some(value),
                    }
                    continue;
                }
                _ => continue,
            };
            seen.push(name);
            value.clone_into(text);
        }
        // In the server's order: the first mistake is the one that is told.
        options.timeout_seconds = timeout.map(|text| number(text, "ParseInt")).transpose()?;
        options.limit = limit.map_or(Ok(0), |text| number(text, "ParseInt"))?;
        options.set_defaults();
        Ok(options)
    }

    /// A watch from nowhere starts with what is there, as if it had asked for it.
    fn set_defaults(&mut self) {
        let asked = self.send_initial_events.is_some() || !self.resource_version_match.is_empty();
        if self.watch && !asked && matches!(self.resource_version.as_str(), "" | "0") {
            self.send_initial_events = Some(true);
            NOT_OLDER_THAN.clone_into(&mut self.resource_version_match);
        }
    }

    /// Checks whether they go together.
    ///
    /// # Errors
    /// A 422 that names what doesn't.
    pub(crate) fn validate(&self) -> Result<(), ApiError> {
        let errors = if self.watch {
            self.watch_errors()
        } else {
            self.list_errors()
        };
        if errors.is_empty() {
            return Ok(());
        }
        Err(ApiError::invalid("meta.k8s.io", "ListOptions", "", &errors))
    }

    fn list_errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let wanted = self.resource_version_match.as_str();
        if !wanted.is_empty() {
            if self.resource_version.is_empty() {
                errors.push(match_forbidden(
                    "is forbidden unless resourceVersion is provided",
                ));
            }
            if !self.continue_token.is_empty() {
                errors.push(match_forbidden("is forbidden when continue is provided"));
            }
            if !matches!(wanted, EXACT | NOT_OLDER_THAN) {
                let supported = r#""Exact", "NotOlderThan", """#;
                errors.push(match_not_supported(wanted, supported));
            }
            if wanted == EXACT && self.resource_version == "0" {
                errors.push(match_forbidden(
                    r#""exact" is forbidden for resourceVersion "0""#,
                ));
            }
        }
        if self.send_initial_events.is_some() {
            let detail = "sendInitialEvents is forbidden for list";
            let kind = FieldErrorKind::Forbidden;
            errors.push(FieldError::plain(kind, "sendInitialEvents", detail));
        }
        errors
    }

    fn watch_errors(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let wanted = self.resource_version_match.as_str();
        if self.send_initial_events.is_some() && wanted != NOT_OLDER_THAN {
            let detail = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            let kind = FieldErrorKind::Forbidden;
            errors.push(FieldError::plain(kind, "resourceVersionMatch", detail));
        }
        if !wanted.is_empty() {
            if self.send_initial_events.is_none() {
                let detail = "is forbidden for watch unless sendInitialEvents is provided";
                errors.push(match_forbidden(detail));
            }
            if wanted != NOT_OLDER_THAN {
                errors.push(match_not_supported(wanted, r#""NotOlderThan""#));
            }
            if !self.continue_token.is_empty() {
                errors.push(match_forbidden("is forbidden when continue is provided"));
            }
        }
        errors
    }

    /// What a list of these options reads. They have to be [valid](Self::validate).
    ///
    /// # Errors
    /// A 400 for a token or a resource version that is none, and for both at once.
    pub(crate) fn read(&self) -> Result<Read, ApiError> {
        // "0" takes whatever is at hand, which is all of it.
        let limit = match self.resource_version.as_str() {
            "0" => None,
            _ => usize::try_from(self.limit).ok().filter(|limit| *limit > 0),
        };
        if !self.continue_token.is_empty() {
            let token = continue_token::decode(&self.continue_token)?;
            if !matches!(self.resource_version.as_str(), "" | "0") {
                let message = "specifying resource version is not allowed when using continue";
                return Err(ApiError::bad_request(message));
            }
            let at = token.revision.map_or(At::Latest, At::Exactly);
            let from = Some(token.from);
            return Ok(Read { at, from, limit });
        }
        let revision = revision(&self.resource_version).map_err(|why| {
            let why = format!("invalid resource version: {why}");
            ApiError::bad_request(why)
        })?;
        let wanted = self.resource_version_match.as_str();
        let at = match (revision, wanted) {
            (None, _) | (Some(0), EXACT) => At::Latest,
            (Some(0), _) => At::Any,
            (Some(revision), EXACT) => At::Exactly(revision),
            // A limit on a revision has always meant just that one, so that there can be a next page.
            (Some(revision), "") if limit.is_some() => At::Exactly(revision),
            (Some(revision), _) => At::NotOlderThan(revision),
        };
        let from = None;
        Ok(Read { at, from, limit })
    }

    /// Where a watch of these options starts. They have to be [valid](Self::validate).
    ///
    /// # Errors
    /// A 500, as the server has it, for a resource version that is none.
    pub(crate) fn watch_from(&self) -> Result<WatchFrom, ApiError> {
        let revision =
            revision(&self.resource_version).map_err(|why| ApiError::new(500, "", why))?;
        let (at_least, end_mark) = (revision.unwrap_or(0), self.allow_watch_bookmarks);
        Ok(match (self.send_initial_events, at_least) {
            (Some(true), _) => WatchFrom::Initial { at_least, end_mark },
            (Some(false), 0) => WatchFrom::Now,
            (None, 0) => {
                let end_mark = false;
                WatchFrom::Initial { at_least, end_mark }
            }
            (_, revision) => WatchFrom::After(revision),
        })
    }
}

impl Read {
    /// What a client is told that can't have this list.
    #[must_use]
    pub(crate) fn refusal(&self, why: Unavailable) -> ApiError {
        match (why, &self.from) {
            (Unavailable::Future { asked, current }, _) => too_large(asked, current),
            (Unavailable::Compacted { .. }, None) => ApiError::new(
                410,
                "Expired",
                "The resourceVersion for the provided list is too old.",
            ),
            (Unavailable::Compacted { .. }, Some(from)) => {
                let mut error = ApiError::new(410, "Expired", CONTINUE_EXPIRED);
                error.continue_token = continue_token::encode_inconsistent(from);
                error
            }
        }
    }
}

const CONTINUE_EXPIRED: &str = "The provided continue parameter is too old to display a consistent list \
    result. You can start a new list without the continue parameter, or use the continue token in this \
    response to retrieve the remainder of the results. Continuing with the provided token results in an \
    inconsistent list - objects that were created, modified, or deleted between the time the first chunk \
    was returned and now may show up in the list.";

/// What a GET reads that names a resource version: whatever is at hand, if it is not older than that.
///
/// # Errors
/// A 500, as the server has it, for what is none.
pub(crate) fn get_at(resource_version: &str) -> Result<At, ApiError> {
    let revision = revision(resource_version).map_err(|why| ApiError::new(500, "", why))?;
    Ok(match revision {
        None => At::Latest,
        Some(0) => At::Any,
        Some(revision) => At::NotOlderThan(revision),
    })
}

/// 504 for a revision that did not come; the server waits three seconds for it.
#[must_use]
pub(crate) fn too_large(asked: u64, current: u64) -> ApiError {
    let message = format!("Timeout: Too large resource version: {asked}, current: {current}");
    let mut error = ApiError::new(504, "Timeout", message);
    error.details.retry_after_seconds = 1;
    error.details.causes = vec![Cause {
        reason: "ResourceVersionTooLarge".to_owned(),
        message: "Too large resource version".to_owned(),
        field: String::new(),
    }];
    error
}

/// A resource version as a number; `None` if it is empty.
fn revision(text: &str) -> Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    // Rust would take a plus.
    let parsed = if text.starts_with('+') {
        Err(syntax(text, "ParseUint"))
    } else {
        parse(text, "ParseUint")
    };
    parsed.map(Some).map_err(|why| {
        let error = FieldError::invalid("resourceVersion", text, why);
        error.to_string()
    })
}

fn number(text: &str, function: &str) -> Result<i64, ApiError> {
    parse(text, function).map_err(ApiError::bad_request)
}

/// An integer, or Go's complaint about it.
fn parse<T: FromStr<Err = std::num::ParseIntError>>(
    text: &str,
    function: &str,
) -> Result<T, String> {
    text.parse()
        .map_err(|error: std::num::ParseIntError| match error.kind() {
            IntErrorKind::PosOverflow | IntErrorKind::NegOverflow => {
                format!("strconv.{function}: parsing {text:?}: value out of range")
            }
            _ => syntax(text, function),
        })
}

fn syntax(text: &str, function: &str) -> String {
    format!("strconv.{function}: parsing {text:?}: invalid syntax")
}

/// Of a query's switches everything is on but these.
fn is_true(text: &str) -> bool {
    !(text == "0" || text.eq_ignore_ascii_case("false"))
}

/// What a watch is told that asks for what there is, of a server that tells that in lists only.
#[must_use]
pub(crate) fn streaming_forbidden() -> ApiError {
    let detail =
        "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled";
    let kind = FieldErrorKind::Forbidden;
    let error = FieldError::plain(kind, "sendInitialEvents", detail);
    ApiError::invalid("meta.k8s.io", "ListOptions", "", &[error])
}

fn match_forbidden(why: &str) -> FieldError {
    let detail = format!("resourceVersionMatch {why}");
    FieldError::plain(FieldErrorKind::Forbidden, "resourceVersionMatch", detail)
}

fn match_not_supported(value: &str, supported: &str) -> FieldError {
    let detail = format!("supported values: {supported}");
    FieldError::of(
        FieldErrorKind::NotSupported,
        "resourceVersionMatch",
        value,
        detail,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(query: &str) -> Result<ListOptions, ApiError> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        ListOptions::parse(pairs)
    }

    fn read(query: &str) -> Read {
        let options = options(query).unwrap();
        options.validate().unwrap();
        options.read().unwrap()
    }

    fn watch(query: &str) -> WatchFrom {
        let options = options(&format!("watch=1&{query}")).unwrap();
        options.validate().unwrap();
        options.watch_from().unwrap()
    }

    /// The messages of a 422.
    fn causes(query: &str) -> Vec<String> {
        let error = options(query).unwrap().validate().unwrap_err();
        assert_eq!((error.code, error.reason), (422, "Invalid"));
        error
            .details
            .causes
            .into_iter()
            .map(|cause| cause.message)
            .collect()
    }

    #[test]
    fn a_resource_version_says_how_fresh_a_list_has_to_be() {
        for (query, at, limit) in [
            ("", At::Latest, None),
            ("limit=5", At::Latest, Some(5)),
            ("limit=-1", At::Latest, None),
            ("resourceVersion=0", At::Any, None),
            ("resourceVersion=0&limit=5", At::Any, None),
            (
                "resourceVersion=0&limit=5&resourceVersionMatch=NotOlderThan",
                At::Any,
                None,
            ),
            ("resourceVersion=7", At::NotOlderThan(7), None),
            ("resourceVersion=7&limit=5", At::Exactly(7), Some(5)),
            (
                "resourceVersion=7&limit=5&resourceVersionMatch=NotOlderThan",
                At::NotOlderThan(7),
                Some(5),
            ),
            (
                "resourceVersion=7&resourceVersionMatch=Exact",
                At::Exactly(7),
                None,
            ),
            (
                "resourceVersion=00&resourceVersionMatch=Exact",
                At::Latest,
                None,
            ),
            ("resourceVersion=&resourceVersionMatch=", At::Latest, None),
        ] {
            let from = None;
            assert_eq!(read(query), Read { at, from, limit }, "{query}");
        }
    }

    #[test]
    fn a_token_says_where_and_at_which_revision_a_list_goes_on() {
        let token = continue_token::encode(7, "f1");
        let from = Some("f1\0".to_owned());
        let (at, limit) = (At::Exactly(7), Some(2));
        let wanted = Read {
            at,
            from: from.clone(),
            limit,
        };
        assert_eq!(read(&format!("limit=2&continue={token}")), wanted);
        let limit = None;
        let wanted = Read {
            at,
            from: from.clone(),
            limit,
        };
        assert_eq!(
            read(&format!("limit=2&resourceVersion=0&continue={token}")),
            wanted
        );
        let token = continue_token::encode_inconsistent("f1\0");
        let (at, limit) = (At::Latest, Some(2));
        assert_eq!(
            read(&format!("limit=2&continue={token}")),
            Read { at, from, limit }
        );
    }

    #[test]
    fn a_token_and_a_resource_version_exclude_each_other() {
        let token = continue_token::encode(7, "f1");
        for version in ["5", "abc", "00"] {
            let options = options(&format!("continue={token}&resourceVersion={version}")).unwrap();
            let error = options.read().unwrap_err();
            assert_eq!(error.code, 400);
            let wanted = "specifying resource version is not allowed when using continue";
            assert_eq!(error.message, wanted);
        }
    }

    #[test]
    fn a_malformed_resource_version_is_a_bad_request_to_a_list_and_an_error_to_a_watch() {
        let invalid = r#"resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax"#;
        let error = options("resourceVersion=abc").unwrap().read().unwrap_err();
        assert_eq!(
            error,
            ApiError::bad_request(format!("invalid resource version: {invalid}"))
        );
        let error = options("watch=1&resourceVersion=abc").unwrap().watch_from();
        assert_eq!(error, Err(ApiError::new(500, "", invalid)));
        assert_eq!(get_at("abc"), Err(ApiError::new(500, "", invalid)));
        for version in ["-1", "+5", " ", "18446744073709551616"] {
            let options = options(&format!("resourceVersion={version}")).unwrap();
            assert_eq!(options.read().unwrap_err().code, 400, "{version}");
        }
    }

    #[test]
    fn what_is_no_number_is_a_bad_request() {
        for (query, wanted) in [
            (
                "limit=abc",
                r#"strconv.ParseInt: parsing "abc": invalid syntax"#,
            ),
            ("limit=", r#"strconv.ParseInt: parsing "": invalid syntax"#),
            (
                "limit=99999999999999999999",
                r#"strconv.ParseInt: parsing "99999999999999999999": value out of range"#,
            ),
            (
                "limit=x&timeoutSeconds=y",
                r#"strconv.ParseInt: parsing "y": invalid syntax"#,
            ),
        ] {
            assert_eq!(
                options(query),
                Err(ApiError::bad_request(wanted)),
                "{query}"
            );
        }
    }

    #[test]
    fn a_list_refuses_what_does_not_go_together() {
        let unless =
            "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided";
        let unsupported =
            r#"Unsupported value: "foo": supported values: "Exact", "NotOlderThan", """#;
        assert_eq!(causes("resourceVersionMatch=Exact"), [unless]);
        assert_eq!(causes("resourceVersionMatch=foo"), [unless, unsupported]);
        assert_eq!(
            causes("resourceVersionMatch=Exact&resourceVersion=0&continue=x"),
            [
                "Forbidden: resourceVersionMatch is forbidden when continue is provided",
                r#"Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0""#,
            ]
        );
        for switch in ["true", "false", "foo"] {
            let wanted = "Forbidden: sendInitialEvents is forbidden for list";
            assert_eq!(causes(&format!("sendInitialEvents={switch}")), [wanted]);
        }
    }

    #[test]
    fn a_watch_refuses_what_does_not_go_together() {
        let requires =
            "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        let unless = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
        let continued = "Forbidden: resourceVersionMatch is forbidden when continue is provided";
        let unsupported = r#"Unsupported value: "foo": supported values: "NotOlderThan""#;
        for (query, wanted) in [
            ("sendInitialEvents=true", vec![requires]),
            ("sendInitialEvents=", vec![requires]),
            (
                "sendInitialEvents=false&resourceVersionMatch=foo&continue=x",
                vec![requires, unsupported, continued],
            ),
            ("resourceVersionMatch=NotOlderThan", vec![unless]),
            ("resourceVersionMatch=foo", vec![unless, unsupported]),
            // What it is taken for, it is checked as.
            ("continue=x", vec![continued]),
        ] {
            assert_eq!(causes(&format!("watch=true&{query}")), wanted, "{query}");
        }
    }

    #[test]
    fn a_watch_starts_with_what_is_there_unless_told_where() {
        let initial = |at_least, end_mark| WatchFrom::Initial { at_least, end_mark };
        let list = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan";
        let none = "sendInitialEvents=false&resourceVersionMatch=NotOlderThan";
        for (query, wanted) in [
            (String::new(), initial(0, false)),
            ("resourceVersion=0".into(), initial(0, false)),
            (
                "resourceVersion=0&allowWatchBookmarks=true".into(),
                initial(0, true),
            ),
            (
                "resourceVersion=00&allowWatchBookmarks=true".into(),
                initial(0, false),
            ),
            (
                "resourceVersion=7&continue=x&limit=1".into(),
                WatchFrom::After(7),
            ),
            (format!("{list}&resourceVersion=7"), initial(7, false)),
            (format!("{list}&allowWatchBookmarks=1"), initial(0, true)),
            (none.into(), WatchFrom::Now),
            (format!("{none}&resourceVersion=0"), WatchFrom::Now),
            (format!("{none}&resourceVersion=7"), WatchFrom::After(7)),
        ] {
            assert_eq!(watch(&query), wanted, "{query}");
        }
    }

    #[test]
    fn of_several_values_the_first_counts_and_only_false_and_0_are_off() {
        let options = options("watch=0&watch=1&limit=3&limit=x&allowWatchBookmarks=FALSE").unwrap();
        assert!(!options.watch && !options.allow_watch_bookmarks);
        assert_eq!(options.limit, 3);
    }

    #[test]
    fn an_expired_token_comes_back_with_one_that_goes_on_without_consistency() {
        let token = continue_token::encode(7, "c1");
        let expired = Unavailable::Compacted {
            asked: 7,
            oldest: 9,
        };
        let error = read(&format!("limit=1&continue={token}")).refusal(expired);
        assert_eq!((error.code, error.reason), (410, "Expired"));
        let status = error.to_status();
        let wanted = "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYzFcdTAwMDAifQ";
        assert_eq!(status["metadata"]["continue"], wanted);
        let error = read("limit=1&resourceVersion=7").refusal(expired);
        assert_eq!(
            error.message,
            "The resourceVersion for the provided list is too old."
        );
        assert_eq!(error.to_status()["metadata"], serde_json::json!({}));
    }

    #[test]
    fn a_revision_that_does_not_come_is_a_timeout_that_may_be_tried_again() {
        let why = Unavailable::Future {
            asked: 9_999_999,
            current: 374,
        };
        let status = read("resourceVersion=9999999").refusal(why).to_status();
        assert_eq!(
            status,
            serde_json::json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                "message": "Timeout: Too large resource version: 9999999, current: 374",
                "reason": "Timeout", "code": 504, "details": {"retryAfterSeconds": 1, "causes": [{
                    "reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]}})
        );
    }
}
