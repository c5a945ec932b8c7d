//! [`Kind`] and [`Shape`]: what is known of a type without its schema, through any wrappers.
//!
//! The derive writes `Probe::<T>::KIND` for the type of a field. The constant is that of the type where it is
//! [`Declared`], and [`Kind::Unknown`] where it isn't: an inherent constant is preferred to that of a trait.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque},
    marker::PhantomData,
    num,
    rc::Rc,
    sync::{Arc, Mutex, RwLock},
};

use k8s_openapi::{
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{MicroTime, Time},
        util::intstr::IntOrString,
    },
    jiff,
};

use super::{Recognition, Said, TypeDeclaration};

/// What a type is, its arguments aside.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Nobody has said; nor how it holds its arguments.
    Unknown,
    /// `bool`.
    Boolean,
    /// An integer.
    Integer,
    /// A floating-point number.
    Number,
    /// Text of any kind.
    String,
    /// An integer or text.
    IntOrString,
    /// A type with a derive of ours.
    Type(&'static TypeDeclaration),
    /// `Option` of its first argument.
    Optional,
    /// The same in JSON as its first argument: `Box` and others.
    Same,
    /// A list of its first argument.
    List,
    /// A list of its first argument in which nothing is twice.
    Set,
    /// A map to its second argument.
    Map,
    /// A type parameter of the type around it, by its position.
    Parameter(usize),
}

/// A type with its arguments.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The type.
    pub kind: Kind,
    /// Its arguments, as far as they are types.
    pub arguments: &'static [Shape],
}

impl Shape {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self::of(Kind::Unknown);

    /// A type without arguments.
    #[must_use]
    pub const fn of(kind: Kind) -> Self {
        Self {
            kind,
            arguments: &[],
        }
    }

    pub(super) const fn argument(&self, index: usize) -> Self {
        if index < self.arguments.len() {
            self.arguments[index]
        } else {
            Self::UNKNOWN
        }
    }

    /// What is said in it. The declaration of each type has been through its fields already, so this tells at once where
    /// there is nothing to look for.
    pub(super) const fn said(&self) -> Said {
        let mut said = match self.kind {
            Kind::Type(declaration) => declaration.said,
            _ => Said::Nothing,
        };
        let mut index = 0;
        while index < self.arguments.len() {
            said = said.or(self.arguments[index].said());
            index += 1;
        }
        said
    }

    /// Whether an argument may stand where nobody can tell; without one there is no need to follow any.
    pub(super) const fn may_hide(&self) -> bool {
        if self.arguments.is_empty() {
            return false;
        }
        let mut may = matches!(self.kind, Kind::Unknown | Kind::Type(_));
        let mut index = 0;
        while index < self.arguments.len() && !may {
            may = self.arguments[index].may_hide();
            index += 1;
        }
        may
    }
}

/// A type whose kind is known, whatever its arguments are.
pub trait Declared {
    /// The kind.
    const KIND: Kind;
}

/// A type that is known with its arguments.
pub trait Shaped: Declared {
    /// The type with its arguments; by default it has none.
    const SHAPE: Shape = Shape::of(Self::KIND);
}

/// Asks for what is known of a type.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(PhantomData<T>);

// Types that contain each other are a cycle of constants, and the compiler's error begins with one of these lines.
impl<T: Declared + ?Sized> Probe<T> {
    /// The type's own word.
    pub const KIND: Kind = T::KIND; // A cycle? Types contain each other: write `#[k8s(schemaless)]` on a field of one.
}

impl<T: Shaped + ?Sized> Probe<T> {
    /// The type's own word.
    pub const SHAPE: Shape = T::SHAPE; // A cycle? Types contain each other: write `#[k8s(schemaless)]` on a field of one.
}

/// What a [`Probe`] answers for a type that says nothing.
pub trait Undeclared {
    /// Nobody has said.
    const KIND: Kind = Kind::Unknown;
    /// Nobody has said.
    const SHAPE: Shape = Shape::UNKNOWN;
    /// There is no schema.
    const RECOGNITION: Recognition = Recognition::None;
}

impl<T: ?Sized> Undeclared for Probe<T> {}

macro_rules! scalars {
    ($($kind:ident: $($type:ty),+;)+) => {$($(
        impl Declared for $type {
            const KIND: Kind = Kind::$kind;
        }
        impl Shaped for $type {}
    )+)+};
}

scalars! {
    Boolean: bool;
    Integer: i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize,
        num::NonZeroI8, num::NonZeroI16, num::NonZeroI32, num::NonZeroI64, num::NonZeroIsize,
        num::NonZeroU8, num::NonZeroU16, num::NonZeroU32, num::NonZeroU64, num::NonZeroUsize;
    Number: f32, f64;
    String: str, String, char, Time, MicroTime, Quantity, jiff::Timestamp;
    IntOrString: IntOrString;
}

macro_rules! wrappers {
    ($($kind:ident: $(<$($parameter:ident),+> $type:ty),+;)+) => {$($(
        impl<$($parameter),+> Declared for $type {
            const KIND: Kind = Kind::$kind;
        }
        impl<$($parameter: Shaped),+> Shaped for $type {
            const SHAPE: Shape = Shape {
                kind: Kind::$kind,
                arguments: &[$($parameter::SHAPE),+],
            };
        }
    )+)+};
}

wrappers! {
    Optional: <T> Option<T>;
    Same: <T> Box<T>, <T> Rc<T>, <T> Arc<T>, <T> Mutex<T>, <T> RwLock<T>, <T> Cell<T>, <T> RefCell<T>, <T> Reverse<T>;
    List: <T> Vec<T>, <T> VecDeque<T>, <T> LinkedList<T>, <T> BinaryHeap<T>;
    Set: <T> BTreeSet<T>;
    Map: <K, T> BTreeMap<K, T>;
}

impl<T: ToOwned + ?Sized> Declared for Cow<'_, T> {
    const KIND: Kind = Kind::Same;
}

impl<T: ToOwned + Shaped + ?Sized> Shaped for Cow<'_, T> {
    const SHAPE: Shape = Shape {
        kind: Kind::Same,
        arguments: &[T::SHAPE],
    };
}

impl<T, S> Declared for HashSet<T, S> {
    const KIND: Kind = Kind::Set;
}

impl<T: Shaped, S> Shaped for HashSet<T, S> {
    const SHAPE: Shape = Shape {
        kind: Kind::Set,
        arguments: &[T::SHAPE],
    };
}

impl<K, T, S> Declared for HashMap<K, T, S> {
    const KIND: Kind = Kind::Map;
}

impl<K: Shaped, T: Shaped, S> Shaped for HashMap<K, T, S> {
    const SHAPE: Shape = Shape {
        kind: Kind::Map,
        arguments: &[K::SHAPE, T::SHAPE],
    };
}

impl<T, const N: usize> Declared for [T; N] {
    const KIND: Kind = Kind::List;
}

impl<T: Shaped, const N: usize> Shaped for [T; N] {
    const SHAPE: Shape = Shape {
        kind: Kind::List,
        arguments: &[T::SHAPE],
    };
}
