//! The grammar of label selectors in text: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1,m<2`.

use std::collections::BTreeSet;

use super::labels::{Operator, Requirement, key_error};

/// The requirements, in the order in which they were written.
pub(super) fn parse(text: &str) -> Result<Vec<Requirement>, String> {
    let mut parser = Parser {
        tokens: tokens(text),
        at: 0,
    };
    let mut requirements = Vec::new();
    loop {
        let (token, text) = parser.peek();
        match token {
            Token::Word | Token::Not => {}
            Token::End => return Ok(requirements),
            _ => {
                return Err(format!(
                    "found '{text}', expected: !, identifier, or 'end of string'"
                ));
            }
        }
        let requirement = parser.requirement();
        requirements
            .push(requirement.map_err(|why| format!("unable to parse requirement: {why}"))?);
        match parser.next() {
            (Token::End, _) => return Ok(requirements),
            (Token::Comma, _) => {
                let (token, text) = parser.peek();
                if !matches!(token, Token::Word | Token::Not) {
                    return Err(format!("found '{text}', expected: identifier after ','"));
                }
            }
            (_, text) => return Err(format!("found '{text}', expected: ',' or 'end of string'")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    /// A key, a value, or one of the words `in` and `notin`: which it is depends on where it stands.
    Word,
    Comma,
    Open,
    Close,
    Not,
    Equals,
    DoubleEquals,
    NotEquals,
    Greater,
    Less,
    End,
}

/// Cuts the text into tokens. A NUL ends a word, and everything if no word stands before it.
fn tokens(text: &str) -> Vec<(Token, &str)> {
    let (bytes, mut tokens, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(&byte) = bytes.get(at) {
        let (token, length) = match (byte, bytes.get(at + 1)) {
            (b' ' | b'\t' | b'\r' | b'\n', _) => {
                at += 1;
                continue;
            }
            (0, _) => break,
            (b'=', Some(b'=')) => (Token::DoubleEquals, 2),
            (b'!', Some(b'=')) => (Token::NotEquals, 2),
            (b'=', _) => (Token::Equals, 1),
            (b'!', _) => (Token::Not, 1),
            (b'(', _) => (Token::Open, 1),
            (b')', _) => (Token::Close, 1),
            (b',', _) => (Token::Comma, 1),
            (b'>', _) => (Token::Greater, 1),
            (b'<', _) => (Token::Less, 1),
            _ => {
                let ends = |byte: &u8| b"=!(),>< \t\r\n\0".contains(byte);
                let rest = &bytes[at..];
                (
                    Token::Word,
                    rest.iter().position(ends).unwrap_or(rest.len()),
                )
            }
        };
        tokens.push((token, &text[at..at + length]));
        at += length;
        if token == Token::Word && bytes.get(at) == Some(&0) {
            at += 1;
        }
    }
    tokens
}

struct Parser<'a> {
    tokens: Vec<(Token, &'a str)>,
    at: usize,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> (Token, &'a str) {
        self.tokens
            .get(self.at)
            .copied()
            .unwrap_or((Token::End, ""))
    }

    fn next(&mut self) -> (Token, &'a str) {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let (mut token, mut key) = self.next();
        let absent = token == Token::Not;
        if absent {
            (token, key) = self.next();
        }
        if token != Token::Word {
            return Err(format!("found '{key}', expected: identifier"));
        }
        if let Some(error) = key_error(key, "<nil>") {
            return Err(error);
        }
        let operator = if absent {
            Operator::DoesNotExist
        } else if matches!(self.peek().0, Token::End | Token::Comma) {
            Operator::Exists
        } else {
            self.operator()?
        };
        let values = match operator {
            Operator::Exists | Operator::DoesNotExist => BTreeSet::new(),
            Operator::In | Operator::NotIn => self.values()?,
            _ => BTreeSet::from([self.value()?]),
        };
        let values = values.into_iter().map(str::to_owned).collect();
        Requirement::new(key.to_owned(), operator, values)
    }

    fn operator(&mut self) -> Result<Operator, String> {
        Ok(match self.next() {
            (Token::Word, "in") => Operator::In,
            (Token::Word, "notin") => Operator::NotIn,
            (Token::Equals, _) => Operator::Equals,
            (Token::DoubleEquals, _) => Operator::DoubleEquals,
            (Token::NotEquals, _) => Operator::NotEquals,
            (Token::Greater, _) => Operator::GreaterThan,
            (Token::Less, _) => Operator::LessThan,
            (_, text) => {
                return Err(format!(
                    "found '{text}', expected: in, notin, =, ==, !=, gt, lt"
                ));
            }
        })
    }

    /// The one value of a comparison; what is left out is the empty one.
    fn value(&mut self) -> Result<&'a str, String> {
        if matches!(self.peek().0, Token::End | Token::Comma) {
            return Ok("");
        }
        match self.next() {
            (Token::Word, value) => Ok(value),
            (_, text) => Err(format!("found '{text}', expected: identifier")),
        }
    }

    /// The values in parentheses: `(a,,b)` has the empty one among them.
    fn values(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let (token, text) = self.next();
        if token != Token::Open {
            return Err(format!("found '{text}' expected: '('"));
        }
        let (token, text) = self.peek();
        match token {
            Token::Word | Token::Comma => {
                let values = self.value_list()?;
                // The list ends before its ')'.
                self.next();
                Ok(values)
            }
            Token::Close => {
                self.next();
                Ok(BTreeSet::from([""]))
            }
            _ => Err(format!("found '{text}', expected: ',', ')' or identifier")),
        }
    }

    fn value_list(&mut self) -> Result<BTreeSet<&'a str>, String> {
        let mut values = BTreeSet::new();
        loop {
            match self.next() {
                (Token::Word, value) => {
                    values.insert(value);
                    match self.peek() {
                        (Token::Comma, _) => {}
                        (Token::Close, _) => return Ok(values),
                        (_, text) => return Err(format!("found '{text}', expected: ',' or ')'")),
                    }
                }
                (Token::Comma, _) => {
                    if values.is_empty() {
                        values.insert("");
                    }
                    match self.peek().0 {
                        Token::Close => {
                            values.insert("");
                            return Ok(values);
                        }
                        Token::Comma => {
                            values.insert("");
                        }
                        _ => {}
                    }
                }
                (_, text) => return Err(format!("found '{text}', expected: ',', or identifier")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::selectors::LabelSelector;

    /// The error's message, cut off before the long description of what is valid.
    fn refusal(text: &str) -> String {
        let error = LabelSelector::parse(text).unwrap_err();
        assert_eq!((error.code, error.reason), (400, "BadRequest"));
        let message = error.message;
        let cut = message
            .find(": a valid label")
            .or(message.find(": name part must consist"));
        message[..cut.unwrap_or(message.len())].to_owned()
    }

    #[test]
    fn what_breaks_a_requirement_is_told_in_the_servers_words() {
        for (text, wanted) in [
            (
                "a>b",
                r#"values[0]: Invalid value: "b": for 'Gt', 'Lt' operators, the value must be an integer"#,
            ),
            (
                "a>",
                r#"values[0]: Invalid value: "": for 'Gt', 'Lt' operators, the value must be an integer"#,
            ),
            (
                "a>1.5",
                r#"values[0]: Invalid value: "1.5": for 'Gt', 'Lt' operators, the value must be an integer"#,
            ),
            ("a>-1", r#"values[0][a]: Invalid value: "-1""#),
            ("a>+1", r#"values[0][a]: Invalid value: "+1""#),
            ("a>=1", "found '=', expected: identifier"),
            ("a in", "found '' expected: '('"),
            ("a in 1", "found '1' expected: '('"),
            ("a in b)", "found 'b' expected: '('"),
            ("a in (", "found '', expected: ',', ')' or identifier"),
            ("a in (>)", "found '>', expected: ',', ')' or identifier"),
            ("a in ((1))", "found '(', expected: ',', ')' or identifier"),
            ("a in (1 2)", "found '2', expected: ',' or ')'"),
            ("a in (b", "found '', expected: ',' or ')'"),
            ("a in (b,", "found '', expected: ',', or identifier"),
            ("a in (1,>)", "found '>', expected: ',', or identifier"),
            ("a b", "found 'b', expected: in, notin, =, ==, !=, gt, lt"),
            (
                "a gt 1",
                "found 'gt', expected: in, notin, =, ==, !=, gt, lt",
            ),
            (
                "a\0b=c",
                "found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
            ("a!", "found '!', expected: in, notin, =, ==, !=, gt, lt"),
            ("a!>b", "found '!', expected: in, notin, =, ==, !=, gt, lt"),
            (
                "ain(1)",
                "found '(', expected: in, notin, =, ==, !=, gt, lt",
            ),
            ("!", "found '', expected: identifier"),
            ("!!a", "found '!', expected: identifier"),
            ("a===b", "found '=', expected: identifier"),
            ("a=!b", "found '!', expected: identifier"),
            ("a=>b", "found '>', expected: identifier"),
            ("a&b", r#"<nil>: Invalid value: "a&b""#),
            (
                "/a",
                r#"<nil>: Invalid value: "/a": prefix part must be non-empty"#,
            ),
            ("a/b/c=d", r#"<nil>: Invalid value: "a/b/c""#),
            ("a=-b", r#"values[0][a]: Invalid value: "-b""#),
            ("a in (c,-b)", r#"values[0][a]: Invalid value: "-b""#),
            ("a=\"1\"", r#"values[0][a]: Invalid value: "\"1\"""#),
            ("a=1;b=2", r#"values[0][a]: Invalid value: "1;b""#),
        ] {
            assert_eq!(
                refusal(text),
                format!("unable to parse requirement: {wanted}"),
                "{text}"
            );
        }
    }

    #[test]
    fn what_stands_between_requirements_is_told_in_the_servers_words() {
        for (text, wanted) in [
            ("a,", "found '', expected: identifier after ','"),
            ("a,,b", "found ',', expected: identifier after ','"),
            ("a in (1),", "found '', expected: identifier after ','"),
            (
                ",a",
                "found ',', expected: !, identifier, or 'end of string'",
            ),
            (
                "=",
                "found '=', expected: !, identifier, or 'end of string'",
            ),
            (
                "(a)",
                "found '(', expected: !, identifier, or 'end of string'",
            ),
            ("!a=b", "found '=', expected: ',' or 'end of string'"),
            ("!a in (1)", "found 'in', expected: ',' or 'end of string'"),
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a=b c", "found 'c', expected: ',' or 'end of string'"),
            ("a in (1)b", "found 'b', expected: ',' or 'end of string'"),
        ] {
            assert_eq!(refusal(text), wanted, "{text}");
        }
    }

    #[test]
    fn several_bad_values_are_told_together() {
        let message = LabelSelector::parse("a in (c,-b,-a)").unwrap_err().message;
        let start = r#"unable to parse requirement: [values[0][a]: Invalid value: "-a": a valid"#;
        assert!(message.starts_with(start), "{message}");
        assert!(
            message.contains(r#"?'), values[1][a]: Invalid value: "-b": a valid"#),
            "{message}"
        );
        assert!(message.ends_with("?')]"), "{message}");
    }

    #[test]
    fn the_words_of_the_grammar_are_keys_and_values_too() {
        for text in [
            "in",
            "notin",
            "in=1",
            "in in (in)",
            "a=notin",
            "a in(1)",
            "a notin(1)",
            "! a",
            "a=,b",
            "a>1,2",
        ] {
            let selector = LabelSelector::parse(text);
            assert!(selector.is_ok(), "{text}: {selector:?}");
        }
        let selector = LabelSelector::parse("in in (in,,notin)").unwrap();
        assert_eq!(selector.to_string(), "in in (,in,notin)");
    }
}
