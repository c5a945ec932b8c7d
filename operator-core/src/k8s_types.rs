//! Descriptors of the built-in kinds, taken from `k8s-openapi`.
