//! History: commits and what they changed, loaded page by page.

use crate::{
    console::{
        action::{metrics, roll_back, screens},
        effect::Effect,
        state::{
            Screen, State, Ticket,
            history::{History, PAGE},
            recall::Listing,
        },
    },
    hosted_api::problem::Problem,
};
use doltops_proto::hosted_api::HistoryResponse;

/// Opens it for the deployment at hand, or for the whole control plane.
pub fn open(state: &mut State, all: bool) -> Vec<Effect> {
    let name = state.target().filter(|_| !all).map(|row| row.name.clone());
    let ticket = state.ticket();
    let mut history = History::asked(name.clone(), ticket, state.now);
    history.chosen.set_text(state.recall.last(Listing::History));
    screens::push(state, Screen::History(history));
    vec![page(ticket, name, None)]
}

/// How many commits are loaded in search of one: what is older than this is rarer than a mistyped hash.
pub const SEARCHED: usize = 2_000;

/// Puts the cursor of the history on top on the newest commit that begins so, now or when it has been loaded.
pub fn seek(state: &mut State, start: String) -> Vec<Effect> {
    if let Some(Screen::History(history)) = state.screens.last_mut() {
        history.wanted = Some(start);
        if history.commits.since.is_some() {
            return Vec::new();
        }
    }
    arrive(state)
}

/// Goes to the commit that is wanted, asks for older ones, or says that there is none.
fn arrive(state: &mut State) -> Vec<Effect> {
    let now = state.now + state.ahead;
    let Some(Screen::History(history)) = state.screens.last_mut() else { return Vec::new() };
    let filtered = !history.chosen.text().is_empty();
    history.arrive(now);
    if filtered && history.chosen.text().is_empty() {
        state.recall.note(Listing::History, "");
    }
    if history.wanted.is_none() || history.commits.problem.is_some() {
        return Vec::new();
    }
    let loaded = history.commits.value.as_ref().map_or(0, Vec::len);
    let cursor = history.chosen.list.cursor();
    history.chosen.list.set_cursor(usize::MAX);
    if loaded < SEARCHED && history.next_page().is_some() {
        return older(state);
    }
    history.chosen.list.set_cursor(cursor);
    let start = history.wanted.take().unwrap_or_default();
    let whose = history.name.as_deref().map_or_else(String::new, |name| format!(" of {name}"));
    state.warn(format!("no commit{whose} begins with {start}, among the newest {loaded}"));
    Vec::new()
}

/// How far one key moves in the diff: less than any panel is high.
const STEP: usize = 5;

/// Moves in what the commit under the cursor changed.
pub fn scroll(state: &mut State, down: bool) -> Vec<Effect> {
    if let Some(Screen::Incident(story)) = state.screens.last_mut() {
        // The view stops at the last line: only it knows how many there are.
        let down_to = crate::console::view::incident::detail_lines(story);
        story.scroll = if down { (story.scroll + STEP).min(down_to) } else { story.scroll.saturating_sub(STEP) };
    }
    if let Some(Screen::History(history)) = state.screens.last_mut() {
        let last = history.selected().map_or(0, |commit| commit.changes.len());
        history.scroll = if down { (history.scroll + STEP).min(last) } else { history.scroll.saturating_sub(STEP) };
    }
    Vec::new()
}

/// Asks for a page of commits.
pub fn page(ticket: Ticket, name: Option<String>, before: Option<String>) -> Effect {
    Effect::History { ticket, name, limit: PAGE, before }
}

/// The cursor has come to the end of what is loaded: asks for what is older.
pub fn older(state: &mut State) -> Vec<Effect> {
    let now = state.now;
    let history = match state.screens.last_mut() {
        Some(Screen::History(history)) => history,
        Some(Screen::RollBack(roll_back)) => &mut roll_back.history,
        _ => return Vec::new(),
    };
    let Some(before) = history.next_page() else { return Vec::new() };
    history.commits.since = Some(now);
    vec![page(history.ticket, history.name.clone(), Some(before))]
}

/// Commits have come.
pub fn loaded(state: &mut State, ticket: Ticket, answer: Result<HistoryResponse, Problem>) -> Vec<Effect> {
    if metrics::changed(state, ticket, &answer) {
        return Vec::new();
    }
    let now = state.now + state.ahead;
    for screen in &mut state.screens {
        match screen {
            Screen::History(history) if history.ticket == ticket => {
                history.add(answer, now);
                return arrive(state);
            }
            Screen::Deployment(details) if details.history == ticket => {
                details.changes.set(answer.map(|page| page.commits));
                return Vec::new();
            }
            Screen::RollBack(roll_back) if roll_back.history.ticket == ticket => {
                let first = roll_back.history.commits.value.is_none();
                roll_back.history.add(answer, now);
                return roll_back::arrived(state, first);
            }
            _ => {}
        }
    }
    Vec::new()
}
