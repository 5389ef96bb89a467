//! One incident: what happened from top to bottom, the last change before it marked, what is under the cursor beside it.

use super::{
    View,
    grid::{self, Column},
    incidents, members, parts, typed,
};
use crate::{
    console::{
        state::{
            incident::{Act, Acting, Story},
            overlay::Part,
        },
        text,
        theme::Meaning,
    },
    hosted_api::post_mortem,
};
use doltops_proto::hosted_api::{CellChange, Incident, Page, TimelineEntry};
use jiff::tz::TimeZone;
use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

/// From this width on, the details stand beside the story; below it, under it.
const SIDE_BY_SIDE: u16 = 140;
/// From this width of the list on, the mark says all.
const WITH_WHOLE_MARK: u16 = 130;
/// The mark of the last change before it.
const SUSPECT: &str = "◀ the last change before it";
/// The same where there is less room.
const SUSPECT_SHORT: &str = "◀ last change";
/// The same where what happened would be cut off by it.
const SUSPECT_SHORTEST: &str = "◀ last";
/// Below this width of the list.
const WITH_SHORT_MARK: u16 = 100;
/// How many lines the impact and the description take at most: the story is what one came for.
const SAID: usize = 2;

/// Draws it.
pub(super) fn draw(frame: &mut Frame, area: Rect, story: &Story, view: View) {
    let head = head(story, area.width, view);
    let foot = foot(story, area.width, view);
    let lines = |count: usize| Constraint::Length(u16::try_from(count).unwrap_or(u16::MAX));
    let [top, body, bottom] = Layout::vertical([lines(head.len()), Constraint::Min(0), lines(foot.len())]).areas(area);
    parts::lines(frame, top, head);
    parts::lines(frame, bottom, foot);
    let [left, right] = if area.width >= SIDE_BY_SIDE {
        Layout::horizontal([Constraint::Percentage(60), Constraint::Percentage(40)]).areas(body)
    } else {
        Layout::vertical([Constraint::Percentage(62), Constraint::Percentage(38)]).areas(body)
    };
    entries(frame, left, story, view);
    details(frame, right, story, view);
}

fn head(story: &Story, width: u16, view: View) -> Vec<Line<'static>> {
    let incident = &story.incident;
    let mut lines = vec![incidents::line(incident, width, view)];
    lines.extend(state(incident, width, view));
    lines.extend(members::line(&incident.deployments, usize::from(width), view));
    let room = usize::from(width).saturating_sub(3);
    for (name, said) in [("impact", &incident.impact), ("what", &incident.description)] {
        if !said.is_empty() {
            let wrapped = text::wrap(&format!("{name}: {said}"), room).into_iter().take(SAID);
            lines.extend(wrapped.map(|line| Line::from(view.span(Meaning::Text, format!(" {line}")))));
        }
    }
    lines.extend(last_note(incident, room, view));
    if let Some(problem) = &story.timeline.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if let (Some(since), None) = (story.timeline.since, &story.timeline.value) {
        lines.push(parts::loading(view, "putting the story together", since));
    }
    lines
}

/// The newest note, wherever the cursor is: what the person before one found out.
fn last_note(incident: &Incident, room: usize, view: View) -> Vec<Line<'static>> {
    let Some(note) = incident.notes.iter().max_by_key(|note| note.time_ms) else { return Vec::new() };
    let many =
        if incident.notes.len() > 1 { format!("last of {} notes", incident.notes.len()) } else { "note".to_owned() };
    let said = format!("{many}: {} ({}, {})", note.text, note.author, text::clock(note.time_ms, &view.state.zone));
    let lines = text::wrap(&said, room).into_iter().take(SAID);
    lines.map(|line| Line::from(view.span(Meaning::Title, format!(" {line}")))).collect()
}

