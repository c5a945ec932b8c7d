//! What is told when the server says no: the condition, the rule or strategy that would help, and Events.

use super::*;

const HOUR: Duration = Duration::from_secs(3_600);

fn invalid(field: &str, message: &str) -> (u16, Value) {
    let causes = json!([{"reason": "FieldValueInvalid", "field": field, "message": message}]);
    let message = format!("Thing.example.com \"a\" is invalid: {field}: {message}");
    let status = json!({"code": 422, "reason": "Invalid", "message": message, "details": {"causes": causes}});
    (422, status)
}

/// What an operator asks for within an hour in which it meets one parent.
async fn asked_in_an_hour(cluster: Cluster, operator: Operator) -> Vec<Asked> {
    let foo = json!({"apiVersion": "example.com/v1", "kind": "Foo",
        "metadata": {"name": "p", "namespace": "ns", "uid": "P"}});
    cluster.put("foos/p", foo);
    let stop = tokio::time::sleep(HOUR);
    run(operator, cluster.client(), stop, None).await.unwrap();
    cluster.asked()
}

fn of<'a>(asked: &'a [Asked], line: &str) -> Vec<&'a Value> {
    let them = asked.iter().filter(|asked| asked.line == line);
    them.map(|asked| &asked.body).collect()
}

#[tokio::test(start_paused = true)]
async fn a_refused_child_is_told_with_its_causes_and_as_one_event_however_often_it_is_tried() {
    let refuse =
        |asked: &Asked| (asked.line == "PATCH things/a").then(|| invalid("spec.size", "too big"));
    let cluster = Cluster::new().refusing(refuse);
    let operator = operator(ChildConfig::apply(), vec![thing("a", 9), thing("b", 1)]);
    let asked = asked_in_an_hour(cluster.clone(), operator).await;
    let text = "Thing ns/a: patch: 422 Invalid: spec.size: too big";
    let status = &cluster.get("foos/p").unwrap()["status"];
    assert_eq!(status["conditions"][0]["message"], text);
    assert!(of(&asked, "PATCH things/a").len() > 10, "it is tried again");
    assert_eq!(of(&asked, "PATCH foos/p/status").len(), 1);
    let events = of(&asked, "POST events");
    assert_eq!(events.len(), 1, "{events:?}");
    let event = events[0];
    assert_eq!(
        (&event["reason"], &event["type"], &event["note"]),
        (&json!("ChildRefused"), &json!("Warning"), &json!(text))
    );
    assert_eq!(event["regarding"]["uid"], "P");
    assert_eq!(event["related"]["name"], "a");
}

#[tokio::test(start_paused = true)]
async fn healthy_parents_cost_no_event() {
    let cluster = Cluster::new();
    let operator = operator(ChildConfig::apply(), vec![thing("a", 1), thing("b", 1)]);
    let asked = asked_in_an_hour(cluster, operator).await;
    let lines = asked.iter().map(|asked| asked.line.as_str());
    let writes: Vec<&str> = lines.filter(|line| line.starts_with('P')).collect();
    assert_eq!(
        writes,
        ["PATCH things/a", "PATCH things/b", "PATCH foos/p/status"]
    );
}

#[tokio::test(start_paused = true)]
async fn events_are_not_posted_where_they_are_not_wanted() {
    let refuse =
        |asked: &Asked| (asked.line == "PATCH things/a").then(|| invalid("spec.size", "too big"));
    let cluster = Cluster::new().refusing(refuse);
    let operator = operator(ChildConfig::apply(), vec![thing("a", 9)])
        .configure(|config| config.with_events(false));
    let asked = asked_in_an_hour(cluster, operator).await;
    assert!(of(&asked, "POST events").is_empty());
}

