//! [`k8s_types::<group>::<version>::<Kind>`](self): the descriptors of the built-in kinds.
//!
//! Each is taken from the constants of the `k8s-openapi` type of the same name, so nothing is typed in twice.
//! Here is what exists in every version feature of `k8s-openapi` and is no alpha; for anything else,
//! [`K8sType::of`](crate::K8sType::of) gives the descriptor of a type of `k8s-openapi`.
//!
//! ```
//! use operator_core::{K8sType, k8s_types};
//!
//! fn has_pods(of: &K8sType) -> bool {
//!     match of {
//!         k8s_types::apps::v1::Deployment | k8s_types::batch::v1::Job => true,
//!         _ => false,
//!     }
//! }
//! assert!(has_pods(k8s_types::apps::v1::Deployment));
//! assert!(!has_pods(k8s_types::core::v1::Secret));
//! ```

/// Declares `pub mod group { pub mod version { pub const Kind: &K8sType = …; } }` for types of `k8s-openapi`.
macro_rules! kinds {
    ($($group:ident { $($version:ident = $($module:ident)::+ { $($kind:ident)* })* })*) => {$(
        #[doc = concat!("The kinds of the group `", stringify!($group), "`.")]
        pub mod $group {$(
            #[doc = concat!("The kinds of `", stringify!($group), "` in `", stringify!($version), "`.")]
            // A kind is named as Kubernetes names it, so that a `match` reads like a manifest.
            #[allow(non_upper_case_globals)]
            pub mod $version {
                use crate::K8sType;
                use k8s_openapi::$($module)::+ as source;
                $(
                    #[doc = concat!("The type of `", stringify!($kind), "`.")]
                    pub const $kind: &K8sType = &K8sType::of::<source::$kind>();
                )*
            }
        )*}
    )*};
}

kinds! {
    admissionregistration {
        v1 = api::admissionregistration::v1 {
            MutatingWebhookConfiguration ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding
            ValidatingWebhookConfiguration
        }
    }
    apiextensions {
        v1 = apiextensions_apiserver::pkg::apis::apiextensions::v1 { CustomResourceDefinition }
    }
    apiregistration {
        v1 = kube_aggregator::pkg::apis::apiregistration::v1 { APIService }
    }
    apps {
        v1 = api::apps::v1 { ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet }
    }
    authentication {
        v1 = api::authentication::v1 { SelfSubjectReview TokenReview }
    }
    authorization {
        v1 = api::authorization::v1 {
            LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview
        }
    }
    autoscaling {
        v1 = api::autoscaling::v1 { HorizontalPodAutoscaler }
        v2 = api::autoscaling::v2 { HorizontalPodAutoscaler }
    }
    batch {
        v1 = api::batch::v1 { CronJob Job }
    }
    certificates {
        v1 = api::certificates::v1 { CertificateSigningRequest }
        v1beta1 = api::certificates::v1beta1 { ClusterTrustBundle }
    }
    coordination {
        v1 = api::coordination::v1 { Lease }
        v1beta1 = api::coordination::v1beta1 { LeaseCandidate }
    }
    core {
        v1 = api::core::v1 {
            Binding ComponentStatus ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolume
            PersistentVolumeClaim Pod PodTemplate ReplicationController ResourceQuota Secret Service
            ServiceAccount
        }
    }
    discovery {
        v1 = api::discovery::v1 { EndpointSlice }
    }
    events {
        v1 = api::events::v1 { Event }
    }
    flowcontrol {
        v1 = api::flowcontrol::v1 { FlowSchema PriorityLevelConfiguration }
    }
    networking {
        v1 = api::networking::v1 { IPAddress Ingress IngressClass NetworkPolicy ServiceCIDR }
    }
    node {
        v1 = api::node::v1 { RuntimeClass }
    }
    policy {
        v1 = api::policy::v1 { PodDisruptionBudget }
    }
    rbac {
        v1 = api::rbac::v1 { ClusterRole ClusterRoleBinding Role RoleBinding }
    }
    resource {
        v1beta1 = api::resource::v1beta1 { DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice }
        v1beta2 = api::resource::v1beta2 { DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice }
    }
    scheduling {
        v1 = api::scheduling::v1 { PriorityClass }
    }
    storage {
        v1 = api::storage::v1 { CSIDriver CSINode CSIStorageCapacity StorageClass VolumeAttachment }
    }
}

#[cfg(test)]
mod tests {
    use crate::{K8sType, k8s_types};

    const POD: K8sType = *k8s_types::core::v1::Pod;
    static DEPLOYMENT: &K8sType = k8s_types::apps::v1::Deployment;

    #[test]
    fn a_built_in_kind_is_a_const_a_static_and_a_pattern() {
        assert_eq!(
            (POD.api_version, POD.kind, POD.plural_kind),
            ("v1", "Pod", "pods")
        );
        assert_eq!(DEPLOYMENT.to_string(), "Deployment.apps/v1");
        let name = match DEPLOYMENT {
            k8s_types::core::v1::Pod => "pod",
            k8s_types::apps::v1::Deployment => "deployment",
            _ => "other",
        };
        assert_eq!(name, "deployment");
    }

    #[test]
    fn a_group_goes_by_its_first_segment() {
        assert_eq!(
            k8s_types::rbac::v1::Role.group(),
            "rbac.authorization.k8s.io"
        );
        assert_eq!(
            k8s_types::networking::v1::Ingress.group(),
            "networking.k8s.io"
        );
        assert_eq!(
            k8s_types::apiextensions::v1::CustomResourceDefinition.plural_kind,
            "customresourcedefinitions"
        );
    }
}
