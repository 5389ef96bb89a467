//! Connections as the admin user that is deployed now.
//!
//! Guarantees: the server's certificate is checked against the deployment's CA, or the top of the chain that was deployed
//! with it, and by a name that it carries: also on loopback, where another user of the machine could listen in Dolt's
//! absence. A public authority signs no `localhost`, and nobody else has a certificate of its for this name; the admin user is there before the first connection is handed out.

use super::admin;
use crate::{
    clock,
    machine::Machine,
    state::deployed::{Deployed, Deployments, Login},
};
use mysql_async::{Conn, Opts, OptsBuilder, Pool, PoolConstraints, PoolOpts, SslOpts, prelude::Queryable};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use thiserror::Error;
use tokio::sync::Mutex;

/// One for the probe, one for users that are made, one to spare: Dolt's connections are the customer's.
const CONNECTIONS: usize = 3;

/// Idle connections are kept over the pause between two probes, and little longer.
const IDLE: Duration = Duration::from_secs(30);

/// No answer of the agent's own queries is near this; asking the server for its limit would be one more query.
const PACKET: usize = 16 * 1024 * 1024;

/// Why the agent's own SQL failed.
#[derive(Debug, Error)]
pub enum SqlError {
    /// There is no Dolt yet.
    #[error("nothing is deployed yet")]
    NotDeployed,
    /// Dolt refuses every write.
    #[error("the database is read-only (behavior.read_only), so no SQL user can be made or dropped in it")]
    ReadOnly,
    /// Dolt lets neither the admin nor those in.
    #[error(
        "Dolt refuses the admin user '{0}', and there is no other login that could make it: deploy another admin user and the root login"
    )]
    Refused(String),
    /// The customer has dropped root, so that it has no password.
    #[error("the user root was dropped in this database")]
    NoRoot,
    /// Dolt, or the connection to it.
    #[error("{0}")]
    Dolt(#[from] mysql_async::Error),
    /// What was proven cannot be written down.
    #[error("the deploy cannot be kept: {0}")]
    Disk(#[from] std::io::Error),
}

/// Connections to this machine's Dolt.
#[derive(Debug)]
pub struct Access {
    database: SocketAddr,
    deployments: Arc<Deployments>,
    held: Mutex<Option<Held>>,
    own_queries: AtomicU64,
}

#[derive(Debug)]
struct Held {
    admin: Login,
    trusted: String,
    name: String,
    pool: Pool,
}

impl Held {
    fn fits(&self, deployed: &Deployed) -> bool {
        self.admin == deployed.admin && self.trusted == deployed.trusted() && self.name == deployed.database_name()
    }
}

impl Access {
    /// To the Dolt of `machine`.
    pub fn new(machine: &Machine, deployments: Arc<Deployments>) -> Self {
        Self {
            database: reachable(machine.database),
            deployments,
            held: Mutex::new(None),
            own_queries: AtomicU64::new(0),
        }
    }

    /// A connection as the admin user, which is made first where it is missing.
    pub async fn connection(&self) -> Result<Conn, SqlError> {
        let deployed = self.deployments.newest().ok_or(SqlError::NotDeployed)?;
        let pool = self.pool(&deployed).await?;
        Ok(pool.get_conn().await?)
    }

    /// As [`Access::connection`], for making and dropping users.
    pub async fn writable(&self) -> Result<Conn, SqlError> {
        if self.deployments.newest().is_some_and(|deployed| deployed.is_read_only()) {
            return Err(SqlError::ReadOnly);
        }
        self.connection().await
    }

    /// A connection of its own as `login`: what proves that it works.
    pub async fn as_user(&self, deployed: &Deployed, login: &Login) -> Result<Conn, SqlError> {
        Ok(Conn::new(self.options(deployed, login)).await?)
    }

    /// Dolt's version: what tells that it answers queries.
    pub async fn probe(&self) -> Result<String, SqlError> {
        let mut connection = self.connection().await?;
        self.own_queries.fetch_add(1, Ordering::Relaxed);
        Ok(connection.query_first("SELECT dolt_version()").await?.unwrap_or_default())
    }

    /// Connections that were kept belong to a Dolt that has ended.
    pub async fn forget(&self) {
        self.held.lock().await.take();
    }

    /// How many queries the agent itself has made, to be left out of the customer's.
    pub fn own_queries(&self) -> u64 {
        self.own_queries.load(Ordering::Relaxed)
    }

    /// How many connections the agent itself has open, to be left out of the customer's.
    pub async fn own_connections(&self) -> u32 {
        let held = self.held.lock().await;
        let open = held.as_ref().map_or(0, |held| held.pool.metrics().connection_count.load(Ordering::Relaxed));
        u32::try_from(open).unwrap_or(u32::MAX)
    }

    async fn pool(&self, deployed: &Deployed) -> Result<Pool, SqlError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| held.fits(deployed)) {
            return Ok(held.pool.clone());
        }
        admin::ensure(deployed, |login| Conn::new(self.options(deployed, login))).await?;
        self.deployments.proven(&deployed.admin).await?;
        let pool = Pool::new(self.options(deployed, &deployed.admin));
        *held = Some(Held {
            admin: deployed.admin.clone(),
            trusted: deployed.trusted(),
            name: deployed.database_name().to_owned(),
            pool: pool.clone(),
        });
        Ok(pool)
    }

    fn options(&self, deployed: &Deployed, login: &Login) -> Opts {
        let constraints = PoolConstraints::new(0, CONNECTIONS).unwrap_or_default();
        let pool = PoolOpts::default()
            .with_constraints(constraints)
            .with_inactive_connection_ttl(IDLE)
            // The agent's statements leave no state behind, and a reset is one more query each time.
            .with_reset_connection(false);
        let trusted = deployed.trusted().into_bytes();
        let tls = SslOpts::default().with_root_certs(vec![trusted.into()]).with_disable_built_in_roots(true);
        OptsBuilder::default()
            .ip_or_hostname(deployed.database_name())
            .resolved_ips(Some(vec![self.database.ip()]))
            .tcp_port(self.database.port())
            .prefer_socket(false)
            .tcp_nodelay(true)
            .user(Some(login.user.clone()))
            .pass(Some(login.password.clone()))
            .ssl_opts(tls)
            .pool_opts(pool)
            .max_allowed_packet(Some(PACKET))
            .wait_timeout(Some(usize::try_from(IDLE.as_secs()).unwrap_or(30)))
            .into()
    }
}

/// Where a port of this machine's is reached from the machine itself.
pub fn reachable(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => SocketAddr::new(Ipv4Addr::LOCALHOST.into(), address.port()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => SocketAddr::new(Ipv6Addr::LOCALHOST.into(), address.port()),
        _ => address,
    }
}

/// The time a SQL user ends at.
pub(crate) fn after(seconds: u32) -> jiff::Timestamp {
    let duration = jiff::SignedDuration::from_secs(seconds.into());
    clock::now().checked_add(duration).unwrap_or(jiff::Timestamp::MAX)
}
