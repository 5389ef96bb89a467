//! The questions that the database is asked.

use super::{graph::Commit, literal, quoted, strange};
use crate::{
    checks::figures::{Cell, Change, Class, Column},
    hosted_api::problem::Problem,
    sql::{Row, Session},
};
use std::collections::BTreeMap;

/// A column as a commit has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// How its values are measured.
    pub class: Class,
    /// Whether it is part of the primary key.
    pub key: bool,
}

/// The tables of a commit with their columns.
pub type Tables = BTreeMap<String, Vec<Field>>;

/// A hash is put into statements: it must be one.
pub fn hash(text: &str) -> Result<&str, Problem> {
    let fits = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'v'));
    if fits { Ok(text) } else { Err(strange("a commit without a hash")) }
}

/// All rows of a statement; each must have so many cells.
pub async fn rows(session: &mut Session, sql: &str, width: usize) -> Result<Vec<Row>, Problem> {
    let mut answer = session.stream(sql).await?;
    let mut all = Vec::new();
    while answer.result().await?.is_some() {
        while let Some(row) = answer.row().await? {
            if row.len() != width {
                return Err(strange("a row of another width"));
            }
            all.push(row);
        }
    }
    Ok(all)
}

/// Stands on a branch or a commit of a database from here on; gives its head.
pub async fn stand_on(session: &mut Session, database: &str, branch: &str) -> Result<String, Problem> {
    let place = format!("{database}/{branch}");
    rows(session, &format!("use {}", quoted(&place)), 0).await?;
    let head = rows(session, "select hashof('HEAD')", 1).await?.pop().and_then(|mut row| row.pop().flatten());
    let head = head.ok_or_else(|| strange("a branch without a head"))?;
    hash(&head)?;
    Ok(head)
}

/// The commits that `head` has and `after` has not, in no order that is promised.
pub async fn commits(session: &mut Session, head: &str, after: Option<&str>) -> Result<Vec<Commit>, Problem> {
    let range = after.map_or_else(|| head.to_owned(), |after| format!("{after}..{head}"));
    let sql = format!("select commit_hash, parents, committer, date, message from dolt_log('{range}', '--parents')");
    let all = rows(session, &sql, 5).await?;
    all.into_iter().map(commit).collect()
}

fn commit(mut row: Row) -> Result<Commit, Problem> {
    let mut next = |place: usize| row.get_mut(place).and_then(Option::take).unwrap_or_default();
    let commit_hash = next(0);
    hash(&commit_hash)?;
    let parents = next(1);
    let mut parents = parents.split(',').map(str::trim).filter(|parent| !parent.is_empty());
    let parent = parents.next().map(str::to_owned);
    parent.as_deref().map(hash).transpose()?;
    let merge = parents.next().is_some();
    Ok(Commit { hash: commit_hash, parent, merge, author: next(2), date: next(3), message: next(4) })
}

/// The tables that a commit has.
pub async fn tables(session: &mut Session, database: &str, commit: &str) -> Result<Tables, Problem> {
    let place = format!("{database}/{}", hash(commit)?);
    rows(session, &format!("use {}", quoted(&place)), 0).await?;
    let sql = "select c.table_name, c.column_name, c.data_type, c.column_key from information_schema.columns c \
               join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name \
               where c.table_schema = database() and t.table_type = 'BASE TABLE' \
               order by c.table_name, c.ordinal_position";
    let mut tables = Tables::new();
    for row in rows(session, sql, 4).await? {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        let (table, name, kind, key) = (next(), next(), next(), next());
        let field = Field { name, class: Class::of(&kind), key: key == "PRI" };
        // Dolt's own tables are no data.
        if !table.starts_with("dolt_") {
            tables.entry(table).or_default().push(field);
        }
    }
    Ok(tables)
}

/// What a commit did to a table at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touch {
    /// Its rows.
    pub data: bool,
    /// Its columns, or whether it is there.
    pub schema: bool,
}

