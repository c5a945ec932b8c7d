//! [`Reader`]: the wire format of protobuf, with the errors of Kubernetes' decoders.

/// How a field's value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WireType(pub(super) u8);

impl WireType {
    pub(super) const VARINT: Self = Self(0);
    pub(super) const FIXED64: Self = Self(1);
    pub(super) const BYTES: Self = Self(2);
    const GROUP: Self = Self(3);
    const END_OF_GROUP: Self = Self(4);
    const FIXED32: Self = Self(5);
}

/// The beginning of a field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tag<'a> {
    pub(super) number: u32,
    pub(super) wire_type: WireType,
    /// The field from its tag on, to pass over it.
    from: &'a [u8],
}

/// Reads a message from its beginning to its end.
#[derive(Clone, Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next field of the message, `None` at its end.
    pub(super) fn field(&mut self, message: &str) -> Result<Option<Tag<'a>>, String> {
        if self.is_at_end() {
            return Ok(None);
        }
        let from = self.rest;
        let tag = self.varint()?;
        let [low, ..] = tag.to_le_bytes();
        let wire_type = WireType(low & 7);
        // Go keeps 32 bits of it.
        let number = int32(tag >> 3);
        if wire_type == WireType::END_OF_GROUP {
            return Err(format!(
                "proto: {message}: wiretype end group for non-group"
            ));
        }
        let Some(number) = u32::try_from(number).ok().filter(|number| *number > 0) else {
            return Err(format!(
                "proto: {message}: illegal tag {number} (wire type {tag})"
            ));
        };
        Ok(Some(Tag {
            number,
            wire_type,
            from,
        }))
    }

    pub(super) fn varint(&mut self) -> Result<u64, String> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.rest.split_first().ok_or_else(end)?;
            self.rest = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if *byte < 0x80 {
                return Ok(value);
            }
        }
        Err("proto: integer overflow".to_owned())
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], String> {
        let length = self.varint()?;
        self.take(length)
    }

    pub(super) fn fixed64(&mut self) -> Result<u64, String> {
        let (bytes, rest) = self.rest.split_first_chunk().ok_or_else(end)?;
        self.rest = rest;
        Ok(u64::from_le_bytes(*bytes))
    }

    /// Passes over a field that nobody knows.
    pub(super) fn skip(&mut self, tag: &Tag<'a>) -> Result<(), String> {
        self.rest = tag.from;
        // Groups are old, but can still be there; this doesn't recurse for them.
        let mut groups = 0_u32;
        while !self.is_at_end() {
            let [low, ..] = self.varint()?.to_le_bytes();
            match WireType(low & 7) {
                WireType::VARINT => drop(self.varint()?),
                WireType::FIXED64 => drop(self.take(8)?),
                WireType::BYTES => drop(self.bytes()?),
                WireType::FIXED32 => drop(self.take(4)?),
                WireType::GROUP => groups = groups.saturating_add(1),
                WireType::END_OF_GROUP => {
                    groups = groups
                        .checked_sub(1)
                        .ok_or("proto: unexpected end of group")?;
                }
                WireType(other) => return Err(format!("proto: illegal wireType {other}")),
            }
            if groups == 0 {
                return Ok(());
            }
        }
        Err(end())
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], String> {
        if i64::try_from(length).is_err() {
            return Err("proto: negative length found during unmarshaling".to_owned());
        }
        let length = usize::try_from(length).map_err(|_| end())?;
        let (bytes, rest) = self.rest.split_at_checked(length).ok_or_else(end)?;
        self.rest = rest;
        Ok(bytes)
    }
}

/// The number of 32 bits in a varint: what is above them is cut off, as in Go.
pub(super) fn int32(varint: u64) -> i32 {
    let [a, b, c, d, ..] = varint.to_le_bytes();
    i32::from_le_bytes([a, b, c, d])
}

/// The number of 64 bits in a varint.
pub(super) fn int64(varint: u64) -> i64 {
    i64::from_le_bytes(varint.to_le_bytes())
}

fn end() -> String {
    "unexpected EOF".to_owned()
}
