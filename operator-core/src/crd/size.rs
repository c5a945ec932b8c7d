//! How large a CRD is, and what makes it so: client-side apply and the store each have a limit.

use std::fmt;

use serde_json::Value;

use super::{Crd, Problem};

/// What client-side apply can take: it keeps the whole manifest in an annotation.
const ANNOTATION: usize = 262_144;

/// What the store takes in one request.
const STORE: usize = 1_572_864;

/// How large a CRD is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// The bytes of its JSON.
    pub bytes: usize,
    /// The largest descriptions, with the bytes of each, that of the most bytes first; ten at most.
    pub descriptions: Vec<(String, usize)>,
}

impl Size {
    pub(super) fn of(crd: &Crd) -> Self {
        let mut descriptions = Vec::new();
        collect(crd.schema(), "", &mut descriptions);
        descriptions.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
        descriptions.truncate(10);
        Self {
            bytes: crd.to_json().to_string().len(),
            descriptions,
        }
    }

    /// Whether `kubectl apply` without `--server-side` can take it.
    #[must_use]
    pub fn fits_client_side_apply(&self) -> bool {
        self.bytes <= ANNOTATION
    }
}

/// The bytes, and what to shorten, as in `300000 bytes; the largest descriptions are …`.
impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes)?;
        let mut before = "; the largest descriptions are ";
        for (field, bytes) in &self.descriptions {
            write!(f, "{before}`{field}` with {bytes}")?;
            before = ", ";
        }
        Ok(())
    }
}

/// What is wrong with a CRD that no server can store.
pub(super) fn beyond_the_store(crd: &Crd) -> Option<Problem> {
    let size = Size::of(crd);
    (size.bytes > STORE).then(|| {
        let message = format!(
            "the CRD has {size}, and a server stores {STORE} bytes at most: \
             write `descriptions = \"trimmed\"` or `\"omitted\"` on the struct or on fields"
        );
        Problem::at("", message)
    })
}

fn collect(node: &Value, field: &str, found: &mut Vec<(String, usize)>) {
    if let Some(text) = node["description"].as_str() {
        found.push((field.trim_start_matches('.').to_owned(), text.len()));
    }
    for (key, suffix) in [("items", "[]"), ("additionalProperties", "{}")] {
        if let Some(below) = node.get(key) {
            collect(below, &format!("{field}{suffix}"), found);
        }
    }
    for (name, below) in node["properties"].as_object().into_iter().flatten() {
        collect(below, &format!("{field}.{name}"), found);
    }
}
