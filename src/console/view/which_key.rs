//! After a prefix: the keys that may follow, and what each asks for.

use super::{View, parts};
use crate::console::{
    action,
    command::Entry,
    keymap::key,
    state::{Layer, hits::Target},
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::Rect,
    text::{Line, Span},
};

/// A column: a key of at most two names, a command's longest name, and a gap on either side of it; three fit 120 columns.
const COLUMN: u16 = 38;
/// Within it, the key's.
const KEY: usize = 8;

/// The prefix as people write it; `None` while there is none.
pub fn prefix(view: View) -> Option<String> {
    let pressed = &view.state.pending;
    (!pressed.is_empty()).then(|| pressed.iter().map(|name| key::shown(name)).collect::<Vec<_>>().join(" "))
}

/// Draws it at the foot of `area`, so that what one looks at above stays in view.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let (Some(prefix), Layer::Place(place)) = (prefix(view), view.state.layer()) else { return };
    let mut after = view.state.keymap.after(place, &view.state.pending);
    after.retain(|(_, entry)| action::offered(view.state, entry));
    let across = usize::from((area.width.saturating_sub(4) / COLUMN).max(1));
    let rows: Vec<Line> =
        after.chunks(across).map(|row| Line::from_iter(row.iter().flat_map(|one| item(one, view)))).collect();
    let height = u16::try_from(rows.len()).unwrap_or(u16::MAX).saturating_add(2).min(area.height);
    let foot = Rect { y: area.bottom() - height, height, ..area };
    let inner = parts::popup(frame, foot, (foot.width, height), &format!("{prefix} …"), view);
    for (at, (_, entry)) in after.iter().enumerate() {
        let (column, row) = (u16::try_from(at % across).unwrap_or(0), u16::try_from(at / across).unwrap_or(0));
        let room = Rect { x: inner.x + column * COLUMN, y: inner.y.saturating_add(row), width: COLUMN, height: 1 };
        view.state.hits.add(room.intersection(inner), Target::Hint(entry.command));
    }
    parts::lines(frame, inner, rows);
}

fn item((keys, entry): &(String, &Entry), view: View) -> [Span<'static>; 2] {
    let may = action::allowed(view.state, entry.command).is_ok();
    let (key, name) = if may { (Meaning::Key, Meaning::Text) } else { (Meaning::Stale, Meaning::Stale) };
    let room = usize::from(COLUMN) - KEY - 2;
    [view.span(key, text::left(keys, KEY) + " "), view.span(name, text::left(entry.name, room) + " ")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::command::COMMANDS;

    #[test]
    fn every_command_that_has_a_prefix_fits_its_column_with_a_gap() {
        let chords = COMMANDS.iter().filter(|entry| entry.keys.iter().any(|key| key.contains(' ')));
        let longest = chords.map(|entry| text::width(entry.name)).max().unwrap_or(0);
        assert!(longest > 0 && KEY + 1 + longest < usize::from(COLUMN), "{longest}");
    }
}
