//! The way to the control plane: in this process, in another on this machine, or elsewhere.
//!
//! Guarantees
//! - One client for all three; it connects again by itself, and each time finds who hosts by then.
//! - A program that may host does, as soon as nobody else does: that is the whole of handing over.
//! - Where it needs the fleet ([`HostOptions::resume`]), a suspended one comes back, whoever hosts.
//!
//! Why in the connector: a broken connection is then the one event that everything follows from, and a call that is
//! made meanwhile waits for the new connection.

use super::{ControlPlane, HostOptions, Provider, StateFolder};
use crate::{
    cloud::local,
    env::Env,
    hosted_api::{
        client::{self, Client},
        problem::{Kind, Problem},
    },
    reconcile::peers::Acting,
};
use hyper_util::rt::TokioIo;
use std::{io, path::PathBuf, pin::Pin, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::UnixStream,
    sync::{Mutex, watch},
    task, time,
};
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

/// Whether a host that is starting listens by now is asked this often.
const AGAIN: Duration = Duration::from_millis(20);

/// A person who leaves does not wait longer than this for a control plane that is starting: several times what a start
/// takes, and far less than a build of Dolt.
const LEAVE: Duration = Duration::from_secs(2);

/// What this process is to the control plane.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Hosting {
    /// It is looking for one.
    #[default]
    Looking,
    /// It is starting one: what takes long.
    Starting(String),
    /// It hosts one.
    Host,
    /// Another process hosts it.
    Attached,
    /// It could not start one.
    Failed(Problem),
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}
type Boxed = Pin<Box<dyn Stream>>;

/// The way to the control plane of one state folder.
pub struct Link {
    folder: StateFolder,
    options: HostOptions,
    env: Arc<dyn Env>,
    hosted: Arc<Mutex<Option<ControlPlane>>>,
    hosting: watch::Sender<Hosting>,
}

impl Link {
    /// Nothing is done before the first call of a client, or [`Link::ready`].
    pub fn new(folder: StateFolder, options: HostOptions, env: Arc<dyn Env>) -> Arc<Self> {
        Arc::new(Self { folder, options, env, hosted: Arc::default(), hosting: watch::Sender::default() })
    }

    /// The state folder.
    pub fn folder(&self) -> &StateFolder {
        &self.folder
    }

    /// A client; it connects when it is first used, and again whenever it must.
    pub fn client(self: &Arc<Self>) -> Client {
        let link = Arc::clone(self);
        let connector = service_fn(move |_: Uri| {
            let link = Arc::clone(&link);
            async move { link.open().await.map(TokioIo::new).map_err(io::Error::other) }
        });
        // The address is never resolved: the connector alone decides.
        client::on(Endpoint::from_static("http://control-plane").connect_with_connector_lazy(connector))
    }

    /// What this process is to the control plane, now and as it changes.
    pub fn hosting(&self) -> watch::Receiver<Hosting> {
        self.hosting.subscribe()
    }

    /// Returns when there is a control plane to call; begins to host one where nobody does.
    ///
    /// # Errors
    /// Why this process cannot host, or cannot reach who does.
    pub async fn ready(self: &Arc<Self>) -> Result<(), Problem> {
        self.open().await.map(drop)
    }

    /// Connects to whoever hosts, or begins to host.
    async fn open(self: &Arc<Self>) -> Result<Boxed, Problem> {
        let mut hosted = Arc::clone(&self.hosted).lock_owned().await;
        if let Some(plane) = hosted.as_ref() {
            return in_memory(plane).await;
        }
        let socket = self.folder.socket()?;
        loop {
            if let Some(stream) = attach(&socket).await? {
                self.resume()?;
                self.hosting.send_replace(Hosting::Attached);
                return Ok(Box::pin(stream));
            }
            if let Some(lock) = self.folder.lock()? {
                // To its end, also where the caller is dropped: what it has started is then there to be closed.
                let link = Arc::clone(self);
                let hosting = task::spawn(async move {
                    let plane = hosted.insert(link.host(lock).await?);
                    in_memory(plane).await
                });
                let broken = |error: task::JoinError| Err(Problem::new(Kind::Failed, error.to_string()));
                return hosting.await.unwrap_or_else(broken);
            }
            time::sleep(AGAIN).await;
        }
    }

