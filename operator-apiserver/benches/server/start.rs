//! How long a cluster takes to start, up to its first answer.

use std::time::Duration;

use operator_apiserver::LocalCluster;

use crate::{
    cluster::{ask, runtime},
    table::{Begun, Goal, Spent, Table},
};

const GOAL: Goal = Goal::Below(Duration::from_millis(5));

pub(crate) fn run(table: &mut Table) {
    let first = start();
    if table.wants("start, first in the process") {
        Table::print("start, first in the process", 1, first, GOAL);
    }
    table.row("start, later", 50, GOAL, |count| {
        let begun = Begun::now();
        for _ in 0..count {
            start();
        }
        begun.spent()
    });
}

fn start() -> Spent {
    let runtime = runtime(false);
    runtime.block_on(async {
        let begun = Begun::now();
        let cluster = LocalCluster::start();
        let path = "/api/v1/namespaces/default";
        ask(&mut cluster.service(), "GET", path, "", "").await;
        begun.spent()
    })
}
