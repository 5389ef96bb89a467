//! Logs: a head that says what is shown and what is not, then lines in their context.
//!
//! Guarantees: what is built follows the height of the screen, never how many lines are kept or how long they are. Every
//! sign that colour gives is also a character: the level's letter, `▸` where the search matches, `⋮` where lines between
//! are not shown.

mod head;
mod rows;

use super::{View, grid, paint, parts};
use crate::console::{
    command::Command,
    state::{
        hits::Target,
        logs::{Logs, Stamp, level::Level, ring::Line as Logged},
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::Modifier,
    text::{Line, Span},
};

/// The looks that tell several deployments apart, where their names alone are slow to read.
pub const LOOKS: [Meaning; 6] =
    [Meaning::Chart, Meaning::ChartTwo, Meaning::ChartThree, Meaning::ChartFour, Meaning::ChartFive, Meaning::ChartSix];

/// A longer name of a deployment is cut off beside its lines.
const LONGEST_NAME: usize = 14;

/// Draws them.
pub fn draw(frame: &mut Frame, area: Rect, logs: &Logs, view: View) {
    let columns = Columns::new(logs, area.width);
    // Who follows does not read one line; wrapped, it is whole already.
    let line = logs.line(logs.list.cursor()).filter(|_| !logs.follow && !logs.wrap);
    let whole = line.map_or_else(Vec::new, |line| parts::whole(view, &line.text, columns.before + 1, area.width));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let head = head::lines(logs, view);
    let [top, body, foot] = Layout::vertical([lines(head.len()), Constraint::Min(0), lines(whole.len())]).areas(area);
    parts::lines(frame, top, head);
    parts::lines(frame, foot, whole);
    if logs.list.is_empty() && logs.ring().len() > 0 {
        let none = {
            let way = view.state.keymap.way(Command::Back);
            view.span(Meaning::Muted, format!(" no line is as asked for: {way} shows all again"))
        };
        parts::lines(frame, body, vec![Line::from(none)]);
        return;
    }
    let height = usize::from(body.height);
    let window = if logs.wrap {
        logs.list.window_by(height, |row| {
            logs.line(row).map_or(1, |line| rows::rows(&line.text, columns.room, height).0.len())
        })
    } else {
        logs.list.window(height)
    };
    let mut built = Vec::with_capacity(height);
    for row in window {
        let most = if logs.wrap { height - built.len().min(height) } else { 1 };
        let before = built.len();
        built.extend(of_line(logs, row, &columns, most, area.width, view));
        // Each of its rows on its own: a line may take several.
        for place in before..built.len().min(height) {
            let y = body.y.saturating_add(u16::try_from(place).unwrap_or(u16::MAX));
            view.state.hits.add(Rect { y, height: 1, ..body }, Target::Rows(row));
        }
    }
    built.truncate(height);
    paint::lines(frame, body, built);
}

/// What stands before the text of a line, and how much room that leaves.
struct Columns {
    stamp: usize,
    name: usize,
    /// Columns before the text.
    before: usize,
    /// Columns for the text.
    room: usize,
}

impl Columns {
    fn new(logs: &Logs, width: u16) -> Self {
        let stamp = match logs.stamp {
            Stamp::Clock => 9,
            Stamp::Age => 7,
            Stamp::Date => 20,
            Stamp::Off => 0,
        };
        let longest = logs.sources.iter().map(|source| text::width(&source.name)).max().unwrap_or(0);
        let name = if logs.sources.len() > 1 { longest.min(LONGEST_NAME) + 1 } else { 0 };
        // The cursor's sign and that of the search, then the level's letter and a space.
        let before = 2 + stamp + 2 + name;
        let room = usize::from(width).saturating_sub(before).max(1);
        Self { stamp, name, before, room }
    }
}

fn of_line(logs: &Logs, row: usize, columns: &Columns, most: usize, width: u16, view: View) -> Vec<Line<'static>> {
    let Some(line) = logs.line(row) else { return Vec::new() };
    let (pieces, whole) = rows::rows(&line.text, columns.room, most.max(1));
    let end = pieces.last().map_or(0, |piece| piece.end);
    let marks: Vec<_> = logs
        .search()
        .filter(|_| logs.is_found(row))
        .map(|search| search.places(&line.text).take_while(|mark| mark.start < end).collect())
        .unwrap_or_default();
    let count = pieces.len();
    let built = pieces.into_iter().enumerate().map(|(at, piece)| {
        let mut spans = if at == 0 { begin(logs, row, line, columns, view) } else { indent(columns) };
        let look = look(logs, row, line);
        for (part, marked) in rows::parts(piece, &marks) {
            let style = view.style(if marked { Meaning::Warning } else { look });
            let style = if marked { style.add_modifier(Modifier::REVERSED) } else { style };
            spans.push(Span::styled(line.text.get(part).unwrap_or_default().to_owned(), style));
        }
        if at + 1 == count && !whole {
            cut(&mut spans);
        }
        let built = Line::from(spans);
        if row == logs.list.cursor() { grid::mark(built, width, view) } else { built }
    });
    built.collect()
}

