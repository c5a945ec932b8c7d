//! Whole operators, each in a file of its own. Read [`echo_server`] first.

pub mod echo_server;
pub mod temp_namespace;
