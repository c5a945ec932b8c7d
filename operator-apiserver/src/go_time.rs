//! Times and durations as Go parses and prints them.

use std::fmt::Write as _;

/// Of seconds.
const DAY: i64 = 86_400;
/// `time.RFC3339`, in which `metav1.Time` is read.
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// The layout of `metav1.MicroTime`.
const MICRO: &str = "2006-01-02T15:04:05.000000Z07:00";

/// A time in RFC 3339.
///
/// # Errors
/// What Go says of a text that is none.
pub(crate) fn rfc3339(text: &str) -> Result<Written, String> {
    parse(text, RFC3339)
}

/// A `metav1.Time` as it is written back: in UTC, to the second.
///
/// # Errors
/// What Go says of a text that is none.
pub(crate) fn canonical_time(text: &str) -> Result<String, String> {
    rfc3339(text).map(|time| time.to_utc(false))
}

/// A `metav1.MicroTime` as it is written back: in UTC, with six digits.
///
/// # Errors
/// What Go says of a text that is none.
pub(crate) fn canonical_micro_time(text: &str) -> Result<String, String> {
    parse(text, MICRO).map(|time| time.to_utc(true))
}

/// A date such as `2006-01-02`, in days since 1970.
pub(crate) fn date(text: &str) -> Option<i64> {
    let mut reader = Reader {
        text,
        rest: text,
        layout: "2006-01-02",
    };
    let date = reader.date().ok()?;
    let date = date.in_range(text).ok()?;
    reader.rest.is_empty().then(|| date.days())
}

/// A duration such as `1h30m` or `-1.5s`, in nanoseconds.
pub(crate) fn duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, after) = rest.split_at(number_end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        total = total.checked_add(scaled(number, unit)?)?;
        if total > 1 << 63 {
            return None;
        }
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

/// A decimal number times a unit.
fn scaled(number: &str, unit: i128) -> Option<i128> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') || whole.len() > 20 {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.parse().ok()?
    };
    let fraction = &fraction[..fraction.len().min(18)];
    let part: i128 = if fraction.is_empty() {
        0
    } else {
        fraction.parse().ok()?
    };
    let power = 10_i128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    whole
        .checked_mul(unit)?
        .checked_add(part.checked_mul(unit)? / power)
}

/// What the format `duration` takes, in nanoseconds: what Go reads, or numbers with units spelled out (`2 days`), as
/// `strfmt.ParseDuration` finds them.
pub(crate) fn lenient_duration(text: &str) -> Option<i64> {
    if let Some(duration) = duration(text) {
        return Some(duration);
    }
    let mut total = None;
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let number = &rest[start..];
        let end = number
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(number.len());
        let after = number[end..].trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
        let unit_end = after
            .find(|c: char| !(c.is_ascii_alphabetic() || c == '\u{b5}'))
            .unwrap_or(after.len());
        rest = &after[unit_end..];
        if unit_end == 0 {
            continue;
        }
        let number: i64 = number[..end].parse().ok()?;
        if let Some(unit) = spelled_unit(&after[..unit_end].to_lowercase()) {
            // Go lets what is too long for it wrap around.
            let sum: &mut i64 = total.get_or_insert(0);
            *sum = sum.wrapping_add(number.wrapping_mul(unit));
        }
    }
    total
}

/// In nanoseconds.
fn spelled_unit(unit: &str) -> Option<i64> {
    const UNITS: [(&[&str], &str, i64); 8] = [
        (&["ns"], "nano", 1),
        (&["us", "\u{b5}s"], "micro", 1_000),
        (&["ms"], "milli", 1_000_000),
        (&["s"], "sec", 1_000_000_000),
        (&["m"], "min", 60_000_000_000),
        (&["h", "hr"], "hour", 3_600_000_000_000),
        (&["d"], "day", 86_400_000_000_000),
        (&["w", "wk"], "week", 604_800_000_000_000),
    ];
    let is_it =
        |(short, long, _): &&(&[&str], &str, i64)| short.contains(&unit) || unit.starts_with(long);
    UNITS.iter().find(is_it).map(|(.., unit)| *unit)
}

/// A point in time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Written {
    /// Since 1970.
    pub(crate) seconds: i64,
    /// After that.
    pub(crate) nanoseconds: u32,
    /// In seconds east of Greenwich.
    pub(crate) offset: i64,
}

