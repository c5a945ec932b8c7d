//! Watches and discovery that go wrong: how often the server is asked, and what readiness says.

use std::sync::atomic::AtomicUsize;

use super::*;

/// How many requests of that line an operator makes in a minute.
async fn asked_in_a_minute(cluster: &Cluster, line: &str) -> usize {
    let operator = operator(ChildConfig::apply(), vec![]);
    let context = Arc::new(Context::new(operator, cluster.client(), None));
    let minute = Duration::from_secs(60);
    let following = watch::follow_all(Arc::clone(&context));
    assert!(tokio::time::timeout(minute, following).await.is_err());
    let lines = cluster.lines();
    lines.iter().filter(|asked| **asked == line).count()
}

#[tokio::test(start_paused = true)]
async fn a_quiet_watch_is_one_request() {
    let cluster = Cluster::new();
    assert_eq!(asked_in_a_minute(&cluster, "WATCH things").await, 1);
}

#[tokio::test(start_paused = true)]
async fn where_a_watch_can_begin_with_what_there_is_one_request_does_both() {
    let cluster = Cluster::new().streaming();
    cluster.put("foos/p", foo());
    let context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(context.engine().index.parent(&"P".into()).is_some());
    assert_eq!(context.engine().unready(), Vec::<String>::new());
    let lines: Vec<String> = cluster.lines();
    let of_foos = lines.iter().filter(|line| line.ends_with("foos"));
    assert_eq!(of_foos.collect::<Vec<_>>(), ["STREAM foos"]);
}

