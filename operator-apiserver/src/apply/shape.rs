//! [`Type`]: what server-side apply takes from a schema, with the rules by which Kubernetes reads `OpenAPI`.
//!
//! - An object is granular unless its map type is atomic, a list is atomic unless its list type (or its merge patch
//!   strategy, if it has no list type) says otherwise.
//! - An object without declared fields, or with preserved unknown ones, has fields whose types are deduced from their
//!   values; that unknown fields are preserved holds for all objects below, too.
//! - A whole object's `metadata` is `ObjectMeta`, whatever the schema says.

use std::sync::LazyLock;

use serde_json::{Map, Value};

use crate::schema::{
    AdditionalProperties, ListType, Schema, ValueType, object_meta::object_meta_schema,
};

/// A text.
static STRING: LazyLock<Schema> = LazyLock::new(|| Schema {
    value_type: Some(ValueType::String),
    ..Schema::default()
});

/// The type of a value.
#[derive(Clone, Copy, Debug)]
pub(super) enum Type<'a> {
    /// As a schema says.
    Of {
        schema: &'a Schema,
        /// Whether unknown fields are preserved further up.
        preserve: bool,
        /// Whether it is a whole object.
        object: bool,
    },
    /// What `metadata` of a whole object is.
    ObjectMeta,
    /// Whatever the value is: objects granular, lists atomic.
    Deduced,
    /// Whatever the value is, as one value.
    Untyped,
}

/// Which of the forms of a type a value has; `Any` if the type allows several, and the value is none of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Map,
    List,
    Scalar,
    Any,
}

/// How values of one form are treated.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape<'a> {
    Map(MapShape<'a>),
    List(ListShape<'a>),
    Scalar(Scalar),
}

/// What a scalar may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Numeric,
    String,
    Boolean,
    Untyped,
}

/// How objects of a type are treated.
#[derive(Clone, Copy, Debug)]
pub(super) struct MapShape<'a> {
    /// Where its declared fields are.
    schema: Option<&'a Schema>,
    /// Whether it is a whole object.
    object: bool,
    preserve: bool,
    /// Whether it is one value.
    pub(super) atomic: bool,
    /// The type of the fields that are not declared, if there may be any.
    element: Option<Type<'a>>,
}

/// How lists of a type are treated.
#[derive(Clone, Copy, Debug)]
pub(super) struct ListShape<'a> {
    /// How its items are told apart.
    pub(super) identity: Identity<'a>,
    /// The type of its items.
    pub(super) items: Type<'a>,
}

/// How the items of a list are told apart.
#[derive(Clone, Copy, Debug)]
pub(super) enum Identity<'a> {
    /// Not at all: the list is one value.
    Atomic,
    /// By their values.
    Set,
    /// By the values of these fields.
    Keys(&'a [String]),
}

static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));
static NO_TEXT: Value = Value::String(String::new());
static ZERO: LazyLock<Value> = LazyLock::new(|| Value::from(0));

const QUANTITY: &str = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const RAW_EXTENSION: &str = "io.k8s.apimachinery.pkg.runtime.RawExtension";

impl<'a> Type<'a> {
    /// The type of whole objects of a kind.
    pub(super) fn object(schema: &'a Schema) -> Self {
        Self::Of {
            schema,
            preserve: false,
            object: true,
        }
    }

    /// The type of a part; `preserve` says whether the whole preserves unknown fields.
    fn part(schema: &'a Schema, preserve: bool) -> Self {
        if schema.definition.as_deref() == Some(RAW_EXTENSION) {
            return Self::Untyped;
        }
        Self::Of {
            schema,
            preserve: preserve && schema.definition.is_none(),
            object: schema.embedded_resource,
        }
    }

    /// The form that a value has, as far as the type leaves a choice.
    pub(super) fn form(self, value: Option<&Value>) -> Form {
        match self {
            Self::Of { schema, .. } => match schema.value_type {
                Some(ValueType::Object) => return Form::Map,
                Some(ValueType::Array) => return Form::List,
                Some(_) => return Form::Scalar,
                None if schema.definition.as_deref() == Some(QUANTITY) => return Form::Scalar,
                None => {}
            },
            Self::ObjectMeta => return Form::Map,
            Self::Deduced | Self::Untyped => {}
        }
        match value {
            None | Some(Value::Null) => Form::Any,
            Some(Value::Object(_)) => Form::Map,
            Some(Value::Array(_)) => Form::List,
            Some(_) => Form::Scalar,
        }
    }

