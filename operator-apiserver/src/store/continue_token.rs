//! Continue tokens: where a list goes on, in the very form that the API server gives it.

use std::collections::BTreeMap;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use serde_json::{Value, error::Category, value::RawValue};

use crate::error::ApiError;

const VERSION: &str = "meta.k8s.io/v1";

/// Unpadded as Go's `RawURLEncoding`, and as forgiving about bits that stand for nothing.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_encode_padding(false)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Where a list goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Continue {
    /// The revision of the first page; `None` to go on at the current one, with objects missing or twice.
    pub(crate) revision: Option<u64>,
    /// The first key that may come, below what is listed: `namespace/name` or `name`, mostly with a NUL behind.
    pub(crate) from: String,
}

/// The token to go on after the object whose key, below what is listed, is `last`.
#[must_use]
pub(crate) fn encode(revision: u64, last: &str) -> String {
    write(&revision.to_string(), &format!("/{last}\0"))
}

/// The token that goes on at `from` with whatever is there by then.
#[must_use]
pub(crate) fn encode_inconsistent(from: &str) -> String {
    write("-1", from)
}

fn write(revision: &str, start: &str) -> String {
    let start = Value::from(start);
    BASE64.encode(format!(
        r#"{{"v":"{VERSION}","rv":{revision},"start":{start}}}"#
    ))
}

/// Reads a token.
///
/// # Errors
/// A 400 for anything that is not one.
pub(crate) fn decode(token: &str) -> Result<Continue, ApiError> {
    read(token).map_err(|why| {
        ApiError::bad_request(format!(
            "invalid continue token: continue key is not valid: {why}"
        ))
    })
}

fn read(token: &str) -> Result<Continue, String> {
    let bytes = from_base64(token)?;
    let fields = fields(&bytes)?;
    let version = text(&fields, "v")?;
    let revision = integer(&fields, "rv")?;
    let start = text(&fields, "start")?;
    if version != VERSION {
        return Err(format!(
            "server does not recognize this encoded version {version}"
        ));
    }
    if revision == 0 {
        return Err(format!(
            "incorrect encoded start resourceVersion (version {VERSION})"
        ));
    }
    if start.is_empty() {
        return Err(format!("encoded start key empty (version {VERSION})"));
    }
    let from = start.strip_prefix('/').unwrap_or(&start);
    // Nothing that would lead out of what is listed.
    let steps = |step: &str| matches!(step, "" | "." | "..");
    if !from.is_empty() && from.split('/').any(steps) {
        return Err(start);
    }
    Ok(Continue {
        revision: u64::try_from(revision).ok(),
        from: from.to_owned(),
    })
}

/// The decoder ignores line breaks and names the first byte that it can't read, counting them.
fn from_base64(token: &str) -> Result<Vec<u8>, String> {
    let illegal = |at: usize| format!("illegal base64 data at input byte {at}");
    let is_break = |byte: u8| matches!(byte, b'\r' | b'\n');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let mut bytes = token.bytes();
    if let Some(at) = bytes.position(|byte| !is_digit(byte) && !is_break(byte)) {
        return Err(illegal(at));
    }
    let digits: Vec<u8> = token.bytes().filter(|byte| !is_break(*byte)).collect();
    BASE64.decode(digits).map_err(|_| illegal(token.len() - 1))
}

type Fields = BTreeMap<String, Box<RawValue>>;

/// The fields of the JSON object, whatever the case of their names.
fn fields(bytes: &[u8]) -> Result<Fields, String> {
    let text = String::from_utf8_lossy(bytes);
    let value: &RawValue = serde_json::from_str(&text).map_err(|error| broken(&error, bytes))?;
    let kind = match kind(value) {
        "object" => {
            let read: Fields =
                serde_json::from_str(value.get()).map_err(|error| broken(&error, bytes))?;
            let fields = read.into_iter();
            return Ok(fields
                .map(|(name, value)| (name.to_ascii_lowercase(), value))
                .collect());
        }
        // It sets nothing.
        "null" => return Ok(BTreeMap::new()),
        kind => kind,
    };
    Err(format!(
        "json: cannot unmarshal {kind} into Go value of type storage.continueToken"
    ))
}

