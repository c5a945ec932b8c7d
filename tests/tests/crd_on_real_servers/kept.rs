//! What was sent is what is stored: of a CRD in either version of the API, and of the objects that a struct writes.

use operator_core::crd::Crd;
use serde_json::{Value, json};

use crate::{
    corpus::Case,
    samples::{Sample, difference, object, resource},
    server::{Server, expect},
};

/// The warnings that aren't about the corpus.
const DEPRECATED_API: &str = "apiextensions.k8s.io/v1beta1 CustomResourceDefinition is deprecated";

/// In which version of the API a CRD is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    V1,
    V1beta1,
}

impl Form {
    /// The manifest, and the spec that reading it as `v1` has to give; none where this can't be said, or would be
    /// dropped.
    fn manifest(self, crd: &Crd, server: &Server) -> Option<(Value, Value)> {
        let v1 = crd.to_json();
        match self {
            Self::V1 if crd.oldest_kubernetes() > server.minor => None,
            Self::V1 => Some((v1.clone(), v1["spec"].clone())),
            Self::V1beta1 => {
                let manifest = crd.to_json_v1beta1().ok()?;
                let mut spec = v1["spec"].clone();
                without_defaults(&mut spec["versions"][0]["schema"]["openAPIV3Schema"]);
                Some((manifest, spec))
            }
        }
    }

    /// Installs a CRD and checks that all of it is kept; says whether it could be.
    pub(crate) async fn install(self, server: &Server, crd: &Crd) -> bool {
        let Some((manifest, spec)) = self.manifest(crd, server) else {
            return false;
        };
        let (name, resource) = (crd.name(), resource(crd));
        let (warnings, found) = server.install(&manifest, &resource).await;
        let unnamed: Vec<_> = warnings
            .split("299 - ")
            .filter(|it| !it.is_empty() && !it.contains(DEPRECATED_API))
            .collect();
        assert!(unnamed.is_empty(), "{name}: {unnamed:?}");
        let mut kept = found["spec"].clone();
        // The server adds this one, which means that nothing is converted.
        if let Some(kept) = kept.as_object_mut() {
            kept.remove("conversion");
        }
        // Each is within the other, so they are the same.
        let both = difference(&spec, &kept, "spec").or(difference(&kept, &spec, "spec"));
        assert_eq!(both, None, "{name} in {self:?}");
        let conditions = found["status"]["conditions"].as_array();
        let is = |kind: &str| {
            let mut conditions = conditions.into_iter().flatten();
            conditions.any(|it| it["type"] == kind && it["status"] == "True")
        };
        assert!(is("Established") && is("NamesAccepted"), "{name}: {found}");
        assert!(!is("NonStructuralSchema"), "{name}: {found}");
        true
    }
}

/// `v1beta1` has no defaults.
fn without_defaults(node: &mut Value) {
    let Some(node) = node.as_object_mut() else {
        return;
    };
    node.remove("default");
    for (key, below) in node {
        match key.as_str() {
            "properties" => below
                .as_object_mut()
                .into_iter()
                .flat_map(|it| it.values_mut())
                .for_each(without_defaults),
            "items" | "additionalProperties" => without_defaults(below),
            _ => {}
        }
    }
}

/// Makes the sample's objects as the struct writes them, status included, and checks that they are kept and read as
/// the same. They are called `r0`, `r1` and so on.
pub(crate) async fn objects(server: &Server, case: &Case, sample: &Sample) -> Vec<Value> {
    let (crd, path) = (&case.crd, resource(&case.crd));
    let mut kept = Vec::new();
    for (index, fields) in sample.objects.iter().enumerate() {
        let what = format!("{} r{index}", crd.name());
        let sent = object(crd, &format!("r{index}"), fields);
        let sent = (case.rewrite)(sent).unwrap_or_else(|e| panic!("{what}: {e}"));
        let found = expect(&what, &server.json("POST", &path, &sent).await);
        // With conditions, which the struct need not have.
        let found = match fields.get("status") {
            None => found,
            Some(status) => {
                let path = format!("{path}/r{index}/status");
                let patch = json!({ "status": status });
                expect(&what, &server.merge_patch(&path, &patch).await)
            }
        };
        assert_eq!(difference(fields, &found, &what), None);
        assert_eq!(difference(&sent, &found, &what), None);
        let read = (case.rewrite)(found.clone()).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(difference(&sent, &read, &what), None);
        kept.push(found);
    }
    kept
}
