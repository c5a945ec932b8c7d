//! Rules about what is said of a node of the schema, as far as they need no type.

use proc_macro2::Span;
use syn::{Ident, LitStr, spanned::Spanned};

use super::{cel, distinct, one_of};
use crate::{
    attr::{marks::Marks, rule::Rule},
    ctxt::Ctxt,
};

/// The formats that some server checks; any other it drops, or warns of.
const FORMATS: [&str; 31] = [
    "int32",
    "int64",
    "float",
    "double",
    "byte",
    "password",
    "date",
    "date-time",
    "datetime",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uri",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "hexcolor",
    "rgbcolor",
    "ssn",
    "bsonobjectid",
    "k8s-short-name",
    "k8s-long-name",
];

const REASONS: [&str; 4] = [
    "FieldValueInvalid",
    "FieldValueForbidden",
    "FieldValueRequired",
    "FieldValueDuplicate",
];

pub(super) fn check(cx: &mut Ctxt, marks: &Marks) {
    one_of(
        cx,
        marks.list.as_ref(),
        "type of list",
        &["map", "set", "atomic"],
    );
    one_of(
        cx,
        marks.map.as_ref(),
        "way to merge a map",
        &["granular", "atomic"],
    );
    one_of(
        cx,
        marks.structure.as_ref(),
        "way to merge a structure",
        &["granular", "atomic"],
    );
    one_of(
        cx,
        marks.descriptions.as_ref(),
        "way to treat descriptions",
        &["trimmed", "omitted"],
    );
    one_of(cx, marks.format.as_ref(), "format", &FORMATS);
    if let Some(description) = &marks.description
        && description.value().trim().is_empty()
    {
        cx.error(
            description,
            "it is empty: write a text, or `descriptions = \"omitted\"`",
        );
    }
    keys(cx, marks);
    conflicts(cx, marks);
    if let Some((_, Some(message))) = &marks.immutable {
        self::message(cx, message);
    }
    marks.rules.iter().for_each(|rule| self::rule(cx, rule));
    for (index, rule) in marks.rules.iter().enumerate() {
        let (text, on) = (rule.rule.value(), rule.on.is_some());
        let same = |it: &Rule| it.rule.value() == text && it.on.is_some() == on;
        if marks.rules[..index].iter().any(same) {
            cx.error(&rule.rule, "the rule is there twice: remove one");
        }
    }
}

fn keys(cx: &mut Ctxt, marks: &Marks) {
    let by_key = marks.list.as_ref().filter(|it| it.value() == "map");
    match (by_key, marks.keys.first()) {
        (Some(list), None) => cx.error(
            list,
            "nothing tells the items apart: add the name of a field, e.g. `key = \"name\"`",
        ),
        (None, Some(key)) => cx.error(key, "`key` is for `list = \"map\"`: add that, or remove it"),
        _ => {}
    }
    distinct(cx, &marks.keys, LitStr::value);
}

/// What can't be said of one node at once.
fn conflicts(cx: &mut Ctxt, marks: &Marks) {
    let text = |it: &Option<LitStr>| it.as_ref().map(Spanned::span);
    let flag = |it: &Option<Ident>| it.as_ref().map(Spanned::span);
    let kinds: [(&str, Option<Span>); 7] = [
        ("list", text(&marks.list)),
        ("map", text(&marks.map)),
        ("structure", text(&marks.structure)),
        ("int_or_string", flag(&marks.int_or_string)),
        ("embedded_resource", flag(&marks.embedded_resource)),
        ("schemaless", flag(&marks.schemaless)),
        (
            "preserve_unknown_fields",
            flag(&marks.preserve_unknown_fields),
        ),
    ];
    // An object may be all of these.
    let together = [
        ("structure", "embedded_resource"),
        ("structure", "preserve_unknown_fields"),
        ("map", "preserve_unknown_fields"),
        ("embedded_resource", "preserve_unknown_fields"),
        ("embedded_resource", "schemaless"),
    ];
    let written: Vec<_> = kinds
        .iter()
        .filter_map(|(name, span)| Some((*name, (*span)?)))
        .collect();
    for (index, (name, span)) in written.iter().enumerate() {
        let other = written[..index]
            .iter()
            .find(|(other, _)| !together.contains(&(*other, *name)));
        if let Some((other, _)) = other {
            let message = format!("`{name}` and `{other}` can't be said of one field: remove one");
            cx.push(syn::Error::new(*span, message));
        }
    }
    if let (Some(format), Some((name, _))) = (&marks.format, written.first()) {
        cx.error(
            format,
            format_args!("`format` is for a plain value, and `{name}` isn't: remove one"),
        );
    }
}

fn rule(cx: &mut Ctxt, rule: &Rule) {
    let text = rule.rule.value();
    if let Err(wrong) = cel::balanced(&text) {
        cx.error(
            &rule.rule,
            format_args!("the rule {wrong}: write e.g. `self.a <= self.b`"),
        );
    }
    if let Some(expression) = &rule.message_expression
        && let Err(wrong) = cel::balanced(&expression.value())
    {
        cx.error(
            expression,
            format_args!("the expression {wrong}: write e.g. `'at most %d'.format([self.b])`"),
        );
    }
    match &rule.message {
        Some(message) => self::message(cx, message),
        None if text.trim().contains('\n') => cx.error(
            &rule.rule,
            "a rule of several lines is no message by itself: add `message = \"…\"`",
        ),
        None => {}
    }
    one_of(cx, rule.reason.as_ref(), "reason", &REASONS);
    duplicate(cx, rule);
    one_of(
        cx,
        rule.on.as_ref(),
        "place that a rule can be about",
        &["resource"],
    );
    if let Some(path) = &rule.field_path
        && !path.value().starts_with(['.', '['])
    {
        cx.error(path, "a field path starts with a dot: write e.g. `.a`");
    }
    if let Some(optional) = &rule.optional_old_self
        && !text.contains("oldSelf")
    {
        cx.error(optional, "the rule has no `oldSelf`: remove this");
    }
}

/// What is twice needs no words: a server has none for it.
fn duplicate(cx: &mut Ctxt, rule: &Rule) {
    let reason = rule.reason.as_ref().map(LitStr::value);
    if reason.as_deref() != Some("FieldValueDuplicate") {
        return;
    }
    for message in [&rule.message, &rule.message_expression]
        .into_iter()
        .flatten()
    {
        cx.error(
            message,
            "with the reason `FieldValueDuplicate` a server says that the value is there twice, and nothing else: \
             remove this, or write another reason",
        );
    }
}

fn message(cx: &mut Ctxt, message: &LitStr) {
    let text = message.value();
    if text.trim().is_empty() {
        cx.error(
            message,
            "a message is empty: write what to tell the user, or remove it",
        );
    } else if text.contains('\n') {
        cx.error(message, "a message is one line: remove the line breaks");
    }
}
