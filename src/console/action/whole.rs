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
