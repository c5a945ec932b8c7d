//! [`Table`]: the cases, as the files of the table write them down.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use crate::conformance::{difference::Difference, expectation::Expectation};

/// All sections, the kinds that their cases share, and the accepted differences.
#[derive(Clone, Debug)]
pub struct Table {
    /// In the order of their numbers.
    pub sections: Vec<Section>,
    /// The CRDs that are there before the first case.
    pub kinds: Vec<Value>,
    /// What the embedded server answers differently.
    pub differences: Vec<Difference>,
}

/// The cases for one section of the statements.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// Its number and its title: `3.7 Deletes`.
    pub section: String,
    /// What has to hold, by its mark: `M2`. Each has a case, or is in `uncovered`.
    pub statements: BTreeMap<String, String>,
    /// Why there is no case for a statement.
    #[serde(default)]
    pub uncovered: BTreeMap<String, String>,
    /// Abbreviations: variables of all cases of the section.
    #[serde(default, rename = "let")]
    pub abbreviations: BTreeMap<String, String>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// Steps that belong together. Cases are independent of each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The section, the statement's mark and what happens: `3.7-M2-finalizers-mark`.
    pub id: String,
    /// What else there is to know.
    pub note: Option<String>,
    /// Whether it needs a history whose beginning is compacted, which a server that just started doesn't have.
    #[serde(default)]
    pub compacted: bool,
    /// Whether it needs the controller that counts what resource quotas limit, which not every control plane runs.
    #[serde(default)]
    pub quotas: bool,
    /// Why a real server may go another way once in a while, whoever asks: there the case is run again if it fails, three
    /// times in all.
    pub races: Option<String>,
    /// Whether a real server takes its time: such a case starts first.
    #[serde(default)]
    pub slow: bool,
    /// What happens, in order.
    pub steps: Vec<Step>,
}

/// One request and its answer, one watch, or some of its events.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Verb and path of a request.
    #[serde(rename = "do")]
    pub request: Option<String>,
    /// The path of a watch to open.
    pub watch: Option<String>,
    /// The name of the watch whose events are read.
    pub events: Option<String>,
    /// The name of the opened watch.
    #[serde(rename = "as")]
    pub name: Option<String>,
    /// Whether the watch ends after the events.
    #[serde(default)]
    pub ends: bool,
    /// The request's body.
    pub body: Option<Value>,
    /// The request's body, if it is no JSON.
    pub raw: Option<String>,
    /// Texts of so many bytes to put into the body, by their path.
    #[serde(default)]
    pub pad: BTreeMap<String, usize>,
    /// Makes the body a list of so many copies of it.
    pub copies: Option<usize>,
    /// The request's headers.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Whether the request comes without the administrator's credentials.
    #[serde(default)]
    pub anonymous: bool,
    /// Whether the request is repeated until it is answered as expected.
    #[serde(default)]
    pub until: bool,
    /// How many such requests are sent at once; `{i}` tells them apart.
    pub parallel: Option<usize>,
    /// What is to be found. Only a watch can go without: then it opens.
    pub expect: Option<Expectation>,
    /// Fields of the answer to remember, by the name of the variable.
    #[serde(default)]
    pub save: BTreeMap<String, String>,
}

impl Section {
    /// Its number: `3.7`.
    #[must_use]
    pub fn number(&self) -> &str {
        self.section.split(' ').next().unwrap_or_default()
    }

    /// The statement that a case is about.
    #[must_use]
    pub fn statement(&self, case: &Case) -> &str {
        self.statements.get(case.mark()).map_or("", String::as_str)
    }
}

impl Case {
    /// The mark of its statement: `M2`.
    #[must_use]
    pub fn mark(&self) -> &str {
        self.id.split('-').nth(1).unwrap_or_default()
    }
}

