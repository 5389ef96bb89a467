//! A fleet as the control plane would tell it, at a time that stands still.

use crate::doctor::{Finding, Report};
use doltops_proto::hosted_api as api;

/// 2026-11-23 14:00:00 UTC.
pub const NOW: i64 = 1_795_442_400_000;
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// A commit hash that begins with `start`.
pub fn hash(start: &str) -> String {
    format!("{start:0<32}")
}

fn samples(now: i64, cpu: impl Fn(f64) -> f64, queries: impl Fn(f64) -> f64) -> Vec<api::Sample> {
    (0..60_i32)
        .map(|index| {
            let x = f64::from(index) / 59.0;
            api::Sample {
                time_ms: now - 15 * MINUTE + i64::from(index) * 15_000,
                cpu_percent: cpu(x),
                memory_bytes: 300 << 20,
                disk_bytes: (20 << 30) + u64::from(index.unsigned_abs()) * (1 << 20),
                connections: 12,
                queries_per_second: queries(x),
                latency_p50_ms: 1.5 + x,
                latency_p99_ms: 8.0 + 6.0 * x,
            }
        })
        .collect()
}

/// A healthy deployment.
pub fn deployment(name: &str, now: i64) -> api::Deployment {
    api::Deployment {
        name: name.to_owned(),
        id: format!("d-{name}"),
        health: "healthy".to_owned(),
        phase: "settled".to_owned(),
        desired: Some(api::Desired {
            instance_type: "local.small".to_owned(),
            volume_gib: 40,
            power: "running".to_owned(),
            certificate: "self-signed".to_owned(),
            ..api::Desired::default()
        }),
        observed: Some(api::Observed {
            instance_id: format!("i-{name}"),
            instance_type: "local.small".to_owned(),
            volume_gib: 40,
            address: "127.0.0.1".to_owned(),
            port: 3307,
            dolt_version: "2.2.0".to_owned(),
            volume_id: format!("v-{name}"),
            instance_state: "running".to_owned(),
            disk_used_bytes: 24 << 30,
            disk_total_bytes: 40 << 30,
            dolt_since_ms: now - 12 * DAY,
            certificate_not_after_ms: now + 71 * DAY,
            ..api::Observed::default()
        }),
        generation: 7,
        commit: hash("8u6nmkpu"),
        health_since_ms: now - 12 * DAY,
        seen_ms: now - 2_000,
        samples: samples(now, |x| 20.0 + 60.0 * (x * 6.0).sin().abs(), |x| 900.0 + 400.0 * x),
        connect_command: format!("mysql -h 127.0.0.1 -P 3307 -u root -p --ssl-mode=REQUIRED {name}"),
        clone_command: format!("dolt clone https://127.0.0.1:50051/{name}"),
        certificate: Some(api::Certificate {
            names: vec![format!("{name}.doltops.local")],
            renewal_ms: now + 41 * DAY,
            ..api::Certificate::default()
        }),
        ..api::Deployment::default()
    }
}

/// A fleet with one of each health.
pub fn fleet(now: i64) -> Vec<api::Deployment> {
    let with = |name: &str, change: &dyn Fn(&mut api::Deployment)| {
        let mut row = deployment(name, now);
        change(&mut row);
        row
    };
    vec![
        with("orders", &|_| {}),
        with("sessions", &|row| {
            row.phase = "type: local.small to local.large, step 2 of 3".to_owned();
            row.desired.get_or_insert_default().instance_type = "local.large".to_owned();
            row.plan = vec![step(&row.name, "start-instance", "i-sessions", "it has its new type")];
        }),
        with("billing", &|row| {
            row.health = "degraded".to_owned();
            row.why = "the volume is 92% full".to_owned();
            row.observed.get_or_insert_default().disk_used_bytes = 37 << 30;
            row.observed.get_or_insert_default().certificate_not_after_ms = now + 6 * DAY;
        }),
        with("events-eu", &|row| {
            row.health = "starting".to_owned();
            row.phase = "waiting for the agent, 41 s".to_owned();
            row.observed = None;
            row.certificate = None;
            row.samples = Vec::new();
            row.seen_ms = 0;
            row.connect_command = String::new();
            row.clone_command = String::new();
        }),
        with("legacy", &|row| {
            row.health = "stopped".to_owned();
            row.desired.get_or_insert_default().power = "stopped".to_owned();
        }),
        with("search", &|row| {
            row.health = "failed".to_owned();
            row.why = "no instance".to_owned();
            row.failure = Some(api::Failure {
                step: "launch-instance".to_owned(),
                error: "the port 3311 is in use".to_owned(),
                times: 4,
                next_try_ms: now + 30_000,
            });
        }),
    ]
}