/// What is wrong with the JSON: in Go's words if it is the first character or the end, which is what it is with
/// anything that is not a damaged token; else in `serde_json`'s.
fn broken(error: &serde_json::Error, bytes: &[u8]) -> String {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let first = bytes.iter().find(|byte| !blank(byte)).copied();
    match first {
        Some(byte)
            if !matches!(
                byte,
                b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'
            ) =>
        {
            format!(
                "invalid character {} looking for beginning of value",
                quoted(byte)
            )
        }
        _ if error.classify() == Category::Eof => "unexpected end of JSON input".to_owned(),
        _ => error.to_string(),
    }
}

/// A byte as Go quotes it as a character.
fn quoted(byte: u8) -> String {
    match byte {
        b'\'' => r"'\''".to_owned(),
        b'"' => "'\"'".to_owned(),
        b'\\' => r"'\\'".to_owned(),
        7 => r"'\a'".to_owned(),
        8 => r"'\b'".to_owned(),
        11 => r"'\v'".to_owned(),
        12 => r"'\f'".to_owned(),
        0..=0x1f | 0x7f => format!(r"'\x{byte:02x}'"),
        0x80..=0xa0 | 0xad => format!(r"'\u{:04x}'", u32::from(byte)),
        byte => format!("'{}'", char::from(byte)),
    }
}

/// Go's word for the type of a JSON value.
fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'n') => "null",
        _ => "number",
    }
}

fn text(fields: &Fields, name: &str) -> Result<String, String> {
    let Some(value) = fields.get(name) else {
        return Ok(String::new());
    };
    match kind(value) {
        "null" => Ok(String::new()),
        "string" => serde_json::from_str(value.get()).map_err(|error| error.to_string()),
        kind => Err(mismatch(kind, name, "string")),
    }
}

fn integer(fields: &Fields, name: &str) -> Result<i64, String> {
    let Some(value) = fields.get(name) else {
        return Ok(0);
    };
    match kind(value) {
        "null" => Ok(0),
        "number" => {
            let number = value.get();
            let wrong = |_| mismatch(&format!("number {number}"), name, "int64");
            number.parse().map_err(wrong)
        }
        kind => Err(mismatch(kind, name, "int64")),
    }
}

