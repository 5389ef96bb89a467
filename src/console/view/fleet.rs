//! The table of deployments: is it well, what is it, how busy, what is being done about it.

use super::{
    View,
    grid::{self, Cell, Column},
    metrics, parts, spark, summary,
};
use crate::console::{
    command::Command,
    state::{Link, fleet::disk},
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::{Deployment, Desired, Observed};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// From this width on, the row under the cursor is shown in full at the right; below it, what it is doing at the foot.
const WITH_DETAILS: u16 = 160;
/// The width of that.
const DETAILS: u16 = 56;
/// The bars of a sparkline, as many as there is room for, over the 15 minutes that the samples span.
const BARS: [usize; 3] = [12, 9, 6];
const QUARTER: i64 = 15 * 60_000;
/// DOING is the column that explains: the others give way until it has this much.
const DOING: usize = 14;
/// The signs of a deployment that nothing deletes, and of one that the reconciler leaves alone.
const PROTECTED: &str = "◆";
const PAUSED: &str = "‖";
/// The signs of something that was changed behind the control plane's back, and of a type that stands in for another.
const DRIFT: &str = "≠";
const STANDS_IN: &str = "≈";
/// A longer name is cut off where the table is narrow.
const LONGEST_NAME: (usize, usize) = (14, 24);

/// The columns, in the order in which they stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Health,
    Type,
    Volume,
    Dolt,
    Cpu,
    Queries,
    Disk,
    Certificate,
    Seen,
    Doing,
}

use Kind::{Certificate, Cpu, Disk, Doing, Dolt, Health, Name, Queries, Seen, Type, Volume};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    if view.state.fleet.rows().is_empty() {
        nothing(frame, area, view);
        return;
    }
    let wide = area.width >= WITH_DETAILS;
    let [left, details] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(details_width(wide, view))]).areas(area);
    let filtering = !view.state.fleet.filter().is_empty();
    let origin = origin(view);
    let [filter, table, of_metrics, about] = Layout::vertical([
        Constraint::Length(u16::from(filtering)),
        Constraint::Min(0),
        Constraint::Length(u16::from(origin.is_some())),
        Constraint::Length(if wide { 0 } else { 2 }),
    ])
    .areas(left);
    if filtering {
        parts::lines(frame, filter, vec![filtered(view)]);
    }
    if view.state.fleet.list.is_empty() {
        parts::lines(
            frame,
            table,
            vec![Line::from(view.span(
                Meaning::Muted,
                format!(" nothing matches: {} shows all again", view.state.keymap.way(Command::Back)),
            ))],
        );
        return;
    }
    rows(frame, table, view);
    parts::lines(frame, of_metrics, origin.into_iter().collect());
    let Some(row) = view.state.fleet.selected() else { return };
    if wide {
        let inner = parts::panel(frame, details, parts::heading(view, &row.name), view);
        parts::lines(frame, inner, summary::lines(row, inner.width, view));
    } else {
        parts::lines(frame, about, summary::about(row, about.width, view));
    }
}

/// What is read is not wrapped into a narrow column.
fn details_width(wide: bool, view: View) -> u16 {
    match (wide, view.linear) {
        (false, _) => 0,
        (true, None) => DETAILS,
        (true, Some(_)) => WITH_DETAILS,
    }
}

/// Where the pictures are from and how old they are, where they are not part of the rows themselves.
fn origin(view: View) -> Option<Line<'static>> {
    if !view.state.reads_kept_metrics() {
        return None;
    }
    let curves = &view.state.curves;
    let mut spans = vec![view.span(Meaning::Muted, " CPU and queries: ")];
    match &curves.problem {
        Some(problem) => spans.push(view.span(Meaning::Bad, format!("▲ {}; trying again", problem.what))),
        None if curves.source.is_empty() => spans.push(view.span(Meaning::Busy, "◌ being read")),
        None => spans.push(metrics::origin(&curves.source, curves.as_of, None, view)),
    }
    Some(Line::from(spans))
}

