//! What objects cost at rest, compared with their JSON.

use operator_apiserver::LocalCluster;

use crate::{
    ALLOCATOR,
    cluster::{CONFIG_MAPS, ECHO_SERVERS, ask, cluster, config_map, echo_server, post, runtime},
    table::{Table, mark},
};

/// How much of its JSON an object may cost.
const GOAL: f64 = 2.0;

/// What is created: its name, the path of its kind, and what makes its body.
type Kind = (&'static str, &'static str, fn(&str) -> String);

pub(crate) fn run(table: &mut Table) {
    let kinds: [Kind; 2] = [
        ("ConfigMap", CONFIG_MAPS, config_map),
        ("custom resource", ECHO_SERVERS, echo_server),
    ];
    for (kind, path, body) in kinds {
        let name = format!("memory of a {kind}");
        if table.wants(&name) {
            let count = table.count(20_000);
            let (held, json) = runtime(false).block_on(measure(count, path, body));
            let (held, json) = (held as f64 / count as f64, json as f64 / count as f64);
            let ratio = held / json;
            println!(
                "{name:<44} {count:>8} {held:>8.0} B, JSON {json:.0} B: {ratio:.2}  {} <= {GOAL}",
                mark(ratio <= GOAL)
            );
        }
    }
}

/// The bytes that are held for so many objects, and those of their JSON.
async fn measure(count: usize, path: &str, body: fn(&str) -> String) -> (usize, usize) {
    let cluster = cluster().await;
    let mut service = cluster.service();
    // Whatever grows once does so now, the memory of requests among it.
    for number in 0..2_000 {
        post(&mut service, path, body(&format!("early-{number}"))).await;
    }
    let before = at_rest(&cluster);
    let mut json = 0;
    for number in 0..count {
        let name = format!("thing-{number}");
        post(&mut service, path, body(&name)).await;
        let shown = ask(&mut service, "GET", &format!("{path}/{name}"), "", "").await;
        json += shown.len();
    }
    (at_rest(&cluster) - before, json)
}

fn at_rest(cluster: &LocalCluster) -> usize {
    cluster.step_controllers();
    cluster.compact();
    ALLOCATOR.allocated()
}
