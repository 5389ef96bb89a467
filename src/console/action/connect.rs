//! Connect: an editor for SQL, and what it gives.

pub mod export;
pub mod past;
pub mod results;
pub mod suggest;
pub mod typing;

use crate::{
    console::{
        action::{copy, screens, whole},
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            connect::{Connect, Focus, Outcome, Phase, Sent, past::Entry},
            overlay::Overlay,
            prompt::{Prompt, Purpose},
        },
        text,
    },
    hosted_api::problem::{Kind, Problem},
    sql::statements,
};

/// Asks Dolt for its plan; without the format it answers with a table that says nothing.
const EXPLAIN: &str = "EXPLAIN FORMAT=TREE ";

/// Opens a connection to the deployment at hand; read-only on production, and for those who may only read.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let production = state.settings.is_production(&name);
    let read_only = production || only_reads(state);
    let ticket = state.ticket();
    let mut connect = Connect::opening(name.clone(), read_only, ticket, state.now);
    connect.production = production;
    if let Some(draft) = state.drafts.remove(&name) {
        connect.set_text(&draft);
    }
    screens::push(state, Screen::Connect(Box::new(connect)));
    let mut effects = vec![Effect::SqlOpen { ticket, name, read_only }];
    if !std::mem::replace(&mut state.statements.asked, true) {
        effects.push(Effect::Past);
    }
    effects
}

/// Whether this console, or its user, may only read.
fn only_reads(state: &State) -> bool {
    state.read_only || is_viewer(state)
}

fn is_viewer(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| status.role == "viewer")
}

/// The connection on top.
fn top(state: &mut State) -> Option<&mut Connect> {
    match state.screens.last_mut() {
        Some(Screen::Connect(connect)) => Some(connect),
        _ => None,
    }
}

/// A command on this screen.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    match command {
        Command::Run | Command::RunEnded => run_text(state),
        Command::Explain => explain(state),
        Command::Again => results::again(state),
        Command::ReadOnly => ask_rights(state),
        Command::ExportRows => export::ask(state),
        Command::SearchPast => past::open(state),
        Command::Complete => suggest::ask(state),
        Command::Cell => whole::cell(state),
        Command::CopyCell | Command::CopyRow => copy_rows(state, command == Command::CopyRow),
        Command::Older | Command::Newer => past::recall(state, command == Command::Older),
        _ => look(state, command),
    }
}

/// What changes nothing outside.
fn look(state: &mut State, command: Command) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    match command {
        Command::SwitchHalf => {
            connect.focus = if connect.focus == Focus::Editor { Focus::Results } else { Focus::Editor };
        }
        Command::NextResult => {
            let next = (connect.shown + 1) % connect.outcome.pages().max(1);
            connect.show(next);
        }
        Command::ColumnLeft => connect.column = connect.column.saturating_sub(1),
        Command::ColumnRight => {
            let last = connect.result().map_or(0, |result| result.heads.len().saturating_sub(1));
            connect.column = (connect.column + 1).min(last);
        }
        _ => {
            // Undo brings it back.
            connect.editor.select_all();
            connect.editor.cut();
            connect.focus = Focus::Editor;
            connect.mark = None;
        }
    }
    Vec::new()
}

fn refuse(state: &mut State, why: &str) -> Vec<Effect> {
    state.warn(why);
    Vec::new()
}

/// Runs what is in the editor, or connects anew where there is no connection.
fn run_text(state: &mut State) -> Vec<Effect> {
    let (now, ticket) = (state.now, state.ticket());
    let Some(connect) = top(state) else { return Vec::new() };
    if matches!(connect.phase, Phase::Broken(_)) {
        return reopen(connect, ticket, now);
    }
    let text = connect.text();
    let sent: Vec<Sent> = statements::split(&text)
        .into_iter()
        .map(|range| Sent { sql: text[range.clone()].to_owned(), place: Some(range.start), lead: 0 })
        .collect();
    if sent.is_empty() && connect.phase == Phase::Ready {
        return refuse(state, "there is nothing to run: type a statement");
    }
    let name = connect.name.clone();
    let mut effects = match send(state, sent, Some(text.clone())) {
        Ok(effect) => vec![effect],
        Err(why) => return refuse(state, why),
    };
    let entry = Entry { name, at: now, sql: text };
    if state.statements.add(entry.clone()) && !statements::may_hold_a_secret(&entry.sql) {
        effects.push(Effect::Remember(entry));
    }
    effects
}

