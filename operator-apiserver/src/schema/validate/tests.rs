//! What the server answers to each, observed on Kubernetes 1.37.

use serde_json::json;

use super::*;
use crate::schema::{apply_defaults, drop_nulls};

mod keywords;

/// A schema, and for each value the causes of the answer: `reason field: message`.
type Case = (Value, Vec<(Value, &'static [&'static str])>);

fn check(cases: &[Case]) {
    for (schema, answers) in cases {
        let schema = json!({"type": "object", "properties": {"x": schema}});
        let schema = Schema::load(&schema, &|_| None);
        for (value, expected) in answers {
            let mut value = json!({"x": value});
            drop_nulls(&mut value, &schema);
            apply_defaults(&mut value, &schema);
            assert_eq!(
                causes(&validate(&value, &schema, "", None)),
                *expected,
                "{value}"
            );
        }
    }
}

fn causes(errors: &[FieldError]) -> Vec<String> {
    let causes = errors.iter().map(FieldError::cause);
    causes
        .map(|cause| format!("{} {}: {}", cause.reason, cause.field, cause.message))
        .collect()
}

#[test]
fn of_alternatives_the_one_that_fits_best_is_told() {
    check(&[
        (
            json!({"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "anyOf": [{"required": ["x"]}, {"required": ["y"], "properties": {"y": {"minLength": 3}}}]}),
            vec![
                (
                    json!({}),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        "FieldValueRequired x.x: Required value",
                    ],
                ),
                (json!({"x": 1}), &[]),
                (
                    json!({"y": "ab"}),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        r#"FieldValueInvalid x.y: Invalid value: "ab": x.y in body should be at least 3 chars long"#,
                    ],
                ),
                (json!({"y": "abc"}), &[]),
                (
                    json!({"x": "s"}),
                    &[
                        r#"FieldValueTypeInvalid x.x: Invalid value: "string": x.x in body must be of type integer: "string""#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "anyOf": [{"minimum": 10, "multipleOf": 2}, {"maximum": 3}, {"enum": [5, 7]}]}),
            vec![
                (json!(5), &[]),
                (
                    json!(4),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        "FieldValueInvalid x: Invalid value: 4: x in body should be greater than or equal to 10",
                    ],
                ),
                (
                    json!(11),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        "FieldValueInvalid x: Invalid value: 11: x in body should be a multiple of 2",
                    ],
                ),
                (json!(12), &[]),
                (json!(2), &[]),
            ],
        ),
        (
            json!({"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}, "oneOf": [{"required": ["x"]}, {"required": ["y"]}]}),
            vec![
                (
                    json!({}),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found none valid"#,
                        "FieldValueRequired x.x: Required value",
                    ],
                ),
                (
                    json!({"x": 1, "y": "a"}),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
                    ],
                ),
                (json!({"y": "a"}), &[]),
                (
                    json!({"x": "s"}),
                    &[
                        r#"FieldValueTypeInvalid x.x: Invalid value: "string": x.x in body must be of type integer: "string""#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "allOf": [{"minimum": 3}, {"maximum": 5}, {"multipleOf": 2}]}),
            vec![
                (
                    json!(1),
                    &[
                        "FieldValueInvalid x: Invalid value: 1: x in body should be greater than or equal to 3",
                        "FieldValueInvalid x: Invalid value: 1: x in body should be a multiple of 2",
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate all the schemas (allOf)"#,
                    ],
                ),
                (
                    json!(7),
                    &[
                        "FieldValueInvalid x: Invalid value: 7: x in body should be less than or equal to 5",
                        "FieldValueInvalid x: Invalid value: 7: x in body should be a multiple of 2",
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate all the schemas (allOf)"#,
                    ],
                ),
                (json!(4), &[]),
                (
                    json!(9),
                    &[
                        "FieldValueInvalid x: Invalid value: 9: x in body should be less than or equal to 5",
                        "FieldValueInvalid x: Invalid value: 9: x in body should be a multiple of 2",
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate all the schemas (allOf)"#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "string", "not": {"pattern": "^bad"}}),
            vec![
                (
                    json!("bad"),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must not validate the schema (not)"#,
                    ],
                ),
                (json!("good"), &[]),
                (
                    json!(5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "integer": x in body must be of type string: "integer""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must not validate the schema (not)"#,
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn sets_and_maps_hold_nothing_twice() {
    check(&[
        (
            json!({"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}}),
            vec![
                (
                    json!(["a", "b", "a", "a"]),
                    &[r#"FieldValueDuplicate x[2]: Duplicate value: "a""#],
                ),
                (
                    json!(["a", 1, 1]),
                    &[
                        r#"FieldValueTypeInvalid x[1]: Invalid value: "integer": x[1] in body must be of type string: "integer""#,
                        r#"FieldValueTypeInvalid x[2]: Invalid value: "integer": x[2] in body must be of type string: "integer""#,
                        "FieldValueDuplicate x[2]: Duplicate value: 1",
                    ],
                ),
                (json!(["a"]), &[]),
            ],
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}, "v": {"type": "integer", "minimum": 1}}}}),
            vec![
                (
                    json!([{"n": "a"}, {"n": "a"}, {"n": "b", "v": 0}]),
                    &[
                        "FieldValueInvalid x[2].v: Invalid value: 0: x[2].v in body should be greater than or equal to 1",
                        r#"FieldValueDuplicate x[1]: Duplicate value: {"n":"a"}"#,
                    ],
                ),
                (
                    json!([{"v": 1}, {"v": 2}]),
                    &[
                        "FieldValueRequired x[0].n: Required value",
                        "FieldValueRequired x[1].n: Required value",
                        "FieldValueDuplicate x[1]: Duplicate value: {}",
                    ],
                ),
                (
                    json!(["x"]),
                    &[
                        r#"FieldValueTypeInvalid x[0]: Invalid value: "string": x[0] in body must be of type object: "string""#,
                        r#"FieldValueInvalid x[0]: Invalid value: "x": must be an object for an array of list-type map"#,
                    ],
                ),
                (
                    json!([{"n": "a"}, {"n": "a"}, {"n": "a"}]),
                    &[r#"FieldValueDuplicate x[1]: Duplicate value: {"n":"a"}"#],
                ),
            ],
        ),
        (
            json!({"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n", "p"], "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}, "p": {"type": "integer", "default": 1}}}}),
            vec![
                (
                    json!([{"n": "a"}, {"n": "a", "p": 1}, {"n": "a", "p": 2}]),
                    &[r#"FieldValueDuplicate x[1]: Duplicate value: {"n":"a","p":1}"#],
                ),
                (
                    json!([{"n": "a", "p": 3}, {"n": "a", "p": 3}]),
                    &[r#"FieldValueDuplicate x[1]: Duplicate value: {"n":"a","p":3}"#],
                ),
            ],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer"}}}),
            vec![(
                json!({"k": [1, 1], "l": [2]}),
                &["FieldValueDuplicate x[k][1]: Duplicate value: 1"],
            )],
        ),
    ]);
}

#[test]
fn what_did_not_change_may_stay_wrong() {
    let schema = Schema::load(
        &json!({"type": "object", "required": ["top"], "properties": {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}, "spec": {"type": "object", "required": ["need"], "properties": {"a": {"type": "integer", "minimum": 10}, "b": {"type": "string", "maxLength": 2}, "need": {"type": "string"}, "o": {"type": "object", "properties": {"x": {"type": "integer", "minimum": 10}, "y": {"type": "integer", "minimum": 10}}, "required": ["z"], "minProperties": 3}, "lm": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["n"], "items": {"type": "object", "required": ["n", "q"], "properties": {"n": {"type": "string"}, "v": {"type": "integer", "minimum": 10}, "q": {"type": "string"}}}}, "at": {"type": "array", "items": {"type": "integer", "minimum": 10}}, "m": {"type": "object", "additionalProperties": {"type": "integer", "minimum": 10}}, "one": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "oneOf": [{"properties": {"x": {"minimum": 100}}}, {"properties": {"x": {"maximum": 50}}}, {"required": ["y"]}]}, "al": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "integer"}}, "allOf": [{"properties": {"x": {"minimum": 100}}}]}, "pr": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"x": {"type": "integer", "minimum": 10}}, "required": ["w"]}, "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "integer", "minimum": 10}}}}, "top": {"type": "string"}, "status": {"type": "object", "properties": {"s": {"type": "integer", "minimum": 10}, "t": {"type": "object", "properties": {"u": {"type": "integer", "minimum": 10}}, "required": ["k"]}}, "required": ["r"]}}}),
        &|_| None,
    );
    let old = json!({"apiVersion": "g/v1", "kind": "K", "metadata": {"name": "a"}, "spec": {"a": 1, "b": "abc", "o": {"x": 1, "y": 2}, "lm": [{"n": "a", "v": 1}, {"n": "b", "v": 2}], "at": [1, 2], "m": {"k": 1, "l": 2}, "one": {"x": 60, "y": 1}, "al": {"x": 1, "y": 1}, "pr": {"x": 1, "u": 2}, "set": [1, 2]}, "status": {"s": 1, "t": {"u": 1}}});
    let cases: [(&str, Value, &[&str]); 21] = [
        (
            "/spec/a",
            json!(2),
            &[
                "FieldValueInvalid spec.a: Invalid value: 2: spec.a in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/b",
            json!("abcd"),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
                "FieldValueTooLong spec.b: Too long: may not be more than 2 bytes",
            ],
        ),
        (
            "/spec/need",
            json!("x"),
            &[
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/o/x",
            json!(2),
            &[
                "FieldValueInvalid spec.o.x: Invalid value: 2: spec.o.x in body should be greater than or equal to 10",
                "FieldValueInvalid spec.o: Invalid value: 2: spec.o in body should have at least 3 properties",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.o.z: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/o/z",
            json!(1),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/lm",
            json!([{"n": "b", "v": 2}, {"n": "a", "v": 1}]),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/lm",
            json!([{"n": "a", "v": 1}, {"n": "b", "v": 2}, {"n": "c", "v": 3}]),
            &[
                "FieldValueInvalid spec.lm[2].v: Invalid value: 3: spec.lm[2].v in body should be greater than or equal to 10",
                "FieldValueRequired spec.lm[2].q: Required value",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/lm/0/v",
            json!(3),
            &[
                "FieldValueInvalid spec.lm[0].v: Invalid value: 3: spec.lm[0].v in body should be greater than or equal to 10",
                "FieldValueRequired spec.lm[0].q: Required value",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/lm/0/q",
            json!("x"),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/lm/0/n",
            json!("z"),
            &[
                "FieldValueInvalid spec.lm[0].v: Invalid value: 1: spec.lm[0].v in body should be greater than or equal to 10",
                "FieldValueRequired spec.lm[0].q: Required value",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/at",
            json!([1, 2, 30]),
            &[
                "FieldValueInvalid spec.at[0]: Invalid value: 1: spec.at[0] in body should be greater than or equal to 10",
                "FieldValueInvalid spec.at[1]: Invalid value: 2: spec.at[1] in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/at",
            json!([2, 1]),
            &[
                "FieldValueInvalid spec.at[0]: Invalid value: 2: spec.at[0] in body should be greater than or equal to 10",
                "FieldValueInvalid spec.at[1]: Invalid value: 1: spec.at[1] in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/m/k",
            json!(2),
            &[
                "FieldValueInvalid spec.m.k: Invalid value: 2: spec.m.k in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/m/n",
            json!(3),
            &[
                "FieldValueInvalid spec.m.n: Invalid value: 3: spec.m.n in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/one/y",
            json!(2),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/one/x",
            json!(70),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/al/y",
            json!(2),
            &[
                r#"FieldValueInvalid <nil>: Invalid value: "": "spec.al" must validate all the schemas (allOf). None validated"#,
                "FieldValueInvalid spec.al.x: Invalid value: 1: spec.al.x in body should be greater than or equal to 100",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/pr/x",
            json!(2),
            &[
                "FieldValueInvalid spec.pr.x: Invalid value: 2: spec.pr.x in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/pr/u",
            json!(3),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/spec/set",
            json!([1, 2, 3]),
            &[
                "FieldValueInvalid spec.set[0]: Invalid value: 1: spec.set[0] in body should be greater than or equal to 10",
                "FieldValueInvalid spec.set[1]: Invalid value: 2: spec.set[1] in body should be greater than or equal to 10",
                "FieldValueInvalid spec.set[2]: Invalid value: 3: spec.set[2] in body should be greater than or equal to 10",
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
                "FieldValueRequired top: Required value",
            ],
        ),
        (
            "/top",
            json!("x"),
            &[
                "FieldValueRequired spec.need: Required value",
                "FieldValueRequired spec.pr.w: Required value",
            ],
        ),
    ];
    for (pointer, value, expected) in cases {
        let mut new = old.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let parent = new.pointer_mut(parent).unwrap();
        match name.parse::<usize>() {
            Ok(index) if parent.is_array() => parent[index] = value,
            _ => parent[name] = value,
        }
        let mut errors = causes(&validate(&new, &schema, "", Some(&old)));
        errors.sort();
        assert_eq!(errors, expected, "{pointer}");
    }
}
