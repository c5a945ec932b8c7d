//! [`PrinterColumns`]: the table of a custom resource.

use serde_json::{Number, Value};

use super::{age, json_path::JsonPath};
use crate::{go_text, object, strategy::Column};

const NAME: &str = "Name must be unique within a namespace. Is required when creating resources, although some \
    resources may allow a client to request the generation of an appropriate name automatically. Name is primarily \
    intended for creation idempotence and configuration definition. Cannot be updated. More info: \
    https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";

const CREATED: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It \
    is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It \
    is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: \
    https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

/// The columns of a custom resource's table: its name, and what its CRD adds or else its age.
#[derive(Debug)]
pub(super) struct PrinterColumns {
    headers: Vec<Column>,
    /// Of all but the name.
    paths: Vec<JsonPath>,
}

/// The column `Name`, which all tables begin with.
pub(super) fn name_column() -> Column {
    column("Name", "string", "name", NAME)
}

/// A column with the time of creation.
pub(super) fn created_column(name: &str) -> Column {
    column(name, "date", "", CREATED)
}

pub(super) fn column(name: &str, value_type: &str, format: &str, description: &str) -> Column {
    Column {
        name: name.to_owned(),
        value_type: value_type.to_owned(),
        format: format.to_owned(),
        description: description.to_owned(),
        priority: 0,
    }
}

impl PrinterColumns {
    /// Reads `additionalPrinterColumns`. A path that can't be parsed ends the table before it: such a CRD is accepted.
    pub(super) fn new(additional: &Value) -> Self {
        let mut columns = Self {
            headers: vec![name_column()],
            paths: Vec::new(),
        };
        let additional = additional.as_array().map_or(&[] as &[Value], Vec::as_slice);
        if additional.is_empty() {
            let created = JsonPath::parse(".metadata.creationTimestamp");
            columns.paths.extend(created);
            columns.headers.push(created_column("Age"));
        }
        for definition in additional {
            let text = |field: &str| definition[field].as_str().unwrap_or_default();
            let Ok(path) = JsonPath::parse(text("jsonPath")) else {
                break;
            };
            let description = match text("description") {
                "" => format!(
                    "Custom resource definition column (in JSONPath format): {}",
                    text("jsonPath")
                ),
                given => given.to_owned(),
            };
            let mut header = column(text("name"), text("type"), text("format"), &description);
            let priority = definition["priority"].as_i64().unwrap_or_default();
            header.priority = i32::try_from(priority).unwrap_or_default();
            columns.headers.push(header);
            columns.paths.push(path);
        }
        columns
    }

    pub(super) fn headers(&self) -> &[Column] {
        &self.headers
    }

    /// The cells of one object; `now` is in seconds since 1970.
    pub(super) fn cells(&self, object: &Value, now: i64) -> Vec<Value> {
        let mut cells = vec![object::name(object).into()];
        let columns = self.headers.iter().skip(1).zip(&self.paths);
        cells.extend(columns.map(|(header, path)| cell(header, path, object, now)));
        cells
    }
}

/// The first thing that the path leads to, null where it leads nowhere or to something of another type.
fn cell(header: &Column, path: &JsonPath, object: &Value, now: i64) -> Value {
    let Ok(found) = path.find(object) else {
        return Value::Null;
    };
    let Some(value) = found.first() else {
        return Value::Null;
    };
    match (header.value_type.as_str(), value.as_ref()) {
        ("string", Value::Array(_) | Value::Object(_)) => go_text::json(value.as_ref()).into(),
        ("string", Value::Null) => "<no value>".into(),
        ("string", value) => go_text::plain(value).into(),
        ("integer", Value::Number(number)) => integer(number).into(),
        ("number", Value::Number(number)) => float(number),
        ("boolean", Value::Bool(value)) => (*value).into(),
        ("date", Value::String(timestamp)) => age::age(timestamp, now).into(),
        _ => Value::Null,
    }
}

#[allow(clippy::cast_possible_truncation)] // What doesn't fit is caught before.
fn integer(number: &Number) -> i64 {
    match (number.as_i64(), number.as_f64()) {
        (Some(whole), _) => whole,
        (None, Some(float)) if float.abs() < TWO_TO_THE_63 => float as i64,
        // What Go makes of a number that is too large.
        _ => i64::MIN,
    }
}

const TWO_TO_THE_63: f64 = 9_223_372_036_854_775_808.0;