/// The last character gives way to the sign that there is more.
fn cut(spans: &mut [Span<'static>]) {
    if let Some(last) = spans.last_mut() {
        let width = text::width(&last.content);
        let mut text = last.content.to_string();
        while text::width(&text) + 1 > width && text.pop().is_some() {}
        last.content = (text + "…").into();
    }
}

/// What stands before a line's first row.
fn begin(logs: &Logs, row: usize, line: &Logged, columns: &Columns, view: View) -> Vec<Span<'static>> {
    let selected = if row == logs.list.cursor() { "▌" } else { " " };
    let mark = match () {
        () if logs.is_found(row) => view.span(Meaning::Warning, "▸"),
        () if follows_a_gap(logs, row) => view.span(Meaning::Muted, "⋮"),
        () => Span::raw(" "),
    };
    let mut spans = vec![view.span(Meaning::Key, selected), mark];
    if columns.stamp > 0 {
        spans.push(view.span(Meaning::Muted, text::left(&stamp(logs.stamp, line.time, view), columns.stamp)));
    }
    spans.push(sign(if line.said { line.level } else { Level::Unsaid }, view));
    if columns.name > 0 {
        spans.push(name(logs, line, columns.name, view));
    }
    spans
}

fn indent(columns: &Columns) -> Vec<Span<'static>> {
    vec![Span::raw(" ".repeat(columns.before))]
}

fn name(logs: &Logs, line: &Logged, width: usize, view: View) -> Span<'static> {
    let at = logs.sources.iter().position(|source| source.id == line.source);
    let name = at.and_then(|at| logs.sources.get(at)).map_or("", |source| &source.name);
    let look = at.and_then(|at| LOOKS.get(at)).copied().unwrap_or(Meaning::Text);
    view.span(look, text::left(name, width - 1) + " ")
}

/// Lines between this one and the one above are not shown.
fn follows_a_gap(logs: &Logs, row: usize) -> bool {
    let (place, above) = (logs.place(row), row.checked_sub(1).and_then(|above| logs.place(above)));
    logs.filter().2 > 0 && matches!((place, above), (Some(place), Some(above)) if place > above + 1)
}

fn stamp(stamp: Stamp, time: i64, view: View) -> String {
    match stamp {
        _ if time == 0 => String::new(),
        Stamp::Clock => text::clock(time, &view.state.zone),
        Stamp::Age => text::age(view.now(), time),
        Stamp::Date => text::moment(time, &view.state.zone),
        Stamp::Off => String::new(),
    }
}

/// What failed reads as such; what only stands around a match steps back.
fn look(logs: &Logs, row: usize, line: &Logged) -> Meaning {
    match line.level {
        _ if !logs.is_hit(row) => Meaning::Muted,
        Level::Error | Level::Fatal => Meaning::Bad,
        Level::Warning => Meaning::Warning,
        _ => Meaning::Text,
    }
}

/// A line's level: its letter, or the word where it is read.
pub fn sign(of: Level, view: View) -> Span<'static> {
    let text = if view.linear.is_some() { format!(" {}  ", of.as_str()) } else { format!("{} ", of.letter()) };
    view.span(level(of), text)
}

/// How a line's level looks.
pub fn level(level: Level) -> Meaning {
    match level {
        Level::Error | Level::Fatal => Meaning::Bad,
        Level::Warning => Meaning::Warning,
        _ => Meaning::Muted,
    }
}
