//! What was said about a change request: who approved it, the comments, its commits.

use crate::console::{text, theme::Meaning, view::View};
use doltops_proto::hosted_api::{Branch, BranchApproval};
use ratatui::text::Line;

/// In numbers.
pub fn title(told: &Branch) -> String {
    let approvals = told.approvals.iter().filter(|it| !it.withdrawn).count();
    let parts = [(approvals, "approval"), (told.comments.len(), "comment"), (told.commits.len(), "commit")]
        .map(|(count, one)| text::plural(count, one));
    format!("Review: {}", parts.join(", "))
}

/// All of it, in at most `width` columns; comments are read from the newest on.
pub fn lines(told: &Branch, width: u16, view: View) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(2);
    let mut lines: Vec<Line> = told.approvals.iter().map(|approval| approval_line(approval, view)).collect();
    for comment in told.comments.iter().rev() {
        lines.push(Line::from(vec![
            view.span(Meaning::Title, format!(" {}", comment.author)),
            view.span(Meaning::Muted, format!("  {}", view.when(comment.time_ms))),
        ]));
        let said = text::wrap(&comment.text, room.saturating_sub(2));
        lines.extend(said.into_iter().map(|line| Line::from(view.span(Meaning::Text, format!("   {line}")))));
    }
    // As wide as the widest, so that names and messages stand below one another.
    let age = told.commits.iter().map(|commit| text::width(&view.when(commit.time_ms))).max().unwrap_or(0);
    let when = |ms: i64| text::right(&view.when(ms), age);
    for commit in &told.commits {
        let message = commit.message.lines().next().unwrap_or_default();
        lines.push(Line::from(vec![
            view.span(Meaning::Key, format!(" {} ", text::short(&commit.hash))),
            view.span(Meaning::Muted, format!("{}  {}  ", when(commit.time_ms), commit.author)),
            view.span(Meaning::Text, message.to_owned()),
        ]));
    }
    if lines.is_empty() {
        lines.push(Line::from(view.span(Meaning::Muted, " nobody has changed or said anything yet")));
    }
    lines
}

fn approval_line(approval: &BranchApproval, view: View) -> Line<'static> {
    let (sign, look, words) = match (approval.withdrawn, approval.counts) {
        (true, _) => ("■", Meaning::Off, "has withdrawn the approval"),
        (_, true) => ("●", Meaning::Good, "approves it as it is"),
        (_, false) => ("○", Meaning::Stale, "has approved it; that does not count for it as it is"),
    };
    Line::from(vec![
        view.span(look, format!(" {sign} {} {words}", approval.author)),
        view.span(Meaning::Muted, format!("  {} at {}", view.when(approval.given_ms), text::short(&approval.head))),
    ])
}
