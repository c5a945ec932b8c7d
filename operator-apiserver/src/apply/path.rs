//! [`Element`]: one step of a field's path, ordered and written as structured-merge-diff does.

use std::{borrow::Cow, cmp::Ordering, fmt};

use serde_json::Value;

use super::{
    json_text,
    value::{compare, human},
};

/// How a field is found in what contains it.
#[derive(Clone, Debug)]
pub(super) enum Element<'a> {
    /// By its name in an object: `f:name`.
    Field(&'a str),
    /// By the keys of an item of a list-type map, sorted by their names: `k:{"name":"a"}`.
    Key(Vec<(Cow<'a, str>, Cow<'a, Value>)>),
    /// By the value of an item of a set: `v:"a"`.
    Item(Cow<'a, Value>),
    /// By its place in a list: `i:0`.
    Index(i64),
}

impl<'a> Element<'a> {
    /// Reads a key of `FieldsV1`; `None` for a kind of element that is not known (yet).
    pub(super) fn parse(text: &'a str) -> Result<Option<Self>, String> {
        if text.len() < 2 {
            return Err("key must be 2 characters long:".to_owned());
        }
        if text.as_bytes()[1] != b':' {
            return Err(format!("missing colon: {text}"));
        }
        let rest = &text[2..];
        let unreadable = |error: serde_json::Error| format!("parsing key as path element: {error}");
        Ok(Some(match text.as_bytes()[0] {
            b'f' => Self::Field(rest),
            b'k' => {
                let keys: serde_json::Map<String, Value> =
                    serde_json::from_str(rest).map_err(unreadable)?;
                let keys = keys.into_iter();
                Self::Key(keys.map(|(k, v)| (Cow::Owned(k), Cow::Owned(v))).collect())
            }
            b'v' => Self::Item(Cow::Owned(serde_json::from_str(rest).map_err(unreadable)?)),
            b'i' => Self::Index(rest.parse().map_err(|_| format!("no index: {rest}"))?),
            _ => return Ok(None),
        }))
    }

    /// The key of `FieldsV1`.
    pub(super) fn to_key(&self) -> String {
        match self {
            Self::Field(name) => {
                let mut text = String::with_capacity(name.len() + 2);
                text.push_str("f:");
                text.push_str(name);
                text
            }
            Self::Key(keys) => {
                let mut text = "k:{".to_owned();
                for (i, (name, value)) in keys.iter().enumerate() {
                    if i > 0 {
                        text.push(',');
                    }
                    json_text::push_name(&mut text, name);
                    text.push(':');
                    json_text::push_value(&mut text, value);
                }
                text.push('}');
                text
            }
            Self::Item(value) => {
                let mut text = "v:".to_owned();
                json_text::push_value(&mut text, value);
                text
            }
            Self::Index(index) => format!("i:{index}"),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Item(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

impl Ord for Element<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(a), Self::Field(b)) => a.cmp(b),
            (Self::Key(a), Self::Key(b)) => {
                for ((name, value), (other_name, other_value)) in a.iter().zip(b) {
                    let order = name.cmp(other_name);
                    let order = order.then_with(|| compare(value, other_value));
                    if order.is_ne() {
                        return order;
                    }
                }
                a.len().cmp(&b.len())
            }
            (Self::Item(a), Self::Item(b)) => compare(a, b),
            (Self::Index(a), Self::Index(b)) => a.cmp(b),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Element<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Element<'_> {}

/// As in error messages: `.name`, `[name="a"]`, `[="a"]`, `[0]`.
impl fmt::Display for Element<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Key(keys) => {
                f.write_str("[")?;
                for (i, (name, value)) in keys.iter().enumerate() {
                    let comma = if i > 0 { "," } else { "" };
                    write!(f, "{comma}{name}={}", human(value))?;
                }
                f.write_str("]")
            }
            Self::Item(value) => write!(f, "[={}]", human(value)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(text: &str) -> Element<'_> {
        Element::parse(text).unwrap().unwrap()
    }

    #[test]
    fn elements_are_written_as_the_server_writes_them() {
        for text in [
            "f:name",
            "f:a.b/c",
            r#"k:{"containerPort":80,"protocol":"TCP"}"#,
            r#"v:"a\u0026b""#,
            r#"v:"\u003c\u003e\u2028é\n""#,
            "v:-1",
            "v:1.5",
            "v:true",
            "i:3",
        ] {
            assert_eq!(element(text).to_key(), text);
        }
    }

    #[test]
    fn the_keys_of_an_item_are_sorted_by_name() {
        let element = element(r#"k:{"b":1,"a":"x"}"#);
        assert_eq!(element.to_key(), r#"k:{"a":"x","b":1}"#);
        assert_eq!(element.to_string(), r#"[a="x",b=1]"#);
    }

    #[test]
    fn elements_of_a_kind_that_is_not_known_are_skipped() {
        assert_eq!(Element::parse("x:future").unwrap(), None);
    }

    #[test]
    fn what_is_no_element_is_an_error() {
        for text in ["", "f", "name", "v:", "v:{", "k:[]", "k:{}x", "i:x"] {
            assert!(Element::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn fields_come_before_keys_before_items_and_numbers_are_ordered_by_value() {
        let texts = [
            "f:a",
            "f:b",
            r#"k:{"port":9}"#,
            r#"k:{"port":80}"#,
            r#"k:{"port":80,"x":1}"#,
            "v:2",
            "v:10",
            r#"v:"1""#,
            "v:false",
            "v:true",
            "i:0",
        ];
        for pair in texts.windows(2) {
            assert!(element(pair[0]) < element(pair[1]), "{pair:?}");
        }
        assert_eq!(element("v:1"), element("v:1.0"));
    }
}
