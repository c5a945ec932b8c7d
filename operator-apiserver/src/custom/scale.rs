//! The `scale` subresource of a custom resource: an `autoscaling/v1` Scale that reads and writes its fields.

use serde_json::{Map, Value, json};

use crate::{
    error::{ApiError, Cause},
    field_error::FieldError,
    go_text, object,
    resource::ScalePaths,
};

/// What a Scale has for replicas that its object doesn't have: a patch that leaves it is refused.
const NONE: i32 = i32::MIN;

/// The Scale of an object.
///
/// # Errors
/// A 500 if the object has no replicas, or something else in their place.
pub(crate) fn read(object: &Value, paths: &ScalePaths) -> Result<Value, ApiError> {
    if replicas(object, &paths.spec_replicas)
        .map_err(broken)?
        .is_none()
    {
        let message = format!(
            "the spec replicas field {:?} does not exist",
            paths.spec_replicas
        );
        let mut error = ApiError::internal(format!("Internal error occurred: {message}"));
        error.details.causes.push(Cause {
            message,
            ..Cause::default()
        });
        return Err(error);
    }
    scale(object, paths, 0)
}

/// The Scale that a patch of an object's scale is applied to.
///
/// # Errors
/// A 500 if something else stands in the place of what the Scale shows.
pub(crate) fn to_patch(object: &Value, paths: &ScalePaths) -> Result<Value, ApiError> {
    scale(object, paths, NONE)
}

/// The Scale that answers a write: an object without replicas has none.
///
/// # Errors
/// A 500 if something else stands in the place of what the Scale shows.
pub(crate) fn answer(object: &Value, paths: &ScalePaths) -> Result<Value, ApiError> {
    scale(object, paths, 0)
}

/// Writes the replicas of a Scale into its object, and the resourceVersion that the write depends on, if it names one.
///
/// # Errors
/// A 400 if neither the object nor a patch has replicas, a 500 if there is no room for them.
pub(crate) fn write(object: &mut Value, paths: &ScalePaths, scale: &Value) -> Result<(), ApiError> {
    let path = &paths.spec_replicas;
    let replicas = scale["spec"]["replicas"].as_i64().unwrap_or_default();
    if replicas == i64::from(NONE) {
        let message = format!("the spec replicas field {path:?} cannot be empty");
        return Err(ApiError::bad_request(message));
    }
    let version = object::resource_version(scale);
    if !version.is_empty() {
        object::metadata_mut(object).insert("resourceVersion".to_owned(), version.into());
    }
    let path = path.strip_prefix('.').unwrap_or(path);
    let (mut value, mut end) = (object, 0);
    for field in path.split('.') {
        let Value::Object(map) = value else {
            let at = path.get(..end).unwrap_or_default();
            return Err(broken(format!(
                "value cannot be set because .{at} is not a map[string]interface{{}}"
            )));
        };
        value = map
            .entry(field)
            .or_insert_with(|| Value::Object(Map::new()));
        end += field.len() + usize::from(end > 0);
    }
    *value = replicas.into();
    Ok(())
}

fn scale(object: &Value, paths: &ScalePaths, absent: i32) -> Result<Value, ApiError> {
    let read = |path: &str| replicas(object, path).map_err(broken);
    let wanted = read(&paths.spec_replicas)?.unwrap_or(i64::from(absent));
    let observed = read(&paths.status_replicas)?.unwrap_or(0);
    let path = paths.label_selector.as_deref();
    let selector = path
        .map_or(Ok(""), |path| selector(object, path))
        .map_err(broken)?;
    let mut metadata = Map::new();
    for field in [
        "name",
        "namespace",
        "uid",
        "resourceVersion",
        "creationTimestamp",
    ] {
        let text = object::text(object, field);
        if !text.is_empty() {
            metadata.insert(field.to_owned(), text.into());
        }
    }
    let mut scale = json!({
        "kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": {},
        "status": {"replicas": observed},
    });
    if wanted != 0 {
        scale["spec"]["replicas"] = wanted.into();
    }
    if !selector.is_empty() {
        scale["status"]["selector"] = selector.into();
    }
    Ok(scale)
}

