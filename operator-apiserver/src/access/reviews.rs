//! The reviews: objects that are asked for and answered, and never stored.

use serde_json::{Value, json};

use super::{
    attributes::{Attributes, Authorizer},
    rbac::MissingRole,
    tokens::{API_AUDIENCE, Tokens},
    user::User,
};
use crate::{
    error::ApiError, field_error::FieldError, metadata::check_namespace, strategy::Others,
};

const AUTHORIZATION: &str = "authorization.k8s.io";

/// `SelfSubjectReview`: who is asking. `now` is the time as it is written.
#[must_use]
pub(crate) fn self_subject_review(user: &User, now: &str) -> Value {
    json!({
        "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
        "metadata": {"creationTimestamp": now}, "status": {"userInfo": user.to_value()},
    })
}

/// `TokenReview`: whose a token is; `now` is in seconds since 1970.
///
/// # Errors
/// A 400 without a token.
pub(crate) fn token_review(
    review: &Value,
    tokens: &Tokens,
    now: i64,
    others: &dyn Others,
) -> Result<Value, ApiError> {
    let spec = &review["spec"];
    let token = spec["token"].as_str().unwrap_or_default();
    if token.is_empty() {
        return Err(ApiError::bad_request(
            "token is required for TokenReview in authentication",
        ));
    }
    let mut audiences = texts(&spec["audiences"]);
    if audiences.is_empty() {
        audiences.push(API_AUDIENCE.to_owned());
    }
    let status = match tokens.identify(token, &audiences, now, others) {
        Ok(identity) => json!({
            "authenticated": true, "user": identity.user.to_value(), "audiences": identity.audiences,
        }),
        Err(error) => json!({"user": {}, "error": error}),
    };
    Ok(answer(
        "TokenReview",
        "authentication.k8s.io/v1",
        review,
        spec.clone(),
        status,
    ))
}

/// `SelfSubjectAccessReview`: whether who asks may do something.
///
/// # Errors
/// A 422 where it isn't said what, or said twice.
pub(crate) fn self_subject_access_review(
    review: &Value,
    user: &User,
    authorizer: &Authorizer,
) -> Result<Value, ApiError> {
    let spec = &review["spec"];
    let mut errors = Vec::new();
    check_attributes(spec, &mut errors);
    check_metadata(&review["metadata"], &mut errors);
    refuse(&errors)?;
    let status = decide(spec, user, authorizer);
    Ok(access_answer(
        "SelfSubjectAccessReview",
        review,
        spec.clone(),
        status,
    ))
}

/// `SubjectAccessReview`: whether anybody may do something.
///
/// # Errors
/// A 422 where it isn't said who or what.
pub(crate) fn subject_access_review(
    review: &Value,
    authorizer: &Authorizer,
) -> Result<Value, ApiError> {
    let spec = &review["spec"];
    let mut errors = Vec::new();
    check_attributes(spec, &mut errors);
    check_subject(spec, &mut errors);
    check_metadata(&review["metadata"], &mut errors);
    refuse(&errors)?;
    let status = decide(spec, &subject(spec), authorizer);
    Ok(access_answer(
        "SubjectAccessReview",
        review,
        spec.clone(),
        status,
    ))
}

/// `LocalSubjectAccessReview`: whether anybody may do something in `namespace`.
///
/// # Errors
/// A 422 where it isn't said who or what, or not in this namespace, and a 400 for a review in another one.
pub(crate) fn local_subject_access_review(
    review: &Value,
    namespace: &str,
    authorizer: &Authorizer,
) -> Result<Value, ApiError> {
    let mut review = review.clone();
    check_namespace(&mut review, namespace)?;
    let spec = &review["spec"];
    let mut errors = Vec::new();
    check_attributes(spec, &mut errors);
    check_subject(spec, &mut errors);
    let mut metadata = review["metadata"].clone();
    if let Some(metadata) = metadata.as_object_mut() {
        metadata.remove("namespace");
    }
    check_metadata(&metadata, &mut errors);
    let resource = &spec["resourceAttributes"];
    let own = resource["namespace"].as_str().unwrap_or_default();
    if !resource.is_null() && own != namespace {
        errors.push(FieldError::invalid(
            "spec.resourceAttributes.namespace",
            own,
            "must match metadata.namespace",
        ));
    }
    let path = &spec["nonResourceAttributes"];
    if !path.is_null() {
        errors.push(FieldError::invalid(
            "spec.nonResourceAttributes",
            in_go(path),
            "disallowed on this kind of request",
        ));
    }
    refuse(&errors)?;
    let status = decide(spec, &subject(spec), authorizer);
    Ok(access_answer(
        "LocalSubjectAccessReview",
        &review,
        spec.clone(),
        status,
    ))
}

