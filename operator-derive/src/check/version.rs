//! Rules about what is said of the version: its shape, its deprecation, its scale subresource, what selects.

use syn::LitStr;

use super::{distinct, marks, one_of, path};
use crate::{ctxt::Ctxt, model::Model};

/// What a flat resource has besides the struct's fields.
const TAKEN: [&str; 4] = ["apiVersion", "kind", "metadata", "status"];

pub(super) fn check(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    one_of(cx, attrs.shape.as_ref(), "shape", &["flat"]);
    if model.is_flat() {
        flat(cx, model);
    }
    if let Some((ident, Some(warning))) = &attrs.deprecated {
        let text = warning.value();
        if text.trim().is_empty() {
            cx.error(
                warning,
                format_args!("the warning is empty: write `{ident}` alone for the server's own"),
            );
        } else if text.chars().count() > 256 {
            cx.error(warning, "a warning has 256 letters at most: write less");
        } else if text.chars().any(char::is_control) {
            cx.error(
                warning,
                "a warning is one line: remove what can't be printed",
            );
        }
    }
    scale(cx, model);
    selectable(cx, model);
    marks::check(cx, &attrs.marks);
}

fn flat(cx: &mut Ctxt, model: &Model) {
    for member in &model.object.members {
        if let Some(name) = member
            .name
            .as_ref()
            .filter(|it| TAKEN.contains(&it.as_str()))
        {
            let message =
                format!("`{name}` at the top of a resource is Kubernetes' own: rename the field");
            cx.push(syn::Error::new(member.span, message));
        }
    }
}

fn scale(cx: &mut Ctxt, model: &Model) {
    let Some(scale) = &model.attrs.scale else {
        return;
    };
    let paths = [
        ("replicas", "spec", &scale.replicas),
        ("status", "status", &scale.status),
        ("selector", "status", &scale.selector),
    ];
    for (name, half, written) in paths {
        if let Some(literal) = written {
            let top = format!(".{half}.");
            let text = literal.value();
            // A server takes a selector of either half.
            let either = name == "selector" && text.starts_with(".spec.");
            if let Err(wrong) = path::simple(&text) {
                cx.error(
                    literal,
                    format_args!("the path {wrong}: write one such as `{top}{name}`"),
                );
            } else if !text.starts_with(&top) && !either {
                cx.error(
                    literal,
                    format_args!("`{name}` has to be in the {half}: write a path below `.{half}`"),
                );
            }
        }
    }
    if scale.replicas.is_none() && scale.status.is_none() && scale.selector.is_none() {
        cx.error(
            &scale.ident,
            "it says nothing: write `scale(replicas = \".spec.replicas\", status = \".status.replicas\")`",
        );
    }
}

fn selectable(cx: &mut Ctxt, model: &Model) {
    let paths = &model.attrs.selectable;
    for literal in paths {
        let text = literal.value();
        if let Err(wrong) = path::simple(&text) {
            cx.error(
                literal,
                format_args!("the path {wrong}: write one such as `.spec.color`"),
            );
        } else if text.starts_with(".metadata.") {
            cx.error(
                literal,
                "objects can be selected by their name and namespace anyway, and by nothing else of their metadata: \
                 remove it",
            );
        }
    }
    distinct(cx, paths, LitStr::value);
}
