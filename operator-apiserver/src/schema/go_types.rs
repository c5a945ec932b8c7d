//! [`GoField`]: what the Go types of the built-in kinds do that their `OpenAPI` does not tell.

use std::{collections::HashMap, sync::LazyLock};

/// One field of a Go type. What is said of none is the rule: a scalar, a list or a map is left out where it is empty,
/// and the type has the name that the `OpenAPI` suggests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct GoField {
    /// Its name in JSON.
    pub(super) name: &'static str,
    /// A pointer to a scalar: zero is a value of its own.
    pub(super) pointer: bool,
    /// Written as null where it is empty.
    pub(super) null: bool,
    /// A quantity that is written as `0` where it is absent.
    pub(super) zero_quantity: bool,
    /// The embedded struct that it stands in.
    pub(super) embedded_in: Option<&'static str>,
    /// The name of its type.
    pub(super) go_type: Option<&'static str>,
}

static TYPES: LazyLock<HashMap<&'static str, Vec<GoField>>> = LazyLock::new(|| {
    let lines = include_str!("go_types.txt").lines();
    let lines = lines.filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let (definition, fields) = line.split_once(' ')?;
            let mut fields: Vec<GoField> = fields.split(' ').map(read).collect();
            fields.sort_unstable_by_key(|field| field.name);
            Some((definition, fields))
        })
        .collect()
});

fn read(text: &'static str) -> GoField {
    let (text, go_type) = match text.split_once(':') {
        Some((text, go_type)) => (text, Some(go_type)),
        None => (text, None),
    };
    let (text, embedded_in) = match text.split_once('^') {
        Some((text, embedded_in)) => (text, Some(embedded_in)),
        None => (text, None),
    };
    let name = text.trim_end_matches(['*', '!', '0']);
    let marks = &text[name.len()..];
    GoField {
        name,
        pointer: marks.contains('*'),
        null: marks.contains('!'),
        zero_quantity: marks.contains('0'),
        embedded_in,
        go_type,
    }
}

/// The fields of a definition that need saying, by name.
pub(super) fn fields(definition: Option<&str>) -> &'static [GoField] {
    let fields = definition.and_then(|definition| TYPES.get(definition));
    fields.map_or(&[], Vec::as_slice)
}

/// One of the fields.
pub(super) fn field(fields: &'static [GoField], name: &str) -> GoField {
    let found = fields.binary_search_by(|field| field.name.cmp(name));
    found.map_or(GoField::default(), |index| fields[index])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_tells_pointers_nulls_embedded_structs_and_types() {
        let of = |definition: &str, name: &str| field(fields(Some(definition)), name);
        assert!(of("io.k8s.api.apps.v1.DeploymentSpec", "replicas").pointer);
        assert!(of("io.k8s.api.rbac.v1.Role", "rules").null);
        assert!(of("io.k8s.api.core.v1.ResourceFieldSelector", "divisor").zero_quantity);
        let name = of("io.k8s.api.core.v1.ConfigMapKeySelector", "name");
        assert_eq!(name.embedded_in, Some("LocalObjectReference"));
        let policy = of("io.k8s.api.core.v1.PodSpec", "restartPolicy");
        assert_eq!(policy.go_type, Some("v1.RestartPolicy"));
        assert_eq!(
            of("io.k8s.api.core.v1.PodSpec", "nodeName"),
            GoField::default()
        );
    }
}
