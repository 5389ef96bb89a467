//! The names that a database knows: what completion offers.

use std::collections::BTreeMap;

/// Tables and columns by database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalog {
    /// Tables of each database, with their columns' names and types.
    pub databases: BTreeMap<String, BTreeMap<String, Vec<(String, String)>>>,
    /// There are more columns than were read.
    pub cut: bool,
}

/// How many columns are read: some thousand tables, and a few megabytes.
pub const MOST: usize = 20_000;

/// Asks for the names of all databases but the server's own; one row more than are kept tells that there are more.
pub fn question() -> String {
    format!(
        "select table_schema, table_name, column_name, column_type from information_schema.columns \
         where table_schema not in ('information_schema', 'mysql', 'performance_schema', 'sys') \
         order by table_schema, table_name, ordinal_position limit {}",
        MOST + 1
    )
}

impl Catalog {
    /// Of the answer to [`question`], and the databases there are: one without tables is not in the former.
    pub fn of(databases: &[Vec<Option<String>>], columns: &[Vec<Option<String>>]) -> Self {
        let mut catalog = Self { cut: columns.len() > MOST, ..Self::default() };
        for name in databases.iter().filter_map(|row| row.first()?.clone()) {
            if !["information_schema", "mysql", "performance_schema", "sys"].contains(&name.as_str()) {
                catalog.databases.entry(name).or_default();
            }
        }
        for row in columns.iter().take(MOST) {
            let [Some(database), Some(table), Some(column), kind] = row.as_slice() else { continue };
            let tables = catalog.databases.entry(database.clone()).or_default();
            let columns = tables.entry(table.clone()).or_default();
            columns.push((column.clone(), kind.clone().unwrap_or_default()));
        }
        catalog
    }

    /// The tables of a database; of all where none is chosen. A branch (`shop/main`) has its database's.
    pub fn tables<'a>(
        &'a self,
        database: Option<&'a str>,
    ) -> impl Iterator<Item = (&'a String, &'a Vec<(String, String)>)> {
        let chosen = database.map(|name| name.split('/').next().unwrap_or(name));
        let fits = move |name: &str| chosen.is_none_or(|chosen| chosen.eq_ignore_ascii_case(name));
        self.databases.iter().filter(move |(name, _)| fits(name)).flat_map(|(_, tables)| tables)
    }
}

/// Dolt's own tables.
pub const DOLT_TABLES: &[&str] = &[
    "dolt_backups",
    "dolt_branches",
    "dolt_commit_ancestors",
    "dolt_commits",
    "dolt_conflicts",
    "dolt_constraint_violations",
    "dolt_diff",
    "dolt_docs",
    "dolt_help",
    "dolt_ignore",
    "dolt_log",
    "dolt_merge_status",
    "dolt_procedures",
    "dolt_query_catalog",
    "dolt_rebase",
    "dolt_remote_branches",
    "dolt_remotes",
    "dolt_schemas",
    "dolt_stashes",
    "dolt_statistics",
    "dolt_status",
    "dolt_tags",
    "dolt_tests",
];

/// Those that Dolt makes beside each table, by what stands before the table's name.
pub const DOLT_BESIDE: &[&str] = &[
    "dolt_blame_",
    "dolt_commit_diff_",
    "dolt_conflicts_",
    "dolt_constraint_violations_",
    "dolt_diff_",
    "dolt_history_",
    "dolt_workspace_",
];

/// Dolt's procedures, for `CALL`.
pub const DOLT_PROCEDURES: &[&str] = &[
    "DOLT_ADD",
    "DOLT_BACKUP",
    "DOLT_BRANCH",
    "DOLT_CHECKOUT",
    "DOLT_CHERRY_PICK",
    "DOLT_CLEAN",
    "DOLT_CLONE",
    "DOLT_COMMIT",
    "DOLT_COMMIT_HASH_OUT",
    "DOLT_CONFLICTS_RESOLVE",
    "DOLT_COUNT_COMMITS",
    "DOLT_FETCH",
    "DOLT_GC",
    "DOLT_MERGE",
    "DOLT_PULL",
    "DOLT_PURGE_DROPPED_DATABASES",
    "DOLT_PUSH",
    "DOLT_REBASE",
    "DOLT_REMOTE",
    "DOLT_RESET",
    "DOLT_REVERT",
    "DOLT_RM",
    "DOLT_STASH",
    "DOLT_TAG",
    "DOLT_UNDROP",
    "DOLT_UPDATE_COLUMN_TAG",
    "DOLT_VERIFY_CONSTRAINTS",
];

/// Functions, Dolt's own among them; some give rows and stand after `FROM`.
pub const FUNCTIONS: &[&str] = &[
    "ABS",
    "ACTIVE_BRANCH",
    "AVG",
    "CAST",
    "COALESCE",
    "CONCAT",
    "COUNT",
    "CURDATE",
    "DATE_FORMAT",
    "DOLT_HASHOF",
    "DOLT_HASHOF_DB",
    "DOLT_HASHOF_TABLE",
    "DOLT_MERGE_BASE",
    "DOLT_VERSION",
    "FLOOR",
    "FROM_UNIXTIME",
    "GREATEST",
    "GROUP_CONCAT",
    "HASHOF",
    "HEX",
    "IFNULL",
    "JSON_ARRAY",
    "JSON_EXTRACT",
    "JSON_OBJECT",
    "JSON_UNQUOTE",
    "LAST_INSERT_ID",
    "LEAST",
    "LENGTH",
    "LOWER",
    "MAX",
    "MIN",
    "NOW",
    "NULLIF",
    "ROUND",
    "SUBSTRING",
    "SUM",
    "TRIM",
    "UNIX_TIMESTAMP",
    "UPPER",
    "UUID",
];

/// Functions that give rows.
pub const DOLT_ROWS: &[&str] = &[
    "DOLT_DIFF",
    "DOLT_DIFF_STAT",
    "DOLT_DIFF_SUMMARY",
    "DOLT_LOG",
    "DOLT_PATCH",
    "DOLT_PREVIEW_MERGE_CONFLICTS",
    "DOLT_PREVIEW_MERGE_CONFLICTS_SUMMARY",
    "DOLT_QUERY_DIFF",
    "DOLT_REFLOG",
    "DOLT_SCHEMA_DIFF",
];
