//! `doltops history`: the control plane's commits, newest first.

use super::{
    Context, Stop, diff, json,
    table::{Cell, Column, Table},
    text,
};
use crate::model::{CommitPrefix, DeploymentName};
use clap::Args;
use doltops_proto::hosted_api::HistoryRequest;

/// The control plane's commits, newest first
#[derive(Args, Clone, Debug)]
pub struct History {
    /// Only those that changed this deployment
    name: Option<DeploymentName>,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Begin after this commit: the page that follows
    #[arg(long, value_name = "COMMIT")]
    before: Option<CommitPrefix>,
}

pub async fn run(args: History, mut context: Context<'_>) -> Result<(), Stop> {
    let name = args.name.map(String::from).unwrap_or_default();
    let before = args.before.map(|before| before.to_string()).unwrap_or_default();
    let request = HistoryRequest { name, limit: args.limit, before };
    let history = context.client.history(request).await?.into_inner();
    if context.out.is_json() {
        let commits: Vec<_> = history.commits.iter().map(json::Commit::from).collect();
        return context.out.json(&commits);
    }
    let mut table = Table::new(&[
        Column::Left("COMMIT"),
        Column::Left("TIME"),
        Column::Left("AUTHOR"),
        Column::Right("CELLS"),
        Column::Left("MESSAGE"),
    ]);
    for commit in &history.commits {
        // A commit that only keeps the books changes nothing that anybody asked for.
        let asked_for = commit.changes.iter().filter(|change| diff::is_shown(change)).count();
        // Whole hashes: this is where they are copied from, and a beginning may come to name two.
        table.row([
            Cell::from(&commit.hash),
            text::moment(commit.time_ms).into(),
            Cell::from(&commit.author),
            (if asked_for == 0 { "–".to_owned() } else { asked_for.to_string() }).into(),
            commit.message.lines().next().unwrap_or_default().into(),
        ]);
    }
    context.out.table(&table)
}
