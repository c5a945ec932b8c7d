//! [`Text`]: a message that is put together while constants are evaluated, where there is no allocator.

/// A message; what is beyond its room is cut off.
pub(super) struct Text {
    bytes: [u8; Self::ROOM],
    length: usize,
}

impl Text {
    const ROOM: usize = 1024;

    pub(super) const fn new() -> Self {
        Self {
            bytes: [0; Self::ROOM],
            length: 0,
        }
    }

    pub(super) const fn and(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        // All or nothing, so that no letter is cut in two.
        if self.length + text.len() <= Self::ROOM {
            let mut index = 0;
            while index < text.len() {
                self.bytes[self.length + index] = text[index];
                index += 1;
            }
            self.length += text.len();
        }
        self
    }

    pub(super) const fn and_number(self, number: usize) -> Self {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        let text = if number >= 10 {
            self.and_number(number / 10)
        } else {
            self
        };
        text.and(DIGITS[number % 10])
    }

    pub(super) const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }

    /// Makes it an error of the compiler, at the place that called.
    #[track_caller]
    pub(super) const fn fail(&self) -> ! {
        panic!("{}", self.as_str())
    }
}

/// What is wrong where something is said of the type of that name, inside of one that doesn't tell how it holds it.
pub(super) const fn unheard_of(name: &str) -> Text {
    Text::new()
        .and("nothing tells how `")
        .and(name)
        .and("` is held here, so what `#[k8s]` says in it is lost: derive `K8sSchema` for the type around it, write \
              an alias out, write a struct instead of a tuple, or name a type that looks the same in JSON by `#[schemars(with = \"…\")]`")
}

/// Whether two texts are equal, while constants are evaluated.
pub(super) const fn equal(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut index = 0;
    while index < left.len() {
        if left[index] != right[index] {
            return false;
        }
        index += 1;
    }
    true
}

/// How many letters have to be added, removed or changed; more than any name has if one is too long to tell.
pub(super) const fn distance(from: &str, to: &str) -> usize {
    const LONGEST: usize = 64;
    let (from, to) = (from.as_bytes(), to.as_bytes());
    if from.len() > LONGEST || to.len() > LONGEST {
        return usize::MAX;
    }
    let mut row = [0; LONGEST + 1];
    let mut index = 0;
    while index <= to.len() {
        row[index] = index;
        index += 1;
    }
    let mut i = 0;
    while i < from.len() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        let mut j = 0;
        while j < to.len() {
            let same = from[i].eq_ignore_ascii_case(&to[j]);
            let changed = if same { diagonal } else { diagonal + 1 };
            diagonal = row[j + 1];
            row[j + 1] = least(changed, least(diagonal + 1, row[j] + 1));
            j += 1;
        }
        i += 1;
    }
    row[to.len()]
}

const fn least(left: usize, right: usize) -> usize {
    if left < right { left } else { right }
}

/// Whether a name that is so far away may have been meant: less than a third of the letters differ.
pub(super) const fn is_near(distance: usize, name: &str, known: &str) -> bool {
    distance != usize::MAX && distance * 3 < least(name.len(), known.len()).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_made_of_parts() {
        let text = Text::new().and("there are ").and_number(120).and(" of ä");
        assert_eq!(text.as_str(), "there are 120 of ä");
    }

    #[test]
    fn letters_in_another_order_are_near() {
        assert_eq!(distance("replcias", "replicas"), 2);
        assert!(is_near(2, "replcias", "replicas"));
        assert!(!is_near(distance("color", "size"), "color", "size"));
    }
}
