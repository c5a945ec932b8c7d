//! What keeps an operator from being ready, in words for people.

use std::collections::BTreeSet;

use super::state::{Engine, Health, Refusal};

impl Engine {
    /// Why the operator is not ready: each kind that can't be watched and each write that is forbidden, with the rule to
    /// grant where access control said no.
    pub(crate) fn unready(&self) -> Vec<String> {
        let mut reasons: Vec<String> = Vec::new();
        for kind in &self.kinds {
            for (scope, health) in &kind.watches {
                let place = scope.as_ref().map_or_else(String::new, |namespace| {
                    format!(" in namespace {namespace}")
                });
                match health {
                    Health::Live => {}
                    Health::Lost(_) if kind.is_absent() => {}
                    Health::Starting => {
                        reasons.push(format!("{}{place}: not listed yet", kind.descriptor));
                    }
                    Health::Lost(why) => {
                        let why = why.in_full();
                        reasons.push(format!("{}{place}: {why}", kind.descriptor));
                    }
                }
            }
        }
        let refusals: BTreeSet<&Refusal> = self
            .parents
            .values()
            .flat_map(|progress| &progress.refused)
            .collect();
        let refused = refusals.into_iter().map(|refusal| {
            format!(
                "{}: {}: {}",
                refusal.kind,
                refusal.verb,
                refusal.why.in_full()
            )
        });
        reasons.extend(refused);
        reasons
    }
}
