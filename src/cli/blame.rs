//! `doltops blame`: which commit gave each value that is desired of a deployment.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use crate::{hosted_api::blame, model::DeploymentName};
use clap::Args;
use doltops_proto::hosted_api::{BlameRequest, BlamedCell};

/// Which commit gave each value of a deployment: who, when and why
#[derive(Args, Clone, Debug)]
pub struct Blame {
    /// Which deployment
    name: DeploymentName,
    /// One setting, or a column such as `volume_gib`; else all that is desired of it
    setting: Option<String>,
}

/// How often it is asked for older commits: with a hundred an answer, longer histories than anybody has.
const PAGES: usize = 100;

pub async fn run(args: Blame, mut context: Context<'_>) -> Result<(), Stop> {
    let setting = args.setting.unwrap_or_default();
    let mut request = BlameRequest { name: args.name.to_string(), setting, before: String::new() };
    let mut cells: Vec<BlamedCell> = Vec::new();
    for _ in 0..PAGES {
        let answer = context.client.blame(request.clone()).await?.into_inner();
        blame::add_older(&mut cells, answer.cells);
        request.before = answer.before;
        if request.before.is_empty() || cells.iter().all(|cell| !cell.commit.is_empty()) {
            break;
        }
    }
    if context.out.is_json() {
        let cells: Vec<_> = cells.iter().map(json::BlamedCell::from).collect();
        return context.out.json(&cells);
    }
    let mut table = Table::new(&[
        Column::Left("CELL"),
        Column::Left("VALUE"),
        Column::Left("COMMIT"),
        Column::Left("TIME"),
        Column::Left("AUTHOR"),
        Column::Left("WHY"),
    ]);
    for cell in &cells {
        let known = !cell.commit.is_empty();
        let why = if cell.reason.is_empty() { &cell.message } else { &cell.reason };
        table.row([
            Cell::from(&cell.cell),
            Cell::from(&cell.value),
            Cell::from(text::or_dash(&cell.commit)),
            if known { text::moment(cell.time_ms).into() } else { Cell::toned("–", Tone::Faint) },
            Cell::from(text::or_dash(&cell.author)),
            why.lines().next().unwrap_or_default().into(),
        ]);
    }
    context.out.table(&table)
}
