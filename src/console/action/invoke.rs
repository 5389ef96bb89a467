//! A line of the palette: what it means, and doing it.
//!
//! A line is a locator, or a command's name and perhaps what it is to act on: `logs orders`, `sort disk desc`,
//! `filter health:degraded`, `settings orders max_connections`.
//!
//! Guarantees: a line that cannot be carried out changes nothing and says why; nothing is changed in the fleet without
//! the plan and the confirmation that the command asks for by its key, too.

use crate::console::{
    action::{self, branch, line, logs, look, open, question, screens, sort},
    command::{COMMANDS, Command, entry},
    effect::Effect,
    locator::Locator,
    state::{Screen, State, palette::Does, question::Ask},
};

/// What may stand after a command's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Argument {
    /// The deployment to act on, instead of the one at hand.
    Deployment,
    /// The deployment, one of its settings, or both.
    Setting,
    /// A deployment or a locator.
    View,
    /// A column, and perhaps asc or desc.
    Order,
    /// A filter.
    Filter,
    /// A commit, a time, or how long ago.
    Moment,
    /// A change request, or main.
    Branch,
    /// A theme.
    Theme,
    /// How serious the lines of a log are at least.
    Level,
    /// A deployment that is put beside the one at hand.
    Beside,
}

/// What may stand after a command's name; none where nothing may.
pub fn argument(command: Command) -> Option<Argument> {
    match command {
        Command::Resize
        | Command::RollBack
        | Command::Connect
        | Command::Client
        | Command::Forward
        | Command::Power
        | Command::Delete
        | Command::Restart
        | Command::Pause
        | Command::Resume
        | Command::Protect
        | Command::Unprotect
        | Command::Logs
        | Command::Metrics
        | Command::History
        | Command::Blame
        | Command::Checks
        | Command::Copy
        | Command::CopyClone => Some(Argument::Deployment),
        Command::Settings => Some(Argument::Setting),
        Command::Open => Some(Argument::View),
        Command::Sort => Some(Argument::Order),
        Command::Filter => Some(Argument::Filter),
        Command::At => Some(Argument::Moment),
        Command::SwitchBranch => Some(Argument::Branch),
        Command::Theme => Some(Argument::Theme),
        Command::Level => Some(Argument::Level),
        Command::Beside => Some(Argument::Beside),
        _ => None,
    }
}

/// What a line means; none where it is neither a locator nor begins with a command's name.
pub fn read(line: &str) -> Option<Does> {
    let line = line.trim();
    if let Some(locator) = locator(line) {
        return Some(Does::Open(locator));
    }
    let (command, rest) = command(line)?;
    let argument = Some(rest.trim()).filter(|rest| !rest.is_empty()).map(str::to_owned);
    Some(Does::Run(command, argument))
}

/// A word alone is a command's name, with the exception of the one that none has.
fn locator(line: &str) -> Option<Locator> {
    let plain = line.contains('/') || line == "deployments";
    line.parse().ok().filter(|_| plain)
}

/// The command whose name stands at the beginning, the longest such, and what follows.
pub fn command(line: &str) -> Option<(Command, &str)> {
    let found = COMMANDS.iter().filter(|entry| entry.palette).filter_map(|entry| {
        let rest = line.strip_prefix(entry.name)?;
        (rest.is_empty() || rest.starts_with(' ')).then_some((entry.command, rest))
    });
    found.min_by_key(|(_, rest)| rest.len())
}

/// Whether a line can be carried out where one is.
///
/// # Errors
/// Why not.
pub fn allowed(state: &State, does: &Does) -> Result<(), String> {
    match does {
        Does::Open(locator) => open::is_there(state, locator),
        Does::Run(command, None) if !anywhere(*command) && !entry(*command).places.contains(&state.place()) => {
            let hint = if argument(*command) == Some(Argument::Deployment) { ": name a deployment" } else { "" };
            Err(format!("{} does not apply here{hint}", entry(*command).name))
        }
        Does::Run(command, None) => action::allowed(state, *command),
        Does::Run(..) => Ok(()),
    }
}

