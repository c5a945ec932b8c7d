//! The keywords of a schema, one by one, with the sentences of the server's validator.

use serde_json::{Map, Number, Value};

use super::{
    Limits, Schema, ValueType,
    format::Format,
    numbers::{Numeric, integral},
    path::Path,
    validate::Outcome,
};
use crate::{field_error::FieldErrorKind, go_text};

/// Whether a schema says what type a value has.
pub(super) fn has_type(schema: &Schema) -> bool {
    schema.value_type.is_some() || schema.int_or_string
}

fn allows(schema: &Schema, value_type: ValueType) -> bool {
    if schema.int_or_string {
        return matches!(value_type, ValueType::Integer | ValueType::String);
    }
    schema.value_type == Some(value_type)
}

/// The types as a message names them.
fn type_names(schema: &Schema) -> &'static str {
    if schema.int_or_string {
        return "integer,string";
    }
    schema.value_type.map_or("", type_name)
}

fn type_name(value_type: ValueType) -> &'static str {
    match value_type {
        ValueType::Object => "object",
        ValueType::Array => "array",
        ValueType::String => "string",
        ValueType::Integer => "integer",
        ValueType::Number => "number",
        ValueType::Boolean => "boolean",
    }
}

/// The type and the format of a value; `None` for null.
fn type_of(value: &Value) -> Option<(ValueType, &'static str)> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(_) => (ValueType::Boolean, ""),
        Value::String(_) => (ValueType::String, ""),
        Value::Array(_) => (ValueType::Array, ""),
        Value::Object(_) => (ValueType::Object, ""),
        Value::Number(number) => match Numeric::of(number) {
            Numeric::Integer(_) => (ValueType::Integer, "int64"),
            Numeric::Float(_) => (ValueType::Number, "float64"),
        },
    })
}

/// Checks `type`; whether it is right.
pub(super) fn check_type(
    value: &Value,
    schema: &Schema,
    path: &Path<'_>,
    out: &mut Outcome,
) -> bool {
    let Some((value_type, format)) = type_of(value) else {
        if has_type(schema) && !schema.nullable {
            wrong_type(path, type_names(schema), "null", out);
            return false;
        }
        return true;
    };
    // A format that the server doesn't check is none to it.
    let wanted = schema
        .format
        .as_deref()
        .filter(|_| schema.limits.format.is_some());
    let as_integer = allows(schema, ValueType::Integer)
        && matches!(value, Value::Number(number) if is_integral(Numeric::of(number)));
    let as_number = value_type == ValueType::Integer && allows(schema, ValueType::Number);
    let fits = allows(schema, value_type) || as_integer || as_number;
    if let Some(wanted) = wanted {
        let has_length = matches!(value, Value::String(_) | Value::Array(_));
        if !has_length && !fits && format != wanted {
            wrong_type(path, wanted, format, out);
            return false;
        }
        let of_numbers = allows(schema, ValueType::Number) || allows(schema, ValueType::Integer);
        if has_length && !of_numbers {
            return true;
        }
    }
    if fits {
        return true;
    }
    wrong_type(path, type_names(schema), type_name(value_type), out);
    false
}

fn wrong_type(path: &Path<'_>, wanted: &str, found: &str, out: &mut Outcome) {
    let rest = format!("must be of type {wanted}: {}", go_text::quote(found));
    let at = path.to_string();
    let detail = format!("{at} in body {rest}");
    out.special(
        FieldErrorKind::TypeInvalid,
        at,
        Some(found.into()),
        &rest,
        detail,
    );
}

/// Whether a number counts as an integer: within the integers that a float has exactly, and with their tolerance.
fn is_integral(number: Numeric) -> bool {
    let Numeric::Float(float) = number else {
        return true;
    };
    let limit = 9_007_199_254_740_991.0;
    if !float.is_finite() || float.abs() > limit {
        return false;
    }
    let whole = float.trunc();
    whole.to_bits() == float.to_bits()
        || (whole != 0.0 && (float - whole).abs() / (float.abs() + whole.abs()) < 1e-9)
}

/// Checks `enum`.
pub(super) fn check_enum(value: &Value, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    let allowed = &schema.enumeration;
    if allowed.is_empty() || allowed.iter().any(|allowed| is_same(value, allowed)) {
        return;
    }
    let text = |value: &Value| match value {
        Value::String(text) => go_text::quote(text),
        other => go_text::quote(&other.to_string()),
    };
    let supported: Vec<String> = allowed.iter().map(text).collect();
    let detail = format!("supported values: {}", supported.join(", "));
    let at = path.to_string();
    out.special(
        FieldErrorKind::NotSupported,
        at,
        Some(value.clone()),
        "should be one of",
        detail,
    );
}

