//! Roles and their bindings: rules that grant something, and references that never change.

use serde_json::{Value, json};

use super::{
    check::{not_supported, required, selector},
    fields::{ensure_object, items_mut, list, same, set_default, text},
    format::IMMUTABLE,
    path::Path,
    rules::{Errors, Rules},
};
use crate::{
    field_error::FieldError,
    metadata::names::{dns_1123_subdomain, path_segment},
};

pub(super) const ROLE_RULES: Rules = Rules {
    validate: |object, errors| rules(object, true, errors),
    name: path_segment,
    create_on_update: true,
    ..Rules::PLAIN
};
pub(super) const CLUSTER_ROLE_RULES: Rules = Rules {
    validate: |object, errors| {
        aggregation(object, errors);
        rules(object, false, errors);
    },
    ..ROLE_RULES
};
pub(super) const BINDING_RULES: Rules = Rules {
    default,
    validate: |object, errors| binding(object, &["Role", "ClusterRole"], errors),
    validate_change: |new, old, errors| {
        if !same(new, old, "roleRef") {
            errors.push(FieldError::invalid(
                "roleRef",
                new["roleRef"].clone(),
                IMMUTABLE,
            ));
        }
    },
    ..ROLE_RULES
};
pub(super) const CLUSTER_BINDING_RULES: Rules = Rules {
    validate: |object, errors| binding(object, &["ClusterRole"], errors),
    ..BINDING_RULES
};

const GROUP: &str = "rbac.authorization.k8s.io";

fn aggregation(object: &Value, errors: &mut Errors) {
    let rule = &object["aggregationRule"];
    if !rule.is_object() {
        return;
    }
    let path = Path::Root("aggregationRule.clusterRoleSelectors");
    let selectors = list(rule, "clusterRoleSelectors");
    if selectors.is_empty() {
        required(
            path,
            "at least one clusterRoleSelector required if aggregationRule is non-nil",
            errors,
        );
    }
    for (index, wanted) in selectors.iter().enumerate() {
        let before = errors.len();
        selector(wanted, path.index(index), errors);
        if errors.len() > before {
            let detail = "invalid label selector.";
            errors.push(FieldError::invalid(path.index(index), Value::Null, detail));
        }
    }
}

fn rules(object: &Value, namespaced: bool, errors: &mut Errors) {
    let parent = Path::Root("rules");
    for (index, rule) in list(object, "rules").iter().enumerate() {
        let path = parent.index(index);
        let urls = list(rule, "nonResourceURLs");
        if !urls.is_empty() {
            let others = ["apiGroups", "resources", "resourceNames"];
            let mut refuse = |detail: &str| {
                errors.push(FieldError::invalid(
                    path.field("nonResourceURLs"),
                    Value::from(urls),
                    detail,
                ));
            };
            if namespaced {
                refuse("namespaced rules cannot apply to non-resource URLs");
            }
            if others.iter().any(|field| !list(rule, field).is_empty()) {
                refuse("rules cannot apply to both regular resources and non-resource URLs");
            }
            continue;
        }
        if list(rule, "apiGroups").is_empty() {
            required(
                path.field("apiGroups"),
                "resource rules must supply at least one api group",
                errors,
            );
        }
        if list(rule, "resources").is_empty() {
            required(
                path.field("resources"),
                "resource rules must supply at least one resource",
                errors,
            );
        }
    }
    for (index, rule) in list(object, "rules").iter().enumerate() {
        if list(rule, "verbs").is_empty() {
            required(parent.index(index).field("verbs"), "", errors);
        }
    }
}

fn default(object: &mut Value) {
    set_default(ensure_object(object, "roleRef"), "apiGroup", GROUP);
    for subject in items_mut(object, "subjects") {
        if matches!(text(subject, "kind"), "User" | "Group") {
            set_default(subject, "apiGroup", GROUP);
        }
    }
}

fn binding(object: &Value, kinds: &[&str], errors: &mut Errors) {
    let reference = &object["roleRef"];
    let path = Path::Root("roleRef");
    if text(reference, "apiGroup") != GROUP {
        not_supported(
            path.field("apiGroup"),
            text(reference, "apiGroup"),
            &[GROUP],
            errors,
        );
    }
    if !kinds.contains(&text(reference, "kind")) {
        not_supported(path.field("kind"), text(reference, "kind"), kinds, errors);
    }
    let name = text(reference, "name");
    if !name.is_empty() {
        let wrong = path_segment(name);
        errors.extend(
            wrong
                .into_iter()
                .map(|text| FieldError::invalid(path.field("name"), name, text)),
        );
    }
    let parent = Path::Root("subjects");
    let cluster = kinds.len() == 1;
    for (index, item) in list(object, "subjects").iter().enumerate() {
        subject(item, cluster, &parent.index(index), errors);
    }
    for (index, item) in list(object, "subjects").iter().enumerate() {
        if text(item, "name").is_empty() {
            required(parent.index(index).field("name"), "", errors);
        }
    }
    if name.is_empty() {
        required(path.field("name"), "", errors);
    }
}

fn subject(subject: &Value, cluster: bool, path: &Path<'_>, errors: &mut Errors) {
    let group = text(subject, "apiGroup");
    let name = text(subject, "name");
    match text(subject, "kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                let wrong = dns_1123_subdomain(name);
                errors.extend(
                    wrong
                        .into_iter()
                        .map(|text| FieldError::invalid(path.field("name"), name, text)),
                );
            }
            if !group.is_empty() {
                not_supported(path.field("apiGroup"), group, &[""], errors);
            }
            if cluster && text(subject, "namespace").is_empty() {
                required(path.field("namespace"), "", errors);
            }
        }
        "User" | "Group" => {
            if group != GROUP {
                not_supported(path.field("apiGroup"), group, &[GROUP], errors);
            }
        }
        other => not_supported(
            path.field("kind"),
            json!(other),
            &["ServiceAccount", "User", "Group"],
            errors,
        ),
    }
}
