//! [`Texts`]: one copy of a text that several objects have, as they have the name of their namespace.

use std::{collections::BTreeSet, sync::Arc};

/// Texts that several objects have, each kept once.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: BTreeSet<Arc<str>>,
    /// How many there may be before those are dropped that nobody has any more.
    room: usize,
}

impl Texts {
    /// Makes `own` the text that the others have.
    pub(super) fn share(&mut self, own: &mut Arc<str>) {
        if let Some(known) = self.known.get(own) {
            own.clone_from(known);
            return;
        }
        if self.known.len() >= self.room {
            self.known.retain(|text| Arc::strong_count(text) > 1);
            self.room = 16.max(2 * self.known.len());
        }
        self.known.insert(Arc::clone(own));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_nobody_has_any_more_are_not_kept() {
        let (mut texts, mut kept): (_, Arc<str>) = (Texts::default(), "kept".into());
        texts.share(&mut kept);
        for number in 0..1_000 {
            texts.share(&mut format!("ns-{number}").into());
        }
        assert!(texts.known.len() <= 17, "{} are kept", texts.known.len());
        let mut same: Arc<str> = "kept".into();
        texts.share(&mut same);
        assert!(Arc::ptr_eq(&same, &kept));
    }
}
