//! Users who can read, for checks of the control plane's own history.
//!
//! A user's name tells when it ends, so that no list of them is needed beside the server's own.

use super::{CALL, DoltStore, within};
use crate::{
    env::Env,
    secrets::Secret,
    store::{
        StoreError,
        readers::{Reader, Readers},
    },
};
use async_trait::async_trait;
use jiff::Timestamp;
use mysql_async::{Conn, prelude::*};
use std::net::SocketAddr;

/// How their names begin, and nobody else's: `reader_1795461234_x7c0qa`.
const PREFIX: &str = "reader_";

/// 31 bits of 36 signs each: two that are made in one second do not meet.
const SUFFIX: usize = 6;

/// 165 bits.
const PASSWORD: usize = 32;

/// Where our server sees this machine's connections come from.
const HOST: &str = "127.0.0.1";

#[async_trait]
impl Readers for DoltStore {
    async fn open(&self, until: Timestamp, env: &dyn Env) -> Result<Reader, StoreError> {
        let reader = Reader {
            user: format!("{PREFIX}{}_{}", until.as_second(), env.token(SUFFIX)),
            password: Secret::new(env.token(PASSWORD)),
            database: self.address.database().to_owned(),
            server: self.server(),
        };
        let now = env.now();
        within(CALL, async {
            let mut connection = self.connection().await?;
            drop_users(&mut connection, |user| ends(user).is_none_or(|end| end <= now.as_second())).await?;
            // Letters and digits of our own, and a database's name that was looked at when it was given.
            let (user, database) = (at(&reader.user), &reader.database);
            let password = reader.password.reveal();
            connection.query_drop(format!("CREATE USER {user} IDENTIFIED BY '{password}'")).await?;
            // Not EXECUTE: Dolt's procedures write. Its functions that read (dolt_diff, dolt_log, …) need SELECT only.
            Ok(connection.query_drop(format!("GRANT SELECT ON `{database}`.* TO {user}")).await?)
        })
        .await?;
        Ok(reader)
    }

    async fn end_all(&self) -> Result<(), StoreError> {
        within(CALL, async { drop_users(&mut self.connection().await?, |_| true).await }).await
    }

    fn server(&self) -> SocketAddr {
        self.address.on_this_machine()
    }
}

async fn drop_users(connection: &mut Conn, which: impl Fn(&str) -> bool) -> Result<(), StoreError> {
    let sql = "SELECT user FROM mysql.user WHERE host = ?";
    let users: Vec<String> = connection.exec(sql, (HOST,)).await?;
    for user in users.iter().filter(|user| is_ours(user) && which(user)) {
        connection.query_drop(format!("DROP USER IF EXISTS {}", at(user))).await?;
    }
    Ok(())
}

fn at(user: &str) -> String {
    format!("'{user}'@'{HOST}'")
}

/// Whether a user is one of these. It goes into a statement as it is.
fn is_ours(user: &str) -> bool {
    user.starts_with(PREFIX) && user.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// The second at which a user ends; none: its name does not say.
fn ends(user: &str) -> Option<i64> {
    user.strip_prefix(PREFIX)?.split('_').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_are_known_by_their_names() {
        assert!(is_ours("reader_1795461234_x7c0qa"));
        assert_eq!(ends("reader_1795461234_x7c0qa"), Some(1_795_461_234));
        for other in ["root", "reader", "reader_1'; drop user root; --", "Reader_1_a"] {
            assert!(!is_ours(other), "{other}");
        }
        assert_eq!(ends("reader_soon_x"), None, "it is dropped with the next one that is made");
    }
}
