//! [`Selection`]: which objects of a kind a list or a watch is about.

use std::sync::Arc;

use super::call::Call;
use crate::{
    error::ApiError,
    resource::Resource,
    selectors::{self, fields},
    store::{
        encoding::{decode, decode_identity},
        list_options::ListOptions,
    },
};

/// The selectors of a request, checked against its kind.
#[derive(Clone)]
pub(crate) struct Selection {
    resource: Arc<Resource>,
    selectors: selectors::Selection,
}

impl Selection {
    /// Reads the selectors; a path that names an object selects that one.
    ///
    /// # Errors
    /// A 400 for what is no selector, or names a field that the kind can't be selected by.
    pub(crate) fn of(call: &Call<'_>, options: &ListOptions) -> Result<Self, ApiError> {
        let resource = Arc::clone(&call.kind.resource);
        let mut fields = options.field_selector.clone();
        if let Some(name) = &call.path.name {
            let separator = if fields.is_empty() { "" } else { "," };
            let name = name
                .replace('\\', "\\\\")
                .replace(',', "\\,")
                .replace('=', "\\=");
            fields = format!("{fields}{separator}metadata.name={name}");
        }
        let selectors = selectors::Selection::parse(&options.label_selector, &fields)?;
        let own = resource.strategy.field_labels();
        let complaint = if resource.custom || !own.is_empty() {
            fields::not_supported
        } else {
            fields::not_known
        };
        let is_known = |field: &str| {
            matches!(field, "metadata.name" | "metadata.namespace") || own.contains(&field)
        };
        selectors.fields.check(is_known, complaint)?;
        Ok(Self {
            resource,
            selectors,
        })
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub(crate) fn is_everything(&self) -> bool {
        self.selectors.is_everything()
    }

    /// The only name that it can select, if there is one.
    #[must_use]
    pub(crate) fn name(&self) -> Option<&str> {
        self.selectors.fields.exactly("metadata.name")
    }

    /// Whether it selects this object, as it is stored.
    #[must_use]
    pub(crate) fn selects(&self, object: &[u8]) -> bool {
        let selectors = &self.selectors;
        if selectors.ask_only_for_identity() {
            return selectors.matches(&decode_identity(object), |_| "".into());
        }
        let object = decode(object);
        selectors.matches(&object, |field| {
            self.resource.strategy.field(&object, field).into()
        })
    }
}
