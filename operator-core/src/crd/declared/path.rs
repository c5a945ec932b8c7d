//! A JSON path as written by hand, part by part; it works while constants are evaluated, too.

/// One part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A field: `.name` or `['name']`.
    Name(&'a str),
    /// An item of a list, or several: `[0]`, `[*]`, `[?(…)]`.
    Items,
    /// Something whose target can't be told, e.g. `..name`.
    Other,
}

/// The first part of a path and the rest; none at its end.
pub(crate) const fn part(path: &str) -> Option<(Part<'_>, &str)> {
    let bytes = path.as_bytes();
    match bytes {
        [] => None,
        [b'[', quote @ (b'\'' | b'"'), ..] => {
            let mut end = 2;
            while end < bytes.len() && bytes[end] != *quote {
                if bytes[end] == b'\\' {
                    return Some((Part::Other, ""));
                }
                end += 1;
            }
            if end + 1 >= bytes.len() || bytes[end + 1] != b']' {
                return Some((Part::Other, ""));
            }
            let (name, rest) = path.split_at(end);
            Some((Part::Name(name.split_at(2).1), rest.split_at(2).1))
        }
        [b'[', ..] => {
            // A filter has brackets of its own.
            let (mut end, mut depth) = (0, 0);
            while end < bytes.len() {
                match bytes[end] {
                    b'[' => depth += 1,
                    b']' => depth -= 1,
                    _ => {}
                }
                end += 1;
                if depth == 0 {
                    break;
                }
            }
            Some((Part::Items, path.split_at(end).1))
        }
        [b'.', ..] => {
            let mut end = 1;
            while end < bytes.len() && !matches!(bytes[end], b'.' | b'[' | b'*' | b'\\') {
                end += 1;
            }
            let odd = end < bytes.len() && matches!(bytes[end], b'*' | b'\\');
            if end == 1 || odd {
                return Some((Part::Other, ""));
            }
            let (name, rest) = path.split_at(end);
            Some((Part::Name(name.split_at(1).1), rest))
        }
        _ => Some((Part::Other, "")),
    }
}

/// The path of a field by its names.
pub(crate) fn written(names: &[String]) -> String {
    let mut path = String::new();
    for name in names {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.chars().all(plain) {
            path.push('.');
            path.push_str(name);
            continue;
        }
        // In quotes, too, a server takes a dot, a space and the like for what it is outside of them.
        path.push_str("['");
        for letter in name.chars() {
            if !plain(letter) {
                path.push('\\');
            }
            path.push(letter);
        }
        path.push_str("']");
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(mut path: &str) -> Vec<Part<'_>> {
        let mut parts = Vec::new();
        while let Some((part, rest)) = super::part(path) {
            parts.push(part);
            path = rest;
        }
        parts
    }

    #[test]
    fn what_ends_a_name_is_escaped_in_one() {
        let names = ["spec", "a-b", "from 1. to $2"].map(str::to_owned);
        assert_eq!(written(&names), r".spec.a-b['from\ 1\.\ to\ \$2']");
    }

    #[test]
    fn a_path_is_names_and_items() {
        use Part::{Items, Name, Other};
        assert_eq!(parts(".spec.a-b"), [Name("spec"), Name("a-b")]);
        assert_eq!(
            parts(".spec['a.b'].c"),
            [Name("spec"), Name("a.b"), Name("c")]
        );
        let filter = r#".status.conditions[?(@.type=="Ready")].status"#;
        assert_eq!(
            parts(filter),
            [Name("status"), Name("conditions"), Items, Name("status")]
        );
        assert_eq!(parts(".a[0][*]"), [Name("a"), Items, Items]);
        assert_eq!(parts(".a..b"), [Name("a"), Other]);
        assert_eq!(parts("a"), [Other]);
        assert_eq!(parts(".a['b"), [Name("a"), Other]);
    }
}
