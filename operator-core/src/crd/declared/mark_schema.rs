//! What each mark does to a node of the schema, and where it can do nothing.

use serde_json::{Map, Value, json};

use super::{
    Descriptions, ListType, Marks, Merge, Rule,
    apply::{At, Walk},
};
use crate::crd::{cel, fits, schema::TOLD};

const LIST_TYPE: &str = "x-kubernetes-list-type";
const MAP_TYPE: &str = "x-kubernetes-map-type";
const RULES: &str = "x-kubernetes-validations";
const INT_OR_STRING: &str = "x-kubernetes-int-or-string";

/// How a list or a map is merged: it decides what can be said of what is in it.
pub(super) fn merging(node: &mut Value, marks: &Marks) {
    match marks.list {
        Some(ListType::Map(keys)) => {
            node[LIST_TYPE] = json!("map");
            node["x-kubernetes-list-map-keys"] = json!(keys);
        }
        Some(ListType::Set) => node[LIST_TYPE] = json!("set"),
        Some(ListType::Atomic) => node[LIST_TYPE] = json!("atomic"),
        None => {}
    }
    match marks.map.or(marks.structure) {
        Some(Merge::Granular) => node[MAP_TYPE] = json!("granular"),
        Some(Merge::Atomic) => node[MAP_TYPE] = json!("atomic"),
        None => {}
    }
}

/// Applies marks to a node, whose own type's have been applied.
pub(super) fn apply(walk: &mut Walk, node: &mut Value, marks: &Marks, at: &At) {
    if marks.int_or_string {
        int_or_string(node);
    }
    merging(node, marks);
    lists(walk, node, marks, at);
    objects(walk, node, marks, at);
    text(walk, node, marks, at);
    for (key, literal) in [("default", marks.default), ("example", marks.example)] {
        match literal.map(|literal| literal()) {
            None => {}
            Some(Ok(value)) => {
                let fits = node.as_object().map(|node| fits::fits(&value, node));
                if let Some(Err(wrong)) = fits {
                    walk.problem(at, format!("the {key} {wrong}: write one that is valid"));
                }
                node[key] = value;
            }
            Some(Err(error)) => {
                walk.problem(at, format!("the {key} is no JSON ({error}): write another"));
            }
        }
    }
    if let Some(message) = marks.immutable {
        push(walk, node, &changeless("self == oldSelf", message), at);
    }
    walk.rules(node, marks.rules, at);
}

/// A field that never changes can't come and go either, which only the object around it can see.
pub(super) fn presence(walk: &mut Walk, node: &mut Value, name: &str, marks: &Marks, at: &At) {
    let Some(message) = marks.immutable else {
        return;
    };
    let required = is_required(node, name);
    let field = &node["properties"][name];
    // Null counts as absent to `has`, and a rule isn't asked about it.
    if (required || field.get("default").is_some()) && field["nullable"] != true {
        return;
    }
    match cel::field(name) {
        Some(name) => {
            let rule = format!("has(self.{name}) == has(oldSelf.{name})");
            push(walk, node, &changeless(&rule, message), at);
        }
        None => walk.problem(
            at,
            format!(
                "a rule can't speak of a field called `{name}`: rename it, or make it required"
            ),
        ),
    }
}

fn changeless<'a>(rule: &'a str, message: &'a str) -> Rule<'a> {
    Rule {
        message: Some(message),
        ..Rule::new(rule)
    }
}

pub(super) fn push(walk: &mut Walk, node: &mut Value, rule: &Rule, at: &At) {
    if !at.correlated && cel::mentions(rule.rule, "oldSelf") {
        walk.problem(
            at,
            "the items of a list without keys have no old values, so a server refuses `oldSelf` and what is \
             immutable in them: write `list = \"map\"` with keys on the list",
        );
    }
    let mut said = Map::new();
    said.insert("rule".to_owned(), json!(rule.rule));
    let texts = [
        ("message", rule.message),
        ("messageExpression", rule.message_expression),
        ("reason", rule.reason),
        ("fieldPath", rule.field_path),
    ];
    for (key, value) in texts {
        if let Some(value) = value {
            said.insert(key.to_owned(), json!(value));
        }
    }
    if let Some(optional) = rule.optional_old_self {
        said.insert("optionalOldSelf".to_owned(), json!(optional));
    }
    match node.get_mut(RULES).and_then(Value::as_array_mut) {
        Some(rules) => rules.push(Value::Object(said)),
        None => node[RULES] = json!([said]),
    }
}

fn int_or_string(node: &mut Value) {
    let kept = ["default", "nullable", "example", RULES];
    if let Some(node) = node.as_object_mut() {
        node.retain(|key, _| kept.contains(&key.as_str()) || TOLD.contains(&key.as_str()));
    }
    node[INT_OR_STRING] = json!(true);
}

fn lists(walk: &mut Walk, node: &Value, marks: &Marks, at: &At) {
    let Some(list) = marks.list else {
        return;
    };
    if node["type"] != "array" {
        let found = found(node);
        return walk.problem(
            at,
            format!("`list` is for a list, and this is {found}: remove it"),
        );
    }
    let items = &node["items"];
    match list {
        ListType::Atomic => {}
        ListType::Set => {
            // A server takes atomic objects too, and then can't merge the list.
            if !is_scalar(items) || items["nullable"] == true {
                let found = found(items);
                walk.problem(
                    at,
                    format!(
                        "a set holds plain values, and an item is {found}: write `list = \"map\"` with keys, \
                         or `list = \"atomic\"`"
                    ),
                );
            }
        }
        ListType::Map(_) if items["type"] != "object" => {
            let found = found(items);
            walk.problem(
                at,
                format!("`list = \"map\"` is for a list of structs, and an item is {found}: write `list = \"set\"`"),
            );
        }
        ListType::Map(_) if items["nullable"] == true => walk.problem(
            at,
            "an item of a list with keys can't be null: write the items without `Option`",
        ),
        ListType::Map(keys) => keys.iter().for_each(|key| list_key(walk, items, key, at)),
    }
}

