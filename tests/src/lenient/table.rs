//! [`Table`]: the rules with their mistakes and valid neighbours, as the files of the table write them down.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::LazyLock,
};

use regex::{Captures, Regex};
use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use crate::{conformance::Difference, lenient::outcome::Outcome};

/// All rules, the CRDs that their trials patch, and what the embedded server does differently.
#[derive(Clone, Debug)]
pub struct Table {
    /// The subjects of the rules.
    pub subjects: Vec<Subject>,
    /// The sane CRDs, by the version of their API.
    pub bases: BTreeMap<String, Base>,
    /// The accepted differences of the embedded server.
    pub differences: Vec<Difference>,
}

/// A sane CRD, and where its parts are that patches name.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Base {
    /// Where its only version is.
    pub version: String,
    /// Where the schema of the field `spec` is.
    pub spec: String,
    /// The whole.
    pub crd: Value,
}

/// The rules about one subject.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// A word for ids, and its title: `names Names and lengths`.
    pub subject: String,
    /// The version of the API that its CRDs are written in.
    #[serde(default = "v1")]
    pub api: String,
    /// The server on which its mistakes have to fare badly.
    #[serde(default)]
    pub against: Against,
    /// Abbreviations: variables of all of its trials.
    #[serde(default, rename = "let")]
    pub abbreviations: BTreeMap<String, String>,
    /// What several trials refer to.
    #[serde(default, rename = "anchors")]
    _anchors: IgnoredAny,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// The server that a rule protects from.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub enum Against {
    /// Any: the newest will do.
    #[default]
    #[serde(rename = "v1.37")]
    Newest,
    /// The oldest; others may take what it can't say.
    #[serde(rename = "v1.20")]
    Oldest,
}

/// A rule that the derive checks.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A word for ids: letters, digits and underscores.
    pub id: String,
    /// What has to hold.
    pub rule: String,
    /// Why the derive holds it where a server takes a mistake without harm.
    pub stricter: Option<String>,
    /// The smallest CRDs that break it.
    pub mistakes: Vec<Trial>,
    /// Those that just keep it.
    #[serde(default)]
    pub valid: Vec<Trial>,
}

/// One CRD, and what becomes of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trial {
    /// What is special about it, in a word or some, with hyphens.
    pub id: String,
    /// A merge patch on the sane CRD.
    #[serde(default)]
    pub crd: Value,
    /// A merge patch on its version.
    #[serde(default)]
    pub version: Value,
    /// A merge patch on the schema of `spec`.
    #[serde(default)]
    pub spec: Value,
    /// What the newest server does, and the embedded one. A valid one is accepted if nothing else is said.
    #[serde(rename = "v1.37")]
    pub newest: Option<Outcome>,
    /// What the oldest server does, if it is something else.
    #[serde(rename = "v1.20")]
    pub oldest: Option<Outcome>,
}

fn v1() -> String {
    "v1".to_owned()
}

impl Subject {
    /// Its word.
    #[must_use]
    pub fn word(&self) -> &str {
        self.subject.split(' ').next().unwrap_or_default()
    }

    /// The id of a trial of one of its rules.
    #[must_use]
    pub fn id(&self, rule: &Rule, trial: &Trial) -> String {
        format!("{}-{}-{}", self.word(), rule.id, trial.id)
    }
}

impl Table {
    /// The table in a folder.
    ///
    /// # Errors
    /// If a file can't be read, or the table isn't sound: a rule without a mistake, without a valid neighbour, or one
    /// whose mistake a server takes without harm and without a reason for the rule.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let mut subjects = Vec::new();
        for entry in fs::read_dir(folder).map_err(|e| format!("{}: {e}", folder.display()))? {
            let path = entry.map_err(|e| e.to_string())?.path();
            let name = path.file_name().unwrap_or_default();
            if name != "bases.yaml" && name != "differences.yaml" {
                subjects.push(yaml::<Subject>(&path)?);
            }
        }
        subjects.sort_by(|a, b| a.subject.cmp(&b.subject));
        let table = Self {
            subjects,
            bases: yaml(&folder.join("bases.yaml"))?,
            differences: yaml(&folder.join("differences.yaml"))?,
        };
        table.check().map(|()| table)
    }

    fn check(&self) -> Result<(), String> {
        let mut ids = BTreeSet::new();
        for subject in &self.subjects {
            for rule in &subject.rules {
                rule.check(subject.against)
                    .map_err(|e| format!("{}, {}: {e}", subject.word(), rule.id))?;
                for (trial, _) in rule.trials() {
                    let id = subject.id(rule, trial);
                    if let Some(twice) = ids.replace(id) {
                        return Err(format!("{twice} is there twice"));
                    }
                }
            }
        }
        let mut differences = self.differences.iter();
        match differences.find(|difference| !ids.contains(&difference.case)) {
            Some(difference) => Err(format!(
                "a difference of {}, which is no trial",
                difference.case
            )),
            None => Ok(()),
        }
    }
}

impl Rule {
    /// All of its CRDs, and whether they keep it.
    pub fn trials(&self) -> impl Iterator<Item = (&Trial, bool)> {
        let mistakes = self.mistakes.iter().map(|trial| (trial, false));
        mistakes.chain(self.valid.iter().map(|trial| (trial, true)))
    }

