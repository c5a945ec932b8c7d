//! [`validate_definition`]: what a server would say of a CRD, without a server.

use serde_json::Value;

use super::{Definition, definition::API_VERSION, definition::KIND};
use crate::{
    error::{ApiError, Cause},
    field_error::FieldError,
    metadata::{self, Finalizers},
    strategy::Strategy as _,
};

/// What a Kubernetes 1.37 would say against the creation of a `CustomResourceDefinition` of
/// `apiextensions.k8s.io/v1`, and nothing if it would take it.
///
/// Everything is told at once, each with the path of its field: names, scope and versions, structural schemas, rules
/// with their types and costs, defaults, subresources, printer columns and selectable fields. As there, what is the same
/// in all versions is told of `spec.validation`, `spec.subresources` and so on; and rules are not looked at where the
/// schema is wrong. Of a value that is no such object only that is told, at no field. Fields that a CRD doesn't have are
/// ignored: a server warns of them. Whether the names are free only a cluster knows.
///
/// ```
/// use operator_apiserver::validate_definition;
/// use serde_json::json;
///
/// let mut crd = json!({
///     "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
///     "metadata": {"name": "foos.example.com"},
///     "spec": {
///         "group": "example.com", "scope": "Namespaced", "names": {"plural": "foos", "kind": "Foo"},
///         "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {
///             "type": "object",
///             "properties": {"size": {
///                 "type": "integer", "default": 0,
///                 "x-kubernetes-validations": [{"rule": "self > 0", "message": "must be positive"}],
///             }},
///         }}}],
///     },
/// });
/// let causes: Vec<String> = validate_definition(&crd).iter().map(ToString::to_string).collect();
/// assert_eq!(
///     causes,
///     ["spec.validation.openAPIV3Schema.properties[size].default: Invalid value: 0: must be positive"]
/// );
///
/// crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["size"]["default"] = 1.into();
/// assert!(validate_definition(&crd).is_empty());
/// ```
#[must_use]
pub fn validate_definition(definition: &Value) -> Vec<Cause> {
    match check(definition.clone()) {
        Ok(errors) => errors.iter().map(FieldError::cause).collect(),
        Err(refusal) => vec![Cause {
            message: refusal.message,
            ..Cause::default()
        }],
    }
}

/// The steps of a creation that look at nothing but the object.
fn check(mut definition: Value) -> Result<Vec<FieldError>, ApiError> {
    let said = |field: &str| definition[field].as_str().unwrap_or_default();
    if (said("apiVersion"), said("kind")) != (API_VERSION, KIND) {
        let message = format!(
            "the object is a {:?} of {:?}, not a {KIND} of {API_VERSION}",
            said("kind"),
            said("apiVersion")
        );
        return Err(ApiError::bad_request(message));
    }
    let strategy = Definition::new(Definition::schema_of_all());
    strategy.decode(&mut definition)?;
    strategy.default(&mut definition);
    strategy.prepare_for_create(&mut definition);
    let name_rule = |name: &str| strategy.validate_name(name);
    let mut errors = metadata::validate(&definition, false, Finalizers::Any, &name_rule);
    errors.extend(strategy.validate(&definition));
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(definition: &Value) -> Vec<String> {
        let causes = validate_definition(definition);
        causes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn everything_is_told_at_once_with_its_field() {
        let schema = json!({"openAPIV3Schema": {"type": "object", "properties": {
            "a": {"type": "string", "x-kubernetes-validations": [{"rule": "self.size() > 0 && self.contains('b')"}]},
            "b": {"type": "integer", "x-kubernetes-validations": [{"rule": "self == 'x'"}]}}}});
        let crd = json!({"apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": "foo"}, "spec": {
            "group": "example.com", "scope": "Everywhere", "names": {"plural": "foos", "kind": "Foo"},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": schema,
                "additionalPrinterColumns": [{"name": "A", "type": "text", "jsonPath": ".a"}],
                "selectableFields": [{"jsonPath": ".c"}],
                "subresources": {"scale": {"specReplicasPath": ".replicas"}}}]}});
        let fields: Vec<String> = validate_definition(&crd)
            .into_iter()
            .map(|cause| cause.field)
            .collect();
        assert_eq!(
            fields,
            [
                "metadata.name",
                "spec.scope",
                "spec.validation.openAPIV3Schema.properties[b].x-kubernetes-validations[0].rule",
                "spec.subresources.scale.specReplicasPath",
                "spec.subresources.scale.statusReplicasPath",
                "spec.additionalPrinterColumns[0].type",
                "spec.selectableFields[0].jsonPath",
            ]
        );
    }

    #[test]
    fn what_is_no_definition_is_told_as_that() {
        assert_eq!(
            told(&json!({"apiVersion": "v1", "kind": "ConfigMap"})),
            [
                r#"the object is a "ConfigMap" of "v1", not a CustomResourceDefinition of apiextensions.k8s.io/v1"#
            ]
        );
        let crd = json!({"apiVersion": API_VERSION, "kind": KIND, "spec": {"versions": 1}});
        let told = told(&crd);
        assert!(told[0].contains("cannot unmarshal number"), "{told:?}");
        assert_eq!(told.len(), 1);
        for odd in [json!(null), json!([]), json!("x"), json!(5)] {
            assert_eq!(validate_definition(&odd).len(), 1);
        }
    }
}
