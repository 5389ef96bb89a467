//! Writes a result to a file, row by row as it comes.

use super::Teller;
use crate::{
    console::{
        effect::{Export, Source},
        incoming::Incoming,
        message::{Answer, Exported},
    },
    hosted_api::problem::{Kind, Problem},
    sql::{
        Session,
        export::{Format, Target, Writer, failed},
    },
};
use std::{io::Write, path::PathBuf, time::Duration};
use tokio::time::Instant;

/// How often it is told how far it has come.
const TOLD: Duration = Duration::from_millis(250);

/// Writes it whole, or leaves no file.
pub async fn write(session: &mut Session, export: Export, teller: &Teller) -> Exported {
    match written(session, export, teller).await {
        Ok(rows) => Exported::Whole(rows),
        // Only a file that is there is refused; what is asked then is whether to replace it.
        Err(problem) if problem.kind == Kind::Refused => Exported::Exists(problem.cleaned()),
        Err(problem) => Exported::Failed(problem.cleaned()),
    }
}

async fn written(session: &mut Session, export: Export, teller: &Teller) -> Result<u64, Problem> {
    let Export { path, replace, source } = export;
    let path = at_home(path);
    let wrong = |error: std::io::Error| failed(&path, &error);
    let target = Target::begin(&path, replace)?;
    let mut out = target.out().map_err(wrong)?;
    let rows = match source {
        Source::Kept(heads, rows) => {
            let mut writer = Writer::begin(&mut out, Format::of(&path), &heads).map_err(wrong)?;
            rows.iter().try_for_each(|row| writer.row(row)).map_err(wrong)?;
            writer.rows
        }
        Source::Again(sql) => {
            let mut rows = session.stream(&sql).await?;
            let Some(begun) = rows.result().await? else {
                return Err(Problem::new(Kind::Failed, "the statement gives no rows"));
            };
            let mut writer = Writer::begin(&mut out, Format::of(&path), &begun.heads).map_err(wrong)?;
            let mut told = Instant::now();
            while let Some(row) = rows.row().await? {
                writer.row(&row).map_err(wrong)?;
                if told.elapsed() >= TOLD {
                    told = Instant::now();
                    teller.tell(Answer::SqlExport(Exported::Rows(writer.rows))).await;
                }
            }
            writer.rows
        }
    };
    out.flush().map_err(wrong)?;
    target.finish()?;
    Ok(rows)
}

/// `~/` as a shell means it: the path was typed, and no shell has seen it.
fn at_home(path: PathBuf) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}
