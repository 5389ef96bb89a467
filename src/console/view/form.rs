//! A change being prepared: fields above, the plan below.

use super::{View, parts, plan, summary, typed};
use crate::console::{
    state::{
        fleet::disk,
        form::{Field, Form, Kind, Several, Value},
        proposal::Proposal,
    },
    text,
    theme::Meaning,
};
use doltops_proto::hosted_api::{CellChange, Deployment};
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Position, Rect},
    text::{Line, Span},
};

/// The width of what is typed into,
const INPUT: usize = 30;
/// and where it is narrow: a window of hours (`sun 03:00-05:00`) stands in it whole.
const LEAST_INPUT: usize = 20;
/// As many changed cells of an undo or a merge are listed: enough for any change of one deployment but its making, and the plan
/// below keeps its room on a small screen.
const CELLS: usize = 6;
/// As many lines of names: the plan has all of them.
const PART: usize = 2;
/// The least height of the plan's panel.
const PLAN: u16 = 6;

/// Draws it.
pub fn draw(frame: &mut Frame, area: Rect, form: &Form, view: View) {
    let about = about(form, area.width, view);
    let lines = u16::try_from(about.len()).unwrap_or(0);
    let fields = fields_height(&form.fields, form.focus, area.width, view);
    let top = (lines + 1 + fields).min(area.height.saturating_sub(PLAN));
    let [upper, lower] = Layout::vertical([Constraint::Length(top), Constraint::Min(0)]).areas(area);
    // Where it is tight, the line between goes.
    let gap = u16::from(upper.height >= lines + fields);
    let [head, room] = Layout::vertical([Constraint::Length(lines + gap), Constraint::Min(0)]).areas(upper);
    parts::lines(frame, head, about);
    draw_fields(frame, room, &form.fields, form.focus, view);
    plan::draw_scrolled(frame, lower, &form.proposal, &form.scroll, view);
}

/// What is said before the fields.
fn about(form: &Form, width: u16, view: View) -> Vec<Line<'static>> {
    if let Some(of) = &form.several {
        return several(form.kind, of, width, view);
    }
    let row = form.target.as_ref().and_then(|name| view.state.fleet.find(name));
    let mut lines = Vec::new();
    match (form.kind, row) {
        (Kind::Create, _) => lines.push(Line::from(
            view.span(Meaning::Muted, " A new deployment: one Dolt server with a volume of its own."),
        )),
        (Kind::Undo, _) => lines.extend(undo(&form.proposal, width, view)),
        (Kind::Merge, _) => lines.extend(merge(form, width, view)),
        (Kind::Settings, _) => lines
            .push(Line::from(view.span(Meaning::Muted, " An empty field is Dolt's default. ← → changes a choice."))),
        (Kind::Delete, Some(row)) => {
            let lost = text::wrap(&loss(row, view), usize::from(width).saturating_sub(4));
            lines.extend(lost.into_iter().map(|line| Line::from(view.span(Meaning::Bad, format!(" {line}")))));
        }
        (_, Some(row)) => lines.extend(summary::before_a_change(row, width, view)),
        (_, None) => lines.push(Line::from(view.span(Meaning::Warning, " this deployment is gone"))),
    }
    lines
}

/// Which deployments it is about, which of those that are marked it is not about, and what would be lost.
fn several(kind: Kind, of: &Several, width: u16, view: View) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(2);
    let part = |meaning: Meaning, text: String| -> Vec<Line<'static>> {
        let mut lines = text::wrap(&text::clean(&text), room);
        if lines.len() > PART {
            lines.truncate(PART);
            lines.push("…".to_owned());
        }
        lines.into_iter().map(|line| Line::from(view.span(meaning, format!(" {line}")))).collect()
    };
    let mut lines = match kind {
        Kind::Delete => part(Meaning::Bad, loss_of(of, view)),
        _ => part(Meaning::Title, format!("{} marked: {}", of.names.len(), of.names.join(", "))),
    };
    if !of.left_out.is_empty() {
        lines.extend(part(Meaning::Warning, format!("▲ left out: {}", of.left_out.join("; "))));
    }
    lines
}

/// What would be lost of all of them.
fn loss_of(of: &Several, view: View) -> String {
    let rows = || of.names.iter().filter_map(|name| view.state.fleet.find(name));
    let held: u64 = rows().filter_map(|row| row.observed.as_ref()).map(|seen| seen.disk_used_bytes).sum();
    let connections: u32 = rows().filter_map(|row| row.samples.last()).map(|sample| sample.connections).sum();
    let (many, held) = (of.names.len(), text::bytes(held));
    let names = of.names.join(", ");
    let connections = text::plural(connections, "connection");
    format!("▲ Deleting {many} ends them: {held} of data in all, {connections} now: {names}.")
}

