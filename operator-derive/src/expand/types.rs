//! What is known and declared of a type, as constants that the types around it can find.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Generics, LitStr, ext::IdentExt, parse_quote};

use super::{checks, marks, shape::Within};
use crate::{
    attr::{column::Column, field::FieldAttrs, marks::Marks},
    model::{
        known::present,
        object::{Form, Member, MemberKind, Object},
        serde::{Serde, pascal_case},
    },
};

/// The implementations for a type, and the rules that its constants are checked by.
pub(super) fn expand(input: &DeriveInput, object: &Object, marks: &Marks) -> TokenStream {
    let within = Within::of(input);
    let flattened = flattened(input, object);
    let declaration = declaration(object, marks, flattened.as_ref(), within);
    let (ident, generics) = (&input.ident, &input.generics);
    let (implemented, arguments, bounds) = generics.split_for_impl();
    let shaped = shaped(generics);
    let (with_shapes, _, all_shaped) = shaped.split_for_impl();
    let parameters: Vec<_> = generics.type_params().map(|it| &it.ident).collect();
    // Without arguments it is what the trait says.
    let shape = (!parameters.is_empty()).then(|| {
        quote! {
            const SHAPE: __k8s::Shape = __k8s::Shape {
                kind: <Self as __k8s::Declared>::KIND,
                arguments: &[#(<#parameters as __k8s::Shaped>::SHAPE),*],
            };
        }
    });
    let checks = checks::expand(object, within);
    let registered = registered(input, object, marks);
    quote! {
        #[automatically_derived]
        impl #implemented __k8s::Declared for #ident #arguments #bounds {
            const KIND: __k8s::Kind = __k8s::Kind::Type(#declaration);
        }

        #[automatically_derived]
        impl #with_shapes __k8s::Shaped for #ident #arguments #all_shaped {
            #shape
        }

        #checks

        #registered
    }
}

