//! The paths of a document: what may be done with each resource, and what `kubectl` looks for before it sends
//! `fieldValidation` or `dryRun`.

use serde_json::{Map, Value, json};

use super::{Kinds, schema::Components};
use crate::resource::{Resource, Subresource};

const LIST_PARAMETERS: [(&str, &str); 9] = [
    ("allowWatchBookmarks", "boolean"),
    ("continue", "string"),
    ("fieldSelector", "string"),
    ("labelSelector", "string"),
    ("limit", "integer"),
    ("resourceVersion", "string"),
    ("resourceVersionMatch", "string"),
    ("sendInitialEvents", "boolean"),
    ("timeoutSeconds", "integer"),
];
const WATCH: (&str, &str) = ("watch", "boolean");
const WRITE_PARAMETERS: [(&str, &str); 3] = [
    ("dryRun", "string"),
    ("fieldManager", "string"),
    ("fieldValidation", "string"),
];
const FORCE: (&str, &str) = ("force", "boolean");
const DELETE_PARAMETERS: [(&str, &str); 4] = [
    ("dryRun", "string"),
    ("gracePeriodSeconds", "integer"),
    ("orphanDependents", "boolean"),
    ("propagationPolicy", "string"),
];

/// Adds the paths of `resource` below `prefix`, which is `/api/v1` or `/apis/GROUP/VERSION`.
pub(super) fn write(
    paths: &mut Map<String, Value>,
    prefix: &str,
    resource: &Resource,
    kinds: &Kinds,
) {
    let plural = &resource.plural;
    let writer = Writer { resource, kinds };
    let collection = if resource.namespaced {
        format!("{prefix}/namespaces/{{namespace}}/{plural}")
    } else {
        format!("{prefix}/{plural}")
    };
    let item = format!("{collection}/{{name}}");
    for sub in &resource.subresources {
        let path = format!("{item}/{}", sub.name);
        add(
            paths,
            path,
            writer.subresource(sub),
            resource.namespaced,
            true,
        );
    }
    add(paths, item, writer.item(), resource.namespaced, true);
    if resource.namespaced && writer.may("list") {
        let all = json!({"get": writer.list("ForAllNamespaces")});
        add(paths, format!("{prefix}/{plural}"), all, false, false);
    }
    add(
        paths,
        collection,
        writer.collection(),
        resource.namespaced,
        false,
    );
}

/// Adds a path, unless nothing may be done there.
fn add(
    paths: &mut Map<String, Value>,
    path: String,
    mut item: Value,
    namespaced: bool,
    named: bool,
) {
    if item.as_object().is_none_or(Map::is_empty) {
        return;
    }
    let in_path = |name: &str| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string", "uniqueItems": true}});
    let mut parameters = Vec::new();
    if named {
        parameters.push(in_path("name"));
    }
    if namespaced {
        parameters.push(in_path("namespace"));
    }
    parameters.push(in_query(("pretty", "string")));
    item["parameters"] = parameters.into();
    paths.insert(path, item);
}

fn in_query((name, value_type): (&str, &str)) -> Value {
    json!({"name": name, "in": "query", "schema": {"type": value_type, "uniqueItems": true}})
}

/// What describes an operation.
struct Operation<'a> {
    /// Of the operation's id: `create`, `read` …
    verb: &'a str,
    /// `x-kubernetes-action`.
    action: &'a str,
    description: String,
    parameters: Vec<(&'a str, &'a str)>,
    body: Option<Value>,
    /// The statuses of success, and the component that they bring.
    codes: &'a [&'a str],
    result: &'a str,
    /// What follows the kind in the operation's id.
    suffix: &'a str,
    gvk: (&'a str, &'a str, &'a str),
}

struct Writer<'a> {
    resource: &'a Resource,
    kinds: &'a Kinds,
}

