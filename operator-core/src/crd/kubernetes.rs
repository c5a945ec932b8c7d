//! Which release of Kubernetes takes what in a CRD, by default: what an older one doesn't know vanishes in
//! silence, so it is an error here.

use serde_json::Value;

use super::{Crd, Problem};

/// The oldest release 1.x that has rules in CEL switched on.
pub(crate) const RULES: u32 = 25;
/// The same for `messageExpression` of a rule.
pub(crate) const MESSAGE_EXPRESSION: u32 = 27;
/// The same for `reason` and `fieldPath` of a rule.
pub(crate) const REASON: u32 = 28;
/// The same for `optionalOldSelf` of a rule.
pub(crate) const OPTIONAL_OLD_SELF: u32 = 30;
/// The same for selectable fields.
pub(crate) const SELECTABLE: u32 = 31;
/// The same for `deprecated` and its warning.
pub(crate) const DEPRECATED: u32 = 19;
/// The oldest release 1.x that serves `apiextensions.k8s.io/v1`.
const V1: u32 = 16;
/// The last release 1.x that serves `apiextensions.k8s.io/v1beta1`.
pub(crate) const V1BETA1_UNTIL: u32 = 21;

const RULES_KEY: &str = "x-kubernetes-validations";

/// What in a CRD a release 1.`oldest` wouldn't know.
pub(super) fn check(crd: &Crd, oldest: u32, problems: &mut Vec<Problem>) {
    newer(crd, oldest, &mut |field, what, since| {
        let message = format!(
            "Kubernetes has {what} since 1.{since}, and 1.{oldest} drops that in silence: \
             remove it, or write `kubernetes = \"1.{since}\"`"
        );
        problems.push(Problem::at(field, message));
    });
}

/// The oldest release 1.x that knows everything in a CRD.
pub(super) fn oldest(crd: &Crd) -> u32 {
    let mut oldest = V1;
    for release in [V1, RULES] {
        newer(crd, release, &mut |_, _, since| oldest = oldest.max(since));
    }
    oldest
}

/// Everything that a release 1.`oldest` wouldn't know: where it is, what it is, and the first release that has it.
fn newer(crd: &Crd, oldest: u32, each: &mut dyn FnMut(&str, &'static str, u32)) {
    let mut said = |field: &str, what, since| {
        if since > oldest {
            each(field, what, since);
        }
    };
    if crd.deprecated.is_some() {
        said("", "deprecated versions", DEPRECATED);
    }
    for path in &crd.selectable {
        said(path, "selectable fields", SELECTABLE);
    }
    rules(&crd.schema, "", &mut |field, rule| {
        said(field, "rules", RULES);
        let parts = [
            (
                "messageExpression",
                "`messageExpression`",
                MESSAGE_EXPRESSION,
            ),
            ("reason", "`reason`", REASON),
            ("fieldPath", "`fieldPath`", REASON),
            ("optionalOldSelf", "`optionalOldSelf`", OPTIONAL_OLD_SELF),
        ];
        for (key, what, since) in parts {
            if rule.get(key).is_some() && oldest >= RULES {
                said(field, what, since);
            }
        }
    });
}

/// Every rule of a schema, with the place that it is at.
pub(super) fn rules(node: &Value, field: &str, each: &mut dyn FnMut(&str, &Value)) {
    for rule in node[RULES_KEY].as_array().into_iter().flatten() {
        each(field, rule);
    }
    for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(below) = node.get(key) {
            rules(below, &format!("{field}{suffix}"), each);
        }
    }
    for (name, below) in node["properties"].as_object().into_iter().flatten() {
        let at = if field.is_empty() {
            name.clone()
        } else {
            format!("{field}.{name}")
        };
        rules(below, &at, each);
    }
}
