//! A loopback port whose connections go through the agent's tunnel.

use super::instance::{Client, fence};
use doltops_proto::instance_manager::TunnelRequest;
use std::net::SocketAddr;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};
use tokio_stream::wrappers::ReceiverStream;
use tonic::Status;

/// Listens, and carries each connection through a tunnel of its own.
pub async fn listen(client: Client) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let client = client.clone();
            tokio::spawn(async move { carry(client, stream).await.expect("a tunnel") });
        }
    });
    address
}

async fn carry(mut client: Client, stream: TcpStream) -> Result<(), Status> {
    let (to, from) = mpsc::channel(4);
    to.send(TunnelRequest { fence: Some(fence(0)), data: Vec::new() }).await.expect("open");
    let mut answers = client.tunnel(ReceiverStream::new(from)).await?.into_inner();
    let (mut reader, mut writer) = stream.into_split();
    tokio::spawn(async move {
        let mut piece = vec![0; 16 * 1024];
        while let Ok(count @ 1..) = reader.read(&mut piece).await {
            if to.send(TunnelRequest { fence: None, data: piece[..count].to_vec() }).await.is_err() {
                return;
            }
        }
    });
    while let Some(answer) = answers.message().await? {
        if writer.write_all(&answer.data).await.is_err() {
            break;
        }
    }
    Ok(())
}
