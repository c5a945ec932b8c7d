//! [`Selection`]: which objects of a kind a list or a watch is about.

use std::sync::Arc;

use serde_json::Value;

use super::call::Call;
use crate::{
    error::ApiError,
    object,
    resource::Resource,
    selectors::{FieldSelector, LabelSelector},
    store::ListOptions,
};

/// The selectors of a request, checked against its kind.
#[derive(Clone)]
pub struct Selection {
    resource: Arc<Resource>,
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads the selectors; a path that names an object selects that one.
    ///
    /// # Errors
    /// A 400 for what is no selector, or names a field that the kind can't be selected by.
    pub fn of(call: &Call<'_>, options: &ListOptions) -> Result<Self, ApiError> {
        let resource = Arc::clone(&call.kind.resource);
        let labels = LabelSelector::parse(&options.label_selector)?;
        let mut fields = FieldSelector::parse(&options.field_selector)?;
        for requirement in fields.requirements() {
            let field = requirement.field();
            let known = matches!(field, "metadata.name" | "metadata.namespace")
                || resource.strategy.field_labels().contains(&field);
            if !known {
                return Err(unknown_field(&resource, field));
            }
        }
        if let Some(name) = &call.path.name {
            fields = fields.and_equals("metadata.name", name);
        }
        Ok(Self { resource, labels, fields })
    }

    /// Whether it leaves nothing out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The only name that it can select, if there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.fields.required_value("metadata.name")
    }

    /// Whether it selects this object.
    #[must_use]
    pub fn selects(&self, object: &Value) -> bool {
        self.labels.matches(&object["metadata"]["labels"])
            && self.fields.matches(|field| match field {
                "metadata.name" => object::name(object).into(),
                "metadata.namespace" => object::namespace(object).into(),
                field => self.resource.strategy.field(object, field).into(),
            })
    }
}

fn unknown_field(resource: &Resource, field: &str) -> ApiError {
    if resource.custom {
        return ApiError::bad_request(format!("field label not supported: {field}"));
    }
    let known = "\"metadata.name\", \"metadata.namespace\"";
    if resource.strategy.field_labels().is_empty() {
        return ApiError::bad_request(format!("{field:?} is not a known field selector: only {known}"));
    }
    ApiError::bad_request(format!("field label not supported: {field}"))
}
