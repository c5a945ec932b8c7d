//! Times and durations as Go parses and prints them.

use std::fmt::Write as _;

/// `time.RFC3339`, in which `metav1.Time` is read.
const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
/// The layout of `metav1.MicroTime`.
const MICRO: &str = "2006-01-02T15:04:05.000000Z07:00";

/// A `metav1.Time` as it is written back: in UTC, to the second.
///
/// # Errors
/// What Go says of a text that is none.
pub(super) fn canonical_time(text: &str) -> Result<String, String> {
    parse(text, RFC3339).map(|time| time.to_utc(false))
}

/// A `metav1.MicroTime` as it is written back: in UTC, with six digits.
///
/// # Errors
/// What Go says of a text that is none.
pub(super) fn canonical_micro_time(text: &str) -> Result<String, String> {
    parse(text, MICRO).map(|time| time.to_utc(true))
}

/// Whether it is a date as `2006-01-02`.
pub(super) fn is_date(text: &str) -> bool {
    let mut reader = Reader {
        text,
        rest: text,
        layout: "2006-01-02",
    };
    let date = reader.date();
    date.is_ok_and(|date| reader.rest.is_empty() && date.in_range(text).is_ok())
}

/// Whether it is a duration such as `1h30m` or `-1.5s`.
pub(super) fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    let mut nanoseconds = 0_f64;
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || c == '.'))
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(end);
        let unit_end = after
            .find(|c: char| c.is_ascii_digit() || c == '.')
            .unwrap_or(after.len());
        let scale = match &after[..unit_end] {
            "ns" => 1.0,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            _ => return false,
        };
        let Ok(amount) = number.parse::<f64>() else {
            return false;
        };
        nanoseconds += amount * scale;
        rest = &after[unit_end..];
    }
    nanoseconds <= 9_223_372_036_854_775_807.0
}

/// A point in time with its offset from UTC.
#[derive(Clone, Copy, Default)]
struct Time {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    micro: u32,
    offset_minutes: i64,
}

impl Time {
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

    fn to_utc(self, with_micros: bool) -> String {
        let minutes = self.hour * 60 + self.minute - self.offset_minutes;
        let days = days_from_civil(self.year, self.month, self.day) + minutes.div_euclid(24 * 60);
        let (year, month, day) = civil_from_days(days);
        let minutes = minutes.rem_euclid(24 * 60);
        let (hour, minute, second) = (minutes / 60, minutes % 60, self.second);
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if with_micros {
            // A `String` takes every write.
            _ = write!(text, ".{:06}", self.micro);
        }
        text.push('Z');
        text
    }
}

fn parse(text: &str, layout: &'static str) -> Result<Time, String> {
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
    time.micro = reader.fraction()?;
    time.offset_minutes = reader.zone()?;
    if !reader.rest.is_empty() {
        let (text, extra) = (
            crate::go_text::quote(text),
            crate::go_text::quote(reader.rest),
        );
        return Err(format!("parsing time {text}: extra text: {extra}"));
    }
    time.in_range(text)
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

    fn date(&mut self) -> Result<Time, String> {
        let year = self.digits(4, "2006")?;
        self.literal("-", "-")?;
        let month = self.digits(2, "01")?;
        self.literal("-", "-")?;
        let day = self.digits(2, "02")?;
        Ok(Time {
            year,
            month,
            day,
            ..Time::default()
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

    /// The fraction of a second: six digits where the layout has them, otherwise as many as there are.
    fn fraction(&mut self) -> Result<u32, String> {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let fraction = self.rest.strip_prefix(['.', ',']);
        if self.layout == MICRO {
            let six = fraction.filter(|after| digits(after) >= 6);
            let Some(after) = six else {
                return self.error(".000000");
            };
            self.rest = &after[6..];
            return Ok(after[..6].parse().unwrap_or_default());
        }
        if let Some(after) = fraction
            && digits(after) > 0
        {
            self.rest = &after[digits(after)..];
        }
        Ok(0)
    }

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
        let minutes = hours * 60 + minutes;
        Ok(if sign == b'-' { -minutes } else { minutes })
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

/// Days since 1970-01-01, in years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = (shifted + 2) % 12 + 1;
    let year = era * 400 + year_of_era + i64::from(month <= 2);
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
}
