//! Reads a database's history commit by commit, and keeps what it counted.
//!
//! Guarantees
//! - A second run reads the commits since the first alone; with none it reads nothing but where the branch is.
//! - What is kept is replaced whole, in pieces of some hundred commits: a run that is ended goes on there.
//! - What is kept under other rules of counting is not used; under other rules of judging it is judged anew, without
//!   reading anything.
//! - It only reads; what it is given should be a user who can do no more.
//!
//! A commit that changed a table's columns is counted whole and not judged: its diff has rows of two shapes. A table
//! without a primary key is left out, with a note: Dolt's diff does not tell how often its rows occur.

mod changes;
mod constraints;
mod evidence;
mod graph;
mod install;
mod kept;
mod read;
mod run;
mod table;
mod which;

pub use changes::{Changes, changes, diff_of};
pub use evidence::{Evidence, Part, Shown, ShownCell, places};
pub use install::{GROUP, install};
pub use kept::{Kept, path};
pub use run::{Progress, run};
pub use table::{Found, Watched};
pub use which::{database, databases};

use crate::hosted_api::problem::{Kind, Problem};

/// What the database said that it cannot say.
fn strange(what: &str) -> Problem {
    Problem::new(Kind::Failed, format!("the database answers strangely: {what}"))
}

/// A name as SQL takes it.
fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text as SQL takes it.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}
