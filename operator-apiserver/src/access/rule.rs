//! [`Rule`]: what one rule of a role allows, and whether others cover it.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt::Write,
};

use serde_json::{Value, json};

use super::attributes::Attributes;

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    /// What may be done; `*` for everything.
    pub(crate) verbs: Vec<String>,
    /// In which API groups; `*` for all.
    pub(crate) api_groups: Vec<String>,
    /// With which resources: `pods`, `pods/log`, `*/scale`, `*`.
    pub(crate) resources: Vec<String>,
    /// With which objects; empty for all.
    pub(crate) resource_names: Vec<String>,
    /// At which paths; `*` at the end stands for the rest.
    pub(crate) non_resource_urls: Vec<String>,
}

impl Rule {
    /// Reads a rule; what isn't there is empty.
    #[must_use]
    pub(crate) fn parse(rule: &Value) -> Self {
        let list = |field: &str| {
            let items = rule[field].as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            verbs: list("verbs"),
            api_groups: list("apiGroups"),
            resources: list("resources"),
            resource_names: list("resourceNames"),
            non_resource_urls: list("nonResourceURLs"),
        }
    }

    /// The rules of a Role or a `ClusterRole`.
    #[must_use]
    pub(crate) fn parse_all(role: &Value) -> Vec<Self> {
        let rules = role["rules"].as_array().into_iter().flatten();
        rules.map(Self::parse).collect()
    }

    pub(super) fn allows(&self, attributes: &Attributes<'_>) -> bool {
        if !has_or_all(&self.verbs, attributes.verb) {
            return false;
        }
        match attributes.path {
            Some(path) => self
                .non_resource_urls
                .iter()
                .any(|url| url_covers(url, path)),
            None => {
                has_or_all(&self.api_groups, attributes.group)
                    && self.allows_resource(attributes.resource, attributes.subresource)
                    && (self.resource_names.is_empty()
                        || has(&self.resource_names, attributes.name))
            }
        }
    }

    fn allows_resource(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|own| {
            if own == "*" {
                true
            } else if subresource.is_empty() {
                own == resource
            } else {
                own.split_once('/').is_some_and(|(left, right)| {
                    right == subresource && (left == resource || left == "*")
                })
            }
        })
    }

    /// Whether it allows all that `other` does, which has at most one of everything.
    fn covers(&self, other: &Self) -> bool {
        let resource = |path: &String| {
            has_or_all(&self.resources, path)
                || path
                    .split_once('/')
                    .is_some_and(|(_, sub)| has(&self.resources, &format!("*/{sub}")))
        };
        let url = |path: &String| {
            self.non_resource_urls
                .iter()
                .any(|own| url_covers(own, path))
        };
        other.verbs.iter().all(|verb| has_or_all(&self.verbs, verb))
            && other
                .api_groups
                .iter()
                .all(|group| has_or_all(&self.api_groups, group))
            && other.resources.iter().all(resource)
            && other.non_resource_urls.iter().all(url)
            && (self.resource_names.is_empty()
                || !other.resource_names.is_empty()
                    && other
                        .resource_names
                        .iter()
                        .all(|name| has(&self.resource_names, name)))
    }

    /// How many [`split`](Self::split) makes of it.
    fn parts(&self) -> usize {
        let objects = [&self.api_groups, &self.resources]
            .map(Vec::len)
            .into_iter()
            .fold(self.resource_names.len().max(1), usize::saturating_mul);
        objects
            .saturating_add(self.non_resource_urls.len())
            .saturating_mul(self.verbs.len())
    }

    /// The same as rules that have at most one of everything.
    fn split(&self) -> Vec<Self> {
        let one = |text: &String| vec![text.clone()];
        let mut parts = Vec::new();
        for group in &self.api_groups {
            for resource in &self.resources {
                for verb in &self.verbs {
                    let part = Self {
                        verbs: one(verb),
                        api_groups: one(group),
                        resources: one(resource),
                        ..Self::default()
                    };
                    if self.resource_names.is_empty() {
                        parts.push(part);
                        continue;
                    }
                    parts.extend(self.resource_names.iter().map(|name| Self {
                        resource_names: one(name),
                        ..part.clone()
                    }));
                }
            }
        }
        for url in &self.non_resource_urls {
            parts.extend(self.verbs.iter().map(|verb| Self {
                verbs: one(verb),
                non_resource_urls: one(url),
                ..Self::default()
            }));
        }
        parts
    }

    /// As a refusal shows it: `{APIGroups:[""], Resources:["pods"], Verbs:["get"]}`.
    fn describe(&self) -> String {
        let mut text = String::new();
        for (name, list) in [
            ("APIGroups", &self.api_groups),
            ("Resources", &self.resources),
            ("NonResourceURLs", &self.non_resource_urls),
            ("ResourceNames", &self.resource_names),
            ("Verbs", &self.verbs),
        ] {
            if list.is_empty() {
                continue;
            }
            let separator = if text.is_empty() { "" } else { ", " };
            // Writing into a `String` can't fail.
            let _ = write!(text, "{separator}{name}:{}", quoted(list));
        }
        format!("{{{text}}}")
    }

    /// As it stands in a `SelfSubjectRulesReview`: among the rules for resources, and among those for paths.
    pub(super) fn to_review(&self) -> (Option<Value>, Option<Value>) {
        let resource = (!self.resources.is_empty()).then(|| {
            let mut value = json!({
                "verbs": self.verbs, "apiGroups": self.api_groups, "resources": self.resources,
            });
            if !self.resource_names.is_empty() {
                value["resourceNames"] = json!(self.resource_names);
            }
            value
        });
        let path = (!self.non_resource_urls.is_empty())
            .then(|| json!({"verbs": self.verbs, "nonResourceURLs": self.non_resource_urls}));
        (resource, path)
    }
}

