//! The macros: `has`, `all`, `exists`, `exists_one`, `map`, `filter`, `sortBy`, those of two variables, and `optMap`.

use cel::{
    IdedExpr,
    common::ast::{CallExpr, Expr as Ast},
};

use super::{
    check::{Checker, field},
    expr::{Expr, Fold, FoldKind, Node},
    signatures::SIGNATURES,
    types::Type,
};

impl Checker<'_> {
    /// What `call` expands to; `None` if it is no macro.
    pub(super) fn expand(&mut self, origin: u64, call: &CallExpr) -> Option<Node> {
        let name = call.func_name.as_str();
        let args = call.args.as_slice();
        let Some(target) = &call.target else {
            return match (name, args) {
                ("has", [arg]) => Some(self.has(origin, arg)),
                _ => None,
            };
        };
        let fold = |kind, vars, filter, body| Parts {
            kind,
            vars,
            filter,
            body,
        };
        let parts = match (name, args) {
            ("all", [v, body]) => fold(FoldKind::All, vec![v], None, Some(body)),
            ("exists", [v, body]) => fold(FoldKind::Exists, vec![v], None, Some(body)),
            ("exists_one", [v, body]) => fold(FoldKind::ExistsOne, vec![v], None, Some(body)),
            ("map", [v, body]) => fold(FoldKind::List, vec![v], None, Some(body)),
            ("map", [v, filter, body]) => fold(FoldKind::List, vec![v], Some(filter), Some(body)),
            ("filter", [v, filter]) => fold(FoldKind::List, vec![v], Some(filter), None),
            ("sortBy", [v, body]) => fold(FoldKind::SortBy, vec![v], None, Some(body)),
            ("all", [v, w, body]) => fold(FoldKind::All, vec![v, w], None, Some(body)),
            ("exists", [v, w, body]) => fold(FoldKind::Exists, vec![v, w], None, Some(body)),
            ("existsOne" | "exists_one", [v, w, body]) => {
                fold(FoldKind::ExistsOne, vec![v, w], None, Some(body))
            }
            ("transformList", [v, w, body]) => fold(FoldKind::List, vec![v, w], None, Some(body)),
            ("transformList", [v, w, filter, body]) => {
                fold(FoldKind::List, vec![v, w], Some(filter), Some(body))
            }
            ("transformMap", [v, w, body]) => fold(FoldKind::Map, vec![v, w], None, Some(body)),
            ("transformMap", [v, w, filter, body]) => {
                fold(FoldKind::Map, vec![v, w], Some(filter), Some(body))
            }
            ("transformMapEntry", [v, w, body]) => {
                fold(FoldKind::MapEntry, vec![v, w], None, Some(body))
            }
            ("transformMapEntry", [v, w, filter, body]) => {
                fold(FoldKind::MapEntry, vec![v, w], Some(filter), Some(body))
            }
            ("optMap", [v, body]) => {
                return Some(self.optional_map(origin, target, v, body, false));
            }
            ("optFlatMap", [v, body]) => {
                return Some(self.optional_map(origin, target, v, body, true));
            }
            _ => return None,
        };
        Some(self.fold(origin, target, &parts))
    }

    fn has(&mut self, origin: u64, arg: &IdedExpr) -> Node {
        let Ast::Select(select) = &arg.expr else {
            self.issue(arg.id, "invalid argument to has() macro".into());
            return self.failed(origin);
        };
        let operand = self.node(&select.operand);
        self.field_type(origin, &operand, &select.field);
        self.make(
            origin,
            Type::Bool,
            Expr::Has(operand.into(), field(&select.field)),
        )
    }

    fn simple_name(&mut self, arg: &IdedExpr) -> Option<String> {
        match &arg.expr {
            Ast::Ident(name) if !name.starts_with('.') => Some(name.clone()),
            _ => {
                self.issue(arg.id, "argument must be a simple name".into());
                None
            }
        }
    }

    fn fold(&mut self, origin: u64, target: &IdedExpr, parts: &Parts<'_>) -> Node {
        let mut names = Vec::new();
        for var in &parts.vars {
            match self.simple_name(var) {
                Some(name) => names.push(name),
                None => return self.failed(origin),
            }
        }
        if let [first, second] = names.as_slice()
            && first == second
        {
            self.issue(
                parts.vars[1].id,
                format!("duplicate variable name: {first}"),
            );
            return self.failed(origin);
        }
        let range = self.node(target);
        let types = self.variable_types(&range, names.len());
        let local = self.locals.len();
        self.locals.extend(names.into_iter().zip(types.clone()));
        let filter = parts.filter.map(|f| self.node(f));
        let body = match parts.body {
            Some(body) => self.node(body),
            None => self.make(origin, types[0].clone(), Expr::Local(local)),
        };
        self.locals.truncate(local);
        let ty = self.fold_type(
            origin,
            parts.kind,
            &range.ty,
            &types,
            filter.as_ref(),
            &body,
        );
        let two = types.len() == 2;
        let fold = Fold {
            kind: parts.kind,
            range,
            local,
            two,
            filter,
            body,
        };
        self.make(origin, ty, Expr::Fold(fold.into()))
    }

    /// The types of the variables that go over `range`.
    fn variable_types(&mut self, range: &Node, count: usize) -> Vec<Type> {
        let ty = self.bindings.resolve(&range.ty, false);
        let (first, second) = match &ty {
            Type::List(item) if count == 1 => ((**item).clone(), Type::Dyn),
            Type::List(item) => (Type::Int, (**item).clone()),
            Type::Map(key, value) => ((**key).clone(), (**value).clone()),
            Type::Dyn | Type::Error | Type::Var(_) => {
                self.bindings.assignable(&Type::Dyn, &ty);
                (Type::Dyn, Type::Dyn)
            }
            other => {
                let why = "cannot be range of a comprehension (must be list, map, or dynamic)";
                self.issue(range.origin, format!("expression of type '{other}' {why}"));
                (Type::Error, Type::Error)
            }
        };
        let mut types = vec![first, second];
        types.truncate(count);
        types
    }

    /// The type of the macro's result; complains about its condition where that is no bool.
    fn fold_type(
        &mut self,
        origin: u64,
        kind: FoldKind,
        range: &Type,
        variables: &[Type],
        filter: Option<&Node>,
        body: &Node,
    ) -> Type {
        let result = match kind {
            FoldKind::All | FoldKind::Exists => {
                if !self.bindings.assignable(&body.ty, &Type::Bool) {
                    self.mismatch(body.origin, &Type::Bool, &body.ty);
                }
                return Type::Bool;
            }
            FoldKind::ExistsOne => {
                if !self.bindings.assignable(&body.ty, &Type::Bool) {
                    self.no_overload(
                        origin,
                        "_?_:_",
                        &[body.ty.clone(), Type::Int, Type::Int],
                        false,
                    );
                }
                return Type::Bool;
            }
            FoldKind::List => Type::list(self.bindings.resolve(&body.ty, false)),
            FoldKind::Map => {
                // Over a list the keys are the indices.
                Type::map(variables[0].clone(), self.bindings.resolve(&body.ty, false))
            }
            FoldKind::MapEntry => {
                let ty = self.bindings.resolve(&body.ty, false);
                let map = Type::map(self.bindings.fresh(), self.bindings.fresh());
                if !self.bindings.assignable(&ty, &map) {
                    self.no_overload(origin, "cel.@mapInsert", &[map.clone(), ty], false);
                }
                self.bindings.resolve(&map, false)
            }
            FoldKind::SortBy => {
                let list = Type::list(Type::Dyn);
                let range = self.bindings.resolve(range, false);
                let keys = Type::list(self.bindings.resolve(&body.ty, false));
                let sorts = &SIGNATURES["@sortByAssociatedKeys"];
                let fits = sorts
                    .iter()
                    .any(|o| self.bindings.assignable(&keys, &o.args[1]));
                if !fits || !self.bindings.assignable(&range, &list) {
                    self.no_overload(
                        origin,
                        "@sortByAssociatedKeys",
                        &[range.clone(), keys],
                        true,
                    );
                }
                range
            }
        };
        if let Some(filter) = filter
            && !self.bindings.assignable(&filter.ty, &Type::Bool)
        {
            let types = [filter.ty.clone(), result.clone(), result.clone()];
            self.no_overload(origin, "_?_:_", &types, false);
        }
        result
    }

    fn optional_map(
        &mut self,
        origin: u64,
        target: &IdedExpr,
        var: &IdedExpr,
        body: &IdedExpr,
        flat: bool,
    ) -> Node {
        let Ast::Ident(name) = &var.expr else {
            let name = if flat { "optFlatMap" } else { "optMap" };
            self.issue(
                var.id,
                format!("{name}() variable name must be a simple identifier"),
            );
            return self.failed(origin);
        };
        let target = self.node(target);
        let value = self.bindings.fresh();
        if !self
            .bindings
            .assignable(&target.ty, &Type::optional(value.clone()))
        {
            self.no_overload(origin, "hasValue", std::slice::from_ref(&target.ty), true);
        }
        let value = self.bindings.resolve(&value, false);
        let local = self.locals.len();
        self.locals.push((name.clone(), value));
        let body = self.node(body);
        self.locals.truncate(local);
        let ty = self.bindings.resolve(&body.ty, false);
        let ty = if flat {
            let inner = self.bindings.fresh();
            if !self
                .bindings
                .assignable(&ty, &Type::optional(inner.clone()))
            {
                let types = [Type::Bool, ty.clone(), Type::optional(Type::Dyn)];
                self.no_overload(origin, "_?_:_", &types, false);
            }
            Type::optional(self.bindings.resolve(&inner, false))
        } else {
            Type::optional(ty)
        };
        let (target, body) = (Box::new(target), Box::new(body));
        self.make(
            origin,
            ty,
            Expr::OptionalMap {
                target,
                body,
                local,
                flat,
            },
        )
    }
}

/// A macro over a list or a map, as written.
struct Parts<'a> {
    kind: FoldKind,
    vars: Vec<&'a IdedExpr>,
    filter: Option<&'a IdedExpr>,
    body: Option<&'a IdedExpr>,
}