/// As a float, that is less exact for large ones; whole ones are written without a fraction.
#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation)] // That is what a float is.
fn float(number: &Number) -> Value {
    match number.as_i64() {
        Some(whole) => (whole as f64 as i64).into(),
        None => Value::Number(number.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The cell of a column of that type and path, on the object that the real server was asked with.
    fn shown(value_type: &str, path: &str) -> Value {
        let object = json!({
            "metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"},
            "spec": {
                "a": "x", "i": 5, "n": 1.5, "b": true, "null": null, "big": 12_345_678_901_234_567_i64,
                "l": [{"t": "x", "s": "one", "v": 1}, {"t": "y", "s": "two", "v": 2}], "arr": [1, "a", null, {"b": 2}],
                "html": {"h": "<a>&"}, "htm": "<&>", "fl": 1e21, "flb": 0.1, "large": 1e300, "small": 1e-7,
                "smalls": [1e-7],
            },
        });
        let definition = json!([{"name": "C", "type": value_type, "jsonPath": path}]);
        PrinterColumns::new(&definition)
            .cells(&object, 300)
            .swap_remove(1)
    }

    #[test]
    fn a_cell_has_the_type_of_its_column_or_is_null() {
        for (value_type, path, cell) in [
            ("string", ".spec.a", json!("x")),
            ("integer", ".spec.i", json!(5)),
            ("integer", ".spec.n", json!(1)),
            ("integer", ".spec.a", json!(null)),
            ("integer", ".spec.large", json!(i64::MIN)),
            ("number", ".spec.n", json!(1.5)),
            ("number", ".spec.i", json!(5)),
            ("number", ".spec.big", json!(12_345_678_901_234_568_i64)),
            ("boolean", ".spec.b", json!(true)),
            ("boolean", ".spec.a", json!(null)),
            ("date", ".metadata.creationTimestamp", json!("5m")),
            ("date", ".spec.a", json!("<invalid>")),
            ("date", ".spec.i", json!(null)),
            ("string", ".spec.zzz", json!(null)),
            ("string", ".spec.l[9].s", json!(null)),
            ("string", ".spec.l[*].s", json!("one")),
            ("string", ".spec.null", json!("<no value>")),
            ("integer", ".spec.null", json!(null)),
        ] {
            assert_eq!(shown(value_type, path), cell, "{value_type} {path}");
        }
    }

    #[test]
    fn texts_are_written_as_go_does() {
        for (path, cell) in [
            (".spec.i", "5"),
            (".spec.b", "true"),
            (".spec.n", "1.5"),
            (".spec.big", "12345678901234567"),
            (".spec.fl", "1e+21"),
            (".spec.flb", "0.1"),
            (".spec.large", "1e+300"),
            (".spec.small", "1e-07"),
            (".spec.smalls", "[1e-7]"),
            (
                ".spec.l",
                r#"[{"s":"one","t":"x","v":1},{"s":"two","t":"y","v":2}]"#,
            ),
            (".spec.arr", r#"[1,"a",null,{"b":2}]"#),
            (".spec.html", r#"{"h":"\u003ca\u003e\u0026"}"#),
            (".spec.htm", "<&>"),
        ] {
            assert_eq!(shown("string", path), cell, "{path}");
        }
    }

    #[test]
    fn without_columns_the_age_is_shown() {
        let columns = PrinterColumns::new(&Value::Null);
        let names: Vec<_> = columns.headers().iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["Name", "Age"]);
        let object =
            json!({"metadata": {"name": "a", "creationTimestamp": "1970-01-01T00:00:00Z"}});
        assert_eq!(columns.cells(&object, 60), [json!("a"), json!("60s")]);
    }

    #[test]
    fn a_path_that_is_none_ends_the_table() {
        let definition = json!([
            {"name": "A", "type": "string", "jsonPath": ".a", "priority": 1},
            {"name": "B", "type": "string", "jsonPath": ".spec[?("},
            {"name": "C", "type": "string", "jsonPath": ".c", "description": "see c"},
        ]);
        let columns = PrinterColumns::new(&definition);
        assert_eq!(columns.headers().len(), 2);
        assert_eq!(
            columns.headers()[1].description,
            "Custom resource definition column (in JSONPath format): .a"
        );
        assert_eq!(columns.headers()[1].priority, 1);
    }
}