/// A step of a plan.
pub fn step(deployment: &str, action: &str, target: &str, reason: &str) -> api::PlannedStep {
    api::PlannedStep {
        action: action.to_owned(),
        target: target.to_owned(),
        reason: reason.to_owned(),
        destroys_data: action == "destroy-volume",
        deployment: deployment.to_owned(),
    }
}

/// What the control plane says of the fleet.
pub fn watch(now: i64) -> api::WatchResponse {
    api::WatchResponse {
        deployments: fleet(now),
        commit: hash("8u6nmkpu"),
        as_of_ms: now,
        store: "up".to_owned(),
        lease: "held".to_owned(),
        more: false,
        acts: String::new(),
    }
}

/// What the control plane says of itself.
pub fn status(role: &str) -> api::StatusResponse {
    let types = [("local.small", 512, 1, 100), ("local.medium", 1_024, 2, 200), ("local.large", 2_048, 4, 400)];
    api::StatusResponse {
        provider: "local".to_owned(),
        user: "op1".to_owned(),
        role: role.to_owned(),
        store: "up".to_owned(),
        lease: "held".to_owned(),
        commit: hash("8u6nmkpu"),
        instance_types: types
            .iter()
            .map(|(name, memory_mib, vcpus, max_connections)| api::InstanceType {
                name: (*name).to_owned(),
                memory_mib: *memory_mib,
                vcpus: *vcpus,
                max_connections: *max_connections,
                default: *name == "local.small",
            })
            .collect(),
        ..api::StatusResponse::default()
    }
}

fn cell(column: &str, from: Option<&str>, to: Option<&str>) -> api::CellChange {
    api::CellChange {
        table: "deployments".to_owned(),
        key: "d-orders".to_owned(),
        column: column.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        deployment: "orders".to_owned(),
    }
}

/// Commits, newest first.
pub fn history(now: i64) -> api::HistoryResponse {
    let commit = |start: &str, ago: i64, author: &str, message: &str, changes: Vec<api::CellChange>| api::Commit {
        hash: hash(start),
        author: author.to_owned(),
        time_ms: now - ago,
        message: message.to_owned(),
        changes,
        parent: String::new(),
        parents: Vec::new(),
        brought_in: None,
        joins: Vec::new(),
    };
    api::HistoryResponse {
        commits: vec![
            commit(
                "8u6nmkpu",
                2 * 60 * MINUTE,
                "op1",
                "orders: resize to local.large, 40 GiB",
                vec![
                    cell("instance_type", Some("local.small"), Some("local.large")),
                    cell("volume_gib", Some("20"), Some("40")),
                ],
            ),
            commit(
                "78k3nplg",
                2 * DAY,
                "op2",
                "orders: set max_connections",
                vec![cell("max_connections", None, Some("400"))],
            ),
            commit("lnq14o1p", 3 * DAY, "op1", "create orders", vec![cell("name", None, Some("orders"))]),
        ],
    }
}

