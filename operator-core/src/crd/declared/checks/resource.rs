//! The rules of a resource as a whole.

use super::super::{
    Field, Kind, Shape, TypeDeclaration,
    find::{Place, Step},
    path::{Part, part},
    text::{Text, distance, equal, is_near},
};
use crate::crd::{kubernetes, selectable};

/// The two halves of a resource that paths go through.
#[derive(Clone, Copy, Debug)]
pub struct Resource {
    /// The spec; the type whose fields stand at the top, if the resource is flat.
    pub spec: Shape,
    /// The status, if there is one.
    pub status: Option<Shape>,
    /// Whether there is no `spec`.
    pub flat: bool,
}

impl Resource {
    /// Whether any field asks for a path.
    const fn places(&self) -> bool {
        self.spec.said().asks()
            || match &self.status {
                Some(status) => status.said().asks(),
                None => false,
            }
    }
}

/// A path that is written on the struct leads to a field.
#[track_caller]
pub const fn leads_to_a_field(resource: Resource, path: &'static str) {
    let Some((Part::Name(top), mut rest)) = part(path) else {
        return;
    };
    let mut place = match (top.as_bytes(), resource.status) {
        (b"metadata", _) => return in_the_metadata(rest),
        (b"apiVersion" | b"kind", _) => return,
        (b"status", Some(status)) => Place::of(status),
        (b"status", None) => Text::new()
            .and("there is no status: write `status = …`, or another path")
            .fail(),
        (b"spec", _) if !resource.flat => Place::of(resource.spec),
        _ if resource.flat => {
            rest = path;
            Place::of(resource.spec)
        }
        _ => Text::new()
            .and("there is no `")
            .and(top)
            .and("` in the resource: write a path below `.spec`, `.status` or `.metadata`")
            .fail(),
    };
    while let Some((part, tail)) = part(rest) {
        rest = tail;
        let shape = place.peeled();
        place = match (part, shape.shape.kind) {
            // What the engine adds to every status.
            (Part::Name(name), _)
                if equal(top, "status")
                    && (equal(name, "conditions") || equal(name, "observedGeneration")) =>
            {
                return;
            }
            (Part::Name(name), _) => match place.step(name) {
                Step::To(next) => next,
                Step::Unknown => return,
                Step::Nowhere => {
                    let text = Text::new().and("there is no `").and(name).and("`");
                    place.instead(name, text).fail()
                }
            },
            (Part::Items, Kind::List | Kind::Set) => shape.argument(0),
            _ => return,
        };
    }
}

/// The fields of the metadata of an object.
const METADATA: [&str; 15] = [
    "name",
    "namespace",
    "labels",
    "annotations",
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "uid",
    "resourceVersion",
    "ownerReferences",
    "finalizers",
    "generateName",
    "deletionGracePeriodSeconds",
    "managedFields",
    "selfLink",
];

/// The rest of a path leads to a field of the metadata.
#[track_caller]
const fn in_the_metadata(rest: &str) {
    let Some((Part::Name(name), _)) = part(rest) else {
        return;
    };
    let text = Text::new()
        .and("there is no `")
        .and(name)
        .and("` in the metadata");
    let mut index = 0;
    while index < METADATA.len() {
        if equal(METADATA[index], name) {
            return;
        }
        index += 1;
    }
    index = 0;
    while index < METADATA.len() {
        if is_near(distance(name, METADATA[index]), name, METADATA[index]) {
            text.and(": did you mean `")
                .and(METADATA[index])
                .and("`?")
                .fail();
        }
        index += 1;
    }
    text.and(": write e.g. `.metadata.name`").fail()
}

