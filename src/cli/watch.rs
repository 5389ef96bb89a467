//! `doltops watch`: the fleet now, and a line whenever something of it changes.
//!
//! Rows and not a screen that is drawn again: it can be piped, searched and scrolled back. The screen is the console.

use super::{
    Context, Output, Stop,
    follow::{Follow, News},
    json,
    list::{COLUMNS, cells},
    table::{Cell, Table},
    text,
};
use doltops_proto::hosted_api::{Deployment, WatchResponse};
use std::collections::{BTreeMap, BTreeSet};

/// Room for what comes later: an ordinary name, the longest word for health, an arrow between two local types.
const FIRST_WIDTHS: [usize; 3] = [16, 11, 26];

pub async fn run(context: Context<'_>) -> Result<(), Stop> {
    let mut fleets = Follow::new(context.client);
    let mut shown = Shown::default();
    let mut widths = FIRST_WIDTHS.to_vec();
    let mut answered = false;
    loop {
        match fleets.next().await? {
            News::Away(problem) if !answered => return Err((*problem).into()),
            News::Away(problem) => shown.away(&problem.to_string(), context.out),
            News::Fleet(fleet) if context.out.is_json() => context.out.json_line(&json::Fleet::from(&*fleet))?,
            News::Fleet(fleet) => context.out.part(&shown.news(&fleet), !answered, &mut widths)?,
        }
        answered = true;
    }
}

/// What stands on the screen already.
#[derive(Default)]
struct Shown {
    rows: BTreeMap<String, String>,
    store: String,
    away: bool,
}

impl Shown {
    /// That nobody answers, once.
    fn away(&mut self, why: &str, out: &mut Output) {
        if !std::mem::replace(&mut self.away, true) {
            out.note(&format!("{}: trying again", text::clean(why)));
        }
    }

    /// The rows that have changed. Ages alone are no change.
    fn news(&mut self, fleet: &WatchResponse) -> Table {
        self.away = false;
        let mut table = Table::new(&COLUMNS);
        for deployment in &fleet.deployments {
            let said = essence(deployment);
            if self.rows.get(&deployment.name) != Some(&said) {
                self.rows.insert(deployment.name.clone(), said);
                table.row(cells(deployment, fleet.as_of_ms));
            }
        }
        let there: BTreeSet<&str> = fleet.deployments.iter().map(|deployment| deployment.name.as_str()).collect();
        self.rows.retain(|name, _| {
            let gone = !there.contains(name.as_str());
            if gone {
                table.row([name.into(), "deleted".into()]);
            }
            !gone
        });
        let store = std::mem::replace(&mut self.store, fleet.store.clone());
        if store != fleet.store && !(store.is_empty() && fleet.store == "up") {
            table.row(["(store)".into(), Cell::from(&fleet.store)]);
        }
        table
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
