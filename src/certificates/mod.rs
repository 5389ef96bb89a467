//! Who signs agents, clients and databases.
//!
//! Two authorities, because their holders trust different things: the *control CA* says who may speak in the control
//! plane (agents as servers, the control plane and people as clients); the *deployment CA* signs databases'
//! certificates, and its certificate is handed to customers.
//!
//! Guarantees
//! - Of a signing request only the public key is taken: names, uses and lifetimes are ours.
//! - `notBefore` is set back by [`SKEW`], so that a peer whose clock is a little behind still agrees.
//!
//! A third kind is signed by an authority of the public ([`public`]), which the feature `aws` reaches by ACME.
//!
//! Not here: keeping the authorities' keys (`secrets`), when something is renewed (`reconcile::renewal`).

#[cfg(feature = "aws")]
pub mod acme;
mod authority;
mod chain;
pub mod public;
pub mod serving;

pub use authority::{Authority, CertificateError, Identity, Leaf};
pub use chain::Chain;

use crate::{
    env::Env,
    secrets::{SecretError, Secrets},
};
use doltops_proto::identity::{self, Caller};
use jiff::SignedDuration;

/// How far a peer's clock may be behind ours.
pub const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What an instance boots with is good for as long as a slow first boot takes, and is used once.
pub const BOOTSTRAP_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// An agent's and a database's certificates: Let's Encrypt's own habit, so that both kinds are renewed alike.
pub const SERVER_LIFETIME: SignedDuration = SignedDuration::from_hours(90 * 24);

/// A client's certificate: short, because taking one back needs the control plane to be asked.
pub const CLIENT_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Where the control CA is kept.
const CONTROL: &str = "ca/control";

/// The two authorities of a control plane.
#[derive(Debug)]
pub struct Authorities {
    /// Signs agents and clients.
    pub control: Authority,
    /// Signs databases.
    pub deployment: Authority,
}

impl Authorities {
    /// Takes the authorities from the secrets, and makes those that are not there yet.
    ///
    /// # Errors
    /// When a secret cannot be read or kept, or is no authority.
    pub async fn open(secrets: &dyn Secrets, env: &dyn Env) -> Result<Self, CertificateError> {
        Ok(Self {
            control: Authority::open(secrets, CONTROL, "Doltops control CA", env).await?,
            deployment: Authority::open(secrets, "ca/deployment", "Doltops deployment CA", env).await?,
        })
    }

    /// Whether they are among these secrets already.
    ///
    /// # Errors
    /// When the secrets cannot be read.
    pub async fn are_in(secrets: &dyn Secrets) -> Result<bool, SecretError> {
        Ok(secrets.get(CONTROL).await?.is_some())
    }

    /// What an instance boots with.
    ///
    /// # Errors
    /// When signing fails.
    pub fn bootstrap(&self, deployment: &str, incarnation: u32, env: &dyn Env) -> Result<Identity, CertificateError> {
        let leaf = Leaf::server(vec![identity::bootstrap_name(deployment, incarnation)], BOOTSTRAP_LIFETIME);
        self.control.identity(&leaf, env)
    }

    /// An enrolled agent's certificate, for the key of its signing request (DER).
    ///
    /// # Errors
    /// When the request cannot be read.
    pub fn agent(&self, request: &[u8], deployment: &str, env: &dyn Env) -> Result<Vec<u8>, CertificateError> {
        self.control.sign(request, &Leaf::server(vec![identity::agent_name(deployment)], SERVER_LIFETIME), env)
    }

    /// A database's certificate, for the key of its signing request (DER).
    ///
    /// # Errors
    /// When the request cannot be read.
    pub fn database(&self, request: &[u8], names: Vec<String>, env: &dyn Env) -> Result<Vec<u8>, CertificateError> {
        self.deployment.sign(request, &Leaf::server(names, SERVER_LIFETIME), env)
    }

    /// A client's key and certificate.
    ///
    /// # Errors
    /// When signing fails.
    pub fn client(&self, caller: &Caller, env: &dyn Env) -> Result<Identity, CertificateError> {
        self.control.identity(&Leaf::client(caller), env)
    }
}
