//! [`check_crd`]: a test of one line for all that the compiler can't see of a CRD.

use std::{error, fmt};

use operator_apiserver::{Cause, validate_definition};
use operator_core::crd::Crd;

/// What an API server says against a CRD; see [`check_crd`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrdRefused {
    crd: String,
    causes: Vec<Cause>,
}

/// Asks the rules of a Kubernetes 1.37 API server whether it would take a CRD, without a server.
///
/// Everything is told at once that it would say: schemas that are not structural, list types that don't fit, columns,
/// selectable fields and scale; and of the rules in CEL their syntax, what they may see, their types, and whether their
/// estimated cost fits the server's budget. Not all of that can be seen while the struct is compiled, so every operator
/// should have this test:
///
/// ```
/// # use operator_core::prelude::*;
/// # #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
/// # #[k8s(group = "example.com", version = "v1", kind = "Greeting")]
/// # pub struct GreetingSpec { pub name: String }
/// # fn the_crd_is_valid() -> Result<(), Box<dyn std::error::Error>> {
/// Ok(operator_testkit::check_crd(&Greeting::crd()?)?)
/// # }
/// # the_crd_is_valid().unwrap();
/// ```
///
/// # Errors
/// If it would not take it, with everything that it says, each with the field of the resource where that is.
pub fn check_crd(crd: &Crd) -> Result<(), CrdRefused> {
    let causes: Vec<Cause> = validate_definition(&crd.to_json())
        .into_iter()
        .map(|cause| Cause {
            field: place(&cause.field),
            ..cause
        })
        .collect();
    if causes.is_empty() {
        return Ok(());
    }
    Err(CrdRefused {
        crd: crd.name(),
        causes,
    })
}

impl fmt::Display for CrdRefused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an API server refuses the CRD {}:", self.crd)?;
        self.causes
            .iter()
            .try_for_each(|cause| write!(f, "\n  {cause}"))
    }
}

impl error::Error for CrdRefused {}

/// Where in the resource a field of its schema is, as an author of the struct would say it: `spec.list[].name`, with
/// what of the schema it is in parentheses. A field of the CRD that is in no schema stays as it is.
fn place(field: &str) -> String {
    let Some((_, schema)) = field.split_once("openAPIV3Schema") else {
        return field.to_owned();
    };
    let mut rest = schema;
    let mut place = String::new();
    loop {
        if let Some(named) = rest.strip_prefix(".properties[")
            && let Some((name, after)) = named.split_once(']')
        {
            if !place.is_empty() {
                place.push('.');
            }
            place.push_str(name);
            rest = after;
        } else if let Some(after) = below(rest, ".items") {
            place.push_str("[]");
            rest = after;
        } else if let Some(after) = below(rest, ".additionalProperties") {
            place.push_str("{}");
            rest = after;
        } else {
            break;
        }
    }
    if place.is_empty() {
        place.push_str("the resource");
    }
    match rest.trim_start_matches('.') {
        "" => place,
        keyword => format!("{place} ({keyword})"),
    }
}

/// What follows a step of a path, if it is that step and not the beginning of a longer name.
fn below<'a>(path: &'a str, step: &str) -> Option<&'a str> {
    let after = path.strip_prefix(step)?;
    (after.is_empty() || after.starts_with(['.', '['])).then_some(after)
}

#[cfg(test)]
mod tests {
    use operator_core::prelude::*;

    use super::*;

    /// A range whose rule compares a number with a text.
    #[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
    #[k8s(group = "kit.example.com", version = "v1", kind = "Range")]
    struct RangeSpec {
        #[k8s(rule("self > 'a'", message = "it has to be more"))]
        least: i32,
        #[k8s(rule("slef > 0", message = "it has to be more"))]
        most: i32,
    }

    #[test]
    fn rules_that_no_server_takes_are_all_told_with_their_fields() {
        let refused = check_crd(&Range::crd().unwrap()).unwrap_err().to_string();
        assert!(
            refused.contains("\n  spec.least (x-kubernetes-validations[0].rule): "),
            "{refused}"
        );
        assert!(
            refused.contains("found no matching overload for '_>_'"),
            "{refused}"
        );
        assert!(
            refused.contains("\n  spec.most (x-kubernetes-validations[0].rule): "),
            "{refused}"
        );
        assert!(
            refused.contains("undeclared reference to 'slef'"),
            "{refused}"
        );
    }

    #[test]
    fn a_field_is_named_as_it_is_in_the_resource() {
        for (field, expected) in [
            (
                "spec.validation.openAPIV3Schema.properties[spec].properties[size].default",
                "spec.size (default)",
            ),
            (
                "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[list].items.properties[a].type",
                "spec.list[].a (type)",
            ),
            (
                "spec.validation.openAPIV3Schema.properties[spec].additionalProperties.type",
                "spec{} (type)",
            ),
            (
                "spec.validation.openAPIV3Schema.x-kubernetes-validations[0].rule",
                "the resource (x-kubernetes-validations[0].rule)",
            ),
            ("spec.names.plural", "spec.names.plural"),
        ] {
            assert_eq!(place(field), expected);
        }
    }
}
