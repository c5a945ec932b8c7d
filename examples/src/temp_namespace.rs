//! `TempNamespace`: a Namespace that goes when its time is up.
//!
//! Parents are cluster-scoped, time passes by a resync, and `finalize` keeps a namespace that is in use.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::{api::core::v1::Namespace, apimachinery::pkg::apis::meta::v1::Time};
use operator_core::prelude::*;

/// The label that protects a namespace from being deleted before its time.
pub const IN_USE: &str = "example.com/in-use";

/// A namespace for a while.
#[derive(K8sType, Serialize, Deserialize, JsonSchema, Clone, Debug)]
#[k8s(group = "example.com", version = "v1", kind = "TempNamespace", scope = "Cluster", status = TempNamespaceStatus)]
#[serde(rename_all = "camelCase")]
pub struct TempNamespaceSpec {
    /// How many seconds the namespace lives, counted from this object's creation.
    #[k8s(column)]
    #[schemars(range(min = 1))]
    pub ttl_seconds: u32,
}

/// How long a namespace still lives.
#[derive(Serialize, Deserialize, JsonSchema, Clone, Debug, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct TempNamespaceStatus {
    /// When it goes, or went.
    pub expires_at: String,
    /// Whether its time is up.
    pub expired: bool,
}

/// Until it expires there is a namespace of the parent's name; from then on there is none.
///
/// An answer without the namespace is what deletes it. The one clock is [`SyncRequest::now`], so the same
/// request has the same answer.
async fn sync(request: SyncRequest<TempNamespace>) -> Result<SyncResponse<TempNamespace>, Error> {
    let temporary = request.parent();
    let expiry = expiry(temporary)?;
    let left = Duration::try_from(request.now().duration_until(expiry)).unwrap_or_default();
    let response = SyncResponse::status(TempNamespaceStatus {
        expires_at: expiry.to_string(),
        expired: left.is_zero(),
    });
    Ok(if left.is_zero() {
        response
    } else {
        response
            .with_child(namespace(temporary))
            .with_resync_after(left)
    })
}

/// A namespace that somebody deletes before its time stays for as long as it bears the label [`IN_USE`].
///
/// Whoever takes the label off need not wait for the retry: a child that changes is a reason to ask again.
async fn finalize(
    request: SyncRequest<TempNamespace>,
) -> Result<FinalizeResponse<TempNamespace>, Error> {
    let is_in_use = request.children::<Namespace>()?.iter().any(|namespace| {
        namespace
            .metadata
            .labels
            .as_ref()
            .is_some_and(|labels| labels.contains_key(IN_USE))
    });
    Ok(if is_in_use {
        FinalizeResponse::retry_after(Duration::from_secs(60))
    } else {
        FinalizeResponse::done()
    })
}

/// The operator.
#[must_use]
pub fn operator() -> Operator {
    Operator::new("temp-namespace", sync)
        .with_child::<Namespace>(ChildConfig::apply())
        .with_finalize(finalize)
        .with_sample(include_str!("../objects/temp_namespace.yaml"))
}

fn expiry(temporary: &TempNamespace) -> Result<Timestamp, Error> {
    let Some(Time(created)) = temporary.metadata.creation_timestamp else {
        return Err(Error::permanent("an object without a creation timestamp"));
    };
    Ok(created.checked_add(SignedDuration::from_secs(temporary.spec.ttl_seconds.into()))?)
}

fn namespace(temporary: &TempNamespace) -> Namespace {
    let mut namespace = Namespace::default();
    namespace.metadata.name.clone_from(&temporary.metadata.name);
    namespace
}

#[cfg(test)]
mod tests {
    use super::*;

    fn temporary(created: &str) -> TempNamespace {
        let mut temporary = TempNamespace::new("try-out", TempNamespaceSpec { ttl_seconds: 3600 });
        temporary.metadata.creation_timestamp = created.parse().ok().map(Time);
        temporary
    }

    #[test]
    fn time_is_counted_from_the_creation() {
        let expiry = expiry(&temporary("2026-01-01T10:00:00Z")).unwrap();
        assert_eq!(expiry.to_string(), "2026-01-01T11:00:00Z");
    }

    #[test]
    fn the_namespace_has_the_name_of_its_parent() {
        assert_eq!(
            namespace(&temporary("2026-01-01T10:00:00Z"))
                .metadata
                .name
                .as_deref(),
            Some("try-out")
        );
    }
}
