//! What writes cost the quotas of their namespace.

use serde_json::Value;

use super::{Api, call::Call};
use crate::{
    error::ApiError,
    object,
    quota::{self, Counted},
    store::{At, Collection},
};

impl Api {
    /// Where quotas are.
    pub(crate) fn quotas(&self) -> Collection {
        self.quotas
    }

    /// Whether a namespace has quotas.
    pub(crate) fn has_quotas(&self, namespace: &str) -> bool {
        let found = self.store.list(self.quotas, namespace, "", At::Latest);
        found.is_ok_and(|mut quotas| quotas.next().is_some())
    }

    /// The quotas of a namespace, of all if it is empty.
    pub(crate) fn quotas_of(&self, namespace: &str) -> Vec<Value> {
        let found = self.store.list(self.quotas, namespace, "", At::Latest);
        let found = found.into_iter().flatten();
        found
            .filter_map(|(_, bytes)| serde_json::from_slice(bytes).ok())
            .collect()
    }

    /// The quotas of the namespace as they are after a write, as far as it makes them fuller.
    ///
    /// # Errors
    /// A 403 where one of them does not allow it.
    pub(super) fn charge(
        &self,
        call: &Call<'_>,
        new: &Value,
        old: Option<&Value>,
    ) -> Result<Vec<Value>, ApiError> {
        let resource = &call.kind.resource;
        if !resource.namespaced {
            return Ok(Vec::new());
        }
        let quotas = self.quotas_of(call.namespace());
        if quotas.is_empty() {
            return Ok(quotas);
        }
        let write = quota::Write {
            counted: &Counted::new(&resource.group, &resource.plural),
            new,
            old,
            now: call.now,
        };
        quota::charge(&write, &quotas).map_err(|why| {
            ApiError::forbidden(&resource.group, &resource.plural, object::name(new), &why)
        })
    }

    /// Stores quotas that [`charge`](Self::charge) has changed.
    pub(super) fn settle(&mut self, quotas: Vec<Value>) {
        let Some(kind) = self.kinds.get("", "v1", "resourcequotas").cloned() else {
            return;
        };
        for quota in quotas {
            let (namespace, name) = (
                object::namespace(&quota).to_owned(),
                object::name(&quota).to_owned(),
            );
            self.edit(&kind, &namespace, &name, |stored| *stored = quota);
        }
    }
}
