//! [`Format`]: the formats of texts that the server checks; it ignores all others.

use std::{net::Ipv4Addr, net::Ipv6Addr, sync::LazyLock};

use regex::Regex;

use super::{Schema, ValueType};
use crate::go_time;

/// A format that the server checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `int32`, of integers.
    Int32,
    /// `int64`, of integers.
    Int64,
    /// `float`, of numbers.
    Float,
    /// `double`, of numbers.
    Double,
    /// One of a text, which [`TextFormat`] checks.
    Text(TextFormat),
}

/// A format of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextFormat {
    BsonObjectId,
    Byte,
    Cidr,
    CreditCard,
    Date,
    DateTime,
    Duration,
    Email,
    HexColor,
    Hostname,
    Ipv4,
    Ipv6,
    Isbn,
    Isbn10,
    Isbn13,
    LongName,
    Mac,
    Password,
    RgbColor,
    ShortName,
    Ssn,
    Uri,
    Uuid,
    Uuid3,
    Uuid4,
    Uuid5,
}

impl Format {
    /// The format of a schema if the server checks it for the schema's type.
    pub(super) fn checked(schema: &Schema) -> Option<Self> {
        let name = schema.format.as_deref()?;
        match (schema.value_type, name) {
            (Some(ValueType::Integer), "int32") => Some(Self::Int32),
            (Some(ValueType::Integer), "int64") => Some(Self::Int64),
            (Some(ValueType::Number), "float") => Some(Self::Float),
            (Some(ValueType::Number), "double") => Some(Self::Double),
            (None | Some(ValueType::String), name) => TextFormat::named(name).map(Self::Text),
            _ => None,
        }
    }
}

impl TextFormat {
    /// The format of that name, in which dashes don't count.
    fn named(name: &str) -> Option<Self> {
        Some(match name.replace('-', "").as_str() {
            "bsonobjectid" => Self::BsonObjectId,
            "byte" => Self::Byte,
            "cidr" => Self::Cidr,
            "creditcard" => Self::CreditCard,
            "date" => Self::Date,
            "datetime" => Self::DateTime,
            "duration" => Self::Duration,
            "email" => Self::Email,
            "hexcolor" => Self::HexColor,
            "hostname" => Self::Hostname,
            "ipv4" => Self::Ipv4,
            "ipv6" => Self::Ipv6,
            "isbn" => Self::Isbn,
            "isbn10" => Self::Isbn10,
            "isbn13" => Self::Isbn13,
            "k8slongname" => Self::LongName,
            "mac" => Self::Mac,
            "password" => Self::Password,
            "rgbcolor" => Self::RgbColor,
            "k8sshortname" => Self::ShortName,
            "ssn" => Self::Ssn,
            "uri" => Self::Uri,
            "uuid" => Self::Uuid,
            "uuid3" => Self::Uuid3,
            "uuid4" => Self::Uuid4,
            "uuid5" => Self::Uuid5,
            _ => return None,
        })
    }

    /// Whether a text has this format.
    #[must_use]
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::BsonObjectId => text.len() == 24 && text.bytes().all(|b| b.is_ascii_hexdigit()),
            Self::Byte => is_base64(text),
            Self::Cidr => is_cidr(text),
            Self::CreditCard => is_credit_card(text),
            Self::Date => go_time::date(text).is_some(),
            Self::DateTime => is_date_time(text),
            Self::Duration => go_time::lenient_duration(text).is_some(),
            Self::Email => is_email(text),
            Self::HexColor => {
                let digits = text.strip_prefix('#').unwrap_or(text);
                matches!(digits.len(), 3 | 6) && digits.bytes().all(|b| b.is_ascii_hexdigit())
            }
            Self::Hostname => is_hostname(text),
            // With an embedded address it is an IPv6 that has dots: both take it.
            Self::Ipv4 => text.contains('.') && (ipv4(text).is_some() || ipv6(text)),
            Self::Ipv6 => ipv6(text),
            Self::Isbn => is_isbn10(text) || is_isbn13(text),
            Self::Isbn10 => is_isbn10(text),
            Self::Isbn13 => is_isbn13(text),
            Self::LongName => text.len() <= 253 && text.split('.').all(is_name_segment),
            Self::Mac => is_mac(text),
            Self::Password => true,
            Self::RgbColor => RGB_COLOR.is_match(text),
            Self::ShortName => text.len() <= 63 && is_name_segment(text),
            Self::Ssn => text.len() == 11 && SSN.is_match(text),
            Self::Uri => is_request_uri(text),
            Self::Uuid => is_uuid(text, None, false),
            Self::Uuid3 => is_uuid(text, Some(b'3'), false),
            Self::Uuid4 => is_uuid(text, Some(b'4'), true),
            Self::Uuid5 => is_uuid(text, Some(b'5'), true),
        }
    }
}

