//! [`Entropy`]: everything random that the server makes, from one seed.

use std::fmt::Write as _;

use crate::metadata::{SUFFIX_ALPHABET, SUFFIX_LENGTH};

/// A source of uids, name suffixes and secrets; the same seed gives the same ones.
#[derive(Debug)]
pub(crate) struct Entropy {
    dice: fastrand::Rng,
    /// Whether secrets, too, come from the dice, of which everybody sees what they make of names.
    repeats: bool,
}

impl Entropy {
    /// One that repeats itself for each seed.
    #[must_use]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self {
            dice: fastrand::Rng::with_seed(seed),
            repeats: true,
        }
    }

    /// One that is another each time, and whose secrets nobody can foretell.
    #[must_use]
    pub(crate) fn unforeseeable() -> Self {
        Self {
            dice: fastrand::Rng::new(),
            repeats: false,
        }
    }

    /// A random UUID (version 4).
    pub(crate) fn uid(&mut self) -> String {
        let bits = self.dice.u128(..) & !(0xf << 76) | 4 << 76;
        let bits = bits & !(0x3 << 62) | 2 << 62;
        let hex = format!("{bits:032x}");
        format!(
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }

    /// The end of a generated name.
    pub(crate) fn suffix(&mut self) -> String {
        (0..SUFFIX_LENGTH)
            .map(|_| char::from(SUFFIX_ALPHABET[self.dice.usize(..SUFFIX_ALPHABET.len())]))
            .collect()
    }

    /// 256 random bits in hexadecimal digits: a token.
    ///
    /// # Panics
    /// Where the operating system has no random bytes to give: a token that can be guessed must not be.
    pub(crate) fn secret(&mut self) -> String {
        let mut bits = [0; 32];
        if self.repeats {
            self.dice.fill(&mut bits);
        } else if let Err(error) = getrandom::fill(&mut bits) {
            panic!("the operating system gives no random bytes: {error}");
        }
        bits.iter().fold(String::new(), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.dice.u64(..end.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uid_is_a_uuid_of_version_4() {
        let mut entropy = Entropy::seeded(1);
        for _ in 0..100 {
            let uid = entropy.uid();
            assert_eq!(uid.len(), 36);
            assert_eq!(&uid[14..15], "4");
            assert!(matches!(&uid[19..20], "8" | "9" | "a" | "b"), "{uid}");
        }
    }

    #[test]
    fn secrets_do_not_follow_from_what_everybody_sees() {
        let mut one = Entropy::unforeseeable();
        let mut same_dice = Entropy {
            dice: one.dice.clone(),
            repeats: false,
        };
        assert_eq!(one.uid(), same_dice.uid());
        assert_ne!(one.secret(), same_dice.secret());
        let (mut one, mut same) = (Entropy::seeded(7), Entropy::seeded(7));
        assert_eq!(one.secret(), same.secret());
        assert_eq!(one.secret().len(), 64);
    }

    #[test]
    fn one_seed_gives_one_sequence() {
        let (mut one, mut same, mut other) =
            (Entropy::seeded(7), Entropy::seeded(7), Entropy::seeded(8));
        let first = (one.uid(), one.suffix());
        assert_eq!(first, (same.uid(), same.suffix()));
        assert_ne!(first, (other.uid(), other.suffix()));
        assert!(
            first
                .1
                .bytes()
                .all(|letter| SUFFIX_ALPHABET.contains(&letter))
        );
    }
}
