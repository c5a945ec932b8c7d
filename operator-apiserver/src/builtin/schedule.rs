//! What is wrong with the schedule of a cron job, in the words of the parser that the server uses.

use crate::go_time;

/// The five fields: their least and their greatest value, and the names that stand for numbers from the least on.
const FIELDS: [(i64, i64, &[&str]); 5] = [
    (0, 59, &[]),
    (0, 23, &[]),
    (1, 31, &[]),
    (
        1,
        12,
        &[
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ],
    ),
    (0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
];
const DESCRIPTORS: &[&str] = &[
    "@yearly",
    "@annually",
    "@monthly",
    "@weekly",
    "@daily",
    "@midnight",
    "@hourly",
];

/// Reads a schedule.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(schedule: &str) -> Result<(), String> {
    if schedule.starts_with('@') {
        return descriptor(schedule);
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != FIELDS.len() {
        return Err(format!(
            "expected exactly 5 fields, found {}: [{}]",
            fields.len(),
            fields.join(" ")
        ));
    }
    for (field, bounds) in fields.iter().zip(FIELDS) {
        for part in field.split(',').filter(|part| !part.is_empty()) {
            range(part, bounds)?;
        }
    }
    Ok(())
}

fn descriptor(schedule: &str) -> Result<(), String> {
    if DESCRIPTORS.contains(&schedule) {
        return Ok(());
    }
    let Some(duration) = schedule.strip_prefix("@every ") else {
        return Err(format!("unrecognized descriptor: {schedule}"));
    };
    if go_time::duration(duration).is_some() {
        Ok(())
    } else {
        Err(format!(
            "failed to parse duration {schedule}: time: invalid duration {duration:?}"
        ))
    }
}

fn range(part: &str, (min, max, names): (i64, i64, &[&str])) -> Result<(), String> {
    let steps: Vec<&str> = part.split('/').collect();
    let ends: Vec<&str> = steps[0].split('-').collect();
    let (start, mut end) = match ends.as_slice() {
        ["*" | "?", ..] => (min, max),
        [one] => {
            let one = number_or_name(one, min, names)?;
            (one, one)
        }
        [low, high] => (
            number_or_name(low, min, names)?,
            number_or_name(high, min, names)?,
        ),
        _ => return Err(format!("too many hyphens: {part}")),
    };
    let step = match steps.as_slice() {
        [_] => 1,
        [_, step] => {
            if ends.len() == 1 {
                end = max;
            }
            number(step)?
        }
        _ => return Err(format!("too many slashes: {part}")),
    };
    if start < min {
        Err(format!(
            "beginning of range ({start}) below minimum ({min}): {part}"
        ))
    } else if end > max {
        Err(format!(
            "end of range ({end}) above maximum ({max}): {part}"
        ))
    } else if start > end {
        Err(format!(
            "beginning of range ({start}) beyond end of range ({end}): {part}"
        ))
    } else if step == 0 {
        Err(format!("step of range should be a positive number: {part}"))
    } else {
        Ok(())
    }
}

fn number_or_name(text: &str, min: i64, names: &[&str]) -> Result<i64, String> {
    match names
        .iter()
        .position(|name| text.eq_ignore_ascii_case(name))
    {
        Some(index) => Ok(min + i64::try_from(index).unwrap_or_default()),
        None => number(text),
    }
}

fn number(text: &str) -> Result<i64, String> {
    let value: i64 = text.parse().map_err(|_| {
        format!("failed to parse int from {text}: strconv.Atoi: parsing {text:?}: invalid syntax")
    })?;
    if value < 0 {
        return Err(format!("negative number ({value}) not allowed: {text}"));
    }
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_and_slashes_are_counted() {
        assert_eq!(
            check("1-2-3 * * * *"),
            Err("too many hyphens: 1-2-3".to_owned())
        );
        assert_eq!(
            check("1/2/3 * * * *"),
            Err("too many slashes: 1/2/3".to_owned())
        );
        assert_eq!(
            check("* * 0 * *"),
            Err("beginning of range (0) below minimum (1): 0".to_owned())
        );
    }
}
