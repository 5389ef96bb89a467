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
//! Either can be two for a while: one that takes the other's place ([`rotation`], [`Held`]).
//!
//! A third kind is signed by an authority of the public ([`public`]), which the feature `aws` reaches by ACME.
//!
//! Not here: keeping the authorities' keys (`secrets`), when something is renewed (`reconcile::renewal`).

#[cfg(feature = "aws")]
pub mod acme;
mod authority;
mod chain;
mod held;
pub mod public;
pub mod rotation;
pub mod serial;
pub mod serving;

pub use authority::{Authority, CertificateError, Identity, Leaf};
pub use chain::Chain;
pub use held::{Bundle, Held};

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
    pub control: Held,
    /// Signs databases.
    pub deployment: Held,
}

/// For whom an agent's certificate is.
#[derive(Clone, Debug, Default)]
pub struct For {
    /// Its issue number is above this one: of what the agent has shown before, and of what must not count any more.
    pub after: u64,
    /// The authorities that the agent trusts, by name (DER); empty: not known.
    pub trusts: Vec<Vec<u8>>,
}

impl Authorities {
    /// Takes the authorities from the secrets, and makes those that are not there yet.
    ///
    /// # Errors
    /// When a secret cannot be read or kept, or is no authority.
    pub async fn open(secrets: &dyn Secrets, env: &dyn Env) -> Result<Self, CertificateError> {
        Ok(Self {
            control: Held::open(secrets, CONTROL, "Doltops control CA", env).await?,
            deployment: Held::open(secrets, "ca/deployment", "Doltops deployment CA", env).await?,
        })
    }

    /// Reads what another host has kept meanwhile.
    ///
    /// # Errors
    /// When a secret cannot be read, or is no authority.
    pub async fn reload(&self, secrets: &dyn Secrets) -> Result<(), CertificateError> {
        self.control.reload(secrets).await?;
        self.deployment.reload(secrets).await
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
        self.control.now().signer().identity(&leaf, env)
    }

    /// An enrolled agent's certificate, for the key of its signing request (DER).
    ///
    /// # Errors
    /// When the request cannot be read.
    pub fn agent(
        &self,
        request: &[u8],
        deployment: &str,
        agent: &For,
        env: &dyn Env,
    ) -> Result<Vec<u8>, CertificateError> {
        let leaf = Leaf::server(vec![identity::agent_name(deployment)], SERVER_LIFETIME).after(agent.after);
        self.control.now().signer_for(&agent.trusts).sign(request, &leaf, env)
    }

    /// A database's chain (DER, leaf first), for the key of its signing request (DER).
    ///
    /// While one authority takes another's place the chain ends with the one that signed: its agent trusts that too then,
    /// beside the one that it was told, and so knows its own database by either.
    ///
    /// # Errors
    /// When the request cannot be read.
    pub fn database(
        &self,
        request: &[u8],
        names: Vec<String>,
        env: &dyn Env,
    ) -> Result<Vec<Vec<u8>>, CertificateError> {
        let now = self.deployment.now();
        let leaf = now.signer().sign(request, &Leaf::server(names, SERVER_LIFETIME), env)?;
        let top = now.coming().map(|_| now.signer().certificate_der().to_vec());
        Ok(std::iter::once(leaf).chain(top).collect())
    }

    /// A client's key and certificate.
    ///
    /// # Errors
    /// When signing fails.
    pub fn client(&self, caller: &Caller, env: &dyn Env) -> Result<Identity, CertificateError> {
        self.control.now().signer().identity(&Leaf::client(caller), env)
    }
}
