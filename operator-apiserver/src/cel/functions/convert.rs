//! Conversions between types: `int(x)`, `string(x)` and the like.

use super::{
    super::value::{Fault, Val},
    Args, Entry, Outcome,
    cost::Cost,
    interpolate, time,
};
use crate::go_time;

pub(super) fn named(name: &str) -> Option<Entry> {
    let entry: Entry = match name {
        "bool" => (to_bool, Cost::Fixed(1)),
        "int" => (to_int, Cost::Fixed(1)),
        "uint" => (to_uint, Cost::Fixed(1)),
        "double" => (to_double, Cost::Fixed(1)),
        "string" => (to_string, Cost::Reads(1)),
        "bytes" => (to_bytes, Cost::Reads(1)),
        "timestamp" => (to_timestamp, Cost::Fixed(1)),
        "duration" => (to_duration, Cost::Fixed(1)),
        _ => return None,
    };
    Some(entry)
}

fn impossible(value: &Val<'_>, to: &str) -> Fault {
    Fault::because(format!(
        "type conversion error from '{}' to '{to}'",
        value.type_name()
    ))
}

fn to_bool<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Bool(b)] => Ok(Val::Bool(*b)),
        [value @ Val::String(text)] => match &**text {
            "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Val::Bool(true)),
            "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Val::Bool(false)),
            _ => Err(impossible(value, "bool")),
        },
        _ => Err(Fault::no_overload()),
    }
}

#[allow(clippy::cast_possible_truncation)] // The bounds are checked.
fn to_int<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Int(i) | Val::Duration(i)] => Ok(Val::Int(*i)),
        [Val::Uint(u)] => i64::try_from(*u)
            .map(Val::Int)
            .map_err(|_| Fault::because("integer overflow")),
        [Val::Double(d)] if *d > -9.223_372_036_854_776e18 && *d < 9.223_372_036_854_776e18 => {
            Ok(Val::Int(*d as i64))
        }
        [Val::Double(_)] => Err(Fault::because("integer overflow")),
        [value @ Val::String(text)] => text
            .parse()
            .map(Val::Int)
            .map_err(|_| impossible(value, "int")),
        [Val::Timestamp(at)] => Ok(Val::Int(at.seconds())),
        _ => Err(Fault::no_overload()),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // The bounds are checked.
fn to_uint<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    let overflow = || Fault::because("unsigned integer overflow");
    match args.values {
        [Val::Uint(u)] => Ok(Val::Uint(*u)),
        [Val::Int(i)] => u64::try_from(*i).map(Val::Uint).map_err(|_| overflow()),
        [Val::Double(d)] if *d >= 0.0 && *d < 18_446_744_073_709_551_616.0 => {
            Ok(Val::Uint(*d as u64))
        }
        [Val::Double(_)] => Err(overflow()),
        [value @ Val::String(text)] => match text.parse() {
            Ok(u) if !text.starts_with('+') => Ok(Val::Uint(u)),
            _ => Err(impossible(value, "uint")),
        },
        _ => Err(Fault::no_overload()),
    }
}

#[allow(clippy::cast_precision_loss)] // As in Go.
fn to_double<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Double(d)] => Ok(Val::Double(*d)),
        [Val::Int(i)] => Ok(Val::Double(*i as f64)),
        [Val::Uint(u)] => Ok(Val::Double(*u as f64)),
        [value @ Val::String(text)] => match text.parse::<f64>() {
            // A number that is too large is none; infinity has to be written out.
            Ok(d) if d.is_finite() || text.to_ascii_lowercase().contains("inf") || d.is_nan() => {
                Ok(Val::Double(d))
            }
            _ => Err(impossible(value, "double")),
        },
        _ => Err(Fault::no_overload()),
    }
}

fn to_string<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [value @ Val::String(_)] => Ok(value.clone()),
        [Val::Bytes(bytes)] => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Val::string(text)),
            Err(_) => Err(Fault::because(
                "invalid UTF-8 in bytes, cannot convert to string",
            )),
        },
        [
            value @ (Val::Bool(_)
            | Val::Int(_)
            | Val::Uint(_)
            | Val::Double(_)
            | Val::Duration(_)
            | Val::Timestamp(_)
            | Val::Ip(_)
            | Val::Cidr(_)),
        ] => Ok(Val::string(interpolate::plain(value))),
        _ => Err(Fault::no_overload()),
    }
}

fn to_bytes<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [value @ Val::Bytes(_)] => Ok(value.clone()),
        [Val::String(text)] => Ok(Val::Bytes(text.as_bytes().into())),
        _ => Err(Fault::no_overload()),
    }
}

fn to_timestamp<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [value @ Val::Timestamp(_)] => Ok(value.clone()),
        [Val::Int(seconds)] => time::Time::of_seconds(*seconds)
            .map(Val::Timestamp)
            .ok_or_else(|| Fault::because("timestamp overflow")),
        [value @ Val::String(text)] => time::timestamp(text)
            .map(Val::Timestamp)
            .ok_or_else(|| impossible(value, "google.protobuf.Timestamp")),
        _ => Err(Fault::no_overload()),
    }
}

fn to_duration<'a>(args: Args<'_, 'a>) -> Outcome<'a> {
    match args.values {
        [Val::Duration(d) | Val::Int(d)] => Ok(Val::Duration(*d)),
        [value @ Val::String(text)] => go_time::duration(text)
            .map(Val::Duration)
            .ok_or_else(|| impossible(value, "google.protobuf.Duration")),
        _ => Err(Fault::no_overload()),
    }
}
