//! Roll back: the commits, what goes back, and the plan.

use super::{View, history, parts, plan};
use crate::console::{
    state::{
        proposal::Proposal,
        roll_back::{RollBack, Way},
    },
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, roll_back: &RollBack, view: View) {
    let [upper, lower] = Layout::vertical([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(area);
    let [left, right] = history::split(upper);
    let heading = match roll_back.way {
        Way::GoBack => "To which commit",
        Way::TakeBack if roll_back.history.marked.is_some() => "Which commits to take back, from * to here",
        Way::TakeBack => "Which commit to take back",
    };
    history::commits(frame, left, &roll_back.history, heading, view);
    let inner = parts::panel(frame, right, parts::heading(view, "What goes back"), view);
    parts::lines(frame, inner, parts::cut(changes(roll_back, view), usize::from(inner.height), view));
    plan::draw(frame, lower, &roll_back.proposal, view);
}

fn changes(roll_back: &RollBack, view: View) -> Vec<Line<'static>> {
    let (Proposal::Shown(shown) | Proposal::Sending { shown, .. }) = &roll_back.proposal else { return Vec::new() };
    if shown.plan.changes.is_empty() {
        return vec![Line::from(view.span(Meaning::Muted, " everything is as it was then"))];
    }
    let whose = roll_back.history.name.is_none();
    let line = |change| {
        let mut line = parts::cell(view, change, whose);
        line.spans.insert(0, view.span(Meaning::Text, " "));
        line
    };
    shown.plan.changes.iter().map(line).collect()
}
