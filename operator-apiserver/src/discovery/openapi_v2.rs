//! `/openapi/v2`: a document that says where the schemas are, since they are not in it.
//!
//! `kubectl` falls back to it for a kind that `/openapi/v3` doesn't know, and wants it in a binary form. It asks only
//! whether the kind is there: a document without any lets it go on and say itself what is missing.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::json;

use super::{reply, version::major_minor};

const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
/// The same, as clients ask for it.
const PROTOBUF_ASKED: &str = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
const TITLE: &str = "Kubernetes";
const DESCRIPTION: &str = "The schemas and paths of this server are told in /openapi/v3 only.";

/// The reply to `/openapi/v2`: in protobuf where that is asked for first, else in JSON; 406 where neither is wanted.
#[must_use]
pub(crate) fn serve(accept: Option<&str>) -> Response<Bytes> {
    let mut response = match form(accept.unwrap_or_default()) {
        Some(Form::Json) => reply(StatusCode::OK, "application/json", in_json()),
        Some(Form::Protobuf) => reply(StatusCode::OK, PROTOBUF, in_protobuf()),
        None => {
            let mut response = Response::default();
            *response.status_mut() = StatusCode::NOT_ACCEPTABLE;
            response
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

#[derive(Debug, PartialEq)]
enum Form {
    Json,
    Protobuf,
}

/// The form with the highest weight in an `Accept`, the first of several; JSON where nothing is asked for.
fn form(accept: &str) -> Option<Form> {
    if accept.trim().is_empty() {
        return Some(Form::Json);
    }
    let mut best: Option<(f32, Form)> = None;
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let form = match parts.next().unwrap_or_default() {
            PROTOBUF | PROTOBUF_ASKED => Form::Protobuf,
            "application/json" | "application/*" | "*/*" => Form::Json,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q="));
        let weight = weight.map_or(1.0, |text| text.parse().unwrap_or(0.0));
        if weight > best.as_ref().map_or(0.0, |(weight, _)| *weight) {
            best = Some((weight, form));
        }
    }
    best.map(|(_, form)| form)
}

fn version() -> String {
    let (major, minor) = major_minor();
    format!("{major}.{minor}")
}

fn in_json() -> String {
    let info = json!({"title": TITLE, "version": version(), "description": DESCRIPTION});
    json!({"swagger": "2.0", "info": info, "paths": {}, "definitions": {}}).to_string()
}

/// The fields of gnostic's `openapi.v2.Document`: `swagger`, `info`, `paths`, `definitions`.
fn in_protobuf() -> Vec<u8> {
    let mut info = Vec::new();
    write(&mut info, 1, TITLE.as_bytes());
    write(&mut info, 2, version().as_bytes());
    write(&mut info, 3, DESCRIPTION.as_bytes());
    let mut document = Vec::new();
    write(&mut document, 1, b"2.0");
    write(&mut document, 2, &info);
    write(&mut document, 8, b"");
    write(&mut document, 9, b"");
    document
}

/// Writes a field that has a length: its number and type, the length as a varint, the bytes.
fn write(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    let mut length = bytes.len();
    loop {
        let [lowest, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            message.push(lowest & 0x7f);
            break;
        }
        message.push(lowest | 0x80);
    }
    message.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_is_the_one_that_is_asked_for_most() {
        assert_eq!(form(""), Some(Form::Json));
        assert_eq!(form("*/*"), Some(Form::Json));
        assert_eq!(form(PROTOBUF_ASKED), Some(Form::Protobuf));
        let both = format!("application/json;q=0.5,{PROTOBUF_ASKED}");
        assert_eq!(form(&both), Some(Form::Protobuf));
        assert_eq!(form("text/html, application/yaml"), None);
        assert_eq!(serve(Some("text/html")).status(), 406);
    }

    #[test]
    fn both_forms_say_where_the_schemas_are() {
        let response = serve(Some(PROTOBUF_ASKED));
        assert_eq!(response.headers()[header::CONTENT_TYPE], PROTOBUF);
        let bytes = response.into_body();
        assert!(bytes.starts_with(b"\x0a\x032.0\x12"), "{bytes:?}");
        assert!(bytes.ends_with(b"only.\x42\x00\x4a\x00"), "{bytes:?}");
        let document: serde_json::Value =
            serde_json::from_slice(serve(None).body()).expect("it is JSON");
        assert_eq!(document["swagger"], "2.0");
        assert_eq!(document["info"]["description"], DESCRIPTION);
    }

    #[test]
    fn a_long_field_has_a_length_of_several_bytes() {
        let mut message = Vec::new();
        write(&mut message, 1, &[7; 300]);
        assert_eq!(message[..4], [0x0a, 0xac, 0x02, 7]);
    }
}
