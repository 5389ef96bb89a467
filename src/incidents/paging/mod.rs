//! Paging: telling people of incidents, and telling them when it is over.
//!
//! ```text
//!  incidents ─┐
//!  deliveries ┼─▶ due ─▶ written down ─▶ sent (send) ─▶ answered (retry) ─▶ written down
//!  settings ──┘    ▲                                                            │
//!                  └────────────────────── deliveries ◀─────────────────────────┘
//! ```
//!
//! [`due()`] and [`retry`] are pure; [`send`] is the only part that touches the world. The loop that brings them together
//! with the store is the reconciler's (`reconcile::manager`): it runs only under the lease.
//!
//! Guarantees
//! - A page is written down before it is sent and after it was answered. Whoever hosts next goes on from there, so nothing
//!   is paged twice after a restart.
//! - Every try of a page carries the same key. The receiver knows by it that an incident is the same (PagerDuty's
//!   `dedup_key`: the incident's id) and that a page is the same (a webhook's `Idempotency-Key`).
//! - A key or a password is in no table, no log and no error.
//!
//! Caveat: an answer that is lost, in the network or because the host died just then, is a page of which nobody here knows
//! whether it arrived. It is sent again with the same keys. PagerDuty drops the second one; a webhook must (its
//! documentation says how); a standard topic of SNS cannot, so there such a page may come twice (a FIFO topic drops it).
//! The other way, to send nothing again, would now and then page nobody at all.

pub mod due;
pub mod quiet;
pub mod retry;
pub mod rotation;
#[cfg(test)]
mod sample;
pub mod send;
pub mod settings;

pub use due::{due, moot};
pub use rotation::{Duty, on_call};
pub use settings::Settings;
