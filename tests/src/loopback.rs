//! [`Loopback`]: a port on loopback, and what serves each of its connections.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinHandle, JoinSet},
};

/// A process that has no file descriptor to spare is asked again after that.
const PAUSE: Duration = Duration::from_millis(10);

/// Open, with all its connections, until it is dropped.
pub struct Loopback {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl Loopback {
    /// A free port, each of whose connections is given to `serve`.
    ///
    /// # Panics
    /// If there is no port to be had.
    pub async fn serving<S>(serve: impl Fn(TcpStream) -> S + Send + 'static) -> Self
    where
        S: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .expect("a port on loopback");
        let address = listener.local_addr().expect("its address");
        let task = tokio::spawn(async move {
            // They end with it.
            let mut connections = JoinSet::new();
            loop {
                match listener.accept().await {
                    Ok((stream, _)) => drop(connections.spawn(serve(stream))),
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, task }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        self.task.abort();
    }
}
