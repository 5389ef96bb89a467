//! Runs a check for the screen, as the command does: over a session of its own, which ends with it.
//!
//! What was counted is kept where the command keeps it, so that the one goes on where the other stopped. A run that is
//! cancelled has kept its last thousand commits or less.

use crate::{
    checks::{
        curves::{Curve, curves},
        history::{self, Changes, Progress, Shown},
        report::{self, CommitReport, Report, Subject},
        rules::{CONTROL_PLANE, Rules},
    },
    console::{
        incoming::Incoming,
        message::{Answer, Checking, Message},
        state::{Ticket, checks::Checked},
        text::clean,
    },
    hosted_api::{
        client::Client,
        problem::{Kind, Problem},
    },
    sql::Session,
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::mpsc;

/// Along which branch.
const BRANCH: &str = "main";

/// Rows of a flagged commit's diff that are read: more than anybody looks through, some hundred KB.
const ROWS: usize = 1_000;

/// Databases that hold nothing of the user's.
const SERVERS_OWN: [&str; 3] = ["information_schema", "mysql", "performance_schema"];

/// Checks a database, or tells which there are.
pub async fn check(
    client: Client,
    messages: mpsc::Sender<Message>,
    ticket: Ticket,
    (name, database): (Option<String>, Option<String>),
    state_dir: PathBuf,
) {
    let tell = |told| Message::Answer(ticket, Answer::Check(told));
    let done = async {
        let mut session = Session::open(client, name.as_deref().unwrap_or_default(), true).await?;
        let database = match database.or_else(|| Some(session.database().to_owned()).filter(|it| !it.is_empty())) {
            Some(database) => database,
            None => match of_several(&mut session).await? {
                Ok(database) => database,
                Err(several) => return Ok(Checking::Databases(several)),
            },
        };
        // The receiver goes only when the console ends.
        drop(messages.send(tell(Checking::Of(database.clone()))).await);
        let on = |progress: Progress| {
            // A step in a hundred is seen; one that finds no room is followed by others.
            if progress.done.is_multiple_of((progress.commits / 100).max(1)) {
                drop(messages.try_send(tell(Checking::Progress(progress))));
            }
        };
        let source = name.as_deref().unwrap_or(CONTROL_PLANE);
        let rules = Rules::kept(&state_dir, source, &database)?;
        let path = history::path(&state_dir, (source, &database, BRANCH), &rules);
        let (kept, progress, notes) = history::run(&mut session, (&database, BRANCH), &rules, &path, on).await?;
        let subject = Subject { source, database: &database, branch: BRANCH };
        let report = report::report(subject, &kept, progress, &rules, None, notes);
        let curves = curves(&kept, &report);
        Ok(Checking::Done(Ok(Box::new(checked(report, curves)))))
    };
    let done: Result<Checking, Problem> = done.await;
    let told = done.unwrap_or_else(|problem| Checking::Done(Err(problem.cleaned())));
    drop(messages.send(tell(told)).await);
}

/// The only database that there is, else all of them.
async fn of_several(session: &mut Session) -> Result<Result<String, Vec<String>>, Problem> {
    let shown = session.run("show databases", ROWS).await?.pop().unwrap_or_default();
    let names = shown.rows.into_iter().filter_map(|mut row| row.pop().flatten());
    let mut names: Vec<String> = names.filter(|name| !SERVERS_OWN.contains(&name.as_str())).collect();
    match names.len() {
        0 => Err(Problem::new(Kind::NotFound, "there is no database on it yet").next("make one by SQL")),
        1 => Ok(Ok(names.remove(0))),
        _ => Ok(Err(names)),
    }
}

/// What a flagged commit changed in a table.
pub async fn rows(
    client: Client,
    name: Option<String>,
    database: String,
    table: String,
    (from, to): (String, String),
) -> Result<Changes, Problem> {
    let read = async {
        let mut session = Session::open(client, name.as_deref().unwrap_or_default(), true).await?;
        history::changes(&mut session, &database, (&from, &to), &table, ROWS).await
    };
    match read.await {
        Ok(mut changes) => {
            changes.rows.iter_mut().for_each(wash);
            Ok(changes)
        }
        Err(problem) => Err(problem.cleaned()),
    }
}

fn checked(report: Report, mut curves: Vec<Curve>) -> Checked {
    for curve in &mut curves {
        curve.table = clean(&curve.table);
        curve.column = clean(&curve.column);
        for flag in &mut curve.flags {
            let flag = Arc::make_mut(flag);
            flag.column = clean(&flag.column);
            flag.what = clean(&flag.what);
            flag.rows.iter_mut().for_each(wash);
            wash_commit(&mut flag.commit);
            wash_commit(&mut flag.until);
        }
    }
    let flagged = report.findings.iter().filter(|finding| finding.accepted.is_none()).count();
    let broken = report.constraints.iter().filter(|constraint| !constraint.kept).count();
    Checked {
        database: clean(&report.database),
        head: report.head,
        commits: (report.commits, report.new_commits),
        rows_read: report.rows_read,
        curves,
        findings: flagged + broken,
        notes: report.notes.iter().map(|note| clean(note)).collect(),
    }
}

/// Without control characters; a table's name in a flag alone stays as it is, since it is asked for again.
fn wash(row: &mut Shown) {
    for cell in &mut row.cells {
        cell.column = clean(&cell.column);
        for value in [&mut cell.before, &mut cell.after].into_iter().flatten() {
            *value = clean(value);
        }
    }
}

fn wash_commit(commit: &mut CommitReport) {
    for text in [&mut commit.author, &mut commit.date, &mut commit.message] {
        *text = clean(text);
    }
}
