//! [`Relay`]: passes bytes on between an operator and its API server and knows nothing of what they say, so that TLS and
//! HTTP/2 reach from end to end. It lets connections fall silent as a network does that forgets them: what is sent is
//! lost, nobody closes anything, and new connections go through.

use std::{
    net::Ipv4Addr,
    path::Path,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::future::pending;
use http::Uri;
use kube::config::Kubeconfig;
use tempfile::NamedTempFile;
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// So many bytes are passed on at once.
const CHUNK: usize = 16 * 1024;

/// A connection.
#[derive(Default)]
struct Line {
    /// How many bytes the operator has sent.
    sent: AtomicU64,
    /// Heard by whoever passes its bytes on, as long as it is open.
    silent: watch::Sender<bool>,
}

type Lines = Arc<Mutex<Vec<Arc<Line>>>>;

/// How much had been sent on each connection at some time.
pub(crate) struct Mark(Vec<u64>);

/// Open until it is dropped.
pub(crate) struct Relay {
    lines: Lines,
    kubeconfig: NamedTempFile,
    task: JoinHandle<()>,
}

impl Relay {
    /// A relay to the cluster of this kubeconfig's only context.
    pub(crate) async fn to(kubeconfig: &Path) -> Self {
        let mut config = Kubeconfig::read_from(kubeconfig)
            .unwrap_or_else(|e| panic!("{}: {e}", kubeconfig.display()));
        let cluster = config.clusters[0].cluster.as_mut().expect("a cluster");
        let server: Uri = cluster
            .server
            .as_deref()
            .unwrap_or_default()
            .parse()
            .expect("a URL");
        let authority = server
            .authority()
            .expect("the server's address")
            .to_string();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        cluster.server = Some(format!(
            "{}://{address}",
            server.scheme_str().unwrap_or("https")
        ));
        cluster.tls_server_name = server.host().map(Into::into);
        let file = NamedTempFile::new().expect("a file for the kubeconfig");
        // What is JSON is YAML.
        let text = serde_json::to_vec(&config).expect("a kubeconfig");
        std::fs::write(file.path(), text).expect("the kubeconfig");
        let lines = Lines::default();
        Self {
            task: tokio::spawn(serve(listener, authority, Arc::clone(&lines))),
            lines,
            kubeconfig: file,
        }
    }

    /// The kubeconfig that leads through it.
    pub(crate) fn kubeconfig(&self) -> &Path {
        self.kubeconfig.path()
    }

    /// How much was sent so far.
    pub(crate) fn mark(&self) -> Mark {
        Mark(lock(&self.lines).iter().map(|line| line.sent()).collect())
    }

    /// Lets all connections fall silent; says how many were open.
    pub(crate) fn silence_all(&self) -> usize {
        self.silence(|_, _| true)
    }

    /// Lets those fall silent on which the operator has sent something since, as it does for requests, and does not on
    /// a watch; says how many were open.
    pub(crate) fn silence_those_used_since(&self, mark: &Mark) -> usize {
        self.silence(|number, line| line.sent() > mark.0.get(number).copied().unwrap_or_default())
    }

    fn silence(&self, is_meant: impl Fn(usize, &Line) -> bool) -> usize {
        let lines = lock(&self.lines);
        let meant = lines
            .iter()
            .enumerate()
            .filter(|(number, line)| is_meant(*number, line));
        // One that was closed listens no more, and one that is silent is none that was open.
        meant
            .filter(|(_, line)| {
                let is_open = line.silent.receiver_count() > 0;
                is_open && !line.silent.send_replace(true)
            })
            .count()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Line {
    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

fn lock(lines: &Mutex<Vec<Arc<Line>>>) -> MutexGuard<'_, Vec<Arc<Line>>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn serve(listener: TcpListener, server: String, lines: Lines) {
    // They end with the relay.
    let mut connections = JoinSet::new();
    loop {
        let Ok((operator, _)) = listener.accept().await else {
            continue;
        };
        let line = Arc::<Line>::default();
        lock(&lines).push(Arc::clone(&line));
        let server = server.clone();
        // What ends one with an error is the operator or the server that went away: the other hears of it.
        connections.spawn(async move {
            let _ = relay(operator, &server, &line).await;
        });
        while connections.try_join_next().is_some() {}
    }
}

/// Until one side closes, or for good if it falls silent: an end that nobody hears of.
async fn relay(operator: TcpStream, server: &str, line: &Line) -> io::Result<()> {
    let mut silent = line.silent.subscribe();
    let server = TcpStream::connect(server).await?;
    for stream in [&operator, &server] {
        stream.set_nodelay(true)?;
    }
    let (from_operator, to_operator) = operator.into_split();
    let (from_server, to_server) = server.into_split();
    let there = pass(from_operator, to_server, |bytes| {
        line.sent.fetch_add(bytes, Ordering::Relaxed);
    });
    let back = pass(from_server, to_operator, |_| {});
    let silence = async { drop(silent.wait_for(|silent| *silent).await) };
    tokio::pin!(there, back);
    tokio::select! {
        biased;
        () = silence => pending().await,
        ended = &mut there => ended,
        ended = &mut back => ended,
    }
}

async fn pass(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    count: impl Fn(u64),
) -> io::Result<()> {
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = from.read(&mut chunk).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        count(length as u64);
        to.write_all(&chunk[..length]).await?;
    }
}
