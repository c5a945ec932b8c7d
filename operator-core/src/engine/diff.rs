//! Comparing by value: whether an object holds everything that was asked for, whatever the server added.

use serde_json::{Map, Number, Value};

/// Whether `observed` holds everything that `desired` says.
///
/// Fields that only `observed` has are the server's or others' and do not count. Items of a list are matched
/// by their key (`name` and its like) where all have one, else by position. Quantities are equal where their
/// amounts are (`1000m` and `1`), if they stand where quantities do: elsewhere these are two texts. A `false` may be wrong, where
/// the server normalised what it was sent: one dry run then decides. A `true` is right but for additions to a list with keys:
/// whether these are anybody's business the schema says, which is not at hand.
pub(crate) fn covers(desired: &Value, observed: &Value) -> bool {
    let how = How {
        quantities: false,
        adds: true,
    };
    covers_in(desired, observed, how)
}

/// The same, with every list as long and in the order as it is desired, and nothing left out that is desired empty.
pub(crate) fn is_same(desired: &Value, observed: &Value) -> bool {
    let how = How {
        quantities: false,
        adds: false,
    };
    covers_in(desired, observed, how)
}

/// How two values are compared.
#[derive(Clone, Copy)]
struct How {
    /// Whether they stand where quantities do.
    quantities: bool,
    /// Whether a list with keys may have more, and what is empty may be absent.
    adds: bool,
}

/// Where two values differ: `spec.template.spec.containers[0].image`. A field that only one of them has is told by what it is
/// in, since the names in a map may be others each time.
pub(crate) fn differing(a: &Value, b: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    differ_in(a, b, "", &mut paths);
    paths
}

fn differ_in(a: &Value, b: &Value, path: &str, paths: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            let dot = if path.is_empty() { "" } else { "." };
            for (name, value) in a {
                if let Some(other) = b.get(name) {
                    differ_in(value, other, &format!("{path}{dot}{name}"), paths);
                }
            }
            if a.len() != b.len() || a.keys().any(|name| !b.contains_key(name)) {
                paths.push(path.into());
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (a, b)) in a.iter().zip(b).enumerate() {
                differ_in(a, b, &format!("{path}[{at}]"), paths);
            }
        }
        _ if a != b => paths.push(path.into()),
        _ => {}
    }
}

/// The fields of Kubernetes' own types that hold quantities, or maps of them.
const QUANTITIES: &[&str] = &[
    "limits",
    "requests",
    "capacity",
    "hard",
    "overhead",
    "sizeLimit",
    "divisor",
    "averageValue",
];

fn covers_in(desired: &Value, observed: &Value, how: How) -> bool {
    match (desired, observed) {
        (Value::Object(desired), Value::Object(observed)) => desired.iter().all(|(name, value)| {
            let how = How {
                quantities: how.quantities || QUANTITIES.contains(&name.as_str()),
                ..how
            };
            observed.get(name).map_or_else(
                || value.is_null() || how.adds && is_empty(value),
                |found| covers_in(value, found, how),
            )
        }),
        (Value::Array(desired), Value::Array(observed)) => lists_cover(desired, observed, how),
        (Value::Number(desired), Value::Number(observed)) => same_number(desired, observed),
        _ => desired == observed || how.quantities && same_quantity(desired, observed),
    }
}

/// What the server drops on its way in: an absent field says the same.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The fields by which Kubernetes' own lists are keyed.
const KEYS: &[&[&str]] = &[
    &["containerPort", "protocol"],
    &["port", "protocol"],
    &["mountPath"],
    &["devicePath"],
    &["uid"],
    &["type"],
    &["name"],
    &["ip"],
    &["topologyKey", "whenUnsatisfiable"],
];

fn lists_cover(desired: &[Value], observed: &[Value], how: How) -> bool {
    let key = KEYS.iter().filter(|_| how.adds).find(|key| {
        let first = key[0];
        let has = |item: &Value| {
            item.get(first)
                .is_some_and(|key| !key.is_object() && !key.is_array())
        };
        desired.iter().all(has) && observed.iter().all(has)
    });
    match key {
        Some(key) if !desired.is_empty() => desired.iter().all(|item| {
            let is_it = |other: &Value| {
                key.iter().all(|field| {
                    item.get(field)
                        .is_none_or(|value| Some(value) == other.get(field))
                })
            };
            observed
                .iter()
                .any(|other| is_it(other) && covers_in(item, other, how))
        }),
        _ => {
            desired.len() == observed.len()
                && desired
                    .iter()
                    .zip(observed)
                    .all(|(a, b)| covers_in(a, b, how))
        }
    }
}

fn same_number(a: &Number, b: &Number) -> bool {
    a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
}

/// Whether two strings, or a string and a number, are the same Kubernetes quantity.
fn same_quantity(a: &Value, b: &Value) -> bool {
    match (quantity(a), quantity(b)) {
        (Some(a), Some(b)) => (a - b).abs() <= f64::EPSILON * a.abs().max(b.abs()),
        _ => false,
    }
}

