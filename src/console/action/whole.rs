//! One row of a result, one line of a log or one event, whole: wrapped, and to be scrolled through.

use crate::console::{
    command::Command,
    effect::Effect,
    state::{
        Screen, State,
        connect::Connect,
        overlay::{Overlay, Part, Whole},
    },
    text,
    view::whole::room,
};

/// Opens what is under the cursor.
pub fn open(state: &mut State) -> Vec<Effect> {
    let whole = match state.screens.last() {
        Some(Screen::Connect(connect)) => row(connect),
        Some(Screen::Logs(logs)) => logs.lines().get(logs.list.cursor()).map(|line| {
            let title = format!("{}, {}", text::moment(line.time_ms, &state.zone), line.level);
            Whole::of(title, vec![Part { label: String::new(), value: Some(line.text.clone()) }])
        }),
        Some(Screen::Events(events)) => events.lines.get(events.list.cursor()).map(|event| {
            let title = format!("{}, {}", text::moment(event.time_ms, &state.zone), event.kind);
            Whole::of(title, vec![Part { label: String::new(), value: Some(event.text.clone()) }])
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
    let cells = result.rows.get(at)?;
    let part = |(label, value): (&String, &Option<String>)| Part { label: label.clone(), value: value.clone() };
    let parts = result.columns.iter().zip(cells).map(part).collect();
    Some(Whole::of(format!("Row {} of {}", at + 1, result.rows.len()), parts))
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let (width, height) = room(state.size);
    let Some(Overlay::Whole(whole)) = &mut state.overlay else { return Vec::new() };
    let last = whole.lines(width).len().saturating_sub(height);
    // A line in common, as in the lists.
    let page = height.saturating_sub(1).max(1);
    let top = whole.top.min(last);
    let asks = |command| state.keymap.is(command, key);
    whole.top = match key {
        _ if asks(Command::Up) => top.saturating_sub(1),
        _ if asks(Command::Down) => top + 1,
        _ if asks(Command::PageUp) => top.saturating_sub(page),
        _ if asks(Command::PageDown) => top + page,
        // A chord's first key is enough: nothing else begins so here.
        _ if asks(Command::First) || key == "g" => 0,
        _ if asks(Command::Last) => last,
        "esc" | "enter" | "q" => {
            state.overlay = None;
            return Vec::new();
        }
        _ => top,
    }
    .min(last);
    Vec::new()
}
