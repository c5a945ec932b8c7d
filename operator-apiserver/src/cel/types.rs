//! [`Type`]: the types of CEL expressions, and which may stand where.

use std::{fmt, sync::Arc};

use super::decl::Decl;

/// The type of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type {
    /// Known only when it is evaluated.
    Dyn,
    /// Of something that was already complained about.
    Error,
    Null,
    Bool,
    Int,
    Uint,
    Double,
    String,
    Bytes,
    Timestamp,
    Duration,
    List(Arc<Type>),
    Map(Arc<Type>, Arc<Type>),
    Optional(Arc<Type>),
    /// The type of a type.
    Meta(Arc<Type>),
    /// An object with known fields.
    Object(Arc<Object>),
    /// A value of Kubernetes' libraries, such as `kubernetes.Quantity`.
    Opaque(&'static str),
    /// To be found out.
    Var(usize),
}

/// An object of a schema: two are the same type if they have the same place in the schema.
#[derive(Clone, Debug)]
pub(super) struct Object {
    pub(super) name: String,
    pub(super) decl: Arc<Decl>,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Type {
    pub(super) fn list(item: Self) -> Self {
        Self::List(Arc::new(item))
    }

    pub(super) fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }

    pub(super) fn optional(value: Self) -> Self {
        Self::Optional(Arc::new(value))
    }

    pub(super) fn is_dyn_or_error(&self) -> bool {
        matches!(self, Self::Dyn | Self::Error)
    }

    /// Whether all its values have the same size.
    pub(super) fn is_scalar(&self) -> bool {
        match self {
            Self::Bool
            | Self::Double
            | Self::Duration
            | Self::Int
            | Self::Timestamp
            | Self::Uint => true,
            Self::Optional(value) => value.is_scalar(),
            _ => false,
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dyn | Self::Var(_) => f.write_str("dyn"),
            Self::Error => f.write_str("!error!"),
            Self::Null => f.write_str("null"),
            Self::Bool => f.write_str("bool"),
            Self::Int => f.write_str("int"),
            Self::Uint => f.write_str("uint"),
            Self::Double => f.write_str("double"),
            Self::String => f.write_str("string"),
            Self::Bytes => f.write_str("bytes"),
            Self::Timestamp => f.write_str("timestamp"),
            Self::Duration => f.write_str("duration"),
            Self::List(item) => write!(f, "list({item})"),
            Self::Map(key, value) => write!(f, "map({key}, {value})"),
            Self::Optional(value) => write!(f, "optional_type({value})"),
            Self::Meta(of) => write!(f, "type({of})"),
            Self::Object(object) => f.write_str(&object.name),
            Self::Opaque(name) => f.write_str(name),
        }
    }
}

/// What was found out about the variables of types.
#[derive(Clone, Debug, Default)]
pub(super) struct Bindings(Vec<Option<Type>>);

impl Bindings {
    /// A new variable.
    pub(super) fn fresh(&mut self) -> Type {
        self.0.push(None);
        Type::Var(self.0.len() - 1)
    }

    /// `ty` with what is known put in; with `to_dyn` what isn't known is `dyn`.
    pub(super) fn resolve(&self, ty: &Type, to_dyn: bool) -> Type {
        let deep = |t: &Arc<Type>| Arc::new(self.resolve(t, to_dyn));
        match ty {
            Type::Var(index) => match &self.0[*index] {
                Some(bound) => self.resolve(bound, to_dyn),
                None if to_dyn => Type::Dyn,
                None => ty.clone(),
            },
            Type::List(item) => Type::List(deep(item)),
            Type::Map(key, value) => Type::Map(deep(key), deep(value)),
            Type::Optional(value) => Type::Optional(deep(value)),
            Type::Meta(of) => Type::Meta(deep(of)),
            _ => ty.clone(),
        }
    }

    /// Whether a value of each type in `from` may stand where one of `to` is wanted. What that tells about
    /// variables is kept only if so.
    pub(super) fn assignable_all(&mut self, from: &[Type], to: &[Type]) -> bool {
        let before = self.0.clone();
        let fits = from.len() == to.len() && from.iter().zip(to).all(|(f, t)| self.fits(f, t));
        if !fits {
            self.0 = before;
        }
        fits
    }

    /// As [`assignable_all`](Self::assignable_all), for one.
    pub(super) fn assignable(&mut self, from: &Type, to: &Type) -> bool {
        self.assignable_all(std::slice::from_ref(from), std::slice::from_ref(to))
    }

    fn fits(&mut self, from: &Type, to: &Type) -> bool {
        if let Type::Var(var) = to {
            let (valid, bound) = self.bind(from, *var);
            if valid || bound {
                return valid;
            }
        }
        if let Type::Var(var) = from {
            return self.bind(to, *var).0;
        }
        if from.is_dyn_or_error() || to.is_dyn_or_error() {
            return true;
        }
        match (from, to) {
            (Type::Null, other) | (other, Type::Null) => matches!(
                other,
                Type::Null
                    | Type::Object(_)
                    | Type::Opaque(_)
                    | Type::Optional(_)
                    | Type::Duration
                    | Type::Timestamp
            ),
            (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
                self.fits(a, b)
            }
            (Type::Map(k1, v1), Type::Map(k2, v2)) => self.fits(k1, k2) && self.fits(v1, v2),
            (Type::Meta(_), Type::Meta(_)) => true,
            _ => from == to,
        }
    }

    /// Tries `ty` for the variable: whether it is possible, and whether something was known of it already.
    fn bind(&mut self, ty: &Type, var: usize) -> (bool, bool) {
        if *ty == Type::Var(var) {
            return (true, true);
        }
        if let Some(bound) = self.0[var].clone() {
            if *ty == bound {
                return (true, true);
            }
            if !self.fits(ty, &bound) {
                return (false, true);
            }
            let general = if less_specific(ty, &bound) {
                ty.clone()
            } else {
                bound
            };
            if !self.occurs(var, &general) {
                self.0[var] = Some(general);
            }
            return (true, true);
        }
        if self.occurs(var, ty) {
            return (false, false);
        }
        self.0[var] = Some(ty.clone());
        (true, false)
    }

    fn occurs(&self, var: usize, within: &Type) -> bool {
        match within {
            Type::Var(other) => {
                *other == var || self.0[*other].as_ref().is_some_and(|t| self.occurs(var, t))
            }
            Type::List(a) | Type::Optional(a) | Type::Meta(a) => self.occurs(var, a),
            Type::Map(a, b) => self.occurs(var, a) || self.occurs(var, b),
            _ => false,
        }
    }
}

/// Whether `a` says no more than `b`.
fn less_specific(a: &Type, b: &Type) -> bool {
    match (a, b) {
        (Type::Dyn | Type::Var(_), _) | (Type::Meta(_), Type::Meta(_)) => true,
        (_, Type::Dyn | Type::Var(_)) => false,
        (Type::List(a), Type::List(b)) | (Type::Optional(a), Type::Optional(b)) => {
            less_specific(a, b)
        }
        (Type::Map(k1, v1), Type::Map(k2, v2)) => less_specific(k1, k2) && less_specific(v1, v2),
        _ => a == b,
    }
}
