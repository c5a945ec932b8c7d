//! The work: for each `Benchmark` so many `ConfigMap`s with its payload, and a status that says that they are there.

use std::{env, ops::RangeInclusive};

/// The API version of the parents.
pub const API_VERSION: &str = "benchmark.example.com/v1";
/// The kind of the parents.
pub const KIND: &str = "Benchmark";
/// The plural of the parents.
pub const PARENTS: &str = "benchmarks";
/// The plural of the children.
pub const CHILDREN: &str = "configmaps";
/// The variable that names the namespace in which a system works.
pub const NAMESPACE_VARIABLE: &str = "BENCHMARK_NAMESPACE";
/// The variable that names the kubeconfig that a system uses.
pub const KUBECONFIG_VARIABLE: &str = "KUBECONFIG";

/// How many requests a floor has under way at most: as many as `operator-core`.
pub const REQUESTS: usize = 64;
/// How many objects a page of a floor's lists has: as many as `operator-core` asks for.
pub const PAGE: u32 = 500;

/// How long a payload may be: it has room for its number, and objects have a bound.
pub const PAYLOAD: RangeInclusive<usize> = DIGITS..=500_000;
/// How many digits a payload's number has.
const DIGITS: usize = 8;

/// The namespace in which a system works.
///
/// # Errors
/// If the driver did not say.
pub fn namespace() -> Result<String, String> {
    env::var(NAMESPACE_VARIABLE)
        .map_err(|error| format!("{NAMESPACE_VARIABLE}: {error}; the driver sets it"))
}

/// The path of the parents of a namespace.
#[must_use]
pub fn parents_path(namespace: &str) -> String {
    format!("/apis/{API_VERSION}/namespaces/{namespace}/{PARENTS}")
}

/// The path of the children of a namespace.
#[must_use]
pub fn children_path(namespace: &str) -> String {
    format!("/api/v1/namespaces/{namespace}/{CHILDREN}")
}

/// A payload of this length that says its number, so that whoever sees it knows which edit it is of.
#[must_use]
pub fn payload(number: usize, length: usize) -> String {
    let mut payload = format!("{number:0DIGITS$}");
    payload.extend(std::iter::repeat_n('x', length.saturating_sub(DIGITS)));
    payload
}

/// The number of a payload of this length; `None` if it is none.
#[must_use]
pub fn payload_number(payload: &str, length: usize) -> Option<usize> {
    let (number, filling) = payload.split_at_checked(DIGITS)?;
    let whole = payload.len() == length && filling.bytes().all(|byte| byte == b'x');
    number.parse().ok().filter(|_| whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_says_its_number() {
        assert_eq!(payload(17, 10), "00000017xx");
        assert_eq!(payload_number("00000017xx", 10), Some(17));
    }

    #[test]
    fn a_payload_that_was_changed_has_no_number() {
        for other in ["00000017x", "00000017xy", "0000001yxx", "", "x"] {
            assert_eq!(payload_number(other, 10), None, "{other}");
        }
    }
}