impl Written {
    fn to_utc(self, with_micros: bool) -> String {
        let (year, month, day) = date_of(self.seconds.div_euclid(DAY));
        let second = self.seconds.rem_euclid(DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if with_micros {
            // A `String` takes every write.
            _ = write!(text, ".{:06}", self.nanoseconds / 1_000);
        }
        text.push('Z');
        text
    }
}

/// A date and a time of day.
#[derive(Clone, Copy, Default)]
struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
}

impl Civil {
    fn in_range(self, text: &str) -> Result<Self, String> {
        let out_of_range = |what| {
            Err(format!(
                "parsing time {}: {what} out of range",
                crate::go_text::quote(text)
            ))
        };
        match self {
            t if !(1..=12).contains(&t.month) => out_of_range("month"),
            t if t.day < 1 || t.day > days_in(t.year, t.month) => out_of_range("day"),
            t if t.hour > 23 => out_of_range("hour"),
            t if t.minute > 59 => out_of_range("minute"),
            t if t.second > 59 => out_of_range("second"),
            t => Ok(t),
        }
    }

    /// Since 1970.
    fn days(self) -> i64 {
        days_of((self.year, self.month, self.day))
    }
}

fn parse(text: &str, layout: &'static str) -> Result<Written, String> {
    let mut reader = Reader {
        text,
        rest: text,
        layout,
    };
    let mut time = reader.date()?;
    reader.literal("T", "T")?;
    time.hour = reader.digits(2, "15")?;
    reader.literal(":", ":")?;
    time.minute = reader.digits(2, "04")?;
    reader.literal(":", ":")?;
    time.second = reader.digits(2, "05")?;
    let nanoseconds = reader.fraction()?;
    let offset = reader.zone()?;
    if !reader.rest.is_empty() {
        let (text, extra) = (
            crate::go_text::quote(text),
            crate::go_text::quote(reader.rest),
        );
        return Err(format!("parsing time {text}: extra text: {extra}"));
    }
    let time = time.in_range(text)?;
    let of_day = time.hour * 3600 + time.minute * 60 + time.second;
    Ok(Written {
        seconds: time.days() * DAY + of_day - offset,
        nanoseconds,
        offset,
    })
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
    layout: &'static str,
}

