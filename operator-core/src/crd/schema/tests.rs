//! What can't be said, with its words; what can is in the snapshots of the pass cases, and on real servers.

#![allow(dead_code)]

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde_json::json;

use super::{of, root, status};

/// The problems of a type, as they are printed.
fn problems<T: JsonSchema>() -> Vec<String> {
    of::<T>("spec")
        .problems
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn an_empty_string_is_no_default_since_an_old_server_refuses_one() {
    #[derive(JsonSchema, serde::Serialize, serde::Deserialize)]
    #[serde(default)]
    struct Spec {
        empty: String,
        full: String,
    }
    impl Default for Spec {
        fn default() -> Self {
            Self {
                empty: String::new(),
                full: "x".to_owned(),
            }
        }
    }
    let schema = of::<Spec>("spec").schema;
    assert!(schema["properties"]["empty"].get("default").is_none());
    assert_eq!(schema["properties"]["full"]["default"], "x");
}

#[test]
fn recursion_names_the_type_and_the_way_there() {
    #[derive(JsonSchema)]
    struct Spec {
        trees: Vec<Tree>,
    }
    #[derive(JsonSchema)]
    struct Tree {
        branches: BTreeMap<String, Tree>,
    }
    assert_eq!(
        problems::<Spec>(),
        [
            "`Tree` at `spec.trees[].branches{}`: `Tree` contains itself, and a CRD can't say that: \
             make the inner one a `serde_json::Value`, refer to another object by name, or leave it unchecked \
             with `#[schemars(extend(\"x-kubernetes-preserve-unknown-fields\" = true))]` on the field"
        ]
    );
}

#[test]
fn a_type_that_contains_itself_at_the_root_is_recursion_too() {
    #[derive(JsonSchema)]
    struct Spec {
        next: Option<Box<Spec>>,
    }
    assert_eq!(problems::<Spec>().len(), 1);
}

#[test]
fn an_enum_of_units_and_structs_has_no_one_type() {
    #[derive(JsonSchema)]
    struct Spec {
        mode: Mode,
    }
    #[derive(JsonSchema)]
    enum Mode {
        Off,
        On { level: u8 },
    }
    assert_eq!(
        problems::<Spec>(),
        [
            "`Mode` at `spec.mode`: its variants are of type string and of type object, and a field of a \
             CRD has one type: give every variant fields (`A {}` for one without), or none of them"
        ]
    );
}

#[test]
fn variants_that_disagree_about_a_field_are_named_by_it() {
    #[derive(JsonSchema)]
    struct Spec {
        action: Action,
    }
    #[derive(JsonSchema)]
    #[serde(tag = "type")]
    enum Action {
        Move { to: String },
        Copy { to: Vec<String> },
    }
    assert_eq!(
        problems::<Spec>(),
        [
            "`Action` at `spec.action`: its variants disagree about the type of `to`: give it one type, or rename \
             it in one of them (content beside a tag: give all variants named fields)"
        ]
    );
}

#[test]
fn tuples_units_and_foreign_keywords_are_all_reported_at_once() {
    #[derive(JsonSchema)]
    struct Spec {
        pair: (String, i32),
        unit: (),
        #[schemars(extend("if" = {}))]
        conditional: String,
    }
    let fields: Vec<_> = of::<Spec>("spec")
        .problems
        .into_iter()
        .map(|it| it.field)
        .collect();
    assert_eq!(fields, ["spec.conditional", "spec.pair", "spec.unit"]);
}

#[test]
fn a_spec_has_to_be_an_object() {
    assert_eq!(
        problems::<String>(),
        ["`string` at `spec`: it has to be an object: write a struct with named fields"]
    );
}

#[test]
fn a_status_cannot_be_an_enum() {
    #[derive(JsonSchema)]
    enum Status {
        Ready { since: String },
        Failed { why: String },
    }
    let outcome = status::of::<Status>();
    assert_eq!(outcome.problems.len(), 1);
    assert_eq!(outcome.problems[0].field, "status");
}

#[test]
fn wide_integers_are_signed_and_wide_to_a_server() {
    #[derive(JsonSchema)]
    struct Spec {
        count: u32,
    }
    assert_eq!(
        of::<Spec>("spec").schema["properties"]["count"],
        json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": u32::MAX })
    );
}

#[test]
fn a_nullable_enum_lets_null_pass() {
    #[derive(JsonSchema)]
    struct Spec {
        mode: Option<Mode>,
    }
    #[derive(JsonSchema)]
    enum Mode {
        A,
        B,
    }
    assert_eq!(
        of::<Spec>("spec").schema["properties"]["mode"],
        json!({ "type": "string", "nullable": true, "allOf": [{ "enum": ["A", "B"] }] })
    );
}

#[test]
fn an_optional_flattened_enum_requires_nothing() {
    #[derive(JsonSchema)]
    struct Spec {
        #[serde(flatten)]
        backup: Option<Backup>,
    }
    #[derive(JsonSchema)]
    enum Backup {
        Daily { at: String },
        Hourly { minute: u8 },
    }
    let outcome = of::<Spec>("spec");
    assert_eq!(outcome.problems, []);
    let schema = root(outcome.schema, None);
    let spec = schema["properties"]["spec"].as_object().unwrap();
    assert_eq!(spec.keys().collect::<Vec<_>>(), ["properties", "type"]);
}

#[test]
fn a_default_of_one_variant_is_none_of_the_others() {
    #[derive(JsonSchema, serde::Serialize, serde::Deserialize)]
    struct Spec {
        way: Way,
    }
    #[derive(JsonSchema, serde::Serialize, serde::Deserialize)]
    #[serde(tag = "by")]
    enum Way {
        Road {
            #[serde(default)]
            lanes: u8,
        },
        Rail,
    }
    let outcome = of::<Spec>("spec");
    assert_eq!(outcome.problems, []);
    let lanes = &outcome.schema["properties"]["way"]["properties"]["lanes"];
    assert!(lanes.get("default").is_none(), "{lanes}");
}

#[test]
fn limits_keep_to_what_the_type_holds_and_the_server_can_compare_with() {
    #[derive(JsonSchema)]
    struct Spec {
        #[schemars(range(min = -1, max = 1000))]
        byte: u8,
        #[schemars(range(max = i64::MAX))]
        wide: i64,
        #[schemars(range(max = 5_000_000_000_i64))]
        usual: i32,
    }
    let schema = of::<Spec>("spec").schema;
    assert_eq!(
        schema["properties"],
        json!({
            "byte": { "type": "integer", "format": "int32", "minimum": 0, "maximum": 255 },
            "wide": { "type": "integer", "format": "int64" },
            "usual": { "type": "integer", "format": "int32" },
        })
    );
}

#[test]
fn of_two_limits_the_stricter_holds_and_of_two_patterns_both() {
    #[derive(JsonSchema)]
    struct Spec {
        #[schemars(extend("minLength" = 1, "maxLength" = 9, "pattern" = "a"))]
        name: Name,
    }
    #[derive(JsonSchema)]
    struct Name(#[schemars(length(min = 3, max = 20), regex(pattern = "b"))] String);
    assert_eq!(
        of::<Spec>("spec").schema["properties"]["name"],
        json!({
            "type": "string", "minLength": 3, "maxLength": 9,
            "pattern": "a", "allOf": [{ "pattern": "b" }],
        })
    );
}

#[test]
fn a_variant_that_takes_no_other_fields_refuses_those_of_the_others() {
    #[derive(JsonSchema)]
    struct Spec {
        shape: Shape,
    }
    #[derive(JsonSchema)]
    #[serde(untagged, deny_unknown_fields)]
    enum Shape {
        Plain { name: String },
        Sized { name: String, size: u8 },
    }
    assert_eq!(
        of::<Spec>("spec").schema["properties"]["shape"]["anyOf"],
        json!([{ "not": { "required": ["size"] } }, { "required": ["name", "size"] }])
    );
}

#[test]
fn what_is_written_in_another_form_than_it_is_read_is_found_in_lists_and_maps() {
    #[derive(JsonSchema)]
    struct Spec {
        items: Vec<BTreeMap<String, Item>>,
    }
    #[derive(JsonSchema)]
    struct Item {
        #[serde(rename(serialize = "a", deserialize = "b"), default)]
        name: String,
    }
    assert_eq!(
        problems::<Spec>(),
        [
            "`Item` at `spec.items[]{}`: `a` is written and not read under that name, so a server drops it: \
             `#[serde(skip)]` it, or let serde read it"
        ]
    );
}
