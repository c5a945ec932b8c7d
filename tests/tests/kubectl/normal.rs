//! What of an answer differs from one run to the next is replaced by its name.

use regex::Regex;

/// What is looked for, and what it is called instead. Widths follow from the values, so blanks are made equal too.
const REPLACED: [(&str, &str); 13] = [
    (
        r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "UID",
    ),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
    (
        r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}",
        "TIME",
    ),
    (r#"(resourceVersion"?: ?)"\d+""#, r#"$1"RV""#),
    (r"(Resource Version: +)\d+", "${1}RV"),
    (r"https://127\.0\.0\.1:\d+", "SERVER"),
    (r"\b10\.\d+\.\d+\.\d+\b", "IP"),
    (r"\b\d+[smhd](\d+[smh])?( ago)?(\s|$)", "AGE$3"),
    (r"[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ ", "LOG "),
    (r"/tmp/[^\s]+", "FILE"),
    (r"(\S) {2,}", "$1   "),
    (r"(?m)[ \t]+$", ""),
    (r"\n+\z", "\n"),
];

/// The answer without what changes by itself.
pub(crate) fn normal(answer: &str) -> String {
    let mut text = answer.to_owned();
    for (pattern, name) in REPLACED {
        let pattern = Regex::new(pattern).expect("a pattern");
        text = pattern.replace_all(&text, name).into_owned();
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text
}
