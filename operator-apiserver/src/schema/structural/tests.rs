//! What the server says of each schema, observed on Kubernetes 1.37.

use serde_json::json;

use super::*;

/// Each schema with the causes of the answer, in order: `reason field: message`.
fn check(cases: &[(Value, &[&str])]) {
    for (schema, expected) in cases {
        let errors = check_structural(schema, "s");
        let causes = errors.iter().map(FieldError::cause);
        let mut causes: Vec<String> = causes
            .map(|cause| format!("{} {}: {}", cause.reason, cause.field, cause.message))
            .collect();
        causes.sort();
        assert_eq!(causes, *expected, "{schema}");
    }
}

#[test]
fn the_schema_is_structural() {
    check(&[
        (
            json!({}),
            &["FieldValueRequired s.type: Required value: must not be empty at the root"],
        ),
        (
            json!({"type": "array", "items": {"type": "string"}}),
            &[r#"FieldValueInvalid s.type: Invalid value: "array": must be object at the root"#],
        ),
        (
            json!({"type": "string"}),
            &[r#"FieldValueInvalid s.type: Invalid value: "string": must be object at the root"#],
        ),
        (
            json!({"properties": {"a": {"type": "string"}}}),
            &["FieldValueRequired s.type: Required value: must not be empty at the root"],
        ),
        (
            json!({"type": "object", "properties": {"spec": {}}}),
            &[
                "FieldValueRequired s.properties[spec].type: Required value: must not be empty for specified object fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array"}}}),
            &["FieldValueRequired s.properties[spec].items: Required value: must be specified"],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {}}}}),
            &[
                "FieldValueRequired s.properties[spec].items.type: Required value: must not be empty for specified array items",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]}}}),
            &[
                "FieldValueForbidden s.properties[spec].items: Forbidden: items must be a schema object and not an array",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "foo"}}}),
            &[
                r#"FieldValueNotSupported s.properties[spec].type: Unsupported value: "foo": supported values: "array", "boolean", "integer", "number", "object", "string""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "null"}}}),
            &[
                "FieldValueForbidden s.properties[spec].type: Forbidden: type cannot be set to null, use nullable as an alternative",
                r#"FieldValueNotSupported s.properties[spec].type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": false}}}),
            &[
                "FieldValueInvalid s.properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: false: must be true or undefined",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "x-kubernetes-preserve-unknown-fields": true}}}),
            &[
                "FieldValueInvalid s.properties[spec].x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "type": "string"}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "object"}, "b": {"type": "array", "items": {"type": "object", "properties": {"c": {}}}}}}}}),
            &[
                "FieldValueRequired s.properties[spec].properties[b].items.properties[c].type: Required value: must not be empty for specified object fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "enum": []}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "maxLength": -1}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "description": "x", "title": "t", "externalDocs": {"url": "x"}, "example": "e"}}}),
            &[],
        ),
    ]);
}

#[test]
fn some_keywords_are_not_supported() {
    check(&[
        (
            json!({"type": "object", "nullable": true}),
            &["FieldValueForbidden s.nullable: Forbidden: nullable cannot be true at the root"],
        ),
        (
            json!({"type": "object", "additionalProperties": {"type": "string"}}),
            &[
                "FieldValueForbidden s.additionalProperties: Forbidden: must not be used at the root",
            ],
        ),
        (
            json!({"type": "object", "additionalProperties": true}),
            &[
                "FieldValueForbidden s.additionalProperties: Forbidden: must not be used at the root",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}}}),
            &[
                "FieldValueForbidden s.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": true}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false}}}),
            &[
                "FieldValueForbidden s.properties[spec].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "additionalProperties": false}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "additionalProperties": {}}}}),
            &[
                "FieldValueRequired s.properties[spec].additionalProperties.type: Required value: must not be empty for specified object fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "uniqueItems": true}}}),
            &[
                "FieldValueForbidden s.properties[spec].uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "id": "x", "$ref": "x", "patternProperties": {"a": {"type": "string"}}, "definitions": {"a": {"type": "string"}}, "dependencies": {"a": ["b"]}, "additionalItems": false}}}),
            &[
                "FieldValueForbidden s.properties[spec].$ref: Forbidden: $ref is not supported",
                "FieldValueForbidden s.properties[spec].additionalItems: Forbidden: additionalItems is not supported",
                "FieldValueForbidden s.properties[spec].definitions: Forbidden: definitions is not supported",
                "FieldValueForbidden s.properties[spec].dependencies: Forbidden: dependencies is not supported",
                "FieldValueForbidden s.properties[spec].id: Forbidden: id is not supported",
                "FieldValueForbidden s.properties[spec].patternProperties: Forbidden: patternProperties is not supported",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "$schema": "x"}}}),
            &[
                r#"FieldValueInvalid s: Invalid value: "": OpenAPIV3Schema 'schema' is not supported"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "id": "x"}}}),
            &["FieldValueForbidden s.properties[spec].id: Forbidden: id is not supported"],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "format": "foo"}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "integer", "format": "date"}}}),
            &[],
        ),
    ]);
}

