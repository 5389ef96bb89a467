//! The line at the foot of the screen: filters a list, or searches a log, as one types.
//!
//! Up and down recall what was typed for the same list before; Enter keeps what stands there, Esc what was before.

use crate::console::{
    action::{incidents, logs},
    effect::Effect,
    state::{
        Screen, State,
        overlay::{Line, Overlay},
        recall::Listing,
    },
};
use crossterm::event::{Event, KeyEvent};
use tui_input::{Input, InputRequest, backend::crossterm::EventHandler};

/// Opens it with what is chosen or searched for now.
pub fn open(state: &mut State) -> Vec<Effect> {
    let before = current(state);
    state.overlay = Some(Overlay::Line(Line { input: Input::new(before.clone()), before, recalled: 0 }));
    Vec::new()
}

/// The list on the screen that can be filtered; none on a log, which is searched.
pub fn listing(state: &State) -> Option<Listing> {
    match state.screens.last() {
        None => Some(Listing::Fleet),
        Some(Screen::Events(_)) => Some(Listing::Events),
        Some(Screen::Orphans(_)) => Some(Listing::Orphans),
        Some(Screen::History(_)) => Some(Listing::History),
        Some(Screen::Diff(_)) => Some(Listing::Diff),
        Some(Screen::Activity(_)) => Some(Listing::Activity),
        Some(Screen::Commands(_)) => Some(Listing::Commands),
        Some(Screen::Incidents(_)) => Some(Listing::Incidents),
        Some(Screen::Certificates(_)) => Some(Listing::Certificates),
        Some(Screen::Branches(_)) => Some(Listing::Branches),
        Some(Screen::Checks(_)) => Some(Listing::Checks),
        Some(_) => None,
    }
}

/// What the list is filtered by or the log searched for.
pub fn current(state: &State) -> String {
    match state.screens.last() {
        None => state.fleet.filter().to_owned(),
        Some(Screen::Logs(logs)) => logs.search().map_or_else(String::new, |search| search.as_str().to_owned()),
        Some(Screen::Events(events)) => events.chosen.text().to_owned(),
        Some(Screen::Orphans(orphans)) => orphans.chosen.text().to_owned(),
        Some(Screen::History(history)) => history.chosen.text().to_owned(),
        Some(Screen::Diff(diff)) => diff.chosen.text().to_owned(),
        Some(Screen::Activity(activity)) => activity.chosen.text().to_owned(),
        Some(Screen::Commands(commands)) => commands.chosen.text().to_owned(),
        Some(Screen::Incidents(incidents)) => incidents.filter().0.to_owned(),
        Some(Screen::Certificates(certificates)) => certificates.chosen.text().to_owned(),
        Some(Screen::Branches(branches)) => branches.chosen.text().to_owned(),
        Some(Screen::Checks(checks)) => checks.chosen.text().to_owned(),
        Some(_) => String::new(),
    }
}

/// What of the filter cannot be read.
pub fn wrong(state: &State) -> &[String] {
    match state.screens.last() {
        None => state.fleet.filter_wrong(),
        Some(Screen::Events(events)) => events.chosen.wrong(),
        Some(Screen::Orphans(orphans)) => orphans.chosen.wrong(),
        Some(Screen::History(history)) => history.chosen.wrong(),
        Some(Screen::Diff(diff)) => diff.chosen.wrong(),
        Some(Screen::Activity(activity)) => activity.chosen.wrong(),
        Some(Screen::Commands(commands)) => commands.chosen.wrong(),
        Some(Screen::Incidents(incidents)) => incidents.filter().1,
        Some(Screen::Certificates(certificates)) => certificates.chosen.wrong(),
        Some(Screen::Branches(branches)) => branches.chosen.wrong(),
        Some(Screen::Checks(checks)) => checks.chosen.wrong(),
        Some(_) => &[],
    }
}

/// A key while it is open.
pub fn press(state: &mut State, key: &KeyEvent, name: &str) -> Vec<Effect> {
    let listing = listing(state);
    let Some(Overlay::Line(line)) = &mut state.overlay else { return Vec::new() };
    match (name, listing) {
        ("enter", Some(listing)) => {
            let text = line.input.value().to_owned();
            state.overlay = None;
            state.recall.remember(listing, &text);
        }
        ("enter" | "down" | "up", None) => {
            state.overlay = None;
            let searching = matches!(state.screens.last(), Some(Screen::Logs(logs)) if logs.search().is_some());
            // The nearest match is above: a log is read from its end.
            return if searching { logs::find(state, false) } else { Vec::new() };
        }
        ("up" | "ctrl-p" | "down" | "ctrl-n", Some(listing)) => recall(state, listing, matches!(name, "up" | "ctrl-p")),
        ("esc", _) => {
            let before = line.before.clone();
            state.overlay = None;
            apply(state, before);
        }
        _ => {
            line.input.handle_event(&Event::Key(*key));
            line.recalled = 0;
            let text = line.input.value().to_owned();
            apply(state, text);
        }
    }
    Vec::new()
}

/// What was typed before, or after that; below the newest stands what was there when the line was opened.
fn recall(state: &mut State, listing: Listing, older: bool) {
    let Some(Overlay::Line(line)) = &mut state.overlay else { return };
    let ago = if older { line.recalled + 1 } else { line.recalled.saturating_sub(1) };
    let text = if ago == 0 { Some(line.before.clone()) } else { state.recall.past(listing, ago).map(str::to_owned) };
    if let Some(text) = text {
        line.recalled = ago;
        line.input = Input::new(text.clone());
        apply(state, text);
    }
}

/// A text was pasted into it.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    let Some(Overlay::Line(line)) = &mut state.overlay else { return Vec::new() };
    for c in crate::console::text::clean(text.trim()).chars() {
        line.input.handle(InputRequest::InsertChar(c));
    }
    let text = line.input.value().to_owned();
    apply(state, text);
    Vec::new()
}

/// Nothing is hidden any more; false where nothing was.
pub fn clear(state: &mut State) -> bool {
    let filtered = !current(state).is_empty();
    if filtered {
        apply(state, String::new());
    }
    filtered
}

/// Filters the list on the screen by this, or searches the log for it.
pub fn apply(state: &mut State, text: String) {
    if let Some(listing) = listing(state) {
        state.recall.note(listing, &text);
    }
    let now = state.now + state.ahead;
    match state.screens.last_mut() {
        None => state.fleet.set_filter(text),
        Some(Screen::History(history)) => history.set_filter(text, now),
        Some(Screen::Diff(diff)) => diff.set_filter(text),
        Some(Screen::Activity(activity)) => activity.set_filter(text),
        Some(Screen::Commands(commands)) => commands.set_filter(text, &state.log),
        Some(Screen::Incidents(_)) => incidents::set_filter(state, text),
        Some(Screen::Certificates(certificates)) => certificates.set_filter(text, now),
        Some(Screen::Branches(branches)) => branches.set_filter(text, now),
        Some(Screen::Checks(checks)) => checks.set_filter(text, now),
        Some(Screen::Logs(logs)) => logs.set_search(&text),
        Some(Screen::Events(events)) => events.set_filter(text),
        Some(Screen::Orphans(orphans)) => {
            orphans.chosen.set_text(text);
            orphans.choose();
        }
        Some(_) => {}
    }
}
