//! Creations that store nothing: reviews of rights and tokens, tokens of service accounts, evictions.

use serde_json::{Value, json};

use super::{Answer, Api, call::Call, expected::Expected};
use crate::{
    access::{self, TokenToIssue},
    clock,
    error::ApiError,
    object,
    request::{DeleteOptions, WriteOptions},
};

const TOKEN_REQUEST: Expected<'_> = Expected {
    group: "authentication.k8s.io",
    version: "v1",
    kind: "TokenRequest",
    custom: false,
};
const EVICTION: Expected<'_> = Expected {
    group: "policy",
    version: "v1",
    kind: "Eviction",
    custom: false,
};

impl Api {
    /// Creates an object, or answers a review.
    pub(super) fn create_or_review(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let resource = std::sync::Arc::clone(&call.kind.resource);
        let is_review = matches!(
            resource.group.as_str(),
            "authorization.k8s.io" | "authentication.k8s.io"
        );
        if !is_review {
            return self.create(call);
        }
        let options = WriteOptions::parse(call.query, "CreateOptions")?;
        let review = call.object(options.field_validation)?;
        let (user, authorizer) = (call.user, &self.access.authorizer);
        let value = match resource.plural.as_str() {
            "selfsubjectreviews" => access::self_subject_review(user, &clock::seconds(call.now)),
            "tokenreviews" => access::token_review(
                &review,
                &self.access.tokens,
                call.now.as_second(),
                &self.present(),
            )?,
            "selfsubjectaccessreviews" => {
                access::self_subject_access_review(&review, user, authorizer)?
            }
            "subjectaccessreviews" => access::subject_access_review(&review, authorizer)?,
            "localsubjectaccessreviews" => {
                access::local_subject_access_review(&review, call.namespace(), authorizer)?
            }
            "selfsubjectrulesreviews" => {
                access::self_subject_rules_review(&review, user, authorizer)?
            }
            _ => return Err(call.unsupported("create")),
        };
        Ok(Answer::Value { code: 201, value })
    }

    /// A token of a service account.
    pub(super) fn create_token(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let request = subresource_body(call, TOKEN_REQUEST)?;
        let account = self.find(call)?.ok_or_else(|| call.not_found())?;
        let (token, id) = (self.entropy.secret(), self.entropy.uid());
        let now = call.now.as_second();
        let to_issue = TokenToIssue {
            token: &token,
            id: &id,
            now,
        };
        let (answer, issued) =
            access::token_request(&request, &account, to_issue, &self.present())?;
        self.access.tokens.issue(token, issued, now);
        Ok(Answer::Value {
            code: 201,
            value: answer,
        })
    }

    /// An eviction: a deletion of a Pod that its disruption budgets allow.
    pub(super) fn evict(&mut self, call: &Call<'_>) -> Result<Answer, ApiError> {
        let eviction = subresource_body(call, EVICTION)?;
        let pod = self.find(call)?.ok_or_else(|| call.not_found())?;
        let options = DeleteOptions::parse(call.query, eviction.get("deleteOptions"))?;
        let options = DeleteOptions {
            dry_run: options.dry_run || call.query.all("dryRun").any(|v| v == "All"),
            ..options
        };
        if let Some(budget) = self.exhausted_budget(&pod) {
            let message = "Cannot evict pod as it would violate the pod's disruption budget.";
            let mut error = ApiError::new(429, "TooManyRequests", message);
            error.details.causes.push(crate::error::Cause {
                reason: "DisruptionBudget".to_owned(),
                message: format!(
                    "The disruption budget {budget} needs to be met before a Pod is evicted"
                ),
                field: String::new(),
            });
            return Err(error);
        }
        self.delete_one(call, &pod, &options)?;
        let value = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201});
        Ok(Answer::Value { code: 201, value })
    }

    /// A budget that covers the Pod and allows no disruption. Nobody counts healthy Pods here, so that a budget's
    /// status is what a client has written into it.
    fn exhausted_budget(&self, pod: &Value) -> Option<String> {
        use crate::{selectors::label_selector::selects, strategy::Others as _};
        let namespace = object::namespace(pod);
        let budgets = self
            .present()
            .list("policy", "poddisruptionbudgets", namespace);
        let covers =
            |budget: &&Value| selects(&budget["spec"]["selector"], &pod["metadata"]["labels"]);
        let allowed = |budget: &Value| {
            budget["status"]["disruptionsAllowed"]
                .as_i64()
                .unwrap_or_default()
        };
        let found = budgets
            .iter()
            .filter(covers)
            .find(|budget| allowed(budget) <= 0)?;
        Some(object::name(found).to_owned())
    }
}

fn subresource_body(call: &Call<'_>, expected: Expected<'_>) -> Result<Value, ApiError> {
    let mut value = expected.read(call)?.value;
    expected.check_type(&mut value, call.body)?;
    Ok(value)
}
