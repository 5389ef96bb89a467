//! One line that is typed: into a question, or into what is about to be said of an incident.
//!
//! Guarantee: a text that stands there to begin with is selected, as in any dialog: the first character or paste takes its
//! place, a key that deletes empties it, and one that moves keeps it. What a person has typed is never selected.

use crate::console::text;
use crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::{Input, InputRequest, backend::crossterm::EventHandler};

const DELETING: [&str; 4] = ["backspace", "delete", "ctrl-w", "ctrl-u"];

/// The line.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    input: Input,
    selected: bool,
}

impl Typed {
    /// With a text to begin with, which is selected.
    pub fn offered(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { selected: !text.is_empty(), input: Input::new(text) }
    }

    /// With what a person has given, to be gone on with.
    pub fn given(text: impl Into<String>) -> Self {
        Self { selected: false, input: Input::new(text.into()) }
    }

    /// The text.
    pub fn value(&self) -> &str {
        self.input.value()
    }

    /// Where the cursor is, in characters.
    pub fn cursor(&self) -> usize {
        self.input.cursor()
    }

    /// Where the cursor is, in columns.
    pub fn visual_cursor(&self) -> usize {
        self.input.visual_cursor()
    }

    /// How much of the text is hidden at the left where `room` columns are shown.
    pub fn hidden(&self, room: usize) -> usize {
        self.input.visual_scroll(room.saturating_sub(1))
    }

    /// All of it is selected: what is typed takes its place.
    pub fn is_selected(&self) -> bool {
        self.selected
    }

    /// A key.
    pub fn press(&mut self, key: &KeyEvent, name: &str) {
        edit(&mut self.input, &mut self.selected, key, name);
    }

    /// A paste, without its line ends.
    pub fn paste(&mut self, pasted: &str) {
        paste(&mut self.input, &mut self.selected, pasted);
    }
}

/// A key that edits `input`, all of which is selected or not; false when it does nothing there.
pub fn edit(input: &mut Input, selected: &mut bool, key: &KeyEvent, name: &str) -> bool {
    let replaces = *selected && (DELETING.contains(&name) || matches!(key.code, KeyCode::Char(_)));
    if replaces {
        *input = Input::default();
    }
    // At the end already, a key that goes there still lets go of what is selected.
    let lets_go = *selected && matches!(key.code, KeyCode::Left | KeyCode::Right | KeyCode::Home | KeyCode::End);
    let taken = input.handle_event(&Event::Key(*key)).is_some() || replaces || lets_go;
    *selected &= !taken;
    taken
}

/// A paste into `input`, in place of what is selected.
pub fn paste(input: &mut Input, selected: &mut bool, pasted: &str) {
    if std::mem::take(selected) {
        *input = Input::default();
    }
    for c in text::clean(pasted.trim()).chars() {
        input.handle(InputRequest::InsertChar(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::keymap::key;
    use crossterm::event::KeyModifiers;

    fn after(mut line: Typed, codes: &[KeyCode]) -> String {
        for code in codes {
            let pressed = KeyEvent::new(*code, KeyModifiers::NONE);
            line.press(&pressed, &key::name(&pressed));
        }
        line.value().to_owned()
    }

    #[test]
    fn what_is_offered_is_replaced_and_what_was_given_is_gone_on_with() {
        let seven = [KeyCode::Char('7'), KeyCode::Char('7')];
        assert_eq!(after(Typed::offered("50"), &seven), "77");
        assert_eq!(after(Typed::given("50"), &seven), "5077");
        assert_eq!(after(Typed::offered("50"), &[KeyCode::End, KeyCode::Char('0')]), "500");
        assert_eq!(after(Typed::offered("50"), &[KeyCode::Left, KeyCode::Char('7')]), "570");
        assert_eq!(after(Typed::offered("50"), &[KeyCode::Backspace, KeyCode::Char('7')]), "7");
        let mut line = Typed::offered("50");
        line.paste("80 \n");
        line.paste("0");
        assert_eq!(line.value(), "800");
    }
}
