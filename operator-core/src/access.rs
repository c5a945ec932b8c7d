//! [`Rule`]: what an operator has to be allowed to do with a kind, as an item of a role's `rules`.

use std::fmt;

use crate::{
    K8sType,
    config::{Namespaces, UpdateStrategy},
};

/// What an operator does with a resource. Each is a rule of its own: their verbs differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Parents are watched, and where there is a `finalize` they are given a finalizer.
    Parent { finalizes: bool },
    /// Their status is written.
    Status,
    /// They are named as owners that are not to go before their children: a server that checks that asks for a right
    /// to their finalizers.
    Own,
    /// Children are watched and kept.
    Child(UpdateStrategy),
}

/// A rule of RBAC.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rule {
    group: String,
    resource: String,
    verbs: Vec<&'static str>,
}

impl Rule {
    /// All that `used` takes; `plural` is the kind's name in URLs.
    pub(crate) fn of(kind: &K8sType, plural: &str, used: Use) -> Self {
        let verbs = match used {
            Use::Parent { finalizes: false } => &["get", "list", "watch"][..],
            Use::Parent { finalizes: true } => &["get", "list", "watch", "patch"],
            Use::Status => &["patch"],
            Use::Own => &["update"],
            Use::Child(UpdateStrategy::Replace) => {
                &["get", "list", "watch", "create", "update", "delete"]
            }
            // An apply that creates is asked for the right to create as well.
            Use::Child(
                UpdateStrategy::Apply | UpdateStrategy::Recreate | UpdateStrategy::OnDelete,
            ) => &["get", "list", "watch", "create", "patch", "delete"],
        };
        let subresource = match used {
            Use::Parent { .. } | Use::Child(_) => "",
            Use::Status => "/status",
            Use::Own => "/finalizers",
        };
        Self {
            group: kind.group().into(),
            resource: format!("{plural}{subresource}"),
            verbs: verbs.to_vec(),
        }
    }

    /// What Events take.
    pub(crate) fn of_events(group: &str) -> Self {
        Self {
            group: group.into(),
            resource: "events".into(),
            verbs: vec!["create"],
        }
    }

    /// The same, with a verb that is needed only once in a while.
    pub(crate) fn and(mut self, verb: &'static str) -> Self {
        if !self.verbs.contains(&verb) {
            self.verbs.push(verb);
        }
        self
    }

    /// The rule as YAML in lines of its own, each with this much before it.
    fn block(&self, indent: &str) -> String {
        let (group, resource, verbs) = (&self.group, &self.resource, &self.verbs);
        format!(
            "{indent}- apiGroups: [{group:?}]\n{indent}  resources: [{resource:?}]\n{indent}  verbs: {verbs:?}"
        )
    }
}

/// The rule as YAML in one line.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (group, resource, verbs) = (&self.group, &self.resource, &self.verbs);
        write!(
            f,
            "{{apiGroups: [{group:?}], resources: [{resource:?}], verbs: {verbs:?}}}"
        )
    }
}

/// A rule, and in which roles it is missing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Grant {
    rule: Rule,
    roles: String,
}

impl Grant {
    /// `refusal` is what the server said, which names the user. `everywhere` is whether a role of one namespace can't
    /// give the right, however few namespaces there are.
    pub(crate) fn new(
        rule: Rule,
        refusal: &str,
        namespaces: &Namespaces,
        everywhere: bool,
    ) -> Self {
        let role = match namespaces {
            Namespaces::Only(names) if !everywhere => {
                format!("the Role in {}", names.join(", "))
            }
            _ => "the ClusterRole".into(),
        };
        let user = user(refusal).unwrap_or("the operator");
        Self {
            rule,
            roles: format!("{role} of {user}"),
        }
    }

    /// What to do, with the rule in lines of its own.
    pub(crate) fn in_full(&self) -> String {
        format!("  add to {}:\n{}", self.roles, self.rule.block("  "))
    }
}

/// What to do, in one line.
impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "add to {}: {}", self.roles, self.rule)
    }
}

/// Whom access control refused something, as it says so.
fn user(refusal: &str) -> Option<&str> {
    let (_, rest) = refusal.split_once("User \"")?;
    rest.split_once('"').map(|(user, _)| user)
}

