//! Every key where one is, from the registry.

use super::{View, parts};
use crate::console::{
    action,
    command::{COMMANDS, Entry, LISTS, READ},
    state::{State, list::List},
    text,
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// The widest column of keys: of a command with more, the first ones do.
const KEYS: usize = 18;

/// What is the same on more places than this is no place's own: the SQL screen is two, a deployment stands on ten.
const OWN: usize = 4;

/// The groups, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Group {
    /// Only here, or almost.
    Own,
    /// Here and elsewhere.
    Shared,
    /// The cursor, and what is in view.
    Moving,
    /// By the palette alone.
    Unbound,
}

impl Group {
    fn of(entry: &Entry, state: &State) -> Self {
        let moves = entry.places == LISTS || entry.places == READ;
        match () {
            () if state.keymap.keys(entry.command).is_empty() => Self::Unbound,
            () if moves => Self::Moving,
            () if entry.places.len() <= OWN => Self::Own,
            () => Self::Shared,
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Self::Own => "Here",
            Self::Shared => "Elsewhere too",
            Self::Moving => "Moving about",
            Self::Unbound => "By name, with :",
        }
    }
}

/// A line of it: the heading of a group, or a command.
#[derive(Clone, Copy, Debug)]
pub enum Row {
    /// A heading.
    Heading(&'static str),
    /// A command.
    Command(&'static Entry),
}

/// What is listed: the commands of this place, its own first, those without a key last.
pub fn lines(state: &State) -> Vec<Row> {
    let place = state.place();
    let here = COMMANDS.iter().filter(|entry| entry.places.contains(&place) && action::offered(state, entry));
    let mut grouped: Vec<(Group, &Entry)> = here.map(|entry| (Group::of(entry, state), entry)).collect();
    // The order within a group is the registry's.
    grouped.sort_by_key(|(group, _)| *group);
    let groups = grouped.chunk_by(|a, b| a.0 == b.0);
    let rows = |group: &[(Group, &'static Entry)]| {
        let heading = group.first().map(|(group, _)| Row::Heading(group.heading()));
        heading.into_iter().chain(group.iter().map(|(_, entry)| Row::Command(entry))).collect::<Vec<_>>()
    };
    groups.flat_map(rows).collect()
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, list: &List, view: View) {
    let entries = lines(view.state);
    let height = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = parts::popup(frame, area, (112, height), "Keys here", view);
    let commands = || entries.iter().filter_map(|row| if let Row::Command(entry) = row { Some(*entry) } else { None });
    let key = commands().map(|entry| text::width(&keys(entry, view))).max().unwrap_or(0).min(KEYS);
    let name = commands().map(|entry| text::width(entry.name)).max().unwrap_or(0);
    let room = usize::from(inner.width).saturating_sub(key + name + 4);
    let shown = entries;
    let rows = |at: usize| match shown.get(at) {
        Some(Row::Command(entry)) => text::wrap(entry.help, room).len(),
        _ => 1,
    };
    let all: usize = (0..shown.len()).map(rows).sum();
    // What is below is counted on a line of its own.
    let height = usize::from(inner.height).saturating_sub(usize::from(all > usize::from(inner.height)));
    let window = list.window_by(height, rows);
    let below = shown.iter().skip(window.end).filter(|row| matches!(row, Row::Command(_))).count();
    let shown = shown.get(window).unwrap_or_default();
    let told = shown.iter().flat_map(|row| match row {
        Row::Heading(heading) => vec![Line::from(view.span(Meaning::Heading, *heading))],
        Row::Command(entry) => told(&keys(entry, view), entry, (key, name, room), view),
    });
    let mut lines: Vec<Line> = told.take(height).collect();
    if below > 0 {
        lines.push(Line::from(view.span(Meaning::Muted, format!("… {below} more below"))));
    }
    parts::lines(frame, inner, lines);
}

fn keys(entry: &Entry, view: View) -> String {
    match view.state.keymap.all_shown(entry.command) {
        none if none.is_empty() => view.state.keymap.way(entry.command),
        keys => keys,
    }
}

/// Its keys, its name, and what it does, over several lines where one is too narrow.
fn told(keys: &str, entry: &Entry, (key, name, room): (usize, usize, usize), view: View) -> Vec<Line<'static>> {
    let mut lines = text::wrap(entry.help, room).into_iter();
    let first = Line::from(vec![
        view.span(Meaning::Key, text::left(keys, key) + "  "),
        view.span(Meaning::Title, text::left(entry.name, name) + "  "),
        view.span(Meaning::Text, lines.next().unwrap_or_default()),
    ]);
    let indent = " ".repeat(key + name + 4);
    let rest = lines.map(|more| Line::from(view.span(Meaning::Text, format!("{indent}{more}"))));
    std::iter::once(first).chain(rest).collect()
}
