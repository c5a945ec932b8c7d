//! [`Relay`]: passes bytes on between an operator and its API server and knows nothing of what they say, so that TLS and
//! HTTP/2 reach from end to end. It lets connections fall silent as a network does that forgets them: what is sent is
//! lost, nobody closes anything, and new connections go through.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use futures::future::pending;
use http::Uri;
use tokio::{
    io::{self, AsyncReadExt, AsyncWriteExt},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
};

use crate::loopback::Loopback;

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
pub struct Mark(Vec<u64>);

/// Open until it is dropped.
pub struct Relay {
    lines: Lines,
    loopback: Loopback,
    server: Uri,
}

impl Relay {
    /// A relay to a server.
    ///
    /// # Panics
    /// If the URL names no host, or there is no port to be had.
    pub async fn to(server: &Uri) -> Self {
        let authority = server.authority().expect("the server's address");
        let port = if server.scheme_str() == Some("http") {
            80
        } else {
            443
        };
        let port = authority.port_u16().unwrap_or(port);
        let address = format!("{}:{port}", authority.host());
        let lines = Lines::default();
        let known = Arc::clone(&lines);
        let loopback = Loopback::serving(move |operator| {
            let line = Arc::<Line>::default();
            lock(&known).push(Arc::clone(&line));
            let address = address.clone();
            // What ends one with an error is the operator or the server that went away: the other hears of it.
            async move { drop(relay(operator, &address, &line).await) }
        });
        Self {
            lines,
            loopback: loopback.await,
            server: server.clone(),
        }
    }

    /// Where the server is reached through it.
    #[must_use]
    pub fn url(&self) -> String {
        let scheme = self.server.scheme_str().unwrap_or("https");
        format!("{scheme}://{}", self.loopback.address())
    }

    /// The name that the server's certificate is for, if nothing else says one.
    #[must_use]
    pub fn server_name(&self) -> String {
        let host = self.server.host().unwrap_or_default();
        host.trim_matches(['[', ']']).to_owned()
    }

    /// How many connections were ever opened through it.
    #[must_use]
    pub fn opened(&self) -> usize {
        lock(&self.lines).len()
    }

    /// How much was sent so far.
    #[must_use]
    pub fn mark(&self) -> Mark {
        Mark(lock(&self.lines).iter().map(|line| line.sent()).collect())
    }

    /// Lets all connections fall silent; says how many were open.
    #[must_use]
    pub fn silence_all(&self) -> usize {
        self.silence(|_, _| true)
    }

    /// Lets those fall silent on which the operator has sent something since, as it does for requests, and does not on
    /// a watch; says how many were open.
    #[must_use]
    pub fn silence_those_used_since(&self, mark: &Mark) -> usize {
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

impl Line {
    fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

fn lock(lines: &Mutex<Vec<Arc<Line>>>) -> MutexGuard<'_, Vec<Arc<Line>>> {
    lines.lock().unwrap_or_else(PoisonError::into_inner)
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
