//! [`Object`]: a type as it looks in JSON, by serde's rules, with what is declared of each part of it.

use proc_macro2::Span;
use syn::{
    Data, DataEnum, DeriveInput, Field, Fields, FieldsNamed, FieldsUnnamed, Ident, Type, TypeTuple,
    Variant, ext::IdentExt, spanned::Spanned,
};

use super::serde::Serde;
use crate::{
    attr::field::{FieldAttrs, refuse},
    ctxt::Ctxt,
};

/// A type, or a variant with fields.
pub(crate) struct Object {
    /// The name in Rust.
    pub(crate) name: String,
    pub(crate) form: Form,
    pub(crate) members: Vec<Member>,
}

/// How values look in JSON.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Form {
    /// An object with these members.
    Object,
    /// A string.
    Text,
    /// The value of the one member.
    Transparent,
    /// Not to be told.
    Free,
}

/// A field, or a variant, which is one in JSON.
pub(crate) struct Member {
    /// The name in JSON; none if its value stands where the type itself does.
    pub(crate) name: Option<String>,
    pub(crate) kind: MemberKind,
    pub(crate) defaulted: bool,
    pub(crate) attrs: FieldAttrs,
    /// The name in Rust, if it has one.
    pub(crate) ident: Option<Ident>,
    /// Where to say what concerns all of it.
    pub(crate) span: Span,
}

/// The type of a member.
pub(crate) enum MemberKind {
    Rust(Type),
    Inner(Object),
    Text,
    Unknown,
}

impl Member {
    fn new(name: Option<String>, kind: MemberKind, span: Span) -> Self {
        Self {
            name,
            kind,
            defaulted: false,
            attrs: FieldAttrs::default(),
            ident: None,
            span,
        }
    }

    /// Whether anything is declared of it, or of a field in it.
    pub(crate) fn declares(&self) -> bool {
        let inside = match &self.kind {
            MemberKind::Inner(object) => object.declares(),
            _ => false,
        };
        inside || !self.attrs.met.is_empty()
    }
}

impl Object {
    pub(crate) fn new(cx: &mut Ctxt, input: &DeriveInput) -> Self {
        let serde = Serde::parse(&input.attrs);
        let name = input.ident.unraw().to_string();
        if serde.instead.is_some() || serde.by_function {
            return Self::of_another(cx, input, &serde, name);
        }
        let (form, mut members) = match &input.data {
            Data::Struct(data) => Self::of_struct(cx, &data.fields, &serde),
            Data::Enum(data) => Self::of_enum(cx, data, &serde),
            Data::Union(data) => {
                named(cx, &data.fields, None);
                (Form::Free, Vec::new())
            }
        };
        if serde.default {
            for member in &mut members {
                member.defaulted = true;
            }
        }
        if let (Data::Struct(_), Form::Object, Some(tag)) = (&input.data, form, &serde.tag) {
            let tag = Member::new(Some(tag.clone()), MemberKind::Text, input.ident.span());
            members.push(tag);
        }
        Self {
            name,
            form,
            members,
        }
    }

    /// Whether anything is declared of a field in it.
    pub(crate) fn declares(&self) -> bool {
        self.members.iter().any(Member::declares)
    }

    /// The types whose fields stand among its own.
    pub(crate) fn flattened(&self) -> impl Iterator<Item = &Type> {
        let is_object = self.form == Form::Object;
        let members = self.members.iter();
        members.filter_map(move |member| match &member.kind {
            MemberKind::Rust(ty) if is_object && member.name.is_none() => Some(ty),
            _ => None,
        })
    }

    /// A type that has the schema of another one, by `from`, `try_from` or schemars' `with`.
    fn of_another(cx: &mut Ctxt, input: &DeriveInput, serde: &Serde, name: String) -> Self {
        let message = "the type's schema is that of another type, which serde's or schemars' attributes name: \
                       write it there";
        each_field(&input.data, &mut |field| refuse(cx, &field.attrs, message));
        let kind = serde
            .instead
            .clone()
            .map_or(MemberKind::Unknown, MemberKind::Rust);
        Self {
            name,
            form: Form::Transparent,
            members: vec![Member::new(None, kind, input.ident.span())],
        }
    }

