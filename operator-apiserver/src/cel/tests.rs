//! What a real API server (1.37) said of rules and values is in `facts/`; here the same is said of them.

use serde_json::{Value, json};

use super::Rules;
use crate::{
    field_error::FieldError,
    schema::{AdditionalProperties, Limits, ListType, Rule, Schema, ValueType},
};

/// Where the server says that the schema of a CRD's only version stands.
const ROOT: &str = "spec.validation.openAPIV3Schema";

/// A schema as a CRD has it, as far as rules look at it.
fn schema(json: &Value) -> Schema {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    let flag = |key: &str| json[key].as_bool().unwrap_or_default();
    let list = |key: &str| json[key].as_array().cloned().unwrap_or_default();
    let names = |key: &str| list(key).iter().filter_map(|n| n.as_str().map(str::to_owned)).collect();
    let value_type = match json["type"].as_str() {
        Some("object") => Some(ValueType::Object),
        Some("array") => Some(ValueType::Array),
        Some("string") => Some(ValueType::String),
        Some("integer") => Some(ValueType::Integer),
        Some("number") => Some(ValueType::Number),
        Some("boolean") => Some(ValueType::Boolean),
        _ => None,
    };
    let properties = json["properties"].as_object().into_iter().flatten();
    Schema {
        value_type,
        format: text("format"),
        nullable: flag("nullable"),
        int_or_string: flag("x-kubernetes-int-or-string"),
        preserve_unknown_fields: flag("x-kubernetes-preserve-unknown-fields"),
        embedded_resource: flag("x-kubernetes-embedded-resource"),
        properties: properties.map(|(name, s)| (name.clone(), schema(s).into())).collect(),
        additional_properties: json
            .get("additionalProperties")
            .map(|s| AdditionalProperties::Schema(schema(s).into())),
        items: json.get("items").map(|s| schema(s).into()),
        default: json.get("default").cloned(),
        required: names("required"),
        enumeration: list("enum"),
        list_type: match json["x-kubernetes-list-type"].as_str() {
            Some("map") => Some(ListType::Map),
            Some("set") => Some(ListType::Set),
            Some(_) => Some(ListType::Atomic),
            None => None,
        },
        list_map_keys: names("x-kubernetes-list-map-keys"),
        atomic_map: json["x-kubernetes-map-type"] == "atomic",
        limits: Limits {
            max_length: json["maxLength"].as_u64(),
            max_items: json["maxItems"].as_u64(),
            max_properties: json["maxProperties"].as_u64(),
            ..Limits::default()
        },
        rules: list("x-kubernetes-validations").iter().map(rule).collect(),
        ..Schema::default()
    }
}

fn rule(json: &Value) -> Rule {
    let text = |key: &str| json[key].as_str().map(str::to_owned);
    Rule {
        rule: text("rule").unwrap_or_default(),
        message: text("message"),
        message_expression: text("messageExpression"),
        reason: text("reason"),
        field_path: text("fieldPath"),
        optional_old_self: json["optionalOldSelf"] == true,
    }
}

fn facts(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("the facts are JSON")
}

/// The schema that most facts are about, with rules on `spec`.
fn sample(rules: &[Value]) -> Schema {
    let properties: Value = serde_json::from_str(include_str!("facts/schema.json")).expect("JSON");
    let spec = json!({"type": "object", "properties": properties, "x-kubernetes-validations": rules});
    schema(&json!({"type": "object", "properties": {"spec": spec}}))
}

/// Errors as the facts have them: reason, path, message.
fn shown(errors: &[FieldError]) -> Value {
    let one = |e: &FieldError| json!([e.kind.reason(), e.path, e.body()]);
    errors.iter().map(one).collect()
}

fn compile_errors(schema: &Schema) -> Value {
    shown(&Rules::compile(schema, ROOT).err().unwrap_or_default())
}

/// Fails with all that differ.
fn assert_none(differing: &[String], all: usize) {
    assert!(differing.is_empty(), "{} of {all} differ:\n{}", differing.len(), differing.join("\n"));
}

#[test]
fn rules_are_accepted_and_refused_as_the_server_does() {
    let facts = facts(include_str!("facts/rules.json"));
    let mut differing = Vec::new();
    for fact in &facts {
        let rule = if fact["rule"].is_object() { fact["rule"].clone() } else { json!({"rule": fact["rule"]}) };
        let found = compile_errors(&sample(&[rule]));
        if found != fact["errors"] {
            differing.push(format!("{}\n  server {}\n  here   {found}", fact["rule"], fact["errors"]));
        }
    }
    assert_none(&differing, facts.len());
}

#[test]
fn expressions_have_the_values_and_the_faults_that_they_have_on_the_server() {
    let facts = facts(include_str!("facts/values.json"));
    let value: Value = serde_json::from_str(include_str!("facts/value.json")).expect("JSON");
    let object = json!({"spec": value});
    let mut differing = Vec::new();
    for fact in &facts {
        let expr = fact["expr"].as_str().unwrap_or_default();
        let plain = json!({"rule": format!("[dyn({expr})].size() == 0")});
        let shows = json!({"rule": "false", "messageExpression": format!("'%s'.format([{expr}])")});
        let schema = sample(&[plain, shows]);
        let found = match Rules::compile(&schema, ROOT) {
            Err(errors) => {
                let body = errors[0].body();
                let why = body.rsplit("}: ").next().unwrap_or_default();
                json!({"expr": expr, "refused": why})
            }
            Ok(rules) => {
                let errors = rules.validate(&object, None, &schema, "");
                let first = errors.first().map(FieldError::body).unwrap_or_default();
                let second = errors.get(1).map(FieldError::body).unwrap_or_default();
                let fault = first.strip_prefix("Invalid value: \"object\": ").unwrap_or(&first);
                if let Some((fault, _)) = fault.rsplit_once(" evaluating rule: ") {
                    json!({"expr": expr, "fault": fault})
                } else if let Some((fault, _)) = fault.split_once(": call arguments did not match") {
                    json!({"expr": expr, "fault": fault.trim_matches('\'')})
                } else {
                    json!({"expr": expr, "text": second.strip_prefix("Invalid value: ").unwrap_or(&second)})
                }
            }
        };
        if found != *fact {
            differing.push(format!("{expr}\n  server {fact}\n  here   {found}"));
        }
    }
    assert_none(&differing, facts.len());
}

/// Runs on a stack as small as that of a test or of one of tokio's threads.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run);
    thread.expect("a thread").join().expect("no overflow");
}

#[test]
fn what_is_just_not_too_deep_is_compiled_and_evaluated_on_a_small_stack() {
    on_a_small_stack(|| {
        for rule in [
            format!("{}1{} == 1", "(".repeat(70), ")".repeat(70)),
            format!("1{} > 1", "+1".repeat(150)),
            format!("{}1{}.size() == 1", "[".repeat(70), "]".repeat(70)),
            format!("true{}", " && true".repeat(3000)),
            format!("{}true", "false || ".repeat(3000)),
            format!("{}true", "true ? true : ".repeat(30)),
            format!("{}true{}", "[1].all(x, ".repeat(30), ")".repeat(30)),
        ] {
            let schema = sample(&[json!({"rule": rule})]);
            let rules = Rules::compile(&schema, ROOT).unwrap_or_else(|e| panic!("{}: {e:?}", &rule[..30]));
            assert_eq!(rules.validate(&json!({"spec": {}}), None, &schema, ""), []);
        }
    });
}
