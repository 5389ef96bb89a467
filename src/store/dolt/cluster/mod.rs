//! A store of two servers or more: Dolt's cluster replication.
//!
//! One server is the primary and takes writes; it sends them on to its standbys, which refuse writes. Each has a role and
//! the role's epoch, and of two that call themselves primary the one of the higher epoch is right. Dolt never promotes by
//! itself: a person does ([`promote`]).
//!
//! Guarantees
//! - Writes go to a server that says it is the primary, of the highest epoch that this state folder has ever seen
//!   ([`choose`]): never to one that was demoted and does not know it yet.
//! - Whoever takes or keeps the lease after a promotion gets an epoch above all of before it ([`since`]), also where the
//!   promoted server had not been sent the last of them.
//!
//! Caveats: replication is asynchronous unless `dolt_cluster_ack_writes_timeout_secs` is set, and then as well while a
//! standby is away. What only a lost primary had is lost. Who cannot see the promoted server cannot know of it, and goes on
//! with the old one; agents refuse it as soon as they have heard of the new holder.

mod ask;
mod choose;
pub mod promote;

pub use ask::{ask, assume, content, look, step_down, why};
pub use choose::choose;

use crate::{model::Epoch, store::StoreError};
use mysql_async::{Row, Transaction, prelude::*};
use std::fmt;

/// How many times the lease may be taken under one primary before the epochs of the next are no longer above all of its own:
/// once a second for eleven days.
const TAKINGS: u64 = 1_000_000;

/// What a server is to its cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It takes writes.
    Primary,
    /// It follows.
    Standby,
    /// Two were primary in the same epoch: both have stopped.
    Broken,
    /// It is in no cluster.
    Alone,
    /// A word of a newer Dolt.
    Other(String),
}

impl Role {
    fn of(word: &str) -> Self {
        match word {
            "primary" => Self::Primary,
            "standby" => Self::Standby,
            "detected_broken_config" => Self::Broken,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Primary => "primary",
            Self::Standby => "standby",
            Self::Broken => "split brain",
            Self::Alone => "in no cluster",
            Self::Other(word) => word,
        })
    }
}

/// How a server's replication of the store's database stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replication {
    /// How far the standby is behind, as the primary sees it; none where it is not known.
    pub lag_ms: Option<u64>,
    /// When the standby last had something new, by the server's clock; empty: never since its start.
    pub last_update: String,
    /// What is wrong; empty: nothing.
    pub error: String,
}

/// What a server says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What it is.
    pub role: Role,
    /// Since which change of roles.
    pub epoch: u64,
    /// How long a write waits for the standbys before it is acknowledged; 0: not at all.
    pub acks_seconds: u64,
    /// Of the store's database, with the worst of its standbys.
    pub replication: Replication,
}

/// A server, and what it says; or why it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// `HOST:PORT`.
    pub at: String,
    /// What it says.
    pub said: Result<Standing, String>,
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.said {
            Ok(standing) if standing.role == Role::Alone => write!(f, "{} is in no cluster", self.at),
            Ok(standing) => write!(f, "{} is {} of epoch {}", self.at, standing.role, standing.epoch),
            Err(why) => write!(f, "{} does not answer ({why})", self.at),
        }
    }
}

/// All of them in one sentence.
pub fn listed(all: &[Seen]) -> String {
    all.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// A standby that is further behind does not keep up: what is acknowledged meanwhile would be lost with the primary.
const BEHIND_MS: u64 = 10_000;

/// What is wrong with the standbys while there is a primary; none: nothing. Pure.
pub fn trouble(all: &[Seen]) -> Option<String> {
    let said = || all.iter().filter_map(|seen| seen.said.as_ref().ok());
    // Without one the store itself is away, which is told elsewhere.
    let primary = said().filter(|standing| standing.role == Role::Primary).max_by_key(|standing| standing.epoch)?;
    if let Some(away) = all.iter().find(|seen| seen.said.is_err()) {
        return Some(away.to_string());
    }
    let replication = &primary.replication;
    match (replication.error.as_str(), replication.lag_ms) {
        ("", Some(behind)) if behind > BEHIND_MS => Some(format!("it is {} s behind", behind / 1_000)),
        ("", _) => None,
        (error, _) => Some(error.to_owned()),
    }
}

/// What every epoch of the lease is above that is taken or kept on this server.
pub async fn since(transaction: &mut Transaction<'_>) -> Result<Epoch, StoreError> {
    let row: Option<Row> = transaction.query_first("SHOW GLOBAL VARIABLES LIKE 'dolt_cluster_role_epoch'").await?;
    let epoch = row.and_then(|row| row.get::<String, _>(1)).and_then(|text| text.parse().ok()).unwrap_or(0_u64);
    // A pair that was never promoted keeps the epochs that it had when it was one server.
    Ok(Epoch(epoch.saturating_sub(1).saturating_mul(TAKINGS)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(role: Role, replication: Replication) -> Seen {
        Seen { at: "a:3306".to_owned(), said: Ok(Standing { role, epoch: 1, acks_seconds: 3, replication }) }
    }

    #[test]
    fn a_standby_that_does_not_follow_is_told() {
        let well = Replication { lag_ms: Some(40), ..Replication::default() };
        let standby = || seen(Role::Standby, Replication::default());
        let with = |replication: Replication| trouble(&[seen(Role::Primary, replication), standby()]);
        assert_eq!(with(well.clone()), None);
        assert_eq!(with(Replication { lag_ms: Some(12_500), ..well.clone() }).as_deref(), Some("it is 12 s behind"));
        assert_eq!(with(Replication { error: "refused".to_owned(), ..well.clone() }).as_deref(), Some("refused"));
        let away = Seen { at: "b:3306".to_owned(), said: Err("no route".to_owned()) };
        let told = trouble(&[seen(Role::Primary, well), away]).expect("told");
        assert!(told.contains("b:3306 does not answer"), "{told}");
        // One server, and none that is primary: nothing of a standby's.
        assert_eq!(trouble(&[]), None);
        assert_eq!(trouble(&[standby(), standby()]), None);
    }
}
