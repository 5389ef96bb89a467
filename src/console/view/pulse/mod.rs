//! The fleet's pulse: is it well, has it been, and what is being done about it, at a glance.
//!
//! Guarantees: read without colour it says the same: every health has a sign of its own.

mod shares;

use super::{
    View,
    chart::{self, Curve, Plot, Point, Unit},
    fleet,
    grid::{self, Column},
    parts,
};
use crate::console::{
    state::{
        metrics::range::Range,
        pulse::{Minute, Pulse},
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

const MINUTE: i64 = 60_000;
/// The height of the charts, where there is room for them.
const CHARTS: u16 = 9;
/// Below this height the list of what needs a person has the room.
const WITH_CHARTS: u16 = 20;
/// By rank, as `state::fleet` counts them.
const RANKED: [&str; 7] = ["failed", "unreachable", "degraded", "starting", "unknown", "healthy", "stopped"];

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, pulse: &Pulse, view: View) {
    let hour = view.state.course.hour(view.now());
    let charts = if area.height >= WITH_CHARTS { CHARTS } else { 0 };
    let [counts, bar, _, strip, middle, list] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(2),
        Constraint::Length(charts),
        Constraint::Min(0),
    ])
    .areas(area);
    parts::lines(frame, counts, vec![counted(view)]);
    // The counts say the same as the bar to whoever hears them, and sixty signs in a row say nothing.
    if view.linear.is_some() {
        parts::lines(frame, strip, vec![worst_in_words(&hour, view)]);
    } else {
        parts::lines(frame, bar, vec![shared(area.width, view)]);
        parts::lines(frame, strip, worst(&hour, area.width, view));
    }
    if charts > 0 {
        let [left, right] = Layout::horizontal([Constraint::Fill(1); 2]).areas(middle);
        // Of a minute of which nothing is known, it is not known either.
        let unwell = |minute: &Minute| minute.worst().map(|_| f64::from(minute.unwell()));
        curve(frame, left, "Not well, most in a minute", Unit::Count, &hour, unwell, view);
        curve(frame, right, "Queries/s of all", Unit::Rate, &hour, |minute| minute.queries, view);
    }
    doing(frame, list, pulse, view);
}

/// `12 deployments   ✗ 1 failed   ● 11 healthy`.
fn counted(view: View) -> Line<'static> {
    let count = view.state.fleet.rows().len();
    let mut spans = vec![view.span(Meaning::Title, format!(" {}", text::plural(count, "deployment")))];
    for (health, count) in view.state.fleet.counts() {
        let (sign, meaning) = parts::health(health);
        spans.push(view.span(meaning, format!("   {sign} {count} {health}")));
    }
    Line::from(spans)
}

/// The whole width shared among them: a sign for each part of the fleet, at least one for each health.
fn shared(width: u16, view: View) -> Line<'static> {
    let counts: Vec<(&str, usize)> = view.state.fleet.counts().collect();
    let room = usize::from(width).saturating_sub(2);
    let widths = shares::shares(&counts.iter().map(|(_, count)| *count).collect::<Vec<_>>(), room);
    let parts = counts.iter().zip(widths).map(|((health, _), wide)| {
        let (sign, meaning) = parts::health(health);
        view.span(meaning, sign.repeat(wide))
    });
    Line::from([Span::raw(" ")].into_iter().chain(parts).collect::<Vec<_>>())
}

/// The worst of each minute of the last hour.
fn worst(hour: &[Option<&Minute>], width: u16, view: View) -> Vec<Line<'static>> {
    // Twice as wide where there is room: easier to count.
    let wide = if usize::from(width) >= hour.len() * 2 + 2 { 2 } else { 1 };
    let shown = hour.len().min(usize::from(width).saturating_sub(2));
    let signs = hour.iter().skip(hour.len() - shown).map(|minute| {
        let health = minute.and_then(Minute::worst).and_then(|rank| RANKED.get(usize::from(rank)));
        let (sign, meaning) = health.map_or(("·", Meaning::Muted), |health| parts::health(health));
        view.span(meaning, format!("{sign}{}", " ".repeat(wide - 1)))
    });
    let line = Line::from([Span::raw(" ")].into_iter().chain(signs).collect::<Vec<_>>());
    let head = view.span(Meaning::Heading, " The worst of each minute of the last hour");
    let rest = view.span(Meaning::Muted, "   the newest at the right; · nothing is known");
    vec![Line::from(vec![head, rest]), line]
}