/// What an undo is about, and the cells that it takes back.
fn undo(proposal: &Proposal, width: u16, view: View) -> Vec<Line<'static>> {
    let (Proposal::Shown(shown) | Proposal::Sending { shown, .. }) = proposal else {
        let what = " The last thing that you asked for and that was not undone yet.";
        return vec![Line::from(view.span(Meaning::Muted, what))];
    };
    let room = usize::from(width).saturating_sub(2);
    let summary = text::wrap(&text::clean(&shown.plan.summary), room);
    let mut lines: Vec<Line> =
        summary.into_iter().map(|line| Line::from(view.span(Meaning::Title, format!(" {line}")))).collect();
    lines.extend(changed(&shown.plan.changes, view));
    lines
}

/// What comes to main, cell by cell.
fn merge(form: &Form, width: u16, view: View) -> Vec<Line<'static>> {
    let name = form.branch.as_deref().unwrap_or_default();
    let what = format!("What stands on {name} comes to main in one commit; what runs follows.");
    let room = usize::from(width).saturating_sub(2);
    let mut lines: Vec<Line> = text::wrap(&what, room)
        .into_iter()
        .map(|line| Line::from(view.span(Meaning::Title, format!(" {line}"))))
        .collect();
    if let Proposal::Shown(shown) | Proposal::Sending { shown, .. } = &form.proposal {
        lines.extend(changed(&shown.plan.changes, view));
    }
    lines
}

/// The first of the cells, and how many more there are; what comes or goes is one line.
fn changed(changes: &[CellChange], view: View) -> Vec<Line<'static>> {
    let is_name = |change: &&CellChange| change.table == "deployments" && change.column == "name";
    let whole: Vec<&CellChange> =
        changes.iter().filter(is_name).filter(|it| it.from.is_none() != it.to.is_none()).collect();
    let of_one = |change: &CellChange| whole.iter().any(|one| one.deployment == change.deployment);
    let mut lines: Vec<Line> = whole.iter().map(|one| comes_or_goes(one, changes, view)).collect();
    lines.extend(changes.iter().filter(|change| !of_one(change)).map(|change| parts::cell(view, change, true)));
    let all = lines.len();
    lines.truncate(CELLS);
    lines.iter_mut().for_each(|line| line.spans.insert(0, view.span(Meaning::Text, "   ")));
    if let Some(more) = all.checked_sub(CELLS).filter(|more| *more > 0) {
        lines.push(Line::from(view.span(Meaning::Muted, format!("   and {more} more"))));
    }
    lines
}

/// `orders           deleted, was local.small, 20 GiB`, or `new, local.small, 20 GiB`.
fn comes_or_goes(name: &CellChange, changes: &[CellChange], view: View) -> Line<'static> {
    let goes = name.to.is_none();
    let value = |column: &str| {
        let cell = changes.iter().find(|it| it.deployment == name.deployment && it.column == column)?;
        if goes { cell.from.clone() } else { cell.to.clone() }
    };
    let size = value("volume_gib").map(|gib| format!("{gib} GiB"));
    let what = value("instance_type").into_iter().chain(size).collect::<Vec<_>>().join(", ");
    let (look, word) = match (goes, what.is_empty()) {
        (true, true) => (Meaning::Bad, "deleted"),
        (true, false) => (Meaning::Bad, "deleted, was "),
        (false, true) => (Meaning::Added, "new"),
        (false, false) => (Meaning::Added, "new, "),
    };
    Line::from(vec![
        view.span(Meaning::Muted, text::left(&name.deployment, 16) + " "),
        view.span(look, format!("{word}{what}")),
    ])
}

/// What would be lost, in sizes and dates.
fn loss(row: &Deployment, view: View) -> String {
    let seen = row.observed.clone().unwrap_or_default();
    let held = if disk(row) < 0.0 {
        "what its volume holds is not known".to_owned()
    } else {
        format!("its volume {} holds {} of data", seen.volume_id, text::bytes(seen.disk_used_bytes))
    };
    let used = match row.samples.last() {
        // Nothing was measured, as on a clone: that says nothing of who is.
        None if row.health != "stopped" => "who is connected is not known".to_owned(),
        Some(sample) if sample.connections > 0 || sample.queries_per_second > 0.0 => {
            let queries = text::count(sample.queries_per_second);
            // Dolt counts the agent's as well.
            let connections = text::plural(sample.connections, "connection");
            format!("{connections} with its agent's, {queries} queries a second now")
        }
        _ => "nobody is connected".to_owned(),
    };
    let when = view.state.branch.as_ref().map_or_else(String::new, |branch| format!(" once {branch} is merged"));
    format!("▲ Deleting {} ends it{when}: {held}; {used}; last seen {}.", row.name, view.when(row.seen_ms))
}