/// How the statement under the cursor would be carried out.
fn explain(state: &mut State) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    let text = connect.text();
    let Some(range) = statements::at(&text, connect.place()) else {
        return refuse(state, "there is nothing to explain: type a statement");
    };
    let place = Some(range.start);
    let sent = Sent { sql: format!("{EXPLAIN}{}", &text[range]), place, lead: EXPLAIN.len() };
    send(state, vec![sent], None).map_or_else(|why| refuse(state, why), |effect| vec![effect])
}

/// Sends statements, where the connection takes them.
fn send(state: &mut State, sent: Vec<Sent>, text: Option<String>) -> Result<Effect, &'static str> {
    let now = state.now;
    let connect = top(state).ok_or("there is no connection")?;
    match connect.phase {
        Phase::Ready => {}
        Phase::Running(_) => return Err("a statement is still running; Esc cancels it"),
        Phase::Opening(_) => return Err("the connection is still being opened"),
        Phase::Broken(_) => return Err("there is no connection: F5 connects anew"),
    }
    connect.phase = Phase::Running(now);
    (connect.mark, connect.suggest, connect.recalled) = (None, None, None);
    connect.outcome = Outcome::default();
    connect.show(0);
    connect.fetching = false;
    let statements = sent.iter().map(|sent| sent.sql.clone()).collect();
    (connect.sent, connect.sent_text) = (sent, text);
    Ok(Effect::SqlRun { ticket: connect.ticket, statements })
}

/// Connects anew; what went with the old connection is gone.
fn reopen(connect: &mut Connect, ticket: Ticket, now: i64) -> Vec<Effect> {
    let old = std::mem::replace(&mut connect.ticket, ticket);
    connect.phase = Phase::Opening(now);
    (connect.standing, connect.open_since, connect.fetching) = (statements::Standing::default(), None, false);
    vec![Effect::Cancel(old), Effect::SqlOpen { ticket, name: connect.name.clone(), read_only: connect.read_only }]
}

/// F2: the other rights. What is dear, or would be lost, is asked about first.
fn ask_rights(state: &mut State) -> Vec<Effect> {
    if is_viewer(state) {
        return refuse(state, "your role is viewer, which can only read");
    }
    let now = state.now;
    let Some(connect) = top(state) else { return Vec::new() };
    let mut lines = Vec::new();
    if connect.production && connect.read_only {
        lines.push(format!("{} is a production deployment ([console] production).", connect.name));
        lines.push("Statements will be able to change its data until F2, or until you leave.".to_owned());
    }
    lines.extend(open_transaction(connect, now));
    if lines.is_empty() {
        return switch_rights(state);
    }
    let enter = if connect.read_only { "connect with the right to write" } else { "connect as a user that only reads" };
    ask(state, "Rights", lines, enter, Purpose::SwitchRights)
}

/// Connects anew with the other rights.
pub fn switch_rights(state: &mut State) -> Vec<Effect> {
    let (now, ticket) = (state.now, state.ticket());
    let Some(connect) = top(state) else { return Vec::new() };
    connect.read_only = !connect.read_only;
    let effects = reopen(connect, ticket, now);
    let rights = if connect.read_only { "statements can only read now" } else { "statements can change data now" };
    state.say(rights);
    effects
}

fn ask(state: &mut State, title: &str, lines: Vec<String>, enter: &str, purpose: Purpose) -> Vec<Effect> {
    let (title, enter) = (title.to_owned(), enter.to_owned());
    let prompt = Prompt { title, lines, input: None, error: None, enter, purpose };
    state.overlay = Some(Overlay::Prompt(Box::new(prompt)));
    Vec::new()
}

/// What would be lost with the connection.
fn open_transaction(connect: &Connect, now: i64) -> Option<String> {
    let since = connect.open_since?;
    Some(format!("A transaction has been open for {}: it is rolled back.", text::span(now - since)))
}

/// A sentence for each connection whose transaction would be rolled back.
pub fn open_transactions(state: &State) -> Vec<String> {
    let open = state.screens.iter().filter_map(|screen| match screen {
        Screen::Connect(connect) if connect.open_since.is_some() => {
            Some(format!("The transaction that is open on {} is rolled back.", connect.name))
        }
        _ => None,
    });
    open.collect()
}

