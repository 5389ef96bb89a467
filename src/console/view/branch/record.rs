//! How a change request ended: when, by whom, who had approved it, and what was decided about each conflict.
//!
//! Times are dates: what is over is looked up, and hardly ever followed.

use crate::{
    console::{
        state::branch::DEPLOYMENT,
        text,
        theme::Meaning,
        view::{View, branches},
    },
    hosted_api::desired_diff::said_of,
};
use doltops_proto::hosted_api::{Branch, BranchConflict, BranchSummary};
use ratatui::text::Line;

/// All of it, in at most `width` columns.
pub fn lines(told: &Branch, width: u16, view: View) -> Vec<Line<'static>> {
    let summary = told.summary.clone().unwrap_or_default();
    let (sign, look) = branches::state(&summary);
    let room = usize::from(width).saturating_sub(4);
    let mut lines = Vec::new();
    let mut say = |look, sign: &str, said: &str| {
        for (at, line) in text::wrap(said, room).into_iter().enumerate() {
            let sign = if at == 0 { sign } else { " " };
            lines.push(Line::from(view.span(look, format!(" {sign} {line}"))));
        }
    };
    say(look, sign, &ended(told, &summary, view));
    say(Meaning::Text, " ", &approved(told, &summary));
    for conflict in told.conflicts.iter().filter(|conflict| conflict.decided) {
        say(Meaning::Text, "●", &decided(conflict, view));
    }
    lines
}

/// `merged 2026-11-20 14:00:00 by op1: commit 8u6nmkpu of main`
fn ended(told: &Branch, summary: &BranchSummary, view: View) -> String {
    let when = text::moment(summary.closed_ms, &view.state.zone);
    let ended = format!("{} {when} by {}", summary.state, summary.closed_by);
    match (told.merge_commit.as_str(), summary.state.as_str()) {
        ("", "merged") => ended,
        ("", _) => format!("{ended}: nothing of it came to main"),
        (commit, _) => format!("{ended}: commit {} of main", text::short(commit)),
    }
}

/// Whose approvals counted then.
fn approved(told: &Branch, summary: &BranchSummary) -> String {
    let counted: Vec<&str> = told.approvals.iter().filter(|it| it.counts).map(|it| it.author.as_str()).collect();
    match counted.as_slice() {
        [] if summary.approvals_needed == 0 => "nobody had to approve it, and nobody had".to_owned(),
        [] => "nobody had approved it as it was".to_owned(),
        those => format!("approved as it was by {}", those.join(", ")),
    }
}

/// `billing.instance_type is local.medium, as the branch said (main said local.large): op1, 2026-11-20 13:00:00`
fn decided(conflict: &BranchConflict, view: View) -> String {
    let of = |value: &Option<String>| said_of(&conflict.column, conflict.base.as_deref(), value.as_deref());
    let (ours, theirs) = (of(&conflict.ours), of(&conflict.theirs));
    let whose = match &conflict.value {
        value if *value == conflict.theirs => format!("as the branch said; main said {ours}"),
        value if *value == conflict.ours => format!("as main said; the branch said {theirs}"),
        _ => format!("main said {ours}, the branch {theirs}"),
    };
    let when = text::moment(conflict.decided_ms, &view.state.zone);
    let is = match &conflict.value {
        Some(_) if conflict.column == DEPLOYMENT => "stays".to_owned(),
        value => format!("is {}", of(value)),
    };
    format!("{} {is} ({whose}): {}, {when}", conflict.cell, conflict.decided_by)
}
