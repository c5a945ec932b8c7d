//! [`User`]: who a request is made by.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::metadata::names;

/// The group of everyone who proved who they are.
pub(super) const AUTHENTICATED: &str = "system:authenticated";
/// The group of everyone else.
pub(super) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The name of everyone else.
pub(super) const ANONYMOUS: &str = "system:anonymous";
/// The group that may do everything.
pub(super) const MASTERS: &str = "system:masters";

/// Who a request is made by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// The name that is unique among all users.
    pub name: String,
    /// What tells apart users that had the same name at different times.
    pub uid: String,
    /// The groups.
    pub groups: Vec<String>,
    /// What else the authentication found out.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// A user of that name in `system:authenticated` and `groups`.
    #[must_use]
    pub fn new(name: &str, groups: &[&str]) -> Self {
        let mut user = Self {
            name: name.to_owned(),
            groups: groups.iter().map(ToString::to_string).collect(),
            ..Self::default()
        };
        user.join(AUTHENTICATED);
        user
    }

    /// `system:anonymous`: who brings no token.
    #[must_use]
    pub fn anonymous() -> Self {
        Self {
            name: ANONYMOUS.to_owned(),
            groups: vec![UNAUTHENTICATED.to_owned()],
            ..Self::default()
        }
    }

    /// A user that may do everything.
    #[must_use]
    pub fn admin() -> Self {
        Self::new("admin", &[MASTERS])
    }

    /// Whether the user may do everything, whatever the rules say.
    #[must_use]
    pub fn is_master(&self) -> bool {
        self.is_in(MASTERS)
    }

    pub(super) fn is_in(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }

    pub(super) fn join(&mut self, group: &str) {
        if !self.is_in(group) {
            self.groups.push(group.to_owned());
        }
    }

    /// As it stands in reviews: what is empty is left out.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut value = json!({});
        for (field, text) in [("username", &self.name), ("uid", &self.uid)] {
            if !text.is_empty() {
                value[field] = text.as_str().into();
            }
        }
        if !self.groups.is_empty() {
            value["groups"] = self.groups.clone().into();
        }
        if !self.extra.is_empty() {
            value["extra"] = json!(self.extra);
        }
        value
    }
}

/// A service account, as the name of its user tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAccountName<'a> {
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
}

impl<'a> ServiceAccountName<'a> {
    /// Reads `system:serviceaccount:NAMESPACE:NAME`; `None` where it is something else.
    #[must_use]
    pub(crate) fn of_user(user: &'a str) -> Option<Self> {
        let (namespace, name) = user
            .strip_prefix("system:serviceaccount:")?
            .split_once(':')?;
        let valid = names::dns_1123_label(namespace).is_empty()
            && names::dns_1123_subdomain(name).is_empty();
        valid.then_some(Self { namespace, name })
    }

    /// The name of its user.
    #[must_use]
    pub(crate) fn user_name(&self) -> String {
        format!("system:serviceaccount:{}:{}", self.namespace, self.name)
    }

    /// The groups that all service accounts of its namespace are in.
    #[must_use]
    pub(crate) fn groups(&self) -> Vec<String> {
        vec![
            "system:serviceaccounts".to_owned(),
            format!("system:serviceaccounts:{}", self.namespace),
        ]
    }

    /// Its user.
    #[must_use]
    pub(crate) fn user(&self, uid: &str) -> User {
        let mut user = User {
            name: self.user_name(),
            uid: uid.to_owned(),
            groups: self.groups(),
            extra: BTreeMap::new(),
        };
        user.join(AUTHENTICATED);
        user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_account_is_known_by_its_users_name() {
        let account = ServiceAccountName::of_user("system:serviceaccount:ns:a.b");
        let expected = ServiceAccountName {
            namespace: "ns",
            name: "a.b",
        };
        assert_eq!(account, Some(expected));
        for other in [
            "ns:a",
            "system:serviceaccount:ns",
            "system:serviceaccount:n.s:a",
            "system:serviceaccount:ns:a:b",
        ] {
            assert_eq!(ServiceAccountName::of_user(other), None, "{other}");
        }
        assert_eq!(
            expected.user("u").to_value(),
            json!({
                "username": "system:serviceaccount:ns:a.b", "uid": "u",
                "groups": ["system:serviceaccounts", "system:serviceaccounts:ns", "system:authenticated"],
            })
        );
    }
}
