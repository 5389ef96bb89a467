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
    let window = list.window(usize::from(inner.height));
    let shown = entries.get(window).unwrap_or_default();
    parts::lines(frame, inner, shown.iter().map(|entry| line(entry, view)).collect());
}

fn line(entry: &Entry, view: View) -> Line<'static> {
    let keys = match view.state.keymap.all_shown(entry.command) {
        none if none.is_empty() => view.state.keymap.way(entry.command),
        keys => keys,
    };
    Line::from(vec![
        view.span(Meaning::Key, text::left(&keys, 20) + " "),
        view.span(Meaning::Title, text::left(entry.name, 20) + " "),
        view.span(Meaning::Text, entry.help),
    ])
}
