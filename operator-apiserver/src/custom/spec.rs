//! [`Spec`]: a CRD's spec as the server looks at it: what all versions have in common stands above them.

use serde_json::Value;

/// A CRD's spec.
pub(super) struct Spec<'a> {
    pub(super) value: &'a Value,
    /// What is the same in all versions: it is validated once, at paths such as `spec.validation`.
    pub(super) shared: Parts<'a>,
    pub(super) versions: Vec<Version<'a>>,
}

/// One of `spec.versions`.
pub(super) struct Version<'a> {
    pub(super) value: &'a Value,
    /// What isn't shared by all.
    pub(super) parts: Parts<'a>,
}

/// What a version may have, or all of them.
#[derive(Clone, Copy, Default)]
pub(super) struct Parts<'a> {
    /// `{openAPIV3Schema: …}`
    pub(super) schema: Option<&'a Value>,
    pub(super) subresources: Option<&'a Value>,
    pub(super) columns: &'a [Value],
    pub(super) selectable_fields: &'a [Value],
}

impl<'a> Spec<'a> {
    pub(super) fn of(spec: &'a Value) -> Self {
        let values = list(&spec["versions"]);
        let mut versions: Vec<Version<'a>> = values.iter().map(Version::of).collect();
        let shared = share(&mut versions);
        let value = spec;
        Self {
            value,
            shared,
            versions,
        }
    }

    pub(super) fn preserves_unknown_fields(&self) -> bool {
        self.value["preserveUnknownFields"] == true
    }

    /// All schemas that there are.
    pub(super) fn schemas(&self) -> impl Iterator<Item = &'a Value> {
        let own = self.versions.iter().filter_map(|v| v.parts.schema);
        let all = self.shared.schema.into_iter().chain(own);
        all.map(|s| &s["openAPIV3Schema"]).filter(|s| !s.is_null())
    }

    /// The subresources of a version: its own, unless no version has its own.
    pub(super) fn subresources_of(&self, version: &Version<'a>) -> Option<&'a Value> {
        let any = self.versions.iter().any(|v| v.parts.subresources.is_some());
        if any {
            version.parts.subresources
        } else {
            self.shared.subresources
        }
    }

    /// Whether every version has a schema.
    pub(super) fn has_all_schemas(&self) -> bool {
        has_schema(&self.shared) || self.versions.iter().all(|v| has_schema(&v.parts))
    }
}

impl<'a> Version<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        let parts = Parts {
            schema: present(&value["schema"]),
            subresources: present(&value["subresources"]),
            columns: list(&value["additionalPrinterColumns"]),
            selectable_fields: list(&value["selectableFields"]),
        };
        Self { value, parts }
    }

    pub(super) fn name(&self) -> &'a str {
        self.value["name"].as_str().unwrap_or_default()
    }

    pub(super) fn is_storage(&self) -> bool {
        self.value["storage"] == true
    }

    pub(super) fn is_served(&self) -> bool {
        self.value["served"] == true
    }
}

/// Whether there is a schema in `parts`.
pub(super) fn has_schema(parts: &Parts<'_>) -> bool {
    parts
        .schema
        .is_some_and(|s| !s["openAPIV3Schema"].is_null())
}

/// Whether the status subresource is on.
pub(super) fn has_status(subresources: Option<&Value>) -> bool {
    subresources.is_some_and(|s| !s["status"].is_null())
}

/// Takes out of the versions what is the same in all.
fn share<'a>(versions: &mut [Version<'a>]) -> Parts<'a> {
    let Some(first) = versions.first().map(|v| v.parts) else {
        return Parts::default();
    };
    let shares = |is_so: fn(&Parts<'_>, &Parts<'_>) -> bool| {
        versions.iter().all(|version| is_so(&version.parts, &first))
    };
    let schema = shares(|a, b| a.schema == b.schema);
    let subresources = shares(|a, b| a.subresources == b.subresources);
    let columns = shares(|a, b| a.columns == b.columns);
    let selectable_fields = shares(|a, b| a.selectable_fields == b.selectable_fields);
    let mut shared = Parts::default();
    if schema {
        shared.schema = first.schema;
    }
    if subresources {
        shared.subresources = first.subresources;
    }
    if columns {
        shared.columns = first.columns;
    }
    if selectable_fields {
        shared.selectable_fields = first.selectable_fields;
    }
    for Version { parts, .. } in versions {
        if schema {
            parts.schema = None;
        }
        if subresources {
            parts.subresources = None;
        }
        if columns {
            parts.columns = &[];
        }
        if selectable_fields {
            parts.selectable_fields = &[];
        }
    }
    shared
}

pub(super) fn present(value: &Value) -> Option<&Value> {
    (!value.is_null()).then_some(value)
}

pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}
