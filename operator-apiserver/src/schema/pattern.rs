//! [`Pattern`]: a `pattern`, compiled once, that means what it means to Go.

use std::fmt::{self, Write as _};

use regex::{Regex, RegexBuilder};

/// How large a compiled pattern may get: enough for `{0,1000}` over a class of characters.
const SIZE_LIMIT: usize = 8 << 20;

/// A regular expression as a schema writes it: found anywhere in the text.
#[derive(Clone)]
pub(crate) struct Pattern {
    source: String,
    regex: Result<Regex, String>,
}

impl Pattern {
    /// Compiles an expression in Go's syntax. One that can't be compiled matches nothing.
    #[must_use]
    pub(crate) fn new(source: &str) -> Self {
        let regex = compile(source);
        Self {
            source: source.to_owned(),
            regex,
        }
    }

    /// As the schema writes it.
    #[must_use]
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Why it could not be compiled.
    #[must_use]
    pub(crate) fn error(&self) -> Option<&str> {
        self.regex.as_ref().err().map(String::as_str)
    }

    /// Whether it is found in `text`.
    #[must_use]
    pub(crate) fn is_match(&self, text: &str) -> bool {
        self.regex.as_ref().is_ok_and(|regex| regex.is_match(text))
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

fn compile(source: &str) -> Result<Regex, String> {
    let translated = Translation::of(source)?;
    let built = RegexBuilder::new(&translated)
        .size_limit(SIZE_LIMIT)
        .build();
    built.map_err(|error| in_gos_words(&error, source))
}

/// What Go says of an expression that the `regex` crate refuses.
fn in_gos_words(error: &regex::Error, source: &str) -> String {
    if matches!(error, regex::Error::CompiledTooBig(_)) {
        return refusal("expression too large", "");
    }
    let text = error.to_string();
    // The last line says what is wrong, the carets above it show where.
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.last().copied().unwrap_or_default();
    let last = last.strip_prefix("error: ").unwrap_or(last);
    let culprit = match lines.as_slice() {
        [_, shown, carets, _] => marked(shown, carets),
        _ => source.to_owned(),
    };
    if last.contains("unclosed character class") {
        return refusal(
            "missing closing ]",
            &source[source.rfind('[').unwrap_or(0)..],
        );
    }
    if last.contains("character class range") || last.contains("Unicode property") {
        return refusal("invalid character class range", &culprit);
    }
    match last {
        "unclosed group" => refusal("missing closing )", source),
        "unopened group" => refusal("unexpected )", source),
        "repetition operator missing expression" => {
            refusal("missing argument to repetition operator", &culprit)
        }
        other => refusal(other, &culprit),
    }
}

/// The part of a line above a row of carets.
fn marked(shown: &str, carets: &str) -> String {
    let start = carets.find('^').unwrap_or_default();
    let length = carets.matches('^').count();
    shown.chars().skip(start).take(length).collect()
}

fn refusal(what: &str, fragment: &str) -> String {
    if fragment.is_empty() {
        return format!("error parsing regexp: {what}");
    }
    format!("error parsing regexp: {what}: `{fragment}`")
}

/// The translation of Go's syntax into the `regex` crate's: `\Q..\E` is spelled out, `\d`, `\w`, `\s` and `\b`
/// mean ASCII, set operators in a class stand for themselves, and what Go doesn't know is refused.
struct Translation<'a> {
    source: &'a str,
    rest: &'a str,
    out: String,
    in_class: bool,
    /// Where the last repetition begins and ends.
    repetition: Option<(usize, usize)>,
}

impl<'a> Translation<'a> {
    fn of(source: &'a str) -> Result<String, String> {
        let mut this = Self {
            source,
            rest: source,
            repetition: None,
            out: String::with_capacity(source.len() + 8),
            in_class: false,
        };
        while let Some(c) = this.rest.chars().next() {
            let from = this.rest;
            this.rest = &from[c.len_utf8()..];
            match (c, this.in_class) {
                ('\\', _) => this.escape()?,
                (_, true) => this.class_character(c, from)?,
                (_, false) => this.character(c, from)?,
            }
        }
        Ok(this.out)
    }

    fn character(&mut self, c: char, from: &'a str) -> Result<(), String> {
        match c {
            '[' => {
                self.in_class = true;
                self.out.push('[');
                if let Some(beyond) = self.rest.strip_prefix('^') {
                    self.out.push('^');
                    self.rest = beyond;
                }
                // As the first of all, a bracket stands for itself.
                if let Some(beyond) = self.rest.strip_prefix(']') {
                    self.out.push_str("\\]");
                    self.rest = beyond;
                }
            }
            '{' => match repetition(self.rest) {
                None => self.out.push_str("\\{"),
                Some(count) => {
                    let (low, high) = count.split_once(',').unwrap_or((count, count));
                    let low: u32 = low.parse().unwrap_or(u32::MAX);
                    let high: u32 = if high.is_empty() {
                        low
                    } else {
                        high.parse().unwrap_or(u32::MAX)
                    };
                    if high > 1000 || low > high {
                        return Err(refusal("invalid repeat count", &format!("{{{count}}}")));
                    }
                    self.rest = &self.rest[count.len() + 1..];
                    self.repeat(from)?;
                }
            },
            '*' | '+' | '?' => self.repeat(from)?,
            '(' => self.group()?,
            _ => self.out.push(c),
        }
        Ok(())
    }

