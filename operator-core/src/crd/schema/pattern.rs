//! Patterns as API servers read them: RE2, which has no look-around and no back-references.

use regex_syntax::ast::{ErrorKind, parse::Parser};

/// Why a server would refuse a pattern, as far as that is certain: the dialects differ in small things.
pub(super) fn refused(pattern: &str) -> Option<String> {
    let error = Parser::new().parse(pattern).err()?;
    let certain = matches!(
        error.kind(),
        ErrorKind::UnsupportedLookAround
            | ErrorKind::UnsupportedBackreference
            | ErrorKind::ClassUnclosed
            | ErrorKind::EscapeUnexpectedEof
            | ErrorKind::GroupUnclosed
            | ErrorKind::GroupUnopened
            | ErrorKind::RepetitionMissing
    );
    certain.then(|| {
        format!(
            "a server can't read the pattern `{pattern}`: {}; write one that RE2 takes",
            error.kind()
        )
    })
}

/// A pattern that takes these words alone.
pub(super) fn words(words: &[&str]) -> String {
    let words: Vec<_> = words.iter().map(|it| regex_syntax::escape(it)).collect();
    format!("^({})$", words.join("|"))
}
