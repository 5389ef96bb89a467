//! The whole result to a file, not only the rows that are kept.
//!
//! Where all rows are here, they are what is written. Where they are not, the statement is run again, which only one that
//! reads may be.

use super::{refuse, top, waiting};
use crate::{
    console::{
        effect::{Effect, Export, Source},
        message::Exported,
        state::{
            State, Ticket,
            connect::{Connect, Phase, grid::End},
            overlay::Overlay,
            prompt::{Prompt, Purpose},
            typed::Typed,
        },
        text,
    },
    sql::statements,
};
use std::path::PathBuf;

/// A longer cell is not kept whole (see `runner::sql`): its row is fetched again.
pub const LONGEST_CELL: usize = 1 << 20;

/// `E`: asks for the file.
pub fn ask(state: &mut State) -> Vec<Effect> {
    let (now, zone) = (state.now, state.zone.clone());
    let Some(connect) = top(state) else { return Vec::new() };
    let source = match source(connect) {
        Ok(source) => source,
        Err(why) => return refuse(state, why),
    };
    let rows = match source {
        Source::Kept(_, rows) if rows.len() == 1 => "The one row that there is.".to_owned(),
        Source::Kept(_, rows) => format!("All {} rows; they are here.", rows.len()),
        Source::Again(_) => "Not all rows are kept: the statement is run again, and every row is written.".to_owned(),
    };
    let stamp = text::moment(now, &zone).replace([' ', ':'], "-");
    let name = format!("{}-{stamp}.csv", connect.name);
    let lines = vec![rows, "Which file? .csv is CSV, .jsonl JSON lines; for you alone (mode 0600).".to_owned()];
    let prompt = Prompt {
        title: "Export".to_owned(),
        lines,
        input: Some(Typed::offered(name)),
        error: None,
        enter: "write it".to_owned(),
        purpose: Purpose::Export,
    };
    state.overlay = Some(Overlay::Prompt(Box::new(prompt)));
    Vec::new()
}

/// What is written of the result that is shown.
fn source(connect: &Connect) -> Result<Source, &'static str> {
    let grid = connect.result().filter(|grid| !grid.heads.is_empty()).ok_or("there are no rows to export")?;
    if let Some(rows) = grid.all(LONGEST_CELL) {
        return Ok(Source::Kept(grid.heads.clone(), rows));
    }
    match connect.sent.get(grid.statement) {
        Some(sent) if statements::reads(&sent.sql) => Ok(Source::Again(sent.sql.clone())),
        _ => Err("not all of its rows are kept, and a statement that does not only read is not run twice"),
    }
}

/// The file that was typed.
///
/// # Errors
/// When there is none.
pub fn path(typed: &str) -> Result<PathBuf, String> {
    match typed.trim() {
        "" => Err("which file?".to_owned()),
        typed => Ok(PathBuf::from(typed)),
    }
}

/// Writes it.
pub fn begin(state: &mut State, path: PathBuf, replace: bool) -> Vec<Effect> {
    let now = state.now;
    let Some(connect) = top(state) else { return Vec::new() };
    if connect.phase != Phase::Ready {
        return refuse(state, "the connection is busy: export when it is done");
    }
    let source = match source(connect) {
        Ok(source) => source,
        Err(why) => return refuse(state, why),
    };
    // Its rest is let go for the export.
    for grid in connect.outcome.results.iter_mut().filter(|grid| grid.end == End::Paused) {
        grid.end = End::Cut;
    }
    connect.phase = Phase::Running(now);
    connect.exporting = Some((path.clone(), 0));
    vec![Effect::SqlExport { ticket: connect.ticket, export: Export { path, replace, source } }]
}

/// How far it has come, or how it ended.
pub fn told(state: &mut State, ticket: Ticket, exported: Exported) -> Vec<Effect> {
    let Some(connect) = waiting(state, ticket) else { return Vec::new() };
    if let Exported::Rows(rows) = exported {
        if let Some((_, written)) = &mut connect.exporting {
            *written = rows;
        }
        return Vec::new();
    }
    connect.phase = Phase::Ready;
    let Some((path, _)) = connect.exporting.take() else { return Vec::new() };
    let shown = text::clean(&path.display().to_string());
    match exported {
        Exported::Rows(_) => {}
        Exported::Whole(rows) => state.say(format!("{} written to {shown}", text::plural(rows, "row"))),
        Exported::Failed(problem) => state.warn(format!("{problem}: {}", problem.next)),
        Exported::Exists(problem) => {
            let prompt = Prompt {
                title: "Export".to_owned(),
                lines: vec![problem.to_string()],
                input: None,
                error: None,
                enter: "replace it".to_owned(),
                purpose: Purpose::Replace(path),
            };
            state.overlay = Some(Overlay::Prompt(Box::new(prompt)));
        }
    }
    Vec::new()
}
