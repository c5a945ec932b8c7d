//! What of CEL has to be known without a parser: how a rule names a field, and which names a rule mentions.

/// The words that CEL keeps for itself: a field of that name is written `__word__`.
const RESERVED: [&str; 20] = [
    "true",
    "false",
    "null",
    "in",
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
];

/// How a rule names a field; none if it can't.
pub(crate) fn field(name: &str) -> Option<String> {
    if RESERVED.contains(&name) {
        return Some(format!("__{name}__"));
    }
    let mut letters = name.chars();
    let first = letters.next()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "_.-/".contains(c);
    if !plain(first) || first.is_ascii_digit() || !letters.all(plain) {
        return None;
    }
    let escaped = name
        .replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__");
    Some(escaped)
}

/// Whether an expression has that identifier, outside of texts.
pub(crate) fn mentions(expression: &str, identifier: &str) -> bool {
    let mut quote = None;
    let mut word = String::new();
    let mut letters = expression.chars();
    while let Some(letter) = letters.next() {
        match quote {
            Some(_) if letter == '\\' => drop(letters.next()),
            Some(open) if letter == open => quote = None,
            None if letter.is_ascii_alphanumeric() || letter == '_' => {
                word.push(letter);
                continue;
            }
            None if letter == '"' || letter == '\'' => quote = Some(letter),
            _ => {}
        }
        if word == identifier {
            return true;
        }
        word.clear();
    }
    word == identifier
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_names_any_field_that_it_can() {
        assert_eq!(field("replicas").as_deref(), Some("replicas"));
        assert_eq!(field("a-b.c").as_deref(), Some("a__dash__b__dot__c"));
        assert_eq!(field("namespace").as_deref(), Some("__namespace__"));
        assert_eq!(field("a__b").as_deref(), Some("a__underscores__b"));
        assert_eq!(field("größe"), None);
        assert_eq!(field("1a"), None);
    }

    #[test]
    fn a_text_mentions_nothing() {
        assert!(mentions("self == oldSelf", "oldSelf"));
        assert!(mentions("oldSelf.a>1", "oldSelf"));
        assert!(!mentions("self == 'oldSelf' + \"\\\"oldSelf\"", "oldSelf"));
        assert!(!mentions("self.oldSelfie", "oldSelf"));
    }
}
