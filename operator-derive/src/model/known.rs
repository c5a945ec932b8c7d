//! What the tokens of a type tell: its arguments, the parameters of the type around it, whether it contains that.

use syn::{GenericArgument, Generics, Ident, PathArguments, PathSegment, Type};

/// The one segment of a type that is written as a plain name.
fn name(ty: &Type) -> Option<&Ident> {
    match ty {
        Type::Path(it) if it.qself.is_none() && it.path.leading_colon.is_none() => {
            let mut segments = it.path.segments.iter();
            match (segments.next(), segments.next()) {
                (Some(PathSegment { ident, .. }), None) => Some(ident),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Without parentheses and invisible groups.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Paren(it) => bare(&it.elem),
        Type::Group(it) => bare(&it.elem),
        _ => ty,
    }
}

/// The arguments of a type that are types themselves; the items of an array, a slice or a reference.
pub(crate) fn arguments(ty: &Type) -> Vec<&Type> {
    match bare(ty) {
        Type::Array(it) => vec![&it.elem],
        Type::Slice(it) => vec![&it.elem],
        Type::Reference(it) => vec![&it.elem],
        Type::Tuple(it) => it.elems.iter().collect(),
        Type::Path(it) => match it.path.segments.last().map(|it| &it.arguments) {
            Some(PathArguments::AngleBracketed(it)) => {
                let arguments = it.args.iter().filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                });
                arguments.collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What an `Option` is of, where it has a value.
pub(crate) fn present(ty: &Type) -> &Type {
    let is_option = match bare(ty) {
        Type::Path(it) => it
            .path
            .segments
            .last()
            .is_some_and(|it| it.ident == "Option"),
        _ => false,
    };
    match arguments(ty).as_slice() {
        [one] if is_option => one,
        _ => ty,
    }
}

/// The position of the type parameter that this is.
pub(crate) fn parameter(ty: &Type, generics: &Generics) -> Option<usize> {
    let name = name(bare(ty))?;
    generics.type_params().position(|it| it.ident == *name)
}

/// Whether the type that is called `own` contains itself through this one.
pub(crate) fn contains(ty: &Type, own: &Ident) -> bool {
    let is_own = name(bare(ty)).is_some_and(|it| it == own || it == "Self");
    is_own || arguments(ty).into_iter().any(|it| contains(it, own))
}

/// Whether it is a name of the language or the prelude that stands for one plain value.
fn is_plain(ty: &Type) -> bool {
    const PLAIN: [&str; 15] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "u8", "u16", "u32", "u64",
        "u128", "String",
    ];
    name(bare(ty)).is_some_and(|it| PLAIN.iter().any(|plain| it == plain))
}

/// Whether it is made of plain values only, as far as names of the standard library tell: nothing is declared in it.
pub(crate) fn is_of_plain(ty: &Type) -> bool {
    const WRAPPERS: [&str; 8] = [
        "Option", "Box", "Vec", "VecDeque", "BTreeMap", "BTreeSet", "HashMap", "HashSet",
    ];
    let Type::Path(it) = bare(ty) else {
        return false;
    };
    let segments = &it.path.segments;
    let is_of_std = segments.first().is_some_and(|first| {
        segments.len() == 1 || ["std", "alloc", "core"].iter().any(|it| first.ident == it)
    });
    let last = segments.last();
    let wraps = last.is_some_and(|it| WRAPPERS.iter().any(|wrapper| it.ident == wrapper));
    let arguments = arguments(ty);
    // A type of that name that takes no argument is somebody's own.
    is_plain(ty)
        || is_of_std && wraps && !arguments.is_empty() && arguments.into_iter().all(is_of_plain)
}
