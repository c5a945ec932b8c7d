//! The rules: whatever an API server would refuse, and whatever wouldn't compile with a worse message.
//!
//! Every rule looks at every value that is there; none depends on another rule having passed.

mod cel;
mod columns;
mod fields;
pub(crate) mod kubernetes;
mod marks;
mod metadata;
pub(crate) mod names;
mod path;
mod version;

use quote::ToTokens;
use syn::{Data, DeriveInput, Fields, LitStr};

use crate::{
    attr::{keys, types::TypeAttrs},
    ctxt::Ctxt,
    model::{self, GIVEN, LACKING, Model, last_name, object::Object},
};

/// Applies every rule to a resource.
pub(crate) fn resource(cx: &mut Ctxt, model: &Model) {
    shape(cx, model);
    missing(cx, model);
    group(cx, model);
    version_name(cx, model);
    kind(cx, model);
    root(cx, model);
    resource_names(cx, model);
    scope(cx, model);
    derives(cx, model);
    krate(cx, model.attrs.krate.as_ref());
    version::check(cx, model);
    metadata::check(cx, model);
    columns::on_the_struct(cx, model);
    kubernetes::check(cx, model);
    fields::check(cx, model.object, model.spec());
}

/// Applies every rule to a type that is part of a resource.
pub(crate) fn schema(cx: &mut Ctxt, input: &DeriveInput, attrs: &TypeAttrs, object: &Object) {
    if let Data::Union(data) = &input.data {
        let write = "write a struct or an enum";
        cx.error(
            data.union_token,
            format_args!("a union has no schema: {write}"),
        );
    }
    krate(cx, attrs.krate.as_ref());
    marks::check(cx, &attrs.marks);
    fields::check(cx, object, &input.ident);
}

/// A resource is a JSON object with one schema.
fn shape(cx: &mut Ctxt, model: &Model) {
    let input = model.input;
    let write = "write a struct with named fields, and make this the type of one of them";
    match &input.data {
        Data::Struct(data) => match data.fields {
            Fields::Named(_) => {}
            Fields::Unnamed(_) => cx.error(
                &data.fields,
                format_args!("a spec has no names for these: {write}"),
            ),
            Fields::Unit => cx.error(
                &input.ident,
                "a spec is an object: write `{}` for one without fields",
            ),
        },
        Data::Enum(data) => cx.error(
            data.enum_token,
            format_args!("a spec can't be an enum: {write}"),
        ),
        Data::Union(data) => cx.error(
            data.union_token,
            format_args!("a spec can't be a union: {write}"),
        ),
    }
    if !input.generics.params.is_empty() {
        cx.error(
            &input.generics,
            "a resource has one schema, so its spec can't be generic: write the types instead",
        );
    }
}

/// One error for all that is missing: whoever forgot three attributes made one mistake.
fn missing(cx: &mut Ctxt, model: &Model) {
    let needed = ["group", "version", "kind"];
    let missing: Vec<_> = needed
        .into_iter()
        .filter(|name| !model.attrs.has(name))
        .collect();
    if missing.is_empty() {
        return;
    }
    let examples: Vec<_> = missing.iter().map(|name| keys::example(name)).collect();
    let message = format!(
        "{} missing: write `#[k8s({})]`",
        match missing.as_slice() {
            [one] => format!("`{one}` is"),
            several => format!("`{}` are", several.join("`, `")),
        },
        examples.join(", ")
    );
    match &model.attrs.place {
        Some(place) => cx.error(place, message),
        None => cx.error(&model.input.ident, message),
    }
}

fn group(cx: &mut Ctxt, model: &Model) {
    let Some(group) = &model.attrs.group else {
        return;
    };
    if let Err(wrong) = names::group(&model.group) {
        cx.error(
            group,
            format_args!(
                "the group {wrong}: write a domain of yours in lower case, e.g. `example.com`"
            ),
        );
        return;
    }
    if names::is_protected(&model.group) {
        approval(cx, model, group);
    }
    if model.plural.len() <= 63 && model.plural.len() + 1 + model.group.len() > 253 {
        cx.error(
            group,
            "the CRD's name, which is the plural, a dot and the group, has more than 253 letters: \
             write a shorter group",
        );
    }
}

/// The Kubernetes project's own groups need its approval, which an annotation has to show.
fn approval(cx: &mut Ctxt, model: &Model, group: &LitStr) {
    const KEY: &str = "api-approved.kubernetes.io";
    let mut annotations = model.attrs.annotations.iter();
    match annotations.find(|(key, _)| key.value() == KEY) {
        None => cx.error(
            group,
            format_args!(
                "a group of the Kubernetes project needs its approval, and an API server refuses it without: \
                 write a domain of yours, e.g. `example.com`, or `annotation(\"{KEY}\" = \"https://…\")`"
            ),
        ),
        Some((_, value)) if !names::is_approval(&value.value()) => cx.error(
            value,
            "it is no approval: write the address of the request that approved the group, \
             or a text that begins with `unapproved`",
        ),
        Some(_) => {}
    }
}

fn version_name(cx: &mut Ctxt, model: &Model) {
    if let Some(version) = &model.attrs.version
        && !names::is_version(&model.version)
    {
        cx.error(
            version,
            "it is no version of Kubernetes: write e.g. `v1`, `v1beta1` or `v2alpha3`",
        );
    }
}

