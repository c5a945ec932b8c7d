//! What is known and declared of a type, as constants that the types around it can find.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{DeriveInput, Generics, LitStr, ext::IdentExt, parse_quote};

use super::{checks, marks, shape::Within};
use crate::{
    attr::{column::Column, field::FieldAttrs, marks::Marks},
    model::{
        object::{Form, Member, MemberKind, Object},
        serde::pascal_case,
    },
};

/// The implementations for a type, and the rules that its constants are checked by.
pub(super) fn expand(
    input: &DeriveInput,
    object: &Object,
    marks: &Marks,
    private: &TokenStream,
) -> TokenStream {
    let within = Within {
        ident: &input.ident,
        generics: &input.generics,
        private,
    };
    let declaration = declaration(object, marks, within);
    let (ident, generics) = (&input.ident, &input.generics);
    let (implemented, arguments, bounds) = generics.split_for_impl();
    let shaped = shaped(generics, private);
    let (with_shapes, _, all_shaped) = shaped.split_for_impl();
    let parameters = generics.type_params().map(|it| &it.ident);
    let checks = checks::expand(object, within);
    quote! {
        #[automatically_derived]
        impl #implemented #private::Declared for #ident #arguments #bounds {
            const KIND: #private::Kind = #private::Kind::Type(&#declaration);
        }

        #[automatically_derived]
        impl #with_shapes #private::Shaped for #ident #arguments #all_shaped {
            const SHAPE: #private::Shape = #private::Shape {
                kind: <Self as #private::Declared>::KIND,
                arguments: &[#(<#parameters as #private::Shaped>::SHAPE),*],
            };
        }

        #checks
    }
}

/// The generics with every parameter shaped.
fn shaped(generics: &Generics, private: &TokenStream) -> Generics {
    let mut generics = generics.clone();
    let parameters: Vec<_> = generics.type_params().map(|it| it.ident.clone()).collect();
    for parameter in parameters {
        let clause = generics.make_where_clause();
        clause
            .predicates
            .push(parse_quote!(#parameter: #private::Shaped));
    }
    generics
}

fn declaration(object: &Object, marks: &Marks, within: Within) -> TokenStream {
    let (private, name) = (within.private, &object.name);
    let form = match object.form {
        Form::Object => quote!(Object),
        Form::Text => quote!(Text),
        Form::Transparent => quote!(Transparent),
        Form::Free => quote!(Free),
    };
    let fields = object.members.iter().map(|member| field(member, within));
    let marks = marks::expand(marks, name, private);
    quote! {
        #private::TypeDeclaration {
            name: #name,
            form: #private::Form::#form,
            fields: &[#(#fields),*],
            marks: #marks,
        }
    }
}

fn field(member: &Member, within: Within) -> TokenStream {
    let private = within.private;
    let mut said = Vec::new();
    if let Some(name) = &member.name {
        said.push(quote!(name: ::core::option::Option::Some(#name)));
    }
    match &member.kind {
        MemberKind::Rust(ty) => {
            let shape = within.shape(ty);
            said.push(quote!(shape: #shape));
        }
        MemberKind::Text => {
            said.push(quote!(shape: #private::Shape::of(#private::Kind::String)));
        }
        MemberKind::Inner(object) => {
            let inner = declaration(object, &Marks::default(), within);
            said.push(quote!(shape: #private::Shape::of(#private::Kind::Type(&#inner))));
        }
        MemberKind::Unknown => {}
    }
    if member.defaulted {
        said.push(quote!(defaulted: true));
    }
    if !member.attrs.met.is_empty() {
        let name = member.name.as_deref().unwrap_or("the value");
        let marks = marks::expand(&member.attrs.marks, name, private);
        let placement = placement(member, private);
        said.push(quote!(marks: #marks));
        said.push(quote!(placement: #placement));
    }
    quote!(#private::Field { #(#said,)* ..#private::Field::PLAIN })
}

fn placement(member: &Member, private: &TokenStream) -> TokenStream {
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
        let column = self::column(written, &rust, private);
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
        let role = quote!(#private::ScaleRole::#role);
        said.push(quote!(scale: ::core::option::Option::Some(#role)));
    }
    if said.is_empty() {
        return quote!(#private::Placement::NONE);
    }
    quote!(#private::Placement { #(#said,)* ..#private::Placement::NONE })
}

/// A column; `heading` is what it is called unless it says otherwise.
pub(super) fn column(written: &Column, heading: &str, private: &TokenStream) -> TokenStream {
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
        #private::FieldColumn {
            name: #name,
            kind: #kind,
            format: #format,
            description: #description,
            priority: #priority,
        }
    }
}
