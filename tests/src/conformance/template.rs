//! [`Variables`]: the names in braces that a case's texts are filled with.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// What `{name}` stands for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

impl Variables {
    pub(crate) fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// The text with every `{name}` replaced. Braces around anything that can't be a name stay as they are.
    ///
    /// # Errors
    /// Names the first variable that isn't set.
    pub(crate) fn fill(&self, text: &str) -> Result<String, String> {
        let (mut filled, mut rest) = (String::with_capacity(text.len()), text);
        while let Some(at) = rest.find('{') {
            let after = &rest[at + 1..];
            if let Some(name) = name_at(after) {
                let value = self
                    .0
                    .get(name)
                    .ok_or(format!("nothing is known as {{{name}}}"))?;
                filled.push_str(&rest[..at]);
                filled.push_str(value);
                rest = &after[name.len() + 1..];
            } else {
                filled.push_str(&rest[..=at]);
                rest = after;
            }
        }
        filled.push_str(rest);
        Ok(filled)
    }

    /// [`fill`](Self::fill) for every text in a value, keys included.
    pub(crate) fn fill_value(&self, value: &Value) -> Result<Value, String> {
        Ok(match value {
            Value::String(text) => Value::String(self.fill(text)?),
            Value::Array(items) => Value::Array(
                items
                    .iter()
                    .map(|item| self.fill_value(item))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(fields) => {
                let mut filled = Map::new();
                for (key, value) in fields {
                    filled.insert(self.fill(key)?, self.fill_value(value)?);
                }
                Value::Object(filled)
            }
            other => other.clone(),
        })
    }

    /// The other way round: a server's text with the names in place of what they stand for.
    pub(crate) fn unfill(&self, text: &str) -> String {
        // A short number would be found in other texts, too.
        let mut variables: Vec<_> = self.0.iter().filter(|(_, value)| value.len() > 3).collect();
        variables.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        variables
            .into_iter()
            .fold(text.to_owned(), |text, (name, value)| {
                text.replace(value, &format!("{{{name}}}"))
            })
    }
}

/// The name that ends at the first closing brace, if it is one.
fn name_at(text: &str) -> Option<&str> {
    let name = &text[..text.find('}')?];
    let mut characters = name.chars();
    let first = characters.next()?;
    let is_name = first.is_ascii_lowercase()
        && characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        variables.set("ns", "n1".to_owned());
        variables.set("run", "n".to_owned());
        variables
    }

    #[test]
    fn names_in_braces_are_replaced_in_texts_and_keys() {
        let value = json!({"{ns}": ["a-{ns}-{run}", 1]});
        assert_eq!(
            variables().fill_value(&value),
            Ok(json!({"n1": ["a-n1-n", 1]}))
        );
    }

    #[test]
    fn other_braces_stay() {
        for text in ["k:{\"name\":\"a\"}", "{}", "interface {}{", "a{5}", "{a b}"] {
            assert_eq!(variables().fill(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn an_unknown_name_is_an_error() {
        assert_eq!(
            variables().fill("{uid}"),
            Err("nothing is known as {uid}".to_owned())
        );
    }
}
