//! Timestamps and durations: Go's notations, and what can be asked of them.

use std::{cmp::Ordering, fmt};

use jiff::tz::TimeZone;

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let run: super::Run = match name {
        "getFullYear" => |args| part(args, |t| t.date.0, None),
        "getMonth" => |args| part(args, |t| t.date.1 - 1, None),
        "getDayOfYear" => |args| part(args, |t| t.days - days_of((t.date.0, 1, 1)), None),
        "getDayOfMonth" => |args| part(args, |t| t.date.2 - 1, None),
        "getDate" => |args| part(args, |t| t.date.2, None),
        // The first day of 1970 was a Thursday.
        "getDayOfWeek" => |args| part(args, |t| (t.days + 4).rem_euclid(7), None),
        "getHours" => |args| part(args, |t| t.second / 3600, Some(3_600_000_000_000)),
        "getMinutes" => |args| part(args, |t| t.second / 60 % 60, Some(60_000_000_000)),
        "getSeconds" => |args| part(args, |t| t.second % 60, Some(1_000_000_000)),
        "getMilliseconds" => |args| part(args, |t| t.nanosecond / 1_000_000, Some(1_000_000)),
        _ => return None,
    };
    Some((run, Cost::Fixed(1)))
}

/// From year 1 to year 9999, as protocol buffers have it.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A point in time, with the offset that it was written with.
#[derive(Clone, Copy, Debug)]
pub(in crate::cel) struct Time {
    /// Since 1970.
    nanoseconds: i128,
    /// In seconds east of Greenwich.
    offset: i64,
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.nanoseconds == other.nanoseconds
    }
}

impl Time {
    pub(in crate::cel) fn compare(&self, other: &Self) -> Ordering {
        self.nanoseconds.cmp(&other.nanoseconds)
    }

    /// Seconds since 1970, `None` out of range.
    pub(in crate::cel) fn of_seconds(seconds: i64) -> Option<Self> {
        SECONDS.contains(&seconds).then_some(Self {
            nanoseconds: i128::from(seconds) * 1_000_000_000,
            offset: 0,
        })
    }

    /// Whole seconds since 1970.
    pub(in crate::cel) fn seconds(&self) -> i64 {
        i64::try_from(self.nanoseconds.div_euclid(1_000_000_000)).unwrap_or_default()
    }

    /// Later by nanoseconds, `None` out of range.
    pub(super) fn shifted(self, by: i64) -> Option<Self> {
        let nanoseconds = self.nanoseconds + i128::from(by);
        let shifted = Self {
            nanoseconds,
            ..self
        };
        SECONDS.contains(&shifted.seconds()).then_some(shifted)
    }

    /// How much later than `other`, in nanoseconds.
    pub(super) fn since(self, other: Self) -> Option<i64> {
        i64::try_from(self.nanoseconds - other.nanoseconds).ok()
    }

    /// The date and the time of day at an offset.
    fn parts(self, offset: i64) -> Parts {
        let seconds = self.seconds() + offset;
        let days = seconds.div_euclid(86_400);
        Parts {
            days,
            date: date_of(days),
            second: seconds.rem_euclid(86_400),
            nanosecond: i64::try_from(self.nanoseconds.rem_euclid(1_000_000_000))
                .unwrap_or_default(),
        }
    }
}