    /// How values of a form are treated.
    pub(super) fn shape(self, form: Form) -> Shape<'a> {
        match form {
            Form::Map | Form::Any => Shape::Map(self.map()),
            Form::List => Shape::List(self.list()),
            Form::Scalar => Shape::Scalar(self.scalar()),
        }
    }

    /// How a value is treated.
    pub(super) fn shape_of(self, value: Option<&Value>) -> Shape<'a> {
        self.shape(self.form(value))
    }

    /// How objects of the type are treated, if it allows objects.
    pub(super) fn as_map(self) -> Option<MapShape<'a>> {
        let form = self.form(Some(&EMPTY));
        (form == Form::Map).then(|| self.map())
    }

    /// How lists of the type are treated, if it allows lists.
    pub(super) fn as_list(self) -> Option<ListShape<'a>> {
        let form = self.form(Some(&Value::Array(Vec::new())));
        (form == Form::List).then(|| self.list())
    }

    fn map(self) -> MapShape<'a> {
        match self {
            Self::Of {
                schema,
                preserve,
                object,
            } => {
                let preserve = preserve || schema.preserve_unknown_fields;
                MapShape {
                    schema: Some(schema),
                    object,
                    preserve,
                    atomic: schema.atomic_map,
                    element: unknown_fields(schema, preserve, object),
                }
            }
            Self::ObjectMeta => MapShape {
                schema: Some(object_meta_schema()),
                object: false,
                preserve: false,
                atomic: false,
                element: None,
            },
            Self::Deduced | Self::Untyped => MapShape {
                schema: None,
                object: false,
                preserve: false,
                atomic: matches!(self, Self::Untyped),
                element: Some(self),
            },
        }
    }

    fn list(self) -> ListShape<'a> {
        let Self::Of {
            schema, preserve, ..
        } = self
        else {
            return ListShape {
                identity: Identity::Atomic,
                items: Type::Untyped,
            };
        };
        let preserve = preserve || schema.preserve_unknown_fields;
        let items = schema.items.as_ref();
        ListShape {
            identity: identity(schema),
            items: items.map_or(Type::Untyped, |items| Type::part(items, preserve)),
        }
    }

    fn scalar(self) -> Scalar {
        let Self::Of { schema, .. } = self else {
            return Scalar::Untyped;
        };
        if schema.definition.as_deref() == Some(QUANTITY) {
            return Scalar::Untyped;
        }
        match schema.value_type {
            Some(ValueType::Integer | ValueType::Number) => Scalar::Numeric,
            Some(ValueType::Boolean) => Scalar::Boolean,
            Some(ValueType::String) => match schema.format.as_deref() {
                None | Some("" | "byte") => Scalar::String,
                Some(_) => Scalar::Untyped,
            },
            _ => Scalar::Untyped,
        }
    }
}

impl<'a> MapShape<'a> {
    /// The type of a field; `None` if there is no such field.
    pub(super) fn field(&self, name: &str) -> Option<Type<'a>> {
        self.declared(name).or(self.element)
    }

    /// Whether a field is declared, and not only allowed.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared(name).is_some()
    }

    /// Whether a field is left out of everything: what tracks fields is no field.
    pub(super) fn skips(&self, name: &str) -> bool {
        let is_meta = |schema: &Schema| std::ptr::eq(schema, object_meta_schema());
        name == "managedFields" && self.schema.is_some_and(is_meta)
    }

    /// Whether its type is deduced altogether.
    pub(super) fn is_deduced(&self) -> bool {
        let declares = self.object
            || self
                .schema
                .is_some_and(|schema| !schema.properties.is_empty());
        matches!(self.element, Some(Type::Deduced)) && !declares
    }

    /// What a declared field defaults to.
    pub(super) fn default_of(&self, name: &str) -> Option<&'a Value> {
        self.schema?.properties.get(name)?.default.as_ref()
    }

    /// What a built-in kind's Go type has where the JSON of one object has nothing and the other's has `other`: fields
    /// that are never left out are zero or null then, structs that are no pointers empty.
    pub(super) fn implied(&self, name: &str, other: Option<&Value>) -> Option<&'a Value> {
        let schema = self.schema?;
        schema.definition.as_ref()?;
        let field = schema.properties.get(name)?;
        if let Some(zero) = field.default.as_ref().filter(|default| is_zero(default)) {
            return Some(zero);
        }
        // What could be left out would have been, instead of being written as null.
        let written = other.is_some_and(Value::is_null);
        if !written && !schema.required.iter().any(|required| required == name) {
            return None;
        }
        Some(match field.value_type {
            Some(ValueType::String) => &NO_TEXT,
            Some(ValueType::Boolean) => &Value::Bool(false),
            Some(ValueType::Integer | ValueType::Number) => &ZERO,
            _ => &Value::Null,
        })
    }

    fn declared(&self, name: &str) -> Option<Type<'a>> {
        if self.object {
            match name {
                "metadata" => return Some(Type::ObjectMeta),
                "apiVersion" | "kind" => return Some(Type::part(&STRING, false)),
                _ => {}
            }
        }
        let field = self.schema?.properties.get(name)?;
        Some(Type::part(field, self.preserve))
    }
}

/// The type of fields that are not declared.
fn unknown_fields(schema: &Schema, preserve: bool, object: bool) -> Option<Type<'_>> {
    match &schema.additional_properties {
        Some(AdditionalProperties::Schema(values)) => Some(Type::part(values, preserve)),
        Some(AdditionalProperties::Allowed(allowed)) => allowed.then_some(Type::Deduced),
        None => {
            let declares = object || !schema.properties.is_empty();
            (preserve || !declares).then_some(Type::Deduced)
        }
    }
}

fn identity(schema: &Schema) -> Identity<'_> {
    match schema.list_type {
        Some(ListType::Set) => Identity::Set,
        Some(ListType::Map) => Identity::Keys(&schema.list_map_keys),
        None if schema.patch_strategy.iter().any(|s| s == "merge") => {
            match &schema.patch_merge_key {
                Some(key) => Identity::Keys(std::slice::from_ref(key)),
                None => Identity::Set,
            }
        }
        Some(ListType::Atomic) | None => Identity::Atomic,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty(),
        Value::String(text) => text.is_empty(),
        Value::Number(number) => number.as_i64() == Some(0),
        Value::Bool(b) => !b,
        Value::Null | Value::Array(_) => false,
    }
}
