//! `doltops list`: all deployments.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use doltops_proto::hosted_api::{Deployment, Desired, ListDeploymentsRequest};

pub async fn run(mut context: Context<'_>) -> Result<(), Stop> {
    let fleet = context.client.list_deployments(ListDeploymentsRequest {}).await?.into_inner();
    if context.out.is_json() {
        let all: Vec<_> = fleet.deployments.iter().map(json::Deployment::from).collect();
        return context.out.json(&all);
    }
    if fleet.deployments.is_empty() {
        context.out.note("no deployments yet: doltops create NAME");
    }
    let mut table = Table::new(&COLUMNS);
    for deployment in &fleet.deployments {
        table.row(cells(deployment, fleet.as_of_ms));
    }
    context.out.table(&table)
}

/// The columns of `list` and `watch`.
pub const COLUMNS: [Column; 10] = [
    Column::Left("NAME"),
    Column::Left("HEALTH"),
    Column::Left("FLAGS"),
    Column::Left("TYPE"),
    Column::Right("GIB"),
    Column::Left("DOLT"),
    Column::Left("ADDRESS"),
    Column::Right("DISK"),
    Column::Right("SEEN"),
    Column::Left("DOING"),
];

/// A deployment in these columns. Type and volume are what is; an arrow leads to what should be.
pub fn cells(deployment: &Deployment, now_ms: i64) -> [Cell; 10] {
    let desired = deployment.desired.clone().unwrap_or_default();
    let observed = deployment.observed.clone().unwrap_or_default();
    let volume = if observed.volume_gib == 0 { String::new() } else { observed.volume_gib.to_string() };
    let address = if observed.port == 0 { String::new() } else { format!("{}:{}", observed.address, observed.port) };
    [
        Cell::from(&deployment.name),
        Cell::toned(&deployment.health, Tone::of_health(&deployment.health)),
        text::or_dash(&flags(&desired)).into(),
        towards(&observed.instance_type, &desired.instance_type).into(),
        towards(&volume, &desired.volume_gib.to_string()).into(),
        text::or_dash(&observed.dolt_version).into(),
        text::or_dash(&address).into(),
        text::percent(observed.disk_used_bytes, observed.disk_total_bytes).into(),
        text::age(deployment.seen_ms, now_ms).into(),
        doing(deployment).into(),
    ]
}

/// What people have set on it beside its spec.
pub fn flags(desired: &Desired) -> String {
    let flags = [(desired.protected, "protected"), (desired.paused, "paused")];
    let on: Vec<&str> = flags.iter().filter(|(on, _)| *on).map(|(_, word)| *word).collect();
    on.join(", ")
}

fn towards(is: &str, should: &str) -> String {
    if is == should || should.is_empty() {
        text::or_dash(is).to_owned()
    } else {
        format!("{} → {should}", text::or_dash(is))
    }
}

/// What is being done about it, and what stands in the way.
pub fn doing(deployment: &Deployment) -> String {
    let mut parts = Vec::new();
    if !matches!(deployment.phase.as_str(), "" | "settled") {
        parts.push(deployment.phase.clone());
    }
    if let Some(failure) = &deployment.failure {
        parts.push(format!("try {} failed: {}", failure.times, failure.error));
    } else if !deployment.why.is_empty() && !deployment.phase.contains(&deployment.why) {
        parts.push(deployment.why.clone());
    }
    parts.join("; ")
}
