//! The table of messages, read from `messages.tsv` when it is first needed.

use std::sync::LazyLock;

use super::whole::Form;

const TABLE: &str = include_str!("messages.tsv");

/// All messages, by name.
#[derive(Debug)]
pub(super) struct Table {
    messages: Vec<Message>,
}

/// A message.
#[derive(Debug)]
pub(super) struct Message {
    /// Its name in `OpenAPI`.
    pub(super) name: &'static str,
    /// What it is in JSON.
    pub(super) form: Form,
    /// By number.
    pub(super) fields: Vec<Field>,
}

/// A field of a message.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) number: u32,
    /// Its name in JSON; empty where it stands for the message as a whole.
    pub(super) name: &'static str,
    /// The name of the Go field, where it isn't `name` with a capital letter.
    go_name: Option<&'static str>,
    pub(super) shape: Shape,
    pub(super) kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    One,
    List,
    /// By texts.
    Map,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Bytes,
    /// Bytes that hold JSON.
    Json,
    Int32,
    Int64,
    Bool,
    Double,
    /// The number of another message in the table.
    Message(usize),
}

pub(super) fn table() -> &'static Table {
    static READ: LazyLock<Table> = LazyLock::new(|| Table::read(TABLE));
    &READ
}

impl Table {
    fn read(text: &'static str) -> Self {
        let names: Vec<&str> = text
            .lines()
            .filter_map(|line| line.split('\t').next())
            .collect();
        let message = |line: &'static str| {
            let mut columns = line.split('\t');
            let name = columns.next().unwrap_or_default();
            // The table is this crate's own data: a test sees to it that no field gets lost.
            let mut fields: Vec<Field> = columns
                .filter_map(|column| Field::read(column, name, &names))
                .collect();
            fields.sort_by_key(|field| field.number);
            let form = Form::of(name, &fields);
            Message { name, form, fields }
        };
        Self {
            messages: text.lines().map(message).collect(),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<&Message> {
        let index = self
            .messages
            .binary_search_by_key(&name, |message| message.name);
        index.ok().and_then(|index| self.messages.get(index))
    }

    pub(super) fn get(&self, index: usize) -> Option<&Message> {
        self.messages.get(index)
    }

    #[cfg(test)]
    pub(super) fn messages(&self) -> &[Message] {
        &self.messages
    }
}

impl Message {
    /// Its name without the package.
    pub(super) fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or_default()
    }

    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        let index = self
            .fields
            .binary_search_by_key(&number, |field| field.number);
        index.ok().and_then(|index| self.fields.get(index))
    }
}

impl Field {
    /// Reads `number:name:type[:Go name]`.
    fn read(column: &'static str, message: &str, names: &[&str]) -> Option<Self> {
        let mut parts = column.split(':');
        let (number, name, kind) = (parts.next()?, parts.next()?, parts.next()?);
        let (shape, kind) = if let Some(kind) = kind.strip_prefix("[]") {
            (Shape::List, kind)
        } else if let Some(kind) = kind.strip_prefix("{}") {
            (Shape::Map, kind)
        } else {
            (Shape::One, kind)
        };
        let kind = match kind {
            "string" => Kind::Text,
            "bytes" => Kind::Bytes,
            "json" => Kind::Json,
            "int32" => Kind::Int32,
            "int64" => Kind::Int64,
            "bool" => Kind::Bool,
            "double" => Kind::Double,
            qualified if qualified.contains('.') => {
                Kind::Message(names.binary_search(&qualified).ok()?)
            }
            of_this_package => {
                let package = message.rsplit_once('.')?.0;
                let qualified = format!("{package}.{of_this_package}");
                Kind::Message(names.binary_search(&qualified.as_str()).ok()?)
            }
        };
        Some(Self {
            number: number.parse().ok()?,
            name,
            go_name: parts.next(),
            shape,
            kind,
        })
    }

    /// The name of the Go field, for errors.
    pub(super) fn go_name(&self) -> String {
        if let Some(name) = self.go_name {
            return name.to_owned();
        }
        let mut letters = self.name.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_of_the_table_is_read() {
        assert!(TABLE.lines().is_sorted());
        for (line, message) in TABLE.lines().zip(table().messages()) {
            assert_eq!(
                line.split('\t').count() - 1,
                message.fields.len(),
                "{}",
                message.name
            );
            let numbers: Vec<u32> = message.fields.iter().map(|field| field.number).collect();
            assert!(
                numbers.windows(2).all(|pair| pair[0] < pair[1]),
                "{}",
                message.name
            );
        }
    }

    #[test]
    fn fields_know_their_go_names() {
        let spec = table()
            .find("io.k8s.api.core.v1.PodSpec")
            .expect("it is there");
        let name = |number| spec.field(number).expect("a field").go_name();
        assert_eq!(
            (name(2), name(9)),
            (
                "Containers".to_owned(),
                "DeprecatedServiceAccount".to_owned()
            )
        );
    }
}