impl Table {
    /// The table in a folder.
    ///
    /// # Errors
    /// If a file can't be read, or the table isn't sound: a case without a statement, a statement without a case, an id
    /// that is there twice, a difference of no case.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
            let path = entry.map_err(|e| e.to_string())?.path();
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                files.push(path);
            }
        }
        let mut sections = files
            .iter()
            .map(|path| yaml(path))
            .collect::<Result<Vec<Section>, _>>()?;
        sections.sort_by_key(|section| {
            section
                .number()
                .split('.')
                .filter_map(|n| n.parse().ok())
                .collect::<Vec<u32>>()
        });
        let table = Self {
            sections,
            kinds: yaml(&folder.join("kinds.yaml"))?,
            differences: yaml(&folder.join("differences.yaml"))?,
        };
        table.check().map(|()| table)
    }

    fn check(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        for section in &self.sections {
            let mut covered = BTreeSet::new();
            for case in &section.cases {
                if !ids.insert(case.id.as_str()) {
                    return Err(format!("{} is there twice", case.id));
                }
                if !case.id.starts_with(&format!("{}-", section.number()))
                    || section.statement(case).is_empty()
                {
                    return Err(format!(
                        "{} names no statement of section {}",
                        case.id,
                        section.number()
                    ));
                }
                covered.insert(case.mark());
                for (index, step) in case.steps.iter().enumerate() {
                    step.check()
                        .map_err(|e| format!("{}, step {}: {e}", case.id, index + 1))?;
                }
            }
            for mark in section.statements.keys() {
                if covered.contains(mark.as_str()) == section.uncovered.contains_key(mark) {
                    return Err(format!(
                        "{}-{mark} needs a case, or else a reason to have none",
                        section.number()
                    ));
                }
            }
        }
        match self
            .differences
            .iter()
            .find(|difference| !ids.contains(difference.case.as_str()))
        {
            Some(difference) => Err(format!(
                "a difference of {}, which is no case",
                difference.case
            )),
            None => Ok(()),
        }
    }
}

impl Step {
    fn check(&self) -> Result<(), String> {
        let kinds = [&self.request, &self.watch, &self.events];
        if kinds.into_iter().flatten().count() != 1 {
            return Err("a step is one of do, watch and events".to_owned());
        }
        if self.watch.is_none() && self.expect.is_none() {
            return Err("nothing is expected".to_owned());
        }
        Ok(())
    }
}

fn yaml<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(&text, options)
        .map_err(|e| format!("{}: {e}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cases: &str) -> Table {
        let section = format!(
            "section: 3.1 Identity\nstatements: {{M1: one, M2: two}}\nuncovered: {{M2: no way to see it}}\ncases: {cases}"
        );
        let section = serde_saphyr::from_str(&section).expect("a section");
        Table {
            sections: vec![section],
            kinds: Vec::new(),
            differences: Vec::new(),
        }
    }

    const SOUND: &str = "{id: 3.1-M1-a, steps: [{do: GET /version, expect: 200}]}";

    #[test]
    fn a_sound_table_passes() {
        assert_eq!(table(&format!("[{SOUND}]")).check(), Ok(()));
    }

    #[test]
    fn an_id_is_there_once() {
        assert_eq!(
            table(&format!("[{SOUND}, {SOUND}]")).check(),
            Err("3.1-M1-a is there twice".to_owned())
        );
    }

    #[test]
    fn a_statement_has_a_case_or_a_reason() {
        assert_eq!(
            table("[]").check(),
            Err("3.1-M1 needs a case, or else a reason to have none".to_owned())
        );
        let covered = SOUND.replace("M1", "M2");
        assert!(table(&format!("[{SOUND}, {covered}]")).check().is_err());
    }

    #[test]
    fn a_case_has_a_statement() {
        let case = SOUND.replace("M1", "M3");
        assert_eq!(
            table(&format!("[{SOUND}, {case}]")).check(),
            Err("3.1-M3-a names no statement of section 3.1".to_owned())
        );
    }

    #[test]
    fn a_step_does_one_thing_and_expects_something() {
        let case = "{id: 3.1-M1-a, steps: [{do: GET /version}]}";
        assert_eq!(
            table(&format!("[{case}]")).check(),
            Err("3.1-M1-a, step 1: nothing is expected".to_owned())
        );
    }
}
