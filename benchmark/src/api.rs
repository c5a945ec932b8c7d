//! [`Api`]: requests to an API server with as little as possible between the caller and hyper.

use std::path::Path;

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use kube::{
    Config,
    client::ConfigExt,
    config::{KubeConfigOptions, Kubeconfig},
};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;

use crate::event::Lines;

/// The content type of a body in JSON.
pub const JSON: &str = "application/json";
/// The content type of a merge patch.
pub const MERGE: &str = "application/merge-patch+json";
/// The content type of a server-side apply.
pub const APPLY: &str = "application/apply-patch+yaml";

/// Which HTTP is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Http {
    /// HTTP/1.1, a connection for each request under way.
    One,
    /// HTTP/2, one connection for all.
    Two,
}

/// An API server, by the credentials of a kubeconfig.
#[derive(Clone)]
pub struct Api {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    root: String,
    authorization: Option<HeaderValue>,
}

impl Api {
    /// The server of a kubeconfig's current context. Credentials are a token or a client certificate.
    ///
    /// # Errors
    /// If the kubeconfig can't be used.
    pub async fn of(kubeconfig: &Path, http: Http) -> Result<Self, String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", kubeconfig.display());
        let file = Kubeconfig::read_from(kubeconfig).map_err(|error| told(&error))?;
        let config = Config::from_custom_kubeconfig(file, &KubeConfigOptions::default())
            .await
            .map_err(|error| told(&error))?;
        if config.auth_info.exec.is_some() || config.auth_info.auth_provider.is_some() {
            return Err(told(
                &"credentials by a plugin can't be used here; make a kubeconfig with a token or a client certificate",
            ));
        }
        let authorization = token(&config).map_err(|error| told(&error))?;
        let tls = config
            .rustls_client_config()
            .map_err(|error| told(&error))?;
        let builder = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        let connector = match http {
            Http::One => builder.enable_http1().wrap_connector(tcp),
            Http::Two => builder.enable_http2().wrap_connector(tcp),
        };
        Ok(Self {
            client: Client::builder(TokioExecutor::new())
                .http2_only(http == Http::Two)
                .build(connector),
            root: config.cluster_url.to_string().trim_end_matches('/').into(),
            authorization,
        })
    }

    /// Sends a request and reads the answer whole.
    ///
    /// # Errors
    /// If there is no answer, or one that says no.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: impl Into<Bytes>,
    ) -> Result<Bytes, String> {
        let named = || format!("{method} {path}");
        let (status, body) = self
            .exchange(method.clone(), path, content_type, body.into())
            .await?;
        if status.is_success() {
            Ok(body)
        } else {
            Err(refusal(&named(), status, &body))
        }
    }

    /// Sends a request and reads the answer whole, whatever it says.
    ///
    /// # Errors
    /// If there is no answer.
    pub async fn exchange(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<(StatusCode, Bytes), String> {
        let named = format!("{method} {path}");
        let response = self.open(method, path, content_type, body).await?;
        let status = response.status();
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| format!("{named}: {error}"))?;
        Ok((status, body.to_bytes()))
    }

    /// Gets what is at `path`.
    ///
    /// # Errors
    /// If there is no answer, or one that says no.
    pub async fn get(&self, path: &str) -> Result<Bytes, String> {
        self.send(Method::GET, path, JSON, Bytes::new()).await
    }

    /// Gets what is at `path`, decoded.
    ///
    /// # Errors
    /// If there is no answer, one that says no, or something else than what is looked for.
    pub async fn get_as<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let body = self.get(path).await?;
        serde_json::from_slice(&body).map_err(|error| format!("GET {path}: {error}"))
    }

    /// Opens a watch on what is at `path`, from `version` on, with bookmarks and for as long as a server lets it.
    ///
    /// # Errors
    /// If there is no answer, or one that says no.
    pub async fn watch(&self, path: &str, version: &str) -> Result<Lines, String> {
        let path = format!(
            "{path}?watch=true&allowWatchBookmarks=true&timeoutSeconds=3600&resourceVersion={version}"
        );
        let response = self.open(Method::GET, &path, JSON, Bytes::new()).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(Lines::of(response.into_body()));
        }
        let body = response.into_body().collect().await;
        let body = body.map_err(|error| format!("GET {path}: {error}"))?;
        Err(refusal(&format!("GET {path}"), status, &body.to_bytes()))
    }

    async fn open(
        &self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Response<Incoming>, String> {
        let named = || format!("{method} {path}");
        let uri: Uri = format!("{}{path}", self.root)
            .parse()
            .map_err(|error| format!("{}: {error}", named()))?;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method.clone();
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(authorization) = &self.authorization {
            headers.insert(header::AUTHORIZATION, authorization.clone());
        }
        self.client
            .request(request)
            .await
            .map_err(|error| format!("{}: {}", named(), whole(&error)))
    }
}

/// The header that shows the token of a kubeconfig's user, if there is one.
fn token(config: &Config) -> Result<Option<HeaderValue>, String> {
    let auth = &config.auth_info;
    let token = match (&auth.token, &auth.token_file) {
        (Some(token), _) => token.expose_secret().to_owned(),
        (None, Some(path)) => {
            std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?
        }
        (None, None) => return Ok(None),
    };
    let mut header = HeaderValue::try_from(format!("Bearer {}", token.trim()))
        .map_err(|error| format!("the token: {error}"))?;
    header.set_sensitive(true);
    Ok(Some(header))
}

/// What a refused request is told as: what it was, and what the server said.
#[must_use]
pub fn refusal(named: &str, status: StatusCode, body: &[u8]) -> String {
    let body: String = String::from_utf8_lossy(body).chars().take(500).collect();
    format!("{named}: {status}: {body}")
}

/// An error with its sources.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