#[expect(
    clippy::unwrap_used,
    reason = "the expressions are constant and tested"
)]
fn constant(expression: &str) -> Regex {
    Regex::new(expression).unwrap()
}

static RGB_COLOR: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"(0|[1-9][0-9]?|1[0-9][0-9]?|2[0-4][0-9]|25[0-5])";
    let space = r"[\t\n\x0C\r ]*";
    constant(&format!(
        r"^rgb\({space}{part}{space},{space}{part}{space},{space}{part}{space}\)$"
    ))
});
static SSN: LazyLock<Regex> = LazyLock::new(|| constant("^[0-9]{3}[- ]?[0-9]{2}[- ]?[0-9]{4}$"));
static HOSTNAME: LazyLock<Regex> = LazyLock::new(|| {
    let letter = r"[a-zA-Z0-9\p{S}\p{L}]";
    constant(&format!(
        r"^({letter}((-?{letter}{{0,62}})?)|({letter}(([a-zA-Z0-9\-\p{{S}}\p{{L}}]{{0,61}}{letter})?)(\.)){{1,}}([a-zA-Z\p{{L}}]){{2,63}})$"
    ))
});
static CREDIT_CARD: LazyLock<Regex> = LazyLock::new(|| {
    constant(concat!(
        "^(?:4[0-9]{12}(?:[0-9]{3})?|5[1-5][0-9]{14}|6(?:011|5[0-9][0-9])[0-9]{12}|3[47][0-9]{13}|",
        "3(?:0[0-5]|[68][0-9])[0-9]{11}|(?:2131|1800|35[0-9]{3})[0-9]{11})$"
    ))
});

fn is_base64(text: &str) -> bool {
    if text.is_empty() || !text.len().is_multiple_of(4) {
        return false;
    }
    let unpadded = text
        .strip_suffix("==")
        .or_else(|| text.strip_suffix('='))
        .unwrap_or(text);
    unpadded
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'+' || b == b'/')
}

/// An address as Go's older versions read it: parts may begin with zeros.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut bytes = [0_u8; 4];
    let mut parts = text.split('.');
    for byte in &mut bytes {
        let part = parts.next()?;
        if part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = part.trim_start_matches('0');
        *byte = if part.is_empty() {
            0
        } else {
            part.parse().ok()?
        };
    }
    parts.next().is_none().then(|| Ipv4Addr::from(bytes))
}

fn ipv6(text: &str) -> bool {
    text.contains(':') && text.parse::<Ipv6Addr>().is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else {
        return false;
    };
    let most = if ipv4(address).is_some() {
        32
    } else if ipv6(address) {
        128
    } else {
        return false;
    };
    !length.is_empty()
        && length.bytes().all(|b| b.is_ascii_digit())
        && length.parse::<u32>().is_ok_and(|length| length <= most)
}

fn is_credit_card(text: &str) -> bool {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !CREDIT_CARD.is_match(&digits) {
        return false;
    }
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0');
            match place % 2 {
                0 => digit,
                _ if digit >= 5 => digit * 2 - 9,
                _ => digit * 2,
            }
        })
        .sum();
    sum.is_multiple_of(10)
}

/// A date, `T` and a time with a zone; which of them are in range is seen digit by digit.
fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let Some((date, rest)) = lower.split_once('t') else {
        return false;
    };
    // A further `t` ends the time.
    let time = rest.split('t').next().unwrap_or_default();
    let bytes = time.as_bytes();
    let two = |at: usize| {
        bytes
            .get(at..at + 2)
            .filter(|two| two.iter().all(u8::is_ascii_digit))
    };
    let (Some(hour), Some(minute), Some(second)) = (two(0), two(3), two(6)) else {
        return false;
    };
    if bytes[2] != b':'
        || bytes[5] != b':'
        || hour > b"23".as_slice()
        || minute > b"59".as_slice()
        || second > b"59".as_slice()
    {
        return false;
    }
    go_time::date(date).is_some() && is_fraction_and_zone(&time[8..])
}

