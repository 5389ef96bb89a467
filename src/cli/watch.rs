//! `doltops watch`: the fleet now, and a line whenever something of it changes.
//!
//! Rows and not a screen that is drawn again: it can be piped, searched and scrolled back. The screen is the console.

use super::{
    Context, Stop, json,
    list::{COLUMNS, cells},
    table::{Cell, Table},
    text,
};
use doltops_proto::hosted_api::{Deployment, WatchRequest, WatchResponse};
use std::collections::BTreeMap;

pub async fn run(mut context: Context<'_>) -> Result<(), Stop> {
    let mut fleets = context.client.watch(WatchRequest {}).await?.into_inner();
    let mut shown = Shown::default();
    while let Some(fleet) = fleets.message().await? {
        if context.out.is_json() {
            context.out.json_line(&json::Fleet::from(&fleet))?;
        } else if let Some(news) = shown.news(&fleet) {
            context.out.table(&news)?;
        }
    }
    Ok(())
}

/// What stands on the screen already.
#[derive(Default)]
struct Shown {
    rows: BTreeMap<String, String>,
    store: String,
}

impl Shown {
    /// The rows that have changed, or nothing. Ages alone are no change.
    fn news(&mut self, fleet: &WatchResponse) -> Option<Table> {
        let mut table = Table::new(&COLUMNS);
        let mut any = false;
        let mut row = |cells: Vec<Cell>| {
            table.row(cells);
            any = true;
        };
        for deployment in &fleet.deployments {
            let said = essence(deployment);
            if self.rows.get(&deployment.name) != Some(&said) {
                self.rows.insert(deployment.name.clone(), said);
                row(cells(deployment, fleet.as_of_ms).into());
            }
        }
        let gone: Vec<String> =
            self.rows.keys().filter(|name| !fleet.deployments.iter().any(|d| d.name == **name)).cloned().collect();
        for name in gone {
            self.rows.remove(&name);
            row(vec![name.into(), "deleted".into()]);
        }
        if fleet.store != self.store {
            if !(self.store.is_empty() && fleet.store == "up") {
                row(vec!["(store)".into(), Cell::from(&fleet.store)]);
            }
            self.store.clone_from(&fleet.store);
        }
        any.then_some(table)
    }
}

/// A deployment without what moves by itself.
fn essence(deployment: &Deployment) -> String {
    let observed = deployment.observed.clone().unwrap_or_default();
    let still = Deployment { seen_ms: 0, ..deployment.clone() };
    let disk = text::percent(observed.disk_used_bytes, observed.disk_total_bytes);
    let mut rows = Table::new(&COLUMNS);
    rows.row(cells(&still, 0));
    rows.render(false) + &disk
}
