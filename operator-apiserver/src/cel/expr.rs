//! [`Node`]: a checked rule, with names resolved, types known and macros expanded, ready to be evaluated.

use regex::Regex;

use super::{functions::Function, signatures::Overload, types::Type};

/// An expression with its type.
#[derive(Debug)]
pub(super) struct Node {
    /// Unique within its rule.
    pub(super) id: usize,
    /// The node of the syntax tree that it comes from, for where it is.
    pub(super) origin: u64,
    pub(super) ty: Type,
    pub(super) expr: Expr,
}

/// What an expression does.
#[derive(Debug)]
pub(super) enum Expr {
    Literal(Literal),
    /// `self`
    This,
    /// `oldSelf`
    Old,
    /// A variable of a macro, by its place on the stack.
    Local(usize),
    Select(Box<Node>, Field),
    /// `has(a.b)`
    Has(Box<Node>, Field),
    /// `a.?b`
    OptionalSelect(Box<Node>, Field),
    Call(Call),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    /// Condition, then, else.
    Conditional(Box<[Node; 3]>),
    /// `a.or(b)` of optionals.
    OptionalOr(Box<Node>, Box<Node>),
    /// `a.orValue(b)`
    OptionalOrValue(Box<Node>, Box<Node>),
    /// Each item with whether it is an optional that may be left out.
    List(Vec<(Node, bool)>),
    /// As a list, with keys.
    Map(Vec<(Node, Node, bool)>),
    Fold(Box<Fold>),
    /// `a.optMap(x, b)`, flat or not.
    OptionalMap {
        target: Box<Node>,
        body: Box<Node>,
        local: usize,
        flat: bool,
    },
}

/// A constant.
#[derive(Clone, Debug)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(String),
    Bytes(Vec<u8>),
    /// A type, by its name.
    Type(String),
}

/// A field, as it is written in CEL and as it is called in the object.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) key: String,
}

/// A function or an operator with its arguments, the receiver first.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) name: &'static str,
    pub(super) member: bool,
    pub(super) function: Function,
    /// Those that fit the types: more than one if something is `dyn`.
    pub(super) overloads: Vec<&'static Overload>,
    pub(super) args: Vec<Node>,
    /// The pattern, where it is a constant.
    pub(super) regex: Option<Regex>,
}

/// A macro over a list or a map.
#[derive(Debug)]
pub(super) struct Fold {
    pub(super) kind: FoldKind,
    pub(super) range: Node,
    /// Where its variables are on the stack: the item, or the index or key and the value.
    pub(super) local: usize,
    pub(super) two: bool,
    pub(super) filter: Option<Node>,
    pub(super) body: Node,
}

/// What a [`Fold`] makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoldKind {
    All,
    Exists,
    ExistsOne,
    /// `map`, `filter`, `transformList`
    List,
    /// `transformMap`
    Map,
    /// `transformMapEntry`
    MapEntry,
    /// `sortBy`
    SortBy,
}
