//! How a log is shown: wrapped, with which times, from which level on, with how many lines around a match.

use super::on_top;
use crate::console::{
    command::Command,
    effect::Effect,
    state::{
        State,
        logs::{Logs, level::Level},
    },
};

/// Another look.
pub fn look(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(logs) = on_top(state) else { return Vec::new() };
    match command {
        Command::Wrap => logs.wrap = !logs.wrap,
        Command::Stamps => logs.stamp = logs.stamp.next(),
        Command::Level => next_level(logs),
        Command::MoreAround => return around(state, true),
        Command::LessAround => return around(state, false),
        _ => {}
    }
    Vec::new()
}

/// Shows the lines that are at least so serious.
///
/// # Errors
/// When it is none of the words.
pub fn set_level(state: &mut State, word: &str) -> Result<Vec<Effect>, String> {
    let words = || Level::CHOICES.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
    let level = Level::CHOICES.iter().find(|(choice, _)| *choice == word);
    let (_, level) = level.ok_or_else(|| format!("there is no level '{word}'; there are {}", words()))?;
    if let Some(logs) = on_top(state) {
        let only = logs.filter().1.cloned();
        logs.set_filter(*level, only);
    }
    Ok(Vec::new())
}

/// Takes the search away, else the filter; false where there is none.
pub fn show_all(logs: &mut Logs) -> bool {
    let (least, only, _) = logs.filter();
    match (logs.search().is_some(), least.is_some() || only.is_some()) {
        (true, _) => logs.set_search(""),
        (false, true) => logs.set_filter(None, None),
        (false, false) => return false,
    }
    true
}

/// All lines, then warnings and above, then errors and above.
fn next_level(logs: &mut Logs) {
    let (least, only, _) = logs.filter();
    let next = match least {
        None => Some(Level::Warning),
        Some(Level::Warning) => Some(Level::Error),
        Some(_) => None,
    };
    let only = only.cloned();
    logs.set_filter(next, only);
}

fn around(state: &mut State, more: bool) -> Vec<Effect> {
    let Some(logs) = on_top(state) else { return Vec::new() };
    let (least, only, around) = logs.filter();
    if least.is_none() && only.is_none() {
        state.warn("every line is shown: & or L chooses some of them first");
        return Vec::new();
    }
    logs.set_around(if more { around + 1 } else { around.saturating_sub(1) });
    Vec::new()
}
