//! Checks over a database's history: asking for them, choosing the database, and going to what a flagged commit changed.

use crate::{
    checks::history::{Changes, Progress},
    console::{
        action::screens,
        command::Command,
        effect::Effect,
        message::Checking,
        state::{Screen, State, Ticket, checks::Checks, finding::Finding, recall::Listing},
        text,
    },
    hosted_api::problem::Problem,
};

/// Opens them for the deployment at hand.
pub fn open_here(state: &mut State) -> Vec<Effect> {
    match state.target().map(|row| row.name.clone()) {
        Some(name) => open(state, Some(name), None),
        None => Vec::new(),
    }
}

/// Opens them, of a deployment or of the control plane itself.
pub fn open(state: &mut State, name: Option<String>, database: Option<String>) -> Vec<Effect> {
    let ticket = state.ticket();
    let mut checks = Checks::asked(name.clone(), database.clone(), ticket, state.now);
    checks.chosen.set_text(state.recall.last(Listing::Checks));
    screens::push(state, Screen::Checks(Box::new(checks)));
    vec![Effect::Check { ticket, name, database }]
}

/// Whether the control plane's own can be asked for.
///
/// # Errors
/// The role that it needs.
pub fn own(state: &State) -> Result<(), String> {
    match state.status.as_ref().filter(|status| status.role != "admin") {
        Some(status) => {
            Err(format!("your role is {}; the control plane's own history is checked by admins", status.role))
        }
        None => Ok(()),
    }
}

/// Opens what is under the cursor: a database to check, or the commit that is flagged.
pub fn enter(state: &mut State) -> Vec<Effect> {
    let (now, ticket) = (state.now, state.ticket());
    let Some(Screen::Checks(checks)) = state.screens.last_mut() else { return Vec::new() };
    if checks.is_choosing() {
        let database = checks.databases.get(checks.list.cursor()).cloned();
        checks.database.clone_from(&database);
        checks.ticket = ticket;
        checks.checked.since = Some(now);
        return vec![Effect::Check { ticket, name: checks.name.clone(), database }];
    }
    let Some((_, flag)) = checks.flag() else {
        let what =
            if checks.checked.value.is_some() { "no commit is flagged in this figure" } else { "nothing is known yet" };
        state.warn(what);
        return Vec::new();
    };
    let (name, database, flag) = (checks.name.clone(), checks.database.clone().unwrap_or_default(), flag.clone());
    let finding = Finding::of(name.clone(), database.clone(), flag.clone(), ticket, now);
    let from = flag.commit.parent.clone().filter(|_| finding.changes.since.is_some());
    screens::push(state, Screen::Finding(Box::new(finding)));
    let ask = |from| Effect::CheckRows { ticket, name, database, flag, from };
    from.map(ask).into_iter().collect()
}

/// Back to the choice of a database; none where there was no choice.
pub fn back(state: &mut State) -> Option<Vec<Effect>> {
    let ticket = state.ticket();
    let Some(Screen::Checks(checks)) = state.screens.last_mut() else { return None };
    let asked = checks.ticket;
    checks.choose_again(ticket).then(|| vec![Effect::Cancel(asked)])
}

/// To the flag before, or the next one, of the figure under the cursor.
pub fn step(state: &mut State, command: Command) -> Vec<Effect> {
    let older = command == Command::PreviousFlag;
    if let Some(Screen::Checks(checks)) = state.screens.last_mut()
        && !checks.step(older)
    {
        let which = if older { "before" } else { "after" };
        state.warn(format!("no commit {which} this one is flagged in this figure"));
    }
    Vec::new()
}

/// Something of a check has come.
pub fn told(state: &mut State, ticket: Ticket, told: Checking) {
    let now = state.now + state.ahead;
    let of = |screen: &&mut Screen| matches!(screen, Screen::Checks(checks) if checks.ticket == ticket);
    let Some(Screen::Checks(checks)) = state.screens.iter_mut().find(of) else { return };
    match told {
        Checking::Databases(databases) => checks.choose_of(databases),
        Checking::Of(database) => checks.database = Some(database),
        Checking::Progress(progress) => checks.progress = progress,
        Checking::Done(Ok(checked)) => checks.set(*checked, now),
        Checking::Done(Err(problem)) => checks.checked.set(Err(problem)),
    }
}

/// What a flagged commit changed has come.
pub fn rows(state: &mut State, ticket: Ticket, answer: Result<Changes, Problem>) {
    let of = |screen: &&mut Screen| matches!(screen, Screen::Finding(finding) if finding.ticket == ticket);
    if let Some(Screen::Finding(finding)) = state.screens.iter_mut().find(of) {
        finding.set(answer);
    }
}

/// What is told while it goes on: nothing at the first commit, where tables are counted whole.
pub fn progress(progress: Progress) -> Option<String> {
    (progress.done > 0).then(|| format!("{} of {}", progress.done, text::plural(progress.commits, "commit")))
}
