//! [`Managed`]: `metadata.managedFields`, read and written in the server's order.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::{Map, Value, json};

use super::{
    fields_v1::{from_fields_v1, to_fields_v1},
    set::Set,
};
use crate::go_text;

/// Who owns which fields, sorted by who it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Managed<'a> {
    entries: Vec<Entry<'a>>,
}

/// What one manager owns.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry<'a> {
    /// Whose it is.
    pub(super) id: Id<'a>,
    /// The version that the set speaks of.
    pub(super) api_version: &'a str,
    /// When the set changed last.
    pub(super) time: Option<Cow<'a, str>>,
    /// What it owns.
    pub(super) set: Set<'a>,
}

/// What tells managers apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Id<'a> {
    pub(super) manager: &'a str,
    pub(super) operation: Operation,
    /// Empty for appliers: they are one and the same in all versions.
    pub(super) api_version: &'a str,
    pub(super) subresource: &'a str,
}

/// How fields came to be owned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Operation {
    Apply,
    Update,
}

impl<'a> Id<'a> {
    pub(super) fn new(
        manager: &'a str,
        operation: Operation,
        api_version: &'a str,
        subresource: &'a str,
    ) -> Self {
        let api_version = match operation {
            Operation::Apply => "",
            Operation::Update => api_version,
        };
        Self {
            manager,
            operation,
            api_version,
            subresource,
        }
    }

    /// The order in which the server goes through managers: by this text.
    pub(super) fn text(&self) -> String {
        let mut text = json!({"manager": self.manager}).to_string();
        if self.manager.is_empty() {
            "{".clone_into(&mut text);
        } else {
            text.pop();
            text.push(',');
        }
        text.push_str("\"operation\":");
        text.push_str(&go_text::quote(self.operation.as_str()));
        for (name, value) in [
            ("apiVersion", self.api_version),
            ("subresource", self.subresource),
        ] {
            if !value.is_empty() {
                for part in [",\"", name, "\":", &Value::from(value).to_string()] {
                    text.push_str(part);
                }
            }
        }
        text.push('}');
        text
    }
}

impl Operation {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "Apply",
            Self::Update => "Update",
        }
    }
}

/// The `managedFields` that a client wrote.
pub(super) enum Given<'a> {
    /// None, or something that is no list of entries at all.
    Nothing,
    /// `[]` or `[{}]`: tracking is to be forgotten.
    Reset,
    /// Entries, or why they are none.
    Entries(Result<Managed<'a>, String>),
}

impl<'a> Given<'a> {
    pub(super) fn read(managed_fields: &'a Value) -> Self {
        let Some(items) = managed_fields.as_array() else {
            return Self::Nothing;
        };
        let Some(entries) = items.iter().map(Raw::read).collect::<Option<Vec<_>>>() else {
            return Self::Nothing;
        };
        if entries.is_empty() || (entries.len() == 1 && entries[0] == Raw::default()) {
            return Self::Reset;
        }
        let entries = entries.into_iter().enumerate();
        let entries: Result<Vec<_>, String> = entries.map(|(i, raw)| raw.entry(i)).collect();
        Self::Entries(entries.map(Managed::from_entries))
    }
}

/// An entry as it is written, with empty texts for what is absent.
#[derive(Default, PartialEq)]
struct Raw<'a> {
    manager: &'a str,
    operation: &'a str,
    api_version: &'a str,
    time: Option<Cow<'a, str>>,
    fields_type: &'a str,
    fields: Option<&'a Value>,
    subresource: &'a str,
}

impl<'a> Raw<'a> {
    /// `None` if a field has the wrong type.
    fn read(entry: &'a Value) -> Option<Self> {
        let entry = entry.as_object()?;
        let text = |name: &str| match entry.get(name) {
            None | Some(Value::Null) => Some(""),
            Some(value) => value.as_str(),
        };
        let time = match entry.get("time") {
            None | Some(Value::Null) => None,
            Some(time) => Some(canonical_time(time.as_str()?)?),
        };
        Some(Self {
            manager: text("manager")?,
            operation: text("operation")?,
            api_version: text("apiVersion")?,
            time,
            fields_type: text("fieldsType")?,
            fields: entry.get("fieldsV1").filter(|fields| !fields.is_null()),
            subresource: text("subresource")?,
        })
    }

