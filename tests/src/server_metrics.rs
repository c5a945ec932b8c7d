//! [`ServerRequests`]: what an API server says it was asked, by its own count.

use std::{collections::BTreeMap, fmt};

use http::Request;
use kube::Client;

/// A kind of request: what was done to which resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Served {
    /// The verb, as the server names it: an apply is `APPLY` where it creates and where it changes.
    pub verb: String,
    /// The plural.
    pub resource: String,
    /// The subresource, or nothing.
    pub subresource: String,
}

/// Requests that were carried out, less dry runs, since the server started or between two readings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerRequests(BTreeMap<Served, u64>);

impl ServerRequests {
    /// Reads the server's `/metrics`.
    ///
    /// # Panics
    /// If the server does not show them to the test's user.
    pub async fn read(client: &Client) -> Self {
        let request = Request::get("/metrics")
            .body(Vec::new())
            .expect("a request");
        let text = client
            .request_text(request)
            .await
            .expect("the API server's metrics");
        let mut counts = BTreeMap::new();
        for (served, count) in text.lines().filter_map(parse) {
            *counts.entry(served).or_default() += count;
        }
        Self(counts)
    }

    /// What was carried out since `earlier`.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        let before = |served: &Served| earlier.0.get(served).copied().unwrap_or_default();
        let differences = self
            .0
            .iter()
            .map(|(served, count)| (served.clone(), count - before(served)));
        Self(differences.filter(|(_, count)| *count > 0).collect())
    }

    /// The requests that change something about one resource.
    #[must_use]
    pub fn writes(&self, resource: &str) -> Self {
        let is_write = |served: &Served| {
            served.resource == resource && !["GET", "LIST", "WATCH"].contains(&served.verb.as_str())
        };
        let writes = self.0.iter().filter(|(served, _)| is_write(served));
        Self(
            writes
                .map(|(served, count)| (served.clone(), *count))
                .collect(),
        )
    }

    /// How many requests there were of this verb and subresource.
    #[must_use]
    pub fn count(&self, verb: &str, subresource: &str) -> u64 {
        let same = |served: &Served| served.verb == verb && served.subresource == subresource;
        self.0
            .iter()
            .filter(|(served, _)| same(served))
            .map(|(_, count)| count)
            .sum()
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }
}

impl fmt::Display for ServerRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        for (served, count) in &self.0 {
            let slash = if served.subresource.is_empty() {
                ""
            } else {
                "/"
            };
            write!(
                f,
                "{between}{count} {} {}{slash}{}",
                served.verb, served.resource, served.subresource
            )?;
            between = ", ";
        }
        if self.0.is_empty() {
            f.write_str("none")
        } else {
            Ok(())
        }
    }
}

/// One line of `apiserver_request_total`, if it counts requests that were carried out.
fn parse(line: &str) -> Option<(Served, u64)> {
    let (labels, count) = line
        .strip_prefix("apiserver_request_total{")?
        .rsplit_once("} ")?;
    let label = |name: &str| {
        let start = labels.find(&format!("{name}=\""))? + name.len() + 2;
        labels[start..].split('"').next()
    };
    if label("dry_run") != Some("") || !label("code")?.starts_with('2') {
        return None;
    }
    let served = Served {
        verb: label("verb")?.to_owned(),
        resource: label("resource")?.to_owned(),
        subresource: label("subresource")?.to_owned(),
    };
    // The server writes large counts as floats.
    let count = count.parse::<f64>().ok()?;
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // a count of requests
    Some((served, count as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subresource_is_not_taken_for_the_resource() {
        let line = r#"apiserver_request_total{code="200",dry_run="",group="g",resource="baskets",scope="resource",subresource="status",verb="PATCH",version="v1"} 3"#;
        let (served, count) = parse(line).unwrap();
        assert_eq!(
            (served.resource.as_str(), served.subresource.as_str(), count),
            ("baskets", "status", 3)
        );
    }

    #[test]
    fn dry_runs_and_refusals_are_not_counted() {
        for labels in [r#"code="200",dry_run="All""#, r#"code="409",dry_run="""#] {
            let line = format!(
                r#"apiserver_request_total{{{labels},resource="a",subresource="",verb="PATCH"}} 1"#
            );
            assert_eq!(parse(&line), None, "{line}");
        }
    }
}
