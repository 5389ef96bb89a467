//! `doltops incidents`: what is wrong, and who has it.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use clap::Args;
use doltops_proto::hosted_api::{Incident, ListIncidentsRequest};

/// What is wrong, and who has it
#[derive(Args, Clone, Debug)]
pub struct Incidents {
    /// Those that are over as well
    #[arg(long)]
    resolved: bool,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=500))]
    limit: u32,
}

pub async fn run(args: Incidents, mut context: Context<'_>) -> Result<(), Stop> {
    let request = ListIncidentsRequest { resolved: args.resolved, limit: args.limit };
    let answer = context.client.list_incidents(request).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&answer.incidents.iter().map(json::Incident::from).collect::<Vec<_>>());
    }
    if answer.incidents.is_empty() {
        context.out.note("nothing is wrong that anybody knows of");
    }
    context.out.table(&table(&answer.incidents, answer.as_of_ms))
}

fn table(incidents: &[Incident], now_ms: i64) -> Table {
    let mut table = Table::new(&[
        Column::Left("ID"),
        Column::Left("SEVERITY"),
        Column::Left("STATE"),
        Column::Right("AGE"),
        Column::Left("WHO HAS IT"),
        Column::Left("DEPLOYMENTS"),
        Column::Left("TITLE"),
    ]);
    for it in incidents {
        table.row([
            Cell::from(&it.id),
            Cell::toned(&it.severity, tone(it)),
            Cell::from(&it.state),
            text::age(it.opened_ms, now_ms).into(),
            text::or_dash(&it.assignee).into(),
            Cell::from(it.deployments.join(", ")),
            Cell::from(&it.title),
        ]);
    }
    table
}

/// How bad it is; what is over is no news.
pub fn tone(incident: &Incident) -> Tone {
    match (incident.state.as_str(), incident.severity.as_str()) {
        ("resolved", _) => Tone::Faint,
        (_, "critical" | "error") => Tone::Bad,
        (_, "warning") => Tone::Warn,
        _ => Tone::Plain,
    }
}
