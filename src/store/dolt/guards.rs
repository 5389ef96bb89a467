//! Guard rows: two transactions that touch the same one cannot both commit.
//!
//! Dolt merges concurrent transactions cell by cell, and two that write the same value into a cell both succeed. So a
//! transaction also writes a fresh random version for each thing that it must be alone with: the second to commit
//! gets error 1213. `SELECT … FOR UPDATE` would not lock.

use super::message::About;
use crate::store::StoreError;
use mysql_async::{Transaction, prelude::*};

/// The guard of main's head: a landing that was decided on a commit must follow it.
const HEAD: &str = "head";

/// Touches the guards of the head and of every deployment that is edited.
///
/// The head's alone decides today. The deployments' are there for landings that need not follow the head, as a merge
/// of branches does not.
pub async fn touch(transaction: &mut Transaction<'_>, about: &About) -> Result<(), StoreError> {
    let names: Vec<&str> = std::iter::once(HEAD).chain(about.deployments().map(|id| id.as_str())).collect();
    // Thousands of deployments in one landing (a roll-back of all) would make one statement too long.
    for names in names.chunks(500) {
        let rows = vec!["(?, uuid())"; names.len()].join(", ");
        let sql =
            format!("INSERT INTO live_guards (name, version) VALUES {rows} ON DUPLICATE KEY UPDATE version = uuid()");
        let values: Vec<mysql_async::Value> = names.iter().map(|name| (*name).into()).collect();
        transaction.exec_drop(sql, values).await?;
    }
    Ok(())
}
