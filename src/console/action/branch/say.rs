//! What a person says about a change request: opens, approves, comments, decides, discards.
//!
//! Guarantees
//! - Nothing here touches what runs: only a merge does, and that is a change with a plan.
//! - What was typed is not lost where it is refused: its question is asked once more, with the reason.
//! - A change request is discarded only after its name was typed.

use crate::{
    console::{
        action::branches,
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            branch::{Branch, Saying, sql},
            overlay::Overlay,
            prompt::{Prompt, Purpose},
            typed::Typed,
        },
        text,
    },
    hosted_api::{desired_diff::said_of, problem::Problem},
    model::{BranchName, ChangeRequest, Refusal},
};
use doltops_proto::hosted_api::{
    Branch as Told, BranchConflict, ChangeBranchRequest, CreateBranchRequest,
    change_branch_request::{Approve, Change, Resolve, resolve::Choice},
};

/// What a question is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A new change request: its name, and what it is for.
    New,
    /// An approval of this head, or taking one's own back.
    Approve { name: String, head: String, withdraw: bool },
    /// A comment.
    Comment { name: String },
    /// What a cell is to be.
    Value { name: String, cell: String },
    /// Conflicts by SQL.
    Sql { name: String },
    /// Its end without a merge.
    Discard { name: String },
}

/// Asks for the name of a new one.
pub fn new(state: &mut State) -> Vec<Effect> {
    let lines = vec![
        "A place to prepare changes of many deployments; nothing that runs is touched before it is merged.".to_owned(),
        "Its name, a space, then its title:".to_owned(),
    ];
    ask(state, ("New change request".to_owned(), "open it"), lines, Some(String::new()), About::New)
}

/// Asks what a key of the screen asks for.
pub fn begin(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(Screen::Branch(branch)) = state.screens.last() else { return Vec::new() };
    let name = branch.name.clone();
    match command {
        Command::Approve => {
            let (title, enter, lines, about) = approval(state, branch);
            ask(state, (title, enter), lines, None, about)
        }
        Command::Comment => {
            let lines = vec!["What is said stays with it, also when it is over.".to_owned()];
            ask(state, (format!("Comment on {name}"), "say it"), lines, Some(String::new()), About::Comment { name })
        }
        Command::OwnValue => own_value(state),
        Command::BySql => by_sql(state),
        _ => {
            let lines = vec![
                format!("{name} is closed without merging: {}.", cells(branch)),
                "Its branch can still be looked at; the name is used up.".to_owned(),
                format!("Type {name} to discard it."),
            ];
            ask(state, (format!("Discard {name}"), "discard it"), lines, Some(String::new()), About::Discard { name })
        }
    }
}

fn cells(branch: &Branch) -> String {
    match branch.cells().len() {
        0 => "nothing was changed on it".to_owned(),
        1 => "its 1 cell goes nowhere".to_owned(),
        many => format!("its {many} cells go nowhere"),
    }
}

/// The title, what Enter does, what one should know, and what for.
fn approval(state: &State, branch: &Branch) -> (String, &'static str, Vec<String>, About) {
    let (name, me) = (branch.name.clone(), state.status.as_ref().map_or("", |status| status.user.as_str()));
    let told = branch.told.value.clone().unwrap_or_default();
    let summary = told.summary.unwrap_or_default();
    let mine = told.approvals.iter().any(|it| it.author == me && !it.withdrawn && it.head == summary.head);
    let head = summary.head;
    if mine {
        let lines = vec![format!("You have approved {name} as it is at {}.", text::short(&head))];
        let about = About::Approve { name: name.clone(), head, withdraw: true };
        return (format!("Withdraw your approval of {name}"), "take it back", lines, about);
    }
    let mut lines = vec![
        format!(
            "It may be merged as it is at {}: {} of {} changed.",
            text::short(&head),
            branch.cells().len(),
            text::plural(summary.deployments, "deployment")
        ),
        "Another commit or another decision about a conflict, and it is asked for again.".to_owned(),
    ];
    if summary.author == me && summary.approvals_needed > 0 {
        lines
            .push("You have opened it: where the control plane wants others to look, yours does not count.".to_owned());
    }
    (format!("Approve {name}"), "approve it", lines, About::Approve { name, head, withdraw: false })
}

