//! `doltops orphans`: what carries this control plane's tag and belongs to no deployment.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use clap::{Args, Subcommand};
use doltops_proto::hosted_api::{ListOrphansRequest, Orphan, RemoveOrphanRequest};

/// What belongs to no deployment: instances, volumes, copies, addresses and names
#[derive(Args, Clone, Debug)]
pub struct Orphans {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Subcommand, Clone, Debug)]
enum Action {
    /// Remove one for good
    Remove(Remove),
}

#[derive(Args, Clone, Debug)]
struct Remove {
    /// Its id, as the list tells it
    id: String,
    /// The id once more
    #[arg(long, value_name = "ID")]
    confirm: String,
}

pub async fn run(args: Orphans, mut context: Context<'_>) -> Result<(), Stop> {
    if let Some(Action::Remove(Remove { id, confirm })) = args.action {
        context.client.remove_orphan(RemoveOrphanRequest { id: id.clone(), confirm }).await?;
        if context.out.is_json() {
            return context.out.json(&json::Removed { id });
        }
        return context.out.line(&format!("{} is removed", text::clean(&id)));
    }
    let orphans = context.client.list_orphans(ListOrphansRequest {}).await?.into_inner().orphans;
    if context.out.is_json() {
        return context.out.json(&orphans.iter().map(json::Orphan::from).collect::<Vec<_>>());
    }
    if orphans.is_empty() {
        context.out.note("nothing belongs to no deployment");
    }
    context.out.table(&table(&orphans))
}

fn table(orphans: &[Orphan]) -> Table {
    let columns = ["KIND", "ID", "DEPLOYMENT", "SIZE", "SINCE", "COUNTS FROM", "WHY"].map(Column::Left);
    let mut table = Table::new(&columns);
    for it in orphans {
        let whose = if it.name.is_empty() { &it.deployment } else { &it.name };
        let since = text::moment(it.since_ms);
        let size = if it.gib == 0 { "–".to_owned() } else { format!("{} GiB", it.gib) };
        table.row([
            Cell::toned(&it.kind, Tone::Faint),
            Cell::from(&it.id),
            whose.into(),
            size.into(),
            since.into(),
            text::moment(it.counts_ms).into(),
            Cell::from(&it.why),
        ]);
    }
    table
}