/// `▲ open since 14:02:31   of billing   paged op1 14:03:02, acknowledged 14:04:10 by op1`
fn state(incident: &Incident, width: u16, view: View) -> Vec<Line<'static>> {
    let clock = |ms| text::clock(ms, &view.state.zone);
    let (sign, meaning) = incidents::state(&incident.state);
    let mut said = vec![format!("opened {} by {}", clock(incident.opened_ms), incident.opened_by)];
    if let Some(Page { to, target, time_ms, state, .. }) = incident.pages.iter().rfind(|page| page.action == "trigger")
    {
        let whom = if to.is_empty() { target } else { to };
        said.push(match state.as_str() {
            "sent" => format!("paged {whom} {}", clock(*time_ms)),
            "failed" => format!("✗ paging {whom} failed"),
            _ => format!("◌ paging {whom}"),
        });
    }
    if incident.acknowledged_ms != 0 {
        said.push(format!("acknowledged {} by {}", clock(incident.acknowledged_ms), incident.acknowledged_by));
    }
    if incident.returned > 0 {
        said.push(format!("came back {}×", incident.returned));
    }
    match (incident.resolved_ms, incident.gone_since_ms) {
        (0, 0) => {}
        (0, gone) => said.push(format!("its cause is away since {}", clock(gone))),
        (over, _) => said.push(format!("resolved {} by {}", clock(over), incident.resolved_by)),
    }
    let of = match incident.deployments.as_slice() {
        [] => String::new(),
        [one] => format!("   of {one}"),
        // The line below names them.
        several => format!("   of {}", text::plural(several.len(), "deployment")),
    };
    let begin = format!(" {sign} {}", incident.state);
    let taken = text::width(&begin) + text::width(&of) + 3;
    let width = usize::from(width);
    let said = text::wrap_within(&said.join(", "), width.saturating_sub(taken), width.saturating_sub(3), SAID);
    let mut said = said.into_iter().map(|line| view.span(Meaning::Muted, format!("   {line}")));
    let first = [view.span(meaning, begin), view.span(Meaning::Text, of)].into_iter().chain(said.next());
    let mut lines = vec![Line::from(first.collect::<Vec<_>>())];
    lines.extend(said.map(Line::from));
    lines
}

fn entries(frame: &mut Frame, area: Rect, story: &Story, view: View) {
    let known = story.entries();
    if known.is_empty() {
        return;
    }
    let suspect = story.timeline.value.as_ref().map_or("", |timeline| timeline.suspect.as_str());
    let time = if view.state.absolute_times { 19 } else { 8 };
    // Where all of it is about one, its name says nothing.
    let several = known.iter().any(|entry| !entry.deployment.is_empty() && entry.deployment != known_first(known));
    let name = if several { 12 } else { 0 };
    // Its column is the others' loss.
    let mark = match area.width {
        WITH_WHOLE_MARK.. => SUSPECT,
        WITH_SHORT_MARK.. => SUSPECT_SHORT,
        _ => SUSPECT_SHORTEST,
    };
    let last = if known.iter().any(|entry| is_suspect(entry, suspect)) { text::width(mark).max(8) } else { 8 };
    let rest =
        usize::from(area.width).saturating_sub(1 + time + 2 + 8 + 2 + name + if several { 2 } else { 0 } + 2 + last);
    let mut columns = vec![Column::left("", time), Column::left("", 8)];
    if several {
        columns.push(Column::left("", name));
    }
    columns.extend([Column::left("", rest), Column::left("", last)]);
    // What does not fit is counted below.
    let cut = known.len() > usize::from(area.height) && area.height > 1;
    let [area, rest] = Layout::vertical([Constraint::Min(0), Constraint::Length(u16::from(cut))]).areas(area);
    grid::draw(frame, area, &columns, &story.list, view, |index| {
        known.get(index).map_or_else(Vec::new, |entry| {
            let mut cells = vec![view.span(Meaning::Muted, when(entry.time_ms, view)), kind(entry, view)];
            if several {
                cells.push(view.span(Meaning::Title, entry.deployment.clone()));
            }
            let suspected = is_suspect(entry, suspect);
            cells.push(view.span(look(entry), said(entry)));
            cells.push(match entry.values.as_slice() {
                _ if suspected => view.span(Meaning::Warning, mark),
                [] => Span::raw(""),
                values => view.span(Meaning::Chart, post_mortem::bars(&fit(values, last))),
            });
            cells
        })
    });
    if cut {
        parts::lines(frame, rest, vec![hidden(story, view)]);
    }
}

/// How much of the story is out of view: `↑ 12 before   ↓ 5 after, the opening among them`.
fn hidden(story: &Story, view: View) -> Line<'static> {
    let shown = story.list.in_view();
    let opens = |entry: &TimelineEntry| entry.kind == "incident" && entry.time_ms >= story.incident.opened_ms;
    let said = |sign: &str, entries: &[TimelineEntry], where_to: &str| {
        let opening = if entries.iter().any(opens) { ", the opening among them" } else { "" };
        format!("   {sign} {} {where_to}{opening}", entries.len())
    };
    let entries = story.entries();
    let (above, below) = (entries.get(..shown.start), entries.get(shown.end..));
    let parts = [(above, "↑", "before"), (below, "↓", "after")].into_iter().filter_map(|(entries, sign, where_to)| {
        entries.filter(|entries| !entries.is_empty()).map(|entries| said(sign, entries, where_to))
    });
    Line::from(view.span(Meaning::Muted, parts.collect::<String>()))
}

