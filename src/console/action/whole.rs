//! One row of a result, one line of a log or one event, whole: wrapped, and to be scrolled through.

use crate::checks::history::ShownCell;
use crate::console::{
    action,
    command::Command,
    effect::Effect,
    state::{
        Screen, State,
        connect::Connect,
        finding,
        history::cell_name,
        overlay::{Overlay, Part, Whole},
    },
    text,
    view::whole::room,
};
use crate::sql::{Head, Kind};

/// Opens what is under the cursor.
pub fn open(state: &mut State) -> Vec<Effect> {
    let whole = match state.screens.last() {
        Some(Screen::Connect(connect)) => row(connect),
        Some(Screen::Logs(logs)) => logs.line(logs.list.cursor()).map(|line| {
            let source = logs.sources.iter().find(|source| source.id == line.source);
            let name = source.map_or("", |source| &source.name);
            let title = format!("{name}, {}, {}", text::moment(line.time, &state.zone), line.level.as_str());
            let title = title.trim_end_matches(", ").to_owned();
            Whole::of(title, vec![Part { label: String::new(), value: Some(line.text.to_string()) }])
        }),
        Some(Screen::Events(events)) => events.event(events.chosen.list.cursor()).map(|event| {
            let title = format!("{}, {}", text::moment(event.time_ms, &state.zone), event.kind);
            Whole::of(title, vec![Part { label: String::new(), value: Some(event.text.clone()) }])
        }),
        Some(Screen::Activity(activity)) => activity.row(activity.chosen.list.cursor()).map(|row| {
            let part = |label: &str, value: &str| Part { label: label.to_owned(), value: Some(value.to_owned()) };
            let mut parts = vec![part("state", row.standing.word()), part("what", &row.what), part("why", &row.why)];
            parts.extend(row.time.map(|time| part("time", &text::moment(time, &state.zone))));
            parts.retain(|part| part.value.as_deref() != Some(""));
            Whole::of(row.deployment.clone(), parts)
        }),
        Some(Screen::Doctor(doctor)) => doctor.selected().map(|finding| {
            let part = |label: &str, value: &str| Part { label: label.to_owned(), value: Some(value.to_owned()) };
            let mut parts = vec![
                part("outcome", finding.outcome.as_str()),
                part("found", &finding.found),
                part("next", &finding.next),
            ];
            parts.retain(|part| part.value.as_deref() != Some(""));
            Whole::of(finding.check.clone(), parts)
        }),
        Some(Screen::Diff(diff)) => diff.selected().map(|change| {
            let part = |label: &str, value: &Option<String>| Part { label: label.to_owned(), value: value.clone() };
            Whole::of(cell_name(change).to_owned(), vec![part("old", &change.from), part("new", &change.to)])
        }),
        Some(Screen::Branch(branch)) => action::branch::whole(branch),
        Some(Screen::Finding(finding)) => finding.selected().map(|(did, row)| {
            let part = |cell: &ShownCell| Part { label: cell.column.clone(), value: Some(finding::said(row, cell)) };
            let did = if *did { ", one of those that did it" } else { "" };
            Whole::of(format!("{}{did}", row.change), row.cells.iter().map(part).collect())
        }),
        Some(Screen::Incident(story)) => story.selected().map(|entry| {
            let title = format!("{}, {}", text::moment(entry.time_ms, &state.zone), entry.kind);
            Whole::of(title, crate::console::view::incident::parts_of(entry, &state.zone))
        }),
        _ => None,
    };
    match whole {
        Some(whole) => state.overlay = Some(Overlay::Whole(whole)),
        None => state.warn("there is no row to open"),
    }
    Vec::new()
}

fn row(connect: &Connect) -> Option<Whole> {
    let (result, at) = (connect.result()?, connect.list.cursor());
    let cells = result.rows().get(at)?;
    let part = |(head, value): (&Head, &Option<String>)| Part {
        label: head.name.clone(),
        value: value.as_deref().map(text::clean),
    };
    let parts = result.heads.iter().zip(cells).map(part).collect();
    Some(Whole::of(format!("Row {} of {}", result.gone + at as u64 + 1, result.came()), parts))
}

/// Opens the cell under the cursor, line by line; JSON is indented.
pub fn cell(state: &mut State) -> Vec<Effect> {
    let whole = match state.screens.last() {
        Some(Screen::Connect(connect)) => connect.cell().map(|(head, value)| {
            let pretty = value.filter(|_| head.kind == Kind::Json).and_then(indented);
            let value = pretty.as_deref().or(value);
            let line = |line: &str| Part { label: String::new(), value: Some(text::clean(line)) };
            let null = || vec![Part { label: String::new(), value: None }];
            let length = value.map_or_else(String::new, |value| format!(", {} characters", value.chars().count()));
            Whole::of(
                format!("{}{length}", head.name),
                value.map_or_else(null, |value| value.split('\n').map(line).collect()),
            )
        }),
        _ => None,
    };
    match whole {
        Some(whole) => state.overlay = Some(Overlay::Whole(whole)),
        None => state.warn("there is no cell to open"),
    }
    Vec::new()
}

fn indented(json: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    serde_json::to_string_pretty(&value).ok()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    // A line in common, as in the lists.
    let page = isize::try_from(room(state.size).1.saturating_sub(1).max(1)).unwrap_or(1);
    let asks = |command| state.keymap.is(command, key);
    let lines = match key {
        "esc" | "enter" | "q" => {
            state.overlay = None;
            return Vec::new();
        }
        _ if asks(Command::Up) => -1,
        _ if asks(Command::Down) => 1,
        _ if asks(Command::PageUp) => -page,
        _ if asks(Command::PageDown) => page,
        // A chord's first key is enough: nothing else begins so here.
        _ if asks(Command::First) || key == "g" => isize::MIN,
        _ if asks(Command::Last) => isize::MAX,
        _ => 0,
    };
    scroll(state, lines);
    Vec::new()
}

/// Moves what is in view by so many lines, as far as there are some.
pub fn scroll(state: &mut State, lines: isize) {
    let (width, height) = room(state.size);
    let Some(Overlay::Whole(whole)) = &mut state.overlay else { return };
    let last = whole.lines(width).len().saturating_sub(height);
    whole.top = whole.top.min(last).saturating_add_signed(lines).min(last);
}
