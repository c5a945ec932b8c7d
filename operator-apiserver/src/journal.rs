//! [`Journal`]: the last requests that the server answered, in order, for tests and for who wants to see what went on.

use std::{collections::VecDeque, fmt};

/// One request and how it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Its number, from 1 on.
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

/// The last requests, oldest first; a bounded number of them.
#[derive(Clone, Debug)]
pub struct Journal {
    exchanges: VecDeque<Exchange>,
    bound: usize,
    seen: u64,
}

impl Journal {
    /// One that remembers so many.
    #[must_use]
    pub fn bounded(bound: usize) -> Self {
        Self {
            exchanges: VecDeque::new(),
            bound,
            seen: 0,
        }
    }

    /// Writes one down; its number is given here.
    pub fn note(&mut self, mut exchange: Exchange) {
        self.seen += 1;
        if self.bound == 0 {
            return;
        }
        exchange.number = self.seen;
        if self.exchanges.len() == self.bound {
            self.exchanges.pop_front();
        }
        self.exchanges.push_back(exchange);
    }

    /// How many there were in all.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Those after the first `seen` that are still remembered.
    #[must_use]
    pub fn since(&self, seen: u64) -> Vec<Exchange> {
        self.exchanges
            .iter()
            .filter(|exchange| exchange.number > seen)
            .cloned()
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(path: &str) -> Exchange {
        Exchange {
            number: 0,
            at: "2030-01-01T00:00:00.000000Z".to_owned(),
            user: "admin".to_owned(),
            agent: "test".to_owned(),
            verb: "get".to_owned(),
            path: path.to_owned(),
            code: Some(200),
        }
    }

    #[test]
    fn it_forgets_the_oldest_and_counts_all() {
        let mut journal = Journal::bounded(2);
        for path in ["/a", "/b", "/c"] {
            journal.note(exchange(path));
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
