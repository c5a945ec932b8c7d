//! The [`work`] that every system of the benchmark does, [`ours`] that does it, and what driver, floor and tests share to
//! speak with an API server: [`api`], [`event`] and [`requests`].

pub mod api;
pub mod event;
pub mod ours;
pub mod requests;
pub mod work;
