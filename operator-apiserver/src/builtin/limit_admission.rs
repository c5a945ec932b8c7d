//! What limit ranges do to pods and claims: containers that don't ask for something get the defaults of their
//! namespace, and who asks for too little or too much is refused.

use serde_json::{Map, Value};

use super::fields::{ensure_object, entries, has, items_mut, list, set, text};
use crate::{
    error::ApiError, go_text::plain, object, quantity::Quantity, quota::pod_amounts,
    strategy::Others,
};

/// Where it is written down what a pod was given.
const ANNOTATION: &str = "kubernetes.io/limit-ranger";

/// Gives a new pod what its namespace's defaults are.
pub(super) fn fill(pod: &mut Value, others: &dyn Others) {
    for range in ranges(pod, others) {
        let mut given = Vec::new();
        for (field, what) in [
            ("containers", "container"),
            ("initContainers", "init container"),
        ] {
            for container in items_mut(ensure_object(pod, "spec"), field) {
                for (kind, source, word) in [
                    ("requests", "defaultRequest", "request"),
                    ("limits", "default", "limit"),
                ] {
                    let names = fill_container(container, kind, &defaults(&range, source));
                    if !names.is_empty() {
                        let name = text(container, "name");
                        given.push(format!("{} {word} for {what} {name}", names.join(", ")));
                    }
                }
            }
        }
        if !given.is_empty() {
            let annotations = ensure_object(ensure_object(pod, "metadata"), "annotations");
            let said = format!("LimitRanger plugin set: {}", given.join("; "));
            set(annotations, ANNOTATION, said);
        }
    }
}

/// Refuses a pod that is outside of its namespace's limits.
///
/// # Errors
/// A 403 that says of each limit what is wrong.
pub(super) fn permit_pod(
    pod: &Value,
    old: Option<&Value>,
    others: &dyn Others,
) -> Result<(), ApiError> {
    if old.is_some() {
        // What containers ask for can't be changed.
        return Ok(());
    }
    let spec = &pod["spec"];
    for range in ranges(pod, others) {
        let mut wrong = Vec::new();
        for item in list(&range["spec"], "limits") {
            match text(item, "type") {
                "Container" => {
                    let containers = list(spec, "containers").iter();
                    for container in containers.chain(list(spec, "initContainers")) {
                        let resources = &container["resources"];
                        let asked = |kind: &str| by_name(resources[kind].clone());
                        judge(item, &asked("requests"), &asked("limits"), &mut wrong);
                    }
                }
                "Pod" => {
                    let of = |kind: &str| by_name(pod_amounts(spec, kind).to_value());
                    judge(item, &of("requests"), &of("limits"), &mut wrong);
                }
                _ => {}
            }
        }
        refuse_if(pod, "pods", &wrong)?;
    }
    Ok(())
}

/// Refuses a claim that asks for less or more storage than its namespace allows.
///
/// # Errors
/// A 403 that says of each limit what is wrong.
pub(super) fn permit_claim(
    claim: &Value,
    old: Option<&Value>,
    others: &dyn Others,
) -> Result<(), ApiError> {
    if old.is_some_and(object::is_terminating) {
        return Ok(());
    }
    let requests = by_name(claim["spec"]["resources"]["requests"].clone());
    for range in ranges(claim, others) {
        let mut wrong = Vec::new();
        for item in list(&range["spec"], "limits") {
            if text(item, "type") == "PersistentVolumeClaim" {
                for (name, least) in entries(item, "min") {
                    wrong.extend(too_little(item, name, least, &requests, &Map::new()));
                }
                for (name, most) in entries(item, "max") {
                    let limit = Limit::of(item, name, most);
                    wrong.extend(limit.above("maximum", "request", requests.get(name)));
                }
            }
        }
        refuse_if(claim, "persistentvolumeclaims", &wrong)?;
    }
    Ok(())
}

fn ranges(object: &Value, others: &dyn Others) -> Vec<Value> {
    others.list("", "limitranges", object::namespace(object))
}

fn refuse_if(object: &Value, plural: &str, wrong: &[String]) -> Result<(), ApiError> {
    let why = match wrong {
        [] => return Ok(()),
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    };
    Err(ApiError::forbidden("", plural, object::name(object), &why))
}

