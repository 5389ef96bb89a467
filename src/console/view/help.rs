//! Every key where one is, from the registry.

use super::{View, parts};
use crate::console::{
    action,
    command::{COMMANDS, Entry},
    state::{State, list::List},
    text,
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// The widest column of keys: of a command with more, the first ones do.
const KEYS: usize = 18;

/// What is listed: the commands of this place, those without a key last.
pub fn lines(state: &State) -> Vec<&'static Entry> {
    let place = state.place();
    let here = COMMANDS.iter().filter(|entry| entry.places.contains(&place) && action::offered(state, entry));
    let (with_key, without): (Vec<&Entry>, Vec<&Entry>) =
        here.partition(|entry| !state.keymap.keys(entry.command).is_empty());
    with_key.into_iter().chain(without).collect()
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, list: &List, view: View) {
    let entries = lines(view.state);
    let height = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = parts::popup(frame, area, (112, height), "Keys here", view);
    let shown: Vec<(String, &Entry)> = entries.iter().map(|entry| (keys(entry, view), *entry)).collect();
    let widest = |of: fn(&(String, &Entry)) -> usize| shown.iter().map(of).max().unwrap_or(0);
    let (key, name) = (widest(|(keys, _)| text::width(keys)).min(KEYS), widest(|(_, entry)| text::width(entry.name)));
    let room = usize::from(inner.width).saturating_sub(key + name + 4);
    let rows = |at: usize| shown.get(at).map_or(1, |(_, entry)| text::wrap(entry.help, room).len());
    let all: usize = (0..shown.len()).map(rows).sum();
    // What is below is counted on a line of its own.
    let height = usize::from(inner.height).saturating_sub(usize::from(all > usize::from(inner.height)));
    let window = list.window_by(height, rows);
    let below = shown.len() - window.end;
    let shown = shown.get(window).unwrap_or_default();
    let told = shown.iter().flat_map(|(keys, entry)| told(keys, entry, (key, name, room), view));
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
