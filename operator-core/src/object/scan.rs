//! [`Scanner`]: takes JSON text apart without reading what is in it.
//!
//! Most of what comes from a server is passed over or kept as it stands. Where a value ends is all that has to be known of it,
//! and that it is one: what is kept has to be readable later.

use std::borrow::Cow;

use memchr::memchr2;
use serde::de::Error as _;
use serde_json::Error;

/// A place in a JSON text. What it passes is JSON, however deeply nested.
pub(crate) struct Scanner<'a> {
    text: &'a str,
    at: usize,
    /// How the lists and objects that are being passed end, the innermost last.
    ends: Vec<u8>,
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
        Self {
            text,
            at: 0,
            ends: Vec::new(),
        }
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
        if self.null()? {
            return Ok(());
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

    /// Passes a null, if one is here; whether one is.
    ///
    /// # Errors
    /// If something else that begins like it is.
    pub(crate) fn null(&mut self) -> Result<bool, Error> {
        let is_here = self.byte() == Some(b'n');
        if is_here {
            self.pass_scalar()?;
        }
        Ok(is_here)
    }

    /// Passes the value that begins here, whatever it is, and returns its text.
    ///
    /// # Errors
    /// If none does, or if it does not end.
    pub(crate) fn pass(&mut self) -> Result<&'a str, Error> {
        self.noting(Self::pass_any).map(|(text, ())| text)
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
        let (quoted, escapes) = self.noting(Self::pass_string)?;
        if escapes {
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

    /// Passes the value that begins here. It goes into no depth of its own stack.
    fn pass_any(&mut self) -> Result<(), Error> {
        let outside = self.ends.len();
        loop {
            match self.byte() {
                Some(b'{') if self.opens(b'}') => {
                    self.pass_name()?;
                    continue;
                }
                Some(b'[') if self.opens(b']') => continue,
                Some(b'{' | b'[') => {}
                Some(b'"') => drop(self.pass_string()?),
                _ => self.pass_scalar()?,
            }
            // A value is passed: with it may end what it is in.
            loop {
                let Some(&end) = self.ends[outside..].last() else {
                    return Ok(());
                };
                if self.passes(end) {
                    self.ends.pop();
                    continue;
                }
                self.begin(
                    b',',
                    if end == b'}' {
                        "`,` or `}`"
                    } else {
                        "`,` or `]`"
                    },
                )?;
                if end == b'}' {
                    self.pass_name()?;
                }
                break;
            }
        }
    }

    /// Passes the mark here that opens a list or an object; whether there is something in it. If not, its end is passed too.
    fn opens(&mut self, end: u8) -> bool {
        self.at += 1;
        let is_filled = !self.passes(end);
        if is_filled {
            self.ends.push(end);
        }
        is_filled
    }

    fn pass_name(&mut self) -> Result<(), Error> {
        self.pass_string()?;
        self.begin(b':', "`:`")
    }

    /// Passes the string that begins here; whether there are escapes in it.
    #[inline]
    fn pass_string(&mut self) -> Result<bool, Error> {
        self.begin(b'"', "a string")?;
        self.at += plain(&self.text.as_bytes()[self.at..]);
        if self.text.as_bytes().get(self.at) == Some(&b'"') {
            self.at += 1;
            return Ok(false);
        }
        self.pass_escapes().map(|()| true)
    }

    /// Passes the rest of a string, from where it stops being plain.
    #[cold]
    fn pass_escapes(&mut self) -> Result<(), Error> {
        loop {
            let rest = &self.text.as_bytes()[self.at..];
            match rest.first() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    self.at += escape(rest).ok_or_else(|| self.expected("an escape"))?;
                }
                Some(_) => {
                    let wanted = "an escape for each control character in the string";
                    return Err(self.expected(wanted));
                }
                None => return Err(self.expected("the end of a string")),
            }
            self.at += plain(&self.text.as_bytes()[self.at..]);
        }
    }

    /// Passes the number or word that begins here.
    fn pass_scalar(&mut self) -> Result<(), Error> {
        let rest = &self.text.as_bytes()[self.at..];
        let goes_on = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        let length = rest.iter().take_while(goes_on).count();
        let scalar = &rest[..length];
        if matches!(scalar, b"null" | b"true" | b"false") || is_number(scalar) {
            self.at += length;
            Ok(())
        } else {
            Err(self.expected("a value"))
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
        loop {
            let byte = self.text.as_bytes().get(self.at).copied();
            if !matches!(byte, Some(b' ' | b'\n' | b'\r' | b'\t')) {
                return byte;
            }
            self.at += 1;
        }
    }

    #[cold]
    fn expected(&self, wanted: &str) -> Error {
        Error::custom(format!("expected {wanted} at byte {}", self.at))
    }
}

/// How much of a string is looked at word by word: most strings are shorter, and of the others most are much longer.
const SHORT: usize = 64;

/// How many bytes of a string stand before its end, an escape, or a control character.
#[inline]
fn plain(text: &[u8]) -> usize {
    let mut at = 0;
    while at < SHORT
        && let Some(word) = text[at..].first_chunk()
    {
        let ends = ends(u64::from_le_bytes(*word));
        if ends != 0 {
            return at + ends.trailing_zeros() as usize / 8;
        }
        at += word.len();
    }
    at + plain_to_the_end(&text[at..])
}

