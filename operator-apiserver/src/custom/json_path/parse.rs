//! The grammar: texts, and actions in braces.

use serde_json::{Number, Value};

use super::{Filter, JsonPath, JsonPathError, Node, Slice, error};

/// Filters and unions contain paths; nobody needs them this deep.
const MAX_DEPTH: usize = 16;

/// Parses a text with paths in braces.
pub(super) fn template(text: &str) -> Result<JsonPath, JsonPathError> {
    let parts = Parser::new(text, 0).parts()?;
    Ok(JsonPath { parts })
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, depth: usize) -> Self {
        let at = 0;
        Self { text, at, depth }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    /// Everything up to the end: texts and actions.
    fn parts(&mut self) -> Result<Vec<Vec<Node>>, JsonPathError> {
        let mut parts = Vec::new();
        while !self.rest().is_empty() {
            let text = self.rest();
            let until = text.find('{').unwrap_or(text.len());
            if until > 0 {
                parts.push(vec![Node::Literal(text[..until].into())]);
            }
            self.at += until;
            if self.skip("{") {
                parts.push(self.action()?);
            }
        }
        Ok(parts)
    }

    /// What is inside braces, up to the closing one.
    fn action(&mut self) -> Result<Vec<Node>, JsonPathError> {
        let mut nodes = Vec::new();
        loop {
            if self.skip("}") {
                return Ok(nodes);
            }
            if self.skip("[?(") {
                nodes.push(self.filter()?);
                continue;
            }
            if self.skip("..") {
                if nodes.last() == Some(&Node::Recursive) {
                    return error("invalid multiple recursive descent");
                }
                nodes.push(Node::Recursive);
                if self.peek().is_some_and(is_alphanumeric) {
                    nodes.push(self.field());
                }
                continue;
            }
            match self.peek() {
                None | Some('\r' | '\n') => return error("unclosed action"),
                // The object itself is where every path begins.
                Some(' ' | '@' | '$') => {
                    self.next();
                }
                Some('[') => {
                    self.next();
                    self.array(&mut nodes)?;
                }
                Some(quote @ ('"' | '\'')) => {
                    self.next();
                    nodes.push(self.quoted(quote)?);
                }
                Some('.') => {
                    self.next();
                    nodes.push(self.field());
                }
                Some(c) if c == '+' || c == '-' || c.is_numeric() => nodes.push(self.number()?),
                Some(c) if is_alphanumeric(c) => nodes.push(self.word()?),
                Some(c) => return error(format!("unrecognized character in action: {c:?}")),
            }
        }
    }

    fn field(&mut self) -> Node {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            if c == '\\' {
                self.next();
                name.extend(self.next().filter(|c| *c != '\\'));
            } else if is_terminator(c) {
                break;
            } else {
                name.push(c);
                self.next();
            }
        }
        match name.as_str() {
            "*" => Node::Wildcard,
            _ => Node::Field(name),
        }
    }

    fn word(&mut self) -> Result<Node, JsonPathError> {
        let rest = self.rest();
        let word = &rest[..rest.find(is_terminator).unwrap_or(rest.len())];
        self.at += word.len();
        match word {
            "true" => Ok(Node::Literal(true.into())),
            "false" => Ok(Node::Literal(false.into())),
            _ => error(format!("unrecognized identifier {word}")),
        }
    }

    fn number(&mut self) -> Result<Node, JsonPathError> {
        let rest = self.rest();
        let digits = usize::from(rest.starts_with(['+', '-']));
        let more = rest[digits..].find(|c: char| c != '.' && !c.is_numeric());
        let text = &rest[..more.map_or(rest.len(), |end| digits + end)];
        self.at += text.len();
        let float = || text.parse().ok().and_then(Number::from_f64);
        match text.parse::<i64>().map(Number::from).ok().or_else(float) {
            Some(number) => Ok(Node::Literal(Value::Number(number))),
            None => error(format!("cannot parse number {text}")),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Node, JsonPathError> {
        let mut text = String::new();
        loop {
            match self.next() {
                None | Some('\n') => return error("unterminated quoted string"),
                Some('\\') => match self.next() {
                    Some('n') => text.push('\n'),
                    Some('t') => text.push('\t'),
                    Some('r') => text.push('\r'),
                    Some(c) if c == '\\' || c == quote => text.push(c),
                    _ => return error("unquote string error invalid syntax"),
                },
                Some(c) if c == quote => return Ok(Node::Literal(text.into())),
                Some(c) => text.push(c),
            }
        }
    }

    /// After `[`: an index, a slice, a name in quotes, or several of these.
    fn array(&mut self, nodes: &mut Vec<Node>) -> Result<(), JsonPathError> {
        let rest = self.rest();
        let Some(end) = rest
            .find([']', '\n'])
            .filter(|e| rest.as_bytes()[*e] == b']')
        else {
            return error("unterminated array");
        };
        let text = &rest[..end];
        self.at += end + 1;
        if text.contains(',') {
            let inner = |part: &str| self.inner(&format!("[{}]", part.trim_matches(' ')));
            let union = text.split(',').map(inner).collect::<Result<_, _>>()?;
            nodes.push(Node::Union(union));
            return Ok(());
        }
        let name = text.strip_prefix('\'').and_then(|t| t.strip_suffix('\''));
        if let Some(name) = name.filter(|name| !name.contains('\'')) {
            nodes.extend(self.inner(&format!(".{name}"))?);
            return Ok(());
        }
        nodes.push(Node::Slice(slice(if text == "*" { ":" } else { text })?));
        Ok(())
    }

    /// After `[?(`.
    fn filter(&mut self) -> Result<Node, JsonPathError> {
        let text = self.filter_text()?;
        let none_of = |c: char| !matches!(c, '!' | '<' | '>' | '=');
        let left = text.find(|c| !none_of(c)).filter(|at| *at > 0);
        let Some((left, rest)) = left.map(|at| text.split_at(at)) else {
            let left = self.inner(text)?;
            let comparison = None;
            return Ok(Node::Filter(Box::new(Filter { left, comparison })));
        };
        let end = rest.find(none_of).unwrap_or(rest.len());
        // Something has to be left to compare with.
        let end = if end == rest.len() { end - 1 } else { end };
        let (operator, right) = rest.split_at(end);
        if operator.is_empty() {
            return error(format!("unrecognized character in action: {right:?}"));
        }
        let left = self.inner(left)?;
        let comparison = Some((operator.to_owned(), self.inner(right)?));
        Ok(Node::Filter(Box::new(Filter { left, comparison })))
    }

    /// The text up to `)]`; one quoted text in it may contain a closing parenthesis.
    fn filter_text(&mut self) -> Result<&'a str, JsonPathError> {
        let text = self.rest();
        let (mut quote, mut closed, mut before) = (None, false, '\0');
        for (at, c) in text.char_indices() {
            match c {
                '\n' => break,
                '"' | '\'' if quote.is_none() => quote = Some(c),
                '"' | '\'' if before != '\\' && quote == Some(c) => closed = true,
                ')' if quote.is_some() == closed => {
                    self.at += at + 1;
                    if self.skip("]") {
                        return Ok(&text[..at]);
                    }
                    return error("unclosed array expect ]");
                }
                _ => {}
            }
            before = c;
        }
        error("unterminated filter")
    }

    /// A path within this one.
    fn inner(&self, path: &str) -> Result<Vec<Node>, JsonPathError> {
        if self.depth == MAX_DEPTH {
            return error("too many paths within each other");
        }
        let text = format!("{{{path}}}");
        let mut parts = Parser::new(&text, self.depth + 1).parts()?;
        Ok(parts.swap_remove(0))
    }
}

fn slice(text: &str) -> Result<Slice, JsonPathError> {
    let mut bounds = text.split(':');
    let mut bound = || match bounds.next() {
        None => Ok((None, false)),
        Some("") => Ok((None, true)),
        Some(text) if text.starts_with('+') => Err(text),
        Some(text) => text.parse().map(|n: i64| (Some(n), true)).map_err(|_| text),
    };
    let invalid = |_: &str| JsonPathError(format!("invalid array index {text}"));
    let (start, _) = bound().map_err(invalid)?;
    let (end, has_end) = bound().map_err(invalid)?;
    let (step, _) = bound().map_err(invalid)?;
    if bounds.next().is_some() {
        return error(format!("invalid array index {text}"));
    }
    let is_index = !has_end;
    let end = if is_index {
        Some(start.unwrap_or(0).saturating_add(1))
    } else {
        end
    };
    Ok(Slice {
        start,
        end,
        is_index,
        step,
    })
}

fn is_alphanumeric(c: char) -> bool {
    c == '_' || c.is_alphanumeric()
}

fn is_terminator(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\r' | '\n' | '.' | ',' | '[' | ']' | '$' | '@' | '{' | '}'
    )
}
