//! What the code that the macro generates calls, and the test kit; it is not for anyone else, and changes without notice.
//!
//! The logic is here, in ordinary functions: they compile once, and are tested without the macro.

pub use inventory;
pub use k8s_openapi;
pub use kube;
pub use schemars;
pub use serde;

pub use serde_json;

pub use crate::__value as value;
pub use crate::crd::declaration::{Declaration, WrittenColumn, WrittenScale};
pub use crate::crd::declared::{
    Declared, Descriptions, Field, FieldColumn, Form, Kind, ListType, Literal, Marks, Merge,
    Placement, Probe, Recognition, Registered, Rule, ScaleRole, Shape, Shaped, TypeDeclaration,
    Undeclared, checks, told, value,
};
pub use crate::root::{Parts, Root, StatusRules, deserialize, schema, serialize};
pub use crate::segment::segment;