#[test]
fn the_fields_of_every_object_are_hardly_restricted() {
    check(&[
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "x-kubernetes-embedded-resource": true}}}),
            &[
                "FieldValueInvalid s.properties[spec].x-kubernetes-embedded-resource: Invalid value: true: must be false if x-kubernetes-int-or-string is true",
                "FieldValueRequired s.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
                "FieldValueRequired s.properties[spec].type: Required value: must be object if x-kubernetes-embedded-resource is true",
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "string"}}}),
            &[
                r#"FieldValueInvalid s.properties[metadata].type: Invalid value: "string": must be object"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object"}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "pattern": "x"}}}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object"}}}}}),
            &[
                "FieldValueForbidden s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "description": "x"}}}),
            &[
                "FieldValueForbidden s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
            ],
        ),
        (
            json!({"type": "object", "properties": {"kind": {"type": "integer"}, "apiVersion": {"type": "object"}}}),
            &[
                r#"FieldValueInvalid s.properties[apiVersion].type: Invalid value: "object": must be string"#,
                r#"FieldValueInvalid s.properties[kind].type: Invalid value: "integer": must be string"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "minProperties": 1}}}),
            &[
                "FieldValueForbidden s.properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified",
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {}}}),
            &[
                r#"FieldValueInvalid s.properties[metadata].type: Invalid value: "": must be object"#,
                "FieldValueRequired s.properties[metadata].type: Required value: must not be empty for specified object fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true}}}),
            &[
                "FieldValueRequired s.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "x-kubernetes-embedded-resource": true}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true"#,
                "FieldValueRequired s.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true}}}),
            &[
                "FieldValueRequired s.properties[spec].type: Required value: must be object if x-kubernetes-embedded-resource is true",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "additionalProperties": {"type": "string"}}}}),
            &[
                "FieldValueForbidden s.properties[spec].additionalProperties: Forbidden: must not be used if x-kubernetes-embedded-resource is set",
                "FieldValueRequired s.properties[spec].properties: Required value: must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"kind": {"type": "integer"}, "metadata": {"type": "string"}}}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].properties[kind].type: Invalid value: "integer": must be string"#,
                r#"FieldValueInvalid s.properties[spec].properties[metadata].type: Invalid value: "string": must be object"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"metadata": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"x": {"type": "string"}}}}}}}),
            &[
                "FieldValueForbidden s.properties[spec].properties[metadata].x-kubernetes-embedded-resource: Forbidden: must not be used inside of resource meta",
            ],
        ),
    ]);
}

#[test]
fn what_only_validates_builds_nothing() {
    check(&[
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"pattern": "x"}]}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "string"}, {"type": "integer"}]}}}),
            &[
                "FieldValueForbidden s.properties[spec].anyOf[0].type: Forbidden: must be empty to be structural",
                "FieldValueForbidden s.properties[spec].anyOf[1].type: Forbidden: must be empty to be structural",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "anyOf": [{"type": "integer"}, {"type": "string"}]}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"properties": {"b": {"minLength": 1}}}, {"items": {"minLength": 1}}], "not": {"properties": {"a": {"type": "string", "minLength": 1}}}}}}),
            &[
                "FieldValueForbidden s.properties[spec].not.properties[a].type: Forbidden: must be empty to be structural",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "anyOf": [{"additionalProperties": true}, {"additionalProperties": false}]}}}),
            &[
                "FieldValueForbidden s.properties[spec].anyOf[0].additionalProperties: Forbidden: must be undefined to be structural",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "additionalProperties": {"type": "string"}, "anyOf": [{"properties": {"b": {"minLength": 1}}}]}}}),
            &[],
        ),
    ]);
}

