//! Changes, cell by cell, and the commits that made them.

use crate::model::{CommitHash, DeploymentId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The tables that hold what people ask for; in a diff they come first. The others keep the books.
pub const DESIRED_TABLES: [&str; 2] = ["deployments", "settings"];

/// One cell that differs between two states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CellChange {
    /// The table.
    pub table: String,
    /// The row, by its key; a compound key's parts with `/` between.
    pub key: String,
    /// The column.
    pub column: String,
    /// Before; absent where the row was not there or the cell was null.
    pub from: Option<String>,
    /// After; likewise.
    pub to: Option<String>,
    /// The deployment that the row is about, where it is about one.
    pub deployment: Option<DeploymentId>,
}

/// One commit of the control plane.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitEntry {
    /// Its hash.
    pub hash: CommitHash,
    /// Its first parent; the first commit has none.
    pub parent: Option<CommitHash>,
    /// The others, of a merge.
    pub merged: Vec<CommitHash>,
    /// Who asked.
    pub author: String,
    /// When.
    pub time: Timestamp,
    /// What and why.
    pub message: String,
}
