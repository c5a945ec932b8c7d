//! [`RbacView`]: the roles and bindings in a form that decides quickly.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use serde_json::Value;

use super::{
    attributes::{Attributes, Decision},
    rule::Rule,
    user::{ServiceAccountName, User},
};
use crate::{object, selectors::label_selector::selects};

/// All roles and bindings. It is kept up to date object by object, and a decision looks at the cluster-wide
/// bindings and at those of one namespace.
#[derive(Clone, Debug, Default)]
pub(crate) struct RbacView {
    cluster_roles: HashMap<String, Arc<[Rule]>>,
    cluster_bindings: BTreeMap<String, Binding>,
    namespaces: HashMap<String, Namespace>,
}

#[derive(Clone, Debug, Default)]
struct Namespace {
    roles: HashMap<String, Arc<[Rule]>>,
    bindings: BTreeMap<String, Binding>,
}

#[derive(Clone, Debug)]
struct Binding {
    /// Empty for a cluster-wide one.
    namespace: String,
    name: String,
    role_kind: String,
    role_name: String,
    subjects: Vec<Subject>,
}

#[derive(Clone, Debug)]
enum Subject {
    User(String),
    Group(String),
    ServiceAccount {
        user: String,
        namespace: String,
        name: String,
    },
}

/// What allows a request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grant<'a> {
    binding: &'a Binding,
    subject: &'a Subject,
}

/// A role that a binding names, and that isn't there.
#[derive(Clone, Copy, Debug)]
pub(super) struct MissingRole<'a> {
    kind: &'a str,
    name: &'a str,
}

impl RbacView {
    /// Takes in a role or binding that is new or changed; `kind` says which of them it is. Anything else is passed over.
    pub(crate) fn set(&mut self, object: &Value) {
        let name = object::name(object).to_owned();
        let namespace = object::namespace(object);
        match object["kind"].as_str() {
            Some("ClusterRole") => {
                self.cluster_roles
                    .insert(name, Rule::parse_all(object).into());
            }
            Some("ClusterRoleBinding") => {
                self.cluster_bindings
                    .insert(name, Binding::parse(object, ""));
            }
            Some("Role") => {
                let roles = &mut self
                    .namespaces
                    .entry(namespace.to_owned())
                    .or_default()
                    .roles;
                roles.insert(name, Rule::parse_all(object).into());
            }
            Some("RoleBinding") => {
                let bindings = &mut self
                    .namespaces
                    .entry(namespace.to_owned())
                    .or_default()
                    .bindings;
                bindings.insert(name, Binding::parse(object, namespace));
            }
            _ => {}
        }
    }

    /// Forgets a role or binding that was deleted.
    pub(crate) fn remove(&mut self, kind: &str, namespace: &str, name: &str) {
        match kind {
            "ClusterRole" => drop(self.cluster_roles.remove(name)),
            "ClusterRoleBinding" => drop(self.cluster_bindings.remove(name)),
            "Role" | "RoleBinding" => {
                let Some(of_namespace) = self.namespaces.get_mut(namespace) else {
                    return;
                };
                if kind == "Role" {
                    of_namespace.roles.remove(name);
                } else {
                    of_namespace.bindings.remove(name);
                }
                if of_namespace.roles.is_empty() && of_namespace.bindings.is_empty() {
                    self.namespaces.remove(namespace);
                }
            }
            _ => {}
        }
    }

    /// Whether the request may be carried out. `system:masters` may do everything.
    #[must_use]
    pub(crate) fn authorize(&self, attributes: &Attributes<'_>) -> Decision<'_> {
        if attributes.user.is_master() {
            return Decision::allowed_to_all();
        }
        let mut missing = Vec::new();
        for grant in self.grants(attributes.user, attributes.namespace) {
            match self.rules_of(grant.binding) {
                Ok(rules) if rules.iter().any(|rule| rule.allows(attributes)) => {
                    return Decision {
                        allowed: true,
                        grant: Some(grant),
                        missing: Vec::new(),
                    };
                }
                Ok(_) => {}
                Err(role) => missing.push(role),
            }
        }
        Decision {
            allowed: false,
            grant: None,
            missing,
        }
    }

    /// All rules that hold for a user in a namespace, and the roles that should hold and aren't there.
    pub(super) fn rules_for<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
    ) -> (Vec<&'a Rule>, Vec<MissingRole<'a>>) {
        let mut rules = Vec::new();
        let mut missing = Vec::new();
        for grant in self.grants(user, namespace) {
            match self.rules_of(grant.binding) {
                Ok(of_role) => rules.extend(of_role.iter()),
                Err(role) => missing.push(role),
            }
        }
        (rules, missing)
    }

