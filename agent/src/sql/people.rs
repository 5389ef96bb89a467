//! SQL users that end by themselves, each made for one person.
//!
//! Guarantees
//! - A user is written down before it is made and crossed out after it was dropped, so that none is left over by a
//!   crash. No password is written down anywhere.
//! - They exist for connections from this machine only: whoever uses one comes through the agent's tunnel.
//!
//! What they do not bound
//! - An open connection goes on after its user is dropped; `seconds` bounds how long a new one may be opened.
//! - A read-only user reads the databases that were there when it was made. It can still `SET GLOBAL` what Dolt lets
//!   every user set (Dolt 2.2.0 checks no privilege there), until Dolt's next restart.

use super::{
    access::{Access, SqlError, after},
    quoted,
};
use crate::{
    clock,
    state::{deployed::Login, files},
};
use jiff::Timestamp;
use mysql_async::{Conn, prelude::Queryable};
use rand::{Rng, distr::Alphanumeric};
use std::{collections::BTreeMap, io, net::IpAddr, path::PathBuf, sync::Arc, time::Duration};
use tokio::sync::Mutex;
use tracing::warn;

/// Of a person's name; with the rest, MySQL's limit of 32 is kept.
const PERSON_LENGTH: usize = 16;
/// 36 bits: two of a person's users do not meet.
const SUFFIX_LENGTH: usize = 6;
/// 190 bits.
const PASSWORD_LENGTH: usize = 32;
/// Users end within this of their time.
const SWEEP: Duration = Duration::from_secs(5);
/// More than that at once is a mistake of the caller's, and each costs Dolt a line of its privileges.
const MOST: usize = 1_000;

/// Databases that a read-only user is not let into: `mysql` holds the password hashes of all users. Everybody reads
/// `information_schema`, which shows only what they may see.
const SERVERS_OWN: [&str; 2] = ["information_schema", "mysql"];

/// The users that are there.
#[derive(Debug)]
pub struct People {
    path: PathBuf,
    host: IpAddr,
    access: Arc<Access>,
    // Invariant: every user that may exist in Dolt is in the file.
    open: Mutex<BTreeMap<String, Timestamp>>,
}

impl People {
    /// Reads what an earlier agent has made. `host` is where Dolt sees this machine's connections come from.
    pub fn open(path: PathBuf, host: IpAddr, access: Arc<Access>) -> io::Result<Self> {
        let open = files::read_json(&path)?.unwrap_or_default();
        Ok(Self { path, host, access, open: Mutex::new(open) })
    }

    /// Makes a user for `person`.
    pub async fn make(&self, person: &str, read_only: bool, seconds: u32) -> Result<(Login, Timestamp), SqlError> {
        let login = Login { user: user_name(person, &random(SUFFIX_LENGTH)), password: random(PASSWORD_LENGTH) };
        let expires = after(seconds);
        let mut connection = self.access.writable().await?;
        {
            let mut open = self.open.lock().await;
            if open.len() >= MOST {
                return Err(io::Error::other(format!("there are {MOST} SQL users already")).into());
            }
            open.insert(login.user.clone(), expires);
            self.keep(&open).await?;
        }
        create(&mut connection, &self.at(&login.user), &login.password, read_only).await?;
        Ok((login, expires))
    }

    /// Drops users whose time has passed, for as long as the agent runs.
    pub async fn sweep(&self) {
        loop {
            tokio::time::sleep(SWEEP).await;
            match self.sweep_once().await {
                // They go when it is writable again.
                Ok(()) | Err(SqlError::ReadOnly) => {}
                // Dolt is away; the next round does it.
                Err(error) => warn!(%error, "expired SQL users are not dropped yet"),
            }
        }
    }

    async fn sweep_once(&self) -> Result<(), SqlError> {
        let now = clock::now();
        let expired: Vec<String> = self
            .open
            .lock()
            .await
            .iter()
            .filter(|(_, expires)| **expires <= now)
            .map(|(user, _)| user.clone())
            .collect();
        if expired.is_empty() {
            return Ok(());
        }
        let mut connection = self.access.writable().await?;
        for user in &expired {
            connection.query_drop(format!("DROP USER IF EXISTS {}", self.at(user))).await?;
        }
        let mut open = self.open.lock().await;
        open.retain(|user, _| !expired.contains(user));
        Ok(self.keep(&open).await?)
    }

    async fn keep(&self, open: &BTreeMap<String, Timestamp>) -> io::Result<()> {
        let (path, open) = (self.path.clone(), open.clone());
        tokio::task::spawn_blocking(move || files::write_json(&path, &open)).await.map_err(io::Error::from)?
    }

    fn at(&self, user: &str) -> String {
        format!("{}@{}", quoted(user), quoted(&self.host.to_string()))
    }
}

async fn create(connection: &mut Conn, user: &str, password: &str, read_only: bool) -> Result<(), SqlError> {
    connection.query_drop(format!("CREATE USER {user} IDENTIFIED BY {}", quoted(password))).await?;
    if !read_only {
        // With Dolt's own procedures, some of which want SUPER. Whoever may have this may see the root login too.
        return Ok(connection.query_drop(format!("GRANT ALL ON *.* TO {user}")).await?);
    }
    let databases: Vec<String> = connection.query("SHOW DATABASES").await?;
    for database in databases.iter().filter(|database| !SERVERS_OWN.contains(&database.as_str())) {
        // Not EXECUTE: Dolt's procedures write. Its read functions (dolt_diff, dolt_log, …) need SELECT only.
        let database = database.replace('`', "``");
        connection.query_drop(format!("GRANT SELECT, SHOW VIEW ON `{database}`.* TO {user}")).await?;
    }
    Ok(())
}

/// Whose user it is, as far as its name tells (see `user_name`); none where it is not one that was made here. A name that
/// somebody else chose, such as `p_order_import`, is told apart by its end: six random characters are all small letters once
/// in 180 times.
pub fn person_of(user: &str) -> Option<&str> {
    let (person, suffix) = user.strip_prefix("p_")?.rsplit_once('_')?;
    let random = suffix.len() == SUFFIX_LENGTH && suffix.chars().all(|c| c.is_ascii_alphanumeric());
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let made = random && !suffix.chars().all(|c| c.is_ascii_lowercase()) && person.chars().all(plain);
    (made && !person.is_empty() && person.len() <= PERSON_LENGTH).then_some(person)
}

fn user_name(person: &str, suffix: &str) -> String {
    let plain = |character: char| if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' };
    let person: String = person.chars().map(plain).take(PERSON_LENGTH).collect();
    format!("p_{person}_{suffix}")
}

fn random(length: usize) -> String {
    rand::rng().sample_iter(Alphanumeric).take(length).map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::is_user_name;

    #[test]
    fn a_users_name_tells_whose_it_is() {
        for (user, person) in [
            ("p_root_V3UYYh", Some("root")),
            ("p_ann_lee_abc123", Some("ann_lee")),
            ("p_order_import", None),
            ("root", None),
            ("p__abc123", None),
            ("p_Root_abc123", None),
        ] {
            assert_eq!(person_of(user), person, "{user}");
        }
    }

    #[test]
    fn any_person_gives_a_name_that_sql_takes() {
        for person in ["alice", "Ci@Example.com", "", "ärger'; DROP USER root; --", &"x".repeat(500)] {
            let name = user_name(person, &random(SUFFIX_LENGTH));
            assert!(is_user_name(&name), "{name}");
        }
        assert_eq!(user_name("Ann.Lee", "abc123"), "p_ann_lee_abc123");
    }
}
