//! Curves that moved: what was measured before and after, in one line each.
//!
//! Only what a person would see in a chart is told: a curve that lies flat says nothing at three in the morning.

use super::{Window, in_time, missing};
use crate::hosted_api::{convert, post_mortem, problem::Problem, server::Server};
use doltops_proto::hosted_api::{HostSample, MetricsRequest, Sample, TimelineEntry};
use jiff::SignedDuration;

/// How much before its beginning a movement may be what led to it, and how much after what came of it.
const BEFORE: SignedDuration = SignedDuration::from_mins(15);
const AFTER: SignedDuration = SignedDuration::from_mins(5);

/// One curve: what it is, when it counts as moved, and how it is written.
struct Curve {
    name: &'static str,
    /// At least so much further apart, in its unit.
    least: f64,
    /// And at least so many times as much; below it a large number only wobbles.
    times: f64,
    /// A fall tells as much as a rise.
    falls: bool,
    show: fn(f64) -> String,
}

impl Curve {
    const fn rising(name: &'static str, least: f64, times: f64, show: fn(f64) -> String) -> Self {
        Self { name, least, times, falls: false, show }
    }

    const fn both(name: &'static str, least: f64, times: f64, show: fn(f64) -> String) -> Self {
        Self { name, least, times, falls: true, show }
    }
}

const CPU: Curve = Curve::rising("cpu", 30.0, 1.3, percent);
const MEMORY: Curve = Curve::both("memory", 15.0, 1.15, percent);
/// Where the size of the machine is not known.
const MEMORY_BYTES: Curve = Curve::both("memory", 134_217_728.0, 1.3, bytes);
const DISK: Curve = Curve::rising("disk", 1_073_741_824.0, 1.05, bytes);
const DISK_PERCENT: Curve = Curve::rising("disk", 5.0, 1.05, percent);
const CONNECTIONS: Curve = Curve::both("connections", 10.0, 2.0, whole);
const QUERIES: Curve = Curve::both("queries a second", 10.0, 3.0, whole);
const LATENCY: Curve = Curve::rising("latency p99", 50.0, 3.0, millis);

