//! SQL to a deployment, over the Hosted API's tunnel.
//!
//! Not here: who may (`hosted_api`), and how results look (`cli`, `console`).

use crate::hosted_api::{client::Client, problem::Problem};
use std::time::Duration;

/// What one statement gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResultSet {
    /// Column names; empty where the statement gives no rows.
    pub columns: Vec<String>,
    /// Cells as text; `None` is NULL.
    pub rows: Vec<Vec<Option<String>>>,
    /// Rows that the statement changed.
    pub affected: u64,
    /// There were more rows than were asked for.
    pub more: bool,
    /// From sending it to its last row.
    pub took: Duration,
}

/// An open SQL connection as a short-lived user named for the caller.
#[derive(Debug)]
pub struct Session;

impl Session {
    /// Opens one.
    ///
    /// # Errors
    /// The Hosted API's, or the connection's.
    pub async fn open(_client: Client, _name: &str, _read_only: bool) -> Result<Self, Problem> {
        Err(Problem::new(crate::hosted_api::problem::Kind::Failed, "not built yet"))
    }

    /// Runs one or more statements and keeps at most `max_rows` of each.
    ///
    /// # Errors
    /// The database's own words.
    pub async fn run(&mut self, _sql: &str, _max_rows: usize) -> Result<Vec<ResultSet>, Problem> {
        Ok(Vec::new())
    }
}
