//! Protobuf bodies of the built-in kinds, as their JSON.
//!
//! `kubectl create`, controller-runtime and whatever else is made of client-go send built-in kinds as protobuf. The
//! messages are data (`messages.tsv`, written by `generate/protobuf.py`); [`decode`] makes of them the JSON that the
//! Go types would have made, so that everything behind it knows one form only. Answers are JSON: such clients accept
//! it.
//!
//! # What is guaranteed
//!
//! - Unknown fields are passed over, of a field that stands twice the last counts, embedded messages are merged.
//! - What Go can't decode is refused in the same words. What nests deeper than [`MAX_DEPTH`] is refused, too.
//! - No input makes it panic, and its work is linear in the input.
//!
//! Fields with empty values are kept: a Go client writes them all, and [`Strategy::decode`](crate::strategy::Strategy)
//! knows which of them JSON would have left out.

mod decode;
mod envelope;
mod messages;
mod whole;
mod wire;

#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use decode::MAX_DEPTH;
pub(crate) use envelope::Envelope;

use serde_json::Value;

/// What clients call it.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// The message `definition` (named as in `OpenAPI`) as JSON; `None` if there is no such message. `apiVersion` and `kind`
/// are not in it: the [`Envelope`] has them.
pub(crate) fn decode(definition: &str, bytes: &[u8]) -> Option<Result<Value, String>> {
    let table = messages::table();
    let message = table.find(definition)?;
    Some(decode::decode(table, message, bytes))
}
