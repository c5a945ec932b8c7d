//! [`Placement`]: where a field shows besides its own place, under the path that its nesting gives it.

/// Where a field shows besides its own place.
#[derive(Clone, Copy, Debug)]
pub struct Placement {
    /// As a column of `kubectl get`.
    pub column: Option<FieldColumn>,
    /// In field selectors.
    pub selectable: bool,
    /// In the scale subresource.
    pub scale: Option<ScaleRole>,
}

impl Placement {
    /// Nowhere.
    pub const NONE: Self = Self {
        column: None,
        selectable: false,
        scale: None,
    };

    /// What asks for a path, for messages; none if nothing does.
    pub(super) const fn wish(&self) -> Option<&'static str> {
        if self.column.is_some() {
            Some("column")
        } else if self.selectable {
            Some("selectable")
        } else if self.scale.is_some() {
            Some("scale")
        } else {
            None
        }
    }
}

/// A column as its field declares it.
#[derive(Clone, Copy, Debug)]
pub struct FieldColumn {
    /// The heading.
    pub name: &'static str,
    /// The type, instead of that of the field.
    pub kind: Option<&'static str>,
    /// The format, instead of that of the field.
    pub format: Option<&'static str>,
    /// What it shows.
    pub description: Option<&'static str>,
    /// 0 shows always, more with `-o wide`.
    pub priority: Option<i32>,
}

/// What a field is to the scale subresource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScaleRole {
    /// How many are wanted.
    Replicas,
    /// How many there are.
    Status,
    /// Which pods they are.
    Selector,
}
