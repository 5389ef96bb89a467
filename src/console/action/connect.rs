//! Connect: an editor for SQL, and what it gives.

use crate::{
    console::{
        action::screens,
        command::Command,
        effect::Effect,
        state::{
            Screen, State, Ticket,
            connect::{Connect, Focus, Outcome, Phase},
        },
    },
    hosted_api::problem::{Kind, Problem},
    sql::ResultSet,
};
use crossterm::event::KeyEvent;

/// How many statements are remembered while the console runs.
const REMEMBERED: usize = 200;

/// Opens a connection to the deployment at hand; read-only for those who may only read.
pub fn open(state: &mut State) -> Vec<Effect> {
    let Some(name) = state.target().map(|row| row.name.clone()) else { return Vec::new() };
    let read_only = state.read_only || state.status.as_ref().is_some_and(|status| status.role == "viewer");
    let ticket = state.ticket();
    let mut connect = Connect::opening(name.clone(), read_only, ticket, state.now);
    if let Some(draft) = state.drafts.remove(&name) {
        connect.take_up(draft);
    }
    screens::push(state, Screen::Connect(Box::new(connect)));
    vec![Effect::SqlOpen { ticket, name, read_only }]
}

/// A key that the editor takes; `None` when it is a command's.
pub fn typed(connect: &mut Connect, key: &KeyEvent, name: &str) -> Option<Vec<Effect>> {
    if connect.focus == Focus::Results {
        return None;
    }
    // As in the mysql client: Enter ends a statement whose last character is a semicolon.
    if name == "enter" && key.modifiers.is_empty() && connect.text().trim_end().ends_with(';') && at_end(connect) {
        return None;
    }
    match name {
        // As in a shell; the editor's own keys for these are unlike any other program's.
        "ctrl-u" => drop(connect.editor.delete_line_by_head()),
        "ctrl-z" => drop(connect.editor.undo()),
        _ => drop(connect.editor.input(*key)),
    }
    Some(Vec::new())
}

fn at_end(connect: &Connect) -> bool {
    let cursor = connect.editor.cursor();
    let after: String = connect.editor.lines().iter().skip(cursor.0 + 1).map(String::as_str).collect();
    let rest: String = connect.editor.lines().get(cursor.0).map_or("", String::as_str).chars().skip(cursor.1).collect();
    after.trim().is_empty() && rest.trim().is_empty()
}

/// A pasted text goes into the editor as it is, character by character; it is not run. Only line ends are made alike:
/// terminals send them as carriage returns.
pub fn paste(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Screen::Connect(connect)) = state.screens.last_mut() {
        let lines = text.replace("\r\n", "\n").replace('\r', "\n");
        connect.editor.insert_str(lines);
        connect.focus = Focus::Editor;
    }
    Vec::new()
}

/// A command on this screen.
pub fn run(state: &mut State, command: Command) -> Vec<Effect> {
    let (now, ticket) = (state.now, state.ticket());
    let viewer = state.status.as_ref().is_some_and(|status| status.role == "viewer");
    let Some(Screen::Connect(connect)) = state.screens.last_mut() else { return Vec::new() };
    match command {
        Command::Run | Command::RunEnded if matches!(connect.phase, Phase::Broken(_)) => reopen(connect, ticket, now),
        Command::Run | Command::RunEnded => match connect.phase {
            Phase::Ready if connect.text().trim().is_empty() => {
                refuse(state, "there is nothing to run: type a statement")
            }
            Phase::Ready => send_at(connect, now),
            Phase::Running(_) => refuse(state, "a statement is still running; Ctrl+C cancels it"),
            _ => refuse(state, "the connection is still being opened"),
        },
        Command::ReadOnly if viewer => refuse(state, "your role is viewer, which can only read"),
        Command::ReadOnly => {
            connect.read_only = !connect.read_only;
            reopen(connect, ticket, now)
        }
        Command::SwitchHalf => {
            connect.focus = if connect.focus == Focus::Editor { Focus::Results } else { Focus::Editor };
            Vec::new()
        }
        Command::NextResult => {
            let next = (connect.shown + 1) % connect.outcome.pages().max(1);
            connect.show(next);
            Vec::new()
        }
        Command::ColumnLeft => {
            connect.column = connect.column.saturating_sub(1);
            Vec::new()
        }
        Command::ColumnRight => {
            let last = connect.result().map_or(0, |result| result.columns.len().saturating_sub(1));
            connect.column = (connect.column + 1).min(last);
            Vec::new()
        }
        Command::Empty => {
            // Undo brings it back.
            connect.editor.select_all();
            connect.editor.cut();
            connect.focus = Focus::Editor;
            Vec::new()
        }
        _ => recall(connect, command == Command::Older),
    }
}

