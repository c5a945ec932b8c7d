//! When a CRD is written: its rules are compiled, and what is wrong with them is told in the server's words.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    Compiled, RuleNode,
    check::{self, Refusal},
    decl::Decl,
    estimate::estimate,
    expr::Node,
    field_path,
    parse::{self, parse},
    texts::reason_kind,
    types::Type,
};
use crate::{
    field_error::{FieldError, FieldErrorKind},
    go_text::json_text,
    schema::{AdditionalProperties, ListType, Rule, Schema, SchemaNode, ValueType},
};

/// What one rule may cost at most.
const PER_RULE_LIMIT: u64 = 10_000_000;
/// What all rules of a CRD may cost together.
const TOTAL_LIMIT: u64 = 100_000_000;

/// The parser goes through a dozen functions for each bracket: more than the stack of an ordinary thread has room for.
const STACK: usize = 128 * 1024 * 1024;

/// Compiles the rules of `schema`, which is a resource's if `root`, and of all below it; tells what is wrong with them.
///
/// `known` is what is wrong otherwise: rules of a schema that contains such a mistake are not looked at. A rule that
/// can't be compiled is among the compiled ones nevertheless, and refuses every value.
pub(super) fn compile(
    schema: &Schema,
    path: &str,
    root: bool,
    known: &[FieldError],
) -> (Option<RuleNode>, Vec<FieldError>) {
    if !schema_has_rules(schema) {
        return (None, Vec::new());
    }
    let failed = |why: &str| {
        let error = FieldError::plain(FieldErrorKind::Internal, path, why);
        (None, vec![error])
    };
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK);
        match thread.spawn_scoped(scope, || compile_all(schema, path, root, known)) {
            Ok(thread) => thread
                .join()
                .unwrap_or_else(|_| failed("the parser of rules gave up")),
            Err(error) => failed(&format!("no thread to compile rules in: {error}")),
        }
    })
}

fn compile_all(
    schema: &Schema,
    path: &str,
    root: bool,
    known: &[FieldError],
) -> (Option<RuleNode>, Vec<FieldError>) {
    let mut compiler = Compiler {
        known,
        errors: Vec::new(),
        total: 0,
        costly: Vec::new(),
    };
    let place = Place {
        cardinality: Some(1),
        uncorrelatable: None,
        root,
    };
    let node = compiler.node(schema, path, &place);
    compiler.check_total(path);
    (node, compiler.errors)
}

/// The work in progress.
struct Compiler<'a> {
    /// What is wrong with the schema already.
    known: &'a [FieldError],
    errors: Vec<FieldError>,
    total: u64,
    /// The paths of the expressions that make up most of the total.
    costly: Vec<(u64, String)>,
}

/// Where a schema stands in the whole.
#[derive(Clone)]
struct Place {
    /// How often it can occur, `None` if nothing bounds that.
    cardinality: Option<u64>,
    /// The list whose items can't be found again in the old object.
    uncorrelatable: Option<String>,
    root: bool,
}

