//! Who is paged, as JSON.

use super::known;
use crate::cli::text::rfc3339;
use doltops_proto::hosted_api as api;
use serde::Serialize;

/// `oncall`.
#[derive(Debug, Serialize)]
pub struct OnCall {
    pub levels: Vec<Duty>,
    pub receivers: Vec<Receiver>,
}

/// Who is asked at one level.
#[derive(Debug, Serialize)]
pub struct Duty {
    pub level: u32,
    pub who: Option<String>,
    pub rotation: Option<String>,
    pub until: Option<String>,
    pub next: Option<String>,
    pub receivers: Vec<String>,
    pub wait_minutes: u32,
}

/// Something that pages are sent to.
#[derive(Debug, Serialize)]
pub struct Receiver {
    pub name: String,
    pub kind: String,
    pub min_severity: String,
}

impl From<&api::OnCallResponse> for OnCall {
    fn from(it: &api::OnCallResponse) -> Self {
        let duty = |it: &api::Duty| Duty {
            level: it.level,
            who: known(&it.who),
            rotation: known(&it.rotation),
            until: rfc3339(it.until_ms),
            next: known(&it.next),
            receivers: it.receivers.clone(),
            wait_minutes: it.wait_minutes,
        };
        let receiver = |it: &api::PageReceiver| Receiver {
            name: it.name.clone(),
            kind: it.kind.clone(),
            min_severity: it.min_severity.clone(),
        };
        Self { levels: it.levels.iter().map(duty).collect(), receivers: it.receivers.iter().map(receiver).collect() }
    }
}

/// `page test`.
#[derive(Debug, Serialize)]
pub struct TestPage {
    pub id: String,
    pub receiver: String,
    pub kind: String,
    pub taken: bool,
    pub said: String,
}
