//! The lease: one holder at a time may act for the reconciler.
//!
//! Guarantees
//! - Time is the database's: holders whose clocks differ agree on who has it.
//! - The epoch rises with every taking, and never falls while the table lives. Keeping it keeps the epoch, unless the caller
//!   or a promotion of the store asks for a higher one: a standby may have been promoted that had not seen the last of it.
//! - Each taking writes a fresh random value, so that of two that race exactly one commits.
//! - A write under a fence touches the lease's row, so that it fails when the lease was taken over meanwhile, also
//!   when that happens between its check and its commit.

use super::{
    cluster,
    table::{Cells, time},
};
use crate::{
    model::Epoch,
    store::{Fence, Lease, StoreError},
};
use jiff::{SignedDuration, Timestamp};
use mysql_async::{Conn, Row, Transaction, TxOpts, prelude::*};
use std::time::Duration;

/// There is one lease: that of the reconciler.
const NAME: &str = "reconciler";

/// How often a lost race is looked at again: each round someone has won, so the next look finds the holder.
const ROUNDS: usize = 5;

struct Holding {
    fence: Fence,
    expires: Timestamp,
    now: Timestamp,
}

/// Takes the lease, keeps it, or says who has it.
pub async fn take(
    connection: &mut Conn,
    holder: &str,
    held: Option<Epoch>,
    above: Epoch,
    length: Duration,
) -> Result<Lease, StoreError> {
    for _ in 0..ROUNDS {
        match take_once(connection, holder, held, above, length).await {
            Err(StoreError::Conflict) => {}
            other => return other,
        }
    }
    Err(StoreError::Unavailable("the lease is fought over".to_owned()))
}

async fn take_once(
    connection: &mut Conn,
    holder: &str,
    held: Option<Epoch>,
    above: Epoch,
    length: Duration,
) -> Result<Lease, StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let sql = "SELECT holder, epoch, expires, utc_timestamp(6) AS moment FROM live_lease WHERE name = ?";
    let found: Option<Row> = transaction.exec_first(sql, (NAME,)).await?;
    let Some(row) = found else {
        let above = above.max(cluster::since(&mut transaction).await?);
        let fence = Fence { holder: holder.to_owned(), epoch: above.next() };
        let now = now(&mut transaction).await?;
        let sql = "INSERT INTO live_lease (holder, epoch, expires, name, rv) VALUES (?, ?, ?, ?, uuid())";
        transaction.exec_drop(sql, (holder, fence.epoch.0, time(ends(now, length)?), NAME)).await?;
        transaction.commit().await?;
        return Ok(Lease::Held(fence));
    };
    let holding = read(row)?;
    let epoch = match held {
        // Nobody has taken it since, even if its time has passed.
        Some(epoch) if holding.fence.holder == holder && holding.fence.epoch == epoch => epoch,
        // One that comes back need not wait for itself; its earlier epoch ends here.
        None if holding.fence.holder == holder => holding.fence.epoch.next(),
        _ if holding.expires <= holding.now => holding.fence.epoch.next(),
        _ => {
            let left = holding.expires.duration_since(holding.now);
            return Ok(Lease::Taken {
                holder: holding.fence.holder,
                left: Duration::try_from(left).unwrap_or_default(),
            });
        }
    };
    let above = above.max(cluster::since(&mut transaction).await?);
    let epoch = if epoch > above { epoch } else { above.next() };
    let sql = "UPDATE live_lease SET holder = ?, epoch = ?, expires = ?, rv = uuid() WHERE name = ?";
    transaction.exec_drop(sql, (holder, epoch.0, time(ends(holding.now, length)?), NAME)).await?;
    transaction.commit().await?;
    Ok(Lease::Held(Fence { holder: holder.to_owned(), epoch }))
}

/// Gives the lease back. One that was lost already is no error.
pub async fn release(connection: &mut Conn, fence: &Fence) -> Result<(), StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    let sql =
        "UPDATE live_lease SET expires = utc_timestamp(6), rv = uuid() WHERE name = ? AND holder = ? AND epoch = ?";
    transaction.exec_drop(sql, (NAME, &fence.holder, fence.epoch.0)).await?;
    match transaction.commit().await.map_err(StoreError::from) {
        // Another has taken it in this very moment.
        Err(StoreError::Conflict) => Ok(()),
        other => other,
    }
}

/// Ties this transaction to the lease: it cannot commit once another has taken it.
pub async fn touch(transaction: &mut Transaction<'_>, fence: &Fence) -> Result<(), StoreError> {
    let sql = "UPDATE live_lease SET rv = uuid() WHERE name = ? AND holder = ? AND epoch = ?";
    transaction.exec_drop(sql, (NAME, &fence.holder, fence.epoch.0)).await?;
    if transaction.affected_rows() == 1 { Ok(()) } else { Err(StoreError::LeaseLost) }
}

/// What a lost race under `fence` was about: the lease, or something else.
pub async fn why_lost(connection: &mut Conn, fence: &Fence) -> Result<StoreError, StoreError> {
    let sql = "SELECT count(*) FROM live_lease WHERE name = ? AND holder = ? AND epoch = ?";
    let ours: Option<u64> = connection.exec_first(sql, (NAME, &fence.holder, fence.epoch.0)).await?;
    Ok(if ours == Some(1) { StoreError::Conflict } else { StoreError::LeaseLost })
}

fn read(row: Row) -> Result<Holding, StoreError> {
    let mut cells = Cells::from(row);
    Ok(Holding {
        fence: Fence { holder: cells.take("holder")?, epoch: Epoch(cells.take("epoch")?) },
        expires: cells.time("expires")?,
        now: cells.time("moment")?,
    })
}

async fn now(transaction: &mut Transaction<'_>) -> Result<Timestamp, StoreError> {
    let row: Option<Row> = transaction.query_first("SELECT utc_timestamp(6) AS moment").await?;
    Cells::from(row.ok_or_else(|| StoreError::Broken("no answer to a question for the time".to_owned()))?)
        .time("moment")
}

/// Reckoned here: Dolt rounds `utc_timestamp(6) + interval …` to half seconds.
fn ends(now: Timestamp, length: Duration) -> Result<Timestamp, StoreError> {
    let length = SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX);
    now.checked_add(length).map_err(|error| StoreError::Broken(format!("the lease's length: {error}")))
}
