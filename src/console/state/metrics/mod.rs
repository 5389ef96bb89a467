//! Metrics of one deployment, or of several over one another: which are shown, over which time, and where the crosshair
//! is.
//!
//! Guarantees: the crosshair is within the window; the window is within the range; the chart that is chosen is shown.

pub mod moments;
pub mod range;
pub mod store;

use self::{
    moments::Moments,
    range::{Range, Window},
    store::Store,
};
use crate::console::state::Ticket;
use std::cell::Cell;

/// How many deployments are drawn over one another: as many as there are signs to tell them apart.
pub const MOST: usize = 6;

/// What can be drawn, in the order of its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each says what it is")]
pub enum Chart {
    Cpu,
    Queries,
    Latency,
    Memory,
    Connections,
    Disk,
    HostCpu,
    HostMemory,
    HostDisk,
}

/// All of them.
pub const CHARTS: [Chart; 9] = [
    Chart::Cpu,
    Chart::Queries,
    Chart::Latency,
    Chart::Memory,
    Chart::Connections,
    Chart::Disk,
    Chart::HostCpu,
    Chart::HostMemory,
    Chart::HostDisk,
];

impl Chart {
    /// Whether it is of the machine and not of Dolt.
    pub fn is_host(self) -> bool {
        matches!(self, Chart::HostCpu | Chart::HostMemory | Chart::HostDisk)
    }

    /// The number of its key.
    pub fn number(self) -> usize {
        CHARTS.iter().position(|chart| *chart == self).map_or(0, |at| at + 1)
    }
}

/// The screen.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Whose; the first is the one that it was opened for.
    pub names: Vec<String>,
    /// How far back.
    pub range: Range,
    zoom: Option<Window>,
    cross: Option<i64>,
    /// Charts that are not wanted.
    hidden: Vec<Chart>,
    chosen: Chart,
    /// The chosen one alone fills the screen.
    pub full: bool,
    /// What was measured.
    pub store: Store,
    /// What happened meanwhile.
    pub moments: Moments,
    /// How many columns a chart had when it was last drawn: one step of the crosshair.
    pub columns: Cell<u16>,
}

impl Metrics {
    /// Of one deployment.
    pub fn of(name: String) -> Self {
        Self {
            names: vec![name],
            range: Range::default(),
            zoom: None,
            cross: None,
            hidden: Vec::new(),
            chosen: Chart::Cpu,
            full: false,
            store: Store::default(),
            moments: Moments::default(),
            columns: Cell::new(80),
        }
    }

    /// The deployment that it was opened for.
    pub fn name(&self) -> &str {
        self.names.first().map_or("", String::as_str)
    }

    /// What is in view at `now` (by the control plane's clock).
    pub fn window(&self, now: i64) -> Window {
        self.zoom.unwrap_or_else(|| self.range.window(now))
    }

    /// Whether only a part of the range is in view.
    pub fn is_zoomed(&self) -> bool {
        self.zoom.is_some()
    }

    /// The range whose values are drawn: the finest that reaches back to what is in view.
    pub fn needed(&self, now: i64) -> Range {
        match self.zoom {
            None => self.range,
            Some(window) => Range::reaching(now - window.from),
        }
    }

    /// Where the crosshair is.
    pub fn cross(&self) -> Option<i64> {
        self.cross
    }

    /// Whether a source has given values of the machine.
    pub fn has_host(&self, now: i64) -> bool {
        let range = self.needed(now);
        self.names.iter().any(|name| self.store.best(name, range).is_some_and(|answer| !answer.host.is_empty()))
    }

    /// The charts that are shown, at least one.
    pub fn charts(&self, now: i64) -> Vec<Chart> {
        let host = self.has_host(now);
        let there = |chart: &Chart| host || !chart.is_host();
        let shown: Vec<Chart> = CHARTS.into_iter().filter(there).filter(|chart| !self.hidden.contains(chart)).collect();
        if shown.is_empty() { vec![Chart::Cpu] } else { shown }
    }

    /// The chart that is chosen.
    pub fn chosen(&self, now: i64) -> Chart {
        let charts = self.charts(now);
        if charts.contains(&self.chosen) { self.chosen } else { charts.first().copied().unwrap_or(Chart::Cpu) }
    }

    /// Chooses the next chart, or the one before.
    pub fn choose(&mut self, forward: bool, now: i64) {
        let charts = self.charts(now);
        let at = charts.iter().position(|chart| *chart == self.chosen(now)).unwrap_or(0);
        let to = if forward { at + 1 } else { at + charts.len() - 1 };
        self.chosen = charts.get(to % charts.len()).copied().unwrap_or(Chart::Cpu);
    }

