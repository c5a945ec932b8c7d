//! Following a path through declarations, while constants are evaluated.

use std::slice;

use super::{
    Field, Form, Kind, Shape, TypeDeclaration,
    text::{Text, distance, equal, is_near},
};

/// A type with parameters inside of another one inside of another one … : more of them than this are as good as unknown.
const SCOPES: usize = 8;

/// A shape, and what the parameters of the generic types that it stands in are.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) shape: Shape,
    /// The arguments of each of the types around it that have parameters, the innermost last. They may have parameters of
    /// the type around that one in them.
    scopes: [&'static [Shape]; SCOPES],
    depth: usize,
    /// Whether there may be no value.
    pub(crate) optional: bool,
    /// Whether the field is filled in where it is absent.
    pub(crate) defaulted: bool,
}

/// Where a step leads.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// Here.
    To(Place),
    /// The declarations don't tell.
    Unknown,
    /// There is no such field.
    Nowhere,
}

impl Place {
    pub(crate) const fn of(shape: Shape) -> Self {
        Self {
            shape,
            scopes: [&[]; SCOPES],
            depth: 0,
            optional: false,
            defaulted: false,
        }
    }

    /// What stands in the argument of this type, e.g. in the list that it is.
    pub(crate) const fn argument(&self, index: usize) -> Self {
        Self {
            shape: self.shape.argument(index),
            // That the list may be absent says nothing of what is in it.
            optional: false,
            ..*self
        }
    }

    /// What stands in a field of this type.
    pub(crate) const fn field(&self, field: &'static Field) -> Self {
        let mut place = Self {
            shape: field.shape,
            optional: false,
            defaulted: field.defaulted,
            ..*self
        };
        if self.shape.arguments.is_empty() {
            // Without parameters, it has none of the types around it either.
            place.depth = 0;
        } else if self.depth < SCOPES {
            place.scopes[self.depth] = self.shape.arguments;
            place.depth = self.depth + 1;
        } else {
            place.shape = Shape {
                kind: Kind::Unknown,
                arguments: slice::from_ref(&field.shape),
            };
        }
        place
    }

    /// What the parameter of that position stands for.
    pub(crate) const fn parameter(&self, index: usize) -> Self {
        let mut place = Self {
            shape: Shape::UNKNOWN,
            optional: false,
            ..*self
        };
        if self.depth > 0 {
            place.depth = self.depth - 1;
            let arguments = self.scopes[place.depth];
            if index < arguments.len() {
                place.shape = arguments[index];
            }
        }
        place
    }

    /// The first type here of which anything is said.
    pub(crate) const fn says(&self) -> Option<&'static TypeDeclaration> {
        match self.shape.kind {
            Kind::Parameter(index) => return self.parameter(index).says(),
            Kind::Type(declaration) if declaration.said.anything() => return Some(declaration),
            _ => {}
        }
        let mut index = 0;
        while index < self.shape.arguments.len() {
            let says = self.argument(index).says();
            if says.is_some() {
                return says;
            }
            index += 1;
        }
        None
    }

    /// The type itself, without what makes no difference in JSON.
    pub(crate) const fn peeled(&self) -> Self {
        match self.shape.kind {
            Kind::Optional => {
                let inner = self.argument(0);
                Self {
                    optional: true,
                    ..inner.peeled()
                }
            }
            Kind::Same => {
                let inner = self.argument(0).peeled();
                Self {
                    optional: inner.optional || self.optional,
                    ..inner
                }
            }
            Kind::Parameter(index) => {
                let inner = self.parameter(index).peeled();
                Self {
                    optional: inner.optional || self.optional,
                    ..inner
                }
            }
            Kind::Type(declaration) => match (declaration.form, declaration.fields) {
                (Form::Transparent, [field]) => {
                    let inner = self.field(field).peeled();
                    Self {
                        optional: inner.optional || self.optional,
                        ..inner
                    }
                }
                _ => *self,
            },
            _ => *self,
        }
    }

    /// One step down, to the field of that name.
    pub(crate) const fn step(&self, name: &str) -> Step {
        let place = self.peeled();
        match place.shape.kind {
            Kind::Type(declaration) => place.within(declaration, name),
            Kind::Unknown | Kind::Parameter(_) => Step::Unknown,
            Kind::Map => Step::To(place.argument(1)),
            _ => Step::Nowhere,
        }
    }

    const fn within(&self, declaration: &TypeDeclaration, name: &str) -> Step {
        let mut found = match declaration.form {
            Form::Object => Step::Nowhere,
            Form::Text => return Step::Nowhere,
            Form::Free | Form::Transparent => Step::Unknown,
        };
        if declaration.marks.preserve_unknown_fields {
            found = Step::Unknown;
        }
        let mut index = 0;
        while index < declaration.fields.len() {
            let field = &declaration.fields[index];
            match field.name {
                Some(own) if equal(own, name) => return Step::To(self.field(field)),
                Some(_) => {}
                None => match self.field(field).step(name) {
                    Step::To(place) => return Step::To(place),
                    Step::Unknown => found = Step::Unknown,
                    Step::Nowhere => {}
                },
            }
            index += 1;
        }
        found
    }

    /// The field here that was probably meant, with how far its name is away.
    const fn nearest(&self, name: &str) -> Option<(&'static str, usize)> {
        let place = self.peeled();
        let Kind::Type(declaration) = place.shape.kind else {
            return None;
        };
        let mut best: Option<(&'static str, usize)> = None;
        let mut index = 0;
        while index < declaration.fields.len() {
            let field = &declaration.fields[index];
            let candidate = match field.name {
                Some(own) => Some((own, distance(name, own))),
                None => place.field(field).nearest(name),
            };
            if let Some((own, away)) = candidate
                && is_near(away, name, own)
                && match best {
                    Some((_, least)) => away < least,
                    None => true,
                }
            {
                best = candidate;
            }
            index += 1;
        }
        best
    }

    /// What to write instead of a name that there isn't: the nearest one, or else those that there are.
    pub(super) const fn instead(&self, name: &str, text: Text) -> Text {
        if let Some((nearest, _)) = self.nearest(name) {
            return text.and(": did you mean `").and(nearest).and("`?");
        }
        let place = self.peeled();
        match place.shape.kind {
            Kind::Type(declaration) if !declaration.fields.is_empty() => {
                let (text, _) = place.names(declaration, text.and(": write one of "), 0);
                text
            }
            Kind::Type(_) => text.and(": it has no fields"),
            _ => text.and(", and what is before it has no fields"),
        }
    }

    const fn names(
        &self,
        declaration: &TypeDeclaration,
        mut text: Text,
        mut count: usize,
    ) -> (Text, usize) {
        let mut index = 0;
        while index < declaration.fields.len() {
            let field = &declaration.fields[index];
            if let Some(name) = field.name {
                let comma = if count == 0 { "`" } else { ", `" };
                text = text.and(comma).and(name).and("`");
                count += 1;
            } else {
                let place = self.field(field).peeled();
                if let Kind::Type(declaration) = place.shape.kind {
                    (text, count) = place.names(declaration, text, count);
                }
            }
            index += 1;
        }
        (text, count)
    }
}
