//! The schema and its migrations.
//!
//! Guarantees
//! - Each migration is one Dolt commit and is done once, also when two programs start at the same time: one at a time
//!   has the server's lock, and each step can be done twice (`IF NOT EXISTS`) in case its program ends half way.
//! - A database of a newer schema is refused, and so is one that holds other tables.
//!
//! A statement of a migration ends with `;` at the end of a line.

use super::{
    error, message,
    table::{Table, time},
};
use crate::{env::Env, store::StoreError};
use mysql_async::{Conn, Row, prelude::*};

pub const TABLE: Table =
    Table { name: "schema_migrations", columns: &["version", "name", "applied"], key: 1, deployment: None };

struct Migration {
    version: u32,
    name: &'static str,
    sql: &'static str,
}

/// In order; a new one is added at the end, and one that was released never changes.
const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "first", sql: include_str!("migrations/0001_first.sql") },
    Migration { version: 2, name: "facts", sql: include_str!("migrations/0002_facts.sql") },
    Migration { version: 3, name: "incidents", sql: include_str!("migrations/0003_incidents.sql") },
    Migration { version: 4, name: "pages", sql: include_str!("migrations/0004_pages.sql") },
    Migration { version: 5, name: "change-requests", sql: include_str!("migrations/0005_change_requests.sql") },
    Migration { version: 6, name: "control-plane", sql: include_str!("migrations/0006_control_plane.sql") },
    Migration { version: 7, name: "rotation", sql: include_str!("migrations/0007_rotation.sql") },
];

/// The schema that this program works with.
const LATEST: u32 = 7;

/// The migration that last changed the shape of the desired tables: what was desired before it is not read.
pub const DESIRED_SINCE: u32 = 1;

/// The migration that made a table.
pub fn since(table: &str) -> u32 {
    let made = format!("CREATE TABLE IF NOT EXISTS {table} (");
    // The migrations' own table comes with the first of them.
    MIGRATIONS.iter().find(|migration| migration.sql.contains(&made)).map_or(1, |migration| migration.version)
}

/// The migration that added a column to a table that was there, and what the column holds in rows that were there; none
/// where it came with its table.
pub fn added(table: &str, column: &str) -> Option<(u32, &'static str)> {
    let begin = format!("ALTER TABLE {table} ADD COLUMN {column} ");
    MIGRATIONS.iter().find_map(|migration| {
        let rest = statements(migration.sql).find_map(|statement| statement.lines().last()?.strip_prefix(&begin))?;
        Some((migration.version, rest.split_once(" DEFAULT ").map_or("NULL", |(_, value)| value.trim_end_matches(';'))))
    })
}

const RECORDS: &str = "CREATE TABLE IF NOT EXISTS schema_migrations (
  version INT UNSIGNED NOT NULL PRIMARY KEY,
  name VARCHAR(64) NOT NULL,
  applied DATETIME(6) NOT NULL
)";

/// How long another program may take over its migrations, seconds.
const PATIENCE: u32 = 60;

/// Brings the database to the present schema.
pub async fn migrate(connection: &mut Conn, env: &dyn Env) -> Result<(), StoreError> {
    let database: Option<String> = connection.query_first("SELECT database()").await?;
    let lock = format!("doltops/{}", database.unwrap_or_default());
    let got: Option<Option<i64>> = connection.exec_first("SELECT get_lock(?, ?)", (&lock, PATIENCE)).await?;
    if got.flatten() != Some(1) {
        return Err(StoreError::Unavailable("another program is still changing its schema".to_owned()));
    }
    let result = locked(connection, env).await;
    connection.exec_drop("SELECT release_lock(?)", (&lock,)).await?;
    result
}

