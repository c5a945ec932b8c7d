//! Values as text: `string(x)`, and `'%s'.format([x])`.

use std::fmt::Write;

use super::super::value::{Fault, Val};

/// A value as `string()` and `%s` show it.
pub(in crate::cel) fn plain(value: &Val<'_>) -> String {
    match value {
        Val::Null => "null".into(),
        Val::Bool(b) => b.to_string(),
        Val::Int(i) => i.to_string(),
        Val::Uint(u) => u.to_string(),
        Val::Double(d) => double(*d),
        Val::String(text) | Val::Type(text) => (**text).to_owned(),
        Val::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        Val::Timestamp(at) => at.to_string(),
        Val::Duration(nanoseconds) => format!("{}s", seconds(*nanoseconds)),
        Val::Ip(ip) => ip.to_string(),
        Val::Cidr(cidr) => cidr.to_string(),
        Val::Url(url) => url.raw.clone(),
        Val::List(_) | Val::Map(_) => text(value).unwrap_or_default(),
        other => other.type_name().into(),
    }
}

/// As Go's `FormatFloat(d, 'g', -1, 64)`.
fn double(d: f64) -> String {
    if d.is_nan() {
        return "NaN".into();
    }
    if d.is_infinite() {
        return if d > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let scientific = format!("{d:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    if (-4..21).contains(&exponent) && (exponent < 6 || d == 0.0) {
        return format!("{d}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Nanoseconds in seconds, without needless digits.
#[allow(clippy::cast_precision_loss)] // As in Go, whose seconds are a double.
fn seconds(nanoseconds: i64) -> String {
    let whole = (nanoseconds / 1_000_000_000) as f64;
    let part = (nanoseconds % 1_000_000_000) as f64;
    format!("{}", whole + part / 1e9)
}

const TEXT: &str = "string clause can only be used on strings, bools, bytes, ints, doubles, maps, lists, types, durations, \
                    and timestamps";

/// Whether values of the type can be shown as text.
fn is_text(type_name: &str) -> bool {
    matches!(
        type_name,
        "null_type"
            | "int"
            | "uint"
            | "double"
            | "bool"
            | "string"
            | "bytes"
            | "list"
            | "map"
            | "type"
            | "google.protobuf.Timestamp"
            | "google.protobuf.Duration"
    )
}

/// `%s`
fn text(value: &Val<'_>) -> Result<String, String> {
    match value {
        Val::List(list) => {
            let mut parts = Vec::new();
            for item in list.iter() {
                let item = item.map_err(|_| "could not read an item".to_owned())?;
                parts.push(within(&item)?);
            }
            Ok(format!("[{}]", parts.join(", ")))
        }
        Val::Map(map) => {
            let mut parts = Vec::new();
            for (key, value) in map
                .entries()
                .map_err(|_| "could not read an entry".to_owned())?
            {
                parts.push((within(&key)?, within(&value)?));
            }
            parts.sort_by(|a, b| a.0.cmp(&b.0));
            let parts: Vec<String> = parts.into_iter().map(|(k, v)| format!("{k}:{v}")).collect();
            Ok(format!("{{{}}}", parts.join(", ")))
        }
        Val::Null
        | Val::Int(_)
        | Val::Uint(_)
        | Val::Double(_)
        | Val::Bool(_)
        | Val::String(_)
        | Val::Timestamp(_)
        | Val::Bytes(_)
        | Val::Duration(_)
        | Val::Type(_) => Ok(plain(value)),
        other => Err(format!("{TEXT}, was given {}", other.type_name())),
    }
}

/// A value within a list or a map: as it would be written in CEL.
fn within(value: &Val<'_>) -> Result<String, String> {
    Ok(match value {
        Val::String(text) => format!("{:?}", &**text),
        Val::Bytes(bytes) => format!("b{:?}", String::from_utf8_lossy(bytes)),
        Val::Timestamp(_) => format!("timestamp({:?})", plain(value)),
        Val::Duration(_) => format!("duration({:?})", plain(value)),
        Val::Double(d) if d.is_finite() => format!("{d:.6}"),
        Val::Double(_) => format!("{:?}", plain(value)),
        Val::List(_) | Val::Map(_) => text(value)?,
        Val::Null | Val::Bool(_) | Val::Int(_) | Val::Uint(_) | Val::Type(_) => plain(value),
        other => return Err(format!("no formatting function for {}", other.type_name())),
    })
}

/// `pattern.format(args)`
pub(in crate::cel) fn format(pattern: &str, args: &[Val<'_>]) -> Result<String, Fault> {
    let clauses = parse(pattern, args.len()).map_err(Fault::Because)?;
    let mut out = String::with_capacity(pattern.len());
    let mut args = args.iter();
    for clause in clauses {
        match clause {
            Piece::Text(text) => out.push_str(text),
            Piece::Clause(clause) => {
                let value = args.next().unwrap_or(&Val::Null);
                let shown = clause.show(value);
                out.push_str(
                    &shown
                        .map_err(|why| Fault::because(format!("error during formatting: {why}")))?,
                );
            }
        }
    }
    Ok(out)
}

/// A piece of a pattern.
pub(in crate::cel) enum Piece<'p> {
    Text(&'p str),
    Clause(Clause),
}

/// `%s`, `%.3f` and the like.
#[derive(Clone, Copy)]
pub(in crate::cel) struct Clause {
    verb: char,
    precision: usize,
}

/// Takes a pattern apart; `args` is how many values it gets.
pub(in crate::cel) fn parse(pattern: &str, args: usize) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut used = 0;
    let mut rest = pattern;
    while let Some(at) = rest.find('%') {
        pieces.push(Piece::Text(&rest[..at]));
        let after = &rest[at + 1..];
        if let Some(after) = after.strip_prefix('%') {
            pieces.push(Piece::Text("%"));
            rest = after;
            continue;
        }
        if used >= args {
            return Err(format!("index {used} out of range"));
        }
        if after.is_empty() {
            return Err("unexpected end of string".into());
        }
        let (clause, after) = parse_clause(after)
            .map_err(|why| format!("could not parse formatting clause: {why}"))?;
        pieces.push(Piece::Clause(clause));
        used += 1;
        rest = after;
    }
    pieces.push(Piece::Text(rest));
    Ok(pieces)
}

fn parse_clause(text: &str) -> Result<(Clause, &str), String> {
    let (precision, rest) = match text.strip_prefix('.') {
        None => (6, text),
        Some(after) => {
            let end = after.find(|c: char| !c.is_ascii_digit());
            let end = end.ok_or(
                "error while parsing precision: could not find end of precision specifier",
            )?;
            let digits = &after[..end];
            // No double has more digits than these.
            let precision = digits.parse::<usize>().map_err(|_| {
                let why = if digits.is_empty() { "invalid syntax" } else { "value out of range" };
                format!(
                    "error while parsing precision: error while converting precision to integer: strconv.Atoi: \
                     parsing {digits:?}: {why}"
                )
            })?;
            (precision.min(1100), &after[end..])
        }
    };
    let mut chars = rest.chars();
    match chars.next() {
        Some(verb @ ('s' | 'd' | 'f' | 'e' | 'b' | 'x' | 'X' | 'o')) => {
            Ok((Clause { verb, precision }, chars.as_str()))
        }
        Some(other) => Err(format!("unrecognized formatting clause \"{other}\"")),
        None => Err("unexpected end of string".into()),
    }
}

impl Clause {
    /// Whether it is `%s`.
    pub(in crate::cel) fn shows_text(self) -> bool {
        self.verb == 's'
    }

    /// What is said against a value of this type, `None` if nothing. Types are as CEL calls them.
    pub(in crate::cel) fn refuses(self, type_name: &str) -> Option<String> {
        let integer = matches!(type_name, "int" | "uint");
        let (fits, why) = match self.verb {
            'd' => (integer, "decimal clause can only be used on integers"),
            // A text can be `NaN`.
            'f' => (
                matches!(type_name, "double" | "string"),
                "fixed-point clause can only be used on doubles",
            ),
            'e' => (
                matches!(type_name, "double" | "string"),
                "scientific clause can only be used on doubles",
            ),
            'b' => (
                integer || type_name == "bool",
                "only integers and bools can be formatted as binary",
            ),
            'x' | 'X' => (
                integer || matches!(type_name, "string" | "bytes"),
                "only integers, byte buffers, and strings can be formatted as hex",
            ),
            'o' => (integer, "octal clause can only be used on integers"),
            _ => (is_text(type_name), TEXT),
        };
        (!fits).then(|| format!("{why}, was given {type_name}"))
    }

    fn show(self, value: &Val<'_>) -> Result<String, String> {
        if let Some(why) = self.refuses(value.type_name()) {
            return Err(why);
        }
        let precision = self.precision;
        match (self.verb, value) {
            ('s', value) => text(value),
            ('b', Val::Bool(b)) => Ok(u8::from(*b).to_string()),
            ('f', Val::Double(d)) if d.is_finite() => Ok(format!("{}", Grouped(*d, precision))),
            ('e', Val::Double(d)) if d.is_finite() => Ok(exponential(*d, precision)),
            ('f' | 'e', Val::Double(d)) => Ok(match (d.is_nan(), *d > 0.0) {
                (true, _) => "NaN".into(),
                (_, true) => "∞".into(),
                _ => "-∞".into(),
            }),
            ('f' | 'e', Val::String(text)) => match &**text {
                "NaN" => Ok("NaN".into()),
                "Infinity" => Ok("∞".into()),
                "-Infinity" => Ok("-∞".into()),
                _ => Err(match self.verb {
                    'f' => {
                        "fixed-point clause can only be used on doubles, was given string".into()
                    }
                    _ => "scientific clause can only be used on doubles, was given string".into(),
                }),
            },
            ('x' | 'X', Val::String(text)) => Ok(hex(text.as_bytes(), self.verb == 'X')),
            ('x' | 'X', Val::Bytes(bytes)) => Ok(hex(bytes, self.verb == 'X')),
            (verb, Val::Int(i)) => {
                let sign = if *i < 0 { "-" } else { "" };
                Ok(format!("{sign}{}", integer(verb, i.unsigned_abs())))
            }
            (verb, Val::Uint(u)) => Ok(integer(verb, *u)),
            (_, other) => Err(format!("no formatting function for {}", other.type_name())),
        }
    }
}

fn integer(verb: char, number: u64) -> String {
    match verb {
        'b' => format!("{number:b}"),
        'x' => format!("{number:x}"),
        'X' => format!("{number:X}"),
        'o' => format!("{number:o}"),
        _ => number.to_string(),
    }
}

fn hex(bytes: &[u8], upper: bool) -> String {
    let mut out = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String can't fail.
        let _ = if upper {
            write!(out, "{byte:02X}")
        } else {
            write!(out, "{byte:02x}")
        };
    }
    out
}

/// A fixed-point number with commas between thousands, as the English locale of `%f` has it.
struct Grouped(f64, usize);

impl std::fmt::Display for Grouped {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let plain = format!("{:.*}", self.1, self.0);
        let (sign, plain) = plain
            .strip_prefix('-')
            .map_or(("", plain.as_str()), |p| ("-", p));
        let (whole, fraction) = plain.split_once('.').unwrap_or((plain, ""));
        f.write_str(sign)?;
        for (index, digit) in whole.char_indices() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                f.write_str(",")?;
            }
            f.write_char(digit)?;
        }
        if !fraction.is_empty() {
            write!(f, ".{fraction}")?;
        }
        Ok(())
    }
}

/// `1.500000×10⁰⁰`, as the English locale of `%e` has it. What is written as its precision is a width for cel-go.
fn exponential(d: f64, width: usize) -> String {
    let scientific = format!("{d:.6e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let sign = if exponent < 0 { "⁻" } else { "" };
    let raised: String = format!("{:02}", exponent.abs())
        .chars()
        .map(|c| match c {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁰',
        })
        .collect();
    format!("{:>width$}", format!("{digits}×10{sign}{raised}"))
}
