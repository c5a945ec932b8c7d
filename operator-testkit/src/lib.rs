#![doc = include_str!("docs/testkit.md")]

mod assertion;
mod builder;
mod crd;
mod difference;
mod error;
mod kit;
mod objects;
mod operator;
mod parent_state;
mod place;
mod question;
mod record;
mod report;
mod steady;

pub use builder::TestKitBuilder;
pub use crd::{CrdRefused, check_crd};
pub use error::KitError;
pub use kit::TestKit;
pub use objects::Asserted;
pub use operator_apiserver::{Fault, LocalCluster, Matches, Strikes};
pub use parent_state::ParentState;
pub use place::KUBECONFIG;
pub use question::{FinalizeOutcome, Question, SyncOutcome, sync_once};
pub use record::Request;
