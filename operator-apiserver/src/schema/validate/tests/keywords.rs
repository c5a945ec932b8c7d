//! The keywords, one by one.

use serde_json::json;

use super::check;

#[test]
fn numbers_are_held_against_their_limits() {
    check(&[
        (
            json!({"type": "integer", "minimum": 1, "maximum": 10}),
            vec![
                (
                    json!(0),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: x in body should be greater than or equal to 1",
                    ],
                ),
                (
                    json!(11),
                    &[
                        "FieldValueInvalid x: Invalid value: 11: x in body should be less than or equal to 10",
                    ],
                ),
                (json!(5), &[]),
                (json!(1.0), &[]),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer: "number""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer (default format) in x"#,
                    ],
                ),
                (
                    json!(0.0),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: x in body should be greater than or equal to 1",
                    ],
                ),
                (json!(null), &[]),
            ],
        ),
        (
            json!({"type": "integer", "minimum": 1, "exclusiveMinimum": true, "maximum": 5, "exclusiveMaximum": true}),
            vec![
                (
                    json!(1),
                    &["FieldValueInvalid x: Invalid value: 1: x in body should be greater than 1"],
                ),
                (
                    json!(5),
                    &["FieldValueInvalid x: Invalid value: 5: x in body should be less than 5"],
                ),
                (json!(3), &[]),
            ],
        ),
        (
            json!({"type": "number", "minimum": 1.5, "maximum": 1e+21}),
            vec![
                (
                    json!(1),
                    &[
                        "FieldValueInvalid x: Invalid value: 1: x in body should be less than or equal to -9223372036854775808",
                    ],
                ),
                (
                    json!(1.4),
                    &[
                        "FieldValueInvalid x: Invalid value: 1.4: x in body should be greater than or equal to 1.5",
                    ],
                ),
                (
                    json!(2),
                    &[
                        "FieldValueInvalid x: Invalid value: 2: x in body should be less than or equal to -9223372036854775808",
                    ],
                ),
                (json!(1.5), &[]),
                (
                    json!(1e+22),
                    &[
                        "FieldValueInvalid x: Invalid value: 1e+22: x in body should be less than or equal to 1e+21",
                    ],
                ),
            ],
        ),
        (
            json!({"type": "number", "minimum": 1e-05}),
            vec![
                (json!(0), &[]),
                (
                    json!(1e-06),
                    &[
                        "FieldValueInvalid x: Invalid value: 1e-06: x in body should be greater than or equal to 1e-05",
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "multipleOf": 3}),
            vec![
                (
                    json!(4),
                    &["FieldValueInvalid x: Invalid value: 4: x in body should be a multiple of 3"],
                ),
                (json!(3), &[]),
                (
                    json!(4.0),
                    &["FieldValueInvalid x: Invalid value: 4: x in body should be a multiple of 3"],
                ),
                (
                    json!(4.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer: "number""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer (default format) in x"#,
                        "FieldValueInvalid x: Invalid value: 4.5: x in body should be a multiple of 3",
                    ],
                ),
                (json!(-3), &[]),
            ],
        ),
        (
            json!({"type": "number", "multipleOf": 0.5}),
            vec![
                (
                    json!(0.3),
                    &[
                        "FieldValueInvalid x: Invalid value: 0.3: x in body should be a multiple of 0.5",
                    ],
                ),
                (json!(0.5), &[]),
                (
                    json!(1),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: factor MultipleOf declared for x must be positive: 0",
                    ],
                ),
                (
                    json!(7),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: factor MultipleOf declared for x must be positive: 0",
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "minimum": 1.5}),
            vec![
                (
                    json!(1),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": Minimum boundary value must be of type integer (default format) in x"#,
                        "FieldValueInvalid x: Invalid value: 1: x in body should be greater than or equal to 1.5",
                    ],
                ),
                (
                    json!(2),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": Minimum boundary value must be of type integer (default format) in x"#,
                    ],
                ),
                (
                    json!(3),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": Minimum boundary value must be of type integer (default format) in x"#,
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn numbers_have_to_fit_their_format() {
    check(&[
        (
            json!({"type": "integer", "format": "int32"}),
            vec![
                (
                    json!(3_000_000_000_i64),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer with format int32 in x"#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "float64": x in body must be of type int32: "float64""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer with format int32 in x"#,
                    ],
                ),
                (
                    json!("x"),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "string": x in body must be of type integer: "string""#,
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type int32: """#,
                    ],
                ),
                (json!(1.0), &[]),
                (
                    json!([]),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "array": x in body must be of type integer: "array""#,
                    ],
                ),
                (
                    json!({}),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type int32: """#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "format": "int64"}),
            vec![
                (
                    json!(1e+19),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "float64": x in body must be of type int64: "float64""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer with format int64 in x"#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "float64": x in body must be of type int64: "float64""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer with format int64 in x"#,
                    ],
                ),
                (
                    json!(1e+300),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "float64": x in body must be of type int64: "float64""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer with format int64 in x"#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "number", "format": "float"}),
            vec![
                (
                    json!(1e+39),
                    &[
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type number with format float in x"#,
                    ],
                ),
                (json!(1), &[]),
                (json!(3.5), &[]),
            ],
        ),
        (
            json!({"type": "number", "format": "double"}),
            vec![(json!(1e+300), &[])],
        ),
    ]);
}

#[test]
fn texts_are_held_against_length_and_pattern() {
    check(&[
        (
            json!({"type": "string", "minLength": 2, "maxLength": 4}),
            vec![
                (
                    json!("a"),
                    &[
                        r#"FieldValueInvalid x: Invalid value: "a": x in body should be at least 2 chars long"#,
                    ],
                ),
                (
                    json!("abcde"),
                    &["FieldValueTooLong x: Too long: may not be more than 4 bytes"],
                ),
                (json!("\u{e4}\u{f6}\u{fc}\u{df}"), &[]),
                (
                    json!("\u{e4}\u{f6}\u{fc}\u{df}x"),
                    &["FieldValueTooLong x: Too long: may not be more than 4 bytes"],
                ),
                (json!("ab"), &[]),
            ],
        ),
        (
            json!({"type": "string", "maxLength": 1}),
            vec![(
                json!("ab"),
                &["FieldValueTooLong x: Too long: may not be more than 1 byte"],
            )],
        ),
        (
            json!({"type": "string", "pattern": "^a+$"}),
            vec![
                (
                    json!("b"),
                    &[r#"FieldValueInvalid x: Invalid value: "b": x in body should match '^a+$'"#],
                ),
                (json!("aa"), &[]),
                (
                    json!("a\"b"),
                    &[
                        r#"FieldValueInvalid x: Invalid value: "a\"b": x in body should match '^a+$'"#,
                    ],
                ),
                (
                    json!("x\n\u{1}"),
                    &[
                        r#"FieldValueInvalid x: Invalid value: "x\n\x01": x in body should match '^a+$'"#,
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn lists_are_held_against_their_length_and_items() {
    check(&[
        (
            json!({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 2}),
            vec![
                (
                    json!([]),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: x in body should have at least 1 items",
                    ],
                ),
                (
                    json!([1, 2, 3]),
                    &["FieldValueTooMany x: Too many: 3: must have at most 2 items"],
                ),
                (
                    json!(["x", 1]),
                    &[
                        r#"FieldValueTypeInvalid x[0]: Invalid value: "string": x[0] in body must be of type integer: "string""#,
                    ],
                ),
                (
                    json!([null]),
                    &[
                        r#"FieldValueTypeInvalid x[0]: Invalid value: "null": x[0] in body must be of type integer: "null""#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "array", "items": {"type": "string"}, "maxItems": 1}),
            vec![(
                json!(["a", "b"]),
                &["FieldValueTooMany x: Too many: 2: must have at most 1 item"],
            )],
        ),
        (
            json!({"type": "array", "items": {"type": "array", "items": {"type": "string", "maxLength": 2}}}),
            vec![(
                json!([["a", "abc"], ["xyz", 5], "q"]),
                &[
                    "FieldValueTooLong x[0][1]: Too long: may not be more than 2 bytes",
                    "FieldValueTooLong x[1][0]: Too long: may not be more than 2 bytes",
                    r#"FieldValueTypeInvalid x[1][1]: Invalid value: "integer": x[1][1] in body must be of type string: "integer""#,
                    r#"FieldValueTypeInvalid x[2]: Invalid value: "string": x[2] in body must be of type array: "string""#,
                ],
            )],
        ),
        (
            json!({"type": "array", "items": {"type": "object", "required": ["n"], "properties": {"n": {"type": "string"}}}}),
            vec![
                (json!([{}]), &["FieldValueRequired x[0].n: Required value"]),
                (
                    json!([1]),
                    &[
                        r#"FieldValueTypeInvalid x[0]: Invalid value: "integer": x[0] in body must be of type object: "integer""#,
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn objects_need_what_is_required_and_maps_their_number_of_entries() {
    check(&[
        (
            json!({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a", "z"], "minProperties": 1}),
            vec![
                (
                    json!({}),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: x in body should have at least 1 properties",
                        "FieldValueRequired x.a: Required value",
                        "FieldValueRequired x.z: Required value",
                    ],
                ),
                (json!(null), &[]),
            ],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer", "minimum": 3}, "maxProperties": 2}),
            vec![
                (
                    json!({"a": 1, "b": "x", "c": 2}),
                    &[
                        "FieldValueTooMany x: Too many: 3: must have at most 2 items",
                        "FieldValueInvalid x.a: Invalid value: 1: x.a in body should be greater than or equal to 3",
                        r#"FieldValueTypeInvalid x.b: Invalid value: "string": x.b in body must be of type integer: "string""#,
                        "FieldValueInvalid x.c: Invalid value: 2: x.c in body should be greater than or equal to 3",
                    ],
                ),
                (
                    json!({"a.b": 1}),
                    &[
                        "FieldValueInvalid x.a.b: Invalid value: 1: x.a.b in body should be greater than or equal to 3",
                    ],
                ),
                (json!({"a": null}), &[]),
            ],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2}),
            vec![
                (
                    json!({}),
                    &[
                        "FieldValueInvalid x: Invalid value: 0: x in body should have at least 2 properties",
                    ],
                ),
                (
                    json!({"a": 1}),
                    &[
                        "FieldValueInvalid x: Invalid value: 1: x in body should have at least 2 properties",
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn an_enum_allows_its_values_and_never_null() {
    check(&[
        (
            json!({"type": "string", "enum": ["a", "b"]}),
            vec![
                (
                    json!("c"),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: "c": supported values: "a", "b""#,
                    ],
                ),
                (json!("a"), &[]),
                (
                    json!(5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "integer": x in body must be of type string: "integer""#,
                        r#"FieldValueNotSupported x: Unsupported value: 5: supported values: "a", "b""#,
                    ],
                ),
                (
                    json!(""),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: "": supported values: "a", "b""#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "integer", "enum": [1, 2]}),
            vec![
                (
                    json!(3),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: 3: supported values: "1", "2""#,
                    ],
                ),
                (json!(1), &[]),
                (json!(1.0), &[]),
                (
                    json!("1"),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "string": x in body must be of type integer: "string""#,
                        r#"FieldValueNotSupported x: Unsupported value: "1": supported values: "1", "2""#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer: "number""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer (default format) in x"#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "number", "enum": [1, 2.5]}),
            vec![
                (json!(1), &[]),
                (json!(2.5), &[]),
                (json!(1.5), &[]),
                (
                    json!(2.25),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: 2.25: supported values: "1", "2.5""#,
                    ],
                ),
            ],
        ),
        (
            json!({"type": "string", "nullable": true, "enum": ["a", null]}),
            vec![
                (
                    json!(null),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: null: supported values: "a", "null""#,
                    ],
                ),
                (json!("a"), &[]),
                (
                    json!("b"),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: "b": supported values: "a", "null""#,
                    ],
                ),
            ],
        ),
        (
            json!({"x-kubernetes-preserve-unknown-fields": true, "enum": [{"a": 1}, "x", true]}),
            vec![
                (json!({"a": 1}), &[]),
                (
                    json!({"a": 2}),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: {"a":2}: supported values: "{\"a\":1}", "x", "true""#,
                    ],
                ),
                (json!("x"), &[]),
                (
                    json!("y"),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: "y": supported values: "{\"a\":1}", "x", "true""#,
                    ],
                ),
                (json!(true), &[]),
                (
                    json!(false),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: false: supported values: "{\"a\":1}", "x", "true""#,
                    ],
                ),
                (
                    json!([1, "<>&"]),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: [1,"\u003c\u003e\u0026"]: supported values: "{\"a\":1}", "x", "true""#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueNotSupported x: Unsupported value: 1.5: supported values: "{\"a\":1}", "x", "true""#,
                    ],
                ),
                (json!(null), &[]),
            ],
        ),
    ]);
}

#[test]
fn int_or_string_allows_both_and_nothing_else() {
    check(&[
        (
            json!({"x-kubernetes-int-or-string": true}),
            vec![
                (json!(1), &[]),
                (json!("x"), &[]),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer,string: "number""#,
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "boolean": x in body must be of type integer,string: "boolean""#,
                    ],
                ),
                (
                    json!([]),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "array": x in body must be of type integer,string: "array""#,
                    ],
                ),
                (
                    json!({}),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "object": x in body must be of type integer,string: "object""#,
                    ],
                ),
                (json!(null), &[]),
                (json!(1.0), &[]),
            ],
        ),
        (
            json!({"x-kubernetes-int-or-string": true, "pattern": "^x", "anyOf": [{"type": "integer"}, {"type": "string"}], "minimum": 5}),
            vec![
                (
                    json!(1),
                    &[
                        "FieldValueInvalid x: Invalid value: 1: x in body should be greater than or equal to 5",
                    ],
                ),
                (
                    json!("y"),
                    &[r#"FieldValueInvalid x: Invalid value: "y": x in body should match '^x'"#],
                ),
                (json!("x"), &[]),
                (json!(9), &[]),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer,string: "number""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type integer: "number""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": Checked value must be of type integer (default format) in x"#,
                        "FieldValueInvalid x: Invalid value: 1.5: x in body should be greater than or equal to 5",
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "boolean": x in body must be of type integer,string: "boolean""#,
                        r#"FieldValueInvalid <nil>: Invalid value: "": "x" must validate at least one schema (anyOf)"#,
                        r#"FieldValueTypeInvalid x: Invalid value: "boolean": x in body must be of type integer: "boolean""#,
                    ],
                ),
            ],
        ),
    ]);
}

#[test]
fn a_type_is_needed_unless_null_is_allowed() {
    check(&[
        (
            json!({"type": "boolean"}),
            vec![
                (
                    json!(1),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "integer": x in body must be of type boolean: "integer""#,
                    ],
                ),
                (
                    json!("true"),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "string": x in body must be of type boolean: "string""#,
                    ],
                ),
                (json!(true), &[]),
                (json!(null), &[]),
            ],
        ),
        (
            json!({"type": "string"}),
            vec![
                (
                    json!(1),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "integer": x in body must be of type string: "integer""#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "number": x in body must be of type string: "number""#,
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "boolean": x in body must be of type string: "boolean""#,
                    ],
                ),
                (
                    json!([]),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "array": x in body must be of type string: "array""#,
                    ],
                ),
                (
                    json!({}),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "object": x in body must be of type string: "object""#,
                    ],
                ),
                (json!(null), &[]),
            ],
        ),
        (
            json!({"type": "string", "nullable": true}),
            vec![
                (json!(null), &[]),
                (
                    json!(1),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "integer": x in body must be of type string: "integer""#,
                    ],
                ),
                (json!("x"), &[]),
            ],
        ),
    ]);
}

#[test]
fn a_format_takes_the_place_of_the_type_in_messages() {
    check(&[
        (
            json!({"type": "string", "format": "date"}),
            vec![
                (
                    json!("x"),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "x": x in body must be of type date: "x""#,
                    ],
                ),
                (json!("2020-01-01"), &[]),
                (
                    json!(5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "int64": x in body must be of type date: "int64""#,
                    ],
                ),
                (json!([]), &[]),
                (
                    json!({}),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type date: """#,
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type date: """#,
                    ],
                ),
                (
                    json!(1.5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "float64": x in body must be of type date: "float64""#,
                    ],
                ),
            ],
        ),
        (
            json!({"x-kubernetes-preserve-unknown-fields": true, "format": "ipv4"}),
            vec![
                (
                    json!("x"),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "x": x in body must be of type ipv4: "x""#,
                    ],
                ),
                (json!("1.2.3.4"), &[]),
                (
                    json!(5),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "int64": x in body must be of type ipv4: "int64""#,
                    ],
                ),
                (
                    json!(true),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type ipv4: """#,
                    ],
                ),
                (
                    json!({}),
                    &[
                        r#"FieldValueTypeInvalid x: Invalid value: "": x in body must be of type ipv4: """#,
                    ],
                ),
                (json!([1]), &[]),
            ],
        ),
        (
            json!({"type": "string", "format": "foo"}),
            vec![(json!("x"), &[])],
        ),
    ]);
}
