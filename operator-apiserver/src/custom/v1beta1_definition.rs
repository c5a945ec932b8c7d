//! [`V1beta1Definition`]: CRDs as `apiextensions.k8s.io/v1beta1` has them, treated as what they are in v1.

use serde_json::Value;

use super::{
    definition::Definition,
    v1beta1::{DEPRECATION, from_v1, to_v1},
};
use crate::{
    error::ApiError,
    field_error::FieldError,
    resource::Resource,
    schema::{Schema, SchemaNode},
    strategy::{Column, Strategy},
};

const VERSION: &str = "v1beta1";

/// How CRDs are treated that come and go in v1beta1: each step is the one of v1, on the same CRD in v1.
pub(crate) struct V1beta1Definition {
    v1: Definition,
    schema: Schema,
}

impl V1beta1Definition {
    /// `schema` is that of a CRD in v1.
    #[must_use]
    pub(crate) fn new(schema: SchemaNode) -> Self {
        // No cluster publishes the schema of v1beta1 any more. All but the metadata is merged as one value.
        let metadata = schema.properties.get("metadata").cloned();
        let own = Schema {
            value_type: schema.value_type,
            preserve_unknown_fields: true,
            properties: metadata
                .map(|node| ("metadata".to_owned(), node))
                .into_iter()
                .collect(),
            ..Schema::default()
        };
        Self {
            v1: Definition::from_v1beta1(schema),
            schema: own,
        }
    }

    /// The kind of CRDs in v1beta1; `schema` is that of a CRD in v1.
    #[must_use]
    pub(crate) fn resource(schema: SchemaNode) -> Resource {
        let mut resource = Definition::resource(schema.clone());
        VERSION.clone_into(&mut resource.version);
        for subresource in &mut resource.subresources {
            VERSION.clone_into(&mut subresource.kind.1);
        }
        resource.deprecation = Some(DEPRECATION.to_owned());
        resource.strategy = std::sync::Arc::new(Self::new(schema));
        resource
    }

    /// What a step of v1 makes of an object. One that has no form in v1 was refused when it was decoded.
    fn through_v1(object: &mut Value, step: impl FnOnce(&mut Value)) {
        if let Ok(mut v1) = to_v1(object.clone()) {
            step(&mut v1);
            *object = from_v1(v1);
        }
    }
}

fn in_v1(object: &Value) -> Value {
    to_v1(object.clone()).unwrap_or_default()
}

impl Strategy for V1beta1Definition {
    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError> {
        let name = crate::object::name(object).to_owned();
        let refuse = |errors: Vec<FieldError>| {
            ApiError::invalid(
                "apiextensions.k8s.io",
                "CustomResourceDefinition",
                &name,
                &errors,
            )
        };
        let mut v1 = to_v1(object.clone()).map_err(refuse)?;
        let unknown = self.v1.decode(&mut v1)?;
        *object = from_v1(v1);
        Ok(unknown)
    }

    fn default(&self, object: &mut Value) {
        Self::through_v1(object, |v1| self.v1.default(v1));
    }

    fn prepare_for_create(&self, object: &mut Value) {
        Self::through_v1(object, |v1| self.v1.prepare_for_create(v1));
    }

    fn prepare_for_update(&self, new: &mut Value, old: &Value) {
        Self::through_v1(new, |v1| self.v1.prepare_for_update(v1, &in_v1(old)));
    }

    fn prepare_for_status_update(&self, new: &mut Value, old: &Value) {
        Self::through_v1(new, |v1| self.v1.prepare_for_status_update(v1, &in_v1(old)));
    }

    fn validate(&self, object: &Value) -> Vec<FieldError> {
        self.v1.validate(&in_v1(object))
    }

    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        self.v1.validate_update(&in_v1(new), &in_v1(old))
    }

    fn validate_status_update(&self, new: &Value, old: &Value) -> Vec<FieldError> {
        self.v1.validate_status_update(&in_v1(new), &in_v1(old))
    }

    fn validate_name(&self, name: &str) -> Vec<String> {
        self.v1.validate_name(name)
    }

    fn convert(&self, object: Value, _from: &Resource) -> Value {
        from_v1(object)
    }

    fn allows_unconditional_update(&self) -> bool {
        self.v1.allows_unconditional_update()
    }

    fn reset_fields(&self, subresource: &str) -> &[&[&str]] {
        self.v1.reset_fields(subresource)
    }

    fn columns(&self) -> Vec<Column> {
        self.v1.columns()
    }

    fn cells(&self, object: &Value, now: i64) -> Vec<Value> {
        self.v1.cells(&in_v1(object), now)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_definition_goes_to_v1_and_back() {
        let sent = json!({
            "apiVersion": "apiextensions.k8s.io/v1beta1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "foos.example.com"},
            "spec": {
                "group": "example.com", "version": "v1", "scope": "Namespaced", "preserveUnknownFields": false,
                "names": {"plural": "foos", "kind": "Foo"}, "subresources": {"status": {}},
                "additionalPrinterColumns": [{"name": "Size", "type": "integer", "JSONPath": ".spec.size"}],
                "validation": {"openAPIV3Schema": {"type": "object"}},
            },
        });
        let v1 = in_v1(&sent);
        let version = &v1["spec"]["versions"][0];
        assert_eq!(
            version["additionalPrinterColumns"][0]["jsonPath"],
            ".spec.size"
        );
        assert_eq!(version["schema"]["openAPIV3Schema"]["type"], "object");
        let back = from_v1(v1);
        assert_eq!(
            back["spec"]["additionalPrinterColumns"][0]["JSONPath"],
            ".spec.size"
        );
        assert_eq!(back["spec"]["subresources"], json!({"status": {}}));
        assert_eq!(back["spec"]["preserveUnknownFields"], false);
    }
}
