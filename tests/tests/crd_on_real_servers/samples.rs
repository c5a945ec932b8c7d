//! [`Sample`]: the objects of a CRD, and the changes of them that its rules refuse, from `samples.yaml`.

use std::{collections::BTreeMap, fs, path::Path};

use operator_core::crd::{Crd, Scope};
use serde::Deserialize;
use serde_json::{Value, json};

/// What is tried of a CRD.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sample {
    /// Without `apiVersion`, `kind` and `metadata`. Together they show every column.
    pub(crate) objects: Vec<Value>,
    /// What the rules have against changes of the first object.
    #[serde(default)]
    pub(crate) refused: Vec<Refused>,
}

/// A change that is refused.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Refused {
    /// A merge patch. With a name in it, it makes another object, with these fields of the spec.
    pub(crate) patch: Value,
    /// What is said of which field.
    pub(crate) says: BTreeMap<String, String>,
}

/// The samples of every CRD, by its name.
pub(crate) fn samples() -> BTreeMap<String, Sample> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crd_on_real_servers/samples.yaml");
    let yaml = fs::read_to_string(path).expect("it can be read");
    serde_saphyr::from_str(&yaml).expect("samples are YAML of that form")
}

/// The path of a CRD's objects in the namespace `default`, or in none.
pub(crate) fn resource(crd: &Crd) -> String {
    let (group, version, plural) = (crd.group(), crd.version(), crd.plural());
    let namespace = match crd.scope() {
        Scope::Namespaced => "namespaces/default/",
        Scope::Cluster => "",
    };
    format!("/apis/{group}/{version}/{namespace}{plural}")
}

/// A whole object.
pub(crate) fn object(crd: &Crd, name: &str, fields: &Value) -> Value {
    let mut object = fields.clone();
    object["apiVersion"] = json!(crd.of().api_version);
    object["kind"] = json!(crd.kind());
    object["metadata"] = json!({ "name": name });
    object
}

/// Where `found` lacks something of `said`, or has something else; null is as good as absent.
pub(crate) fn difference(said: &Value, found: &Value, at: &str) -> Option<String> {
    match (said, found) {
        (Value::Object(said), Value::Object(found)) => said.iter().find_map(|(name, said)| {
            let found = found.get(name).unwrap_or(&Value::Null);
            difference(said, found, &format!("{at}.{name}"))
        }),
        (Value::Array(said), Value::Array(found)) if said.len() == found.len() => {
            let mut pairs = said.iter().zip(found).enumerate();
            pairs.find_map(|(index, (said, found))| {
                difference(said, found, &format!("{at}[{index}]"))
            })
        }
        // `1` and `1.0` are the same number.
        (Value::Number(said), Value::Number(found)) if said.as_f64() == found.as_f64() => None,
        _ if said == found => None,
        _ => Some(format!("{at} is {found} and not {said}")),
    }
}

/// Every node of a schema that is reached by fields alone, with the names on the way.
pub(crate) fn nodes<'a>(schema: &'a Value, each: &mut dyn FnMut(&[&'a str], &'a Value)) {
    fn walk<'a>(
        node: &'a Value,
        names: &mut Vec<&'a str>,
        each: &mut dyn FnMut(&[&'a str], &'a Value),
    ) {
        each(names, node);
        for (name, below) in node["properties"].as_object().into_iter().flatten() {
            names.push(name);
            walk(below, names, each);
            names.pop();
        }
    }
    walk(schema, &mut Vec::new(), each);
}

/// The value at these names.
pub(crate) fn at<'a>(value: &'a Value, names: &[impl AsRef<str>]) -> &'a Value {
    names
        .iter()
        .fold(value, |value, name| &value[name.as_ref()])
}
