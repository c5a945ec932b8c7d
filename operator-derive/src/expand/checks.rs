//! The rules that need to know other types: each is a constant at the tokens that it is about, so that the
//! compiler underlines them.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{LitStr, Type, spanned::Spanned};

use super::shape::Within;
use crate::model::{
    Model,
    known::{arguments, contains, is_of_plain},
    object::{Member, MemberKind, Object},
};

/// The rules of a type by itself.
pub(super) fn expand(object: &Object, within: Within) -> TokenStream {
    // What depends on parameters is checked by `crd()`, where they stand for something.
    if !within.generics.params.is_empty() {
        return TokenStream::new();
    }
    let mut checks = TokenStream::new();
    of_members(&object.members, within, &mut checks);
    checks
}

fn of_members(members: &[Member], within: Within, checks: &mut TokenStream) {
    for member in members {
        match &member.kind {
            MemberKind::Inner(object) => of_members(&object.members, within, checks),
            MemberKind::Rust(ty) if !contains(ty, within.ident) => {
                of_member(member, ty, within, checks);
            }
            _ => {}
        }
    }
}

fn of_member(member: &Member, ty: &Type, within: Within, checks: &mut TokenStream) {
    let attrs = &member.attrs;
    let shape = within.shape(ty);
    let mut check = |span: Span, rule: &str, more: TokenStream| {
        let rule = Ident::new(rule, span);
        let check = quote!(const _: () = __k8s::checks::#rule(#shape #more););
        checks.extend(at(span, check));
    };
    let none = TokenStream::new;
    // The schema of these is made by the attribute, or isn't made.
    if attrs.marks.schemaless.is_some() || attrs.marks.int_or_string.is_some() {
        return;
    }
    if !is_of_plain(ty) {
        check(member.span, "carries_what_is_said", none());
    }
    if let Some(list) = &attrs.marks.list {
        let rule = match list.value().as_str() {
            "map" => "is_keyed",
            "set" => "is_set",
            _ => "is_list",
        };
        check(list.span(), rule, none());
        // Keys of what is no list of structs would be wrong once more.
        for key in attrs.marks.keys.iter().filter(|_| rule == "is_keyed") {
            check(key.span(), "is_key", quote!(, #key));
        }
    }
    if let Some(map) = &attrs.marks.map {
        check(map.span(), "is_map", none());
    }
    if let Some(structure) = &attrs.marks.structure {
        check(structure.span(), "is_structure", none());
    }
    if let Some(column) = &attrs.column {
        check(column.ident.span(), "is_shown", none());
    }
    if let Some(selectable) = &attrs.selectable {
        check(selectable.span(), "is_selectable", none());
    }
    if let Some(scale) = &attrs.scale {
        let rule = match scale.value().as_str() {
            "selector" => "is_selector",
            _ => "is_count",
        };
        check(scale.span(), rule, none());
    }
}

/// The rules of a resource as a whole.
pub(super) fn of_the_resource(model: &Model) -> TokenStream {
    let (spec, flat) = (model.spec(), model.is_flat());
    let mut checks = TokenStream::new();
    let status = if let Some(ty) = model.status() {
        let shape = Within::of(model.input).whole(ty);
        // One without arguments has checked itself already.
        if !arguments(ty).is_empty() {
            let check = quote!(const _: () = __k8s::checks::carries_what_is_said(#shape););
            checks.extend(at(ty.span(), check));
        }
        quote!(::core::option::Option::Some(#shape))
    } else {
        quote!(::core::option::Option::None)
    };
    checks.extend(quote! {
        const RESOURCE: __k8s::checks::Resource = __k8s::checks::Resource {
            spec: __k8s::Shape::of(<#spec as __k8s::Declared>::KIND),
            status: #status,
            flat: #flat,
        };
    });
    for path in written_paths(model) {
        let span = path.span();
        let check = quote!(const _: () = __k8s::checks::leads_to_a_field(RESOURCE, #path););
        checks.extend(at(span, check));
    }
    let written = model.attrs.selectable.len();
    let span = model
        .attrs
        .selectable
        .first()
        .map_or_else(|| spec.span(), LitStr::span);
    let check = quote!(const _: () = __k8s::checks::has_few_selectable(RESOURCE, #written););
    checks.extend(at(span, check));
    let named = model.attrs.columns.iter().filter_map(|it| it.name.as_ref());
    let span = model
        .attrs
        .columns
        .first()
        .map_or_else(|| spec.span(), |it| it.ident.span());
    let check =
        quote!(const _: () = __k8s::checks::has_distinct_columns(RESOURCE, &[#(#named),*]););
    checks.extend(at(span, check));
    if let Some((oldest, literal)) = model.oldest() {
        let (span, v1beta1) = (literal.span(), model.is_v1beta1());
        let check = quote!(const _: () = __k8s::checks::is_known_to(RESOURCE, #oldest, #v1beta1););
        checks.extend(at(span, check));
    }
    checks
}

fn written_paths<'a>(model: &Model<'a>) -> Vec<&'a LitStr> {
    let attrs = model.attrs;
    let columns = attrs.columns.iter().filter_map(|it| it.path.as_ref());
    let scale = attrs.scale.iter();
    let scale = scale.flat_map(|it| [&it.replicas, &it.status, &it.selector]);
    columns
        .chain(&attrs.selectable)
        .chain(scale.flatten())
        .filter(|path| path.value().starts_with('.'))
        .collect()
}

/// The same code at another place: an error in it underlines that place, while names mean what they did.
fn at(span: Span, code: TokenStream) -> TokenStream {
    let tokens = code.into_iter().map(|mut token| {
        if let TokenTree::Group(group) = &token {
            let mut moved = Group::new(group.delimiter(), at(span, group.stream()));
            moved.set_span(group.span());
            token = TokenTree::Group(moved);
        }
        token.set_span(token.span().located_at(span));
        token
    });
    tokens.collect()
}
