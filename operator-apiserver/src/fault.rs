//! [`Fault`]: what goes wrong on command, with which request, how often.
//!
//! A fault is given once and then counts for the requests that it [matches](Matches), one after the other. They are taken
//! in the order in which they were given: delays and stale lists add up, and the first one that decides what becomes of
//! the request is the last one taken. What comes after it is not spent: it is for the next request. Without faults
//! nothing here costs anything.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::error::ApiError;

/// Which requests: everything that is set has to agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    verb: Option<String>,
    resource: Option<String>,
    subresource: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    user: Option<String>,
    writes: bool,
}

/// What is known of a request when a fault is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; for paths that are no
    /// resources the HTTP method in lower case.
    pub(crate) verb: String,
    /// Whether it is a patch for server-side apply.
    pub(crate) apply: bool,
    /// Whether it asks for what there is: a list, or a watch that begins with it.
    pub(crate) lists: bool,
    /// The plural; for paths that are no resources the path.
    pub(crate) resource: String,
    /// The subresource, or nothing.
    pub(crate) subresource: String,
    /// The namespace, or nothing.
    pub(crate) namespace: String,
    /// The object's name, or nothing.
    pub(crate) name: String,
    /// The user's name.
    pub(crate) user: String,
}

impl Asked {
    /// Whether it would change something.
    #[must_use]
    pub(crate) fn is_write(&self) -> bool {
        matches!(
            self.verb.as_str(),
            "create" | "update" | "patch" | "delete" | "deletecollection"
        )
    }

    fn is(&self, verb: &str) -> bool {
        self.verb == verb || self.apply && verb == "apply" || self.lists && verb == "list"
    }
}

impl Matches {
    /// Every request.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// Every request that would change something.
    #[must_use]
    pub fn writes() -> Self {
        Self {
            writes: true,
            ..Self::default()
        }
    }

    /// Only with this verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; or `apply`,
    /// which is a patch, too. A watch that begins with what there is is a list, too.
    #[must_use]
    pub fn verb(self, verb: impl Into<String>) -> Self {
        Self {
            verb: Some(verb.into()),
            ..self
        }
    }

    /// Only about this kind, by its plural.
    #[must_use]
    pub fn resource(self, plural: impl Into<String>) -> Self {
        Self {
            resource: Some(plural.into()),
            ..self
        }
    }

    /// Only about this subresource; empty for the object itself.
    #[must_use]
    pub fn subresource(self, subresource: impl Into<String>) -> Self {
        Self {
            subresource: Some(subresource.into()),
            ..self
        }
    }

    /// Only in this namespace.
    #[must_use]
    pub fn namespace(self, namespace: impl Into<String>) -> Self {
        Self {
            namespace: Some(namespace.into()),
            ..self
        }
    }

    /// Only about the object of this name.
    #[must_use]
    pub fn name(self, name: impl Into<String>) -> Self {
        Self {
            name: Some(name.into()),
            ..self
        }
    }

    /// Only by this user.
    #[must_use]
    pub fn user(self, user: impl Into<String>) -> Self {
        Self {
            user: Some(user.into()),
            ..self
        }
    }

    /// Whether a request is one of these.
    #[must_use]
    pub(crate) fn matches(&self, asked: &Asked) -> bool {
        let agrees = |wanted: &Option<String>, found: &str| {
            wanted.as_deref().is_none_or(|wanted| wanted == found)
        };
        (!self.writes || asked.is_write())
            && self.verb.as_deref().is_none_or(|verb| asked.is(verb))
            && agrees(&self.resource, &asked.resource)
            && agrees(&self.subresource, &asked.subresource)
            && agrees(&self.namespace, &asked.namespace)
            && agrees(&self.name, &asked.name)
            && agrees(&self.user, &asked.user)
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The connection breaks before anything has happened.
    CutBefore,
    /// It happens, and the connection breaks before the answer.
    CutAfter,
    /// It is refused with this, and nothing happens.
    Refuse(ApiError),
    /// It happens, and yet the answer is this.
    RefuseAfter(ApiError),
    /// It waits, then happens.
    DelayBefore(Duration),
    /// It happens, and the answer waits.
    DelayAfter(Duration),
    /// A list is answered from the state of this revision, and so is the beginning of a watch that begins with what there
    /// is; other requests are not concerned.
    ListAt(u64),
}

impl Fault {
    /// Whether it can strike such a request at all.
    fn concerns(&self, asked: &Asked) -> bool {
        !matches!(self, Self::ListAt(_)) || asked.lists
    }

