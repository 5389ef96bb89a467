//! What a check came to, for people (`words`), programs ([`Report`] as JSON) and CI systems (`junit`).
//!
//! Pure: from what is kept and the rules.

mod junit;
mod words;

pub use junit::junit;
pub use words::{amount, counted, number, place, sentence};

use crate::checks::{
    figures::{Class, Column},
    history::{Evidence, Found, Kept, Progress, diff_of},
    judge::{Finding, Sign},
    rules::Rules,
};
use doltops_agent::sql::people::person_of;
use serde::Serialize;

/// What a check came to.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Of which deployment or server.
    pub source: String,
    /// Of which database there.
    pub database: String,
    /// Of which branch.
    pub branch: String,
    /// Its newest commit.
    pub head: String,
    /// Commits that were ever looked at.
    pub commits: usize,
    /// Of them, those that were looked at now.
    pub new_commits: usize,
    /// Rows that were read now.
    pub rows_read: u64,
    /// Whether nothing was found that is not accepted.
    pub well: bool,
    /// Every constraint.
    pub constraints: Vec<ConstraintReport>,
    /// Every watched table.
    pub tables: Vec<TableReport>,
    /// What is not as usual, oldest first.
    pub findings: Vec<FindingReport>,
    /// What else is to be known.
    pub notes: Vec<String>,
}

/// A watched table.
#[derive(Clone, Debug, Serialize)]
pub struct TableReport {
    /// Its name.
    pub name: String,
    /// Its rows at the newest commit.
    pub rows: u64,
    /// Its watched columns.
    pub columns: Vec<String>,
}

/// What came of a constraint.
#[derive(Clone, Debug, Serialize)]
pub struct ConstraintReport {
    /// What it is called.
    pub name: String,
    /// The statement.
    pub sql: String,
    /// Whether it returned nothing.
    pub kept: bool,
    /// Why it could not be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
    /// The commit since which it returns something.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<CommitReport>,
    /// The columns of its rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub columns: Vec<String>,
    /// The first few rows.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Vec<Option<String>>>,
    /// Whether there are more.
    pub more: bool,
}

/// A commit.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CommitReport {
    /// Its hash.
    pub hash: String,
    /// Who made it.
    pub author: String,
    /// When.
    pub date: String,
    /// The first line of why.
    pub message: String,
    /// Its parent: what its diff is against.
    pub parent: Option<String>,
}

/// Something that is not as usual.
#[derive(Clone, Debug, Serialize)]
pub struct FindingReport {
    /// In which table.
    pub table: String,
    /// In which column; none: in the table.
    pub column: Option<String>,
    /// What kind of thing it is.
    pub kind: &'static str,
    /// It in words.
    pub what: String,
    /// The commit that it began with.
    pub commit: CommitReport,
    /// The commit at which it was certain, where that is a later one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<CommitReport>,
    /// Every figure that is not as usual.
    pub signs: Vec<Sign>,
    /// Rows of the commit's diff that did it: a few, and of how many.
    #[serde(flatten)]
    pub evidence: Evidence,
    /// All that the commit changed in the table, in SQL; none: it was there first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diff: Option<String>,
    /// The columns that the table had then.
    #[serde(skip)]
    pub columns: Vec<Column>,
    /// Why it is accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

/// Whose history was checked.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The deployment or server.
    pub source: &'a str,
    /// The database.
    pub database: &'a str,
    /// The branch.
    pub branch: &'a str,
}

/// Puts it together. `since`: the place of a commit; what began with it or earlier is left out.
pub fn report(
    subject: Subject<'_>,
    kept: &Kept,
    progress: Progress,
    rules: &Rules,
    since: Option<usize>,
    notes: Vec<String>,
) -> Report {
    let mut findings: Vec<(usize, FindingReport)> = Vec::new();
    for (name, watched) in &kept.tables {
        let new = watched.findings().filter(|found| since.is_none_or(|since| found.finding.seen > since));
        findings.extend(new.map(|found| (found.finding.commit, of(kept, rules, name, found))));
    }
    findings.sort_by_key(|(place, _)| *place);
    let findings: Vec<FindingReport> = findings.into_iter().map(|(_, finding)| finding).collect();
    let constraints: Vec<ConstraintReport> = rules
        .constraints
        .iter()
        .filter_map(|constraint| {
            let verdict = kept.constraints.get(&constraint.sql)?;
            Some(ConstraintReport {
                name: constraint.name.clone(),
                sql: constraint.sql.clone(),
                kept: verdict.is_kept(),
                failed: verdict.failed.clone(),
                since: verdict.since.map(|place| commit(kept, place)),
                columns: verdict.columns.clone(),
                rows: verdict.rows.clone(),
                more: verdict.more,
            })
        })
        .collect();
    let table = |(name, watched): (&String, &crate::checks::history::Watched)| TableReport {
        name: name.clone(),
        rows: watched.count(),
        columns: watched.columns().map(|column| column.name.clone()).collect(),
    };
    Report {
        source: subject.source.to_owned(),
        database: subject.database.to_owned(),
        branch: subject.branch.to_owned(),
        head: kept.tip().unwrap_or_default().to_owned(),
        commits: kept.commits.len(),
        new_commits: progress.commits,
        rows_read: progress.rows,
        well: findings.iter().all(|finding| finding.accepted.is_some())
            && constraints.iter().all(|constraint| constraint.kept),
        constraints,
        tables: kept.tables.iter().map(table).collect(),
        findings,
        notes,
    }
}

fn of(kept: &Kept, rules: &Rules, table: &str, found: Found<'_>) -> FindingReport {
    let finding = found.finding;
    let began = commit(kept, finding.commit);
    let accepted = rules.accepted.iter().find(|accepted| {
        began.hash.starts_with(&accepted.commit) && accepted.table.as_ref().is_none_or(|name| name == table)
    });
    FindingReport {
        table: table.to_owned(),
        column: finding.column.clone(),
        kind: finding.kind().as_str(),
        what: sentence(finding, class(finding, found.columns)),
        seen: (finding.seen != finding.commit).then(|| commit(kept, finding.seen)),
        signs: finding.signs.clone(),
        evidence: found.evidence.cloned().unwrap_or_default(),
        diff: diff_of(&kept.commits, finding, table),
        columns: found.columns.to_vec(),
        accepted: accepted.map(|accepted| accepted.reason.clone()),
        commit: began,
    }
}

/// How the values of its column are measured; the table's own figures are numbers.
fn class(finding: &Finding, columns: &[Column]) -> Class {
    let column = columns.iter().find(|column| Some(&column.name) == finding.column.as_ref());
    column.map_or(Class::Number, |column| column.class)
}

fn commit(kept: &Kept, place: usize) -> CommitReport {
    let Some(commit) = kept.commits.get(place) else { return CommitReport::default() };
    CommitReport {
        hash: commit.hash.clone(),
        // Who committed through a login of their own is that person, whatever the login was called.
        author: person_of(&commit.author).unwrap_or(&commit.author).to_owned(),
        date: commit.date.clone(),
        message: commit.message.lines().next().unwrap_or_default().to_owned(),
        parent: commit.parent.clone(),
    }
}