/// `z` or `+01:00`, before it a character of any kind and digits.
fn is_fraction_and_zone(text: &str) -> bool {
    let is_zone = |text: &str| match text.as_bytes() {
        [b'z'] => true,
        [b'+' | b'-', a, b, b':', c, d] => [a, b, c, d].iter().all(|digit| digit.is_ascii_digit()),
        _ => false,
    };
    if is_zone(text) {
        return true;
    }
    let mut rest = text.chars();
    if rest.next().is_none_or(|c| c == '\n') {
        return false;
    }
    let fraction = rest.as_str();
    let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
    zone.len() < fraction.len() && is_zone(zone)
}

fn is_hostname(text: &str) -> bool {
    HOSTNAME.is_match(text) && text.len() <= 255 && text.split('.').all(|label| label.len() <= 63)
}

fn is_isbn10(text: &str) -> bool {
    let sanitized = without_spaces_and_dashes(text);
    let digit = |(place, c): (u32, u8)| match c {
        b'0'..=b'9' => Some((place + 1) * u32::from(c - b'0')),
        b'X' if place == 9 => Some(100),
        _ => None,
    };
    let sum: Option<u32> = (0..).zip(sanitized.bytes()).map(digit).sum();
    sanitized.len() == 10 && sum.is_some_and(|sum| sum.is_multiple_of(11))
}

fn is_isbn13(text: &str) -> bool {
    let sanitized = without_spaces_and_dashes(text);
    if sanitized.len() != 13 || !sanitized.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let weighed = sanitized.bytes().enumerate().map(|(place, digit)| {
        let weight = if place % 2 == 0 { 1 } else { 3 };
        weight * u32::from(digit - b'0')
    });
    weighed.sum::<u32>().is_multiple_of(10)
}

fn without_spaces_and_dashes(text: &str) -> String {
    let kept = |c: &char| !matches!(c, '\t' | '\n' | '\u{c}' | '\r' | ' ' | '-');
    text.chars().filter(kept).collect()
}

fn is_name_segment(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|b| inner(*b))
        && bytes.last().is_some_and(|b| inner(*b))
        && bytes.iter().all(|b| inner(*b) || *b == b'-')
}

/// 6, 8 or 20 bytes: `01:23:…`, `01-23-…`, `0123.4567.…`.
fn is_mac(text: &str) -> bool {
    let separator = match text.as_bytes() {
        [_, _, separator @ (b':' | b'-'), ..] => *separator,
        [_, _, _, _, b'.', ..] => b'.',
        _ => return false,
    };
    let digits = if separator == b'.' { 4 } else { 2 };
    let mut bytes = 0;
    for group in text.split(char::from(separator)) {
        if group.len() != digits || !group.bytes().all(|b| b.is_ascii_hexdigit()) {
            return false;
        }
        bytes += digits / 2;
    }
    matches!(bytes, 6 | 8 | 20)
}

fn is_uuid(text: &str, version: Option<u8>, has_variant: bool) -> bool {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let mut rest = text.as_bytes();
    for (index, length) in GROUPS.into_iter().enumerate() {
        if index > 0
            && let [b'-', beyond @ ..] = rest
        {
            rest = beyond;
        }
        let Some((group, beyond)) = rest.split_at_checked(length) else {
            return false;
        };
        let right_version = index != 2 || version.is_none_or(|version| group[0] == version);
        let right_variant = index != 3
            || !has_variant
            || matches!(group[0].to_ascii_lowercase(), b'8' | b'9' | b'a' | b'b');
        if !group.iter().all(u8::is_ascii_hexdigit) || !right_version || !right_variant {
            return false;
        }
        rest = beyond;
    }
    rest.is_empty()
}

