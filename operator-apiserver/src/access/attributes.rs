//! [`Attributes`] of a request, the [`Decision`] about them, and the words of a refusal.

use super::{
    rbac::{Grant, MissingRole, RbacView},
    user::User,
};
use crate::error::ApiError;

/// What is asked for, and by whom.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Attributes<'a> {
    /// Who asks.
    pub(crate) user: &'a User,
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection` … for objects, the HTTP
    /// method in small letters for other paths.
    pub(crate) verb: &'a str,
    /// The API group, empty for the core group.
    pub(crate) group: &'a str,
    /// The plural.
    pub(crate) resource: &'a str,
    /// The subresource, or empty.
    pub(crate) subresource: &'a str,
    /// The namespace, or empty for all of them and for cluster-scoped kinds.
    pub(crate) namespace: &'a str,
    /// The name; empty for creations, and for lists unless a field selector names one object.
    pub(crate) name: &'a str,
    /// The path of a request that is not about objects, such as `/version`; `None` for all others.
    pub(crate) path: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    /// A request for objects.
    #[must_use]
    pub(crate) fn resource(
        user: &'a User,
        verb: &'a str,
        group: &'a str,
        resource: &'a str,
    ) -> Self {
        Self {
            user,
            verb,
            group,
            resource,
            subresource: "",
            namespace: "",
            name: "",
            path: None,
        }
    }

    /// A request for a path that is not about objects.
    #[must_use]
    pub(crate) fn path(user: &'a User, verb: &'a str, path: &'a str) -> Self {
        Self {
            path: Some(path),
            ..Self::resource(user, verb, "", "")
        }
    }
}

/// Whether a request may be carried out.
#[derive(Clone, Debug)]
pub(crate) struct Decision<'a> {
    /// Whether it may.
    pub(crate) allowed: bool,
    pub(super) grant: Option<Grant<'a>>,
    pub(super) missing: Vec<MissingRole<'a>>,
}

impl Decision<'_> {
    pub(super) fn allowed_to_all() -> Self {
        Self {
            allowed: true,
            grant: None,
            missing: Vec::new(),
        }
    }

    /// Why, in the server's words; often there is no more to say than whether.
    #[must_use]
    pub(crate) fn reason(&self) -> String {
        match &self.grant {
            Some(grant) => format!("RBAC: allowed by {grant}"),
            None if self.missing.is_empty() => String::new(),
            None => format!("rbac: RBAC: {}", MissingRole::describe(&self.missing)),
        }
    }
}

/// Who decides.
#[derive(Clone, Debug, Default)]
pub(crate) enum Authorizer {
    /// Nobody: everything is allowed.
    #[default]
    AllowAll,
    /// The roles and bindings.
    Rbac(RbacView),
}

impl Authorizer {
    /// Whether the request may be carried out.
    #[must_use]
    pub(crate) fn authorize(&self, attributes: &Attributes<'_>) -> Decision<'_> {
        match self {
            Self::AllowAll => Decision::allowed_to_all(),
            Self::Rbac(view) => view.authorize(attributes),
        }
    }

    /// The same as a `Result`.
    ///
    /// # Errors
    /// The 403 that [`forbidden`] makes.
    pub(crate) fn check(&self, attributes: &Attributes<'_>) -> Result<(), ApiError> {
        let decision = self.authorize(attributes);
        if decision.allowed {
            Ok(())
        } else {
            Err(forbidden(attributes, &decision.reason()))
        }
    }
}

/// The 403 for a request that may not be carried out, with the reason of the decision.
#[must_use]
pub(crate) fn forbidden(attributes: &Attributes<'_>, reason: &str) -> ApiError {
    let mut why = without_html(&describe(attributes));
    if !reason.is_empty() {
        why.push_str(": ");
        why.push_str(reason);
    }
    if attributes.path.is_some() {
        ApiError::new(403, "Forbidden", format!("forbidden: {why}"))
    } else {
        ApiError::forbidden(attributes.group, attributes.resource, attributes.name, &why)
    }
}

fn describe(attributes: &Attributes<'_>) -> String {
    let Attributes {
        user,
        verb,
        group,
        resource,
        subresource,
        namespace,
        ..
    } = attributes;
    let user = &user.name;
    if let Some(path) = attributes.path {
        return format!("User {user:?} cannot {verb} path {path:?}");
    }
    let resource = if subresource.is_empty() {
        (*resource).to_owned()
    } else {
        format!("{resource}/{subresource}")
    };
    let what = format!("User {user:?} cannot {verb} resource {resource:?} in API group {group:?}");
    if namespace.is_empty() {
        format!("{what} at the cluster scope")
    } else {
        format!("{what} in the namespace {namespace:?}")
    }
}

/// A browser could take the text for a page.
fn without_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_tells_who_can_not_do_what_where() {
        let user = User::new("x", &[]);
        let pods = |verb| Attributes::resource(&user, verb, "", "pods");
        let message = |attributes: Attributes| forbidden(&attributes, "").message;
        assert_eq!(
            message(Attributes {
                namespace: "default",
                ..pods("list")
            }),
            r#"pods is forbidden: User "x" cannot list resource "pods" in API group "" in the namespace "default""#
        );
        assert_eq!(
            message(pods("list")),
            r#"pods is forbidden: User "x" cannot list resource "pods" in API group "" at the cluster scope"#
        );
        assert_eq!(
            message(Attributes {
                namespace: "default",
                name: "a",
                subresource: "log",
                ..pods("get")
            }),
            r#"pods "a" is forbidden: User "x" cannot get resource "pods/log" in API group "" in the namespace "default""#
        );
        let path = forbidden(&Attributes::path(&user, "get", "/metrics"), "");
        assert_eq!(
            path.message,
            r#"forbidden: User "x" cannot get path "/metrics""#
        );
        assert_eq!(path.to_status()["details"], json!({}));
    }

    #[test]
    fn what_could_be_html_is_escaped() {
        let user = User::new("x<y>&", &[]);
        let attributes = Attributes {
            name: "a",
            namespace: "n",
            ..Attributes::resource(&user, "patch", "apps", "deployments")
        };
        let error = forbidden(&attributes, "");
        assert_eq!(
            error.message,
            r#"deployments.apps "a" is forbidden: User "x&lt;y&gt;&amp;" cannot patch resource "deployments" in API group "apps" in the namespace "n""#
        );
        assert_eq!(
            error.to_status()["details"],
            json!({"name": "a", "group": "apps", "kind": "deployments"})
        );
    }
}
