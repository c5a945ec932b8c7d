//! What a real server answered to several hundred requests, and what the strategies make of the same objects.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::resources;
use crate::{error::ApiError, field_error::FieldError, resource::Resource, strategy::Others};

const UID: &str = "00000000-0000-0000-0000-000000000001";

/// Cases that differ, and why; see the documentation of `builtin`.
const DIFFERENT: &[(&str, &str)] = &[
    (
        "pod, container security",
        "privileged containers are allowed here",
    ),
    ("service, cluster IP outside", "the range is another"),
    (
        "pod, image pull secret without name",
        "a reference without a name has an empty one, also when it is read",
    ),
];

/// Names whose label is wrong, too: that is for those who check metadata to say.
const LABELLED: &[&str] = &["name aaaaa of namespaces", "name a:b of namespaces"];

/// Details that only the server can tell: Go's view of a struct, and a difference of two of them.
const STRUCTS: &[&str] = &[
    "service, duplicate ports",
    "deployments, bad selector",
    "replicasets, bad selector",
    "statefulsets, bad selector",
    "pod, command changed",
    "pod, image emptied",
    "pod, node chosen",
    "pod, grace period changed",
    "deployment, bad strategy",
    "daemon set, bad strategy",
    "stateful set, bad",
    "stateful set, on delete with partition",
    "stateful set, claim changed",
    "job, template changed",
    "role binding, ref changed",
    "cluster role binding, ref changed",
    "disruption budget, both",
    "claim, resized",
    "claim, modes changed",
    "volume, source changed",
    "quota selecting VolumeAttributesClass",
    "quota selecting VolumeAttributesClass in",
    "quota selecting something else",
];

/// A server with nothing but what every server begins with.
struct Fresh(Vec<Value>);

impl Others for Fresh {
    fn get(&self, _group: &str, resource: &str, _namespace: &str, name: &str) -> Option<Value> {
        let kind = resources().iter().find(|known| known.plural == resource)?;
        let mut found = self.0.iter();
        let found = found.find(|object| {
            object["kind"] == kind.kind.as_str() && object["metadata"]["name"] == name
        });
        found.cloned()
    }

    fn list(&self, _group: &str, _resource: &str, _namespace: &str) -> Vec<Value> {
        Vec::new()
    }
}

/// What came out: the object, or an error and what is wrong with its fields.
#[derive(Debug)]
enum Outcome {
    Object(Value),
    Refused(ApiError),
    Invalid(Vec<FieldError>),
}

fn resource_at(path: &str) -> &'static Resource {
    let mut parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let plural = parts.pop().expect("a plural");
    let (group, version) = if parts[0] == "api" {
        ("", parts[1])
    } else {
        (parts[1], parts[2])
    };
    let mut all = resources().iter();
    all.find(|known| known.group == group && known.version == version && known.plural == plural)
        .expect(path)
}

fn given(case: &Value, resource: &Resource) -> Value {
    let mut object = case["object"].clone();
    object["apiVersion"] = resource.api_version().into();
    object["kind"] = resource.kind.as_str().into();
    object
}

/// The steps of a creation that are a strategy's; metadata is set as the pipeline sets it.
fn create(resource: &Resource, mut object: Value, others: &dyn Others) -> Outcome {
    let strategy = &*resource.strategy;
    if let Err(error) = strategy.decode(&mut object) {
        return Outcome::Refused(error);
    }
    if resource.namespaced {
        object["metadata"]["namespace"] = "builtin".into();
    }
    object["metadata"]["uid"] = UID.into();
    object["metadata"]["creationTimestamp"] = "2030-01-01T00:00:00Z".into();
    strategy.default(&mut object);
    strategy.prepare_for_create(&mut object);
    if let Err(error) = strategy.admit(&mut object, None, others) {
        return Outcome::Refused(error);
    }
    let mut errors = name_errors(resource, &object);
    errors.extend(strategy.validate(&object));
    if errors.is_empty() {
        Outcome::Object(object)
    } else {
        Outcome::Invalid(errors)
    }
}

/// What the pipeline makes of a strategy's opinion of a name.
fn name_errors(resource: &Resource, object: &Value) -> Vec<FieldError> {
    let name = text(&object["metadata"]["name"]);
    let wrong = resource.strategy.validate_name(name).into_iter();
    wrong
        .map(|sentence| FieldError::invalid("metadata.name", name, sentence))
        .collect()
}

