//! `doltops status`: the control plane itself.

use super::{
    Context, Stop, json,
    output::Tone,
    table::{Cell, Column, Table},
    text,
};
use doltops_proto::hosted_api::{StatusRequest, StatusResponse};

pub async fn run(mut context: Context<'_>) -> Result<(), Stop> {
    let status = context.client.status(StatusRequest {}).await?.into_inner();
    if context.out.is_json() {
        return context.out.json(&json::Status::from(&status));
    }
    let place = match &context.config.connect {
        Some(remote) => remote.place(),
        None => context.config.state_dir.display().to_string(),
    };
    context.out.table(&facts(&status, &place))?;
    context.out.line("")?;
    if !status.daemons.is_empty() {
        context.out.table(&daemons(&status))?;
        context.out.line("")?;
    }
    context.out.table(&types(&status))
}

fn facts(it: &StatusResponse, place: &str) -> Table {
    let mut table = Table::new(&[Column::Left("CONTROL PLANE"), Column::Left("")]);
    table.row([Cell::toned("id", Tone::Faint), Cell::from(&it.control_plane_id)]);
    let ours = [
        ("at", place.to_owned()),
        ("version", it.version.clone()),
        ("provider", it.provider.clone()),
        ("host", format!("{} (process {}), since {}", it.host, it.host_pid, text::moment(it.started_ms))),
        ("store", it.store.clone()),
        ("lease", lease(it)),
        ("commit", commit(it)),
        ("attached", it.attached.to_string()),
        ("you are", format!("{}, {}", it.user, it.role)),
    ];
    for (title, value) in ours {
        table.row([Cell::toned(title, Tone::Faint), value.into()]);
    }
    table
}

/// Whether this one acts, or who does.
fn lease(it: &StatusResponse) -> String {
    match it.acts.as_str() {
        "" => format!("{}, epoch {}", it.lease, it.epoch),
        acts => format!("standing by: {acts} acts"),
    }
}

/// The daemons of the store.
fn daemons(it: &StatusResponse) -> Table {
    let mut table = Table::new(&[
        Column::Left("DAEMON"),
        Column::Left("STATE"),
        Column::Left("ADDRESS"),
        Column::Right("PROCESS"),
        Column::Left("SEEN"),
    ]);
    for daemon in &it.daemons {
        let seen = if daemon.here { "this one".to_owned() } else { text::moment(daemon.seen_ms) };
        table.row([
            Cell::from(&daemon.name),
            Cell::from(&daemon.state),
            if daemon.address.is_empty() { "-" } else { daemon.address.as_str() }.into(),
            daemon.process.to_string().into(),
            seen.into(),
        ]);
    }
    table
}

/// Main's head, or what is looked at instead.
fn commit(it: &StatusResponse) -> String {
    match it.view_time_ms {
        0 => it.commit.clone(),
        made => format!("{}, the past: as of {}", it.commit, text::moment(made)),
    }
}

fn types(it: &StatusResponse) -> Table {
    let mut table = Table::new(&[
        Column::Left("TYPE"),
        Column::Right("MEMORY"),
        Column::Right("VCPUS"),
        Column::Right("CONNECTIONS"),
        Column::Left(""),
    ]);
    for offered in &it.instance_types {
        table.row([
            Cell::from(&offered.name),
            format!("{} MiB", offered.memory_mib).into(),
            offered.vcpus.to_string().into(),
            offered.max_connections.to_string().into(),
            if offered.default { "default" } else { "" }.into(),
        ]);
    }
    table
}