/// No two columns of several types have one name, be they written on the struct or on fields; those of the same place are
/// told apart by the macro, so there is nothing to do where no field has one.
#[track_caller]
pub const fn has_distinct_columns(resource: Resource, written: &[&'static str]) {
    if !resource.places() {
        return;
    }
    let mut index = 0;
    while let Some((name, of)) = column_of(resource, written, index) {
        let mut earlier = 0;
        while earlier < index {
            if let Some((other, other_of)) = column_of(resource, written, earlier)
                && other.eq_ignore_ascii_case(name)
            {
                let text = Text::new().and("`").and(other_of);
                let text = if equal(of, other_of) {
                    text.and("` stands in two places, so there are two columns `")
                        .and(name)
                        .and("`: remove `column` there, and write both on the struct with their paths")
                } else {
                    text.and("` and `")
                        .and(of)
                        .and("` both have a column `")
                        .and(name)
                        .and("`: write `column(name = \"…\")` for one")
                };
                text.fail();
            }
            earlier += 1;
        }
        index += 1;
    }
}

/// The column at that position, with the type that has it.
const fn column_of(
    resource: Resource,
    written: &[&'static str],
    position: usize,
) -> Option<(&'static str, &'static str)> {
    let mut left = position;
    let found = nth_column(Place::of(resource.spec), &mut left);
    if found.is_some() {
        return found;
    }
    if let Some(status) = resource.status {
        let found = nth_column(Place::of(status), &mut left);
        if found.is_some() {
            return found;
        }
    }
    if left < written.len() {
        Some((written[left], "the struct"))
    } else {
        None
    }
}

const fn nth_column(place: Place, left: &mut usize) -> Option<(&'static str, &'static str)> {
    let place = place.peeled();
    let Kind::Type(declaration) = place.shape.kind else {
        return None;
    };
    let mut index = 0;
    while index < declaration.fields.len() {
        let field = &declaration.fields[index];
        if let Some(column) = &field.placement.column {
            if *left == 0 {
                return Some((column.name, declaration.name));
            }
            *left -= 1;
        }
        let below = nth_column(place.field(field), left);
        if below.is_some() {
            return below;
        }
        index += 1;
    }
    None
}

/// No more fields can be selected by than a server takes.
#[track_caller]
pub const fn has_few_selectable(resource: Resource, written: usize) {
    let mut count = written;
    if resource.places() {
        count += selectable_in(Place::of(resource.spec));
        if let Some(status) = resource.status {
            count += selectable_in(Place::of(status));
        }
    }
    if count > selectable::MOST {
        Text::new()
            .and("there are ")
            .and_number(count)
            .and(" selectable fields, and a server takes ")
            .and_number(selectable::MOST)
            .and(": remove some")
            .fail();
    }
}

const fn selectable_in(place: Place) -> usize {
    let place = place.peeled();
    let Kind::Type(declaration) = place.shape.kind else {
        return 0;
    };
    let (mut count, mut index) = (0, 0);
    while index < declaration.fields.len() {
        let field = &declaration.fields[index];
        if field.placement.selectable {
            count += 1;
        }
        count += selectable_in(place.field(field));
        index += 1;
    }
    count
}

/// What one of several types declares, and a server of that age drops in silence.
#[track_caller]
pub const fn is_known_to(resource: Resource, oldest: u32, v1beta1: bool) {
    say_unknown(Place::of(resource.spec), oldest, v1beta1);
    if let Some(status) = resource.status {
        say_unknown(Place::of(status), oldest, v1beta1);
    }
}

#[track_caller]
const fn say_unknown(place: Place, oldest: u32, v1beta1: bool) {
    let place = place.peeled();
    match place.shape.kind {
        Kind::List | Kind::Set => say_unknown(place.argument(0), oldest, v1beta1),
        Kind::Map => say_unknown(place.argument(1), oldest, v1beta1),
        Kind::Type(declaration) => {
            if let Some((what, since)) = declaration.marks.newer_than(oldest) {
                newer(what, since, "", declaration, v1beta1);
            }
            let mut index = 0;
            while index < declaration.fields.len() {
                let field = &declaration.fields[index];
                let name = match field.name {
                    Some(name) => name,
                    None => "",
                };
                if let Some((what, since)) = field.newer_than(oldest) {
                    newer(what, since, name, declaration, v1beta1);
                }
                say_unknown(place.field(field), oldest, v1beta1);
                index += 1;
            }
        }
        _ => {}
    }
}

#[track_caller]
const fn newer(what: &str, since: u32, field: &str, declaration: &TypeDeclaration, v1beta1: bool) {
    let mut text = Text::new();
    if !field.is_empty() {
        text = text.and("`").and(field).and("` of ");
    }
    text = text
        .and("`")
        .and(declaration.name)
        .and("` has ")
        .and(what)
        .and(", which Kubernetes has since 1.")
        .and_number(since as usize);
    if v1beta1 {
        text.and(", and `v1beta1` ends with 1.21: remove it, or write `v1` only")
            .fail()
    } else {
        text.and(" and older ones drop in silence: remove it, or write a newer one here")
            .fail()
    }
}

impl Field {
    const fn newer_than(&self, oldest: u32) -> Option<(&'static str, u32)> {
        if self.placement.selectable && oldest < kubernetes::SELECTABLE {
            return Some(("`selectable`", kubernetes::SELECTABLE));
        }
        self.marks.newer_than(oldest)
    }
}
