//! Asking an operator's own HTTP port, as a kubelet and a Prometheus do.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::patience::Miss;

/// A loopback address that nobody listens on.
///
/// # Panics
/// If there is none left.
#[must_use]
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("its address")
}

/// The status and the body of `GET path`.
///
/// # Errors
/// If nobody answers there, or not with HTTP.
pub async fn get(address: SocketAddr, path: &str) -> Result<(u16, String), Miss> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (head, body) = answer
        .split_once("\r\n\r\n")
        .ok_or("an answer without a body")?;
    let status = head
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    Ok((status.ok_or("an answer without a status")?, body.to_owned()))
}
