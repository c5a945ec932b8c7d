//! The conditions of a CRD's status.

use serde_json::{Value, json};

/// What a condition says: its type, its status, the reason and the message.
pub(super) type Condition<'a> = (&'a str, &'a str, &'a str, &'a str);

/// Whether the condition of that type is there and `True`.
#[must_use]
pub(crate) fn is_true(definition: &Value, condition_type: &str) -> bool {
    find(definition, condition_type).is_some_and(|c| c["status"] == "True")
}

/// The condition of that type.
pub(super) fn find<'a>(definition: &'a Value, condition_type: &str) -> Option<&'a Value> {
    let conditions = definition["status"]["conditions"].as_array()?;
    conditions.iter().find(|c| c["type"] == condition_type)
}

/// Whether a condition says exactly that, whenever it began.
pub(super) fn says(existing: Option<&Value>, (_, status, reason, message): Condition<'_>) -> bool {
    existing
        .is_some_and(|c| c["status"] == status && c["reason"] == reason && c["message"] == message)
}

/// Writes a condition; its time is `now` if it is new or its status changed. `definition` is a whole CRD.
pub(super) fn set(definition: &mut Value, condition: Condition<'_>, now: &str) {
    let (condition_type, status, reason, message) = condition;
    let list = &mut definition["status"]["conditions"];
    if !list.is_array() {
        *list = json!([]);
    }
    let Value::Array(list) = list else { return };
    let new = |since: Value| {
        json!({
            "type": condition_type, "status": status, "lastTransitionTime": since,
            "reason": reason, "message": message,
        })
    };
    match list.iter_mut().find(|c| c["type"] == condition_type) {
        Some(existing) => {
            let since = &existing["lastTransitionTime"];
            let stays = existing["status"] == status && !since.is_null();
            *existing = new(if stays { since.clone() } else { now.into() });
        }
        None => list.push(new(now.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_keeps_its_time_while_its_status_stays() {
        let mut crd = json!({"status": {"conditions": null}});
        set(&mut crd, ("Ready", "False", "A", "a"), "t1");
        set(&mut crd, ("Ready", "False", "B", "b"), "t2");
        assert_eq!(
            crd["status"]["conditions"],
            json!([{"type": "Ready", "status": "False", "lastTransitionTime": "t1", "reason": "B", "message": "b"}])
        );
        set(&mut crd, ("Ready", "True", "C", "c"), "t3");
        assert_eq!(crd["status"]["conditions"][0]["lastTransitionTime"], "t3");
        assert!(is_true(&crd, "Ready"));
    }
}
