//! `doltops diff`: what differs between two commits, cell by cell.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    values::{self, CommitOrName},
};
use crate::{
    hosted_api::{
        desired_diff::said,
        problem::{Kind, Problem},
    },
    model::{CommitPrefix, DESIRED_TABLES, DeploymentName, When},
};
use clap::Args;
use doltops_proto::hosted_api::{CellChange, DiffRequest, DiffResponse};
use jiff::tz::TimeZone;

/// What differs between two commits, cell by cell
#[derive(Args, Clone, Debug)]
pub struct Diff {
    /// The older moment: a commit, or a time as for --at
    from: When,
    /// The newer one, else (or `now`) the newest commit; or the deployment
    #[arg(value_parser = values::commit_or_name)]
    to: Option<CommitOrName>,
    /// Of this deployment alone
    name: Option<DeploymentName>,
}

pub async fn run(args: Diff, mut context: Context<'_>) -> Result<(), Stop> {
    let now = context.env.now().to_zoned(TimeZone::system());
    let moment = |field: &str, when: When| {
        let moment = when.moment(&now).map_err(Problem::from);
        moment.map(|moment| moment.to_string()).map_err(|problem| Problem { field: field.to_owned(), ..problem })
    };
    let from = moment("from", args.from)?;
    let from = from.as_str();
    let diff = match (args.to, args.name) {
        (Some(CommitOrName::Name(other)), Some(_)) => {
            return Err(Problem::invalid("to", format!("'{other}' is no commit")).into());
        }
        (Some(CommitOrName::Either(to, name)), None) => either(from, &to, &name, &mut context).await?,
        (Some(CommitOrName::Time(to)), name) => {
            let name = name.as_ref().map_or("", DeploymentName::as_str);
            ask(from, &moment("to", to)?, name, &mut context).await?
        }
        (Some(CommitOrName::Name(name)), None) | (Some(CommitOrName::Now) | None, Some(name)) => {
            ask(from, "", name.as_str(), &mut context).await?
        }
        (Some(CommitOrName::Commit(to) | CommitOrName::Either(to, _)), name) => {
            ask(from, to.as_str(), name.as_ref().map_or("", DeploymentName::as_str), &mut context).await?
        }
        (Some(CommitOrName::Now) | None, None) => ask(from, "", "", &mut context).await?,
    };
    if context.out.is_json() {
        return context.out.json(&json::Diff::from(&diff));
    }
    if diff.changes.is_empty() {
        context.out.note(&format!("nothing differs between {} and {}", diff.from, diff.to));
    }
    context.out.table(&cells(&diff.changes))?;
    if diff.changes.iter().any(|change| !is_desired(change)) {
        context.out.note("the books (records, operations) are a line each; every cell: -o json");
    }
    Ok(())
}

async fn ask(from: &str, to: &str, name: &str, context: &mut Context<'_>) -> Result<DiffResponse, Problem> {
    let request = DiffRequest { from: from.to_owned(), to: to.to_owned(), name: name.to_owned() };
    Ok(context.client.diff(request).await?.into_inner())
}

/// A deployment's name comes first: people chose it. Where there is none of that name, it is a commit.
async fn either(
    from: &str,
    to: &CommitPrefix,
    name: &DeploymentName,
    context: &mut Context<'_>,
) -> Result<DiffResponse, Problem> {
    match ask(from, "", name.as_str(), context).await {
        Err(problem) if problem.kind == Kind::NotFound => {}
        other => return other,
    }
    ask(from, to.as_str(), "", context).await.map_err(|problem| match (problem.kind, problem.field.as_str()) {
        (Kind::NotFound, "to") => {
            Problem { what: format!("there is no deployment {name} and no commit that begins so"), ..problem }
        }
        _ => problem,
    })
}

/// Whether the cell is one that people ask for; the others keep the books.
pub fn is_desired(change: &CellChange) -> bool {
    DESIRED_TABLES.contains(&change.table.as_str())
}

/// Whether the cell says something to people: the others keep the books, or repeat the key of a setting's row.
pub fn is_shown(change: &CellChange) -> bool {
    is_desired(change) && (change.table != "settings" || change.column == "value")
}

/// The row's key with the deployment's name where it has the id.
fn key(change: &CellChange) -> String {
    let name = &change.deployment;
    match (change.table.as_str(), change.key.split_once('/')) {
        _ if name.is_empty() => change.key.clone(),
        ("deployments" | "records", _) => name.clone(),
        ("settings", Some((_, setting))) => format!("{name}/{setting}"),
        _ => change.key.clone(),
    }
}

/// Changed cells as a table. Where more than one cell of a row of the books has changed, they are one line.
pub fn cells(changes: &[CellChange]) -> Table {
    let mut table = Table::new(&[
        Column::Left("TABLE"),
        Column::Left("KEY"),
        Column::Left("COLUMN"),
        Column::Left("FROM"),
        Column::Left("TO"),
    ]);
    let changes: Vec<&CellChange> = changes.iter().filter(|change| is_shown(change) || !is_desired(change)).collect();
    for row in changes.chunk_by(|a, b| !is_desired(a) && (&a.table, &a.key) == (&b.table, &b.key)) {
        let Some(first) = row.first() else { continue };
        let place = [Cell::from(&first.table), key(first).into()];
        let what = match row.len() {
            1 => [Cell::from(&first.column), Cell::from(said(first).0), Cell::from(said(first).1)],
            many => [Cell::toned(format!("{many} cells"), Tone::Faint), "".into(), "".into()],
        };
        table.row(place.into_iter().chain(what));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(table: &str, key: &str, column: &str, from: &str, to: &str) -> CellChange {
        CellChange {
            table: table.to_owned(),
            key: key.to_owned(),
            column: column.to_owned(),
            from: Some(from.to_owned()),
            to: Some(to.to_owned()),
            deployment: if table == "operations" { String::new() } else { "orders".to_owned() },
        }
    }

    /// Dolt tells the key of a row that comes or goes as cells too.
    #[test]
    fn a_setting_that_comes_or_goes_is_a_line() {
        let changes = [
            cell("settings", "d-1/max_connections", "deployment_id", "", "d-1"),
            cell("settings", "d-1/max_connections", "name", "", "max_connections"),
            cell("settings", "d-1/max_connections", "value", "–", "40"),
        ];
        let text = cells(&changes).render(false);
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows, [["settings", "orders/max_connections", "value", "–", "40"]]);
    }

    /// The books of a resize are longer than the resize.
    #[test]
    fn a_resize_reads_as_the_cells_that_were_asked_for() {
        let changes = [
            cell("deployments", "d-1", "instance_type", "local.small", "local.medium"),
            cell("deployments", "d-1", "volume_gib", "10", "20"),
            cell("operations", "op-1", "author", "", "op1"),
            cell("operations", "op-1", "kind", "", "resize"),
            cell("records", "d-1", "generation", "1", "2"),
        ];
        let text = cells(&changes).render(false);
        let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(rows[0], ["deployments", "orders", "instance_type", "local.small", "local.medium"]);
        assert_eq!(rows[1], ["deployments", "orders", "volume_gib", "10", "20"]);
        assert_eq!(rows[2], ["operations", "op-1", "2", "cells"]);
        assert_eq!(rows[3], ["records", "orders", "generation", "1", "2"]);
        assert_eq!(rows.len(), 4);
    }
}
