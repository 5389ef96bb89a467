//! Parts that several screens share: panels, messages in place, health's sign.

use super::{View, paint};
use crate::{
    console::{text, theme::Meaning},
    hosted_api::{
        desired_diff::{ABSENT, said},
        problem::Problem,
    },
};
use doltops_proto::hosted_api::{CellChange, Deployment};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
    widgets::{Block, Clear, Padding},
};

/// A frame with a title; gives the room inside.
pub fn panel<'a>(frame: &mut Frame, area: Rect, title: impl Into<Line<'a>>, view: View) -> Rect {
    panel_of(frame, area, title, Meaning::Border, view)
}

/// The same with another look.
pub fn panel_of<'a>(frame: &mut Frame, area: Rect, title: impl Into<Line<'a>>, look: Meaning, view: View) -> Rect {
    if let Some(regions) = view.linear {
        regions.panel(area);
        return titled(frame, area, title.into());
    }
    let block = Block::bordered().border_style(view.style(look)).title(title.into());
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// The title on a line of its own, nothing around; gives the room below.
fn titled(frame: &mut Frame, area: Rect, title: Line) -> Rect {
    let [first, rest] = Layout::vertical([Constraint::Length(1), Constraint::Min(0)]).areas(area);
    frame.render_widget(title, first);
    rest
}

/// A panel's title in the usual look.
pub fn heading(view: View, text: &str) -> Line<'static> {
    Line::from(view.span(Meaning::Heading, format!(" {text} ")))
}

/// A panel in the middle, over what is there; gives the room inside.
pub fn popup(frame: &mut Frame, area: Rect, size: (u16, u16), title: &str, view: View) -> Rect {
    let (width, height) = (size.0.min(area.width), size.1.min(area.height));
    let area = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    frame.render_widget(Clear, area);
    // What lies below cannot be pointed at.
    view.state.hits.clear();
    if let Some(regions) = view.linear {
        regions.popup(area);
        return titled(frame, area, heading(view, title));
    }
    let block = Block::bordered()
        .style(view.style(Meaning::Text))
        .border_style(view.style(Meaning::Key))
        .padding(Padding::horizontal(1))
        .title(heading(view, title));
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// Lines, from the top; what is too long ends with an ellipsis.
pub fn lines(frame: &mut Frame, area: Rect, lines: Vec<Line>) {
    paint::lines(frame, area, lines.into_iter().map(|line| clip(line, usize::from(area.width))));
}

fn clip(mut line: Line, width: usize) -> Line {
    if line.width() <= width {
        return line;
    }
    let mut room = width;
    for span in &mut line.spans {
        let text = text::fit(&span.content, room);
        room = room.saturating_sub(text::width(&text));
        span.content = text.into();
    }
    line
}

/// The filter of a list that is in force, and what of it cannot be read; none where nothing is filtered.
pub fn filtered(view: View, (text, wrong): (&str, &[String]), (shown, all): (usize, usize)) -> Option<Line<'static>> {
    if text.is_empty() {
        return None;
    }
    let mut spans = vec![view.span(Meaning::Warning, format!(" filter '{text}': {shown} of {all}"))];
    spans.extend(wrong.first().map(|wrong| view.span(Meaning::Bad, format!("   ✗ {wrong}"))));
    Some(Line::from(spans))
}

/// What does not fit is counted.
pub fn cut(mut lines: Vec<Line<'static>>, height: usize, view: View) -> Vec<Line<'static>> {
    if lines.len() > height && height > 0 {
        let hidden = lines.len() - (height - 1);
        lines.truncate(height - 1);
        lines.push(Line::from(view.span(Meaning::Muted, format!("  … and {hidden} more lines"))));
    }
    lines
}

/// How many lines a long text takes at most where it is shown whole.
const WHOLE: usize = 6;

/// A text whole, where it is too long for its place in a row of `width` columns of which `taken` are the others'.
pub fn whole(view: View, text: &str, taken: usize, width: u16) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(2);
    if text::width(text) + taken <= room {
        return Vec::new();
    }
    let lines = text::wrap(text, room).into_iter().take(WHOLE);
    lines.map(|line| Line::from(view.span(Meaning::Title, format!(" {line}")))).collect()
}

/// Says what is awaited, and for how long.
pub fn loading(view: View, what: &str, since: i64) -> Line<'static> {
    Line::from(view.span(Meaning::Busy, format!("◌ {what}{}", view.waiting(since))))
}

/// What went wrong and what to do next, in at most `width` columns.
pub fn problem(view: View, problem: &Problem, width: u16) -> Vec<Line<'static>> {
    let width = usize::from(width).saturating_sub(2);
    let mut lines: Vec<Line> = text::wrap(&problem.to_string(), width)
        .into_iter()
        .enumerate()
        .map(|(index, text)| {
            Line::from(view.span(Meaning::Bad, format!("{} {text}", if index == 0 { "✗" } else { " " })))
        })
        .collect();
    if !problem.next.is_empty() {
        let next = text::wrap(&problem.next, width).into_iter();
        lines.extend(next.map(|text| Line::from(view.span(Meaning::Text, format!("  {text}")))));
    }
    lines
}

/// Health as a sign and a word; the sign alone tells it without colour.
pub fn health(health: &str) -> (&'static str, Meaning) {
    match health {
        "healthy" => ("●", Meaning::Good),
        "degraded" => ("▲", Meaning::Warning),
        "unreachable" => ("◇", Meaning::Bad),
        "failed" => ("✗", Meaning::Bad),
        "starting" => ("◐", Meaning::Busy),
        "stopped" => ("■", Meaning::Off),
        _ => ("○", Meaning::Muted),
    }
}

/// The same as a span.
pub fn health_span(view: View, row: &Deployment) -> Span<'static> {
    let (sign, meaning) = health(&row.health);
    view.span(meaning, format!("{sign} {}", row.health))
}

/// A changed cell: where, from what, to what; `whose` before it where several deployments are about.
pub fn cell(view: View, change: &CellChange, whose: bool) -> Line<'static> {
    let place = match change.table.as_str() {
        // A setting's own name stands in the row's key.
        "settings" | "deployment_settings" => change.key.rsplit('/').next().unwrap_or_default().to_owned(),
        _ => change.column.clone(),
    };
    let mut spans = Vec::new();
    if whose {
        let owner = if change.deployment.is_empty() { &change.key } else { &change.deployment };
        spans.push(view.span(Meaning::Muted, text::left(owner, 16) + " "));
    }
    spans.push(view.span(Meaning::Text, text::left(&place, 20) + " "));
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => {
            spans.push(view.span(Meaning::Removed, from.clone()));
            spans.push(view.span(Meaning::Muted, " → "));
            spans.push(view.span(Meaning::Added, to.clone()));
        }
        (None, Some(to)) => spans.push(view.span(Meaning::Added, format!("+ {to}"))),
        (Some(from), None) if said(change).1 == ABSENT => {
            spans.push(view.span(Meaning::Removed, format!("- {from}")));
        }
        (Some(from), None) => {
            spans.push(view.span(Meaning::Removed, format!("- {from}")));
            spans.push(view.span(Meaning::Muted, format!("  {}", said(change).1)));
        }
        (None, None) => spans.push(view.span(Meaning::Muted, "–")),
    }
    Line::from(spans)
}
