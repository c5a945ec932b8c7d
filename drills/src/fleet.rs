//! [`Fleet`]: the baskets of one drill, what each of them asks for by the drill's own account, and whether the cluster is
//! exactly that.

mod compare;

pub(crate) use compare::{Place, children, exactly, leftovers, lives, objects};

use std::{
    cell::Cell,
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use fastrand::Rng;
use futures::{StreamExt, future::join_all, stream};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use operator_core::k8s_types;
use operator_tests::{Apple, Basket, BasketSpec, Cluster, Patience, Scene, Witness};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::sightings::Sightings;

/// The item that a basket always has.
pub(crate) const ALWAYS: &str = "always";
/// So many hands create, edit and delete at the same time.
const HANDS: usize = 4;
/// So many baskets are made at the same time.
const AT_ONCE: usize = 16;
/// How long anything may take before the drill gives up on it; what is promised is a matter of each drill.
const PATIENCE: Duration = Duration::from_secs(90);

/// What the hands of a [churn](Fleet::churn) do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hands {
    Busy,
    Still,
    Done,
}

/// See the module's documentation.
pub(crate) struct Fleet {
    pub(crate) scene: Scene,
    place: Place,
    pub(crate) sightings: Arc<Sightings>,
    asked: Mutex<BTreeMap<String, BasketSpec>>,
    /// Every basket and every text has a number of its own.
    numbers: AtomicUsize,
    _witnesses: [Witness; 2],
}

impl Fleet {
    /// A fleet without baskets, in a namespace of its own.
    pub(crate) async fn open(cluster: &Cluster, story: &str) -> Self {
        let scene = Scene::on(cluster.clone(), story)
            .await
            .with_patience(Patience::of(PATIENCE));
        let sightings = Arc::<Sightings>::default();
        let witness = |kind| {
            let sightings = Arc::clone(&sightings);
            Witness::heeding(scene.objects(kind), move |child| sightings.note(child))
        };
        let witnesses = [k8s_types::core::v1::ConfigMap, Apple::TYPE].map(witness);
        let place = Place {
            client: scene.client.clone(),
            namespace: scene.namespace.clone(),
        };
        Self {
            scene,
            place,
            sightings,
            asked: Mutex::default(),
            numbers: AtomicUsize::new(0),
            _witnesses: witnesses,
        }
    }

    fn asked(&self) -> MutexGuard<'_, BTreeMap<String, BasketSpec>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn number(&self) -> usize {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    /// The baskets that there should be.
    pub(crate) fn names(&self) -> Vec<String> {
        self.asked().keys().cloned().collect()
    }

    /// Those of them that ask for such a thing.
    pub(crate) fn names_of(&self, which: impl Fn(&BasketSpec) -> bool) -> Vec<String> {
        let asked = self.asked();
        let those = asked.iter().filter(|(_, spec)| which(spec));
        those.map(|(name, _)| name.clone()).collect()
    }

    /// What a basket is asked to hold anew: one item for good, one that no basket had before, and as good an apple.
    fn contents(&self, with_apple: bool) -> BasketSpec {
        let number = self.number();
        let (text, once) = (format!("t{number}"), format!("x{number}"));
        let spec = BasketSpec::of(&[(ALWAYS, &text), (&once, "once")]);
        if with_apple { spec.noting(&text) } else { spec }
    }

    /// Makes baskets; every other one has an apple if `apples` says so.
    pub(crate) async fn fill(&self, count: usize, apples: bool) {
        let one = async |number: usize| self.create(apples && number.is_multiple_of(2)).await;
        let all = stream::iter(0..count).map(one).buffer_unordered(AT_ONCE);
        all.collect::<Vec<_>>().await;
    }

    /// Makes a basket; returns its name.
    pub(crate) async fn create(&self, with_apple: bool) -> String {
        let (name, spec) = (format!("p{}", self.number()), self.contents(with_apple));
        let (baskets, basket) = (self.scene.api::<Basket>(), Basket::new(&name, spec.clone()));
        // From here on it may be there.
        self.asked().insert(name.clone(), spec);
        let create = async || baskets.create(&PostParams::default(), &basket).await;
        self.scene
            .insist("a basket to be created", 409, create)
            .await;
        name
    }

