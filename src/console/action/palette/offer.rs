//! What a line in the palette can become: commands by the letters of their names, then what they act on.
//!
//! Guarantees: at most [`MOST`] offers, the likeliest first; of two that match equally well the one that was run last.
//! A line that nothing completes is offered as it stands, where it means something.

use crate::{
    checks::curves::Curve,
    console::{
        action::{
            self,
            invoke::{self, Argument},
            line,
        },
        command::{COMMANDS, entry},
        filter::{Filtered, Named},
        fuzzy::Fuzzy,
        locator::{ASPECTS, VIEWS},
        state::{
            Screen, State, activity, certificates,
            columns::{ALL, Row},
            commands,
            logs::level::Level,
            palette::{Does, Offer},
            recall::Listing,
        },
    },
    model::settings::OFFERED,
};
use doltops_proto::hosted_api as api;

/// More than anybody reads; a fleet of ten thousand would be drawn up with every key otherwise.
const MOST: usize = 100;

/// How many lines that were run stand before the commands, where nothing is typed.
const RECENT: usize = 5;

/// What the line can become.
pub fn offers(state: &State, line: &str) -> Vec<Offer> {
    let typed = line.trim_start();
    if typed.is_empty() {
        return recent(state).chain(commands(state, "", None)).collect();
    }
    let mut found = match invoke::command(typed) {
        Some((command, rest)) if !rest.is_empty() && invoke::argument(command).is_some() => {
            let (name, rest) = (entry(command).name, rest.trim_start());
            let values = invoke::argument(command).map(|argument| values(state, argument, rest)).unwrap_or_default();
            best(rest, values).into_iter().filter_map(|value| offer(format!("{name} {value}"))).collect()
        }
        _ => Vec::new(),
    };
    // A command's name may begin as another one does: roll back, roll back everything.
    let others = named(state, typed).into_iter().filter(|other| !found.contains(other)).collect::<Vec<_>>();
    found.extend(others);
    if found.is_empty() { offer(typed.trim_end().to_owned()).into_iter().collect() } else { found }
}

/// The lines that were run before and match.
pub fn earlier(state: &State, line: &str) -> Vec<Offer> {
    best(line.trim(), state.past.lines().to_vec()).into_iter().filter_map(offer).collect()
}

/// A line that means something.
fn offer(line: String) -> Option<Offer> {
    let does = invoke::read(&line)?;
    let help = match &does {
        Does::Open(_) => "open this view".to_owned(),
        Does::Run(command, Some(_)) if invoke::argument(*command) == Some(Argument::View) => {
            "open this view".to_owned()
        }
        Does::Run(command, _) => entry(*command).help.to_owned(),
    };
    Some(Offer { line, does, help })
}

fn recent(state: &State) -> impl Iterator<Item = Offer> {
    state.past.lines().iter().take(RECENT).cloned().filter_map(offer)
}

/// Commands whose names match; a deployment's name may stand at the end.
fn named(state: &State, typed: &str) -> Vec<Offer> {
    match typed.trim_end().rsplit_once(' ') {
        Some((words, name)) if state.fleet.find(name).is_some() => commands(state, words, Some(name)),
        _ => commands(state, typed, None),
    }
}

fn commands(state: &State, words: &str, on: Option<&str>) -> Vec<Offer> {
    let mut fuzzy = Fuzzy::new(words.trim());
    let last_run = |name: &str| state.past.lines().iter().position(|line| line.starts_with(name)).unwrap_or(usize::MAX);
    let mut found: Vec<_> = COMMANDS
        .iter()
        .filter(|entry| {
            entry.palette && action::offered(state, entry) && (on.is_none() || takes_deployment(entry.command))
        })
        .filter_map(|entry| {
            fuzzy.score(entry.name).map(|score| (std::cmp::Reverse(score), last_run(entry.name), entry))
        })
        .collect();
    // Stable: what matches equally well and was never run stays in the registry's order.
    found.sort_by_key(|(score, last_run, _)| (*score, *last_run));
    let line = |name: &str| on.map_or_else(|| name.to_owned(), |on| format!("{name} {on}"));
    found.into_iter().filter_map(|(.., entry)| offer(line(entry.name))).collect()
}

fn takes_deployment(command: crate::console::command::Command) -> bool {
    matches!(invoke::argument(command), Some(Argument::Deployment | Argument::Setting | Argument::View))
}

/// What may stand after a command's name, given what stands there already.
fn values(state: &State, argument: Argument, typed: &str) -> Vec<String> {
    // The one at hand first: it is what most lines are about.
    let here = state.target().map(|row| row.name.clone());
    let names = || {
        let others = state.fleet.rows().iter().map(|row| row.name.clone()).filter(|name| here.as_ref() != Some(name));
        here.clone().into_iter().chain(others)
    };
    let settings = || OFFERED.iter().map(|offered| offered.key.to_owned());
    match argument {
        Argument::Deployment => names().collect(),
        Argument::Setting => match typed.split_once(' ').filter(|(name, _)| state.fleet.find(name).is_some()) {
            Some((name, _)) => settings().map(|key| format!("{name} {key}")).collect(),
            None => names().chain(settings()).collect(),
        },
        Argument::View => views(state, typed),
        Argument::Order => {
            let words = ALL.iter().map(|column| column.word());
            words.flat_map(|word| ["", " asc", " desc"].map(|way| format!("{word}{way}"))).collect()
        }
        Argument::Moment => Vec::new(),
        Argument::Branch => branches(state),
        Argument::Filter => filters(state, typed),
        Argument::Theme => state.look.names(),
        Argument::Level => Level::CHOICES.iter().map(|(word, _)| (*word).to_owned()).collect(),
        Argument::Beside => names().collect(),
    }
}

