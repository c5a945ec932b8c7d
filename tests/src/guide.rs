//! The chapters of the guide, so that their examples are compiled and run as documentation tests.

#![doc = include_str!("../../docs/README.md")]
#![doc = include_str!("../../docs/custom-resources.md")]
#![doc = include_str!("../../docs/fire-drills.md")]
#![doc = include_str!("../../docs/from-controller-gen.md")]
#![doc = include_str!("../../docs/from-kube-derive.md")]
#![doc = include_str!("../../docs/performance.md")]