/// `SelfSubjectRulesReview`: what who asks may do in a namespace.
///
/// # Errors
/// A 400 without a namespace.
pub(crate) fn self_subject_rules_review(
    review: &Value,
    user: &User,
    authorizer: &Authorizer,
) -> Result<Value, ApiError> {
    let namespace = review["spec"]["namespace"].as_str().unwrap_or_default();
    if namespace.is_empty() {
        return Err(ApiError::bad_request("no namespace on request"));
    }
    let mut status = match authorizer {
        Authorizer::AllowAll => json!({
            "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
            "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        }),
        Authorizer::Rbac(view) => {
            let (rules, missing) = view.rules_for(user, namespace);
            let (resources, paths): (Vec<_>, Vec<_>) =
                rules.iter().map(|rule| rule.to_review()).unzip();
            let of_some = |list: Vec<Option<Value>>| list.into_iter().flatten().collect::<Value>();
            let mut status = json!({
                "resourceRules": of_some(resources), "nonResourceRules": of_some(paths),
            });
            if !missing.is_empty() {
                status["evaluationError"] = MissingRole::describe(&missing).into();
            }
            status
        }
    };
    status["incomplete"] = false.into();
    Ok(access_answer(
        "SelfSubjectRulesReview",
        review,
        json!({}),
        status,
    ))
}

fn access_answer(kind: &str, review: &Value, spec: Value, status: Value) -> Value {
    answer(kind, "authorization.k8s.io/v1", review, spec, status)
}

fn answer(kind: &str, api_version: &str, review: &Value, spec: Value, status: Value) -> Value {
    let metadata = match &review["metadata"] {
        Value::Null => json!({}),
        metadata => metadata.clone(),
    };
    let mut answer = json!({"kind": kind, "apiVersion": api_version});
    answer["metadata"] = metadata;
    answer["spec"] = spec;
    answer["status"] = status;
    answer
}

fn texts(list: &Value) -> Vec<String> {
    let items = list.as_array().into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn subject(spec: &Value) -> User {
    let text = |field: &str| spec[field].as_str().unwrap_or_default().to_owned();
    let extra = spec["extra"].as_object().into_iter().flatten();
    User {
        name: text("user"),
        uid: text("uid"),
        groups: texts(&spec["groups"]),
        extra: extra
            .map(|(key, values)| (key.clone(), texts(values)))
            .collect(),
    }
}

fn decide(spec: &Value, user: &User, authorizer: &Authorizer) -> Value {
    let resource = &spec["resourceAttributes"];
    let path = &spec["nonResourceAttributes"];
    let text = |field: &str| resource[field].as_str().unwrap_or_default();
    let attributes = if resource.is_null() {
        let text = |field: &str| path[field].as_str().unwrap_or_default();
        Attributes::path(user, text("verb"), text("path"))
    } else {
        Attributes {
            user,
            verb: text("verb"),
            group: text("group"),
            resource: text("resource"),
            subresource: text("subresource"),
            namespace: text("namespace"),
            name: text("name"),
            path: None,
        }
    };
    let decision = authorizer.authorize(&attributes);
    let mut status = json!({"allowed": decision.allowed});
    let reason = decision.reason();
    if !reason.is_empty() {
        status["reason"] = reason.into();
    }
    status
}

fn check_attributes(spec: &Value, errors: &mut Vec<FieldError>) {
    let (resource, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    if resource.is_null() == path.is_null() {
        errors.push(FieldError::invalid(
            "spec",
            in_go(path),
            "exactly one of nonResourceAttributes or resourceAttributes must be specified",
        ));
    }
}

fn check_subject(spec: &Value, errors: &mut Vec<FieldError>) {
    let user = spec["user"].as_str().unwrap_or_default();
    if user.is_empty() && texts(&spec["groups"]).is_empty() {
        let detail = "at least one of user or group must be specified";
        errors.push(FieldError::invalid("spec.user", user, detail));
    }
}

fn check_metadata(metadata: &Value, errors: &mut Vec<FieldError>) {
    let is_empty = metadata.as_object().is_none_or(serde_json::Map::is_empty);
    if !is_empty {
        let detail = "must be empty";
        errors.push(FieldError::invalid("metadata", metadata.clone(), detail));
    }
}

/// The server shows its own form of these attributes, whose fields have other names.
fn in_go(path: &Value) -> Value {
    if path.is_null() {
        return Value::Null;
    }
    let text = |field: &str| path[field].as_str().unwrap_or_default();
    json!({"Path": text("path"), "Verb": text("verb")})
}

fn refuse(errors: &[FieldError]) -> Result<(), ApiError> {
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ApiError::invalid(AUTHORIZATION, "", "", errors))
    }
}

#[cfg(test)]
mod tests;