/// What each commit of the branch's history did to which table, by commit and table. Of merges it tells nothing to be
/// relied on: Dolt compares them with all of their parents.
pub async fn touches(session: &mut Session) -> Result<BTreeMap<(String, String), Touch>, Problem> {
    let sql = "select commit_hash, table_name, data_change, schema_change from dolt_diff";
    let all = rows(session, sql, 4).await?;
    let touch = |row: Row| {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        let key = (next(), next());
        (key, Touch { data: truth(&next()), schema: truth(&next()) })
    };
    Ok(all.into_iter().map(touch).collect())
}

/// What one commit did to which table, against its first parent.
pub async fn touched(session: &mut Session, from: &str, to: &str) -> Result<BTreeMap<String, Touch>, Problem> {
    let (from, to) = (hash(from)?, hash(to)?);
    let sql = format!(
        "select from_table_name, to_table_name, data_change, schema_change from dolt_diff_summary('{from}', '{to}')"
    );
    let mut found = BTreeMap::new();
    for row in rows(session, &sql, 4).await? {
        let mut cells = row.into_iter().map(Option::unwrap_or_default);
        let mut next = || cells.next().unwrap_or_default();
        let (before, after) = (next(), next());
        let touch = Touch { data: truth(&next()), schema: truth(&next()) || before != after };
        for name in [before, after].into_iter().filter(|name| !name.is_empty()) {
            found.insert(name, touch);
        }
    }
    Ok(found)
}

fn truth(text: &str) -> bool {
    matches!(text, "1" | "true")
}

/// Gives every row of a table as a commit has it.
pub async fn scan(
    session: &mut Session,
    database: &str,
    commit: &str,
    table: &str,
    columns: &[Column],
    mut each: impl FnMut(&[Cell]),
) -> Result<u64, Problem> {
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let place = quoted(&format!("{database}/{}", hash(commit)?));
    // A table may have no column that is watched: its rows are counted all the same.
    let names = if names.is_empty() { "1".to_owned() } else { names.join(", ") };
    let sql = format!("select {names} from {place}.{}", quoted(table));
    let mut answer = session.stream(&sql).await?;
    let mut count = 0;
    while answer.result().await?.is_some() {
        while let Some(row) = answer.row().await? {
            each(row.get(..columns.len()).unwrap_or_default());
            count += 1;
        }
    }
    Ok(count)
}

/// Gives every row that differs between two commits; gives how many.
pub async fn diff(
    session: &mut Session,
    (from, to): (&str, &str),
    table: &str,
    columns: &[Column],
    mut each: impl FnMut(Change) -> bool,
) -> Result<u64, Problem> {
    let side = |side: &str| -> String {
        columns.iter().map(|column| format!(", {}", quoted(&format!("{side}_{}", column.name)))).collect()
    };
    let (from, to) = (hash(from)?, hash(to)?);
    let sql =
        format!("select diff_type{}{} from dolt_diff('{from}', '{to}', {})", side("from"), side("to"), literal(table));
    let mut answer = session.stream(&sql).await?;
    let (mut count, mut wanted) = (0, true);
    while answer.result().await?.is_some() {
        while let Some(row) = answer.row().await? {
            let change = change(row, columns.len())?;
            count += 1;
            // The rest is read and let go: giving up half way would end the connection.
            wanted = wanted && each(change);
        }
    }
    Ok(count)
}

fn change(mut row: Row, columns: usize) -> Result<Change, Problem> {
    if row.len() != 1 + 2 * columns {
        return Err(strange("a diff of another width"));
    }
    let after = row.split_off(1 + columns);
    let before = row.split_off(1);
    match row.pop().flatten().as_deref() {
        Some("added") => Ok(Change { before: None, after: Some(after) }),
        Some("removed") => Ok(Change { before: Some(before), after: None }),
        Some("modified") => Ok(Change { before: Some(before), after: Some(after) }),
        _ => Err(strange("a diff that neither adds, removes nor modifies")),
    }
}
