//! A JSON object as text: its fields as they stand, and put together again.

use std::{borrow::Cow, ops::Range};

use hashbrown::HashMap;

use super::scan::Scanner;
use crate::K8sType;

/// So few fields are looked through for one that is said again, without a hash for each.
const FEW: usize = 16;

/// The fields of a JSON object as they stand in its text.
#[derive(Debug, Default)]
pub(crate) struct Fields<'a>(pub(crate) Vec<(Cow<'a, str>, &'a str)>);

impl<'a> Fields<'a> {
    /// Reads the fields of an object. Of what is said twice the last counts, as with a map that is flattened.
    ///
    /// # Errors
    /// If it is no object.
    pub(crate) fn read(json: &'a str) -> Result<Self, serde_json::Error> {
        let mut scanner = Scanner::new(json);
        let fields = Self::scan(&mut scanner)?;
        scanner.end()?;
        Ok(fields)
    }

    /// Reads the fields of the object that begins here, as [`read`](Self::read) does.
    ///
    /// # Errors
    /// If none does.
    pub(super) fn scan(scanner: &mut Scanner<'a>) -> Result<Self, serde_json::Error> {
        let mut fields = Self::default();
        scanner.object(|scanner, name| {
            fields.0.push((name, scanner.pass()?));
            Ok::<_, serde_json::Error>(())
        })?;
        fields.keep_last();
        Ok(fields)
    }

    /// Drops what is said again later.
    pub(super) fn keep_last(&mut self) {
        let says_again = |at: usize, name| self.0[at + 1..].iter().any(|(later, _)| later == name);
        let mut names = self.0.iter().map(|(name, _)| name).enumerate();
        if self.0.len() <= FEW && !names.any(|(at, name)| says_again(at, name)) {
            return;
        }
        let names = self.0.iter().map(|(name, _)| name.clone());
        let last: HashMap<_, usize> = names.zip(0..).collect();
        let mut at = 0..;
        self.0
            .retain(|(name, _)| last.get(name).copied() == at.next());
    }

    /// The value of a field.
    pub(crate) fn get(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().find(|(field, _)| field == name);
        found.map(|(_, value)| *value)
    }

    /// Takes a field away.
    pub(crate) fn take(&mut self, name: &str) -> Option<&'a str> {
        let at = self.0.iter().position(|(field, _)| field == name)?;
        Some(self.0.remove(at).1)
    }

    /// How long their text is at most, where no name needs more escapes than it came with.
    pub(crate) fn length(&self) -> usize {
        let fields = self.0.iter();
        fields
            .map(|(name, value)| name.len() + value.len() + 4)
            .sum()
    }
}

/// A JSON object in the making.
#[derive(Debug)]
pub(crate) struct JsonObject(String);

impl JsonObject {
    /// One that has room for its kind, for the name `metadata`, and for so many bytes besides.
    pub(crate) fn of_kind(kind: &K8sType, bytes: usize) -> Self {
        let names = r#"{"apiVersion":"","kind":"","metadata":{},}"#.len();
        let length = names + kind.api_version.len() + kind.kind.len() + bytes;
        let mut text = String::with_capacity(length);
        text.push('{');
        Self(text)
    }

    /// Adds a field whose value is JSON already. Returns where the value begins.
    pub(crate) fn raw(&mut self, name: &str, value: &str) -> usize {
        self.name(name);
        let at = self.0.len();
        self.0.push_str(value);
        at
    }

    /// Adds a field whose value is a text.
    pub(crate) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    /// Adds fields as they stand.
    pub(crate) fn fields<'a>(&mut self, fields: impl Iterator<Item = &'a (Cow<'a, str>, &'a str)>) {
        for field in fields {
            self.field(field);
        }
    }

    /// Adds a field as it stands. Returns where its value is.
    pub(crate) fn field(&mut self, (name, value): &(Cow<'_, str>, &str)) -> Range<usize> {
        match name {
            // It came without escapes.
            Cow::Borrowed(name) => self.name(name),
            Cow::Owned(name) => {
                self.comma();
                self.quoted(name);
                self.0.push(':');
            }
        }
        let begin = self.0.len();
        self.0.push_str(value);
        begin..self.0.len()
    }

    /// Begins a field that is an object itself; [`end`](Self::end) ends it. Returns where its first field begins.
    pub(crate) fn begin(&mut self, name: &str) -> usize {
        self.name(name);
        self.0.push('{');
        self.0.len()
    }

    /// Ends the object that was begun last.
    pub(crate) fn end(&mut self) {
        self.0.push('}');
    }

    /// Ends it all. The text is copied to a place of its own length. One that was cut to it would leave a hole when it goes
    /// that the next of its kind, which begins longer, does not fit into: a third of the heap after each object has changed.
    pub(crate) fn finish(mut self) -> Box<str> {
        self.end();
        self.0.as_str().into()
    }

    /// A name without anything to escape, as all are that stand in this program.
    fn name(&mut self, name: &str) {
        self.comma();
        self.0.extend(["\"", name, "\":"]);
    }

    fn comma(&mut self) {
        if !self.0.ends_with('{') {
            self.0.push(',');
        }
    }

    fn quoted(&mut self, text: &str) {
        if text
            .bytes()
            .any(|byte| matches!(byte, b'"' | b'\\' | 0..0x20))
        {
            // It knows how to escape, and does not fail.
            self.0.push_str(&serde_json::Value::from(text).to_string());
        } else {
            self.0.extend(["\"", text, "\""]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::core::v1::ConfigMap;

    #[test]
    fn of_what_is_said_twice_the_last_counts_however_much_there_is() {
        for count in [1, FEW, FEW + 1, 100_000] {
            let said = (0..count).map(|number| format!(r#""{number}":1"#));
            let json = format!("{{\"0\":0,{},\"0\":2}}", said.collect::<Vec<_>>().join(","));
            let fields = Fields::read(&json).unwrap();
            assert_eq!(fields.0.len(), count);
            assert_eq!(fields.get("0"), Some("2"));
            assert_eq!(fields.0.last().unwrap().0, "0");
        }
    }

    #[test]
    fn an_object_in_an_object_begins_without_a_comma() {
        let mut object = JsonObject::of_kind(ConfigMap, 0);
        object.text("a", "x\"y");
        object.begin("b");
        assert_eq!(object.raw("c", "1"), 21);
        object.end();
        assert_eq!(&*object.finish(), r#"{"a":"x\"y","b":{"c":1}}"#);
    }
}
