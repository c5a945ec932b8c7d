//! [`Untyped`], a parent without a struct.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Parent;

/// Any parent, as JSON: for types that there is no struct for.
///
/// ```
/// use operator_core::prelude::*;
///
/// async fn sync(request: SyncRequest<Untyped>) -> Result<SyncResponse<Untyped>, Error> {
///     let replicas = request.parent()["spec"]["replicas"].as_i64().unwrap_or(1);
///     Ok(SyncResponse::status(serde_json::json!({ "wanted": replicas })))
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Untyped(
    /// The whole object.
    pub Value,
);

impl std::ops::Deref for Untyped {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.0
    }
}

impl Parent for Untyped {
    type Status = Value;
}
