//! Roll back: the commits, what goes back, and the plan.

use super::{View, history, parts, plan};
use crate::console::{
    state::{
        proposal::Proposal,
        roll_back::{RollBack, Way},
    },
    text,
    theme::Meaning,
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect, Size},
    text::Line,
};

/// The message of a commit takes so many lines at most; most fit in two.
const MESSAGE: usize = 2;

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
    parts::lines(frame, inner, parts::cut(changes(roll_back, inner.as_size(), view), usize::from(inner.height), view));
    plan::draw(frame, lower, &roll_back.proposal, view);
}

/// The commit whole, as its row has no room for it, and the cells that go back.
fn changes(roll_back: &RollBack, size: Size, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(commit) = roll_back.history.selected() {
        // That a merge brought in a branch, and which, says its first line.
        let message = match commit.brought_in {
            Some(_) => commit.message.split("  ").next().unwrap_or_default(),
            None => commit.message.as_str(),
        };
        let told = format!("{} by {}: {message}", view.when(commit.time_ms), commit.author);
        // What goes back has most of the room.
        let most = MESSAGE.min(usize::from(size.height) / 3);
        let room = usize::from(size.width).saturating_sub(2);
        let told = text::wrap_within(&told, room, room, most);
        lines.extend(told.into_iter().map(|line| Line::from(view.span(Meaning::Muted, format!(" {line}")))));
    }
    let as_it_was = || Line::from(view.span(Meaning::Text, " everything is as it was then"));
    let shown = match &roll_back.proposal {
        Proposal::Shown(shown) | Proposal::Sending { shown, .. } => shown,
        Proposal::Refused { problem, .. } if problem.nothing_to_do() => {
            lines.push(as_it_was());
            return lines;
        }
        _ => return lines,
    };
    if shown.plan.changes.is_empty() {
        lines.push(as_it_was());
    }
    let whose = roll_back.history.name.is_none();
    lines.extend(shown.plan.changes.iter().map(|change| {
        let mut line = parts::cell(view, change, whose);
        line.spans.insert(0, view.span(Meaning::Text, " "));
        line
    }));
    lines
}
