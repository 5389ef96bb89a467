//! One running control plane: store, cloud, reconciler and Hosted API, put together.
//!
//! Guarantees: nothing runs before the state folder's lock is held, and the lock goes last.

use super::{
    door,
    member::{self, Membership},
    provider::{Provided, Provider},
    state_folder::{HostLock, StateFolder},
    user::user,
};
use crate::{
    certificates::Authorities,
    change_requests,
    cloud::{
        Cloud,
        local::{LocalCloud, LocalOptions},
    },
    dolt_binary,
    env::Env,
    hosted_api::{
        access::Proof,
        listener::{self, Door},
        problem::{Kind, Problem},
        serve::{self, Attached},
        server::{CloneSource, HostInfo, Server},
    },
    incidents::{
        self,
        paging::{self, send::Sender},
    },
    instances::Agents,
    model::price::Prices,
    reconcile::{
        certificates::Certificates,
        events::Events,
        executor::Executor,
        lease::LeaseKeeper,
        manager::Manager,
        pager,
        pager::Pager,
        peers::{Acting, Peers},
    },
    secrets::{Secrets, folder::Folder},
    store::{
        Store,
        dolt::{Address, DoltStore},
        embedded::Embedded,
        readers::Readers,
    },
};
use futures::StreamExt;
use jiff::SignedDuration;
use std::{
    fs, io,
    net::SocketAddr,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::{
    io::DuplexStream,
    net::{TcpListener, UnixListener},
    sync::mpsc,
    task::{self, JoinSet},
};
use tokio_stream::wrappers::{ReceiverStream, UnixListenerStream};
use tokio_util::sync::CancellationToken;

/// Bytes in flight on an in-memory connection, each way: a few frames of a fleet.
const IN_MEMORY: usize = 256 * 1024;

/// How a control plane is hosted.
#[derive(Clone, Debug)]
pub struct HostOptions {
    /// console, daemon, command.
    pub host: &'static str,
    /// Whether it brings back a fleet that was suspended; a command that only looks does not.
    pub resume: bool,
    /// `--dolt`.
    pub dolt: Option<PathBuf>,
    /// The servers of another store than the embedded one; none: that one.
    pub store: Vec<String>,
    /// Also over TCP, with mTLS.
    pub listen: Option<SocketAddr>,
    /// How long a deleted deployment's final copy is kept.
    pub keep_final_copy: SignedDuration,
    /// Where deployments live.
    pub provider: Provider,
    /// What a change request needs before it is merged.
    pub change_requests: change_requests::settings::Settings,
    /// When something is an incident.
    pub incidents: incidents::settings::Settings,
    /// What things cost; absent: nothing is said of it.
    pub prices: Option<Prices>,
    /// Who is told of incidents; absent: nobody.
    pub paging: Option<Arc<paging::Settings>>,
}

/// A control plane that this process hosts.
pub struct ControlPlane {
    connect: mpsc::Sender<io::Result<DuplexStream>>,
    attached: Arc<AtomicUsize>,
    heirs: Arc<AtomicUsize>,
    /// Ends every connection from another process.
    cut: CancellationToken,
    tasks: JoinSet<()>,
    lease: Arc<LeaseKeeper>,
    /// The other daemons of a shared store.
    peers: Option<Arc<Peers>>,
    store: Arc<DoltStore>,
    embedded: Option<Embedded>,
    cloud: Arc<dyn Cloud>,
    /// The same, where it is this machine: it has processes to let go of.
    local: Option<Arc<LocalCloud>>,
    socket: PathBuf,
    listens: Option<SocketAddr>,
    _lock: Option<HostLock>,
}

pub(super) fn failed(what: &str, error: impl ToString) -> Problem {
    Problem::new(Kind::Failed, format!("{what}: {}", error.to_string()))
}

impl ControlPlane {
    /// Starts one on `folder`, whose lock is held. `progress` is told what takes long.
    ///
    /// # Errors
    /// What could not be started, and what to do about it.
    pub async fn start(
        folder: &StateFolder,
        lock: HostLock,
        options: HostOptions,
        env: Arc<dyn Env>,
        progress: Arc<dyn Fn(&str) + Send + Sync>,
    ) -> Result<Self, Problem> {
        folder.suits(&options.provider.place())?;
        // Before anything is started: a wrong address costs nothing then.
        let listener = match options.listen {
            Some(address) => Some(listen(address).await?),
            None => None,
        };
        let launcher = doltops_agent::process::launcher()
            .map_err(|error| failed("this program's own path is not known", error))?;
        let dolt = find_dolt(options.dolt.clone(), progress.clone()).await?;
        progress("starting the store");
        let secrets: Arc<dyn Secrets> = Arc::new(Folder::new(folder.root().join("secrets")));
        let (embedded, addresses) = open_store(folder, &options, &dolt, &launcher, secrets.as_ref(), &env).await?;
        let parts = Parts { folder, options, env, launcher, dolt, secrets, addresses, listener };
        match parts.assemble().await {
            Ok(plane) => Ok(Self { embedded, _lock: Some(lock), ..plane }),
            Err(problem) => {
                // Nobody would look after it.
                if let Some(embedded) = embedded {
                    embedded.stop().await;
                }
                Err(problem)
            }
        }
    }

    /// A connection to it from this process.
    pub async fn connect(&self) -> io::Result<DuplexStream> {
        let (ours, theirs) = tokio::io::duplex(IN_MEMORY);
        self.connect.send(Ok(theirs)).await.map_err(|_| io::Error::from(io::ErrorKind::ConnectionRefused))?;
        Ok(ours)
    }

    /// Other processes that host as soon as this one ends.
    pub fn heirs(&self) -> usize {
        self.heirs.load(Ordering::Relaxed)
    }

    /// Whether this process may not end yet: others are attached, and none of them waits to host in its place.
    pub fn is_needed(&self) -> bool {
        self.attached.load(Ordering::Relaxed) > 0 && self.heirs() == 0
    }

    /// Where it listens over TCP.
    pub fn listens(&self) -> Option<SocketAddr> {
        self.listens
    }

    /// Who acts while it stands by.
    pub fn acting(&self) -> Option<Acting> {
        self.peers.as_ref().and_then(|peers| peers.acting())
    }

    /// Ends every instance's processes without changing what is desired: the next start brings them back.
    ///
    /// # Errors
    /// When a process could not be ended.
    pub async fn suspend(&self) -> Result<usize, Problem> {
        self.cloud.suspend().await.map_err(|error| failed("the instances could not be ended", error))
    }

    /// Ends it: callers are cut off, the lease is given back, the store ends. Instances run on.
    pub async fn stop(mut self) {
        // Gone before the connections are, so that nobody attaches to one that ends.
        let _ = fs::remove_file(&self.socket);
        self.tasks.shutdown().await;
        if let Some(local) = &self.local {
            local.close();
        }
        self.lease.release(self.store.as_ref()).await;
        if let Some(peers) = self.peers.take() {
            peers.leave().await;
        }
        // What was under way when the listening ended had until now: a landing takes some 10 ms.
        self.cut.cancel();
        if let Some(store) = Arc::into_inner(self.store) {
            store.close().await;
        }
        if let Some(embedded) = self.embedded {
            embedded.stop().await;
        }
    }

    fn serve_in_memory(&mut self, server: Server, connections: mpsc::Receiver<io::Result<DuplexStream>>) {
        let proof = Proof::ThisProcess(user());
        self.run(
            async move { serve::serve(server, ReceiverStream::new(connections), proof, std::future::pending()).await },
        );
    }

    /// Only this user can open the socket: the folder has mode 0700, the socket 0600.
    fn serve_socket(&mut self, server: Server) -> Result<(), Problem> {
        let cannot = |error: io::Error| failed(&format!("cannot listen on {}", self.socket.display()), error);
        match fs::remove_file(&self.socket) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(cannot(error)),
            _ => {}
        }
        let listener = UnixListener::bind(&self.socket).map_err(cannot)?;
        fs::set_permissions(&self.socket, fs::Permissions::from_mode(0o600)).map_err(cannot)?;
        let (attached, cut) = (self.attached.clone(), self.cut.clone());
        let attach = move |stream: io::Result<_>| Ok(Attached::new(stream?, attached.clone(), cut.clone()));
        let incoming = UnixListenerStream::new(listener).map(attach);
        let proof = Proof::User(user());
        self.run(serve::serve(server, incoming, proof, std::future::pending()));
        Ok(())
    }

    fn serve_tcp(&mut self, server: Server, listener: TcpListener, door: Door) {
        self.listens = listener.local_addr().ok();
        let (attached, cut) = (self.attached.clone(), self.cut.clone());
        let attach = move |stream: io::Result<_>| Ok(Attached::new(stream?, attached.clone(), cut.clone()));
        let incoming = listener::incoming(listener, door).map(attach);
        self.run(serve::serve(server, incoming, Proof::Certificate, std::future::pending()));
    }

    fn run(&mut self, serving: impl Future<Output = Result<(), tonic::transport::Error>> + Send + 'static) {
        self.tasks.spawn(async move {
            if let Err(error) = serving.await {
                tracing::error!(%error, "a transport of the Hosted API ended");
            }
        });
    }
}

