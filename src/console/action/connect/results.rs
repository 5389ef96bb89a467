//! What statements give, as it comes; and going on in it.

use super::{refuse, send, top, waiting};
use crate::{
    console::{
        command::Command,
        effect::Effect,
        message::Part,
        state::{
            State, Ticket,
            connect::{
                Connect, Phase, Sent,
                grid::{End, Grid},
            },
        },
    },
    hosted_api::problem::{Kind, Problem},
    sql::{place, statements},
};

/// A part of what was asked for.
pub fn take_in(state: &mut State, ticket: Ticket, part: Part) -> Vec<Effect> {
    let now = state.now;
    let mut given_up = false;
    let Some(connect) = waiting(state, ticket) else { return Vec::new() };
    match part {
        Part::Begun(statement, begun) => {
            connect.outcome.results.push(Grid::of(statement, begun));
            // The last statement's result is what one waits for.
            connect.show(connect.outcome.results.len() - 1);
        }
        Part::Rows(rows) => add(connect, rows),
        Part::Paused => end(connect, End::Paused),
        Part::Ended(took, cut) => {
            if let Some(last) = connect.outcome.results.last_mut() {
                last.took = took;
            }
            end(connect, if cut { End::Cut } else { End::Whole });
        }
        Part::GivenUp => given_up = true,
        Part::CarriedOut(index) => carried_out(connect, index, now),
    }
    if given_up {
        state
            .say("connected anew, because the last result was not read to its end: variables went with the connection");
    }
    Vec::new()
}

fn add(connect: &mut Connect, rows: Vec<crate::sql::Row>) {
    let shown = connect.shown + 1 == connect.outcome.results.len();
    let Some(last) = connect.outcome.results.last_mut() else { return };
    let gone = last.add(rows);
    if last.end == End::Paused {
        last.end = End::Reading;
    }
    if shown {
        connect.list.drop_first(gone);
        connect.list.set_len(last.rows().len());
    }
}

fn end(connect: &mut Connect, end: End) {
    connect.fetching = false;
    if let Some(last) = connect.outcome.results.last_mut() {
        last.end = end;
    }
}

fn carried_out(connect: &mut Connect, index: usize, now: i64) {
    connect.outcome.carried_out = index + 1;
    let Some(sent) = connect.sent.get(index) else { return };
    connect.standing.after(&sent.sql);
    connect.open_since = connect.standing.transaction.then(|| connect.open_since.unwrap_or(now));
}

/// A result whose rows will not come any more.
pub fn interrupt(grid: &mut Grid) {
    if matches!(grid.end, End::Reading | End::Paused) {
        grid.end = End::Broken;
    }
}

/// Statements have ended, or the last of them waits for who reads on.
pub fn done(state: &mut State, ticket: Ticket, failed: Option<(usize, Problem)>) -> Vec<Effect> {
    let Some(connect) = waiting(state, ticket) else { return Vec::new() };
    let Some((index, problem)) = failed else {
        connect.phase = Phase::Ready;
        // What went well makes room for the next; what failed stays to be mended.
        if connect.sent_text.take().is_some_and(|sent| sent == connect.text()) {
            connect.set_text("");
        }
        return Vec::new();
    };
    connect.outcome.results.iter_mut().for_each(interrupt);
    connect.phase = match problem.kind {
        Kind::Unreachable => Phase::Broken(problem.clone()),
        _ => Phase::Ready,
    };
    if problem.kind == Kind::Unreachable {
        (connect.standing, connect.open_since) = (statements::Standing::default(), None);
    }
    point_at(connect, index, &problem);
    let which = if connect.sent.len() > 1 { format!("statement {}: ", index + 1) } else { String::new() };
    // There is one field here: the database's words need no name before them.
    connect.outcome.problem =
        Some(Problem { field: String::new(), what: format!("{which}{}", problem.what), ..problem });
    connect.show(connect.outcome.pages().saturating_sub(1));
    Vec::new()
}

/// Marks what the error is about, and puts the cursor there, while the text is still what was sent.
fn point_at(connect: &mut Connect, index: usize, problem: &Problem) {
    let text = connect.text();
    let Some(Sent { sql, place: Some(start), lead }) = connect.sent.get(index) else { return };
    let Some(range) = place::of(&problem.what, sql).filter(|range| range.start >= *lead) else { return };
    let mark = start + range.start - lead..start + range.end - lead;
    if text.get(mark.clone()) == sql.get(range) {
        connect.go_to(mark.start);
        connect.mark = Some(mark);
    }
}

/// After the cursor has moved over rows: fetches on near the end, and says where the beginning has gone.
pub fn follow(state: &mut State, up: bool) -> Vec<Effect> {
    let now = state.now;
    let Some(connect) = top(state) else { return Vec::new() };
    let (ticket, cursor) = (connect.ticket, connect.list.cursor());
    let Some(grid) = connect.result() else { return Vec::new() };
    if cursor == 0 && grid.gone > 0 && up {
        let gone = grid.gone;
        let way = state.keymap.way(Command::Again);
        let gone = if gone == 1 { "first row was".to_owned() } else { format!("first {gone} rows were") };
        let why = format!("the {gone} let go to save memory; {way} runs the statement again");
        return refuse(state, &why);
    }
    let last = connect.shown + 1 == connect.outcome.results.len();
    if last && connect.phase == Phase::Ready && connect.result().is_some_and(|grid| grid.wants_more(cursor)) {
        // As a statement does, it takes its time and can be cancelled, and nothing else runs meanwhile.
        connect.phase = Phase::Running(now);
        connect.fetching = true;
        return vec![Effect::SqlMore { ticket }];
    }
    Vec::new()
}

/// Runs the statement of the result that is shown again.
pub fn again(state: &mut State) -> Vec<Effect> {
    let Some(connect) = top(state) else { return Vec::new() };
    let sent = connect.result().and_then(|grid| connect.sent.get(grid.statement)).cloned();
    match sent {
        None => refuse(state, "there is no result"),
        Some(sent) if !statements::reads(&sent.sql) => {
            refuse(state, "that statement does not only read: run it from the text, if you mean it")
        }
        Some(sent) => send(state, vec![sent], None).map_or_else(|why| refuse(state, why), |effect| vec![effect]),
    }
}
