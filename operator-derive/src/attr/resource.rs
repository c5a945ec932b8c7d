//! The attributes of the struct that derives `K8sType`.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Ident, LitBool, LitStr, Path, Type, parse::ParseStream};

use super::{
    Item,
    column::Column,
    each,
    keys::{RESOURCE, RULE},
    marks::Marks,
    ours,
    scale::Scale,
    value,
};
use crate::ctxt::Ctxt;

/// What is written on the struct, as far as it is of the right form.
#[derive(Default)]
pub(crate) struct ResourceAttrs {
    pub(crate) group: Option<LitStr>,
    pub(crate) version: Option<LitStr>,
    pub(crate) kind: Option<LitStr>,
    pub(crate) plural: Option<LitStr>,
    pub(crate) singular: Option<LitStr>,
    pub(crate) list_kind: Option<LitStr>,
    pub(crate) short_names: Vec<LitStr>,
    pub(crate) categories: Vec<LitStr>,
    pub(crate) scope: Option<LitStr>,
    pub(crate) status: Option<Type>,
    pub(crate) root: Option<LitStr>,
    pub(crate) derives: Vec<Path>,
    pub(crate) krate: Option<LitStr>,
    pub(crate) shape: Option<LitStr>,
    pub(crate) served: Option<LitBool>,
    pub(crate) storage: Option<LitBool>,
    pub(crate) deprecated: Option<(Ident, Option<LitStr>)>,
    pub(crate) labels: Vec<(LitStr, LitStr)>,
    pub(crate) annotations: Vec<(LitStr, LitStr)>,
    pub(crate) columns: Vec<Column>,
    pub(crate) selectable: Vec<LitStr>,
    pub(crate) scale: Option<Scale>,
    pub(crate) crd: Option<LitStr>,
    pub(crate) kubernetes: Option<LitStr>,
    pub(crate) marks: Marks,
    /// The attributes that were met, in whatever form: none of them is missing.
    pub(crate) met: Vec<&'static str>,
    /// The first `#[k8s(…)]`, where something missing should have been.
    pub(crate) place: Option<Path>,
}

impl ResourceAttrs {
    pub(crate) fn parse(cx: &mut Ctxt, attributes: &[Attribute]) -> Self {
        let mut attrs = Self {
            place: ours(attributes).next().map(|it| it.path().clone()),
            ..Self::default()
        };
        attrs.met = each(cx, attributes, &RESOURCE, |cx, item, input| {
            attrs.item(cx, item, input)
        });
        attrs
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.met.contains(&name)
    }

    fn item(&mut self, cx: &mut Ctxt, item: &Item, input: ParseStream) -> syn::Result<()> {
        match item.name() {
            "group" => self.group = Some(value::string(item, input)?),
            "version" => self.version = Some(value::string(item, input)?),
            "kind" => self.kind = Some(value::string(item, input)?),
            "plural" => self.plural = Some(value::string(item, input)?),
            "singular" => self.singular = Some(value::string(item, input)?),
            "list_kind" => self.list_kind = Some(value::string(item, input)?),
            "shortname" => self.short_names.push(value::string(item, input)?),
            "category" => self.categories.push(value::string(item, input)?),
            "scope" => self.scope = Some(value::string(item, input)?),
            "root" => self.root = Some(value::string(item, input)?),
            "crate" => self.krate = Some(value::string(item, input)?),
            "status" => {
                self.status = quoted_type(input)?;
                self.status = Some(value::path_type(item, input)?);
            }
            "derive" => self.derives.extend(value::paths(item, input)?),
            _ => return self.of_the_version(cx, item, input),
        }
        Ok(())
    }

    /// What is neither about names nor about Rust.
    fn of_the_version(
        &mut self,
        cx: &mut Ctxt,
        item: &Item,
        input: ParseStream,
    ) -> syn::Result<()> {
        match item.name() {
            "shape" => self.shape = Some(value::string(item, input)?),
            "served" => self.served = Some(value::boolean(item, input)?),
            "storage" => self.storage = Some(value::boolean(item, input)?),
            "deprecated" => {
                let warning = value::optional_string(item, input)?;
                self.deprecated = Some((item.ident.clone(), warning));
            }
            "label" => self.labels.push(value::pair(item, input)?),
            "annotation" => self.annotations.push(value::pair(item, input)?),
            "column" => self.columns.push(Column::on_the_struct(cx, item, input)?),
            "selectable" => self.selectable.push(value::string(item, input)?),
            "scale" => self.scale = Some(Scale::parse(cx, item, input)?),
            "crd" => self.crd = Some(value::string(item, input)?),
            "kubernetes" => self.kubernetes = Some(value::string(item, input)?),
            _ => self.marks.item(cx, item, input, &RULE)?,
        }
        Ok(())
    }
}

/// The type in quotes, if that is what is there: it is clear what was meant, so the root struct has its status.
fn quoted_type(input: ParseStream) -> syn::Result<Option<Type>> {
    let Some(TokenTree::Literal(quoted)) = input.fork().parse::<TokenStream>()?.into_iter().nth(1)
    else {
        return Ok(None);
    };
    let quoted = syn::parse2::<LitStr>(TokenTree::from(quoted).into()).ok();
    Ok(quoted.and_then(|it| it.parse().ok()))
}