fn rows(frame: &mut Frame, area: Rect, view: View) {
    let layout = Table::new(view, usize::from(area.width));
    grid::draw(frame, area, &layout.columns, &view.state.fleet.list, view, |index| {
        view.state
            .fleet
            .row(index)
            .map_or_else(Vec::new, |row| layout.kinds.iter().map(|kind| cell(*kind, row, layout.bars, view)).collect())
    });
}

fn filtered(view: View) -> Line<'static> {
    let fleet = &view.state.fleet;
    let text = format!(" filter '{}': {} of {}", fleet.filter(), fleet.list.len(), fleet.rows().len());
    Line::from(view.span(Meaning::Warning, text))
}

/// No row: because none was seen yet, because none answers, or because there is none.
fn nothing(frame: &mut Frame, area: Rect, view: View) {
    let mut lines = vec![Line::default()];
    match &view.state.link {
        Link::Connecting(since) => lines.extend(connecting(view, *since)),
        Link::Lost(_, problem) => {
            // Why this process cannot host tells more than that nobody answers.
            let problem = view.state.hosting.failed.as_deref().unwrap_or(problem);
            lines.extend(parts::problem(view, problem, area.width.saturating_sub(2)));
            lines.push(Line::from(view.span(Meaning::Muted, "  trying again")));
        }
        Link::Live => {
            lines.push(Line::from(view.span(Meaning::Title, "There is no deployment yet.")));
            lines.push(Line::default());
            if view.state.read_only {
                lines.push(Line::from(
                    view.span(Meaning::Text, "This console is read-only: another one can create it."),
                ));
                return place(frame, area, lines);
            }
            lines.push(Line::from(vec![
                view.span(Meaning::Text, "Press "),
                view.span(Meaning::Key, view.state.keymap.way(Command::Create)),
                view.span(Meaning::Text, " to create one; it serves within a minute. "),
                view.span(Meaning::Key, view.state.keymap.way(Command::Help)),
                view.span(Meaning::Text, " shows every key."),
            ]));
        }
    }
    place(frame, area, lines);
}

fn place(frame: &mut Frame, area: Rect, lines: Vec<Line>) {
    let room = Rect { x: area.x + 2, width: area.width.saturating_sub(4), ..area };
    parts::lines(frame, room, lines);
}

fn connecting(view: View, since: i64) -> Vec<Line<'static>> {
    let Some(step) = &view.state.hosting.starting else {
        return vec![parts::loading(view, "connecting to the control plane", since)];
    };
    let step = Line::from(view.span(Meaning::Muted, format!("  {}", text::clean(step))));
    vec![parts::loading(view, "starting the control plane", since), step]
}

/// The columns for which there is room, and how wide they are.
struct Table {
    kinds: Vec<Kind>,
    columns: Vec<Column>,
    bars: usize,
}

impl Table {
    /// Bars are made shorter before they go, and they go before other columns do.
    fn new(view: View, room: usize) -> Self {
        let names = if room < 130 { LONGEST_NAME.0 } else { LONGEST_NAME.1 };
        let name = view.state.fleet.name_width().clamp(8, names);
        let with = |kinds: &[Kind], bars: usize| -> Vec<Column> {
            kinds.iter().map(|kind| column(*kind, name, bars)).collect()
        };
        let mut kinds = vec![Name, Health, Type, Volume, Dolt, Cpu, Queries, Disk, Certificate, Seen, Doing];
        let mut bars = BARS.into_iter().find(|bars| grid::taken(&with(&kinds, *bars)) <= room);
        if bars.is_none() {
            // Both pictures, or none: one alone would be read as the other.
            kinds.retain(|kind| !matches!(kind, Cpu | Queries));
            bars = Some(0);
        }
        for kind in [Dolt, Volume] {
            if grid::taken(&with(&kinds, 0)) > room && bars == Some(0) {
                kinds.retain(|other| *other != kind);
            }
        }
        let bars = bars.unwrap_or(0);
        let mut columns = with(&kinds, bars);
        let rest = room.saturating_sub(grid::taken(&columns));
        if let Some(last) = columns.last_mut() {
            last.width += rest;
        }
        Self { kinds, columns, bars }
    }
}

