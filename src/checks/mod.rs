//! Checks over the history of a Dolt database: which commit brought what should not be there.
//!
//! Two kinds of rules, from a file ([`rules`]): *constraints*, SQL that must return nothing, and *watched tables*, whose
//! columns are counted commit by commit ([`figures`]) and compared with their own past ([`judge`]).
//!
//! Guarantees
//! - Only what a commit changed is read. A table is read whole once, at the oldest commit that is looked at, and again
//!   where a commit changed its schema.
//! - What was counted is kept by commit hash ([`history`]): a second run reads the new commits alone.
//! - `figures`, `judge` and `report` are pure: the same history and rules give the same findings, on every machine.
//! - A finding names its commit, and shows rows of that commit's diff that did it.
//!
//! Not here: whom the database is reached through (`sql`), and the command's words (`cli`).
//!
//! Along a merge the first parent is followed: what a branch brought is one change, made by its merge. So every commit
//! that is judged is a state that the checked branch really had.

pub mod curves;
pub mod figures;
pub mod history;
pub mod judge;
pub mod report;
pub mod rules;
