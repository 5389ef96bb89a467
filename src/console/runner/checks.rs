//! Runs a check for the screen, as the command does: over a session of its own, which ends with it.
//!
//! What was counted is kept where the command keeps it, so that the one goes on where the other stopped. A run that is
//! cancelled has kept its last thousand commits or less.

use crate::{
    checks::{
        curves::{Curve, Flag, curves},
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
    hosted_api::{client::Client, problem::Problem},
    sql::Session,
};
use std::{path::PathBuf, sync::Arc};
use tokio::sync::mpsc;

/// Along which branch.
const BRANCH: &str = "main";

/// Rows of a flagged commit's diff that are read: more than anybody looks through, some hundred KB.
const ROWS: usize = 1_000;

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
            None => {
                let there = history::databases(&mut session).await?;
                if there.len() > 1 {
                    return Ok(Checking::Databases(there));
                }
                history::database(None, &there, name.as_deref().unwrap_or_default())?
            }
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

/// What a flagged commit changed in a table.
pub async fn rows(
    client: Client,
    name: Option<String>,
    database: String,
    flag: &Flag,
    from: &str,
) -> Result<Changes, Problem> {
    let read = async {
        let mut session = Session::open(client, name.as_deref().unwrap_or_default(), true).await?;
        history::changes(&mut session, &database, (from, &flag.until.hash), &flag.table, ROWS).await
    };
    match read.await {
        Ok(mut changes) => {
            let about = |sign| history::places(sign, &flag.column, &flag.columns, &changes.rows);
            changes.about = flag.sign.as_ref().map(about).unwrap_or_default();
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
            flag.evidence.rows.iter_mut().for_each(wash);
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
        accepted: report.findings.len() - flagged,
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
