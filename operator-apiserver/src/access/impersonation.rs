//! Acting as somebody else, by the headers `Impersonate-User`, `-Group`, `-Uid` and `-Extra-*`.
//!
//! Two rights allow it: `impersonate` as ever, and, newer and narrower, `impersonate:MODE` together with
//! `impersonate-on:MODE:VERB` for what is then done.

use std::collections::BTreeMap;

use http::HeaderMap;

use super::{
    attributes::{Attributes, Authorizer, forbidden},
    user::{ANONYMOUS, AUTHENTICATED, MASTERS, ServiceAccountName, UNAUTHENTICATED, User},
};
use crate::{error::ApiError, metadata::names};

const GROUP: &str = "authentication.k8s.io";

/// Who the request is to be carried out as; `None` where nobody is impersonated. `request` is what is asked for,
/// by the user who asks.
///
/// # Errors
/// A 400 where no user is named, and a 403 where the user who asks may not act as this one.
pub(crate) fn impersonate(
    headers: &HeaderMap,
    request: &Attributes<'_>,
    authorizer: &Authorizer,
) -> Result<Option<User>, ApiError> {
    let Some(wanted) = wanted(headers)? else {
        return Ok(None);
    };
    let constrained = match mode(&wanted) {
        Some(mode) => match constrained(mode, &wanted, request, authorizer) {
            Ok(user) => return Ok(Some(user)),
            Err(error) => Some(error),
        },
        None => None,
    };
    let check = Check {
        verb: "impersonate",
        group: "",
        requestor: request.user,
        authorizer,
    };
    // What is told is what was looked at first.
    check
        .become_user(&wanted)
        .map(Some)
        .map_err(|error| constrained.unwrap_or(error))
}

/// The user that the headers name, as they name it.
fn wanted(headers: &HeaderMap) -> Result<Option<User>, ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let mut user = User {
        name: text("impersonate-user").unwrap_or_default().to_owned(),
        uid: text("impersonate-uid").unwrap_or_default().to_owned(),
        ..User::default()
    };
    for (name, value) in headers {
        let Ok(value) = value.to_str() else { continue };
        if name == "impersonate-group" {
            user.groups.push(value.to_owned());
        } else if let Some(key) = name.as_str().strip_prefix("impersonate-extra-") {
            let values = user.extra.entry(unescape(key)).or_default();
            values.push(value.to_owned());
        }
    }
    if !user.name.is_empty() {
        return Ok(Some(user));
    }
    if user == User::default() {
        return Ok(None);
    }
    Err(ApiError::bad_request(format!(
        "requested &user.DefaultInfo{{Name:\"\", UID:{:?}, Groups:{}, Extra:{}}} without impersonating a user name",
        user.uid,
        go_list(&user.groups),
        go_extra(&user.extra),
    )))
}

/// A header's name can't hold everything: the rest of a key is escaped as in a URL.
fn unescape(key: &str) -> String {
    let mut bytes = Vec::with_capacity(key.len());
    let mut rest = key.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        match (digit(), digit()) {
            (Some(high), Some(low)) => bytes.extend(u8::try_from(high * 16 + low)),
            // What is escaped wrongly is taken as it is.
            _ => return key.to_owned(),
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| key.to_owned())
}

fn go_list(list: &[String]) -> String {
    if list.is_empty() {
        return "[]string(nil)".to_owned();
    }
    let items: Vec<String> = list.iter().map(|item| format!("{item:?}")).collect();
    format!("[]string{{{}}}", items.join(", "))
}

fn go_extra(extra: &BTreeMap<String, Vec<String>>) -> String {
    if extra.is_empty() {
        return "map[string][]string(nil)".to_owned();
    }
    let items: Vec<String> = extra
        .iter()
        .map(|(key, values)| format!("{key:?}:{}", go_list(values)))
        .collect();
    format!("map[string][]string{{{}}}", items.join(", "))
}

/// The name of the node whose user this is.
fn node(user: &str) -> Option<&str> {
    let name = user.strip_prefix("system:node:")?;
    names::dns_1123_subdomain(name).is_empty().then_some(name)
}

/// The mode of the narrower right that fits such a user.
fn mode(wanted: &User) -> Option<&'static str> {
    let only_name = wanted.uid.is_empty() && wanted.groups.is_empty() && wanted.extra.is_empty();
    if node(&wanted.name).is_some() {
        only_name.then_some("arbitrary-node")
    } else if ServiceAccountName::of_user(&wanted.name).is_some() {
        only_name.then_some("serviceaccount")
    } else {
        Some("user-info")
    }
}

