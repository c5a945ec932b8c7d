//! Who may do what: tokens and roles as they are in the store.

use std::sync::LazyLock;

use http::HeaderMap;
use jiff::Timestamp;
use serde_json::Value;

use super::{Api, admission::Present, call::Call};
use crate::{
    access::{self, Attributes, Authorizer, RbacView, Tokens, User},
    error::ApiError,
    object,
    request::ResourcePath,
    store::Collection,
};

const GROUP: &str = "rbac.authorization.k8s.io";

/// The plurals of what makes up the rights, and their kinds.
const KINDS: [(&str, &str); 4] = [
    ("roles", "Role"),
    ("clusterroles", "ClusterRole"),
    ("rolebindings", "RoleBinding"),
    ("clusterrolebindings", "ClusterRoleBinding"),
];

/// Tokens, and the rights that roles and bindings give, kept as they are written.
pub(super) struct Access {
    pub(super) tokens: Tokens,
    pub(super) authorizer: Authorizer,
    collections: Vec<(Collection, &'static str)>,
}

impl Access {
    pub(super) fn new(collection: impl FnMut(&str) -> Collection) -> Self {
        let plurals = KINDS.iter().map(|(plural, _)| *plural).map(collection);
        Self {
            tokens: Tokens::default(),
            authorizer: Authorizer::Rbac(RbacView::default()),
            collections: plurals.zip(KINDS.map(|(_, kind)| kind)).collect(),
        }
    }

    pub(super) const GROUP: &'static str = GROUP;

    /// Takes up what was written, if it is about rights.
    pub(super) fn written(
        &mut self,
        collection: Collection,
        namespace: &str,
        name: &str,
        object: Option<&[u8]>,
    ) {
        let Some((_, kind)) = self
            .collections
            .iter()
            .find(|(known, _)| *known == collection)
        else {
            return;
        };
        let Authorizer::Rbac(view) = &mut self.authorizer else {
            return;
        };
        match object.and_then(|bytes| serde_json::from_slice(bytes).ok()) {
            Some(object) => view.set(&object),
            None => view.remove(kind, namespace, name),
        }
    }
}

impl Api {
    /// Whose the request is.
    ///
    /// # Errors
    /// 401 for a token that is none.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        now: Timestamp,
    ) -> Result<User, ApiError> {
        let user = self
            .access
            .tokens
            .authenticate(headers, now.as_second(), &self.present())?;
        Ok(user.into_owned())
    }

    /// The user that `user` acts as, by the headers of the request; `None` for themself.
    ///
    /// # Errors
    /// 403 if they may not.
    pub(crate) fn impersonate(
        &self,
        user: &User,
        headers: &HeaderMap,
        verb: &str,
        path: Result<&ResourcePath, &str>,
    ) -> Result<Option<User>, ApiError> {
        if !headers
            .keys()
            .any(|name| name.as_str().starts_with("impersonate-"))
        {
            return Ok(None);
        }
        access::impersonate(
            headers,
            &attributes(user, verb, path),
            &self.access.authorizer,
        )
    }

    /// Whether the user may do this.
    ///
    /// # Errors
    /// 403 with the server's sentence.
    pub(crate) fn authorize(
        &self,
        user: &User,
        verb: &str,
        path: Result<&ResourcePath, &str>,
    ) -> Result<(), ApiError> {
        if user.is_master() {
            return Ok(());
        }
        self.access.authorizer.check(&attributes(user, verb, path))
    }

    /// A new token of this user, for as long as the server runs.
    #[cfg(feature = "serve")]
    pub(crate) fn issue_token(&mut self, user: User) -> String {
        let token = self.entropy.secret();
        self.access.tokens.add(token.clone(), user);
        token
    }

    /// Whether the user may give the rights that this object gives.
    pub(super) fn check_escalation(
        &self,
        call: &Call<'_>,
        new: &Value,
        old: Option<&Value>,
    ) -> Result<(), ApiError> {
        let resource = &call.kind.resource;
        if resource.group != GROUP || call.user.is_master() {
            return Ok(());
        }
        let authorizer = &self.access.authorizer;
        match resource.plural.as_str() {
            "roles" | "clusterroles" => access::check_role(authorizer, call.user, new, old),
            "rolebindings" | "clusterrolebindings" => {
                access::check_binding(authorizer, call.user, new, old)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn present(&self) -> Present<'_> {
        Present {
            store: &self.store,
            kinds: &self.kinds,
            allocations: &self.allocations,
        }
    }

    /// Stores the objects that stand in every cluster from the start.
    pub(super) fn make_initial_objects(&mut self) {
        static OBJECTS: LazyLock<Vec<Value>> = LazyLock::new(|| {
            crate::builtin::initial_objects()
                .into_iter()
                .chain(access::default_roles())
                .collect()
        });
        let now = crate::clock::seconds(self.now);
        for object in OBJECTS.iter() {
            let version = object["apiVersion"].as_str().unwrap_or_default();
            let kind = object["kind"].as_str().unwrap_or_default();
            let Some(kind) = self.kinds.of_object(version, kind).cloned() else {
                continue;
            };
            let mut object = object.clone();
            let strategy = &kind.resource.strategy;
            strategy.default(&mut object);
            strategy.prepare_for_create(&mut object);
            // On an empty cluster nothing is in the way.
            let _ = strategy.admit(&mut object, None, &self.present());
            object::set_text(&mut object, "uid", &self.entropy.uid());
            object::set_text(&mut object, "creationTimestamp", &now);
            let (namespace, name) = (
                object::namespace(&object).to_owned(),
                object::name(&object).to_owned(),
            );
            let _ = self.commit(&kind, &namespace, &name, object, false);
        }
    }
}

fn attributes<'a>(
    user: &'a User,
    verb: &'a str,
    path: Result<&'a ResourcePath, &'a str>,
) -> Attributes<'a> {
    match path {
        Err(path) => Attributes::path(user, verb, path),
        Ok(path) => {
            let name = path.name.as_deref().unwrap_or_default();
            // A namespace is an object of the cluster, and yet looked at as if it lived in itself.
            let is_namespace = path.group.is_empty() && path.resource == "namespaces";
            let namespace = if is_namespace {
                name
            } else {
                path.namespace.as_deref().unwrap_or_default()
            };
            Attributes {
                subresource: &path.subresource,
                namespace,
                name,
                ..Attributes::resource(user, verb, &path.group, &path.resource)
            }
        }
    }
}
