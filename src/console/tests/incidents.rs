//! Incidents as the control plane would tell them, and the story of one.

use super::sample::{NOW, hash};
use doltops_proto::hosted_api::{self as api, change_incident_request::Change};

const MINUTE: i64 = 60_000;

/// The one whose story is told.
pub fn billing(now: i64) -> api::Incident {
    api::Incident {
        id: "inc-4f2k9qwe".into(),
        rule: "health".into(),
        severity: "critical".into(),
        title: "billing is away".into(),
        deployments: vec!["billing".into()],
        state: "open".into(),
        opened_ms: now - 6 * MINUTE,
        opened_by: "deployment-manager".into(),
        runbook: "https://runbooks.example.com/away".into(),
        pages: vec![api::Page {
            target: "database-team".into(),
            kind: "pagerduty".into(),
            action: "trigger".into(),
            to: "op1".into(),
            state: "sent".into(),
            tries: 1,
            time_ms: now - 6 * MINUTE + 30_000,
            error: String::new(),
        }],
        ..api::Incident::default()
    }
}

/// One of each state.
pub fn all(now: i64) -> api::IncidentsResponse {
    let disk = api::Incident {
        id: "inc-77adm3xz".into(),
        rule: "disk-full".into(),
        severity: "warning".into(),
        title: "search: the volume is full in 3 days".into(),
        deployments: vec!["search".into()],
        state: "acknowledged".into(),
        opened_ms: now - 180 * MINUTE,
        opened_by: "deployment-manager".into(),
        acknowledged_ms: now - 170 * MINUTE,
        acknowledged_by: "op2".into(),
        assignee: "op2".into(),
        ..api::Incident::default()
    };
    let over = api::Incident {
        id: "inc-1p0q8rst".into(),
        severity: "error".into(),
        title: "checkout is slow".into(),
        impact: "customers wait 4 s".into(),
        description: "since the index was dropped".into(),
        deployments: vec!["orders".into(), "sessions".into()],
        state: "resolved".into(),
        opened_ms: now - 3_000 * MINUTE,
        opened_by: "op1".into(),
        resolved_ms: now - 2_900 * MINUTE,
        resolved_by: "op1".into(),
        assignee: "op1".into(),
        ..api::Incident::default()
    };
    api::IncidentsResponse { incidents: vec![billing(now), disk, over], as_of_ms: now, on_call: "op1".into() }
}

/// An incident after a change.
pub fn changed(request: &api::ChangeIncidentRequest, now: i64) -> api::Incident {
    let mut incident = billing(now);
    match request.change.clone() {
        Some(Change::Open(open)) => {
            incident = api::Incident {
                id: "inc-new00000".into(),
                severity: open.severity,
                title: open.title,
                impact: open.impact,
                description: open.description,
                deployments: open.deployments,
                state: "open".into(),
                opened_ms: now,
                opened_by: "op1".into(),
                ..api::Incident::default()
            }
        }
        Some(Change::Acknowledge(_)) => {
            incident.state = "acknowledged".into();
            (incident.acknowledged_ms, incident.acknowledged_by) = (now, "op1".into());
            incident.assignee = "op1".into();
        }
        Some(Change::HandOver(to)) => incident.assignee = to,
        Some(Change::Note(text)) => {
            incident.notes.push(api::IncidentNote { time_ms: now, author: "op1".into(), text });
        }
        Some(Change::Resolve(_)) | None => {
            incident.state = "resolved".into();
            (incident.resolved_ms, incident.resolved_by) = (now, "op1".into());
        }
    }
    incident
}

fn entry(time_ms: i64, kind: &str, text: &str) -> api::TimelineEntry {
    api::TimelineEntry {
        time_ms,
        kind: kind.into(),
        deployment: "billing".into(),
        text: text.into(),
        ..api::TimelineEntry::default()
    }
}

/// What happened around it.
pub fn timeline(now: i64) -> api::TimelineResponse {
    let opened = now - 6 * MINUTE;
    let suspect = hash("8u6nmkpu");
    let cell = api::CellChange {
        table: "settings".into(),
        key: "d-billing/max_connections".into(),
        column: "value".into(),
        from: Some("400".into()),
        to: Some("4000".into()),
        deployment: "billing".into(),
    };
    let line = |ago: i64, level: &str, text: &str| api::LogLine {
        time_ms: opened - ago,
        level: level.into(),
        text: text.into(),
    };
    let lines = vec![
        line(2_500, "info", "connection 3999 opened"),
        line(2_000, "warning", "allocation of 64 MiB failed, collecting garbage"),
        line(1_000, "fatal", "out of memory"),
        line(900, "info", "server stopped"),
    ];
    let curve: Vec<f64> = (0..10).map(|x| 40.0 + f64::from(x) * 6.4).collect();
    api::TimelineResponse {
        incident: Some(billing(now)),
        entries: vec![
            api::TimelineEntry {
                author: "op2".into(),
                commit: suspect.clone(),
                changes: vec![cell.clone()],
                ..entry(opened - 7 * MINUTE, "commit", "Set max_connections=4000 of billing")
            },
            entry(opened - 7 * MINUTE + 9_000, "step", "deploy billing: done, 7 s"),
            api::TimelineEntry {
                metric: "memory".into(),
                values: curve,
                ..entry(opened - MINUTE, "metric", "memory 71% → 98% in 5 min")
            },
            api::TimelineEntry { lines, ..entry(opened - 1_000, "log", "fatal: out of memory") },
            api::TimelineEntry {
                missing: true,
                ..entry(opened - 500, "log", "the log of sessions cannot be read: its agent does not answer")
            },
            entry(opened - 200, "health", "healthy → unreachable"),
            entry(opened, "incident", "opened by the rule health: billing is away"),
            entry(opened + 30_000, "page", "pagerduty database-team, to op1: trigger, sent"),
        ],
        changes: vec![cell],
        suspect,
    }
}

/// The same, now.
pub fn now() -> api::IncidentsResponse {
    all(NOW)
}
