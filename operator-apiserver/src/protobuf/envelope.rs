//! [`Envelope`]: what stands before a message: the magic number and the message's type.

use super::wire::{Reader, WireType};

const MAGIC: &[u8] = b"k8s\0";

/// A message and what it is, as far as it says so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Envelope<'a> {
    /// Such as `apps/v1`; empty where it isn't said, or is no version.
    pub(crate) api_version: String,
    /// Such as `Deployment`; can be empty.
    pub(crate) kind: String,
    /// The message.
    pub(crate) message: &'a [u8],
}

impl<'a> Envelope<'a> {
    /// Opens a body.
    ///
    /// # Errors
    /// The words of the server for what is none.
    pub(crate) fn open(body: &'a [u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Err("empty data".to_owned());
        }
        let bytes = body.strip_prefix(MAGIC).ok_or(
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]",
        )?;
        if bytes.is_empty() {
            return Err("empty body".to_owned());
        }
        let mut envelope = Self::default();
        let mut reader = Reader::new(bytes);
        while let Some(tag) = reader.field("Unknown")? {
            match tag.number {
                1 => {
                    expect_bytes(tag.wire_type, "TypeMeta")?;
                    envelope.read_type(reader.bytes()?)?;
                }
                2 => {
                    expect_bytes(tag.wire_type, "Raw")?;
                    envelope.message = reader.bytes()?;
                }
                // Encoding and type of the content: the server doesn't look at them either.
                3 => {
                    expect_bytes(tag.wire_type, "ContentEncoding")?;
                    reader.bytes()?;
                }
                4 => {
                    expect_bytes(tag.wire_type, "ContentType")?;
                    reader.bytes()?;
                }
                _ => reader.skip(&tag)?,
            }
        }
        if envelope.api_version.matches('/').count() > 1 {
            envelope.api_version.clear();
        }
        Ok(envelope)
    }

    fn read_type(&mut self, bytes: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(bytes);
        while let Some(tag) = reader.field("TypeMeta")? {
            let text = match tag.number {
                1 => {
                    expect_bytes(tag.wire_type, "APIVersion")?;
                    &mut self.api_version
                }
                2 => {
                    expect_bytes(tag.wire_type, "Kind")?;
                    &mut self.kind
                }
                _ => {
                    reader.skip(&tag)?;
                    continue;
                }
            };
            *text = String::from_utf8_lossy(reader.bytes()?).into_owned();
        }
        Ok(())
    }
}

fn expect_bytes(found: WireType, field: &str) -> Result<(), String> {
    if found == WireType::BYTES {
        return Ok(());
    }
    Err(format!(
        "proto: wrong wireType = {} for field {field}",
        found.0
    ))
}
