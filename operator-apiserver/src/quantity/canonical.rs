//! [`canonical`]: quantities as the server writes them back.

use super::written::{BINARY, DECIMAL, Form, Written};

/// The largest number of digits that Go counts in an integer.
const FAST_DIGITS: usize = 18;

/// How fine a quantity may be; what is finer is rounded up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    /// Every quantity.
    Nano,
    /// The quantities of a `ResourceList`.
    Milli,
}

/// A quantity as it is written back: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`. A text that is nearly
/// canonical stays as it is, such as `010`.
///
/// # Errors
/// What Go says of a text that is none.
pub(crate) fn canonical(text: &str, precision: Precision) -> Result<String, &'static str> {
    let Written {
        negative,
        whole,
        fraction,
        form,
    } = Written::read(text)?;
    let sign = if negative { "-" } else { "" };
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let is_kept = match form {
        Form::Binary(power) => is_kept_binary(whole, fraction, power),
        Form::Decimal(exponent) | Form::Exponent(exponent) => {
            is_kept_decimal(whole, fraction, exponent, precision)
        }
    };
    if is_kept {
        return Ok(text.to_owned());
    }
    let digits = format!("{whole}{fraction}");
    let places = i64::try_from(fraction.len()).unwrap_or(i64::MAX);
    Ok(match form {
        Form::Decimal(exponent) | Form::Exponent(exponent) => write_decimal(
            sign,
            &digits,
            exponent.saturating_sub(places),
            form,
            precision,
        ),
        Form::Binary(power) => write_binary(sign, whole, fraction, power, precision),
    })
}

/// Go keeps the text of what it needn't change, as far as it sees that at once.
fn is_kept_decimal(whole: &str, fraction: &str, exponent: i64, precision: Precision) -> bool {
    let length = whole.len() + fraction.len();
    let scale = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
    let last = if fraction.len() >= 3 { fraction } else { whole };
    let ends_in_thousands = last.ends_with("000") && (fraction.is_empty() || fraction.len() >= 3);
    let finest = if precision == Precision::Milli {
        -3
    } else {
        -9
    };
    length <= FAST_DIGITS
        && scale >= finest
        && scale % 3 == 0
        && !ends_in_thousands
        && !whole.starts_with('0')
}

fn is_kept_binary(whole: &str, fraction: &str, power: u32) -> bool {
    let digits_of_power = usize::try_from(power * 3 / 10 + 1).unwrap_or(usize::MAX);
    let is_short = whole.len() + digits_of_power <= 15;
    fraction.is_empty() && is_short && whole.parse::<u64>().is_ok_and(|value| value & 7 != 0)
}

/// Writes digits times a power of ten, with an exponent that is a multiple of three.
fn write_decimal(
    sign: &str,
    digits: &str,
    exponent: i64,
    form: Form,
    precision: Precision,
) -> String {
    let finest = if precision == Precision::Milli {
        -3
    } else {
        -9
    };
    let mut digits = digits.trim_start_matches('0').to_owned();
    let mut exponent = exponent;
    if !digits.is_empty() && exponent < finest {
        let dropped = usize::try_from(finest - exponent).unwrap_or(usize::MAX);
        digits = round_up(&digits, dropped);
        exponent = finest;
    }
    let trimmed = digits.trim_end_matches('0').len();
    if trimmed == 0 {
        return "0".to_owned();
    }
    exponent += i64::try_from(digits.len() - trimmed).unwrap_or_default();
    digits.truncate(trimmed);
    while exponent % 3 != 0 {
        digits.push('0');
        exponent -= 1;
    }
    let suffix = match form {
        Form::Exponent(_) if exponent == 0 => String::new(),
        Form::Exponent(_) => format!("e{exponent}"),
        // Beyond the suffixes that there are, Go writes none.
        _ => {
            let named = DECIMAL.iter().find(|(_, known)| *known == exponent);
            named.map_or("", |(name, _)| name).to_owned()
        }
    };
    format!("{sign}{digits}{suffix}")
}

/// Digits without the last ones, rounded away from zero.
fn round_up(digits: &str, dropped: usize) -> String {
    let (kept, rest) = digits.split_at(digits.len().saturating_sub(dropped));
    let mut kept = kept.as_bytes().to_vec();
    if rest.bytes().any(|digit| digit != b'0') {
        let nines = kept
            .iter()
            .rev()
            .take_while(|digit| **digit == b'9')
            .count();
        let at = kept.len() - nines;
        kept[at..].fill(b'0');
        match at.checked_sub(1) {
            Some(before) => kept[before] += 1,
            None => kept.insert(0, b'1'),
        }
    }
    kept.into_iter().map(char::from).collect()
}

/// Writes a number times a power of two, at most the largest integer.
fn write_binary(
    sign: &str,
    whole: &str,
    fraction: &str,
    power: u32,
    precision: Precision,
) -> String {
    let largest = i128::from(i64::MAX);
    if whole.len() > 19 {
        return format!("{sign}{largest}");
    }
    // Further digits don't show.
    let fraction = &fraction[..fraction.len().min(20 - whole.len())];
    let digits: i128 = format!("{whole}{fraction}").parse().unwrap_or_default();
    let scaled = digits << power;
    let unit = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or_default());
    let (mut amount, is_whole) = (scaled / unit, scaled % unit == 0);
    if amount >= largest {
        return format!("{sign}{largest}");
    }
    if amount < 1024 || !is_whole {
        let exponent = -i64::try_from(fraction.len()).unwrap_or_default();
        return write_decimal(
            sign,
            &scaled.to_string(),
            exponent,
            Form::Decimal(0),
            precision,
        );
    }
    let mut suffix = "";
    for (name, _) in BINARY {
        if amount % 1024 != 0 {
            break;
        }
        amount /= 1024;
        suffix = name;
    }
    format!("{sign}{amount}{suffix}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_written_back_as_the_server_does() {
        let cases = [
            ("1000m", "1"),
            ("0.5", "500m"),
            ("1024Mi", "1Gi"),
            ("1024Ki", "1Mi"),
            ("1500Mi", "1500Mi"),
            ("1.5Gi", "1536Mi"),
            ("0.5Ki", "512"),
            ("1000", "1k"),
            ("1000k", "1M"),
            ("1000000m", "1k"),
            ("010", "010"),
            ("0100m", "0100m"),
            ("0010Mi", "0010Mi"),
            ("00", "0"),
            ("0", "0"),
            (".", "0"),
            ("-", "0"),
            (".5", "500m"),
            ("1.", "1."),
            ("1.0", "1"),
            ("1.50", "1500m"),
            ("+5", "+5"),
            ("1e3", "1e3"),
            ("1E3", "1E3"),
            ("1.5e3", "1500"),
            ("1e19", "10e18"),
            ("1e+3", "1e+3"),
            ("100e-3", "100e-3"),
            ("9E", "9E"),
            ("5Ei", "5Ei"),
            ("10Ei", "9223372036854775807"),
            ("0.1n", "1n"),
            ("0.0000000001", "1n"),
            ("1.23456789012", "1234567891n"),
            ("1000000000000000000000", "1"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(
                canonical(text, Precision::Nano).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_resource_list_is_rounded_up_to_thousandths() {
        for (text, expected) in [
            ("0.1n", "1m"),
            ("1.23456789012", "1235m"),
            ("100m", "100m"),
            ("0.9999", "1"),
        ] {
            assert_eq!(
                canonical(text, Precision::Milli).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }
}
