//! JSON from a structural schema: mostly what it lets through, and now and then one value that it should not.

use proptest::{
    arbitrary::any,
    collection::{btree_map, vec},
    option::weighted,
    prelude::Just,
    sample::{Index, select},
    strategy::{BoxedStrategy, Strategy, Union},
    string::string_regex,
};
use serde_json::{Map, Value};

use crate::types;

/// Values that a schema describes; in one of four, one of the values inside is replaced by any JSON.
pub fn values(schema: &Value) -> BoxedStrategy<Value> {
    let replaced = weighted(0.25, (any::<Index>(), types::json()));
    (of(schema), replaced)
        .prop_map(|(mut value, replaced)| {
            if let Some((index, other)) = replaced {
                let mut places: Vec<String> = Vec::new();
                places_in(&value, "", &mut places);
                let place = index.get(&places);
                let found = value.pointer_mut(place).expect("it was found there");
                // Where a string has a format, servers take a list too.
                if !(found.is_string() && other.is_array()) {
                    *found = other;
                }
            }
            value
        })
        .boxed()
}

fn places_in(value: &Value, at: &str, places: &mut Vec<String>) {
    let mut below = |name: &str, value: &Value| {
        let name = name.replace('~', "~0").replace('/', "~1");
        places_in(value, &format!("{at}/{name}"), places);
    };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| below(name, value)),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .for_each(|(index, value)| below(&index.to_string(), value)),
        _ => {}
    }
    places.push(at.to_owned());
}

/// What one schema lets through, by and large: junctions are chosen from, `not` is left to the server.
fn of(schema: &Value) -> BoxedStrategy<Value> {
    let choices = choices(schema).into_iter().map(|it| of_choice(&it));
    let value = Union::new(choices);
    if schema["nullable"] == true {
        weighted(0.8, value)
            .prop_map(Option::unwrap_or_default)
            .boxed()
    } else {
        value.boxed()
    }
}

/// The schemas without junctions that together are one with junctions.
fn choices(schema: &Value) -> Vec<Value> {
    let mut schema = schema.clone();
    let Some(fields) = schema.as_object_mut() else {
        return vec![schema];
    };
    let all = fields.remove("allOf");
    let any = fields.remove("anyOf");
    let one = fields.remove("oneOf");
    let mut schemas = vec![schema];
    for part in list(all.as_ref()) {
        schemas.iter_mut().for_each(|it| narrow(it, part));
    }
    for (branches, exclusive) in [(any, false), (one, true)] {
        if let Some(Value::Array(branches)) = branches {
            schemas = schemas
                .iter()
                .flat_map(|it| one_of(it, &branches, exclusive))
                .collect();
        }
    }
    let has_junction = |it: &Value| {
        ["allOf", "anyOf", "oneOf"]
            .iter()
            .any(|key| it[*key].is_array())
    };
    if schemas.iter().any(has_junction) {
        schemas = schemas.iter().flat_map(choices).collect();
    }
    schemas
}

/// A schema as each of some branches narrows it; fields that would make it another branch are left out.
fn one_of(schema: &Value, branches: &[Value], exclusive: bool) -> Vec<Value> {
    let each = branches.iter().map(|branch| {
        let mut schema = schema.clone();
        narrow(&mut schema, branch);
        let refused = &branch["not"];
        let refused = list(refused["anyOf"].is_array().then(|| &refused["anyOf"]))
            .chain(std::iter::once(refused));
        let others = branches.iter().filter(|_| exclusive);
        let names: Vec<_> = refused
            .chain(others)
            .flat_map(|it| list(Some(&it["required"])))
            .filter(|name| !list(Some(&schema["required"])).any(|it| it == *name))
            .cloned()
            .collect();
        if let Some(properties) = schema["properties"].as_object_mut() {
            properties.retain(|name, _| !names.iter().any(|it| it == name));
        }
        schema
    });
    each.collect()
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn narrow(schema: &mut Value, by: &Value) {
    for (key, theirs) in by.as_object().into_iter().flatten() {
        match (key.as_str(), &mut schema[key], theirs) {
            ("properties", Value::Object(mine), Value::Object(theirs)) => {
                for (name, theirs) in theirs {
                    narrow(&mut mine[name], theirs);
                }
            }
            ("items", mine @ Value::Object(_), theirs) => narrow(mine, theirs),
            ("required" | "allOf", Value::Array(mine), Value::Array(theirs)) => {
                mine.extend(theirs.iter().cloned());
            }
            (_, mine, theirs) => *mine = theirs.clone(),
        }
    }
}

fn of_choice(schema: &Value) -> BoxedStrategy<Value> {
    if let Some(values) = schema["enum"].as_array() {
        return select(values.clone()).boxed();
    }
    match schema["type"].as_str() {
        Some("object") => object(schema),
        Some("array") => array(schema),
        Some("string") => string(schema),
        Some("integer") => integer(schema),
        Some("number") => number(schema),
        Some("boolean") => any::<bool>().prop_map(Value::Bool).boxed(),
        _ if schema["x-kubernetes-int-or-string"] == true => {
            Union::new([integer(schema), string(schema)]).boxed()
        }
        _ => types::json(),
    }
}

fn object(schema: &Value) -> BoxedStrategy<Value> {
    let empty = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&empty);
    let required = schema["required"].as_array();
    let required = |name: &str| required.is_some_and(|it| it.iter().any(|it| it == name));
    // A small part of a large object, or it would have no end.
    let likely = if properties.len() > 20 { 0.1 } else { 0.6 };
    let mut fields = Just(Map::new()).boxed();
    for (name, schema) in properties {
        let name = name.clone();
        let value = if required(&name) {
            of(schema).prop_map(Some).boxed()
        } else {
            weighted(likely, of(schema)).boxed()
        };
        fields = (fields, value)
            .prop_map(move |(mut fields, value)| {
                fields.extend(value.map(|value| (name.clone(), value)));
                fields
            })
            .boxed();
    }
    let others = if schema["additionalProperties"].is_object() {
        // Names that are numbers too, since some keys are.
        btree_map("[1-9][0-9]?", of(&schema["additionalProperties"]), 0..3).boxed()
    } else if schema["x-kubernetes-preserve-unknown-fields"] == true {
        types::json_fields().boxed()
    } else {
        Just(Default::default()).boxed()
    };
    (fields, others)
        .prop_map(|(mut fields, others)| {
            fields.extend(others);
            Value::Object(fields)
        })
        .boxed()
}

