//! What `doltops doctor` finds: a line a check, the one under the cursor whole at the foot, with what to do about it.

use super::{
    View,
    grid::{self, Column},
    parts,
};
use crate::{
    console::{state::doctor::Doctor, text, theme::Meaning},
    doctor::{Finding, Outcome},
};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// The sign and the longest word of an outcome, `not checked`.
const OUTCOME: usize = 13;
/// The widest name of a check.
const CHECK: usize = 24;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, doctor: &Doctor, view: View) {
    let mut above = Vec::new();
    match &doctor.report.value {
        Some(report) => {
            let meaning = if report.is_well() { Meaning::Good } else { Meaning::Bad };
            let said = format!(" of this machine: {}", report.summary());
            above.push(Line::from(view.span(meaning, text::clean(&said))));
        }
        None => above.push(Line::from(view.span(Meaning::Muted, " of this machine"))),
    }
    if let Some(since) = doctor.report.since {
        above.push(parts::loading(view, "looking", since));
    }
    let known: &[Finding] =
        doctor.report.value.as_ref().map_or_else(Default::default, |report| report.findings.as_slice());
    let check = known.iter().map(|finding| text::width(&finding.check)).max().unwrap_or(0).min(CHECK);
    let taken = 1 + OUTCOME + 2 + check + 2;
    let below = doctor.selected().map_or_else(Vec::new, |finding| about(finding, taken, area.width, view));
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [head, body, foot] = Layout::vertical([lines(above.len()), Constraint::Min(0), lines(below.len())]).areas(area);
    parts::lines(frame, head, above);
    parts::lines(frame, foot, below);
    if known.is_empty() {
        return;
    }
    let columns = [
        Column::left("OUTCOME", OUTCOME),
        Column::left("CHECK", check),
        Column::left("FOUND", usize::from(area.width).saturating_sub(taken)),
    ];
    grid::draw(frame, body, &columns, &doctor.list, view, |place| {
        doctor.at(place).map_or_else(Vec::new, |finding| row(finding, view))
    });
}

fn row(finding: &Finding, view: View) -> Vec<Span<'static>> {
    let meaning = match finding.outcome {
        Outcome::Ok => Meaning::Good,
        Outcome::NotChecked => Meaning::Muted,
        Outcome::Warning => Meaning::Warning,
        Outcome::Missing => Meaning::Bad,
    };
    vec![
        view.span(meaning, format!("{} {}", finding.outcome.symbol(), finding.outcome.as_str())),
        view.span(Meaning::Title, finding.check.clone()),
        view.span(Meaning::Text, finding.found.clone()),
    ]
}

/// What does not fit into its row, and what to do.
fn about(finding: &Finding, taken: usize, width: u16, view: View) -> Vec<Line<'static>> {
    let mut lines = parts::whole(view, &finding.found, taken, width);
    if !finding.next.is_empty() {
        let room = usize::from(width).saturating_sub(4);
        let next = text::wrap(&finding.next, room).into_iter().enumerate();
        lines.extend(next.map(|(at, line)| {
            let sign = if at == 0 { " → " } else { "   " };
            Line::from(vec![view.span(Meaning::Key, sign), view.span(Meaning::Text, line)])
        }));
    }
    lines
}