impl fmt::Display for Time {
    /// RFC 3339 with the offset that it was written with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = self.parts(self.offset);
        let (year, month, day) = parts.date;
        let (hour, minute, second) = (
            parts.second / 3600,
            parts.second / 60 % 60,
            parts.second % 60,
        );
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        )?;
        if parts.nanosecond > 0 {
            let digits = format!("{:09}", parts.nanosecond);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        if self.offset == 0 {
            return f.write_str("Z");
        }
        let sign = if self.offset < 0 { '-' } else { '+' };
        let minutes = self.offset.abs() / 60;
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

/// A point in time, taken apart.
struct Parts {
    /// Since 1970.
    days: i64,
    /// Year, month, day.
    date: (i64, i64, i64),
    /// Of the day.
    second: i64,
    nanosecond: i64,
}

/// The days from 1970 to a date; years begin in March here, so that leap days come last.
fn days_of((year, month, day): (i64, i64, i64)) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The date that is so many days after 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// A part of a timestamp, in a time zone if one is given; of a duration how often `unit` fits in.
fn part<'a>(args: Args<'_, 'a>, of: impl Fn(Parts) -> i64, unit: Option<i64>) -> Outcome<'a> {
    match (args.values, unit) {
        ([Val::Timestamp(at)], _) => Ok(Val::Int(of(at.parts(0)))),
        ([Val::Timestamp(at), Val::String(zone)], _) => {
            Ok(Val::Int(of(at.parts(offset(zone, *at)?))))
        }
        ([Val::Duration(duration)], Some(unit)) => Ok(Val::Int(duration / unit)),
        _ => Err(Fault::no_overload()),
    }
}

/// The offset of `Europe/Berlin`, or of `-02:00`, in seconds.
fn offset(zone: &str, at: Time) -> Result<i64, Fault> {
    let number = |text: &str| {
        let parsed = text.parse::<i32>().map(i64::from);
        parsed
            .map_err(|_| Fault::because(format!("strconv.Atoi: parsing {text:?}: invalid syntax")))
    };
    if let Some((hours, minutes)) = zone.split_once(':') {
        let (hours, minutes) = (number(hours)?, number(minutes)?);
        let minutes = if zone.starts_with('-') {
            -minutes
        } else {
            minutes
        };
        return Ok(hours * 3600 + minutes * 60);
    }
    if matches!(zone, "" | "UTC" | "Local") {
        return Ok(0);
    }
    let unknown = |_| Fault::because(format!("unknown time zone {zone}"));
    let known = TimeZone::get(zone).map_err(unknown)?;
    // The last day that can be looked up is a bit before the last day that there is.
    let looked_up =
        jiff::Timestamp::from_second(at.seconds().min(253_402_000_000)).map_err(unknown)?;
    Ok(i64::from(known.to_offset(looked_up).seconds()))
}

/// RFC 3339, as Go reads it.
pub(in crate::cel) fn timestamp(text: &str) -> Option<Time> {
    let number = |range: std::ops::Range<usize>| -> Option<i64> {
        let digits = text
            .get(range)
            .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
        digits.parse().ok()
    };
    let sign = |at: usize, sign: u8| (text.as_bytes().get(at) == Some(&sign)).then_some(());
    let year = number(0..4)?;
    sign(4, b'-')?;
    let month = number(5..7).filter(|m| (1..=12).contains(m))?;
    sign(7, b'-')?;
    let day = number(8..10).filter(|d| *d >= 1)?;
    sign(10, b'T')?;
    let hour = number(11..13).filter(|h| *h < 24)?;
    sign(13, b':')?;
    let minute = number(14..16).filter(|m| *m < 60)?;
    sign(16, b':')?;
    let second = number(17..19).filter(|s| *s < 60)?;
    let next = if month == 12 {
        (year + 1, 1, 1)
    } else {
        (year, month + 1, 1)
    };
    let days = days_of((year, month, day));
    if days >= days_of(next) {
        return None;
    }
    let rest = text.get(19..)?;
    let (fraction, zone) = rest.split_at(rest.find(['Z', '+', '-'])?);
    let nanoseconds = fraction_of(fraction)?;
    let offset = zone_of(zone)?;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset;
    SECONDS.contains(&seconds).then_some(Time {
        nanoseconds: i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds),
        offset,
    })
}

/// `.5` in nanoseconds; Go takes a comma for a point.
fn fraction_of(text: &str) -> Option<i64> {
    if text.is_empty() {
        return Some(0);
    }
    let digits = text.strip_prefix(['.', ','])?;
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{:0<9}", &digits[..digits.len().min(9)])
        .parse()
        .ok()
}