#[tokio::test(start_paused = true)]
async fn where_it_can_not_that_is_tried_once() {
    let cluster =
        Cluster::new().refusing(|asked| (asked.line == "WATCH things").then(|| told(410, "old")));
    assert_eq!(asked_in_a_minute(&cluster, "STREAM things").await, 1);
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_discovery_has_and_the_server_has_not_is_asked_for_at_leisure() {
    let cluster =
        Cluster::new().refusing(|asked| (asked.line == "GET things").then(|| told(404, "no")));
    let asked = asked_in_a_minute(&cluster, "GET things").await;
    assert!((10..200).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn how_long_a_server_was_silent_does_not_count_once_it_answers() {
    let (mut silences, mut refusals) = (20, 2);
    let cluster = Cluster::new().refusing(move |asked| {
        if asked.line != "GET things" {
            return None;
        }
        if silences > 0 {
            silences -= 1;
            // What can't be read is no answer either.
            return Some((200, "nonsense".into()));
        }
        refusals -= 1;
        (refusals >= 0).then(|| told(503, "starting"))
    });
    let context = following(&cluster, vec![]);
    // A second each, at most, while it is silent; then half a second and a whole one.
    tokio::time::sleep(Duration::from_secs(20) + Duration::from_millis(1_500)).await;
    assert_eq!(context.engine().unready(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_no_while_it_starts_is_asked_every_second_and_later_at_leisure() {
    // A wait is of three quarters of a second at least. Two kinds are discovered, and of one that is not there it is asked why.
    for (line, no, a_second) in [
        ("GET things", 403, 1),
        ("GET things", 410, 1),
        ("GET things", 500, 1),
        ("DISCOVER", 403, 2),
        ("DISCOVER", 404, 4),
    ] {
        let began = tokio::time::Instant::now();
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let cluster = Cluster::new().refusing(move |asked| {
            let (code, why) = match began.elapsed().as_secs() {
                0..10 => (503, "away"),
                _ => (no, "starting"),
            };
            let is_refused = asked.line == line;
            counted.fetch_add(is_refused.into(), Ordering::Relaxed);
            is_refused.then(|| told(code, why))
        });
        let _context = following(&cluster, vec![]);
        let asked_for = async |seconds| {
            count.store(0, Ordering::Relaxed);
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            count.load(Ordering::Relaxed)
        };
        asked_for(15).await;
        let while_it_starts = asked_for(30).await;
        let wanted = 30 * a_second..=41 * a_second;
        assert!(
            wanted.contains(&while_it_starts),
            "{line} {no}: {while_it_starts}"
        );
        asked_for(60).await;
        let later = asked_for(30).await;
        assert!(
            later * 4 < while_it_starts,
            "{line} {no}: {later} of {while_it_starts}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_was_away_is_asked_every_second_also_where_it_has_lost_a_kind() {
    let began = tokio::time::Instant::now();
    let discovered = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&discovered);
    let cluster = Cluster::new().refusing(move |asked| {
        let answer = match began.elapsed().as_secs() {
            0..10 => told(503, "away"),
            _ => told(404, "starting"),
        };
        let is_back = answer.0 == 404;
        let discovers = asked.line == "DISCOVER" && is_back;
        counted.fetch_add(discovers.into(), Ordering::Relaxed);
        (discovers || asked.line.starts_with("GET ")).then_some(answer)
    });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(15)).await;
    discovered.store(0, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(30)).await;
    let asked = discovered.load(Ordering::Relaxed);
    assert!((120..=164).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_kind_that_is_not_served_does_not_hurry_one_that_is_refused() {
    let cluster = Cluster::new().refusing(|asked| match &*asked.line {
        "GET foos" => Some(told(503, "its backend is down")),
        "GET things" => Some(told(403, "no")),
        _ => None,
    });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    cluster.lines();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let lines = cluster.lines();
    let lists = lines.iter().filter(|line| *line == "GET things").count();
    assert!((5..=9).contains(&lists), "{lists}");
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_a_quiet_kind_is_renewed_without_a_pause_however_often_it_falls_silent() {
    let cluster = Cluster::new();
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(20 * 75 + 1)).await;
    let watches = of(cluster.asked(), "WATCH things");
    assert_eq!(watches.len(), 21);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_takes_its_time_to_say_no_is_asked_for_at_leisure_all_the_same() {
    let cluster = Cluster::new()
        .refusing(|asked| (asked.line == "WATCH things").then(|| told(403, "no")))
        .delaying(|asked| match asked.line.as_str() {
            "WATCH things" => Duration::from_secs(2),
            _ => Duration::ZERO,
        });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(60)).await;
    cluster.lines();
    tokio::time::sleep(Duration::from_secs(60)).await;
    let watches = of(cluster.asked(), "WATCH things").len();
    assert!((4..=7).contains(&watches), "{watches}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_asked_for_a_stream_again_and_one_that_breaks_off_for_pages() {
    let mut streams = 0;
    let cluster = Cluster::new().streaming().refusing(move |asked| {
        if asked.line != "STREAM things" {
            return None;
        }
        streams += 1;
        match streams {
            1 => Some(told(503, "away")),
            2 => Some((200, json!({"type": "ADDED", "object": named("a")}))),
            _ => None,
        }
    });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let lines = cluster.lines();
    let lists = lines.iter().filter(|line| line.ends_with(" things"));
    let lists: Vec<&String> = lists.collect();
    assert_eq!(
        lists,
        [
            "STREAM things",
            "STREAM things",
            "GET things",
            "WATCH things"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_closes_every_watch_is_not_asked_anew_each_time_what_a_crd_lacks() {
    let cluster = Cluster::new();
    let without_status = cluster.put("foos/p", foo());
    let mark = json!({"metadata": {"resourceVersion": "105"}});
    let cluster = cluster.refusing(move |asked| match asked.line.as_str() {
        "WATCH foos" => Some((200, json!({"type": "BOOKMARK", "object": mark}))),
        "PATCH foos/p/status" => Some((200, without_status.clone())),
        _ => None,
    });
    let operator = operator(ChildConfig::apply(), vec![]);
    let stop = tokio::time::sleep(Duration::from_secs(600));
    let delayed = cluster.delaying(|asked| match asked.line.as_str() {
        "WATCH foos" => Duration::from_secs(1),
        _ => Duration::ZERO,
    });
    run(operator, delayed.client(), stop, None).await.unwrap();
    let asked = delayed.asked();
    assert_eq!(of(asked.clone(), "GET foos").len(), 1);
    assert_eq!(of(asked, "PATCH foos/p/status").len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_was_set_back_while_the_server_was_away_is_listed_anew() {
    let away = Arc::new(AtomicBool::new(false));
    let is_away = Arc::clone(&away);
    let mut silent = true;
    let cluster = Cluster::new().refusing(move |asked| {
        if is_away.load(Ordering::Relaxed) {
            return Some(told(503, "away"));
        }
        // The first watch ends at once with the server that it was opened at.
        let ends = asked.line == "WATCH things" && std::mem::take(&mut silent);
        let mark = json!({"metadata": {"resourceVersion": "105"}});
        ends.then(|| (200, json!({"type": "BOOKMARK", "object": mark})))
    });
    cluster.put("things/old", named("old"));
    cluster.put("things/new", named("new"));
    let context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_millis(1)).await;
    let names = || {
        let engine = context.engine();
        let objects = engine.index.objects();
        let names = objects
            .iter()
            .map(|(_, object)| object.key.name.to_string());
        names.collect::<Vec<_>>()
    };
    assert_eq!(names(), ["new", "old"]);
    away.store(true, Ordering::Relaxed);
    // Those that are open fall silent and are asked for anew.
    tokio::time::sleep(Duration::from_secs(80)).await;
    cluster.restore(101);
    away.store(false, Ordering::Relaxed);
    tokio::time::sleep(Duration::from_secs(120)).await;
    assert_eq!(names(), ["old"]);
    assert_eq!(context.engine().unready(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_list_that_is_too_old_as_soon_as_it_is_there_is_asked_for_more_and_more_slowly() {
    for expired in ["GET things", "WATCH things"] {
        let cluster =
            Cluster::new().refusing(move |asked| (asked.line == expired).then(|| told(410, "old")));
        let asked = asked_in_a_minute(&cluster, "GET things").await;
        assert!((3..30).contains(&asked), "{expired}: {asked}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_that_was_followed_is_asked_for_anew_at_once_also_where_nothing_happened() {
    let mut watches = 0;
    let cluster = Cluster::new().refusing(move |asked| {
        // The first watch after a list falls silent, and what comes after it is forgotten by then.
        watches += usize::from(asked.line == "WATCH things");
        let is_second = asked.line == "WATCH things" && watches % 2 == 0;
        is_second.then(|| told(410, "old"))
    });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(10 * 75 + 1)).await;
    let lines = cluster.lines();
    let lists = lines.iter().filter(|line| *line == "GET things").count();
    assert_eq!(lists, 11);
}

#[tokio::test(start_paused = true)]
async fn a_list_of_nothing_may_be_null() {
    let null = || json!({"metadata": {"resourceVersion": "5"}, "items": null});
    let cluster =
        Cluster::new().refusing(move |asked| (asked.line == "GET things").then(|| (200, null())));
    assert_eq!(asked_in_a_minute(&cluster, "WATCH things").await, 1);
}

#[tokio::test(start_paused = true)]
async fn an_operator_that_is_asked_to_stop_drains() {
    let cluster = Cluster::new();
    cluster.put(
        "foos/p",
        json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P"}}),
    );
    let stop = tokio::time::sleep(Duration::from_secs(60));
    let operator = operator(ChildConfig::apply(), vec![thing("a", 1)]);
    let stopped = run(operator, cluster.client(), stop, None).await;
    assert_eq!(stopped.unwrap(), Stopped::Drained);
    let writes: Vec<String> = cluster
        .lines()
        .into_iter()
        .filter(|line| line.starts_with("PATCH"))
        .collect();
    assert_eq!(writes, ["PATCH things/a", "PATCH foos/p/status"]);
}

fn foo() -> Value {
    json!({"metadata": {"name": "p", "namespace": "ns", "uid": "P"}})
}

fn named(name: &str) -> Value {
    json!({"metadata": {"name": name, "namespace": "ns", "uid": name}})
}

/// The requests of that line, in order.
fn of(asked: Vec<Asked>, line: &str) -> Vec<Asked> {
    asked.into_iter().filter(|one| one.line == line).collect()
}

#[tokio::test(start_paused = true)]
async fn a_first_list_is_of_what_is_and_not_of_what_a_cache_has() {
    // A version, even "0", would let the server answer from its cache, which may be of any age.
    for cluster in [Cluster::new(), Cluster::new().streaming()] {
        let _context = following(&cluster, vec![]);
        tokio::time::sleep(Duration::from_secs(1)).await;
        for asked in cluster.asked() {
            let verb = asked.line.split(' ').next().unwrap_or_default();
            let version = (
                asked.asks("resourceVersion"),
                asked.asks("resourceVersionMatch"),
            );
            match verb {
                "GET" => assert_eq!(version, ("", ""), "{asked:?}"),
                // A watch that begins with what there is asks in this way for a consistent read.
                "STREAM" => assert_eq!(version, ("", "NotOlderThan"), "{asked:?}"),
                _ => {}
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_list_is_taken_in_once_its_last_page_is_there() {
    let second_page = Duration::from_secs(10);
    let cluster = Cluster::new().paging(2).delaying(move |asked| {
        let is_second = asked.line == "GET foos" && asked.asks("continue") == "2";
        if is_second {
            second_page
        } else {
            Duration::ZERO
        }
    });
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        cluster.put(&format!("foos/{name}"), named(name));
    }
    let context = following(&cluster, vec![]);
    tokio::time::sleep(second_page / 2).await;
    assert!(context.engine().index.parent(&"a".into()).is_none());
    tokio::time::sleep(second_page).await;
    for name in names {
        assert!(
            context.engine().index.parent(&name.into()).is_some(),
            "{name}"
        );
    }
    let pages = of(cluster.asked(), "GET foos");
    let pages: Vec<&str> = pages.iter().map(|page| page.asks("continue")).collect();
    assert_eq!(pages, ["", "2", "4"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_whose_next_page_has_expired_begins_anew() {
    let mut expires = true;
    let cluster = Cluster::new().paging(2).refusing(move |asked| {
        let is_second = asked.line == "GET foos" && asked.asks("continue") == "2";
        let expired = is_second && std::mem::take(&mut expires);
        expired.then(|| told(410, "the provided continue parameter is too old"))
    });
    for name in ["a", "b", "c"] {
        cluster.put(&format!("foos/{name}"), named(name));
    }
    let context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(30)).await;
    assert_eq!(context.engine().unready(), Vec::<String>::new());
    assert!(context.engine().index.parent(&"c".into()).is_some());
    let pages = of(cluster.asked(), "GET foos");
    let pages: Vec<&str> = pages.iter().map(|page| page.asks("continue")).collect();
    assert_eq!(pages, ["", "2", "", "2"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_before_it_told_all_tells_nothing() {
    let mut whole = false;
    let cluster = Cluster::new().streaming();
    cluster.put("things/a", named("a"));
    cluster.put("things/b", named("b"));
    let first = json!({"type": "ADDED", "object": cluster.get("things/a")});
    let cluster = cluster.refusing(move |asked| {
        let breaks = asked.line == "STREAM things" && !std::mem::replace(&mut whole, true);
        breaks.then(|| (200, first.clone()))
    });
    let context = following(&cluster, vec![]);
    // The next attempt comes after a tenth of a second.
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(context.engine().index.objects().len(), 0);
    let unready = context.engine().unready().join("\n");
    assert!(unready.contains("ended before it had told"), "{unready}");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(context.engine().index.objects().len(), 2);
    assert_eq!(context.engine().unready(), Vec::<String>::new());
}

#[tokio::test(start_paused = true)]
async fn a_watch_goes_on_from_the_last_event_or_bookmark_of_the_one_before() {
    let mut lines = vec![
        json!({"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "209"}}}),
        json!({"type": "MODIFIED", "object": {"metadata": {"name": "a", "namespace": "ns",
            "uid": "a", "resourceVersion": "207"}}}),
    ];
    let cluster = Cluster::new().refusing(move |asked| {
        let watches = asked.line == "WATCH things";
        watches
            .then(|| lines.pop())
            .flatten()
            .map(|line| (200, line))
    });
    let _context = following(&cluster, vec![]);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let asked = cluster.asked();
    assert_eq!(of(asked.clone(), "GET things").len(), 1);
    let watches = of(asked, "WATCH things");
    let from: Vec<&str> = watches
        .iter()
        .map(|watch| watch.asks("resourceVersion"))
        .collect();
    assert_eq!(from, ["100", "207", "209"]);
}

#[tokio::test(start_paused = true)]
async fn a_crd_that_gains_what_it_lacked_is_looked_at_anew() {
    let cluster = Cluster::new();
    let without_status = cluster.put("foos/p", foo());
    let mut is_old = true;
    let cluster = cluster
        .delaying(|asked| match asked.line.as_str() {
            "WATCH foos" => Duration::from_secs(10),
            _ => Duration::ZERO,
        })
        .refusing(move |asked| {
            // Its server ends the watches of a CRD that becomes another.
            if asked.line == "WATCH foos" && std::mem::take(&mut is_old) {
                let mark = json!({"metadata": {"resourceVersion": "105"}});
                return Some((200, json!({"type": "BOOKMARK", "object": mark})));
            }
            let drops_status = is_old && asked.line == "PATCH foos/p/status";
            drops_status.then(|| (200, without_status.clone()))
        });
    let operator = operator(ChildConfig::apply(), vec![]);
    let stop = tokio::time::sleep(Duration::from_secs(60));
    run(operator, cluster.client(), stop, None).await.unwrap();
    let status = &cluster.get("foos/p").unwrap()["status"];
    assert_eq!(status["conditions"][0]["reason"], "Synced", "{status}");
    let asked = cluster.asked();
    assert_eq!(of(asked.clone(), "GET foos").len(), 1);
    assert_eq!(of(asked, "PATCH foos/p/status").len(), 2);
}

/// An operator that follows its kinds and makes no pass.
fn following(cluster: &Cluster, children: Vec<Value>) -> Arc<Context> {
    let operator = operator(ChildConfig::apply(), children);
    let context = Arc::new(Context::new(operator, cluster.client(), None));
    tokio::spawn(watch::follow_all(Arc::clone(&context)));
    context
}

#[tokio::test(start_paused = true)]
async fn a_store_that_went_back_is_believed_when_it_stays_there_and_not_before() {
    for cluster in [Cluster::new(), Cluster::new().streaming()] {
        believed_when_it_stays_there(&cluster).await;
    }
}

async fn believed_when_it_stays_there(cluster: &Cluster) {
    cluster.put("foos/p", foo());
    let context = Arc::new(Context::new(
        operator(ChildConfig::apply(), vec![]),
        cluster.client(),
        None,
    ));
    let (uid, now): (Uid, _) = ("P".into(), context.now());
    // What was seen is newer than anything that the server has.
    let later = crate::object::ResourceVersion::new("1000");
    let mut ghost = ghost_of(&context);
    ghost.resource_version = later.clone();
    {
        let mut engine = context.engine();
        let listing = engine.index.listing(KindId::PARENT, vec![ghost]);
        engine.reset(KindId::PARENT, &None, listing, &later, now);
    }

    let following = tokio::spawn(watch::follow_all(Arc::clone(&context)));
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(context.engine().index.parent(&"GHOST".into()).is_some());
    assert!(
        context
            .engine()
            .unready()
            .iter()
            .any(|why| why.contains("older than what was seen"))
    );

    tokio::time::sleep(Duration::from_secs(30)).await;
    assert!(context.engine().index.parent(&"GHOST".into()).is_none());
    assert!(context.engine().index.parent(&uid).is_some());
    assert_eq!(context.engine().unready(), Vec::<String>::new());
    following.abort();
}

fn ghost_of(context: &Context) -> Object {
    let json = br#"{"metadata": {"name": "ghost", "namespace": "ns", "uid": "GHOST"}}"#;
    context.decode(KindId::PARENT, json).expect("an object")
}

#[tokio::test(start_paused = true)]
async fn a_pass_does_not_go_on_while_parents_are_not_watched() {
    let cluster = Cluster::new();
    cluster.put("foos/p", foo());
    let context = following(&cluster, vec![thing("a", 1)]);
    tokio::time::sleep(Duration::from_secs(1)).await;
    context.lost(KindId::PARENT, &None, "away".into(), false);
    let ended = pass::pass(&context, &"P".into()).await;
    assert!(matches!(
        ended.end,
        End::Waiting {
            suspended: true,
            ..
        }
    ));
    assert!(!cluster.lines().iter().any(|line| line.starts_with("PATCH")));
}
