//! `TokenRequest`: a token for a service account, by a POST to its subresource `token`.

use serde_json::{Value, json};

use super::tokens::{API_AUDIENCE, Bound, ServiceAccountToken};
use crate::{
    error::ApiError, field_error::FieldError, metadata::check_namespace, object, strategy::Others,
};

/// How long a token is valid if the request doesn't say.
const DEFAULT_SECONDS: i64 = 3_600;
const MIN_SECONDS: i64 = 600;
const MAX_SECONDS: i64 = 1 << 32;

/// What a token is made of that comes from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TokenToIssue<'a> {
    /// The token itself: nobody may be able to guess it.
    pub(crate) token: &'a str,
    /// What tells it from others without giving it away.
    pub(crate) id: &'a str,
    /// The time, in seconds since 1970.
    pub(crate) now: i64,
}

/// The answer to a request, and what is to be put into [`Tokens`](super::Tokens); `account` is the service
/// account as it is stored.
///
/// # Errors
/// Where the request doesn't fit the account, asks for too short or too long a time, or names an object that
/// isn't there.
pub(crate) fn token_request(
    request: &Value,
    account: &Value,
    to_issue: TokenToIssue<'_>,
    others: &dyn Others,
) -> Result<(Value, ServiceAccountToken), ApiError> {
    let (namespace, name) = (object::namespace(account), object::name(account));
    let mut answer = json!({
        "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1", "metadata": request["metadata"],
    });
    check_namespace(&mut answer, namespace)?;
    let requested_name = object::name(request);
    if !requested_name.is_empty() && requested_name != name {
        let error = FieldError::invalid(
            "metadata.name",
            requested_name,
            "must match the service account name if specified",
        );
        return Err(invalid(name, error));
    }
    let spec = &request["spec"];
    let seconds = spec["expirationSeconds"]
        .as_i64()
        .unwrap_or(DEFAULT_SECONDS);
    check_seconds(seconds)?;
    let reference = &spec["boundObjectRef"];
    let bound = (!reference.is_null())
        .then(|| bind(reference, namespace, others))
        .transpose()?;
    let audiences: Vec<String> = spec["audiences"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|audience| audience.as_str().map(str::to_owned))
        .collect();
    let audiences = if audiences.is_empty() {
        vec![API_AUDIENCE.to_owned()]
    } else {
        audiences
    };

    let expires = to_issue.now.saturating_add(seconds);
    let metadata = object::metadata_mut(&mut answer);
    metadata.insert("name".to_owned(), name.into());
    metadata.insert("uid".to_owned(), object::uid(account).into());
    metadata.insert(
        "creationTimestamp".to_owned(),
        written(to_issue.now)?.into(),
    );
    answer["spec"] = json!({
        "audiences": audiences, "expirationSeconds": seconds, "boundObjectRef": reference,
    });
    answer["status"] = json!({
        "token": to_issue.token, "expirationTimestamp": written(expires)?,
    });
    let token = ServiceAccountToken {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        uid: object::uid(account).to_owned(),
        id: to_issue.id.to_owned(),
        audiences,
        expires,
        bound,
    };
    Ok((answer, token))
}

/// A time as the API writes it: `2026-01-02T03:04:05Z`.
fn written(seconds: i64) -> Result<String, ApiError> {
    match jiff::Timestamp::from_second(seconds) {
        Ok(time) => Ok(time.to_string()),
        Err(error) => Err(ApiError::internal(error.to_string())),
    }
}

fn check_seconds(seconds: i64) -> Result<(), ApiError> {
    let detail = if seconds < MIN_SECONDS {
        "may not specify a duration less than 10 minutes"
    } else if seconds > MAX_SECONDS {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(());
    };
    let error = FieldError::invalid("spec.expirationSeconds", seconds, detail);
    Err(invalid("", error))
}

fn invalid(name: &str, error: FieldError) -> ApiError {
    ApiError::invalid("authentication.k8s.io", "TokenRequest", name, &[error])
}