/// The entry in the list of types in which something is declared, so that it isn't lost where no declaration leads.
fn registered(input: &DeriveInput, object: &Object, marks: &Marks) -> Option<TokenStream> {
    let name = &object.name;
    if marks::expand(marks, name).is_none() && !object.declares() {
        return None;
    }
    let schema_name = Serde::parse(&input.attrs).container(&input.ident);
    let (ident, generics) = (&input.ident, &input.generics);
    let is_generic =
        generics.type_params().next().is_some() || generics.const_params().next().is_some();
    let recognition = if is_generic {
        // Only an object has its fields at the top of its schema.
        let members = object
            .members
            .iter()
            .filter(|_| object.form == Form::Object);
        let fields = members
            .filter(|it| it.declares())
            .filter_map(|it| it.name.as_ref());
        quote!(__k8s::Recognition::Generic(&[#(#fields),*]))
    } else {
        let lifetimes = generics.lifetimes().map(|_| quote!('static));
        quote!(__k8s::Probe::<#ident<#(#lifetimes),*>>::RECOGNITION)
    };
    Some(quote! {
        __k8s::inventory::submit! {
            __k8s::Registered {
                name: #name,
                schema_name: #schema_name,
                recognition: #recognition,
            }
        }
    })
}

/// The types that may describe it in its place.
fn flattened(input: &DeriveInput, object: &Object) -> Option<TokenStream> {
    let is_documented = input.attrs.iter().any(|it| it.path().is_ident("doc"));
    let is_struct = matches!(input.data, Data::Struct(_));
    // What depends on parameters may have no schema.
    if is_documented || !is_struct || !input.generics.params.is_empty() {
        return None;
    }
    let types: Vec<_> = object.flattened().map(present).collect();
    let any = !types.is_empty();
    any.then(|| quote!(.flattening(&[#(__k8s::told::<#types>),*])))
}

/// The generics with every parameter shaped.
fn shaped(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    let parameters: Vec<_> = generics.type_params().map(|it| it.ident.clone()).collect();
    for parameter in parameters {
        let clause = generics.make_where_clause();
        clause
            .predicates
            .push(parse_quote!(#parameter: __k8s::Shaped));
    }
    generics
}

/// A constant inside of another one is evaluated as it is; what is behind a mere reference would be taken apart to be
/// promoted, which takes longer the more fields there are.
fn declaration(
    object: &Object,
    marks: &Marks,
    flattened: Option<&TokenStream>,
    within: Within,
) -> TokenStream {
    let name = &object.name;
    let form = match object.form {
        Form::Object => quote!(Object),
        Form::Text => quote!(Text),
        Form::Transparent => quote!(Transparent),
        Form::Free => quote!(Free),
    };
    let fields = object.members.iter().map(|member| field(member, within));
    let marks = marks::expand(marks, name).unwrap_or_else(|| quote!(__k8s::Marks::NONE));
    quote! {
        &const {
            __k8s::TypeDeclaration::new(
                #name,
                __k8s::Form::#form,
                &const { [#(#fields),*] },
                #marks,
            )
            #flattened
        }
    }
}

fn field(member: &Member, within: Within) -> TokenStream {
    let shape = match &member.kind {
        // Nothing of its schema is kept, nor of what is declared in it: types that contain each other can be cut here.
        _ if member.attrs.marks.schemaless.is_some() => quote!(__k8s::Shape::UNKNOWN),
        MemberKind::Rust(ty) => within.shape(ty),
        MemberKind::Text => quote!(__k8s::Shape::of(__k8s::Kind::String)),
        MemberKind::Inner(object) => {
            let inner = declaration(object, &Marks::default(), None, within);
            quote!(__k8s::Shape::of(__k8s::Kind::Type(#inner)))
        }
        MemberKind::Unknown => quote!(__k8s::Shape::UNKNOWN),
    };
    let field = if let Some(name) = &member.name {
        quote!(__k8s::Field::named(#name, #shape))
    } else {
        quote!(__k8s::Field::unnamed(#shape))
    };
    let mut said = Vec::new();
    if member.defaulted {
        said.push(quote!(defaulted: true));
    }
    let name = member.name.as_deref().unwrap_or("the value");
    let marks = marks::expand(&member.attrs.marks, name);
    let placement = placement(member);
    if marks.is_some() || placement.is_some() {
        said.push(quote!(declares: true));
    }
    if let Some(marks) = marks {
        said.push(quote!(marks: &const { #marks }));
    }
    if let Some(placement) = placement {
        said.push(quote!(placement: &const { #placement }));
    }
    if said.is_empty() {
        return field;
    }
    quote!(__k8s::Field { #(#said,)* ..#field })
}

fn placement(member: &Member) -> Option<TokenStream> {
    let FieldAttrs {
        column,
        selectable,
        scale,
        ..
    } = &member.attrs;
    let mut said = Vec::new();
    if let Some(written) = column {
        let rust = member
            .ident
            .as_ref()
            .map(|it| pascal_case(&it.unraw().to_string()));
        let rust = rust.or(member.name.clone()).unwrap_or_default();
        let column = self::column(written, &rust);
        said.push(quote!(column: ::core::option::Option::Some(#column)));
    }
    if selectable.is_some() {
        said.push(quote!(selectable: true));
    }
    if let Some(role) = scale {
        let role = match role.value().as_str() {
            "replicas" => quote!(Replicas),
            "status" => quote!(Status),
            _ => quote!(Selector),
        };
        let role = quote!(__k8s::ScaleRole::#role);
        said.push(quote!(scale: ::core::option::Option::Some(#role)));
    }
    let any = !said.is_empty();
    any.then(|| quote!(__k8s::Placement { #(#said,)* ..__k8s::Placement::NONE }))
}

/// A column; `heading` is what it is called unless it says otherwise.
pub(super) fn column(written: &Column, heading: &str) -> TokenStream {
    let name = written
        .name
        .as_ref()
        .map_or_else(|| heading.to_owned(), LitStr::value);
    let none = || quote!(::core::option::Option::None);
    let optional = |value: &Option<LitStr>| {
        let some = value.as_ref();
        some.map_or_else(none, |value| quote!(::core::option::Option::Some(#value)))
    };
    let (kind, format) = (optional(&written.kind), optional(&written.format));
    let description = optional(&written.description);
    let priority = written.priority.map_or_else(
        none,
        |priority| quote!(::core::option::Option::Some(#priority)),
    );
    let span = written.ident.span();
    quote_spanned! {span=>
        __k8s::FieldColumn {
            name: #name,
            kind: #kind,
            format: #format,
            description: #description,
            priority: #priority,
        }
    }
}