/// How high the fields are, with what stands below them and a line's gap.
pub fn fields_height(fields: &[Field], focus: usize, width: u16, view: View) -> u16 {
    let below = below(fields, focus, width, view).len().max(1);
    u16::try_from(fields.len() + below).unwrap_or(u16::MAX)
}

/// Fields below one another; what is wrong with one, or what it is, beside it, or below all where that is too narrow.
pub fn draw_fields(frame: &mut Frame, area: Rect, fields: &[Field], focus: usize, view: View) {
    let label = label_width(fields);
    let below = below(fields, focus, area.width, view);
    // What is wrong has its room before all fields have: they scroll.
    let height = usize::from(area.height).saturating_sub(below.len()).max(1);
    // The field with the focus is in view, also where not all fit.
    let first = (focus + 1).saturating_sub(height);
    let rows = fields.iter().enumerate().skip(first).take(height);
    let mut after = area.y;
    for (place, (index, field)) in rows.enumerate() {
        let y = area.y + u16::try_from(place).unwrap_or(0);
        after = y + 1;
        draw_field(frame, Rect { y, height: 1, ..area }, field, label, index == focus, view);
    }
    let rest = Rect { y: after, height: area.bottom().saturating_sub(after), ..area };
    parts::lines(frame, rest, below);
}

fn label_width(fields: &[Field]) -> usize {
    fields.iter().map(|field| text::width(field.label)).max().unwrap_or(0)
}

/// Whole what does not fit beside its field: that of the field with the focus, and whatever is wrong with another.
fn below(fields: &[Field], focus: usize, width: u16, view: View) -> Vec<Line<'static>> {
    let label = label_width(fields);
    let room = usize::from(width).saturating_sub(1 + label + 2 + input_width(width, label));
    let told = |(index, field): (usize, &Field)| -> Vec<Line<'static>> {
        let beside = beside(field, view);
        let is_told = index == focus || field.error.is_some();
        if !is_told || beside.width() <= room {
            return Vec::new();
        }
        let said = beside.content.trim_start();
        let said = if index == focus { said.to_owned() } else { format!("{said} ({})", field.label) };
        let lines = text::wrap(&said, usize::from(width).saturating_sub(3)).into_iter();
        lines.map(|line| Line::styled(format!("  {line}"), beside.style)).collect()
    };
    fields.iter().enumerate().flat_map(told).collect()
}

/// The width of what is typed into: half of what labels leave, within bounds.
fn input_width(width: u16, label: usize) -> usize {
    let rest = usize::from(width).saturating_sub(label + 6).max(8);
    (rest / 2).clamp(LEAST_INPUT, INPUT).min(rest)
}

/// What is wrong with a field, else what it is.
fn beside(field: &Field, view: View) -> Span<'static> {
    match &field.error {
        Some(error) => view.span(Meaning::Bad, format!("  ✗ {error}")),
        None => view.span(Meaning::Muted, format!("  {}", field.help)),
    }
}

fn draw_field(frame: &mut Frame, area: Rect, field: &Field, label: usize, focused: bool, view: View) {
    let input = input_width(area.width, label);
    let sign = if focused { "▌" } else { " " };
    let named = if focused { Meaning::Title } else { Meaning::Text };
    let mut spans =
        vec![view.span(Meaning::Key, sign), view.span(named, format!("{}  ", text::left(field.label, label)))];
    spans.extend(value(field, input, focused, view));
    spans.push(beside(field, view));
    parts::lines(frame, area, vec![Line::from(spans)]);
    if let (true, Value::Text(line)) = (focused, &field.value) {
        let cursor = line.visual_cursor().saturating_sub(line.visual_scroll(input - 1));
        let x = usize::from(area.x) + 1 + label + 2 + cursor;
        view.cursor(frame, Position::new(u16::try_from(x).unwrap_or(0), area.y));
    }
}

fn value(field: &Field, width: usize, focused: bool, view: View) -> Vec<Span<'static>> {
    match &field.value {
        Value::Text(line) => {
            let hidden = line.visual_scroll(width - 1);
            let shown: String = line.value().chars().skip(hidden).collect();
            typed::spans(&shown, focused && field.selected, width, view)
        }
        Value::Choice { options, chosen } => {
            let word = options.get(*chosen).map_or("", String::as_str);
            let word = if word.is_empty() { "default" } else { word };
            let shown =
                if focused { format!("‹ {word} ›  {} of {}", chosen + 1, options.len()) } else { word.to_owned() };
            vec![view.span(if focused { Meaning::Key } else { Meaning::Text }, text::left(&shown, width))]
        }
    }
}
