//! What a commit, or a few of them together, changed in one table: rows, as many as are asked for.

use super::{Shown, ShownCell, graph::Commit, literal, read};
use crate::{checks::judge::Finding, hosted_api::problem::Problem, sql::Session};

/// Rows of a diff.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// In the order of their keys.
    pub rows: Vec<Shown>,
    /// Whether there are more.
    pub more: bool,
    /// The places of those that a finding is about, those that tell most first.
    pub about: Vec<usize>,
}

/// What Dolt's diff tells beside the columns of the table.
const ABOUT: [&str; 2] = ["commit", "commit_date"];

/// At most so many rows of a table that differ between two commits, with all their columns.
///
/// # Errors
/// The database's own words.
pub async fn changes(
    session: &mut Session,
    database: &str,
    (from, to): (&str, &str),
    table: &str,
    most: usize,
) -> Result<Changes, Problem> {
    let (from, to) = (read::hash(from)?, read::hash(to)?);
    read::stand_on(session, database, to).await?;
    let sql = diff(from, to, table);
    let result = session.run(&sql, most).await?.pop().unwrap_or_default();
    let rows = result.rows.into_iter().map(|row| shown(&result.columns, row)).collect();
    Ok(Changes { rows, more: result.more, about: Vec::new() })
}

/// The statement that gives all rows of a finding's commits; none where there is nothing to compare with.
pub fn diff_of(commits: &[Commit], finding: &Finding, table: &str) -> Option<String> {
    let from = commits.get(finding.first())?.parent.as_ref()?;
    Some(diff(from, &commits.get(finding.seen)?.hash, table))
}

fn diff(from: &str, to: &str, table: &str) -> String {
    format!("select * from dolt_diff('{from}', '{to}', {})", literal(table))
}

fn shown(columns: &[String], row: Vec<Option<String>>) -> Shown {
    let mut change = String::new();
    let mut cells: Vec<ShownCell> = Vec::new();
    for (column, value) in columns.iter().zip(row) {
        let (name, is_after) = match (column.strip_prefix("to_"), column.strip_prefix("from_")) {
            (Some(name), _) => (name, true),
            (_, Some(name)) => (name, false),
            _ => {
                change = value.unwrap_or_default();
                continue;
            }
        };
        if ABOUT.contains(&name) {
            continue;
        }
        let at = cells.iter().position(|cell| cell.column == name).unwrap_or_else(|| {
            cells.push(ShownCell { column: name.to_owned(), before: None, after: None });
            cells.len() - 1
        });
        if is_after { cells[at].after = value } else { cells[at].before = value }
    }
    Shown { change, cells }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_a_column_stand_together_and_what_dolt_adds_is_left_out() {
        let columns = ["to_id", "to_note", "to_commit", "from_id", "from_note", "from_old", "from_commit", "diff_type"];
        let row = ["1", "new", "c2", "1", "was", "gone", "c1", "modified"].map(|cell| Some(cell.to_owned()));
        let shown = shown(&columns.map(str::to_owned), row.to_vec());
        let cell = |column: &str, before: &str, after: Option<&str>| ShownCell {
            column: column.to_owned(),
            before: Some(before.to_owned()),
            after: after.map(str::to_owned),
        };
        assert_eq!(shown.change, "modified");
        assert_eq!(
            shown.cells,
            [cell("id", "1", Some("1")), cell("note", "was", Some("new")), cell("old", "gone", None)]
        );
    }
}
