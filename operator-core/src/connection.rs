//! [`connect`]: the connections of an operator to its API server.

use std::{
    task::{Context, Poll},
    time::Duration,
};

use futures::{TryFutureExt, future::MapErr};
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_rustls::{FixedServerNameResolver, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{
        Builder, Client as HyperClient, Error, ResponseFuture, connect::HttpConnector,
    },
    rt::{TokioExecutor, TokioTimer},
};
use kube::{
    Client, Config,
    client::{Body, ClientBuilder, ConfigExt},
};
use tower::{BoxError, Service, util::option_layer};

/// How often the connection of requests is asked whether it is still one. Also where there are none: else the first one after
/// a while would be the one that finds out.
const PING: Duration = Duration::from_secs(15);
/// How long it may take to answer that.
const PONG: Duration = Duration::from_secs(10);

/// A client as an operator needs it: it does not retry, since retries are the engine's, which knows what else changed
/// meanwhile; and it takes the fewest connections that do the work well.
///
/// Requests share one connection by HTTP/2, where the server speaks it: measured against a connection for each request
/// under way, that halves the operator's processor time at the same speed. Each watch has a connection of its own, so
/// that no number of them uses up what a server lets through one, and none has to wait for another.
///
/// A connection that died without a word, as one does whose route a network has forgotten, is noticed: the shared one within
/// 25 seconds, since it is asked every 15 and has 10 to answer; that of a watch by its silence, which is the engine's to
/// notice. Where HTTP/1.1 is spoken nobody asks, and a request on such a connection is given up after 30 seconds.
///
/// Credentials that a plugin gives, and ways that lead through a proxy, are left to kube's own client, which speaks
/// HTTP/1.1 only.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let config = operator_core::kube::Config::incluster()?;
/// let client = operator_core::connect(config)?;
/// # let _ = client;
/// # Ok(()) }
/// ```
///
/// # Errors
/// If the configuration's certificates or credentials can't be used.
pub fn connect(mut config: Config) -> Result<Client, kube::Error> {
    config.default_retry = false;
    if config.proxy_url.is_some() || config.auth_info.exec.is_some() {
        return Client::try_from(config);
    }
    let connections = Connections {
        requests: Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .http2_keep_alive_interval(PING)
            .http2_keep_alive_timeout(PONG)
            .http2_keep_alive_while_idle(true)
            // One that is asked all the time is good for as long as it answers.
            .pool_idle_timeout(None)
            .build(connector(&config, true)?),
        watches: Builder::new(TokioExecutor::new()).build(connector(&config, false)?),
    };
    let namespace = config.default_namespace.clone();
    let client = ClientBuilder::new(connections, namespace)
        .with_layer(&config.extra_headers_layer()?)
        .with_layer(&option_layer(config.auth_layer()?))
        .with_layer(&config.base_uri_layer());
    Ok(client.build())
}

fn connector(config: &Config, http2: bool) -> Result<HttpsConnector<HttpConnector>, kube::Error> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(config.connect_timeout);
    let mut builder = HttpsConnectorBuilder::new()
        .with_tls_config(config.rustls_client_config()?)
        .https_or_http();
    if let Some(name) = &config.tls_server_name {
        let name = name
            .clone()
            .try_into()
            .map_err(|error| kube::Error::Service(Box::new(error)))?;
        builder = builder.with_server_name_resolver(FixedServerNameResolver::new(name));
    }
    Ok(if http2 {
        builder.enable_all_versions().wrap_connector(tcp)
    } else {
        builder.enable_http1().wrap_connector(tcp)
    })
}

/// See [`connect`].
#[derive(Clone)]
struct Connections {
    requests: HyperClient<HttpsConnector<HttpConnector>, Body>,
    watches: HyperClient<HttpsConnector<HttpConnector>, Body>,
}

impl Service<Request<Body>> for Connections {
    type Response = Response<Incoming>;
    type Error = BoxError;
    type Future = MapErr<ResponseFuture, fn(Error) -> BoxError>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let client = if is_watch(&request) {
            &self.watches
        } else {
            &self.requests
        };
        client.request(request).map_err(BoxError::from)
    }
}

/// Whether the answer goes on until somebody ends it.
fn is_watch<T>(request: &Request<T>) -> bool {
    let mut parameters = request.uri().query().unwrap_or_default().split('&');
    parameters.any(|parameter| matches!(parameter, "watch=true" | "watch=1" | "follow=true"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_for_ever_is_told_from_what_is_answered() {
        let is_watch = |uri: &str| is_watch(&Request::get(uri).body(()).unwrap());
        assert!(is_watch("/api/v1/pods?watch=true&resourceVersion=7"));
        assert!(is_watch("/api/v1/pods?&watch=1"));
        assert!(is_watch("/api/v1/namespaces/a/pods/b/log?follow=true"));
        assert!(!is_watch("/api/v1/pods?watch=false"));
        assert!(!is_watch("/api/v1/pods?labelSelector=watch%3Dtrue"));
        assert!(!is_watch("/api/v1/watch"));
    }
}
