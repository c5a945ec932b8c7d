//! Code around the derive may use any names that serde's derives bear: generated code relies on none of them.
#![allow(dead_code, non_camel_case_types)]

mod std {}
mod core {}
mod serde_json {}
mod kube {}
mod k8s_openapi {}
struct String;
struct Option;
struct Result;
struct Ok;
struct Some;
struct None;
struct Vec;

#[derive(
    ::operator_core::K8sType,
    ::serde::Serialize,
    ::serde::Deserialize,
    ::schemars::JsonSchema,
    ::std::clone::Clone,
    ::std::fmt::Debug,
)]
#[k8s(group = "example.com", version = "v1", kind = "Hostile", status = HostileStatus)]
pub struct HostileSpec {
    #[k8s(column)]
    pub size: i32,
}

#[derive(
    ::serde::Serialize,
    ::serde::Deserialize,
    ::schemars::JsonSchema,
    ::std::clone::Clone,
    ::std::fmt::Debug,
)]
pub struct HostileStatus {}

fn main() {}
