//! [`decode_body`]: JSON or YAML as a value, with the fields that stood twice.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value, map::Entry};
use serde_saphyr::{Spanned, options::DuplicateKeyPolicy};

/// How many fields of JSON that stand twice are told: the server stops there.
const MAX_DUPLICATES: usize = 100;

/// What aliases of YAML may bring at least, and at most.
const MIN_REPLAYS: usize = 1_000;
const MAX_REPLAYS: usize = 400_000;

/// What a body holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Body {
    /// The value; of a field that stands twice the last one counts.
    pub(crate) value: Value,
    /// The fields that stand twice: of JSON the first hundred, each once; of YAML every repetition.
    pub(crate) duplicates: Vec<Duplicate>,
}

/// A field that stands twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Duplicate {
    /// In JSON: its path, such as `spec.x`.
    Field(String),
    /// In YAML: its key, and the line of its value, from 1.
    Line(u64, String),
}

/// The media type of a `Content-Type`, without parameters, in lower case.
#[must_use]
pub(crate) fn media_type(content_type: &str) -> String {
    let end = content_type.find(';').unwrap_or(content_type.len());
    content_type[..end].trim().to_ascii_lowercase()
}

/// Reads JSON, or YAML where `yaml` allows it and it is not JSON.
///
/// # Errors
/// The parser's words.
pub(crate) fn decode_body(bytes: &[u8], yaml: bool) -> Result<Body, String> {
    match serde_json::from_slice::<Node<false>>(bytes) {
        Ok(node) => Ok(node.into()),
        Err(_) if yaml => decode_yaml(bytes),
        Err(error) if error.is_eof() => Err("unexpected end of JSON input".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

/// Reads a body of a media type that holds JSON or YAML; `None` for the others. It may take long.
#[must_use]
pub(crate) fn read_ahead(content_type: &str, bytes: &[u8]) -> Option<Result<Body, String>> {
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

/// Reads YAML.
///
/// # Errors
/// The parser's words.
pub(crate) fn decode_yaml(bytes: &[u8]) -> Result<Body, String> {
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: replays(text) },
    };
    let node: Result<Node<true>, _> = serde_saphyr::from_str_with_options(text, options);
    node.map(Body::from).map_err(|error| {
        if is_excessive(&error) {
            "yaml: document contains excessive aliasing".to_owned()
        } else {
            in_one_line(&error.to_string())
        }
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

/// A value, and the fields in it that stand twice, in YAML or in JSON.
#[derive(Default)]
struct Node<const YAML: bool> {
    value: Value,
    duplicates: Vec<Duplicate>,
}

impl<const YAML: bool> From<Node<YAML>> for Body {
    fn from(node: Node<YAML>) -> Self {
        let Node { value, duplicates } = node;
        Self { value, duplicates }
    }
}

impl<'de, const YAML: bool> Deserialize<'de> for Node<YAML> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor<const YAML: bool>;

/// The next field of a mapping: its key, its value, and the line of that in YAML.
type Field<const YAML: bool> = (String, Node<YAML>, u64);

fn next_field<'de, const YAML: bool, A: MapAccess<'de>>(
    access: &mut A,
) -> Result<Option<Field<YAML>>, A::Error> {
    if YAML {
        let Some(Key(key)) = access.next_key()? else {
            return Ok(None);
        };
        let value: Spanned<Node<YAML>> = access.next_value()?;
        let line = value.referenced.line();
        return Ok(Some((key, value.value, line)));
    }
    let entry = access.next_entry::<Key, Node<YAML>>()?;
    Ok(entry.map(|(Key(key), value)| (key, value, 0)))
}

impl<const YAML: bool> Node<YAML> {
    fn of(value: impl Into<Value>) -> Self {
        Self {
            value: value.into(),
            duplicates: Vec::new(),
        }
    }

    /// Takes over what stands twice in a part of it, which is at `place`.
    fn take_duplicates(&mut self, part: &mut Vec<Duplicate>, place: fmt::Arguments<'_>) {
        // Hardly ever there are any: no place is written for nothing.
        if part.is_empty() {
            return;
        }
        let place = place.to_string();
        let taken = if YAML {
            part.len()
        } else {
            MAX_DUPLICATES.saturating_sub(self.duplicates.len())
        };
        let part = part.drain(..).take(taken).map(|twice| match twice {
            Duplicate::Field(path) if path.starts_with('[') => {
                Duplicate::Field(format!("{place}{path}"))
            }
            Duplicate::Field(path) => Duplicate::Field(format!("{place}.{path}")),
            line @ Duplicate::Line(..) => line,
        });
        self.duplicates.extend(part);
    }

    fn add_duplicate(&mut self, key: &str, line: u64) {
        if YAML {
            self.duplicates.push(Duplicate::Line(line, key.to_owned()));
            return;
        }
        let twice = Duplicate::Field(key.to_owned());
        if self.duplicates.len() < MAX_DUPLICATES && !self.duplicates.contains(&twice) {
            self.duplicates.push(twice);
        }
    }
}

impl<'de, const YAML: bool> Visitor<'de> for NodeVisitor<YAML> {
    type Value = Node<YAML>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node<YAML>, E> {
        Ok(Node::of(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node<YAML>, E> {
        Ok(Node::of(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node<YAML>, E> {
        Ok(Node::of(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node<YAML>, E> {
        Ok(Node::of(
            Number::from_f64(value).map_or(Value::Null, Value::Number),
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node<YAML>, E> {
        Ok(Node::of(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Node<YAML>, E> {
        Ok(Node::of(value))
    }

    fn visit_unit<E>(self) -> Result<Node<YAML>, E> {
        Ok(Node::default())
    }

    fn visit_none<E>(self) -> Result<Node<YAML>, E> {
        Ok(Node::default())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node<YAML>, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node<YAML>, A::Error> {
        let (mut node, mut items) = (Node::default(), Vec::new());
        while let Some(mut item) = access.next_element::<Node<YAML>>()? {
            node.take_duplicates(&mut item.duplicates, format_args!("[{}]", items.len()));
            items.push(item.value);
        }
        node.value = items.into();
        Ok(node)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node<YAML>, A::Error> {
        let (mut node, mut fields) = (Node::default(), Map::new());
        while let Some((key, mut part, line)) = next_field::<YAML, _>(&mut access)? {
            node.take_duplicates(&mut part.duplicates, format_args!("{key}"));
            match fields.entry(key) {
                Entry::Vacant(entry) => {
                    entry.insert(part.value);
                }
                Entry::Occupied(mut entry) => {
                    node.add_duplicate(entry.key(), line);
                    entry.insert(part.value);
                }
            }
        }
        node.value = fields.into();
        Ok(node)
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
    use std::fmt::Write as _;

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
        let told = ["data.x", "list[1].a"].map(|path| Duplicate::Field(path.to_owned()));
        assert_eq!(body.duplicates, told);
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
    fn every_repetition_of_a_key_in_yaml_is_told_with_the_line_of_its_value() {
        let yaml = b"a: 1\nb:\n  c: 1\n  c: 2\n  c: 3\na:\n  x: {y: 1, y: 2}\n";
        let body = decode_body(yaml, true).unwrap();
        assert_eq!(body.value, json!({"a": {"x": {"y": 2}}, "b": {"c": 3}}));
        let told = [(4, "c"), (5, "c"), (7, "y"), (7, "a")];
        let told = told.map(|(line, key)| Duplicate::Line(line, key.to_owned()));
        assert_eq!(body.duplicates, told);
    }

    #[test]
    fn a_hundred_fields_of_json_that_stand_twice_are_told() {
        let twice = |name: &str| -> String {
            let fields = (0..70).map(|i| format!(r#""{name}{i}":1,"{name}{i}":2"#));
            fields.collect::<Vec<_>>().join(",")
        };
        let json = format!(r#"{{"a":{{{}}},"b":[{{{}}}]}}"#, twice("x"), twice("y"));
        let told = decode_body(json.as_bytes(), false).unwrap().duplicates;
        assert_eq!(told.len(), 100);
        assert_eq!(told[0], Duplicate::Field("a.x0".to_owned()));
        assert_eq!(told[99], Duplicate::Field("b[0].y29".to_owned()));
    }

    #[test]
    fn aliases_may_repeat_but_not_explode() {
        let body = decode_body(b"a: &a [1, 2]\nb: [*a, *a]\n", true).unwrap();
        assert_eq!(body.value["b"], json!([[1, 2], [1, 2]]));
        let mut bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (name, last) in ('b'..='i').zip('a'..) {
            let nine = vec![format!("*{last}"); 9].join(", ");
            _ = writeln!(bomb, "{name}: &{name} [{nine}]");
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