    /// Has whoever hosts bring a suspended fleet back, where this process needs it. Each connection does it anew: the
    /// host before may have suspended it meanwhile.
    fn resume(&self) -> Result<(), Problem> {
        // Only this machine has a power switch.
        if !self.options.resume || !matches!(self.options.provider, Provider::Local) {
            return Ok(());
        }
        local::turn_on(&self.folder.cloud()).map_err(|error| {
            let what = format!("the instances cannot be brought back: {}: {error}", self.folder.cloud().display());
            Problem::new(Kind::Failed, what).next("make the folder writable for this user")
        })
    }

    async fn host(&self, lock: super::state_folder::HostLock) -> Result<ControlPlane, Problem> {
        let told = self.hosting.clone();
        let progress = Arc::new(move |line: &str| drop(told.send_replace(Hosting::Starting(line.to_owned()))));
        progress("starting");
        let started = ControlPlane::start(&self.folder, lock, self.options.clone(), self.env.clone(), progress).await;
        self.hosting.send_replace(match &started {
            Ok(_) => Hosting::Host,
            Err(problem) => Hosting::Failed(problem.clone()),
        });
        started
    }

    /// Other processes that would host at once if this one ended.
    pub async fn heirs(&self) -> usize {
        self.hosted.lock().await.as_ref().map_or(0, ControlPlane::heirs)
    }

    /// Whether others need the control plane that this process hosts: see [`ControlPlane::is_needed`].
    pub async fn is_needed(&self) -> bool {
        self.hosted.lock().await.as_ref().is_some_and(ControlPlane::is_needed)
    }

    /// Where the control plane that this process hosts listens over TCP.
    pub async fn listens(&self) -> Option<std::net::SocketAddr> {
        self.hosted.lock().await.as_ref().and_then(ControlPlane::listens)
    }

    /// Who acts while the control plane that this process hosts stands by.
    pub async fn acting(&self) -> Option<Acting> {
        self.hosted.lock().await.as_ref().and_then(ControlPlane::acting)
    }

    /// Ends the control plane, if this process hosts it; with `suspend` the instances' processes too.
    ///
    /// # Errors
    /// When an instance's process could not be ended; the control plane has ended all the same.
    pub async fn close(&self, suspend: bool) -> Result<(), Problem> {
        // One that is still starting, perhaps building Dolt, is not waited for: the next host mends what it leaves.
        let Ok(mut hosted) = time::timeout(LEAVE, self.hosted.lock()).await else { return Ok(()) };
        let Some(plane) = hosted.take() else { return Ok(()) };
        let suspended = if suspend { plane.suspend().await.map(drop) } else { Ok(()) };
        plane.stop().await;
        suspended
    }
}

async fn in_memory(plane: &ControlPlane) -> Result<Boxed, Problem> {
    let stream = plane.connect().await;
    Ok(Box::pin(stream.map_err(|error| Problem::new(Kind::Unreachable, error.to_string()))?))
}

/// A connection to the host that listens; none where nobody does.
async fn attach(socket: &PathBuf) -> Result<Option<UnixStream>, Problem> {
    // Nobody made the socket yet, its owner died or ends at this moment, or too many come at once.
    let passing = |error: &io::Error| {
        use io::ErrorKind::{ConnectionRefused, ConnectionReset, NotFound, WouldBlock};
        matches!(error.kind(), NotFound | ConnectionRefused | ConnectionReset | WouldBlock)
    };
    match UnixStream::connect(socket).await {
        Ok(stream) => Ok(Some(stream)),
        Err(error) if passing(&error) => Ok(None),
        Err(error) => {
            let what = format!("{} cannot be opened: {error}", socket.display());
            Err(Problem::new(Kind::Unreachable, what).next("is the control plane another user's?"))
        }
    }
}
