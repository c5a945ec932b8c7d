//! [`Model`]: what the attributes mean, defaults settled. It can be built from anything that was parsed, so
//! that rules and fallback need not care what is missing.

pub(crate) mod known;
pub(crate) mod object;
pub(crate) mod serde;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, DeriveInput, Ident, LitStr, Path, Type, Visibility, spanned::Spanned};

use crate::{
    attr::resource::ResourceAttrs,
    check::{kubernetes, names},
};
use object::Object;

/// A type of the Kubernetes API as the struct declares it.
pub(crate) struct Model<'a> {
    pub(crate) input: &'a DeriveInput,
    pub(crate) attrs: &'a ResourceAttrs,
    /// The struct's fields.
    pub(crate) object: &'a Object,
    /// What the root struct derives besides what it always has.
    pub(crate) derives: Vec<&'a Path>,
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) list_kind: String,
    pub(crate) cluster_scoped: bool,
    /// The root struct; none if it would have no valid name.
    pub(crate) root: Option<Ident>,
    /// `operator_core`, wherever the user has it; none if what is written is no path.
    krate: Option<Path>,
}

impl<'a> Model<'a> {
    pub(crate) fn new(
        input: &'a DeriveInput,
        attrs: &'a ResourceAttrs,
        object: &'a Object,
    ) -> Self {
        let text = |it: &Option<LitStr>| it.as_ref().map(LitStr::value);
        // Without a kind the name of the struct tells what the rest of the user's code calls the root struct.
        let kind = text(&attrs.kind).unwrap_or_else(|| {
            let spec = input.ident.to_string();
            spec.strip_suffix("Spec").unwrap_or_default().to_owned()
        });
        let singular = text(&attrs.singular).unwrap_or_else(|| kind.to_lowercase());
        // The plural of a singular that was chosen, since that is the user's word for it.
        let plural = text(&attrs.plural).unwrap_or_else(|| names::plural(&singular));
        let list_kind = text(&attrs.list_kind).unwrap_or_else(|| format!("{kind}List"));
        let named = attrs.root.as_ref().or(attrs.kind.as_ref());
        let root = named.map_or_else(|| syn::parse_str(&kind).ok(), |it| it.parse::<Ident>().ok());
        Self {
            group: text(&attrs.group).unwrap_or_default(),
            version: text(&attrs.version).unwrap_or_default(),
            cluster_scoped: attrs
                .scope
                .as_ref()
                .is_some_and(|scope| scope.value() == "Cluster"),
            // A name at the place where it was written would make the root struct's own errors point there.
            root: root.map(|mut root| {
                root.set_span(input.ident.span());
                root
            }),
            kind,
            plural,
            singular,
            list_kind,
            krate: krate(attrs.krate.as_ref()),
            derives: distinct(&attrs.derives),
            input,
            attrs,
            object,
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

    /// Where errors show that are about the status.
    pub(crate) fn at_status(&self) -> Span {
        let span = self.status().map_or_else(Span::call_site, Spanned::span);
        Span::call_site().located_at(span)
    }

    pub(crate) fn api_version(&self) -> String {
        format!("{}/{}", self.group, self.version)
    }

    /// Whether the struct's fields stand at the top of the resource.
    pub(crate) fn is_flat(&self) -> bool {
        self.attrs
            .shape
            .as_ref()
            .is_some_and(|it| it.value() == "flat")
    }

    /// The minor version of the oldest Kubernetes that it has to work on, and what says so.
    pub(crate) fn oldest(&self) -> Option<(u32, &'a LitStr)> {
        let written = self.attrs.kubernetes.as_ref();
        let stated = written.and_then(|it| Some((kubernetes::minor(&it.value())?, it)));
        let v1beta1 = self.attrs.crd.as_ref().filter(|_| self.is_v1beta1());
        // `v1beta1` is for servers that don't know what came after it, whichever is the oldest of them.
        let until = v1beta1.map(|it| (kubernetes::V1BETA1_UNTIL, it));
        match (stated, until) {
            (Some(stated), Some(until)) => Some(if stated.0 < until.0 { stated } else { until }),
            (stated, until) => stated.or(until),
        }
    }

    pub(crate) fn is_v1beta1(&self) -> bool {
        self.attrs
            .crd
            .as_ref()
            .is_some_and(|it| it.value() == "v1beta1")
    }

    pub(crate) fn krate(&self) -> Option<&Path> {
        self.krate.as_ref()
    }

    /// The documentation of the struct, which is that of the resource.
    pub(crate) fn docs(&self) -> Vec<&Attribute> {
        let attributes = self.input.attrs.iter();
        attributes
            .filter(|attribute| attribute.path().is_ident("doc"))
            .collect()
    }
}

/// `operator_core`, wherever the user has it; none if what is written is no path.
pub(crate) fn krate(written: Option<&LitStr>) -> Option<Path> {
    written.map_or_else(
        || syn::parse_str("::operator_core").ok(),
        |it| it.parse_with(Path::parse_mod_style).ok(),
    )
}

/// Where everything is that generated code needs, so that a user depends on nothing for its sake.
pub(crate) fn private(krate: Option<&Path>) -> TokenStream {
    quote!(#krate::__private)
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
