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
             WHERE commit_hash IN ({list}) AND parent_index = 0"
        );
        let parents: Vec<(String, Option<String>)> = connection.query(sql).await?;
        let parents: HashMap<String, Option<String>> = parents.into_iter().collect();
        let mut found = HashMap::new();
        for row in commits {
            let entry = read(row, &parents)?;
            found.insert(entry.hash.clone(), entry);
        }
        for hash in hashes {
            entries.push(found.remove(hash).ok_or_else(|| StoreError::NoSuchCommit(hash.to_string()))?);
        }
    }
    Ok(entries)
}

fn read(row: Row, parents: &HashMap<String, Option<String>>) -> Result<CommitEntry, StoreError> {
    let mut cells = Cells::from(row);
    let hash: CommitHash = cells.parse("commit_hash")?;
    let parent = parents.get(hash.as_str()).and_then(Option::as_deref).and_then(|parent| parent.parse().ok());
    Ok(CommitEntry {
        parent,
        author: cells.take("committer")?,
        time: cells.time("date")?,
        message: message::read(&cells.take::<String>("message")?).0,
        hash,
    })
}
