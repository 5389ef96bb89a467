//! What differs between two commits, cell by cell.
//!
//! Only tables that Dolt says differ are read. Volatile tables are in no commit, and so in no diff.

use super::table::{TABLES, Table};
use crate::{
    model::{CellChange, CommitHash, DeploymentId},
    store::StoreError,
};
use mysql_async::{Conn, Row, Value, prelude::*};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

/// Every cell that differs, by table, key and column.
pub async fn read(connection: &mut Conn, from: &CommitHash, to: &CommitHash) -> Result<Vec<CellChange>, StoreError> {
    let sql = format!("SELECT from_table_name, to_table_name FROM dolt_diff_summary('{from}', '{to}')");
    let summary: Vec<(String, String)> = connection.query(sql).await?;
    let mut changes = Vec::new();
    for (before, after) in summary {
        let name = if after.is_empty() { before } else { after };
        // Tables that are no part of the schema: Dolt's own, or somebody else's.
        let Some(table) = TABLES.iter().find(|table| table.name == name) else { continue };
        let rows: Vec<Row> = connection.query(format!("SELECT * FROM dolt_diff('{from}', '{to}', '{name}')")).await?;
        for row in rows {
            cells(table, row, &mut changes);
        }
    }
    changes.sort_by(|a: &CellChange, b| (&a.table, &a.key, &a.column).cmp(&(&b.table, &b.key, &b.column)));
    Ok(changes)
}

/// One row of `dolt_diff`: each column twice, as `from_…` and `to_…`. The columns are those that the row has, not those
/// that the table has now: either commit may be of an earlier schema.
fn cells(table: &Table, row: Row, changes: &mut Vec<CellChange>) {
    let names: Vec<String> = row.columns_ref().iter().map(|column| column.name_str().into_owned()).collect();
    let mut columns: BTreeMap<&str, (Option<String>, Option<String>)> = BTreeMap::new();
    for (name, value) in names.iter().zip(row.unwrap()) {
        // About the commits, not the row.
        if matches!(name.as_str(), "from_commit" | "to_commit" | "from_commit_date" | "to_commit_date") {
            continue;
        }
        if let Some(column) = name.strip_prefix("from_") {
            columns.entry(column).or_default().0 = text(value);
        } else if let Some(column) = name.strip_prefix("to_") {
            columns.entry(column).or_default().1 = text(value);
        }
    }
    let either = |column: &str| columns.get(column).and_then(|(from, to)| to.clone().or_else(|| from.clone()));
    let key: Vec<String> = table.columns[..table.key].iter().map(|column| either(column).unwrap_or_default()).collect();
    let key = key.join("/");
    let deployment = table.deployment.and_then(either).map(DeploymentId::new);
    for (column, (from, to)) in columns {
        if from != to {
            let (table, column) = (table.name.to_owned(), column.to_owned());
            changes.push(CellChange { table, key: key.clone(), column, from, to, deployment: deployment.clone() });
        }
    }
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::NULL => None,
        Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        // The text protocol gives nothing else.
        other => Some(other.as_sql(true)),
    }
}

/// How many cells are kept: some tens of megabytes at worst.
const MOST_CELLS: usize = 100_000;

/// A diff that was read: from, to, and what differs.
type Read = (CommitHash, CommitHash, Arc<Vec<CellChange>>);

/// Diffs that were read: two commits never change, so neither does what differs between them.
#[derive(Debug, Default)]
pub struct Cache {
    /// Oldest first.
    kept: VecDeque<Read>,
    cells: usize,
}

impl Cache {
    /// What was kept for this pair.
    pub fn get(&self, from: &CommitHash, to: &CommitHash) -> Option<Arc<Vec<CellChange>>> {
        self.kept.iter().find(|(f, t, _)| f == from && t == to).map(|(_, _, changes)| changes.clone())
    }

    /// Keeps one, and lets the oldest go where there would be too much.
    pub fn keep(&mut self, from: &CommitHash, to: &CommitHash, changes: &Arc<Vec<CellChange>>) {
        if weight(changes) > MOST_CELLS / 4 || self.get(from, to).is_some() {
            return;
        }
        self.cells += weight(changes);
        self.kept.push_back((from.clone(), to.clone(), changes.clone()));
        while self.cells > MOST_CELLS
            && let Some((_, _, oldest)) = self.kept.pop_front()
        {
            self.cells -= weight(&oldest);
        }
    }
}

/// A pair weighs something even where nothing differs; this also bounds how many a look goes through.
fn weight(changes: &[CellChange]) -> usize {
    changes.len() + 100
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_stays_bounded() {
        let mut cache = Cache::default();
        let hash = |number: usize| format!("{number:032}").parse::<CommitHash>().expect("a hash");
        let nothing = Arc::new(Vec::new());
        for number in 0..3000 {
            cache.keep(&hash(number), &hash(number + 1), &nothing);
        }
        assert!(cache.kept.len() <= MOST_CELLS / 100 && cache.cells <= MOST_CELLS);
        assert!(cache.get(&hash(0), &hash(1)).is_none());
        assert!(cache.get(&hash(2999), &hash(3000)).is_some());
    }
}
