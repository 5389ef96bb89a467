//! Logs and Tunnel: calls that go on.

use crate::{
    agent::Agent,
    logs::{follow, line::Line},
    tunnel,
};
use doltops_proto::instance_manager::{LogLine, TunnelRequest, TunnelResponse};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

/// Lines on their way to a caller that reads slowly.
const LINES: usize = 256;

pub(super) fn logs(agent: &Agent, lines: u32, go_on: bool) -> ReceiverStream<Result<LogLine, Status>> {
    let (to, from) = mpsc::channel(LINES);
    let (read, mut found) = mpsc::channel::<Line>(LINES);
    let path = agent.folder.dolt_log();
    let lines = usize::try_from(lines).unwrap_or(usize::MAX);
    tokio::spawn(async move {
        let forward = async {
            while let Some(Line { time_ms, level, text }) = found.recv().await {
                let line = LogLine { time_ms, level: level.to_owned(), text };
                if to.send(Ok(line)).await.is_err() {
                    return;
                }
            }
        };
        let follow = async move { follow::follow(&path, lines, go_on, &read).await };
        // `follow` lets go of `read` when it ends, and that ends `forward` after the last line.
        let (result, ()) = tokio::select! {
            both = async { tokio::join!(follow, forward) } => both,
            () = to.closed() => return,
        };
        if let Err(error) = result {
            // Nobody may be there to hear it.
            let _ = to.send(Err(Status::internal(format!("Dolt's log cannot be read: {error}")))).await;
        }
    });
    ReceiverStream::new(from)
}

pub(super) async fn tunnel(
    agent: &Agent,
    from: Streaming<TunnelRequest>,
) -> Result<ReceiverStream<Result<TunnelResponse, Status>>, Status> {
    let permit = Arc::clone(&agent.tunnels).try_acquire_owned().map_err(|_| {
        Status::resource_exhausted(format!("there are {} tunnels to this instance already", tunnel::MOST))
    })?;
    let dolt = tunnel::connect(agent.machine.database)
        .await
        .map_err(|error| Status::unavailable(format!("Dolt's port does not answer: {error}")))?;
    let (to, answers) = mpsc::channel(tunnel::FRAMES);
    tokio::spawn(tunnel::carry(dolt, from, to, permit));
    Ok(ReceiverStream::new(answers))
}
