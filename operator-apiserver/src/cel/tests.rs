//! What a real API server (1.37) said of rules and values is in `facts/`; here the same is said of them.

use serde_json::{Value, json};

use super::Rules;
use crate::{
    field_error::FieldError,
    schema::{Schema, check_structural},
};

/// Where the server says that the schema of a CRD's only version stands.
const ROOT: &str = "spec.validation.openAPIV3Schema";

fn schema(json: &Value) -> Schema {
    Schema::load(json, &|_| None)
}

/// Rules whose syntax errors the parser words otherwise than the server does.
const UNLIKE: [&str; 3] = ["a ? b", "1.0.0 == 1", "self.true == 1"];

fn facts(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("the facts are JSON")
}

/// The schema that most facts are about, with rules on `spec`.
fn sample(rules: &[Value]) -> Value {
    let properties: Value = serde_json::from_str(include_str!("facts/schema.json")).expect("JSON");
    let spec =
        json!({"type": "object", "properties": properties, "x-kubernetes-validations": rules});
    json!({"type": "object", "properties": {"spec": spec}})
}

/// Errors as the facts have them: reason, path, message.
fn shown(errors: &[FieldError]) -> Value {
    let one = |e: &FieldError| json!([e.kind.reason(), e.path, e.body()]);
    errors.iter().map(one).collect()
}

/// What is said to a CRD with this schema.
fn refusal(schema: &Value) -> Value {
    shown(&check_structural(schema, ROOT))
}

/// Fails with all that differ.
fn assert_none(differing: &[String], all: usize) {
    assert!(
        differing.is_empty(),
        "{} of {all} differ:\n{}",
        differing.len(),
        differing.join("\n")
    );
}

#[test]
fn rules_are_accepted_and_refused_as_the_server_does() {
    let facts = facts(include_str!("facts/rules.json"));
    let mut differing = Vec::new();
    for fact in &facts {
        let rule = if fact["rule"].is_object() {
            fact["rule"].clone()
        } else {
            json!({"rule": fact["rule"]})
        };
        let found = refusal(&sample(&[rule]));
        if UNLIKE.iter().any(|rule| fact["rule"] == *rule) {
            assert_ne!(found, fact["errors"], "it is worded as on the server now");
            let place = |errors: &Value| {
                errors[0][2]
                    .as_str()
                    .and_then(|e| e.split_once(" Syntax error"))
                    .is_some()
            };
            assert!(place(&found) && place(&fact["errors"]), "{found}");
        } else if found != fact["errors"] {
            differing.push(format!(
                "{}\n  server {}\n  here   {found}",
                fact["rule"], fact["errors"]
            ));
        }
    }
    assert_none(&differing, facts.len());
}

#[test]
fn what_stands_beside_rules_is_checked_as_the_server_does() {
    let facts = facts(include_str!("facts/attributes.json"));
    let mut differing = Vec::new();
    for fact in &facts {
        let found = refusal(&sample(&[fact["rule"].clone()]));
        if found != fact["errors"] {
            differing.push(format!(
                "{}\n  server {}\n  here   {found}",
                fact["rule"], fact["errors"]
            ));
        }
    }
    assert_none(&differing, facts.len());
}

#[test]
fn places_and_costs_of_rules_are_judged_as_the_server_does() {
    let facts = facts(include_str!("facts/schemas.json"));
    let mut differing = Vec::new();
    for fact in &facts {
        let found = refusal(&fact["schema"]);
        if found != fact["errors"] {
            differing.push(format!(
                "{}\n  server {}\n  here   {found}",
                fact["name"], fact["errors"]
            ));
        }
    }
    assert_none(&differing, facts.len());
}

