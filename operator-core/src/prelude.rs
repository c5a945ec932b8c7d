//! What an operator's code uses all over: `use operator_core::prelude::*;`

pub use crate::{
    ChildConfig, Children, DeclaredParent, Error, ErrorClass, Failable, FailableHandler,
    FinalizeResponse, Handler, K8sSchema, K8sType, NoStatus, Operator, OperatorConfig, Parent,
    RawObject, SyncRequest, SyncResponse, Untyped, UpdateStrategy, k8s_types, run_operator,
};
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{Condition, ObjectMeta};
pub use schemars::JsonSchema;
pub use serde::{Deserialize, Serialize};
