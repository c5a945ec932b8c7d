//! [`Sample`]: an object to try an operator with, and where it was written, so that what is wrong with it can be found.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use serde_json::Value;

use crate::{
    operator::Operator,
    segment::{NO_SEGMENT, is_segment},
};

/// An object and where it was written.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sample {
    /// A file, or the place of a declaration.
    source: String,
    /// Its number there, if there is more than one.
    document: Option<usize>,
    pub(super) object: Value,
}

impl Sample {
    pub(super) fn api_version(&self) -> &str {
        self.object["apiVersion"].as_str().unwrap_or_default()
    }

    pub(super) fn kind(&self) -> &str {
        self.object["kind"].as_str().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.object["metadata"]["name"].as_str().unwrap_or_default()
    }

    pub(super) fn namespace(&self) -> Option<&str> {
        self.object["metadata"]["namespace"].as_str()
    }

    /// An error about it.
    pub(super) fn wrong(&self, what: &str) -> String {
        format!("{self} ({} {}): {what}", self.kind(), self.name())
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        self.document
            .map_or(Ok(()), |document| write!(f, ", document {document}"))
    }
}

/// Reads the operator's own samples and those of the files and folders of `paths`.
pub(super) fn read(operator: &Operator, paths: &[PathBuf]) -> Result<Vec<Sample>, String> {
    let mut samples = Vec::new();
    for (source, yaml) in operator.samples() {
        samples.extend(parse(source, yaml)?);
    }
    for path in paths {
        for file in files(path)? {
            let source = file.display().to_string();
            let yaml = fs::read_to_string(&file)
                .map_err(|error| format!("--samples {source}: {error}"))?;
            samples.extend(parse(&source, &yaml)?);
        }
    }
    Ok(samples)
}

/// A file itself; of a folder its YAML and JSON files, by name.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |why: &dyn fmt::Display| format!("--samples {}: {why}", path.display());
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(|error| failed(&error))?;
    let mut files = Vec::new();
    for entry in entries {
        let file = entry.map_err(|error| failed(&error))?.path();
        let is_sample = file.extension().is_some_and(|extension| {
            ["yaml", "yml", "json"]
                .iter()
                .any(|known| extension == *known)
        });
        if is_sample {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(failed(
            &"no file in this folder ends in .yaml, .yml or .json",
        ));
    }
    files.sort();
    Ok(files)
}

fn parse(source: &str, yaml: &str) -> Result<Vec<Sample>, String> {
    let documents: Vec<Value> = serde_saphyr::from_multiple(yaml)
        .map_err(|error| format!("{source} is no YAML: {error}"))?;
    let documents: Vec<Value> = documents.into_iter().filter(|one| !one.is_null()).collect();
    let several = documents.len() > 1;
    let mut samples = Vec::new();
    for (i, object) in documents.into_iter().enumerate() {
        let sample = Sample {
            source: source.to_owned(),
            document: several.then_some(i + 1),
            object,
        };
        check(&sample)?;
        samples.push(sample);
    }
    if samples.is_empty() {
        return Err(format!(
            "{source} holds no object: write one, or leave it out"
        ));
    }
    Ok(samples)
}

/// Whether it is an object at all: the rest is the server's to say.
fn check(sample: &Sample) -> Result<(), String> {
    let object = &sample.object;
    if !object.is_object() {
        return Err(format!(
            "{sample} is no object: it has to begin with `apiVersion` and `kind`"
        ));
    }
    if object["kind"] == "List" || object["items"].is_array() {
        return Err(format!(
            "{sample} is a list: write each object as a document of its own, with `---` between them"
        ));
    }
    for (field, found) in [
        ("apiVersion", &object["apiVersion"]),
        ("kind", &object["kind"]),
        ("metadata.name", &object["metadata"]["name"]),
    ] {
        match found {
            Value::String(text) if !text.is_empty() => {}
            Value::Null
                if field == "metadata.name" && object["metadata"]["generateName"].is_string() =>
            {
                return Err(format!(
                    "{sample}: a sample needs a `metadata.name`; `generateName` would make a new object with every start"
                ));
            }
            Value::Null => return Err(format!("{sample}: `{field}` is missing: write it")),
            other => {
                return Err(format!(
                    "{sample}: `{field}` is {other}, but has to be a text that is not empty"
                ));
            }
        }
    }
    match &object["metadata"]["namespace"] {
        Value::Null | Value::String(_) => {}
        other => {
            return Err(format!(
                "{sample}: `metadata.namespace` is {other}, but has to be a text"
            ));
        }
    }
    for field in ["name", "namespace"] {
        let said = object["metadata"][field].as_str().unwrap_or_default();
        if !is_segment(said) {
            return Err(format!(
                "{sample}: `metadata.{field}` is {said:?}, {NO_SEGMENT}"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(yaml: &str) -> String {
        parse("a.yaml", yaml).unwrap_err()
    }

    const FOO: &str = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: a}\n";

    #[test]
    fn documents_are_read_in_order_and_empty_ones_are_none() {
        let both = format!("---\n{FOO}---\n---\n{}", FOO.replace("name: a", "name: b"));
        let samples = parse("a.yaml", &both).unwrap();
        let said: Vec<String> = samples.iter().map(|sample| sample.wrong("no")).collect();
        assert_eq!(
            said,
            [
                "a.yaml, document 1 (Foo a): no",
                "a.yaml, document 2 (Foo b): no"
            ]
        );
        assert_eq!(parse("a.yaml", FOO).unwrap()[0].to_string(), "a.yaml");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place_and_what_to_do() {
        assert!(error("a: [").starts_with("a.yaml is no YAML: "));
        assert_eq!(
            error("# none"),
            "a.yaml holds no object: write one, or leave it out"
        );
        assert_eq!(
            error("[]"),
            "a.yaml is no object: it has to begin with `apiVersion` and `kind`"
        );
        assert_eq!(
            error(&format!("{FOO}---\nkind: Foo\nmetadata: {{name: a}}\n")),
            "a.yaml, document 2: `apiVersion` is missing: write it"
        );
        assert_eq!(
            error(&FOO.replace("name: a", "name: 1")),
            "a.yaml: `metadata.name` is 1, but has to be a text that is not empty"
        );
        assert_eq!(
            error(&FOO.replace("name: a", "name: ../b")),
            "a.yaml: `metadata.name` is \"../b\", which no object can have: it may be neither `.` nor `..`, nor have `/` or `%` in it"
        );
        assert!(
            error(&FOO.replace("name: a", "generateName: a-")).contains("`generateName` would")
        );
        assert!(error("kind: List\nitems: []").contains("a document of its own"));
    }

    #[test]
    fn of_a_folder_the_yaml_files_are_read_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let error = files(folder.path()).unwrap_err();
        assert!(error.contains("ends in .yaml"), "{error}");
        for name in ["b.yml", "a.yaml", "README.md"] {
            fs::write(folder.path().join(name), FOO).unwrap();
        }
        let found = files(folder.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .filter_map(|file| file.file_name()?.to_str())
            .collect();
        assert_eq!(names, ["a.yaml", "b.yml"]);
    }
}
