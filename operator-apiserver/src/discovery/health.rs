//! `/healthz`, `/livez` and `/readyz`, each whole, with `?verbose`, and check by check.

use std::{collections::BTreeSet, fmt::Write};

use bytes::Bytes;
use http::{Response, StatusCode};

use super::{reply, root::not_found, text_reply};

/// Something that is checked, and how it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Its name, such as `ping`.
    pub(crate) name: &'static str,
    /// What is wrong; `None` if nothing is.
    pub(crate) problem: Option<String>,
}

/// What the query asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct HealthQuery<'a> {
    /// `verbose`, with any value: every check is told.
    pub(crate) verbose: bool,
    /// Each `exclude`: checks that don't count.
    pub(crate) excluded: &'a [&'a str],
}

/// The answer to `/ENDPOINT`, where that is `healthz`, `livez` or `readyz`: 200 if all is well, or 500 and which
/// checks failed, but not why, for anybody may ask.
#[must_use]
pub(crate) fn all(endpoint: &str, checks: &[Check], query: HealthQuery<'_>) -> Response<Bytes> {
    let mut unknown: BTreeSet<&str> = query.excluded.iter().copied().collect();
    let (mut told, mut failed) = (String::new(), false);
    for check in checks {
        let (sign, outcome) = if unknown.remove(check.name) || query.excluded.contains(&check.name)
        {
            ('+', "excluded: ok")
        } else if check.problem.is_none() {
            ('+', "ok")
        } else {
            failed = true;
            ('-', "failed: reason withheld")
        };
        told.push_str(&format_line(sign, check.name, outcome));
    }
    if !unknown.is_empty() {
        let names: Vec<String> = unknown.iter().map(|name| format!("{name:?}")).collect();
        // Writing to a String does not fail.
        let _ = writeln!(
            told,
            "warn: some health checks cannot be excluded: no matches for {}",
            names.join(",")
        );
    }
    if failed {
        let body = format!("{told}{endpoint} check failed\n");
        return text_reply(StatusCode::INTERNAL_SERVER_ERROR, body);
    }
    if query.verbose {
        let body = format!("{told}{endpoint} check passed\n");
        return text_reply(StatusCode::OK, body);
    }
    text_reply(StatusCode::OK, "ok")
}

/// The answer to `/ENDPOINT/NAME`, such as `/readyz/ping`: here what is wrong is told.
#[must_use]
pub(crate) fn one(checks: &[Check], name: &str) -> Response<Bytes> {
    match checks.iter().find(|check| check.name == name) {
        None => not_found(),
        Some(Check { problem: None, .. }) => {
            reply(StatusCode::OK, "text/plain; charset=utf-8", "ok")
        }
        Some(Check {
            problem: Some(problem),
            ..
        }) => text_reply(
            StatusCode::INTERNAL_SERVER_ERROR,
            format!("internal server error: {problem}\n"),
        ),
    }
}

fn format_line(sign: char, name: &str, outcome: &str) -> String {
    format!("[{sign}]{name} {outcome}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checks(problem: Option<&str>) -> [Check; 2] {
        let problem = problem.map(str::to_owned);
        [
            Check {
                name: "ping",
                problem: None,
            },
            Check {
                name: "etcd",
                problem,
            },
        ]
    }

    fn text(response: &Response<Bytes>) -> (u16, &str) {
        let body = std::str::from_utf8(response.body()).unwrap();
        (response.status().as_u16(), body)
    }

    const VERBOSE: HealthQuery<'_> = HealthQuery {
        verbose: true,
        excluded: &[],
    };

    #[test]
    fn all_well_is_ok_and_in_full_if_asked_for() {
        let response = all("healthz", &checks(None), HealthQuery::default());
        assert_eq!(text(&response), (200, "ok"));
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
        assert_eq!(
            response.headers()["content-type"],
            "text/plain; charset=utf-8"
        );
        assert_eq!(
            text(&all("readyz", &checks(None), VERBOSE)),
            (200, "[+]ping ok\n[+]etcd ok\nreadyz check passed\n")
        );
    }

    #[test]
    fn a_failed_check_is_named_without_its_reason() {
        let response = all("livez", &checks(Some("secret")), HealthQuery::default());
        assert_eq!(
            text(&response),
            (
                500,
                "[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n"
            )
        );
    }

    #[test]
    fn an_excluded_check_does_not_count_and_an_unknown_one_is_told() {
        let query = HealthQuery {
            verbose: true,
            excluded: &["b", "etcd", "a"],
        };
        assert_eq!(
            text(&all("healthz", &checks(Some("secret")), query)),
            (
                200,
                "[+]ping ok\n[+]etcd excluded: ok\n\
                 warn: some health checks cannot be excluded: no matches for \"a\",\"b\"\nhealthz check passed\n"
            )
        );
    }

    #[test]
    fn a_check_has_a_path_of_its_own() {
        let checks = checks(Some("gone"));
        assert_eq!(text(&one(&checks, "ping")), (200, "ok"));
        assert_eq!(
            text(&one(&checks, "etcd")),
            (500, "internal server error: gone\n")
        );
        assert_eq!(text(&one(&checks, "nope")), (404, "404 page not found\n"));
    }
}