fn own_value(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Branch(branch)) = state.screens.last() else { return Vec::new() };
    let Some(cell) = branch.selected() else { return Vec::new() };
    let Some(conflict) = cell.conflict.clone() else { return Vec::new() };
    let name = branch.name.clone();
    let of = |value: &Option<String>| cell.said(value);
    let lines = vec![
        format!("base {}, main {}, the branch {}.", of(&conflict.base), of(&conflict.ours), of(&conflict.theirs)),
        "What it is to be; empty is a setting's default.".to_owned(),
    ];
    let before = if conflict.decided { conflict.value } else { conflict.theirs };
    let title = format!("Decide {}", conflict.cell);
    ask(
        state,
        (title, "decide it"),
        lines,
        Some(before.unwrap_or_default()),
        About::Value { name, cell: conflict.cell },
    )
}

/// An `UPDATE` of the conflicts, with one for the cell under the cursor to begin with.
fn by_sql(state: &mut State) -> Vec<Effect> {
    let Some(Screen::Branch(branch)) = state.screens.last() else { return Vec::new() };
    let name = branch.name.clone();
    let conflict = branch.selected().and_then(|cell| cell.conflict.as_ref());
    let which = conflict.map_or_else(String::new, |it| format!(" WHERE cell = '{}'", it.cell.replace('\'', "''")));
    let lines = vec![
        "The columns of conflicts: cell, deployment, column_name, base, ours, theirs; value is set.".to_owned(),
        "To ours, theirs, base, a 'text', or NULL for a setting's default; WHERE with =, <>, LIKE, IN, IS NULL, AND."
            .to_owned(),
        "Several statements with ; between them.".to_owned(),
    ];
    let text = format!("UPDATE conflicts SET value = theirs{which}");
    ask(state, (format!("Decide conflicts of {name} by SQL"), "decide them"), lines, Some(text), About::Sql { name })
}

/// What the statement decides, one after the other.
fn decided_by(state: &mut State, prompt: &Prompt, name: &str, typed: &str) -> Result<Vec<Effect>, String> {
    let conflicts: Vec<BranchConflict> = match state.screens.last() {
        Some(Screen::Branch(branch)) => branch.cells().iter().filter_map(|cell| cell.conflict.clone()).collect(),
        _ => Vec::new(),
    };
    let mut sayings: Vec<Saying> = Vec::new();
    for (cell, choice) in sql::decisions(typed, &conflicts)? {
        let change = Some(Change::Resolve(Resolve { cell, choice: Some(choice) }));
        let request_id = state.request_id();
        sayings.push(Saying::Change(ChangeBranchRequest { name: name.to_owned(), request_id, change }));
    }
    let mut sayings = sayings.into_iter();
    let Some(first) = sayings.next() else { return Ok(Vec::new()) };
    state.said.queue(sayings);
    let ticket = state.ticket();
    Ok(sent(state, ticket, first, Some(Box::new(prompt.clone()))))
}

fn ask(
    state: &mut State,
    (title, enter): (String, &str),
    lines: Vec<String>,
    input: Option<String>,
    about: About,
) -> Vec<Effect> {
    let (input, enter) = (input.map(Typed::offered), enter.to_owned());
    let prompt = Prompt { title, lines, input, error: None, enter, purpose: Purpose::Branch(about) };
    state.overlay = Some(Overlay::Prompt(Box::new(prompt)));
    Vec::new()
}

/// A conflict is decided by a key: main's value, or the branch's.
pub fn decide(state: &mut State, ours: bool) -> Vec<Effect> {
    let Some(Screen::Branch(branch)) = state.screens.last() else { return Vec::new() };
    let Some(cell) = branch.selected().map(|cell| cell.address()) else { return Vec::new() };
    let choice = Some(if ours { Choice::Ours(true) } else { Choice::Theirs(true) });
    let name = branch.name.clone();
    send(state, name, Change::Resolve(Resolve { cell, choice }), None)
}