    /// Whether nothing that comes after it could be seen.
    fn decides(&self) -> bool {
        match self {
            Self::CutBefore | Self::CutAfter | Self::Refuse(_) | Self::RefuseAfter(_) => true,
            Self::DelayBefore(_) | Self::DelayAfter(_) | Self::ListAt(_) => false,
        }
    }

    /// Refuses with 429 and a `Retry-After` of so many seconds.
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u32) -> Self {
        let mut error = ApiError::new(
            429,
            "TooManyRequests",
            "Too many requests, please try again later.",
        );
        error.details.retry_after_seconds = retry_after_seconds;
        Self::Refuse(error)
    }

    /// Refuses with one of the codes that API servers and what stands before them answer: 401, 403, 404, 409, 410,
    /// 429, 500, 503, 504.
    #[must_use]
    pub fn refuse(code: u16) -> Self {
        let (reason, message) = match code {
            401 => ("Unauthorized", "Unauthorized"),
            403 => ("Forbidden", "forbidden by an injected fault"),
            404 => (
                "NotFound",
                "the server could not find the requested resource",
            ),
            409 => (
                "Conflict",
                "the object has been modified; please apply your changes to the latest version and try again",
            ),
            410 => (
                "Expired",
                "The resourceVersion for the provided list is too old.",
            ),
            429 => return Self::too_many_requests(1),
            503 => ("ServiceUnavailable", "apiserver not ready"),
            504 => (
                "Timeout",
                "request did not complete within the allotted timeout",
            ),
            _ => ("InternalError", "an injected fault"),
        };
        Self::Refuse(ApiError::new(code, reason, message))
    }
}

/// How often a fault has struck so far, also when it is spent or was taken back: one that never does tests nothing.
#[derive(Clone, Debug, Default)]
pub struct Strikes(Arc<AtomicU64>);

impl Strikes {
    /// With how many requests it went wrong.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Debug)]
struct Rule {
    matches: Matches,
    skip: u64,
    left: Option<u64>,
    fault: Fault,
    strikes: Strikes,
}

/// The faults that are still to come.
#[derive(Clone, Debug, Default)]
pub(crate) struct Faults {
    rules: Vec<Rule>,
}

impl Faults {
    /// Adds a fault: it lets `skip` requests that match pass, then strikes `times` times, or for ever.
    pub(crate) fn add(
        &mut self,
        matches: Matches,
        fault: Fault,
        skip: u64,
        times: Option<u64>,
    ) -> Strikes {
        let strikes = Strikes::default();
        if times != Some(0) {
            self.rules.push(Rule {
                matches,
                skip,
                left: times,
                fault,
                strikes: strikes.clone(),
            });
        }
        strikes
    }

    /// Takes all faults away.
    pub(crate) fn clear(&mut self) {
        self.rules.clear();
    }

    /// How many faults are still to come; those for ever count as one.
    #[must_use]
    pub(crate) fn pending(&self) -> usize {
        self.rules.len()
    }

    /// What is to go wrong with this request: up to the first fault that decides what becomes of it. The rules after that
    /// one don't count it.
    pub(crate) fn strike(&mut self, asked: &Asked) -> Vec<Fault> {
        if self.rules.is_empty() {
            return Vec::new();
        }
        let mut faults = Vec::new();
        for rule in &mut self.rules {
            if !rule.matches.matches(asked) || !rule.fault.concerns(asked) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
                continue;
            }
            faults.push(rule.fault.clone());
            rule.strikes.0.fetch_add(1, Ordering::Relaxed);
            if let Some(left) = &mut rule.left {
                *left -= 1;
            }
            if rule.fault.decides() {
                break;
            }
        }
        self.rules.retain(|rule| rule.left != Some(0));
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(verb: &str, resource: &str) -> Asked {
        Asked {
            verb: verb.to_owned(),
            lists: verb == "list",
            resource: resource.to_owned(),
            ..Asked::default()
        }
    }

