//! Rounds of everything that can go wrong, in this process and on the paused clock: cut before and after the commit,
//! refusals, delays, stale lists, watches that end, fall silent or lag, compaction, and an operator that is dropped and
//! started again, on servers that stream lists and on others. After each there is exactly what `sync` says, and no child was
//! made twice. One seed, one story.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use fastrand::Rng;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Resource as _;
use operator_core::{config::ChildConfig, k8s_types};
use operator_testkit::{Fault, Matches, Strikes, TestKit};
use operator_tests::{Apple, Basket, BasketSpec, Witness};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::{
    figures::Times,
    fleet::{ALWAYS, Place, exactly, leftovers, lives, objects},
    ground::Setting,
    operate::operator,
    report::Outcome,
    sightings::Sightings,
};

/// So many seeds for each round of the setting.
const FOR_A_ROUND: u32 = 10;
/// So many things are done or go wrong in one story.
const STEPS: usize = 40;
/// How long an operator may take to come to rest, on the paused clock: some backoffs are minutes.
const PATIENCE: Duration = Duration::from_secs(3600);
/// A watch that fell silent is noticed within this time.
const NOTICED: Duration = Duration::from_secs(80);

pub(super) fn story(setting: &Setting, outcome: &mut Outcome) {
    outcome.rounds = setting.rounds * FOR_A_ROUND;
    let (mut rests, mut again, mut done) = (Times::default(), 0, BTreeMap::<&str, usize>::new());
    let mut stale = 0;
    for number in 0..outcome.rounds {
        let seed = setting.seed.wrapping_add(number.into());
        let end = super::paused().block_on(Tale::tell(seed));
        match end.outcome {
            Ok(rest) => rests.push(rest),
            Err(why) => {
                let log = match &setting.logs {
                    Some(logs) => logs.join(format!("seed-{seed}.log")),
                    None => std::env::temp_dir().join(format!("drills-seed-{seed}.log")),
                };
                let kept = fs::write(&log, format!("{why}\n\n{}", end.log));
                let kept =
                    kept.map_or_else(|error| error.to_string(), |()| log.display().to_string());
                eprintln!("seed {seed}: {why}\n  its log: {kept}");
                outcome.fails(format!("seed {seed}: {why}"));
            }
        }
        again += end.made_for_the_gone;
        stale += end.stale_lists;
        end.done
            .into_iter()
            .for_each(|(what, count)| *done.entry(what).or_default() += count);
    }
    let done: Vec<_> = done
        .iter()
        .map(|(what, count)| format!("{count} {what}"))
        .collect();
    outcome.figure("what was done", done.join(", "));
    outcome.figure("lists that were answered from the past", stale);
    if stale == 0 {
        outcome.fails("no list was answered from the past");
    }
    outcome.figure("until the operator was at rest, on its own clock", &rests);
    outcome.figure(
        "children made again for a parent that was gone, and collected",
        again,
    );
}

/// What the operator watches.
fn plurals() -> [String; 3] {
    [
        Basket::TYPE.plural_kind,
        Apple::TYPE.plural_kind,
        ConfigMap::plural(&()).as_ref(),
    ]
    .map(str::to_owned)
}

/// How a story ended.
struct End {
    outcome: Result<Duration, String>,
    made_for_the_gone: usize,
    /// How many lists were answered from the past.
    stale_lists: u64,
    done: BTreeMap<&'static str, usize>,
    /// The requests of the operator, and what was done between them.
    log: String,
}

struct Tale {
    kit: TestKit,
    rng: Rng,
    asked: BTreeMap<String, BasketSpec>,
    /// How many baskets and texts there were.
    number: usize,
    stale_lists: Vec<Strikes>,
    done: BTreeMap<&'static str, usize>,
    told: Vec<String>,
}

