//! The list of themes; what lies behind it is the preview.

use super::{View, parts};
use crate::console::{
    state::{hits::Target, overlay::Themes},
    theme::Meaning,
};
use ratatui::{Frame, layout::Rect, text::Line};

/// Wide enough for the longest name, narrow enough to leave the preview in view.
const WIDTH: u16 = 30;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, themes: &Themes, view: View) {
    let height = u16::try_from(themes.names.len()).unwrap_or(u16::MAX).saturating_add(2);
    let right = Rect { x: area.right().saturating_sub(WIDTH + 2), width: WIDTH.min(area.width), ..area };
    let inner = parts::popup(frame, right, (WIDTH, height), "Theme", view);
    let window = themes.list.window(usize::from(inner.height));
    view.state.hits.add(inner, Target::Rows(window.start));
    let lines = window.filter_map(|index| {
        let (sign, meaning) =
            if index == themes.list.cursor() { ("▌", Meaning::Selected) } else { (" ", Meaning::Text) };
        let name = themes.names.get(index)?;
        Some(Line::from(vec![view.span(Meaning::Key, sign), view.span(meaning, name.clone())]))
    });
    parts::lines(frame, inner, lines.collect());
}