fn quantity(value: &Value) -> Option<f64> {
    let text = match value {
        Value::Number(number) => return number.as_f64(),
        Value::String(text) => text,
        _ => return None,
    };
    let digits = text
        .find(|c: char| !c.is_ascii_digit() && !matches!(c, '.' | '+' | '-'))
        .unwrap_or(text.len());
    let (amount, suffix) = text.split_at(digits);
    let amount: f64 = amount.parse().ok()?;
    let factor = match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => 2_f64.powi(10),
        "Mi" => 2_f64.powi(20),
        "Gi" => 2_f64.powi(30),
        "Ti" => 2_f64.powi(40),
        "Pi" => 2_f64.powi(50),
        "Ei" => 2_f64.powi(60),
        exponent => {
            let power: i32 = exponent.strip_prefix(['e', 'E'])?.parse().ok()?;
            10_f64.powi(power)
        }
    };
    Some(amount * factor)
}

/// The merge patch (RFC 7386) that makes `to` of `from`; empty where they are equal.
pub(crate) fn merge_patch(
    from: &Map<String, Value>,
    to: &Map<String, Value>,
) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in to {
        match (from.get(name), value) {
            (Some(Value::Object(from)), Value::Object(to)) => {
                let inner = merge_patch(from, to);
                if !inner.is_empty() {
                    patch.insert(name.clone(), inner.into());
                }
            }
            (Some(Value::Number(from)), Value::Number(to)) if same_number(from, to) => {}
            (Some(from), to) if from == to => {}
            _ => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    for name in from.keys().filter(|name| !to.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch
}

/// `value` without the fields that are null: in a merge patch they mean absence.
pub(crate) fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(fields) => fields
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name, without_nulls(value)))
            .collect::<Map<_, _>>()
            .into(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_the_server_adds_does_not_count() {
        assert!(covers(
            &json!({"ports": [{"port": 80}], "labels": {}}),
            &json!({"ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}], "clusterIP": "10.0.0.1"})
        ));
        assert!(!covers(&json!({"replicas": 2}), &json!({"replicas": 3})));
        assert!(!covers(&json!({"replicas": 2}), &json!({})));
    }

    #[test]
    fn lists_with_keys_are_matched_by_them_and_others_by_position() {
        let observed = json!([{"name": "sidecar"}, {"name": "main", "image": "a"}]);
        assert!(covers(&json!([{"name": "main", "image": "a"}]), &observed));
        assert!(!covers(&json!([{"name": "main", "image": "b"}]), &observed));
        assert!(covers(&json!(["a", "b"]), &json!(["a", "b"])));
        assert!(!covers(&json!(["a"]), &json!(["a", "b"])));
        assert!(!covers(&json!([]), &json!(["a"])));
    }

    #[test]
    fn what_is_the_same_has_lists_as_they_are_desired_and_leaves_nothing_out() {
        let subject = |name: &str| json!({"kind": "User", "name": name});
        let desired = json!({"subjects": [subject("a"), subject("b")], "size": null});
        let of = |subjects: Value| json!({"subjects": subjects, "more": 1});
        assert!(is_same(&desired, &of(json!([subject("a"), subject("b")]))));
        for other in [
            json!([subject("a"), subject("b"), subject("c")]),
            json!([subject("b"), subject("a")]),
        ] {
            assert!(covers(&desired, &of(other.clone())) && !is_same(&desired, &of(other)));
        }
        let presence = json!({"tls": {}});
        assert!(covers(&presence, &json!({})) && !is_same(&presence, &json!({})));
    }

    #[test]
    fn where_two_values_differ_is_told_by_path() {
        let a = json!({"a": {"b": [1, {"c": 2}]}, "same": 3, "data": {"x1": 1}});
        let b = json!({"a": {"b": [1, {"c": 3}]}, "same": 3, "data": {"x2": 1}});
        assert_eq!(differing(&a, &b), ["a.b[1].c", "data"]);
        assert_eq!(differing(&a, &a), [""; 0]);
    }

    #[test]
    fn quantities_are_compared_by_amount() {
        let limit = |value: Value| json!({"resources": {"limits": {"cpu": value}}});
        for (a, b) in [
            ("1000m", "1"),
            ("1Gi", "1024Mi"),
            ("1e3", "1k"),
            ("0.5", "500m"),
        ] {
            assert!(covers(&limit(json!(a)), &limit(json!(b))), "{a} {b}");
        }
        assert!(covers(&limit(json!(1)), &limit(json!("1"))));
        assert!(!covers(&limit(json!("1")), &limit(json!("1m"))));
        assert!(!covers(&limit(json!("one")), &limit(json!("two"))));
        assert!(covers(&json!(1.0), &json!(1)));
    }

    #[test]
    fn what_only_looks_like_a_quantity_is_a_text() {
        let data = |text: &str| json!({"data": {"a": text}});
        assert!(!covers(&data("1000m"), &data("1")));
        assert!(!covers(&data("1.0"), &data("1")));
    }

    #[test]
    fn a_merge_patch_holds_what_changed_and_nulls_what_went() {
        let patch = |from: Value, to: Value| {
            Value::from(merge_patch(
                from.as_object().unwrap(),
                to.as_object().unwrap(),
            ))
        };
        assert_eq!(
            patch(
                json!({"a": 1, "b": {"c": 1, "d": 2}}),
                json!({"a": 1, "b": {"c": 3}})
            ),
            json!({"b": {"c": 3, "d": null}})
        );
        assert_eq!(patch(json!({"a": [1]}), json!({"a": [1]})), json!({}));
        assert_eq!(patch(json!({"a": 1}), json!({})), json!({"a": null}));
        assert_eq!(patch(json!({"a": 1}), json!({"a": 1.0})), json!({}));
    }
}
