//! The gRPC server and its limits.

use super::{callers, incoming, trust::Trust};
use crate::service::Service;
use doltops_proto::{MESSAGE_LIMIT, instance_manager::instance_manager_server::InstanceManagerServer};
use std::{io, sync::Arc, time::Duration};
use tokio::net::TcpListener;
use tonic::{service::interceptor::InterceptedService, transport::Server};

/// A dead control plane's connection is noticed within the two together.
const KEEPALIVE: Duration = Duration::from_secs(20);
const KEEPALIVE_ANSWER: Duration = Duration::from_secs(10);
/// Calls at once on one connection: every tunnel and followed log is one.
const STREAMS: u32 = 256;
/// What a caller may send ahead: a few frames of a tunnel, so that a round trip does not slow it.
const WINDOW: u32 = 512 * 1024;
/// No request is near it: the largest is a Deploy with its chains, or a tunnel's frame.
const REQUEST_LIMIT: usize = 1024 * 1024;

/// Serves until its future is dropped.
///
/// # Errors
/// When the server fails.
pub async fn serve(listener: TcpListener, trust: Arc<Trust>, service: Service) -> io::Result<()> {
    let connections = incoming::incoming(listener, trust);
    let service = InstanceManagerServer::new(service)
        .max_decoding_message_size(REQUEST_LIMIT)
        .max_encoding_message_size(MESSAGE_LIMIT);
    Server::builder()
        .http2_keepalive_interval(Some(KEEPALIVE))
        .http2_keepalive_timeout(Some(KEEPALIVE_ANSWER))
        .max_concurrent_streams(STREAMS)
        .initial_stream_window_size(WINDOW)
        .initial_connection_window_size(WINDOW * 4)
        .add_service(InterceptedService::new(service, callers::control_plane_only))
        .serve_with_incoming(connections)
        .await
        .map_err(io::Error::other)
}