fn broken(why: String) -> ApiError {
    ApiError::new(500, "", why)
}

/// The number at a path such as `.spec.replicas`; `None` if there is none.
///
/// # Errors
/// In the server's words, if something else stands there or on the way.
pub(crate) fn replicas(object: &Value, path: &str) -> Result<Option<i64>, String> {
    match nested(object, path)? {
        None => Ok(None),
        Some(value) => match value.as_i64() {
            Some(number) => Ok(Some(number)),
            None => Err(mismatch(path.trim_start_matches('.'), value, "int64")),
        },
    }
}

/// The selector at a path, empty if there is none.
///
/// # Errors
/// In the server's words, if something else stands there or on the way.
pub(crate) fn selector<'a>(object: &'a Value, path: &str) -> Result<&'a str, String> {
    match nested(object, path)? {
        None => Ok(""),
        Some(Value::String(text)) => Ok(text),
        Some(value) => Err(mismatch(path.trim_start_matches('.'), value, "string")),
    }
}

/// What is wrong with the wanted number.
pub(super) fn check_spec(object: &Value, paths: &ScalePaths) -> Vec<FieldError> {
    check_replicas(object, &paths.spec_replicas)
}

/// What is wrong with the observed number, and with the selector.
pub(super) fn check_status(object: &Value, paths: &ScalePaths) -> Vec<FieldError> {
    let mut errors = check_replicas(object, &paths.status_replicas);
    if let Some(path) = &paths.label_selector
        && let Err(detail) = selector(object, path)
    {
        errors.push(FieldError::invalid(path.as_str(), "", detail));
    }
    errors
}

fn check_replicas(object: &Value, path: &str) -> Vec<FieldError> {
    let (number, detail) = match replicas(object, path) {
        Err(detail) => (0, detail),
        Ok(Some(number)) if number < 0 => (number, "should be a non-negative integer".to_owned()),
        Ok(Some(number)) if number > i64::from(i32::MAX) => {
            let detail = format!("should be less than or equal to {}", i32::MAX);
            (number, detail)
        }
        Ok(_) => return Vec::new(),
    };
    vec![FieldError::invalid(path, number, detail)]
}

fn nested<'a>(object: &'a Value, path: &str) -> Result<Option<&'a Value>, String> {
    let path = path.strip_prefix('.').unwrap_or(path);
    let (mut value, mut end) = (object, 0);
    for field in path.split('.') {
        end += field.len();
        match value {
            Value::Null => return Ok(None),
            Value::Object(map) => match map.get(field) {
                Some(found) => value = found,
                None => return Ok(None),
            },
            other => return Err(mismatch(&path[..end], other, "map[string]interface{}")),
        }
        end += 1;
    }
    Ok(Some(value))
}

