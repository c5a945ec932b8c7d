//! What can be written in `#[k8s(…)]`, with an example of each; and what was probably meant by anything else.

/// Where an attribute goes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Position {
    Struct,
    Field,
}

/// An attribute: its name, its place, and how to write it.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) position: Position,
    pub(crate) example: &'static str,
}

const fn on_struct(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        position: Position::Struct,
        example,
    }
}

const KEYS: [Key; 13] = [
    on_struct("group", r#"group = "example.com""#),
    on_struct("version", r#"version = "v1""#),
    on_struct("kind", r#"kind = "Foo""#),
    on_struct("plural", r#"plural = "foos""#),
    on_struct("singular", r#"singular = "foo""#),
    on_struct("shortname", r#"shortname = "fo""#),
    on_struct("category", r#"category = "all""#),
    on_struct("scope", r#"scope = "Cluster""#),
    on_struct("status", "status = FooStatus"),
    on_struct("root", r#"root = "Foo""#),
    on_struct("derive", "derive(PartialEq)"),
    on_struct("crate", r#"crate = "path::to::operator_core""#),
    Key {
        name: "column",
        position: Position::Field,
        example: "column",
    },
];

/// What other derives call something that is called otherwise here.
const ELSEWHERE: [(&str, &str); 4] = [
    ("namespaced", r#"scope = "Namespaced""#),
    ("printcolumn", "column"),
    ("crates", r#"crate = "path::to::operator_core""#),
    ("names", r#"plural = "foos""#),
];

pub(crate) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// How to write the attribute of that name.
pub(crate) fn example(name: &str) -> &'static str {
    find(name).map_or("", |key| key.example)
}

/// What to say about an attribute that there isn't.
pub(crate) fn unknown(name: &str, position: Position) -> String {
    let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
    if let Some((_, ours)) = elsewhere {
        return format!("there is no `{name}` here: write `{ours}`");
    }
    let here = KEYS.iter().filter(|key| key.position == position);
    let names = here.map(|key| key.name);
    match nearest(name, names.clone()) {
        Some(key) => format!("there is no `{name}`: did you mean `{}`?", example(key)),
        None => format!(
            "there is no `{name}`: write one of {}",
            names
                .map(|it| format!("`{it}`"))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    }
}

/// The name that is less than a third of the letters away.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| distance * 3 < known.len().min(name.len()))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// How many letters have to be added, removed or changed.
fn distance(from: &str, to: &str) -> usize {
    let from = from.to_lowercase();
    let to: Vec<char> = to.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (i, a) in from.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, b) in to.iter().enumerate() {
            let changed = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[to.len()]
}
