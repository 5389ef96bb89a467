//! Pages: what receivers were told, and what they are still to be told.
//!
//! Guarantees
//! - Pages that are written down together stand there together, or none of them does.
//! - One that waits is live: it changes with every try, and no commit tells of it. One that is over (sent, failed, …) is a
//!   record, in one Dolt commit with the others of that moment.
//! - Only the lease's holder writes. An answer that was lost is [`StoreError::Unavailable`]; writing the same again does
//!   nothing twice.
//!
//! Why a trait apart from [`super::Store`]: paging needs nothing else of the store, and can be tried without one.

use super::{Fence, StoreError};
use crate::model::{Delivery, IncidentId};
use async_trait::async_trait;

/// Where pages are kept.
#[async_trait]
pub trait Pages: Send + Sync + 'static {
    /// Every page that waits, and every one to a receiver that was not told of the incident's end.
    async fn unsettled(&self) -> Result<Vec<Delivery>, StoreError>;
    /// Every page about these incidents, the earliest asked first.
    async fn about(&self, incidents: &[IncidentId]) -> Result<Vec<Delivery>, StoreError>;
    /// Makes the pages' rows say this. `message` is the commit's, where one is made.
    async fn write_down(&self, pages: &[Delivery], message: &str, fence: &Fence) -> Result<(), StoreError>;
}