fn mismatch(what: &str, name: &str, wanted: &str) -> String {
    format!(
        "json: cannot unmarshal {what} into Go struct field continueToken.{name} of type {wanted}"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_is_sent_is_a_token_or_a_bad_request(
            text in "\\PC{0,12}",
            json in r#"([{}",:0-9/a\\\n]|"v"|"rv"|"start"|null|meta.k8s.io/v1){0,12}"#,
        ) {
            for token in [text, of(&json)] {
                if let Err(error) = decode(&token) {
                    prop_assert_eq!(error.code, 400);
                }
            }
        }

        #[test]
        fn a_token_leads_to_where_it_was_made(revision in 1_u64..1 << 50, key in "[a-z]{1,5}(/[a-z.-]{1,5}x)?") {
            let token = decode(&encode(revision, &key)).unwrap();
            prop_assert_eq!((token.revision, token.from), (Some(revision), format!("{key}\0")));
        }
    }

    fn refusal(token: &str) -> String {
        let error = decode(token).unwrap_err();
        assert_eq!((error.code, error.reason), (400, "BadRequest"));
        let start = "invalid continue token: continue key is not valid: ";
        error.message.strip_prefix(start).unwrap().to_owned()
    }

    fn of(json: &str) -> String {
        BASE64.encode(json)
    }

    #[test]
    fn a_token_is_byte_for_byte_the_servers() {
        assert_eq!(
            encode(374, "store/f1"),
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6Mzc0LCJzdGFydCI6Ii9zdG9yZS9mMVx1MDAwMCJ9"
        );
        assert_eq!(
            encode_inconsistent("c1\0"),
            "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6LTEsInN0YXJ0IjoiYzFcdTAwMDAifQ"
        );
    }

    #[test]
    fn what_was_encoded_is_decoded() {
        let (revision, from) = (Some(374), "store/f1\0".to_owned());
        let wanted = Continue { revision, from };
        assert_eq!(decode(&encode(374, "store/f1")), Ok(wanted));
        let (revision, from) = (None, "c1\0".to_owned());
        let wanted = Continue { revision, from };
        assert_eq!(decode(&encode_inconsistent("c1\0")), Ok(wanted.clone()));
        let shouted = of(r#"{"V":"meta.k8s.io/v1","RV":-7,"Start":"/c1\u0000","x":[]}"#);
        assert_eq!(decode(&shouted), Ok(wanted));
    }

    #[test]
    fn what_is_no_token_is_refused_in_the_servers_words() {
        let token = encode(374, "f1");
        for (token, wanted) in [
            (
                "garbage",
                r"invalid character '\u0081' looking for beginning of value",
            ),
            ("!!", "illegal base64 data at input byte 0"),
            ("A", "illegal base64 data at input byte 0"),
            (
                "AA",
                r"invalid character '\x00' looking for beginning of value",
            ),
            ("eyJ2+", "illegal base64 data at input byte 4"),
            (
                "_w",
                "invalid character '\u{ff}' looking for beginning of value",
            ),
            (
                "Jw",
                r"invalid character '\'' looking for beginning of value",
            ),
            (
                &of("hello"),
                "invalid character 'h' looking for beginning of value",
            ),
            (
                &format!("{token}="),
                &format!("illegal base64 data at input byte {}", token.len()),
            ),
            (&of("{"), "unexpected end of JSON input"),
            (&of(r#"{"v":"#), "unexpected end of JSON input"),
            ("e30\r\n", "server does not recognize this encoded version "),
            (
                &of("null"),
                "server does not recognize this encoded version ",
            ),
            (
                &of(r#"{"v":"a/v2"}"#),
                "server does not recognize this encoded version a/v2",
            ),
        ] {
            assert_eq!(refusal(token), wanted, "{token}");
        }
    }

    #[test]
    fn a_token_with_wrong_types_is_refused_in_the_servers_words() {
        let into = "into Go struct field continueToken";
        for (json, wanted) in [
            (
                "[]",
                "json: cannot unmarshal array into Go value of type storage.continueToken"
                    .to_owned(),
            ),
            (
                r#"{"v":5}"#,
                format!("json: cannot unmarshal number {into}.v of type string"),
            ),
            (
                r#"{"v":{}}"#,
                format!("json: cannot unmarshal object {into}.v of type string"),
            ),
            (
                r#"{"rv":"x"}"#,
                format!("json: cannot unmarshal string {into}.rv of type int64"),
            ),
            (
                r#"{"rv":1e2}"#,
                format!("json: cannot unmarshal number 1e2 {into}.rv of type int64"),
            ),
        ] {
            assert_eq!(refusal(&of(json)), wanted, "{json}");
        }
    }

    #[test]
    fn a_token_without_a_place_in_the_list_is_refused() {
        for (revision, start, wanted) in [
            (
                "0",
                "/x",
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
            ),
            (
                "null",
                "/x",
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
            ),
            ("5", "", "encoded start key empty (version meta.k8s.io/v1)"),
            ("5", "/../../x\0", "/../../x\0"),
            ("5", "x/../y", "x/../y"),
            ("5", "/./x", "/./x"),
            ("5", "//x", "//x"),
            ("5", "/x/", "/x/"),
        ] {
            assert_eq!(
                refusal(&write(revision, start)),
                wanted,
                "{revision} {start:?}"
            );
        }
    }
}
