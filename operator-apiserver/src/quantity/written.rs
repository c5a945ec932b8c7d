//! [`Written`]: a quantity as it stands in a text, taken apart.

/// What Go says of a text that is no quantity.
const MALFORMED: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX: &str = "unable to parse quantity's suffix";

pub(super) const DECIMAL: [(&str, i64); 10] = [
    ("n", -9),
    ("u", -6),
    ("m", -3),
    ("", 0),
    ("k", 3),
    ("M", 6),
    ("G", 9),
    ("T", 12),
    ("P", 15),
    ("E", 18),
];
pub(super) const BINARY: [(&str, u32); 6] = [
    ("Ki", 10),
    ("Mi", 20),
    ("Gi", 30),
    ("Ti", 40),
    ("Pi", 50),
    ("Ei", 60),
];

/// What its suffix says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A power of ten, by its letter.
    Decimal(i64),
    /// A power of ten, by its number.
    Exponent(i64),
    /// A power of two.
    Binary(u32),
}

/// The parts of a text such as `-1.5Gi`.
pub(super) struct Written<'a> {
    pub(super) negative: bool,
    /// The digits before the point.
    pub(super) whole: &'a str,
    /// The digits behind it.
    pub(super) fraction: &'a str,
    pub(super) form: Form,
}

impl<'a> Written<'a> {
    /// Takes a text apart.
    ///
    /// # Errors
    /// What Go says of a text that is no quantity.
    pub(super) fn read(text: &'a str) -> Result<Self, &'static str> {
        if text.is_empty() {
            return Err(MALFORMED);
        }
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let (whole, rest) = split_digits(unsigned);
        let (fraction, suffix) = match rest.strip_prefix('.') {
            Some(rest) => split_digits(rest),
            None => ("", rest),
        };
        Ok(Self {
            negative: text.starts_with('-'),
            whole,
            fraction,
            form: form(suffix)?,
        })
    }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(
        text.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(text.len()),
    )
}

fn form(suffix: &str) -> Result<Form, &'static str> {
    let after_letters = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let digits = after_letters
        .strip_prefix(['+', '-'])
        .unwrap_or(after_letters);
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MALFORMED);
    }
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Ok(Form::Decimal(*exponent));
    }
    if let Some((_, power)) = BINARY.iter().find(|(name, _)| *name == suffix) {
        return Ok(Form::Binary(*power));
    }
    let exponent = suffix
        .strip_prefix(['e', 'E'])
        .and_then(|digits| digits.parse::<i32>().ok());
    exponent
        .map(|exponent| Form::Exponent(exponent.into()))
        .ok_or(SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_quantity_is_refused() {
        let why = |text| Written::read(text).err();
        for text in ["", "abc", "1.2.3", "1 ", "0x1", "1Ki1.", "é"] {
            assert_eq!(why(text), Some(MALFORMED), "{text}");
        }
        for text in ["1mm", "1e", "1ki", "1i", "--1", "1kk", "1Ki1"] {
            assert_eq!(why(text), Some(SUFFIX), "{text}");
        }
    }
}
