//! Being told to end, from before anything is started that would outlive this process.
//!
//! Guarantees: from [`Ends::listen`] on, SIGTERM, SIGINT and SIGHUP end nothing by themselves; each is told, once, to
//! whoever asks.

use crate::hosted_api::problem::{Kind, Problem};
use std::io;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// What shells add to the number of the signal that ended a process.
const BY_A_SIGNAL: u8 = 128;

/// Hears the signals that ask this process to end.
pub struct Ends {
    hang_up: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Ends {
    /// From now on.
    ///
    /// # Errors
    /// When signals cannot be received.
    pub fn listen() -> Result<Self, Problem> {
        let listen = |kind| {
            let failed = |error: io::Error| format!("signals cannot be received: {error}");
            signal(kind).map_err(|error| Problem::new(Kind::Failed, failed(error)))
        };
        Ok(Self {
            hang_up: listen(SignalKind::hangup())?,
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    /// Until one comes; gives the exit code, as shells count it.
    pub async fn told(&mut self) -> u8 {
        let signal = tokio::select! {
            _ = self.hang_up.recv() => 1,
            _ = self.interrupt.recv() => 2,
            _ = self.terminate.recv() => 15,
        };
        BY_A_SIGNAL + signal
    }
}