impl Reader<'_> {
    fn error<T>(&self, expected: &str) -> Result<T, String> {
        let quote = crate::go_text::quote;
        let (text, layout) = (quote(self.text), quote(self.layout));
        let (rest, expected) = (quote(self.rest), quote(expected));
        Err(format!(
            "parsing time {text} as {layout}: cannot parse {rest} as {expected}"
        ))
    }

    fn date(&mut self) -> Result<Civil, String> {
        let year = self.digits(4, "2006")?;
        self.literal("-", "-")?;
        let month = self.digits(2, "01")?;
        self.literal("-", "-")?;
        let day = self.digits(2, "02")?;
        Ok(Civil {
            year,
            month,
            day,
            ..Civil::default()
        })
    }

    fn digits(&mut self, count: usize, element: &str) -> Result<i64, String> {
        let digits = self
            .rest
            .get(..count)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
        let Some(digits) = digits else {
            return self.error(element);
        };
        self.rest = &self.rest[count..];
        Ok(digits.parse().unwrap_or_default())
    }

    fn literal(&mut self, literal: &str, element: &str) -> Result<(), String> {
        match self.rest.strip_prefix(literal) {
            Some(rest) => {
                self.rest = rest;
                Ok(())
            }
            None => self.error(element),
        }
    }

    /// The fraction of a second in nanoseconds: six digits where the layout has them, otherwise as many as there are.
    fn fraction(&mut self) -> Result<u32, String> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let fraction = self.rest.strip_prefix(['.', ',']);
        let (fraction, length) = if self.layout == MICRO {
            let Some(six) = fraction.filter(|after| digits(after) >= 6) else {
                return self.error(".000000");
            };
            (six, 6)
        } else {
            match fraction.map(|after| (after, digits(after))) {
                Some((after, length)) if length > 0 => (after, length),
                _ => return Ok(0),
            }
        };
        let (digits, rest) = fraction.split_at(length);
        self.rest = rest;
        let nanoseconds = format!("{:0<9}", &digits[..length.min(9)]);
        Ok(nanoseconds.parse().unwrap_or_default())
    }

    /// The offset, in seconds east of Greenwich.
    fn zone(&mut self) -> Result<i64, String> {
        if let Some(rest) = self.rest.strip_prefix('Z') {
            self.rest = rest;
            return Ok(0);
        }
        let zone = self.rest.as_bytes().get(..6);
        let Some(&[sign @ (b'+' | b'-'), a, b, b':', c, d]) = zone else {
            return self.error("Z07:00");
        };
        if ![a, b, c, d].iter().all(u8::is_ascii_digit) {
            return self.error("Z07:00");
        }
        let number = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
        let (hours, minutes) = (number(a, b), number(c, d));
        if hours > 24 || minutes > 60 {
            let what = if hours > 24 { "hour" } else { "minute" };
            let text = crate::go_text::quote(self.text);
            return Err(format!(
                "parsing time {text}: time zone offset {what} out of range"
            ));
        }
        self.rest = &self.rest[6..];
        let seconds = hours * 3600 + minutes * 60;
        Ok(if sign == b'-' { -seconds } else { seconds })
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The days from 1970 to a date: year, month, day. Years begin in March here, so that leap days come last.
pub(crate) fn days_of((year, month, day): (i64, i64, i64)) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date that is so many days after 1970.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = (month + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        let cases = [
            ("2020-01-01T00:00:00+02:00", "2019-12-31T22:00:00Z"),
            ("2020-02-28T23:30:59.75-01:00", "2020-02-29T00:30:59Z"),
            ("1969-12-31T23:59:59Z", "1969-12-31T23:59:59Z"),
            ("2020-01-01T00:00:00,5Z", "2020-01-01T00:00:00Z"),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical_time(text).as_deref(), Ok(expected));
        }
        let micro = canonical_micro_time("2020-01-01T00:00:00.123456+02:00");
        assert_eq!(micro.as_deref(), Ok("2019-12-31T22:00:00.123456Z"));
    }

    #[test]
    fn what_is_no_time_is_told_as_go_tells_it() {
        let layout = r#""2006-01-02T15:04:05Z07:00""#;
        let cases = [
            (
                "foo",
                format!(r#"parsing time "foo" as {layout}: cannot parse "foo" as "2006""#),
            ),
            (
                "",
                format!(r#"parsing time "" as {layout}: cannot parse "" as "2006""#),
            ),
            (
                "2020-01-01",
                format!(r#"parsing time "2020-01-01" as {layout}: cannot parse "" as "T""#),
            ),
            (
                "2020-01-01T00:00:00+0200",
                format!(
                    r#"parsing time "2020-01-01T00:00:00+0200" as {layout}: cannot parse "+0200" as "Z07:00""#
                ),
            ),
            (
                "2020-13-01T00:00:00Z",
                r#"parsing time "2020-13-01T00:00:00Z": month out of range"#.to_owned(),
            ),
            (
                "2020-02-30T00:00:00Z",
                r#"parsing time "2020-02-30T00:00:00Z": day out of range"#.to_owned(),
            ),
            (
                "2020-01-01T24:00:00Z",
                r#"parsing time "2020-01-01T24:00:00Z": hour out of range"#.to_owned(),
            ),
            (
                "2020-01-01T00:00:00Zx",
                r#"parsing time "2020-01-01T00:00:00Zx": extra text: "x""#.to_owned(),
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(canonical_time(text), Err(expected));
        }
        let micro = canonical_micro_time("2020-01-01T00:00:00Z").unwrap_err();
        let expected = r#"parsing time "2020-01-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000""#;
        assert_eq!(micro, expected);
    }

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("0", Some(0)),
            ("1h2m3s", Some(3_723_000_000_000)),
            ("-1.5h", Some(-5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("300ms", Some(300_000_000)),
            ("1", None),
            ("1x", None),
            ("", None),
            ("-", None),
            ("--1s", None),
            ("h", None),
            (".s", None),
            ("1.2.3s", None),
            ("9999999999999h", None),
            ("1d", None),
        ] {
            assert_eq!(duration(text), nanoseconds, "{text}");
        }
    }

    #[test]
    fn durations_may_be_spelled_out() {
        let day = 86_400_000_000_000;
        for (text, nanoseconds) in [
            ("2 days", Some(2 * day)),
            ("1 week, 3d", Some(10 * day)),
            ("1 Day 1.5h", Some(day + 5 * 3_600_000_000_000)),
            ("1h", Some(3_600_000_000_000)),
            ("2 apples", None),
            ("days", None),
        ] {
            assert_eq!(lenient_duration(text), nanoseconds, "{text}");
        }
    }

    #[test]
    fn days_and_dates_go_together() {
        for days in (-719_162..2_932_896).step_by(97) {
            assert_eq!(days_of(date_of(days)), days);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(18_321), (2020, 2, 29));
        assert_eq!(date("2020-02-29"), Some(18_321));
        for text in ["2021-02-29", "2020-02-29T", "2020-2-29", ""] {
            assert_eq!(date(text), None, "{text}");
        }
    }
}