#[test]
fn defaults_are_valid_and_known() {
    check(&[
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "allOf": [{"type": "object", "default": {}, "title": "x", "description": "y", "nullable": true, "x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-embedded-resource": true, "x-kubernetes-int-or-string": true, "x-kubernetes-list-map-keys": ["a"], "x-kubernetes-list-type": "map", "x-kubernetes-map-type": "atomic", "x-kubernetes-validations": [{"rule": "true"}], "additionalProperties": {"type": "string"}, "properties": {"metadata": {}}}]}}}),
            &[
                "FieldValueForbidden s.properties[spec].allOf[0].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
                "FieldValueForbidden s.properties[spec].allOf[0].additionalProperties: Forbidden: must be undefined to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].default: Forbidden: must be undefined to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].description: Forbidden: must be empty to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].nullable: Forbidden: must be false to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].properties[metadata]: Forbidden: must not be specified in a nested context",
                "FieldValueForbidden s.properties[spec].allOf[0].title: Forbidden: must be empty to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].type: Forbidden: must be empty to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-embedded-resource: Forbidden: must be false to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-int-or-string: Forbidden: must be false to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-list-map-keys: Forbidden: must be empty to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-list-type: Forbidden: must be undefined to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-map-type: Forbidden: must be undefined to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-preserve-unknown-fields: Forbidden: must be false to be structural",
                "FieldValueForbidden s.properties[spec].allOf[0].x-kubernetes-validations: Forbidden: must be empty to be structural",
                r#"FieldValueInvalid s.properties[spec].allOf[0].type: Invalid value: "object": must be array if x-kubernetes-list-type is specified"#,
                "FieldValueRequired s.properties[spec].allOf[0].items: Required value: must have a schema if x-kubernetes-list-type is map",
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "default": {"name": "x"}}}}),
            &[
                "FieldValueForbidden s.properties[metadata].default: Forbidden: must not be set in top-level metadata",
            ],
        ),
        (
            json!({"type": "object", "properties": {"apiVersion": {"type": "string", "default": "x"}}}),
            &[
                "FieldValueForbidden s.properties[apiVersion].default: Forbidden: must not be set in top-level apiVersion",
            ],
        ),
        (
            json!({"type": "object", "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "default": "x"}}}}}),
            &[
                "FieldValueForbidden s.properties[metadata].properties[name].default: Forbidden: must not be set in top-level metadata",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"metadata": {"type": "object", "properties": {"labels": {"type": "object", "additionalProperties": {"type": "string", "default": "x"}}}}}}}}),
            &[
                "FieldValueForbidden s.properties[spec].properties[metadata].properties[labels].additionalProperties.default: Forbidden: must not be set inside additionalProperties applying to object metadata",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"metadata": {"type": "object", "default": {"labels": {"a": 1}}}, "kind": {"type": "string", "default": ""}, "apiVersion": {"type": "string", "default": "a/b/c"}}}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].properties[apiVersion].default: Invalid value: "a/b/c": must result in valid metadata: apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c"#,
                r#"FieldValueInvalid s.properties[spec].properties[kind].default: Invalid value: "": must result in valid metadata: kind: Invalid value: "": must not be empty"#,
                r#"FieldValueInvalid s.properties[spec].properties[metadata].default: Invalid value: {"labels":{"a":1}}: must result in valid metadata: metadata: Invalid value: {"labels":{"a":1}}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type string"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"metadata": {"type": "object", "properties": {"finalizers": {"type": "array", "items": {"type": "string"}, "default": [1]}}}}}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].properties[metadata].properties[finalizers].default: Invalid value: [1]: must result in valid metadata: metadata: Invalid value: {"finalizers":[1]}: json: cannot unmarshal number into Go struct field ObjectMeta.finalizers of type string"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"metadata": {"type": "object", "properties": {"name": {"type": "string", "default": "ok"}}}}}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true, "default": {"kind": 1}}}}),
            &[
                "FieldValueInvalid s.properties[spec].default.kind: Invalid value: 1: must be a string",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true, "default": {"kind": "A"}}}}),
            &["FieldValueRequired s.properties[spec].default.apiVersion: Required value"],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "object", "required": ["b"], "properties": {"a": {"type": "object"}, "b": {"type": "string"}, "c": {"type": "string", "nullable": true}, "d": {"type": "integer", "default": 1}}, "nullable": true}, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "b", "c", "d"]}}}),
            &[
                "FieldValueForbidden s.properties[spec].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map",
                "FieldValueForbidden s.properties[spec].items.properties[c].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable",
                r#"FieldValueInvalid s.properties[spec].items.properties[a].type: Invalid value: "object": must be a scalar type if parent array's x-kubernetes-list-type is map"#,
                "FieldValueRequired s.properties[spec].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
                "FieldValueRequired s.properties[spec].items.properties[c].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "default": 1}}}),
            &[
                r#"FieldValueTypeInvalid s.properties[spec].default: Invalid value: "integer":  in body must be of type string: "integer""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "default": {"b": 1}}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].default: Invalid value: {"b":1}: must not have unknown fields"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "integer", "minimum": 5, "default": 1}}, "required": ["z"], "default": {"a": 2}}}}),
            &[
                "FieldValueInvalid s.properties[spec].default.a: Invalid value: 2: a in body should be greater than or equal to 5",
                "FieldValueInvalid s.properties[spec].properties[a].default: Invalid value: 1:  in body should be greater than or equal to 5",
                "FieldValueRequired s.properties[spec].default.z: Required value",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "additionalProperties": {"type": "string", "default": "x"}}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string", "default": 1}}}}),
            &[
                r#"FieldValueTypeInvalid s.properties[spec].items.default: Invalid value: "integer":  in body must be of type string: "integer""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "default": null}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "nullable": true, "default": null}}}),
            &[],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "object", "properties": {"x": {"type": "string", "enum": ["a"], "default": "b"}}}, "default": [{"x": "a", "y": 1}]}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].default: Invalid value: [{"x":"a","y":1}]: must not have unknown fields"#,
                r#"FieldValueNotSupported s.properties[spec].items.properties[x].default: Unsupported value: "b": supported values: "a""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string"}, "default": [1, "a"]}}}),
            &[
                r#"FieldValueTypeInvalid s.properties[spec].default.[0]: Invalid value: "integer": [0] in body must be of type string: "integer""#,
            ],
        ),
        (
            json!({"type": "object", "default": {}, "properties": {}}),
            &[
                "FieldValueRequired s.default.apiVersion: Required value",
                "FieldValueRequired s.default.kind: Required value",
            ],
        ),
        (
            json!({"type": "object", "default": {"a": 1}, "properties": {}}),
            &[
                r#"FieldValueInvalid s.default: Invalid value: {"a":1}: must not have unknown fields"#,
                "FieldValueRequired s.default.apiVersion: Required value",
                "FieldValueRequired s.default.kind: Required value",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"a": {"type": "string"}}, "default": "x"}}}),
            &[
                r#"FieldValueTypeInvalid s.properties[spec].default: Invalid value: "string":  in body must be of type object: "string""#,
            ],
        ),
    ]);
}

