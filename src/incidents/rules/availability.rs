//! Does it serve, and if not, is it being mended? Four rules, the cause before what follows from it (and
//! [`super::crash`] between the first two).

use super::{Finding, Subject, Verdict, minutes, seconds, short, words};
use crate::model::{DoltState, Health, InstanceState, Seen, Severity};
use jiff::Timestamp;

/// A step that moves a volume's whole content.
const COPIES: [&str; 2] = ["take-final-copy", "create-volume"];

/// The agent of a running instance says nothing.
pub fn heartbeat(subject: &Subject<'_>) -> Verdict {
    let row = subject.row;
    let instance = match &row.observed.instance {
        Seen::Unknown => return Verdict::Unclear,
        Seen::Present(instance) if instance.state == InstanceState::Running => instance,
        // It cannot speak: what becomes of it is another rule's. That it was silent is neither so nor mended.
        Seen::Present(_) | Seen::Absent => return Verdict::Unclear,
    };
    if row.health != Health::Unreachable {
        let heard = row.observed.word(instance).is_some();
        return if heard { Verdict::Fine } else { Verdict::Unclear };
    }
    // An agent that this host has never heard may have been silent for long: what counts is since when it is known.
    let heard = row.observed.word(instance).map(|report| report.heard);
    let silent = subject.ago(heard.unwrap_or(row.health_since));
    if silent < seconds(subject.settings.heartbeat_seconds.get()) || is_planned(subject) {
        return Verdict::Unclear;
    }
    let title = match heard {
        Some(_) => format!("{} does not answer: its agent has been silent for {}", subject.name, words(silent)),
        None => format!("{} does not answer: its agent has not been heard for {} or more", subject.name, words(silent)),
    };
    Verdict::Found(Finding::new(Severity::Critical, title).describe(format!("Its instance {} runs.", instance.id)))
}

/// The reconciler tries and fails, or may not go on without a person.
pub fn failing(subject: &Subject<'_>) -> Verdict {
    let (row, name) = (subject.row, subject.name);
    let severity = if serves(subject) { Severity::Warning } else { Severity::Critical };
    if row.tries.failures == 0 {
        // Failed without a try: something forbids the next step.
        return match row.health {
            Health::Failed if is_long(subject, row.health_since) => {
                let title = format!("{name} cannot go on without a person: {}", short(&row.why));
                Verdict::Found(Finding::new(severity, title).describe(row.why.clone()))
            }
            Health::Failed => Verdict::Unclear,
            _ => Verdict::Fine,
        };
    }
    let since = row.tries.since.unwrap_or(subject.now);
    if !is_long(subject, since) {
        return Verdict::Unclear;
    }
    let (step, error) = (&row.tries.step, &row.tries.error);
    let times = row.tries.failures;
    let span = words(subject.ago(since));
    let title = format!("{name}: the step {step} has failed {times} times in {span}: {}", short(error));
    Verdict::Found(Finding::new(severity, title).describe(error.clone()))
}

fn is_long(subject: &Subject<'_>, since: Timestamp) -> bool {
    subject.ago(since) >= seconds(subject.settings.failing_seconds.get())
}

/// A database that should serve does not, though its agent may well answer.
pub fn health(subject: &Subject<'_>) -> Verdict {
    let row = subject.row;
    let paused = row.desired.as_ref().is_some_and(|desired| desired.paused);
    match row.health {
        Health::Healthy => Verdict::Fine,
        // It serves; what is wrong with it has a rule of its own.
        Health::Degraded if serves(subject) => Verdict::Fine,
        // Reconciling rests by a person's word, and they switched the instance off.
        Health::Starting if paused => Verdict::Fine,
        Health::Degraded | Health::Starting => {
            let away = subject.ago(row.health_since);
            if away < seconds(subject.settings.health_seconds.get()) || is_planned(subject) {
                return Verdict::Unclear;
            }
            let why = if row.why.is_empty() { String::new() } else { format!(": {}", short(&row.why)) };
            let title = format!("{} has not served for {}{why}", subject.name, words(away));
            Verdict::Found(Finding::new(Severity::Critical, title).describe(row.why.clone()))
        }
        Health::Unreachable | Health::Failed | Health::Stopped => Verdict::Unclear,
    }
}

/// What is being done takes longer than it may.
pub fn stuck(subject: &Subject<'_>) -> Verdict {
    let Some(work) = &subject.row.work else { return Verdict::Fine };
    let settings = subject.settings;
    let copies = COPIES.contains(&work.step);
    let limit = minutes(if copies { settings.copy_minutes.get() } else { settings.step_minutes.get() });
    let (step, whole) = (subject.ago(work.step_since), subject.ago(work.since));
    let name = subject.name;
    let title = if step >= limit {
        format!("{name}: the step {} has run for {}, and should take {} at most", work.step, words(step), words(limit))
    } else if !copies && whole >= minutes(settings.operation_minutes.get()) {
        format!("{name}: a change is not done after {}; it is at the step {}", words(whole), work.step)
    } else {
        // As long as it is under way it may still take too long; what is open stays so until it is done.
        return Verdict::Unclear;
    };
    let severity = if serves(subject) { Severity::Warning } else { Severity::Error };
    let asked = if work.asked { "Somebody asked for it." } else { "It mends what broke by itself." };
    Verdict::Found(Finding::new(severity, title).describe(asked))
}

/// Whether its Dolt answers, by an agent that does.
fn serves(subject: &Subject<'_>) -> bool {
    let up = subject.row.observed.agent.present().is_some_and(|report| report.dolt == DoltState::Up);
    up && subject.row.health != Health::Unreachable
}

/// Somebody asked for what is being done, and it has not taken too long yet.
fn is_planned(subject: &Subject<'_>) -> bool {
    let asked = subject.row.work.as_ref().is_some_and(|work| work.asked);
    asked && !matches!(stuck(subject), Verdict::Found(_))
}
