//! What holds for every schema and every value.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::*;
use crate::quantity;

fn name() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["a", "b", "c", "metadata", "kind"]).prop_map(str::to_owned)
}

fn fields(values: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(name(), values, 0..4)
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-3_i64..12).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            fields(inner),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({"type": "string", "default": "d", "nullable": true})),
        Just(
            json!({"type": "string", "maxLength": 2, "minLength": 1, "pattern": "^a", "enum": ["a", "b"]})
        ),
        Just(json!({"type": "string", "format": "date-time"})),
        Just(json!({"type": "string", "format": "uri", "not": {"pattern": "b"}})),
        Just(
            json!({"type": "integer", "default": 7, "minimum": 3, "maximum": 10.5, "multipleOf": 2})
        ),
        Just(
            json!({"type": "integer", "format": "int32", "oneOf": [{"minimum": 2}, {"maximum": 5}]})
        ),
        Just(
            json!({"type": "number", "multipleOf": 0.25, "allOf": [{"minimum": 1}, {"maximum": 1e300}]})
        ),
        Just(json!({"type": "boolean"})),
        Just(
            json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]})
        ),
        Just(json!({"x-kubernetes-preserve-unknown-fields": true})),
    ]
}

/// A schema as a CRD may have it, below its root.
fn schema() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 4, |inner| {
        let list_type = prop::sample::select(vec!["atomic", "set", "map"]);
        let list = (inner.clone(), list_type, any::<bool>()).prop_map(|(items, list_type, nullable)| {
            json!({"type": "array", "items": items, "x-kubernetes-list-type": list_type, "nullable": nullable,
                "x-kubernetes-list-map-keys": ["a", "b"], "minItems": 1, "maxItems": 2})
        });
        let map = inner.clone().prop_map(|values| json!({"type": "object", "additionalProperties": values}));
        let object = (fields(inner), any::<[bool; 3]>()).prop_map(|(properties, [preserve, embedded, default])| {
            let mut schema = json!({"type": "object", "properties": properties, "required": ["a"],
                "maxProperties": 2, "x-kubernetes-preserve-unknown-fields": preserve,
                "x-kubernetes-embedded-resource": embedded});
            if default {
                schema["default"] = json!({});
            }
            schema
        });
        prop_oneof![list, map, object]
    })
}

proptest! {
    #[test]
    fn pruning_and_defaulting_twice_changes_nothing(schema in schema(), mut value in value()) {
        let schema = Schema::load(&schema, &|_| None);
        let brought_into_shape = |value: &mut Value| {
            let dropped = prune(value, &schema, false);
            drop_nulls(value, &schema);
            apply_defaults(value, &schema);
            dropped
        };
        brought_into_shape(&mut value);
        let once = value.clone();
        prop_assert_eq!(brought_into_shape(&mut value), Vec::<String>::new());
        prop_assert_eq!(value, once);
    }

    #[test]
    fn what_did_not_change_is_never_wrong_that_was_not_wrong_before(schema in schema(), old in value(), new in value()) {
        let schema = Schema::load(&schema, &|_| None);
        let all = validate(&new, &schema, "status", None);
        let ratcheted = validate(&new, &schema, "status", Some(&old));
        prop_assert!(ratcheted.iter().all(|error| all.contains(error)));
        for error in &all {
            prop_assert!(!error.to_string().is_empty());
        }
    }

    #[test]
    fn nothing_that_a_client_sends_makes_it_panic(schema in schema(), anything in value(), mut value in value()) {
        let odd = Schema::load(&anything, &|_| None);
        _ = validate(&value, &odd, "", None);
        _ = check_structural(&anything, "s");
        let root = json!({"type": "object", "properties": {"a": schema}});
        _ = check_structural(&root, "s");
        let loaded = Schema::load(&root, &|_| None);
        _ = object_meta::coerce_embedded(&mut value, &loaded);
        _ = object_meta::coerce_root(&mut value);
        _ = validate(&value, &loaded, "", None);
        canonical_numbers(&mut value);
        _ = decode_typed(&mut value, object_meta::object_meta_schema());
    }

    #[test]
    fn any_text_is_a_pattern_a_format_or_a_quantity_or_is_refused(source in "[a-c\\\\\\[\\](){}|*+?^$.:\\-0-9pxQEdZ]{0,12}", text in any::<String>()) {
        _ = Pattern::new(&source).is_match(&text);
        for format in ["uri", "email", "hostname", "cidr", "mac", "duration", "date-time", "byte", "uuid", "isbn"] {
            let schema = json!({"type": "string", "format": format});
            _ = validate(&json!(text), &Schema::load(&schema, &|_| None), "", None);
            _ = validate(&json!(source), &Schema::load(&schema, &|_| None), "", None);
        }
    }

    #[test]
    fn a_quantity_that_is_written_back_reads_the_same(text in "[+-]?[0-9]{0,22}(\\.[0-9]{0,12})?(n|u|m|k|M|G|Ki|Mi|Ei|e-?[0-9]{1,2})?") {
        for precision in [quantity::Precision::Nano, quantity::Precision::Milli] {
            if let Ok(once) = quantity::canonical(&text, precision) {
                let twice = quantity::canonical(&once, precision);
                prop_assert!(twice.is_ok(), "{} {:?}", once, twice);
            }
        }
    }
}