impl Tale {
    async fn tell(seed: u64) -> End {
        let kit = TestKit::builder(operator(ChildConfig::apply()))
            .with_crds([Apple::crd().expect("a CRD")])
            .seed(seed)
            .streaming_lists(seed.is_multiple_of(2))
            .timeout(PATIENCE)
            .start()
            .await
            .expect("a kit");
        let place = Place {
            client: kit.client(),
            namespace: kit.namespace().to_owned(),
        };
        let sightings = Arc::<Sightings>::default();
        let witness = |kind| {
            let seen = Arc::clone(&sightings);
            Witness::heeding(objects(&place, kind), move |child| seen.note(child))
        };
        let _witnesses = [k8s_types::core::v1::ConfigMap, Apple::TYPE].map(witness);
        let mut tale = Self {
            kit,
            rng: Rng::with_seed(seed),
            asked: BTreeMap::new(),
            number: 0,
            stale_lists: Vec::new(),
            done: BTreeMap::new(),
            told: Vec::new(),
        };
        for _ in 0..STEPS {
            tale.step().await;
            sleep(Duration::from_millis(tale.rng.u64(0..300))).await;
        }
        let (outcome, made_for_the_gone) = tale.ends(&place, &sightings).await;
        let log = format!("{}\n\n{}", tale.told.join("\n"), tale.kit.request_log());
        End {
            outcome,
            made_for_the_gone,
            stale_lists: tale.stale_lists.iter().map(Strikes::count).sum(),
            done: tale.done,
            log,
        }
    }

    /// One thing is done, or goes wrong.
    async fn step(&mut self) {
        let what = match self.rng.u8(..20) {
            0..3 => self.create().await,
            3..8 => self.edit().await,
            8 => self.delete().await,
            9..15 => self.fault(),
            15 => self.watches("watches ended", |kit, which| {
                kit.cluster().close_watches(which)
            }),
            16 => self.watches("watches silenced", |kit, which| {
                kit.cluster().freeze_watches(which)
            }),
            17 => {
                let by = Duration::from_millis(self.rng.u64(1..5_000));
                self.watches("watches delayed", move |kit, which| {
                    kit.cluster().lag_watches(which, by)
                })
            }
            18 => {
                self.kit.cluster().compact();
                "compactions"
            }
            _ => self.restart().await,
        };
        *self.done.entry(what).or_default() += 1;
        self.told
            .push(format!("after {} requests: {what}", self.kit.mark()));
    }

    fn contents(&mut self, with_apple: bool) -> BasketSpec {
        self.number += 1;
        let (text, once) = (format!("t{}", self.number), format!("x{}", self.number));
        let spec = BasketSpec::of(&[(ALWAYS, &text), (&once, "once")]);
        if with_apple { spec.noting(&text) } else { spec }
    }

