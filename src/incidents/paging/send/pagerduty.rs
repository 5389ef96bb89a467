//! PagerDuty's Events API v2: `POST /v2/enqueue`.
//!
//! The incident's id is the `dedup_key`: every trigger of every level is one alert there, and what was sent twice is one.

use super::{Page, Reply, content, http};
use crate::{model::PageAction, secrets::Secret};
use jiff::Timestamp;
use serde_json::{Value, json};

/// The field's own limit.
const LONGEST_SUMMARY: usize = 1_024;

/// Sends one event.
pub async fn send(client: &http::Client, url: &str, key: &Secret, page: &Page<'_>, now: Timestamp) -> Reply {
    let event = event(key, page);
    client.post(&format!("{url}/v2/enqueue"), &[], event.to_string().into_bytes(), key, now).await
}

/// The body. Holds the routing key: for the wire alone.
pub(super) fn event(key: &Secret, page: &Page<'_>) -> Value {
    let incident = page.incident;
    let mut event = json!({
        "routing_key": key.reveal(),
        "event_action": page.delivery.key.action.as_str(),
        "dedup_key": incident.id.as_str(),
    });
    // An acknowledge or a resolve is found by its key; PagerDuty reads no more of it.
    if page.delivery.key.action != PageAction::Trigger {
        return event;
    }
    event["payload"] = payload(page);
    event["client"] = json!("Doltops");
    if let Some(link) = page.link {
        event["client_url"] = json!(link);
    }
    if let Some(runbook) = &incident.runbook {
        event["links"] = json!([{ "href": runbook, "text": "Runbook" }]);
    }
    event
}

fn payload(page: &Page<'_>) -> Value {
    let incident = page.incident;
    let deployments: Vec<&str> = incident.deployments.iter().map(|it| it.as_str()).collect();
    let source = if deployments.is_empty() { "control plane".to_owned() } else { deployments.join(", ") };
    let mut payload = json!({
        "summary": content::cut(&incident.title, LONGEST_SUMMARY),
        "source": content::cut(&source, LONGEST_SUMMARY),
        "severity": incident.severity.as_str(),
        "timestamp": incident.opened.at.to_string(),
        "group": page.control_plane,
        "custom_details": details(page),
    });
    if let Some(cause) = &incident.cause {
        payload["class"] = json!(cause.rule);
    }
    if let [one] = deployments[..] {
        payload["component"] = json!(one);
    }
    payload
}

fn details(page: &Page<'_>) -> Value {
    let incident = page.incident;
    let mut details = json!({
        "incident": incident.id.as_str(),
        "opened_by": incident.opened.who,
        "level": page.delivery.key.level + 1,
    });
    let texts =
        [("description", incident.description.as_str()), ("impact", &incident.impact), ("on_call", &page.delivery.to)];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        details[name] = json!(content::cut(text, content::LONGEST_TEXT));
    }
    details
}