/// The change requests that are on a screen, and main.
fn branches(state: &State) -> Vec<String> {
    let named = state.screens.iter().flat_map(|screen| match screen {
        Screen::Branches(list) => list.all().iter().map(|branch| branch.name.clone()).collect(),
        Screen::Branch(branch) => vec![branch.name.clone()],
        _ => Vec::new(),
    });
    std::iter::once("main".to_owned()).chain(named).collect()
}

/// The last term of a filter: a column of the list at hand, or one of the words that stand in it.
fn filters(state: &State, typed: &str) -> Vec<String> {
    let Some(listing) = line::listing(state) else { return Vec::new() };
    let (before, term) = typed.rsplit_once(' ').map_or(("", typed), |(before, term)| (before, term));
    let gap = if before.is_empty() { "" } else { " " };
    let (not, term) = term.strip_prefix('!').map_or(("", term), |term| ("!", term));
    let whole = |rest: String| format!("{before}{gap}{not}{rest}");
    match term.split_once(':') {
        Some((column, _)) => words(listing, column).iter().map(|word| whole(format!("{column}:{word}"))).collect(),
        None => columns(listing).iter().map(|column| whole(format!("{}:", column.word))).collect(),
    }
}

/// The columns that the terms of a list can name.
fn columns(listing: Listing) -> &'static [Named] {
    match listing {
        Listing::Fleet => Row::COLUMNS,
        Listing::Events => api::Event::COLUMNS,
        Listing::Orphans => api::Orphan::COLUMNS,
        Listing::History => api::Commit::COLUMNS,
        Listing::Diff => api::CellChange::COLUMNS,
        Listing::Activity => activity::Row::COLUMNS,
        Listing::Commands => commands::Entry::COLUMNS,
        Listing::Incidents => api::Incident::COLUMNS,
        Listing::Certificates => certificates::Served::COLUMNS,
        Listing::Branches => api::BranchSummary::COLUMNS,
        Listing::Checks => Curve::COLUMNS,
    }
}

/// The words that a column has, where there are few.
fn words(listing: Listing, column: &str) -> &'static [&'static str] {
    match (listing, column) {
        (Listing::Fleet, "health") => &["healthy", "degraded", "unreachable", "starting", "stopped", "failed"],
        (Listing::Fleet, "state") => &["running", "stopped", "paused", "protected", "deleted", "drifted"],
        (Listing::Incidents, "severity") => &["critical", "error", "warning", "info"],
        (Listing::Incidents, "state") => &["open", "acknowledged", "resolved"],
        (Listing::Certificates, "kind") => &["self-signed", "webpki"],
        (Listing::Checks, "figure") => &["rows", "added", "null_share", "distinct", "mean", "q50", "max", "constraint"],
        (Listing::Events, "kind") => &["asked", "step", "health", "incident", "page", "error", "control-plane"],
        (Listing::Orphans, "kind") => &["instance", "volume", "copy", "address", "name"],
        (Listing::Branches, "state") => &["open", "merged", "discarded"],
        (Listing::Commands, "state") => &["waiting", "done", "failed"],
        _ => &[],
    }
}

/// The views, a level at a time: those of a deployment once it is named.
fn views(state: &State, typed: &str) -> Vec<String> {
    let named = typed.strip_prefix("deployments/").and_then(|rest| rest.split_once('/'));
    match named.filter(|(name, _)| state.fleet.find(name).is_some()) {
        Some((name, _)) => ASPECTS.iter().map(|aspect| format!("deployments/{name}/{aspect}")).collect(),
        None => {
            let deployments = state.fleet.rows().iter().map(|row| format!("deployments/{}", row.name));
            VIEWS.iter().map(|view| (*view).to_owned()).chain(deployments).collect()
        }
    }
}

/// Those that match, the best first, at most [`MOST`].
fn best(typed: &str, values: Vec<String>) -> Vec<String> {
    let mut fuzzy = Fuzzy::new(typed.trim());
    let mut found: Vec<(std::cmp::Reverse<u32>, String)> = values
        .into_iter()
        .filter_map(|value| fuzzy.score(&value).map(|score| (std::cmp::Reverse(score), value)))
        .collect();
    // Where nothing is typed, the order is the one in which they were given.
    let length = |value: &str| if typed.trim().is_empty() { 0 } else { value.len() };
    found.sort_by_key(|(score, value)| (*score, length(value)));
    found.into_iter().take(MOST).map(|(_, value)| value).collect()
}
