//! Questions at the foot of the screen: opened by a command, answered by one line.
//!
//! An answer that is none leaves the question open and says why.

use crate::console::{
    action::{logs, metrics, then},
    effect::Effect,
    fuzzy::Fuzzy,
    state::{
        Screen, State,
        overlay::Overlay,
        question::{Ask, Question},
        typed::Typed,
    },
    text,
};
use crossterm::event::KeyEvent;

/// Names that are offered while one types.
const OFFERED: usize = 6;

/// Asks.
pub fn open(state: &mut State, ask: Ask) -> Vec<Effect> {
    let text = match (ask, state.screens.last()) {
        (Ask::Only, Some(Screen::Logs(logs))) => logs.filter().1.map_or_else(String::new, |only| only.as_str().into()),
        // The first question of a post-mortem.
        (Ask::Moment, Some(Screen::Incident(story))) => text::moment(story.incident.opened_ms, &state.zone),
        (Ask::File, Some(Screen::Logs(logs))) => logs::file_name(logs, state.now, &state.zone),
        _ => String::new(),
    };
    state.overlay = Some(Overlay::Question(Question::new(ask, Typed::offered(text))));
    Vec::new()
}

/// Asks, with an answer that was given elsewhere.
pub fn answer_with(state: &mut State, ask: Ask, text: &str) -> Vec<Effect> {
    state.overlay = Some(Overlay::Question(Question::new(ask, Typed::given(text))));
    answer(state)
}

/// The answer was none, as is known only now: it stays, with why.
pub fn refuse(state: &mut State, ask: Ask, why: String) {
    if let Some(Overlay::Question(question)) = state.overlay.as_mut()
        && question.ask == ask
    {
        question.problem = Some(why);
    }
}

/// Whether the answer to it is still awaited.
pub fn awaits(state: &State, ask: Ask) -> bool {
    matches!(&state.overlay, Some(Overlay::Question(question)) if question.ask == ask)
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let offered = offered(state);
    let Some(Overlay::Question(question)) = &mut state.overlay else { return Vec::new() };
    match name {
        "esc" => state.overlay = None,
        "enter" => return answer(state),
        "tab" => {
            if let Some(name) = offered.into_iter().next() {
                question.input = Typed::given(name);
            }
        }
        _ => {
            question.problem = None;
            question.input.press(key, name);
        }
    }
    Vec::new()
}

/// A text was pasted into it.
pub fn paste(state: &mut State, pasted: &str) -> Vec<Effect> {
    let Some(Overlay::Question(question)) = &mut state.overlay else { return Vec::new() };
    question.input.paste(pasted);
    Vec::new()
}

/// The deployments whose names match what is typed, best first, where a deployment is asked for.
pub fn offered(state: &State) -> Vec<String> {
    let Some(Overlay::Question(Question { ask: Ask::Beside, input, .. })) = &state.overlay else { return Vec::new() };
    let mut filter = Fuzzy::new(input.value());
    let mut names: Vec<(u32, &str)> =
        state.fleet.rows().iter().filter_map(|row| Some((filter.score(&row.name)?, row.name.as_str()))).collect();
    names.sort_by_key(|(score, name)| (std::cmp::Reverse(*score), *name));
    names.into_iter().take(OFFERED).map(|(_, name)| name.to_owned()).collect()
}

fn answer(state: &mut State) -> Vec<Effect> {
    let Some(Overlay::Question(Question { ask, input, .. })) = &state.overlay else { return Vec::new() };
    let (ask, typed) = (*ask, input.value().trim().to_owned());
    let done = match (ask, state.screens.last()) {
        (Ask::Beside, _) => beside(state, &typed),
        (Ask::Only, _) => Ok(logs::only(state, &typed)),
        (Ask::Time, Some(Screen::Metrics(_))) => metrics::go_to(state, &typed),
        (Ask::Time, _) => logs::go_to(state, &typed),
        (Ask::File, _) => logs::save(state, &typed),
        (Ask::Moment, _) => then::go_to(state, &typed),
    };
    match (done, &mut state.overlay) {
        // It is a moment when it is known which commit that is; until then what was typed stays.
        (Ok(effects), _) if ask == Ask::Moment => effects,
        (Ok(effects), _) => {
            state.overlay = None;
            effects
        }
        (Err(problem), Some(Overlay::Question(question))) => {
            question.problem = Some(problem);
            Vec::new()
        }
        (Err(_), _) => Vec::new(),
    }
}

/// A deployment that is beside the one at hand goes, another one comes.
///
/// # Errors
/// When there is none of that name, or no room.
pub fn beside(state: &mut State, name: &str) -> Result<Vec<Effect>, String> {
    if state.fleet.find(name).is_none() {
        return Err(format!("there is no deployment '{name}'"));
    }
    match state.screens.last() {
        Some(Screen::Metrics(_)) => metrics::beside(state, name),
        _ => logs::beside(state, name),
    }
}
