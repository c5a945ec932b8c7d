//! The type checker: from a syntax tree to a [`Node`], or to what cel-go's checker says against it.

use cel::{
    IdedExpr,
    common::ast::{
        CallExpr, EntryExpr, Expr as Ast, ListExpr, LiteralValue, MapExpr, SelectExpr, operators,
    },
};

use super::{
    escape::{reserved, unescape},
    expr::{Call, Expr, Field, Literal, Node},
    functions,
    literals::{self, Findings},
    parse::{Issue, Parsed},
    signatures::{Overload, SIGNATURES},
    types::{Bindings, Type},
};

/// A rule that was checked.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) root: Node,
    /// Whether it looks at `oldSelf`.
    pub(super) uses_old: bool,
}

/// Why a rule can't be used.
#[derive(Debug)]
pub(super) enum Refusal {
    Issues(Vec<Issue>),
    /// A call on a constant fails.
    Failing(String),
}

/// Checks `parsed` with `self` and `oldSelf` of these types.
pub(super) fn check(parsed: &Parsed, this: &Type, old: &Type) -> Result<Checked, Refusal> {
    let mut checker = Checker {
        parsed,
        this,
        old,
        bindings: Bindings::default(),
        issues: Vec::new(),
        mixed: Vec::new(),
        locals: Vec::new(),
        nodes: 0,
        uses_old: false,
        in_format: false,
    };
    let mut root = checker.node(&parsed.root);
    if !checker.issues.is_empty() {
        return Err(Refusal::Issues(checker.issues));
    }
    let mut findings = Findings {
        issues: checker.mixed,
        failing: None,
    };
    literals::prepare(&mut root, &checker.bindings, parsed, &mut findings);
    match findings {
        Findings { issues, .. } if !issues.is_empty() => Err(Refusal::Issues(issues)),
        Findings {
            failing: Some(why), ..
        } => Err(Refusal::Failing(why)),
        Findings { .. } => Ok(Checked {
            root,
            uses_old: checker.uses_old,
        }),
    }
}

/// The work in progress.
pub(super) struct Checker<'p> {
    pub(super) parsed: &'p Parsed,
    this: &'p Type,
    old: &'p Type,
    pub(super) bindings: Bindings,
    issues: Vec<Issue>,
    /// Lists and maps of several types: told only where nothing else is wrong.
    mixed: Vec<Issue>,
    /// The variables of macros by their places on the stack.
    pub(super) locals: Vec<(String, Type)>,
    nodes: usize,
    uses_old: bool,
    /// Within the arguments of `format`, which may be of several types.
    in_format: bool,
}

