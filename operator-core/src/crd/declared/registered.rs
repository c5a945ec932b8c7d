//! [`Registered`]: all types of the program in which something is declared.
//!
//! Declarations lead from type to type, but not through one without a derive of ours. Its schema does: where that has a
//! type of these in it to which no declaration led, what is declared there is lost, and `crd()` can say so.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::Probe;

/// A type in which something is declared. The macro adds each to a list that the linker joins.
#[derive(Clone, Copy, Debug)]
pub struct Registered {
    /// The type's name in Rust.
    pub name: &'static str,
    /// How its schema is known among others.
    pub recognition: Recognition,
}

inventory::collect!(Registered);

/// How the schema of a type is known among others.
#[derive(Clone, Copy, Debug)]
pub enum Recognition {
    /// It is what `schemars` makes of the type.
    Exact {
        /// The name of its definition, unless another type was first to take it.
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
    let definitions = generator.definitions().clone();
    let mut found = Vec::new();
    for registered in inventory::iter::<Registered> {
        let name = registered.name;
        match registered.recognition {
            Recognition::Exact { .. } => {
                let definition = registered.recognition.definition(generator, &definitions);
                found.extend(definition.map(|it| (it, name)));
            }
            Recognition::Generic(fields) => {
                let looks_so = definitions.iter().filter(|(definition, schema)| {
                    is_numbered(definition, name)
                        && fields
                            .iter()
                            .all(|it| schema["properties"].get(it).is_some())
                });
                found.extend(looks_so.map(|(definition, _)| (definition.clone(), name)));
            }
            Recognition::None => {}
        }
    }
    found
}

/// Whether it is this name, or the name with the number that tells it from others.
fn is_numbered(definition: &str, name: &str) -> bool {
    let number = definition.strip_prefix(name);
    number.is_some_and(|it| it.chars().all(|letter| letter.is_ascii_digit()))
}

impl Recognition {
    /// The name of the definition that a generator had made of exactly this type.
    fn definition(
        &self,
        generator: &mut SchemaGenerator,
        made: &Map<String, Value>,
    ) -> Option<String> {
        let Self::Exact {
            name,
            reference,
            schema,
        } = self
        else {
            return None;
        };
        // Most types of a program are not in this one.
        if !made.contains_key(name().as_ref()) {
            return None;
        }
        let reference = reference(generator);
        let (_, definition) = reference.get("$ref")?.as_str()?.rsplit_once('/')?;
        let definition = definition.replace("~1", "/").replace("~0", "~");
        // Types of one name in the bodies of two functions are one to `schemars`, which goes by the module.
        let is_same = *made.get(&definition)? == *schema(generator).as_value();
        is_same.then_some(definition)
    }
}
