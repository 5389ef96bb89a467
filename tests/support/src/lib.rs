//! AWS and Let's Encrypt as far as they can stand on one machine: for tests, and to try doltops by hand.
//!
//! - [`moto`] plays AWS's services; the [`proxy`] before it adds what AWS does and moto does not, and faults by rule.
//! - The [`keeper`] plays the hardware: a real agent and a real Dolt for every instance that moto says is running.
//! - The [`receiver`] is one of pages; a [`wire`] breaks connections.
//! - [`pebble`] plays Let's Encrypt, and asks the [`dns`] server, which answers from moto's Route 53.
//!
//! Guarantees: each listens on a free port of the loopback network, many stand-ins run at once, and all of one ends when
//! it is dropped, or when this process ends in whatever way.
//!
//! All of it runs on threads of its own, so a stand-in may outlive the runtime of the test that started it, and one may
//! serve several tests.

mod behind;
pub mod dns;
mod error;
mod exchange;
pub mod keeper;
pub mod moto;
pub mod network;
pub mod pebble;
mod program;
pub mod proxy;
pub mod receiver;
pub mod seed;
pub mod settings;
pub mod wire;

pub use behind::{sdk_config, tag};
pub use error::Error;
pub use seed::{DOMAIN, REGION};

use keeper::{Agents, Keeper};
use moto::Moto;
use network::Network;
use pebble::Pebble;
use proxy::Proxy;
use seed::Seeded;
use std::path::Path;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What is to be started.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether there is an ACME server; without it a start is a little quicker.
    pub acme: bool,
    /// What runs on instances; nothing does without it.
    pub agents: Option<Agents>,
    /// Which connections to agents break: see [`wire`]. Without it there is none between.
    pub cuts: Option<wire::Cuts>,
}

impl Default for Options {
    fn default() -> Self {
        Self { acme: true, agents: None, cuts: None }
    }
}

/// The running stand-in.
#[derive(Debug)]
pub struct StandIn {
    /// Between the SDKs and moto: faults, counts.
    pub proxy: Proxy,
    /// What was in the account at the start.
    pub seeded: Seeded,
    /// The DNS server.
    pub dns: dns::Server,
    /// The ACME server, where there is one.
    pub acme: Option<Pebble>,
    /// The hardware, where something runs on instances. It ends before moto, and before its folder goes.
    pub keeper: Option<Keeper>,
    moto: Moto,
    _network: Network,
    folder: TempDir,
    /// Always there until it is dropped.
    runtime: Option<Runtime>,
}

impl StandIn {
    /// Starts all of it. What is not installed yet is installed first, which takes a minute, once.
    ///
    /// # Errors
    /// When one part does not come up: which, and why.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("stand-in")
            .enable_all()
            .build()
            .map_err(Error::io("starting threads"))?;
        let starting = runtime.spawn(Parts::start(options));
        let parts = match starting.await {
            Ok(parts) => parts,
            Err(error) => Err(Error::NotStarted { program: "stand-in", why: error.to_string() }),
        };
        match parts {
            Ok(Parts { proxy, seeded, dns, acme, keeper, moto, network, folder }) => {
                Ok(Self { proxy, seeded, dns, acme, keeper, moto, _network: network, folder, runtime: Some(runtime) })
            }
            Err(error) => {
                // Dropping one inside another is a panic.
                runtime.shutdown_background();
                Err(error)
            }
        }
    }

    /// The URL that SDKs take as their endpoint, for all services.
    pub fn endpoint_url(&self) -> String {
        format!("http://{}", self.proxy.address)
    }

    /// moto itself, past the proxy: for the keeper and for looking behind the scenes.
    pub fn moto_url(&self) -> String {
        format!("http://{}", self.moto.address)
    }

    /// The ARN of the role that instances' short-lived credentials are of.
    pub fn role_arn(&self) -> String {
        format!("arn:aws:iam::{}:role/{}", moto::ACCOUNT, seed::ROLE)
    }

    /// Where all of it keeps its files; gone with the stand-in.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What comes up on the stand-in's own threads.
struct Parts {
    proxy: Proxy,
    seeded: Seeded,
    dns: dns::Server,
    acme: Option<Pebble>,
    keeper: Option<Keeper>,
    moto: Moto,
    network: Network,
    folder: TempDir,
}

impl Parts {
    async fn start(options: Options) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("doltops-stand-in-").tempdir();
        let folder = folder.map_err(Error::io("making a folder"))?;
        let moto = Moto::start(folder.path()).await?;
        let world = behind::world(moto.address);
        let network = Network::reserve()?;
        let seeded = seed::seed(&world, moto.address, &network).await?;
        let dns = dns::Server::start(world.clone()).await?;
        let acme = match options.acme {
            true => Some(Pebble::start(folder.path(), dns.address).await?),
            false => None,
        };
        let proxy = Proxy::start(moto.address, world).await?;
        let hardware = |agents| hardware(folder.path(), &moto, agents, options.cuts.clone());
        let keeper = options.agents.map(hardware).transpose()?;
        Ok(Self { proxy, seeded, dns, acme, keeper, moto, network, folder })
    }
}

fn hardware(folder: &Path, moto: &Moto, agents: Agents, cuts: Option<wire::Cuts>) -> Result<Keeper, Error> {
    let folder = folder.join("hardware");
    std::fs::create_dir(&folder).map_err(Error::io("making the hardware's folder"))?;
    let options = keeper::Options {
        ec2: format!("http://{}", moto.address),
        region: REGION.to_owned(),
        aws: true,
        folder,
        agents,
        cuts,
    };
    Keeper::start(options).map_err(Error::refused("starting the hardware"))
}