impl Checker<'_> {
    pub(super) fn make(&mut self, origin: u64, ty: Type, expr: Expr) -> Node {
        self.nodes += 1;
        Node {
            id: self.nodes,
            origin,
            ty,
            expr,
        }
    }

    /// A node in the place of something that is wrong.
    pub(super) fn failed(&mut self, origin: u64) -> Node {
        self.make(origin, Type::Error, Expr::Literal(Literal::Null))
    }

    pub(super) fn issue(&mut self, origin: u64, message: String) {
        let at = self.parsed.place(origin);
        self.issues.push(Issue { at, message });
    }

    pub(super) fn mismatch(&mut self, origin: u64, expected: &Type, found: &Type) {
        let message = self.mismatch_text(expected, found);
        self.issue(origin, message);
    }

    fn mismatch_text(&self, expected: &Type, found: &Type) -> String {
        let (expected, found) = (
            self.bindings.resolve(expected, true),
            self.bindings.resolve(found, true),
        );
        format!("expected type '{expected}' but found '{found}'")
    }

    pub(super) fn no_overload(&mut self, origin: u64, name: &str, types: &[Type], member: bool) {
        let shown: Vec<String> = types
            .iter()
            .map(|t| self.bindings.resolve(t, true).to_string())
            .collect();
        let signature = match shown.split_first() {
            Some((receiver, args)) if member => format!("{receiver}.({})", args.join(", ")),
            _ => format!("({})", shown.join(", ")),
        };
        self.issue(
            origin,
            format!("found no matching overload for '{name}' applied to '{signature}'"),
        );
    }

    fn undeclared(&mut self, origin: u64, name: &str) -> Node {
        self.issue(
            origin,
            format!("undeclared reference to '{name}' (in container '')"),
        );
        self.failed(origin)
    }

    /// Checks one node and all below it.
    pub(super) fn node(&mut self, ast: &IdedExpr) -> Node {
        match &ast.expr {
            Ast::Literal(literal) => self.literal(ast.id, literal),
            Ast::Ident(name) => self.ident(ast.id, name),
            Ast::Select(select) => self.select(ast, select),
            Ast::Call(call) => self.call(ast.id, call),
            Ast::List(list) => self.list(ast.id, list),
            Ast::Map(map) => self.map(ast.id, map),
            Ast::Struct(message)
                if message
                    .type_name
                    .trim_start_matches('.')
                    .starts_with("google.protobuf.") =>
            {
                let name = &message.type_name;
                self.issue(
                    ast.id,
                    format!("the embedded server does not evaluate messages such as '{name}'"),
                );
                self.failed(ast.id)
            }
            Ast::Struct(message) => self.undeclared(ast.id, &message.type_name),
            // The parser expands no macros.
            Ast::Comprehension(_) | Ast::Unspecified => {
                self.issue(ast.id, "unexpected unspecified type".into());
                self.failed(ast.id)
            }
        }
    }

    fn literal(&mut self, origin: u64, literal: &LiteralValue) -> Node {
        let (ty, literal) = match literal {
            LiteralValue::Boolean(b) => (Type::Bool, Literal::Bool(*b.inner())),
            LiteralValue::Bytes(b) => (Type::Bytes, Literal::Bytes(b.inner().to_vec())),
            LiteralValue::Double(d) => (Type::Double, Literal::Double(*d.inner())),
            LiteralValue::Int(i) => (Type::Int, Literal::Int(*i.inner())),
            LiteralValue::Null => (Type::Null, Literal::Null),
            LiteralValue::String(s) => (Type::String, Literal::String(s.inner().to_owned())),
            LiteralValue::UInt(u) => (Type::Uint, Literal::Uint(*u.inner())),
        };
        self.make(origin, ty, Expr::Literal(literal))
    }

    fn ident(&mut self, origin: u64, name: &str) -> Node {
        if let Some(place) = self.locals.iter().rposition(|(local, _)| local == name) {
            let ty = self.locals[place].1.clone();
            return self.make(origin, ty, Expr::Local(place));
        }
        let name = name.strip_prefix('.').unwrap_or(name);
        match name {
            "self" => {
                let ty = self.this.clone();
                self.make(origin, ty, Expr::This)
            }
            "oldSelf" => {
                self.uses_old = true;
                let ty = self.old.clone();
                self.make(origin, ty, Expr::Old)
            }
            _ => match type_named(name) {
                Some(ty) => {
                    let shown = Expr::Literal(Literal::Type(name.to_owned()));
                    self.make(origin, Type::Meta(ty.into()), shown)
                }
                None => self.undeclared(origin, name),
            },
        }
    }

    fn select(&mut self, ast: &IdedExpr, select: &SelectExpr) -> Node {
        if let Some(name) = qualified(ast)
            && let Some(ty) = type_named(&name)
        {
            return self.make(
                ast.id,
                Type::Meta(ty.into()),
                Expr::Literal(Literal::Type(name)),
            );
        }
        let operand = self.node(&select.operand);
        let ty = self.field_type(ast.id, &operand, &select.field);
        let field = field(&select.field);
        if select.test {
            return self.make(ast.id, Type::Bool, Expr::Has(operand.into(), field));
        }
        self.make(ast.id, ty, Expr::Select(operand.into(), field))
    }

    /// The type of a field of `operand`: an optional if that is one.
    pub(super) fn field_type(&mut self, origin: u64, operand: &Node, name: &str) -> Type {
        let ty = self.bindings.resolve(&operand.ty, false);
        let (target, optional) = match &ty {
            Type::Optional(value) => (&**value, true),
            other => (other, false),
        };
        let found = match target {
            Type::Map(_, value) => (**value).clone(),
            Type::Object(object) => {
                let by = |name: &str| object.decl.field(name);
                let reserved = reserved(name);
                if let Some(decl) = by(name).or_else(|| by(reserved.as_deref()?)) {
                    decl.ty(&format!("{}.{name}", object.name))
                } else {
                    self.issue(origin, format!("undefined field '{name}'"));
                    Type::Error
                }
            }
            Type::Var(_) => {
                self.bindings.assignable(&Type::Dyn, target);
                Type::Dyn
            }
            Type::Dyn | Type::Error => Type::Dyn,
            other => {
                self.issue(
                    origin,
                    format!("type '{other}' does not support field selection"),
                );
                Type::Dyn
            }
        };
        if optional {
            Type::optional(found)
        } else {
            found
        }
    }

    fn call(&mut self, origin: u64, call: &CallExpr) -> Node {
        let name = call.func_name.as_str();
        if name == operators::OPT_SELECT && call.target.is_none() {
            return self.optional_select(origin, &call.args);
        }
        if let Some(node) = self.expand(origin, call) {
            return node;
        }
        if let Some(target) = &call.target
            && let Some(prefix) = qualified(target)
            && let Some((full, overloads)) =
                SIGNATURES.get_key_value(format!("{prefix}.{name}").as_str())
        {
            let args = self.nodes(&call.args);
            return self.resolve(origin, full, overloads, args, false);
        }
        let member = call.target.is_some();
        // cel-go looks at the arguments first: the order of complaints depends on it only where they are sorted.
        let exempt = self.in_format;
        self.in_format = exempt || (member && name == "format");
        let mut args = self.nodes(&call.args);
        if let Some(target) = &call.target {
            let receiver = self.node(target);
            args.insert(0, receiver);
        }
        self.in_format = exempt;
        match SIGNATURES.get_key_value(name) {
            Some((name, overloads)) => self.resolve(origin, name, overloads, args, member),
            None => self.undeclared(origin, name),
        }
    }

    fn nodes(&mut self, asts: &[IdedExpr]) -> Vec<Node> {
        asts.iter().map(|a| self.node(a)).collect()
    }

    fn optional_select(&mut self, origin: u64, args: &[IdedExpr]) -> Node {
        let [operand, name] = args else {
            self.issue(origin, "unsupported optional field selection".into());
            return self.failed(origin);
        };
        let Ast::Literal(LiteralValue::String(name)) = &name.expr else {
            self.issue(name.id, "unsupported optional field selection".into());
            return self.failed(origin);
        };
        let operand = self.node(operand);
        let ty = match self.field_type(origin, &operand, name.inner()) {
            optional @ Type::Optional(_) => optional,
            other => Type::optional(other),
        };
        self.make(
            origin,
            ty,
            Expr::OptionalSelect(operand.into(), field(name.inner())),
        )
    }

    /// Finds the overloads that fit the arguments, the receiver first.
    pub(super) fn resolve(
        &mut self,
        origin: u64,
        name: &'static str,
        overloads: &'static [Overload],
        args: Vec<Node>,
        member: bool,
    ) -> Node {
        let types: Vec<Type> = args.iter().map(|a| a.ty.clone()).collect();
        if matches!(name, operators::LOGICAL_AND | operators::LOGICAL_OR) {
            return self.logical(origin, name, args);
        }
        let mut result: Option<Type> = None;
        let mut fitting = Vec::new();
        for overload in overloads.iter().filter(|o| o.member == member) {
            let variables = [self.bindings.fresh(), self.bindings.fresh()];
            let wanted: Vec<Type> = overload
                .args
                .iter()
                .map(|t| instance(t, &variables))
                .collect();
            if !self.bindings.assignable_all(&types, &wanted) {
                continue;
            }
            fitting.push(overload);
            let ty = self
                .bindings
                .resolve(&instance(&overload.result, &variables), false);
            result = Some(match result {
                None => ty,
                Some(before) if before == ty => before,
                Some(_) => Type::Dyn,
            });
        }
        let Some(ty) = result else {
            self.no_overload(origin, name, &types, member);
            return self.failed(origin);
        };
        let expr = Self::called(name, member, fitting, args);
        self.make(origin, ty, expr)
    }

    fn logical(&mut self, origin: u64, name: &str, args: Vec<Node>) -> Node {
        for arg in &args {
            if !self.bindings.assignable(&arg.ty, &Type::Bool) {
                self.mismatch(arg.origin, &Type::Bool, &arg.ty);
            }
        }
        let mut args = args.into_iter().map(Box::new);
        match (args.next(), args.next()) {
            (Some(left), Some(right)) if name == operators::LOGICAL_AND => {
                self.make(origin, Type::Bool, Expr::And(left, right))
            }
            (Some(left), Some(right)) => self.make(origin, Type::Bool, Expr::Or(left, right)),
            _ => self.failed(origin),
        }
    }

    fn called(
        name: &'static str,
        member: bool,
        overloads: Vec<&'static Overload>,
        args: Vec<Node>,
    ) -> Expr {
        if name == operators::CONDITIONAL {
            return match <[Node; 3]>::try_from(args) {
                Ok(args) => Expr::Conditional(args.into()),
                Err(_) => Expr::Literal(Literal::Null),
            };
        }
        if matches!(name, "or" | "orValue") {
            let mut args = args.into_iter().map(Box::new);
            return match (args.next(), args.next()) {
                (Some(left), Some(right)) if name == "or" => Expr::OptionalOr(left, right),
                (Some(left), Some(right)) => Expr::OptionalOrValue(left, right),
                _ => Expr::Literal(Literal::Null),
            };
        }
        Expr::Call(Call {
            name,
            member,
            function: functions::named(name),
            overloads,
            args,
            regex: None,
        })
    }

    fn list(&mut self, origin: u64, list: &ListExpr) -> Node {
        let mut items = Vec::with_capacity(list.elements.len());
        let mut ty: Option<Type> = None;
        for (index, element) in list.elements.iter().enumerate() {
            let item = self.node(element);
            let optional = list.optional_indices.contains(&index);
            let item_ty = self.entry_type(&item, optional);
            ty = Some(self.join(item.origin, ty, item_ty));
            items.push((item, optional));
        }
        let ty = ty.unwrap_or_else(|| self.bindings.fresh());
        self.make(origin, Type::list(ty), Expr::List(items))
    }

    fn map(&mut self, origin: u64, map: &MapExpr) -> Node {
        let mut entries = Vec::with_capacity(map.entries.len());
        let (mut key_ty, mut value_ty) = (None, None);
        for entry in &map.entries {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                continue;
            };
            let key = self.node(&entry.key);
            key_ty = Some(self.join(key.origin, key_ty, key.ty.clone()));
            let value = self.node(&entry.value);
            let ty = self.entry_type(&value, entry.optional);
            value_ty = Some(self.join(value.origin, value_ty, ty));
            entries.push((key, value, entry.optional));
        }
        let key_ty = key_ty.unwrap_or_else(|| self.bindings.fresh());
        let value_ty = value_ty.unwrap_or_else(|| self.bindings.fresh());
        self.make(origin, Type::map(key_ty, value_ty), Expr::Map(entries))
    }

    /// The type of an item of a list or a map, `?x` being of what the optional holds.
    fn entry_type(&mut self, item: &Node, optional: bool) -> Type {
        let ty = self.bindings.resolve(&item.ty, false);
        if !optional {
            return ty;
        }
        match ty {
            Type::Optional(value) => (*value).clone(),
            Type::Dyn => Type::Dyn,
            other => {
                self.mismatch(item.origin, &Type::optional(other.clone()), &other);
                other
            }
        }
    }

    fn join(&mut self, origin: u64, before: Option<Type>, ty: Type) -> Type {
        let Some(before) = before else {
            return ty;
        };
        let dynamic = |ty: &Type| matches!(ty, Type::Dyn);
        if dynamic(&before) == dynamic(&ty) && self.bindings.assignable(&before, &ty) {
            return before;
        }
        if !self.in_format {
            let message = self.mismatch_text(&before, &ty);
            let at = self.parsed.place(origin);
            self.mixed.push(Issue { at, message });
        }
        Type::Dyn
    }
}

