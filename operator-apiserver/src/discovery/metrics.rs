//! [`RequestCounts`]: how many requests there were, of each kind, as a cluster counts them.

use std::{borrow::Cow, cell::Cell, collections::BTreeMap, fmt::Write};

/// The content type of [`RequestCounts::render`].
pub(crate) const CONTENT_TYPE: &str =
    "text/plain; version=0.0.4; charset=utf-8; escaping=underscores";

/// What requests are told apart by. A request outside of the API has only a code, a verb and its path, which
/// stands as `subresource`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RequestLabels<'a> {
    /// The HTTP status.
    pub(crate) code: u16,
    /// `apiserver` for the API, empty for everything else.
    pub(crate) component: Cow<'a, str>,
    /// `All`, `invalid`, or empty.
    pub(crate) dry_run: Cow<'a, str>,
    /// The API group.
    pub(crate) group: Cow<'a, str>,
    /// The plural.
    pub(crate) resource: Cow<'a, str>,
    /// `resource`, `namespace`, `cluster`, or empty outside of the API.
    pub(crate) scope: Cow<'a, str>,
    /// The subresource.
    pub(crate) subresource: Cow<'a, str>,
    /// As [`reported_verb`] says.
    pub(crate) verb: Cow<'a, str>,
    /// The version.
    pub(crate) version: Cow<'a, str>,
}

impl RequestLabels<'_> {
    fn into_owned(self) -> RequestLabels<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        RequestLabels {
            code: self.code,
            component: owned(self.component),
            dry_run: owned(self.dry_run),
            group: owned(self.group),
            resource: owned(self.resource),
            scope: owned(self.scope),
            subresource: owned(self.subresource),
            verb: owned(self.verb),
            version: owned(self.version),
        }
    }
}

/// What a request did, for [`reported_verb`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Action<'a> {
    /// The HTTP method.
    pub(crate) method: &'a str,
    /// The scope that it is counted under: `resource`, `namespace`, `cluster` or empty.
    pub(crate) scope: &'a str,
    /// Whether it is a watch.
    pub(crate) watch: bool,
    /// Whether it is a patch of the type for server-side apply.
    pub(crate) apply: bool,
}

/// The verb that a request is counted under: a GET of many is LIST, a deletion of many is DELETE.
#[must_use]
pub(crate) fn reported_verb(action: Action<'_>) -> &'static str {
    match action.method {
        "GET" | "HEAD" if action.watch => "WATCH",
        "GET" | "HEAD" if matches!(action.scope, "resource" | "") => "GET",
        "GET" | "HEAD" => "LIST",
        "PATCH" if action.apply => "APPLY",
        "PATCH" => "PATCH",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

/// The scope that a request for a resource is counted under.
#[must_use]
pub(crate) fn reported_scope(name: &str, namespace: &str, creates: bool) -> &'static str {
    if creates || !name.is_empty() {
        "resource"
    } else if !namespace.is_empty() {
        "namespace"
    } else {
        "cluster"
    }
}

/// The label for the values of the parameter `dryRun`.
#[must_use]
pub(crate) fn reported_dry_run(values: &[&str]) -> &'static str {
    match values {
        [] => "",
        values if values.iter().all(|value| *value == "All") => "All",
        _ => "invalid",
    }
}

/// The counts since the server started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RequestCounts {
    /// In cells, so that labels that are borrowed find theirs: a shared map may pass for one of shorter lives.
    counts: BTreeMap<RequestLabels<'static>, Cell<u64>>,
}

impl RequestCounts {
    /// Counts a request.
    pub(crate) fn count(&mut self, labels: &RequestLabels<'_>) {
        if let Some(count) = self.cell(labels) {
            count.set(count.get() + 1);
        } else {
            self.counts
                .insert(labels.clone().into_owned(), Cell::new(1));
        }
    }

    fn cell<'a>(&'a self, labels: &RequestLabels<'a>) -> Option<&'a Cell<u64>> {
        let counts: &'a BTreeMap<RequestLabels<'a>, _> = &self.counts;
        counts.get(labels)
    }

