//! `doltops list`: all deployments.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use doltops_proto::hosted_api::{Deployment, Desired, ListDeploymentsRequest, Observed};

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
    let address = if observed.port == 0 { String::new() } else { format!("{}:{}", observed.address, observed.port) };
    [
        Cell::from(&deployment.name),
        Cell::toned(&deployment.health, Tone::of_health(&deployment.health)),
        text::or_dash(&flags(&desired)).into(),
        towards(&observed.instance_type, &desired.instance_type).into(),
        volume(&observed, &desired).into(),
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

/// In GiB. A volume's size is written down nowhere: of one that is known by its id alone, as in the past and on a clone, what
/// was asked for stands for it.
fn volume(observed: &Observed, desired: &Desired) -> String {
    let gib = |size: u32| if size == 0 { String::new() } else { size.to_string() };
    let should = gib(desired.volume_gib);
    if observed.volume_gib == 0 && !observed.volume_id.is_empty() {
        return text::or_dash(&should).to_owned();
    }
    towards(&gib(observed.volume_gib), &should)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_leads_to_another_size_and_none_from_one_that_nobody_wrote_down() {
        for (is, id, should, said) in [
            (10, "vol-1", 10, "10"),
            (10, "vol-1", 20, "10 → 20"),
            (0, "", 20, "– → 20"),
            // As of a moment of the past, or on a clone.
            (0, "vol-1", 20, "20"),
            // Being deleted, there.
            (0, "vol-1", 0, "–"),
            (10, "vol-1", 0, "10"),
            (0, "", 0, "–"),
        ] {
            let observed = Observed { volume_gib: is, volume_id: id.into(), ..Observed::default() };
            let desired = Desired { volume_gib: should, ..Desired::default() };
            assert_eq!(volume(&observed, &desired), said, "{is} {id} {should}");
        }
    }
}
