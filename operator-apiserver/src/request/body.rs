//! [`decode_body`]: JSON or YAML as a value, with the fields that stood twice.

use std::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, map::Entry};
use serde_saphyr::options::DuplicateKeyPolicy;

/// How many fields that stand twice are told: the server stops there, and more would cost their square.
const MAX_DUPLICATES: usize = 100;

/// What aliases of YAML may bring at least, and at most.
const MIN_REPLAYS: usize = 1_000;
const MAX_REPLAYS: usize = 400_000;

/// What a body holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    /// The value; of a field that stands twice the last one counts.
    pub value: Value,
    /// The fields that stand twice, each once, the first hundred of them; of YAML only the first.
    pub duplicates: Vec<Duplicate>,
}

/// A field that stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// Its path, such as `spec.x`; in YAML its key.
    pub path: String,
    /// Its line in YAML, from 1; 0 in JSON.
    pub line: usize,
}

/// The media type of a `Content-Type`, without parameters, in lower case.
#[must_use]
pub fn media_type(content_type: &str) -> String {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

/// Reads JSON, or YAML where `yaml` allows it and it is not JSON.
///
/// # Errors
/// The parser's words.
pub fn decode_body(bytes: &[u8], yaml: bool) -> Result<Body, String> {
    let mut duplicates = Vec::new();
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let parsed = Tracked {
        duplicates: &mut duplicates,
    }
    .deserialize(&mut json)
    .and_then(|value| json.end().map(|()| value));
    match parsed {
        Ok(value) => {
            let duplicates = duplicates
                .into_iter()
                .map(|path| Duplicate { path, line: 0 })
                .collect();
            Ok(Body { value, duplicates })
        }
        Err(_) if yaml => decode_yaml(bytes),
        Err(error) if error.is_eof() => Err("unexpected end of JSON input".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a body of a media type that holds JSON or YAML; `None` for the others. It may take long.
#[must_use]
pub fn read_ahead(content_type: &str, bytes: &[u8]) -> Option<Result<Body, String>> {
    let yaml = match media_type(content_type).as_str() {
        ""
        | "application/json"
        | "application/merge-patch+json"
        | "application/strategic-merge-patch+json" => false,
        "application/yaml"
        | "application/x-yaml"
        | "text/yaml"
        | "application/apply-patch+yaml" => true,
        _ => return None,
    };
    Some(decode_body(bytes, yaml))
}

fn decode_yaml(bytes: &[u8]) -> Result<Body, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let alias_limits = serde_saphyr::alias_limits! { max_total_replayed_events: replays(text) };
    let options = serde_saphyr::options! { alias_limits: alias_limits };
    let complaint = match serde_saphyr::from_str_with_options::<Value>(text, options) {
        Ok(value) => {
            return Ok(Body {
                value,
                duplicates: Vec::new(),
            });
        }
        Err(error) if is_excessive(&error) => {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        Err(error) => in_one_line(&error.to_string()),
    };
    let Some(twice) = duplicate_key(&complaint) else {
        return Err(complaint);
    };
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        alias_limits: alias_limits,
    };
    let value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| in_one_line(&error.to_string()))?;
    Ok(Body {
        value,
        duplicates: vec![twice],
    })
}

/// How much of a document may come from aliases. Go's parser takes 99 times what the document says itself, and less of
/// a large one; a node takes two bytes at least.
fn replays(text: &str) -> usize {
    (text.len() / 2)
        .saturating_mul(99)
        .clamp(MIN_REPLAYS, MAX_REPLAYS)
}

fn is_excessive(mut error: &serde_saphyr::Error) -> bool {
    use serde_saphyr::Error;
    while let Error::AliasError { error: inner, .. } | Error::WithSnippet { error: inner, .. } =
        error
    {
        error = inner;
    }
    matches!(
        error,
        Error::AliasReplayLimitExceeded { .. } | Error::AliasReplayStackDepthExceeded { .. }
    )
}

/// The key that a YAML parser complains of because it stands twice.
fn duplicate_key(complaint: &str) -> Option<Duplicate> {
    let (place, what) = complaint.split_once("duplicate mapping key: ")?;
    let path = what.split(',').next().unwrap_or_default().to_owned();
    let line = place
        .strip_prefix("yaml: line ")
        .and_then(|rest| rest.split(':').next());
    Some(Duplicate {
        path,
        line: line.and_then(|line| line.parse().ok()).unwrap_or(1),
    })
}

/// A YAML parser's complaint without the lines around it: `yaml: line 2: …`.
fn in_one_line(complaint: &str) -> String {
    let first = complaint.lines().next().unwrap_or_default();
    let first = first.strip_prefix("error: ").unwrap_or(first);
    let Some((place, what)) = first.split_once(": ") else {
        return format!("yaml: {first}");
    };
    let line = place
        .strip_prefix("line ")
        .and_then(|rest| rest.split(' ').next());
    match line {
        Some("1") => format!("yaml: {what}"),
        Some(line) => format!("yaml: line {line}: {what}"),
        None => format!("yaml: {first}"),
    }
}

/// A value, with an eye on the fields that stand twice.
struct Tracked<'a> {
    duplicates: &'a mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Tracked<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Tracked<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        loop {
            let known = self.duplicates.len();
            let Some(item) = access.next_element_seed(Tracked {
                duplicates: self.duplicates,
            })?
            else {
                return Ok(Value::Array(items));
            };
            let index = items.len();
            for path in &mut self.duplicates[known..] {
                *path = if path.starts_with('[') {
                    format!("[{index}]{path}")
                } else {
                    format!("[{index}].{path}")
                };
            }
            items.push(item);
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        while let Some(Key(key)) = access.next_key()? {
            let known = self.duplicates.len();
            let value = access.next_value_seed(Tracked {
                duplicates: self.duplicates,
            })?;
            for path in &mut self.duplicates[known..] {
                *path = if path.starts_with('[') {
                    format!("{key}{path}")
                } else {
                    format!("{key}.{path}")
                };
            }
            match fields.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(value);
                }
                Entry::Occupied(mut entry) => {
                    let key = entry.key();
                    if self.duplicates.len() < MAX_DUPLICATES && !self.duplicates.contains(key) {
                        self.duplicates.push(key.clone());
                    }
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(fields))
    }
}

struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a field's name")
            }

            fn visit_str<E: de::Error>(self, value: &str) -> Result<Key, E> {
                Ok(Key(value.to_owned()))
            }

            fn visit_string<E: de::Error>(self, value: String) -> Result<Key, E> {
                Ok(Key(value))
            }
        }
        deserializer.deserialize_string(KeyVisitor)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_of_two_fields_counts_and_both_are_told() {
        let body = decode_body(
            br#"{"data":{"x":"1","x":"2"},"list":[{},{"a":1,"a":2,"a":3}]}"#,
            false,
        )
        .unwrap();
        assert_eq!(
            body.value,
            json!({"data": {"x": "2"}, "list": [{}, {"a": 3}]})
        );
        let paths: Vec<&str> = body
            .duplicates
            .iter()
            .map(|twice| twice.path.as_str())
            .collect();
        assert_eq!(paths, ["data.x", "list[1].a"]);
    }

    #[test]
    fn yaml_is_read_where_it_is_allowed() {
        let yaml = b"a: [1, two]\nb:\n  c: true\n";
        assert_eq!(
            decode_body(yaml, true).unwrap().value,
            json!({"a": [1, "two"], "b": {"c": true}})
        );
        assert!(decode_body(yaml, false).is_err());
    }

    #[test]
    fn a_key_that_stands_twice_in_yaml_is_told_with_its_line() {
        let body = decode_body(b"a: 1\nb:\n  c: 1\n  c: 2\n", true).unwrap();
        assert_eq!(body.value, json!({"a": 1, "b": {"c": 2}}));
        assert_eq!(
            body.duplicates,
            [Duplicate {
                path: "c".to_owned(),
                line: 4
            }]
        );
    }

    #[test]
    fn aliases_may_repeat_but_not_explode() {
        let body = decode_body(b"a: &a [1, 2]\nb: [*a, *a]\n", true).unwrap();
        assert_eq!(body.value["b"], json!([[1, 2], [1, 2]]));
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, last) in ('b'..='i').zip('a'..) {
            let nine = vec![format!("*{last}"); 9].join(", ");
            bomb += &format!("{name}: &{name} [{nine}]\n");
        }
        let refused = decode_body(bomb.as_bytes(), true).unwrap_err();
        assert_eq!(refused, "yaml: document contains excessive aliasing");
    }

    #[test]
    fn what_is_read_ahead_is_json_or_yaml() {
        let read = |content_type: &str, text: &str| {
            read_ahead(content_type, text.as_bytes()).map(|read| read.is_ok())
        };
        assert_eq!(read("application/json; charset=utf-8", "{}"), Some(true));
        assert_eq!(read("application/merge-patch+json", "a: b"), Some(false));
        assert_eq!(read("application/apply-patch+yaml", "a: b"), Some(true));
        assert_eq!(read("application/json-patch+json", "[]"), None);
    }

    #[test]
    fn what_ends_too_early_is_told_as_such() {
        assert_eq!(
            decode_body(b"{\"a\":", false).unwrap_err(),
            "unexpected end of JSON input"
        );
    }

    proptest! {
        #[test]
        fn json_reads_as_serde_json_reads_it(text in ".{0,200}") {
            let ours = decode_body(text.as_bytes(), false).ok().map(|body| body.value);
            let theirs = serde_json::from_str::<Value>(&text).ok();
            prop_assert_eq!(ours, theirs);
        }

        #[test]
        fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_body(&bytes, true);
        }
    }
}
