//! [`Tokens`]: which bearer token is whose.
//!
//! Tokens are opaque and known from a table: those given to the server at its start, and those that it issued
//! for service accounts. Nothing can be read out of one, and none is valid on another server.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
};

use http::{HeaderMap, header::AUTHORIZATION};

use super::user::{ServiceAccountName, User};
use crate::{error::ApiError, object, strategy::Others};

/// Who the tokens of the server itself are meant for.
pub(crate) const API_AUDIENCE: &str = "https://kubernetes.default.svc";

/// All tokens that are valid.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {
    given: HashMap<String, User>,
    issued: HashMap<String, ServiceAccountToken>,
    /// The issued ones by the second in which they end.
    by_expiry: BTreeMap<i64, Vec<String>>,
}

/// A token that was issued for a service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ServiceAccountToken {
    /// The account's namespace.
    pub(crate) namespace: String,
    /// The account's name.
    pub(crate) name: String,
    /// The account's uid: the token ends with the account.
    pub(crate) uid: String,
    /// What tells this token from the account's others.
    pub(crate) id: String,
    /// Whom it is meant for.
    pub(crate) audiences: Vec<String>,
    /// When it ends, in seconds since 1970.
    pub(crate) expires: i64,
    /// The object that it ends with.
    pub(crate) bound: Option<Bound>,
}

/// The object that a token is bound to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    /// `Pod`, `Secret` or `Node`.
    pub(crate) kind: String,
    /// Its name; it is in the account's namespace unless it is a Node.
    pub(crate) name: String,
    /// Its uid.
    pub(crate) uid: String,
}

/// What a token says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Whose it is.
    pub(crate) user: User,
    /// Which of the wanted audiences it is meant for.
    pub(crate) audiences: Vec<String>,
}

impl Bound {
    /// The plural of its kind, and its namespace, given the account's; `None` for kinds that nothing is bound to.
    #[must_use]
    pub(crate) fn place<'a>(kind: &str, namespace: &'a str) -> Option<(&'static str, &'a str)> {
        match kind {
            "Pod" => Some(("pods", namespace)),
            "Secret" => Some(("secrets", namespace)),
            "Node" => Some(("nodes", "")),
            _ => None,
        }
    }
}

impl Tokens {
    /// Takes in a token with the user that it stands for.
    #[cfg(any(feature = "serve", test))]
    pub(crate) fn add(&mut self, token: impl Into<String>, user: User) {
        self.given.insert(token.into(), user);
    }

    /// Takes in a token that was issued, and forgets those that have ended by `now`.
    pub(crate) fn issue(&mut self, token: String, account: ServiceAccountToken, now: i64) {
        let live = self.by_expiry.split_off(&(now + 1));
        for ended in std::mem::replace(&mut self.by_expiry, live)
            .into_values()
            .flatten()
        {
            self.issued.remove(&ended);
        }
        let same_end = self.by_expiry.entry(account.expires).or_default();
        same_end.push(token.clone());
        self.issued.insert(token, account);
    }

    /// Who makes the request: whose the bearer token is, or [`User::anonymous`] where there is none.
    ///
    /// # Errors
    /// A 401 for a token that isn't valid.
    pub(crate) fn authenticate(
        &self,
        headers: &HeaderMap,
        now: i64,
        others: &dyn Others,
    ) -> Result<Cow<'_, User>, ApiError> {
        let Some(token) = bearer(headers) else {
            return Ok(Cow::Owned(User::anonymous()));
        };
        // The usual token costs no copies.
        if let Some(user) = self.given.get(token) {
            return Ok(Cow::Borrowed(user));
        }
        match self.identify(token, &[API_AUDIENCE.to_owned()], now, others) {
            Ok(identity) => Ok(Cow::Owned(identity.user)),
            Err(_) => Err(ApiError::new(401, "Unauthorized", "Unauthorized")),
        }
    }

    /// What a token says to one of `audiences`.
    ///
    /// # Errors
    /// In the words of a `TokenReview`.
    pub(crate) fn identify(
        &self,
        token: &str,
        audiences: &[String],
        now: i64,
        others: &dyn Others,
    ) -> Result<Identity, String> {
        let invalid = || "invalid bearer token".to_owned();
        if let Some(user) = self.given.get(token) {
            if !audiences.iter().any(|wanted| wanted == API_AUDIENCE) {
                return Err(invalid());
            }
            return Ok(Identity {
                user: user.clone(),
                audiences: vec![API_AUDIENCE.to_owned()],
            });
        }
        let account = self.issued.get(token).ok_or_else(invalid)?;
        let common: Vec<String> = audiences
            .iter()
            .filter(|wanted| account.audiences.contains(wanted))
            .cloned()
            .collect();
        if common.is_empty() {
            return Err(format!(
                "[invalid bearer token, token audiences {} is invalid for the target audiences {}]",
                super::rule::quoted(&account.audiences),
                super::rule::quoted(audiences)
            ));
        }
        if now >= account.expires || !account.is_alive(others) {
            return Err(invalid());
        }
        Ok(Identity {
            user: account.user(),
            audiences: common,
        })
    }
}

impl ServiceAccountToken {
    /// Whether the account, and what the token is bound to, are still there.
    fn is_alive(&self, others: &dyn Others) -> bool {
        let is_there = |resource: &str, namespace: &str, name: &str, uid: &str| {
            let found = others.get("", resource, namespace, name);
            found.is_some_and(|object| object::uid(&object) == uid)
        };
        let bound = self.bound.as_ref().is_none_or(|bound| {
            Bound::place(&bound.kind, &self.namespace).is_some_and(|(resource, namespace)| {
                is_there(resource, namespace, &bound.name, &bound.uid)
            })
        });
        bound && is_there("serviceaccounts", &self.namespace, &self.name, &self.uid)
    }

    fn user(&self) -> User {
        let account = ServiceAccountName {
            namespace: &self.namespace,
            name: &self.name,
        };
        let mut user = account.user(&self.uid);
        let mut add = |key: &str, value: String| {
            let key = format!("authentication.kubernetes.io/{key}");
            user.extra.insert(key, vec![value]);
        };
        add("credential-id", format!("JTI={}", self.id));
        match &self.bound {
            Some(bound) if bound.kind == "Pod" => {
                add("pod-name", bound.name.clone());
                add("pod-uid", bound.uid.clone());
            }
            Some(bound) if bound.kind == "Node" => {
                add("node-name", bound.name.clone());
                add("node-uid", bound.uid.clone());
            }
            _ => {}
        }
        user
    }
}

/// The bearer token of a request; `None` where there is none, or something else.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let mut parts = value.trim().splitn(3, ' ');
    let scheme = parts.next()?;
    let token = parts.next().filter(|token| !token.is_empty())?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token)
}

#[cfg(test)]
mod tests;
