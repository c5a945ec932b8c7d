//! Secrets: texts become data, each well-known type has the keys that it needs, and type never changes.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{
    config_map::{FROZEN, MAX_SIZE, check_key, decoded_len, too_long},
    fields::{ensure_object, entries, flag, remove, same, set_default, text},
    format::IMMUTABLE,
    path::Path,
    rules::{Errors, Rules},
};
use crate::field_error::{FieldError, FieldErrorKind};

pub(super) const RULES: Rules = Rules {
    default,
    validate,
    validate_change,
    field_labels: &["type"],
    field: |object, _| text(object, "type").to_owned(),
    ..Rules::PLAIN
};

fn default(object: &mut Value) {
    if let Some(Value::Object(texts)) = remove(object, "stringData") {
        let data = ensure_object(object, "data");
        for (key, value) in texts {
            let text = value.as_str().unwrap_or_default();
            data[&key] = BASE64_STANDARD.encode(text).into();
        }
    }
    set_default(object, "type", "Opaque");
}

fn validate(object: &Value, errors: &mut Errors) {
    let mut size = 0;
    for (key, value) in entries(object, "data") {
        check_key(key, Path::Root("data"), errors);
        size += decoded_len(value.as_str().unwrap_or_default());
    }
    if size > MAX_SIZE {
        errors.push(too_long("data"));
    }
    match text(object, "type") {
        "kubernetes.io/service-account-token" => {
            const NAME: &str = "kubernetes.io/service-account.name";
            if text(&object["metadata"]["annotations"], NAME).is_empty() {
                let annotations = Path::Root("metadata.annotations");
                errors.push(FieldError::required(annotations.key(NAME), ""));
            }
        }
        "kubernetes.io/dockercfg" => json_key(object, ".dockercfg", errors),
        "kubernetes.io/dockerconfigjson" => json_key(object, ".dockerconfigjson", errors),
        "kubernetes.io/basic-auth" => {
            let has = |key: &str| object["data"].get(key).is_some();
            if !has("username") && !has("password") {
                missing("username", errors);
                missing("password", errors);
            }
        }
        "kubernetes.io/ssh-auth" if text(&object["data"], "ssh-privatekey").is_empty() => {
            missing("ssh-privatekey", errors);
        }
        "kubernetes.io/tls" => {
            for key in ["tls.crt", "tls.key"] {
                if object["data"].get(key).is_none() {
                    missing(key, errors);
                }
            }
        }
        _ => {}
    }
}

fn missing(key: &str, errors: &mut Errors) {
    errors.push(FieldError::required(Path::Root("data").key(key), ""));
}

fn json_key(object: &Value, key: &str, errors: &mut Errors) {
    let Some(value) = object["data"][key].as_str() else {
        missing(key, errors);
        return;
    };
    let bytes = BASE64_STANDARD.decode(value).unwrap_or_default();
    if let Err(error) = serde_json::from_slice::<Value>(&bytes) {
        let path = Path::Root("data").key(key);
        errors.push(FieldError::invalid(
            path,
            "<secret contents redacted>",
            go_json_error(&bytes, &error),
        ));
    }
}

/// What Go says of bytes that are not JSON, for the commonest mistakes.
fn go_json_error(bytes: &[u8], error: &serde_json::Error) -> String {
    let start = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    match start {
        None => "unexpected end of JSON input".to_owned(),
        Some(_) if error.is_eof() => "unexpected end of JSON input".to_owned(),
        Some(byte) if !b"{[\"-0123456789tfn".contains(byte) => {
            let shown = char::from(*byte);
            format!("invalid character '{shown}' looking for beginning of value")
        }
        Some(_) => error.to_string(),
    }
}

fn validate_change(new: &Value, old: &Value, errors: &mut Errors) {
    if text(new, "type") != text(old, "type") {
        errors.push(FieldError::invalid(
            "type",
            json!(text(new, "type")),
            IMMUTABLE,
        ));
    }
    if flag(old, "immutable") {
        let mut forbid = |field: &str| {
            errors.push(FieldError::plain(FieldErrorKind::Forbidden, field, FROZEN));
        };
        if !flag(new, "immutable") {
            forbid("immutable");
        }
        if !same(new, old, "data") {
            forbid("data");
        }
    }
}
