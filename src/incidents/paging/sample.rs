//! What the tests of paging begin with.

use super::settings::{KeySource, Kind, Level, Receiver, Rotation, Settings, Sns, Who};
use crate::model::{By, Delivery, Incident, IncidentId, PageAction, PageKey, PageState, Severity};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};

/// So many seconds after noon of a Friday in UTC.
pub fn time(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-01-09T12:00:00Z".parse().expect("a time");
    noon + SignedDuration::from_secs(seconds)
}

/// An incident that was opened at `time(0)`.
pub fn incident(severity: Severity) -> Incident {
    Incident {
        id: IncidentId::new("inc-k3x9q2ab"),
        cause: None,
        severity,
        title: "orders is away".to_owned(),
        description: "No heartbeat for 60 s.".to_owned(),
        impact: "Nobody can order.".to_owned(),
        deployments: vec!["orders".parse().expect("a name")],
        runbook: Some("https://runbooks.example.com/away".to_owned()),
        opened: By { at: time(0), who: "reconciler".to_owned() },
        acknowledged: None,
        assignee: None,
        resolved: None,
        gone_since: None,
        returned: 0,
        notes: Vec::new(),
    }
}

/// Somebody did it then.
pub fn by(seconds: i64) -> Option<By> {
    Some(By { at: time(seconds), who: "op1".to_owned() })
}

/// Two levels of ten minutes: `duty` and the one on call's own `phone-…`, then `all`, which hears of errors and worse.
pub fn settings() -> Settings {
    fn named<T>(name: &str, it: T) -> (String, T) {
        (name.to_owned(), it)
    }
    let key = || KeySource::Variable("KEY".to_owned());
    let receiver = |kind, min_severity| Receiver { kind, min_severity };
    let webhook = || Kind::Webhook { url: "http://127.0.0.1:9/".to_owned(), key: key() };
    let sns = || {
        let topic = "arn:aws:sns:eu-central-1:123456789012:pages".to_owned();
        Kind::Sns(Sns { topic, profile: None, endpoint_url: None })
    };
    let duty = Kind::PagerDuty { url: "http://127.0.0.1:9".to_owned(), key: key() };
    let level = |who, receivers: &[&str]| Level {
        who,
        receivers: receivers.iter().map(ToString::to_string).collect(),
        wait: SignedDuration::from_mins(10),
    };
    let rotation = Rotation {
        people: vec!["op1".to_owned(), "op2".to_owned()],
        days: 7,
        since: civil::date(2026, 1, 5),
        handover: civil::time(9, 0, 0, 0),
        zone: TimeZone::UTC,
        overrides: Vec::new(),
    };
    Settings {
        receivers: [
            named("duty", receiver(duty, Severity::Info)),
            named("phone-op1", receiver(sns(), Severity::Warning)),
            named("phone-op2", receiver(sns(), Severity::Warning)),
            named("all", receiver(webhook(), Severity::Error)),
        ]
        .into(),
        people: [named("op1", vec!["phone-op1".to_owned()]), named("op2", vec!["phone-op2".to_owned()])].into(),
        rotations: [named("primary", rotation)].into(),
        levels: vec![level(Some(Who::Rotation("primary".to_owned())), &["duty"]), level(None, &["all", "duty"])],
        repeat: 1,
        quiet: Vec::new(),
        link: None,
    }
}

/// A trigger about [`incident`] that waits since `time(0)`.
pub fn trigger(target: &str, level: u32) -> Delivery {
    let incident = incident(Severity::Critical).id;
    Delivery {
        key: PageKey { incident, target: target.to_owned(), action: PageAction::Trigger, level },
        kind: "webhook".to_owned(),
        to: "op1".to_owned(),
        state: PageState::Waiting,
        tries: 0,
        asked: time(0),
        due: time(0),
        tried: None,
        error: String::new(),
    }
}
