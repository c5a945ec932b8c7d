//! What exactly the server found wrong with an object, short enough for a condition and the same each time.

use serde::Deserialize;

use crate::{K8sType, config::UpdateStrategy};

/// How many causes are said.
const NAMED: usize = 5;
/// How long the message of one is said whole.
const LONGEST: usize = 240;
/// How much of a longer one is said from its start, and how much of its end where that is not found.
const START: usize = 60;
const END: usize = 120;

/// What exactly the server refused.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub(crate) struct Cause {
    pub(crate) reason: String,
    pub(crate) field: String,
    pub(crate) message: String,
}

impl Cause {
    /// Whether the schema does not have the field as it was sent, whatever its value.
    pub(super) fn is_of_schema(&self) -> bool {
        matches!(
            self.reason.as_str(),
            "FieldValueRequired" | "FieldValueTypeInvalid" | "FieldValueForbidden"
        )
    }

    fn told(&self) -> String {
        let message = short(&self.message);
        match (self.field.as_str(), message.as_str()) {
            ("", _) => message,
            (field, "") => field.into(),
            (field, message) => format!("{field}: {message}"),
        }
    }

    /// Whether it is the change that was refused, so that the same content would do for a new object.
    fn is_of_change(&self) -> bool {
        OF_CHANGE.iter().any(|text| self.message.contains(text))
    }
}

/// How servers since 1.20 say that a field can't be changed. A rule of a custom resource has its author's words:
/// it is only known where they are like these.
const OF_CHANGE: &[&str] = &[
    "immutable",
    "may not change",
    "may not be changed",
    "cannot change",
    "can not be less than previous value",
    "updates to ",
    "oldSelf",
];

/// The first few causes, and how many more there are; `None` if there are none.
pub(super) fn told(causes: &[Cause]) -> Option<String> {
    let mut texts: Vec<String> = causes.iter().map(Cause::told).collect();
    texts.retain(|text| !text.is_empty());
    let more = texts.len().saturating_sub(NAMED);
    texts.truncate(NAMED);
    if more > 0 {
        texts.push(format!("and {more} more"));
    }
    (!texts.is_empty()).then(|| texts.join("; "))
}

/// A message without the values that it dumps: they are long, may hold addresses of the server's memory, and what is
/// wrong stands at the end.
fn short(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default().trim_end();
    if line.len() <= LONGEST {
        return without_addresses(line);
    }
    let start = &line[..boundary(line, START)];
    let end = match line.rfind("}: ") {
        Some(at) if line.len() - at <= LONGEST => &line[at + 1..],
        _ => &line[boundary(line, line.len() - END)..],
    };
    without_addresses(&format!("{start}…{end}"))
}

fn boundary(text: &str, near: usize) -> usize {
    (0..=near)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}

/// Kubernetes 1.20 says pointers as they are, so that the same refusal reads differently each time.
fn without_addresses(text: &str) -> String {
    let mut parts = text.split("(0x");
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        kept.push_str("(…");
        kept.push_str(part.trim_start_matches(|c: char| c.is_ascii_hexdigit()));
    }
    kept
}

