//! Formats, and the limits that come with them: what a server doesn't know is said by limits and patterns.

use serde_json::{Value, json};

use super::{combine::both, convert::Node};

/// The formats that the newest API server knows: it warns of any other. Older ones ignore what they don't know.
const KNOWN: [&str; 31] = [
    "bsonobjectid",
    "byte",
    "cidr",
    "creditcard",
    "date",
    "date-time",
    "datetime",
    "double",
    "duration",
    "email",
    "float",
    "hexcolor",
    "hostname",
    "int32",
    "int64",
    "ipv4",
    "ipv6",
    "isbn",
    "isbn10",
    "isbn13",
    "k8s-long-name",
    "k8s-short-name",
    "mac",
    "password",
    "rgbcolor",
    "ssn",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
];

/// Brings a node's format into one that servers know, and its limits into what they can compare with.
pub(super) fn finish(node: &mut Node) {
    let format = node
        .get("format")
        .and_then(Value::as_str)
        .unwrap_or("")
        .to_owned();
    if let Some(width) = integer(&format) {
        node.insert("format".to_owned(), json!(width.format));
        within(node, &width);
    } else if node.get("type") == Some(&json!("integer")) {
        within(node, &WIDE);
    }
    match format.as_str() {
        "ip" => {
            node.remove("format");
            let either = json!([{ "format": "ipv4", "pattern": IPV4 }, { "format": "ipv6" }]);
            also(node, "anyOf", either);
        }
        // Servers take `010.0.0.1` and `::ffff:10.0.0.1` for one, and Rust takes neither.
        "ipv4" => also(node, "pattern", json!(IPV4)),
        "partial-time" => replace(node, &format!("^{TIME}$")),
        "partial-date-time" => replace(node, &format!("^{DATE}T{TIME}$")),
        "zoned-date-time" => replace(node, &format!(r"^{DATE}T{TIME}{OFFSET}\[[^\]]+\]$")),
        other if integer(other).is_some() || KNOWN.contains(&other) => {}
        _ => drop(node.remove("format")),
    }
}

/// Whether a format is that of a number.
pub(super) fn is_of_number(format: &str) -> bool {
    ["int32", "int64", "float", "double"].contains(&format)
}

/// Says the format of an integer by limits alone: beside a string a server doesn't check it.
pub(super) fn to_limits(node: &mut Node) {
    let format = node.get("format").and_then(Value::as_str).unwrap_or("");
    if !is_of_number(format) {
        return;
    }
    if format == "int32" {
        node.entry("minimum").or_insert(json!(i32::MIN));
        node.entry("maximum").or_insert(json!(i32::MAX));
    }
    node.remove("format");
}

const IPV4: &str = r"^((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])$";
/// The days of each month, and the 29th of February in leap years.
const DATE: &str = "([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])\
    |(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))\
    |([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)";
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?";
const OFFSET: &str = "(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?";

fn replace(node: &mut Node, pattern: &str) {
    node.remove("format");
    also(node, "pattern", json!(pattern));
}

fn also(node: &mut Node, key: &str, value: Value) {
    // Only types can disagree, and none is said here.
    let _ = both(node, Node::from_iter([(key.to_owned(), value)]));
}

/// How wide an integer is: the format in which a server knows it, and the limits that it then has to be told.
struct Width {
    format: &'static str,
    minimum: Option<i64>,
    maximum: Option<i64>,
}

const WIDE: Width = Width {
    format: "int64",
    minimum: None,
    maximum: None,
};

/// Servers know signed integers only.
fn integer(format: &str) -> Option<Width> {
    let (format, minimum, maximum) = match format {
        "int8" => ("int32", Some(i8::MIN.into()), Some(i8::MAX.into())),
        "int16" => ("int32", Some(i16::MIN.into()), Some(i16::MAX.into())),
        "int32" => ("int32", None, None),
        "uint8" => ("int32", Some(0), Some(u8::MAX.into())),
        "uint16" => ("int32", Some(0), Some(u16::MAX.into())),
        "uint32" => ("int64", Some(0), Some(u32::MAX.into())),
        "uint" | "uint64" | "uint128" => ("int64", Some(0), None),
        "int" | "int64" | "int128" => return Some(WIDE),
        _ => return None,
    };
    Some(Width {
        format,
        minimum,
        maximum,
    })
}

/// Narrows limits to what the type holds. A limit that the format itself can't hold makes a server refuse every
/// value, so one beyond it is left out.
fn within(node: &mut Node, width: &Width) {
    // The largest integers aren't floating-point numbers, which limits are to a server.
    let (lowest, highest) = if width.format == "int32" {
        (f64::from(i32::MIN), f64::from(i32::MAX))
    } else {
        (-LIMIT, LIMIT.next_down())
    };
    let limits = [
        ("minimum", "exclusiveMinimum", width.minimum),
        ("maximum", "exclusiveMaximum", width.maximum),
    ];
    for (key, flag, own) in limits {
        let said = node.get(key).and_then(Value::as_f64);
        if said.is_some_and(|it| {
            if key == "minimum" {
                it < lowest
            } else {
                it > highest
            }
        }) {
            node.remove(key);
            node.remove(flag);
        }
        if let Some(own) = own {
            also(node, key, json!(own));
        }
    }
}

/// 2⁶³: an integer of 64 bits is below.
const LIMIT: f64 = 9_223_372_036_854_775_808.0;
