//! The change requests: what each would change, who has to look at it, and what stands in its way.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::console::{
    command::Command,
    state::branches::{Branches, is_open},
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::BranchSummary;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// Where it stands, as a sign and a look; the sign tells it without colour.
pub fn state(branch: &BranchSummary) -> (&'static str, Meaning) {
    match branch.state.as_str() {
        "open" if branch.conflicts > 0 => ("▲", Meaning::Warning),
        "open" => ("◐", Meaning::Busy),
        "merged" => ("●", Meaning::Good),
        _ => ("■", Meaning::Off),
    }
}

/// `1 of 2`, and whether that is enough.
pub fn approved(branch: &BranchSummary, view: View) -> Span<'static> {
    let missing = is_open(branch) && branch.approvals < branch.approvals_needed;
    let said = format!("{} of {}", branch.approvals, branch.approvals_needed);
    let look = if missing { Meaning::Warning } else { Meaning::Text };
    view.span(look, if missing { format!("▲ {said}") } else { said })
}

/// `2 open`, or that there is none.
pub fn conflicts(branch: &BranchSummary, view: View) -> Span<'static> {
    match branch.conflicts {
        0 => view.span(Meaning::Muted, "none"),
        many => view.span(Meaning::Warning, format!("▲ {many} open")),
    }
}

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, list: &Branches, view: View) {
    let above = above(list, area.width, view);
    let below = list.selected().map_or_else(Vec::new, |branch| about(branch, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if list.chosen.list.is_empty() {
        return;
    }
    let age = if view.state.absolute_times { 19 } else { 6 };
    let (name, author) = match area.width {
        0..100 => (14, 0),
        100..150 => (20, 12),
        _ => (28, 16),
    };
    let gap = |width: usize| if width > 0 { width + 2 } else { 0 };
    // The sign, the columns and the gaps before them: one before numbers, two before texts.
    let taken = 1 + name + (2 + 11) + (1 + 11) + (2 + 9) + (2 + 9) + gap(author) + (1 + age) + 2;
    let mut columns = vec![
        Column::left("NAME", name),
        Column::left("STATE", 11),
        Column::right("DEPLOYMENTS", 11),
        Column::left("CONFLICTS", 9),
        Column::left("APPROVED", 9),
        Column::right("AGE", age),
    ];
    if author > 0 {
        columns.push(Column::left("AUTHOR", author));
    }
    columns.push(Column::left("TITLE", usize::from(area.width).saturating_sub(taken)));
    grid::draw(frame, body, &columns, &list.chosen.list, view, |place| {
        list.at(place).map_or_else(Vec::new, |branch| row(branch, author > 0, view))
    });
}

fn row(branch: &BranchSummary, author: bool, view: View) -> Vec<Span<'static>> {
    let (sign, meaning) = state(branch);
    let mut cells = vec![
        view.span(Meaning::Title, branch.name.clone()),
        view.span(meaning, format!("{sign} {}", branch.state)),
        view.span(Meaning::Text, branch.deployments.to_string()),
        conflicts(branch, view),
        approved(branch, view),
        view.span(Meaning::Muted, view.when(branch.opened_ms)),
    ];
    if author {
        cells.push(view.span(Meaning::Text, branch.author.clone()));
    }
    cells.push(view.span(Meaning::Text, branch.title.clone()));
    cells
}

/// How many there are, or why they are not there.
fn above(list: &Branches, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    if let Some(problem) = &list.branches.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    let Some(all) = &list.branches.value else {
        lines.extend(list.branches.since.map(|since| parts::loading(view, "reading the change requests", since)));
        return lines;
    };
    let open = match all.iter().filter(|branch| is_open(branch)).count() {
        0 => format!(" no change request is open: {} opens one", view.state.keymap.way(Command::NewBranch)),
        1 => " 1 change request is open".to_owned(),
        many => format!(" {many} change requests are open"),
    };
    let over = if list.closed { ", those that are over below" } else { "" };
    lines.push(Line::from(view.span(Meaning::Muted, format!("{open}{over}"))));
    lines.extend(parts::filtered(view, (list.chosen.text(), list.chosen.wrong()), (list.chosen.list.len(), all.len())));
    lines
}

/// What does not fit into its row.
fn about(branch: &BranchSummary, width: u16, view: View) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(2);
    let wrapped = |meaning: Meaning, text: String| {
        let lines = text::wrap(&text, room).into_iter().take(2);
        lines.map(|line| Line::from(view.span(meaning, format!(" {line}")))).collect::<Vec<_>>()
    };
    let mut lines = wrapped(Meaning::Title, format!("{}: {}", branch.name, branch.title));
    lines.extend(wrapped(Meaning::Muted, place(branch, view)));
    lines
}

/// `opened 2 h ago by ann; 3 commits on 8u6nmkpu, main is 2 ahead of that; 1 comment`
pub fn place(branch: &BranchSummary, view: View) -> String {
    let ago = |ms| {
        let (now, zone) = (view.now(), &view.state.zone);
        if view.state.absolute_times { text::moment(ms, zone) } else { text::ago(now, ms) }
    };
    let mut said = vec![format!("opened {} by {}", ago(branch.opened_ms), branch.author)];
    if !is_open(branch) {
        said.push(format!("{} {} by {}", branch.state, ago(branch.closed_ms), branch.closed_by));
    }
    let base = text::short(&branch.base);
    let commits = if branch.ahead == 0 {
        format!("made from {base}")
    } else {
        format!("{} on {base}", text::plural(branch.ahead, "commit"))
    };
    // How far main has gone since it was over says nothing of it.
    let behind = match branch.behind {
        behind if behind > 0 && is_open(branch) => format!(", main is {behind} ahead of that"),
        _ => String::new(),
    };
    said.push(format!("{commits}{behind}"));
    if branch.comments > 0 {
        said.push(text::plural(branch.comments, "comment"));
    }
    said.join("; ")
}
