//! `doltops diff`: what differs between two commits, cell by cell.

use super::{
    Context, Stop, json,
    table::{Cell, Column, Table},
    values::{self, CommitOrName},
};
use crate::{
    hosted_api::problem::Problem,
    model::{CommitHash, DeploymentName},
};
use clap::Args;
use doltops_proto::hosted_api::{CellChange, DiffRequest};

/// What differs between two commits, cell by cell
#[derive(Args, Clone, Debug)]
pub struct Diff {
    /// The older commit
    from: CommitHash,
    /// The newer commit, else the newest; or the deployment
    #[arg(value_parser = values::commit_or_name)]
    to: Option<CommitOrName>,
    /// Of this deployment alone
    name: Option<DeploymentName>,
}

pub async fn run(args: Diff, mut context: Context<'_>) -> Result<(), Stop> {
    let (to, name) = match (args.to, args.name) {
        (Some(CommitOrName::Name(name)), None) => (None, Some(name)),
        (Some(CommitOrName::Name(other)), Some(_)) => {
            return Err(Problem::invalid("to", format!("'{other}' is no commit hash")).into());
        }
        (Some(CommitOrName::Commit(to)), name) => (Some(to), name),
        (None, name) => (None, name),
    };
    let request = DiffRequest {
        from: args.from.to_string(),
        to: to.map(String::from).unwrap_or_default(),
        name: name.map(String::from).unwrap_or_default(),
    };
    let diff = context.client.diff(request).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::Diff::from(&diff));
    }
    if diff.changes.is_empty() {
        context.out.note(&format!("nothing differs between {} and {}", diff.from, diff.to));
    }
    context.out.table(&cells(&diff.changes))
}

/// Changed cells as a table.
pub fn cells(changes: &[CellChange]) -> Table {
    let mut table = Table::new(&[
        Column::Left("TABLE"),
        Column::Left("KEY"),
        Column::Left("COLUMN"),
        Column::Left("FROM"),
        Column::Left("TO"),
    ]);
    for change in changes {
        table.row([
            Cell::from(&change.table),
            Cell::from(&change.key),
            Cell::from(&change.column),
            Cell::from(change.from.as_deref().unwrap_or("–")),
            Cell::from(change.to.as_deref().unwrap_or("–")),
        ]);
    }
    table
}
