//! Ages as `kubectl` shows them: two or three significant figures of a duration, `<unknown>` and `<invalid>`.

use jiff::Timestamp;
use serde_json::Value;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
const YEAR: i64 = 365 * DAY;

/// What stands where there is no time to count from.
const UNKNOWN: &str = "<unknown>";

/// A duration for people: `90s`, `5m`, `2d3h`; `<invalid>` if it lies in the future by more than a second.
#[must_use]
pub(crate) fn human_duration(seconds: i64) -> String {
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two_units(seconds, MINUTE, "m", 1, "s"),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two_units(seconds, HOUR, "h", MINUTE, "m"),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two_units(seconds, DAY, "d", HOUR, "h"),
        691_200..63_072_000 => format!("{}d", seconds / DAY),
        63_072_000..252_288_000 => two_units(seconds, YEAR, "y", DAY, "d"),
        _ => format!("{}y", seconds / YEAR),
    }
}

/// How long ago a timestamp is, `now` in seconds since 1970; `<unknown>` if it is absent, null or no time.
#[must_use]
pub(crate) fn age(timestamp: &Value, now: i64) -> String {
    seconds(timestamp).map_or_else(
        || UNKNOWN.to_owned(),
        |then| human_duration(now.saturating_sub(then)),
    )
}

/// The seconds since 1970 of an RFC 3339 timestamp; `None` if it is absent, null or no time.
#[must_use]
pub(super) fn seconds(timestamp: &Value) -> Option<i64> {
    let timestamp: Timestamp = timestamp.as_str()?.parse().ok()?;
    Some(timestamp.as_second())
}

/// As many of the greater unit as fit, and what is left in the smaller one unless that is nothing.
fn two_units(seconds: i64, unit: i64, name: &str, part: i64, part_name: &str) -> String {
    let (whole, rest) = (seconds / unit, seconds % unit / part);
    if rest == 0 {
        format!("{whole}{name}")
    } else {
        format!("{whole}{name}{rest}{part_name}")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_range_shows_its_own_units() {
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (121, "2m1s"),
            (599, "9m59s"),
            (600, "10m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR - 1, "7h59m"),
            (8 * HOUR, "8h"),
            (2 * DAY - 1, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + 3 * HOUR, "2d3h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + DAY, "2y1d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR, "8y"),
            (9 * YEAR - 1, "8y"),
        ] {
            assert_eq!(human_duration(seconds), text, "{seconds} seconds");
        }
    }

    #[test]
    fn an_age_counts_from_a_timestamp_with_or_without_fractions() {
        let now = 1_000_000_000;
        assert_eq!(age(&json!("2001-09-09T01:46:35Z"), now), "5s");
        assert_eq!(age(&json!("2001-09-09T01:46:35.000000Z"), now), "5s");
        assert_eq!(age(&json!("2001-09-09T03:46:35+02:00"), now), "5s");
    }

    #[test]
    fn what_is_no_time_has_no_known_age() {
        for value in [json!(null), json!(""), json!("soon"), json!(5)] {
            assert_eq!(age(&value, 0), "<unknown>", "{value}");
        }
    }
}