    fn entry(self, index: usize) -> Result<Entry<'a>, String> {
        let operation = match self.operation {
            "Apply" => Operation::Apply,
            "Update" => Operation::Update,
            _ => return Err("operation must be `Apply` or `Update`".to_owned()),
        };
        if self.api_version.is_empty() {
            return Err("apiVersion must not be empty".to_owned());
        }
        match self.fields_type {
            "FieldsV1" => {}
            "" => {
                return Err(format!(
                    "missing fieldsType in managed fields entry {index}"
                ));
            }
            other => {
                let other = go_text::quote(other);
                return Err(format!(
                    "invalid fieldsType {other} in managed fields entry {index}"
                ));
            }
        }
        let set = match self.fields {
            Some(fields) => from_fields_v1(fields)
                .map_err(|error| format!("error decoding versioned set: {error}"))?,
            None => Set::default(),
        };
        Ok(Entry {
            id: Id::new(self.manager, operation, self.api_version, self.subresource),
            api_version: self.api_version,
            time: self.time,
            set,
        })
    }
}

impl<'a> Managed<'a> {
    /// Of several entries of one manager the last one counts.
    pub(super) fn from_entries(mut entries: Vec<Entry<'a>>) -> Self {
        entries.reverse();
        entries.sort_by(|a, b| a.id.cmp(&b.id));
        entries.dedup_by(|later, kept| later.id == kept.id);
        Self { entries }
    }

    /// What an object says, nothing if that can't be read.
    pub(super) fn of(object: &'a Value) -> Self {
        Self::try_of(object).unwrap_or_default()
    }

    /// What an object says.
    ///
    /// # Errors
    /// If that can't be read.
    pub(super) fn try_of(object: &'a Value) -> Result<Self, String> {
        match Given::read(&object["metadata"]["managedFields"]) {
            Given::Nothing | Given::Reset => Ok(Self::default()),
            Given::Entries(entries) => entries,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Vec<Entry<'a>> {
        self.entries
    }

    /// Puts an entry in the place of the one that its manager has.
    pub(super) fn put(&mut self, entry: Entry<'a>) {
        match self.find(&entry.id) {
            Ok(at) => self.entries[at] = entry,
            Err(at) => self.entries.insert(at, entry),
        }
    }

    pub(super) fn take(&mut self, id: &Id<'_>) -> Option<Entry<'a>> {
        self.find(id).ok().map(|at| self.entries.remove(at))
    }

    pub(super) fn retain(&mut self, keep: impl FnMut(&mut Entry<'a>) -> bool) {
        self.entries.retain_mut(keep);
    }

    fn find(&self, id: &Id<'_>) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| entry.id.cmp(id))
    }

    /// The list that an object carries, `None` if there is nothing to tell.
    pub(super) fn to_value(&self) -> Option<Value> {
        if self.entries.is_empty() {
            return None;
        }
        let mut entries: Vec<&Entry<'_>> = self.entries.iter().collect();
        entries.sort_by(|a, b| written_order(a, b));
        Some(entries.into_iter().map(Entry::to_value).collect())
    }
}

impl Entry<'_> {
    /// The time for comparisons; in the order of time, as all are written in the same way.
    pub(super) fn sort_time(&self) -> &str {
        self.time.as_deref().unwrap_or("1970-01-01T00:00:00Z")
    }

    fn to_value(&self) -> Value {
        let mut entry = Map::new();
        let mut put = |name: &str, value: Value| entry.insert(name.to_owned(), value);
        put("apiVersion", self.api_version.into());
        put("fieldsType", "FieldsV1".into());
        put("fieldsV1", to_fields_v1(&self.set));
        put("operation", self.id.operation.as_str().into());
        if !self.id.manager.is_empty() {
            put("manager", self.id.manager.into());
        }
        if !self.id.subresource.is_empty() {
            put("subresource", self.id.subresource.into());
        }
        if let Some(time) = &self.time {
            put("time", (&**time).into());
        }
        Value::Object(entry)
    }
}

fn written_order(a: &Entry<'_>, b: &Entry<'_>) -> Ordering {
    let key = |entry: &Entry<'_>| entry.id.operation;
    key(a)
        .cmp(&key(b))
        .then_with(|| a.sort_time().cmp(b.sort_time()))
        .then_with(|| a.id.manager.cmp(b.id.manager))
        .then_with(|| a.api_version.cmp(b.api_version))
        .then_with(|| a.id.subresource.cmp(b.id.subresource))
}

/// `None` if it is no time; otherwise in UTC and full seconds.
fn canonical_time(time: &str) -> Option<Cow<'_, str>> {
    let parsed: jiff::Timestamp = time.parse().ok()?;
    let canonical = time.len() == 20 && time.as_bytes()[19] == b'Z' && time.as_bytes()[10] == b'T';
    Some(if canonical {
        Cow::Borrowed(time)
    } else {
        Cow::Owned(parsed.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(manager: &str, operation: &str, time: &str) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": time,
            "fieldsType": "FieldsV1", "fieldsV1": {"f:a": {}}})
    }

    fn read(value: &Value) -> Result<Managed<'_>, String> {
        match Given::read(value) {
            Given::Entries(entries) => entries,
            _ => panic!("no entries"),
        }
    }

