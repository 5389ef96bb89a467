//! What became of the incident itself: opened, seen, written about, paged, over.

use crate::hosted_api::post_mortem;
use doltops_proto::hosted_api::{Incident, TimelineEntry};

/// Its own entries, in no order.
pub fn entries(incident: &Incident) -> Vec<TimelineEntry> {
    let of = if let [only] = incident.deployments.as_slice() { only.as_str() } else { "" };
    let entry = |time_ms: i64, kind: &str, text: String, author: &str| TimelineEntry {
        time_ms,
        kind: kind.to_owned(),
        deployment: of.to_owned(),
        text,
        author: author.to_owned(),
        ..TimelineEntry::default()
    };
    // That a rule opens it in the control plane's name goes without saying.
    let (opened, opener) = match incident.rule.as_str() {
        "" => (format!("opened: {}", incident.title), incident.opened_by.as_str()),
        rule => (format!("opened by the rule {rule}: {}", incident.title), ""),
    };
    let mut entries = vec![entry(incident.opened_ms, "incident", opened, opener)];
    if incident.acknowledged_ms != 0 {
        entries.push(entry(incident.acknowledged_ms, "incident", "acknowledged".into(), &incident.acknowledged_by));
    }
    if incident.resolved_ms != 0 {
        entries.push(entry(incident.resolved_ms, "incident", "resolved".into(), &incident.resolved_by));
    } else if incident.gone_since_ms != 0 {
        let gone = "its cause is away; it is resolved when that lasts".to_owned();
        entries.push(entry(incident.gone_since_ms, "incident", gone, ""));
    }
    entries.extend(incident.notes.iter().map(|note| entry(note.time_ms, "note", note.text.clone(), &note.author)));
    let paged = incident.pages.iter().filter(|page| page.time_ms != 0);
    entries.extend(paged.map(|page| entry(page.time_ms, "page", post_mortem::paged_words(page), "")));
    entries
}

#[cfg(test)]
mod tests {
    use super::*;
    use doltops_proto::hosted_api::IncidentNote;

    #[test]
    fn each_of_its_steps_is_an_entry() {
        let mut incident = Incident {
            rule: "health".into(),
            title: "orders is away".into(),
            opened_ms: 1,
            gone_since_ms: 3,
            notes: vec![IncidentNote { time_ms: 2, author: "op1".into(), text: "looking".into() }],
            ..Incident::default()
        };
        let told = |incident: &Incident| {
            entries(incident).iter().map(|it| format!("{} {} {}", it.time_ms, it.kind, it.text)).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&incident),
            [
                "1 incident opened by the rule health: orders is away",
                "3 incident its cause is away; it is resolved when that lasts",
                "2 note looking",
            ]
        );
        incident.resolved_ms = 4;
        assert_eq!(told(&incident)[1], "4 incident resolved");
    }
}
