//! `/livez`, `/readyz` and `/metrics` over HTTP.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::Context;

/// A client that does not finish its request within this time is let go.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the port, so that a taken one is known before the operator starts.
pub(crate) async fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Answers for good.
pub(crate) async fn serve(context: Arc<Context>, listener: TcpListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                // Out of file handles, most likely: what is open has to close first.
                tracing::warn!(%error, "a connection can't be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let context = Arc::clone(&context);
        let service = service_fn(move |request: Request<Incoming>| {
            let response = answer(&context, request.uri().path());
            async move { Ok::<_, Infallible>(response) }
        });
        let mut server = http1::Builder::new();
        server
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIMEOUT);
        let connection = server.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended");
            }
        });
    }
}

fn answer(context: &Context, path: &str) -> Response<Full<Bytes>> {
    match path {
        "/livez" if context.is_alive() => text(StatusCode::OK, "ok\n".into()),
        "/livez" => text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the loop that starts passes stands still\n".into(),
        ),
        "/readyz" => match context.engine().unready() {
            reasons if reasons.is_empty() => text(StatusCode::OK, "ok\n".into()),
            reasons => text(StatusCode::SERVICE_UNAVAILABLE, reasons.join("\n") + "\n"),
        },
        "/metrics" => {
            let depth = context.engine().depth(context.now());
            let mut response = text(StatusCode::OK, context.metrics.render(depth, context.now()));
            let format = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                header::HeaderValue::from_static(format),
            );
            response
        }
        _ => text(
            StatusCode::NOT_FOUND,
            "there are /livez, /readyz and /metrics\n".into(),
        ),
    }
}

fn text(status: StatusCode, body: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let plain = header::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, plain);
    response
}