fn update_status(resource: &Resource, mut old: Value, change: &Value) -> Outcome {
    let strategy = &*resource.strategy;
    old["metadata"]["resourceVersion"] = "1".into();
    let mut new = old.clone();
    crate::patch::merge_patch(&mut new, change);
    if let Err(error) = strategy.decode(&mut new) {
        return Outcome::Refused(error);
    }
    strategy.default(&mut new);
    strategy.prepare_for_status_update(&mut new, &old);
    let errors = strategy.validate_status_update(&new, &old);
    if errors.is_empty() {
        Outcome::Object(new)
    } else {
        Outcome::Invalid(errors)
    }
}

fn update(resource: &Resource, mut old: Value, change: &Value, others: &dyn Others) -> Outcome {
    let strategy = &*resource.strategy;
    old["metadata"]["resourceVersion"] = "1".into();
    let mut new = old.clone();
    crate::patch::merge_patch(&mut new, change);
    if let Err(error) = strategy.decode(&mut new) {
        return Outcome::Refused(error);
    }
    strategy.default(&mut new);
    strategy.prepare_for_update(&mut new, &old);
    if let Err(error) = strategy.admit(&mut new, Some(&old), others) {
        return Outcome::Refused(error);
    }
    let errors = strategy.validate_update(&new, &old);
    if errors.is_empty() {
        Outcome::Object(new)
    } else {
        Outcome::Invalid(errors)
    }
}

/// What differs from run to run, and what the documentation of `builtin` says is different here.
fn normal(mut object: Value, namespace: &str) -> Value {
    let time = regex::Regex::new(r"[0-9-]{10}T[0-9:]{8}Z").expect("a pattern");
    let text = object.to_string();
    let text = time.replace_all(&text, "TIME");
    let uid = object["metadata"]["labels"]["controller-uid"]
        .as_str()
        .unwrap_or(UID)
        .to_owned();
    object =
        serde_json::from_str(&text.replace(&uid, "UID").replace(namespace, "NS")).expect("json");
    let metadata = object["metadata"].as_object_mut().expect("metadata");
    for field in ["creationTimestamp", "uid", "resourceVersion"] {
        metadata.remove(field);
    }
    if let Some(finalizers) = metadata.get_mut("finalizers").and_then(Value::as_array_mut) {
        finalizers.retain(|finalizer| {
            !finalizer
                .as_str()
                .is_some_and(|text| text.ends_with("-protection"))
        });
        if finalizers.is_empty() {
            metadata.remove("finalizers");
        }
    }
    if object["kind"] == "Service" {
        let spec = object["spec"].as_object_mut().expect("spec");
        if spec
            .get("clusterIP")
            .is_some_and(|ip| ip == "10.0.0.0" || ip == "10.0.1.0")
        {
            spec.insert("clusterIP".into(), "given".into());
            spec.insert("clusterIPs".into(), json!(["given"]));
        }
    }
    object
}

