//! What stands in the cells of the fleet's table.

use crate::{
    console::{
        action::crashes,
        state::{
            Link,
            columns::{
                Column::{
                    self, Address, Certificate, Change, Connections, Cost, Cpu, Disk, Doing, Generation, Health, Id,
                    Incident, Instance, Latency, Name, Queries, Restarts, Seen, Since, State, Type, Uptime, Version,
                    Volume, Zone,
                },
                state,
            },
            fleet::disk,
        },
        text,
        theme::Meaning,
        view::{
            View,
            grid::Cell,
            parts,
            spark::{self, Full},
        },
    },
    hosted_api::as_of,
};
use doltops_proto::hosted_api::{Deployment, Desired, Observed, Sample};
use ratatui::text::Span;
use std::sync::LazyLock;

/// What the samples of a picture span: 15 minutes.
const QUARTER: i64 = 15 * 60_000;
/// A bar of queries: an idle database answers its own agent and little else, about one a second, which is no load.
const BUSY: Full = Full::Above(10.0);
/// The sign of a row that is marked.
pub const MARKED: &str = "✓";
/// The signs of a deployment that nothing deletes, and of one that the reconciler leaves alone.
const PROTECTED: &str = "◆";
const PAUSED: &str = "‖";
/// The signs of something that was changed behind the control plane's back, and of a type that stands in for another.
const DRIFT: &str = "≠";
const STANDS_IN: &str = "≈";
/// The sign of a database that ended unasked and was started again.
const RESTARTED: &str = "↻";

/// In place of what was not seen, or not told: a cell copies neither, as there are hundreds in a frame.
static UNSEEN: LazyLock<Observed> = LazyLock::new(Observed::default);
static UNTOLD: LazyLock<Desired> = LazyLock::new(Desired::default);

/// The room for what is written differently where there is less of it.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Bars of a picture.
    pub bars: usize,
    /// Columns of DOING.
    pub doing: usize,
}

/// One cell of a row.
pub fn cell(column: Column, row: &Deployment, Room { bars, doing: room }: Room, view: View) -> Cell {
    let (seen, desired) = (row.observed.as_ref().unwrap_or(&UNSEEN), row.desired.as_ref().unwrap_or(&UNTOLD));
    let plain = |text: String| cell_of(view, Meaning::Text, text);
    match column {
        Name => name(row, view),
        Health if stale(view) => {
            cell_of(view, Meaning::Stale, format!("{} {}?", parts::health(&row.health).0, row.health))
        }
        Health => parts::health_span(view, row),
        // What stands in stays until a person changes it: no change is on its way.
        Type if !seen.stands_in.is_empty() => {
            cell_of(view, Meaning::Warning, format!("{STANDS_IN}{}", seen.instance_type))
        }
        Type => plain(differs(&desired.instance_type, &seen.instance_type)),
        Volume => plain(differs(&gib(desired.volume_gib), &gib(seen.volume_gib))),
        Version => plain(dash(&seen.dolt_version)),
        Cpu => {
            measured(view, row, (Full::At(100.0), bars), |sample| sample.cpu_percent, |value| format!("{value:.0}%"))
        }
        Queries => measured(view, row, (BUSY, bars), |sample| sample.queries_per_second, text::count),
        Disk => full(view, disk(row)),
        Certificate => certificate(view, seen),
        Seen => plain(text::age(view.now(), row.seen_ms)),
        Doing => doing(view, row, desired, room),
        State => plain(state(row)),
        Zone => plain(dash(&seen.zone)),
        Instance => plain(dash(&seen.instance_id)),
        Address if seen.port == 0 => plain(dash("")),
        Address => plain(format!("{}:{}", seen.address, seen.port)),
        Uptime if row.health == "stopped" => plain(dash("")),
        Uptime => plain(text::age(view.now(), seen.dolt_since_ms)),
        Since => plain(text::age(view.now(), row.health_since_ms)),
        Generation => plain(row.generation.to_string()),
        Change => plain(dash(text::short(&row.commit))),
        Connections => plain(last(row, |sample| sample.connections.to_string())),
        Latency => plain(last(row, |sample| format!("{:.1}", sample.latency_p99_ms))),
        Restarts => plain(seen.dolt_restarts.to_string()),
        Id => plain(row.id.clone()),
        Incident => view.state.incidents.of(&row.name).map_or_else(
            || cell_of(view, Meaning::Muted, dash("")),
            |worst| {
                let (sign, meaning) = crate::console::view::incidents::severity(&worst.severity);
                cell_of(view, meaning, format!("{sign} {}", worst.title))
            },
        ),
        Cost => plain(row.month_cost.map_or_else(|| dash(""), |cost| format!("{cost:.2} {}", row.currency))),
    }
}

/// With room for the mark where any row has one.
fn name(row: &Deployment, view: View) -> Cell {
    let marks = view.state.fleet.marks();
    if marks.is_empty() {
        return cell_of(view, Meaning::Title, row.name.clone());
    }
    let marked = marks.has(row);
    let sign = if marked { MARKED } else { " " };
    cell_of(view, if marked { Meaning::Key } else { Meaning::Title }, format!("{sign} {}", row.name))
}

fn cell_of(view: View, meaning: Meaning, text: String) -> Cell {
    // What is no longer known to be so looks so.
    view.span(if stale(view) { Meaning::Stale } else { meaning }, text)
}

fn stale(view: View) -> bool {
    view.state.link != Link::Live
}

/// The newest sample, where there is one.
fn last(row: &Deployment, show: impl Fn(&Sample) -> String) -> String {
    row.samples.last().filter(|_| row.health != "stopped").map_or_else(|| dash(""), show)
}