fn known_first(entries: &[TimelineEntry]) -> &str {
    entries.iter().map(|entry| entry.deployment.as_str()).find(|name| !name.is_empty()).unwrap_or_default()
}

fn is_suspect(entry: &TimelineEntry, suspect: &str) -> bool {
    !suspect.is_empty() && entry.commit == suspect
}

/// The values in as many bars as there is room for, the highest of those that share one. Where a bar begins depends on the
/// room alone: what was looks the same at each look.
fn fit(values: &[f64], room: usize) -> Vec<f64> {
    let by = post_mortem::POINTS.div_ceil(room.max(1));
    values.chunks(by).map(|chunk| chunk.iter().copied().fold(0.0, f64::max)).collect()
}

fn when(ms: i64, view: View) -> String {
    if view.state.absolute_times { text::moment(ms, &view.state.zone) } else { text::clock(ms, &view.state.zone) }
}

fn kind(entry: &TimelineEntry, view: View) -> Span<'static> {
    let meaning = match entry.kind.as_str() {
        _ if entry.missing => Meaning::Stale,
        "commit" => Meaning::Key,
        "incident" => Meaning::Bad,
        "health" | "page" => Meaning::Warning,
        "note" => Meaning::Title,
        "log" => Meaning::Warning,
        _ => Meaning::Muted,
    };
    view.span(meaning, entry.kind.clone())
}

fn look(entry: &TimelineEntry) -> Meaning {
    match entry.kind.as_str() {
        _ if entry.missing => Meaning::Stale,
        "incident" | "note" => Meaning::Title,
        _ => Meaning::Text,
    }
}

/// What happened, in a line: `8u6nmkpu op2: billing: max_connections 400 → 4000`.
fn said(entry: &TimelineEntry) -> String {
    let commit = if entry.commit.is_empty() { String::new() } else { format!("{} ", text::short(&entry.commit)) };
    let by = if entry.author.is_empty() { String::new() } else { format!("{}: ", entry.author) };
    let sign = if entry.missing { "? " } else { "" };
    let more = match entry.lines.len() {
        0 | 1 => String::new(),
        many => format!("   ({} around it)", text::plural(many - 1, "line")),
    };
    format!("{sign}{commit}{by}{}{more}", entry.text)
}

fn details(frame: &mut Frame, area: Rect, story: &Story, view: View) {
    let Some(entry) = story.selected() else { return };
    let title = match entry.kind.as_str() {
        "commit" => format!("What {} changed", text::short(&entry.commit)),
        "log" if !entry.missing => format!("Log of {}", entry.deployment),
        "incident" => "What was changed in the hour before".to_owned(),
        _ => format!("{}, {}", text::moment(entry.time_ms, &view.state.zone), entry.kind),
    };
    let inner = parts::panel(frame, area, parts::heading(view, &title), view);
    let lines = detail(story, entry, inner.width, view);
    let scroll = story.scroll.min(lines.len().saturating_sub(1));
    let rest = lines.into_iter().skip(scroll).collect();
    parts::lines(frame, inner, parts::cut(rest, usize::from(inner.height), view));
}

/// How far the details can be scrolled, about: what they are made of is one line each.
pub fn detail_lines(story: &Story) -> usize {
    let changes = story.timeline.value.as_ref().map_or(0, |timeline| timeline.changes.len());
    story.selected().map_or(0, |entry| entry.changes.len() + entry.lines.len() + changes)
}