/// Whether a value is one that an enum allows: null never is, and a float is turned into an integer before.
fn is_same(value: &Value, allowed: &Value) -> bool {
    match (value, allowed) {
        (Value::Null, _) | (_, Value::Null) => false,
        (Value::Number(value), Value::Number(allowed)) => {
            match (Numeric::of(value), Numeric::of(allowed)) {
                (Numeric::Integer(value), Numeric::Integer(allowed)) => value == allowed,
                (Numeric::Float(value), Numeric::Integer(allowed)) => {
                    integral(value.trunc()) == Some(allowed)
                }
                (value, Numeric::Float(allowed)) => value.as_float().to_bits() == allowed.to_bits(),
            }
        }
        (value, allowed) => value == allowed,
    }
}

/// Checks what limits texts: the first mistake only; and the format.
pub(super) fn check_text(text: &str, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    let limits = &schema.limits;
    check_length_and_pattern(text, limits, path, out);
    out.passed += 1;
    if let Some(Format::Text(format)) = limits.format {
        if !format.accepts(text) {
            let name = schema.format.as_deref().unwrap_or_default();
            let rest = format!("must be of type {name}: {}", go_text::quote(text));
            let at = path.to_string();
            let detail = format!("{at} in body {rest}");
            out.special(
                FieldErrorKind::TypeInvalid,
                at,
                Some(text.into()),
                &rest,
                detail,
            );
        }
        out.passed += 1;
    }
}

fn check_length_and_pattern(text: &str, limits: &Limits, path: &Path<'_>, out: &mut Outcome) {
    let length = || text.chars().count() as u64;
    if let Some(most) = limits.max_length.filter(|most| length() > *most) {
        let bytes = if most == 1 { "byte" } else { "bytes" };
        let detail = format!("may not be more than {most} {bytes}");
        let rest = format!("should be at most {most} chars long");
        return out.special(
            FieldErrorKind::TooLong,
            path.to_string(),
            None,
            &rest,
            detail,
        );
    }
    if let Some(least) = limits.min_length.filter(|least| length() < *least) {
        return out.invalid(
            path,
            text,
            &format!("should be at least {least} chars long"),
        );
    }
    if let Some(pattern) = limits
        .pattern
        .as_ref()
        .filter(|pattern| !pattern.is_match(text))
    {
        let reason = pattern
            .error()
            .map(|error| format!(", but pattern is invalid: {error}"));
        let (source, reason) = (pattern.source(), reason.unwrap_or_default());
        out.invalid(path, text, &format!("should match '{source}{reason}'"));
    }
}

/// Checks what limits numbers.
pub(super) fn check_number(number: &Number, schema: &Schema, path: &Path<'_>, out: &mut Outcome) {
    let limits = &schema.limits;
    let value = Numeric::of(number);
    check_range(value, schema, "Checked", path, out);
    if let Some(factor) = limits.multiple_of {
        let exact = check_range(Numeric::Float(factor), schema, "MultipleOf", path, out);
        check_multiple(value, factor, exact, path, out);
    }
    if let Some(minimum) = limits.minimum {
        let exact = check_range(
            Numeric::Float(minimum),
            schema,
            "Minimum boundary",
            path,
            out,
        );
        let exclusive = limits.exclusive_minimum;
        let (wrong, bound) = match value {
            Numeric::Integer(value) if exact => {
                let minimum = truncated(minimum);
                (
                    value < minimum || (exclusive && value == minimum),
                    minimum.to_string(),
                )
            }
            value => {
                let value = value.as_float();
                (
                    value < minimum || (exclusive && value <= minimum),
                    go_text::float(minimum),
                )
            }
        };
        if wrong {
            let or_equal = if exclusive { "" } else { " or equal to" };
            out.invalid(
                path,
                number.clone(),
                &format!("should be greater than{or_equal} {bound}"),
            );
        }
    }
    if let Some(maximum) = limits.maximum {
        let exact = check_range(
            Numeric::Float(maximum),
            schema,
            "Maximum boundary",
            path,
            out,
        );
        let exclusive = limits.exclusive_maximum;
        let (wrong, bound) = match value {
            Numeric::Integer(value) if exact => {
                let maximum = truncated(maximum);
                (
                    value > maximum || (exclusive && value == maximum),
                    maximum.to_string(),
                )
            }
            value => {
                let value = value.as_float();
                (
                    value > maximum || (exclusive && value >= maximum),
                    go_text::float(maximum),
                )
            }
        };
        if wrong {
            let or_equal = if exclusive { "" } else { " or equal to" };
            out.invalid(
                path,
                number.clone(),
                &format!("should be less than{or_equal} {bound}"),
            );
        }
    }
}