#[tokio::test(start_paused = true)]
async fn trouble_and_its_end_are_told_once_each() {
    let broken = Arc::new(AtomicBool::new(true));
    let (breaks, mends) = (Arc::clone(&broken), Arc::clone(&broken));
    let sync = move |_: SyncRequest<Untyped>| {
        if breaks.load(Ordering::Relaxed) {
            return Err(Error::retry("the database is away"));
        }
        Ok(SyncResponse::<Untyped>::new())
    };
    let operator = Operator::untyped("op", FOO, sync);
    let mending = async move {
        tokio::time::sleep(HOUR / 2).await;
        mends.store(false, Ordering::Relaxed);
    };
    let (asked, ()) = tokio::join!(asked_in_an_hour(Cluster::new(), operator), mending);
    let told: Vec<(&Value, &Value)> = of(&asked, "POST events")
        .into_iter()
        .map(|event| (&event["type"], &event["reason"]))
        .collect();
    assert_eq!(
        told,
        [
            (&json!("Warning"), &json!("HandlerFailed")),
            (&json!("Normal"), &json!("Synced"))
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_status_said_before_a_restart_is_not_told_again() {
    let refuse =
        |asked: &Asked| (asked.line == "PATCH things/a").then(|| invalid("spec.size", "too big"));
    let story = Story::of(
        Cluster::new().refusing(refuse),
        operator(ChildConfig::apply(), vec![thing("a", 9)]),
    )
    .await;
    let pending = |story: &Story| story.context.events.as_ref().map(Events::pending);
    story.pass().await;
    assert_eq!(pending(&story), Some(1));
    let again = operator(ChildConfig::apply(), vec![thing("a", 9)]);
    let story = Story::of(story.cluster, again).await;
    story.pass().await;
    assert_eq!(pending(&story), Some(0));
}

#[tokio::test(start_paused = true)]
async fn no_answer_to_an_event_fails_or_delays_a_pass() {
    let refuse = |asked: &Asked| match asked.line.as_str() {
        "PATCH things/a" => Some(invalid("spec.size", "too big")),
        "POST events" => {
            let busy = json!({"code": 429, "message": "busy", "retryAfterSeconds": 3_000});
            Some((429, busy))
        }
        _ => None,
    };
    let cluster = Cluster::new().refusing(refuse);
    let operator = operator(ChildConfig::apply(), vec![thing("a", 9), thing("b", 1)]);
    let asked = asked_in_an_hour(cluster.clone(), operator).await;
    assert_eq!(of(&asked, "POST events").len(), 1, "it is not tried again");
    assert!(of(&asked, "PATCH things/a").len() > 10);
    assert!(cluster.get("things/b").is_some());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_never_answers_an_event_holds_nobody_up() {
    let refuse =
        |asked: &Asked| (asked.line == "PATCH things/a").then(|| invalid("spec.size", "too big"));
    let slow = |asked: &Asked| {
        let is_event = asked.line == "POST events";
        if is_event { HOUR } else { Duration::ZERO }
    };
    let cluster = Cluster::new().refusing(refuse).delaying(slow);
    let operator = operator(ChildConfig::apply(), vec![thing("a", 9), thing("b", 1)])
        .configure(|config| config.with_backoff(Duration::from_secs(1), Duration::from_secs(1)));
    cluster.put(
        "foos/p",
        json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P"}}),
    );
    let running = run(
        operator,
        cluster.client(),
        std::future::pending::<()>(),
        None,
    );
    let ten_seconds = Duration::from_secs(10);
    assert!(tokio::time::timeout(ten_seconds, running).await.is_err());
    let asked = cluster.asked();
    assert_eq!(of(&asked, "POST events").len(), 1);
    assert!(of(&asked, "PATCH things/a").len() >= 8, "it is tried again");
    assert!(cluster.get("things/b").is_some());
    let status = &cluster.get("foos/p").unwrap()["status"];
    assert_eq!(status["conditions"][0]["reason"], "WriteFailed");
}

#[tokio::test(start_paused = true)]
async fn a_server_without_the_group_gets_events_of_the_core() {
    let refuse = |asked: &Asked| match asked.line.as_str() {
        "PATCH things/a" => Some(invalid("spec.size", "too big")),
        "POST events" => Some(told(404, "404 page not found")),
        _ => None,
    };
    let cluster = Cluster::new().refusing(refuse);
    let operator = operator(ChildConfig::apply(), vec![thing("a", 9)]);
    let asked = asked_in_an_hour(cluster, operator).await;
    let events = of(&asked, "POST core/events");
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["involvedObject"]["uid"], "P");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_in_trouble_itself_is_not_sent_events_about_it() {
    for no in [
        told(503, "down"),
        told(403, r#"User "op" cannot patch resource "things""#),
    ] {
        let refuse = move |asked: &Asked| (asked.line == "PATCH things/a").then(|| no.clone());
        let cluster = Cluster::new().refusing(refuse);
        let operator = operator(ChildConfig::apply(), vec![thing("a", 9)]);
        let asked = asked_in_an_hour(cluster, operator).await;
        assert!(of(&asked, "POST events").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_forbidden_write_is_told_with_the_rule_that_is_missing_once_for_all_children() {
    let refuse = |asked: &Asked| {
        let forbidden =
            r#"things.example.com "x" is forbidden: User "op" cannot create resource "things""#;
        asked
            .line
            .starts_with("PATCH things/")
            .then(|| told(403, forbidden))
    };
    let children = vec![thing("a", 1), thing("b", 1)];
    let cluster = Cluster::new().refusing(refuse);
    let story = Story::of(cluster, operator(ChildConfig::apply(), children)).await;
    story.pass().await;
    let condition = story.condition();
    let message = condition["message"].as_str().unwrap();
    let rule = r#"; add to the ClusterRole of op: {apiGroups: ["example.com"], resources: ["things"], verbs: ["get", "list", "watch", "create", "patch", "delete"]}"#;
    assert!(message.ends_with(rule), "{message}");
    assert_eq!(message.matches("apiGroups").count(), 1, "{message}");
    let unready = story.context.engine().unready();
    let block = "\n  - apiGroups: [\"example.com\"]\n    resources: [\"things\"]\n    verbs: [\"get\", \"list\", \"watch\", \"create\", \"patch\", \"delete\"]";
    assert_eq!(unready.len(), 1);
    assert!(unready[0].ends_with(block), "{}", unready[0]);
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_may_not_be_named_is_told_with_the_rule_about_the_parent() {
    let forbidden = "things.example.com \"a\" is forbidden: cannot set blockOwnerDeletion if an \
        ownerReference refers to a resource you can't set finalizers on: , <nil>";
    let refuse = |asked: &Asked| (asked.line == "PATCH things/a").then(|| told(403, forbidden));
    let cluster = Cluster::new().refusing(refuse);
    let story = Story::of(cluster, operator(ChildConfig::apply(), vec![thing("a", 1)])).await;
    story.pass().await;
    let condition = story.condition();
    let message = condition["message"].as_str().unwrap();
    let rule = r#"; add to the ClusterRole of the operator: {apiGroups: ["example.com"], resources: ["foos/finalizers"], verbs: ["update"]}"#;
    assert!(message.ends_with(rule), "{message}");
}

#[tokio::test(start_paused = true)]
async fn a_change_that_no_update_can_make_is_told_with_the_strategy_that_would() {
    for config in [ChildConfig::apply(), ChildConfig::replace()] {
        let story = Story::of(Cluster::new(), operator(config, vec![thing("a", 1)])).await;
        story.pass().await;
        let refuse = |asked: &Asked| {
            asked
                .line
                .ends_with(" things/a")
                .then(|| invalid("spec.size", "Invalid value: 2: field is immutable"))
        };
        let cluster = story.cluster.refusing(refuse);
        let story = Story::of(cluster, operator(config, vec![thing("a", 2)])).await;
        story.pass().await;
        let condition = story.condition();
        let message = condition["message"].as_str().unwrap();
        assert!(
            message.ends_with("spec.size: Invalid value: 2: field is immutable; no update can change that: declare Thing with `ChildConfig::recreate()` to have it deleted and made anew"),
            "{message}"
        );
    }
}
