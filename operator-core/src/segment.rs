//! Names as segments of a URL's path: which texts can be one, and how they are written there.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What is encoded in a path: all but what RFC 3986 leaves unreserved, and `:`, which a path may have and names of roles have.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b':')
    .remove(b'_')
    .remove(b'~');

/// A name as it is written in a path. Those of roles may have almost anything in them.
#[must_use]
pub fn segment(name: &str) -> Cow<'_, str> {
    utf8_percent_encode(name, ENCODED).into()
}

/// What is said of a name that is none.
pub(crate) const NO_SEGMENT: &str =
    "which no object can have: it may be neither `.` nor `..`, nor have `/` or `%` in it";

/// Whether a text can be one segment of a path, which the names of all kinds have to be; what else they have to be is the
/// server's to say. After `IsValidPathSegmentName` of apimachinery.
pub(crate) fn is_segment(text: &str) -> bool {
    !matches!(text, "." | "..") && !text.contains(['/', '%'])
}

#[cfg(test)]
mod tests {
    use http::Uri;

    use super::*;

    #[test]
    fn a_name_is_one_segment_of_a_path_whatever_is_in_it() {
        for (name, in_path) in [
            ("web-0.example.com", "web-0.example.com"),
            ("system:node", "system:node"),
            ("who? me #1", "who%3F%20me%20%231"),
            ("ü", "%C3%BC"),
        ] {
            assert!(is_segment(name));
            assert_eq!(segment(name), in_path);
            let path = format!("/api/v1/roles/{in_path}");
            assert_eq!(path.parse::<Uri>().unwrap().path(), path);
        }
    }

    #[test]
    fn a_name_that_would_lead_to_another_path_is_none() {
        for name in ["..", ".", "../secrets/a", "a/status", "a%2fstatus"] {
            assert!(!is_segment(name), "{name}");
        }
    }
}
