//! Tables: what `kubectl get` shows, as the server renders it; and the other views of an object that `Accept` asks for.

use serde_json::{Value, json};

use crate::{
    error::ApiError,
    object,
    strategy::{Column, Strategy},
};

mod accept;
mod age;
mod builtin;
mod partial;

pub(crate) use accept::{Accepted, Encoding, Endpoint, View, negotiate};
pub(crate) use age::{age, human_duration};
pub(crate) use builtin::{builtin_cells, builtin_columns};
pub(crate) use partial::{partial_list, partial_object};

/// The version of the group `meta.k8s.io` that a view is told in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MetaVersion {
    /// `meta.k8s.io/v1`
    V1,
    /// `meta.k8s.io/v1beta1`
    V1beta1,
}

impl MetaVersion {
    /// As it stands in `apiVersion`.
    #[must_use]
    pub(crate) fn api_version(self) -> &'static str {
        match self {
            Self::V1 => "meta.k8s.io/v1",
            Self::V1beta1 => "meta.k8s.io/v1beta1",
        }
    }
}

/// What a row tells of its object besides the cells: the query parameter `includeObject`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Include {
    /// Nothing.
    None,
    /// Its metadata.
    #[default]
    Metadata,
    /// All of it.
    Object,
}

impl Include {
    /// Reads the query parameter; absent and empty mean `Metadata`.
    ///
    /// # Errors
    /// 400 for anything else than `None`, `Metadata` and `Object`.
    pub(crate) fn parse(parameter: Option<&str>) -> Result<Self, ApiError> {
        match parameter.unwrap_or_default() {
            "None" => Ok(Self::None),
            "" | "Metadata" => Ok(Self::Metadata),
            "Object" => Ok(Self::Object),
            other => Err(ApiError::bad_request(format!(
                "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: \
                 must be 'Metadata', 'Object', 'None', or empty"
            ))),
        }
    }
}

/// How a `Table` is to be written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TableOptions {
    /// The version that was asked for.
    pub(crate) version: MetaVersion,
    /// What rows tell of their objects.
    pub(crate) include: Include,
    /// Whether the columns are described: in a watch only the first event has them.
    pub(crate) headers: bool,
    /// The time to count ages from, in seconds since 1970.
    pub(crate) now: i64,
}

/// The `Table` of one object: the answer to a get or a write, or what stands in the event of a watch.
#[must_use]
pub(crate) fn object_table(
    strategy: &dyn Strategy,
    object: &Value,
    options: TableOptions,
) -> Value {
    let metadata = match object::resource_version(object) {
        "" => json!({}),
        version => json!({"resourceVersion": version}),
    };
    let cells = strategy.cells(object, options.now);
    let rows = vec![row(object, cells, options)];
    table(strategy, rows, &metadata, options)
}

/// The `Table` of a list; `list_metadata` is the metadata of the list that it stands for.
#[must_use]
pub(crate) fn list_table(
    strategy: &dyn Strategy,
    objects: &[Value],
    list_metadata: &Value,
    options: TableOptions,
) -> Value {
    let mut rows: Vec<Value> = objects
        .iter()
        .map(|object| row(object, strategy.cells(object, options.now), options))
        .collect();
    if let Some(index) = builtin::default_storage_class(objects) {
        let name = format!("{} (default)", object::name(&objects[index]));
        rows[index]["cells"][0] = name.into();
    }
    table(strategy, rows, list_metadata, options)
}

fn table(
    strategy: &dyn Strategy,
    rows: Vec<Value>,
    metadata: &Value,
    options: TableOptions,
) -> Value {
    let columns = if options.headers {
        strategy.columns().iter().map(definition).collect()
    } else {
        Value::Null
    };
    // Rows may be many, and `json!` would copy them.
    let mut table = json!({"kind": "Table", "apiVersion": options.version.api_version()});
    table["metadata"] = metadata.clone();
    table["columnDefinitions"] = columns;
    table["rows"] = rows.into();
    table
}

fn row(object: &Value, cells: Vec<Value>, options: TableOptions) -> Value {
    // Clients recognise the bookmark that ends the initial events by its annotation, whatever they asked for.
    let ends_initial_events =
        object["metadata"]["annotations"]["k8s.io/initial-events-end"] == "true";
    let mut row = json!({});
    row["cells"] = cells.into();
    row["object"] = match options.include {
        Include::None if !ends_initial_events => Value::Null,
        Include::None | Include::Metadata => partial_object(object, options.version),
        Include::Object => object.clone(),
    };
    if let Some(conditions) = builtin::row_conditions(object) {
        row["conditions"] = conditions;
    }
    row
}

fn definition(column: &Column) -> Value {
    json!({
        "name": column.name, "type": column.value_type, "format": column.format,
        "description": column.description, "priority": column.priority,
    })
}

#[cfg(test)]
pub(crate) mod tests;
