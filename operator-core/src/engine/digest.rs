//! Digests of objects: equal for equal content, whatever the order of keys; the same in every process and version.

use serde_json::Value;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// The digest of a text that its writer keeps in one form, as the server does with `fieldsV1`.
pub(crate) fn of_text(text: &str) -> u64 {
    xxh3_64(text.as_bytes())
}

/// The digest of a value together with a word on what it is for: 128 bits as hex. It stands in an annotation, so its
/// form is for good.
pub(crate) fn of_value(purpose: &str, value: &Value) -> String {
    let mut hash = Xxh3::new();
    feed_len(&mut hash, b'[', 2);
    feed_text(&mut hash, b's', purpose);
    feed(&mut hash, value);
    format!("{:032x}", hash.digest128())
}

/// The digest of a value, for comparing within one process.
pub(crate) fn short(value: &Value) -> u64 {
    let mut hash = Xxh3::new();
    feed(&mut hash, value);
    hash.digest()
}

/// Every value is preceded by its type and, where it has one, its length, so that no two values feed the same bytes.
fn feed(hash: &mut Xxh3, value: &Value) {
    match value {
        Value::Null => hash.update(b"n"),
        Value::Bool(true) => hash.update(b"t"),
        Value::Bool(false) => hash.update(b"f"),
        Value::Number(number) => feed_text(hash, b'#', &number.to_string()),
        Value::String(text) => feed_text(hash, b's', text),
        Value::Array(items) => {
            feed_len(hash, b'[', items.len());
            for item in items {
                feed(hash, item);
            }
        }
        Value::Object(fields) => {
            feed_len(hash, b'{', fields.len());
            let mut each = |(name, value): (&String, &Value)| {
                feed_text(hash, b's', name);
                feed(hash, value);
            };
            // `serde_json` may be built to keep insertion order.
            if fields.keys().is_sorted() {
                fields.iter().for_each(each);
            } else {
                let mut fields: Vec<_> = fields.iter().collect();
                fields.sort_unstable_by_key(|(name, _)| *name);
                fields.into_iter().for_each(&mut each);
            }
        }
    }
}

fn feed_text(hash: &mut Xxh3, tag: u8, text: &str) {
    feed_len(hash, tag, text.len());
    hash.update(text.as_bytes());
}

fn feed_len(hash: &mut Xxh3, tag: u8, len: usize) {
    hash.update(&[tag]);
    hash.update(&(len as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_form_is_for_good() {
        // Children in clusters carry it: a change here resends every child of every operator once.
        assert_eq!(
            of_value("Apply", &json!({"b": [1, "x", null], "a": true})),
            of_value(
                "Apply",
                &serde_json::from_str(r#"{"a":true,"b":[1,"x",null]}"#).unwrap()
            )
        );
        assert_eq!(of_value("Apply", &json!({})),
            "5fa26002a7fce2f95e1446f6de4c81b2");
    }

    #[test]
    fn values_that_differ_in_shape_alone_differ() {
        let all = [
            json!("1"),
            json!(1),
            json!(["1"]),
            json!({"1": null}),
            json!([]),
            json!({}),
            json!(""),
            json!(null),
        ];
        for (i, a) in all.iter().enumerate() {
            for b in &all[..i] {
                assert_ne!(short(a), short(b), "{a} {b}");
            }
        }
    }
}
