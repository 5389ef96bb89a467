//! Choosing a theme: each is seen as the cursor comes to it.

use crate::console::{
    command::Command,
    effect::Effect,
    state::{
        State,
        list::List,
        look::Wanted,
        overlay::{Overlay, Themes},
    },
};

/// Opens the list, on the theme that is drawn.
pub fn open(state: &mut State) -> Vec<Effect> {
    let names = state.look.names();
    let before = state.look.name().to_owned();
    let mut list = List::default();
    list.set_len(names.len());
    list.set_cursor(names.iter().position(|name| *name == before).unwrap_or(0));
    state.overlay = Some(Overlay::Themes(Themes { names, list, before }));
    Vec::new()
}

/// A key while it is open.
pub fn press(state: &mut State, key: &str) -> Vec<Effect> {
    let Some(Overlay::Themes(themes)) = &mut state.overlay else { return Vec::new() };
    let asks = |command| state.keymap.is(command, key);
    match key {
        "enter" => {
            let name = state.look.name().to_owned();
            state.overlay = None;
            chosen(state, &name);
            return Vec::new();
        }
        "esc" => {
            let before = themes.before.clone();
            state.overlay = None;
            return choose(state, &before);
        }
        _ => {}
    }
    match () {
        () if asks(Command::Up) => preview(state, |list| list.move_by(-1)),
        () if asks(Command::Down) => preview(state, |list| list.move_by(1)),
        () if asks(Command::First) => preview(state, |list| list.set_cursor(0)),
        () if asks(Command::Last) => preview(state, |list| list.set_cursor(usize::MAX)),
        () => Vec::new(),
    }
}

/// Moves the cursor, and shows what it is on.
pub fn preview(state: &mut State, moved: impl FnOnce(&mut List)) -> Vec<Effect> {
    let Some(Overlay::Themes(themes)) = &mut state.overlay else { return Vec::new() };
    moved(&mut themes.list);
    let name = themes.names.get(themes.list.cursor()).cloned().unwrap_or_default();
    choose(state, &name)
}

/// The settings, or the file of the theme, were changed.
pub fn reloaded(state: &mut State, wanted: Result<Wanted, String>) -> Vec<Effect> {
    match wanted.and_then(|wanted| state.look.reload(wanted)) {
        Ok(()) => {}
        Err(why) => state.warn(crate::console::text::clean(&why)),
    }
    Vec::new()
}

/// Chooses a theme by its name.
pub fn set(state: &mut State, name: &str) -> Vec<Effect> {
    match state.look.choose(name) {
        Ok(()) => chosen(state, name),
        Err(why) => state.warn(crate::console::text::clean(&why)),
    }
    Vec::new()
}

fn chosen(state: &mut State, name: &str) {
    state.say(format!("theme {name}; to keep it: theme = \"{name}\" in doltops.toml"));
}

fn choose(state: &mut State, name: &str) -> Vec<Effect> {
    if let Err(why) = state.look.choose(name) {
        state.warn(why);
    }
    Vec::new()
}
