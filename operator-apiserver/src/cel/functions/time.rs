//! Timestamps and durations, and what can be asked of them.

use std::{cmp::Ordering, fmt};

use jiff::tz::TimeZone;

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};
use crate::go_time::{self, date_of, days_of};

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
    let written = go_time::rfc3339(text).ok()?;
    SECONDS.contains(&written.seconds).then(|| Time {
        nanoseconds: i128::from(written.seconds) * 1_000_000_000 + i128::from(written.nanoseconds),
        offset: written.offset,
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
    Time::of_seconds(go_time::date(text)? * 86_400)
}

#[cfg(test)]
mod tests {
    use super::timestamp;

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
}
