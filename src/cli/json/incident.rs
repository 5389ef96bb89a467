//! Incidents and their stories, as JSON.

use super::{CellChange, LogLine, known};
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// One of them.
#[derive(Debug, Serialize)]
pub struct Incident {
    pub id: String,
    pub rule: Option<String>,
    pub severity: String,
    pub state: String,
    pub title: String,
    pub description: Option<String>,
    pub impact: Option<String>,
    pub deployments: Vec<String>,
    pub opened: Option<String>,
    pub opened_by: Option<String>,
    pub acknowledged: Option<String>,
    pub acknowledged_by: Option<String>,
    pub assignee: Option<String>,
    pub resolved: Option<String>,
    pub resolved_by: Option<String>,
    pub runbook: Option<String>,
    pub returned: u32,
    pub notes: Vec<Note>,
    pub pages: Vec<Page>,
}

/// Something that a person wrote down.
#[derive(Debug, Serialize)]
pub struct Note {
    pub time: Option<String>,
    pub author: String,
    pub text: String,
}

/// One message to people.
#[derive(Debug, Serialize)]
pub struct Page {
    pub time: Option<String>,
    pub target: String,
    pub kind: String,
    pub action: String,
    pub to: Option<String>,
    pub state: String,
    pub tries: u32,
    pub error: Option<String>,
}

impl From<&api::Incident> for Incident {
    fn from(it: &api::Incident) -> Self {
        let note = |note: &api::IncidentNote| Note {
            time: rfc3339(note.time_ms),
            author: note.author.clone(),
            text: note.text.clone(),
        };
        Self {
            id: it.id.clone(),
            rule: known(&it.rule),
            severity: it.severity.clone(),
            state: it.state.clone(),
            title: it.title.clone(),
            description: known(&it.description),
            impact: known(&it.impact),
            deployments: it.deployments.clone(),
            opened: rfc3339(it.opened_ms),
            opened_by: known(&it.opened_by),
            acknowledged: rfc3339(it.acknowledged_ms),
            acknowledged_by: known(&it.acknowledged_by),
            assignee: known(&it.assignee),
            resolved: rfc3339(it.resolved_ms),
            resolved_by: known(&it.resolved_by),
            runbook: known(&it.runbook),
            returned: it.returned,
            notes: it.notes.iter().map(note).collect(),
            pages: it.pages.iter().map(Page::from).collect(),
        }
    }
}

impl From<&api::Page> for Page {
    fn from(it: &api::Page) -> Self {
        Self {
            time: rfc3339(it.time_ms),
            target: it.target.clone(),
            kind: it.kind.clone(),
            action: it.action.clone(),
            to: known(&it.to),
            state: it.state.clone(),
            tries: it.tries,
            error: known(&it.error),
        }
    }
}

/// `incident show`: what happened, oldest first.
#[derive(Debug, Serialize)]
pub struct Timeline {
    pub incident: Option<Incident>,
    pub entries: Vec<Entry>,
    pub changes: Vec<CellChange>,
    pub suspect: Option<String>,
}

/// One thing that happened; `missing` where a part of the story could not be had.
#[derive(Debug, Serialize)]
pub struct Entry {
    pub time: Option<String>,
    pub kind: String,
    pub deployment: Option<String>,
    pub text: String,
    pub author: Option<String>,
    pub commit: Option<String>,
    pub missing: bool,
    pub metric: Option<String>,
    pub values: Vec<f64>,
    pub changes: Vec<CellChange>,
    pub lines: Vec<LogLine>,
}

impl From<&api::TimelineResponse> for Timeline {
    fn from(it: &api::TimelineResponse) -> Self {
        Self {
            incident: it.incident.as_ref().map(Incident::from),
            entries: it.entries.iter().map(Entry::from).collect(),
            changes: it.changes.iter().map(CellChange::from).collect(),
            suspect: known(&it.suspect),
        }
    }
}

impl From<&api::TimelineEntry> for Entry {
    fn from(it: &api::TimelineEntry) -> Self {
        Self {
            time: rfc3339(it.time_ms),
            kind: it.kind.clone(),
            deployment: known(&it.deployment),
            text: it.text.clone(),
            author: known(&it.author),
            commit: known(&it.commit),
            missing: it.missing,
            metric: known(&it.metric),
            values: it.values.clone(),
            changes: it.changes.iter().map(CellChange::from).collect(),
            lines: it.lines.iter().map(LogLine::from).collect(),
        }
    }
}

/// `incident export`: the story, or where it was written.
#[derive(Debug, Serialize)]
pub struct Exported {
    pub markdown: Option<String>,
    pub file: Option<String>,
}
