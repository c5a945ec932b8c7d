//! The kit, tried on whole operators: the example `EchoServer`, and a small one that fails and finalizes on command.

#[path = "kit/assertions.rs"]
mod assertions;
#[path = "kit/basics.rs"]
mod basics;
#[path = "kit/each_request.rs"]
mod each_request;
#[path = "kit/faults.rs"]
mod faults;
#[path = "kit/finalizing.rs"]
mod finalizing;
#[path = "kit/questions.rs"]
mod questions;
#[path = "kit/seeds.rs"]
mod seeds;

use operator_examples::echo_server::{EchoServer, EchoServerSpec};

/// An `EchoServer` called `hello`.
fn hello(replicas: i32) -> EchoServer {
    EchoServer::new("hello", EchoServerSpec { replicas, port: 80 })
}