async fn locked(connection: &mut Conn, env: &dyn Env) -> Result<(), StoreError> {
    let version = match version(connection, "").await {
        Ok(version) => version,
        Err(error) if error::code(&error) == Some(error::NO_TABLE) => {
            refuse_others(connection).await?;
            0
        }
        Err(error) => return Err(error.into()),
    };
    if version > LATEST {
        return Err(StoreError::Broken(format!(
            "its schema is version {version}, and this program knows versions up to {LATEST}: use a newer doltops"
        )));
    }
    for migration in MIGRATIONS.iter().filter(|migration| migration.version > version) {
        connection.query_drop(RECORDS).await?;
        run(connection, migration.sql).await?;
        let row = (migration.version, migration.name, time(env.now()));
        // There already, and not yet committed, where a program ended just here.
        connection
            .exec_drop("INSERT IGNORE INTO schema_migrations (version, name, applied) VALUES (?, ?, ?)", row)
            .await?;
        let text = format!("Schema {}: {}", migration.version, migration.name);
        connection.exec_drop("CALL dolt_commit('-Am', ?, '--author', ?)", (text, message::author("doltops"))).await?;
    }
    run(connection, include_str!("live.sql")).await
}

/// The highest migration that was done; `at` is empty or `AS OF` a commit.
pub async fn version(connection: &mut Conn, at: &str) -> Result<u32, mysql_async::Error> {
    let sql = format!("SELECT max(version) FROM schema_migrations{at}");
    Ok(connection.query_first::<Option<u32>, _>(sql).await?.flatten().unwrap_or_default())
}

/// A database that holds other tables is somebody else's.
async fn refuse_others(connection: &mut Conn) -> Result<(), StoreError> {
    let tables: Vec<Row> = connection.query("SHOW TABLES").await?;
    for table in tables {
        let name: String = table.get(0).unwrap_or_default();
        if !name.starts_with("live_") && !super::table::TABLES.iter().any(|ours| ours.name == name) {
            return Err(StoreError::Broken(format!(
                "the database holds a table {name} and no Doltops schema: name another database"
            )));
        }
    }
    Ok(())
}

async fn run(connection: &mut Conn, sql: &str) -> Result<(), StoreError> {
    for statement in statements(sql) {
        match connection.query_drop(statement).await {
            // A program ended after this statement and before its commit. Dolt has no `ADD COLUMN IF NOT EXISTS`.
            Err(error) if error::code(&error) == Some(error::COLUMN_EXISTS) => {}
            result => result?,
        }
    }
    Ok(())
}

fn statements(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(";\n").map(str::trim).filter(|statement| !statement.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_a_gap() {
        let versions: Vec<u32> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..=LATEST).collect::<Vec<_>>());
        const { assert!(DESIRED_SINCE <= LATEST) };
    }

    #[test]
    fn when_a_table_or_a_column_came_is_told_by_the_migrations() {
        let since: Vec<u32> = ["deployments", "records", "incidents", "pages"].map(since).to_vec();
        assert_eq!(since, [1, 1, 3, 4]);
        assert_eq!(added("records", "port"), None);
        assert_eq!(added("records", "host_name"), Some((2, "''")));
        assert_eq!(added("records", "certificate_not_after"), Some((2, "NULL")));
        // Nothing is forgotten: each column came with its table or by such a statement.
        for table in super::super::table::TABLES.iter().filter(|table| table.name != TABLE.name) {
            let made = format!("CREATE TABLE IF NOT EXISTS {} (", table.name);
            let sql = MIGRATIONS.iter().find_map(|migration| migration.sql.split_once(&made)).expect("made").1;
            let first = sql.split_once("\n);").expect("its end").0;
            for column in table.columns {
                let there = first.lines().any(|line| line.trim_start().starts_with(&format!("{column} ")));
                assert!(there != added(table.name, column).is_some(), "{}.{column}", table.name);
            }
        }
    }

    /// Dolt keeps such columns in a form that older versions cannot open.
    #[test]
    fn no_column_is_text_blob_or_json() {
        for sql in MIGRATIONS.iter().map(|migration| migration.sql).chain([include_str!("live.sql"), RECORDS]) {
            for line in sql.lines().filter(|line| !line.trim_start().starts_with("--")) {
                for kind in [" TEXT", " BLOB", " JSON", "GEOMETRY"] {
                    assert!(!line.to_uppercase().contains(kind), "{line}");
                }
            }
        }
    }
}
