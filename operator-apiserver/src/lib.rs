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
//! How it is built: a request is read (`request`), carried out from beginning to end on one state (`handlers`, on
//! `store`, `schema`, `apply`, `patch`, `metadata`, `access` and the kinds of `builtin` and `custom`), and written in
//! the form that was asked for (`table`, `discovery`). All of that are functions of values; only `service`, the open
//! watches and the `controllers` know that time passes.

#![forbid(unsafe_code)]

mod access;
mod apply;
mod body;
mod builtin;
mod cel;
mod clock;
mod cluster;
mod controllers;
mod custom;
mod discovery;
mod entropy;
mod error;
mod fault;
mod field_error;
mod go_text;
mod go_time;
mod handlers;
mod journal;
mod kinds;
mod metadata;
mod object;
mod older_version;
mod patch;
mod protobuf;
mod quantity;
mod quota;
mod render;
mod request;
mod resource;
mod schema;
mod selectors;
#[cfg(feature = "serve")]
mod serve;
mod service;
mod signals;
mod store;
mod strategy;
mod table;
mod tower_service;
mod warnings;
mod watching;

pub use access::User;
pub use body::{Body, Cut};
pub use cluster::{Builder, ControllerMode, LocalCluster};
pub use custom::validate_definition;
pub use error::{ApiError, Cause, Details};
pub use fault::{Fault, Matches, Strikes};
pub use journal::Exchange;
#[cfg(feature = "serve")]
pub use serve::{ServeError, Served};
pub use tower_service::LocalService;
