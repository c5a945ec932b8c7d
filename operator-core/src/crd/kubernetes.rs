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

/// Something that some release doesn't know.
struct Newer<'a> {
    /// Where it is.
    field: &'a str,
    what: &'static str,
    /// The first release 1.x that has it.
    since: u32,
    /// The first one that has what it is a part of, if it is one.
    within: Option<u32>,
}

/// What in a CRD a release 1.`oldest` wouldn't know.
pub(super) fn check(crd: &Crd, oldest: u32, problems: &mut Vec<Problem>) {
    newer(crd, &mut |it| {
        let Newer { what, since, .. } = it;
        // Of a part of what is unknown as a whole, nothing more has to be said.
        if since > oldest && it.within.is_none_or(|within| within <= oldest) {
            let message = format!(
                "Kubernetes has {what} since 1.{since}, and 1.{oldest} drops that in silence: \
                 remove it, or write `kubernetes = \"1.{since}\"`"
            );
            problems.push(Problem::at(it.field, message));
        }
    });
}

/// The oldest release 1.x that knows everything in a CRD.
pub(super) fn oldest(crd: &Crd) -> u32 {
    let mut oldest = V1;
    newer(crd, &mut |it| oldest = oldest.max(it.since));
    oldest
}

/// Everything in a CRD that some release doesn't know.
fn newer(crd: &Crd, each: &mut dyn FnMut(Newer<'_>)) {
    let mut whole = |field: &str, what, since| {
        each(Newer {
            field,
            what,
            since,
            within: None,
        });
    };
    if crd.deprecated.is_some() {
        whole("", "deprecated versions", DEPRECATED);
    }
    for path in &crd.selectable {
        whole(path, "selectable fields", SELECTABLE);
    }
    rules(&crd.schema, "", &mut |field, rule| {
        let parts = [
            ("rule", "rules", RULES, None),
            (
                "messageExpression",
                "`messageExpression`",
                MESSAGE_EXPRESSION,
                Some(RULES),
            ),
            ("reason", "`reason`", REASON, Some(RULES)),
            ("fieldPath", "`fieldPath`", REASON, Some(RULES)),
            (
                "optionalOldSelf",
                "`optionalOldSelf`",
                OPTIONAL_OLD_SELF,
                Some(RULES),
            ),
        ];
        for (key, what, since, within) in parts {
            // Whatever it says, it is a rule.
            if within.is_none() || rule.get(key).is_some() {
                each(Newer {
                    field,
                    what,
                    since,
                    within,
                });
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