/// A bound as the server compares integers with it: cut off, and the lowest integer if it is beyond all of them.
fn truncated(bound: f64) -> i64 {
    integral(bound.trunc()).unwrap_or(i64::MIN)
}

fn check_multiple(value: Numeric, factor: f64, exact: bool, path: &Path<'_>, out: &mut Outcome) {
    let not_positive = |factor: String| {
        format!("factor MultipleOf declared for {path} must be positive: {factor}")
    };
    match value {
        Numeric::Integer(value) if exact => {
            let factor = truncated(factor);
            if factor <= 0 {
                declared_wrong(path, factor.into(), not_positive(factor.to_string()), out);
            } else if value % factor != 0 {
                out.invalid(path, value, &format!("should be a multiple of {factor}"));
            }
        }
        value => {
            let number = value.as_float();
            let shown = go_text::float(factor);
            if factor <= 0.0 {
                return declared_wrong(path, factor.into(), not_positive(shown), out);
            }
            let quotient = if factor < 1.0 {
                1.0 / factor * number
            } else {
                number / factor
            };
            if !is_integral(Numeric::Float(quotient)) {
                out.invalid(path, number, &format!("should be a multiple of {shown}"));
            }
        }
    }
}

fn declared_wrong(path: &Path<'_>, factor: Value, detail: String, out: &mut Outcome) {
    let at = path.to_string();
    out.special(
        FieldErrorKind::Invalid,
        at,
        Some(factor),
        "has no positive factor",
        detail,
    );
}

/// Whether a number, or a bound, is within what the type and the format can hold.
fn check_range(
    number: Numeric,
    schema: &Schema,
    what: &str,
    path: &Path<'_>,
    out: &mut Outcome,
) -> bool {
    let format = schema.limits.format;
    let integer = match number {
        Numeric::Integer(integer) => Some(integer),
        Numeric::Float(float) => integral(float),
    };
    let (fits, value_type) = match (schema.value_type, format) {
        (Some(ValueType::Integer), Some(Format::Int32)) => (
            integer.is_some_and(|integer| i32::try_from(integer).is_ok()),
            "integer",
        ),
        (Some(ValueType::Integer), _) => (integer.is_some(), "integer"),
        (Some(ValueType::Number), Some(Format::Float)) => {
            (number.as_float().abs() <= f64::from(f32::MAX), "number")
        }
        _ => (true, ""),
    };
    if !fits {
        let format = match schema.format.as_deref().filter(|_| format.is_some()) {
            Some(format) => format!("with format {format}"),
            None => "(default format)".to_owned(),
        };
        out.unattributed(format!(
            "{what} value must be of type {value_type} {format} in {path}"
        ));
    }
    fits
}

/// Checks `minItems`, `maxItems` and `uniqueItems`.
pub(super) fn check_length_of_list(
    items: &[Value],
    schema: &Schema,
    path: &Path<'_>,
    out: &mut Outcome,
) {
    let limits = &schema.limits;
    let size = items.len() as u64;
    if let Some(least) = limits.min_items.filter(|least| size < *least) {
        out.invalid(path, size, &format!("should have at least {least} items"));
    }
    if let Some(most) = limits.max_items.filter(|most| size > *most) {
        too_many(size, most, path.to_string(), out);
    }
    if limits.unique_items {
        // Compared as text: a comparison of each with each would take long for a long list.
        let mut seen = std::collections::HashSet::new();
        if !items.iter().all(|item| seen.insert(item.to_string())) {
            out.invalid(path, "", "shouldn't contain duplicates");
        }
    }
}

/// Checks `minProperties` and `maxProperties`.
pub(super) fn check_number_of_fields(
    fields: &Map<String, Value>,
    schema: &Schema,
    path: &Path<'_>,
    out: &mut Outcome,
) {
    let limits = &schema.limits;
    let size = fields.len() as u64;
    if let Some(least) = limits.min_properties.filter(|least| size < *least) {
        out.invalid(
            path,
            size,
            &format!("should have at least {least} properties"),
        );
    }
    if let Some(most) = limits.max_properties.filter(|most| size > *most) {
        too_many(size, most, path.to_string(), out);
    }
}

fn too_many(size: u64, most: u64, at: String, out: &mut Outcome) {
    let items = if most == 1 { "item" } else { "items" };
    let detail = format!("must have at most {most} {items}");
    let rest = format!("should have at most {most} items");
    out.special(
        FieldErrorKind::TooMany,
        at,
        Some(size.into()),
        &rest,
        detail,
    );
}
