//! From a key to what it means where one is.

use crate::console::{
    action::{
        self, columns, connect, form, help, incident, line, orphans, palette, prompt, question, quit, report,
        roll_back, whole,
    },
    command,
    effect::Effect,
    state::{Layer, Place, Screen, State},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// A key's name: `c`, `D`, `enter`, `ctrl-c`, `alt-enter`, `f5`.
pub fn name(key: &KeyEvent) -> String {
    let base = match key.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(c) => c.to_string(),
        KeyCode::F(number) => format!("f{number}"),
        KeyCode::Enter => "enter".to_owned(),
        KeyCode::Esc => "esc".to_owned(),
        KeyCode::Tab => "tab".to_owned(),
        KeyCode::BackTab => "backtab".to_owned(),
        KeyCode::Backspace => "backspace".to_owned(),
        KeyCode::Delete => "delete".to_owned(),
        KeyCode::Left => "left".to_owned(),
        KeyCode::Right => "right".to_owned(),
        KeyCode::Up => "up".to_owned(),
        KeyCode::Down => "down".to_owned(),
        KeyCode::Home => "home".to_owned(),
        KeyCode::End => "end".to_owned(),
        KeyCode::PageUp => "pageup".to_owned(),
        KeyCode::PageDown => "pagedown".to_owned(),
        _ => return String::new(),
    };
    // Shift is in the character itself, or in `backtab`.
    let control = if key.modifiers.contains(KeyModifiers::CONTROL) { "ctrl-" } else { "" };
    let alt = if key.modifiers.contains(KeyModifiers::ALT) { "alt-" } else { "" };
    format!("{control}{alt}{base}")
}

/// How a key is written for people: `Enter`, `Ctrl+P`, `F5`.
pub fn shown(key: &str) -> String {
    let capital = |part: &str| {
        let mut chars = part.chars();
        chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
    };
    match key {
        single if single.chars().count() == 1 => single.to_owned(),
        "pageup" => "PgUp".to_owned(),
        "pagedown" => "PgDn".to_owned(),
        "up" => "↑".to_owned(),
        "down" => "↓".to_owned(),
        "left" => "←".to_owned(),
        "right" => "→".to_owned(),
        "backtab" => "Shift+Tab".to_owned(),
        other => other.split('-').map(capital).collect::<Vec<_>>().join("+"),
    }
}

/// A key was pressed.
pub fn press(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    state.notice = None;
    let name = name(key);
    if name == "ctrl-c" {
        return quit::interrupt(state);
    }
    match state.layer() {
        // What cannot be seen must not be operated: only the way out works.
        Layer::TooSmall if name == "q" => quit::ask(state),
        Layer::TooSmall => Vec::new(),
        Layer::Quit => quit::press(state, &name),
        Layer::Palette => palette::press(state, key, &name),
        Layer::Help => help::press(state, &name),
        Layer::Columns => columns::press(state, &name),
        Layer::Line => line::press(state, key, &name),
        Layer::Question => question::press(state, key, &name),
        Layer::Whole => whole::press(state, &name),
        Layer::Prompt => prompt::press(state, key, &name),
        Layer::Past => connect::past::press(state, key, &name),
        Layer::Place(place) => in_place(state, place, key, &name),
    }
}

fn in_place(state: &mut State, place: Place, key: &KeyEvent, name: &str) -> Vec<Effect> {
    if let Some(effects) = incident::typed(state, key, name) {
        return effects;
    }
    // Where text is typed, the text has the first word.
    let typed = match state.screens.last_mut() {
        Some(Screen::Form(form)) => form::typed(form, key, name).then(|| form::changed(state)),
        Some(Screen::RollBack(roll_back)) => roll_back::typed(roll_back, key, name).then(Vec::new),
        Some(Screen::Orphans(list)) => orphans::typed(list, key, name).then(Vec::new),
        Some(Screen::Report(form)) => report::typed(form, key, name).then(|| {
            report::check(state);
            Vec::new()
        }),
        Some(Screen::Connect(connect)) => connect::typing::typed(connect, key, name),
        _ => None,
    };
    if let Some(effects) = typed {
        return effects;
    }
    match command::by_key(place, name) {
        Some(command) => action::run(state, command),
        None => Vec::new(),
    }
}

/// A text was pasted.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    match state.layer() {
        Layer::Place(Place::Form) => form::paste(state, text),
        Layer::Place(Place::Report) => report::paste(state, text),
        Layer::Place(Place::Incident) => incident::paste(state, text),
        Layer::Place(Place::Connect | Place::Rows) => connect::typing::paste(state, text),
        Layer::Prompt => prompt::paste(state, text),
        Layer::Past => connect::past::paste(state, text),
        Layer::Palette => palette::paste(state, text),
        Layer::Line => line::paste(state, text),
        Layer::Question => question::paste(state, text),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_name_and_are_shown_as_people_write_them() {
        let key = |code, modifiers| name(&KeyEvent::new(code, modifiers));
        assert_eq!(key(KeyCode::Char('D'), KeyModifiers::SHIFT), "D");
        assert_eq!(key(KeyCode::Enter, KeyModifiers::ALT), "alt-enter");
        assert_eq!(key(KeyCode::Char('p'), KeyModifiers::CONTROL), "ctrl-p");
        assert_eq!(["c", "ctrl-p", "f5", "enter", "backtab"].map(shown).join(" "), "c Ctrl+P F5 Enter Shift+Tab");
    }
}
