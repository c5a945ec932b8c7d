//! The syntax of names in Kubernetes: each function says what is wrong with a name, or nothing.

/// A DNS label as of RFC 1035: the name of a resource in URLs.
pub(crate) fn label(name: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() {
        Err("is empty".to_owned())
    } else if name.len() > 63 {
        Err(format!("has {} letters, and 63 are allowed", name.len()))
    } else if name.chars().any(|c| c.is_ascii_uppercase()) {
        Err("is not in lower case".to_owned())
    } else if let Some(wrong) = name.chars().find(|c| !letters(*c)) {
        Err(format!(
            "has a `{wrong}`, and only letters, digits and `-` are allowed"
        ))
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Err("doesn't start with a letter".to_owned())
    } else if name.ends_with('-') {
        Err("ends with `-`".to_owned())
    } else {
        Ok(())
    }
}

/// An API group: a DNS subdomain of two segments or more.
pub(crate) fn group(name: &str) -> Result<(), String> {
    subdomain(name)?;
    if name.contains('.') {
        Ok(())
    } else {
        Err("has no dot".to_owned())
    }
}

/// A DNS subdomain.
fn subdomain(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty".to_owned());
    }
    if name.len() > 253 {
        return Err(format!("has {} letters, and 253 are allowed", name.len()));
    }
    if name.chars().any(|c| c.is_ascii_uppercase()) {
        return Err("is not in lower case".to_owned());
    }
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    if let Some(wrong) = name.chars().find(|c| !letters(*c)) {
        return Err(format!(
            "has a `{wrong}`, and only letters, digits, `-` and `.` are allowed"
        ));
    }
    for segment in name.split('.') {
        if segment.is_empty() || segment.starts_with('-') || segment.ends_with('-') {
            return Err("has a segment that is empty, or starts or ends with `-`".to_owned());
        }
    }
    Ok(())
}

/// Whether a group belongs to the Kubernetes project.
pub(crate) fn is_protected(group: &str) -> bool {
    ["k8s.io", "kubernetes.io"].iter().any(|domain| {
        group
            .strip_suffix(domain)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    })
}

/// Whether the value of the annotation for a group of the Kubernetes project is what a server takes.
pub(crate) fn is_approval(value: &str) -> bool {
    let address = |rest: &str| !rest.is_empty() && !rest.starts_with('/');
    value.starts_with("unapproved")
        || ["https://", "http://"]
            .iter()
            .filter_map(|scheme| value.strip_prefix(scheme))
            .any(address)
}

/// The key of a label or an annotation: a name of up to 63 letters, perhaps after a domain and a slash.
pub(crate) fn qualified(key: &str) -> Result<(), String> {
    let (prefix, name) = key
        .split_once('/')
        .map_or((None, key), |(prefix, name)| (Some(prefix), name));
    if let Some(prefix) = prefix {
        subdomain(prefix).map_err(|wrong| format!("has a prefix that {wrong}"))?;
    }
    if name.is_empty() {
        return Err("has no name".to_owned());
    }
    label_value(name)
}

/// The value of a label, which may be empty.
pub(crate) fn label_value(value: &str) -> Result<(), String> {
    let letters = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if value.len() > 63 {
        Err(format!("has {} letters, and 63 are allowed", value.len()))
    } else if let Some(wrong) = value.chars().find(|c| !letters(*c)) {
        Err(format!(
            "has a `{wrong}`, and only letters, digits, `-`, `_` and `.` are allowed"
        ))
    } else if value.starts_with(|c: char| !c.is_ascii_alphanumeric())
        || value.ends_with(|c: char| !c.is_ascii_alphanumeric())
    {
        Err("doesn't start and end with a letter or a digit".to_owned())
    } else {
        Ok(())
    }
}

/// A version as servers order them: `v1`, `v1beta1`, `v2alpha3`.
pub(crate) fn is_version(name: &str) -> bool {
    let Some(rest) = name.strip_prefix('v') else {
        return false;
    };
    let (major, stage) = rest.split_at(
        rest.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len()),
    );
    let number = |text: &str| !text.starts_with('0') && text.parse::<u32>().is_ok();
    let minor = ["alpha", "beta"]
        .iter()
        .find_map(|it| stage.strip_prefix(it));
    number(major) && (stage.is_empty() || minor.is_some_and(number))
}

/// How long a kind may be: in lower case it is a DNS label.
pub(crate) const LONGEST_KIND: usize = 63;

/// A kind: `CamelCase`, and a DNS label in lower case even with the `List` of its lists.
pub(crate) fn kind(name: &str) -> Result<(), String> {
    if name.len() > LONGEST_KIND - "List".len() {
        let letters = name.len();
        return Err(format!(
            "has {letters} letters, and 59 are allowed since its lists are called `…List`"
        ));
    }
    kind_alone(name)
}

/// The same where its lists are called otherwise, and of the kind of these.
pub(crate) fn kind_alone(name: &str) -> Result<(), String> {
    if name.is_empty() {
        Err("is empty".to_owned())
    } else if name.len() > LONGEST_KIND {
        Err(format!("has {} letters, and 63 are allowed", name.len()))
    } else if let Some(wrong) = name.chars().find(|c| !c.is_ascii_alphanumeric()) {
        Err(format!(
            "has a `{wrong}`, and only letters and digits are allowed"
        ))
    } else if !name.starts_with(|c: char| c.is_ascii_uppercase()) {
        Err("doesn't start with a capital".to_owned())
    } else {
        Ok(())
    }
}

/// The plural of an English noun in lower case. Where it guesses wrong, `plural` is there to be written.
pub(crate) fn plural(singular: &str) -> String {
    let vowel = |c: char| "aeiou".contains(c);
    if let Some(stem) = singular.strip_suffix('y')
        && !stem.ends_with(vowel)
        && !stem.is_empty()
    {
        return format!("{stem}ies");
    }
    let sibilant = ["s", "x", "z", "ch", "sh"]
        .iter()
        .any(|end| singular.ends_with(end));
    if sibilant {
        format!("{singular}es")
    } else {
        format!("{singular}s")
    }
}