fn bind(reference: &Value, namespace: &str, others: &dyn Others) -> Result<Bound, ApiError> {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let (kind, name, uid) = (text("kind"), text("name"), text("uid"));
    let api_version = text("apiVersion");
    let place = Bound::place(kind, namespace).filter(|_| matches!(api_version, "" | "v1"));
    let Some((resource, namespace)) = place else {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        return Err(ApiError::bad_request(format!(
            "cannot bind token to object of type {group}/{version}, Kind={kind}"
        )));
    };
    if name.is_empty() {
        return Err(ApiError::bad_request("Name parameter required."));
    }
    let found = others
        .get("", resource, namespace, name)
        .ok_or_else(|| ApiError::not_found("", resource, name))?;
    let found = object::uid(&found);
    if !uid.is_empty() && uid != found {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been \
             deleted and then recreated"
        );
        return Err(ApiError::conflict("", kind, name, &why));
    }
    Ok(Bound {
        kind: kind.to_owned(),
        name: name.to_owned(),
        uid: found.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct OnePod;

    impl Others for OnePod {
        fn get(&self, _: &str, resource: &str, namespace: &str, name: &str) -> Option<Value> {
            let found = (resource, namespace, name) == ("pods", "ns", "p");
            found.then(|| json!({"metadata": {"uid": "v"}}))
        }

        fn list(&self, _: &str, _: &str, _: &str) -> Vec<Value> {
            Vec::new()
        }
    }

    fn request(body: &Value) -> Result<(Value, ServiceAccountToken), ApiError> {
        let account = json!({"metadata": {"name": "sa", "namespace": "ns", "uid": "u"}});
        let to_issue = TokenToIssue {
            token: "secret",
            id: "1",
            now: 1_000,
        };
        token_request(body, &account, to_issue, &OnePod)
    }

    fn refusal(body: &Value) -> (u16, String) {
        let error = request(body).unwrap_err();
        (error.code, error.message)
    }

    #[test]
    fn a_token_is_valid_for_an_hour_and_for_the_server_unless_asked_otherwise() {
        let (answer, token) = request(&json!({})).expect("a token");
        assert_eq!(
            answer,
            json!({
                "kind": "TokenRequest", "apiVersion": "authentication.k8s.io/v1",
                "metadata": {"name": "sa", "namespace": "ns", "uid": "u", "creationTimestamp": "1970-01-01T00:16:40Z"},
                "spec": {"audiences": [API_AUDIENCE], "expirationSeconds": 3600, "boundObjectRef": null},
                "status": {"token": "secret", "expirationTimestamp": "1970-01-01T01:16:40Z"},
            })
        );
        assert_eq!(token.expires, 4_600);
        let asked = json!({"spec": {"audiences": ["a"], "expirationSeconds": 600}});
        let (_, token) = request(&asked).expect("a token");
        assert_eq!(
            (token.audiences, token.expires),
            (vec!["a".to_owned()], 1_600)
        );
    }

    #[test]
    fn a_token_can_be_bound_to_what_is_there() {
        let bound = |reference: Value| json!({"spec": {"boundObjectRef": reference}});
        let (_, token) = request(&bound(
            json!({"kind": "Pod", "apiVersion": "v1", "name": "p"}),
        ))
        .expect("a token");
        let uid = token.bound.map(|bound| bound.uid);
        assert_eq!(uid.as_deref(), Some("v"));
        for (reference, code, message) in [
            (
                json!({"kind": "Foo", "name": "x"}),
                400,
                "cannot bind token to object of type /, Kind=Foo",
            ),
            (
                json!({"kind": "Pod", "apiVersion": "v1"}),
                400,
                "Name parameter required.",
            ),
            (
                json!({"kind": "Secret", "apiVersion": "v1", "name": "p"}),
                404,
                "secrets \"p\" not found",
            ),
            (
                json!({"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": "x"}),
                409,
                "Operation cannot be fulfilled on Pod \"p\": the UID in the bound object reference (x) does not match the UID \
                 in record. The object might have been deleted and then recreated",
            ),
        ] {
            assert_eq!(refusal(&bound(reference)), (code, message.to_owned()));
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        for (body, code, message) in [
            (
                json!({"spec": {"expirationSeconds": 10}}),
                422,
                "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 10: may not specify \
                 a duration less than 10 minutes",
            ),
            (
                json!({"spec": {"expirationSeconds": 4_294_967_297_i64}}),
                422,
                "TokenRequest.authentication.k8s.io \"\" is invalid: spec.expirationSeconds: Invalid value: 4294967297: may not \
                 specify a duration larger than 2^32 seconds",
            ),
            (
                json!({"metadata": {"name": "zz"}}),
                422,
                "TokenRequest.authentication.k8s.io \"sa\" is invalid: metadata.name: Invalid value: \"zz\": must match the \
                 service account name if specified",
            ),
            (
                json!({"metadata": {"namespace": "other"}}),
                400,
                "the namespace of the provided object does not match the namespace sent on the request",
            ),
        ] {
            assert_eq!(refusal(&body), (code, message.to_owned()));
        }
    }
}
