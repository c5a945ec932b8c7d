//! Patches: of four sorts, each ending in an update, or, for an apply, in a creation.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Answer, Api, call::Call, complaints::Complaints, expected::unknown_format, update::Update,
};
use crate::{
    apply,
    error::ApiError,
    object, patch,
    request::{Duplicate, FieldValidation, PatchOptions, decode_body, decode_yaml, media_type},
};

/// The sorts of patches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Json,
    Merge,
    Strategic,
    Apply,
}

impl Sort {
    /// The sort that a `Content-Type` names.
    pub(super) fn of(call: &Call<'_>) -> Result<Self, ApiError> {
        let custom = call.kind.resource.custom;
        Ok(match media_type(call.content_type).as_str() {
            "application/json-patch+json" => Self::Json,
            "application/merge-patch+json" => Self::Merge,
            "application/strategic-merge-patch+json" if !custom => Self::Strategic,
            "application/apply-patch+yaml" => Self::Apply,
            "" | "application/json" | "application/yaml" if !custom => {
                let message = "415: Unsupported Media Type";
                return Err(ApiError::new(415, "UnsupportedMediaType", message));
            }
            _ if custom => {
                return Err(unknown_format(
                    "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml",
                ));
            }
            _ => {
                return Err(unknown_format(
                    "application/json-patch+json, application/merge-patch+json, \
                     application/strategic-merge-patch+json, application/apply-patch+yaml",
                ));
            }
        })
    }
}

impl Api {
    pub(super) fn patch(&mut self, call: &mut Call<'_>) -> Result<Answer, ApiError> {
        let sort = Sort::of(call)?;
        let options = PatchOptions::parse(call.query, sort == Sort::Apply)?;
        if sort == Sort::Apply {
            return self.apply(call, &options);
        }
        let old = self.find_to_change(call)?.ok_or_else(|| call.not_found())?;
        let (patched, complaints) = patched(call, sort, &old)?;
        let mut new = call.patched(patched, complaints, options.write.field_validation)?;
        call.check_names(&mut new)?;
        call.warn(&new, Some(&old));
        let manager = call.manager(&options.write).to_owned();
        let update = Update {
            dry_run: options.write.dry_run,
            manager: Some(&manager),
            uid_is_precondition: false,
        };
        self.replace(call, &old, new, &update)
    }

    fn apply(&mut self, call: &mut Call<'_>, options: &PatchOptions) -> Result<Answer, ApiError> {
        let (config, complaints) = applied(call)?;
        let resource = Arc::clone(&call.kind.resource);
        let strategy = &resource.strategy;
        let subresource = call.path.subresource.clone();
        let old = self.find_to_change(call)?;
        if old.is_none() {
            if !subresource.is_empty() {
                return Err(call.not_found());
            }
            let uid = object::uid(&config);
            if !uid.is_empty() {
                let why = format!(
                    "uid mismatch: the provided object specified uid {uid}, and no existing object was found"
                );
                return Err(call.conflict(&why));
            }
        }
        check_applied_type(call, &config)?;
        // What the configuration leaves out is not its manager's.
        call.check_names(&mut config.clone())?;
        let kind = Arc::clone(&call.kind);
        let (others, now) = (kind.other_versions(), call.timestamp());
        let writer = call.writer(&options.write.field_manager, &now, &others);
        let reset = strategy.reset_fields(&subresource);
        let mut merged = apply::apply(
            strategy.schema(),
            old.as_ref(),
            &config,
            &writer,
            options.force,
            reset,
        )?;
        settle_applied(call, complaints, options.write.field_validation)?;
        let merged_id = match object::namespace(&merged) {
            "" => format!("/{}", call.name()),
            namespace => format!("{namespace}/{}", call.name()),
        };
        // What comes out has been checked against the schema: nothing in it is unknown.
        strategy
            .decode(&mut merged)
            .map_err(|error| unconvertible(call, &merged_id, error))?;
        strategy.default_applied(&mut merged, &config);
        call.warn(&merged, old.as_ref());
        let Some(old) = old else {
            self.check_namespace_admits(call, call.name())?;
            self.authorize(call.user, "create", Ok(call.path))?;
            object::metadata_mut(&mut merged).remove("resourceVersion");
            let bytes = self.insert(call, merged, options.write.dry_run)?;
            return Ok(Answer::Object {
                code: 201,
                kind: Arc::clone(&call.kind),
                bytes,
            });
        };
        let update = Update {
            dry_run: options.write.dry_run,
            manager: None,
            uid_is_precondition: false,
        };
        self.replace(call, &old, merged, &update)
    }
}