/// A plan for a change.
pub fn plan(change: &api::change::Change) -> api::PlanResponse {
    use api::change::Change;
    if let Change::Batch(batch) = change {
        return plan_of_several(batch);
    }
    if let Change::Merge(_) = change {
        return super::branches::branch(Some("local.medium"), NOW).plan.unwrap_or_default();
    }
    let (steps, notes, changes, away) = match change {
        Change::Create(c) => (
            vec![
                step(&c.name, "create-volume", "10 GiB", "it has none"),
                step(&c.name, "launch-instance", &c.instance_type, "nothing runs yet"),
                step(&c.name, "deploy", "the new instance", "certificates, settings and credentials"),
            ],
            vec![],
            vec![cell("name", None, Some(&c.name))],
            0,
        ),
        Change::Delete(c) => (
            vec![
                step(&c.name, "take-final-copy", "v-orders", "kept for 7 days"),
                step(&c.name, "terminate-instance", "i-orders", "it is not wanted any more"),
                step(&c.name, "destroy-volume", "v-orders", "24.0 GiB; the final copy stays"),
            ],
            vec![],
            vec![cell("name", Some(&c.name), None)],
            0,
        ),
        // Everything goes back to before a deployment was made.
        Change::RollBack(c) if c.all => (
            vec![
                step("search", "terminate-instance", "i-search", "it is not wanted any more"),
                step("search", "destroy-volume", "v-search", "24.0 GiB; the final copy stays"),
            ],
            vec![],
            vec![cell("name", Some("search"), None)],
            0,
        ),
        Change::Undo(c) if c.operation_id == "op-create" => (
            vec![
                step("orders", "terminate-instance", "i-orders", "it is not wanted any more"),
                step("orders", "destroy-volume", "v-orders", "24.0 GiB; the final copy stays"),
            ],
            vec!["it was asked for by ann at 2026-10-05T14:10:00Z, as op-create".to_owned()],
            vec![cell("name", Some("orders"), None)],
            0,
        ),
        _ => (
            vec![
                step("orders", "stop-instance", "i-orders", "its type can change only while it is stopped"),
                step("orders", "change-type", "i-orders to local.small", "the type differs"),
                step("orders", "start-instance", "i-orders", "it should run"),
            ],
            vec!["the volume keeps its 40 GiB: a volume only grows".to_owned()],
            vec![cell("instance_type", Some("local.large"), Some("local.small"))],
            40,
        ),
    };
    let (summary, undoes) = match change {
        Change::Undo(c) if c.operation_id == "op-create" => ("Undo: Create orders".to_owned(), "op-create"),
        Change::Undo(_) => ("Undo: Resize orders: local.small → local.large".to_owned(), "op-resize"),
        _ => (String::new(), ""),
    };
    // Prices are known of AWS alone.
    let cost = match change {
        Change::Create(c) if c.instance_type.starts_with("m7g") => Some(api::Cost {
            before: 0.0,
            after: 70.45,
            currency: "USD".to_owned(),
            parts: vec![format!("{}: {} 68.55, 20 GiB 1.90", c.name, c.instance_type)],
        }),
        _ => None,
    };
    api::PlanResponse {
        base_commit: hash("8u6nmkpu"),
        plan_hash: "h1".to_owned(),
        steps,
        changes,
        notes,
        away_seconds: away,
        away_least_seconds: away,
        away_count: u32::from(away > 0),
        stays_away: false,
        summary,
        undoes: undoes.to_owned(),
        cost,
    }
}

/// A plan for several: each as it would be alone, with its part of the cost.
fn plan_of_several(batch: &api::change::Batch) -> api::PlanResponse {
    use api::change::Change;
    let mut all = api::PlanResponse { base_commit: hash("8u6nmkpu"), plan_hash: "h1".to_owned(), ..Default::default() };
    let mut parts = Vec::new();
    for change in batch.changes.iter().filter_map(|change| change.change.as_ref()) {
        let (name, what) = crate::console::action::propose::described(change);
        let (instance, volume) = (format!("i-{name}"), format!("v-{name}"));
        let (column, from, to) = match change {
            Change::Delete(_) => {
                all.steps.push(step(name, "take-final-copy", &volume, "kept for 7 days"));
                all.steps.push(step(name, "destroy-volume", &volume, "24.0 GiB; the final copy stays"));
                ("name", Some(name), None)
            }
            Change::Stop(_) => {
                all.steps.push(step(name, "stop-instance", &instance, "it is not to run"));
                ("power", Some("running"), Some("stopped"))
            }
            _ => (what, None, Some("true")),
        };
        let own = api::CellChange { deployment: name.to_owned(), key: format!("d-{name}"), ..cell(column, from, to) };
        all.changes.push(own);
        parts.push(format!("{name}: local.small, stopped 0.00, 50 GiB 4.75"));
    }
    all.stays_away = true;
    all.cost = Some(api::Cost { before: 47.76, after: 14.25, currency: "USD".to_owned(), parts });
    all
}

