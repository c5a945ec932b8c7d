//! Which names a CRD gets: names are unique in a group, first come, first served, and a CRD whose names are accepted is
//! established.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::condition::{self, find, is_true, says};

const ACCEPTED: &str = "NamesAccepted";
const ESTABLISHED: &str = "Established";

/// Gives a CRD the names that it asks for, as far as no other CRD of its group has them, and writes the conditions
/// `NamesAccepted` and `Established`. `others` are all CRDs there are, in any order; `definition` among them or not.
///
/// Returns the CRD with its new status, or `None` if nothing changes. Names that it gives back may be what another one
/// waits for: look at all others of the group again.
#[must_use]
pub(crate) fn accept<'a>(
    definition: &'a Value,
    others: impl IntoIterator<Item = &'a Value>,
    now: &str,
) -> Option<Value> {
    let (wanted, had) = (
        &definition["spec"]["names"],
        &definition["status"]["acceptedNames"],
    );
    if are_settled(definition) {
        return None;
    }
    let taken = Taken::of(definition, others);
    let (names, conflict) = choose(wanted, had, &taken);
    let accepted = match &conflict {
        None => (ACCEPTED, "True", "NoConflicts", "no conflicts found"),
        Some((reason, message)) => (ACCEPTED, "False", *reason, message.as_str()),
    };
    if same_names(&names, had) && says(find(definition, ACCEPTED), accepted) {
        return None;
    }
    let mut new = definition.clone();
    new["status"]["acceptedNames"] = names;
    condition::set(&mut new, accepted, now);
    if conflict.is_none() && !is_true(definition, ESTABLISHED) {
        let installing = "the initial names have been accepted";
        let condition = (ESTABLISHED, "False", "Installing", installing);
        condition::set(&mut new, condition, now);
    } else if find(definition, ESTABLISHED).is_none() {
        let refused = (
            ESTABLISHED,
            "False",
            "NotAccepted",
            "not all names are accepted",
        );
        condition::set(&mut new, refused, now);
    }
    Some(new)
}

/// Whether a CRD has the names that it asks for: then [`accept`] has nothing to do, whatever the others have.
#[must_use]
pub(crate) fn are_settled(definition: &Value) -> bool {
    same_names(
        &definition["spec"]["names"],
        &definition["status"]["acceptedNames"],
    )
}

/// Whether a change of a CRD gave names back that another one may wait for.
#[must_use]
pub(crate) fn were_given_back(before: &Value, after: &Value) -> bool {
    let (had, has) = (
        &before["status"]["acceptedNames"],
        &after["status"]["acceptedNames"],
    );
    had.is_object() && had != has
}

/// Establishes a CRD whose names are accepted: from then on it is served.
///
/// Returns the CRD with its new status, or `None` if there is nothing to do.
#[must_use]
pub(crate) fn establish(definition: &Value, now: &str) -> Option<Value> {
    if !is_true(definition, ACCEPTED) || is_true(definition, ESTABLISHED) {
        return None;
    }
    let mut new = definition.clone();
    let message = "the initial names have been accepted";
    let condition = (ESTABLISHED, "True", "InitialNamesAccepted", message);
    condition::set(&mut new, condition, now);
    Some(new)
}

/// The names that are taken in a group.
#[derive(Default)]
struct Taken<'a> {
    resources: HashSet<&'a str>,
    kinds: HashSet<&'a str>,
}

impl<'a> Taken<'a> {
    fn of(definition: &'a Value, others: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut taken = Self::default();
        taken.add(&definition["status"]["acceptedNames"]);
        for other in others {
            let same_group = other["spec"]["group"] == definition["spec"]["group"];
            if same_group && other["metadata"]["name"] != definition["metadata"]["name"] {
                taken.add(&other["status"]["acceptedNames"]);
            }
        }
        taken
    }

    fn add(&mut self, names: &'a Value) {
        let text = |field: &str| names[field].as_str();
        self.resources.extend(text("plural"));
        self.resources.extend(text("singular"));
        self.resources.extend(texts(&names["shortNames"]));
        self.kinds.extend(text("kind"));
        self.kinds.extend(text("listKind"));
    }
}

