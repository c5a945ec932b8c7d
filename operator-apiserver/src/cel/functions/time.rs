//! Timestamps and durations: Go's notations, and what can be asked of them.

use jiff::{Timestamp, civil, tz::TimeZone};

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let run: super::Run = match name {
        "getFullYear" => |args| part(args, |t| i64::from(t.year()), None),
        "getMonth" => |args| part(args, |t| i64::from(t.month()) - 1, None),
        "getDayOfYear" => |args| part(args, |t| i64::from(t.date().day_of_year()) - 1, None),
        "getDayOfMonth" => |args| part(args, |t| i64::from(t.day()) - 1, None),
        "getDate" => |args| part(args, |t| i64::from(t.day()), None),
        "getDayOfWeek" => |args| {
            part(
                args,
                |t| i64::from(t.weekday().to_sunday_zero_offset()),
                None,
            )
        },
        "getHours" => |args| part(args, |t| i64::from(t.hour()), Some(3_600_000_000_000)),
        "getMinutes" => |args| part(args, |t| i64::from(t.minute()), Some(60_000_000_000)),
        "getSeconds" => |args| part(args, |t| i64::from(t.second()), Some(1_000_000_000)),
        "getMilliseconds" => |args| part(args, |t| i64::from(t.millisecond()), Some(1_000_000)),
        _ => return None,
    };
    Some((run, Cost::Fixed(1)))
}

/// A part of a timestamp, in a time zone if one is given; of a duration how often `unit` fits in.
fn part<'a>(
    args: Args<'_, 'a>,
    of: impl Fn(civil::DateTime) -> i64,
    unit: Option<i64>,
) -> Outcome<'a> {
    match (args.values, unit) {
        ([Val::Timestamp(at)], _) => Ok(Val::Int(of(TimeZone::UTC.to_datetime(*at)))),
        ([Val::Timestamp(at), Val::String(zone)], _) => {
            Ok(Val::Int(of(zone_named(zone)?.to_datetime(*at))))
        }
        ([Val::Duration(duration)], Some(unit)) => Ok(Val::Int(duration / unit)),
        _ => Err(Fault::no_overload()),
    }
}

/// `Europe/Berlin`, or an offset such as `-02:00`.
fn zone_named(name: &str) -> Result<TimeZone, Fault> {
    let unknown = || Fault::because(format!("unknown time zone {name}"));
    let Some((hours, minutes)) = name.split_once(':') else {
        return match name {
            "" | "UTC" => Ok(TimeZone::UTC),
            _ => TimeZone::get(name).map_err(|_| unknown()),
        };
    };
    let hours: i32 = hours.parse().map_err(|_| unknown())?;
    let minutes: i32 = minutes.parse().map_err(|_| unknown())?;
    let seconds = match hours.checked_mul(3600).zip(minutes.checked_mul(60)) {
        Some((h, m)) if (0..60).contains(&minutes) => {
            if name.starts_with('-') {
                h.checked_sub(m)
            } else {
                h.checked_add(m)
            }
        }
        _ => None,
    };
    let offset = seconds
        .and_then(|s| jiff::tz::Offset::from_seconds(s).ok())
        .ok_or_else(unknown)?;
    Ok(TimeZone::fixed(offset))
}

/// From year 1 to year 9999, as protocol buffers have it.
pub(super) fn in_range(at: &Timestamp) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&at.as_second())
}

/// `at` later by nanoseconds.
pub(super) fn shift<'a>(at: Timestamp, by: i64) -> Outcome<'a> {
    let shifted = at.checked_add(jiff::SignedDuration::from_nanos(by));
    match shifted.ok().filter(in_range) {
        Some(at) => Ok(Val::Timestamp(at)),
        None => Err(Fault::because("timestamp overflow")),
    }
}

/// RFC 3339, as Go reads it.
pub(in crate::cel) fn timestamp(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    let digits = |range: std::ops::Range<usize>| {
        bytes
            .get(range)
            .is_some_and(|d| d.iter().all(u8::is_ascii_digit))
    };
    let shaped = digits(0..4)
        && bytes.get(4) == Some(&b'-')
        && digits(5..7)
        && bytes.get(7) == Some(&b'-')
        && digits(8..10)
        && bytes.get(10) == Some(&b'T')
        && digits(11..13)
        && bytes.get(13) == Some(&b':')
        && digits(14..16)
        && bytes.get(16) == Some(&b':')
        && digits(17..19)
        && bytes.get(17..19) != Some(b"60");
    let rest = text.get(19..)?;
    let (fraction, zone) = rest.split_at(rest.find(['Z', '+', '-'])?);
    let fraction_ok = fraction.is_empty()
        || fraction
            .strip_prefix('.')
            .is_some_and(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit()));
    let z = zone.as_bytes();
    let zone_ok = zone == "Z"
        || (z.len() == 6
            && z[3] == b':'
            && [z[1], z[2], z[4], z[5]].iter().all(u8::is_ascii_digit));
    if !(shaped && fraction_ok && zone_ok) {
        return None;
    }
    let kept = &fraction[..fraction.len().min(10)];
    let parsed: Timestamp = format!("{}{kept}{zone}", &text[..19]).parse().ok()?;
    Some(parsed).filter(in_range)
}

/// What the format `date-time` accepts beyond RFC 3339: a space, a small `t`, no zone.
pub(in crate::cel) fn lenient_timestamp(text: &str) -> Option<Timestamp> {
    if text.is_empty() {
        return Timestamp::from_second(0).ok();
    }
    let upper = text.to_ascii_uppercase().replacen(' ', "T", 1);
    timestamp(text)
        .or_else(|| timestamp(&upper))
        .or_else(|| timestamp(&format!("{upper}Z")))
}

/// `2021-01-31`
pub(in crate::cel) fn date(text: &str) -> Option<Timestamp> {
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
    if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
        return None;
    }
    let whole: i128 = if whole.is_empty() {
        0
    } else {
        whole.get(..whole.len().min(20))?.parse().ok()?
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
    use super::{duration, lenient_duration, timestamp};

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
            "2020-01-02T03:04:05.123456789123+01:00",
        ] {
            assert!(timestamp(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2020-01-02",
            "2020-01-02 03:04:05Z",
            "2020-01-02T03:04:05",
            "2020-13-02T03:04:05Z",
            "é",
        ] {
            assert!(timestamp(text).is_none(), "{text}");
        }
    }
}
