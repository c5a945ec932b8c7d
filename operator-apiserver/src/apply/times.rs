//! [`ignore_new_times`]: a write that changes nothing but times in `managedFields` changes nothing.

use serde_json::Value;

/// Puts the times of `old` back into `new` where nothing else differs, so that the write is none and the
/// `resourceVersion` stays. Call it when `new` is as it would be stored (with the `resourceVersion` of `old`).
pub(crate) fn ignore_new_times(old: &Value, new: &mut Value) {
    let (Some(before), Some(after)) = (entries(old), entries(new)) else {
        return;
    };
    if before.is_empty() || before.len() != after.len() {
        return;
    }
    let mut pairs = before.iter().zip(after);
    let same_times = pairs.clone().all(|(a, b)| a.get("time") == b.get("time"));
    if same_times || !pairs.all(|(a, b)| same_except(a, b, &["time"])) {
        return;
    }
    if same_except(old, new, &["metadata", "managedFields"]) {
        let before = old["metadata"]["managedFields"].clone();
        new["metadata"]["managedFields"] = before;
    }
}

fn entries(object: &Value) -> Option<&Vec<Value>> {
    object.get("metadata")?.get("managedFields")?.as_array()
}

/// Whether two values differ at most in what stands at a path.
fn same_except(a: &Value, b: &Value, path: &[&str]) -> bool {
    let ([name, rest @ ..], Value::Object(a), Value::Object(b)) = (path, a, b) else {
        return path.is_empty() || a == b;
    };
    let others = |(key, _): &(&String, &Value)| key.as_str() != *name;
    a.iter().filter(others).eq(b.iter().filter(others))
        && match (a.get(*name), b.get(*name)) {
            (Some(a), Some(b)) => same_except(a, b, rest),
            _ => rest.is_empty(),
        }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(time: &str, data: &str, fields: &str) -> Value {
        let entry = json!({"manager": "m", "time": time, "fieldsV1": {fields: {}}});
        json!({"metadata": {"name": "a", "managedFields": [entry]}, "data": data})
    }

    #[test]
    fn new_times_alone_are_taken_back() {
        let old = object("1", "x", "f:a");
        let mut new = object("2", "x", "f:a");
        ignore_new_times(&old, &mut new);
        assert_eq!(new, old);
        // Also where an entry had none.
        let mut old = old;
        old["metadata"]["managedFields"][0]
            .as_object_mut()
            .unwrap()
            .remove("time");
        ignore_new_times(&old, &mut new);
        assert_eq!(new, old);
    }

    #[test]
    fn times_stay_new_if_anything_else_changed() {
        let old = object("1", "x", "f:a");
        for changed in [object("2", "y", "f:a"), object("2", "x", "f:b")] {
            let mut new = changed.clone();
            ignore_new_times(&old, &mut new);
            assert_eq!(new, changed);
        }
    }
}