    async fn create(&mut self) -> &'static str {
        let with_apple = self.rng.bool();
        let (name, spec) = (format!("p{}", self.number), self.contents(with_apple));
        let basket = Basket::new(&name, spec.clone());
        self.kit.create_parent(&basket).await.expect("a basket");
        self.asked.insert(name, spec);
        "creations"
    }

    fn any(&mut self) -> Option<String> {
        let at = self.rng.usize(..self.asked.len().max(1));
        self.asked.keys().nth(at).cloned()
    }

    async fn edit(&mut self) -> &'static str {
        let Some(name) = self.any() else {
            return self.create().await;
        };
        let before = self.asked[&name].clone();
        let spec = self.contents(before.note.is_some());
        let mut patch = json!({"spec": spec});
        for key in before
            .items
            .keys()
            .filter(|key| !spec.items.contains_key(*key))
        {
            patch["spec"]["items"][key] = Value::Null;
        }
        self.kit
            .edit::<Basket>(&name, patch)
            .await
            .expect("an edit");
        self.asked.insert(name, spec);
        "edits"
    }

    async fn delete(&mut self) -> &'static str {
        let Some(name) = self.any() else {
            return self.create().await;
        };
        self.kit.delete::<Basket>(&name).await.expect("a deletion");
        self.asked.remove(&name);
        "deletions"
    }

    /// Lets something go wrong with the operator's next requests of some sort.
    fn fault(&mut self) -> &'static str {
        let (skip, times) = (self.rng.u64(..6), self.rng.u64(1..4));
        let which = match self.rng.u8(..5) {
            0 => Matches::any(),
            1 => Matches::any().verb("list"),
            2 => Matches::any().verb("watch"),
            _ => Matches::writes(),
        };
        let wait = Duration::from_millis(self.rng.u64(1..3_000));
        let (what, fault) = match self.rng.u8(..9) {
            0 => ("requests cut before", Fault::CutBefore),
            1 | 2 => ("requests cut after", Fault::CutAfter),
            3 => ("429", Fault::too_many_requests(self.rng.u32(1..4))),
            4 => ("500", Fault::refuse(500)),
            5 => ("503", Fault::refuse(503)),
            6 => ("requests delayed before", Fault::DelayBefore(wait)),
            7 => ("requests delayed after", Fault::DelayAfter(wait)),
            _ => return self.stale_list(),
        };
        self.kit.inject(which, fault, skip, times);
        what
    }

    /// Has a kind listed again, from a server that has not come as far.
    fn stale_list(&mut self) -> &'static str {
        let plurals = plurals();
        let of_kind = Matches::any().resource(plurals[self.rng.usize(..plurals.len())].as_str());
        let now = self.kit.cluster().revision();
        let stale = Fault::ListAt(now.saturating_sub(self.rng.u64(1..40)));
        let watch = of_kind.clone().verb("watch");
        self.kit.inject(watch, Fault::refuse(410), 0, 1);
        let list = of_kind.clone().verb("list");
        self.stale_lists.push(self.kit.inject(list, stale, 0, 1));
        let of_operator = of_kind.user(self.kit.user());
        if self.kit.cluster().close_watches(&of_operator) == 0 {
            return "stale lists of what was not watched";
        }
        "stale lists"
    }

    fn watches(
        &mut self,
        what: &'static str,
        turn: impl Fn(&TestKit, &Matches) -> usize,
    ) -> &'static str {
        let which = Matches::any().user(self.kit.user());
        let plurals = plurals();
        let at = self.rng.usize(..=plurals.len());
        let which = plurals
            .get(at)
            .map_or(which.clone(), |plural| which.resource(plural.as_str()));
        turn(&self.kit, &which);
        what
    }

    /// The operator dies and is started again. A stale list is none of the next life's: it can't know better.
    async fn restart(&mut self) -> &'static str {
        self.kit.kill();
        self.kit.cluster().clear_faults();
        let operator = operator(ChildConfig::apply());
        self.kit.restart(operator).await.expect("a restart");
        "restarts"
    }

    /// What has to be so in the end; how long it took.
    async fn ends(
        &mut self,
        place: &Place,
        sightings: &Sightings,
    ) -> (Result<Duration, String>, usize) {
        let began = tokio::time::Instant::now();
        if self.rng.bool() {
            // Nobody wakes the watches that fell silent.
            sleep(NOTICED).await;
        }
        self.kit.cluster().clear_faults();
        if let Err(why) = self.kit.reconcile().await {
            return (Err(why.to_string()), 0);
        }
        let rest = began.elapsed();
        let same = match exactly(place, &self.asked).await {
            Ok(()) => leftovers(place).await,
            differs => differs,
        };
        if let Err(miss) = same {
            return (Err(miss.text().to_owned()), 0);
        }
        let lives = lives(place).await;
        let twice = sightings.made_twice(|owner| lives.contains(owner));
        let (alive, gone): (Vec<_>, Vec<_>) = twice.into_iter().partition(|(_, lives)| *lives);
        let outcome = if alive.is_empty() {
            Ok(rest)
        } else {
            Err(format!("made twice: {alive:?}"))
        };
        (outcome, gone.len())
    }
}
