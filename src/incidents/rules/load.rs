//! Processors, memory, connections, latency: the median of the last minutes against a threshold.
//!
//! The median and not the mean: one wild sample says nothing, and half of the time is a load that stays. What lies just
//! below the threshold is told neither way, so that a load at the edge does not flap.

use super::{Finding, Subject, Verdict, minutes};
use crate::model::{Health, InstanceType, Sample, Severity};

/// So much of a threshold is still too near to it to be called fine.
const NEAR: f64 = 0.95;

/// Fewer samples than this tell nothing; an agent takes one in 5 s.
const FEWEST: usize = 6;

/// The connection over which the agent looks whether Dolt answers: it is not among a sample's, and nobody else's.
const AGENT: u32 = 1;

/// Below this there is no traffic whose latency would matter.
const TRAFFIC: f64 = 0.1;

/// All processors of the instance.
pub fn cpu(subject: &Subject<'_>) -> Verdict {
    let Some(kind) = kind(subject) else { return Verdict::Unclear };
    let (span, limit) = (subject.settings.cpu_minutes.get(), subject.settings.cpu_percent.get());
    let share = |sample: &Sample| Some(sample.cpu_percent / f64::from(kind.vcpus.max(1)));
    judge(subject, span, f64::from(limit), share, |value| {
        let processors = if kind.vcpus == 1 { "processor".to_owned() } else { format!("{} processors", kind.vcpus) };
        let title = format!("{} uses {value:.0}% of its {processors} (median of {span} min)", subject.name);
        Finding::new(Severity::Warning, title)
    })
}

/// Of the instance's memory, what Dolt has.
pub fn memory(subject: &Subject<'_>) -> Verdict {
    let Some(kind) = kind(subject) else { return Verdict::Unclear };
    let (span, limit) = (subject.settings.memory_minutes.get(), subject.settings.memory_percent.get());
    let mib = f64::from(kind.memory_mib.max(1));
    #[allow(clippy::cast_precision_loss, reason = "a share needs no more than 52 bits")]
    let share = |sample: &Sample| Some((sample.memory_bytes >> 10) as f64 / 1024.0 / mib * 100.0);
    judge(subject, span, f64::from(limit), share, |value| {
        let title = format!("{} uses {value:.0}% of its {mib} MiB of memory (median of {span} min)", subject.name);
        Finding::new(Severity::Error, title).describe("Its operating system ends it when there is no more.")
    })
}

/// Of the connections that Dolt takes.
pub fn connections(subject: &Subject<'_>) -> Verdict {
    let (span, limit) = (subject.settings.connections_minutes.get(), subject.settings.connections_percent.get());
    let Some(set) = most_connections(subject) else { return Verdict::Unclear };
    let most = set.saturating_sub(AGENT).max(1);
    let share = |sample: &Sample| Some(f64::from(sample.connections) / f64::from(most) * 100.0);
    judge(subject, span, f64::from(limit), share, |value| {
        let open = value * f64::from(most) / 100.0;
        let title = format!("{} has {open:.0} of {most} connections open (median of {span} min)", subject.name);
        let told = format!(
            "Whoever connects when all are open is refused. Of max_connections={set} one is the agent's, which is not counted."
        );
        Finding::new(Severity::Error, title).describe(told)
    })
}

/// The slowest query in a hundred, while there are queries.
pub fn latency(subject: &Subject<'_>) -> Verdict {
    let (span, limit) = (subject.settings.latency_minutes.get(), subject.settings.latency_ms.get());
    let slow = |sample: &Sample| (sample.queries_per_second >= TRAFFIC).then_some(sample.latency_p99_ms);
    judge(subject, span, f64::from(limit), slow, |value| {
        let title =
            format!("{} is slow: 1 query in 100 takes {value:.0} ms or longer (median of {span} min)", subject.name);
        Finding::new(Severity::Warning, title)
    })
}

/// `value` gives a sample's figure; none: it does not count.
fn judge(
    subject: &Subject<'_>,
    span: u32,
    limit: f64,
    value: impl Fn(&Sample) -> Option<f64>,
    finding: impl Fn(f64) -> Finding,
) -> Verdict {
    if subject.row.health == Health::Unreachable {
        return Verdict::Unclear;
    }
    let begins = subject.now.checked_sub(minutes(span)).unwrap_or_default();
    let samples = &subject.row.samples;
    let within = &samples[samples.partition_point(|sample| sample.time < begins)..];
    // Less than most of the span is no middle of it: a host or an instance that has just started.
    let old = within.first().is_some_and(|first| subject.ago(first.time) * 5 >= minutes(span) * 4);
    if within.len() < FEWEST || !old {
        return Verdict::Unclear;
    }
    let counted = within.iter().filter_map(&value).count();
    let high = within.iter().filter_map(&value).filter(|value| *value >= limit * NEAR).count();
    // Idle for most of it, or quiet: nothing to put in order, which is what most of a large fleet costs.
    if counted * 2 < within.len() || high < counted - counted / 2 {
        return Verdict::Fine;
    }
    let mut values: Vec<f64> = within.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    let middle = values[values.len() / 2];
    if middle >= limit {
        Verdict::Found(finding(middle))
    } else if middle >= limit * NEAR {
        Verdict::Unclear
    } else {
        Verdict::Fine
    }
}

/// What its instance is.
fn kind<'a>(subject: &Subject<'a>) -> Option<&'a InstanceType> {
    let is = &subject.row.observed.instance.present()?.instance_type;
    subject.types.iter().find(|kind| kind.name == *is)
}

/// The setting, or else what the instance's type gives.
fn most_connections(subject: &Subject<'_>) -> Option<u32> {
    let desired = subject.row.desired.as_ref()?;
    let set = desired.spec.settings.as_map().get("max_connections").and_then(|text| text.parse().ok());
    set.or_else(|| kind(subject).map(|kind| kind.max_connections))
}
