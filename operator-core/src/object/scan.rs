//! [`Scanner`]: takes JSON text apart without reading what is in it.
//!
//! Most of what comes from a server is passed over or kept as it stands. Where a value ends is all that has to be known of it,
//! and that takes a fraction of what a parser does, which looks into every escape and number.

use std::borrow::Cow;

use memchr::memchr2;
use serde::de::Error as _;
use serde_json::Error;

/// A place in a JSON text.
///
/// It sees to it that there are values where there have to be some, that strings end, and that as many brackets close as open.
/// What is in a value that it passes over may be anything else: that shows when the value is read.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

/// Reads the text of a string that is all there is.
///
/// # Errors
/// If it is no string.
pub(crate) fn text(json: &str) -> Result<Cow<'_, str>, Error> {
    let mut scanner = Scanner::new(json);
    let text = scanner.string()?;
    scanner.end()?;
    Ok(text)
}

/// The text of a field of an object, if it has it.
///
/// # Errors
/// If it is no object.
pub(crate) fn field<'a>(json: &'a str, name: &str) -> Result<Option<&'a str>, Error> {
    let mut found = None;
    Scanner::new(json).object(|scanner, field| {
        let value = scanner.pass()?;
        if field == name {
            found = Some(value);
        }
        Ok::<_, Error>(())
    })?;
    Ok(found)
}

