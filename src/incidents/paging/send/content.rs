//! What a page says, as text and as JSON; the same for every receiver that has no form of its own.

use super::Page;
use crate::model::{By, PageAction};
use serde_json::{Value, json};
use std::fmt::Write;

/// A title is a line; a longer one is cut in what is sent.
pub const LONGEST_TITLE: usize = 250;

/// As much of the long texts as anybody reads on a telephone, and far below what receivers take (SNS: 256 KiB).
pub const LONGEST_TEXT: usize = 4_000;

/// In one line: what has happened to which incident.
pub fn line(page: &Page<'_>) -> String {
    let Page { incident, .. } = page;
    let what = match page.delivery.key.action {
        PageAction::Trigger => incident.severity.as_str(),
        PageAction::Acknowledge => "acknowledged",
        PageAction::Resolve => "resolved",
    };
    format!("[{what}] {}", cut(&incident.title, LONGEST_TITLE))
}

/// For people, several lines.
pub fn text(page: &Page<'_>) -> String {
    let Page { incident, delivery, .. } = page;
    let mut text = line(page);
    let deployments: Vec<&str> = incident.deployments.iter().map(|it| it.as_str()).collect();
    let by = |it: &Option<By>| it.as_ref().map(|by| format!("{} by {}", by.at, by.who)).unwrap_or_default();
    let opened = format!("{} by {}", incident.opened.at, incident.opened.who);
    let lines = [
        ("", cut(&incident.description, LONGEST_TEXT)),
        ("Impact: ", cut(&incident.impact, LONGEST_TEXT)),
        ("Deployments: ", deployments.join(", ")),
        ("On call: ", delivery.to.clone()),
        ("Opened: ", opened),
        ("Acknowledged: ", by(&incident.acknowledged)),
        ("Resolved: ", by(&incident.resolved)),
        ("Runbook: ", incident.runbook.clone().unwrap_or_default()),
        ("Incident: ", incident.id.to_string()),
    ];
    for (word, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{word}{value}");
    }
    text
}

/// For programs. `docs/paging.schema.json` describes it; a field may be added, none is renamed or taken away.
///
/// The same for every try, so that a receiver can also compare bodies.
pub fn json(page: &Page<'_>) -> Value {
    let Page { incident, delivery, .. } = page;
    let by = |it: &Option<By>| it.as_ref().map(|by| json!({ "at": by.at.to_string(), "by": by.who }));
    let told = |text: &str| (!text.is_empty()).then(|| cut(text, LONGEST_TEXT));
    json!({
        "version": 1,
        "id": delivery.key.to_string(),
        "action": delivery.key.action.as_str(),
        "level": delivery.key.level,
        "to": told(&delivery.to),
        "control_plane": page.control_plane,
        "link": page.link,
        "incident": {
            "id": incident.id.as_str(),
            "title": cut(&incident.title, LONGEST_TITLE),
            "severity": incident.severity.as_str(),
            "state": incident.state(),
            "rule": incident.cause.as_ref().map(|cause| &cause.rule),
            "deployments": incident.deployments.iter().map(|it| it.as_str()).collect::<Vec<_>>(),
            "description": told(&incident.description),
            "impact": told(&incident.impact),
            "runbook": incident.runbook,
            "assignee": incident.assignee,
            "opened": by(&Some(incident.opened.clone())),
            "acknowledged": by(&incident.acknowledged),
            "resolved": by(&incident.resolved),
        },
    })
}

/// At most so many characters; what is cut shows it.
pub fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}
