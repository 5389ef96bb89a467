//! One HTTP proxy between the SDKs and moto: for all services the same address.
//!
//! It adds what AWS does and moto does not: CloudWatch's CBOR, client tokens, refusals; and what AWS does on a bad day,
//! by rule. It counts the calls. Who wants to look at the truth asks moto itself.
//!
//! ```ignore
//! stand_in.proxy.drop_after_applying("RunInstances").once();
//! let slow = stand_in.proxy.throttle(faults::ALL).until_removed();
//! stand_in.proxy.no_capacity(Capacity::of_type("m7g.large")).until_removed();
//! assert_eq!(stand_in.proxy.calls.of("RunInstances"), 1);
//! ```

pub mod call;
mod cbor;
pub mod count;
pub mod faults;
mod history;
mod refusals;
pub mod refused;
mod serve;
mod tokens;
mod world;
mod xml;

use crate::Error;
use count::Calls;
use faults::{Capacity, Fault, Faults, ToBe};
use refused::Refused;
use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};

pub use world::World;

/// The running proxy.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    /// The calls that came in.
    pub calls: Arc<Calls>,
    faults: Arc<Faults>,
    handler: Arc<serve::Handler>,
    accepts: JoinHandle<()>,
}

impl Proxy {
    /// Starts it on a free port, before this moto.
    pub async fn start(moto: SocketAddr, world: World) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.map_err(Error::io("listening for calls"))?;
        let address = listener.local_addr().map_err(Error::io("listening for calls"))?;
        let (calls, faults) = <(Arc<Calls>, Arc<Faults>)>::default();
        let handler = Arc::new(serve::Handler::new(moto, world, Arc::clone(&calls), Arc::clone(&faults)));
        let accepts = tokio::spawn(serve::accept(listener, Arc::clone(&handler)));
        Ok(Self { address, calls, faults, handler, accepts })
    }

    /// The service answers "slow down" and does nothing.
    pub fn throttle(&self, operation: &str) -> ToBe {
        self.rule(operation, Fault::Throttle)
    }

    /// There is never an answer, and nothing is done.
    pub fn hang(&self, operation: &str) -> ToBe {
        self.rule(operation, Fault::Hang)
    }

    /// The connection breaks, and nothing is done.
    pub fn drop_before_applying(&self, operation: &str) -> ToBe {
        self.rule(operation, Fault::DropBefore)
    }

    /// It is done, then the connection breaks: the answer is lost.
    pub fn drop_after_applying(&self, operation: &str) -> ToBe {
        self.rule(operation, Fault::DropAfter)
    }

    /// The answer of a reading operation is what it was `age` ago; what nobody had asked by then is not there yet.
    pub fn stale(&self, operation: &str, age: Duration) -> ToBe {
        self.rule(operation, Fault::Stale(age))
    }

    /// Nothing of this kind can be run or started. The SDK tries that three times: `once()` will not be seen.
    pub fn no_capacity(&self, capacity: Capacity) -> ToBe {
        self.rule("RunInstances", Fault::NoCapacity(capacity))
    }

    /// The service refuses with this code, for what the caller did.
    pub fn refuse(&self, operation: &str, code: &str, message: &str) -> ToBe {
        self.rule(operation, Fault::Refuse(Refused::new(code, message)))
    }

    /// Ends all rules.
    pub fn clear_faults(&self) {
        self.faults.clear();
    }

    /// Whether a volume that was modified in the last six hours is refused; off at first.
    pub fn let_volumes_rest(&self, rest: bool) {
        self.handler.refusals.let_volumes_rest(rest);
    }

    fn rule(&self, operation: &str, fault: Fault) -> ToBe {
        ToBe::new(&self.faults, operation, fault)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepts.abort();
    }
}
