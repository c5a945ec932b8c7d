//! JSON patch (RFC 6902) as the server's library reads it: it takes more than the RFC allows.
//!
//! Beyond the RFC: list indexes count from the end where they are negative, and may have a sign and leading
//! zeros; `replace` of an absent field adds it; `test` takes an absent field for null; `copy` of an absent field
//! and `add` without a value write null; what stands before the first `/` of a path is ignored.

use serde_json::{Map, Value};

use crate::{
    error::ApiError,
    field_error::{FieldError, FieldErrorKind},
    go_text,
};

/// How many operations a patch may have.
const MAX_OPERATIONS: usize = 10_000;
/// How many bytes of JSON all `copy` operations of a patch may add.
const MAX_COPIED_BYTES: usize = 3 * 1024 * 1024;

/// How many levels JSON may have that is to be read again: operations can build more than they bring.
const MAX_DEPTH: usize = 127;
/// How deep an object may have become before the depth is looked at again: what is much deeper can't even be
/// dropped on a small stack.
const LOOK_AGAIN_AT: usize = 1_000;

/// Applies `body` to `target`, all of it or nothing.
///
/// # Errors
/// 400 where the body is no list of operations, 413 for too many of them, and 422 without any detail where one
/// can't be carried out.
pub(crate) fn json_patch(target: &mut Value, body: &[u8]) -> Result<(), ApiError> {
    let operations = parse(body)?;
    if operations.len() > MAX_OPERATIONS {
        return Err(ApiError::new(
            413,
            "RequestEntityTooLarge",
            format!(
                "Request entity too large: The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {}",
                operations.len()
            ),
        ));
    }
    let mut document = target.clone();
    let mut copied = 0;
    let mut deepest = MAX_DEPTH;
    for operation in operations {
        deepest += levels_added(&operation);
        apply(&mut document, operation, &mut copied).ok_or_else(refused)?;
        // Looking after each operation would take long for a large object.
        if deepest > LOOK_AGAIN_AT {
            check_depth(&document)?;
            deepest = MAX_DEPTH;
        }
    }
    if !document.is_object() {
        let detail = format!(
            "couldn't get version/kind; json parse error: json: cannot unmarshal {} into Go value of type struct \
             {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            go_text::json_kind(&document)
        );
        let error = FieldError::invalid("patch", document.to_string(), detail);
        return Err(ApiError::invalid("", "", "", &[error]));
    }
    check_depth(&document)?;
    *target = document;
    Ok(())
}

/// How many levels an operation adds at most.
fn levels_added(operation: &Map<String, Value>) -> usize {
    let path = operation.get("path").and_then(Value::as_str);
    path.map_or(0, |path| path.matches('/').count())
}

fn check_depth(document: &Value) -> Result<(), ApiError> {
    if is_deeper_than(document, MAX_DEPTH) {
        let detail = format!("the patched object is nested more than {MAX_DEPTH} levels deep");
        let error = FieldError::plain(FieldErrorKind::Forbidden, "patch", detail);
        return Err(ApiError::invalid("", "", "", &[error]));
    }
    Ok(())
}

fn is_deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Object(map) => {
            levels == 0 || map.values().any(|value| is_deeper_than(value, levels - 1))
        }
        Value::Array(items) => {
            levels == 0 || items.iter().any(|value| is_deeper_than(value, levels - 1))
        }
        _ => false,
    }
}

/// The fields of operations that mean nothing, as the server names them to a client that asked for field
/// validation; none where the body is no patch.
#[must_use]
pub(crate) fn json_patch_unknown_fields(body: &[u8]) -> Vec<String> {
    let Ok(Value::Array(operations)) = serde_json::from_slice(body) else {
        return Vec::new();
    };
    let mut unknown = Vec::new();
    for (index, operation) in operations.iter().enumerate() {
        for field in operation.as_object().into_iter().flat_map(Map::keys) {
            if !matches!(field.as_str(), "op" | "path" | "from" | "value") {
                unknown.push(format!("json patch unknown field \"[{index}].{field}\""));
            }
        }
    }
    unknown
}

/// The only thing that a client hears of an operation that fails.
pub(super) fn refused() -> ApiError {
    ApiError::new(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )
}

