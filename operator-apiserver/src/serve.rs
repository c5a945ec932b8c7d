//! [`Served`]: the server on loopback over HTTPS, for `kubectl` and every other client.

use std::{
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
    service::TowerToHyperService,
};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
};
use rustls::pki_types::PrivateKeyDer;
use tempfile::NamedTempFile;
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
};
use tokio_rustls::TlsAcceptor;

use crate::{access::User, cluster::LocalCluster, service::Identity, tower_service::LocalService};

/// How long requests under way may take to end when the server is stopped.
const GRACE: Duration = Duration::from_secs(1);
/// How long the server waits after a connection that could not be taken.
const AFTER_FAILURE: Duration = Duration::from_millis(100);

/// Why a cluster can't be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address can't be listened on.
    #[error("can't listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The certificates can't be made.
    #[error("the server's certificate can't be made")]
    Certificate(#[from] rcgen::Error),
    /// The certificates can't be used.
    #[error("the server's certificate can't be used")]
    Tls(#[from] rustls::Error),
    /// The kubeconfig can't be written.
    #[error("the kubeconfig {} can't be written", path.display())]
    Kubeconfig {
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A cluster that is served on loopback; it ends when this is dropped, or in order with [`stop`](Self::stop).
pub struct Served {
    address: SocketAddr,
    token: String,
    authority: String,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl LocalCluster {
    /// Serves it on loopback over HTTPS, on a port that is free.
    ///
    /// # Errors
    /// If nothing can be listened on.
    pub async fn serve(&self) -> Result<Served, ServeError> {
        self.serve_on((Ipv4Addr::LOCALHOST, 0).into()).await
    }

    /// Serves it over HTTPS on this address, which should be one of loopback: whoever has the token may do anything.
    ///
    /// # Errors
    /// If it can't be listened on.
    pub async fn serve_on(&self, address: SocketAddr) -> Result<Served, ServeError> {
        let listen = |source| ServeError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let (authority, acceptor) = certificates(address)?;
        let token = self.server().api().issue_token(User::admin());
        let service = self.service_for(Identity::Headers);
        let (stop, stopped) = watch::channel(false);
        let task = tokio::spawn(accept(listener, acceptor, service, stopped));
        Ok(Served {
            address,
            token,
            authority,
            stop,
            task,
        })
    }
}

impl Served {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `https://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The administrator's token.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The kubeconfig of its administrator, as YAML.
    #[must_use]
    pub fn kubeconfig(&self) -> String {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: local\n\
             clusters:\n- name: local\n  cluster:\n    server: {}\n    certificate-authority-data: {}\n\
             users:\n- name: admin\n  user:\n    token: {}\n\
             contexts:\n- name: local\n  context: {{cluster: local, user: admin, namespace: default}}\n",
            self.url(),
            STANDARD.encode(&self.authority),
            self.token,
        )
    }

    /// Writes the kubeconfig, readable by its owner only.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write_kubeconfig(&self, path: &Path) -> Result<(), ServeError> {
        let failed = |source| ServeError::Kubeconfig {
            path: path.to_owned(),
            source,
        };
        let folder = path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(failed)?;
        let mut file = NamedTempFile::new_in(folder).map_err(failed)?;
        file.write_all(self.kubeconfig().as_bytes())
            .map_err(failed)?;
        file.persist(path).map_err(|why| failed(why.error))?;
        Ok(())
    }

    /// Stops it: no new connections, and a moment for those under way.
    pub async fn stop(mut self) {
        // Without a receiver it has ended by itself.
        let _ = self.stop.send(true);
        let _ = (&mut self.task).await;
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A certificate authority of its own, in PEM, and what accepts connections with a certificate by it.
fn certificates(address: SocketAddr) -> Result<(String, TlsAcceptor), ServeError> {
    let named = |name: &str| {
        let mut distinguished = DistinguishedName::new();
        distinguished.push(DnType::CommonName, name);
        distinguished
    };
    let mut authority = CertificateParams::new(Vec::new())?;
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.distinguished_name = named("local-cluster-ca");
    let authority_key = KeyPair::generate()?;
    let authority_certificate = authority.self_signed(&authority_key)?;
    let issuer = Issuer::new(authority, authority_key);
    let names = [
        "localhost".to_owned(),
        "kubernetes.default.svc".to_owned(),
        address.ip().to_string(),
    ];
    let mut server = CertificateParams::new(names)?;
    server.distinguished_name = named("local-cluster");
    let key = KeyPair::generate()?;
    let certificate = server.signed_by(&key, &issuer)?;
    let private = PrivateKeyDer::try_from(key.serialize_der())
        .map_err(|why| rustls::Error::General(why.to_owned()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok((
        authority_certificate.pem(),
        TlsAcceptor::from(Arc::new(config)),
    ))
}

async fn accept(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    service: LocalService,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stopped.changed() => break,
            accepted = listener.accept() => {
                match accepted {
                    Ok((stream, _)) => {
                        connections.spawn(connection(stream, acceptor.clone(), service.clone(), stopped.clone()));
                    }
                    // What failed may be one connection, or that there is no descriptor left for any: the next is not
                    // waited for at full speed.
                    Err(_) => tokio::time::sleep(AFTER_FAILURE).await,
                }
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
        }
    }
    let all = async { while connections.join_next().await.is_some() {} };
    // What takes longer is a watch: it ends with its connection.
    let _ = tokio::time::timeout(GRACE, all).await;
}

async fn connection(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    service: LocalService,
    mut stopped: watch::Receiver<bool>,
) {
    // Answers are small: none should wait for the next.
    let _ = stream.set_nodelay(true);
    let Ok(stream) = acceptor.accept(stream).await else {
        return;
    };
    let builder = auto::Builder::new(TokioExecutor::new());
    let serving = builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    tokio::pin!(serving);
    tokio::select! {
        // A client that went away, or a fault that cut it off.
        _ = &mut serving => return,
        _ = stopped.changed() => serving.as_mut().graceful_shutdown(),
    }
    let _ = serving.await;
}
