//! Help: every key where one is, to be scrolled through.

use crate::console::{
    command::Command,
    effect::Effect,
    state::{State, list::List, overlay::Overlay},
};

/// Opens it.
pub fn open(state: &mut State) -> Vec<Effect> {
    let mut list = List::default();
    list.set_len(crate::console::view::help::lines(state).len());
    state.overlay = Some(Overlay::Help(list));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Help(list)) = &mut state.overlay else { return Vec::new() };
    let asks = |command| state.keymap.is(command, key);
    // Nothing shows a cursor here: each key moves what is in view.
    let (shown, page) = (list.in_view(), list.in_view().len().saturating_sub(1).max(1));
    match () {
        () if asks(Command::Up) => list.set_cursor(shown.start.saturating_sub(1)),
        () if asks(Command::Down) => list.set_cursor(shown.end),
        () if asks(Command::PageUp) => list.set_cursor(shown.start.saturating_sub(page)),
        () if asks(Command::PageDown) => list.set_cursor(shown.end + page - 1),
        () if asks(Command::First) => list.set_cursor(0),
        () if asks(Command::Last) => list.set_cursor(usize::MAX),
        () => state.overlay = None,
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    /// The first key down moves the lines, not a cursor that nobody sees.
    #[test]
    fn every_key_scrolls() {
        let hosting = crate::console::Hosting::default();
        let mut state = State::new(0, jiff::tz::TimeZone::UTC, "s".to_owned(), hosting);
        open(&mut state);
        let mut top = |name: Option<KeyCode>| {
            if let Some(code) = name {
                crate::console::keys::press(&mut state, &KeyEvent::new(code, KeyModifiers::NONE));
            }
            let Some(Overlay::Help(list)) = &state.overlay else { panic!("it closed") };
            list.window(10).start
        };
        assert_eq!(top(None), 0);
        assert_eq!(top(Some(KeyCode::Down)), 1);
        assert_eq!(top(Some(KeyCode::Down)), 2);
        assert_eq!(top(Some(KeyCode::PageDown)), 11);
        assert_eq!(top(Some(KeyCode::Up)), 10);
        assert_eq!(top(Some(KeyCode::Home)), 0);
    }
}
