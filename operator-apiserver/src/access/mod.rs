//! Who asks, and what they may do: authentication, impersonation, RBAC and the reviews that tell about them.
//!
//! Everything here is a function of values. The order on a request is: [`Tokens::authenticate`] →
//! [`impersonate`] → [`Authorizer::authorize`], and [`forbidden`] where it says no.

mod attributes;
mod default_roles;
mod escalation;
mod impersonation;
mod rbac;
mod reviews;
mod rule;
mod token_request;
mod tokens;
mod user;

pub use attributes::{Attributes, Authorizer, Decision, forbidden};
pub use default_roles::default_roles;
pub use escalation::{check_binding, check_role};
pub use impersonation::impersonate;
pub use rbac::{RbacView, aggregated_rules};
pub use reviews::{
    local_subject_access_review, self_subject_access_review, self_subject_review,
    self_subject_rules_review, subject_access_review, token_review,
};
pub use rule::Rule;
pub use token_request::{TokenToIssue, token_request};
pub use tokens::{API_AUDIENCE, Bound, Identity, ServiceAccountToken, Tokens};
pub use user::{ServiceAccountName, User};
