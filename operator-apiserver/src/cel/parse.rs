//! From a rule's text to its syntax tree: the `cel` crate's parser, on what it can parse without exhausting the stack.

use cel::{
    Env, IdedExpr,
    common::ast::{Expr, SourceInfo},
};

/// How deep brackets and the chains within them (`a.b.c`, `1 + 2 + 3`) may go together. The parser and everything
/// after it call themselves that deep.
const MAX_DEPTH: usize = 160;

/// The longest expression that cel-go reads.
const MAX_LENGTH: usize = 100_000;

/// Something that is wrong at a place of a rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Issue {
    /// Line and column, from 1.
    pub(super) at: (usize, usize),
    pub(super) message: String,
}

/// A parsed rule.
pub(super) struct Parsed {
    pub(super) root: IdedExpr,
    places: SourceInfo,
}

impl Parsed {
    /// Where the node begins: line and column, from 1.
    pub(super) fn place(&self, id: u64) -> (usize, usize) {
        // The parser counts bytes, the server characters.
        let offset = self
            .places
            .offset_for(id)
            .map_or(0, |(start, _)| start as usize);
        let before = self.places.source.get(..offset).unwrap_or_default();
        let line = before.rsplit('\n').next().unwrap_or_default();
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// Parses a rule. Macros are left as the calls that they look like.
pub(super) fn parse(source: &str) -> Result<Parsed, Vec<Issue>> {
    let refuse = |message: &str| {
        let message = message.to_owned();
        Err(vec![Issue {
            at: (1, 1),
            message,
        }])
    };
    if source.chars().count() > MAX_LENGTH {
        return refuse(
            "expression code point size exceeds limit: size: more than 100000, limit 100000",
        );
    }
    if depth(source) > MAX_DEPTH {
        return refuse(
            "the embedded server does not evaluate expressions that are nested or chained this deeply",
        );
    }
    let parser = Env::default().with_optional_support(true).parser();
    let parser = parser
        .enable_ident_escape_syntax(true)
        .max_recursion_depth(u16::MAX);
    match parser.parse_with_source_info(source) {
        Ok((root, _)) if matches!(root.expr, Expr::Unspecified) => {
            refuse("Syntax error: no expression")
        }
        Ok((root, places)) => Ok(Parsed { root, places }),
        Err(errors) => {
            let mut issues: Vec<Issue> = Vec::new();
            for error in errors.errors {
                let number = |n: isize| usize::try_from(n).unwrap_or(1).max(1);
                issues.push(Issue {
                    at: (number(error.pos.0), number(error.pos.1)),
                    message: error.msg,
                });
            }
            // After a mistake of syntax the parser goes on, and complains of what it made of it.
            if issues
                .iter()
                .any(|i| i.message.starts_with("Syntax error: "))
            {
                issues.retain(|i| i.message.starts_with("Syntax error: "));
            }
            Err(issues)
        }
    }
}

/// The issues as cel-go shows them: each with the line that it is on.
pub(super) fn show(source: &str, issues: &[Issue]) -> String {
    let mut sorted = issues.to_vec();
    sorted.sort();
    sorted.dedup();
    let lines: Vec<&str> = source.split('\n').collect();
    let show_one = |issue: &Issue| {
        let (line, column) = issue.at;
        let mut text = format!("ERROR: <input>:{line}:{column}: {}", issue.message);
        if let Some(code) = lines.get(line - 1) {
            text.push_str("\n | ");
            text.push_str(&code.replace('\t', " "));
            text.push_str("\n | ");
            // Wide characters have wide signs below them.
            let mut chars = code.chars();
            for c in chars.by_ref().take(column.saturating_sub(1)) {
                text.push(if c.len_utf8() > 1 { '\u{ff0e}' } else { '.' });
            }
            text.push(if chars.next().is_some_and(|c| c.len_utf8() > 1) {
                '\u{ff3e}'
            } else {
                '^'
            });
        }
        text
    };
    sorted.iter().map(show_one).collect::<Vec<_>>().join("\n")
}

/// An upper bound of how deep the tree of an expression can be.
fn depth(source: &str) -> usize {
    let mut levels = vec![Level::default()];
    let (mut total, mut deepest) = (0_usize, 0);
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(&b) = bytes.get(at) {
        let mut level = levels.pop().unwrap_or_default();
        total -= level.chain + level.choices;
        let before = at.checked_sub(1).map(|i| bytes[i]);
        match b {
            b'"' | b'\'' => at = skip_text(bytes, at) - 1,
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                while bytes.get(at + 1).is_some_and(|b| *b != b'\n') {
                    at += 1;
                }
            }
            b')' | b']' | b'}' if !levels.is_empty() => {
                level = levels.pop().unwrap_or_default();
                total -= level.chain + level.choices;
            }
            // What follows these lies beside what was before, not below.
            b'&' | b'|' => level.chain = 0,
            b',' => level = Level::default(),
            b'?' if !matches!(before, Some(b'.' | b'[')) => level.choices += 2,
            b'.' | b'+' | b'-' | b'*' | b'/' | b'%' | b'<' | b'>' | b'=' | b'!' | b'?' | b'('
            | b'[' | b'{' => {
                level.chain += 1;
            }
            b'i' if bytes[at..].starts_with(b"in") && before.is_some_and(|b| !is_word(b)) => {
                level.chain += 1;
            }
            _ => {}
        }
        total += level.chain + level.choices;
        levels.push(level);
        if matches!(b, b'(' | b'[' | b'{') {
            levels.push(Level {
                chain: 1,
                choices: 0,
            });
            total += 1;
        }
        deepest = deepest.max(total);
        at += 1;
    }
    deepest
}

/// What has been counted at one level of brackets.
#[derive(Clone, Copy, Default)]
struct Level {
    /// Operators since the last `&&`, `||` or comma: `a.b + c`.
    chain: usize,
    /// `a ? b : c ? d : e` goes deeper with each choice.
    choices: usize,
}

fn is_word(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'_'
}

/// The index behind the quoted text that begins at `at`.
fn skip_text(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = bytes.get(at + 1) == Some(&quote) && bytes.get(at + 2) == Some(&quote);
    let raw = at > 0 && matches!(bytes[at - 1], b'r' | b'R');
    let mut next = if triple { at + 3 } else { at + 1 };
    while next < bytes.len() {
        if bytes[next] == b'\\' && !raw {
            next += 2;
        } else if bytes[next] == quote
            && (!triple
                || (bytes.get(next + 1) == Some(&quote) && bytes.get(next + 2) == Some(&quote)))
        {
            return if triple { next + 3 } else { next + 1 };
        } else {
            next += 1;
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{parse, show};

    #[test]
    fn a_syntax_error_is_shown_with_its_line_as_the_server_does() {
        let source = "self.s ==";
        let issues = parse(source).err().unwrap_or_default();
        let shown = show(source, &issues);
        assert!(
            shown.starts_with(
                "ERROR: <input>:1:10: Syntax error: mismatched input '<EOF>' expecting {'['"
            ),
            "{shown}"
        );
        assert!(shown.ends_with("\n | self.s ==\n | .........^"), "{shown}");
    }

    #[test]
    fn what_would_exhaust_the_stack_is_refused_before_it_is_parsed() {
        let n = 15_000;
        for source in [
            "(".repeat(n),
            format!("1{}", "+1".repeat(n)),
            format!("a{}", ".b".repeat(n)),
            format!("a{}", "[0]".repeat(n)),
            format!("1{}", " in 1".repeat(n)),
            format!("{}1", "true ? 1 : ".repeat(n / 3)),
            format!("{}1", "a && b ? 1 : ".repeat(n / 3)),
            format!("{}true", "!".repeat(n)),
            format!("{}1", "-".repeat(n)),
            format!("{}1", "[".repeat(n)),
            format!("{}1", "{1:".repeat(n)),
        ] {
            let issues = parse(&source).err().unwrap_or_default();
            assert!(issues[0].message.contains("deeply"), "{}", &source[..20]);
        }
    }
}
