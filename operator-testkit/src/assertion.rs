//! Assertions: each waits until it holds, at most as long as the kit's timeout; one that fails tells the difference, the
//! parents' conditions and the operator's last requests, and where in the test it stands.

use std::{future::Future, panic::Location, time::Duration};

use kube::api::{ApiResource, DynamicObject};
use serde::Serialize;
use serde_json::Value;

use crate::{
    KitError, TestKit,
    difference::{contains, diff, projected, yaml},
    objects::{Asserted, typed},
    report,
};

/// How long at most until the next look, although the operator has nothing to tell.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// What was found instead of what is expected.
type Miss = String;

/// Assertions. They panic.
impl TestKit {
    /// Asserts that there is an object of that name, and returns it.
    ///
    /// # Panics
    /// If there is none in time.
    #[track_caller]
    pub fn assert_exists<'a, K: Asserted + 'a>(
        &'a self,
        name: &'a str,
    ) -> impl Future<Output = K> + 'a {
        let what = format!("{} {name} to be there", kind::<K>());
        self.assert(Location::caller(), what, async || {
            let object = self.look::<K>(name).await?;
            read::<K>(object)
        })
    }

    /// Asserts that there is no object of that name; one that is still being deleted is there.
    ///
    /// # Panics
    /// If there is one at the end of the time.
    #[track_caller]
    pub fn assert_gone<'a, K: Asserted + 'a>(
        &'a self,
        name: &'a str,
    ) -> impl Future<Output = ()> + 'a {
        let what = format!("{} {name} to be gone", kind::<K>());
        self.assert(Location::caller(), what, async || {
            let kind = ApiResource::erase::<K>(&());
            match self.get_dynamic(&kind, name).await.map_err(said)? {
                None => Ok(()),
                Some(mut object) => {
                    object.metadata.managed_fields = None;
                    Err(format!("it is there:\n{}", indented(&yaml(&object))))
                }
            }
        })
    }

    /// Asserts that what `pick` takes of an object equals `expected`, and returns the object.
    ///
    /// # Panics
    /// If it does not in time, with the difference.
    #[track_caller]
    pub fn assert_eventually_eq<'a, K, T>(
        &'a self,
        name: &'a str,
        pick: impl Fn(&K) -> T + 'a,
        expected: T,
    ) -> impl Future<Output = K> + 'a
    where
        K: Asserted + 'a,
        T: PartialEq + Serialize + 'a,
    {
        let what = format!("{} {name} to be as expected", kind::<K>());
        self.assert(Location::caller(), what, async move || {
            let object = read::<K>(self.look::<K>(name).await?)?;
            let found = pick(&object);
            if found == expected {
                return Ok(object);
            }
            Err(diff(&expected, &found))
        })
    }

    /// Asserts that an object holds all of `expected`, and returns it: of objects the fields that are named, where `null`
    /// says that one is absent; of lists as many items, each of which holds what is expected of it.
    ///
    /// # Panics
    /// If it does not in time, with the difference.
    #[track_caller]
    pub fn assert_contains<'a, K: Asserted + 'a>(
        &'a self,
        name: &'a str,
        expected: Value,
    ) -> impl Future<Output = K> + 'a {
        let what = format!("{} {name} to hold what is expected", kind::<K>());
        self.assert(Location::caller(), what, async move || {
            let object = self.look::<K>(name).await?;
            let json = serde_json::to_value(&object).map_err(|error| error.to_string())?;
            if contains(&json, &expected) {
                return read::<K>(object);
            }
            Err(diff(&expected, &projected(&json, &expected)))
        })
    }

    /// Asserts that everything is as a parent declares: its condition is `True` for its current generation.
    ///
    /// # Panics
    /// If it is not in time.
    #[track_caller]
    pub fn assert_synced<'a, P: Asserted + 'a>(
        &'a self,
        name: &'a str,
    ) -> impl Future<Output = P> + 'a {
        let what = format!("{} {name} to be synced", kind::<P>());
        self.assert(Location::caller(), what, async || {
            let parent = self.look::<P>(name).await?;
            let condition = report::condition(&parent, &self.facts.condition);
            let synced = condition.is_some_and(|condition| {
                condition.status == "True"
                    && condition.observed_generation == parent.metadata.generation
            });
            if synced {
                return read::<P>(parent);
            }
            Err(report::told(&parent, &kind::<P>(), &self.facts.condition))
        })
    }

    /// Asserts that a parent's condition is `False`, for this reason, and returns the condition's message.
    ///
    /// # Panics
    /// If it is not in time.
    #[track_caller]
    pub fn assert_not_synced<'a, P: Asserted + 'a>(
        &'a self,
        name: &'a str,
        reason: &'a str,
    ) -> impl Future<Output = String> + 'a {
        let what = format!("{} {name} not to be synced, for {reason}", kind::<P>());
        self.assert(Location::caller(), what, async move || {
            let parent = self.look::<P>(name).await?;
            match report::condition(&parent, &self.facts.condition) {
                Some(condition) if condition.status == "False" && condition.reason == reason => {
                    Ok(condition.message)
                }
                _ => Err(report::told(&parent, &kind::<P>(), &self.facts.condition)),
            }
        })
    }

    async fn look<K: Asserted>(&self, name: &str) -> Result<DynamicObject, Miss> {
        let kind = ApiResource::erase::<K>(&());
        let found = self.get_dynamic(&kind, name).await.map_err(said)?;
        found.ok_or_else(|| "there is none".to_owned())
    }

    async fn assert<T>(
        &self,
        at: &'static Location<'static>,
        what: String,
        mut look: impl AsyncFnMut() -> Result<T, Miss>,
    ) -> T {
        let mut probe = self.probe();
        let mut found = Miss::new();
        let looks = async {
            loop {
                match look().await {
                    Ok(value) => return value,
                    Err(miss) => found = miss,
                }
                tokio::select! {
                    biased;
                    () = probe.changed() => {}
                    () = tokio::time::sleep(LOOK_AGAIN) => {}
                }
            }
        };
        let looked = tokio::time::timeout(self.timeout, looks).await;
        if let Ok(value) = looked {
            return value;
        }
        let (limit, report) = (self.timeout, self.report().await);
        panic!("{at}: expected {what}, and {limit:?} were not enough\n{found}\n{report}")
    }
}

fn kind<K: Asserted>() -> String {
    K::kind(&()).into_owned()
}

fn read<K: Asserted>(object: DynamicObject) -> Result<K, Miss> {
    typed(&ApiResource::erase::<K>(&()), object).map_err(said)
}

#[allow(clippy::needless_pass_by_value)] // as `map_err` gives it
fn said(error: KitError) -> Miss {
    error.to_string()
}

fn indented(text: &str) -> String {
    let mut indented = String::new();
    for line in text.lines() {
        indented.push_str("  ");
        indented.push_str(line);
        indented.push('\n');
    }
    indented
}
