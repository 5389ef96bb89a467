//! Where a store's server is, and as whom to speak to it.

use super::error;
use crate::{secrets::Secret, store::StoreError};
use mysql_async::{Conn, Opts, OptsBuilder, PoolConstraints, PoolOpts, prelude::*};
use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

/// The database, unless the URL names another.
const DATABASE: &str = "doltops";

/// How many connections are open at most: one writes, a few read, and a server of 100 has room for others.
const CONNECTIONS: usize = 8;

/// A silent peer is noticed after this time; the server may be behind a network that forgets idle connections.
const KEEPALIVE: Duration = Duration::from_secs(30);

/// A server, a database, a user and a password. `Debug` and `Display` leave the password out.
#[derive(Clone)]
pub struct Address {
    options: Opts,
    database: String,
    /// Whether this program runs the server alone, and so collects its garbage.
    pub(super) ours: bool,
}

impl Address {
    /// Reads `mysql://USER:PASSWORD@HOST:PORT/DATABASE`; `?require_ssl=true` asks for TLS.
    ///
    /// # Errors
    /// Says what is wrong with it, without its password.
    pub fn parse(url: &str) -> Result<Self, StoreError> {
        let wrong = |what: String| StoreError::Broken(format!("the store's address: {what}"));
        let options = Opts::from_url(url).map_err(|error| wrong(error.to_string()))?;
        let database = options.db_name().filter(|name| !name.is_empty()).unwrap_or(DATABASE).to_owned();
        // It goes into statements, and a slash would name a branch.
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        if database.len() > 64 || !database.bytes().all(plain) {
            return Err(wrong("a database's name has letters, digits, '_' and '-', 64 at most".to_owned()));
        }
        Ok(Self { options, database, ours: false })
    }

    /// The server that this program runs itself.
    pub(in crate::store) fn embedded(port: u16, user: &str, password: &Secret) -> Self {
        let options = OptsBuilder::default()
            .ip_or_hostname("127.0.0.1")
            .tcp_port(port)
            .user(Some(user))
            .pass(Some(password.reveal()));
        Self { options: options.into(), database: DATABASE.to_owned(), ours: true }
    }

    /// Whether the server opens to this user and password: false where it refuses them.
    pub(in crate::store) async fn try_reach(&self) -> Result<bool, StoreError> {
        match Conn::new(self.options(false)).await {
            Ok(mut connection) => {
                connection.ping().await?;
                Ok(true)
            }
            Err(error) if error::code(&error) == Some(error::ACCESS_DENIED) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Where the server listens, where that is this machine.
    pub(super) fn on_this_machine(&self) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.options.tcp_port()))
    }

    /// `HOST:PORT`, as people name the server.
    pub fn place(&self) -> String {
        format!("{}:{}", self.options.ip_or_hostname(), self.options.tcp_port())
    }

    /// The database's name.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The driver's options for one connection to a branch of the database.
    pub(super) fn on_branch(&self, branch: &str) -> Opts {
        OptsBuilder::from_opts(self.options(false)).db_name(Some(format!("{}/{branch}", self.database))).into()
    }

    /// The driver's options; without the database where it may not be there yet.
    pub(super) fn options(&self, with_database: bool) -> Opts {
        let pool = PoolOpts::default()
            .with_constraints(PoolConstraints::new(0, CONNECTIONS).unwrap_or_default())
            // No call leaves session state behind, and a reset is one more round trip.
            .with_reset_connection(false);
        OptsBuilder::from_opts(self.options.clone())
            .db_name(with_database.then(|| self.database.clone()))
            // Without it, prepare and execute wait 44 ms for each other.
            .tcp_nodelay(true)
            .tcp_keepalive(Some(KEEPALIVE))
            // The driver would look for the server's socket file and go there, past what was asked for.
            .prefer_socket(false)
            .pool_opts(pool)
            .into()
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "mysql://{}:{}/{}", self.options.ip_or_hostname(), self.options.tcp_port(), self.database)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_never_shows_its_password() {
        let address = Address::parse("mysql://root:hush@db.example:3307/ops").expect("well formed");
        assert_eq!(
            format!("{address} {address:?}"),
            "mysql://db.example:3307/ops Address(mysql://db.example:3307/ops)"
        );
        for wrong in ["mysql://root:hush@h/a`b", "mysql://root:hush@h/ops%2Fbranch", "http://root:hush@h/", "hush"] {
            let error = Address::parse(wrong).expect_err(wrong).to_string();
            assert!(!error.contains("hush"), "{error}");
        }
    }

    #[test]
    fn the_database_has_a_name_of_its_own_unless_the_address_names_one() {
        assert_eq!(Address::parse("mysql://root@localhost").expect("well formed").database(), "doltops");
    }
}