    #[test]
    fn a_fault_strikes_those_it_matches_so_often_and_no_more() {
        let mut faults = Faults::default();
        let strikes = faults.add(
            Matches::any().verb("create").resource("configmaps"),
            Fault::CutAfter,
            1,
            Some(2),
        );
        let create = asked("create", "configmaps");
        assert_eq!(faults.strike(&create), [], "the first passes");
        assert_eq!(faults.strike(&asked("create", "secrets")), []);
        assert_eq!(faults.strike(&create), [Fault::CutAfter]);
        assert_eq!(faults.strike(&create), [Fault::CutAfter]);
        assert_eq!((faults.strike(&create), faults.pending()), (vec![], 0));
        assert_eq!(strikes.count(), 2);
    }

    #[test]
    fn a_fault_for_no_time_never_strikes() {
        let mut faults = Faults::default();
        let strikes = faults.add(Matches::any(), Fault::CutBefore, 0, Some(0));
        assert_eq!(faults.strike(&asked("get", "pods")), []);
        assert_eq!(strikes.count(), 0);
    }

    #[test]
    fn writes_are_all_that_change_something() {
        let writes = Matches::writes();
        let verbs = [
            "get",
            "list",
            "watch",
            "create",
            "update",
            "patch",
            "delete",
            "deletecollection",
        ];
        let matching: Vec<_> = verbs
            .iter()
            .filter(|verb| writes.matches(&asked(verb, "pods")))
            .collect();
        assert_eq!(
            matching,
            [
                &"create",
                &"update",
                &"patch",
                &"delete",
                &"deletecollection"
            ]
        );
    }

    #[test]
    fn what_comes_after_a_decision_is_for_the_next_request() {
        let mut faults = Faults::default();
        let delay = Fault::DelayBefore(Duration::from_secs(1));
        faults.add(Matches::any(), delay.clone(), 0, Some(1));
        faults.add(Matches::any(), Fault::CutBefore, 0, Some(1));
        faults.add(Matches::any(), Fault::refuse(503), 0, Some(1));
        let get = asked("get", "pods");
        assert_eq!(faults.strike(&get), [delay, Fault::CutBefore]);
        assert_eq!(faults.strike(&get), [Fault::refuse(503)]);
        assert_eq!(faults.strike(&get), []);
    }

    #[test]
    fn a_stale_answer_is_for_lists_only() {
        let mut faults = Faults::default();
        faults.add(Matches::any(), Fault::ListAt(7), 0, Some(1));
        for verb in ["watch", "get", "create"] {
            assert_eq!(faults.strike(&asked(verb, "pods")), []);
        }
        assert_eq!(faults.strike(&asked("list", "pods")), [Fault::ListAt(7)]);
    }

    #[test]
    fn a_watch_that_begins_with_what_there_is_is_found_as_a_list_and_as_a_watch() {
        let begins = Asked {
            lists: true,
            ..asked("watch", "pods")
        };
        for verb in ["list", "watch"] {
            assert!(Matches::any().verb(verb).matches(&begins));
        }
        assert!(!Matches::any().verb("list").matches(&asked("watch", "pods")));
        assert!(Fault::ListAt(7).concerns(&begins));
    }

    #[test]
    fn an_apply_is_found_by_its_own_verb_and_as_a_patch() {
        let apply = Asked {
            apply: true,
            ..asked("patch", "pods")
        };
        for verb in ["apply", "patch"] {
            assert!(Matches::any().verb(verb).matches(&apply));
        }
        assert!(
            !Matches::any()
                .verb("apply")
                .matches(&asked("patch", "pods"))
        );
        assert!(Matches::writes().matches(&apply));
    }

    #[test]
    fn a_fault_for_ever_stays() {
        let mut faults = Faults::default();
        faults.add(Matches::any(), Fault::refuse(503), 0, None);
        for _ in 0..3 {
            assert!(
                matches!(&faults.strike(&asked("get", "pods"))[..], [Fault::Refuse(error)] if error.code == 503)
            );
        }
        faults.clear();
        assert_eq!(faults.strike(&asked("get", "pods")), []);
    }
}
