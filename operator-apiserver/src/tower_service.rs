//! [`LocalService`]: the server as a [`tower::Service`], for `kube::Client`, hyper and everything else that speaks it.

use std::{
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::{Buf, Bytes};
use http::{Request, Response};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::{
    body::{Body, Cut},
    cluster::Background,
    service::{Identity, MAX_BODY, Server},
};

/// The server, for the requests of one user or of whoever their headers prove.
#[derive(Clone)]
pub struct LocalService {
    server: Server,
    identity: Arc<Identity>,
    controllers: Option<Arc<Background>>,
}

impl LocalService {
    /// A service of this server, whose controllers go on as long as it is there.
    #[must_use]
    pub(crate) fn new(
        server: Server,
        identity: Identity,
        controllers: Option<Arc<Background>>,
    ) -> Self {
        Self {
            server,
            identity: Arc::new(identity),
            controllers,
        }
    }
}

impl<B> tower::Service<Request<B>> for LocalService
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Cut;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Cut>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Cut>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let Self {
            server,
            identity,
            controllers,
        } = self.clone();
        Box::pin(async move {
            let _alive = controllers;
            let (parts, body) = request.into_parts();
            let bytes = read(body).await?;
            server
                .answer(Request::from_parts(parts, bytes), &identity)
                .await
        })
    }
}

/// The whole body, but not much more than may be in one.
async fn read<B>(body: B) -> Result<Bytes, Cut>
where
    B: http_body::Body,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    match Limited::new(body, MAX_BODY + 1).collect().await {
        Ok(collected) => {
            let mut collected = collected.aggregate();
            Ok(collected.copy_to_bytes(collected.remaining()))
        }
        // One byte too many is enough for the server to say that it is too large.
        Err(error) if error.is::<LengthLimitError>() => Ok(Bytes::from(vec![b' '; MAX_BODY + 1])),
        Err(_) => Err(Cut),
    }
}