pub(super) fn field(name: &str) -> Field {
    let key = unescape(name);
    let name = name.to_owned();
    Field { name, key }
}

/// `ty` of an overload with its variables replaced.
fn instance(ty: &Type, variables: &[Type; 2]) -> Type {
    match ty {
        Type::Var(index) => variables[index % 2].clone(),
        Type::List(item) => Type::list(instance(item, variables)),
        Type::Map(key, value) => Type::map(instance(key, variables), instance(value, variables)),
        Type::Optional(value) => Type::optional(instance(value, variables)),
        Type::Meta(of) => Type::Meta(instance(of, variables).into()),
        other => other.clone(),
    }
}

/// `a.b.c` as text, if it is nothing but names.
fn qualified(ast: &IdedExpr) -> Option<String> {
    match &ast.expr {
        Ast::Ident(name) => Some(name.trim_start_matches('.').to_owned()),
        Ast::Select(select) if !select.test => {
            let prefix = qualified(&select.operand)?;
            Some(format!("{prefix}.{}", select.field))
        }
        _ => None,
    }
}

/// The type that a name stands for.
fn type_named(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "bytes" => Type::Bytes,
        "double" => Type::Double,
        "int" => Type::Int,
        "uint" => Type::Uint,
        "string" => Type::String,
        "null_type" => Type::Null,
        "list" => Type::list(Type::Dyn),
        "map" => Type::map(Type::Dyn, Type::Dyn),
        "type" => Type::Meta(Type::Dyn.into()),
        "optional_type" => Type::optional(Type::Dyn),
        "google.protobuf.Timestamp" => Type::Timestamp,
        "google.protobuf.Duration" => Type::Duration,
        "net.IP" => Type::Opaque("net.IP"),
        "net.CIDR" => Type::Opaque("net.CIDR"),
        _ => return None,
    })
}
