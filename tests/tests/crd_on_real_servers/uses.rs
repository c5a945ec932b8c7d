//! What a CRD declares works: its columns show, its selectable fields select, it is scaled, its rules refuse, its lists
//! are merged.

use std::collections::BTreeSet;

use operator_core::crd::Crd;
use serde_json::{Value, json};

use crate::{
    samples::{Refused, Sample, at, nodes, object, resource},
    server::{Server, expect},
};

/// The names of a JSON path without lists and filters; none if it has some.
fn names(path: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let end;
        if let Some(quoted) = rest.strip_prefix("['") {
            end = quoted.find("']")? + 4;
            names.push(rest[2..end - 2].replace('\\', ""));
        } else {
            let name = rest.strip_prefix('.')?;
            end = name.find(['.', '[']).map_or(rest.len(), |it| it + 1);
            names.push(rest[1..end].to_owned());
        }
        rest = &rest[end..];
    }
    Some(names)
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// Every column shows the value at its path, and some object has one.
pub(crate) async fn columns(server: &Server, crd: &Crd, objects: &[Value]) {
    let table = server.table(&resource(crd)).await;
    for column in crd.columns() {
        let what = format!("{}: column {}", crd.name(), column.name);
        let definitions = table["columnDefinitions"].as_array().expect("columns");
        let index = definitions
            .iter()
            .position(|it| it["name"] == column.name.as_str());
        let index = index.unwrap_or_else(|| panic!("{what} is not in {definitions:?}"));
        let mut shown = 0;
        for (row, object) in table["rows"].as_array().expect("rows").iter().zip(objects) {
            let cell = &row["cells"][index];
            shown += usize::from(!cell.is_null() && cell != "" && cell != "<unknown>");
            // A date shows as an age.
            if let (Some(names), true) = (names(&column.json_path), column.kind != "date")
                && !at(object, &names).is_null()
            {
                assert_eq!(text(cell), text(at(object, &names)), "{what}");
            }
        }
        assert!(shown > 0, "{what} shows nothing: {table}");
    }
}

/// Every selectable field finds the objects that have its value, and no other.
pub(crate) async fn selectable(server: &Server, crd: &Crd, objects: &[Value]) {
    for path in crd.selectable() {
        let names = names(path).expect("the path of a selectable field is names");
        for object in objects {
            let value = text(at(object, &names));
            for (operator, found) in [("%3D", true), ("!%3D", false)] {
                let field = path.trim_start_matches('.');
                let query = format!("{}?fieldSelector={field}{operator}{value}", resource(crd));
                let list = expect(&query, &server.get(&query).await);
                let items = list["items"].as_array().expect("a list");
                let name = &object["metadata"]["name"];
                let is_there = items.iter().any(|it| it["metadata"]["name"] == *name);
                assert_eq!(is_there, found, "{query}: {name}");
            }
        }
    }
}

/// `/scale` says what the object does, and changes it.
pub(crate) async fn scale(server: &Server, crd: &Crd, object: &Value) {
    let Some(scale) = crd.scale() else {
        return;
    };
    let name = object["metadata"]["name"].as_str().expect("a name");
    let path = format!("{}/{name}", resource(crd));
    let value = |object: &Value, path: &str| {
        let names = names(path).expect("the path of a scale is names");
        at(object, &names).clone()
    };
    let found = expect(&path, &server.get(&format!("{path}/scale")).await);
    let replicas = value(object, &scale.replicas);
    assert_eq!(found["spec"]["replicas"], replicas, "{path}");
    assert_eq!(
        found["status"]["replicas"],
        value(object, &scale.status),
        "{path}"
    );
    if let Some(selector) = &scale.selector {
        assert_eq!(
            found["status"]["selector"],
            value(object, selector),
            "{path}"
        );
    }
    let more = json!(replicas.as_i64().expect("a number") + 1);
    let patch = json!({ "spec": { "replicas": more } });
    let answer = server.merge_patch(&format!("{path}/scale"), &patch).await;
    expect(&path, &answer);
    let found = expect(&path, &server.get(&path).await);
    assert_eq!(value(&found, &scale.replicas), more, "{path}");
}

/// A rule, where its complaints are and what they say; nothing if that is an expression.
struct Rule<'a> {
    field: String,
    message: Option<String>,
    reason: &'a str,
}

/// Every rule of a schema.
fn rules<'a>(node: &'a Value, field: &str, each: &mut dyn FnMut(Rule<'a>)) {
    for rule in node["x-kubernetes-validations"]
        .as_array()
        .into_iter()
        .flatten()
    {
        let text = rule["rule"].as_str().unwrap_or_default();
        let message = rule["message"].as_str().map(str::to_owned);
        let by_expression = rule.get("messageExpression").is_some();
        each(Rule {
            field: format!("{field}{}", rule["fieldPath"].as_str().unwrap_or_default()),
            message: message
                .or_else(|| Some(format!("failed rule: {text}")))
                .filter(|_| !by_expression),
            reason: rule["reason"].as_str().unwrap_or("FieldValueInvalid"),
        });
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = node.get(key) {
            rules(below, &format!("{field}[]"), each);
        }
    }
    for (name, below) in node["properties"].as_object().into_iter().flatten() {
        rules(below, &format!("{field}.{name}"), each);
    }
}

/// `.spec.parts[]` for `spec.parts[0]` and for `spec.parts[a]`.
fn without_keys(field: &str) -> String {
    let mut plain = String::from(if field.starts_with('<') { "" } else { "." });
    let mut parts = field.trim_start_matches("<nil>").split('[');
    plain.push_str(parts.next().unwrap_or_default());
    for part in parts {
        plain.push_str("[]");
        plain.push_str(part.split_once(']').map_or("", |(_, rest)| rest));
    }
    plain
}

