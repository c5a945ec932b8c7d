//! [`Sent`]: a child as an apply sends it, written straight from what is desired, which is not copied for it.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::engine::desired::DesiredChild;

/// A child with more fields in its metadata than the handler said.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    body: &'a Value,
    more: Vec<(&'static str, &'a str)>,
}

impl<'a> Sent<'a> {
    pub(super) fn new(child: &'a DesiredChild) -> Self {
        Self {
            body: &child.body,
            more: Vec::new(),
        }
    }

    /// The same, with a field in its metadata.
    pub(super) fn with(mut self, name: &'static str, value: &'a str) -> Self {
        self.more.push((name, value));
        self
    }
}

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.body else {
            return self.body.serialize(serializer);
        };
        serializer.collect_map(fields.iter().map(|(name, value)| match value {
            Value::Object(metadata) if name == "metadata" => {
                (name, Field::Metadata(metadata, &self.more))
            }
            value => (name, Field::Plain(value)),
        }))
    }
}

enum Field<'a> {
    Metadata(&'a Map<String, Value>, &'a [(&'static str, &'a str)]),
    Plain(&'a Value),
}

impl Serialize for Field<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Plain(value) => value.serialize(serializer),
            Self::Metadata(fields, more) => {
                let own = fields.iter().filter(|(name, _)| {
                    let name = name.as_str();
                    more.iter().all(|(other, _)| *other != name)
                });
                let own = own.map(|(name, value)| (name.as_str(), Text::Own(value)));
                let more = more.iter().map(|(name, value)| (*name, Text::More(value)));
                serializer.collect_map(own.chain(more))
            }
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Own(&'a Value),
    More(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{engine::index::KindId, object::ObjectKey};
    use serde_json::json;

    #[test]
    fn what_is_added_takes_the_place_of_what_was_there_and_all_else_stays() {
        let child = DesiredChild {
            kind: KindId(1),
            key: ObjectKey::new(None, "a"),
            body: json!({"data": {"metadata": {"uid": "data"}}, "metadata": {"name": "a", "uid": "old"}}),
            digest: String::new(),
        };
        let sent = Sent::new(&child)
            .with("uid", "u")
            .with("resourceVersion", "1");
        assert_eq!(
            serde_json::to_value(&sent).unwrap(),
            json!({"data": {"metadata": {"uid": "data"}},
                "metadata": {"name": "a", "uid": "u", "resourceVersion": "1"}})
        );
    }
}
