//! The built-in kinds: what they are called, what they look like, and how each is defaulted, changed and checked.
//!
//! Names and schemas are data that `generate/builtin.py` wrote from a running control plane; what a kind does
//! differently from all others stands in the file of its name. `testdata/answers.json` holds what a real server
//! answered to several hundred requests, recorded by `generate/builtin_answers.py`; the tests make the same
//! requests of the strategies here.
//!
//! # Where this differs from a cluster
//!
//! - A change of something immutable is told in the words of the server, but a value that it shows as a Go struct is
//!   shown in its JSON form, and no textual difference of two pod specs is appended.
//! - Claims and volumes get no `kubernetes.io/pvc-protection` and `kubernetes.io/pv-protection` finalizers: nobody
//!   here would remove them. A volume's `lastPhaseTransitionTime` stays that of its creation.
//! - Cluster IPs come from 10.0.0.0/16, in order; a cluster draws them at random from a range of its own.
//! - Several limit ranges of a namespace count in the order of their names; a cluster has them in any.
//! - A write that a quota has admitted and that then fails, such as a creation of what is there, is not counted; on a
//!   cluster it is until the controller counts anew.
//! - Privileged containers are allowed (a flag of the server). Service accounts are not mounted into pods.
//!
//! # What is not checked
//!
//! In pods: security contexts beyond user ids, `dnsConfig` beyond its presence, devices of volumes, resource claims,
//! resources of whole pods, resize and restart rules of containers, Windows options, the details of volume sources
//! other than secrets, config maps, claims, host paths, NFS, CSI and projections of them. In services: the details of
//! dual stack. In jobs: pod failure and success policies. In autoscalers: metrics other than of resources, and
//! behaviour. In volumes: the details of sources, node affinity. In status: everything but counts of replicas, the
//! consistency of a finished job (what it may not turn back is not), phases of namespaces, addresses of balancers, and
//! addresses and quality of service of pods. No warnings are given about what is merely unwise,
//! but for services.

mod autoscaler;
mod autoscaler_v1;
mod catalogue;
mod check;
mod config_map;
mod container_environment;
mod container_probe;
mod container_resources;
mod container_validation;
mod controller_revision;
mod cron_job;
mod daemon_set;
mod declared;
mod definitions;
mod deployment;
mod disruption_budget;
mod endpoints;
mod event;
mod fields;
mod format;
mod ingress;
mod job;
mod job_status;
mod lease;
mod limit_admission;
mod limit_range;
mod namespace;
mod network_policy;
mod node;
mod path;
mod pod;
mod pod_admission;
mod pod_scheduling;
mod pod_spec;
mod pod_template;
mod pod_validation;
mod pod_volume;
mod priority_class;
mod replica_set;
mod resource_name;
mod resource_quota;
mod role;
mod rules;
mod runtime_class;
mod schedule;
mod secret;
mod service;
mod service_addresses;
mod service_allocations;
mod service_validation;
mod stateful_set;
mod storage_class;
mod strategy;
mod volume;
mod workload;

#[cfg(test)]
mod answers;

pub(crate) use catalogue::resources;
pub(crate) use definitions::name_of_definition;
pub(crate) use definitions::{definition, definition_json, descriptions_json};
pub(crate) use namespace::initial_objects;
pub(crate) use service_addresses::allocations;
pub(crate) use service_allocations::Allocations;