fn column(kind: Kind, name: usize, bars: usize) -> Column {
    match kind {
        Name => Column::left("NAME", name),
        // The longest word, unreachable, and its sign.
        Health => Column::left("HEALTH", 13),
        Type => Column::left("TYPE", 13),
        Volume => Column::right("VOLUME", 9),
        Dolt => Column::left("DOLT", 6),
        // A number of five columns beside the bars.
        Cpu => Column::left(if bars > 6 { "CPU, 15 min" } else { "CPU" }, bars + 5),
        Queries => Column::left(if bars > 9 { "QUERIES/S, 15 min" } else { "QUERIES/S" }, bars + 5),
        Disk => Column::right("DISK", 4),
        Certificate => Column::right("CERT", 5),
        Seen => Column::right("SEEN", 6),
        Doing => Column::left("DOING", DOING),
    }
}

fn cell(kind: Kind, row: &Deployment, bars: usize, view: View) -> Cell {
    let seen = row.observed.clone().unwrap_or_default();
    let desired = row.desired.clone().unwrap_or_default();
    let plain = |text: String| cell_of(view, Meaning::Text, text);
    match kind {
        Name => cell_of(view, Meaning::Title, row.name.clone()),
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
        Dolt => plain(dash(&seen.dolt_version)),
        Cpu => measured(view, row, (100.0, bars), |sample| sample.cpu_percent, |value| format!("{value:.0}%")),
        Queries => measured(view, row, (0.0, bars), |sample| sample.queries_per_second, text::count),
        Disk => full(view, disk(row)),
        Certificate => certificate(view, &seen),
        Seen => plain(text::age(view.now(), row.seen_ms)),
        Doing => doing(view, row, &desired),
    }
}

fn cell_of(view: View, meaning: Meaning, text: String) -> Cell {
    // What is no longer known to be so looks so.
    view.span(if stale(view) { Meaning::Stale } else { meaning }, text)
}

fn stale(view: View) -> bool {
    view.state.link != Link::Live
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
    (most, bars): (f64, usize),
    value: impl Fn(&doltops_proto::hosted_api::Sample) -> f64,
    show: impl Fn(f64) -> String,
) -> Cell {
    let samples = view.state.samples(row);
    let Some(last) = samples.last().map(&value).filter(|_| row.health != "stopped") else { return Span::raw("") };
    let bars = spark::spark(samples, value, view.now(), QUARTER, bars, most);
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
fn doing(view: View, row: &Deployment, desired: &Desired) -> Cell {
    let (meaning, text) = news(row);
    // The word where there is room for it; beside news the sign alone, which the details explain.
    let word = |sign: &str, word: &str| if text.is_empty() { format!("{sign} {word}") } else { sign.to_owned() };
    let mut said = Vec::new();
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
    said.extend(Some(text.clone()).filter(|text| !text.is_empty()));
    cell_of(view, meaning, said.join(" "))
}

/// What of it was changed behind the control plane's back: `type, volume`.
fn drifted(row: &Deployment) -> String {
    row.drift.iter().map(|drift| drift.what.as_str()).collect::<Vec<_>>().join(", ")
}

fn news(row: &Deployment) -> (Meaning, String) {
    let settled = matches!(row.phase.as_str(), "" | "settled" | "paused");
    match &row.failure {
        Some(failure) => (Meaning::Bad, format!("{} failed {}×: {}", failure.step, failure.times, failure.error)),
        None if !settled => (Meaning::Busy, row.phase.clone()),
        None if !matches!(row.health.as_str(), "healthy" | "stopped") => (Meaning::Warning, row.why.clone()),
        None => (Meaning::Muted, String::new()),
    }
}
