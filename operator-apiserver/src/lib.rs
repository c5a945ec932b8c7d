//! A Kubernetes API server inside your process: to run, try and test an operator with Rust alone.
//!
//! [`LocalCluster`] is the whole of it. It is a [`tower::Service`] that `kube::Client` takes as it is, without a
//! socket, and it can be served on loopback for `kubectl`. It answers as the newest Kubernetes does; where it can't do
//! something it says so.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use http::Request;
//! use operator_apiserver::LocalCluster;
//! use tower::Service as _;
//!
//! let cluster = LocalCluster::start();
//! let answer = cluster.service().call(Request::get("/api/v1/namespaces/default").body(String::new())?).await?;
//! assert_eq!(answer.status(), 200);
//! # Ok(())
//! # }
//! ```
//!
//! How it is built: a request is read ([`request`]), carried out from beginning to end on one state (`handlers`, on
//! [`store`], [`schema`], [`apply`], [`patch`], [`metadata`], [`access`] and the kinds of [`builtin`] and [`custom`]),
//! and written in the form that was asked for ([`table`], [`discovery`]). All of that are functions of values; only
//! [`service`], the open watches and the [`controllers`] know that time passes.

#![forbid(unsafe_code)]

pub mod access;
pub mod apply;
pub mod body;
pub mod builtin;
pub mod cel;
pub mod clock;
pub mod cluster;
pub mod controllers;
pub mod custom;
pub mod discovery;
pub mod entropy;
pub mod error;
pub mod fault;
pub mod field_error;
mod handlers;
pub mod journal;
mod kinds;
pub mod metadata;
pub mod object;
mod older_version;
pub mod patch;
mod protobuf;
mod quota;
mod render;
pub mod request;
pub mod resource;
pub mod schema;
pub mod selectors;
#[cfg(feature = "serve")]
pub mod serve;
pub mod service;
mod signals;
pub mod store;
pub mod strategy;
pub mod table;
pub mod tower_service;
mod watching;

pub use access::User;
pub use cluster::{Builder, ControllerMode, LocalCluster};
pub use fault::{Fault, Matches};
pub use journal::Exchange;
#[cfg(feature = "serve")]
pub use serve::{ServeError, Served};
