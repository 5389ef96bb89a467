//! One change of main: one SQL transaction that ends in one Dolt commit.
//!
//! Guarantees
//! - All of a landing or nothing: the commit is made in the transaction of the edits.
//! - It follows its base: the head is checked in the transaction, and the head's guard row is touched, so that of two
//!   landings on one base the second fails at its commit.
//! - Edits that change no row in the end make no commit: the base is the answer, and an intent that they clear is cleared. An
//!   operation is a new row, so a landing with one always makes a commit.
//! - A unique value that is taken (a name, an operation's id) is a conflict: whoever decided did not see its holder.
//! - Deployments that go are taken away before others come, so that a name passes from one to the next.
//!
//! `dolt_commit('-a')` takes along whatever stands uncommitted in tracked tables: nothing of this program leaves
//! anything there.

use super::{
    change_requests, client_certificates, deployments, error, guards, incidents, intents, lease, message, operations,
    records,
};
use crate::{
    model::{CommitHash, OperationId},
    store::{Edit, Landing, StoreError},
};
use message::About;
use mysql_async::{Conn, Transaction, TxOpts, prelude::*};

/// Does it. The connection is the caller's own: one landing at a time.
pub async fn land(connection: &mut Conn, landing: &Landing) -> Result<CommitHash, StoreError> {
    match attempt(connection, landing, None).await {
        Err(StoreError::Conflict) => match &landing.fence {
            Some(fence) => Err(lease::why_lost(connection, fence).await?),
            None => Err(StoreError::Conflict),
        },
        other => other,
    }
}

/// The same on a branch, whose commit names the request that it answers: the request's own row would stand on main.
pub async fn land_for(
    connection: &mut Conn,
    landing: &Landing,
    operation: &OperationId,
) -> Result<CommitHash, StoreError> {
    attempt(connection, landing, Some(operation)).await
}

async fn attempt(
    connection: &mut Conn,
    landing: &Landing,
    operation: Option<&OperationId>,
) -> Result<CommitHash, StoreError> {
    let mut transaction = connection.start_transaction(TxOpts::default()).await?;
    if let Some(fence) = &landing.fence {
        lease::touch(&mut transaction, fence).await?;
    }
    if head(&mut transaction).await? != landing.base {
        return Err(StoreError::Conflict);
    }
    let Some(mut about) = apply(&mut transaction, &landing.edits).await? else {
        transaction.commit().await?;
        return Ok(landing.base.clone());
    };
    about.operations.extend(operation.cloned());
    guards::touch(&mut transaction, &about).await?;
    let text = message::write(&landing.message, &about);
    let hash = match committed(&mut transaction, &text, &landing.author).await {
        // One edit took back what another did.
        Err(error) if error::is_nothing_to_commit(&error) => landing.base.clone(),
        other => parse(other?)?,
    };
    transaction.commit().await?;
    Ok(hash)
}

async fn committed(
    transaction: &mut Transaction<'_>,
    text: &str,
    author: &str,
) -> Result<Option<String>, mysql_async::Error> {
    let sql = "CALL dolt_commit('-am', ?, '--author', ?)";
    transaction.exec_first(sql, (text, message::author(author))).await
}

/// Makes the Dolt commit of a transaction, whose own commit must follow.
pub async fn commit(transaction: &mut Transaction<'_>, text: &str, author: &str) -> Result<CommitHash, StoreError> {
    parse(committed(transaction, text, author).await?)
}

/// Does the edits. Gives what they were about; nothing where no row differs.
async fn apply(transaction: &mut Transaction<'_>, edits: &[Edit]) -> Result<Option<About>, StoreError> {
    let mut about = About::default();
    let mut changed = false;
    let (removals, others): (Vec<&Edit>, Vec<&Edit>) =
        edits.iter().partition(|edit| matches!(edit, Edit::RemoveDesired(_)));
    for edit in removals.into_iter().chain(others) {
        changed |= match edit {
            Edit::PutDesired(desired) => {
                noted(deployments::put(transaction, desired).await?, &mut about.desired, &desired.id)
            }
            Edit::RemoveDesired(id) => noted(deployments::remove(transaction, id).await?, &mut about.desired, id),
            Edit::PutRecord(record) => noted(records::put(transaction, record).await?, &mut about.records, &record.id),
            Edit::PutOperation(operation) => {
                operations::put(transaction, operation).await?;
                about.records.extend(operation.deployment.clone());
                noted(true, &mut about.operations, &operation.id)
            }
            Edit::PutClientCertificate(certificate) => client_certificates::put(transaction, certificate).await?,
            Edit::PutIncident(incident) => incidents::put(transaction, incident).await?,
            Edit::PutIncidentRequest(request) => {
                incidents::put_request(transaction, request).await?;
                true
            }
            Edit::Review(edit) => change_requests::put(transaction, edit).await?,
            Edit::MarkIncident(incident) => {
                incidents::mark(transaction, incident).await?;
                false
            }
            Edit::ClearIntent(id) => {
                intents::remove(transaction, id).await?;
                false
            }
        };
    }
    Ok(changed.then_some(about))
}

fn noted<T: Clone + Ord>(changed: bool, about: &mut std::collections::BTreeSet<T>, id: &T) -> bool {
    if changed {
        about.insert(id.clone());
    }
    changed
}

/// The head of the branch that this connection is on, as it or its transaction sees it. A connection of the pool is on
/// main: that is the branch that the server opens a database on.
pub async fn head(connection: &mut impl Queryable) -> Result<CommitHash, StoreError> {
    parse(connection.query_first("SELECT hashof('HEAD')").await?)
}

fn parse(hash: Option<String>) -> Result<CommitHash, StoreError> {
    let hash = hash.ok_or_else(|| StoreError::Broken("no commit where there should be one".to_owned()))?;
    hash.parse().map_err(|error| StoreError::Broken(format!("{error}")))
}
