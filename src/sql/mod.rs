//! SQL to a deployment, over the Hosted API's tunnel.
//!
//! Guarantees
//! - The database's certificate is checked, its chain and its name, on every connection: the tunnel is not trusted.
//! - What the database says of a mistake is passed on in its own words, with its code.
//! - When a [`Session`] or a [`Forward`] is dropped, its connections end, and with them what they run.
//!
//! Not here: who may (`hosted_api`), and how results look (`cli`, `console`).

pub mod bridge;
pub mod catalog;
pub mod client;
pub mod complete;
pub mod export;
pub mod forward;
pub mod lex;
pub mod place;
mod session;
mod settings;
pub mod statements;
mod value;

pub use forward::Forward;
pub use session::{Begun, Head, Kind, Row, Rows, Session};
pub use settings::Settings;

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
    /// An error ended its rows: the statement failed, and these are not all of them.
    pub broken: bool,
    /// There were more rows than were asked for.
    pub more: bool,
    /// From sending it to its last row.
    pub took: Duration,
}