fn mismatch(path: &str, value: &Value, expected: &str) -> String {
    let (text, kind) = (go_text::plain(value), go_text::type_name(value));
    format!(".{path} accessor error: {text} is of the type {kind}, expected {expected}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn paths(spec_replicas: &str) -> ScalePaths {
        ScalePaths {
            spec_replicas: spec_replicas.to_owned(),
            status_replicas: ".status.r".to_owned(),
            label_selector: Some(".status.s".to_owned()),
        }
    }

    fn foo(spec: &Value) -> Value {
        json!({"metadata": {"name": "a", "namespace": "default", "uid": "u", "resourceVersion": "5", "labels": {"a": "b"}},
            "spec": spec, "status": {"r": 1, "s": "app=a"}})
    }

    #[test]
    fn a_scale_shows_some_fields_of_its_object() {
        let paths = paths(".spec.x.r");
        let metadata =
            json!({"name": "a", "namespace": "default", "uid": "u", "resourceVersion": "5"});
        let scale = |spec: Value| {
            json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": metadata, "spec": spec,
                "status": {"replicas": 1, "selector": "app=a"}})
        };
        let shown = read(&foo(&json!({"x": {"r": 2}})), &paths);
        assert_eq!(shown, Ok(scale(json!({"replicas": 2}))));
        let shown = read(&foo(&json!({"x": {"r": 0}})), &paths);
        assert_eq!(shown, Ok(scale(json!({}))));
        assert_eq!(answer(&foo(&json!({})), &paths), Ok(scale(json!({}))));
        let error = read(&foo(&json!({})), &paths).expect_err("it has none");
        assert_eq!(
            error.to_status(),
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "code": 500,
                "message": "Internal error occurred: the spec replicas field \".spec.x.r\" does not exist",
                "reason": "InternalError",
                "details": {"causes": [{"message": "the spec replicas field \".spec.x.r\" does not exist"}]}})
        );
    }

    #[test]
    fn a_scale_writes_the_replicas() {
        let paths = paths(".spec.x.r");
        let mut object = foo(&json!({}));
        let scale = json!({"metadata": {"resourceVersion": "4"}, "spec": {"replicas": 5}});
        assert_eq!(write(&mut object, &paths, &scale), Ok(()));
        assert_eq!(object["spec"], json!({"x": {"r": 5}}));
        assert_eq!(object["metadata"]["resourceVersion"], "4");
        assert_eq!(write(&mut object, &paths, &json!({"spec": {}})), Ok(()));
        assert_eq!(object["spec"], json!({"x": {"r": 0}}));
    }

    #[test]
    fn replicas_have_to_come_from_somewhere_and_go_somewhere() {
        let paths = paths(".spec.x.r");
        let mut object = foo(&json!({"x": "text"}));
        let unchanged = to_patch(&foo(&json!({})), &paths).expect("it can be patched");
        assert_eq!(
            write(&mut object, &paths, &unchanged),
            Err(ApiError::bad_request(
                "the spec replicas field \".spec.x.r\" cannot be empty"
            ))
        );
        let error = write(&mut object, &paths, &json!({"spec": {"replicas": 1}}))
            .expect_err("there is a text");
        assert_eq!(
            error.message,
            "value cannot be set because .spec.x is not a map[string]interface{}"
        );
    }

    fn texts(object: &Value) -> Vec<String> {
        let paths = paths(".spec.r");
        let mut errors = check_spec(object, &paths);
        errors.extend(check_status(object, &paths));
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn numbers_are_counts_and_selectors_are_texts() {
        assert!(texts(&json!({"spec": {"r": 5}, "status": {"r": 0, "s": "a=b"}})).is_empty());
        assert!(texts(&json!({"spec": null})).is_empty());
        assert_eq!(
            texts(&json!({"spec": {"r": -1}, "status": {"r": 3_000_000_000_i64}})),
            [
                ".spec.r: Invalid value: -1: should be a non-negative integer",
                ".status.r: Invalid value: 3000000000: should be less than or equal to 2147483647",
            ]
        );
        assert_eq!(
            texts(&json!({"spec": {"r": "x"}, "status": {"s": 5}})),
            [
                ".spec.r: Invalid value: 0: .spec.r accessor error: x is of the type string, expected int64",
                ".status.s: Invalid value: \"\": .status.s accessor error: 5 is of the type int64, expected string",
            ]
        );
        assert_eq!(
            texts(&json!({"spec": [], "status": "x"})),
            [
                ".spec.r: Invalid value: 0: .spec.r accessor error: [] is of the type []interface {}, expected \
                 map[string]interface{}",
                ".status.r: Invalid value: 0: .status.r accessor error: x is of the type string, expected \
                 map[string]interface{}",
                ".status.s: Invalid value: \"\": .status.s accessor error: x is of the type string, expected \
                 map[string]interface{}",
            ]
        );
    }
}
