//! etcd as its own clients speak to it: gRPC, the one protocol that each version of it takes.
//!
//! Two calls with two fields each take less than a client library, and none of those is built without `protoc`.

use std::net::SocketAddr;

use bytes::Bytes;
use http::{HeaderMap, Request, header};
use http_body_util::{BodyExt, Full};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use operator_tests::Miss;
use prost::Message;

/// How many bytes stand before a message: whether it is compressed, and its length.
const PREFIX: usize = 5;

/// Of a request for keys, the field that is used.
#[derive(Message)]
struct RangeRequest {
    #[prost(bytes = "bytes", tag = 1)]
    key: Bytes,
}

/// Of the answer, the field that is used.
#[derive(Message)]
struct RangeResponse {
    #[prost(message, tag = 1)]
    header: Option<ResponseHeader>,
}

/// Of what stands in each answer, the field that is used.
#[derive(Message)]
struct ResponseHeader {
    /// How far the store has come.
    #[prost(int64, tag = 3)]
    revision: i64,
}

#[derive(Message)]
struct CompactionRequest {
    #[prost(int64, tag = 1)]
    revision: i64,
    /// Whether it is answered only once it is done.
    #[prost(bool, tag = 2)]
    physical: bool,
}

/// Has etcd forget everything up to now, and waits until it has.
///
/// # Errors
/// If it does not answer, or refuses.
pub(crate) async fn compact(etcd: SocketAddr) -> Result<(), Miss> {
    // There is no such key.
    let key = Bytes::from_static(&[0]);
    let answer = call(etcd, "Range", &RangeRequest { key }).await?;
    let header = RangeResponse::decode(answer)?.header;
    let revision = header.ok_or("an answer of etcd without a header")?.revision;
    let request = CompactionRequest {
        revision,
        physical: true,
    };
    call(etcd, "Compact", &request).await.map(drop)
}

/// One call of etcd's key-value service: a message there, and a message back.
async fn call(etcd: SocketAddr, method: &str, message: &impl Message) -> Result<Bytes, Miss> {
    let message = message.encode_to_vec();
    let length = u32::try_from(message.len())?;
    let framed = [&[0], &length.to_be_bytes()[..], &message].concat();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_revision_is_found_in_what_etcd_answers() {
        // Of etcd 3.4: cluster, member, revision 192, term 2.
        let answer = b"\x0a\x1b\x08\xab\xc9\xcb\xbf\xfc\x9c\x92\xd7\xf1\x01\x10\xa9\x8f\xcc\xdc\x9d\xb0\xfc\x8d\x90\x01\x18\xc0\x01 \x02";
        let header = RangeResponse::decode(&answer[..]).unwrap().header;
        assert_eq!(header.unwrap().revision, 192);
        assert!(RangeResponse::decode(&answer[..20]).is_err());
    }
}