    /// A repetition, which may be lazy, but not repeated itself.
    fn repeat(&mut self, from: &'a str) -> Result<(), String> {
        self.rest = self.rest.strip_prefix('?').unwrap_or(self.rest);
        let start = self.source.len() - from.len();
        let end = self.source.len() - self.rest.len();
        if let Some((first, last)) = self.repetition
            && last == start
        {
            return Err(refusal(
                "invalid nested repetition operator",
                &self.source[first..end],
            ));
        }
        self.repetition = Some((start, end));
        self.out.push_str(&self.source[start..end]);
        Ok(())
    }

    /// A group, without its name: Go lets two have the same. Refuses what only one of the two knows, such as
    /// lookarounds and the flag `x`.
    fn group(&mut self) -> Result<(), String> {
        self.out.push('(');
        let Some(flags) = self.rest.strip_prefix('?') else {
            return Ok(());
        };
        let named = flags.strip_prefix('P').unwrap_or(flags).strip_prefix('<');
        if let Some((name, beyond)) = named.and_then(|named| named.split_once('>'))
            && !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            self.rest = beyond;
            return Ok(());
        }
        let end = flags.find(|c| !"imsU-".contains(c)).unwrap_or(flags.len());
        let last = flags[end..].chars().next();
        if let Some(':' | ')') = last {
            return Ok(());
        }
        let end = end + last.map_or(0, char::len_utf8);
        let shown = format!("(?{}", &flags[..end]);
        Err(refusal("invalid or unsupported Perl syntax", &shown))
    }

    fn class_character(&mut self, c: char, from: &'a str) -> Result<(), String> {
        match c {
            '[' => match posix_class(from) {
                Some((class, true)) => {
                    self.out.push_str(class);
                    self.rest = &from[class.len()..];
                }
                Some((class, false)) => {
                    return Err(refusal("invalid character class range", class));
                }
                None => self.out.push_str("\\["),
            },
            ']' => {
                self.in_class = false;
                self.out.push(']');
            }
            '-' if self.rest.starts_with('-') => {
                // Two of them: the crate would subtract. The one that stands for itself is escaped.
                if self.out.ends_with('[') || self.out.ends_with("[^") {
                    self.out.push_str("\\-");
                } else {
                    self.out.push_str("-\\-");
                    self.rest = &self.rest[1..];
                }
            }
            '&' | '~' => {
                self.out.push('\\');
                self.out.push(c);
            }
            _ => self.out.push(c),
        }
        Ok(())
    }

    fn escape(&mut self) -> Result<(), String> {
        let Some(c) = self.rest.chars().next() else {
            return Err(
                "error parsing regexp: trailing backslash at end of expression: ``".to_owned(),
            );
        };
        self.rest = &self.rest[c.len_utf8()..];
        let text = match (c, self.in_class) {
            ('Q', false) => {
                let (literal, beyond) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
                self.out.push_str(&regex::escape(literal));
                self.rest = beyond;
                return Ok(());
            }
            ('0'..='7', _) => return self.octal(c),
            ('d', true) => "0-9",
            ('d', false) => "[0-9]",
            ('D', _) => "[^0-9]",
            ('w', true) => "0-9A-Za-z_",
            ('w', false) => "[0-9A-Za-z_]",
            ('W', _) => "[^0-9A-Za-z_]",
            ('s', true) => r"\t\n\x0C\r ",
            ('s', false) => r"[\t\n\x0C\r ]",
            ('S', _) => r"[^\t\n\x0C\r ]",
            ('b', false) => r"(?-u:\b)",
            ('B', false) => r"(?-u:\B)",
            ('A' | 'z', false) | ('p' | 'P' | 'x' | 'a' | 'f' | 't' | 'n' | 'r' | 'v', _) => {
                self.out.push('\\');
                self.out.push(c);
                if let ('x' | 'p' | 'P', true) = (c, self.rest.starts_with('{')) {
                    return self.braced(c);
                }
                return Ok(());
            }
            _ if c.is_ascii_punctuation() => {
                self.out
                    .push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
                return Ok(());
            }
            _ => return Err(refusal("invalid escape sequence", &format!("\\{c}"))),
        };
        self.out.push_str(text);
        Ok(())
    }

