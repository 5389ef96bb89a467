//! Where the measured values of a batch lie, and how they are spread.
//!
//! Values are put on a scale of the column's own: zero where its median usually is, one for its usual spread, straight near
//! zero and logarithmic far from it. There a tenfold price and a price of a tenth are equally far, and prices, which have
//! long tails, spread about alike on both sides.

use super::{
    finding::{Figure, Kind, QUANTILES, Sign},
    robust::{Sample, distance, median, spread},
};
use crate::checks::figures::{Batch, Measures};

/// The spread that chance gives to each quantile of one row of a normal distribution, in its standard deviations:
/// √(p(1−p)) / density.
const CHANCE: [f64; 5] = [2.11, 1.36, 1.25, 1.36, 2.11];

/// Two quantiles whose distance is looked at; what chance does to its logarithm for one row of a normal distribution, with
/// some room for tails; and what change of it is worth telling, a third or a half. The outer ones see more, the inner ones
/// are surer of few rows.
const WIDTHS: [((usize, usize), f64, f64); 2] = [((0, 4), 1.0, 0.3), ((1, 3), 1.2, 0.5)];

/// What is less than this of the usual spread is nothing that a person would call a change, however certain it is.
const LEAST_SHIFT: f64 = 0.5;

/// Of the steps from batch to batch so many lead upwards where a column counts time, or numbers its rows.
const CLOCK: f64 = 0.9;

/// What is normal for a quartile's distance of a normal distribution.
const QUARTILES: f64 = 1.349;

/// The scale of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    middle: f64,
    unit: f64,
}

impl Scale {
    /// By what came before; none where nothing was measured.
    pub fn of(past: &[Measures]) -> Option<Self> {
        if past.is_empty() {
            return None;
        }
        let of = |figure: fn(&Measures) -> f64| median(&mut past.iter().map(figure).collect::<Vec<_>>());
        let middle = of(|it| it.quantiles[2]);
        let quartiles = of(|it| it.quantiles[3] - it.quantiles[1]) / QUARTILES;
        let deviation = of(|it| it.deviation);
        // Where most values are the same one, the others must do; where all are, any other value is far.
        let unit = [quartiles, deviation, middle.abs() / 100.0, 1.0].into_iter().find(|unit| *unit > 0.0)?;
        Some(Self { middle, unit })
    }

    /// Where a value is on it.
    pub fn place(&self, value: f64) -> f64 {
        ((value - self.middle) / self.unit).asinh()
    }
}

/// Whether the medians of what comes rise all the time.
pub fn is_clock(past: &[Measures]) -> bool {
    let steps = past.windows(2).map(|pair| pair[1].quantiles[2] - pair[0].quantiles[2]);
    let up = steps.clone().filter(|step| *step > 0.0).count();
    #[allow(clippy::cast_precision_loss, reason = "a window of some hundreds")]
    let share = up as f64 / steps.len().max(1) as f64;
    share >= CLOCK
}

/// The figures of a batch that are not as usual.
pub fn signs(now: &Batch, past: &[&Batch], threshold: f64) -> Vec<Sign> {
    let (Some(measures), rows) = (now.measures, measured(now)) else { return Vec::new() };
    let earlier: Vec<(Measures, f64)> =
        past.iter().filter_map(|batch| Some((batch.measures?, measured(batch)))).collect();
    let known: Vec<Measures> = earlier.iter().map(|(measures, _)| *measures).collect();
    let Some(scale) = Scale::of(&known).filter(|_| !is_clock(&known)) else { return Vec::new() };
    let mut signs = Vec::new();
    for (at, figure) in QUANTILES.into_iter().enumerate() {
        let placed: Vec<Sample> = earlier
            .iter()
            .map(|(measures, rows)| Sample { value: scale.place(measures.quantiles[at]), rows: *rows })
            .collect();
        let value = scale.place(measures.quantiles[at]);
        let found = distance(Sample { value, rows }, &placed, CHANCE[at]);
        if found.score.abs() >= threshold && (value - found.usual).abs() >= LEAST_SHIFT {
            let usual = median(&mut known.iter().map(|it| it.quantiles[at]).collect::<Vec<_>>());
            signs.push(sign(Kind::Shifted, figure, measures.quantiles[at], usual, found.score));
        }
    }
    signs.extend(spread_sign(&measures, rows, &earlier, scale, threshold));
    // What a person asks for first, although it decides nothing: one value can move it.
    if !signs.is_empty() {
        let (usual, _) = spread(&known.iter().map(|it| it.mean).collect::<Vec<_>>());
        signs.push(Sign { score: None, ..sign(Kind::Shifted, Figure::Mean, measures.mean, usual, 0.0) });
    }
    signs
}

/// How wide two quantiles are apart, as a logarithm. The standard deviation itself would not do: a single far value, which
/// is no change of the spread, moves it.
fn width(measures: &Measures, (low, high): (usize, usize), scale: Scale) -> f64 {
    (scale.place(measures.quantiles[high]) - scale.place(measures.quantiles[low])).max(0.01).ln()
}

fn spread_sign(now: &Measures, rows: f64, earlier: &[(Measures, f64)], scale: Scale, threshold: f64) -> Option<Sign> {
    let found = WIDTHS.into_iter().find_map(|(ends, chance, least)| {
        let sample = |measures: &Measures, rows| Sample { value: width(measures, ends, scale), rows };
        let past: Vec<Sample> = earlier.iter().map(|(measures, rows)| sample(measures, *rows)).collect();
        let sample = sample(now, rows);
        let found = distance(sample, &past, chance);
        (found.score.abs() >= threshold && (sample.value - found.usual).abs() >= least).then_some(found)
    })?;
    let usual = median(&mut earlier.iter().map(|(it, _)| it.deviation).collect::<Vec<_>>());
    Some(sign(Kind::Spread, Figure::Deviation, now.deviation, usual, found.score))
}

/// How many values were measured.
#[allow(clippy::cast_precision_loss, reason = "a count of rows is far below 2^52")]
pub fn measured(batch: &Batch) -> f64 {
    (batch.values - batch.nulls) as f64
}

fn sign(kind: Kind, figure: Figure, value: f64, usual: f64, score: f64) -> Sign {
    Sign { kind, figure, value, usual, score: Some(score), about: None }
}