/// The defaults that a limit range has for containers.
fn defaults(range: &Value, field: &str) -> Map<String, Value> {
    let items = list(&range["spec"], "limits").iter();
    let items = items.filter(|item| text(item, "type") == "Container");
    items
        .flat_map(|item| entries(item, field))
        .map(|(name, amount)| (name.clone(), amount.clone()))
        .collect()
}

/// Gives a container what it doesn't ask for, and says what that was.
fn fill_container(container: &mut Value, kind: &str, defaults: &Map<String, Value>) -> Vec<String> {
    let missing = |(name, _): &(&String, &Value)| !has(&container["resources"][kind], name);
    let missing: Vec<_> = defaults.iter().filter(missing).collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let asked = ensure_object(ensure_object(container, "resources"), kind);
    for (name, amount) in &missing {
        set(asked, name, (*amount).clone());
    }
    missing.into_iter().map(|(name, _)| name.clone()).collect()
}

/// Amounts by the names of their resources.
fn by_name(amounts: Value) -> Map<String, Value> {
    match amounts {
        Value::Object(amounts) => amounts,
        _ => Map::new(),
    }
}

/// What one limit has against what is requested and limited.
fn judge(
    item: &Value,
    requests: &Map<String, Value>,
    limits: &Map<String, Value>,
    wrong: &mut Vec<String>,
) {
    for (name, least) in entries(item, "min") {
        wrong.extend(too_little(item, name, least, requests, limits));
    }
    for (name, most) in entries(item, "max") {
        let limit = Limit::of(item, name, most);
        let above = limit.above("maximum", "limit", limits.get(name));
        wrong.extend(above.or_else(|| {
            let request = requests.get(name);
            limit.above("maximum", "request", Some(request?))
        }));
    }
    for (name, most) in entries(item, "maxLimitRequestRatio") {
        let limit = Limit::of(item, name, most);
        wrong.extend(limit.overcommitted(requests.get(name), limits.get(name)));
    }
}

fn too_little(
    item: &Value,
    name: &str,
    least: &Value,
    requests: &Map<String, Value>,
    limits: &Map<String, Value>,
) -> Option<String> {
    let limit = Limit::of(item, name, least);
    let below = limit.below("request", requests.get(name));
    below.or_else(|| limit.below("limit", Some(limits.get(name)?)))
}

/// A limit of one resource.
struct Limit<'a> {
    kind: &'a str,
    name: &'a str,
    amount: &'a Value,
}

impl<'a> Limit<'a> {
    fn of(item: &'a Value, name: &'a str, amount: &'a Value) -> Self {
        let kind = text(item, "type");
        Self { kind, name, amount }
    }

    fn below(&self, what: &str, asked: Option<&Value>) -> Option<String> {
        self.outside("minimum", what, asked, |asked, least| asked < least)
    }

    fn above(&self, bound: &str, what: &str, asked: Option<&Value>) -> Option<String> {
        self.outside(bound, what, asked, |asked, most| asked > most)
    }

    fn outside(
        &self,
        bound: &str,
        what: &str,
        asked: Option<&Value>,
        is_outside: fn(Quantity, Quantity) -> bool,
    ) -> Option<String> {
        let Self { kind, name, amount } = self;
        let rule = format!("{bound} {name} usage per {kind} is {}", plain(amount));
        let Some(asked) = asked else {
            return Some(format!("{rule}.  No {what} is specified"));
        };
        let (found, limit) = (Quantity::of(asked)?, Quantity::of(amount)?);
        is_outside(found, limit).then(|| format!("{rule}, but {what} is {}", plain(asked)))
    }

    fn overcommitted(&self, request: Option<&Value>, limit: Option<&Value>) -> Option<String> {
        let Self { kind, name, amount } = self;
        let rule = format!(
            "{name} max limit to request ratio per {kind} is {}",
            plain(amount)
        );
        let given =
            |value: Option<&Value>| Quantity::of(value?).filter(|amount| *amount != Quantity::ZERO);
        let Some(request) = given(request) else {
            return Some(format!(
                "{rule}, but no request is specified or request is 0"
            ));
        };
        let Some(limit) = given(limit) else {
            return Some(format!("{rule}, but no limit is specified or limit is 0"));
        };
        let found = limit.approximate() / request.approximate();
        let most = Quantity::of(amount)?.approximate();
        (found > most).then(|| format!("{rule}, but provided ratio is {found:.6}"))
    }
}
