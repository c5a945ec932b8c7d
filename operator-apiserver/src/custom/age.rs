//! [`age`]: how old a date in a printer column is, of which the server takes no other form than RFC 3339.

use jiff::Timestamp;

use crate::table::human_duration;

/// The age of something that happened at `timestamp`; `now` is in seconds since 1970.
///
/// An empty timestamp reads as `<unknown>`, one that is none (it has to be RFC 3339) as `<invalid>`.
#[must_use]
pub(crate) fn age(timestamp: &str, now: i64) -> String {
    if timestamp.is_empty() || timestamp == "null" {
        return "<unknown>".to_owned();
    }
    let Some(then) = rfc3339(timestamp) else {
        return "<invalid>".to_owned();
    };
    let milliseconds = now.saturating_mul(1000) - then.as_millisecond();
    human_duration(milliseconds / 1000)
}

/// Parses only what Go does as RFC 3339; jiff alone would take spaces and shorter forms, too.
fn rfc3339(text: &str) -> Option<Timestamp> {
    let mut shape = text.get(..19)?.bytes().zip("0000-00-00T00:00:00".bytes());
    let alike = |(byte, form): (u8, u8)| match form {
        b'0' => byte.is_ascii_digit(),
        other => byte == other,
    };
    if shape.all(alike) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;

    #[test]
    fn the_larger_a_span_the_coarser_it_is_written() {
        for (seconds, text) in [
            (-2, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (2 * MINUTE, "2m"),
            (2 * MINUTE + 1, "2m1s"),
            (10 * MINUTE - 1, "9m59s"),
            (10 * MINUTE + 5, "10m"),
            (3 * HOUR - 1, "179m"),
            (3 * HOUR, "3h"),
            (3 * HOUR + MINUTE, "3h1m"),
            (8 * HOUR - 1, "7h59m"),
            (8 * HOUR + MINUTE, "8h"),
            (48 * HOUR - 1, "47h"),
            (2 * DAY, "2d"),
            (2 * DAY + 3 * HOUR, "2d3h"),
            (8 * DAY - 1, "7d23h"),
            (8 * DAY + HOUR, "8d"),
            (2 * YEAR - 1, "729d"),
            (2 * YEAR, "2y"),
            (2 * YEAR + DAY, "2y1d"),
            (8 * YEAR - 1, "7y364d"),
            (8 * YEAR + DAY, "8y"),
        ] {
            assert_eq!(human_duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn an_age_is_counted_from_a_timestamp() {
        assert_eq!(age("1970-01-01T00:00:00Z", 300), "5m");
        assert_eq!(age("1970-01-01T00:00:00.5Z", 1), "0s");
        assert_eq!(age("1970-01-01T01:00:00+01:00", 60), "60s");
        assert_eq!(age("", 0), "<unknown>");
        for bad in [
            "yesterday",
            "1970-01-01",
            "1970-01-01 00:00:00Z",
            "1970-01-01T00:00:00",
        ] {
            assert_eq!(age(bad, 0), "<invalid>", "{bad}");
        }
    }
}