fn detail(story: &Story, entry: &TimelineEntry, width: u16, view: View) -> Vec<Line<'static>> {
    let room = usize::from(width).saturating_sub(2);
    let whole = |text: &str| -> Vec<Line<'static>> {
        let wrapped = text::wrap(text, room).into_iter();
        wrapped.map(|line| Line::from(view.span(Meaning::Text, format!(" {line}")))).collect()
    };
    match entry.kind.as_str() {
        "commit" => {
            let mut lines = vec![Line::from(view.span(Meaning::Key, format!(" {} by {}", entry.commit, entry.author)))];
            lines.extend(whole(&entry.text));
            lines.extend(cells(&entry.changes, story, view));
            lines
        }
        "incident" => {
            let mut lines = whole(&said(entry));
            let changes = story.timeline.value.as_ref().map_or(&[][..], |timeline| &timeline.changes);
            if changes.is_empty() {
                lines.push(Line::from(view.span(Meaning::Muted, " nothing that anybody asked for")));
            }
            lines.extend(cells(changes, story, view));
            lines
        }
        "log" if !entry.lines.is_empty() => {
            let line = |line: &doltops_proto::hosted_api::LogLine| {
                let here = line.time_ms == entry.time_ms && entry.text.ends_with(&line.text);
                let text = if here { Meaning::Title } else { Meaning::Muted };
                Line::from(vec![
                    view.span(Meaning::Key, if here { "▸" } else { " " }),
                    view.span(Meaning::Muted, format!("{} ", text::clock(line.time_ms, &view.state.zone))),
                    view.span(
                        super::logs::level(
                            crate::console::state::logs::level::Level::of(&line.level, "", Default::default()).0,
                        ),
                        text::left(&line.level, 8),
                    ),
                    view.span(text, line.text.clone()),
                ])
            };
            entry.lines.iter().map(line).collect()
        }
        "metric" if !entry.values.is_empty() => {
            let mut lines = whole(&entry.text);
            let curve = post_mortem::bars(&fit(&entry.values, room));
            lines.push(Line::from(view.span(Meaning::Chart, format!(" {curve}"))));
            lines
        }
        _ => whole(&said(entry)),
    }
}

fn cells(changes: &[CellChange], story: &Story, view: View) -> Vec<Line<'static>> {
    let whose = story.incident.deployments.len() != 1;
    let indented = |change| {
        let mut line = parts::cell(view, change, whose);
        line.spans.insert(0, view.span(Meaning::Text, " "));
        line
    };
    changes.iter().map(indented).collect()
}

/// An entry whole, for the panel that shows one thing.
pub fn parts_of(entry: &TimelineEntry, zone: &TimeZone) -> Vec<Part> {
    let part = |label: &str, value: String| Part { label: label.to_owned(), value: Some(value) };
    let mut parts = vec![part(&entry.kind, said(entry))];
    for change in &entry.changes {
        let cell = |value: &Option<String>| value.clone().unwrap_or_else(|| "–".to_owned());
        parts.push(part(&post_mortem::place(change), format!("{} → {}", cell(&change.from), cell(&change.to))));
    }
    parts.extend(entry.lines.iter().map(|line| {
        let said = format!("{} {}", line.level, line.text);
        part(&text::clock(line.time_ms, zone), said)
    }));
    parts
}

/// What is about to be done, and why the last try did not go.
fn foot(story: &Story, width: u16, view: View) -> Vec<Line<'static>> {
    let Some(acting) = &story.acting else { return Vec::new() };
    let mut lines = Vec::new();
    if let Some(problem) = &acting.problem {
        lines.extend(parts::problem(view, problem, width));
    }
    if let Some((_, since)) = acting.sent {
        lines.push(parts::loading(view, "sent, waiting for the answer", since));
        return lines;
    }
    lines.push(ask(acting, &story.incident, width, view));
    lines
}

fn ask(acting: &Acting, incident: &Incident, width: u16, view: View) -> Line<'static> {
    let label = match acting.act {
        Act::Acknowledge => {
            let who = view.state.status.as_ref().map_or("you", |status| status.user.as_str());
            let said = format!(" Acknowledge {} as {who}: nobody else is paged, and it is yours.", incident.id);
            return Line::from(view.span(Meaning::Title, said));
        }
        Act::Note => " Note: ",
        Act::HandOver => " Hand over to: ",
        Act::Resolve => " Resolve; what was the matter (may be empty): ",
        Act::Export => " Write the post-mortem to: ",
    };
    let room = usize::from(width).saturating_sub(text::width(label) + 1);
    if acting.input.is_selected() {
        let label = view.span(Meaning::Title, label);
        return Line::from([vec![label], typed::spans(acting.input.value(), true, room, view)].concat());
    }
    let shown = format!("{}▏{}", before(acting), after(acting));
    // The end of a long text is where one types.
    let over = text::width(&shown).saturating_sub(room);
    let shown: String = shown.chars().skip(over).collect();
    Line::from(vec![view.span(Meaning::Title, label), view.span(Meaning::Input, text::left(&shown, room))])
}

fn before(acting: &Acting) -> String {
    acting.input.value().chars().take(acting.input.cursor()).collect()
}

fn after(acting: &Acting) -> String {
    acting.input.value().chars().skip(acting.input.cursor()).collect()
}