/// Lines of a log.
pub fn log(now: i64) -> Vec<api::LogLine> {
    [
        ("info", "Starting server with Config HP=\"127.0.0.1:3307\""),
        ("info", "Server ready. Accepting connections."),
        ("warning", "\u{1b}[33mslow query, 1.4 s\u{1b}[0m"),
        ("error", "error running query: table not found: odrers"),
    ]
    .iter()
    .enumerate()
    .map(|(index, (level, text))| api::LogLine {
        time_ms: now - MINUTE + i64::try_from(index).unwrap_or(0) * 1_000,
        level: (*level).to_owned(),
        text: (*text).to_owned(),
    })
    .collect()
}

/// What was measured of one deployment, as `status` says that it is kept.
pub fn metrics(name: &str, status: &Option<api::StatusResponse>, now: i64) -> api::MetricsResponse {
    let kept = status.as_ref().is_some_and(|status| status.metrics == "cloudwatch");
    let samples = deployment(name, now).samples;
    let machine = |sample: &api::Sample| api::HostSample {
        time_ms: sample.time_ms,
        cpu_percent: sample.cpu_percent / 2.0,
        memory_percent: 48.0,
        disk_percent: 61.0,
    };
    api::MetricsResponse {
        host: if kept { samples.iter().map(machine).collect() } else { Vec::new() },
        samples,
        source: if kept { "cloudwatch" } else { "agent" }.to_owned(),
        as_of_ms: now - 10_000,
        ..api::MetricsResponse::default()
    }
}

/// The processor and the queries of several, as CloudWatch has them: one value a minute, the newest two minutes old.
pub fn curves(names: &[String], now: i64) -> api::MetricsResponse {
    let sample = |minute: i64| api::Sample {
        time_ms: now - minute * MINUTE,
        cpu_percent: f64::from(u32::try_from(minute % 5).unwrap_or(0)) * 20.0,
        queries_per_second: f64::from(u32::try_from(15 - minute).unwrap_or(0)) * 90.0,
        ..api::Sample::default()
    };
    let series = |name: &String| api::Series { name: name.clone(), samples: (2..15).rev().map(sample).collect() };
    api::MetricsResponse {
        series: names.iter().filter(|name| *name != "events-eu").map(series).collect(),
        source: "cloudwatch".to_owned(),
        as_of_ms: now - 10_000,
        ..api::MetricsResponse::default()
    }
}

/// What the control plane says of itself on AWS.
pub fn aws_status(role: &str) -> api::StatusResponse {
    let types = [("m7g.medium", 4_096, 1, 200), ("m7g.large", 8_192, 2, 400), ("m7g.xlarge", 16_384, 4, 800)];
    api::StatusResponse {
        provider: "aws".to_owned(),
        metrics: "cloudwatch".to_owned(),
        orphans: 2,
        webpki: true,
        domain: "db.example.com".to_owned(),
        instance_types: types
            .iter()
            .map(|(name, memory_mib, vcpus, max_connections)| api::InstanceType {
                name: (*name).to_owned(),
                memory_mib: *memory_mib,
                vcpus: *vcpus,
                max_connections: *max_connections,
                default: *name == "m7g.large",
            })
            .collect(),
        ..status(role)
    }
}

