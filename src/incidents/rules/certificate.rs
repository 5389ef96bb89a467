//! A certificate that ends, or whose renewal fails.
//!
//! Days are judged against the certificate's own life: one of six days is renewed when two are left, and that is no news.

use super::{Finding, Subject, Verdict, short, words};
use crate::model::{Health, Severity};
use jiff::SignedDuration;

/// With less than this share of its life left a renewal is late, however many days that is: see `reconcile::renewal`,
/// which restarts Dolt for it when a sixth is left.
const LATE: i128 = 8;

/// A renewal that fails is told when this share is left: it is begun at a third, and has been refused for days.
const FAILING: i128 = 4;

/// With less it is bad.
const SOON: SignedDuration = SignedDuration::from_hours(48);

/// How long the database's certificate is still good.
pub fn look(subject: &Subject<'_>) -> Verdict {
    let report = match subject.row.observed.agent.present() {
        Some(report) if subject.row.health != Health::Unreachable => report,
        _ => return Verdict::Unclear,
    };
    let Some(applied) = &report.applied else { return Verdict::Unclear };
    let life = applied.certificate_not_after.duration_since(applied.certificate_not_before);
    let left = applied.certificate_not_after.duration_since(subject.now);
    let share = |share: i128| SignedDuration::from_millis_i128(life.as_millis() / share);
    let name = subject.name;
    if left <= SignedDuration::ZERO {
        let title =
            format!("{name}: its certificate expired {} ago; clients that check it refuse to connect", words(-left));
        return Verdict::Found(Finding::new(Severity::Critical, title));
    }
    let failure = subject.row.observed.ordering.failure.as_ref();
    let why = failure.map(|failure| format!("; its renewal fails: {}", short(&failure.error))).unwrap_or_default();
    let limit = SignedDuration::from_hours(24 * i64::from(subject.settings.certificate_days.get()));
    let is_late = left <= limit && left <= share(LATE);
    if is_late || (failure.is_some() && left <= share(FAILING)) {
        let severity = if left <= SOON && is_late { Severity::Error } else { Severity::Warning };
        let title = format!("{name}: its certificate expires in {}{why}", words(left));
        let told = failure.map(|failure| failure.error.clone()).unwrap_or_default();
        return Verdict::Found(Finding::new(severity, title).describe(told));
    }
    Verdict::Fine
}