/// An absolute URI or an absolute path, as Go's `url.ParseRequestURI` reads it.
fn is_request_uri(text: &str) -> bool {
    if text.is_empty() || text.bytes().any(|b| b < b' ' || b == 0x7f) {
        return false;
    }
    if text == "*" {
        return true;
    }
    let Some((has_scheme, rest)) = after_scheme(text) else {
        return false;
    };
    let rest = rest.split_once('?').map_or(rest, |(before, _)| before);
    if !rest.starts_with('/') {
        // An opaque part such as that of `mailto:a@b`.
        return has_scheme;
    }
    let (host, path) = match rest.strip_prefix("//") {
        Some(authority) if has_scheme || !rest.starts_with("///") => {
            let end = authority.find('/').unwrap_or(authority.len());
            authority.split_at(end)
        }
        _ => ("", rest),
    };
    is_authority(host) && has_valid_escapes(path)
}

/// Whether there is a scheme, and what comes after it; `None` if it is malformed.
fn after_scheme(text: &str) -> Option<(bool, &str)> {
    for (at, c) in text.bytes().enumerate() {
        match c {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'+' | b'-' | b'.' if at > 0 => {}
            b':' if at > 0 => return Some((true, &text[at + 1..])),
            b':' => return None,
            _ => return Some((false, text)),
        }
    }
    Some((false, text))
}

fn is_authority(authority: &str) -> bool {
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let in_user = |b: u8| b.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&b);
    if !user.bytes().all(in_user) || !has_valid_escapes(user) {
        return false;
    }
    let is_port = |text: &str| {
        text.is_empty()
            || text
                .strip_prefix(':')
                .is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()))
    };
    if let Some(bracketed) = host.strip_prefix('[') {
        let Some((address, port)) = bracketed.rsplit_once(']') else {
            return false;
        };
        let address = address
            .split_once("%25")
            .map_or(address, |(address, _)| address);
        return is_port(port) && ipv6(address);
    }
    let port = host.find(':').map_or("", |at| &host[at..]);
    let in_host = |b: u8| !(b <= b' ' || b"\\^`{}|".contains(&b) || b == b'%');
    is_port(port) && host.bytes().all(in_host)
}

