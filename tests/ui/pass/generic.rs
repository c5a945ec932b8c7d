//! Type parameters of nested types: used as they are, in wrappers and in other generic types, twice, many, with bounds
//! and with a default; and items of a tuple. What is said in the types that they stand for is carried everywhere.

use std::{cmp::Reverse, collections::BTreeMap, fmt::Debug};

use operator_core::{K8sSchema, K8sType};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "generic.example.com", version = "v1", kind = "Pipeline", status = Progress<i64>)]
#[k8s(
    selectable = ".spec.build.input.tag",
    column(name = "Deploy", path = ".spec.deploy.input.url")
)]
pub struct PipelineSpec {
    pub build: Stage<Image>,
    pub deploy: Stage<Target, String>,
    pub either: Either<Image, Target>,
    pub batch: Option<Batch<Image, Target, u8, Tagged, Step>>,
    pub pair: Option<(Step, Step)>,
    pub last: Option<Reverse<Step>>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Stage<T, L = i32> {
    pub input: T,
    pub limit: Option<Wrapped<L>>,
    pub more: Vec<T>,
    pub named: BTreeMap<String, Box<T>>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Wrapped<T>(T);

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub enum Either<A, B>
where
    A: Clone,
    B: Clone + Debug,
{
    Left(A),
    Right { value: B },
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Batch<A, B, C, D, E> {
    pub a: A,
    pub b: Option<B>,
    pub c: C,
    pub d: Held<Option<Held<D>>>,
    pub e: Held<Vec<E>>,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Held<T> {
    pub held: T,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Tagged {
    #[k8s(column)]
    pub tag: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Step {
    #[k8s(description = "What is done.")]
    pub verb: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Image {
    pub tag: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug)]
pub struct Target {
    pub url: String,
}

#[derive(K8sSchema, Serialize, Deserialize, JsonSchema, Clone, Debug, Default)]
pub struct Progress<T> {
    #[k8s(column)]
    pub done: T,
}

fn main() {}
