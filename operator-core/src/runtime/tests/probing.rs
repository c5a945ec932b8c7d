//! What a probe sees of an operator that runs, and that it changes nothing.

use super::*;

fn story() -> (Cluster, Operator) {
    let cluster = Cluster::new();
    let foo = json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P"}});
    cluster.put("foos/p", foo);
    (cluster, operator(ChildConfig::apply(), vec![thing("a", 1)]))
}

#[tokio::test(start_paused = true)]
async fn it_tells_when_there_is_nothing_to_do_any_more_and_when_it_is_over() {
    let (cluster, operator) = story();
    let mut probe = Probe::new();
    assert_eq!(probe.activity(), None, "it does not run yet");
    let (client, looking_on) = (cluster.client(), probe.clone());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(async move {
        let stop = async { drop(stopped.await) };
        operator.run_observed(client, stop, &looking_on).await
    });
    while !probe.activity().as_ref().is_some_and(Activity::is_idle) {
        probe.changed().await;
    }
    assert!(cluster.get("things/a").is_some(), "all was done by then");
    let (activity, objects) = probe.survey().unwrap();
    let kinds: Vec<_> = activity.watches.iter().map(|watch| watch.kind).collect();
    assert_eq!(kinds, [FOO, THING]);
    let names: Vec<_> = objects.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(names, ["p", "a"]);
    stop.send(()).unwrap();
    running.await.unwrap().unwrap();
    tokio::time::timeout(Duration::from_secs(1), probe.changed())
        .await
        .expect("its end is told");
    assert_eq!(probe.activity(), None);
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_is_observed_asks_for_the_same() {
    let mut lines = Vec::new();
    for observed in [false, true] {
        let (cluster, operator) = story();
        let stop = tokio::time::sleep(Duration::from_secs(300));
        if observed {
            let probe = Probe::new();
            let mut looking_on = probe.clone();
            let looks = tokio::spawn(async move {
                loop {
                    drop(looking_on.survey());
                    looking_on.changed().await;
                }
            });
            let run = operator.run_observed(cluster.client(), stop, &probe);
            run.await.unwrap();
            looks.abort();
        } else {
            operator.run(cluster.client(), stop).await.unwrap();
        }
        lines.push(cluster.lines());
    }
    assert_eq!(lines[0], lines[1]);
}

#[tokio::test(start_paused = true)]
async fn time_that_was_given_goes_with_tokios_clock() {
    let start: Timestamp = "2030-01-01T00:00:00Z".parse().unwrap();
    let operator =
        operator(ChildConfig::apply(), vec![]).configure(|config| config.with_start_time(start));
    let context = Context::new(operator, Cluster::new().client(), None);
    assert_eq!(context.timestamp(), start);
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(context.timestamp(), "2030-01-01T00:01:00Z".parse().unwrap());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_told_hears_why_a_pass_began_what_it_asked_for_and_how_it_ended() {
    let (cluster, operator) = story();
    let (tell, told) = std::sync::mpsc::channel();
    let probe = Probe::telling(move |one| drop(tell.send(one)));
    let stop = tokio::time::sleep(Duration::from_secs(10));
    let run = operator.run_observed(cluster.client(), stop, &probe);
    run.await.unwrap();
    let story: Vec<Told> = told.try_iter().collect();
    let [
        Told::Began { parent, because },
        Told::Answered { request: child, .. },
        Told::Answered {
            request: status, ..
        },
        Told::Ended { pass, .. },
    ] = &story[..]
    else {
        panic!("{story:#?}");
    };
    assert_eq!(
        (parent.to_string().as_str(), &because[..]),
        ("Foo ns/p", &[Cause::Listed][..])
    );
    assert_eq!(
        (child.object.to_string().as_str(), child.verb),
        ("Thing ns/a", Verb::Apply)
    );
    assert!(matches!(child.answer, Answer::Done(200 | 201)));
    assert_eq!(
        (status.verb, status.subresource.as_deref()),
        (Verb::Patch, Some("status"))
    );
    let is_true = pass
        .condition
        .as_ref()
        .is_some_and(|condition| condition.is_true);
    assert!(is_true && !pass.failed && pass.again.is_none());
}