/// The names after this step, and the last conflict: its reason and message.
fn choose(
    wanted: &Value,
    had: &Value,
    taken: &Taken<'_>,
) -> (Value, Option<(&'static str, String)>) {
    let mut names = if had.is_object() {
        had.clone()
    } else {
        json!({})
    };
    let mut conflict = None;
    let single = |names: &mut Value, field: &str, used: &HashSet<&str>| {
        let name = wanted[field].as_str().unwrap_or_default();
        if name == had[field].as_str().unwrap_or_default() || !used.contains(name) {
            names[field] = name.into();
            None
        } else {
            Some(in_use(name))
        }
    };
    for (field, reason) in [
        ("plural", "PluralConflict"),
        ("singular", "SingularConflict"),
    ] {
        if let Some(message) = single(&mut names, field, &taken.resources) {
            conflict = Some((reason, message));
        }
    }
    let ours: HashSet<&str> = texts(&had["shortNames"]).collect();
    let clashes: Vec<&str> = texts(&wanted["shortNames"])
        .filter(|name| !ours.contains(name) && taken.resources.contains(name))
        .collect();
    if clashes.is_empty() {
        set_list(&mut names, "shortNames", &wanted["shortNames"]);
    } else {
        conflict = Some(("ShortNamesConflict", all_in_use(&clashes)));
    }
    for (field, reason) in [("kind", "KindConflict"), ("listKind", "ListKindConflict")] {
        if let Some(message) = single(&mut names, field, &taken.kinds) {
            conflict = Some((reason, message));
        }
    }
    set_list(&mut names, "categories", &wanted["categories"]);
    for required in ["plural", "kind"] {
        if names[required].is_null() {
            names[required] = "".into();
        }
    }
    (names, conflict)
}

fn in_use(name: &str) -> String {
    format!("{name:?} is already in use")
}

/// Several errors as the server joins them: each text once, in brackets if there are more than one.
fn all_in_use(names: &[&str]) -> String {
    let mut messages: Vec<String> = Vec::new();
    for name in names {
        let message = in_use(name);
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    match messages.as_slice() {
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    }
}

fn set_list(names: &mut Value, field: &str, list: &Value) {
    let Value::Object(names) = names else { return };
    if list.as_array().is_some_and(|l| !l.is_empty()) {
        names.insert(field.to_owned(), list.clone());
    } else {
        names.remove(field);
    }
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// Whether names are equal; an absent one equals an empty one.
fn same_names(one: &Value, other: &Value) -> bool {
    let single = ["plural", "singular", "kind", "listKind"];
    let lists = ["shortNames", "categories"];
    single
        .iter()
        .all(|f| one[f].as_str().unwrap_or_default() == other[f].as_str().unwrap_or_default())
        && lists.iter().all(|f| texts(&one[f]).eq(texts(&other[f])))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As it stands just after it was created.
    fn crd(plural: &str, names: &Value) -> Value {
        json!({
            "metadata": {"name": format!("{plural}.example.com")},
            "spec": {"group": "example.com", "names": names},
            "status": {"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v1"]},
        })
    }

    fn foos() -> Value {
        let names = json!({"plural": "foos", "singular": "foz", "kind": "Foo", "listKind": "Fooz",
            "shortNames": ["f"], "categories": ["all"]});
        accept(&crd("foos", &names), [], "t1").expect("it is new")
    }

    fn said(crd: &Value, condition: &str) -> (String, String, String) {
        let condition = find(crd, condition).expect("it is there");
        let text = |field: &str| condition[field].as_str().unwrap_or_default().to_owned();
        (text("status"), text("reason"), text("message"))
    }

    fn refused(plural: &str, names: &Value) -> (Value, (String, String, String)) {
        let first = foos();
        let new = accept(&crd(plural, names), [&first], "t2").expect("it is new");
        let (status, reason, _) = said(&new, ESTABLISHED);
        assert_eq!((status.as_str(), reason.as_str()), ("False", "NotAccepted"));
        let said = said(&new, ACCEPTED);
        (new["status"]["acceptedNames"].clone(), said)
    }

    #[test]
    fn free_names_are_accepted_and_then_the_definition_is_established() {
        let accepted = foos();
        assert_eq!(
            accepted["status"],
            json!({
                "conditions": [
                    {"type": "NamesAccepted", "status": "True", "lastTransitionTime": "t1",
                     "reason": "NoConflicts", "message": "no conflicts found"},
                    {"type": "Established", "status": "False", "lastTransitionTime": "t1",
                     "reason": "Installing", "message": "the initial names have been accepted"},
                ],
                "acceptedNames": {"plural": "foos", "singular": "foz", "kind": "Foo", "listKind": "Fooz",
                    "shortNames": ["f"], "categories": ["all"]},
                "storedVersions": ["v1"],
            })
        );
        assert_eq!(accept(&accepted, [&accepted], "t2"), None);
        let established = establish(&accepted, "t2").expect("its names are accepted");
        assert_eq!(
            established["status"]["conditions"][1],
            json!({"type": "Established", "status": "True", "lastTransitionTime": "t2",
                "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"})
        );
        assert_eq!(establish(&established, "t3"), None);
    }

    #[test]
    fn a_name_that_another_has_is_refused_and_the_others_are_given() {
        let names =
            json!({"plural": "bars", "singular": "foo", "kind": "Foo", "listKind": "FooList"});
        let (given, (status, reason, message)) = refused("bars", &names);
        assert_eq!(
            given,
            json!({"plural": "bars", "singular": "foo", "kind": "", "listKind": "FooList"})
        );
        assert_eq!(
            (status.as_str(), reason.as_str(), message.as_str()),
            ("False", "KindConflict", r#""Foo" is already in use"#)
        );
        let names =
            json!({"plural": "foz", "singular": "baz", "kind": "Baz", "listKind": "BazList"});
        let (given, (_, reason, _)) = refused("foz", &names);
        assert_eq!(
            given,
            json!({"plural": "", "singular": "baz", "kind": "Baz", "listKind": "BazList"})
        );
        assert_eq!(reason, "PluralConflict");
    }

    #[test]
    fn short_names_are_refused_together() {
        let names = json!({"plural": "qs", "singular": "q", "kind": "Q", "listKind": "QList",
            "shortNames": ["f", "foos", "x"]});
        let (given, (_, reason, message)) = refused("qs", &names);
        assert_eq!(
            given,
            json!({"plural": "qs", "singular": "q", "kind": "Q", "listKind": "QList"})
        );
        assert_eq!(reason, "ShortNamesConflict");
        assert_eq!(
            message,
            r#"["f" is already in use, "foos" is already in use]"#
        );
    }

    #[test]
    fn the_last_conflict_is_the_one_that_is_told() {
        let names = json!({"plural": "zs", "singular": "foos", "kind": "Z", "listKind": "Foo"});
        let (given, (_, reason, message)) = refused("zs", &names);
        assert_eq!(given, json!({"plural": "zs", "kind": "Z"}));
        assert_eq!(
            (reason.as_str(), message.as_str()),
            ("ListKindConflict", r#""Foo" is already in use"#)
        );
    }

    #[test]
    fn a_refused_definition_is_accepted_once_the_name_is_free() {
        let names =
            json!({"plural": "bars", "singular": "bar", "kind": "Foo", "listKind": "BarList"});
        let first = foos();
        let waiting = accept(&crd("bars", &names), [&first], "t2").expect("it is new");
        assert_eq!(accept(&waiting, [&first, &waiting], "t3"), None);
        let accepted = accept(&waiting, [&waiting], "t3").expect("the name is free");
        assert_eq!(said(&accepted, ACCEPTED).0, "True");
        assert_eq!(said(&accepted, ESTABLISHED).1, "Installing");
    }

    #[test]
    fn other_groups_do_not_matter() {
        let mut other = foos();
        other["spec"]["group"] = "other.com".into();
        let names =
            json!({"plural": "foos", "singular": "foo", "kind": "Foo", "listKind": "FooList"});
        let new = accept(&crd("foos", &names), [&other], "t2").expect("it is new");
        assert!(is_true(&new, ACCEPTED));
    }

    #[test]
    fn an_established_definition_stays_so_when_a_new_name_is_refused() {
        let names =
            json!({"plural": "bars", "singular": "bar", "kind": "Bar", "listKind": "BarList"});
        let bars = establish(&accept(&crd("bars", &names), [], "t1").expect("new"), "t1")
            .expect("accepted");
        let mut renamed = bars;
        renamed["spec"]["names"]["listKind"] = "Fooz".into();
        let first = foos();
        let new = accept(&renamed, [&first], "t2").expect("it changed");
        assert!(!is_true(&new, ACCEPTED));
        assert!(is_true(&new, ESTABLISHED));
        assert_eq!(new["status"]["acceptedNames"]["listKind"], "BarList");
    }
}
