//! [`Requests`]: how many requests of which kind there were for the parents and the children, by the server's own count.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

use crate::work::{CHILDREN, PARENTS};

/// Requests by what they did, as in `APPLY configmaps` or `PATCH benchmarks/status`; those that were refused or tried
/// only say so. Watches are not among them, since a server counts each when it ends.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Requests(BTreeMap<String, u64>);

impl Requests {
    /// Reads them from a server's metrics.
    #[must_use]
    pub fn parse(metrics: &str) -> Self {
        let mut requests = BTreeMap::new();
        for (kind, count) in metrics.lines().filter_map(parse) {
            *requests.entry(kind).or_default() += count;
        }
        Self(requests)
    }

    /// What there was since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |kind: &String| earlier.0.get(kind).copied().unwrap_or_default();
        let more = self
            .0
            .iter()
            .map(|(kind, count)| (kind.clone(), count.saturating_sub(before(kind))));
        Self(more.filter(|(_, count)| *count > 0).collect())
    }

    /// The same less what the driver itself did.
    #[must_use]
    pub fn less(mut self, kind: &str, count: usize) -> Self {
        if let Some(of_kind) = self.0.get_mut(kind) {
            *of_kind = of_kind.saturating_sub(count as u64);
        }
        self.0.retain(|_, count| *count > 0);
        self
    }

    /// The same but for lists, by which a system that is not told what there is by its watch begins.
    #[must_use]
    pub fn without_lists(mut self) -> Self {
        self.0.retain(|kind, _| !is_list(kind));
        self
    }

    /// How many there were of this verb and resource, as they are written in a [`Requests`].
    #[must_use]
    pub fn of(&self, verb: &str, resource: &str) -> u64 {
        self.sum(|kind| kind == format!("{verb} {resource}"))
    }

    /// How many there were but for lists.
    #[must_use]
    pub fn single(&self) -> u64 {
        self.sum(|kind| !is_list(kind))
    }

    /// How many there were that write.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.sum(|kind| !is_list(kind) && !kind.starts_with("GET "))
    }

    /// How many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.sum(|_| true)
    }

    fn sum(&self, counts: impl Fn(&str) -> bool) -> u64 {
        let of = self.0.iter().filter(|(kind, _)| counts(kind));
        of.map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<_> = self
            .0
            .iter()
            .map(|(kind, count)| format!("{count} {kind}"))
            .collect();
        if each.is_empty() {
            f.write_str("none")
        } else {
            f.write_str(&each.join(", "))
        }
    }
}

fn is_list(kind: &str) -> bool {
    kind.starts_with("LIST ")
}

/// One line of the metric, if it is about the parents or the children.
fn parse(line: &str) -> Option<(String, u64)> {
    let (labels, count) = line
        .strip_prefix("apiserver_request_total{")?
        .rsplit_once("} ")?;
    let label = |name: &str| {
        let all = labels.split("\",");
        let (_, value) = all
            .filter_map(|label| label.split_once("=\""))
            .find(|(key, _)| *key == name)?;
        Some(value.trim_end_matches('"'))
    };
    let (verb, resource) = (label("verb")?, label("resource")?);
    if ![PARENTS, CHILDREN].contains(&resource) || verb == "WATCH" {
        return None;
    }
    let mut kind = format!("{verb} {resource}");
    if let Some(subresource) = label("subresource").filter(|name| !name.is_empty()) {
        kind = format!("{kind}/{subresource}");
    }
    if label("dry_run").is_some_and(|dry_run| !dry_run.is_empty()) {
        kind.push_str(" (dry run)");
    }
    if let Some(code) = label("code").filter(|code| !code.starts_with('2')) {
        kind = format!("{kind} ({code})");
    }
    // The server writes large counts as floats.
    let count = count.parse::<f64>().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of requests
    Some((kind, count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(verb: &str, resource: &str, more: &str, count: &str) -> String {
        format!(
            "apiserver_request_total{{code=\"200\",component=\"apiserver\",{more}group=\"\",resource=\"{resource}\",verb=\"{verb}\"}} {count}\n"
        )
    }

    #[test]
    fn requests_are_told_apart_by_what_they_did() {
        let metrics = line("APPLY", "configmaps", "", "1.2e+03")
            + &line("PATCH", "benchmarks", "subresource=\"status\",", "3")
            + &line("APPLY", "configmaps", "dry_run=\"All\",", "1")
            + &line("LIST", "configmaps", "", "2")
            + &line("WATCH", "configmaps", "", "7")
            + &line("GET", "leases", "", "9")
            + "# HELP apiserver_request_total of\nanother_metric 1\n";
        let requests = Requests::parse(&metrics);
        assert_eq!(
            requests.to_string(),
            "1200 APPLY configmaps, 1 APPLY configmaps (dry run), 2 LIST configmaps, 3 PATCH benchmarks/status"
        );
        assert_eq!((requests.single(), requests.total()), (1204, 1206));
    }

    #[test]
    fn refusals_count_and_say_so() {
        let metrics = line("APPLY", "configmaps", "", "2").replace("200", "409");
        assert_eq!(
            Requests::parse(&metrics).to_string(),
            "2 APPLY configmaps (409)"
        );
    }

    #[test]
    fn only_what_came_meanwhile_counts() {
        let before = Requests::parse(&line("APPLY", "configmaps", "", "2"));
        let after = Requests::parse(
            &(line("APPLY", "configmaps", "", "2") + &line("PATCH", "benchmarks", "", "5")),
        );
        let since = after.since(&before).less("PATCH benchmarks", 5);
        assert_eq!(since.to_string(), "none");
    }
}
