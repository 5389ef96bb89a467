//! One view, or two side by side, each under its own way there.

use super::{View, title, top_of};
use crate::console::{
    state::{
        hits::Target,
        panes::{Beside, SPLIT_FROM},
    },
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
    widgets::Paragraph,
};

/// Draws it. Where there is no room for two, or they are read, the one that has the keys is shown; the title names the
/// other.
pub fn draw(frame: &mut Frame, area: Rect, view: View) {
    let screens = &view.state.screens;
    let Some(Beside { screens: other, at_left, .. }) = &view.state.beside else {
        return top_of(screens, frame, area, view);
    };
    if area.width < SPLIT_FROM || view.linear.is_some() {
        return top_of(screens, frame, area, view);
    }
    let [left, border, right] =
        Layout::horizontal([Constraint::Fill(1), Constraint::Length(1), Constraint::Fill(1)]).areas(area);
    let line = vec![Line::from(view.span(Meaning::Border, "│")); usize::from(border.height)];
    frame.render_widget(Paragraph::new(line), border);
    let (here, there) = if *at_left { (right, left) } else { (left, right) };
    for (stack, pane, focused) in [(other, there, false), (screens, here, true)] {
        let [head, body] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(pane);
        let (sign, meaning) = if focused { ("▌", Meaning::Title) } else { (" ", Meaning::Muted) };
        let way = title::way(stack).join(" › ");
        let line = Line::from(vec![view.span(Meaning::Key, sign), view.span(meaning, way)]);
        frame.render_widget(Paragraph::new(line), head);
        top_of(stack, frame, body, View { focused, ..view });
        if !focused {
            // Above all that it has: what is in it can be pointed at once the keys are there.
            view.state.hits.add(pane, Target::Beside);
        }
    }
}