/// The worst of all of them.
fn worst_in_words(hour: &[Option<&Minute>], view: View) -> Line<'static> {
    let worst = hour.iter().flatten().filter_map(|minute| minute.worst()).min();
    let health = worst.and_then(|rank| RANKED.get(usize::from(rank))).copied().unwrap_or("nothing is known");
    Line::from(view.span(Meaning::Text, format!(" The worst of the last hour: {health}")))
}

fn curve(
    frame: &mut Frame,
    area: Rect,
    title: &str,
    unit: Unit,
    hour: &[Option<&Minute>],
    value: impl Fn(&Minute) -> Option<f64>,
    view: View,
) {
    let points: Vec<Point> =
        hour.iter().flatten().filter_map(|minute| value(minute).map(|value| (minute.at * MINUTE, value))).collect();
    let curves = vec![Curve { name: String::new(), place: 0, points }];
    let window = Range::Hour.window(view.now());
    let (number, chosen, cross, kept_from) = (0, false, None, i64::MIN);
    let plot = Plot { title, number, chosen, unit, curves, window, cross, moments: &[], kept_from };
    chart::draw(frame, area, &plot, view);
}

/// What is said where no deployment needs a look.
fn quiet(incidents: usize) -> String {
    match incidents {
        0 => " Nothing is the matter, and nothing is being done".to_owned(),
        1 => " All deployments are well, and nothing is being done; 1 incident is open".to_owned(),
        many => format!(" All deployments are well, and nothing is being done; {many} incidents are open"),
    }
}

/// What the list covers: `1 needs a look, or is being worked on; 2 are well again after a restart`.
fn covered(all: usize, recovered: usize) -> String {
    let now = match all - recovered.min(all) {
        0 => String::new(),
        1 => "1 needs a look, or is being worked on".to_owned(),
        many => format!("{many} need a look, or are being worked on"),
    };
    let again = match recovered {
        0 => String::new(),
        1 => "1 is well again after a restart within 15 minutes".to_owned(),
        many => format!("{many} are well again after a restart within 15 minutes"),
    };
    let between = if now.is_empty() || again.is_empty() { "" } else { "; " };
    format!(" {now}{between}{again}")
}

/// What needs a person, and what is being done.
fn doing(frame: &mut Frame, area: Rect, pulse: &Pulse, view: View) {
    let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    let text = match pulse.list.len() {
        0 if view.state.fleet.known => quiet(view.state.incidents.open().len()),
        0 => String::new(),
        all => covered(all, pulse.recovered),
    };
    parts::lines(frame, head, vec![Line::from(view.span(Meaning::Heading, text))]);
    if pulse.list.is_empty() {
        return;
    }
    let name = view.state.fleet.name_width().clamp(8, 24);
    let mut columns = vec![Column::left("NAME", name), Column::left("HEALTH", 13), Column::right("FOR", 7)];
    let rest = usize::from(area.width).saturating_sub(grid::taken(&columns) + 2);
    columns.push(Column::left("DOING", rest));
    grid::draw(frame, body, &columns, &pulse.list, view, |place| {
        let Some(row) = pulse.name(place).and_then(|name| view.state.fleet.find(name)) else { return Vec::new() };
        let since = match row.health_since_ms {
            0 => "–".to_owned(),
            since => text::span((view.now() - since).max(0)),
        };
        let (meaning, news) = fleet::cells::news(row, view.now());
        let news = match row.drift.first() {
            Some(drift) if news.is_empty() => {
                format!("≠ {}: {} is there, not {}", drift.what, drift.seen, drift.expected)
            }
            _ => news,
        };
        vec![
            view.span(Meaning::Title, row.name.clone()),
            parts::health_span(view, row),
            view.span(Meaning::Muted, since),
            view.span(meaning, news),
        ]
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was restarted and is well is told as that: the counts above say that all are healthy.
    #[test]
    fn the_heading_says_what_the_list_covers() {
        assert_eq!(covered(1, 0), " 1 needs a look, or is being worked on");
        assert_eq!(covered(2, 2), " 2 are well again after a restart within 15 minutes");
        assert_eq!(
            covered(3, 1),
            " 2 need a look, or are being worked on; 1 is well again after a restart within 15 minutes"
        );
    }
}
