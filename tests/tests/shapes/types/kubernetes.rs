//! The types of `k8s-openapi` that specs and statuses are made of.

use std::collections::BTreeMap;

use k8s_openapi::{
    api::core::v1::{Container, EnvVar, PodSpec, PodTemplateSpec, ResourceRequirements},
    apimachinery::pkg::{
        api::resource::Quantity,
        apis::meta::v1::{Condition, LabelSelector, Time},
        util::intstr::IntOrString,
    },
};
use operator_core::K8sType;
use proptest::strategy::{Just, Strategy};
use proptest_derive::Arbitrary;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Workload")]
#[serde(rename_all = "camelCase")]
pub struct WorkloadSpec {
    #[proptest(strategy = "quantity()")]
    pub quantity: Quantity,
    #[proptest(strategy = "proptest::option::of(quantity())")]
    pub optional_quantity: Option<Quantity>,
    #[proptest(strategy = "int_or_string()")]
    pub int_or_string: IntOrString,
    #[proptest(strategy = "proptest::option::of(int_or_string())")]
    pub optional_int_or_string: Option<IntOrString>,
    #[proptest(strategy = "selector()")]
    pub selector: LabelSelector,
    #[proptest(strategy = "resources()")]
    pub resources: ResourceRequirements,
    #[proptest(strategy = "proptest::collection::vec(variable(), 0..3)")]
    pub env: Vec<EnvVar>,
    #[proptest(strategy = "proptest::collection::vec(condition(), 0..2)")]
    pub conditions: Vec<Condition>,
}

/// The largest type of all, in a CRD of its own.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug, Arbitrary)]
#[k8s(group = "shapes.example.com", version = "v1", kind = "Template")]
pub struct TemplateSpec {
    #[proptest(strategy = "template()")]
    pub template: PodTemplateSpec,
}

fn quantity() -> impl Strategy<Value = Quantity> {
    "[+-]?[0-9]{1,3}(\\.[0-9]{1,3})?(Ki|Mi|m|k|e3|E-2)?".prop_map(Quantity)
}

fn int_or_string() -> impl Strategy<Value = IntOrString> {
    let number = proptest::num::i32::ANY.prop_map(IntOrString::Int);
    proptest::strategy::Union::new([
        number.boxed(),
        "[a-z0-9%]*".prop_map(IntOrString::String).boxed(),
    ])
}

fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
    proptest::collection::btree_map("[a-z]{1,5}", "[a-z]{0,5}", 0..3)
}

fn selector() -> impl Strategy<Value = LabelSelector> {
    labels().prop_map(|it| LabelSelector {
        match_labels: Some(it),
        ..LabelSelector::default()
    })
}

fn resources() -> impl Strategy<Value = ResourceRequirements> {
    proptest::collection::btree_map("[a-z]{1,5}", quantity(), 0..3).prop_map(|it| {
        ResourceRequirements {
            limits: Some(it.clone()),
            requests: Some(it),
            ..ResourceRequirements::default()
        }
    })
}

fn variable() -> impl Strategy<Value = EnvVar> {
    ("[A-Z]{1,5}", proptest::option::of("[a-z]*")).prop_map(|(name, value)| EnvVar {
        name,
        value,
        ..EnvVar::default()
    })
}

fn condition() -> impl Strategy<Value = Condition> {
    let fields = ("[A-Z][a-z]{1,5}", 0..2_000_000_000i64);
    fields.prop_map(|(reason, seconds)| Condition {
        last_transition_time: Time(jiff::Timestamp::from_second(seconds).expect("it is in range")),
        message: String::new(),
        observed_generation: Some(seconds),
        reason: reason.clone(),
        status: "True".to_owned(),
        type_: reason,
    })
}

fn template() -> impl Strategy<Value = PodTemplateSpec> {
    let parts = (labels(), resources(), variable(), Just("nginx".to_owned()));
    parts.prop_map(|(labels, resources, variable, image)| {
        let mut template = PodTemplateSpec::default();
        let container = Container {
            name: "main".to_owned(),
            image: Some(image),
            resources: Some(resources),
            env: Some(vec![variable]),
            ..Container::default()
        };
        template.metadata.get_or_insert_default().labels = Some(labels);
        template.spec = Some(PodSpec {
            containers: vec![container],
            ..PodSpec::default()
        });
        template
    })
}
