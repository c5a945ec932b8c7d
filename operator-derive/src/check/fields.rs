//! Rules about fields, as far as they need no other type.

use quote::ToTokens;
use syn::{Ident, LitStr, Type, ext::IdentExt};

use super::{columns, marks, one_of};
use crate::{
    ctxt::Ctxt,
    model::{
        known::contains,
        object::{Form, Member, MemberKind, Object},
        serde::pascal_case,
    },
};

const ROLES: [&str; 3] = ["replicas", "status", "selector"];

/// The rules for every member of a type; `own` is the type's name.
pub(super) fn check(cx: &mut Ctxt, object: &Object, own: &Ident) {
    let mut headings = Vec::new();
    members(cx, &object.members, own, &mut headings);
    let headings: Vec<_> = headings
        .iter()
        .map(|(name, place)| (name.clone(), *place))
        .collect();
    columns::distinct(cx, &headings);
    if object.form == Form::Object {
        names(cx, &object.members);
    }
}

fn members<'a>(
    cx: &mut Ctxt,
    members: &'a [Member],
    own: &Ident,
    headings: &mut Vec<(String, &'a dyn ToTokens)>,
) {
    for member in members {
        of_member(cx, member, headings);
        match &member.kind {
            MemberKind::Inner(object) => self::members(cx, &object.members, own, headings),
            MemberKind::Rust(ty) => recursion(cx, member, ty, own),
            MemberKind::Text | MemberKind::Unknown => {}
        }
    }
}

fn of_member<'a>(
    cx: &mut Ctxt,
    member: &'a Member,
    headings: &mut Vec<(String, &'a dyn ToTokens)>,
) {
    let attrs = &member.attrs;
    marks::check(cx, &attrs.marks);
    one_of(
        cx,
        attrs.scale.as_ref(),
        "role in the scale subresource",
        &ROLES,
    );
    if let Some(column) = &attrs.column {
        columns::check(cx, column);
        let name = column.name.as_ref().map(LitStr::value);
        let rust = || {
            member
                .ident
                .as_ref()
                .map(|it| pascal_case(&it.unraw().to_string()))
        };
        if let Some(name) = name.or_else(rust) {
            headings.push((name, &column.ident));
        }
    }
    let Some(schemaless) = &attrs.marks.schemaless else {
        return;
    };
    let typed = attrs
        .column
        .as_ref()
        .is_none_or(|column| column.kind.is_some());
    if !typed || attrs.selectable.is_some() || attrs.scale.is_some() {
        cx.error(
            schemaless,
            "without a schema nothing says what this shows: remove `schemaless`, or what it doesn't go with",
        );
    }
}

/// A type in itself has no schema, since there is no end to it.
fn recursion(cx: &mut Ctxt, member: &Member, ty: &Type, own: &Ident) {
    let marks = &member.attrs.marks;
    let cut = marks.schemaless.is_some() || marks.preserve_unknown_fields.is_some();
    if contains(ty, own) && !cut {
        cx.error(
            ty,
            format_args!(
                "`{own}` contains itself, and a CRD can't say that: write `#[k8s(schemaless)]`, which keeps any \
                 JSON here, or refer to another object by name"
            ),
        );
    }
}

/// Two members under one name are one property, and only one of them would be read.
fn names(cx: &mut Ctxt, members: &[Member]) {
    for (index, member) in members.iter().enumerate() {
        let Some(name) = &member.name else {
            continue;
        };
        let twin = members[..index]
            .iter()
            .any(|it| it.name.as_ref() == Some(name));
        if twin {
            let message = format!("another field is called `{name}` too: rename one");
            cx.push(syn::Error::new(member.span, message));
        }
    }
}