#[test]
fn lists_and_maps_say_how_their_items_are_told_apart() {
    check(&[
        (
            json!({"type": "object", "properties": {"spec": {"type": "object", "x-kubernetes-map-type": "foo"}}}),
            &[
                r#"FieldValueNotSupported s.properties[spec].x-kubernetes-map-type: Unsupported value: "foo": supported values: "atomic", "granular""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "x-kubernetes-map-type": "atomic"}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].type: Invalid value: "string": must be object if x-kubernetes-map-type is specified"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-map-type": "atomic"}}}),
            &[
                "FieldValueRequired s.properties[spec].type: Required value: must be object if x-kubernetes-map-type is specified",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "string", "x-kubernetes-list-type": "set"}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"x-kubernetes-preserve-unknown-fields": true, "x-kubernetes-list-type": "atomic"}}}),
            &[
                "FieldValueRequired s.properties[spec].type: Required value: must be array if x-kubernetes-list-type is specified",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "foo"}}}),
            &[
                r#"FieldValueNotSupported s.properties[spec].x-kubernetes-list-type: Unsupported value: "foo": supported values: "atomic", "set", "map""#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "set"}}}),
            &[
                "FieldValueInvalid s.properties[spec].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}, "x-kubernetes-list-type": "set"}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].items.x-kubernetes-list-type: Invalid value: "set": must be atomic as item of a list with x-kubernetes-list-type=set"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string", "nullable": true}, "x-kubernetes-list-type": "set"}}}),
            &[
                "FieldValueForbidden s.properties[spec].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is set",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-map-keys": ["a"]}}}),
            &[
                "FieldValueRequired s.properties[spec].x-kubernetes-list-type: Required value: must be map if x-kubernetes-list-map-keys is non-empty",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set", "x-kubernetes-list-map-keys": ["a"]}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].x-kubernetes-list-type: Invalid value: "set": must be map if x-kubernetes-list-map-keys is non-empty"#,
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "map"}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].items.type: Invalid value: "string": must be object if parent array's x-kubernetes-list-type is map"#,
                "FieldValueRequired s.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "x-kubernetes-list-type": "map"}}}),
            &[
                "FieldValueRequired s.properties[spec].items: Required value: must be specified",
                "FieldValueRequired s.properties[spec].items: Required value: must have a schema if x-kubernetes-list-type is map",
                "FieldValueRequired s.properties[spec].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
            ],
        ),
        (
            json!({"type": "object", "properties": {"spec": {"type": "array", "items": {"type": "object"}, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a", "a"]}}}),
            &[
                r#"FieldValueInvalid s.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["a","a"]: entries must all be names of item properties"#,
                r#"FieldValueInvalid s.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["a","a"]: entries must all be names of item properties"#,
                r#"FieldValueInvalid s.properties[spec].x-kubernetes-list-map-keys: Invalid value: ["a","a"]: must not contain duplicate entries"#,
            ],
        ),
    ]);
}
