//! A question, answered by Enter, or left by Esc.

use crate::console::{
    action::{branch::say, connect, forwards, screens},
    effect::Effect,
    state::{
        State,
        overlay::Overlay,
        prompt::{Prompt, Purpose},
        typed::Typed,
    },
};
use crossterm::event::KeyEvent;

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let Some(Overlay::Prompt(prompt)) = &mut state.overlay else { return Vec::new() };
    match name {
        "esc" => state.overlay = None,
        "enter" => return answer(state),
        _ => {
            prompt.error = None;
            if let Some(input) = &mut prompt.input {
                input.press(key, name);
            }
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, pasted: &str) -> Vec<Effect> {
    if let Some(Overlay::Prompt(prompt)) = &mut state.overlay
        && let Some(input) = &mut prompt.input
    {
        input.paste(pasted);
    }
    Vec::new()
}

fn answer(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Prompt(prompt)) = state.overlay.take() else { return Vec::new() };
    match prompt.purpose {
        Purpose::SwitchRights => connect::switch_rights(state),
        Purpose::LeaveSql => screens::pop(state),
        Purpose::Replace(path) => connect::export::begin(state, path, true),
        Purpose::Export => match connect::export::path(typed(&prompt)) {
            Ok(path) => connect::export::begin(state, path, false),
            Err(why) => once_more(state, prompt, why),
        },
        Purpose::Branch(ref about) => {
            let (about, typed) = (about.clone(), typed(&prompt).to_owned());
            match say::answer(state, &prompt, about, &typed) {
                Ok(effects) => effects,
                Err(why) => once_more(state, prompt, why),
            }
        }
        Purpose::Forward(ref name) => match forwards::port(typed(&prompt)) {
            Ok(port) => forwards::open(state, name.clone(), port),
            Err(why) => once_more(state, prompt, why),
        },
    }
}

fn typed(prompt: &Prompt) -> &str {
    prompt.input.as_ref().map_or("", Typed::value)
}

/// The same question, with what was wrong with the answer.
fn once_more(state: &mut State, mut prompt: Box<Prompt>, why: String) -> Vec<Effect> {
    prompt.error = Some(why);
    state.overlay = Some(Overlay::Prompt(prompt));
    Vec::new()
}
