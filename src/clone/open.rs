//! Opens a clone: its own Dolt server, and the Hosted API on it in memory.
//!
//! Guarantees: one program at a time has a clone open; what was started ends with it, also where it is told to end while it
//! opens, and the lock goes last. After a kill the server is left, and the next program ends it.

use super::{About, DATABASE, failed};
use crate::{
    env::Env,
    hosted_api::{
        access::Proof,
        client::{self, Client},
        on_clone::OnClone,
        problem::{Kind, Problem},
        serve,
    },
    hosting,
    secrets::folder::Folder,
    store::{
        dolt::DoltStore,
        embedded::{Embedded, EmbeddedError},
    },
};
use doltops_agent::process;
use hyper_util::rt::TokioIo;
use std::{
    fs::{File, TryLockError},
    io::{self, Read, Write},
    path::Path,
    pin::pin,
    sync::Arc,
};
use tokio::{io::DuplexStream, sync::mpsc, task::JoinHandle};
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Endpoint, Uri};
use tower::service_fn;

/// Bytes in flight on a connection, each way: a few frames of a fleet.
const IN_MEMORY: usize = 256 * 1024;

/// As much is told of what stands in the lock: it is a line.
const LONGEST_WHO: usize = 120;

/// A clone that this program has open.
pub struct Opened {
    about: About,
    client: Client,
    serving: JoinHandle<()>,
    server: Embedded,
    _lock: File,
}

impl Opened {
    /// Opens the clone in `folder`, with this Dolt; none where `ends` comes first, and then nothing of it is left running.
    ///
    /// # Errors
    /// Names `clone`: the folder is none, or another program has it open.
    pub async fn open(
        folder: &Path,
        dolt: &Path,
        env: Arc<dyn Env>,
        ends: impl Future<Output = ()>,
    ) -> Result<Option<Self>, Problem> {
        let mut ends = pin!(ends);
        let about = About::read(folder)?;
        let lock = lock(folder, env.as_ref())?;
        let launcher = process::launcher().map_err(|error| failed("this program's own path is not known", error))?;
        let home = folder.join(DATABASE);
        // The password of its own server, made here: none came with the clone.
        let secrets = Folder::new(home.join("secrets"));
        let starts = |error: EmbeddedError| failed("the clone's server does not start", error);
        let started = tokio::select! {
            server = Embedded::start(dolt, &home, &launcher, &secrets, env.clone()) => Some(server.map_err(starts)?),
            () = &mut ends => None,
        };
        let Some(server) = started else {
            // Under the lock: nobody else has begun to start one.
            Embedded::give_up(&home, &secrets).await;
            return Ok(None);
        };
        let connected = tokio::select! {
            store = DoltStore::connect(server.address(), env.clone()) => Some(store),
            () = ends => None,
        };
        let store = match connected {
            Some(Ok(store)) => Arc::new(store),
            failed => {
                server.stop().await;
                return failed.map_or(Ok(None), |store| store.map(|_| None).map_err(Problem::from));
            }
        };
        let (connect, connections) = mpsc::channel::<io::Result<DuplexStream>>(4);
        let api = OnClone::new(store.clone(), store, env, about.facts());
        let proof = Proof::ThisProcess(hosting::user());
        let serving = tokio::spawn(async move {
            let connections = ReceiverStream::new(connections);
            if let Err(error) = serve::serve(api, connections, proof, std::future::pending()).await {
                tracing::error!(%error, "the Hosted API on the clone ended");
            }
        });
        let connector = service_fn(move |_: Uri| {
            let connect = connect.clone();
            async move {
                let (ours, theirs) = tokio::io::duplex(IN_MEMORY);
                let refused = |_| io::Error::from(io::ErrorKind::ConnectionRefused);
                connect.send(Ok(theirs)).await.map_err(refused)?;
                Ok::<_, io::Error>(TokioIo::new(ours))
            }
        });
        // The address is never resolved: the connector alone decides.
        let client = client::on(Endpoint::from_static("http://clone").connect_with_connector_lazy(connector));
        Ok(Some(Self { about, client, serving, server, _lock: lock }))
    }

    /// Of what it is a clone.
    pub fn about(&self) -> &About {
        &self.about
    }

    /// A client of it.
    pub fn client(&self) -> Client {
        self.client.clone()
    }

    /// Ends what was started for it.
    pub async fn close(self) {
        self.serving.abort();
        self.server.stop().await;
    }
}

/// Held for as long as the file is open, which a crash ends too. It says who has it.
fn lock(folder: &Path, env: &dyn Env) -> Result<File, Problem> {
    let path = folder.join("lock");
    let cannot = |error: io::Error| Problem::invalid("clone", format!("{}: {error}", path.display()));
    let mut file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(cannot)?;
    match file.try_lock() {
        Ok(()) => {
            file.set_len(0).map_err(cannot)?;
            let who = format!("process {} of {}, since {:.0}", std::process::id(), hosting::user(), env.now());
            file.write_all(who.as_bytes()).map_err(cannot)?;
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut who = String::new();
            // Whoever has just taken it may not have written yet.
            let _ = file.read_to_string(&mut who);
            let who: String = who.chars().filter(|c| !c.is_control()).take(LONGEST_WHO).collect();
            let who = if who.is_empty() { "another doltops" } else { &who };
            let what = format!("{who} has the clone {} open", folder.display());
            let problem = Problem::new(Kind::Refused, what).next("end that one, or make a second clone");
            Err(Problem { field: "clone".to_owned(), ..problem })
        }
        Err(TryLockError::Error(error)) => Err(cannot(error)),
    }
}