fn has_valid_escapes(text: &str) -> bool {
    text.split('%').skip(1).all(|after| {
        let digits = after.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// An address as Go's `mail.ParseAddress` reads it: `a@b`, `<a@b>` or `Name <a@b>`.
fn is_email(text: &str) -> bool {
    let text = text.trim_matches([' ', '\t']);
    // A comment may follow.
    let comment = text.strip_suffix(')').and_then(|text| text.rfind('('));
    let text = comment.map_or(text, |at| text[..at].trim_end_matches([' ', '\t']));
    let address = match (text.strip_suffix('>'), text.find('<')) {
        (Some(_), Some(at)) if is_display_name(text[..at].trim_matches([' ', '\t'])) => {
            &text[at + 1..text.len() - 1]
        }
        (None, None) => text,
        _ => return false,
    };
    let Some((local, domain)) = address.rsplit_once('@') else {
        return false;
    };
    let is_quoted = local.len() >= 2 && local.starts_with('"') && local.ends_with('"');
    (is_quoted || is_dot_atom(local)) && (is_dot_atom(domain) || is_domain_literal(domain))
}

fn is_display_name(name: &str) -> bool {
    let is_quoted = name.len() >= 2 && name.starts_with('"') && name.ends_with('"');
    is_quoted
        || name
            .chars()
            .all(|c| is_atom_character(c) || matches!(c, ' ' | '\t' | '.'))
}

fn is_dot_atom(text: &str) -> bool {
    text.split('.')
        .all(|atom| !atom.is_empty() && atom.chars().all(is_atom_character))
}

fn is_atom_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c) || !c.is_ascii()
}

fn is_domain_literal(text: &str) -> bool {
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    inner.is_some_and(|inner| {
        ipv4(inner).is_some() || ipv6(inner.strip_prefix("IPv6:").unwrap_or(inner))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::too_many_lines, reason = "the table is long, the test is not")]
    fn formats_accept_what_the_server_accepts() {
        let cases: [(TextFormat, &[&str], &[&str]); 26] = [
            (
                TextFormat::BsonObjectId,
                &["507f1f77bcf86cd799439011"],
                &["507f1f77bcf86cd79943901", ""],
            ),
            (
                TextFormat::Byte,
                &["eA==", "eHg="],
                &["", "eA", "e A=", "====", "e-_="],
            ),
            (
                TextFormat::Cidr,
                &["1.2.3.4/24", "01.2.3.4/8", "::1/64", "1.2.3.4/024"],
                &["1.2.3.4", "1.2.3.4/33", "::1/129", "a/8", "1.2.3.4/"],
            ),
            (
                TextFormat::CreditCard,
                &["4220 8554 2622 2389"],
                &["4220855426213389", "x"],
            ),
            (
                TextFormat::Date,
                &["2020-02-29"],
                &["2021-02-29", "2020-1-1", "2020-13-01", "2020-01-01 "],
            ),
            (
                TextFormat::DateTime,
                &[
                    "2020-01-01t00:00:00z",
                    "2020-01-01T00:00:00.5+02:00",
                    "2020-01-01T00:00:00ZTfoo",
                ],
                &[
                    "2020-01-01T24:00:00Z",
                    "2020-01-01 00:00:00Z",
                    "2020-01-01T00:00:00",
                    "2020-01-01T00:00:60Z",
                ],
            ),
            (
                TextFormat::Duration,
                &["1h30m", "-1.5s", "0", "2 days", "foo 1 min"],
                &["", "1.5", "x"],
            ),
            (
                TextFormat::Email,
                &["a@b", "Name <a@b.c>", "a@b (c)"],
                &["a", "a@", "a b@c", "a.@b", "a@b, c@d"],
            ),
            (
                TextFormat::HexColor,
                &["#fff", "FFFFFF"],
                &["#ffff", "ggg", ""],
            ),
            (
                TextFormat::Hostname,
                &["a", "example.com", "a-b.com"],
                &["-a", "a_b", "a..b", "", "example.c", "a--b"],
            ),
            (
                TextFormat::Ipv4,
                &["1.2.3.4", "01.2.3.4", "::ffff:1.2.3.4"],
                &["256.1.1.1", "1.2.3", "::1"],
            ),
            (
                TextFormat::Ipv6,
                &["::1", "2001:db8::1"],
                &["1.2.3.4", "1::2::3", "fe80::1%eth0"],
            ),
            (
                TextFormat::Isbn,
                &["0321751043", "978-0321751041"],
                &["x", "0321751044"],
            ),
            (
                TextFormat::Isbn10,
                &["3 401 01319 X"],
                &["978-0321751041", ""],
            ),
            (TextFormat::Isbn13, &["9780321751041"], &["0321751043", ""]),
            (
                TextFormat::LongName,
                &["a.b", "a-b"],
                &["a..b", "A.b", "", "a-.b"],
            ),
            (
                TextFormat::Mac,
                &["01:23:45:67:89:ab", "0123.4567.89ab"],
                &["01:23-45:67:89:ab", "1:2:3:4:5:6", ""],
            ),
            (TextFormat::Password, &["", "x"], &[]),
            (
                TextFormat::RgbColor,
                &["rgb(0, 31, 255)"],
                &["rgb(256,0,0)", "rgb(01,2,3)"],
            ),
            (TextFormat::ShortName, &["a-b"], &["a-", "A", "", "a.b"]),
            (TextFormat::Ssn, &["191-60-2869"], &["191602869", "x"]),
            (
                TextFormat::Uri,
                &[
                    "http://a",
                    "/a",
                    "mailto:a@b",
                    "http://[::1]:80",
                    "http://a/%20",
                ],
                &[
                    "a",
                    "",
                    "http://[::1",
                    "http://a:x",
                    "http://a/%zz",
                    "://a",
                    "http://a b",
                ],
            ),
            (
                TextFormat::Uuid,
                &[
                    "00000000-0000-0000-0000-000000000000",
                    "00000000000000000000000000000000",
                ],
                &["x", "00000000-0000-0000-0000-00000000000g"],
            ),
            (
                TextFormat::Uuid3,
                &["00000000-0000-3000-0000-000000000000"],
                &["00000000-0000-4000-0000-000000000000"],
            ),
            (
                TextFormat::Uuid4,
                &["00000000-0000-4000-8000-000000000000"],
                &["00000000-0000-4000-0000-000000000000"],
            ),
            (
                TextFormat::Uuid5,
                &["00000000-0000-5000-A000-000000000000"],
                &["00000000-0000-4000-8000-000000000000"],
            ),
        ];
        for (format, good, bad) in cases {
            for text in good {
                assert!(format.accepts(text), "{format:?} {text:?}");
            }
            for text in bad {
                assert!(!format.accepts(text), "{format:?} {text:?}");
            }
        }
    }
}