fn dash(text: &str) -> String {
    if text.is_empty() { "–".to_owned() } else { text.to_owned() }
}

fn gib(gib: u32) -> String {
    if gib == 0 { String::new() } else { format!("{gib} GiB") }
}

/// What is there; what is wanted, with an arrow before it, where that is something else.
fn differs(wanted: &str, there: &str) -> String {
    match (wanted, there) {
        ("", there) => dash(there),
        (wanted, there) if wanted == there || there.is_empty() => wanted.to_owned(),
        (wanted, _) => format!("→{wanted}"),
    }
}

fn measured(
    view: View,
    row: &Deployment,
    (full, bars): (Full, usize),
    value: impl Fn(&Sample) -> f64,
    show: impl Fn(f64) -> String,
) -> Cell {
    let samples = view.state.samples(row);
    let Some(last) = samples.last().map(&value).filter(|_| row.health != "stopped") else { return Span::raw("") };
    let bars = spark::spark(&samples, value, view.now(), QUARTER, bars, full);
    let old = view.state.reads_kept_metrics() && view.state.curves.is_stale(view.now());
    let look = if old { Meaning::Stale } else { Meaning::Chart };
    cell_of(view, look, format!("{bars}{}", text::right(&show(last), 5)))
}

fn full(view: View, percent: f64) -> Cell {
    let meaning = match percent {
        p if p < 0.0 => return cell_of(view, Meaning::Muted, "–".to_owned()),
        // Dolt needs room to collect garbage: half of what is stored, at worst.
        p if p >= 90.0 => Meaning::Bad,
        p if p >= 75.0 => Meaning::Warning,
        _ => Meaning::Text,
    };
    cell_of(view, meaning, format!("{percent:.0}%"))
}

fn certificate(view: View, seen: &Observed) -> Cell {
    let left = seen.certificate_not_after_ms - view.now();
    // Renewal begins at a third of the lifetime; what is left with a week to go was not renewed.
    let soon = seen.certificate_not_after_ms != 0 && left < 7 * 24 * 3_600_000;
    let meaning = if soon { Meaning::Warning } else { Meaning::Text };
    cell_of(view, meaning, text::left_until(view.now(), seen.certificate_not_after_ms))
}

/// What was asked to hold for it, then what the reconciler does about it, or why it is not well.
fn doing(view: View, row: &Deployment, desired: &Desired, room: usize) -> Cell {
    let (meaning, text) = news(row, view.now());
    // The word where there is room for it, or where a sign is not seen; beside news the sign alone, which the details
    // explain.
    let whole = text.is_empty() || view.linear.is_some();
    let word = |sign: &str, word: &str| if whole { format!("{sign} {word}") } else { sign.to_owned() };
    let mut said = Vec::new();
    if let Some(incident) = view.state.incidents.of(&row.name) {
        // Its line stands in the details.
        said.push(word(crate::console::view::incidents::severity(&incident.severity).0, &incident.title));
    }
    if desired.paused {
        // It explains why nothing is done about the rest.
        said.push(format!("{PAUSED} paused"));
    }
    if desired.protected {
        said.push(word(PROTECTED, "protected"));
    }
    if !row.drift.is_empty() {
        // The details say what was expected and seen.
        said.push(word(DRIFT, &drifted(row)));
    }
    let meaning = if row.drift.is_empty() || meaning == Meaning::Bad { meaning } else { Meaning::Warning };
    let meaning = if text.is_empty() && desired.paused && row.drift.is_empty() { Meaning::Off } else { meaning };
    let before = said.join(" ");
    let left = room.saturating_sub(text::width(&before) + usize::from(!before.is_empty()));
    // The details say it whole, and so does what is read aloud.
    let text =
        if text::width(&text) > left && view.linear.is_none() { brief(row, view.now()).unwrap_or(text) } else { text };
    said.extend(Some(text).filter(|text| !text.is_empty()));
    cell_of(view, meaning, said.join(" "))
}

/// The same in fewer words, where there are any: that it was restarted is its sign.
fn brief(row: &Deployment, now: i64) -> Option<String> {
    if row.failure.is_none() && row.health == as_of::UNKNOWN {
        return as_of::brief(&row.why).map(str::to_owned);
    }
    let (_, said) = news(row, now);
    let ago = said.strip_prefix(RESTARTED)?.strip_prefix(" restarted ")?;
    Some(format!("{RESTARTED} {}", ago.replace(['(', ')'], "")))
}

/// What of it was changed behind the control plane's back: `type, volume`.
fn drifted(row: &Deployment) -> String {
    row.drift.iter().map(|drift| drift.what.as_str()).collect::<Vec<_>>().join(", ")
}

/// What is being done about it, else why it is not well, else that it ended unasked a short while ago.
pub fn news(row: &Deployment, now: i64) -> (Meaning, String) {
    let settled = matches!(row.phase.as_str(), "" | "settled" | "paused");
    match &row.failure {
        Some(failure) => (Meaning::Bad, format!("{} failed {}×: {}", failure.step, failure.times, failure.error)),
        None if !settled => (Meaning::Busy, row.phase.clone()),
        None if !matches!(row.health.as_str(), "healthy" | "stopped") => (Meaning::Warning, row.why.clone()),
        None => match crashes::lately(row, now) {
            Some(crashed) => (Meaning::Warning, restarted(row, text::ago(now, crashed))),
            None => (Meaning::Muted, String::new()),
        },
    }
}

/// `↻ restarted 2 min ago (3×)`: so often within an hour.
fn restarted(row: &Deployment, ago: String) -> String {
    let times = if row.crashes > 1 { format!(" ({}×)", row.crashes) } else { String::new() };
    format!("{RESTARTED} restarted {ago}{times}")
}