/// The same of what is long, or the end of a text.
#[inline(never)]
fn plain_to_the_end(text: &[u8]) -> usize {
    let end = memchr2(b'"', b'\\', text).unwrap_or(text.len());
    // Two simple passes: of one that stops where it finds something the compiler makes steps of a byte.
    let least = text[..end].iter().copied().fold(u8::MAX, u8::min);
    let is_control = |byte: &u8| *byte < b' ';
    let first = (least < b' ').then(|| text.iter().position(is_control));
    first.flatten().unwrap_or(end)
}

/// Has the highest bit set of each byte that ends what is plain: exact up to the first of them, which is the lowest; above
/// it a borrow may set more.
fn ends(word: u64) -> u64 {
    const EACH: u64 = u64::MAX / 255;
    // A byte that is less and has no highest bit has it after the subtraction.
    let less =
        |word: u64, than: u8| word.wrapping_sub(EACH * u64::from(than)) & !word & (EACH << 7);
    let equal = |byte: u8| less(word ^ (EACH * u64::from(byte)), 1);
    equal(b'"') | equal(b'\\') | less(word, b' ')
}

/// How long the escape is that begins here, if it is one.
fn escape(text: &[u8]) -> Option<usize> {
    match text.get(1)? {
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(2),
        b'u' if text.get(2..6)?.iter().all(u8::is_ascii_hexdigit) => Some(6),
        _ => None,
    }
}

fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest[0] == b'0') {
        return false;
    }
    rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = &fraction[length..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent
            .strip_prefix(b"+")
            .or(exponent.strip_prefix(b"-"))
            .unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json, value::RawValue};

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
            (r#"{"a":"1\"#, "expected an escape at byte 7"),
            (r#"{"a":[1"#, "expected `,` or `]` at byte 7"),
            (r#"{"a":[{"b":1]}"#, "expected `,` or `}` at byte 12"),
            (r#"{"a":{"b" 1}}"#, "expected `:` at byte 10"),
            (r#"{"a":1"x}"#, "expected `,` or `}` at byte 6"),
            (r#"{"a":NaN}"#, "expected a value at byte 5"),
            (r#"{"a":"\q"}"#, "expected an escape at byte 6"),
            (
                "{\"a\":\"x\ty\"}",
                "expected an escape for each control character in the string at byte 7",
            ),
            (r#"{"a":1} ,"#, "expected the end at byte 8"),
        ] {
            assert_eq!(fields(json).unwrap_err().to_string(), told, "{json}");
        }
    }

    #[test]
    fn where_a_string_stops_being_plain_is_found_whatever_stands_before_and_behind() {
        let naive = |text: &[u8]| {
            let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..b' ');
            text.iter().take_while(is_plain).count()
        };
        // Neighbours of what is looked for, and bytes with their highest bit.
        for filler in [b"aa", b" !", b"#[", b"]\x7f", "é".as_bytes()] {
            for length in 0..=2 * SHORT {
                let mut text: Vec<u8> = filler.iter().copied().cycle().take(length).collect();
                assert_eq!(plain(&text), length);
                for end in [0, 0x1f, b'"', b'\\'] {
                    for behind in [&b"\0\"\\"[..], b"aaaaaaaaa", b""] {
                        text.truncate(length);
                        text.push(end);
                        text.extend_from_slice(behind);
                        assert_eq!(plain(&text), naive(&text), "{text:?}");
                    }
                }
            }
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
        fn what_is_passed_is_json_and_json_is_passed(text in odd()) {
            let mut scanner = Scanner::new(&text);
            let passes = scanner.pass().is_ok() && scanner.end().is_ok();
            prop_assert_eq!(passes, serde_json::from_str::<&RawValue>(&text).is_ok(), "{}", text);
        }
    }

    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "\"a\"",
        "\"b\":",
        "null",
        "true",
        "fals",
        "-",
        "0",
        "01",
        "1.5",
        "1.",
        ".5",
        "2e9",
        "2E-",
        "1e+3",
        "\\",
        "\\n",
        "\\u00e9",
        "\\u00",
        "\\x",
        "\t",
        " ",
        "\n",
        "é",
        "\u{1}",
        "[1,2]",
        "{\"a\":[]}",
    ];

    /// Texts that are JSON, or hardly any.
    fn odd() -> impl Strategy<Value = String> {
        prop_oneof![
            prop::collection::vec(prop::sample::select(PIECES), 0..6).prop_map(|it| it.concat()),
            (
                any_json(),
                any::<prop::sample::Index>(),
                prop::sample::select(PIECES)
            )
                .prop_map(|(json, at, piece)| {
                    // One piece too much, wherever.
                    let mut text = json.to_string();
                    let mut at = at.index(text.len() + 1);
                    while !text.is_char_boundary(at) {
                        at -= 1;
                    }
                    text.insert_str(at, piece);
                    text
                }),
        ]
    }
}