/// Each change that is to be refused is, in the words and with the reason of a rule; and no rule is without one.
pub(crate) async fn refused(server: &Server, crd: &Crd, sample: &Sample) {
    let mut silent = Vec::new();
    rules(crd.schema(), "", &mut |rule| silent.push(rule));
    let all = silent.len();
    for refused in &sample.refused {
        let answer = refusal(server, crd, sample, refused).await;
        let what = format!("{} by {}", crd.name(), refused.patch);
        assert_eq!(answer["code"], 422, "{what}: {answer}");
        for (field, says) in &refused.says {
            let causes = answer["details"]["causes"].as_array().expect("causes");
            let cause = causes.iter().find(|cause| {
                let message = cause["message"].as_str().unwrap_or_default();
                cause["field"] == field.as_str() && message.ends_with(says)
            });
            let cause = cause.unwrap_or_else(|| panic!("{what}: no `{says}` in {answer}"));
            let field = without_keys(field);
            let speaks = |rule: &Rule| {
                rule.field == field && rule.message.as_ref().is_none_or(|it| it == says)
            };
            let rule = silent.iter().position(speaks);
            if let Some(index) = rule {
                let rule = silent.remove(index);
                assert_eq!(cause["reason"], rule.reason, "{what}: {answer}");
            }
        }
    }
    let silent: Vec<_> = silent
        .iter()
        .map(|it| (&it.field, it.message.as_deref()))
        .collect();
    assert!(
        silent.is_empty(),
        "{}: of {all} rules these refused nothing: {silent:?}",
        crd.name()
    );
}

async fn refusal(server: &Server, crd: &Crd, sample: &Sample, refused: &Refused) -> Value {
    let path = resource(crd);
    if let Some(name) = refused.patch["metadata"]["name"].as_str() {
        let mut object = object(crd, name, &sample.objects[0]);
        for (field, value) in refused.patch["spec"].as_object().into_iter().flatten() {
            object["spec"][field] = value.clone();
        }
        return server.json("POST", &path, &object).await.json();
    }
    let path = if refused.patch.get("status").is_some() {
        format!("{path}/r0/status")
    } else {
        format!("{path}/r0")
    };
    server.merge_patch(&path, &refused.patch).await.json()
}

/// Two managers apply one item each: a list by keys and a set have both then, an atomic list is of the one or of the
/// other. So are maps, by their entries.
pub(crate) async fn merging(server: &Server, crd: &Crd, sample: &Sample) {
    // Servers up to 1.20 take every list of such a resource for atomic.
    let text = crd.to_json().to_string();
    if server.has_v1beta1() && text.contains("x-kubernetes-int-or-string") {
        return;
    }
    let mut merged = Vec::new();
    nodes(crd.schema(), &mut |names, node| {
        let list = node["x-kubernetes-list-type"].as_str();
        let map = node["x-kubernetes-map-type"]
            .as_str()
            .filter(|_| node.get("additionalProperties").is_some());
        if let Some(how) = list.or(map)
            && names[0] != "status"
        {
            merged.push((
                names.iter().map(ToString::to_string).collect::<Vec<_>>(),
                how,
            ));
        }
    });
    for (number, (names, how)) in merged.into_iter().enumerate() {
        let parts = halves(at(&sample.objects[0], &names)).unwrap_or_else(|| {
            panic!(
                "{}: the first object has no two items at {names:?}",
                crd.name()
            )
        });
        merged_at(
            server,
            crd,
            sample,
            &format!("m{number}"),
            &names,
            how,
            parts,
        )
        .await;
    }
}

/// The first two items, each in a list or map of its own.
fn halves(value: &Value) -> Option<[Value; 2]> {
    match value {
        Value::Array(items) => Some([json!([items.first()?]), json!([items.get(1)?])]),
        Value::Object(fields) => {
            let mut fields = fields.iter().map(|(key, value)| json!({ key: value }));
            Some([fields.next()?, fields.next()?])
        }
        _ => None,
    }
}

async fn merged_at(
    server: &Server,
    crd: &Crd,
    sample: &Sample,
    name: &str,
    names: &[String],
    how: &str,
    [first, second]: [Value; 2],
) {
    let what = format!("{} at {names:?}, {how}", crd.name());
    // A name may have to begin as those of the objects do.
    let name = &format!("r-{name}");
    let path = format!("{}/{name}", resource(crd));
    let pointer = format!("/{}", names.join("/"));
    let mut whole = object(crd, name, &sample.objects[0]);
    *whole.pointer_mut(&pointer).expect("it is there") = first.clone();
    expect(&what, &server.apply(&path, "first", false, &whole).await);
    let part = names
        .iter()
        .rev()
        .fold(second.clone(), |part, name| json!({ name: part }));
    let part = object(crd, name, &part);
    let answer = server.apply(&path, "second", false, &part).await;
    let found = if how == "atomic" {
        assert_eq!(answer.code, 409, "{what}: {}", answer.text);
        expect(&what, &server.apply(&path, "second", true, &part).await)
    } else {
        expect(&what, &answer)
    };
    let keys = |value: &Value| -> BTreeSet<String> {
        match at(value, names) {
            Value::Array(items) => items.iter().map(ToString::to_string).collect(),
            Value::Object(fields) => fields.keys().cloned().collect(),
            _ => BTreeSet::new(),
        }
    };
    let mut expected = if how == "atomic" {
        BTreeSet::new()
    } else {
        keys(&whole)
    };
    expected.extend(keys(&part));
    assert_eq!(keys(&found).len(), expected.len(), "{what}: {found}");
}
