//! Semantic versions.

use std::{cmp::Ordering, rc::Rc};

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
};

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "semver" => (semver, Cost::Reads(1)),
        "isSemver" => (is_semver, Cost::Reads(1)),
        "major" => (|args| part(args, |v| v.numbers[0]), Cost::Fixed(1)),
        "minor" => (|args| part(args, |v| v.numbers[1]), Cost::Fixed(1)),
        "patch" => (|args| part(args, |v| v.numbers[2]), Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

/// A version.
#[derive(Clone, Debug)]
pub(in crate::cel) struct Semver {
    /// Major, minor, patch.
    numbers: [u64; 3],
    /// What stands behind `-`.
    pre: Vec<Pre>,
}

/// A part of a pre-release: numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Pre {
    Number(u64),
    Word(String),
}

impl Semver {
    pub(in crate::cel) fn compare(&self, other: &Self) -> Ordering {
        let releases = self.pre.is_empty().cmp(&other.pre.is_empty());
        self.numbers
            .cmp(&other.numbers)
            .then(releases)
            .then_with(|| self.pre.cmp(&other.pre))
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("Version string empty".into());
        }
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        let [major, minor, rest] = parts.as_slice() else {
            return Err("No Major.Minor.Patch elements found".into());
        };
        let (rest, build) = rest
            .split_once('+')
            .map_or((*rest, None), |(r, b)| (r, Some(b)));
        let (patch, pre) = rest
            .split_once('-')
            .map_or((rest, None), |(p, r)| (p, Some(r)));
        let numbers = [
            number("Major", major)?,
            number("Minor", minor)?,
            number("Patch", patch)?,
        ];
        let mut parsed = Vec::new();
        for part in pre.into_iter().flat_map(|p| p.split('.')) {
            parsed.push(pre_release(part)?);
        }
        for part in build.into_iter().flat_map(|b| b.split('.')) {
            if part.is_empty() {
                return Err("Build meta data is empty".into());
            }
            if !part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
                return Err(format!(
                    "Invalid character(s) found in build meta data {part:?}"
                ));
            }
        }
        Ok(Self {
            numbers,
            pre: parsed,
        })
    }

    /// Without a leading `v`, leading zeros and missing numbers.
    fn parse_normalized(text: &str) -> Result<Self, String> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text.splitn(3, '.').map(str::to_owned).collect();
        for part in &mut parts {
            if part.len() > 1 {
                let trimmed = part.trim_start_matches('0');
                let digit = trimmed.starts_with(|c: char| c.is_ascii_digit());
                *part = if digit {
                    trimmed.to_owned()
                } else {
                    format!("0{trimmed}")
                };
            }
        }
        if parts.len() < 3 {
            if parts.last().is_some_and(|p| p.contains(['+', '-'])) {
                return Err("short version cannot contain PreRelease/Build meta data".into());
            }
            parts.resize(3, "0".to_owned());
        }
        Self::parse(&parts.join("."))
    }
}

fn number(name: &str, text: &str) -> Result<u64, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        let lower = name.to_lowercase();
        // An empty number is told by the parser of numbers.
        return Err(match text {
            "" => r#"strconv.ParseUint: parsing "": invalid syntax"#.to_owned(),
            _ => format!("Invalid character(s) found in {lower} number {text:?}"),
        });
    }
    if text.len() > 1 && text.starts_with('0') {
        return Err(format!(
            "{name} number must not contain leading zeroes {text:?}"
        ));
    }
    text.parse()
        .map_err(|_| format!("strconv.ParseUint: parsing {text:?}: value out of range"))
}

fn pre_release(text: &str) -> Result<Pre, String> {
    if text.is_empty() {
        return Err("Prerelease is empty".into());
    }
    if text.bytes().all(|b| b.is_ascii_digit()) {
        if text.len() > 1 && text.starts_with('0') {
            return Err(format!(
                "Numeric PreRelease version must not contain leading zeroes {text:?}"
            ));
        }
        return match text.parse() {
            Ok(number) => Ok(Pre::Number(number)),
            Err(_) => Err(format!(
                "strconv.ParseUint: parsing {text:?}: value out of range"
            )),
        };
    }
    if text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
        return Ok(Pre::Word(text.to_owned()));
    }
    Err(format!("Invalid character(s) found in prerelease {text:?}"))
}

fn parsed(args: Args<'_, '_>) -> Result<Result<Semver, String>, Fault> {
    match args.values {
        [Val::String(text)] | [Val::String(text), Val::Bool(false)] => Ok(Semver::parse(text)),
        [Val::String(text), Val::Bool(true)] => Ok(Semver::parse_normalized(text)),
        _ => Err(Fault::no_overload()),
    }
}

fn semver<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match parsed(args)? {
        Ok(version) => Ok(Val::Semver(Rc::new(version))),
        Err(why) => Err(Fault::Because(why)),
    }
}

fn is_semver<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    parsed(args).map(|version| Val::Bool(version.is_ok()))
}

fn part<'a>(args: Args<'_, 'a>, of: impl Fn(&Semver) -> u64) -> Outcome<'a> {
    match args.values {
        [Val::Semver(version)] => Ok(Val::Int(i64::try_from(of(version)).unwrap_or(i64::MAX))),
        _ => Err(Fault::no_overload()),
    }
}

#[cfg(test)]
mod tests {
    use super::Semver;

    #[test]
    fn versions_are_ordered_by_numbers_then_pre_releases() {
        let ordered = [
            "0.1.0-alpha",
            "0.1.0-alpha.1",
            "0.1.0-alpha.2",
            "0.1.0-beta",
            "0.1.0",
            "1.0.0-1",
            "1.0.0",
            "1.10.0",
        ];
        for pair in ordered.windows(2) {
            let (a, b) = (
                Semver::parse(pair[0]).expect(pair[0]),
                Semver::parse(pair[1]).expect(pair[1]),
            );
            assert!(a.compare(&b).is_lt(), "{pair:?}");
        }
        for text in [
            "", "1", "1.2", "1.2.x", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3+", "v1.2.3", "1.2.3-é",
        ] {
            assert!(Semver::parse(text).is_err(), "{text}");
        }
        for text in ["v1", "1.2", "01.02.03", "v0.0.1-rc.1"] {
            assert!(Semver::parse_normalized(text).is_ok(), "{text}");
        }
    }
}
