//! A line that is typed, and what of it is selected.

use super::View;
use crate::console::{text, theme::Meaning};
use ratatui::text::Span;

/// `shown` in `width` columns; where all of it is selected, it looks so, and who does not see it is told.
pub(super) fn spans(shown: &str, selected: bool, width: usize, view: View) -> Vec<Span<'static>> {
    if !selected {
        return vec![view.span(Meaning::Input, text::left(shown, width))];
    }
    let rest = width.saturating_sub(text::width(shown));
    let said = if view.linear.is_some() { " (selected)" } else { "" };
    let rest = view.span(Meaning::Input, " ".repeat(rest) + said);
    vec![view.span(Meaning::Selected, text::fit(shown, width)), rest]
}