    /// The counts in Prometheus' text format.
    #[must_use]
    pub(crate) fn render(&self) -> String {
        let mut text = String::from(
            "# HELP apiserver_request_total [STABLE] Counter of apiserver requests broken out for each verb, dry \
             run value, group, version, resource, scope, component, and HTTP response code.\n\
             # TYPE apiserver_request_total counter\n",
        );
        for (labels, count) in &self.counts {
            let code = labels.code.to_string();
            let pairs: [(&str, &str); 9] = [
                ("code", &code),
                ("component", &labels.component),
                ("dry_run", &labels.dry_run),
                ("group", &labels.group),
                ("resource", &labels.resource),
                ("scope", &labels.scope),
                ("subresource", &labels.subresource),
                ("verb", &labels.verb),
                ("version", &labels.version),
            ];
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
                .collect();
            // Writing to a String does not fail.
            let _ = writeln!(
                text,
                "apiserver_request_total{{{}}} {}",
                pairs.join(","),
                count.get()
            );
        }
        text
    }
}

/// A label's value may hold anything: a path outside of the API is somebody else's text.
fn escaped(value: &str) -> Cow<'_, str> {
    if value.contains(['\\', '"', '\n']) {
        let value = value.replace('\\', "\\\\").replace('"', "\\\"");
        Cow::Owned(value.replace('\n', "\\n"))
    } else {
        Cow::Borrowed(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployments(code: u16, verb: &'static str) -> RequestLabels<'static> {
        RequestLabels {
            code,
            component: "apiserver".into(),
            dry_run: "All".into(),
            group: "apps".into(),
            resource: "deployments".into(),
            scope: "resource".into(),
            subresource: "".into(),
            verb: verb.into(),
            version: "v1".into(),
        }
    }

    #[test]
    fn counts_are_rendered_by_their_labels() {
        let mut counts = RequestCounts::default();
        counts.count(&deployments(200, "PATCH"));
        counts.count(&deployments(200, "APPLY"));
        counts.count(&deployments(200, "APPLY"));
        let count = |code| counts.cell(&deployments(code, "APPLY")).map(Cell::get);
        assert_eq!((count(200), count(409)), (Some(2), None));
        let text = counts.render();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[1], "# TYPE apiserver_request_total counter");
        assert_eq!(
            lines[2],
            "apiserver_request_total{code=\"200\",component=\"apiserver\",dry_run=\"All\",group=\"apps\",\
             resource=\"deployments\",scope=\"resource\",subresource=\"\",verb=\"APPLY\",version=\"v1\"} 2"
        );
        assert_eq!(lines.len(), 4);
    }

    #[test]
    fn a_label_with_quotes_is_escaped() {
        let mut counts = RequestCounts::default();
        counts.count(&RequestLabels {
            subresource: "/a\"\\\n".into(),
            ..RequestLabels::default()
        });
        assert!(counts.render().contains(r#"subresource="/a\"\\\n""#));
    }

    #[test]
    fn verbs_are_told_from_method_scope_and_kind_of_request() {
        let verb = |method, scope, watch, apply| {
            reported_verb(Action {
                method,
                scope,
                watch,
                apply,
            })
        };
        assert_eq!(verb("GET", "resource", false, false), "GET");
        assert_eq!(verb("HEAD", "resource", false, false), "GET");
        assert_eq!(verb("GET", "namespace", false, false), "LIST");
        assert_eq!(verb("GET", "cluster", true, false), "WATCH");
        assert_eq!(verb("GET", "", false, false), "GET");
        assert_eq!(verb("DELETE", "namespace", false, false), "DELETE");
        assert_eq!(verb("PATCH", "resource", false, true), "APPLY");
        assert_eq!(verb("PATCH", "resource", false, false), "PATCH");
        assert_eq!(verb("OPTIONS", "resource", false, false), "other");
    }

    #[test]
    fn a_creation_has_the_scope_of_a_resource_and_dry_runs_are_told() {
        assert_eq!(reported_scope("", "n", true), "resource");
        assert_eq!(reported_scope("a", "n", false), "resource");
        assert_eq!(reported_scope("", "n", false), "namespace");
        assert_eq!(reported_scope("", "", false), "cluster");
        assert_eq!(reported_dry_run(&[]), "");
        assert_eq!(reported_dry_run(&["All", "All"]), "All");
        assert_eq!(reported_dry_run(&["Foo"]), "invalid");
    }
}
