//! The fleet as it was told, in what the console keeps of it.
//!
//! Guarantees
//! - A row keeps its newest sample whole; of the others there is what its pictures are drawn from, in a third of the room.
//! - It is put together where it is received, part by part: neither the drawing task does it, nor is there ever more than
//!   one part as it was sent.
//!
//! Why: 60 samples are nine tenths of a row. See `docs/performance.md` for what it comes to.

use doltops_proto::hosted_api::{Deployment, Sample, WatchResponse};
use std::collections::BTreeMap;

/// The fleet.
#[derive(Clone, Debug, Default)]
pub struct Told {
    /// The deployments.
    pub rows: Rows,
    /// Main's head.
    pub commit: String,
    /// The store: `up`, or what is wrong.
    pub store: String,
    /// Who acts while the daemon that tells it stands by; empty: that one.
    pub acts: String,
    /// When that was, by the control plane's clock; 0 where it was not said.
    pub as_of: i64,
}

impl Told {
    /// A part of it has come.
    pub fn add(&mut self, part: WatchResponse) {
        self.rows.add(part.deployments);
        (self.commit, self.store, self.acts, self.as_of) = (part.commit, part.store, part.acts, part.as_of_ms);
    }
}

impl From<WatchResponse> for Told {
    fn from(whole: WatchResponse) -> Self {
        let mut told = Told::default();
        told.add(whole);
        told
    }
}

/// Deployments, and what their pictures are drawn from.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Each with its newest sample.
    pub deployments: Vec<Deployment>,
    /// By name; none where there is at most one sample.
    traces: BTreeMap<String, Trace>,
}

impl Rows {
    fn add(&mut self, deployments: Vec<Deployment>) {
        self.deployments.reserve(deployments.len());
        for mut row in deployments {
            if row.samples.len() > 1 {
                self.traces.insert(row.name.clone(), Trace::of(&row.samples));
                // Into a place of its own: what they stood in goes.
                row.samples = row.samples.split_off(row.samples.len() - 1);
            }
            self.deployments.push(row);
        }
    }

    /// The samples of a row, oldest first.
    pub fn samples(&self, row: &Deployment) -> Vec<Sample> {
        match self.traces.get(&row.name) {
            Some(trace) => trace.samples().collect(),
            None => row.samples.clone(),
        }
    }
}

impl From<Vec<Deployment>> for Rows {
    fn from(deployments: Vec<Deployment>) -> Self {
        let mut rows = Rows::default();
        rows.add(deployments);
        rows
    }
}

/// The samples of a quarter of an hour, as far as pictures show them: to seven digits.
#[derive(Clone, Debug)]
struct Trace {
    from: i64,
    points: Box<[Point]>,
}

#[derive(Clone, Debug)]
struct Point {
    /// Milliseconds after the first.
    after: u32,
    cpu: f32,
    queries: f32,
    p50: f32,
    p99: f32,
}

impl Trace {
    #[allow(clippy::cast_possible_truncation, reason = "what is drawn has far fewer digits")]
    fn of(samples: &[Sample]) -> Self {
        let from = samples.iter().map(|sample| sample.time_ms).min().unwrap_or_default();
        let point = |sample: &Sample| Point {
            after: u32::try_from(sample.time_ms - from).unwrap_or(u32::MAX),
            cpu: sample.cpu_percent as f32,
            queries: sample.queries_per_second as f32,
            p50: sample.latency_p50_ms as f32,
            p99: sample.latency_p99_ms as f32,
        };
        Self { from, points: samples.iter().map(point).collect() }
    }

    fn samples(&self) -> impl Iterator<Item = Sample> {
        self.points.iter().map(|point| Sample {
            time_ms: self.from + i64::from(point.after),
            cpu_percent: f64::from(point.cpu),
            queries_per_second: f64::from(point.queries),
            latency_p50_ms: f64::from(point.p50),
            latency_p99_ms: f64::from(point.p99),
            ..Sample::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, samples: i64) -> Deployment {
        let sample = |minute: i64| Sample {
            time_ms: 1_795_442_400_000 + minute * 60_000,
            cpu_percent: 12.5,
            memory_bytes: 300 << 20,
            disk_bytes: 1 << 30,
            connections: 7,
            queries_per_second: 905.25,
            latency_p50_ms: 1.5,
            latency_p99_ms: 8.25,
        };
        Deployment { name: name.into(), samples: (0..samples).map(sample).collect(), ..Deployment::default() }
    }

    #[test]
    fn pictures_have_all_that_they_show_and_the_newest_sample_is_whole() {
        for samples in [0, 1, 2, 60] {
            let sent = row("orders", samples);
            let rows = Rows::from(vec![sent.clone()]);
            let kept = &rows.deployments[0];
            assert_eq!(kept.samples.last(), sent.samples.last());
            let shown =
                |it: &Sample| (it.time_ms, it.cpu_percent, it.queries_per_second, it.latency_p50_ms, it.latency_p99_ms);
            let of = |samples: &[Sample]| samples.iter().map(shown).collect::<Vec<_>>();
            assert_eq!(of(&rows.samples(kept)), of(&sent.samples));
        }
    }

    #[test]
    fn parts_make_a_whole() {
        let part = |name: &str, more| WatchResponse {
            deployments: vec![row(name, 3)],
            commit: "8u6nmkpu".into(),
            store: "up".into(),
            as_of_ms: 5,
            more,
            ..WatchResponse::default()
        };
        let mut told = Told::default();
        told.add(part("billing", true));
        told.add(part("orders", false));
        let names: Vec<&str> = told.rows.deployments.iter().map(|row| row.name.as_str()).collect();
        assert_eq!((names, told.commit.as_str(), told.store.as_str()), (vec!["billing", "orders"], "8u6nmkpu", "up"));
        assert!(told.rows.deployments.iter().all(|row| told.rows.samples(row).len() == 3));
    }
}
