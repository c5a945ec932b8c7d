//! [`Rules`]: what one built-in kind does differently from all others.

use serde_json::Value;

use super::{
    autoscaler, config_map, controller_revision, cron_job, daemon_set, deployment,
    disruption_budget, endpoints, event, ingress, job, lease, limit_range, namespace,
    network_policy, node, pod, pod_template, priority_class, replica_set, resource_quota, role,
    runtime_class, secret, service, stateful_set, storage_class, volume,
};
use crate::{
    error::ApiError,
    field_error::FieldError,
    metadata::names::dns_1123_subdomain,
    strategy::{Convert, Others},
};

/// The errors found so far.
pub(super) type Errors = Vec<FieldError>;

/// Where a kind departs from the rest; [`Rules::PLAIN`] is a kind that has nothing of its own.
pub(super) struct Rules {
    /// Fills in defaults.
    pub(super) default: fn(&mut Value),
    /// What the server changes on creation, after status was cleared and the first generation was set.
    pub(super) create: fn(&mut Value),
    /// What the server changes on update, after status was kept and before the generation is counted.
    pub(super) update: fn(&mut Value, &Value),
    /// What depends on other objects.
    pub(super) admit: fn(&mut Value, Option<&Value>, &dyn Others) -> Result<(), ApiError>,
    /// What other objects have against a valid one.
    pub(super) permit: fn(&Value, Option<&Value>, &dyn Others) -> Result<(), ApiError>,
    /// What is wrong with a new object only; said before everything else.
    pub(super) validate_new: fn(&Value, &mut Errors),
    /// What is wrong with an object, new or changed.
    pub(super) validate: fn(&Value, &mut Errors),
    /// What is wrong with a change, besides what `validate` finds in its result.
    pub(super) validate_change: fn(&Value, &Value, &mut Errors),
    /// What is wrong with a changed status.
    pub(super) validate_status: fn(&Value, &Value, &mut Errors),
    /// What a client is told of an object that is merely unwise.
    pub(super) warnings: fn(&Value, &mut Vec<String>),
    /// What is wrong with a name.
    pub(super) name: fn(&str) -> Vec<String>,
    /// When the generation is counted.
    pub(super) generation: Generation,
    /// Whether a PUT without resourceVersion is accepted.
    pub(super) unconditional_update: bool,
    /// Whether a PUT creates what is absent.
    pub(super) create_on_update: bool,
    /// Whether a status sent with a creation is kept.
    pub(super) keeps_status: bool,
    /// What a change of status leaves as it is.
    pub(super) status_resets: &'static [&'static [&'static str]],
    /// What is special about its deletion.
    pub(super) deletion: Deletion,
    /// Turns an object of the kind's other version into one of this.
    pub(super) convert: Option<Convert>,
    /// What a field selector may name.
    pub(super) field_labels: &'static [&'static str],
    /// What a field selector compares with.
    pub(super) field: fn(&Value, &str) -> String,
    /// How long a deletion takes.
    pub(super) grace_period: fn(&Value, Option<i64>) -> Option<i64>,
}

/// What is special about the deletion of a kind.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Deletion {
    /// Nothing.
    Plain,
    /// It is answered with the object.
    Returned,
    /// What it owns stays unless something else is asked for.
    Orphans,
}

/// When a kind's `metadata.generation` goes up.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Generation {
    /// It has none; what a client sends is kept.
    None,
    /// It is 1 and stays so.
    Fixed,
    /// With every change outside metadata and status.
    Spec,
    /// Also with a change of annotations.
    SpecAndAnnotations,
    /// Also with a change of labels.
    SpecAndLabels,
}

impl Rules {
    /// A kind that has nothing of its own.
    pub(super) const PLAIN: Self = Self {
        default: |_| {},
        create: |_| {},
        update: |_, _| {},
        admit: |_, _, _| Ok(()),
        permit: |_, _, _| Ok(()),
        validate_new: |_, _| {},
        validate: |_, _| {},
        validate_change: |_, _, _| {},
        validate_status: |_, _, _| {},
        warnings: |_, _| {},
        name: dns_1123_subdomain,
        generation: Generation::None,
        unconditional_update: true,
        create_on_update: false,
        keeps_status: false,
        status_resets: &[&["spec"]],
        deletion: Deletion::Plain,
        convert: None,
        field_labels: &[],
        field: |_, _| String::new(),
        grace_period: |_, _| None,
    };

    /// The rules of a kind.
    pub(super) fn of(group: &str, kind: &str) -> &'static Self {
        const PLAIN: Rules = Rules::PLAIN;
        const ACCOUNT: Rules = Rules {
            deletion: Deletion::Returned,
            ..Rules::PLAIN
        };
        match (group, kind) {
            ("", "ConfigMap") => &config_map::RULES,
            ("", "Secret") => &secret::RULES,
            ("", "Namespace") => &namespace::RULES,
            ("", "ServiceAccount") => &ACCOUNT,
            ("", "Service") => &service::RULES,
            ("", "Pod") => &pod::RULES,
            ("", "PodTemplate") => &pod_template::RULES,
            ("", "ReplicationController") => &replica_set::CONTROLLER_RULES,
            ("", "Event") => &event::CORE_RULES,
            ("", "Node") => &node::RULES,
            ("", "Endpoints") => &endpoints::RULES,
            ("", "LimitRange") => &limit_range::RULES,
            ("", "ResourceQuota") => &resource_quota::RULES,
            ("", "PersistentVolumeClaim") => &volume::CLAIM_RULES,
            ("", "PersistentVolume") => &volume::RULES,
            ("apps", "Deployment") => &deployment::RULES,
            ("apps", "ReplicaSet") => &replica_set::RULES,
            ("apps", "StatefulSet") => &stateful_set::RULES,
            ("apps", "DaemonSet") => &daemon_set::RULES,
            ("apps", "ControllerRevision") => &controller_revision::RULES,
            ("batch", "Job") => &job::RULES,
            ("batch", "CronJob") => &cron_job::RULES,
            ("networking.k8s.io", "Ingress") => &ingress::RULES,
            ("networking.k8s.io", "IngressClass") => &ingress::CLASS_RULES,
            ("networking.k8s.io", "NetworkPolicy") => &network_policy::RULES,
            ("rbac.authorization.k8s.io", "Role") => &role::ROLE_RULES,
            ("rbac.authorization.k8s.io", "ClusterRole") => &role::CLUSTER_ROLE_RULES,
            ("rbac.authorization.k8s.io", "RoleBinding") => &role::BINDING_RULES,
            ("rbac.authorization.k8s.io", "ClusterRoleBinding") => &role::CLUSTER_BINDING_RULES,
            ("policy", "PodDisruptionBudget") => &disruption_budget::RULES,
            ("autoscaling", "HorizontalPodAutoscaler") => &autoscaler::RULES,
            ("coordination.k8s.io", "Lease") => &lease::RULES,
            ("events.k8s.io", "Event") => &event::RULES,
            ("discovery.k8s.io", "EndpointSlice") => &endpoints::SLICE_RULES,
            ("storage.k8s.io", "StorageClass") => &storage_class::RULES,
            ("scheduling.k8s.io", "PriorityClass") => &priority_class::RULES,
            ("node.k8s.io", "RuntimeClass") => &runtime_class::RULES,
            _ => &PLAIN,
        }
    }
}
