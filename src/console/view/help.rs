//! Every key where one is, from the registry.

use super::{View, parts};
use crate::console::{
    command::{COMMANDS, Entry},
    keys,
    state::{Place, list::List},
    text,
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// What is listed: the commands of this place, those without a key last.
pub fn lines(place: Place) -> Vec<&'static Entry> {
    let here = COMMANDS.iter().filter(|entry| entry.places.contains(&place));
    let (with_key, without): (Vec<&Entry>, Vec<&Entry>) = here.partition(|entry| !entry.keys.is_empty());
    with_key.into_iter().chain(without).collect()
}

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, list: &List, view: View) {
    let entries = lines(view.state.place());
    let height = u16::try_from(entries.len()).unwrap_or(u16::MAX).saturating_add(2);
    let inner = parts::popup(frame, area, (112, height), "Keys here", view);
    let window = list.window(usize::from(inner.height));
    let shown = entries.get(window).unwrap_or_default();
    parts::lines(frame, inner, shown.iter().map(|entry| line(entry, view)).collect());
}

fn line(entry: &Entry, view: View) -> Line<'static> {
    let keys = match entry.keys {
        [] => format!(": {}", entry.name),
        keys => keys.iter().map(|key| keys::shown(key)).collect::<Vec<_>>().join(", "),
    };
    Line::from(vec![
        view.span(Meaning::Key, text::left(&keys, 20) + " "),
        view.span(Meaning::Title, text::left(entry.name, 20) + " "),
        view.span(Meaning::Text, entry.help),
    ])
}