/// The question was answered with this text.
///
/// # Errors
/// Why the text will not do.
pub fn answer(state: &mut State, prompt: &Prompt, about: About, typed: &str) -> Result<Vec<Effect>, String> {
    let typed = typed.trim().to_owned();
    let (name, change) = match about {
        About::New => return open(state, prompt, &typed),
        About::Approve { name, head, withdraw } => (name, Change::Approve(Approve { head, withdraw })),
        About::Comment { .. } if typed.is_empty() => return Err("type what to say first".to_owned()),
        About::Comment { name } => (name, Change::Comment(typed)),
        About::Value { name, cell } => (name, Change::Resolve(Resolve { cell, choice: Some(Choice::Value(typed)) })),
        About::Sql { name } => return decided_by(state, prompt, &name, &typed),
        About::Discard { name } if typed != name => return Err(format!("type {name} first")),
        About::Discard { name } => (name, Change::Discard(true)),
    };
    Ok(send(state, name, change, Some(Box::new(prompt.clone()))))
}

/// The name and the title of what is typed, or what is wrong with each. Whether a name is free is known of those that
/// the list shows; the control plane knows it of all.
pub fn parts(state: &State, typed: &str) -> [(&'static str, Result<String, String>); 2] {
    let typed = typed.trim_start();
    let (name, title) = typed.split_once(' ').unwrap_or((typed, ""));
    let named = match name.parse::<BranchName>() {
        _ if name.is_empty() => Err("small letters, digits and hyphens, as in bigger".to_owned()),
        Err(Refusal::Invalid { what, .. }) => Err(what),
        Err(other) => Err(other.to_string()),
        Ok(name) if branches::is_known(state, name.as_str()) => Err(format!("{name} is taken: a name is used once")),
        Ok(name) => Ok(name.to_string()),
    };
    let titled = match title.trim() {
        "" if named.is_err() => Err("what it is for, as in More room for the autumn".to_owned()),
        "" => Ok(format!("{name} (nothing else was typed)")),
        long if long.chars().count() > ChangeRequest::LONGEST_TITLE => {
            Err(format!("it has more than {} characters", ChangeRequest::LONGEST_TITLE))
        }
        title => Ok(title.to_owned()),
    };
    [("name", named), ("title", titled)]
}

fn open(state: &mut State, prompt: &Prompt, typed: &str) -> Result<Vec<Effect>, String> {
    let [(_, name), (_, titled)] = parts(state, typed);
    let name = name.map_err(|why| format!("name: {why}"))?;
    titled.map_err(|why| format!("title: {why}"))?;
    let title = typed.split_once(' ').map_or("", |(_, title)| title.trim()).to_owned();
    let ticket = state.ticket();
    let saying = Saying::Open(CreateBranchRequest { name, title });
    Ok(sent(state, ticket, saying, Some(Box::new(prompt.clone()))))
}

fn send(state: &mut State, name: String, change: Change, prompt: Option<Box<Prompt>>) -> Vec<Effect> {
    let (ticket, request_id) = (state.ticket(), state.request_id());
    let saying = Saying::Change(ChangeBranchRequest { name, request_id, change: Some(change) });
    sent(state, ticket, saying, prompt)
}

fn sent(state: &mut State, ticket: Ticket, saying: Saying, prompt: Option<Box<Prompt>>) -> Vec<Effect> {
    vec![match state.said.send(ticket, saying, prompt) {
        Saying::Open(request) => Effect::OpenBranch { ticket, request },
        Saying::Change(request) => Effect::ChangeBranch { ticket, request: Box::new(request) },
    }]
}

/// It was taken, or refused.
pub fn answered(state: &mut State, ticket: Ticket, answer: Result<Told, Problem>) -> Vec<Effect> {
    let Some((saying, prompt)) = state.said.answered(ticket, answer.is_ok()) else { return Vec::new() };
    let waiting = state.said.waits_behind();
    let next = state.said.next(answer.is_ok());
    match answer {
        Ok(told) => {
            let mut effects = taken(state, &saying, &told);
            if let Some(next) = next {
                let ticket = state.ticket();
                effects.extend(sent(state, ticket, next, prompt));
            }
            effects
        }
        Err(problem) => {
            refused(state, prompt, &problem, &undecided(&saying, waiting));
            Vec::new()
        }
    }
}

/// Which cell was refused, and how many are left as they were, where several were to be decided at once.
fn undecided(saying: &Saying, waiting: usize) -> (String, String) {
    let cell = match saying {
        Saying::Change(ChangeBranchRequest { change: Some(Change::Resolve(resolve)), .. }) => resolve.cell.clone(),
        _ => return Default::default(),
    };
    let rest =
        if waiting == 0 { String::new() } else { format!("; {} after it not asked", text::plural(waiting, "cell")) };
    (cell, rest)
}

fn refused(state: &mut State, prompt: Option<Box<Prompt>>, problem: &Problem, (cell, rest): &(String, String)) {
    let next = if problem.next.is_empty() { String::new() } else { format!("; {}", problem.next) };
    let what = problem.to_string();
    let about = if cell.is_empty() || what.contains(cell.as_str()) { String::new() } else { format!("{cell}: ") };
    let why = format!("{about}{what}{next}{rest}");
    match (prompt, &state.overlay) {
        (Some(mut prompt), None) => {
            prompt.error = Some(why);
            state.overlay = Some(Overlay::Prompt(prompt));
        }
        _ => state.warn(why),
    }
}

/// What a cell was decided to be, as the control plane has taken it.
fn decided(told: &Told, cell: &str) -> String {
    let conflict = told.conflicts.iter().find(|conflict| conflict.cell == cell);
    conflict.map_or_else(|| "decided".to_owned(), |it| said_of(&it.column, it.base.as_deref(), it.value.as_deref()))
}

fn taken(state: &mut State, saying: &Saying, told: &Told) -> Vec<Effect> {
    let name = saying.name();
    let open = told.conflicts.iter().filter(|conflict| !conflict.decided).count();
    let left = match open {
        0 => "no conflict is left".to_owned(),
        1 => "1 conflict is left".to_owned(),
        many => format!("{many} conflicts are left"),
    };
    let said = match saying {
        // Asked for once more by the same person: it is shown, and nothing was made.
        Saying::Open(_) if told.existed => format!("{name} was open already: this is it"),
        Saying::Open(_) => {
            format!("{name} is open: {} shows the whole console on it", state.keymap.way(Command::SwitchBranch))
        }
        Saying::Change(request) => match &request.change {
            Some(Change::Approve(approve)) if approve.withdraw => format!("{name}: your approval is withdrawn"),
            Some(Change::Approve(_)) => format!("{name}: approved"),
            Some(Change::Comment(_)) => format!("{name}: said"),
            Some(Change::Resolve(resolve)) => format!("{}: {}; {left}", resolve.cell, decided(told, &resolve.cell)),
            Some(Change::Discard(_)) => format!("{name}: discarded"),
            None => name.to_owned(),
        },
    };
    for screen in &mut state.screens {
        if let Screen::Branch(branch) = screen
            && branch.name == name
        {
            branch.set(Ok(told.clone()));
        }
    }
    let mut effects = branches::reload(state);
    if matches!(saying, Saying::Open(_)) && state.overlay.is_none() {
        effects.extend(super::show(state, name.to_owned()));
    } else if let Some(Screen::Branch(branch)) = state.screens.last_mut()
        && matches!(saying, Saying::Change(request) if matches!(request.change, Some(Change::Resolve(_))))
        && let Some(next) = branch.next_open()
    {
        // The cursor leads on to what is to be decided next.
        branch.list.set_cursor(next);
    }
    state.say(said);
    effects
}
