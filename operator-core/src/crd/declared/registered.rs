//! [`Registered`]: all types of the program in which something is declared.
//!
//! Declarations lead from type to type, but not through one without a derive of ours. Its schema does: where that has a
//! type of these in it to which no declaration led, what is declared there is lost, and `crd()` can say so.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::Probe;
use crate::crd::schema::definition;

/// A type in which something is declared. The macro adds each to a list that the linker joins.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// The type's name in Rust.
    pub name: &'static str,
    /// Its name in schemas.
    pub schema_name: &'static str,
    /// How its schema is known among others.
    pub recognition: Recognition,
}

inventory::collect!(Registered);

/// How the schema of a type is known among others.
#[derive(Clone, Copy, Debug)]
pub enum Recognition {
    /// It is what `schemars` makes of the type.
    Exact {
        /// The name that it has there. One that is another type to `schemars`, as a transparent struct may be, has another.
        name: fn() -> Cow<'static, str>,
        /// A reference to its definition.
        reference: fn(&mut SchemaGenerator) -> Schema,
        /// The schema itself.
        schema: fn(&mut SchemaGenerator) -> Schema,
    },
    /// The type has parameters, and nobody knows with which arguments to ask for it: a definition with its name and these
    /// fields, of which something is declared, is taken for one.
    Generic(&'static [&'static str]),
    /// The type has no schema.
    None,
}

impl<T: JsonSchema> Probe<T> {
    /// By the type's own schema.
    pub const RECOGNITION: Recognition = Recognition::Exact {
        name: T::schema_name,
        reference: SchemaGenerator::subschema_for::<T>,
        schema: T::json_schema,
    };
}

/// The registered types that a generator was asked for, each with the name of its definition.
pub(crate) fn asked_for(generator: &mut SchemaGenerator) -> Vec<(String, &'static str)> {
    let made = generator.definitions().clone();
    let mut found = Vec::new();
    // Most types of a program are not in this one.
    let registered = inventory::iter::<Registered>
        .into_iter()
        .filter(|it| made.contains_key(it.schema_name));
    for registered in registered {
        let definitions = registered.definitions(generator, &made);
        found.extend(definitions.into_iter().map(|it| (it, registered.name)));
    }
    found
}

impl Registered {
    /// The names of the definitions that a generator had made of it.
    fn definitions(
        &self,
        generator: &mut SchemaGenerator,
        made: &Map<String, Value>,
    ) -> Vec<String> {
        match self.recognition {
            Recognition::Exact {
                name,
                reference,
                schema,
            } if name() == self.schema_name => {
                // Types of one name in the bodies of two functions are one to `schemars`, which goes by the module.
                let reference = reference(generator);
                let definition = reference
                    .get("$ref")
                    .and_then(Value::as_str)
                    .map(definition);
                let definition =
                    definition.filter(|it| made.get(it) == Some(schema(generator).as_value()));
                definition.into_iter().collect()
            }
            Recognition::Generic(fields) => {
                let has_all = |schema: &Value| {
                    let mut fields = fields.iter();
                    fields.all(|it| schema["properties"].get(it).is_some())
                };
                let looks_so = made.iter().filter(|(definition, schema)| {
                    is_numbered(definition, self.schema_name) && has_all(schema)
                });
                looks_so.map(|(definition, _)| definition.clone()).collect()
            }
            Recognition::Exact { .. } | Recognition::None => Vec::new(),
        }
    }
}

/// Whether it is this name, or the name with the number that tells it from others.
fn is_numbered(definition: &str, name: &str) -> bool {
    let number = definition.strip_prefix(name);
    number.is_some_and(|it| it.chars().all(|letter| letter.is_ascii_digit()))
}