fn list_key(walk: &mut Walk, items: &Value, key: &str, at: &At) {
    let Some(field) = items["properties"].get(key) else {
        let names = items["properties"].as_object().into_iter().flatten();
        let names: Vec<_> = names.map(|(name, _)| format!("`{name}`")).collect();
        let names = names.join(", ");
        return walk.problem(
            at,
            format!("the items have no field `{key}`: write one of {names}"),
        );
    };
    let required = is_required(items, key);
    if !is_scalar(field) || field["nullable"] == true {
        let found = found(field);
        walk.problem(
            at,
            format!(
                "`{key}` tells items apart, and it is {found}: write a field with one plain value"
            ),
        );
    } else if !required && field.get("default").is_none() {
        walk.problem(
            at,
            format!("`{key}` tells items apart, so each has to have it: make it required, or give it a default"),
        );
    }
}

fn objects(walk: &mut Walk, node: &mut Value, marks: &Marks, at: &At) {
    for (mark, name) in [(marks.map, "map"), (marks.structure, "structure")] {
        if mark.is_some() && node["type"] != "object" {
            let found = found(node);
            walk.problem(
                at,
                format!("`{name}` is for a {name}, and this is {found}: remove it"),
            );
        }
    }
    if marks.preserve_unknown_fields || marks.schemaless {
        if is_scalar(node) || node["type"] == "array" {
            let found = found(node);
            walk.problem(
                at,
                format!("only an object has unknown fields, and this is {found}: remove `preserve_unknown_fields`"),
            );
        }
        node["x-kubernetes-preserve-unknown-fields"] = json!(true);
    }
    if marks.embedded_resource {
        if node.get("type").is_some_and(|it| it != "object") {
            let found = found(node);
            walk.problem(
                at,
                format!("an embedded resource is an object, and this is {found}: remove `embedded_resource`"),
            );
        }
        node["type"] = json!("object");
        node["x-kubernetes-embedded-resource"] = json!(true);
        let open = node["x-kubernetes-preserve-unknown-fields"] == true;
        if !open && node["properties"].as_object().is_none_or(Map::is_empty) {
            walk.problem(
                at,
                "all but the metadata of an embedded resource would be dropped: add `preserve_unknown_fields`",
            );
        }
    }
}

fn text(walk: &mut Walk, node: &mut Value, marks: &Marks, at: &At) {
    if let Some(format) = marks.format {
        let fitting = match format {
            "int32" | "int64" => ["integer", "number"].as_slice(),
            "float" | "double" => &["number"],
            _ => &["string"],
        };
        let fits = |kind: &str| fitting.contains(&kind);
        if !node["type"].as_str().is_some_and(fits) {
            let found = found(node);
            walk.problem(
                at,
                format!("`{format}` is a format of another type, and this is {found}: remove it"),
            );
        }
        node["format"] = json!(format);
    }
    describe(node, marks.descriptions);
    if let Some(description) = marks.description {
        node["description"] = json!(description);
    }
}

/// Removes what other types tell of themselves.
pub(super) fn disown(node: &mut Value, told: &[fn() -> Map<String, Value>]) {
    let Some(node) = node.as_object_mut() else {
        return;
    };
    for (key, text) in told.iter().flat_map(|it| it()) {
        if node.get(&key) == Some(&text) {
            node.remove(&key);
        }
    }
}

/// Trims or removes the descriptions of a node and of all below it.
pub(crate) fn describe(node: &mut Value, descriptions: Descriptions) {
    if descriptions == Descriptions::Kept {
        return;
    }
    let Some(object) = node.as_object_mut() else {
        return;
    };
    match (descriptions, object.get_mut("description")) {
        (Descriptions::Trimmed, Some(Value::String(text))) => *text = first_paragraph(text),
        _ => drop(object.remove("description")),
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = object.get_mut(key) {
            describe(below, descriptions);
        }
    }
    let properties = object.get_mut("properties").and_then(Value::as_object_mut);
    for property in properties.into_iter().flat_map(Map::values_mut) {
        describe(property, descriptions);
    }
}

fn first_paragraph(text: &str) -> String {
    let lines = text
        .trim()
        .lines()
        .take_while(|line| !line.trim().is_empty());
    lines.map(str::trim).collect::<Vec<_>>().join(" ")
}

/// Whether an object has to have the field.
pub(crate) fn is_required(node: &Value, name: &str) -> bool {
    let required = node["required"].as_array();
    required.is_some_and(|names| names.iter().any(|it| it == name))
}

pub(crate) fn is_scalar(node: &Value) -> bool {
    node[INT_OR_STRING] == true
        || matches!(
            node["type"].as_str(),
            Some("string" | "integer" | "number" | "boolean")
        )
}

/// A node in words.
pub(crate) fn found(node: &Value) -> String {
    if node[INT_OR_STRING] == true {
        return "an integer or a string".to_owned();
    }
    let nullable = if node["nullable"] == true {
        " that may be null"
    } else {
        ""
    };
    let kind = match node["type"].as_str() {
        Some("array") => "a list",
        Some("object") if node.get("additionalProperties").is_some() => "a map",
        Some("object") => "an object",
        Some("integer") => "an integer",
        Some("string") => "a string",
        Some("number") => "a number",
        Some("boolean") => "a boolean",
        _ => "any value",
    };
    format!("{kind}{nullable}")
}