fn parse(body: &[u8]) -> Result<Vec<Map<String, Value>>, ApiError> {
    let patch: Value =
        serde_json::from_slice(body).map_err(|_| ApiError::bad_request("invalid JSON patch"))?;
    match patch {
        Value::Null => Ok(Vec::new()),
        Value::Array(operations) => operations.into_iter().map(parse_operation).collect(),
        other => Err(undecodable(
            &other,
            "Go value of type []handlers.jsonPatchOp",
        )),
    }
}

fn parse_operation(operation: Value) -> Result<Map<String, Value>, ApiError> {
    match operation {
        Value::Null => Ok(Map::new()),
        Value::Object(operation) => {
            for field in ["op", "path", "from"] {
                match operation.get(field) {
                    None | Some(Value::Null | Value::String(_)) => {}
                    Some(other) => {
                        let place = format!("Go struct field jsonPatchOp.{field} of type string");
                        return Err(undecodable(other, &place));
                    }
                }
            }
            Ok(operation)
        }
        other => Err(undecodable(&other, "Go value of type handlers.jsonPatchOp")),
    }
}

fn undecodable(value: &Value, place: &str) -> ApiError {
    let kind = go_text::json_kind(value);
    ApiError::bad_request(format!(
        "error decoding patch: json: cannot unmarshal {kind} into {place}"
    ))
}

/// Carries out one operation; `None` if it can't be. What went wrong is no matter: the client isn't told.
fn apply(
    document: &mut Value,
    mut operation: Map<String, Value>,
    copied: &mut usize,
) -> Option<()> {
    let value = operation.remove("value");
    let text = |field: &str| operation.get(field).and_then(Value::as_str);
    let path = text("path");
    match text("op")? {
        "add" => add(document, path?, value.unwrap_or_default()),
        "remove" => remove(document, path?).map(drop),
        "replace" if path?.is_empty() => {
            let value = value.filter(|v| v.is_object() || v.is_array())?;
            *document = value;
            Some(())
        }
        "replace" => replace(document, path?, value.unwrap_or_default()),
        "move" => {
            let moved = remove(document, text("from")?)?;
            add(document, path?, moved)
        }
        "copy" => {
            let copy = get(document, text("from")?)?.clone();
            *copied += json_length(&copy);
            if *copied > MAX_COPIED_BYTES {
                return None;
            }
            add(document, path?, copy)
        }
        "test" if path?.is_empty() => (*document == value?).then_some(()),
        "test" => {
            let found = get(document, path?)?;
            (*found == value.unwrap_or_default()).then_some(())
        }
        _ => None,
    }
}

fn add(document: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, key) = split(path)?;
    match descend_mut(document, parent)? {
        Value::Object(map) => {
            map.insert(unescape(key), value);
        }
        Value::Array(items) if key == "-" => items.push(value),
        Value::Array(items) => {
            let index = index(key, items.len() + 1)?;
            items.insert(index, value);
        }
        _ => return None,
    }
    Some(())
}

fn remove(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, key) = split(path)?;
    match descend_mut(document, parent)? {
        Value::Object(map) => map.remove(&unescape(key)),
        Value::Array(items) => {
            let index = index(key, items.len())?;
            Some(items.remove(index))
        }
        _ => None,
    }
}

fn replace(document: &mut Value, path: &str, value: Value) -> Option<()> {
    let (parent, key) = split(path)?;
    match descend_mut(document, parent)? {
        Value::Object(map) => {
            map.insert(unescape(key), value);
        }
        Value::Array(items) => {
            let index = index(key, items.len())?;
            items[index] = value;
        }
        _ => return None,
    }
    Some(())
}

/// What stands at `path`: null for a field that its object doesn't have.
fn get<'a>(document: &'a Value, path: &str) -> Option<&'a Value> {
    let (parent, key) = split(path)?;
    let mut at = document;
    for segment in parent {
        at = match at {
            Value::Object(map) => map.get(&unescape(segment))?,
            Value::Array(items) => &items[index(segment, items.len())?],
            _ => return None,
        };
    }
    match at {
        Value::Object(map) => Some(map.get(&unescape(key)).unwrap_or(&Value::Null)),
        Value::Array(items) => Some(&items[index(key, items.len())?]),
        _ => None,
    }
}

fn descend_mut<'a>(
    document: &'a mut Value,
    path: impl Iterator<Item = &'a str>,
) -> Option<&'a mut Value> {
    let mut at = document;
    for segment in path {
        at = match at {
            Value::Object(map) => map.get_mut(&unescape(segment))?,
            Value::Array(items) => {
                let index = index(segment, items.len())?;
                &mut items[index]
            }
            _ => return None,
        };
    }
    Some(at)
}