fn array(schema: &Value) -> BoxedStrategy<Value> {
    let least = count(&schema["minItems"]).unwrap_or(0);
    let most = count(&schema["maxItems"]).unwrap_or(least + 2);
    let set = schema["x-kubernetes-list-type"] == "set";
    vec(of(&schema["items"]), least..=most)
        .prop_map(move |items| {
            let mut kept: Vec<Value> = Vec::new();
            for item in items {
                if !set || !kept.contains(&item) {
                    kept.push(item);
                }
            }
            Value::Array(kept)
        })
        .boxed()
}

fn count(value: &Value) -> Option<usize> {
    value.as_u64().and_then(|it| it.try_into().ok())
}

fn integer(schema: &Value) -> BoxedStrategy<Value> {
    let (low, high) = if schema["format"] == "int32" {
        (i64::from(i32::MIN), i64::from(i32::MAX))
    } else {
        (i64::MIN, i64::MAX)
    };
    let low = schema["minimum"].as_i64().unwrap_or(low);
    let high = schema["maximum"].as_i64().unwrap_or(high);
    let near = low.max(-2)..=high.min(2).max(low);
    Union::new([
        (low..=high).boxed(),
        near.boxed(),
        Just(low).boxed(),
        Just(high).boxed(),
    ])
    .prop_map(Value::from)
    .boxed()
}

fn number(schema: &Value) -> BoxedStrategy<Value> {
    let low = schema["minimum"].as_f64().unwrap_or(-1e9);
    let high = schema["maximum"].as_f64().unwrap_or(1e9);
    (low..=high).prop_map(Value::from).boxed()
}

fn string(schema: &Value) -> BoxedStrategy<Value> {
    let text = match (schema["format"].as_str(), schema["pattern"].as_str()) {
        (None, None) => lengthy(schema),
        (Some(format), _) => of_format(format),
        (None, Some(pattern)) => string_regex(&whole(pattern)).expect("a pattern").boxed(),
    };
    text.prop_map(Value::String).boxed()
}

/// A pattern as the generator knows it: of the whole text, so without anchors, and of ASCII.
fn whole(pattern: &str) -> String {
    let pattern = pattern.strip_prefix('^').unwrap_or(pattern);
    let pattern = pattern.strip_suffix('$').unwrap_or(pattern);
    // Numbers that Rust can hold: no pattern says how large one is.
    pattern
        .replace("\\d*", "[0-9]{0,9}")
        .replace("\\d", "[0-9]")
}

fn lengthy(schema: &Value) -> BoxedStrategy<String> {
    let least = count(&schema["minLength"]).unwrap_or(0);
    let most = count(&schema["maxLength"]).unwrap_or(least + 5);
    let text = vec(any::<char>(), least..=most);
    text.prop_map(|it| it.into_iter().collect()).boxed()
}

/// Texts of the formats as RFCs and standards have them: what a server takes beyond that is its own.
fn of_format(format: &str) -> BoxedStrategy<String> {
    let pattern = match format {
        "date" => "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])",
        "date-time" => {
            "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?([Zz]|[+-]0[0-9]:[0-5][0-9])"
        }
        "duration" => "PT[1-9][0-9]?(H[0-5]?[0-9])?M",
        "email" => "[a-z]{1,5}@[a-z]{1,5}\\.org",
        "uri" => "(https?|ftp)://[a-z]{1,9}(:[1-9][0-9]{1,3})?(/[a-z]{0,3}){0,2}(\\?[a-z]=[a-z])?",
        "uuid" => "[0-9a-fA-F]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}",
        "ipv4" => "((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\\.){3}(25[0-5]|[1-9]?[0-9])",
        "ipv6" => {
            "([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|::([0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}|::ffff:1\\.2\\.3\\.4"
        }
        "byte" => "([a-zA-Z0-9+/]{4}){0,3}",
        other => panic!("there are no texts of the format `{other}` yet"),
    };
    string_regex(pattern).expect("a pattern").boxed()
}