/// What helps if an update was refused because of what it changes; `None` if it was not, or the strategy does that
/// already.
pub(super) fn advice(kind: &K8sType, strategy: UpdateStrategy, causes: &[Cause]) -> Option<String> {
    let updates = matches!(strategy, UpdateStrategy::Apply | UpdateStrategy::Replace);
    if !updates || !causes.iter().any(Cause::is_of_change) {
        return None;
    }
    let recreate = "`ChildConfig::recreate()`";
    let name = kind.kind;
    Some(match (kind.group(), name) {
        ("", "PersistentVolumeClaim") => format!(
            "no update can change that; {recreate} would delete the claim with its data: give a changed claim a name of its own"
        ),
        ("", "ConfigMap" | "Secret") => format!(
            "no update can change that: give a changed {name} a name of its own, or declare {name} with {recreate}"
        ),
        _ => format!(
            "no update can change that: declare {name} with {recreate} to have it deleted and made anew"
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::{
        apps::v1::Deployment,
        core::v1::{ConfigMap, PersistentVolumeClaim},
    };

    fn cause(field: &str, message: &str) -> Cause {
        Cause {
            reason: String::new(),
            field: field.into(),
            message: message.into(),
        }
    }

    #[test]
    fn each_cause_is_said_with_its_field_and_there_are_few() {
        let causes: Vec<Cause> = (0..7)
            .map(|i| cause(&format!("spec.a{i}"), "Required value"))
            .collect();
        assert_eq!(
            told(&causes[..2]).unwrap(),
            "spec.a0: Required value; spec.a1: Required value"
        );
        assert!(told(&causes).unwrap().ends_with("; and 2 more"));
        assert_eq!(told(&[cause("metadata.uid", "")]).unwrap(), "metadata.uid");
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn a_dumped_value_is_left_out_and_what_is_wrong_with_it_is_not() {
        let dump = format!(
            "Invalid value: core.PodTemplateSpec{{ObjectMeta:v1.ObjectMeta{{Name:\"{}\"}}}}: field is immutable",
            "é".repeat(2_000)
        );
        assert_eq!(
            told(&[cause("spec.template", &dump)]).unwrap(),
            "spec.template: Invalid value: core.PodTemplateSpec{ObjectMeta:v1.ObjectMeta…: field is immutable"
        );
        let endless = format!("Invalid value: {}", "a".repeat(4_000));
        assert!(told(&[cause("spec", &endless)]).unwrap().len() < LONGEST);
    }

    #[test]
    fn a_difference_in_lines_of_its_own_is_left_out() {
        let message = "Forbidden: spec is immutable after creation\n@@ -10,7 +10,7 @@\n-  \"x\"";
        assert_eq!(
            told(&[cause("spec", message)]).unwrap(),
            "spec: Forbidden: spec is immutable after creation"
        );
    }

    #[test]
    fn an_address_of_the_servers_memory_does_not_make_a_new_text() {
        let message = |at: &str| format!("Invalid value: x{{A:(*int64)(0x{at})}}: no");
        let [one, other] = ["c0001f", "c000123450"].map(|at| told(&[cause("a", &message(at))]));
        assert_eq!(one, other);
        assert_eq!(one.unwrap(), "a: Invalid value: x{A:(*int64)(…)}: no");
    }

    /// The answers of 1.37 and of 1.20.
    #[test]
    fn what_can_not_be_changed_is_known_from_how_servers_say_it() {
        for message in [
            r#"Invalid value: {"matchLabels":{"app":"b"}}: field is immutable"#,
            r#"Invalid value: ["None"]: may not change once set"#,
            "Forbidden: field is immutable when `immutable` is set",
            "Forbidden: spec is immutable after creation except resources.requests for bound claims",
            "Forbidden: field can not be less than previous value",
            "Forbidden: may not be changed in an update.",
            "Forbidden: updates to statefulset spec for fields other than 'replicas', 'template', and 'updateStrategy' are forbidden",
            "Forbidden: updates to provisioner are forbidden.",
            "Forbidden: pod updates may not change fields other than `spec.containers[*].image`",
            r#"Invalid value: rbac.RoleRef{Name:"b"}: cannot change roleRef"#,
            r#"Invalid value: "y": failed rule: self == oldSelf"#,
        ] {
            assert!(cause("spec", message).is_of_change(), "{message}");
        }
        for message in [
            r#"Unsupported value: "Never": supported values: "Always""#,
            "Required value",
            "Invalid value: 9: spec.n in body should be less than or equal to 5",
        ] {
            assert!(!cause("spec", message).is_of_change(), "{message}");
        }
    }

    #[test]
    fn a_strategy_is_advised_only_where_it_would_help() {
        let immutable = [cause(
            "spec.selector",
            "Invalid value: {}: field is immutable",
        )];
        let advised = |strategy| advice(Deployment, strategy, &immutable);
        for strategy in [UpdateStrategy::Apply, UpdateStrategy::Replace] {
            assert_eq!(
                advised(strategy).unwrap(),
                "no update can change that: declare Deployment with `ChildConfig::recreate()` to have it deleted and made anew"
            );
        }
        assert_eq!(advised(UpdateStrategy::Recreate), None);
        assert_eq!(advised(UpdateStrategy::OnDelete), None);
        let wrong = [cause(
            "spec.replicas",
            "Invalid value: -1: must be positive",
        )];
        assert_eq!(advice(Deployment, UpdateStrategy::Apply, &wrong), None);
    }

    #[test]
    fn nobody_is_led_to_delete_data() {
        let immutable = [cause("spec", "Forbidden: spec is immutable after creation")];
        let claim = advice(PersistentVolumeClaim, UpdateStrategy::Apply, &immutable).unwrap();
        assert!(claim.contains("would delete the claim with its data"));
        let map = advice(ConfigMap, UpdateStrategy::Apply, &immutable).unwrap();
        assert!(map.contains("a name of its own, or"), "{map}");
    }
}
