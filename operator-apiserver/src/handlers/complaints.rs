//! [`Complaints`]: what is said of a body's fields that a kind doesn't have, or that stand twice.

use crate::request::{Duplicate, FieldValidation};

/// How many complaints about one object of a built-in kind there are at most.
const MOST: usize = 100;

/// Complaints about a body, which refuse it or are told as warnings, as the request wants it.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    /// Of the YAML parser.
    lines: Vec<String>,
    /// Of the decoder.
    fields: Vec<String>,
}

impl Complaints {
    /// About fields that stand twice.
    pub(super) fn of(duplicates: &[Duplicate]) -> Self {
        let mut complaints = Self::default();
        for twice in duplicates {
            match twice {
                Duplicate::Field(path) => {
                    complaints.fields.push(format!("duplicate field {path:?}"));
                }
                Duplicate::Line(line, key) => {
                    let text = format!("line {line}: key {key:?} already set in map");
                    complaints.lines.push(text);
                }
            }
        }
        complaints
    }

    /// About the fields of a JSON patch: those that stand twice, and the unknown ones.
    pub(super) fn of_json_patch(duplicates: &[Duplicate], unknown: Vec<String>) -> Self {
        let mut complaints = Self::of(duplicates);
        for text in &mut complaints.fields {
            text.insert_str(0, "json patch ");
        }
        complaints.add_last(unknown);
        complaints
    }

    pub(super) fn add_last(&mut self, mut more: Vec<String>) {
        self.fields.append(&mut more);
    }

    pub(super) fn add_first(&mut self, mut more: Vec<String>) {
        more.append(&mut self.fields);
        self.fields = more;
    }

    /// Leaves out what the decoder of built-in kinds doesn't tell any more.
    pub(super) fn limit(&mut self) {
        self.fields.truncate(MOST);
    }

    /// What the YAML parser says, if anything.
    pub(super) fn of_yaml(&self) -> Option<String> {
        let lines = self.lines.join("\n  ");
        (!self.lines.is_empty()).then(|| format!("yaml: unmarshal errors:\n  {lines}"))
    }

    /// Refuses, warns or says nothing.
    ///
    /// # Errors
    /// The complaints, where they are a reason to refuse the object.
    pub(super) fn settle(
        self,
        warnings: &mut Vec<String>,
        validation: FieldValidation,
    ) -> Result<(), String> {
        match validation {
            FieldValidation::Strict => {
                let all: Vec<String> = self.of_yaml().into_iter().chain(self.fields).collect();
                if !all.is_empty() {
                    return Err(all.join(", "));
                }
            }
            FieldValidation::Warn => warnings.extend(self.lines.into_iter().chain(self.fields)),
            FieldValidation::Ignore => {}
        }
        Ok(())
    }
}