#[test]
fn objects_are_accepted_and_refused_as_the_server_does() {
    let facts = facts(include_str!("facts/objects.json"));
    let mut differing = Vec::new();
    for fact in &facts[1..] {
        let json = if fact["schema"] == "updates" {
            &facts[0]["updates"]
        } else {
            &fact["schema"]
        };
        let schema = schema(json);
        let rules = Rules::compile(&schema, ROOT).expect("the server took it");
        let mut errors = rules.validate(&fact["new"], fact.get("old"), &schema, "");
        errors.sort_by(|a, b| a.path.cmp(&b.path));
        let mut expected = fact["errors"].as_array().cloned().unwrap_or_default();
        expected.sort_by_key(|e| e[1].to_string());
        let found = shown(&errors);
        if found != json!(expected) {
            differing.push(format!(
                "{}\n  server {}\n  here   {found}",
                fact["change"],
                json!(expected)
            ));
        }
    }
    assert_none(&differing, facts.len() - 1);
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
        let schema = schema(&sample(&[plain, shows]));
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
                let fault = first
                    .strip_prefix("Invalid value: \"object\": ")
                    .unwrap_or(&first);
                if let Some((fault, _)) = fault.rsplit_once(" evaluating rule: ") {
                    json!({"expr": expr, "fault": fault})
                } else if let Some((fault, _)) = fault.split_once(": call arguments did not match")
                {
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

#[test]
fn what_is_not_evaluated_here_is_refused() {
    let rule = json!({"rule": "google.protobuf.Duration{seconds: 1} == self.d"});
    let errors = refusal(&sample(&[rule])).to_string();
    assert!(
        errors.contains("the embedded server does not evaluate messages"),
        "{errors}"
    );
}

/// Runs on a stack as small as that of a test or of one of tokio's threads.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(2 * 1024 * 1024)
        .spawn(run);
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
            let schema = schema(&sample(&[json!({"rule": rule})]));
            let rules =
                Rules::compile(&schema, ROOT).unwrap_or_else(|e| panic!("{}: {e:?}", &rule[..30]));
            assert_eq!(rules.validate(&json!({"spec": {}}), None, &schema, ""), []);
        }
    });
}

#[test]
fn rules_run_out_of_budget_where_they_do_on_the_server() {
    let facts = facts(include_str!("facts/budgets.json"));
    let mut differing = Vec::new();
    for fact in &facts {
        let limit = |index: usize| fact["limits"][index].as_u64().unwrap_or_default();
        let item = json!({"type": "object", "properties": {"a": {"type": "integer"}}});
        let schema = schema(&json!({"type": "object", "properties": {"spec": {
            "type": "object",
            "properties": {
                "l": {"type": "array", "maxItems": limit(0), "items": {"type": "integer"}},
                "s": {"type": "array", "maxItems": limit(1), "items": {"type": "string", "maxLength": 10}},
                "o": {"type": "array", "maxItems": limit(2), "items": item},
            },
            "x-kubernetes-validations": [{"rule": fact["rule"]}],
        }}}));
        let rules = Rules::compile(&schema, ROOT).expect("the server took it");
        let over = |n: u64| {
            let list = |index: usize, item: fn(u64) -> Value| {
                (0..n.min(limit(index))).map(item).collect::<Value>()
            };
            let (l, s, o) = (
                list(0, |i| json!(i)),
                list(1, |_| json!("aaaaaaaaaa")),
                list(2, |_| json!({"a": 1})),
            );
            let errors = rules.validate(
                &json!({"spec": {"l": l, "s": s, "o": o}}),
                None,
                &schema,
                "",
            );
            errors.iter().any(|e| {
                e.detail
                    .starts_with("'operation cancelled: actual cost limit exceeded'")
            })
        };
        let first = fact["first_over"].as_u64().unwrap_or_default();
        if over(first - 1) || !over(first) {
            differing.push(format!("{}: {first}", fact["rule"]));
        }
    }
    assert_none(&differing, facts.len());
}

mod random {
    use proptest::prelude::*;
    use serde_json::json;

    use super::{ROOT, Rules, sample, schema};

