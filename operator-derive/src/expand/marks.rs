//! What is written of a node of the schema, as a constant.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use crate::attr::{marks::Marks, rule::Rule};

/// The constant, if anything is written.
pub(super) fn expand(marks: &Marks, name: &str) -> Option<TokenStream> {
    let some = |value: TokenStream| quote!(::core::option::Option::Some(#value));
    let mut said = Vec::new();
    if let Some(list) = list(marks) {
        let list = some(list);
        said.push(quote!(list: #list));
    }
    for (key, value) in [
        (quote!(map), &marks.map),
        (quote!(structure), &marks.structure),
    ] {
        if let Some(value) = value {
            let merge = if value.value() == "granular" {
                quote!(Granular)
            } else {
                quote!(Atomic)
            };
            let merge = some(quote!(__k8s::Merge::#merge));
            said.push(quote!(#key: #merge));
        }
    }
    let flags = [
        &marks.int_or_string,
        &marks.embedded_resource,
        &marks.preserve_unknown_fields,
        &marks.schemaless,
    ];
    said.extend(flags.into_iter().flatten().map(|flag| quote!(#flag: true)));
    for (key, value) in [
        (quote!(default), &marks.default),
        (quote!(example), &marks.example),
    ] {
        if let Some((_, value)) = value {
            let literal = some(quote!(|| __k8s::value!(#value)));
            said.push(quote!(#key: #literal));
        }
    }
    for (key, value) in [
        (quote!(format), &marks.format),
        (quote!(description), &marks.description),
    ] {
        if let Some(value) = value {
            let value = some(quote!(#value));
            said.push(quote!(#key: #value));
        }
    }
    if let Some(written) = &marks.descriptions {
        let descriptions = descriptions(written);
        said.push(quote!(descriptions: #descriptions));
    }
    if let Some((_, message)) = &marks.immutable {
        let message = message
            .as_ref()
            .map_or_else(|| format!("`{name}` is immutable"), LitStr::value);
        let message = some(quote!(#message));
        said.push(quote!(immutable: #message));
    }
    let rules: Vec<_> = marks.rules.iter().filter(|it| it.on.is_none()).collect();
    if !rules.is_empty() {
        let rules = rules.into_iter().map(rule);
        said.push(quote!(rules: &const { [#(#rules),*] }));
    }
    let any = !said.is_empty();
    any.then(|| quote!(__k8s::Marks { #(#said,)* ..__k8s::Marks::NONE }))
}

fn list(marks: &Marks) -> Option<TokenStream> {
    let list = match marks.list.as_ref()?.value().as_str() {
        "map" => {
            let keys = &marks.keys;
            quote!(Map(&[#(#keys),*]))
        }
        "set" => quote!(Set),
        _ => quote!(Atomic),
    };
    Some(quote!(__k8s::ListType::#list))
}

pub(super) fn descriptions(written: &LitStr) -> TokenStream {
    let descriptions = match written.value().as_str() {
        "trimmed" => quote!(Trimmed),
        "omitted" => quote!(Omitted),
        _ => quote!(Kept),
    };
    quote!(__k8s::Descriptions::#descriptions)
}

pub(super) fn rule(written: &Rule) -> TokenStream {
    let rule = &written.rule;
    let texts = [
        (quote!(message), &written.message),
        (quote!(message_expression), &written.message_expression),
        (quote!(reason), &written.reason),
        (quote!(field_path), &written.field_path),
    ];
    let mut said = Vec::new();
    for (key, value) in texts {
        if let Some(value) = value {
            said.push(quote!(#key: ::core::option::Option::Some(#value)));
        }
    }
    if let Some(optional) = &written.optional_old_self {
        said.push(quote!(optional_old_self: ::core::option::Option::Some(#optional)));
    }
    let plain = quote!(__k8s::Rule::new(#rule));
    if said.is_empty() {
        return plain;
    }
    quote!(__k8s::Rule { #(#said,)* ..#plain })
}