    fn check(&self, against: Against) -> Result<(), String> {
        if self.id.contains('-') {
            return Err("the id of a rule has no hyphens".to_owned());
        }
        if self.mistakes.is_empty() || self.valid.is_empty() {
            return Err("a rule has a mistake and a valid neighbour".to_owned());
        }
        let mut mistakes = self.mistakes.iter();
        let harmless = mistakes.find(|trial| trial.is_harmless(against));
        match (harmless, &self.stricter) {
            (Some(trial), None) => Err(format!(
                "{} does no harm: why is there a rule? Say it in `stricter`",
                trial.id
            )),
            (None, Some(_)) => Err("`stricter`, but each mistake is refused or harmed".to_owned()),
            _ => Ok(()),
        }
    }
}

impl Trial {
    /// What is said of a server; of the oldest often the same as of the newest.
    #[must_use]
    pub fn said(&self, against: Against) -> Option<&Outcome> {
        match against {
            Against::Newest => self.newest.as_ref(),
            Against::Oldest => self.oldest.as_ref().or(self.newest.as_ref()),
        }
    }

    fn is_harmless(&self, against: Against) -> bool {
        matches!(self.said(against), Some(Outcome::Taken { harm: None, .. }))
    }
}

fn yaml<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
    // One outcome, repeated for each trial, is what the abbreviations are for.
    let options = serde_saphyr::options! {
        strict_booleans: true,
        budget: serde_saphyr::budget! { enforce_alias_anchor_ratio: false },
    };
    let mut value = serde_saphyr::from_str_with_options(&text, options)
        .map_err(|e| format!("{}: {e}", path.display()))?;
    repeat(&mut value);
    serde_json::from_value(value).map_err(|e| format!("{}: {e}", path.display()))
}

/// Writes out the texts like `{63*a}`, keys included.
fn repeat(value: &mut Value) {
    static REPEATED: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\{(\d+)\*([^}]+)\}").expect("a regex"));
    let written_out = |text: &str| {
        REPEATED
            .replace_all(text, |found: &Captures| {
                found[2].repeat(found[1].parse().unwrap_or_default())
            })
            .into_owned()
    };
    match value {
        Value::String(text) => *text = written_out(text),
        Value::Array(items) => items.iter_mut().for_each(repeat),
        Value::Object(fields) => {
            *fields = std::mem::take(fields)
                .into_iter()
                .map(|(key, mut value)| {
                    repeat(&mut value);
                    (written_out(&key), value)
                })
                .collect();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rule(rest: &str) -> Rule {
        serde_saphyr::from_str(&format!("{{id: a, rule: b, {rest}}}")).expect("a rule")
    }

    #[test]
    fn a_rule_that_no_server_needs_has_a_reason() {
        let harmless = "mistakes: [{id: c, v1.37: accepted}], valid: [{id: d}]";
        assert_eq!(
            rule(harmless).check(Against::Newest),
            Err("c does no harm: why is there a rule? Say it in `stricter`".to_owned())
        );
        assert_eq!(
            rule(&format!("{harmless}, stricter: e")).check(Against::Newest),
            Ok(())
        );
    }

    #[test]
    fn a_reason_without_need_is_noticed() {
        let refused =
            rule("mistakes: [{id: c, v1.37: {refused: ['a: b']}}], valid: [{id: d}], stricter: e");
        assert_eq!(
            refused.check(Against::Newest),
            Err("`stricter`, but each mistake is refused or harmed".to_owned())
        );
    }

    #[test]
    fn harm_on_an_old_server_is_a_reason_only_for_a_rule_about_it() {
        let rule = rule(
            "mistakes: [{id: c, v1.37: accepted, v1.20: {harmed: f, stored: {a: b}}}], valid: [{id: d}]",
        );
        assert_eq!(rule.check(Against::Oldest), Ok(()));
        assert!(rule.check(Against::Newest).is_err());
    }

    #[test]
    fn a_mistake_has_a_valid_neighbour() {
        let check = |written| rule(written).check(Against::Newest);
        assert!(check("mistakes: [{id: c}]").is_err());
        assert!(check("mistakes: [], valid: [{id: d}]").is_err());
        assert_eq!(check("mistakes: [{id: c}], valid: [{id: d}]"), Ok(()));
    }

    #[test]
    fn a_difference_is_of_a_trial() {
        let subject: Subject = serde_saphyr::from_str(
            "{subject: a A, rules: [{id: b, rule: B, mistakes: [{id: c}], valid: [{id: d}]}]}",
        )
        .expect("a subject");
        let table = |case: &str| Table {
            subjects: vec![subject.clone()],
            bases: BTreeMap::new(),
            differences: serde_json::from_value(
                json!([{"case": case, "step": 1, "why": "so", "embedded": 200}]),
            )
            .expect("differences"),
        };
        assert_eq!(table("a-b-c").check(), Ok(()));
        assert_eq!(
            table("a-b-e").check(),
            Err("a difference of a-b-e, which is no trial".to_owned())
        );
    }

    #[test]
    fn repeated_texts_are_written_out() {
        let mut value = json!({"{2*a}": ["x{3*bc}", "{a}"]});
        repeat(&mut value);
        assert_eq!(value, json!({"aa": ["xbcbcbc", "{a}"]}));
    }
}
