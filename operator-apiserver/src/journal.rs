//! [`Journal`]: the last requests that the server answered, in the order of the answers, for tests and for who wants to
//! see what went on.

use std::{collections::VecDeque, fmt, sync::Arc};

use jiff::Timestamp;

use crate::access::User;

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its number, from 1 on, in the order of the answers.
    pub number: u64,
    /// When it came, as `metav1.MicroTime`.
    pub at: String,
    /// Whose it was.
    pub user: String,
    /// The part of its `User-Agent` before the first `/`.
    pub agent: String,
    /// What was done: `get`, `list`, `watch`, `create` …; an apply is an `apply`.
    pub verb: String,
    /// The path with its parameters.
    pub path: String,
    /// The HTTP status; `None` if the connection was cut on command.
    pub code: Option<u16>,
}

impl Exchange {
    /// Whether it could have changed something: neither a read nor a dry run.
    #[must_use]
    pub fn is_write(&self) -> bool {
        !matches!(self.verb.as_str(), "get" | "list" | "watch") && !self.path.contains("dryRun=All")
    }
}

impl fmt::Display for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            at,
            user,
            agent,
            verb,
            path,
            code,
        } = self;
        write!(f, "{number:>5} {at} {user} ({agent}) {verb} {path} → ")?;
        match code {
            Some(code) => write!(f, "{code}"),
            None => f.write_str("cut"),
        }
    }
}

/// A request as it is written down. Hardly any is ever looked at: its texts are made when it is.
#[derive(Clone, Debug)]
pub(crate) struct Noted {
    /// When it came.
    pub(crate) at: Timestamp,
    /// Whose it was, if it is known.
    pub(crate) user: Option<Arc<User>>,
    /// As [`Exchange::agent`].
    pub(crate) agent: String,
    /// As [`Exchange::verb`].
    pub(crate) verb: &'static str,
    /// As [`Exchange::path`].
    pub(crate) path: String,
    /// As [`Exchange::code`].
    pub(crate) code: Option<u16>,
}

impl Noted {
    fn exchange(&self, number: u64) -> Exchange {
        Exchange {
            number,
            at: self.at.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string(),
            user: self
                .user
                .as_ref()
                .map(|user| user.name.clone())
                .unwrap_or_default(),
            agent: self.agent.clone(),
            verb: self.verb.to_owned(),
            path: self.path.clone(),
            code: self.code,
        }
    }
}

/// The last requests, oldest first; a bounded number of them.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    noted: VecDeque<Noted>,
    bound: usize,
    seen: u64,
}

impl Journal {
    /// One that remembers so many.
    #[must_use]
    pub(crate) fn bounded(bound: usize) -> Self {
        Self {
            noted: VecDeque::new(),
            bound,
            seen: 0,
        }
    }

    /// Writes one down.
    pub(crate) fn note(&mut self, noted: Noted) {
        self.seen += 1;
        if self.bound == 0 {
            return;
        }
        if self.noted.len() == self.bound {
            self.noted.pop_front();
        }
        self.noted.push_back(noted);
    }

    /// How many there were in all.
    #[must_use]
    pub(crate) fn seen(&self) -> u64 {
        self.seen
    }

    /// Those after the first `seen` that are still remembered.
    #[must_use]
    pub(crate) fn since(&self, seen: u64) -> Vec<Exchange> {
        let first = self.seen - self.noted.len() as u64 + 1;
        let numbered = (first..).zip(&self.noted);
        numbered
            .filter(|(number, _)| *number > seen)
            .map(|(number, noted)| noted.exchange(number))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(path: &str) -> Noted {
        Noted {
            at: "2030-01-01T00:00:00Z".parse().unwrap(),
            user: Some(Arc::new(User::admin())),
            agent: "test".to_owned(),
            verb: "get",
            path: path.to_owned(),
            code: Some(200),
        }
    }

    #[test]
    fn it_forgets_the_oldest_and_counts_all() {
        let mut journal = Journal::bounded(2);
        for path in ["/a", "/b", "/c"] {
            journal.note(noted(path));
        }
        assert_eq!(journal.seen(), 3);
        let paths = |since: u64| {
            journal
                .since(since)
                .into_iter()
                .map(|one| one.path)
                .collect::<Vec<_>>()
        };
        assert_eq!(paths(0), ["/b", "/c"]);
        assert_eq!(paths(2), ["/c"]);
        assert_eq!(
            journal.since(2)[0].to_string(),
            "    3 2030-01-01T00:00:00.000000Z admin (test) get /c → 200"
        );
    }
}
