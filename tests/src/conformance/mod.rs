//! The conformance table: what a Kubernetes API server answers, as data that runs unchanged on any of them.
//!
//! The cases are the files `conformance/3.*.yaml` of this package, one for each section of the statements that the
//! embedded server has to hold. Their expectations are what the newest real server answers, so a run on it proves the
//! table, and a run on the embedded one proves that server. What the embedded one is known to answer differently is
//! listed in `conformance/differences.yaml`, with the reason; a listed difference that is gone fails the run.
//!
//! A case is a list of steps; each is one of
//!
//! | Step | What it does |
//! |---|---|
//! | `do: VERB PATH` | sends `body` (or the text `raw`) and compares the answer with `expect`; the verbs `MERGE`, `JSONPATCH`, `STRATEGIC` and `APPLY` are `PATCH` with their content type |
//! | `watch: PATH` | opens a watch by the name `as` |
//! | `events: NAME` | reads exactly as many events as `expect` lists; with `ends: true` the stream must end then |
//!
//! With `until: true` a request is repeated until the answer is the expected one. `save: {rv: metadata.resourceVersion}`
//! makes `{rv}` stand for a field of the answer in all that follows; `{ns}` is the case's own namespace, `{run}` is
//! unique to the run, `{group}` is the API group of the kinds in `conformance/kinds.yaml`, `{own}` one that no other
//! case uses. Expected bodies are subsets: a key may be missing from them, an element of a list may not. `=key` wants
//! exactly what it says, and `<uid>`, `<time>`, `<absent>` and so on stand for what can't be known: see [`Pattern`].

mod answer;
mod bench;
mod case;
mod difference;
mod expectation;
mod pattern;
mod report;
mod run;
mod stream;
mod target;
mod template;

pub use answer::Answer;
pub use case::{Case, Section, Step, Table};
pub use difference::Difference;
pub use expectation::Expectation;
pub use pattern::Pattern;
pub use report::{Failure, Report};
pub use run::run;
pub use target::Target;
