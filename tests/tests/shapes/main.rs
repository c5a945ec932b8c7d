//! The shapes that Rust programmers give their types, as schemas: recorded, taken by API servers, and true both
//! ways: what serde writes is kept whole, and what the schema lets through serde reads.
//!
//! The server is the embedded one, or the one that `OPERATOR_TEST_KUBECONFIG` names.
// The types are here for their schemas.
#![allow(dead_code, unreachable_pub, missing_docs, clippy::pedantic)]

mod generate;
mod refused;
mod server;
mod types;

use types::{Shape, all_shapes, shapes};

#[test]
fn every_shape_has_the_schema_that_is_recorded() {
    for shape in all_shapes() {
        // It is as long as the API of pods, and recorded nowhere else than in `k8s-openapi`.
        if shape.crd.kind() != "Template" {
            insta::assert_snapshot!(shape.crd.name(), shape.crd.to_yaml());
        }
    }
}