fn refuse(state: &mut State, why: &str) -> Vec<Effect> {
    state.warn(why);
    Vec::new()
}

fn reopen(connect: &mut Connect, ticket: Ticket, now: i64) -> Vec<Effect> {
    let old = connect.ticket;
    connect.ticket = ticket;
    connect.phase = Phase::Opening(now);
    vec![Effect::Cancel(old), Effect::SqlOpen { ticket, name: connect.name.clone(), read_only: connect.read_only }]
}

/// Ends the statement that runs; `None` when none does. The connection is what runs it: it is dropped, which has the
/// database cancel the statement, and opened anew.
pub fn cancel(state: &mut State) -> Option<Vec<Effect>> {
    let now = state.now;
    let running = |connect: &Connect| matches!(connect.phase, Phase::Running(_));
    if !matches!(state.screens.last(), Some(Screen::Connect(connect)) if running(connect)) {
        return None;
    }
    let ticket = state.ticket();
    let Some(Screen::Connect(connect)) = state.screens.last_mut() else { return None };
    let effects = reopen(connect, ticket, now);
    let what = "the statement was cancelled; an open transaction is rolled back";
    let next = "look before you run a write again; variables and USE went with the connection";
    connect.outcome = Outcome { results: Vec::new(), problem: Some(Problem::new(Kind::Failed, what).next(next)) };
    connect.show(0);
    Some(effects)
}

fn recall(connect: &mut Connect, older: bool) -> Vec<Effect> {
    let last = connect.history.len();
    let next = if older { connect.recalled.saturating_sub(1) } else { (connect.recalled + 1).min(last) };
    connect.recalled = next;
    let text = connect.history.get(next).cloned().unwrap_or_default();
    if last > 0 {
        connect.set_text(&text);
    }
    Vec::new()
}

/// Runs what is in the editor and remembers it.
fn send_at(connect: &mut Connect, now: i64) -> Vec<Effect> {
    let sql = connect.text();
    if connect.history.last() != Some(&sql) {
        connect.history.push(sql.clone());
        let gone = connect.history.len().saturating_sub(REMEMBERED);
        connect.history.drain(..gone);
    }
    connect.recalled = connect.history.len();
    connect.phase = Phase::Running(now);
    vec![Effect::SqlRun { ticket: connect.ticket, sql }]
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

/// Statements have ended: all of them, or those before the one that failed.
pub fn done(state: &mut State, ticket: Ticket, results: Vec<ResultSet>, problem: Option<Problem>) -> Vec<Effect> {
    let Some(connect) = waiting(state, ticket) else { return Vec::new() };
    connect.phase = match &problem {
        Some(problem) if problem.kind == Kind::Unreachable => Phase::Broken(problem.clone()),
        _ => Phase::Ready,
    };
    // What went well makes room for the next; what failed stays to be mended.
    if problem.is_none() && connect.history.last() == Some(&connect.text()) {
        connect.set_text("");
    }
    // There is one field here: the database's words need no name before them.
    let problem = problem.map(|problem| Problem { field: String::new(), ..problem });
    connect.outcome = Outcome { results, problem };
    // The last statement's result is what one waits for.
    connect.show(connect.outcome.pages().saturating_sub(1));
    Vec::new()
}

fn waiting(state: &mut State, ticket: Ticket) -> Option<&mut Connect> {
    state.screens.iter_mut().find_map(|screen| match screen {
        Screen::Connect(connect) if connect.ticket == ticket => Some(connect.as_mut()),
        _ => None,
    })
}