    fn of_struct(cx: &mut Ctxt, fields: &Fields, serde: &Serde) -> (Form, Vec<Member>) {
        match fields {
            Fields::Named(fields) => {
                let members = named(cx, fields, serde.rename_all.as_deref());
                if serde.transparent {
                    let only = members
                        .into_iter()
                        .map(|it| Member { name: None, ..it })
                        .collect();
                    return (Form::Transparent, only);
                }
                (Form::Object, members)
            }
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
                let members = fields.unnamed.iter().filter_map(|it| member(cx, it, None));
                (Form::Transparent, members.collect())
            }
            Fields::Unnamed(fields) => {
                let kind = MemberKind::Rust(tuple(cx, fields));
                (Form::Free, vec![Member::new(None, kind, fields.span())])
            }
            Fields::Unit => (Form::Free, Vec::new()),
        }
    }

    fn of_enum(cx: &mut Ctxt, data: &DataEnum, serde: &Serde) -> (Form, Vec<Member>) {
        for variant in &data.variants {
            refuse(
                cx,
                &variant.attrs,
                "`#[k8s]` does nothing on a variant: remove it",
            );
        }
        let external = serde.tag.is_none() && !serde.untagged;
        if external
            && data
                .variants
                .iter()
                .all(|it| matches!(it.fields, Fields::Unit))
        {
            return (Form::Text, Vec::new());
        }
        let mut members = Vec::new();
        let mut form = Form::Object;
        for variant in &data.variants {
            let own = Serde::parse(&variant.attrs);
            if own.skip.is_some() {
                continue;
            }
            let name = own.variant(&variant.ident, serde.rename_all.as_deref());
            let named = external && !own.untagged;
            match of_variant(cx, variant, serde, &own) {
                Some(member) => members.push(Member {
                    name: named.then_some(name),
                    ..member
                }),
                None if named || serde.tag.is_some() => {}
                None => form = Form::Free,
            }
            // What is in an untagged variant that isn't a struct may be anything.
            if !named && serde.tag.is_none() && !matches!(variant.fields, Fields::Named(_)) {
                form = Form::Free;
            }
        }
        let Some(tag) = &serde.tag else {
            return (form, members);
        };
        let span = data.enum_token.span;
        let tag = Member::new(Some(tag.clone()), MemberKind::Text, span);
        let Some(content) = &serde.content else {
            members.push(tag);
            return (form, members);
        };
        let inner = Self {
            name: content.clone(),
            form: Form::Free,
            members,
        };
        let content = Member::new(Some(content.clone()), MemberKind::Inner(inner), span);
        (Form::Object, vec![tag, content])
    }
}

const ITEM_OF_A_TUPLE: &str =
    "an item of a tuple has no place of its own in a schema: write a struct with named fields";

/// What a variant holds; nothing if it is a unit.
fn of_variant(cx: &mut Ctxt, variant: &Variant, serde: &Serde, own: &Serde) -> Option<Member> {
    let span = variant.ident.span();
    if own.by_function || own.instead.is_some() {
        for field in &variant.fields {
            refuse(
                cx,
                &field.attrs,
                "the variant's schema is made elsewhere: remove this",
            );
        }
        let kind = own
            .instead
            .clone()
            .map_or(MemberKind::Unknown, MemberKind::Rust);
        return Some(Member::new(None, kind, span));
    }
    match &variant.fields {
        Fields::Unit => None,
        Fields::Named(fields) => {
            let rule = own.rename_all.as_ref().or(serde.rename_all_fields.as_ref());
            let inner = Object {
                name: variant.ident.unraw().to_string(),
                form: Form::Object,
                members: named(cx, fields, rule.map(String::as_str)),
            };
            Some(Member::new(None, MemberKind::Inner(inner), span))
        }
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            fields.unnamed.iter().find_map(|it| member(cx, it, None))
        }
        Fields::Unnamed(fields) => {
            let kind = MemberKind::Rust(tuple(cx, fields));
            Some(Member::new(None, kind, span))
        }
    }
}

fn named(cx: &mut Ctxt, fields: &FieldsNamed, rule: Option<&str>) -> Vec<Member> {
    let fields = fields.named.iter();
    fields.filter_map(|field| member(cx, field, rule)).collect()
}

/// Several fields without names, as the type that looks the same in JSON.
fn tuple(cx: &mut Ctxt, fields: &FieldsUnnamed) -> Type {
    let items = fields.unnamed.iter().filter_map(|field| {
        refuse(cx, &field.attrs, ITEM_OF_A_TUPLE);
        let serde = Serde::parse(&field.attrs);
        let has_own = serde.skip.is_none() && !serde.by_function;
        has_own.then(|| serde.instead.unwrap_or_else(|| field.ty.clone()))
    });
    Type::Tuple(TypeTuple {
        attrs: Vec::new(),
        paren_token: fields.paren_token,
        elems: items.collect(),
    })
}

/// A field as a member; none if the schema doesn't have it.
fn member(cx: &mut Ctxt, field: &Field, rule: Option<&str>) -> Option<Member> {
    let serde = Serde::parse(&field.attrs);
    let attrs = FieldAttrs::parse(cx, &field.attrs);
    let without = serde.skip.or(serde.flatten.then_some("flatten"));
    if let (Some(how), Some(first)) = (without, attrs.first()) {
        let message =
            format!("a field with `#[serde({how})]` has no place of its own: remove `{first}`");
        cx.error(first, message);
    }
    if serde.skip.is_some() {
        return None;
    }
    let kind = match serde.instead.clone() {
        Some(ty) => MemberKind::Rust(ty),
        None if serde.by_function => MemberKind::Unknown,
        None => MemberKind::Rust(field.ty.clone()),
    };
    let name = field.ident.as_ref().map(|ident| serde.field(ident, rule));
    Some(Member {
        name: name.filter(|_| !serde.flatten),
        kind,
        defaulted: serde.default || attrs.marks.default.is_some(),
        attrs: if serde.flatten {
            FieldAttrs::default()
        } else {
            attrs
        },
        ident: field.ident.clone(),
        span: field
            .ident
            .as_ref()
            .map_or_else(|| field.ty.span(), Ident::span),
    })
}

fn each_field(data: &Data, f: &mut dyn FnMut(&Field)) {
    match data {
        Data::Struct(it) => it.fields.iter().for_each(f),
        Data::Enum(it) => it.variants.iter().flat_map(|it| &it.fields).for_each(f),
        Data::Union(it) => it.fields.named.iter().for_each(f),
    }
}
