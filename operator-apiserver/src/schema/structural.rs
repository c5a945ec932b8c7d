//! [`check_structural`]: what a CRD's schema may say.

use serde_json::{Value, json};

use super::{
    Pattern, check_defaults, check_schema,
    path::{Path, absolute},
    props::{Additional, Props},
};
use crate::{
    cel::Rules,
    field_error::{FieldError, FieldErrorKind},
};

/// What is wrong with a CRD version's `openAPIV3Schema`, in the server's words and order; `path` is where it stands,
/// such as `spec.validation.openAPIV3Schema`. Rules are compiled, and the defaults are checked against them.
///
/// Where the server's order is that of a Go map, it is by name here.
#[must_use]
pub(crate) fn check_structural(schema: &Value, path: &str) -> Vec<FieldError> {
    let Some(root) = Props::of(schema) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    if root.flag("nullable") {
        let at = format!("{path}.nullable");
        errors.push(FieldError::plain(
            FieldErrorKind::Forbidden,
            at,
            "nullable cannot be true at the root",
        ));
    }
    let unsupported = unsupported(root);
    let mut is_structural = unsupported.is_none();
    if is_structural {
        let mut check = Structural {
            prefix: path,
            errors: Vec::new(),
        };
        check.invariants(root, Level::Root, &Path::Root);
        check.completeness(root, Some(root), &Path::Root, &Path::Root);
        let mut structural = check.errors;
        structural.sort_by_cached_key(ToString::to_string);
        if structural.is_empty() {
            structural = check_defaults::check(schema, path);
        }
        is_structural = structural.is_empty();
        errors.extend(structural);
    }
    let of_parts = check_schema::check(root, path);
    let of_rules = if is_structural {
        Rules::check(&root.load(), path, &of_parts)
    } else {
        Vec::new()
    };
    errors.extend(of_parts);
    errors.extend(of_rules);
    if errors.is_empty() {
        // Normally the checks above have told of it, and better.
        errors.extend(unsupported.map(|why| FieldError::invalid(path, "", why)));
    }
    errors
}

/// The first thing that no structural schema can say, found anywhere in it.
fn unsupported(schema: Props<'_>) -> Option<String> {
    for key in [
        "id",
        "schema",
        "$ref",
        "patternProperties",
        "dependencies",
        "additionalItems",
        "definitions",
    ] {
        // `additionalItems: false` says something, too.
        let written = if key == "schema" { "$schema" } else { key };
        if schema.keys().any(|said| said == written)
            || (key == "additionalItems" && schema.get(key).is_some())
        {
            return Some(format!("OpenAPIV3Schema '{key}' is not supported"));
        }
    }
    let preserves = schema
        .get("x-kubernetes-preserve-unknown-fields")
        .and_then(Value::as_bool);
    if preserves == Some(false) {
        return Some(
            "internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined"
                .to_owned(),
        );
    }
    if schema.get("items").is_some_and(Value::is_array) {
        return Some("OpenAPIV3Schema 'items' must be a schema, but is an array".to_owned());
    }
    let alternatives = ["allOf", "anyOf", "oneOf"]
        .into_iter()
        .flat_map(|key| schema.schemas(key));
    let single = [
        schema.schema("not"),
        schema.schema("items"),
        schema.additional_schema(),
    ];
    let properties = schema.properties().map(|(_, property)| property);
    alternatives
        .chain(single.into_iter().flatten())
        .chain(properties)
        .find_map(unsupported)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Item,
    Field,
}

struct Structural<'a> {
    prefix: &'a str,
    errors: Vec<FieldError>,
}

/// Why something may not be said where values are only validated.
const FORBIDDEN: [(&str, &str); 11] = [
    ("type", "must be empty to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    (
        "x-kubernetes-preserve-unknown-fields",
        "must be false to be structural",
    ),
    (
        "x-kubernetes-embedded-resource",
        "must be false to be structural",
    ),
    (
        "x-kubernetes-int-or-string",
        "must be false to be structural",
    ),
    (
        "x-kubernetes-list-map-keys",
        "must be empty to be structural",
    ),
    (
        "x-kubernetes-list-type",
        "must be undefined to be structural",
    ),
    (
        "x-kubernetes-map-type",
        "must be undefined to be structural",
    ),
];