/// The segments of the parent, and the last one.
fn split(path: &str) -> Option<(impl Iterator<Item = &str>, &str)> {
    let (_, path) = path.split_once('/')?;
    let (parent, key) = match path.rsplit_once('/') {
        Some((parent, key)) => (Some(parent), key),
        None => (None, path),
    };
    Some((parent.into_iter().flat_map(|p| p.split('/')), key))
}

fn unescape(segment: &str) -> String {
    if segment.contains('~') {
        segment.replace("~1", "/").replace("~0", "~")
    } else {
        segment.to_owned()
    }
}

/// The index below `length` that `text` stands for.
fn index(text: &str, length: usize) -> Option<usize> {
    let index: i64 = text.parse().ok()?;
    let length = i64::try_from(length).ok()?;
    let index = if index < 0 { index + length } else { index };
    usize::try_from(index).ok().filter(|_| index < length)
}

fn json_length(value: &Value) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // Neither the counting nor the writing of a `Value` fails.
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn document() -> Value {
        json!({"metadata": {"finalizers": ["a", "b", "c"]}, "data": {"a": "1"}})
    }

    fn patched(operations: &Value) -> Value {
        let mut target = document();
        json_patch(&mut target, operations.to_string().as_bytes()).expect("the patch applies");
        target
    }

    fn finalizers(operation: &Value) -> Value {
        patched(&json!([operation]))["metadata"]["finalizers"].take()
    }

    fn is_refused(operation: &Value) -> bool {
        let mut target = document();
        let body = json!([{"op": "add", "path": "/data/b", "value": "2"}, operation]).to_string();
        let error = json_patch(&mut target, body.as_bytes()).unwrap_err();
        assert_eq!(
            target,
            document(),
            "nothing is changed by a patch that fails"
        );
        error == refused()
    }

    #[test]
    fn list_indexes_may_be_negative_signed_and_padded() {
        let path = |index: &str| format!("/metadata/finalizers/{index}");
        let add =
            |index: &str| finalizers(&json!({"op": "add", "path": path(index), "value": "z"}));
        assert_eq!(add("-"), json!(["a", "b", "c", "z"]));
        assert_eq!(add("-1"), json!(["a", "b", "c", "z"]));
        assert_eq!(add("01"), json!(["a", "z", "b", "c"]));
        assert_eq!(add("+1"), json!(["a", "z", "b", "c"]));
        assert_eq!(add("3"), json!(["a", "b", "c", "z"]));
        let replace = json!({"op": "replace", "path": path("-1"), "value": "z"});
        assert_eq!(finalizers(&replace), json!(["a", "b", "z"]));
        let remove = json!({"op": "remove", "path": path("-3")});
        assert_eq!(finalizers(&remove), json!(["b", "c"]));
        for operation in [
            json!({"op": "add", "path": path("4"), "value": "z"}),
            json!({"op": "remove", "path": path("-4")}),
            json!({"op": "remove", "path": path("-")}),
            json!({"op": "replace", "path": path("9"), "value": "z"}),
            json!({"op": "replace", "path": path("x"), "value": "z"}),
        ] {
            assert!(is_refused(&operation), "{operation}");
        }
    }

    #[test]
    fn an_absent_field_is_null_to_test_and_copy_and_added_by_replace() {
        let data = |operation: Value| patched(&json!([operation]))["data"].take();
        assert_eq!(
            data(json!({"op": "test", "path": "/data/z"})),
            json!({"a": "1"})
        );
        assert_eq!(
            data(json!({"op": "test", "path": "/data/z", "value": null})),
            json!({"a": "1"})
        );
        assert_eq!(
            data(json!({"op": "copy", "from": "/data/z", "path": "/data/b"})),
            json!({"a": "1", "b": null})
        );
        assert_eq!(
            data(json!({"op": "replace", "path": "/data/z", "value": "2"})),
            json!({"a": "1", "z": "2"})
        );
        assert_eq!(
            data(json!({"op": "add", "path": "/data/b"})),
            json!({"a": "1", "b": null})
        );
    }

    #[test]
    fn what_stands_before_the_first_slash_is_ignored() {
        let target = patched(&json!([
            {"op": "add", "path": "x/data/q", "value": "1"},
            {"op": "add", "path": "data/r", "value": "2"},
        ]));
        assert_eq!(target["data"], json!({"a": "1", "q": "1"}));
        assert_eq!(target["r"], json!("2"));
    }

    #[test]
    fn keys_are_unescaped() {
        let target = patched(&json!([{"op": "add", "path": "/data/c~1d~01", "value": "v"}]));
        assert_eq!(target["data"]["c/d~1"], json!("v"));
    }

    #[test]
    fn what_can_not_be_done_is_refused_and_changes_nothing() {
        for operation in [
            json!({"op": "test", "path": "/data/a", "value": "2"}),
            json!({"op": "test", "path": "/data/a"}),
            json!({"op": "test", "path": "", "value": {}}),
            json!({"op": "remove", "path": "/data/z"}),
            json!({"op": "remove", "path": ""}),
            json!({"op": "add", "path": "/nope/z", "value": "1"}),
            json!({"op": "add", "path": "/data/a/y", "value": "1"}),
            json!({"op": "add", "path": "", "value": {}}),
            json!({"op": "move", "from": "/data", "path": "/data/b"}),
            json!({"op": "move", "from": "/data/z", "path": "/data/b"}),
            json!({"op": "copy", "path": "/data/b"}),
            json!({"op": "replace", "path": "", "value": "x"}),
            json!({"op": "ADD", "path": "/data/b", "value": "1"}),
            json!({}),
            json!(null),
        ] {
            assert!(is_refused(&operation), "{operation}");
        }
    }

    #[test]
    fn a_body_that_is_no_patch_is_a_bad_request() {
        let message = |body: &str| {
            let error = json_patch(&mut document(), body.as_bytes()).unwrap_err();
            assert_eq!(error.code, 400);
            error.message
        };
        let unmarshal = "error decoding patch: json: cannot unmarshal";
        assert_eq!(message("garbage"), "invalid JSON patch");
        assert_eq!(
            message("{}"),
            format!("{unmarshal} object into Go value of type []handlers.jsonPatchOp")
        );
        assert_eq!(
            message("[1]"),
            format!("{unmarshal} number into Go value of type handlers.jsonPatchOp")
        );
        assert_eq!(
            message(r#"[{"op":"add","path":1}]"#),
            format!("{unmarshal} number into Go struct field jsonPatchOp.path of type string")
        );
        assert!(json_patch(&mut document(), b"null").is_ok());
    }

    #[test]
    fn a_patch_has_at_most_ten_thousand_operations() {
        let patch = |count: usize| {
            let test = json!({"op": "test", "path": "/data/a", "value": "1"});
            json_patch(
                &mut document(),
                Value::from(vec![test; count]).to_string().as_bytes(),
            )
        };
        assert!(patch(10_000).is_ok());
        let error = patch(10_001).unwrap_err();
        assert_eq!(error.code, 413);
        assert_eq!(
            error.message,
            "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001"
        );
    }

    #[test]
    fn copies_that_double_end_before_memory_does() {
        let doubling = json!([
            {"op": "copy", "from": "/data", "path": "/spare"},
            {"op": "move", "from": "/spare", "path": "/data/b"},
            {"op": "copy", "from": "/data", "path": "/data/c"},
        ]);
        let doubling = doubling.as_array().cloned().unwrap_or_default();
        let body = Value::from(vec![doubling; 64].concat()).to_string();
        assert_eq!(json_patch(&mut document(), body.as_bytes()), Err(refused()));
    }

    #[test]
    fn what_could_not_be_read_again_is_not_built() {
        let nesting = json!({"op": "copy", "from": "/data", "path": "/data/again"});
        let nested = |times: usize| {
            let body = Value::from(vec![nesting.clone(); times]).to_string();
            let mut target = document();
            json_patch(&mut target, body.as_bytes()).map(|()| target.to_string())
        };
        let deepest = nested(125).expect("127 levels are allowed");
        assert!(serde_json::from_str::<Value>(&deepest).is_ok());
        assert!(nested(9_000).is_err());
        let message = nested(126).unwrap_err().message;
        assert!(
            message.contains("nested more than 127 levels deep"),
            "{message}"
        );
    }

    #[test]
    fn fields_that_mean_nothing_are_named() {
        let body = br#"[{"op":"test","path":"/a"},{"op":"add","path":"/a","zzz":1}]"#;
        assert_eq!(
            json_patch_unknown_fields(body),
            [r#"json patch unknown field "[1].zzz""#]
        );
    }
}