fn kind(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    let (Some(kind), list_kind) = (&attrs.kind, &attrs.list_kind) else {
        return;
    };
    if let Err(wrong) = kind_of(model) {
        cx.error(
            kind,
            format_args!("the kind {wrong}: write it in CamelCase, e.g. `EchoServer`"),
        );
    }
    let Some(list_kind) = list_kind else {
        return;
    };
    if let Err(wrong) = names::kind_alone(&model.list_kind) {
        cx.error(
            list_kind,
            format_args!("the kind of lists {wrong}: write it in CamelCase, e.g. `EchoServerList`"),
        );
    } else if model.list_kind == model.kind {
        cx.error(
            list_kind,
            "a list of them is of another kind: write another name, or remove it",
        );
    }
}

/// What is wrong with the kind; of a list it has to leave room for the end.
fn kind_of(model: &Model) -> Result<(), String> {
    if model.attrs.list_kind.is_some() {
        names::kind_alone(&model.kind)
    } else {
        names::kind(&model.kind)
    }
}

/// The root struct needs a name in Rust that isn't taken.
fn root(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    let Some(named) = attrs.root.as_ref().or(attrs.kind.as_ref()) else {
        return;
    };
    if model.root.as_ref() == Some(model.spec()) {
        let write = if attrs.root.is_some() {
            "write another one".to_owned()
        } else {
            format!("call that `{}Spec`, or write `root = \"…\"`", model.spec())
        };
        cx.error(
            named,
            format_args!("the root struct can't have the name of the spec struct: {write}"),
        );
    } else if model.root.is_none() && (attrs.root.is_some() || kind_of(model).is_ok()) {
        cx.error(
            named,
            format_args!(
                "`{}` can't be the name of a struct: write `root = \"Foo\"`",
                named.value()
            ),
        );
    }
}

/// The names that stand in URLs and on command lines.
fn resource_names(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    let mut label = |what: &str, name: &LitStr| {
        if let Err(wrong) = names::label(&name.value()) {
            let write = "write lower-case letters, digits and `-`, starting with a letter";
            cx.error(name, format_args!("the {what} {wrong}: {write}"));
        }
    };
    attrs.plural.iter().for_each(|name| label("plural", name));
    attrs
        .singular
        .iter()
        .for_each(|name| label("singular", name));
    attrs
        .short_names
        .iter()
        .for_each(|name| label("short name", name));
    attrs
        .categories
        .iter()
        .for_each(|name| label("category", name));
    distinct(cx, &attrs.short_names, LitStr::value);
    distinct(cx, &attrs.categories, LitStr::value);
    if let (None, Some(source)) = (
        &attrs.plural,
        attrs.singular.as_ref().or(attrs.kind.as_ref()),
    ) && names::label(&model.singular).is_ok()
        && names::label(&model.plural).is_err()
    {
        cx.error(
            source,
            "its plural has more than 63 letters: write a shorter one as `plural = \"…\"`",
        );
    }
}

fn scope(cx: &mut Ctxt, model: &Model) {
    if let Some(scope) = &model.attrs.scope
        && !["Namespaced", "Cluster"].contains(&scope.value().as_str())
    {
        cx.error(
            scope,
            "there is no such scope: write `\"Namespaced\"` or `\"Cluster\"`",
        );
    }
}

fn derives(cx: &mut Ctxt, model: &Model) {
    let derives = &model.attrs.derives;
    distinct(cx, derives, last_name);
    for path in derives {
        let last = last_name(path);
        if GIVEN.contains(&last.as_str()) {
            cx.error(
                path,
                format_args!("the root struct has `{last}` already: remove it here"),
            );
        } else if LACKING.contains(&last.as_str()) {
            cx.error(
                path,
                format_args!("the metadata of an object isn't `{last}`, so the root struct can't be: remove it"),
            );
        }
    }
}

fn krate(cx: &mut Ctxt, written: Option<&LitStr>) {
    if let Some(krate) = written
        && model::krate(Some(krate)).is_none()
    {
        let example = keys::example("crate");
        cx.error(
            krate,
            format_args!("it is no path: write where `operator_core` is, e.g. `{example}`"),
        );
    }
}

/// A value out of a few.
fn one_of(cx: &mut Ctxt, written: Option<&LitStr>, what: &str, values: &[&str]) {
    let Some(literal) = written else {
        return;
    };
    let value = literal.value();
    if values.contains(&value.as_str()) {
        return;
    }
    if let Some(nearest) = keys::nearest(&value, values.iter().copied()) {
        let message = format_args!("`{value}` is no {what}: did you mean `\"{nearest}\"`?");
        return cx.error(literal, message);
    }
    let values: Vec<_> = values.iter().map(|it| format!("`\"{it}\"`")).collect();
    let values = values.join(" or ");
    cx.error(
        literal,
        format_args!("there is no {what} `{value}`: write {values}"),
    );
}

/// What is said twice is a slip, even where it would do no harm.
fn distinct<T: ToTokens>(cx: &mut Ctxt, items: &[T], name: impl Fn(&T) -> String) {
    for (index, item) in items.iter().enumerate() {
        let own = name(item);
        if items[..index].iter().any(|earlier| name(earlier) == own) {
            cx.error(item, format_args!("`{own}` is there twice: remove one"));
        }
    }
}