impl Structural<'_> {
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

    /// What every schema that says how a value is built has to keep to.
    fn invariants(&mut self, schema: Props<'_>, level: Level, path: &Path<'_>) {
        let items = Path::Field(path, "items");
        match schema.schema("items") {
            Some(schema) => self.invariants(schema, Level::Item, &items),
            None if schema.value_type() == "array" => self.required(&items, "must be specified"),
            None => {}
        }
        let properties = Path::Field(path, "properties");
        for (name, property) in schema.properties() {
            self.invariants(property, Level::Field, &Path::Key(&properties, name));
        }
        let additional = Path::Field(path, "additionalProperties");
        if let Some(values) = schema.additional() {
            if level == Level::Root {
                self.forbidden(&additional, "must not be used at the root");
            }
            if let Additional::Schema(values) = values {
                self.invariants(values, Level::Field, &additional);
            }
        }
        let int_or_string = schema.flag("x-kubernetes-int-or-string");
        for key in [
            "x-kubernetes-preserve-unknown-fields",
            "x-kubernetes-embedded-resource",
        ] {
            if int_or_string && schema.flag(key) {
                self.invalid(
                    &Path::Field(path, key),
                    true,
                    "must be false if x-kubernetes-int-or-string is true",
                );
            }
        }
        let skip_any_of = is_int_or_string(schema);
        let skip_first = schema.schemas("allOf").next().is_some_and(is_int_or_string);
        self.value_validation(schema, skip_any_of, skip_first, path);
        self.type_of_level(schema, level, path);
        self.metadata(schema, level, path);
        let embedded = schema.flag("x-kubernetes-embedded-resource");
        if embedded
            && !schema.flag("x-kubernetes-preserve-unknown-fields")
            && schema.properties().next().is_none()
        {
            let why = "must not be empty if x-kubernetes-embedded-resource is true without \
                       x-kubernetes-preserve-unknown-fields";
            self.required(&properties, why);
        }
    }

    fn type_of_level(&mut self, schema: Props<'_>, level: Level, path: &Path<'_>) {
        let at = Path::Field(path, "type");
        let value_type = schema.value_type();
        let embedded = schema.flag("x-kubernetes-embedded-resource");
        if embedded && value_type != "object" {
            let why = "must be object if x-kubernetes-embedded-resource is true";
            if value_type.is_empty() {
                self.required(&at, why);
            } else {
                self.invalid(&at, value_type, why);
            }
        } else if value_type.is_empty()
            && !schema.flag("x-kubernetes-int-or-string")
            && !schema.flag("x-kubernetes-preserve-unknown-fields")
        {
            let why = match level {
                Level::Root => "must not be empty at the root",
                Level::Item => "must not be empty for specified array items",
                Level::Field => "must not be empty for specified object fields",
            };
            self.required(&at, why);
        }
        if embedded && schema.additional().is_some() {
            let additional = Path::Field(path, "additionalProperties");
            self.forbidden(
                &additional,
                "must not be used if x-kubernetes-embedded-resource is set",
            );
        }
        if level == Level::Root && !value_type.is_empty() && value_type != "object" {
            self.invalid(&at, value_type, "must be object at the root");
        }
    }

    /// The fields that every object has can hardly be restricted.
    fn metadata(&mut self, schema: Props<'_>, level: Level, path: &Path<'_>) {
        let is_object = level == Level::Root || schema.flag("x-kubernetes-embedded-resource");
        let properties = Path::Field(path, "properties");
        for name in ["kind", "apiVersion"] {
            if let Some(property) = schema.property(name).filter(|_| is_object)
                && property.value_type() != "string"
            {
                let at = Path::Key(&properties, name);
                self.invalid(
                    &Path::Field(&at, "type"),
                    property.value_type(),
                    "must be string",
                );
            }
        }
        let Some(metadata) = schema.property("metadata") else {
            return;
        };
        let at = Path::Key(&properties, "metadata");
        if is_object && metadata.value_type() != "object" {
            self.invalid(
                &Path::Field(&at, "type"),
                metadata.value_type(),
                "must be object",
            );
        }
        let only_names = metadata
            .properties()
            .all(|(name, _)| matches!(name, "name" | "generateName"));
        let other = |key: &str| match key {
            "type" | "default" => false,
            "properties" => !only_names,
            _ => true,
        };
        if level == Level::Root && metadata.keys().any(other) {
            let why = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            self.forbidden(&at, why);
        }
    }

    fn value_validation(
        &mut self,
        schema: Props<'_>,
        skip_any_of: bool,
        skip_first: bool,
        path: &Path<'_>,
    ) {
        for (key, skip) in [("anyOf", skip_any_of), ("allOf", false), ("oneOf", false)] {
            let list = Path::Field(path, key);
            for (index, one) in schema.schemas(key).enumerate().filter(|_| !skip) {
                let skip_any_of = key == "allOf" && index == 0 && skip_first;
                self.nested(one, skip_any_of, &Path::Index(&list, index));
            }
        }
        if let Some(not) = schema.schema("not") {
            self.nested(not, false, &Path::Field(path, "not"));
        }
        if let Some(source) = schema.text("pattern")
            && let Some(why) = Pattern::new(source).error()
        {
            let why = format!("must be a valid regular expression, but isn't: {why}");
            self.invalid(&Path::Field(path, "pattern"), source, &why);
        }
    }

    /// A schema that only validates what another one builds.
    fn nested(&mut self, schema: Props<'_>, skip_any_of: bool, path: &Path<'_>) {
        self.value_validation(schema, skip_any_of, false, path);
        if let Some(items) = schema.schema("items") {
            self.nested(items, false, &Path::Field(path, "items"));
        }
        let properties = Path::Field(path, "properties");
        for (name, property) in schema.properties() {
            self.nested(property, false, &Path::Key(&properties, name));
        }
        if !matches!(schema.additional(), None | Some(Additional::Allowed(false))) {
            let additional = Path::Field(path, "additionalProperties");
            self.forbidden(&additional, "must be undefined to be structural");
        }
        for (key, why) in FORBIDDEN {
            // A default says something whatever it is.
            let says = schema.keys().any(|said| said == key);
            if says || (key == "default" && schema.get(key).is_some()) {
                self.forbidden(&Path::Field(path, key), why);
            }
        }
        if schema
            .get("x-kubernetes-validations")
            .and_then(Value::as_array)
            .is_some_and(|r| !r.is_empty())
        {
            self.forbidden(
                &Path::Field(path, "x-kubernetes-validations"),
                "must be empty to be structural",
            );
        }
        if schema.property("metadata").is_some() {
            self.forbidden(
                &Path::Key(&properties, "metadata"),
                "must not be specified in a nested context",
            );
        }
    }

    /// Everything that is validated has to be built outside of the validation.
    fn completeness(
        &mut self,
        validation: Props<'_>,
        schema: Option<Props<'_>>,
        at: &Path<'_>,
        by: &Path<'_>,
    ) {
        if let Some(not) = validation.schema("not") {
            self.nested_completeness(not, schema, at, &Path::Field(by, "not"));
        }
        for key in ["allOf", "anyOf", "oneOf"] {
            let list = Path::Field(by, key);
            for (index, one) in validation.schemas(key).enumerate() {
                self.nested_completeness(one, schema, at, &Path::Index(&list, index));
            }
        }
    }

    fn nested_completeness(
        &mut self,
        validation: Props<'_>,
        schema: Option<Props<'_>>,
        at: &Path<'_>,
        by: &Path<'_>,
    ) {
        let Some(schema) = schema else {
            let why = format!("because it is defined in {}", self.at(by));
            return self.required(at, &why);
        };
        self.completeness(validation, Some(schema), at, by);
        if let Some(items) = validation.schema("items") {
            let (at, by) = (Path::Field(at, "items"), Path::Field(by, "items"));
            self.nested_completeness(items, schema.schema("items"), &at, &by);
        }
        let (at, by) = (Path::Field(at, "properties"), Path::Field(by, "properties"));
        for (name, property) in validation.properties() {
            let (at, by) = (Path::Key(&at, name), Path::Key(&by, name));
            self.nested_completeness(property, schema.property(name), &at, &by);
        }
    }
}

/// Whether `anyOf` says integer or string, and nothing else.
fn is_int_or_string(schema: Props<'_>) -> bool {
    schema.get("anyOf") == Some(&json!([{"type": "integer"}, {"type": "string"}]))
}

#[cfg(test)]
mod tests;
