//! [`Strategy`]: how the objects of one kind are treated on their way into the store.

use std::borrow::Cow;

use serde_json::Value;

use crate::{
    builtin::{Allocations, allocations},
    error::ApiError,
    field_error::FieldError,
    object,
    resource::Resource,
    schema::Schema,
};

/// Turns an object of one version of a kind into one of another.
pub(crate) type Convert = fn(&mut Value);

/// How the objects of one kind are decoded, defaulted, changed by the server, and validated.
///
/// The order on a write is: `decode` → `default` → `prepare_*` → `admit` → `validate_*` → `permit`. Metadata that all
/// kinds share (names, labels, owner references, uid, timestamps …) is not its business, `generation` is.
/// Nothing here looks at a clock; only `admit` and `permit` look at other objects.
pub(crate) trait Strategy: Send + Sync {
    /// The shape of its objects, the whole object with `apiVersion`, `kind` and `metadata`.
    fn schema(&self) -> &Schema;

    /// Brings what a client sent into shape: unknown fields dropped, nulls and numbers as the server has them.
    /// Returns the unknown fields as the server names them (`unknown field "spec.x"`).
    ///
    /// # Errors
    /// A 400 where a type can't hold the value; what a custom resource's schema refuses is left to `validate`.
    fn decode(&self, object: &mut Value) -> Result<Vec<String>, ApiError>;

    /// Fills in defaults.
    fn default(&self, object: &mut Value);

    /// Fills in defaults after an apply of `config`: a null that the configuration has is a value there.
    fn default_applied(&self, object: &mut Value, config: &Value) {
        let _ = config;
        self.default(object);
    }

    /// What the server changes on creation: no status from outside, the first generation …
    fn prepare_for_create(&self, object: &mut Value);

    /// What the server changes on update: status kept, generation counted …
    fn prepare_for_update(&self, new: &mut Value, old: &Value);

    /// What the server changes on an update of `status`: everything else kept.
    fn prepare_for_status_update(&self, new: &mut Value, old: &Value);

    /// What depends on other objects: a Service gets its cluster IP here. `old` is `None` on creation.
    ///
    /// # Errors
    /// Where the others leave no room, or forbid it.
    fn admit(
        &self,
        new: &mut Value,
        old: Option<&Value>,
        others: &dyn Others,
    ) -> Result<(), ApiError> {
        let _ = (new, old, others);
        Ok(())
    }

    /// What other objects have against one that is valid: limits of its namespace. `old` is `None` on creation.
    ///
    /// # Errors
    /// Where they forbid it.
    fn permit(
        &self,
        new: &Value,
        old: Option<&Value>,
        others: &dyn Others,
    ) -> Result<(), ApiError> {
        let _ = (new, old, others);
        Ok(())
    }

    /// What is wrong with a new object.
    fn validate(&self, object: &Value) -> Vec<FieldError>;

    /// What is wrong with a change.
    fn validate_update(&self, new: &Value, old: &Value) -> Vec<FieldError>;

    /// What is wrong with a change of `status`.
    fn validate_status_update(&self, new: &Value, old: &Value) -> Vec<FieldError>;

    /// What a client is told (`Warning`) about a write that succeeds; `old` is `None` on creation.
    fn warnings(&self, new: &Value, old: Option<&Value>) -> Vec<String> {
        let _ = (new, old);
        Vec::new()
    }

    /// What is wrong with a name, empty if nothing: the server's sentences.
    fn validate_name(&self, name: &str) -> Vec<String>;

    /// What turns an object of another version of the same kind into one of this, but for `apiVersion` and `kind`;
    /// `None` if the two have the same fields, as far as both have them.
    fn converter(&self, from: &Resource) -> Option<Convert> {
        let _ = from;
        None
    }

    /// An object of another version of the same kind, in this one; its `apiVersion` and `kind` are set by the caller.
    fn convert(&self, mut object: Value, from: &Resource) -> Value {
        if let Some(convert) = self.converter(from) {
            convert(&mut object);
        }
        object
    }

    /// Whether a PUT without resourceVersion is accepted.
    fn allows_unconditional_update(&self) -> bool;

    /// Whether a PUT creates what is absent.
    fn allows_create_on_update(&self) -> bool {
        false
    }

    /// The fields that a write to the object itself (`""`) or to a subresource does not change, and that its
    /// writer therefore does not come to own: paths of field names, such as `["status"]`.
    fn reset_fields(&self, subresource: &str) -> &[&[&str]];

    /// How many seconds a deletion leaves the object, given what the request asked for; `None` removes it at
    /// once. Only Pods that run somewhere take their time.
    fn grace_period(&self, object: &Value, requested: Option<i64>) -> Option<i64> {
        let _ = (object, requested);
        None
    }

    /// Whether a deletion is answered with the object, and not with a `Status`.
    fn returns_deleted(&self) -> bool {
        false
    }

    /// Whether what it owns stays when it is deleted without a word about it.
    fn orphans_by_default(&self) -> bool {
        false
    }

    /// The fields besides `metadata.name` and `metadata.namespace` that a field selector may name.
    fn field_labels(&self) -> Vec<&str> {
        Vec::new()
    }

    /// The value that a field selector compares with, empty if there is none.
    fn field(&self, object: &Value, label: &str) -> String {
        let _ = (object, label);
        String::new()
    }

    /// The columns of its table, `Name` first.
    fn columns(&self) -> Vec<Column>;

    /// The cells of one object, one for each of `columns`; `now` is in seconds since 1970, for ages.
    fn cells(&self, object: &Value, now: i64) -> Vec<Value>;
}

/// The objects of all other kinds, as they are while a request is being carried out.
pub(crate) trait Others {
    /// One object; `resource` is the plural, `namespace` is empty for cluster-scoped ones.
    fn get(&self, group: &str, resource: &str, namespace: &str, name: &str) -> Option<Value>;

    /// The objects of a kind in a namespace, in all if it is empty.
    fn list(&self, group: &str, resource: &str, namespace: &str) -> Vec<Value>;

    /// Which service has which address and which ports.
    fn allocations(&self) -> Cow<'_, Allocations> {
        let mut all = allocations();
        for service in self.list("", "services", "") {
            all.set(
                object::namespace(&service),
                object::name(&service),
                &service,
            );
        }
        Cow::Owned(all)
    }
}

/// A column of a `Table`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) name: String,
    /// `string`, `integer`, `number`, `boolean`, `date`.
    pub(crate) value_type: String,
    /// `name`, `date-time` … or empty.
    pub(crate) format: String,
    /// What it shows.
    pub(crate) description: String,
    /// 0 for always, above for `-o wide`.
    pub(crate) priority: i32,
}