    #[test]
    fn appliers_come_before_updaters_and_older_entries_before_newer_ones() {
        let list = json!([
            entry("b", "Update", "2020-01-01T00:00:00Z"),
            entry("a", "Update", "2020-01-01T00:00:01Z"),
            entry("z", "Apply", "2020-01-01T00:00:00Z"),
            entry("y", "Apply", "2020-01-01T00:00:00Z"),
        ]);
        let written = read(&list).unwrap().to_value().unwrap();
        let managers: Vec<_> = written
            .as_array()
            .unwrap()
            .iter()
            .map(|e| &e["manager"])
            .collect();
        assert_eq!(managers, ["y", "z", "b", "a"]);
    }

    #[test]
    fn of_two_entries_of_one_manager_the_last_counts() {
        let mut second = entry("a", "Update", "2020-01-01T00:00:01Z");
        second["fieldsV1"] = json!({"f:b": {}});
        let list = json!([entry("a", "Update", "2020-01-01T00:00:00Z"), second]);
        assert_eq!(read(&list).unwrap().to_value().unwrap(), json!([second]));
    }

    #[test]
    fn an_applier_is_the_same_in_all_versions_and_an_updater_is_not() {
        let mut list = json!([
            entry("a", "Update", "2020-01-01T00:00:00Z"),
            entry("a", "Update", "2020-01-01T00:00:00Z")
        ]);
        list[1]["apiVersion"] = "v2".into();
        assert_eq!(read(&list).unwrap().entries().len(), 2);
        list[0]["operation"] = "Apply".into();
        list[1]["operation"] = "Apply".into();
        assert_eq!(read(&list).unwrap().entries().len(), 1);
    }

    #[test]
    fn times_are_written_in_utc_and_full_seconds() {
        let list = json!([entry("a", "Update", "2020-01-01T01:00:00.7+01:00")]);
        let written = read(&list).unwrap().to_value().unwrap();
        assert_eq!(written[0]["time"], "2020-01-01T00:00:00Z");
    }

    #[test]
    fn an_empty_list_and_a_list_of_an_empty_entry_mean_to_forget() {
        assert!(matches!(Given::read(&json!([])), Given::Reset));
        assert!(matches!(Given::read(&json!([{}])), Given::Reset));
        assert!(matches!(Given::read(&json!(null)), Given::Nothing));
        assert!(matches!(
            Given::read(&json!([{"manager": 1}])),
            Given::Nothing
        ));
    }

    #[test]
    fn entries_that_are_not_complete_are_errors() {
        for (field, value) in [
            ("operation", json!("Delete")),
            ("apiVersion", json!("")),
            ("fieldsType", json!(null)),
            ("fieldsType", json!("FieldsV2")),
            ("fieldsV1", json!({"x": {}})),
        ] {
            let mut list = json!([entry("a", "Update", "2020-01-01T00:00:00Z")]);
            list[0][field] = value;
            assert!(read(&list).is_err(), "{list}");
        }
    }

    #[test]
    fn the_text_of_a_manager_is_its_json() {
        let id = Id::new("a\"b", Operation::Update, "v1", "status");
        let text =
            r#"{"manager":"a\"b","operation":"Update","apiVersion":"v1","subresource":"status"}"#;
        assert_eq!(id.text(), text);
        let id = Id::new("", Operation::Apply, "v1", "");
        assert_eq!(id.text(), r#"{"operation":"Apply"}"#);
    }
}
