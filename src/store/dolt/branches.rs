//! Branches `cr/NAME` of the control plane's database: where they are, what is on them, and a commit on one.
//!
//! - A branch is written to over a connection of its own, opened on the database `db/cr/NAME`: `dolt_checkout` on a
//!   connection of the pool would leave the branch behind for whoever has it next.
//! - Volatile tables stand in a branch's own working set and are in no commit, so a new branch has none. The guard that
//!   makes two edits of one branch exclude each other is made where it is missing; nothing else volatile is used there.
//! - A branch is made from its change request's base, and only ever moves by edits. So making it can be done twice, and
//!   by two at once.

use super::{Address, history, landing, message};
use crate::{
    model::{BranchName, ChangeRequest, CommitHash, OperationId},
    store::{
        Landing, StoreError,
        branches::{Branch, BranchCommit},
    },
};
use mysql_async::{Conn, prelude::*};
use std::collections::HashMap;

/// Two edits of one branch that were decided on one head touch this row: see `guards`.
const GUARDS: &str = "CREATE TABLE IF NOT EXISTS live_guards (
  name VARCHAR(80) NOT NULL PRIMARY KEY,
  version CHAR(36) NOT NULL
)";

/// How branches of change requests begin in Dolt.
pub const OURS: &str = "cr/";

/// The branch in Dolt. People's names cannot meet `main` there, or a branch that somebody made by hand.
pub fn in_dolt(name: &BranchName) -> String {
    format!("{OURS}{name}")
}

/// Where a change request's branch is: its base where it was not made yet.
pub async fn head(connection: &mut impl Queryable, request: &ChangeRequest) -> Result<CommitHash, StoreError> {
    let sql = "SELECT hash FROM dolt_branches WHERE name = ?";
    let hash: Option<String> = connection.exec_first(sql, (in_dolt(&request.name),)).await?;
    match hash {
        Some(hash) => hash.parse().map_err(|error| StoreError::Broken(format!("{error}"))),
        None => Ok(request.base.clone()),
    }
}

/// The branch with its own commits; `behind` is the caller's, who knows main.
pub async fn read(connection: &mut Conn, request: &ChangeRequest, behind: usize) -> Result<Branch, StoreError> {
    let head = match &request.closed_at {
        Some(head) => head.clone(),
        None => head(connection, request).await?,
    };
    let sql = format!("SELECT commit_hash, message FROM dolt_log('{}..{head}')", request.base);
    let rows: Vec<(String, String)> = connection.query(sql).await?;
    let mut hashes = Vec::new();
    let mut about = HashMap::new();
    for (hash, text) in rows {
        let hash: CommitHash = hash.parse().map_err(|error| StoreError::Broken(format!("{error}")))?;
        about.insert(hash.clone(), message::read(&text).1);
        hashes.push(hash);
    }
    let entries = history::entries(connection, &hashes).await?;
    let commit = |entry: crate::model::CommitEntry| {
        let about = about.remove(&entry.hash).unwrap_or_default();
        BranchCommit { entry, deployments: about.desired, operations: about.operations }
    };
    Ok(Branch { head, commits: entries.into_iter().map(commit).collect(), behind })
}

/// One commit on the branch. `main` is a connection to main.
pub async fn land(
    main: &mut Conn,
    address: &Address,
    request: &ChangeRequest,
    landing: &Landing,
    operation: &OperationId,
) -> Result<CommitHash, StoreError> {
    make(main, request).await?;
    let mut branch = Conn::new(address.on_branch(&in_dolt(&request.name))).await?;
    let landed = async {
        branch.query_drop(GUARDS).await?;
        landing::land_for(&mut branch, landing, operation).await
    };
    let landed = landed.await;
    // What is left to fail is the farewell.
    let _ = branch.disconnect().await;
    landed
}

/// Makes the branch where it is not there yet.
async fn make(main: &mut Conn, request: &ChangeRequest) -> Result<(), StoreError> {
    let sql = "SELECT count(*) FROM dolt_branches WHERE name = ?";
    let there: Option<u64> = main.exec_first(sql, (in_dolt(&request.name),)).await?;
    if there == Some(1) {
        return Ok(());
    }
    match main.exec_drop("CALL dolt_branch(?, ?)", (in_dolt(&request.name), request.base.as_str())).await {
        // Another made it in this very moment, at the same commit.
        Err(mysql_async::Error::Server(told)) if told.message.contains("already exists") => Ok(()),
        other => Ok(other?),
    }
}
