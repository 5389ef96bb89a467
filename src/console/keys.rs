//! From a key to what it means where one is.

use crate::console::{
    action::{
        self, columns, connect, field, form, help, incident, line, look, orphans, palette, prompt, question, quit,
        report, roll_back, whole,
    },
    command::{Command, entry},
    effect::Effect,
    keymap::{Step, key},
    state::{Layer, Place, Screen, State, form::Field},
    text,
};
use crossterm::event::KeyEvent;

/// A key was pressed.
pub fn press(state: &mut State, key: &KeyEvent) -> Vec<Effect> {
    state.notice = None;
    let astray = std::mem::take(&mut state.astray);
    let name = key::name(key);
    let layer = state.layer();
    if name == "ctrl-c" || !matches!(layer, Layer::Place(_)) {
        state.pending.clear();
    }
    if name == "ctrl-c" {
        return quit::interrupt(state);
    }
    match layer {
        // What cannot be seen must not be operated: only the way out works.
        Layer::TooSmall if state.keymap.is(Command::Quit, &name) => quit::ask(state),
        Layer::TooSmall => Vec::new(),
        Layer::Quit => quit::press(state, &name),
        Layer::Palette => palette::press(state, key, &name),
        Layer::Help => help::press(state, &name),
        Layer::Columns => columns::press(state, &name),
        Layer::Line => line::press(state, key, &name),
        Layer::Themes => look::press(state, &name),
        Layer::Question => question::press(state, key, &name),
        Layer::Whole => whole::press(state, &name),
        Layer::Prompt => prompt::press(state, key, &name),
        Layer::Past => connect::past::press(state, key, &name),
        Layer::Place(place) => {
            let effects = in_place(state, place, key, &name);
            if state.astray && !astray {
                say_where_keys_are(state, place, &name);
            }
            effects
        }
    }
}

/// A key that asks for nothing here. Told once: of a row of them, as of a text that was meant for another window, not
/// each.
fn say_where_keys_are(state: &mut State, place: Place, name: &str) {
    let help = state.keymap.shown(Command::Help);
    let more = match entry(Command::Help).places.contains(&place) && !help.is_empty() {
        true => format!("; {help} shows the keys"),
        false => String::new(),
    };
    state.warn(format!("nothing is on {} here{more}", key::shown(name)));
}

fn in_place(state: &mut State, place: Place, key: &KeyEvent, name: &str) -> Vec<Effect> {
    if state.pending.is_empty() {
        if let Some(effects) = typed(state, place, key, name) {
            return effects;
        }
    } else if name == "esc" {
        state.pending.clear();
        return Vec::new();
    }
    state.pending.push(name.to_owned());
    match state.keymap.step(place, &state.pending) {
        Step::More => return Vec::new(),
        Step::Run(command) => {
            state.pending.clear();
            return action::run(state, command);
        }
        Step::Nothing => {}
    }
    let pressed = std::mem::take(&mut state.pending);
    if pressed.len() > 1 {
        let keys: Vec<String> = pressed.iter().map(|name| key::shown(name)).collect();
        state.warn(format!("{} asks for nothing here", keys.join(" ")));
    } else {
        state.astray = !name.is_empty() && name != "esc";
    }
    Vec::new()
}

/// Where text is typed, the text has the first word; `None` when the key is none of its own.
fn typed(state: &mut State, place: Place, key: &KeyEvent, name: &str) -> Option<Vec<Effect>> {
    if let Some(effects) = incident::typed(state, key, name) {
        return Some(effects);
    }
    let bound = state.keymap.step(place, &[name.to_owned()]) != Step::Nothing;
    // In a text a character is text, whatever else it asks for.
    let commands = !key::is_text(name) && bound;
    if let Some(letter) = focused(state).and_then(|field| field::letter(field, key)) {
        return if bound { None } else { Some(chosen(state, letter, key, name)) };
    }
    match state.screens.last_mut() {
        Some(Screen::Form(form)) => form::typed(form, key, name).then(|| form::changed(state)),
        Some(Screen::RollBack(roll_back)) => roll_back::typed(roll_back, key, name).then(Vec::new),
        Some(Screen::Orphans(list)) => orphans::typed(list, key, name).then(Vec::new),
        Some(Screen::Report(form)) => report::typed(form, key, name).then(|| {
            report::check(state);
            Vec::new()
        }),
        Some(Screen::Connect(connect)) => connect::typing::typed(connect, key, name, commands),
        _ => None,
    }
}

/// The field of a form that has the focus.
fn focused(state: &State) -> Option<&Field> {
    match state.screens.last()? {
        Screen::Form(form) => form.fields.get(form.focus),
        Screen::Report(form) => form.fields.get(form.focus),
        _ => None,
    }
}

/// A letter for a field of choices.
fn chosen(state: &mut State, letter: char, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let taken = match state.screens.last_mut() {
        Some(Screen::Form(form)) => form::typed(form, key, name),
        Some(Screen::Report(form)) => report::typed(form, key, name),
        _ => false,
    };
    if taken {
        return form::changed(state);
    }
    let way = state.keymap.way(Command::NextChoice);
    state.warn(format!("no choice begins with '{letter}': {way} is the next one"));
    Vec::new()
}

/// A text was pasted.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    state.pending.clear();
    // Where one line is typed, the ends of lines are spaces: words do not grow together.
    let one = text::one_line(text);
    match state.layer() {
        Layer::Place(Place::Form) => form::paste(state, &one),
        Layer::Place(Place::Report) => report::paste(state, &one),
        Layer::Place(Place::Incident) => incident::paste(state, &one),
        Layer::Place(Place::Connect | Place::Rows) => connect::typing::paste(state, text),
        Layer::Prompt => prompt::paste(state, &one),
        Layer::Past => connect::past::paste(state, &one),
        Layer::Palette => palette::paste(state, &one),
        Layer::Line => line::paste(state, &one),
        Layer::Question => question::paste(state, &one),
        _ => Vec::new(),
    }
}
