//! A server that serves nobody for a while: how much it is asked meanwhile, and how soon all is well after that.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;

const PARENTS: usize = 50;

#[tokio::test(start_paused = true)]
async fn a_storm_of_refusals_is_met_with_a_request_or_two_a_second_and_over_soon_after_its_end() {
    for (code, after) in [(503, None), (503, Some(5)), (429, Some(1))] {
        let is_well = Arc::new(AtomicBool::new(false));
        let well = Arc::clone(&is_well);
        let refuse = move |asked: &Asked| {
            let busy = json!({"code": code, "message": "busy", "retryAfterSeconds": after});
            let writes = asked.line.starts_with("PATCH");
            (writes && !well.load(Ordering::Relaxed)).then_some((code, busy))
        };
        let cluster = Cluster::new().refusing(refuse);
        for number in 0..PARENTS {
            let (name, uid) = (format!("p{number}"), format!("P{number}"));
            let foo = json!({"metadata": {"name": name, "namespace": "ns", "uid": uid}});
            cluster.put(&format!("foos/{name}"), foo);
        }
        let sync = |request: SyncRequest<Untyped>| {
            let child = thing(
                &format!(
                    "of-{}",
                    request.parent()["metadata"]["name"]
                        .as_str()
                        .unwrap_or_default()
                ),
                1,
            );
            Ok::<_, Error>(SyncResponse::status(json!({})).with_raw_child(child))
        };
        let operator = Operator::untyped("op", FOO, sync);
        let operator = operator.with_child_type(THING, ChildConfig::apply());
        let client = cluster.client();
        let running = tokio::spawn(run(operator, client, std::future::pending(), None));

        tokio::time::sleep(Duration::from_secs(60)).await;
        let asked = cluster.lines().len();
        // Those under way when it began, and then one parent a second.
        assert!(asked < 200, "{code}: {asked}");
        is_well.store(true, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_secs(after.unwrap_or(1).max(1) + 1)).await;
        for number in 0..PARENTS {
            let status = cluster.get(&format!("foos/p{number}")).unwrap()["status"].clone();
            let reason = &status["conditions"][0]["reason"];
            assert_eq!(reason, "Synced", "{code}: p{number}: {status}");
        }
        running.abort();
    }
}
