//! [`warnings`]: finalizers of custom resources may be called anything, but should be called after a domain.

use serde_json::Value;

use super::dns;
use crate::object;

/// What is said about the finalizers that are new.
pub(super) fn warnings(new: &Value, old: Option<&Value>) -> Vec<String> {
    let had =
        |finalizer: &str| old.is_some_and(|old| object::finalizers(old).any(|f| f == finalizer));
    let mut added: Vec<&str> = object::finalizers(new).filter(|f| !had(f)).collect();
    added.sort_unstable();
    added.dedup();
    let mut warnings = Vec::new();
    for finalizer in added {
        let mut warn =
            |what: &str| warnings.push(format!("metadata.finalizers: {finalizer:?}: {what}"));
        qualified_name_errors(finalizer)
            .iter()
            .for_each(|what| warn(what));
        if finalizer.contains('/')
            || ["orphan", "foregroundDeletion", "kubernetes"].contains(&finalizer)
        {
            continue;
        }
        if finalizer.contains('.') {
            warn(
                "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts with other \
                 finalizer writers",
            );
        } else {
            warn(
                "prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers",
            );
        }
    }
    warnings
}

fn qualified_name_errors(name: &str) -> Vec<String> {
    const NAME: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
        an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    const FORM: &str = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and \
        end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
        '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. \
        'example.com/MyName')";
    let mut errors = Vec::new();
    let name = match name.split_once('/') {
        None => name,
        Some((_, rest)) if rest.contains('/') => return vec![FORM.to_owned()],
        Some(("", name)) => {
            errors.push("prefix part must be non-empty".to_owned());
            name
        }
        Some((prefix, name)) => {
            let prefixed = |error| format!("prefix part {error}");
            errors.extend(dns::subdomain_errors(prefix).into_iter().map(prefixed));
            name
        }
    };
    if name.is_empty() {
        errors.push("name part must be non-empty".to_owned());
    } else if name.len() > 63 {
        errors.push("name part must be no more than 63 characters".to_owned());
    }
    let alphanumeric = |b: &u8| b.is_ascii_alphanumeric();
    let bytes = name.as_bytes();
    let ends = bytes.first().is_some_and(alphanumeric) && bytes.last().is_some_and(alphanumeric);
    if !ends || !bytes.iter().all(|b| alphanumeric(b) || b"-_.".contains(b)) {
        errors.push(NAME.to_owned());
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_new_finalizers_without_a_domain_are_warned_about() {
        let object = |finalizers: &[&str]| json!({"metadata": {"finalizers": finalizers}});
        let old = object(&["old"]);
        assert!(warnings(&object(&["old", "orphan", "example.com/done"]), Some(&old)).is_empty());
        assert_eq!(
            warnings(&object(&["old", "new", "a.b"]), Some(&old)),
            [
                "metadata.finalizers: \"a.b\": prefer a domain-qualified finalizer name including a path (/) to avoid \
                 accidental conflicts with other finalizer writers",
                "metadata.finalizers: \"new\": prefer a domain-qualified finalizer name to avoid accidental conflicts \
                 with other finalizer writers",
            ]
        );
    }
}
