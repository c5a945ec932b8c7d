//! What a CRD's schema may say at all, structural or not.

use serde_json::Value;

use super::{
    path::{Path, absolute},
    props::{Additional, Props},
    prune::is_meta,
};
use crate::{
    cel::check_texts,
    field_error::{FieldError, FieldErrorKind},
};

/// What is wrong with a schema; of `x-kubernetes-validations`, what stands beside the expressions.
pub(super) fn check(root: Props<'_>, prefix: &str) -> Vec<FieldError> {
    let mut check = Check {
        prefix,
        errors: Vec::new(),
    };
    check.schema(root, &Path::Root, Context::default());
    check.errors
}

struct Check<'a> {
    prefix: &'a str,
    errors: Vec<FieldError>,
}

/// What holds for a part of the schema.
#[derive(Clone, Copy, Default)]
struct Context<'a> {
    /// Why there may be no defaults, if there may be none: a sentence and a name in it.
    no_defaults: Option<(&'static str, &'a str)>,
    inside_meta: bool,
}

impl Check<'_> {
    fn at(&self, path: &Path<'_>) -> String {
        absolute(self.prefix, &path.to_string())
    }

    fn required(&mut self, path: &Path<'_>, why: &str) {
        let at = self.at(path);
        self.errors.push(FieldError::required(at, why));
    }

    fn forbidden(&mut self, path: &Path<'_>, why: &str) {
        let at = self.at(path);
        self.errors
            .push(FieldError::plain(FieldErrorKind::Forbidden, at, why));
    }

    fn invalid(&mut self, path: &Path<'_>, value: impl Into<Value>, why: &str) {
        let at = self.at(path);
        self.errors.push(FieldError::invalid(at, value, why));
    }

    fn not_supported(&mut self, path: &Path<'_>, value: &str, supported: &[&str]) {
        let quoted: Vec<String> = supported.iter().map(|one| format!("{one:?}")).collect();
        let detail = format!("supported values: {}", quoted.join(", "));
        let at = self.at(path);
        self.errors.push(FieldError::of(
            FieldErrorKind::NotSupported,
            at,
            value,
            detail,
        ));
    }

    fn schema(&mut self, schema: Props<'_>, path: &Path<'_>, context: Context<'_>) {
        self.keywords(schema, path, context);
        if schema.flag("uniqueItems") {
            let why =
                "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
            self.forbidden(&Path::Field(path, "uniqueItems"), why);
        }
        self.fields(schema, path, context);
        if let Some(not) = schema.schema("not") {
            self.schema(not, &Path::Field(path, "not"), context);
        }
        for key in ["allOf", "oneOf", "anyOf"] {
            let list = Path::Field(path, key);
            for (index, one) in schema.schemas(key).enumerate() {
                self.schema(one, &Path::Index(&list, index), context);
            }
        }
        if let Some(items) = schema.schema("items") {
            self.schema(items, &Path::Field(path, "items"), context);
        }
        let preserve = "x-kubernetes-preserve-unknown-fields";
        if schema.get(preserve).and_then(Value::as_bool) == Some(false) {
            self.invalid(
                &Path::Field(path, preserve),
                false,
                "must be true or undefined",
            );
        }
        self.map_type(schema, path);
        self.list_type(schema, path);
        self.items_of_sets_and_maps(schema, path);
        if schema.keys().any(|key| key == "x-kubernetes-validations") {
            let errors = check_texts(&schema.load(), &self.at(path));
            self.errors.extend(errors);
        }
    }

    fn keywords(&mut self, schema: Props<'_>, path: &Path<'_>, context: Context<'_>) {
        const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];
        let value_type = schema.value_type();
        if !value_type.is_empty() && !TYPES.contains(&value_type) {
            self.not_supported(&Path::Field(path, "type"), value_type, &TYPES);
        }
        if let (Some(_), Some((why, name))) = (schema.get("default"), context.no_defaults) {
            self.forbidden(
                &Path::Field(path, "default"),
                &format!("must not be set {why}{name}"),
            );
        }
        if schema.text("id").is_some() {
            self.forbidden(&Path::Field(path, "id"), "id is not supported");
        }
        for key in [
            "additionalItems",
            "patternProperties",
            "definitions",
            "dependencies",
            "$ref",
        ] {
            let says = match key {
                "patternProperties" | "definitions" => schema.keys().any(|said| said == key),
                _ => schema.get(key).is_some(),
            };
            if says {
                self.forbidden(&Path::Field(path, key), &format!("{key} is not supported"));
            }
        }
        if value_type == "null" {
            let why = "type cannot be set to null, use nullable as an alternative";
            self.forbidden(&Path::Field(path, "type"), why);
        }
        if schema
            .get("items")
            .and_then(Value::as_array)
            .is_some_and(|items| !items.is_empty())
        {
            let why = "items must be a schema object and not an array";
            self.forbidden(&Path::Field(path, "items"), why);
        }
        let embedded = "x-kubernetes-embedded-resource";
        if context.inside_meta && schema.flag(embedded) {
            self.forbidden(
                &Path::Field(path, embedded),
                "must not be used inside of resource meta",
            );
        }
    }

    fn fields(&mut self, schema: Props<'_>, path: &Path<'_>, context: Context<'_>) {
        let additional = Path::Field(path, "additionalProperties");
        let has_properties = schema.properties().next().is_some();
        let values = schema.additional();
        if has_properties && !matches!(values, None | Some(Additional::Allowed(true))) {
            self.forbidden(
                &additional,
                "additionalProperties and properties are mutual exclusive",
            );
        }
        if let Some(Additional::Schema(values)) = values {
            let mut context = context;
            if context.inside_meta {
                context.no_defaults = Some((
                    "inside additionalProperties applying to object metadata",
                    "",
                ));
            }
            self.schema(values, &additional, context);
        }
        let properties = Path::Field(path, "properties");
        let is_root = path.is_root();
        for (name, property) in schema.properties() {
            let mut context = context;
            if (is_root || schema.flag("x-kubernetes-embedded-resource")) && is_meta(name) {
                context.inside_meta = true;
                if is_root {
                    context.no_defaults = Some(("in top-level ", name));
                }
            }
            self.schema(property, &Path::Key(&properties, name), context);
        }
    }

    fn map_type(&mut self, schema: Props<'_>, path: &Path<'_>) {
        let key = "x-kubernetes-map-type";
        let Some(map_type) = schema.get(key).and_then(Value::as_str) else {
            return;
        };
        self.needs_type(
            schema,
            "object",
            "must be object if x-kubernetes-map-type is specified",
            path,
        );
        if !matches!(map_type, "atomic" | "granular") {
            self.not_supported(&Path::Field(path, key), map_type, &["atomic", "granular"]);
        }
    }

    fn needs_type(&mut self, schema: Props<'_>, needed: &str, why: &str, path: &Path<'_>) {
        let at = Path::Field(path, "type");
        match schema.value_type() {
            "" => self.required(&at, why),
            other if other != needed => self.invalid(&at, other, why),
            _ => {}
        }
    }

    fn list_type(&mut self, schema: Props<'_>, path: &Path<'_>) {
        let key = "x-kubernetes-list-type";
        let at = Path::Field(path, key);
        let list_type = schema.get(key).and_then(Value::as_str);
        let items = schema.schema("items");
        if let Some(list_type) = list_type {
            if schema.value_type() != "array" {
                self.needs_type(
                    schema,
                    "array",
                    "must be array if x-kubernetes-list-type is specified",
                    path,
                );
            } else if let Some(items) = items.filter(|_| list_type == "set") {
                self.items_of_set(items, &Path::Field(path, "items"));
            }
            if !matches!(list_type, "atomic" | "set" | "map") {
                self.not_supported(&at, list_type, &["atomic", "set", "map"]);
            }
        }
        let keys = schema.texts("x-kubernetes-list-map-keys");
        if !keys.is_empty() && list_type != Some("map") {
            let why = "must be map if x-kubernetes-list-map-keys is non-empty";
            match list_type {
                None => self.required(&at, why),
                Some(other) => self.invalid(&at, other, why),
            }
        }
        if list_type == Some("map") {
            self.map(schema, items, &keys, path);
        }
    }

    /// What is compared as a whole has to be atomic.
    fn items_of_set(&mut self, items: Props<'_>, path: &Path<'_>) {
        let why = "must be atomic as item of a list with x-kubernetes-list-type=set";
        let list_type = items.get("x-kubernetes-list-type");
        match items.value_type() {
            "array" => {
                if let Some(other) = list_type.filter(|list_type| *list_type != "atomic") {
                    self.invalid(
                        &Path::Field(path, "x-kubernetes-list-type"),
                        other.clone(),
                        why,
                    );
                }
            }
            "object"
                if items
                    .get("x-kubernetes-map-type")
                    .is_none_or(|map_type| map_type != "atomic") =>
            {
                // The server shows the list's type here, which is normally none.
                let shown = list_type.cloned().unwrap_or_default();
                self.invalid(&Path::Field(path, "x-kubernetes-map-type"), shown, why);
            }
            _ => {}
        }
    }

    fn map(&mut self, schema: Props<'_>, items: Option<Props<'_>>, keys: &[&str], path: &Path<'_>) {
        let at_keys = Path::Field(path, "x-kubernetes-list-map-keys");
        let at_items = Path::Field(path, "items");
        if keys.is_empty() {
            self.required(
                &at_keys,
                "must not be empty if x-kubernetes-list-type is map",
            );
        }
        let Some(items) = items else {
            if schema.get("items").is_none() {
                self.required(
                    &at_items,
                    "must have a schema if x-kubernetes-list-type is map",
                );
            }
            return;
        };
        if items.value_type() != "object" {
            let why = "must be object if parent array's x-kubernetes-list-type is map";
            return self.invalid(&Path::Field(&at_items, "type"), items.value_type(), why);
        }
        let properties = Path::Field(&at_items, "properties");
        for (index, key) in keys.iter().enumerate() {
            match items.property(key).map(Props::value_type) {
                Some("array" | "object") => {
                    let at = Path::Key(&properties, key);
                    let why =
                        "must be a scalar type if parent array's x-kubernetes-list-type is map";
                    self.invalid(&Path::Field(&at, "type"), items.value_type(), why);
                }
                Some(_) => {}
                None => self.invalid(
                    &at_keys,
                    keys.to_vec(),
                    "entries must all be names of item properties",
                ),
            }
            if keys[..index].contains(key) {
                self.invalid(
                    &at_keys,
                    keys.to_vec(),
                    "must not contain duplicate entries",
                );
            }
        }
    }

    /// Items of sets and maps, and the keys of maps, have to be there.
    fn items_of_sets_and_maps(&mut self, schema: Props<'_>, path: &Path<'_>) {
        let list_type = schema
            .text("x-kubernetes-list-type")
            .filter(|name| matches!(*name, "set" | "map"));
        let (Some(list_type), Some(items)) = (list_type, schema.schema("items")) else {
            return;
        };
        let at_items = Path::Field(path, "items");
        if items.flag("nullable") {
            let why = format!("cannot be nullable when x-kubernetes-list-type is {list_type}");
            self.forbidden(&Path::Field(&at_items, "nullable"), &why);
        }
        if list_type != "map" {
            return;
        }
        let required = items.texts("required");
        let properties = Path::Field(&at_items, "properties");
        for key in schema.texts("x-kubernetes-list-map-keys") {
            let Some(property) = items.property(key) else {
                continue;
            };
            let at = Path::Key(&properties, key);
            if !required.contains(&key) && property.get("default").is_none() {
                let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required \
                           property";
                self.required(&Path::Field(&at, "default"), why);
            }
            if property.flag("nullable") {
                let why =
                    "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
                self.forbidden(&Path::Field(&at, "nullable"), why);
            }
        }
    }
}