    /// Asks a basket to hold something else; returns what its item for good is to say.
    pub(crate) async fn edit(&self, name: &str) -> String {
        let before = self.asked().get(name).cloned().unwrap_or_default();
        let mut spec = self.contents(before.note.is_some());
        let text = spec.items[ALWAYS].clone();
        let gone: Vec<_> = before
            .items
            .keys()
            .filter(|key| !spec.items.contains_key(*key))
            .cloned()
            .collect();
        let mut patch = json!({"spec": spec});
        for key in gone {
            patch["spec"]["items"][key] = Value::Null;
        }
        self.patch(name, patch).await;
        self.asked()
            .insert(name.to_owned(), std::mem::take(&mut spec));
        text
    }

    /// Has a basket's item for good say something else; returns what.
    pub(crate) async fn touch(&self, name: &str) -> String {
        let text = format!("t{}", self.number());
        self.patch(name, json!({"spec": {"items": {ALWAYS: text}}}))
            .await;
        if let Some(spec) = self.asked().get_mut(name) {
            spec.items.insert(ALWAYS.to_owned(), text.clone());
        }
        text
    }

    async fn patch(&self, name: &str, patch: Value) {
        let (baskets, patch) = (self.scene.baskets(), Patch::Merge(patch));
        let edit = async || baskets.patch(name, &PatchParams::default(), &patch).await;
        self.scene.insist("a basket to be edited", 0, edit).await;
    }

    /// Deletes a basket.
    pub(crate) async fn delete(&self, name: &str) {
        let baskets = self.scene.api::<Basket>();
        let delete = async || baskets.delete(name, &DeleteParams::default()).await;
        self.scene
            .insist("a basket to be deleted", 404, delete)
            .await;
        self.asked().remove(name);
    }

    /// Creates, edits and deletes at random until `hands` are done. Each hand has baskets of its own, and their number
    /// stays about the same.
    pub(crate) async fn churn(&self, hands: &Cell<Hands>, seed: u64) {
        let one = async |hand: usize| {
            let mut rng = Rng::with_seed(seed.wrapping_mul(31).wrapping_add(hand as u64));
            let mut own: Vec<String> = self.names().into_iter().skip(hand).step_by(HANDS).collect();
            while hands.get() != Hands::Done {
                sleep(Duration::from_millis(rng.u64(5..40))).await;
                if hands.get() != Hands::Busy {
                    continue;
                }
                let at = rng.usize(..own.len());
                if rng.u8(..10) == 0 {
                    self.delete(&own.swap_remove(at)).await;
                    own.push(self.create(rng.bool()).await);
                } else {
                    self.edit(&own[at]).await;
                }
            }
        };
        join_all((0..HANDS).map(one)).await;
    }

    /// Waits until the cluster is exactly what was asked for; returns how long after `since` that was seen.
    pub(crate) async fn converged(&self, since: Instant) -> Result<Duration, String> {
        self.converged_of(since, |_| true).await
    }

    /// Waits until these baskets alone are what was asked for; returns how long after `since` that was seen.
    pub(crate) async fn converged_of(
        &self,
        since: Instant,
        which: impl Fn(&BasketSpec) -> bool,
    ) -> Result<Duration, String> {
        let mut asked = self.asked().clone();
        asked.retain(|_, spec| which(spec));
        let look = async || exactly(&self.place, &asked).await;
        let is = Patience::of(PATIENCE)
            .until("exactly what the baskets ask for", look)
            .await;
        is.map(|()| since.elapsed())
    }

    /// Waits until nothing is left of baskets that are gone.
    pub(crate) async fn nothing_left(&self) -> Result<(), String> {
        let look = async || leftovers(&self.place).await;
        Patience::of(PATIENCE)
            .until("nothing to be left of baskets that are gone", look)
            .await
    }

    /// The children that were made twice for a basket that lives, and how many for one that went: an operator that has
    /// not heard of its end yet may do so, and they are collected again.
    pub(crate) async fn made_twice(&self) -> (Vec<String>, usize) {
        let lives = lives(&self.place).await;
        let twice = self.sightings.made_twice(|owner| lives.contains(owner));
        let (alive, gone): (Vec<_>, Vec<_>) = twice.into_iter().partition(|(_, lives)| *lives);
        (
            alive.into_iter().map(|(name, _)| name).collect(),
            gone.len(),
        )
    }
}
