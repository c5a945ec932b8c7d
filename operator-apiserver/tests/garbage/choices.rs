//! [`Choices`]: what a string of bytes decides, so that whoever makes the bytes, a seeded generator or a fuzzer that
//! watches the code, makes requests of some sense.

use serde_json::{Map, Value, json};

/// Texts that have been trouble somewhere.
const TEXTS: &[&str] = &[
    "",
    "a",
    "default",
    "v1",
    "metadata.name",
    "../..",
    "%2F",
    "%",
    "%zz",
    "é\u{301}",
    "\u{0}",
    "\u{feff}",
    "\u{1F600}",
    "a/b/c",
    "a=b,c!=d",
    "x in (a,b),!y",
    "null",
    "true",
    "-1",
    "1e999",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "0x10",
    "1.5Gi",
    "100m",
    "-0",
    "NaN",
    "2030-01-01T00:00:00Z",
    "0000-00-00T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "* * * * *",
    "*/0 * * * *",
    "@every 1s",
    "10.0.0.1/33",
    "::/129",
    "255.255.255.256",
    "foregroundDeletion",
    "example.com/finalizer",
    "system:masters",
    "self.a.b.all(x, x > 0)",
    "(a+)+$",
    "[",
    "\\",
    "\"",
    "{}",
    "[]",
    "$.a[?(@.b)]",
    "{.spec.a}",
    ".status.replicas",
    "/metadata/name",
    "~0~1",
    "$patch",
    "$retainKeys",
    "---\na: *b",
    "&a [*a]",
    "k:{\"name\":\"x\"}",
    "f:metadata",
];

/// How long the text of what is there many times gets at most.
const MOST_TEXT: usize = 200_000;

/// Decisions, one after the other; when the bytes are used up, all are the first and smallest.
pub(crate) struct Choices<'a> {
    bytes: &'a [u8],
}

impl<'a> Choices<'a> {
    /// Those that these bytes make.
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// Whether nothing is left to decide.
    pub(crate) fn is_over(&self) -> bool {
        self.bytes.is_empty()
    }

    /// One byte.
    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.bytes.split_first() else {
            return 0;
        };
        self.bytes = rest;
        *first
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        let number = usize::from(self.byte());
        let number = if end > 256 {
            number << 8 | usize::from(self.byte())
        } else {
            number
        };
        number % end.max(1)
    }

    /// Yes, once in so often; no when the bytes are used up.
    pub(crate) fn once_in(&mut self, times: usize) -> bool {
        !self.is_over() && self.below(times) == times - 1
    }

    /// One of these.
    pub(crate) fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }

    /// A text: mostly one that is known for trouble, at times a long or a raw one.
    pub(crate) fn text(&mut self) -> String {
        match self.below(12) {
            0 => "x".repeat(self.below(5_000)),
            1 => {
                let end = self.below(24).min(self.bytes.len());
                let (raw, rest) = self.bytes.split_at(end);
                self.bytes = rest;
                String::from_utf8_lossy(raw).into_owned()
            }
            2 => format!("{}{}", self.pick(TEXTS), self.pick(TEXTS)),
            3 => format!("thing-{}", self.below(4)),
            _ => (*self.pick(TEXTS)).to_owned(),
        }
    }

    /// A number, mostly at some edge.
    pub(crate) fn number(&mut self) -> Value {
        match self.below(12) {
            0 => json!(i64::MAX),
            1 => json!(i64::MIN),
            2 => json!(u64::MAX),
            3 => json!(-1),
            4 => json!(1.5),
            5 => json!(1e308),
            6 => json!(-1e-308),
            7 => json!(i64::from(i32::MAX) + 1),
            8 => json!(9_007_199_254_740_993_i64),
            _ => json!(self.below(300)),
        }
    }

    /// Any JSON, up to so deep.
    pub(crate) fn json(&mut self, depth: usize) -> Value {
        match self.below(if depth == 0 { 5 } else { 9 }) {
            0 => Value::Null,
            1 => json!(self.below(2) == 1),
            2 => self.number(),
            3 | 4 => json!(self.text()),
            5 => {
                let count = self.below(5);
                (0..count).map(|_| self.json(depth - 1)).collect()
            }
            6 => {
                // The same many times, or very deep.
                let item = self.json(depth - 1);
                if self.below(2) == 0 {
                    // Of many of many there would be too many.
                    let most = MOST_TEXT / item.to_string().len();
                    return vec![item; self.below(300).min(most)].into();
                }
                (0..self.below(140)).fold(item, |inner, _| json!([inner]))
            }
            _ => {
                let count = self.below(5);
                let fields = (0..count).map(|_| (self.text(), self.json(depth - 1)));
                Value::Object(fields.collect::<Map<_, _>>())
            }
        }
    }

    /// Changes some things in a value.
    pub(crate) fn spoil(&mut self, value: &mut Value) {
        for _ in 0..self.below(6) {
            self.spoil_somewhere(value, 0);
        }
    }

    fn spoil_somewhere(&mut self, value: &mut Value, depth: usize) {
        let goes_down = depth < 100 && self.below(5) > 0;
        match value {
            Value::Object(fields) if goes_down && !fields.is_empty() => {
                let at = self.below(fields.len());
                if let Some(inner) = fields.values_mut().nth(at) {
                    self.spoil_somewhere(inner, depth + 1);
                }
            }
            Value::Array(items) if goes_down && !items.is_empty() => {
                let at = self.below(items.len());
                self.spoil_somewhere(&mut items[at], depth + 1);
            }
            _ => self.spoil_here(value),
        }
    }

    fn spoil_here(&mut self, value: &mut Value) {
        match (self.below(8), &mut *value) {
            (0, _) => *value = Value::Null,
            (1 | 2, Value::Object(fields)) => {
                fields.insert(self.text(), self.json(2));
            }
            (3, Value::Object(fields)) if !fields.is_empty() => {
                let at = self.below(fields.len());
                let name = fields.keys().nth(at).cloned().unwrap_or_default();
                fields.remove(&name);
            }
            (1, Value::Array(items)) if !items.is_empty() => {
                let at = self.below(items.len());
                items.push(items[at].clone());
            }
            (2, Value::Array(items)) => items.push(self.json(2)),
            (3, Value::Array(items)) => items.clear(),
            (4, Value::String(text)) => text.push_str(&self.text()),
            (5, Value::Number(_)) => *value = self.number(),
            (6, Value::String(_)) => *value = json!(self.text()),
            _ => *value = self.json(3),
        }
    }
}
