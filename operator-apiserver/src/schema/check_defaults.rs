//! The defaults of a CRD's schema: each has to be valid, by rules, too, and nothing of it may be unknown.

use serde_json::{Value, json};

use super::{
    Schema, object_meta,
    path::{Path, absolute},
    prune::{is_meta, prune},
    validate::validate_keywords,
};
use crate::{cel::Rules, field_error::FieldError};

/// What is wrong with the defaults in a schema.
pub(super) fn check(schema: &Value, prefix: &str) -> Vec<FieldError> {
    let mut loaded = Schema::load(schema, &|_| None);
    loaded.embedded_resource = true;
    let mut check = Check {
        prefix,
        errors: Vec::new(),
    };
    let surroundings = Surroundings {
        resource: &loaded,
        steps: Steps::Resource,
    };
    check.walk(schema, &loaded, &Path::Root, &surroundings, false);
    check.errors
}

struct Check<'a> {
    prefix: &'a str,
    errors: Vec<FieldError>,
}

/// The resource that a schema is part of, and the way from there.
struct Surroundings<'a> {
    resource: &'a Schema,
    steps: Steps<'a>,
}

enum Steps<'a> {
    Resource,
    Field(&'a Steps<'a>, &'a str),
    Item(&'a Steps<'a>),
}

impl Steps<'_> {
    /// The resource with a value at the end of the way.
    fn around(&self, value: Value) -> Value {
        match self {
            Steps::Resource => value,
            Steps::Field(parent, name) => parent.around(json!({*name: value})),
            Steps::Item(parent) => parent.around(json!([value])),
        }
    }
}

impl Check<'_> {
    fn walk(
        &mut self,
        source: &Value,
        schema: &Schema,
        path: &Path<'_>,
        surroundings: &Surroundings<'_>,
        inside_meta: bool,
    ) {
        let own = Surroundings {
            resource: schema,
            steps: Steps::Resource,
        };
        let (surroundings, inside_meta) = if schema.embedded_resource {
            (&own, false)
        } else {
            (surroundings, inside_meta)
        };
        if let Some(default) = source.get("default").filter(|default| !default.is_null()) {
            let at = absolute(self.prefix, &Path::Field(path, "default").to_string());
            if inside_meta {
                self.check_in_metadata(default, schema, &at, surroundings);
            } else {
                self.check_default(default, schema, &at);
            }
        }
        if let (Some(items), Some(schema)) = (source.get("items"), &schema.items) {
            let steps = Steps::Item(&surroundings.steps);
            let surroundings = Surroundings {
                resource: surroundings.resource,
                steps,
            };
            self.walk(
                items,
                schema,
                &Path::Field(path, "items"),
                &surroundings,
                inside_meta,
            );
        }
        let properties = Path::Field(path, "properties");
        for (name, property) in &schema.properties {
            let steps = Steps::Field(&surroundings.steps, name);
            let within = Surroundings {
                resource: surroundings.resource,
                steps,
            };
            let inside_meta = inside_meta || (schema.embedded_resource && is_meta(name));
            let path = Path::Key(&properties, name);
            self.walk(
                &source["properties"][name],
                property,
                &path,
                &within,
                inside_meta,
            );
        }
    }

    fn check_default(&mut self, default: &Value, schema: &Schema, at: &str) {
        let mut pruned = default.clone();
        prune(&mut pruned, schema, false);
        if pruned != *default {
            self.errors.push(FieldError::invalid(
                at,
                default.clone(),
                "must not have unknown fields",
            ));
        }
        let mut coerced = default.clone();
        let prefixed = |mut error: FieldError| {
            error.path = absolute(at, &error.path);
            error
        };
        if let Err(error) = object_meta::coerce_embedded(&mut coerced, schema) {
            return self.errors.push(prefixed(error));
        }
        let embedded = object_meta::validate_embedded(default, schema);
        if !embedded.is_empty() {
            return self.errors.extend(embedded.into_iter().map(prefixed));
        }
        self.check_value(default, schema, at);
    }

    fn check_value(&mut self, default: &Value, schema: &Schema, at: &str) {
        let mut errors = validate_keywords(default, schema, at, None);
        if errors.is_empty() {
            errors = Rules::check_default(default, schema, at);
        }
        self.errors.extend(errors);
    }

    /// A default in the metadata of a resource, or of its `kind` or `apiVersion`: the whole resource has to be one.
    fn check_in_metadata(
        &mut self,
        default: &Value,
        schema: &Schema,
        at: &str,
        surroundings: &Surroundings<'_>,
    ) {
        let mut resource = surroundings.steps.around(default.clone());
        if let Value::Object(fields) = &mut resource {
            fields.entry("kind").or_insert_with(|| "Validation".into());
            fields
                .entry("apiVersion")
                .or_insert_with(|| "validation/v1".into());
        }
        let coerced = object_meta::coerce_embedded(&mut resource, surroundings.resource);
        let why = if let Err(error) = coerced {
            Some(error.to_string())
        } else {
            let errors = object_meta::validate_embedded(&resource, surroundings.resource);
            let texts: Vec<String> = errors.iter().map(ToString::to_string).collect();
            match texts.as_slice() {
                [] => None,
                [one] => Some(one.clone()),
                many => Some(format!("[{}]", many.join(", "))),
            }
        };
        match why {
            Some(why) => {
                let why = format!("must result in valid metadata: {why}");
                self.errors
                    .push(FieldError::invalid(at, default.clone(), why));
            }
            None => self.check_value(default, schema, at),
        }
    }
}