/// Why the server says no, and what to grant if it was access control that did.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Why {
    pub(crate) said: String,
    pub(crate) grant: Option<Grant>,
}

impl Why {
    /// The same in as many lines as it takes, for a page that people read.
    pub(crate) fn in_full(&self) -> String {
        match &self.grant {
            Some(grant) => format!("{}\n{}", self.said, grant.in_full()),
            None => self.said.clone(),
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.grant {
            Some(grant) => write!(f, "{}; {grant}", self.said),
            None => f.write_str(&self.said),
        }
    }
}

/// One that nothing has to be granted for.
impl<T: Into<String>> From<T> for Why {
    fn from(said: T) -> Self {
        Self {
            said: said.into(),
            grant: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::k8s_types::{apps::v1::Deployment, core::v1::ConfigMap};

    const FORBIDDEN: &str = r#"deployments.apps "a" is forbidden: User "system:serviceaccount:ops:echo" cannot patch resource "deployments" in API group "apps" in the namespace "a""#;

    fn verbs(used: Use) -> Vec<&'static str> {
        Rule::of(Deployment, "deployments", used).verbs
    }

    #[test]
    fn a_rule_has_the_verbs_that_its_use_takes_and_no_others() {
        let sees = ["get", "list", "watch"];
        assert_eq!(verbs(Use::Parent { finalizes: false }), sees);
        assert_eq!(
            verbs(Use::Parent { finalizes: true }),
            ["get", "list", "watch", "patch"]
        );
        for strategy in [
            UpdateStrategy::Apply,
            UpdateStrategy::Recreate,
            UpdateStrategy::OnDelete,
        ] {
            assert_eq!(
                verbs(Use::Child(strategy)),
                ["get", "list", "watch", "create", "patch", "delete"]
            );
        }
        assert_eq!(
            verbs(Use::Child(UpdateStrategy::Replace)),
            ["get", "list", "watch", "create", "update", "delete"]
        );
    }

    #[test]
    fn a_rule_is_yaml_in_one_line_or_in_three() {
        let rule = Rule::of(Deployment, "deployments", Use::Status);
        assert_eq!(
            rule.to_string(),
            r#"{apiGroups: ["apps"], resources: ["deployments/status"], verbs: ["patch"]}"#
        );
        assert_eq!(
            rule.block(""),
            "- apiGroups: [\"apps\"]\n  resources: [\"deployments/status\"]\n  verbs: [\"patch\"]"
        );
        let items = [format!("- {rule}"), rule.block(""), rule.block("    ")];
        let parsed = items.map(|yaml| serde_saphyr::from_str::<serde_json::Value>(&yaml).unwrap());
        let expected = serde_json::json!([{"apiGroups": ["apps"], "resources": ["deployments/status"], "verbs": ["patch"]}]);
        assert!(parsed.iter().all(|item| *item == expected), "{parsed:?}");
    }

    #[test]
    fn the_core_group_is_an_empty_string() {
        let rule = Rule::of(ConfigMap, "configmaps", Use::Own).to_string();
        assert_eq!(
            rule,
            r#"{apiGroups: [""], resources: ["configmaps/finalizers"], verbs: ["update"]}"#
        );
    }

    #[test]
    fn a_verb_that_is_needed_once_is_added_once() {
        let rule = Rule::of(Deployment, "deployments", Use::Parent { finalizes: false });
        let rule = rule.and("patch").and("patch").and("get");
        assert_eq!(rule.verbs, ["get", "list", "watch", "patch"]);
    }

    #[test]
    fn a_grant_names_the_roles_and_whose_they_are() {
        let rule = Rule::of(Deployment, "deployments", Use::Status);
        let some = Namespaces::Only(vec!["a".into(), "b".into()]);
        let grant = |namespaces, everywhere| {
            Grant::new(rule.clone(), FORBIDDEN, namespaces, everywhere).roles
        };
        let user = "system:serviceaccount:ops:echo";
        assert_eq!(grant(&some, false), format!("the Role in a, b of {user}"));
        assert_eq!(grant(&some, true), format!("the ClusterRole of {user}"));
        assert_eq!(
            grant(&Namespaces::All, false),
            format!("the ClusterRole of {user}")
        );
        let nobody = Grant::new(rule, "no", &Namespaces::All, false);
        assert_eq!(nobody.roles, "the ClusterRole of the operator");
    }
}
