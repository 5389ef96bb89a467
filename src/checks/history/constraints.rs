//! Constraints: SQL that must return nothing, and since which commit it does.
//!
//! The first bad commit is found by halving: some fourteen questions for ten thousand commits. Where a constraint was
//! broken, mended and broken again, the commit that is named is one of those that broke it.

use super::{graph::Commit, quoted, read};
use crate::{
    checks::rules::Constraint,
    hosted_api::problem::{Kind, Problem},
    sql::Session,
};
use serde::{Deserialize, Serialize};

/// Rows that are shown.
const ROWS: usize = 5;

/// What came of a constraint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// At which commit it was asked.
    pub head: String,
    /// Its columns.
    pub columns: Vec<String>,
    /// Rows that must not be, the first few.
    pub rows: Vec<Vec<Option<String>>>,
    /// There are more.
    pub more: bool,
    /// The place of the first commit that has some; the oldest one's where all of them have.
    pub since: Option<usize>,
    /// Why it could not be asked.
    pub failed: Option<String>,
}

impl Verdict {
    /// Whether nothing was returned.
    pub fn is_kept(&self) -> bool {
        self.rows.is_empty() && self.failed.is_none()
    }
}

/// Asks at the newest of the commits, and where it is broken since when.
pub async fn ask(
    session: &mut Session,
    database: &str,
    constraint: &Constraint,
    commits: &[Commit],
) -> Result<Verdict, Problem> {
    let Some(newest) = commits.len().checked_sub(1) else { return Ok(Verdict::default()) };
    let mut verdict = match at(session, database, constraint, &commits[newest]).await {
        Ok(verdict) => verdict,
        // A mistake in one is told with the others.
        Err(problem) if problem.kind == Kind::Failed => {
            let head = commits[newest].hash.clone();
            return Ok(Verdict { head, failed: Some(problem.what), ..Verdict::default() });
        }
        Err(problem) => return Err(problem),
    };
    if !verdict.rows.is_empty() {
        let (mut good, mut bad) = (None, newest);
        while bad > good.map_or(0, |good: usize| good + 1) {
            let middle = good.map_or(bad / 2, |good| good.midpoint(bad));
            // Where a table is not there yet, nothing in it is wrong.
            let broken = match at(session, database, constraint, &commits[middle]).await {
                Ok(verdict) => !verdict.rows.is_empty(),
                Err(problem) if problem.kind == Kind::Failed => false,
                Err(problem) => return Err(problem),
            };
            if broken { bad = middle } else { good = Some(middle) }
        }
        verdict.since = Some(bad);
    }
    Ok(verdict)
}

async fn at(
    session: &mut Session,
    database: &str,
    constraint: &Constraint,
    commit: &Commit,
) -> Result<Verdict, Problem> {
    let place = format!("{database}/{}", read::hash(&commit.hash)?);
    read::rows(session, &format!("use {}", quoted(&place)), 0).await?;
    let result = session.run(&constraint.sql, ROWS).await?.pop().unwrap_or_default();
    Ok(Verdict {
        head: commit.hash.clone(),
        columns: result.columns,
        rows: result.rows,
        more: result.more,
        ..Verdict::default()
    })
}
