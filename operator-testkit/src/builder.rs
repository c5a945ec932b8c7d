//! [`TestKitBuilder`]: what a kit is to be like.

use std::time::Duration;

use operator_apiserver::{ControllerMode, LocalCluster};
use operator_core::{Operator, crd::Crd};

use crate::{
    KitError, TestKit,
    place::{Place, Rights},
};

/// What a [`TestKit`] is to be like.
pub struct TestKitBuilder {
    pub(crate) operator: Operator,
    /// None: what is usual for the place.
    pub(crate) timeout: Option<Duration>,
    pub(crate) crds: Vec<Crd>,
    pub(crate) rights: Rights,
    place: Option<Place>,
    embedded: bool,
    seed: u64,
    controllers: ControllerMode,
    streaming_lists: bool,
}

impl TestKitBuilder {
    pub(crate) fn new(operator: Operator) -> Self {
        Self {
            operator,
            timeout: None,
            crds: Vec::new(),
            rights: Rights::All,
            place: None,
            embedded: false,
            seed: 0,
            controllers: ControllerMode::Running,
            streaming_lists: true,
        }
    }

    /// Everything random on the embedded cluster (uids, generated names) comes from this seed; default: 0. On tokio's
    /// paused clock one seed gives one sequence of requests, byte for byte. The kit is then always
    /// [`embedded`](Self::embedded).
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed,
            ..self.embedded()
        }
    }

    /// On a cluster inside the test, whatever the environment says: for tests that let the cluster go wrong.
    #[must_use]
    pub fn embedded(self) -> Self {
        Self {
            embedded: true,
            ..self
        }
    }

    /// The cluster's own controllers (garbage collection, namespaces, CRDs) only work when
    /// [`TestKit::step_controllers`] is called. The kit is then always [`embedded`](Self::embedded).
    #[must_use]
    pub fn stepped(self) -> Self {
        Self {
            controllers: ControllerMode::Stepped,
            ..self.embedded()
        }
    }

    /// Whether the cluster answers a watch that is to begin with what there is; default: true. Without that the operator
    /// lists by pages, as it does on older servers. The kit is then always [`embedded`](Self::embedded); a cluster that is
    /// given with [`on`](Self::on) is as it is.
    #[must_use]
    pub fn streaming_lists(self, streaming_lists: bool) -> Self {
        Self {
            streaming_lists,
            ..self.embedded()
        }
    }

    /// On this embedded cluster, which others may use as well.
    #[must_use]
    pub fn on(self, cluster: LocalCluster) -> Self {
        Self {
            place: Some(Place::Embedded(cluster)),
            ..self
        }
    }

    /// On a real cluster, whatever the environment says. The user of `config` has to be allowed everything.
    #[must_use]
    pub fn on_real(self, config: kube::Config) -> Self {
        Self {
            place: Some(Place::real(config)),
            ..self
        }
    }

    /// Also installs these CRDs: those of children that the cluster does not have by itself.
    #[must_use]
    pub fn with_crds(mut self, crds: impl IntoIterator<Item = Crd>) -> Self {
        self.crds.extend(crds);
        self
    }

    /// The operator may do what roles allow to [`TestKit::user`], and no more. Default: everything.
    #[must_use]
    pub fn restricted(self) -> Self {
        Self {
            rights: Rights::OfRoles,
            ..self
        }
    }

    /// How long [`TestKit::reconcile`] and the assertions wait, on tokio's clock; default: 10 s, and on a real cluster 60 s,
    /// since its garbage collector may take half of that to learn of a new kind.
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self {
            timeout: Some(timeout),
            ..self
        }
    }

    /// Starts the cluster, if it is the kit's own, installs the CRDs, makes a namespace and runs the operator.
    ///
    /// # Errors
    /// If a struct makes no CRD, or the cluster refuses something.
    pub async fn start(self) -> Result<TestKit, KitError> {
        let (place, shared) = match &self.place {
            Some(place) => (place.clone(), true),
            None if self.embedded => (self.own(), false),
            None => match Place::from_env().await? {
                Some(place) => (place, true),
                None => (self.own(), false),
            },
        };
        if let Place::Real(_) = place {
            in_real_time();
        }
        TestKit::new(self, place, shared).await
    }

    fn own(&self) -> Place {
        let builder = LocalCluster::builder()
            .seed(self.seed)
            .controllers(self.controllers)
            .streaming_lists(self.streaming_lists);
        Place::Embedded(builder.start())
    }
}

/// Lets tokio's clock go if it is paused. Under a paused clock every wait for a real cluster would time out at once.
fn in_real_time() {
    let before = tokio::time::Instant::now();
    std::thread::sleep(Duration::from_millis(1));
    if tokio::time::Instant::now() == before {
        tokio::time::resume();
    }
}
