//! A crash loop: it serves between two ends, each time too short for a rule that asks how long it has not served.

use super::{Finding, Subject, Verdict, minutes, short, words};
use crate::model::{DoltState, Health, Severity};
use jiff::{SignedDuration, Timestamp};

/// It is over when it has run for so many times the longest pause between its last ends. The agent's own wait doubles
/// from one start to the next, so that up to twice as long is only the next turn.
const QUIET: i32 = 3;

/// And for no less than this: ends within one heartbeat are seen as one moment.
const SHORTEST_QUIET: SignedDuration = SignedDuration::from_secs(10);

/// Dolt, or its instance, ends again and again.
pub fn looping(subject: &Subject<'_>) -> Verdict {
    let row = subject.row;
    // Nobody tells whether it goes on.
    if row.health == Health::Unreachable {
        return Verdict::Unclear;
    }
    let span = minutes(subject.settings.crash_minutes.get());
    let Some(last) = row.crashes.times.last() else {
        let counted = row.crashes.since.is_some_and(|since| subject.ago(since) >= span);
        return if counted { Verdict::Fine } else { Verdict::Unclear };
    };
    let quiet = subject.ago(*last);
    let Some(turns) = turns(subject, span) else {
        // Too few to be a loop; one that is open has not ended either.
        return if quiet < span { Verdict::Unclear } else { Verdict::Fine };
    };
    let pauses = turns.windows(2).map(|two| two[1].duration_since(two[0]));
    let longest = pauses.max().unwrap_or_default();
    if quiet >= (longest * QUIET).max(SHORTEST_QUIET) {
        return Verdict::Fine;
    }
    Verdict::Found(finding(subject, turns))
}

/// The last ends, as many as make a loop, if they are within the span.
fn turns<'a>(subject: &Subject<'a>, span: SignedDuration) -> Option<&'a [Timestamp]> {
    let times = &subject.row.crashes.times;
    let enough = usize::try_from(subject.settings.crash_times.get()).unwrap_or(usize::MAX);
    let turns = times.get(times.len().checked_sub(enough)?..)?;
    let (first, last) = (turns.first()?, turns.last()?);
    (last.duration_since(*first) <= span).then_some(turns)
}

fn finding(subject: &Subject<'_>, turns: &[Timestamp]) -> Finding {
    let since = turns.first().map_or(SignedDuration::ZERO, |first| subject.ago(*first));
    let report = subject.row.observed.agent.present();
    let error = report.map(|report| report.last_error.as_str()).filter(|error| !error.is_empty());
    let why = error.map(|error| format!(": {}", short(error))).unwrap_or_default();
    let title = format!("{} crashes again and again: {} times in {}{why}", subject.name, turns.len(), words(since));
    let serves = report.is_some_and(|report| report.dolt == DoltState::Up);
    let told = if serves {
        "It serves just now; its clients lose their connections each time."
    } else {
        "Each start ended soon. What it was started with last is the first thing to look at."
    };
    Finding::new(Severity::Critical, title).describe(told)
}