impl Compiler<'_> {
    fn node(&mut self, schema: &Schema, path: &str, place: &Place) -> Option<RuleNode> {
        let mut properties = BTreeMap::new();
        for (name, node) in &schema.properties {
            // Rules are below few fields: paths are made only for those.
            if !has_rules(node) {
                continue;
            }
            let path = format!("{path}.properties[{name}]");
            let place = Place {
                root: node.embedded_resource,
                ..place.clone()
            };
            if let Some(child) = self.node(node, &path, &place) {
                properties.insert(name.clone(), child);
            }
        }
        let mut items = None;
        if let Some(node) = schema.items.as_ref().filter(|n| has_rules(n)) {
            let by_key = schema.list_type == Some(ListType::Map);
            let uncorrelatable = place.uncorrelatable.clone();
            let place = Place {
                cardinality: multiplied(place.cardinality, schema.limits.max_items),
                uncorrelatable: uncorrelatable.or_else(|| (!by_key).then(|| path.to_owned())),
                root: node.embedded_resource,
            };
            items = self
                .node(node, &format!("{path}.items"), &place)
                .map(Box::new);
        }
        let mut values = None;
        if let Some(AdditionalProperties::Schema(node)) = &schema.additional_properties
            && has_rules(node)
        {
            let place = Place {
                cardinality: multiplied(place.cardinality, schema.limits.max_properties),
                uncorrelatable: place.uncorrelatable.clone(),
                root: node.embedded_resource,
            };
            values = self
                .node(node, &format!("{path}.additionalProperties"), &place)
                .map(Box::new);
        }
        let rules = self.rules(schema, path, place);
        if rules.is_empty() && properties.is_empty() && items.is_none() && values.is_none() {
            return None;
        }
        Some(RuleNode {
            rules,
            root: place.root,
            properties,
            items,
            values,
        })
    }

    /// Whether there is a mistake in the schema at `path` already.
    fn is_wrong(&self, path: &str) -> bool {
        self.known.iter().any(|error| {
            let below = error.path.strip_prefix(path);
            below.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    fn rules(&mut self, schema: &Schema, path: &str, place: &Place) -> Vec<Compiled> {
        if schema.rules.is_empty() || self.is_wrong(path) {
            return Vec::new();
        }
        let path = format!("{path}.x-kubernetes-validations");
        let Some(decl) = Decl::of(schema, place.root).map(Arc::new) else {
            self.errors.push(FieldError::plain(
                FieldErrorKind::Internal,
                path,
                "internal error: failed to construct type information for x-kubernetes-validations rules: unable to \
                 convert structural schema to CEL declarations",
            ));
            return Vec::new();
        };
        let mut compiled = Vec::new();
        for (index, rule) in schema.rules.iter().enumerate() {
            if !rule.expression.trim().is_empty() {
                let path = format!("{path}[{index}]");
                compiled.push(self.rule(rule, schema, &decl, place, &path));
            }
        }
        compiled
    }

    fn rule(
        &mut self,
        rule: &Rule,
        schema: &Schema,
        decl: &Arc<Decl>,
        place: &Place,
        path: &str,
    ) -> Compiled {
        let this = decl.ty("selfType");
        let old = if rule.optional_old_self {
            Type::optional(this.clone())
        } else {
            this.clone()
        };
        let at = |field: &str| format!("{path}.{field}");
        let program = match expression(&rule.expression, &this, &old) {
            Ok(checked) if checked.root.ty != Type::Bool => {
                Err("cel expression must evaluate to a bool".to_owned())
            }
            other => other,
        };
        match &program {
            Ok(checked) => {
                let cost = total_cost(estimate(&checked.root, decl), decl, place);
                self.observe(cost, "estimated rule cost", at("rule"));
            }
            Err(why) => self.errors.push(whole_rule(at("rule"), rule, why)),
        }
        let expression_text = rule.message_expression.as_deref().unwrap_or_default();
        let mut message_program = None;
        if program.is_ok() && !expression_text.trim().is_empty() {
            let message = match expression(expression_text, &this, &old) {
                Ok(checked) if checked.root.ty != Type::String => {
                    Err("messageExpression must evaluate to a string".to_owned())
                }
                Err(why) => Err(format!("messageExpression {why}")),
                other => other,
            };
            match message {
                Ok(checked) => {
                    let cost = total_cost(estimate(&checked.root, decl), decl, place);
                    self.observe(
                        cost,
                        "estimated messageExpression cost",
                        at("messageExpression"),
                    );
                    message_program = Some(checked.root);
                }
                Err(why) => self
                    .errors
                    .push(whole_rule(at("messageExpression"), rule, &why)),
            }
        }
        let uses_old = program.as_ref().is_ok_and(|p| p.uses_old);
        if let Some(list) = place.uncorrelatable.as_ref().filter(|_| uses_old) {
            let why = format!(
                "oldSelf cannot be used on the uncorrelatable portion of the schema within {list}"
            );
            self.errors.push(FieldError::invalid(
                at("rule"),
                rule.expression.as_str(),
                why,
            ));
        }
        if rule.optional_old_self && !uses_old {
            let why = "may not be set if oldSelf is not used in rule";
            self.errors
                .push(FieldError::invalid(at("optionalOldSelf"), true, why));
        }
        let program = program.map(|checked| checked.root);
        ready(rule, schema, program, uses_old, message_program)
    }

    /// Counts what an expression can cost.
    fn observe(&mut self, cost: u64, what: &str, path: String) {
        if cost > PER_RULE_LIMIT {
            let why = over(what, cost, PER_RULE_LIMIT);
            self.errors.push(FieldError::plain(
                FieldErrorKind::Forbidden,
                path.clone(),
                why,
            ));
        }
        self.total = self.total.saturating_add(cost);
        if cost >= TOTAL_LIMIT / 100 {
            self.costly.push((cost, path));
        }
    }

    fn check_total(&mut self, path: &str) {
        if self.total <= TOTAL_LIMIT {
            return;
        }
        self.costly
            .sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
        for (_, path) in self.costly.drain(..).take(4) {
            let why = "contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema";
            self.errors
                .push(FieldError::plain(FieldErrorKind::Forbidden, path, why));
        }
        let what = "x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema";
        let why = over(what, self.total, TOTAL_LIMIT);
        self.errors
            .push(FieldError::plain(FieldErrorKind::Forbidden, path, why));
    }
}

fn ready(
    rule: &Rule,
    schema: &Schema,
    program: Result<Node, String>,
    uses_old: bool,
    message_program: Option<Node>,
) -> Compiled {
    let message = rule.message.as_deref().unwrap_or_default().trim();
    let shown = if message.is_empty() {
        rule.expression.trim()
    } else {
        message
    };
    let field_path = rule
        .field_path
        .as_deref()
        .and_then(|p| field_path::normalize(p, schema));
    Compiled {
        program,
        uses_old,
        optional_old: rule.optional_old_self,
        message: if rule.message.as_deref().is_none_or(str::is_empty) {
            format!("failed rule: {shown}")
        } else {
            message.to_owned()
        },
        shown: shown.to_owned(),
        message_program,
        message_expression: rule.message_expression.clone().unwrap_or_default(),
        kind: rule
            .reason
            .as_deref()
            .and_then(reason_kind)
            .unwrap_or(FieldErrorKind::Invalid),
        field_path: field_path.unwrap_or_default(),
    }
}

/// Compiles an expression; the error is what the server says of it.
fn expression(source: &str, this: &Type, old: &Type) -> Result<check::Checked, String> {
    let failed =
        |issues: &[parse::Issue]| format!("compilation failed: {}", parse::show(source, issues));
    let parsed = parse(source).map_err(|issues| failed(&issues))?;
    check::check(&parsed, this, old).map_err(|refusal| match refusal {
        Refusal::Issues(issues) => failed(&issues),
        Refusal::Failing(why) => format!("program instantiation failed: {why}"),
    })
}

/// An error that shows the whole rule, as Go prints it.
fn whole_rule(path: String, rule: &Rule, why: &str) -> FieldError {
    let part = |text: &Option<String>| json_text(text.as_deref().unwrap_or_default());
    let detail = format!(
        r#"{{"Rule":{},"Message":{},"MessageExpression":{},"Reason":{},"FieldPath":{},"OptionalOldSelf":{}}}: {why}"#,
        json_text(&rule.expression),
        part(&rule.message),
        part(&rule.message_expression),
        rule.reason
            .as_deref()
            .map_or_else(|| "null".to_owned(), json_text),
        part(&rule.field_path),
        if rule.optional_old_self {
            "true"
        } else {
            "null"
        },
    );
    FieldError::plain(FieldErrorKind::Invalid, path, detail)
}

/// What an expression can cost in all the places where its schema can occur.
fn total_cost(cost: u64, decl: &Decl, place: &Place) -> u64 {
    match place.cardinality {
        Some(times) => cost.saturating_mul(times),
        None => cost.saturating_mul(decl.max_cardinality()),
    }
}

fn multiplied(cardinality: Option<u64>, max: Option<u64>) -> Option<u64> {
    Some(cardinality?.saturating_mul(max?))
}

#[allow(clippy::cast_precision_loss)] // It is shown with one digit.
fn over(what: &str, cost: u64, limit: u64) -> String {
    let factor = cost as f64 / limit as f64;
    let factor = if factor > 100.0 {
        "more than 100x".to_owned()
    } else if factor < 1.5 {
        format!("{factor:.6}x")
    } else {
        format!("{factor:.1}x")
    };
    format!(
        "{what} exceeds budget by factor of {factor} (try simplifying the rule, or adding maxItems, maxProperties, and \
         maxLength where arrays, maps, and strings are declared)"
    )
}

/// Whether there are rules in `node` or below it. Definitions are of built-in kinds, which have none.
fn has_rules(node: &SchemaNode) -> bool {
    matches!(node, SchemaNode::Inline(schema) if schema_has_rules(schema))
}

fn schema_has_rules(schema: &Schema) -> bool {
    !schema.rules.is_empty()
        || schema.properties.values().any(has_rules)
        || schema.items.as_ref().is_some_and(has_rules)
        || matches!(&schema.additional_properties, Some(AdditionalProperties::Schema(node)) if has_rules(node))
}

/// The type as it is shown in errors of rules that can't be evaluated.
pub(super) fn type_word(schema: &Schema) -> &'static str {
    match schema.value_type {
        Some(ValueType::Object) => "object",
        Some(ValueType::Array) => "array",
        Some(ValueType::String) => "string",
        Some(ValueType::Integer) => "integer",
        Some(ValueType::Number) => "number",
        Some(ValueType::Boolean) => "boolean",
        None => "",
    }
}
