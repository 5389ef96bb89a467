//! Typing into a field of a form.
//!
//! Guarantee: where a field has just been entered, all of its text is selected, as in any dialog: the first character
//! takes its place, a key that deletes empties it, and one that moves keeps it. Of choices a letter takes the next that
//! has a word beginning with it.

use crate::console::state::{
    form::{Field, Value},
    typed,
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What leads out of a field, or does what the form is for.
const COMMANDS: [&str; 6] = ["enter", "esc", "tab", "backtab", "up", "down"];
/// Of the keys with Ctrl, those that a text has everywhere.
const EDITING: [&str; 2] = ["ctrl-w", "ctrl-u"];

/// A key that the field takes as text; false when it is none.
pub fn typed(field: &mut Field, key: &KeyEvent, name: &str) -> bool {
    let control = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    if let Some(letter) = letter(field, key) {
        return field.turn_to(letter);
    }
    let Value::Text(input) = &mut field.value else { return false };
    if COMMANDS.contains(&name) || (control && !EDITING.contains(&name)) {
        return false;
    }
    typed::edit(input, &mut field.selected, key, name)
}

/// What is typed to choose by: nothing happens in silence, so that one that no choice begins with is told.
pub fn letter(field: &Field, key: &KeyEvent) -> Option<char> {
    let control = key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT);
    match key.code {
        KeyCode::Char(c) if field.is_choice() && c != ' ' && !control => Some(c),
        _ => None,
    }
}

/// A pasted text goes into the field, or takes the place of what is selected; false where it takes no text.
pub fn paste(field: &mut Field, pasted: &str) -> bool {
    let Value::Text(input) = &mut field.value else { return false };
    typed::paste(input, &mut field.selected, pasted);
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::console::keymap::key;

    fn press(field: &mut Field, code: KeyCode) -> bool {
        let pressed = KeyEvent::new(code, KeyModifiers::NONE);
        typed(field, &pressed, &key::name(&pressed))
    }

    fn volume() -> Field {
        Field::text("volume", "Volume, GiB", "40", "")
    }

    #[test]
    fn the_first_character_takes_the_place_of_what_stood_there() {
        let mut field = volume();
        assert!(press(&mut field, KeyCode::Char('6')) && press(&mut field, KeyCode::Char('0')));
        assert_eq!(field.get(), "60");
        field.enter();
        assert!(paste(&mut field, "80") && paste(&mut field, "0"));
        assert_eq!(field.get(), "800");
    }

    #[test]
    fn what_deletes_empties_it_and_what_moves_keeps_it() {
        let mut field = volume();
        assert!(press(&mut field, KeyCode::Backspace));
        assert_eq!((field.get(), field.selected), ("", false));
        let mut field = volume();
        press(&mut field, KeyCode::End);
        press(&mut field, KeyCode::Char('0'));
        assert_eq!(field.get(), "400");
    }

    #[test]
    fn a_letter_takes_the_next_choice_that_begins_with_it() {
        let options = ["", "local.small", "local.medium", "db.small"].map(str::to_owned).to_vec();
        let mut field = Field::choice("type", "Type", options, "local.small", "");
        let taken = |field: &mut Field, c: char| press(field, KeyCode::Char(c)).then(|| field.get().to_owned());
        let mut took = |c| taken(&mut field, c).unwrap_or_else(|| "nothing".to_owned());
        assert_eq!(
            ["m", "s", "S", "l", "d", "d", "z"].map(|c| took(c.chars().next().unwrap_or(' '))),
            ["local.medium", "db.small", "local.small", "local.medium", "db.small", "", "nothing",]
        );
        assert!(!press(&mut field, KeyCode::Char(' ')), "the key for the next one");
    }

    /// What leads on is not taken, and changes nothing.
    #[test]
    fn a_command_stays_a_command() {
        let mut field = volume();
        for code in [KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::Down] {
            assert!(!press(&mut field, code));
        }
        assert_eq!((field.get(), field.selected), ("40", true));
    }
}
