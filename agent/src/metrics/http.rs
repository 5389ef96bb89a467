//! One GET from a server of this machine's. HTTP/1.0: the answer ends where the connection does, and has no chunks.

use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time,
};

/// Dolt's metrics are some 20 KiB.
const LONGEST: u64 = 1024 * 1024;
/// Shorter than the pause between two polls.
const PATIENCE: Duration = Duration::from_secs(3);

/// The body of the answer.
///
/// # Errors
/// When the server is away or slow, or answers anything but 200.
pub async fn get(server: SocketAddr, path: &str) -> io::Result<String> {
    time::timeout(PATIENCE, exchange(server, path)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

async fn exchange(server: SocketAddr, path: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\nHost: {server}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(LONGEST).read_to_end(&mut answer).await?;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    match head.split(' ').nth(1) {
        Some("200") => Ok(body.to_owned()),
        other => Err(io::Error::other(format!("{path} was answered with {}", other.unwrap_or("nothing")))),
    }
}
