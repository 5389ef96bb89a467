//! Opening a view by its locator, copying the present one's, and going back and forth through those that were seen.
//!
//! Guarantees: what names nothing that is there is refused in words and changes nothing; a view that stands on the way
//! is gone back to, with what it has loaded, instead of being opened a second time.

use crate::console::{
    action::{
        self, activity, branch, branches, certificates, checks, commands, compare, doctor, events, history, incident,
        incidents, orphans, screens,
    },
    command::Command,
    effect::Effect,
    locator::{Aspect, CommitStart, Locator},
    state::{Screen, State, clone_of, diff::Side, on_branch, then},
    text,
};
use doltops_proto::hosted_api::Incident;

/// How many names a refusal lists: what fits into a line.
const LISTED: usize = 4;

/// Opens a view, or as soon as the fleet is known.
pub fn open(state: &mut State, locator: Locator) -> Vec<Effect> {
    if !state.fleet.known {
        state.opening = Some(locator);
        return Vec::new();
    }
    match is_there(state, &locator) {
        Ok(()) => go(state, &locator),
        Err(why) => {
            state.warn(why);
            Vec::new()
        }
    }
}

/// The fleet is known: opens what waited for it, unless the person has gone elsewhere meanwhile.
pub fn waited(state: &mut State) -> Vec<Effect> {
    match state.opening.take() {
        Some(locator) if state.screens.is_empty() && state.overlay.is_none() => open(state, locator),
        _ => Vec::new(),
    }
}

/// A step back or forth through the views that were seen.
pub fn step(state: &mut State, back: bool) -> Vec<Effect> {
    let mut trail = std::mem::take(&mut state.trail);
    trail.retain(|locator| is_there(state, locator).is_ok());
    let next = trail.step(back);
    state.trail = trail;
    match next {
        Some(locator) => go(state, &locator),
        None => {
            state.warn(if back { "no view was seen before this one" } else { "this is the view that was seen last" });
            Vec::new()
        }
    }
}

/// Puts the locator of what is looked at on the clipboard.
pub fn copy(state: &mut State) -> Vec<Effect> {
    let locator = Locator::of(state).to_string();
    state.say(format!("sent to the clipboard: {locator}"));
    vec![Effect::Copy(locator)]
}

/// Whether what a locator names is there.
///
/// # Errors
/// That it is not, and what there is.
pub fn is_there(state: &State, locator: &Locator) -> Result<(), String> {
    if let Locator::Deployment(name, Aspect::Logs) = locator
        && let Some(why) = state.fleet.find(name.as_str()).and_then(|row| action::then::no_logs(state, row))
    {
        return Err(why);
    }
    if then::shows_now(locator)
        && let Some(why) = action::then::not_of_then(state, "that view")
    {
        return Err(why);
    }
    if state.clone_of.is_some() && clone_of::shows_more(locator) {
        return Err(clone_of::why_not("that view"));
    }
    if on_branch::shows_main(locator)
        && let Some(why) = branch::desk::not_here(state, "that view")
    {
        return Err(why);
    }
    match locator {
        Locator::Deployment(name, _) => find(state, name.as_str()),
        _ => Ok(()),
    }
}

/// Whether there is a deployment of that name.
///
/// # Errors
/// That there is none, and the names that come closest.
pub fn find(state: &State, name: &str) -> Result<(), String> {
    if state.fleet.find(name).is_some() {
        return Ok(());
    }
    let name = text::clean(name);
    let mut names: Vec<&str> = state.fleet.rows().iter().map(|row| row.name.as_str()).collect();
    if names.is_empty() {
        return Err(format!("there is no deployment {name}, nor any other"));
    }
    names.sort_by_cached_key(|other| (strsim::damerau_levenshtein(&name, other), (*other).to_owned()));
    let more = names.len().saturating_sub(LISTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    Err(format!("there is no deployment {name}; there are {}{more}", names[..names.len().min(LISTED)].join(", ")))
}

fn go(state: &mut State, locator: &Locator) -> Vec<Effect> {
    let is_it = |screen: &Screen| Locator::of_screen(screen).is_some_and(|other| other.is_same_view(locator));
    let kept = state.screens.iter().rposition(is_it).map_or(0, |place| place + 1);
    let mut effects = Vec::new();
    while state.screens.len() > kept {
        effects.extend(screens::pop(state));
    }
    state.overlay = None;
    if kept == 0 {
        effects.extend(anew(state, locator));
    }
    if let Locator::History(Some(commit)) | Locator::Deployment(_, Aspect::History(Some(commit))) = locator {
        effects.extend(history::seek(state, commit.as_str().to_owned()));
    }
    effects
}

/// Over the fleet, with its cursor on the deployment.
fn anew(state: &mut State, locator: &Locator) -> Vec<Effect> {
    match locator {
        Locator::Deployments => Vec::new(),
        Locator::Deployment(name, aspect) => {
            state.fleet.show(name.as_str());
            let command = match aspect {
                Aspect::Whole => Command::Open,
                Aspect::Metrics => Command::Metrics,
                Aspect::Logs => Command::Logs,
                Aspect::History(_) => Command::History,
                Aspect::Blame => Command::Blame,
                Aspect::Diff(old, new) => return compared(state, Some(name.to_string()), old, new),
                Aspect::Sql => Command::Connect,
                Aspect::Checks(None) => Command::Checks,
                Aspect::Checks(Some(database)) => {
                    return checks::open(state, Some(name.to_string()), Some(database.as_str().to_owned()));
                }
                Aspect::Activity => return activity::open(state, Some(name.to_string())),
                Aspect::Events => return events::open(state, Some(name.to_string())),
            };
            action::run(state, command)
        }
        Locator::History(_) => history::open(state, true),
        Locator::Diff(old, new) => compared(state, None, old, new),
        Locator::Events => events::open(state, None),
        Locator::Activity => activity::open(state, None),
        Locator::Commands => commands::open(state),
        Locator::Orphans => orphans::open(state),
        Locator::Certificates => certificates::open(state),
        Locator::Doctor => doctor::open(state),
        Locator::Branches => branches::open(state),
        Locator::Branch(name) => branch::show(state, name.to_string()),
        Locator::Checks => action::run(state, Command::OwnChecks),
        Locator::Incidents => incidents::open(state),
        Locator::Pulse => action::run(state, Command::Pulse),
        Locator::Forwards => action::run(state, Command::Forwards),
        Locator::Incident(id) => {
            let id = id.as_str();
            // One that is over is not among those that are followed: its story brings the rest.
            let known = state.incidents.find(id).cloned();
            incident::show(state, known.unwrap_or_else(|| Incident { id: id.to_owned(), ..Incident::default() }))
        }
    }
}

fn compared(state: &mut State, name: Option<String>, old: &CommitStart, new: &CommitStart) -> Vec<Effect> {
    let side = |start: &CommitStart| Side { hash: start.as_str().to_owned(), about: None };
    compare::open(state, name, side(old), side(new))
}