impl Writer<'_> {
    fn may(&self, verb: &str) -> bool {
        self.resource.verbs.iter().any(|v| v == verb)
    }

    fn gvk(&self) -> (&str, &str, &str) {
        let Resource {
            group,
            version,
            kind,
            ..
        } = self.resource;
        (group, version, kind)
    }

    fn collection(&self) -> Value {
        let kind = &self.resource.kind;
        let mut item = json!({});
        if self.may("list") {
            item["get"] = self.list("");
        }
        if self.may("create") {
            item["post"] = self.operation(Operation {
                verb: "create",
                action: "post",
                description: format!("create {} {kind}", article(kind)),
                parameters: WRITE_PARAMETERS.to_vec(),
                body: Some(self.body(&self.kinds.object)),
                codes: &["200", "201", "202"],
                result: &self.kinds.object,
                suffix: "",
                gvk: self.gvk(),
            });
        }
        if self.may("deletecollection") {
            let parameters = LIST_PARAMETERS.into_iter().chain(DELETE_PARAMETERS);
            item["delete"] = self.operation(Operation {
                verb: "delete",
                action: "deletecollection",
                description: format!("delete collection of {kind}"),
                parameters: parameters.collect(),
                body: Some(self.body(Kinds::DELETE_OPTIONS)),
                codes: &["200"],
                result: Kinds::STATUS,
                suffix: "",
                gvk: self.gvk(),
            });
        }
        item
    }

    fn list(&self, suffix: &str) -> Value {
        self.operation(Operation {
            verb: "list",
            action: "list",
            description: format!("list or watch objects of kind {}", self.resource.kind),
            parameters: LIST_PARAMETERS.into_iter().chain([WATCH]).collect(),
            body: None,
            codes: &["200"],
            result: &self.kinds.list,
            suffix,
            gvk: self.gvk(),
        })
    }

    fn item(&self) -> Value {
        let mut item = json!({});
        for verb in ["get", "update", "patch"] {
            if self.may(verb) {
                self.add_verb(&mut item, verb, "", &self.kinds.object, self.gvk());
            }
        }
        if self.may("delete") {
            let kind = &self.resource.kind;
            item["delete"] = self.operation(Operation {
                verb: "delete",
                action: "delete",
                description: format!("delete {} {kind}", article(kind)),
                parameters: DELETE_PARAMETERS.to_vec(),
                body: Some(self.body(Kinds::DELETE_OPTIONS)),
                codes: &["200", "202"],
                result: Kinds::STATUS,
                suffix: "",
                gvk: self.gvk(),
            });
        }
        item
    }

    fn subresource(&self, sub: &Subresource) -> Value {
        let (group, version, kind) = &sub.kind;
        let own = sub.name == "status" || self.gvk() == (group, version, kind);
        let component = if own {
            self.kinds.object.clone()
        } else {
            Kinds::name(group, version, kind)
        };
        // A custom resource's operations all carry its own kind.
        let gvk = if own || self.resource.custom {
            self.gvk()
        } else {
            (group.as_str(), version.as_str(), kind.as_str())
        };
        let mut item = json!({});
        for verb in &sub.verbs {
            self.add_verb(&mut item, verb, &sub.name, &component, gvk);
        }
        item
    }

    /// One of the operations that objects and their subresources have in common.
    fn add_verb(
        &self,
        item: &mut Value,
        verb: &str,
        sub: &str,
        component: &str,
        gvk: (&str, &str, &str),
    ) {
        let about = match sub {
            "" => format!("the specified {}", self.resource.kind),
            sub => format!("{sub} of the specified {}", self.resource.kind),
        };
        let mut suffix = sub.to_owned();
        if let Some(first) = suffix.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let (method, id, doing) = match verb {
            "get" => ("get", "read", "read"),
            "update" => ("put", "replace", "replace"),
            "patch" => ("patch", "patch", "partially update"),
            "create" => ("post", "create", "create"),
            _ => return,
        };
        let mut parameters = WRITE_PARAMETERS.to_vec();
        let (parameters, body, codes): (_, _, &[&str]) = match method {
            "get" => (Vec::new(), None, &["200"]),
            "patch" => {
                parameters.push(FORCE);
                (parameters, Some(self.patch_body()), &["200", "201"])
            }
            "post" => (
                parameters,
                Some(self.body(component)),
                &["200", "201", "202"],
            ),
            _ => (parameters, Some(self.body(component)), &["200", "201"]),
        };
        item[method] = self.operation(Operation {
            verb: id,
            action: method,
            description: format!("{doing} {about}"),
            parameters,
            body,
            codes,
            result: component,
            suffix: &suffix,
            gvk,
        });
    }

    fn operation(&self, operation: Operation<'_>) -> Value {
        let content = json!({
            "application/json": {"schema": Components::reference(operation.result)},
            "application/yaml": {"schema": Components::reference(operation.result)},
        });
        let mut responses = json!({"401": {"description": "Unauthorized"}});
        for code in operation.codes {
            let description = match *code {
                "201" => "Created",
                "202" => "Accepted",
                _ => "OK",
            };
            responses[*code] = json!({"description": description, "content": content});
        }
        let (group, version, kind) = operation.gvk;
        let parameters: Vec<Value> = operation.parameters.into_iter().map(in_query).collect();
        let mut value = json!({
            "tags": [self.tag()], "description": operation.description,
            "operationId": self.operation_id(operation.verb, operation.action, operation.suffix),
            "parameters": parameters, "responses": responses,
            "x-kubernetes-action": operation.action,
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": kind},
        });
        if let Some(body) = operation.body {
            value["requestBody"] = body;
        }
        value
    }

    fn body(&self, component: &str) -> Value {
        let schema = json!({"schema": Components::reference(component)});
        let required = component != Kinds::DELETE_OPTIONS;
        if self.resource.custom {
            json!({"content": {"application/json": schema, "application/yaml": schema}, "required": required})
        } else {
            json!({"content": {"*/*": schema}, "required": required})
        }
    }

    fn patch_body(&self) -> Value {
        let schema = json!({"schema": Components::reference(Kinds::PATCH)});
        let mut content = json!({
            "application/apply-patch+yaml": schema,
            "application/json-patch+json": schema,
            "application/merge-patch+json": schema,
        });
        if !self.resource.custom {
            content["application/strategic-merge-patch+json"] = schema;
        }
        json!({"content": content, "required": true})
    }

    /// `BDiscoveryExampleCom`, `Apps`, `Core`.
    fn camel_group(&self) -> String {
        let group = match self.resource.group.as_str() {
            "" => "core",
            group if self.resource.custom => group,
            group => group.strip_suffix(".k8s.io").unwrap_or(group),
        };
        group.split(['.', '-']).map(capitalized).collect()
    }

    fn tag(&self) -> String {
        let mut group = self.camel_group();
        if let Some(first) = group.get_mut(..1) {
            first.make_ascii_lowercase();
        }
        format!("{group}_{}", self.resource.version)
    }

    fn operation_id(&self, verb: &str, action: &str, suffix: &str) -> String {
        let collection = match action {
            "deletecollection" => "Collection",
            _ => "",
        };
        let namespaced = if self.resource.namespaced && suffix != "ForAllNamespaces" {
            "Namespaced"
        } else {
            ""
        };
        let (group, version) = (self.camel_group(), capitalized(&self.resource.version));
        let kind = &self.resource.kind;
        format!("{verb}{group}{version}{collection}{namespaced}{kind}{suffix}")
    }
}

fn capitalized(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    text
}

fn article(kind: &str) -> &'static str {
    if kind.starts_with(['A', 'E', 'I', 'O', 'U']) {
        "an"
    } else {
        "a"
    }
}
