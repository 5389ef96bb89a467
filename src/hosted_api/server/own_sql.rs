//! SQL on the control plane's own database, for admins who check its history.
//!
//! Guarantees
//! - Admins only, and only reading: the user that is made can read the database, where no secret is, and nothing of the
//!   server's own. The server's password never leaves this process.
//! - Only where this host runs the store's server: users are not made in somebody else's.
//! - The bytes go to the store's port on this machine, and to no other.

use super::{Server, Stream};
use crate::{
    hosted_api::{
        access::Caller,
        problem::{Kind, Problem},
    },
    store::readers::Readers,
};
use doltops_proto::{
    TUNNEL_FRAME,
    hosted_api::{OpenSqlSessionResponse, TunnelRequest, TunnelResponse},
    identity::Role,
};
use futures::StreamExt;
use jiff::SignedDuration;
use std::{io, sync::Arc};
use tokio::{io::AsyncWriteExt, net::TcpStream};
use tokio_util::{
    io::{ReaderStream, StreamReader},
    task::AbortOnDropHandle,
};
use tonic::{Status, Streaming};

/// A check of 10,000 commits takes minutes; what is open stays open.
const LASTS: SignedDuration = SignedDuration::from_hours(1);

impl Server {
    fn readers(&self, caller: &Caller) -> Result<&Arc<dyn Readers>, Problem> {
        if caller.role < Role::Admin {
            let what = format!(
                "{} has the role {}; the control plane's own database needs {}",
                caller.name,
                caller.role,
                Role::Admin
            );
            return Err(Problem::new(Kind::Refused, what));
        }
        self.readers.as_ref().ok_or_else(|| {
            Problem::new(Kind::Refused, "the store's server is not this host's own")
                .next("check it there: doltops check --server mysql://USER@HOST:PORT/DATABASE")
        })
    }

    pub(super) async fn open_own_session(&self, caller: &Caller) -> Result<OpenSqlSessionResponse, Problem> {
        let env = &self.manager.executor.env;
        let until = env.now() + LASTS;
        let reader = self.readers(caller)?.open(until, env.as_ref()).await?;
        self.manager.events.add("", "control-plane", "Open a read-only SQL session on its own database", &caller.name);
        Ok(OpenSqlSessionResponse {
            user: reader.user,
            password: reader.password.reveal().to_owned(),
            expires_ms: until.as_millisecond(),
            // The server listens on this machine alone, without TLS; what leaves it is inside the Hosted API's.
            ca_pem: String::new(),
            host_name: String::new(),
            read_only: true,
            database: reader.database,
        })
    }

    pub(super) async fn open_own_tunnel(
        &self,
        caller: &Caller,
        inbound: Streaming<TunnelRequest>,
    ) -> Result<Stream<TunnelResponse>, Status> {
        let server = self.readers(caller)?.server();
        let away = |error: io::Error| Status::unavailable(format!("the store does not answer: {error}"));
        let store = TcpStream::connect(server).await.map_err(away)?;
        // Without it, a question and its answer wait 44 ms for each other.
        store.set_nodelay(true).map_err(away)?;
        let (reader, mut writer) = store.into_split();
        let frames = inbound.map(|frame| frame.map(|frame| io::Cursor::new(frame.data)).map_err(io::Error::other));
        let inward = AbortOnDropHandle::new(tokio::spawn(async move {
            // However it ends, the store is told; what it still answers is carried.
            let _ = tokio::io::copy_buf(&mut StreamReader::new(frames), &mut writer).await;
            let _ = writer.shutdown().await;
        }));
        let outward = ReaderStream::with_capacity(reader, TUNNEL_FRAME).map(move |read| {
            // It ends with the answers: nobody reads any more.
            let _with_the_stream = &inward;
            let data =
                read.map_err(|error| Status::unavailable(format!("the connection to the store broke: {error}")))?;
            Ok(TunnelResponse { data: data.into() })
        });
        Ok(Box::pin(outward))
    }
}
