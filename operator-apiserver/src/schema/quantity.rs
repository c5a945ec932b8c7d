//! Quantities (`resource.Quantity`) as the server writes them back.

/// What Go says of a text that is no quantity.
const MALFORMED: &str =
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX: &str = "unable to parse quantity's suffix";
const DECIMAL: [(&str, i32); 10] = [
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
const BINARY: [&str; 6] = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/// How a quantity was written, and is written again.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Decimal,
    Exponent,
    Binary,
}

/// A quantity in its canonical form: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`.
///
/// # Errors
/// What Go says of a text that is none.
pub(super) fn canonical(text: &str) -> Result<String, &'static str> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let number_end = unsigned
        .find(|c: char| !(c.is_ascii_digit() || c == '.'))
        .unwrap_or(unsigned.len());
    let (number, suffix) = unsigned.split_at(number_end);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if number.is_empty() || fraction.contains('.') || !is_suffix(suffix) {
        return Err(MALFORMED);
    }
    if whole.is_empty() && fraction.is_empty() {
        return Err(MALFORMED);
    }
    let (form, base_exponent) = exponent(suffix).ok_or(SUFFIX)?;
    let Some(nanos) = nanos(whole, fraction, form, base_exponent) else {
        // Beyond what is kept: the largest quantity there is.
        let largest = i128::from(i64::MAX);
        return Ok(write(negative, largest * 1_000_000_000, Form::Decimal));
    };
    Ok(write(negative, nanos, form))
}

fn is_suffix(suffix: &str) -> bool {
    let letters = suffix.trim_start_matches(|c: char| "eEinumkKMGTP".contains(c));
    let digits = letters.strip_prefix(['+', '-']).unwrap_or(letters);
    digits.bytes().all(|b| b.is_ascii_digit())
}

/// The form, and the power of 10 (or of 2) that a suffix stands for.
fn exponent(suffix: &str) -> Option<(Form, i32)> {
    if let Some((_, exponent)) = DECIMAL.iter().find(|(name, _)| *name == suffix) {
        return Some((Form::Decimal, *exponent));
    }
    if let Some(step) = BINARY.iter().position(|name| *name == suffix) {
        return Some((Form::Binary, (i32::try_from(step).ok()? + 1) * 10));
    }
    let digits = suffix.strip_prefix(['e', 'E'])?;
    Some((Form::Exponent, digits.parse().ok()?))
}

/// The amount in billionths, rounded up; `None` if it is beyond the largest.
fn nanos(whole: &str, fraction: &str, form: Form, exponent: i32) -> Option<i128> {
    let limit = i128::from(i64::MAX) * 1_000_000_000;
    let fraction = fraction.trim_end_matches('0');
    let whole = whole.trim_start_matches('0');
    if whole.is_empty() && fraction.is_empty() {
        return Some(0);
    }
    // What is beyond 27 digits can't change the amount but by rounding up.
    if whole.len() > 27 {
        return None;
    }
    let (kept, rest) = fraction.split_at(fraction.len().min(27 - whole.len().min(18)));
    let mut digits: i128 = format!("0{whole}{kept}").parse().ok()?;
    if !rest.is_empty() {
        digits += 1;
    }
    let mut places = -i32::try_from(kept.len()).ok()?;
    let factor = match form {
        Form::Binary => 1_i128 << exponent,
        Form::Decimal | Form::Exponent => {
            places += exponent;
            1
        }
    };
    places += 9;
    let mut amount = digits.checked_mul(factor)?;
    while places > 0 {
        amount = amount.checked_mul(10)?;
        places -= 1;
        if amount > limit {
            return None;
        }
    }
    while places < 0 {
        amount = (amount + 9) / 10;
        places += 1;
        if amount == 1 {
            break;
        }
    }
    (amount <= limit).then_some(amount)
}

fn write(negative: bool, nanos: i128, form: Form) -> String {
    if nanos == 0 {
        return "0".to_owned();
    }
    let sign = if negative { "-" } else { "" };
    let units = nanos / 1_000_000_000;
    let is_whole = nanos % 1_000_000_000 == 0;
    if form == Form::Binary && is_whole && units >= 1024 {
        let mut amount = units;
        let mut step = 0;
        while amount % 1024 == 0 && step < BINARY.len() {
            amount /= 1024;
            step += 1;
        }
        let suffix = if step == 0 { "" } else { BINARY[step - 1] };
        return format!("{sign}{amount}{suffix}");
    }
    let mut amount = nanos;
    let mut exponent = -9;
    while amount % 1000 == 0 && exponent < 18 {
        amount /= 1000;
        exponent += 3;
    }
    let suffix = match form {
        Form::Exponent if exponent == 0 => String::new(),
        Form::Exponent => format!("e{exponent}"),
        _ => {
            let named = DECIMAL.iter().find(|(_, known)| *known == exponent);
            named.map_or(String::new(), |(name, _)| (*name).to_owned())
        }
    };
    format!("{sign}{amount}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_take_their_canonical_form() {
        let cases = [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1500Mi", "1500Mi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("100", "100"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("1500e0", "1500"),
            ("1E", "1E"),
            ("0", "0"),
            ("0Ki", "0"),
            ("-1500m", "-1500m"),
            ("+1", "1"),
            (".5", "500m"),
            ("1.", "1"),
            ("0.1n", "1n"),
            ("100k", "100k"),
            ("1024", "1024"),
            ("1Ki", "1Ki"),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_quantity_is_refused() {
        for text in ["", "abc", "1.2.3", "1 ", "--1", "+", "."] {
            assert_eq!(canonical(text), Err(MALFORMED), "{text}");
        }
        for text in ["1mm", "1e", "1ki", "1i"] {
            assert_eq!(canonical(text), Err(SUFFIX), "{text}");
        }
    }
}
