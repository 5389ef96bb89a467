//! What a certificate authority of the public does for us: one order, and when it wants a renewal.
//!
//! A trait, so that the reconciler knows no protocol, and a build without the feature `aws` none of its code.

use super::Chain;
use crate::{model::Suggested, secrets::SecretError};
use async_trait::async_trait;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A certificate that is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// DNS names, all of them.
    pub names: Vec<String>,
    /// PKCS#10, DER.
    pub request: Vec<u8>,
    /// The chain that this one is to take the place of.
    pub replaces: Option<Chain>,
    /// Which of the authority's limits it counts towards.
    pub renewal: Renewal,
}

/// How a certificate follows another one, as an authority's limits see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Renewal {
    /// The first of its names: it counts towards every limit.
    #[default]
    New,
    /// For names that had one before, which goes before its time, as when its key is lost: it counts towards the limit of
    /// those names alone.
    Early,
    /// At the time that the authority wants it (ARI): it counts towards none.
    Due,
}

/// Why there is no certificate.
#[derive(Debug, Error)]
pub enum OrderError {
    /// A limit of the authority's would be passed, or it has said so itself. Nothing is asked of it until then.
    #[error("not before {}: {why}", shown(.until))]
    NotBefore {
        /// When it may be ordered.
        until: Timestamp,
        /// Which limit, and what to do about it.
        why: String,
    },
    /// The authority refuses, and would again: what to do is in the words.
    #[error("{0}")]
    Refused(String),
    /// The authority, or the way to it, is not well just now.
    #[error("{0}")]
    Later(String),
    /// The account or the ledger of orders.
    #[error(transparent)]
    Secret(#[from] SecretError),
}

fn shown(time: &Timestamp) -> String {
    time.strftime("%F %H:%M UTC").to_string()
}

/// A public certificate authority.
#[async_trait]
pub trait PublicAuthority: Send + Sync + 'static {
    /// Has a certificate signed.
    async fn order(&self, order: &Order) -> Result<Chain, OrderError>;
    /// Why the first certificate for `names` could not be ordered now, as far as is known without asking it; none: it could.
    async fn hindrance(&self, names: &[String]) -> Option<OrderError>;
    /// When it wants `chain` renewed; none where it does not say. From memory while the authority's word is fresh.
    async fn renewal(&self, chain: &Chain) -> Result<Option<Suggested>, OrderError>;
}

/// Where an authority's challenges are answered: text records of the DNS.
#[async_trait]
pub trait Challenges: Send + Sync + 'static {
    /// Makes the text records of `name` these, and returns when the world can see them.
    ///
    /// # Errors
    /// In words.
    async fn set(&self, name: &str, values: &[String]) -> Result<(), String>;
    /// Takes the text records of `name` away.
    ///
    /// # Errors
    /// In words.
    async fn clear(&self, name: &str) -> Result<(), String>;
}
