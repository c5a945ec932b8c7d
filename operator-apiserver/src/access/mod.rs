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

pub(crate) use attributes::{Attributes, Authorizer};
pub(crate) use default_roles::default_roles;
pub(crate) use escalation::{check_binding, check_role};
pub(crate) use impersonation::impersonate;
pub(crate) use rbac::RbacView;
pub(crate) use reviews::{
    local_subject_access_review, self_subject_access_review, self_subject_review,
    self_subject_rules_review, subject_access_review, token_review,
};
pub(crate) use token_request::{TokenToIssue, token_request};
pub(crate) use tokens::Tokens;
pub use user::User;
