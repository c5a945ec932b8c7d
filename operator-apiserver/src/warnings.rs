//! The `Warning` headers of an answer: each text once, and not more than clients can take.

use std::{borrow::Cow, collections::HashSet};

/// How many characters all warnings of an answer have together before they are cut short.
const MOST: usize = 4 * 1024;
/// How many are left of one that is cut short.
const MOST_OF_ONE: usize = 256;

/// The values of the headers.
pub(crate) fn headers(warnings: &[String]) -> Vec<String> {
    let mut seen = HashSet::new();
    let texts: Vec<&str> = warnings
        .iter()
        .map(String::as_str)
        .filter(|text| seen.insert(*text))
        .collect();
    let length = |text: &str| text.chars().count();
    let too_long = texts.iter().map(|text| length(text)).sum::<usize>() > MOST;
    let mut told = 0;
    let mut headers = Vec::new();
    for text in texts {
        if told >= MOST {
            break;
        }
        let text = if too_long {
            text.chars().take(MOST_OF_ONE).collect()
        } else {
            Cow::Borrowed(text)
        };
        told += length(&text);
        let text = text.replace('\\', "\\\\").replace('"', "\\\"");
        headers.push(format!("299 - \"{text}\""));
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_told_once() {
        let texts = ["a \"b\"", "c\\", "a \"b\""].map(str::to_owned);
        assert_eq!(headers(&texts), [r#"299 - "a \"b\"""#, r#"299 - "c\\""#]);
    }

    /// Seen on a 1.37.
    #[test]
    fn many_warnings_are_cut_short() {
        let mut unknown: Vec<String> = (0..300)
            .map(|i| format!("unknown field \"u{i}\""))
            .collect();
        unknown.sort();
        assert_eq!(headers(&unknown).len(), 207);

        let long: Vec<String> = (0..20).map(|i| format!("{i:0300}")).collect();
        let told = headers(&long);
        assert_eq!(told.len(), 16);
        assert!(
            told.iter()
                .all(|header| header.len() == "299 - \"\"".len() + 256)
        );
        assert_eq!(headers(&long[..13])[0].len(), "299 - \"\"".len() + 300);
    }
}
