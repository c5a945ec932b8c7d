//! [`Server`]: one that the table is run on, in one version of the API of CRDs.

use operator_apiserver::LocalCluster;

use crate::{
    conformance::{Report, Target, run},
    lenient::table::{Against, Table},
};

/// The minor version of the servers that the column `v1.20` is about: the last ones with `v1beta1`.
const OLDEST: u32 = 21;

/// A server, and the version of the API that CRDs are written in.
pub struct Server {
    target: Target,
    pub(crate) api: &'static str,
    /// The column that says what it does.
    pub(crate) is: Against,
}

impl Server {
    /// The server in this process, without and with `v1beta1`.
    #[must_use]
    pub fn embedded() -> [Self; 2] {
        let with_v1beta1 = LocalCluster::builder().v1beta1(true).start();
        let newest = |target, api| Self {
            // Hundreds of CRDs at a time would make it slow.
            target: Target {
                stays: true,
                ..target
            },
            api,
            is: Against::Newest,
        };
        [
            newest(Target::embedded(), "v1"),
            newest(Target::of(&with_v1beta1), "v1beta1"),
        ]
    }

    /// The control plane that `OPERATOR_TEST_KUBECONFIG` names, once for each version that it serves.
    ///
    /// # Errors
    /// If it doesn't say which version it is.
    pub async fn real() -> Result<Vec<Self>, String> {
        let Some(target) = Target::real("what a lenient macro makes").await else {
            return Ok(Vec::new());
        };
        let version = target.ask("GET", "/version", None).await?.json();
        let minor = version["minor"]
            .as_str()
            .and_then(|minor| minor.trim_end_matches('+').parse::<u32>().ok())
            .ok_or(format!("the server's version is {version}"))?;
        let (is, apis): (_, &[_]) = if minor <= OLDEST {
            (Against::Oldest, &["v1", "v1beta1"])
        } else {
            (Against::Newest, &["v1"])
        };
        Ok(apis
            .iter()
            .map(|api| Self {
                target: target.clone(),
                api,
                is,
            })
            .collect())
    }

    /// Runs the trials whose id contains `filter`. A run that records prints what the server answers to each CRD.
    ///
    /// # Errors
    /// If the server can't be reached, or a patch doesn't fit the sane CRD.
    pub async fn try_all(
        &self,
        table: &Table,
        filter: &str,
        record: bool,
    ) -> Result<Report, String> {
        let cases = table.cases(self, record)?;
        run(&cases, &self.target, filter, record).await
    }
}