    /// The rules of a role that a binding in `namespace` refers to; `None` if it isn't there.
    pub(super) fn role(&self, kind: &str, namespace: &str, name: &str) -> Option<&[Rule]> {
        let rules = match kind {
            "ClusterRole" => self.cluster_roles.get(name),
            "Role" => self.namespaces.get(namespace)?.roles.get(name),
            _ => None,
        };
        rules.map(|rules| &**rules)
    }

    fn rules_of<'a>(&'a self, binding: &'a Binding) -> Result<&'a [Rule], MissingRole<'a>> {
        let (kind, name) = (binding.role_kind.as_str(), binding.role_name.as_str());
        self.role(kind, &binding.namespace, name)
            .ok_or(MissingRole { kind, name })
    }

    /// The bindings that a user is a subject of, the cluster-wide ones first, by name.
    fn grants<'a>(&'a self, user: &User, namespace: &str) -> impl Iterator<Item = Grant<'a>> {
        let of_namespace = (!namespace.is_empty())
            .then(|| self.namespaces.get(namespace))
            .flatten();
        let bindings = of_namespace.into_iter().flat_map(|n| n.bindings.values());
        self.cluster_bindings
            .values()
            .chain(bindings)
            .filter_map(move |binding| {
                let subject = binding.subjects.iter().find(|subject| subject.is(user))?;
                Some(Grant { binding, subject })
            })
    }
}

impl Binding {
    fn parse(object: &Value, namespace: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let role = &object["roleRef"];
        let subjects = object["subjects"].as_array().into_iter().flatten();
        Self {
            namespace: namespace.to_owned(),
            name: object::name(object).to_owned(),
            role_kind: text(&role["kind"]),
            role_name: text(&role["name"]),
            subjects: subjects
                .filter_map(|subject| Subject::parse(subject, namespace))
                .collect(),
        }
    }
}

impl Subject {
    /// `None` where it can be nobody.
    fn parse(subject: &Value, binding_namespace: &str) -> Option<Self> {
        let name = subject["name"].as_str()?.to_owned();
        match subject["kind"].as_str()? {
            "User" => Some(Self::User(name)),
            "Group" => Some(Self::Group(name)),
            "ServiceAccount" => {
                let own = subject["namespace"].as_str().filter(|n| !n.is_empty());
                let namespace = own.unwrap_or(binding_namespace).to_owned();
                if namespace.is_empty() {
                    return None;
                }
                let account = ServiceAccountName {
                    namespace: &namespace,
                    name: &name,
                };
                Some(Self::ServiceAccount {
                    user: account.user_name(),
                    namespace,
                    name,
                })
            }
            _ => None,
        }
    }

    fn is(&self, user: &User) -> bool {
        match self {
            Self::User(name) | Self::ServiceAccount { user: name, .. } => *name == user.name,
            Self::Group(name) => user.is_in(name),
        }
    }
}

impl fmt::Display for Grant<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Binding {
            namespace,
            name,
            role_kind,
            role_name,
            ..
        } = self.binding;
        if namespace.is_empty() {
            write!(f, "ClusterRoleBinding {name:?}")?;
        } else {
            write!(f, "RoleBinding \"{name}/{namespace}\"")?;
        }
        write!(f, " of {role_kind} {role_name:?} to ")?;
        match self.subject {
            Subject::User(name) => write!(f, "User {name:?}"),
            Subject::Group(name) => write!(f, "Group {name:?}"),
            Subject::ServiceAccount {
                namespace, name, ..
            } => write!(f, "ServiceAccount \"{name}/{namespace}\""),
        }
    }
}

impl fmt::Display for MissingRole<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, name } = self;
        let resource = if *kind == "Role" {
            "role"
        } else {
            "clusterrole"
        };
        write!(f, "{resource}.rbac.authorization.k8s.io {name:?} not found")
    }
}

impl MissingRole<'_> {
    /// All of them in one sentence.
    pub(super) fn describe(roles: &[Self]) -> String {
        let mut texts: Vec<String> = Vec::with_capacity(roles.len());
        for role in roles {
            let text = role.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        }
    }
}

/// The `rules` of a `ClusterRole` with an `aggregationRule`: those of all `ClusterRoles` that it selects. `None`
/// where it has none, and its rules are its own.
///
/// `all` are all `ClusterRoles`, by name.
#[must_use]
pub(crate) fn aggregated_rules(role: &Value, all: &[&Value]) -> Option<Value> {
    let selectors = role["aggregationRule"]["clusterRoleSelectors"].as_array()?;
    let mut rules: Vec<Value> = Vec::new();
    for selector in selectors {
        for other in all {
            let labels = &other["metadata"]["labels"];
            if object::name(other) == object::name(role) || !selects(selector, labels) {
                continue;
            }
            for rule in other["rules"].as_array().into_iter().flatten() {
                if !rules.contains(rule) {
                    rules.push(rule.clone());
                }
            }
        }
    }
    Some(rules.into())
}

#[cfg(test)]
pub(super) mod tests;
