//! The support form: what is wrong, where, how bad.

use super::{View, form, parts};
use crate::console::{state::report::Report, theme::Meaning};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, report: &Report, view: View) {
    let fields = form::fields_height(&report.fields, report.focus, area.width, view);
    let [head, room, foot] =
        Layout::vertical([Constraint::Length(2), Constraint::Length(fields + 1), Constraint::Min(0)]).areas(area);
    let about = " A new incident: those on call are paged as for one that opens by itself.";
    parts::lines(frame, head, vec![Line::from(view.span(Meaning::Muted, about))]);
    form::draw_fields(frame, room, &report.fields, report.focus, view);
    let mut lines = Vec::new();
    if let Some(problem) = &report.problem {
        lines.extend(parts::problem(view, problem, area.width));
    }
    if let Some((_, since)) = report.sent {
        lines.push(parts::loading(view, "sent, waiting for the answer", since));
    }
    parts::lines(frame, foot, lines);
}