/// Esc: closes what is offered, cancels what runs, goes to the text; `None` when the screen is to be left.
pub fn back(state: &mut State) -> Option<Vec<Effect>> {
    let now = state.now;
    let connect = top(state)?;
    if connect.suggest.take().is_some() {
        return Some(Vec::new());
    }
    if let Some(effects) = cancel(state) {
        return Some(effects);
    }
    let connect = top(state)?;
    if connect.focus == Focus::Results {
        connect.focus = Focus::Editor;
        return Some(Vec::new());
    }
    let lines: Vec<String> = open_transaction(connect, now).into_iter().collect();
    (!lines.is_empty()).then(|| ask(state, "Leave", lines, "leave, and roll it back", Purpose::LeaveSql))
}

/// Ends the statement that runs; `None` when none does.
pub fn cancel(state: &mut State) -> Option<Vec<Effect>> {
    give_up(state, "was cancelled")
}

/// Ends a statement that runs for longer than was allowed.
pub fn time_out(state: &mut State) -> Vec<Effect> {
    let (now, limit) = (state.now, i64::from(state.settings.statement_seconds) * 1_000);
    let over = |connect: &Connect| matches!(connect.phase, Phase::Running(since) if limit > 0 && now - since >= limit);
    if !matches!(state.screens.last(), Some(Screen::Connect(connect)) if over(connect)) {
        return Vec::new();
    }
    let why = format!("ran for {} and was cancelled ([console] statement_seconds)", text::span(limit));
    give_up(state, &why).unwrap_or_default()
}

/// The connection is what runs a statement: it is dropped, which has the database cancel the statement, and opened anew.
fn give_up(state: &mut State, why: &str) -> Option<Vec<Effect>> {
    let now = state.now;
    if !matches!(top(state)?.phase, Phase::Running(_)) {
        return None;
    }
    let ticket = state.ticket();
    let connect = top(state)?;
    let lost = connect.open_since.is_some();
    let count = connect.sent.len();
    let which = if connect.exporting.take().is_some() {
        "the export".to_owned()
    } else if count > 1 {
        format!("statement {} of {count}", connect.outcome.carried_out + 1)
    } else {
        "the statement".to_owned()
    };
    let effects = reopen(connect, ticket, now);
    let rolled_back = if lost { "; the open transaction is rolled back" } else { "" };
    let next = "look before you run a write again; variables and USE went with the connection";
    for result in &mut connect.outcome.results {
        results::interrupt(result);
    }
    connect.outcome.problem = Some(Problem::new(Kind::Failed, format!("{which} {why}{rolled_back}")).next(next));
    let last = connect.outcome.pages().saturating_sub(1);
    connect.show(last);
    Some(effects)
}

fn copy_rows(state: &mut State, whole: bool) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    let text = |cell: Option<&str>| cell.unwrap_or("NULL").to_owned();
    let copied = if whole {
        let row = connect.result().and_then(|grid| grid.rows().get(connect.list.cursor()));
        row.map(|row| row.iter().map(|cell| text(cell.as_deref())).collect::<Vec<_>>().join("\t"))
    } else {
        connect.cell().map(|(_, cell)| text(cell))
    };
    match copied {
        Some(copied) => copy::put(state, copied, if whole { "the row" } else { "the cell" }),
        None => refuse(state, "there is no row to copy"),
    }
}

/// A connection was opened, or not.
pub fn opened(state: &mut State, ticket: Ticket, answer: Result<(), Problem>) -> Vec<Effect> {
    if let Some(connect) = waiting(state, ticket) {
        connect.phase = match answer {
            Ok(()) => Phase::Ready,
            Err(problem) => Phase::Broken(problem),
        };
    }
    Vec::new()
}

fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut Connect> {
    state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Connect(connect) if connect.ticket == ticket => Some(connect.as_mut()),
        _ => None,
    })
}

/// Gives the terminal to the user's own client; what is dear it can only read.
pub fn own_client(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let read_only = state.settings.is_production(&name) || only_reads(state);
    let program = state.settings.mysql.clone();
    let rights = if read_only { ", as a user that can only read" } else { "" };
    state.say(format!("opening your own client on {name}{rights}"));
    vec![Effect::Client { name, read_only, program }]
}

/// The user's own client has ended, or could not be started.
pub fn client_ended(state: &mut State, ended: Result<(), Problem>) -> Vec<Effect> {
    match ended {
        Ok(()) => state.say("your client has ended"),
        Err(problem) => state.warn(format!("{problem}: {}", problem.next)),
    }
    Vec::new()
}
