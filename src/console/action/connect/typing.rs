//! Keys and pastes that go into the text.

use super::suggest;
use crate::console::{
    effect::Effect,
    state::{
        Screen, State,
        connect::{Connect, Focus},
    },
};
use crossterm::event::KeyEvent;

/// A key that the editor takes; `None` when it is a command's, which `commands` says of all but Enter.
pub fn typed(connect: &mut Connect, key: &KeyEvent, name: &str, commands: bool) -> Option<Vec<Effect>> {
    if connect.focus == Focus::Results {
        return None;
    }
    if suggest::press(connect, name) {
        return Some(Vec::new());
    }
    // Enter runs only what has ended; everything else that has a command is the command's.
    if name != "enter" && commands {
        return None;
    }
    // As in the mysql client: Enter ends a statement whose last character is a semicolon.
    if name == "enter" && key.modifiers.is_empty() && connect.text().trim_end().ends_with(';') && at_end(connect) {
        return None;
    }
    match name {
        // As in a shell; the editor's own keys for these are unlike any other program's.
        "ctrl-u" => drop(connect.editor.delete_line_by_head()),
        "ctrl-z" => drop(connect.editor.undo()),
        _ => drop(connect.editor.input(*key)),
    }
    connect.mark = None;
    suggest::refresh(connect, name);
    Some(Vec::new())
}

fn at_end(connect: &Connect) -> bool {
    connect.text().get(connect.place()..).is_none_or(|rest| rest.trim().is_empty())
}

/// A pasted text goes into the editor as it is, character by character; it is not run. Only line ends are made alike:
/// terminals send them as carriage returns.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Screen::Connect(connect)) = state.screens.last_mut() {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        connect.editor.insert_str(lines);
        connect.focus = Focus::Editor;
        (connect.mark, connect.suggest) = (None, None);
    }
    Vec::new()
}
