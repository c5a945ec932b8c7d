//! What of a rule in CEL can be told without a parser: that it isn't empty, and that its brackets and quotes are
//! closed. The rest is checked where a parser is: by the API server, embedded or real.

/// Says what is wrong with an expression, in words that follow a noun.
pub(super) fn balanced(expression: &str) -> Result<(), String> {
    if expression.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    let mut open: Vec<char> = Vec::new();
    let mut rest = expression;
    while let Some(letter) = rest.chars().next() {
        match letter {
            '"' | '\'' => {
                let before = &expression[..expression.len() - rest.len()];
                rest = text(rest, letter, is_raw(before))
                    .ok_or_else(|| format!("has a {letter} that nothing closes"))?;
                continue;
            }
            '/' if rest.starts_with("//") => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]);
                continue;
            }
            '(' | '[' | '{' => open.push(letter),
            ')' | ']' | '}' => {
                let fitting = match letter {
                    ')' => '(',
                    ']' => '[',
                    _ => '{',
                };
                if open.pop() != Some(fitting) {
                    return Err(format!("has a `{letter}` that closes nothing"));
                }
            }
            _ => {}
        }
        rest = &rest[letter.len_utf8()..];
    }
    match open.pop() {
        Some(letter) => Err(format!("has a `{letter}` that nothing closes")),
        None => Ok(()),
    }
}

/// Whether what stands before a quote makes it a raw text, in which a backslash is a backslash.
fn is_raw(before: &str) -> bool {
    let prefix: String = before
        .chars()
        .rev()
        .take_while(|it| it.is_ascii_alphanumeric() || *it == '_')
        .collect();
    ["r", "R", "rb", "br", "Rb", "bR", "rB", "Br", "RB", "BR"].contains(&prefix.as_str())
}

/// What comes after the text that begins here; none if it has no end.
fn text(rest: &str, quote: char, raw: bool) -> Option<&str> {
    let three = quote.to_string().repeat(3);
    let (end, mut rest) = match rest.strip_prefix(&three) {
        Some(rest) => (three, rest),
        None => (quote.to_string(), &rest[1..]),
    };
    loop {
        if let Some(after) = rest.strip_prefix(&end) {
            return Some(after);
        }
        let mut letters = rest.chars();
        match letters.next()? {
            '\\' if !raw => drop(letters.next()?),
            '\n' if end.len() == 1 => return None,
            _ => {}
        }
        rest = letters.as_str();
    }
}
