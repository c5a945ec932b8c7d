//! The trials as cases of the conformance table, for one server.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{
    conformance::{self, Case, Section, Step},
    lenient::{
        outcome::{Observed, Outcome},
        server::Server,
        table::{Base, Subject, Table, Trial},
    },
};

/// What holds of every CRD that is taken.
const ESTABLISHED: [&str; 2] = ["NamesAccepted", "Established"];

impl Table {
    /// What is to be sent to a server, and what it answers. To record, nothing is expected of the answers to the CRDs.
    ///
    /// # Errors
    /// If a patch doesn't fit.
    pub(crate) fn cases(
        &self,
        server: &Server,
        record: bool,
    ) -> Result<conformance::Table, String> {
        let sections = self
            .subjects
            .iter()
            .filter(|subject| subject.api == server.api)
            .map(|subject| {
                let base = self
                    .bases
                    .get(&subject.api)
                    .ok_or(format!("no base is in {}", subject.api))?;
                subject.section(base, server, record)
            });
        Ok(conformance::Table {
            sections: sections.collect::<Result<_, String>>()?,
            kinds: Vec::new(),
            differences: self.differences.clone(),
        })
    }
}

impl Subject {
    fn section(&self, base: &Base, server: &Server, record: bool) -> Result<Section, String> {
        let crds = format!(
            "/apis/apiextensions.k8s.io/{}/customresourcedefinitions",
            self.api
        );
        let abbreviations = [
            ("crds", crds.as_str()),
            ("as", "/apis/{own}/v1/namespaces/{ns}/as"),
            ("spec", "spec.validation.openAPIV3Schema.properties[spec]"),
        ];
        let abbreviations = abbreviations.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let mut section = Section {
            section: self.subject.clone(),
            statements: BTreeMap::new(),
            uncovered: BTreeMap::new(),
            abbreviations: self
                .abbreviations
                .clone()
                .into_iter()
                .chain(abbreviations)
                .collect(),
            cases: Vec::new(),
        };
        for rule in &self.rules {
            section
                .statements
                .insert(rule.id.clone(), rule.rule.clone());
            for (trial, valid) in rule.trials() {
                let id = self.id(rule, trial);
                let crd = trial.crd(base).map_err(|e| format!("{id}: {e}"))?;
                let expected = match trial.outcome(server, valid) {
                    Some(outcome) if !record => outcome.steps(&crd),
                    _ => open(&crd),
                };
                section.cases.push(Case {
                    id,
                    note: None,
                    compacted: false,
                    races: None,
                    slow: false,
                    quotas: false,
                    steps: expected?,
                });
            }
        }
        Ok(section)
    }
}

impl Trial {
    fn outcome(&self, server: &Server, valid: bool) -> Option<Outcome> {
        let accepted = || Outcome::Taken {
            harm: None,
            observed: Observed::default(),
        };
        self.said(server.is)
            .cloned()
            .or_else(|| valid.then(accepted))
    }

    /// The CRD, with the name that goes with its group.
    fn crd(&self, base: &Base) -> Result<Value, String> {
        let mut crd = base.crd.clone();
        for (pointer, patch) in [
            ("", &self.crd),
            (base.version.as_str(), &self.version),
            (base.spec.as_str(), &self.spec),
        ] {
            if !patch.is_null() {
                let part = crd
                    .pointer_mut(pointer)
                    .ok_or(format!("the CRD has no {pointer}"))?;
                json_patch::merge(part, patch);
            }
        }
        if crd["metadata"]["name"].is_null() {
            let name = format!(
                "{}.{}",
                text(&crd, "/spec/names/plural"),
                text(&crd, "/spec/group")
            );
            crd["metadata"]["name"] = name.into();
        }
        Ok(crd)
    }
}

impl Outcome {
    fn steps(&self, crd: &Value) -> Result<Vec<Step>, String> {
        match self {
            Self::Refused(answer) => {
                let mut refused = step(json!({"do": "POST {crds}", "expect": 422, "body": crd}))?;
                refused.expect = Some(answer.clone());
                Ok(vec![refused])
            }
            Self::Taken { observed, .. } => {
                let mut steps = vec![
                    step(json!({"do": "POST {crds}", "expect": 201, "body": crd}))?,
                    step(observed.read_back(crd))?,
                ];
                if observed.serves.unwrap_or(true) {
                    steps.push(step(
                        json!({"do": objects(crd), "until": true, "expect": 200}),
                    )?);
                }
                steps.extend(observed.steps.iter().cloned());
                Ok(steps)
            }
        }
    }
}

impl Observed {
    /// The CRD is read until its conditions are those, and then it has to be what is said of it.
    fn read_back(&self, crd: &Value) -> Value {
        let established = || {
            ESTABLISHED
                .map(|condition| json!({"type": condition, "status": "True"}))
                .into()
        };
        let mut body = self.stored.clone();
        body["status"]["conditions"] = self.conditions.clone().unwrap_or_else(established);
        let request = format!("GET {{crds}}/{}", text(crd, "/metadata/name"));
        json!({"do": request, "until": true, "expect": {"code": 200, "body": body}})
    }
}

/// Sends a CRD and expects nothing of what it reads then.
fn open(crd: &Value) -> Result<Vec<Step>, String> {
    Ok(vec![step(
        json!({"do": "POST {crds}", "expect": "RECORD", "body": crd}),
    )?])
}

/// The list of a CRD's objects.
fn objects(crd: &Value) -> String {
    let version = crd
        .pointer("/spec/versions/0/name")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let (group, plural) = (text(crd, "/spec/group"), text(crd, "/spec/names/plural"));
    format!("GET /apis/{group}/{version}/{plural}")
}

fn text<'a>(crd: &'a Value, pointer: &str) -> &'a str {
    crd.pointer(pointer)
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn step(written: Value) -> Result<Step, String> {
    serde_json::from_value(written).map_err(|e| e.to_string())
}