/// The patch's outcome, and what is to be said of the patch itself.
pub(super) fn patched(
    call: &Call<'_>,
    sort: Sort,
    old: &Value,
) -> Result<(Value, Complaints), ApiError> {
    let mut patched = old.clone();
    if sort == Sort::Json {
        patch::json_patch(&mut patched, call.body)?;
        let unknown = patch::json_patch_unknown_fields(call.body);
        return Ok((
            patched,
            Complaints::of_json_patch(&twice(call.body), unknown),
        ));
    }
    let (patch, twice) = match call.held(false) {
        Ok(body) => (Ok(body.value), body.duplicates),
        Err(why) => (Err(why), Vec::new()),
    };
    if sort == Sort::Merge {
        patch::merge_patch(&mut patched, &patch::read_merge_patch(patch)?);
    } else {
        let schema = call.kind.resource.strategy.schema();
        patch::strategic_merge(&mut patched, &patch::read_strategic_patch(patch)?, schema)?;
    }
    Ok((patched, Complaints::of(&twice)))
}

/// The fields of a JSON patch that stand twice: read once more, for its parser doesn't tell.
fn twice(patch: &[u8]) -> Vec<Duplicate> {
    let body = decode_body(patch, false);
    body.map(|body| body.duplicates).unwrap_or_default()
}

/// The configuration that an apply brings, and what is to be said of its text.
pub(super) fn applied(call: &Call<'_>) -> Result<(Value, Complaints), ApiError> {
    let body = call
        .held(true)
        .map_err(|why| ApiError::bad_request(format!("error encoding patch: {why}")))?;
    let body = if let Some(Duplicate::Field(_)) = body.duplicates.first() {
        // JSON is YAML, too, and read as that: so what stands twice is told with its line.
        decode_yaml(call.body).unwrap_or(body)
    } else {
        body
    };
    if !body.value.is_object() {
        let message = "error decoding patch: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal \
                       array into Go value of type map[string]interface {}";
        return Err(ApiError::bad_request(message));
    }
    Ok((body.value, Complaints::of(&body.duplicates)))
}

/// Refuses a configuration for what is to be said of its text, or warns. A real server looks at that only once the
/// configuration is merged.
pub(super) fn settle_applied(
    call: &mut Call<'_>,
    complaints: Complaints,
    validation: FieldValidation,
) -> Result<(), ApiError> {
    let settled = complaints.settle(&mut call.warnings, validation);
    settled.map_err(|why| {
        let why = format!("error strict decoding patch: error converting YAML to JSON: {why}");
        ApiError::bad_request(why)
    })
}

/// The refusal of what came out of an apply because the Go type of a built-in kind can't hold it. The server gets there
/// by another way than from a body, and answers with what went wrong on it.
fn unconvertible(call: &Call<'_>, id: &str, error: ApiError) -> ApiError {
    let resource = &call.kind.resource;
    let why = error.message.split_once(" cannot be handled as a ");
    let why = why.and_then(|(_, rest)| rest.split_once(": "));
    let Some((_, why)) = why.filter(|_| !resource.custom) else {
        return error;
    };
    let number = why.strip_prefix("json: cannot unmarshal number ");
    let number = number.and_then(|rest| rest.split_once(" into Go struct field "));
    let go_type = number.and_then(|(_, field)| field.rsplit_once(" of type "));
    let why = match go_type {
        Some((_, go_type)) => format!("cannot convert float64 to {go_type}"),
        None if why.starts_with("illegal base64 data") => {
            format!("error decoding from json: {why}")
        }
        None => why.to_owned(),
    };
    let (group, version, kind) = (&resource.group, &resource.version, &resource.kind);
    let kind = format!("{group}/{version}, Kind={kind}");
    let message = format!(
        "failed to convert new object ({id}; {kind}) to proper version: unable to convert unstructured object to \
         {kind}: {why}"
    );
    ApiError::new(500, "", message)
}

/// Whether the configuration is of the path's type.
fn check_applied_type(call: &Call<'_>, config: &Value) -> Result<(), ApiError> {
    let resource = &call.kind.resource;
    let version = config["apiVersion"].as_str().unwrap_or_default();
    let kind = config["kind"].as_str().unwrap_or_default();
    if version == resource.api_version() && kind == resource.kind {
        return Ok(());
    }
    let version = if version.contains('/') {
        version.to_owned()
    } else {
        format!("/{version}")
    };
    Err(ApiError::bad_request(format!(
        "invalid object type: {version}, Kind={kind}"
    )))
}
