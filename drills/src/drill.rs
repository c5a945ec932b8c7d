//! The drills, and holding them one after the other.

mod closing;
mod compaction;
mod dead_connections;
mod forbidden_kind;
mod hot_parent;
mod kills;
mod missing_crd;
mod never_returns;
mod opening;
mod poison;
mod seeds;
mod silent_watch;
mod storms;

use std::{any::Any, panic::AssertUnwindSafe, time::Instant};

use futures::{FutureExt, future::LocalBoxFuture};
use operator_tests::ControlPlane;

use crate::{
    ground::{Ground, Setting},
    report::{Outcome, Report},
};

type Story = for<'a> fn(&'a Ground, &'a mut Outcome) -> LocalBoxFuture<'a, ()>;

#[derive(Clone, Copy)]
enum Held {
    /// On a real control plane.
    Real(Story),
    /// In this process.
    Embedded(fn(&Setting, &mut Outcome)),
}

/// A drill.
#[derive(Clone, Copy)]
pub struct Drill {
    /// What it is called.
    pub name: &'static str,
    /// Whether it is repeated as often as the setting says.
    repeats: bool,
    held: Held,
}

const fn real(name: &'static str, repeats: bool, story: Story) -> Drill {
    Drill {
        name,
        repeats,
        held: Held::Real(story),
    }
}

const fn embedded(name: &'static str, story: fn(&Setting, &mut Outcome)) -> Drill {
    Drill {
        name,
        repeats: true,
        held: Held::Embedded(story),
    }
}

/// The drills on a real control plane.
pub const REAL: &[Drill] = &[
    real("kill-api-server", true, |ground, outcome| {
        kills::api_server(ground, outcome).boxed_local()
    }),
    real("kill-etcd", true, |ground, outcome| {
        kills::etcd(ground, outcome).boxed_local()
    }),
    real("kill-operator", true, |ground, outcome| {
        kills::operator(ground, outcome).boxed_local()
    }),
    real("compaction", true, |ground, outcome| {
        compaction::story(ground, outcome).boxed_local()
    }),
    real("silent-watch", false, |ground, outcome| {
        silent_watch::story(ground, outcome).boxed_local()
    }),
    real("dead-connections", false, |ground, outcome| {
        dead_connections::story(ground, outcome).boxed_local()
    }),
    real("too-many", false, |ground, outcome| {
        storms::too_many(ground, outcome).boxed_local()
    }),
    real("unavailable", false, |ground, outcome| {
        storms::unavailable(ground, outcome).boxed_local()
    }),
    real("forbidden-kind", false, |ground, outcome| {
        forbidden_kind::story(ground, outcome).boxed_local()
    }),
    real("missing-crd", false, |ground, outcome| {
        missing_crd::story(ground, outcome).boxed_local()
    }),
    real("poison", false, |ground, outcome| {
        poison::story(ground, outcome).boxed_local()
    }),
    real("never-returns", false, |ground, outcome| {
        never_returns::story(ground, outcome).boxed_local()
    }),
];

/// The drills on the embedded server.
pub const EMBEDDED: &[Drill] = &[
    embedded("hot-parent", hot_parent::story),
    embedded("hot-parent-in-real-time", hot_parent::in_real_time),
    embedded("seeds", seeds::story),
];

/// Holds drills one after the other, the real ones on one control plane, and tells each outcome to `tell` as it comes.
///
/// # Panics
/// If the control plane can't be started, or does not say what it is: a drill that was asked for must not pass unheld.
pub fn run(drills: &[Drill], setting: &Setting, story: &str, tell: impl Fn(&Outcome)) -> Report {
    let runtime = tokio::runtime::Runtime::new().expect("a tokio runtime");
    let is_real = |drill: &&Drill| matches!(drill.held, Held::Real(_));
    let ground = drills
        .iter()
        .any(|drill| is_real(&drill))
        .then(|| runtime.block_on(Ground::prepare(setting, story)));
    let mut outcomes = Vec::new();
    for drill in drills {
        let mut outcome = Outcome::new(
            drill.name,
            if drill.repeats { setting.rounds } else { 1 },
            setting.strict,
        );
        let began = Instant::now();
        let held = AssertUnwindSafe(|| match (drill.held, &ground) {
            (Held::Real(story), Some(ground)) => runtime.block_on(async {
                // A drill that ended early may have left something that it killed.
                ground.plane.step(ControlPlane::restart).await;
                story(ground, &mut outcome).await;
            }),
            (Held::Real(_), None) => unreachable!("a ground was prepared for it"),
            (Held::Embedded(story), _) => story(setting, &mut outcome),
        });
        if let Err(panic) = std::panic::catch_unwind(held) {
            outcome.fails(format!("it ended early: {}", said(&*panic)));
        }
        outcome.took = began.elapsed();
        tell(&outcome);
        outcomes.push(outcome);
    }
    let version = ground
        .as_ref()
        .map(|ground| runtime.block_on(ground.version()));
    Report {
        version,
        seed: setting.seed,
        outcomes,
    }
}

/// A runtime whose clock only moves when nobody has anything to do.
fn paused() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a tokio runtime")
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a text")
}
