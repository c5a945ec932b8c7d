//! What the derives say of types, as constants: which fields there are, and what is declared of each.
//!
//! A type's declaration points to those of the types of its fields, as far as these have one. So rules that
//! concern several types can be checked while the program is compiled ([`checks`]); `crd()` applies the same
//! declarations to the schema ([`apply`]), and checks what the constants couldn't see.

pub(crate) mod apply;
pub mod checks;
pub(crate) mod find;
mod kind;
mod mark;
mod mark_schema;
pub(crate) mod path;
mod place;
mod registered;
mod text;

use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::{Map, Value};

use super::schema::TOLD;
pub use kind::{Declared, Kind, Probe, Shape, Shaped, Undeclared};
pub use mark::{Descriptions, ListType, Literal, Marks, Merge, Rule};
pub(crate) use mark_schema::{describe, found, is_required};
pub use place::{FieldColumn, Placement, ScaleRole};
pub(crate) use registered::asked_for;
pub use registered::{Recognition, Registered};

/// An expression of the user's, as a value. A macro takes it, so that one which isn't whole is an error of its own, and not
/// one of all that a derive writes.
#[doc(hidden)]
#[macro_export]
macro_rules! __value {
    ($value:expr) => {
        $crate::__private::value($value)
    };
}

/// An expression of the user's as the JSON that serde makes of it.
///
/// # Errors
/// If serde makes none of it, e.g. of a map whose keys are structs.
pub fn value(value: impl serde::Serialize) -> Result<Value, serde_json::Error> {
    serde_json::to_value(value)
}

/// What a type tells readers of itself.
#[must_use]
pub fn told<T: JsonSchema>() -> Map<String, Value> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = T::json_schema(&mut generator);
    let told = schema.ensure_object();
    told.retain(|key, _| TOLD.contains(&key.as_str()));
    std::mem::take(told)
}

/// What a derive says of one type.
#[derive(Clone, Copy, Debug)]
pub struct TypeDeclaration {
    /// The type's name in Rust.
    pub name: &'static str,
    /// How values of it look in JSON.
    pub form: Form,
    /// Its fields, and those of its variants.
    pub fields: &'static [Field],
    /// What is declared of the type itself.
    pub marks: Marks,
    /// What is said in it and in the types in it.
    said: Said,
    /// What the types that it flattens tell readers of themselves, if it has no documentation of its own: schemars takes
    /// that for its own.
    flattened: &'static [fn() -> Map<String, Value>],
}

impl TypeDeclaration {
    /// A declaration of these fields.
    #[must_use]
    pub const fn new(
        name: &'static str,
        form: Form,
        fields: &'static [Field],
        marks: Marks,
    ) -> Self {
        let mut said = if marks.declares() {
            Said::Something
        } else {
            Said::Nothing
        };
        let mut index = 0;
        while index < fields.len() && !said.asks() {
            let field = &fields[index];
            said = said.or(field.shape.said());
            if field.declares {
                said = said.or(match field.placement.wish() {
                    Some(_) => Said::Path,
                    None => Said::Something,
                });
            }
            index += 1;
        }
        Self {
            name,
            form,
            fields,
            marks,
            said,
            flattened: &[],
        }
    }

    /// The same of a type without documentation that flattens types which tell this.
    #[must_use]
    pub const fn flattening(self, flattened: &'static [fn() -> Map<String, Value>]) -> Self {
        Self { flattened, ..self }
    }
}

/// What is said in a type, however deep.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Said {
    /// Nothing.
    Nothing,
    /// Something, but no path is asked for.
    Something,
    /// A path is asked for.
    Path,
}

impl Said {
    pub(crate) const fn anything(self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Whether a path is asked for.
    pub(crate) const fn asks(self) -> bool {
        matches!(self, Self::Path)
    }

    /// The one that says more.
    const fn or(self, other: Self) -> Self {
        if self as u8 > other as u8 {
            self
        } else {
            other
        }
    }
}

/// How values of a type look in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// An object that has the declared fields and no others.
    Object,
    /// A string.
    Text,
    /// The value of its one field, as with a newtype.
    Transparent,
    /// The tokens don't tell.
    Free,
}

/// A field, or a variant, which is one in JSON.
///
/// The compiler checks every constant value by value, each time it is part of another one: so what is seldom there is
/// behind references.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The name in JSON; none if its value stands where the type itself does, as with `flatten`.
    pub name: Option<&'static str>,
    /// What is known of its type.
    pub shape: Shape,
    /// Whether serde or the server fills it in.
    pub defaulted: bool,
    /// What is declared of it.
    pub marks: &'static Marks,
    /// Where else it shows.
    pub placement: &'static Placement,
    /// Whether either says anything: the macro knows, so that nobody has to look.
    pub declares: bool,
}

impl Field {
    /// A field of which nothing is declared.
    #[must_use]
    pub const fn named(name: &'static str, shape: Shape) -> Self {
        Self {
            name: Some(name),
            ..Self::unnamed(shape)
        }
    }

    /// A field whose value stands where the type itself does, and of which nothing is declared.
    #[must_use]
    pub const fn unnamed(shape: Shape) -> Self {
        Self {
            name: None,
            shape,
            defaulted: false,
            marks: &Marks::NONE,
            placement: &Placement::NONE,
            declares: false,
        }
    }
}