    /// Shows a chart, or hides it; the last one stays.
    pub fn toggle(&mut self, chart: Chart, now: i64) {
        if let Some(at) = self.hidden.iter().position(|hidden| *hidden == chart) {
            self.hidden.remove(at);
        } else if self.charts(now).len() > 1 {
            self.hidden.push(chart);
        }
    }

    /// Another range; what was zoomed into is left.
    pub fn set_range(&mut self, range: Range, now: i64) {
        (self.range, self.zoom) = (range, None);
        let window = self.window(now);
        self.cross = self.cross.filter(|cross| window.between().contains(cross));
    }

    /// Moves the crosshair by so many columns; it comes from the newest side.
    pub fn step(&mut self, columns: i64, now: i64) {
        let window = self.window(now);
        let step = (window.ms() / i64::from(self.columns.get().max(1))).max(1);
        let from = self.cross.unwrap_or(window.to);
        self.put(from.saturating_add(columns.saturating_mul(step)), now);
    }

    /// Puts the crosshair at a time; a window that is a part of the range goes with it.
    pub fn put(&mut self, time: i64, now: i64) {
        let all = self.range.window(now);
        let time = time.clamp(all.from, all.to - 1);
        self.zoom = self.zoom.map(|zoom| zoom.holding(time));
        self.cross = Some(time);
    }

    /// Puts the crosshair on the next moment, or the one before; false where there is none.
    pub fn go_to_moment(&mut self, forward: bool, now: i64) -> bool {
        let found = self.moment(forward, now);
        if let Some(time) = found {
            self.put(time, now);
        }
        found.is_some()
    }

    /// The next moment in the range, or the one before.
    pub fn moment(&self, forward: bool, now: i64) -> Option<i64> {
        let all = self.range.window(now);
        let here = self.cross.unwrap_or(all.to);
        let mut times = self.moments.within(&self.names, all).into_iter().map(|moment| moment.time);
        if forward { times.find(|time| *time > here) } else { times.rfind(|time| *time < here) }
    }

    /// Half of what is in view, around the crosshair; without one, around the middle.
    pub fn zoom_in(&mut self, now: i64) {
        let window = self.window(now);
        let at = self.cross.unwrap_or(window.from + window.ms() / 2);
        self.zoom = Some(window.zoomed(at)).filter(|zoomed| *zoomed != window).or(self.zoom);
        self.put(at, now);
    }

    /// Twice of what is in view, up to the range.
    pub fn zoom_out(&mut self, now: i64) {
        let all = self.range.window(now);
        let at = |zoom: Window| self.cross.unwrap_or(zoom.from + zoom.ms() / 2);
        self.zoom = self.zoom.and_then(|zoom| zoom.widened(at(zoom), all));
    }

    /// One step back: from one chart to all, from a part to the range, from the crosshair to none; false where all of
    /// that is so already.
    pub fn back(&mut self) -> bool {
        if self.full {
            self.full = false;
        } else if self.zoom.is_some() {
            self.zoom = None;
        } else if self.cross.is_some() {
            self.cross = None;
        } else {
            return false;
        }
        true
    }

    /// What is under way.
    pub fn tickets(&self) -> Vec<Ticket> {
        self.store.tickets().chain(self.moments.tickets()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: i64 = 1_795_442_400_000;

    proptest! {
        /// Whatever is pressed: the crosshair is in view, and what is in view is in the range.
        #[test]
        fn the_crosshair_is_in_view(keys in prop::collection::vec((0_u8..9, -40_i64..40), 1..60)) {
            let mut metrics = Metrics::of("a".into());
            let mut now = NOW;
            for (key, by) in keys {
                match key {
                    0 => metrics.step(by, now),
                    1 => metrics.zoom_in(now),
                    2 => metrics.zoom_out(now),
                    3 => metrics.set_range(metrics.range.next(), now),
                    4 => metrics.toggle(CHARTS[by.unsigned_abs() as usize % 9], now),
                    5 => metrics.choose(by > 0, now),
                    6 => metrics.put(now - by * 100_000, now),
                    7 => drop(metrics.back()),
                    // Time goes on; the crosshair stays where it was put until one moves it.
                    _ => { now += 1_000; metrics.step(0, now); }
                }
                let window = metrics.window(now);
                prop_assert!(metrics.cross().is_none_or(|cross| (window.from..=window.to).contains(&cross)), "{window:?}");
                prop_assert!(window.ms() <= metrics.range.ms());
                prop_assert!(metrics.charts(now).contains(&metrics.chosen(now)));
            }
        }
    }
}