/// The causes of an answer, each as one line.
fn expected_causes(answer: &Value) -> Vec<String> {
    let causes = answer["causes"].as_array().into_iter().flatten();
    causes
        .map(|cause| {
            format!(
                "{} | {} | {}",
                text(&cause[0]),
                text(&cause[1]),
                text(&cause[2])
            )
        })
        .collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn actual_causes(errors: &[FieldError]) -> Vec<String> {
    let line = |error: &FieldError| {
        let cause = error.cause();
        format!("{} | {} | {}", cause.reason, cause.field, cause.message)
    };
    errors.iter().map(line).collect()
}

/// A line without the value that it shows, if that is an object or a list, and without a difference of two.
fn without_value(line: &str) -> String {
    let line = line.split("\n@@").next().unwrap_or_default();
    let start = ["value: {", "value: ["]
        .iter()
        .find_map(|start| line.find(start));
    let Some(start) = start else {
        return line.to_owned();
    };
    let end = ["}: ", "]: "]
        .iter()
        .filter_map(|end| line[start..].rfind(end))
        .max();
    let detail = end.map_or("", |end| &line[start + end + 1..]);
    format!("{}{detail}", &line[..start])
}

fn compare(case: &Value, outcome: Outcome) -> Result<(), String> {
    let answer = &case["answer"];
    let title = text(&case["title"]);
    match outcome {
        Outcome::Object(mut object) => {
            let Some(wanted) = answer.get("object") else {
                return Err(format!("accepted, but {answer}"));
            };
            if (case.get("change").is_some() || case.get("status").is_some())
                && let Some(map) = object.as_object_mut()
            {
                // Controllers may have written it before it was changed.
                map.remove("status");
            }
            let (object, wanted) = (normal(object, "builtin"), normal(wanted.clone(), "builtin"));
            if object == wanted {
                Ok(())
            } else {
                Err(difference("", &object, &wanted))
            }
        }
        Outcome::Refused(error) => {
            let causes: Vec<String> = error
                .details
                .causes
                .iter()
                .map(|cause| format!("{} | {} | {}", cause.reason, cause.field, cause.message))
                .collect();
            if causes.is_empty() && answer["message"] == error.message.as_str()
                || !causes.is_empty() && causes == expected_causes(answer)
            {
                Ok(())
            } else {
                Err(format!("refused: {}, but {answer}", error.message))
            }
        }
        Outcome::Invalid(errors) => {
            let (mut actual, mut wanted) = (actual_causes(&errors), expected_causes(answer));
            // What is said twice is told once.
            actual.dedup();
            if LABELLED.contains(&title) {
                wanted.truncate(1);
            }
            let uid = |line: &String| mask_uid(line);
            actual = actual.iter().map(uid).collect();
            wanted = wanted.iter().map(uid).collect();
            if STRUCTS.contains(&title) {
                actual = actual.iter().map(|line| without_value(line)).collect();
                wanted = wanted.iter().map(|line| without_value(line)).collect();
            }
            if actual == wanted {
                Ok(())
            } else {
                Err(format!("\n  have {actual:#?}\n  want {wanted:#?}"))
            }
        }
    }
}

/// A line with every uid replaced.
fn mask_uid(line: &str) -> String {
    let pattern = regex::Regex::new("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
        .expect("a pattern");
    pattern.replace_all(line, "UID").into_owned()
}

/// Where two objects differ.
fn difference(path: &str, have: &Value, want: &Value) -> String {
    let mut out = String::new();
    match (have, want) {
        (Value::Object(have), Value::Object(want)) => {
            let empty = Map::new();
            let keys: std::collections::BTreeSet<&String> =
                have.keys().chain(want.keys()).chain(empty.keys()).collect();
            for key in keys {
                match (have.get(key), want.get(key)) {
                    (Some(have), Some(want)) => {
                        out += &difference(&format!("{path}.{key}"), have, want);
                    }
                    (have, want) => {
                        _ = write!(out, "\n  {path}.{key}: have {have:?} want {want:?}");
                    }
                }
            }
        }
        (Value::Array(have), Value::Array(want)) if have.len() == want.len() => {
            for (index, (have, want)) in have.iter().zip(want).enumerate() {
                out += &difference(&format!("{path}[{index}]"), have, want);
            }
        }
        _ if have == want => {}
        _ => _ = write!(out, "\n  {path}: have {have} want {want}"),
    }
    out
}

#[test]
fn the_strategies_answer_as_a_real_server_did() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("testdata/answers.json")).expect("json");
    let others = Fresh(super::initial_objects());
    let mut failures = String::new();
    for case in &cases {
        let title = text(&case["title"]);
        if DIFFERENT.iter().any(|(different, _)| *different == title) {
            continue;
        }
        let resource = resource_at(text(&case["path"]));
        let created = create(resource, given(case, resource), &others);
        let outcome = match (created, case.get("change"), case.get("status")) {
            (Outcome::Object(old), Some(change), _) => update(resource, old, change, &others),
            (Outcome::Object(old), _, Some(change)) => update_status(resource, old, change),
            (created, ..) => created,
        };
        if let Err(why) = compare(case, outcome) {
            _ = write!(failures, "\n{title}: {why}");
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn named_exceptions_exist() {
    let answers = include_str!("testdata/answers.json");
    for title in DIFFERENT
        .iter()
        .map(|(title, _)| title)
        .chain(STRUCTS)
        .chain(LABELLED)
    {
        assert!(
            answers.contains(&format!("\"title\":\"{title}\"")),
            "{title}"
        );
    }
}
