//! The CRDs of a lenient macro: for each rule that the derive checks, the CRD that comes of the mistake, and what each
//! server does with it. So a rule is as strict as the servers, and where it is stricter, the table says why.
//!
//! The table is the files in `lenient/` of this package, one for each subject. A rule has `mistakes` and their `valid`
//! neighbours, each a patch on the sane CRD of `lenient/bases.yaml`: `crd` patches the whole, `version` its only version,
//! `spec` the schema of the field `spec`. What becomes of it stands beside it, by server:
//!
//! | Outcome | What it says |
//! |---|---|
//! | `refused: ["FIELD: MESSAGE"]` | the server answers 422 with exactly these causes; `refused: {code, message}` another way |
//! | `harmed: SENTENCE` | it is accepted, but does harm, which `stored`, `conditions` or `steps` observe |
//! | `accepted` | it does what it says; for a mistake the rule needs its reason, `stricter` |
//!
//! `v1.37` is the newest server and the embedded one, and `v1.20` the oldest, where it differs. A mistake has to fare badly
//! on the newest, or, if its subject is `against: v1.20`, on the oldest. The subjects with `api: v1beta1` run where that
//! is served: on the oldest and on the embedded one. `stored` is what is read back, `conditions` the CRD's conditions, `serves:
//! false` says that its objects can't be reached; `steps` are those of the [conformance table](crate::conformance), which
//! runs all of this. `{63*a}` is a text of 63 letters.

mod expand;
mod outcome;
mod server;
mod table;

pub use outcome::{Observed, Outcome};
pub use server::Server;
pub use table::{Against, Base, Rule, Subject, Table, Trial};
