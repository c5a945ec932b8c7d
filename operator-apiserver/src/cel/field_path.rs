//! The `fieldPath` of a rule: which field its error is shown at.

use crate::schema::{AdditionalProperties, Schema};

/// The path as it stands in errors behind that of the rule, such as `.a.b[key]`; `None` if it leads nowhere in
/// `schema`.
pub(super) fn normalize(path: &str, schema: &Schema) -> Option<String> {
    let mut schema = schema;
    let mut shown = String::new();
    let mut rest = path;
    while !rest.is_empty() {
        let (name, after) = if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[', ']']).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            (name.to_owned(), after)
        } else {
            quoted(rest.strip_prefix("['")?)?
        };
        if name.is_empty() {
            return None;
        }
        if schema.properties.is_empty() {
            let Some(AdditionalProperties::Schema(values)) = &schema.additional_properties else {
                return None;
            };
            schema = values;
            shown.push('[');
            shown.push_str(&name);
            shown.push(']');
        } else {
            schema = schema.properties.get(&name)?;
            shown.push('.');
            shown.push_str(&name);
        }
        rest = after;
    }
    (!shown.is_empty()).then_some(shown)
}

/// The name up to `']`, with its escapes resolved, and what follows.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\'' => return Some((name, text[at + 1..].strip_prefix(']')?)),
            '\\' => name.push(match chars.next()?.1 {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                c @ ('\'' | '\\') => c,
                _ => return None,
            }),
            c => name.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::normalize;
    use crate::schema::{AdditionalProperties, Schema};

    #[test]
    fn a_path_leads_through_fields_and_keys_of_maps() {
        let map = Schema {
            additional_properties: Some(AdditionalProperties::Schema(Schema::default().into())),
            ..Schema::default()
        };
        let inner = Schema {
            properties: BTreeMap::from([
                ("a".to_owned(), Schema::default().into()),
                ("x.y".to_owned(), map.into()),
            ]),
            ..Schema::default()
        };
        let schema = Schema {
            properties: BTreeMap::from([("o".to_owned(), inner.into())]),
            ..Schema::default()
        };
        for (path, shown) in [
            (".o", Some(".o")),
            (".o.a", Some(".o.a")),
            ("['o'].a", Some(".o.a")),
            (".o['x.y'].q", Some(".o.x.y[q]")),
            (".o['x.y']['q.r']", Some(".o.x.y[q.r]")),
            ("o", None),
            (".", None),
            (".o..a", None),
            (".z", None),
            (".o['a'", None),
            (".o[0]", None),
            (".o.a.b", None),
            (" ", None),
        ] {
            assert_eq!(normalize(path, &schema).as_deref(), shown, "{path}");
        }
    }
}