impl<'a> Scanner<'a> {
    /// At the beginning of a text.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Goes through an object: `each` is called at each field's value, and has to pass it.
    ///
    /// # Errors
    /// If here is no object, or what `each` returns.
    pub(crate) fn object<E: From<Error>>(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), E>,
    ) -> Result<(), E> {
        self.begin(b'{', "a JSON object")?;
        if self.passes(b'}') {
            return Ok(());
        }
        loop {
            let name = self.string()?;
            self.begin(b':', "`:`")?;
            each(self, name)?;
            if self.passes(b'}') {
                return Ok(());
            }
            self.begin(b',', "`,` or `}`")?;
        }
    }

    /// Goes through a list: `each` is called at each item, and has to pass it. Null is a list of nothing.
    ///
    /// # Errors
    /// If here is no list, or what `each` returns.
    pub(crate) fn list<E: From<Error>>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> Result<(), E>,
    ) -> Result<(), E> {
        if self.byte() == Some(b'n') {
            return match self.pass()? {
                "null" => Ok(()),
                _ => Err(self.expected("a JSON list").into()),
            };
        }
        self.begin(b'[', "a JSON list")?;
        if self.passes(b']') {
            return Ok(());
        }
        loop {
            each(self)?;
            if self.passes(b']') {
                return Ok(());
            }
            self.begin(b',', "`,` or `]`")?;
        }
    }

    /// Passes the value that begins here, whatever it is, and returns its text.
    ///
    /// # Errors
    /// If none does, or if it does not end.
    pub(crate) fn pass(&mut self) -> Result<&'a str, Error> {
        self.noting(|this| match this.byte() {
            Some(b'"') => this.pass_string(),
            Some(b'{' | b'[') => this.pass_nested(),
            Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                let rest = &this.text.as_bytes()[this.at..];
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t');
                this.at += rest.iter().position(ends).unwrap_or(rest.len());
                Ok(())
            }
            _ => Err(this.expected("a value")),
        })
        .map(|(text, ())| text)
    }

    /// Passes a value by `read`, and returns its text as well.
    ///
    /// # Errors
    /// What `read` returns.
    pub(crate) fn noting<T, E>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, E>,
    ) -> Result<(&'a str, T), E> {
        self.byte();
        let begin = self.at;
        let read = read(self)?;
        Ok((&self.text[begin..self.at], read))
    }

    /// Reads the string that begins here. It is copied if it holds an escape.
    ///
    /// # Errors
    /// If none does.
    pub(crate) fn string(&mut self) -> Result<Cow<'a, str>, Error> {
        if self.byte() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let (quoted, ()) = self.noting(Self::pass_string)?;
        if quoted.contains('\\') {
            return serde_json::from_str(quoted).map(Cow::Owned);
        }
        Ok(Cow::Borrowed(&quoted[1..quoted.len() - 1]))
    }

    /// Sees to it that nothing more comes.
    ///
    /// # Errors
    /// If something does.
    pub(crate) fn end(&mut self) -> Result<(), Error> {
        match self.byte() {
            None => Ok(()),
            Some(_) => Err(self.expected("the end")),
        }
    }

    /// Passes the string that begins here.
    fn pass_string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let Some(found) = memchr2(b'"', b'\\', rest) else {
                self.at = self.text.len();
                return Err(self.expected("the end of a string"));
            };
            self.at += found + 1;
            if rest[found] == b'"' {
                return Ok(());
            }
            // Whatever is escaped, its first byte does not end the string.
            self.at = self.text.len().min(self.at + 1);
        }
    }

    /// Passes the object or list that begins here.
    fn pass_nested(&mut self) -> Result<(), Error> {
        let mut depth = 0;
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            let mark = |byte: &u8| matches!(byte, b'"' | b'{' | b'}' | b'[' | b']');
            let Some(found) = rest.iter().position(mark) else {
                self.at = self.text.len();
                return Err(self.expected("`}` or `]`"));
            };
            self.at += found;
            match rest[found] {
                b'"' => {
                    self.pass_string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                _ => depth -= 1,
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
    }

    /// Passes a mark that has to be here.
    fn begin(&mut self, mark: u8, wanted: &str) -> Result<(), Error> {
        if self.passes(mark) {
            Ok(())
        } else {
            Err(self.expected(wanted))
        }
    }

    fn passes(&mut self, mark: u8) -> bool {
        let is_here = self.byte() == Some(mark);
        self.at += usize::from(is_here);
        is_here
    }

    /// The byte that comes next, after what is nothing.
    fn byte(&mut self) -> Option<u8> {
        let rest = &self.text.as_bytes()[self.at..];
        let nothing = |byte: &u8| matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        self.at += rest.iter().take_while(|byte| nothing(byte)).count();
        self.text.as_bytes().get(self.at).copied()
    }

    fn expected(&self, wanted: &str) -> Error {
        Error::custom(format!("expected {wanted} at byte {}", self.at))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn fields(json: &str) -> Result<Vec<(String, String)>, Error> {
        let mut fields = Vec::new();
        let mut scanner = Scanner::new(json);
        scanner.object(|scanner, name| {
            fields.push((name.into_owned(), scanner.pass()?.to_owned()));
            Ok::<_, Error>(())
        })?;
        scanner.end()?;
        Ok(fields)
    }

    #[test]
    fn values_are_passed_as_they_stand() {
        let json = r#" { "a" : [1, {"b]": "}\\"}] , "\u0022" : "\"" ,"c":-1.5e3,"d":null } "#;
        let told = fields(json).unwrap();
        let told: Vec<_> = told
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        assert_eq!(
            told,
            [
                ("a", r#"[1, {"b]": "}\\"}]"#),
                ("\"", r#""\"""#),
                ("c", "-1.5e3"),
                ("d", "null"),
            ]
        );
        assert_eq!(fields(" {} ").unwrap(), []);
    }

    #[test]
    fn what_does_not_end_or_goes_on_is_an_error_that_says_where() {
        for (json, told) in [
            ("", "expected a JSON object at byte 0"),
            ("<html>", "expected a JSON object at byte 0"),
            ("{", "expected a string at byte 1"),
            (r#"{"a"}"#, "expected `:` at byte 4"),
            (r#"{"a":}"#, "expected a value at byte 5"),
            (r#"{"a":1 2}"#, "expected `,` or `}` at byte 7"),
            (r#"{"a":1,}"#, "expected a string at byte 7"),
            (r#"{"a":"1"#, "expected the end of a string at byte 7"),
            (r#"{"a":"1\"#, "expected the end of a string at byte 8"),
            (r#"{"a":[1"#, "expected `}` or `]` at byte 7"),
            (r#"{"a":1} ,"#, "expected the end at byte 8"),
        ] {
            assert_eq!(fields(json).unwrap_err().to_string(), told, "{json}");
        }
    }

    #[test]
    fn a_list_is_gone_through_item_by_item_and_null_is_an_empty_one() {
        let items = |json| {
            let mut items = Vec::new();
            let mut scanner = Scanner::new(json);
            let read = scanner.list(|scanner| {
                items.push(scanner.pass()?);
                Ok::<_, Error>(())
            });
            read.map(|()| items).map_err(|error| error.to_string())
        };
        assert_eq!(items(r#"[ 1,"a" ,[]]"#).unwrap(), ["1", "\"a\"", "[]"]);
        assert_eq!(items("[]").unwrap(), [""; 0]);
        assert_eq!(items("null").unwrap(), [""; 0]);
        assert!(items("nothing").is_err() && items("{}").is_err() && items("[1").is_err());
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            r#"[\\"{}\[\]:, ]*"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| map.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_a_parser_reads_is_taken_apart_to_the_same_values(
            object in prop::collection::btree_map(any::<String>(), any_json(), 0..4),
            pretty: bool,
        ) {
            let object: Value = object.into_iter().collect();
            let json = if pretty { format!("{object:#}") } else { object.to_string() };
            let mut again = json!({});
            for (name, value) in fields(&json).unwrap() {
                again[name] = serde_json::from_str(&value).unwrap();
            }
            let parsed: Value = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(again, parsed);
        }

        #[test]
        fn no_text_is_too_odd(text in r#"[\\"{}\[\]:,a1né ]{0,24}"#) {
            if let Ok(taken) = fields(&text) {
                prop_assert!(taken.iter().all(|(_, value)| text.contains(value.as_str())));
            }
        }
    }
}
