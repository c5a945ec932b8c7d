//! What can be written in `#[k8s(…)]`, with an example of each; and what was probably meant by anything else.

/// An attribute: its name, and how to write it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) example: &'static str,
    /// Whether it can be there several times.
    pub(crate) repeatable: bool,
}

const fn once(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        example,
        repeatable: false,
    }
}

const fn many(name: &'static str, example: &'static str) -> Key {
    Key {
        name,
        example,
        repeatable: true,
    }
}

/// The attributes of one place.
pub(crate) struct Table {
    /// As messages name it, after "there is no `x`".
    pub(crate) place: &'static str,
    pub(crate) keys: &'static [Key],
}

/// On the struct that derives `K8sType`.
pub(crate) static RESOURCE: Table = Table {
    place: "on the struct",
    keys: &[
        once("group", r#"group = "example.com""#),
        once("version", r#"version = "v1""#),
        once("kind", r#"kind = "Foo""#),
        once("plural", r#"plural = "foos""#),
        once("singular", r#"singular = "foo""#),
        once("list_kind", r#"list_kind = "FooList""#),
        many("shortname", r#"shortname = "fo""#),
        many("category", r#"category = "all""#),
        once("scope", r#"scope = "Cluster""#),
        once("status", "status = FooStatus"),
        once("root", r#"root = "Foo""#),
        once("derive", "derive(PartialEq)"),
        once("crate", r#"crate = "path::to::operator_core""#),
        once("shape", r#"shape = "flat""#),
        once("served", "served = false"),
        once("storage", "storage = false"),
        once("deprecated", r#"deprecated = "use v2 instead""#),
        many("label", r#"label("app" = "foo")"#),
        many("annotation", r#"annotation("example.com/owner" = "us")"#),
        many("column", r#"column(name = "Size", path = ".spec.size")"#),
        many("selectable", r#"selectable = ".spec.color""#),
        once(
            "scale",
            r#"scale(replicas = ".spec.replicas", status = ".status.replicas")"#,
        ),
        many("rule", RULE_EXAMPLE),
        once("structure", STRUCTURE),
        once("preserve_unknown_fields", "preserve_unknown_fields"),
        once("descriptions", DESCRIPTIONS),
        once("crd", r#"crd = "v1beta1""#),
        once("kubernetes", r#"kubernetes = "1.31""#),
    ],
};

/// On a type that derives `K8sSchema`.
pub(crate) static TYPE: Table = Table {
    place: "on the type",
    keys: &[
        once("crate", r#"crate = "path::to::operator_core""#),
        many("rule", RULE_EXAMPLE),
        once("structure", STRUCTURE),
        once("int_or_string", "int_or_string"),
        once("embedded_resource", "embedded_resource"),
        once("preserve_unknown_fields", "preserve_unknown_fields"),
        once("format", FORMAT),
        once("description", DESCRIPTION),
        once("descriptions", DESCRIPTIONS),
    ],
};

/// On a field of either.
pub(crate) static FIELD: Table = Table {
    place: "on a field",
    keys: &[
        once("column", "column"),
        once("selectable", "selectable"),
        once("scale", r#"scale = "replicas""#),
        once("immutable", "immutable"),
        many("rule", RULE_EXAMPLE),
        once("list", r#"list = "set""#),
        many("key", r#"key = "name""#),
        once("map", r#"map = "atomic""#),
        once("structure", STRUCTURE),
        once("int_or_string", "int_or_string"),
        once("embedded_resource", "embedded_resource"),
        once("preserve_unknown_fields", "preserve_unknown_fields"),
        once("schemaless", "schemaless"),
        once("default", "default = 1"),
        once("example", "example = 1"),
        once("format", FORMAT),
        once("description", DESCRIPTION),
        once("descriptions", DESCRIPTIONS),
    ],
};

/// In `column(…)` on the struct.
pub(crate) static COLUMN: Table = Table {
    place: "in `column`",
    keys: &[
        once("name", r#"name = "Size""#),
        once("path", r#"path = ".spec.size""#),
        once("type", r#"type = "integer""#),
        once("format", r#"format = "int32""#),
        once("description", DESCRIPTION),
        once("priority", "priority = 1"),
    ],
};

/// In `column(…)` on a field, whose path is the field's.
pub(crate) static FIELD_COLUMN: Table = Table {
    place: "in `column` on a field",
    keys: &[
        once("name", r#"name = "Size""#),
        once("type", r#"type = "string""#),
        once("format", r#"format = "int32""#),
        once("description", DESCRIPTION),
        once("priority", "priority = 1"),
    ],
};

/// In `scale(…)` on the struct.
pub(crate) static SCALE: Table = Table {
    place: "in `scale`",
    keys: &[
        once("replicas", r#"replicas = ".spec.replicas""#),
        once("status", r#"status = ".status.replicas""#),
        once("selector", r#"selector = ".status.selector""#),
    ],
};

/// In `rule(…)`, after the rule itself.
pub(crate) static RULE: Table = Table {
    place: "in `rule`",
    keys: &[
        once("message", r#"message = "a is at most b""#),
        once(
            "message_expression",
            r#"message_expression = "'a is more than %d'.format([self.b])""#,
        ),
        once("reason", r#"reason = "FieldValueInvalid""#),
        once("field_path", r#"field_path = ".a""#),
        once("optional_old_self", "optional_old_self = true"),
        once("on", r#"on = "resource""#),
    ],
};

/// The same on anything but the struct that derives `K8sType`.
pub(crate) static RULE_BELOW: Table = Table {
    place: "in `rule` here",
    keys: RULE.keys.split_at(5).0,
};

const RANGE: &str = "#[schemars(range(min = 1, max = 9))]";
const LENGTH: &str = "#[schemars(length(min = 1, max = 9))]";
const RULE_EXAMPLE: &str = r#"rule("self.a <= self.b", message = "a is at most b")"#;
const STRUCTURE: &str = r#"structure = "atomic""#;
const FORMAT: &str = r#"format = "date-time""#;
const DESCRIPTION: &str = r#"description = "How large it is""#;
const DESCRIPTIONS: &str = r#"descriptions = "omitted""#;

/// Every table that an attribute may have been meant for, with its place: there are structs of two kinds.
static PLACES: [(&Table, &str); 3] = [
    (&FIELD, FIELD.place),
    (
        &RESOURCE,
        "on the struct that derives `K8sType`, and not `K8sSchema`",
    ),
    (&TYPE, "on a type that derives `K8sSchema`"),
];

/// What others call something that is called otherwise here.
const ELSEWHERE: [(&str, &str); 39] = [
    ("listKind", r#"list_kind = "FooList""#),
    ("apiVersion", r#"group = "example.com", version = "v1""#),
    ("api_version", r#"group = "example.com", version = "v1""#),
    ("min", RANGE),
    ("max", RANGE),
    ("minimum", RANGE),
    ("maximum", RANGE),
    ("min_length", LENGTH),
    ("max_length", LENGTH),
    ("min_items", LENGTH),
    ("max_items", LENGTH),
    ("pattern", r#"#[schemars(regex(pattern = "^[a-z]+$"))]"#),
    ("required", "#[schemars(required)]"),
    ("optional", "Option<…>"),
    ("nullable", "Option<…>"),
    ("title", r#"#[schemars(title = "Size")]"#),
    ("rename", r#"#[serde(rename = "size")]"#),
    ("namespaced", r#"scope = "Namespaced""#),
    ("printcolumn", "column"),
    ("printercolumn", "column"),
    ("crates", r#"crate = "path::to::operator_core""#),
    ("names", r#"plural = "foos""#),
    ("no_spec", r#"shape = "flat""#),
    ("validation", RULE_EXAMPLE),
    ("validations", RULE_EXAMPLE),
    ("cel", RULE_EXAMPLE),
    ("apiextensions", r#"crd = "v1beta1""#),
    ("merge_strategy", r#"list = "map""#),
    ("list_type", r#"list = "map""#),
    ("listType", r#"list = "map""#),
    ("list_map_key", r#"key = "name""#),
    ("listMapKey", r#"key = "name""#),
    ("map_type", r#"map = "atomic""#),
    ("struct_type", STRUCTURE),
    ("doc", DESCRIPTION),
    ("x_int_or_string", "int_or_string"),
    ("pruning", "preserve_unknown_fields"),
    ("json_path", r#"path = ".spec.size""#),
    ("type_", r#"type = "integer""#),
];

impl Table {
    pub(crate) fn find(&self, name: &str) -> Option<&'static Key> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The attribute that a name is probably a slip for.
    pub(crate) fn meant(&self, name: &str) -> Option<&'static Key> {
        nearest(name, self.keys.iter().map(|key| key.name)).and_then(|it| self.find(it))
    }

    /// What to say about an attribute that isn't in this table.
    pub(crate) fn unknown(&self, name: &str) -> String {
        let place = self.place;
        let elsewhere = ELSEWHERE.iter().find(|(theirs, _)| *theirs == name);
        if let Some((_, ours)) = elsewhere {
            return format!("there is no `{name}` here: write `{ours}`");
        }
        let other = PLACES
            .iter()
            .find_map(|(table, there)| Some((table.find(name)?, there)));
        if let Some((key, there)) = other {
            return format!(
                "`{name}` does nothing {place}: write `#[k8s({})]` {there}",
                key.example
            );
        }
        if let Some(key) = self.meant(name) {
            return format!("there is no `{name}`: did you mean `{}`?", key.example);
        }
        let names: Vec<_> = self
            .keys
            .iter()
            .map(|it| format!("`{}`", it.name))
            .collect();
        format!(
            "there is no `{name}` {place}: write one of {}",
            names.join(", ")
        )
    }
}

/// How to write an attribute of the struct.
pub(crate) fn example(name: &str) -> &'static str {
    RESOURCE.find(name).map_or("", |key| key.example)
}

/// The name that is at most a third of the letters away.
pub(crate) fn nearest<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    names
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| distance * 3 <= known.len().min(name.len()))
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