/// The sample fleet as it would be on AWS: one has drifted, one stands in for another type.
pub fn aws_watch(now: i64) -> api::WatchResponse {
    let mut fleet = watch(now);
    for row in &mut fleet.deployments {
        row.samples = Vec::new();
        let name = row.name.clone();
        let desired = row.desired.get_or_insert_default();
        desired.instance_type = "m7g.large".to_owned();
        desired.certificate = "webpki".to_owned();
        let Some(seen) = &mut row.observed else { continue };
        seen.instance_id = format!("i-0{name}abc12de");
        seen.instance_type = "m7g.large".to_owned();
        seen.volume_id = format!("vol-0{name}77fe");
        seen.address = "10.0.1.4".to_owned();
        seen.port = 3306;
        seen.zone = "eu-central-1a".to_owned();
        seen.host_name = format!("{name}.db.example.com");
        seen.certificate_serial = "03ab9f01c2d4e5f60718293a4b5c6d7e8f90".to_owned();
        seen.certificate_not_before_ms = now - 19 * DAY;
        row.certificate.get_or_insert_default().names = vec![seen.host_name.clone()];
        (row.month_cost, row.currency) = (Some(73.30), "USD".to_owned());
        match name.as_str() {
            "orders" => {
                row.drift = vec![
                    drift("type", "m7g.large", "m7g.xlarge", "it is changed back while the instance is stopped next"),
                    drift("name", "10.0.1.4", "10.0.9.9", "the record is written again"),
                ];
                row.coming = vec!["the certificate is renewed on 2027-01-04, in the service window".to_owned()];
            }
            "billing" => {
                seen.instance_type = "m6g.large".to_owned();
                seen.stands_in =
                    "m6g.large in place of m7g.large: InsufficientInstanceCapacity in eu-central-1a".to_owned();
                let certificate = row.certificate.get_or_insert_default();
                certificate.renewal_ms = now - 24 * DAY;
                certificate.failure =
                    "the authority refused: too many certificates for billing.db.example.com this week".to_owned();
                certificate.failed_times = 3;
                certificate.failed_since_ms = now - 2 * DAY;
                certificate.again_ms = now + DAY;
            }
            _ => {}
        }
    }
    fleet
}

fn drift(what: &str, expected: &str, seen: &str, remedy: &str) -> api::Drift {
    api::Drift {
        what: what.to_owned(),
        expected: expected.to_owned(),
        seen: seen.to_owned(),
        remedy: remedy.to_owned(),
    }
}

/// What belongs to nothing.
pub fn orphans(now: i64) -> api::ListOrphansResponse {
    let orphan = |kind: &str, id: &str, why: &str, next: &str| api::Orphan {
        kind: kind.to_owned(),
        id: id.to_owned(),
        deployment: "d-8u6nmkpu".to_owned(),
        name: "orders".to_owned(),
        why: why.to_owned(),
        since_ms: now - 40 * MINUTE,
        next: next.to_owned(),
        counts_ms: now - 10 * MINUTE,
        gib: if kind == "volume" { 20 } else { 0 },
    };
    api::ListOrphansResponse {
        orphans: vec![
            orphan("instance", "i-0abc12de34f567890", "no deployment wants it", "kept until a person removes it"),
            orphan("volume", "vol-0fe98dc76ba543210", "its deployment is not in the store", "it holds data: kept"),
        ],
    }
}

/// What the doctor finds: one of each outcome.
pub fn examination() -> Report {
    let findings = vec![
        Finding::ok("dolt", "2.2.0, found on PATH"),
        Finding::ok("state folder", "/home/op1/.local/share/doltops, 41 GiB free"),
        Finding::warning("memory", "3 GiB are free, and each Dolt wants half of one", "end what is not needed"),
        Finding::missing("ports", "3306 is taken by mysqld (4711)", "stop it, or set [local] first_port = 3400"),
        Finding::not_checked("paging", "there is no [paging] in doltops.toml"),
    ];
    Report { findings }
}