    /// The rest of `\x{10ffff}` and `\p{Greek}`.
    fn braced(&mut self, c: char) -> Result<(), String> {
        let end = self.rest.find('}').map_or(self.rest.len(), |end| end + 1);
        let (braced, beyond) = self.rest.split_at(end);
        let code = braced.trim_matches(['{', '}']);
        if c == 'x' && u32::from_str_radix(code, 16).map_or(true, |code| code > 0x0010_ffff) {
            let shown = braced.trim_end_matches('}');
            return Err(refusal("invalid escape sequence", &format!("\\x{shown}")));
        }
        self.out.push_str(braced);
        self.rest = beyond;
        Ok(())
    }

    /// `\0`, `\012`: up to three octal digits. A single one but zero would refer back, which Go doesn't have.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let more = self
            .rest
            .bytes()
            .take(2)
            .take_while(|b| (b'0'..=b'7').contains(b));
        let digits = more.count();
        if first != '0' && digits == 0 {
            return Err(refusal("invalid escape sequence", &format!("\\{first}")));
        }
        let octal = format!("{first}{}", &self.rest[..digits]);
        self.rest = &self.rest[digits..];
        let code = u32::from_str_radix(&octal, 8).unwrap_or_default();
        // A `String` takes every write.
        _ = write!(self.out, "\\x{{{code:x}}}");
        Ok(())
    }
}

/// The inside of `{2,5}`, after its first brace; `None` if it is none.
fn repetition(after: &str) -> Option<&str> {
    let (inner, _) = after.split_once('}')?;
    let (low, high) = inner.split_once(',').unwrap_or((inner, "0"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (!low.is_empty() && digits(low) && digits(high)).then_some(inner)
}

/// `[:alpha:]` and the like, if the text starts with one, and whether it is known.
fn posix_class(text: &str) -> Option<(&str, bool)> {
    const NAMES: [&str; 14] = [
        "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
        "space", "upper", "word", "xdigit",
    ];
    let inner = text.strip_prefix("[:")?;
    let length = inner.find(":]")?;
    let name = &inner[..length];
    let is_known = NAMES.contains(&name.strip_prefix('^').unwrap_or(name));
    Some((&text[..length + 4], is_known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_mean_what_they_mean_to_go() {
        let cases = [
            ("^a$", "a", true),
            ("b", "abc", true),
            (r"\Qa.b\E+", "a.bb", true),
            (r"\Qa.b\E", "axb", false),
            (r"^\d$", "\u{661}", false),
            (r"^[\w.]+$", "a_9.", true),
            (r"^\w$", "\u{e4}", false),
            (r"^[[:alpha:]-]+$", "a-b", true),
            (r"^[a&&b]+$", "a&b", true),
            (r"^[[a]+$", "[a", true),
            (r"^[]a]+$", "]a", true),
            (r"^[+--]+$", "+,-", true),
            (r"^[--/]+$", "-./", true),
            (r"^a{,2}$", "a{,2}", true),
            (r"^\101$", "A", true),
            (r"^\/\-$", "/-", true),
            (r"\z", "", true),
            (r"^(?i)abc$", "ABC", true),
            (r"^[^\s]+$", "a b", false),
            (r"^.$", "\n", false),
            ("^(?<n>a)(?P<n>b)$", "ab", true),
            (r"^\x{e4}\p{Greek}$", "\u{e4}\u{3b1}", true),
            ("^a{2}?b*?$", "aab", true),
        ];
        for (source, text, expected) in cases {
            let pattern = Pattern::new(source);
            assert_eq!(pattern.error(), None, "{source}");
            assert_eq!(pattern.is_match(text), expected, "{source} on {text:?}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused_in_its_words() {
        let cases = [
            ("[a", "error parsing regexp: missing closing ]: `[a`"),
            ("(a", "error parsing regexp: missing closing ): `(a`"),
            ("a)", "error parsing regexp: unexpected ): `a)`"),
            (
                "*a",
                "error parsing regexp: missing argument to repetition operator: `*`",
            ),
            (
                "(?=a)",
                "error parsing regexp: invalid or unsupported Perl syntax: `(?=`",
            ),
            (
                r"(a)\1",
                r"error parsing regexp: invalid escape sequence: `\1`",
            ),
            (
                r"\Z",
                r"error parsing regexp: invalid escape sequence: `\Z`",
            ),
            (
                "a{1001}",
                "error parsing regexp: invalid repeat count: `{1001}`",
            ),
            (
                "a\\",
                "error parsing regexp: trailing backslash at end of expression: ``",
            ),
        ];
        for (source, expected) in cases {
            assert_eq!(Pattern::new(source).error(), Some(expected), "{source}");
        }
    }

    #[test]
    fn an_expression_that_would_grow_without_bound_is_refused() {
        let pattern = Pattern::new(r"((\pL{1000}){1000}){1000}");
        assert!(pattern.error().is_some());
        assert!(!pattern.is_match("a"));
    }
}
