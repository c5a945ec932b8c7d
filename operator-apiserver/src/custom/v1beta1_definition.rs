//! CRDs as `apiextensions.k8s.io/v1beta1` has them, treated as what they are in v1.

use serde_json::Value;

use super::{
    definition::Definition,
    v1beta1::{DEPRECATION, from_v1, to_v1},
};
use crate::{
    error::ApiError,
    field_error::FieldError,
    older_version::OlderVersion,
    resource::Resource,
    schema::{Schema, SchemaNode},
};

const VERSION: &str = "v1beta1";

/// The kind of CRDs in v1beta1; `schema` is that of a CRD in v1.
#[must_use]
pub(crate) fn v1beta1_definition(schema: SchemaNode) -> Resource {
    let mut resource = Definition::resource(schema.clone());
    VERSION.clone_into(&mut resource.version);
    for subresource in &mut resource.subresources {
        VERSION.clone_into(&mut subresource.kind.1);
    }
    resource.deprecation = Some(DEPRECATION.to_owned());
    resource.strategy = std::sync::Arc::new(strategy(schema));
    resource
}

fn strategy(schema: SchemaNode) -> OlderVersion {
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
    OlderVersion {
        newer: Box::new(Definition::from_v1beta1(schema)),
        schema: own.into(),
        // What has no form in v1 was refused when it was decoded.
        to_newer: |object| *object = to_v1(object.take()).unwrap_or_default(),
        to_older: |object| *object = from_v1(object.take()),
        decode,
        default: |_| {},
    }
}

fn decode(version: &OlderVersion, object: &mut Value) -> Result<Vec<String>, ApiError> {
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
    let unknown = version.newer.decode(&mut v1)?;
    *object = from_v1(v1);
    Ok(unknown)
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
        let v1 = to_v1(sent.clone()).expect("it has a form in v1");
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
