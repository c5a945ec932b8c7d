//! `kill -9` of the operator at any of its requests, before the server saw it or after it answered: the next
//! start brings everything to the same end, and no child is made twice.

use std::time::Duration;

use operator_core::{k8s_types, prelude::*};
use operator_tests::{Basket, BasketSpec, Miss, Moment, Running, Scene, Wire, Witness, operator};
use serde_json::json;
use tokio::select;

fn finalizing() -> Operator {
    let finalize = |_: SyncRequest<Basket>| Ok::<_, Error>(FinalizeResponse::<Basket>::done());
    operator()
        .with_finalize(finalize)
        .configure(|config| config.with_backoff(Duration::from_millis(50), Duration::from_secs(1)))
}

/// The whole life of one basket, from its creation to its end.
async fn live(scene: &Scene, name: &str) {
    let maps = scene.objects(k8s_types::core::v1::ConfigMap);
    let (one, two, three) = (
        format!("{name}-one"),
        format!("{name}-two"),
        format!("{name}-three"),
    );
    scene
        .create(
            name,
            BasketSpec::of(&[("one", "1"), ("two", "2")]).noting("first"),
        )
        .await;
    noted(scene, name, "first", 2).await;
    scene.config_map_says(&one, "1").await;
    scene.config_map_says(&two, "2").await;

    scene.edit(name, json!({"spec": {"note": "second", "items": {"one": "changed", "two": null, "three": "3"}}})).await;
    noted(scene, name, "second", 2).await;
    scene.config_map_says(&one, "changed").await;
    scene.config_map_says(&three, "3").await;
    scene.gone(&maps, &two).await;

    scene.delete::<Basket>(name).await;
    scene.gone(&scene.baskets(), name).await;
}

/// Waits until the basket is synced and its status says this.
async fn noted(scene: &Scene, name: &str, note: &str, items: usize) {
    let says = async || {
        let status = scene.synced(name).await.data["status"].take();
        if status["note"] == note && status["items"] == items {
            Ok(())
        } else {
            Miss::because(status)
        }
    };
    scene
        .eventually(
            &format!("the status of {name} to say {note:?} and {items}"),
            says,
        )
        .await;
}

/// Lives one life with an operator that is killed at its request `number`. Says whether it came to that.
async fn killed_at(scene: &Scene, number: usize, moment: Moment) -> bool {
    let name = format!("k{number}");
    let wire = Wire::dying_at(number, moment);
    let mut running = Some(scene.run_over(wire.clone(), finalizing()));
    let mut was_killed = false;
    let mut life = std::pin::pin!(live(scene, &name));
    loop {
        select! {
            () = &mut life => break,
            () = wire.died(), if !was_killed => {
                was_killed = true;
                running.take().into_iter().for_each(Running::kill);
                running = Some(scene.run(finalizing()));
            }
        }
    }
    if let Some(running) = running {
        running.kill();
    }
    was_killed
}

async fn at_every_request(story: &str, moment: Moment) {
    let scene = Scene::open(story).await;
    let witness = Witness::of(scene.objects(k8s_types::core::v1::ConfigMap));
    let mut number = 0;
    while killed_at(&scene, number, moment).await {
        number += 1;
    }
    assert!(number > 8, "a life takes more than {number} requests");
    let seen = async || {
        if witness.saw(&format!("k{number}-three")) {
            Ok(())
        } else {
            Miss::because("not seen")
        }
    };
    scene
        .eventually("the witness to have seen the last life", seen)
        .await;
    assert_eq!(witness.made_twice(), Vec::<String>::new());
    scene.close().await;
}

#[tokio::test]
async fn before_any_request_is_sent() {
    at_every_request("crash-before", Moment::Sending).await;
}

#[tokio::test]
async fn after_any_request_is_answered() {
    at_every_request("crash-after", Moment::Answered).await;
}