/// How many single permissions a role is taken apart into at most.
const MAX_PARTS: usize = 100_000;

/// What `wanted` allows and none of `held` does, as a refusal lists it; empty if there is nothing. `None` where
/// the lists multiply to more than can be looked at.
pub(super) fn not_covered(held: &[&Rule], wanted: &[Rule]) -> Option<Vec<String>> {
    let parts = wanted
        .iter()
        .map(Rule::parts)
        .fold(0, usize::saturating_add);
    if parts > MAX_PARTS {
        return None;
    }
    let mut missing: Vec<Rule> = Vec::new();
    let mut places: HashMap<[Vec<String>; 3], usize> = HashMap::new();
    for part in wanted.iter().flat_map(Rule::split) {
        if held.iter().any(|rule| rule.covers(&part)) {
            continue;
        }
        if part.resources.is_empty() {
            missing.push(part);
            continue;
        }
        // Verbs for the same objects are told together.
        let objects = [&part.api_groups, &part.resources, &part.resource_names].map(Clone::clone);
        match places.entry(objects) {
            Entry::Occupied(place) => missing[*place.get()].verbs.extend(part.verbs),
            Entry::Vacant(place) => {
                place.insert(missing.len());
                missing.push(part);
            }
        }
    }
    let mut texts: Vec<String> = missing.iter().map(Rule::describe).collect();
    texts.sort();
    texts.dedup();
    Some(texts)
}

/// A list as Go prints it with quotes: `["a" "b"]`.
pub(super) fn quoted(list: &[String]) -> String {
    let items: Vec<String> = list.iter().map(|item| format!("{item:?}")).collect();
    format!("[{}]", items.join(" "))
}

fn has(list: &[String], item: &str) -> bool {
    list.iter().any(|own| own == item)
}

fn has_or_all(list: &[String], item: &str) -> bool {
    list.iter().any(|own| own == "*" || own == item)
}

fn url_covers(url: &str, path: &str) -> bool {
    url == path
        || url
            .ends_with('*')
            .then(|| url.trim_end_matches('*'))
            .is_some_and(|prefix| path.starts_with(prefix))
}