fn percent(value: f64) -> String {
    format!("{value:.0}%")
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

fn millis(value: f64) -> String {
    format!("{value:.0} ms")
}

fn bytes(value: f64) -> String {
    const GIB: f64 = 1_073_741_824.0;
    if value >= GIB { format!("{:.1} GiB", value / GIB) } else { format!("{:.0} MiB", value / 1_048_576.0) }
}

impl Server {
    pub(super) async fn curves_around(&self, name: &str, window: Window) -> Vec<TimelineEntry> {
        let from = convert::ms(window.from);
        let request = MetricsRequest { name: name.to_owned(), since_ms: from, ..MetricsRequest::default() };
        let (samples, host) = match in_time(self.read_metrics(request, None)).await {
            Ok(answer) => (answer.samples, answer.host),
            // Its last heartbeats are still known when it does not answer.
            Err(why) => match self.heard(name) {
                Ok(heard) if !heard.is_empty() => (heard, Vec::new()),
                _ => {
                    let why = format!("what was measured of {name} cannot be read: {why}");
                    return vec![missing("metric", name, window.opened, why)];
                }
            },
        };
        tell(&samples, &host, self.memory_of(name), name, window)
    }

    fn heard(&self, name: &str) -> Result<Vec<Sample>, Problem> {
        Ok(self.row(name)?.samples.iter().map(convert::sample).collect())
    }

    /// The memory of its machine in bytes, where that is known.
    fn memory_of(&self, name: &str) -> Option<u64> {
        let row = self.row(name).ok()?;
        let its = &row.observed.instance.present()?.instance_type;
        let offered = self.manager.executor.cloud.types().iter().find(|offered| offered.name == *its)?;
        Some(u64::from(offered.memory_mib) << 20)
    }
}

type Points = Vec<(i64, f64)>;

fn tell(
    samples: &[Sample],
    host: &[HostSample],
    memory: Option<u64>,
    name: &str,
    window: Window,
) -> Vec<TimelineEntry> {
    let of = |value: &dyn Fn(&Sample) -> f64| -> Points { samples.iter().map(|s| (s.time_ms, value(s))).collect() };
    let of_host =
        |value: &dyn Fn(&HostSample) -> f64| -> Points { host.iter().map(|s| (s.time_ms, value(s))).collect() };
    #[allow(clippy::cast_precision_loss, reason = "three figures are shown")]
    let (bytes, disk) = (of(&|s| s.memory_bytes as f64), of(&|s| s.disk_bytes as f64));
    #[allow(clippy::cast_precision_loss, reason = "a percentage")]
    let share = |all: u64| bytes.iter().map(|(time, used)| (*time, used * 100.0 / all.max(1) as f64)).collect();
    let mut curves = vec![(CPU, if host.is_empty() { of(&|s| s.cpu_percent) } else { of_host(&|s| s.cpu_percent) })];
    curves.push(match memory {
        _ if !host.is_empty() => (MEMORY, of_host(&|s| s.memory_percent)),
        Some(all) => (MEMORY, share(all)),
        None => (MEMORY_BYTES, bytes.clone()),
    });
    curves.push(if host.is_empty() { (DISK, disk) } else { (DISK_PERCENT, of_host(&|s| s.disk_percent)) });
    curves.push((CONNECTIONS, of(&|s| f64::from(s.connections))));
    curves.push((QUERIES, of(&|s| s.queries_per_second)));
    curves.push((LATENCY, of(&|s| s.latency_p99_ms)));
    curves.into_iter().filter_map(|(curve, points)| moved(&curve, &points, name, window)).collect()
}

/// The greatest movement around its beginning, where it is one to tell of.
fn moved(curve: &Curve, points: &[(i64, f64)], name: &str, window: Window) -> Option<TimelineEntry> {
    let at = |by: SignedDuration| convert::ms(window.opened.checked_add(by).unwrap_or(window.opened));
    let (from, until) = (at(-BEFORE), at(AFTER));
    let near: Points =
        points.iter().copied().filter(|(time, value)| (from..=until).contains(time) && value.is_finite()).collect();
    let (start, end) = greatest(&near, curve.falls)?;
    let (less, more) = if start.1 < end.1 { (start.1, end.1) } else { (end.1, start.1) };
    if more - less < curve.least || more < less * curve.times {
        return None;
    }
    Some(TimelineEntry {
        time_ms: end.0,
        kind: "metric".to_owned(),
        deployment: name.to_owned(),
        text: format!(
            "{} {} → {} in {}",
            curve.name,
            (curve.show)(start.1),
            (curve.show)(end.1),
            span(end.0 - start.0)
        ),
        metric: curve.name.to_owned(),
        values: thinned(&near, from, until),
        ..TimelineEntry::default()
    })
}

/// The two points, one before the other, that lie furthest apart: upwards, or either way.
fn greatest(points: &[(i64, f64)], falls: bool) -> Option<((i64, f64), (i64, f64))> {
    let first = *points.first()?;
    let (mut low, mut high) = (first, first);
    let (mut rise, mut fall) = ((first, first), (first, first));
    for point in points {
        // The last of equal ones: a movement is as short as it was.
        if point.1 <= low.1 {
            low = *point;
        }
        if point.1 >= high.1 {
            high = *point;
        }
        if point.1 - low.1 > rise.1.1 - rise.0.1 {
            rise = (low, *point);
        }
        if high.1 - point.1 > fall.0.1 - fall.1.1 {
            fall = (high, *point);
        }
    }
    let fell_further = fall.0.1 - fall.1.1 > rise.1.1 - rise.0.1;
    Some(if falls && fell_further { fall } else { rise })
}

/// As many as are sent, the highest of those that share a part of the time from `from` to `until`: what was is told alike
/// at each look, however many points have come since.
fn thinned(points: &[(i64, f64)], from: i64, until: i64) -> Vec<f64> {
    let part = ((until - from) / i64::try_from(post_mortem::POINTS).unwrap_or(1) + 1).max(1);
    let same = |a: &(i64, f64), b: &(i64, f64)| (a.0 - from).div_euclid(part) == (b.0 - from).div_euclid(part);
    points.chunk_by(same).map(|chunk| chunk.iter().map(|point| point.1).fold(0.0, f64::max)).collect()
}

fn span(ms: i64) -> String {
    match ms.max(0) / 1_000 {
        seconds if seconds < 60 => format!("{seconds} s"),
        seconds => format!("{} min", (seconds + 30) / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn window() -> Window {
        let at = |second| Timestamp::from_second(second).expect("a time");
        Window { from: at(0), opened: at(3_600), until: at(4_000) }
    }

    /// One a minute; the last is at its beginning.
    fn points(values: &[f64]) -> Points {
        let begin = 60 - values.len() + 1;
        (begin..).zip(values).map(|(minute, value)| (i64::try_from(minute).expect("small") * 60_000, *value)).collect()
    }

    fn told(curve: &Curve, values: &[f64]) -> Option<String> {
        moved(curve, &points(values), "orders", window()).map(|entry| entry.text)
    }

    #[test]
    fn a_movement_is_told_with_how_long_it_took() {
        let rising = [70.0, 71.0, 71.0, 76.0, 81.0, 87.0, 92.0, 98.0];
        assert_eq!(told(&MEMORY, &rising).as_deref(), Some("memory 70% → 98% in 7 min"));
        assert_eq!(told(&CONNECTIONS, &[40.0, 40.0, 0.0]).as_deref(), Some("connections 40 → 0 in 1 min"));
        assert_eq!(told(&LATENCY, &[8.0, 9.0, 900.0]).as_deref(), Some("latency p99 8 ms → 900 ms in 2 min"));
    }

    #[test]
    fn what_lies_flat_or_only_wobbles_is_not_told() {
        assert_eq!(told(&MEMORY, &[70.0, 72.0, 69.0, 71.0]), None);
        assert_eq!(told(&CONNECTIONS, &[1.0, 3.0, 1.0]), None);
        assert_eq!(told(&CPU, &[90.0, 20.0]), None, "a processor that rests is no news");
        assert_eq!(told(&LATENCY, &[]), None);
    }

    #[test]
    fn what_was_is_told_alike_at_each_look() {
        let all: Points = (0..240).map(|at| (2_700_000 + at * 5_000, if at % 11 == 0 { 90.0 } else { 9.0 })).collect();
        let (from, until) = (2_700_000, 3_900_000);
        let whole = thinned(&all, from, until);
        assert!(whole.len() <= post_mortem::POINTS && whole.len() > post_mortem::POINTS / 2, "{}", whole.len());
        for known in 1..all.len() {
            let told = thinned(&all[..known], from, until);
            let past = told.len() - 1;
            assert_eq!(told[..past], whole[..past], "{known}");
        }
    }

    #[test]
    fn only_what_is_near_its_beginning_counts() {
        let early = [(0, 1.0), (60_000, 500.0), (3_500_000, 2.0), (3_600_000, 2.0)];
        assert!(moved(&LATENCY, &early, "orders", window()).is_none());
    }

    #[test]
    fn memory_is_told_in_parts_of_the_machine_where_that_is_known() {
        let sample =
            |minute: i64, mib: u64| Sample { time_ms: minute * 60_000, memory_bytes: mib << 20, ..Sample::default() };
        let samples = [sample(55, 200), sample(58, 300), sample(60, 500)];
        let text =
            |memory| tell(&samples, &[], memory, "orders", window()).into_iter().map(|it| it.text).collect::<Vec<_>>();
        assert_eq!(text(Some(512 << 20)), ["memory 39% → 98% in 5 min"]);
        assert_eq!(text(None), ["memory 200 MiB → 500 MiB in 5 min"]);
    }
}
