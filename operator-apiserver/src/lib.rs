//! A Kubernetes API server inside your process: to run, try and test an operator with Rust alone.

#![forbid(unsafe_code)]

pub mod access;
pub mod apply;
pub mod builtin;
pub mod cel;
pub mod controllers;
pub mod custom;
pub mod discovery;
pub mod error;
pub mod field_error;
pub mod handlers;
pub mod metadata;
pub mod object;
pub mod patch;
pub mod request;
pub mod resource;
pub mod schema;
pub mod selectors;
pub mod store;
pub mod strategy;
pub mod table;
