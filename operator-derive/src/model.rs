//! [`Model`]: what the attributes mean, defaults settled. It can be built from anything that was parsed, so
//! that rules and fallback need not care what is missing.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, DeriveInput, Ident, LitStr, Path, Type, Visibility};

use crate::{attr::Attrs, column::Column, names};

/// A type of the Kubernetes API as the struct declares it.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) attrs: &'a Attrs,
    pub(crate) columns: Vec<Column>,
    /// What the root struct derives besides what it always has.
    pub(crate) derives: Vec<&'a Path>,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) cluster_scoped: bool,
    /// The root struct; none if it would have no valid name.
    pub(crate) root: Option<Ident>,
    /// `operator_core`, wherever the user has it; none if what is written is no path.
    krate: Option<Path>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(input: &'a DeriveInput, attrs: &'a Attrs, columns: Vec<Column>) -> Self {
        let text = |it: &Option<LitStr>| it.as_ref().map(LitStr::value);
        // Without a kind the name of the struct tells what the rest of the user's code calls the root struct.
        let kind = text(&attrs.kind).unwrap_or_else(|| {
            let spec = input.ident.to_string();
            spec.strip_suffix("Spec").unwrap_or_default().to_owned()
        });
        let singular = text(&attrs.singular).unwrap_or_else(|| kind.to_lowercase());
        // The plural of a singular that was chosen, since that is the user's word for it.
        let plural = text(&attrs.plural).unwrap_or_else(|| names::plural(&singular));
        let named = attrs.root.as_ref().or(attrs.kind.as_ref());
        let root = named.map_or_else(|| syn::parse_str(&kind).ok(), |it| it.parse::<Ident>().ok());
        let krate = attrs.krate.as_ref().map_or_else(
            || syn::parse_str("::operator_core").ok(),
            |it| it.parse_with(Path::parse_mod_style).ok(),
        );
        Self {
            group: text(&attrs.group).unwrap_or_default(),
            version: text(&attrs.version).unwrap_or_default(),
            cluster_scoped: attrs
                .scope
                .as_ref()
                .is_some_and(|scope| scope.value() == "Cluster"),
            // A name at the place where it was written would make the root struct's own errors point there.
            root: root.map(|root| Ident::new(&root.to_string(), input.ident.span())),
            kind,
            plural,
            singular,
            krate,
            derives: distinct(&attrs.derives),
            input,
            attrs,
            columns,
        }
    }

    pub(crate) fn spec(&self) -> &Ident {
        &self.input.ident
    }

    pub(crate) fn visibility(&self) -> &Visibility {
        &self.input.vis
    }

    pub(crate) fn status(&self) -> Option<&Type> {
        self.attrs.status.as_ref()
    }

    pub(crate) fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    pub(crate) fn krate(&self) -> Option<&Path> {
        self.krate.as_ref()
    }

    /// Where everything is that generated code needs, so that a user depends on nothing for its sake.
    pub(crate) fn private(&self) -> TokenStream {
        let krate = &self.krate;
        quote!(#krate::__private)
    }

    /// The documentation of the struct, which is that of the resource.
    pub(crate) fn docs(&self) -> Vec<&Attribute> {
        let attributes = self.input.attrs.iter();
        attributes
            .filter(|attribute| attribute.path().is_ident("doc"))
            .collect()
    }
}

/// The derives that every root struct has.
pub(crate) const GIVEN: [&str; 5] = ["Clone", "Debug", "Serialize", "Deserialize", "JsonSchema"];

/// The derives of the standard library that `ObjectMeta` doesn't have.
pub(crate) const LACKING: [&str; 5] = ["Copy", "Eq", "Hash", "Ord", "PartialOrd"];

/// The name of a derive without its path.
pub(crate) fn last_name(derive: &Path) -> String {
    let last = derive.segments.last();
    last.map_or_else(String::new, |segment| segment.ident.to_string())
}

/// Each derive once, without those that are given or can't be: each of these would be an error of its own.
fn distinct(derives: &[Path]) -> Vec<&Path> {
    let mut distinct: Vec<&Path> = Vec::new();
    for derive in derives {
        let name = last_name(derive);
        let known = distinct.iter().any(|earlier| last_name(earlier) == name);
        let wrong = GIVEN.iter().chain(&LACKING).any(|other| *other == name);
        if !known && !wrong {
            distinct.push(derive);
        }
    }
    distinct
}