fn constrained(
    mode: &str,
    wanted: &User,
    request: &Attributes<'_>,
    authorizer: &Authorizer,
) -> Result<User, ApiError> {
    let on = format!("impersonate-on:{mode}:{}", request.verb);
    authorizer.check(&Attributes {
        verb: &on,
        ..*request
    })?;
    let check = Check {
        verb: &format!("impersonate:{mode}"),
        group: GROUP,
        requestor: request.user,
        authorizer,
    };
    check.refuse_special(wanted)?;
    check.become_user(wanted)
}

/// Whether somebody may act as somebody else, by one of the rights.
struct Check<'a> {
    verb: &'a str,
    /// The group of `users` and `groups`.
    group: &'a str,
    requestor: &'a User,
    authorizer: &'a Authorizer,
}

impl Check<'_> {
    fn attributes<'b>(
        &'b self,
        group: &'b str,
        resource: &'b str,
        name: &'b str,
    ) -> Attributes<'b> {
        Attributes {
            name,
            ..Attributes::resource(self.requestor, self.verb, group, resource)
        }
    }

    fn become_user(&self, wanted: &User) -> Result<User, ApiError> {
        let mut user = wanted.clone();
        self.check_name(wanted, &mut user)?;
        if !wanted.uid.is_empty() {
            let attributes = self.attributes(GROUP, "uids", &wanted.uid);
            self.authorizer.check(&attributes)?;
        }
        for group in &wanted.groups {
            let attributes = self.attributes(self.group, "groups", group);
            self.authorizer.check(&attributes)?;
        }
        for (key, values) in &wanted.extra {
            for value in values {
                self.authorizer.check(&Attributes {
                    subresource: key,
                    ..self.attributes(GROUP, "userextras", value)
                })?;
            }
        }
        if user.name == ANONYMOUS {
            user.join(UNAUTHENTICATED);
        } else if !user.is_in(UNAUTHENTICATED) {
            user.join(AUTHENTICATED);
        }
        Ok(user)
    }

    fn check_name(&self, wanted: &User, user: &mut User) -> Result<(), ApiError> {
        if let Some(account) = ServiceAccountName::of_user(&wanted.name) {
            if wanted.groups.is_empty() {
                user.groups = account.groups();
            }
            return self.authorizer.check(&Attributes {
                namespace: account.namespace,
                ..self.attributes(self.group, "serviceaccounts", account.name)
            });
        }
        if let Some(node) = node(&wanted.name).filter(|_| self.group == GROUP) {
            user.groups = vec!["system:nodes".to_owned()];
            return self
                .authorizer
                .check(&self.attributes(self.group, "nodes", node));
        }
        let attributes = self.attributes(self.group, "users", &wanted.name);
        self.authorizer.check(&attributes)
    }

    /// What the narrower right never gives.
    fn refuse_special(&self, wanted: &User) -> Result<(), ApiError> {
        let groups = |name| self.attributes(self.group, "groups", name);
        if wanted.is_in("") {
            let why = "impersonating the empty string group is not allowed";
            return Err(forbidden(&groups(""), why));
        }
        if wanted.is_in(MASTERS) {
            let why = "impersonating the system:masters group is not allowed";
            return Err(forbidden(&groups(MASTERS), why));
        }
        let wrong = wanted
            .extra
            .iter()
            .any(|(key, values)| !is_domain_prefixed(key) || values.iter().any(String::is_empty));
        if wrong {
            let why = "impersonating an invalid key or an empty value in extra is not allowed";
            return Err(forbidden(&self.attributes(GROUP, "userextras", ""), why));
        }
        Ok(())
    }
}

/// Whether it reads `example.com/path`.
fn is_domain_prefixed(key: &str) -> bool {
    key.split_once('/').is_some_and(|(domain, path)| {
        names::dns_1123_subdomain(domain).is_empty()
            && !path.is_empty()
            && path.bytes().all(|b| {
                b.is_ascii_alphanumeric() && !b.is_ascii_uppercase()
                    || b"/-._~%!$&'()*+,;=:".contains(&b)
            })
    })
}

#[cfg(test)]
mod tests;
