//! How fast the server is, and how large, against what it promises.
//!
//! ```text
//! cargo bench -p operator-apiserver                       # everything
//! cargo bench -p operator-apiserver -- create             # the rows with `create` in their name
//! cargo bench -p operator-apiserver -- --exact --count 1000 "get a ConfigMap"    # to count instructions: so many
//! ```
//!
//! Everything runs on one thread, the controllers included. `cpu` is the time that the thread was on a core, which a
//! busy machine lengthens less than `wall`; rates are by `cpu`. Each row runs three times, the quickest counts.

// Figures for people: what is lost of them nobody would see.
#![allow(clippy::cast_precision_loss)]

mod cluster;
mod hour;
mod memory;
mod requests;
mod start;
mod table;
mod through_kube;
mod watching;

use std::alloc::System;

use cap::Cap;
use table::Table;

/// Counts what is allocated, for `memory`.
#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn main() {
    let mut table = Table::from_arguments();
    // The first: what the process makes once is part of it.
    start::run(&mut table);
    requests::run(&mut table);
    through_kube::run(&mut table);
    watching::run(&mut table);
    memory::run(&mut table);
    hour::run(&mut table);
}
