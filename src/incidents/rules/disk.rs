//! A volume that is full, or will be: how much is used, and how long it lasts at the pace of the last minutes.
//!
//! The pace is the median of the slopes between all pairs of samples (Theil and Sen): a third of the samples may be
//! wild, as when garbage is collected in between, and it is still the pace.

use super::{Finding, Subject, Verdict, words};
use crate::model::{Health, Sample, Severity};
use jiff::SignedDuration;

/// A volume that is as full as this has no room for a commit and its garbage.
const VERY_FULL: f64 = 97.0;

/// Less than this is no pace: an import of some minutes is soon over.
const SHORTEST: SignedDuration = SignedDuration::from_mins(10);

/// As many samples as are compared in pairs: the pairs are 435, whatever the agent sends.
const COMPARED: usize = 30;

/// With less time left it is bad.
const SOON: SignedDuration = SignedDuration::from_hours(1);

/// So far from either threshold it is called fine again.
const NEAR: f64 = 0.95;

/// How full the data volume is, and when it will be.
pub fn full(subject: &Subject<'_>) -> Verdict {
    let report = match subject.row.observed.agent.present() {
        Some(report) if report.disk_total > 0 && subject.row.health != Health::Unreachable => report,
        _ => return Verdict::Unclear,
    };
    #[allow(clippy::cast_precision_loss, reason = "a share of the disk needs no more than 52 bits")]
    let (used, total) = (report.disk_used as f64, report.disk_total as f64);
    let percent = used / total * 100.0;
    let limit = f64::from(subject.settings.disk_percent.get());
    let gib = total / f64::from(1 << 30);
    let name = subject.name;
    if percent >= limit {
        let severity = if percent >= VERY_FULL { Severity::Critical } else { Severity::Error };
        let finding = Finding::new(severity, format!("{name}: its volume of {gib:.1} GiB is {percent:.0}% full"));
        return Verdict::Found(finding.describe(format!("Grow it: doltops resize {name} --volume GIB")));
    }
    let horizon = SignedDuration::from_hours(subject.settings.disk_hours.get().into());
    match left(&subject.row.samples, total - used) {
        Some(left) if left <= horizon => {
            let severity = if left <= SOON { Severity::Error } else { Severity::Warning };
            let left = words(left);
            let title = format!(
                "{name}: its volume of {gib:.1} GiB is full in {left} at this pace; now {percent:.0}% are used"
            );
            Verdict::Found(
                Finding::new(severity, title).describe(format!("Grow it: doltops resize {name} --volume GIB")),
            )
        }
        // Just so is told neither way.
        Some(left) if left <= horizon * 2 => Verdict::Unclear,
        _ if percent >= limit * NEAR => Verdict::Unclear,
        _ => Verdict::Fine,
    }
}

/// How long `free` bytes last at the pace of `samples`; none: they do not grow, or tell too little.
fn left(samples: &[Sample], free: f64) -> Option<SignedDuration> {
    let (first, last) = (samples.first()?, samples.last()?);
    if last.time.duration_since(first.time) < SHORTEST || last.disk_bytes <= first.disk_bytes {
        return None;
    }
    let thinned: Vec<&Sample> = samples.iter().step_by(samples.len().div_ceil(COMPARED)).collect();
    let mut slopes = Vec::new();
    for (index, a) in thinned.iter().enumerate() {
        for b in &thinned[index + 1..] {
            let seconds = b.time.duration_since(a.time).as_secs_f64();
            if seconds > 0.0 {
                #[allow(clippy::cast_precision_loss, reason = "a pace needs no more than 52 bits")]
                slopes.push((b.disk_bytes as f64 - a.disk_bytes as f64) / seconds);
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    let pace = *slopes.get(slopes.len() / 2)?;
    // Ten years and more is no growth, and would not fit.
    (pace > 0.0 && free / pace < 3e8).then(|| SignedDuration::from_secs_f64((free / pace).max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use proptest::prelude::*;

    const MIB: u64 = 1 << 20;

    fn samples(bytes: impl IntoIterator<Item = u64>) -> Vec<Sample> {
        let sample = |(number, disk_bytes): (i64, u64)| Sample {
            time: Timestamp::from_second(number * 5).expect("a time"),
            cpu_percent: 0.0,
            memory_bytes: 0,
            disk_bytes,
            connections: 0,
            queries_per_second: 0.0,
            latency_p50_ms: 0.0,
            latency_p99_ms: 0.0,
        };
        (0..).zip(bytes).map(sample).collect()
    }

    #[test]
    fn a_steady_growth_is_carried_on() {
        // 1 MiB in 5 s, and 720 MiB left: an hour.
        let left = left(&samples((0..180).map(|n| n * MIB)), 720.0 * 1_048_576.0).expect("it grows");
        assert_eq!(left, SignedDuration::from_hours(1));
    }

    #[test]
    fn one_import_or_collected_garbage_is_no_pace() {
        let burst = (0..180).map(|n| if n < 170 { 0 } else { (n - 170) * 1_000 * MIB });
        assert_eq!(left(&samples(burst), 1e9), None);
        assert_eq!(left(&samples((0..180).map(|n| (200 - n) * MIB)), 1e9), None);
        assert_eq!(left(&samples((0..60).map(|n| n * MIB)), 1e9), None, "five minutes are too few");
        assert_eq!(left(&[], 1e9), None);
    }

    proptest! {
        /// A fifth of the samples say anything at all: the pace is still within a fifth of itself.
        #[test]
        fn wild_samples_do_not_move_it(wild in prop::collection::vec((1usize..179, 0u64..1 << 40), 0..20)) {
            let mut bytes: Vec<u64> = (0..180).map(|n| n * MIB).collect();
            for (at, value) in wild {
                bytes[at] = value;
            }
            let left = left(&samples(bytes), 720.0 * 1_048_576.0).expect("it grows").as_secs_f64();
            prop_assert!((left - 3_600.0).abs() < 900.0, "{left}");
        }
    }
}
