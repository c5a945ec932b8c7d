//! What a refusal by access control asks for: the rule that is missing, from what was declared and discovered.

use super::{Context, api::Failure};
use crate::{
    access::{Grant, Rule, Use, Why},
    engine::index::KindId,
};

/// The request that writes a parent's status, as it is told.
pub(super) const PATCH_STATUS: &str = "patch status";

impl Context {
    /// Why `verb` failed on a kind; `said` tells it.
    pub(super) fn why(
        &self,
        kind: KindId,
        verb: &'static str,
        said: String,
        failure: &Failure,
    ) -> Why {
        Why {
            grant: failure.is_denied().then(|| self.grant(kind, verb, failure)),
            said,
        }
    }

    fn grant(&self, kind: KindId, verb: &'static str, failure: &Failure) -> Grant {
        let (kind, used) = match kind.0.checked_sub(1) {
            _ if failure.is_about_owner() => (KindId::PARENT, Use::Own),
            Some(child) => (kind, Use::Child(self.config.children[child].1.strategy())),
            None if verb == PATCH_STATUS => (kind, Use::Status),
            None => {
                let finalizes = self.handler.finalizes();
                (kind, Use::Parent { finalizes })
            }
        };
        let endpoint = self.endpoints.get(kind);
        let discovered = endpoint.as_ref().map(|endpoint| &endpoint.discovered);
        let descriptor = self.kind(kind);
        let plural = discovered.map_or(descriptor.plural_kind, |found| &found.plural);
        let mut rule = Rule::of(descriptor, plural, used);
        if matches!(used, Use::Parent { .. }) {
            // Without a `finalize` a finalizer of old is still taken off.
            rule = rule.and(verb);
        }
        let everywhere = discovered.is_some_and(|found| !found.namespaced);
        Grant::new(
            rule,
            &failure.to_string(),
            &self.config.namespaces,
            everywhere,
        )
    }
}
