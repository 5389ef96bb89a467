//! Something was changed behind the control plane's back and stays so.

use super::{Finding, Subject, Verdict, seconds};
use crate::model::{Drift, Seen, Severity};

/// What differs from what was written down, for longer than mending it takes.
pub fn look(subject: &Subject<'_>) -> Verdict {
    let row = subject.row;
    if row.observed.instance == Seen::Unknown || row.observed.volume == Seen::Unknown {
        return Verdict::Unclear;
    }
    let (Some(first), Some(since)) = (row.drift.first(), row.drift_since) else { return Verdict::Fine };
    if subject.ago(since) < seconds(subject.settings.drift_seconds.get()) {
        return Verdict::Unclear;
    }
    let is_data = row.drift.iter().any(|drift| drift.what == "volume");
    let severity = if is_data { Severity::Critical } else { Severity::Warning };
    let more = match row.drift.len() {
        1 => String::new(),
        several => format!(", and {} more", several - 1),
    };
    let title = format!(
        "{}: its {} was changed outside Doltops: expected {}, found {}{more}",
        subject.name, first.what, first.expected, first.seen
    );
    let told = |drift: &Drift| format!("{}: {}", drift.what, drift.remedy);
    let all: Vec<String> = row.drift.iter().map(told).collect();
    Verdict::Found(Finding::new(severity, super::short(&title)).describe(all.join("\n")))
}
