//! etcd as its own clients speak to it: gRPC, the one protocol that each version of it takes.
//!
//! Two calls with two fields each take less than a client library, and none of those is built without `protoc`.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use operator_tests::Miss;

/// How many bytes stand before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Has etcd forget everything up to now, and waits until it has.
///
/// # Errors
/// If it does not answer, or refuses.
pub(crate) async fn compact(etcd: SocketAddr) -> Result<(), Miss> {
    // `RangeRequest { key: [0] }`: no such key is there, and the head of the answer says how far the store has come.
    let answer = call(etcd, "Range", &[0x0a, 1, 0]).await?;
    let revision = revision(&answer).ok_or("an answer of etcd without a revision")?;
    // `CompactionRequest { revision, physical: true }`
    let mut request = vec![0x08];
    put_varint(&mut request, revision);
    request.extend([0x10, 1]);
    call(etcd, "Compact", &request).await.map(drop)
}

/// One call of etcd's key-value service: a message there, and a message back.
async fn call(etcd: SocketAddr, method: &str, message: &[u8]) -> Result<Bytes, Miss> {
    let length = u32::try_from(message.len())?;
    let framed = [&[0], &length.to_be_bytes()[..], message].concat();
    let request = Request::post(format!("http://{etcd}/etcdserverpb.KV/{method}"))
        .header(header::CONTENT_TYPE, "application/grpc")
        .header(header::TE, "trailers")
        .body(Full::new(Bytes::from(framed)))?;
    let client = Client::builder(TokioExecutor::new())
        .http2_only(true)
        .build_http();
    let response = client.request(request).await?;
    let head = response.headers().clone();
    let body = response.into_body().collect().await?;
    // A refusal without a message has its status in the head.
    let said = |name: &str| {
        let of = |headers: &HeaderMap| Some(headers.get(name)?.to_str().ok()?.to_owned());
        body.trailers().and_then(of).or_else(|| of(&head))
    };
    match said("grpc-status").as_deref() {
        Some("0") => {
            let body = body.to_bytes();
            Ok(body.slice(body.len().min(PREFIX)..))
        }
        status => Miss::because(format!(
            "etcd refused {method}: status {}: {}",
            status.unwrap_or("unknown"),
            said("grpc-message").unwrap_or_default()
        )),
    }
}

/// `header.revision` of an answer.
fn revision(mut answer: &[u8]) -> Option<u64> {
    let mut header = loop {
        if let (1, Field::Bytes(header)) = field(&mut answer)? {
            break header;
        }
    };
    loop {
        if let (3, Field::Number(revision)) = field(&mut header)? {
            return Some(revision);
        }
    }
}

/// What a field holds.
enum Field<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Takes the next field: its number, and what it holds. None at the end, and at what etcd's heads don't have.
fn field<'a>(message: &mut &'a [u8]) -> Option<(u64, Field<'a>)> {
    let key = varint(message)?;
    let holds = match key & 7 {
        0 => Field::Number(varint(message)?),
        2 => {
            let length = usize::try_from(varint(message)?).ok()?;
            let (bytes, rest) = message.split_at_checked(length)?;
            *message = rest;
            Field::Bytes(bytes)
        }
        _ => return None,
    };
    Some((key >> 3, holds))
}

fn varint(message: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

fn put_varint(message: &mut Vec<u8>, mut number: u64) {
    loop {
        let low = (number & 0x7f) as u8;
        number >>= 7;
        if number == 0 {
            return message.push(low);
        }
        message.push(low | 0x80);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_found_in_what_etcd_answers() {
        // Of etcd 3.4: cluster, member, revision 192, term 2.
        let answer = b"\x0a\x1b\x08\xab\xc9\xcb\xbf\xfc\x9c\x92\xd7\xf1\x01\x10\xa9\x8f\xcc\xdc\x9d\xb0\xfc\x8d\x90\x01\x18\xc0\x01 \x02";
        assert_eq!(revision(answer), Some(192));
        assert_eq!(revision(&answer[..20]), None);
        assert_eq!(revision(b""), None);
    }

    #[test]
    fn a_number_is_read_as_it_was_put() {
        for number in [0, 1, 127, 128, 300, u64::MAX] {
            let mut message = Vec::new();
            put_varint(&mut message, number);
            let mut rest = &*message;
            assert_eq!(varint(&mut rest), Some(number));
            assert!(rest.is_empty());
        }
    }
}