/// What the palette does on every screen, also where its key is another's: it is about nothing that stands there.
fn anywhere(command: Command) -> bool {
    matches!(
        command,
        Command::Create
            | Command::Undo
            | Command::RollBackAll
            | Command::HistoryAll
            | Command::Events
            | Command::Pulse
            | Command::Orphans
            | Command::Doctor
            | Command::Incidents
            | Command::Branches
            | Command::SwitchBranch
            | Command::NewIncident
            | Command::Forwards
            | Command::Activity
            | Command::Commands
    )
}

/// Carries a line out, or says why it cannot be.
pub fn invoke(state: &mut State, does: &Does) -> Vec<Effect> {
    if let Err(why) = allowed(state, does) {
        return refuse(state, why);
    }
    match does {
        Does::Open(locator) => open::open(state, locator.clone()),
        Does::Run(command, None) => action::run(state, *command),
        Does::Run(command, Some(text)) => with(state, *command, text),
    }
}

fn with(state: &mut State, command: Command, text: &str) -> Vec<Effect> {
    match argument(command) {
        None => refuse(state, format!("{} takes nothing after it", entry(command).name)),
        Some(Argument::Deployment) => on(state, command, text),
        Some(Argument::Setting) => settings(state, command, text),
        Some(Argument::View) => match text.parse::<Locator>() {
            // A deployment may be called as a view is.
            _ if state.fleet.find(text).is_some() => on(state, command, text),
            Ok(locator) => open::open(state, locator),
            Err(why) if text.contains('/') => refuse(state, why.to_string()),
            Err(_) => on(state, command, text),
        },
        Some(Argument::Order) => match sort::read(text) {
            Ok(order) => sort::by(state, order),
            Err(why) => refuse(state, why),
        },
        Some(Argument::Moment) => question::answer_with(state, Ask::Moment, text),
        Some(Argument::Branch) => {
            let fits = action::allowed(state, command);
            fits.and_then(|()| branch::desk::to(state, text)).unwrap_or_else(|why| refuse(state, why))
        }
        Some(Argument::Filter) => {
            line::apply(state, text.to_owned());
            if let Some(listing) = line::listing(state) {
                state.recall.remember(listing, text);
            }
            Vec::new()
        }
        Some(Argument::Theme) => look::set(state, text),
        Some(Argument::Level) => here(state, command, |state| logs::set_level(state, text)),
        Some(Argument::Beside) => here(state, command, |state| question::beside(state, text)),
    }
}

/// What a command does where one is, or why it does not.
fn here(
    state: &mut State,
    command: Command,
    run: impl FnOnce(&mut State) -> Result<Vec<Effect>, String>,
) -> Vec<Effect> {
    let there = allowed(state, &Does::Run(command, None));
    there.and_then(|()| run(state)).unwrap_or_else(|why| refuse(state, why))
}

/// The command on another deployment than the one at hand: from the fleet, with the cursor on it.
fn on(state: &mut State, command: Command, name: &str) -> Vec<Effect> {
    if let Err(why) = open::find(state, name) {
        return refuse(state, why);
    }
    let mut effects = Vec::new();
    while !state.screens.is_empty() {
        effects.extend(screens::pop(state));
    }
    state.fleet.show(name);
    // The one that is named, whatever is marked.
    let marks = state.fleet.put_marks_by();
    effects.extend(action::run(state, command));
    state.fleet.put_marks_back(marks);
    effects
}

/// The settings of a deployment, with the cursor on the one that is named.
fn settings(state: &mut State, command: Command, text: &str) -> Vec<Effect> {
    let (first, rest) = text.split_once(' ').unwrap_or((text, ""));
    let (effects, key) = if state.fleet.find(first).is_some() {
        (on(state, command, first), rest.trim())
    } else {
        (action::run(state, command), text)
    };
    if let Some(Screen::Form(form)) = state.screens.last_mut()
        && !key.is_empty()
    {
        match form.fields.iter().position(|field| field.key == key) {
            Some(place) => form.focus = place,
            None => state.warn(format!("there is no setting '{key}'")),
        }
    }
    effects
}

fn refuse(state: &mut State, why: impl Into<String>) -> Vec<Effect> {
    state.warn(why);
    Vec::new()
}