/// What a control plane is put together from.
struct Parts<'a> {
    folder: &'a StateFolder,
    options: HostOptions,
    env: Arc<dyn Env>,
    launcher: PathBuf,
    dolt: PathBuf,
    secrets: Arc<dyn Secrets>,
    /// Of the store's servers.
    addresses: Vec<Address>,
    listener: Option<TcpListener>,
}

impl Parts<'_> {
    /// The lock and the store's server stay with the caller, who ends the one before the other when this fails.
    async fn assemble(self) -> Result<ControlPlane, Problem> {
        let Self { folder, options, env, launcher, dolt, secrets, addresses, listener } = self;
        let store = DoltStore::connect_any(addresses, Some(folder.store_epoch()), env.clone()).await;
        let store = store.map_err(Problem::from)?;
        let store = Arc::new(store);
        let shared = !options.store.is_empty();
        let membership = match shared {
            true => member::join(folder, &store, !matches!(options.provider, Provider::Local), env.as_ref()).await?,
            false => Membership { id: folder.control_plane_id(env.as_ref())?, joins: false },
        };
        let control_plane = membership.id.clone();
        let local = LocalOptions {
            folder: folder.cloud(),
            resume: options.resume,
            control_plane_id: control_plane.clone(),
            launcher,
            dolt,
            env: env.clone(),
        };
        let provided = options.provider.open(local, secrets).await?;
        folder.keep_to(&options.provider.place())?;
        let Provided { cloud, local, secrets, telemetry, authority, orphans } = provided;
        membership.has_secrets(folder, secrets.as_ref()).await?;
        let authorities = Authorities::open(secrets.as_ref(), env.as_ref()).await;
        let authorities = Arc::new(authorities.map_err(|error| failed("the certificate authorities", error))?);
        let me = match shared {
            true => {
                let listens = listener.as_ref().and_then(|listener| listener.local_addr().ok());
                Some(member::daemon(folder, &folder.daemon_token(env.as_ref())?, listens))
            }
            false => None,
        };
        // Alone on its store, it is the control plane itself that comes back after a crash.
        let holder = me.as_ref().map_or(&control_plane, |me| &me.name).clone();
        let lease = Arc::new(LeaseKeeper::new(holder, env.clone()));
        let peers = me.map(|me| Peers::new(me, store.clone(), lease.clone()));
        let agents = Arc::new(Agents::new(authorities.clone(), env.clone()));
        let executor = Executor {
            control_plane: control_plane.clone(),
            store: store.clone() as Arc<dyn Store>,
            cloud: cloud.clone(),
            agents: agents.clone(),
            authorities: authorities.clone(),
            certificates: Arc::new(Certificates::new(authority, secrets.clone(), env.clone())),
            secrets,
            env: env.clone(),
            lease: lease.clone(),
            keep_final_copy: options.keep_final_copy,
            launches: Default::default(),
            orphans,
        };
        let manager = Manager::new(executor, Arc::new(Events::new(env.clone())), options.incidents);
        let pager = options.paging.map(|settings| pager(&manager, store.clone(), settings)).transpose()?;
        let info = HostInfo { control_plane, host: options.host, started: env.now() };
        let (attached, heirs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let server = Server::new(manager.clone(), agents, store.clone(), info, attached.clone(), heirs.clone());
        let server = server.with_change_requests(options.change_requests);
        // Only the embedded store's server shares this machine's folders.
        let source = CloneSource::new(store.clone(), folder.root().join("clones"));
        let clones = (!shared).then_some(source);
        if let Some(clones) = &clones {
            clones.clean().await;
        }
        let readers = (!shared).then(|| store.clone() as Arc<dyn Readers>);
        if let Some(readers) = &readers {
            // They end with their time all the same; the next start tries again.
            let _ = readers.end_all().await;
        }
        let server = server
            .with_clones(clones)
            .with_readers(readers)
            .with_telemetry(telemetry)
            .with_pager(pager.clone())
            .with_peers(peers.clone())
            .with_prices(options.prices);
        let socket = folder.socket()?;
        let (connect, connections) = mpsc::channel(16);
        let mut plane = ControlPlane {
            connect,
            attached,
            heirs,
            cut: CancellationToken::new(),
            tasks: JoinSet::new(),
            lease,
            peers: peers.clone(),
            store,
            embedded: None,
            cloud,
            local,
            socket,
            listens: None,
            _lock: None,
        };
        let follower = server.clone();
        plane.serve_in_memory(server.clone(), connections);
        plane.serve_socket(server.clone())?;
        if let Some(listener) = listener {
            let door = door::of(authorities, env);
            // What nobody could connect to is told now, and not to the first who tries.
            door().map_err(|why| failed("the Hosted API's certificate", why))?;
            plane.serve_tcp(server, listener, door);
        }
        // Last, when nothing can fail any more: nothing of the fleet was touched before.
        plane.tasks.spawn(manager.run());
        if let Some(peers) = peers {
            plane.tasks.spawn(peers.run());
            plane.tasks.spawn(follower.follow_revocations());
        }
        if let Some(pager) = pager {
            plane.tasks.spawn(pager.run());
        }
        Ok(plane)
    }
}

