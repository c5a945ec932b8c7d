//! Rules about the labels and annotations of the CRD.

use syn::LitStr;

use super::names;
use crate::{ctxt::Ctxt, model::Model};

/// What a server takes in all annotations of an object together.
const ANNOTATIONS: usize = 262_144;

pub(super) fn check(cx: &mut Ctxt, model: &Model) {
    let attrs = model.attrs;
    keys(cx, "a label", &attrs.labels);
    keys(cx, "an annotation", &attrs.annotations);
    for (_, value) in &attrs.labels {
        if let Err(wrong) = names::label_value(&value.value()) {
            cx.error(
                value,
                format_args!(
                    "the value of a label {wrong}: write letters, digits, `-`, `_` and `.`"
                ),
            );
        }
    }
    let bytes = attrs
        .annotations
        .iter()
        .map(|(key, value)| key.value().len() + value.value().len());
    if let (true, Some((_, last))) = (bytes.sum::<usize>() > ANNOTATIONS, attrs.annotations.last())
    {
        cx.error(
            last,
            "the annotations have more than 262144 bytes together: write less",
        );
    }
}

fn keys(cx: &mut Ctxt, what: &str, pairs: &[(LitStr, LitStr)]) {
    for (index, (key, _)) in pairs.iter().enumerate() {
        let text = key.value();
        if let Err(wrong) = names::qualified(&text) {
            cx.error(
                key,
                format_args!("the key of {what} {wrong}: write e.g. `example.com/name`"),
            );
        }
        if pairs[..index]
            .iter()
            .any(|(earlier, _)| earlier.value() == text)
        {
            cx.error(key, format_args!("`{text}` is there twice: remove one"));
        }
    }
}
