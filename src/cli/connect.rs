//! `doltops connect`: SQL as a short-lived user named for the caller.
//!
//! `-e SQL` and a piped text run and end. On a terminal it reads statement by statement, plainly: the editor is the
//! console's.

use super::{Context, Output, Stop, json, table::Table, text};
use crate::{
    hosted_api::problem::{Kind, Problem},
    model::DeploymentName,
    sql::{ResultSet, Session, statements},
};
use clap::Args;
use std::io::{self, BufRead, IsTerminal, Read};
use tokio::sync::mpsc;

/// SQL as a short-lived user named for you
#[derive(Args, Clone, Debug)]
pub struct Connect {
    /// Which deployment
    name: DeploymentName,
    /// Run this and end
    #[arg(short, long, value_name = "SQL")]
    execute: Option<String>,
    /// As a user that can only read
    #[arg(long)]
    read_only: bool,
    /// At most so many rows of each statement
    // A screen holds fifty and memory some millions; a script that wants all says so.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    rows: usize,
}

pub async fn run(args: Connect, context: Context<'_>) -> Result<(), Stop> {
    let Context { client, out, .. } = context;
    let sql = match args.execute {
        Some(sql) => Some(sql),
        None if io::stdin().is_terminal() => None,
        None => Some(piped().await?),
    };
    if sql.as_ref().is_some_and(|sql| sql.trim().is_empty()) {
        return Err(Problem::invalid("sql", "there is no statement").into());
    }
    let mut session = Session::open(client, args.name.as_str(), args.read_only).await?;
    match sql {
        Some(sql) => once(&mut session, &sql, args.rows, out).await,
        None => by_line(&mut session, args.name.as_str(), args.rows, out).await,
    }
}

async fn piped() -> Result<String, Problem> {
    let read = tokio::task::spawn_blocking(|| {
        let mut text = String::new();
        io::stdin().lock().read_to_string(&mut text).map(|_| text)
    });
    let wrong = |error: String| Problem::new(Kind::Failed, format!("the standard input cannot be read: {error}"));
    read.await.map_err(|error| wrong(error.to_string()))?.map_err(|error| wrong(error.to_string()))
}

async fn once(session: &mut Session, sql: &str, rows: usize, out: &mut Output) -> Result<(), Stop> {
    if out.is_json() {
        let results: Vec<_> = session.run(sql, rows).await?.into_iter().map(json::Statement::from).collect();
        return out.json(&results);
    }
    // As they come: what ran before a mistake is not hidden by it.
    let mut shown = Ok(());
    session
        .run_each(sql, rows, |result| {
            if shown.is_ok() {
                shown = show(&result, out);
            }
        })
        .await?;
    shown
}

/// Reads statements until the end of the input or `quit`.
async fn by_line(session: &mut Session, name: &str, rows: usize, out: &mut Output) -> Result<(), Stop> {
    out.note("statements end with ; and the session with quit or Ctrl-D");
    let mut lines = typed();
    let mut sql = String::new();
    loop {
        out.prompt(&if sql.is_empty() { format!("{name}> ") } else { format!("{:>1$}> ", "", name.len()) });
        let Some(line) = lines.recv().await else {
            out.note("");
            return Ok(());
        };
        if sql.is_empty() && matches!(line.trim().trim_end_matches(';'), "quit" | "exit" | "\\q") {
            return Ok(());
        }
        if sql.is_empty() && line.trim().is_empty() {
            continue;
        }
        sql.push_str(&line);
        if !statements::is_complete(&sql) {
            continue;
        }
        match once(session, &std::mem::take(&mut sql), rows, out).await {
            // A mistake in one statement is no reason to leave; a lost connection is.
            Err(Stop::Problem(problem)) if problem.kind != Kind::Unreachable => out.problem(&problem),
            other => other?,
        }
    }
}

/// The lines that are typed. A thread of its own, because a read from a terminal cannot be given up, and the runtime
/// would wait for it at the end.
fn typed() -> mpsc::Receiver<String> {
    let (lines, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut line = String::new();
        while io::stdin().lock().read_line(&mut line).is_ok_and(|read| read > 0) {
            if lines.blocking_send(std::mem::take(&mut line)).is_err() {
                return;
            }
        }
    });
    receiver
}

fn show(result: &ResultSet, out: &mut Output) -> Result<(), Stop> {
    let took = format!("{:.1} ms", result.took.as_secs_f64() * 1_000.0);
    if result.columns.is_empty() {
        out.note(&format!("{}, {took}", text::counted(result.affected, "row changed", "rows changed")));
        return Ok(());
    }
    let mut table = Table::of_titles(&result.columns);
    for row in &result.rows {
        table.row(row.iter().map(|cell| cell.as_deref().unwrap_or("NULL").into()));
    }
    out.table(&table)?;
    let count = text::counted(result.rows.len() as u64, "row", "rows");
    let more = if result.more { ", and more: --rows shows them" } else { "" };
    out.note(&text::clean(&format!("{count}{more}, {took}")));
    Ok(())
}