/// What pages people of the manager's incidents.
///
/// # Errors
/// When pages cannot be sent from this machine or by this program.
fn pager(manager: &Manager, pages: Arc<DoltStore>, settings: Arc<paging::Settings>) -> Result<Arc<Pager>, Problem> {
    let executor = &manager.executor;
    let sender = Sender::new(&executor.control_plane, settings.clone(), executor.secrets.clone());
    Ok(Pager::new(pager::Parts {
        store: executor.store.clone(),
        pages,
        incidents: manager.incidents(),
        lease: executor.lease.clone(),
        env: executor.env.clone(),
        events: manager.events.clone(),
        settings,
        sender: sender.map_err(|why| failed("pages cannot be sent", why))?,
    }))
}

/// # Errors
/// Names `listen` and the address.
async fn listen(address: SocketAddr) -> Result<TcpListener, Problem> {
    TcpListener::bind(address).await.map_err(|error| {
        let what = format!("{address} cannot be listened on: {error}");
        Problem::invalid("listen", what).next("choose another address or port, or end what uses it")
    })
}

/// The Dolt to run; `progress` hears of a build.
///
/// # Errors
/// Names `dolt`, with what to do where there is none.
pub async fn find_dolt(flag: Option<PathBuf>, progress: Arc<dyn Fn(&str) + Send + Sync>) -> Result<PathBuf, Problem> {
    let missing = |missing: dolt_binary::Missing| Problem {
        field: "dolt".to_owned(),
        ..Problem::new(Kind::Failed, missing.what).next(missing.next)
    };
    let options = dolt_binary::Options::from_environment(flag).map_err(missing)?;
    // A build takes minutes and waits for processes.
    let found = task::spawn_blocking(move || dolt_binary::find(&options, |line| progress(line))).await;
    found.map_err(|error| failed("looking for Dolt", error))?.map_err(missing)
}

async fn open_store(
    folder: &StateFolder,
    options: &HostOptions,
    dolt: &Path,
    launcher: &Path,
    secrets: &dyn Secrets,
    env: &Arc<dyn Env>,
) -> Result<(Option<Embedded>, Vec<Address>), Problem> {
    if !options.store.is_empty() {
        let parse = |url: &String| Address::parse(url).map_err(|error| Problem::invalid("store", error.to_string()));
        return Ok((None, options.store.iter().map(parse).collect::<Result<_, _>>()?));
    }
    let embedded = Embedded::start(dolt, &folder.root().join("store"), launcher, secrets, env.clone()).await;
    let embedded = embedded.map_err(|error| failed("the store does not start", error))?;
    let address = embedded.address().clone();
    Ok((Some(embedded), vec![address]))
}
