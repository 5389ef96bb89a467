//! Saving the lines that are shown to a file.

use super::on_top;
use crate::{
    console::{
        effect::Effect,
        state::{
            Screen, State,
            logs::Logs,
            overlay::Overlay,
            question::{Ask, Question},
            typed::Typed,
        },
        text,
    },
    hosted_api::problem::Problem,
};
use jiff::{Timestamp, tz::TimeZone};
use std::path::PathBuf;

/// A name for the file that says what it holds: `orders-2026-11-23T14-00-00.log`, in the folder that one is in.
pub fn file_name(logs: &Logs, now: i64, zone: &TimeZone) -> String {
    let names: Vec<&str> = logs.sources.iter().map(|source| source.name.as_str()).collect();
    let time = Timestamp::from_millisecond(now).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone());
    format!("{}-{}.log", names.join("+"), time.strftime("%Y-%m-%dT%H-%M-%S"))
}

/// Saves; a `!` before the path replaces a file that is there.
///
/// # Errors
/// When there is no path, or nothing to save.
pub fn save(state: &mut State, typed: &str) -> Result<Vec<Effect>, String> {
    let ticket = state.ticket();
    let Some(logs) = on_top(state) else { return Ok(Vec::new()) };
    let (path, replace) = match typed.strip_prefix('!') {
        Some(path) => (path.trim(), true),
        None => (typed, false),
    };
    if path.is_empty() {
        return Err("name the file".to_owned());
    }
    let lines = logs.lines_shown();
    if lines.is_empty() {
        return Err("no line is shown that could be saved".to_owned());
    }
    let names = logs.sources.iter().map(|source| (source.id, source.name.clone())).collect();
    Ok(vec![Effect::SaveLog { ticket, path: path.to_owned(), replace, lines, names }])
}

/// It was saved, or not: then the question is there again, with what was the matter.
pub fn saved(state: &mut State, path: &str, answer: Result<(PathBuf, usize), Problem>) -> Vec<Effect> {
    match answer {
        Ok((file, lines)) => {
            let lines = text::plural(lines, "line");
            state.say(format!("{lines} saved to {}, for you alone to read", file.display()));
        }
        Err(problem) if state.overlay.is_none() && matches!(state.screens.last(), Some(Screen::Logs(_))) => {
            let mut question = Question::new(Ask::File, Typed::given(path));
            question.problem = Some(format!("{problem}; {}", problem.next));
            state.overlay = Some(Overlay::Question(question));
        }
        Err(problem) => state.warn(format!("the log was not saved: {problem}")),
    }
    Vec::new()
}
