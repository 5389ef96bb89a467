//! Commits as people read them.

use super::{message, table::Cells};
use crate::{
    model::{CommitEntry, CommitHash},
    store::StoreError,
};
use mysql_async::{Conn, Row, prelude::*};
use std::collections::HashMap;

/// How many commits are asked for in one statement: it stays far below the server's limit for a text.
const BATCH: usize = 200;

/// The commits of these hashes, in their order.
pub async fn entries(connection: &mut Conn, hashes: &[CommitHash]) -> Result<Vec<CommitEntry>, StoreError> {
    let mut entries = Vec::with_capacity(hashes.len());
    for hashes in hashes.chunks(BATCH) {
        let list: Vec<String> = hashes.iter().map(|hash| format!("'{hash}'")).collect();
        let list = list.join(", ");
        // The author stands in `committer`: an older Dolt's log has no other column, and nothing here sets it apart.
        let sql =
            format!("SELECT commit_hash, committer, date, message FROM dolt_commits WHERE commit_hash IN ({list})");
        let commits: Vec<Row> = connection.query(sql).await?;
        let sql = format!(
            "SELECT commit_hash, parent_hash FROM dolt_commit_ancestors \
             WHERE commit_hash IN ({list}) ORDER BY commit_hash, parent_index"
        );
        let rows: Vec<(String, Option<String>)> = connection.query(sql).await?;
        let mut parents: HashMap<String, Vec<CommitHash>> = HashMap::new();
        for (hash, parent) in rows {
            // The first commit's is NULL.
            parents.entry(hash).or_default().extend(parent.and_then(|parent| parent.parse().ok()));
        }
        let mut found = HashMap::new();
        for row in commits {
            let entry = read(row, &mut parents)?;
            found.insert(entry.hash.clone(), entry);
        }
        for hash in hashes {
            entries.push(found.remove(hash).ok_or_else(|| StoreError::NoSuchCommit(hash.to_string()))?);
        }
    }
    Ok(entries)
}

fn read(row: Row, parents: &mut HashMap<String, Vec<CommitHash>>) -> Result<CommitEntry, StoreError> {
    let mut cells = Cells::from(row);
    let hash: CommitHash = cells.parse("commit_hash")?;
    let mut parents = parents.remove(hash.as_str()).unwrap_or_default().into_iter();
    Ok(CommitEntry {
        parent: parents.next(),
        merged: parents.collect(),
        author: cells.take("committer")?,
        time: cells.time("date")?,
        message: message::read(&cells.take::<String>("message")?).0,
        hash,
    })
}