/// `Z`, or an offset such as `+02:00`, in seconds.
fn zone_of(text: &str) -> Option<i64> {
    if text == "Z" {
        return Some(0);
    }
    let (hours, minutes) = text.get(1..)?.split_once(':')?;
    let number = |text: &str, below: i64| -> Option<i64> {
        let digits = text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        text.parse().ok().filter(|n| digits && *n < below)
    };
    let seconds = number(hours, 25)? * 3600 + number(minutes, 60)? * 60;
    Some(if text.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

/// What the format `date-time` accepts beyond RFC 3339: a small `t` and `z`, a space, no zone.
pub(in crate::cel) fn lenient_timestamp(text: &str) -> Option<Time> {
    if text.is_empty() {
        return Time::of_seconds(0);
    }
    let upper = text.to_ascii_uppercase().replacen(' ', "T", 1);
    timestamp(&upper).or_else(|| timestamp(&format!("{upper}Z")))
}

/// `2021-01-31`
pub(in crate::cel) fn date(text: &str) -> Option<Time> {
    if text.len() != 10 {
        return None;
    }
    timestamp(&format!("{text}T00:00:00Z"))
}

/// Go's notation, such as `1h15m30.5s`, in nanoseconds.
pub(in crate::cel) fn duration(text: &str) -> Option<i64> {
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
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
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

/// What the format `duration` accepts beyond Go's notation: `2 days`, `3 weeks`.
pub(in crate::cel) fn lenient_duration(text: &str) -> Option<i64> {
    if let Some(parsed) = duration(text) {
        return Some(parsed);
    }
    let text = text.trim();
    let number_end = text.find(|c: char| !c.is_ascii_digit())?;
    let (number, unit) = text.split_at(number_end);
    let unit: i64 = match unit.trim_start().to_lowercase().as_str() {
        "ns" | "nano" | "nanos" | "nanosecond" | "nanoseconds" => 1,
        "us" | "µs" | "micro" | "micros" | "microsecond" | "microseconds" => 1_000,
        "ms" | "milli" | "millis" | "millisecond" | "milliseconds" => 1_000_000,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000_000_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000_000_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000_000,
        "d" | "day" | "days" => 86_400_000_000_000,
        "w" | "wk" | "week" | "weeks" => 604_800_000_000_000,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::{date_of, days_of, duration, lenient_duration, timestamp};

    #[test]
    fn durations_are_read_as_go_reads_them() {
        for (text, nanoseconds) in [
            ("0", Some(0)),
            ("1h2m3s", Some(3_723_000_000_000)),
            ("-1.5h", Some(-5_400_000_000_000)),
            (".5s", Some(500_000_000)),
            ("1.s", Some(1_000_000_000)),
            ("1", None),
            ("1x", None),
            ("", None),
            ("-", None),
            (".s", None),
            ("1.2.3s", None),
            ("9999999999999h", None),
            ("1d", None),
        ] {
            assert_eq!(duration(text), nanoseconds, "{text}");
        }
        assert_eq!(lenient_duration("2 days"), Some(172_800_000_000_000));
    }

    #[test]
    fn timestamps_are_rfc_3339_and_nothing_else() {
        for text in [
            "2020-01-02T03:04:05Z",
            "2020-02-29T03:04:05.123456789123+01:00",
            "9999-12-31T23:59:59Z",
            "0001-01-01T00:00:00Z",
        ] {
            assert!(timestamp(text).is_some(), "{text}");
        }
        for text in [
            "",
            "é",
            "2020-01-02",
            "2020-01-02 03:04:05Z",
            "2020-01-02T03:04:05",
            "2020-13-02T03:04:05Z",
            "2021-02-29T03:04:05Z",
            "2020-01-02T03:04:05.Z",
            "0001-01-01T00:00:00+01:00",
        ] {
            assert!(timestamp(text).is_none(), "{text}");
        }
    }

    #[test]
    fn days_and_dates_go_together() {
        for days in (-719_162..2_932_896).step_by(97) {
            assert_eq!(days_of(date_of(days)), days);
        }
        assert_eq!(date_of(0), (1970, 1, 1));
        assert_eq!(date_of(18_321), (2020, 2, 29));
    }
}