    /// Pieces of rules, put together at random.
    const PIECES: [&str; 72] = [
        "self",
        "oldSelf",
        ".",
        ".?",
        "s",
        "i",
        "l",
        "m",
        "o",
        "lo",
        "ios",
        "dt",
        "d",
        "by",
        "nu",
        "p",
        "(",
        ")",
        "[",
        "]",
        "[?",
        "{",
        "}",
        ",",
        ":",
        "?",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "||",
        " in ",
        "1",
        "0u",
        "1.5",
        "'a'",
        "b'x'",
        "r'\\d'",
        "'''",
        "\"",
        "null",
        "true",
        "has(",
        ".all(x, ",
        ".map(x, ",
        ".exists_one(x, ",
        "x",
        ".size()",
        ".format([",
        ".split('')",
        ".sortBy(x, ",
        ".transformMap(x, y, ",
        "quantity(",
        "duration(",
        "timestamp(",
        "optional.of(",
        ".orValue(",
        ".optMap(x, ",
        "é",
        "\n",
        "//",
        "`",
        "9223372036854775807",
        "type(",
        "dyn(",
    ];

    fn survives(rule: &str, value: &serde_json::Value) {
        let schema = schema(&sample(&[
            json!({"rule": rule, "message": "m", "messageExpression": rule}),
        ]));
        match Rules::compile(&schema, ROOT) {
            Ok(rules) => {
                let object = json!({"spec": value});
                let _ = rules.validate(&object, Some(&object), &schema, "");
            }
            Err(errors) => assert!(
                errors.iter().all(|e| !e.detail.contains("gave up")),
                "{rule}: {errors:?}"
            ),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

        #[test]
        fn no_text_makes_it_panic(rule in "\\PC{0,60}") {
            survives(&rule, &json!({}));
        }

        #[test]
        fn no_combination_of_pieces_makes_it_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 1..16)) {
            let value: serde_json::Value = serde_json::from_str(include_str!("facts/value.json")).expect("JSON");
            survives(&pieces.concat(), &value);
        }

        #[test]
        fn no_values_make_functions_panic(
            function in prop::sample::select(super::functions()),
            args in prop::collection::vec(prop::sample::select(&VALUES[..]), 0..4),
            member in any::<bool>(),
        ) {
            let dynamic: Vec<String> = args.iter().map(|a| format!("dyn({a})")).collect();
            let call = match dynamic.split_first() {
                Some((receiver, rest)) if member => format!("{receiver}.{function}({})", rest.join(", ")),
                _ => format!("{function}({})", dynamic.join(", ")),
            };
            survives(&format!("[dyn({call})] == []"), &json!({}));
        }
    }

    /// Arguments that functions may stumble over.
    const VALUES: [&str; 32] = [
        "-9223372036854775807 - 1",
        "9223372036854775807",
        "0",
        "-1",
        "18446744073709551615u",
        "0.0 / 0.0",
        "1e308",
        "-1.0 / 0.0",
        "''",
        "'é'",
        "'-'",
        "'.'",
        "'%'",
        "'%.'",
        "'%s%d'",
        "'1Ki'",
        "'1e-99999999999'",
        "'::'",
        "'1.2.3-'",
        "'10.0.0.0/8'",
        "'http://[::1]:80/%zz'",
        "b'\\xff'",
        "null",
        "true",
        "[]",
        "['a', 'é']",
        "[1, 2]",
        "{}",
        "{'a': 1}",
        "timestamp('9999-12-31T23:59:59Z')",
        "duration('-2562047h')",
        "optional.none()",
    ];
}

/// The functions that can be called by name.
fn functions() -> Vec<&'static str> {
    let mut names: Vec<_> = super::signatures::SIGNATURES.keys().copied().collect();
    names.retain(|n| n.starts_with(|c: char| c.is_ascii_alphabetic()));
    names.sort_unstable();
    names
}
