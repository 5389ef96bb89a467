//! One watched table: its counts, what each commit made of it, and what was found.

use super::{
    evidence::{Evidence, pick},
    graph::Commit,
    read::{self, Field, Touch},
};
use crate::{
    checks::{
        figures::{Column, Record, Table},
        judge::{Finding, Judge, Settings},
        rules::Rules,
    },
    hosted_api::problem::Problem,
    sql::Session,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A watched table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// As the newest commit has it; none: it is not there.
    counted: Option<Table>,
    /// The columns it had, one after another: a record's places mean those of its stretch.
    stretches: Vec<Vec<Column>>,
    /// What each commit made of it, and in which stretch.
    records: Vec<(usize, Record)>,
    settings: Settings,
    judge: Judge,
    /// Rows of the findings, by the finding's place.
    rows: BTreeMap<usize, Evidence>,
}

/// Something that was found in a table.
#[derive(Clone, Copy, Debug)]
pub struct Found<'a> {
    /// It.
    pub finding: &'a Finding,
    /// Its rows; none where there is no diff to read them from.
    pub evidence: Option<&'a Evidence>,
    /// The columns that the table had then.
    pub columns: &'a [Column],
}

impl Watched {
    pub(super) fn new(settings: Settings) -> Self {
        Self {
            counted: None,
            stretches: Vec::new(),
            records: Vec::new(),
            judge: Judge::new(settings.clone()),
            settings,
            rows: BTreeMap::new(),
        }
    }

    /// What was found, with its rows.
    pub fn findings(&self) -> impl Iterator<Item = Found<'_>> {
        self.judge.findings().iter().enumerate().map(|(place, finding)| Found {
            finding,
            evidence: self.rows.get(&place),
            columns: self.columns_of(finding).unwrap_or_default(),
        })
    }

    /// The columns that the table had when something was found.
    fn columns_of(&self, finding: &Finding) -> Option<&[Column]> {
        let (stretch, _) = self.records.iter().rfind(|(_, record)| record.commit <= finding.seen)?;
        self.stretches.get(*stretch).map(Vec::as_slice)
    }

    /// Its rows as the newest commit has them.
    pub fn count(&self) -> u64 {
        self.counted.as_ref().map_or(0, Table::rows)
    }

    /// What each commit made of it, oldest first, with the columns that the record's places mean.
    pub fn records(&self) -> impl Iterator<Item = (&[Column], &Record)> {
        let columns = |stretch: usize| self.stretches.get(stretch).map_or(&[] as &[Column], Vec::as_slice);
        self.records.iter().map(move |(stretch, record)| (columns(*stretch), record))
    }

    /// Its watched columns.
    pub fn columns(&self) -> impl Iterator<Item = &Column> {
        self.stretches.last().into_iter().flatten().filter(|column| column.watched)
    }

    /// Judges anew what is counted, where the rules of judging have changed. The rows that were shown stay with the
    /// findings that stay.
    pub(super) fn judge_by(&mut self, settings: Settings) {
        if self.settings == settings {
            return;
        }
        let old: Vec<(Finding, Option<Evidence>)> =
            self.judge.findings().iter().cloned().enumerate().map(|(at, it)| (it, self.rows.remove(&at))).collect();
        self.judge = Judge::new(settings.clone());
        self.settings = settings;
        for (stretch, record) in &self.records {
            self.judge.see(record, self.stretches.get(*stretch).map_or(&[], Vec::as_slice));
        }
        self.rows.clear();
        for (place, finding) in self.judge.findings().iter().enumerate() {
            let same = old.iter().find(|(known, _)| is_same(known, finding));
            if let Some(rows) = same.and_then(|(_, rows)| rows.clone()) {
                self.rows.insert(place, rows);
            }
        }
    }

    /// Counts it whole, as a commit has it: the beginning of a stretch. Gives how many rows were read.
    pub(super) async fn begin(
        &mut self,
        session: &mut Session,
        at: &Place<'_>,
        columns: Vec<Column>,
    ) -> Result<u64, Problem> {
        let mut counted = Table::new(columns.clone());
        let read = read::scan(session, at.database, &at.commit.hash, at.table, &columns, |cells| counted.put(cells));
        let read = read.await?;
        self.stretches.push(columns);
        self.counted = Some(counted);
        Ok(read)
    }

    /// Follows a commit that touched it; gives how many rows were read. `fields`: its columns where they have changed.
    pub(super) async fn follow(
        &mut self,
        session: &mut Session,
        at: &Place<'_>,
        touch: Touch,
        rules: &Rules,
    ) -> Result<u64, Problem> {
        if touch.schema {
            let fields = read::tables(session, at.database, &at.commit.hash).await?.remove(at.table);
            let columns = fields.filter(|fields| has_key(fields)).map(|fields| columns(rules, at.table, &fields));
            match (columns, &self.counted) {
                (None, _) => return Ok(self.gone(at)),
                (Some(columns), Some(counted)) if counted.columns() == columns => {}
                (Some(columns), _) => return self.begin(session, at, columns).await,
            }
        }
        let (Some(counted), Some(parent)) = (&mut self.counted, &at.commit.parent) else { return Ok(0) };
        let columns = counted.columns().to_vec();
        let mut commit = counted.commit(at.place);
        let read = read::diff(session, (parent, &at.commit.hash), at.table, &columns, |change| {
            commit.change(&change);
            true
        });
        let read = read.await?;
        let record = commit.end();
        self.judge.see(&record, &columns);
        self.records.push((self.stretches.len().saturating_sub(1), record));
        Ok(read)
    }

    /// The table is no more.
    fn gone(&mut self, at: &Place<'_>) -> u64 {
        let Some(counted) = self.counted.take() else { return 0 };
        let rows = counted.rows();
        let record = Record { commit: at.place, before: rows, removed: rows, ..Record::default() };
        self.judge.see(&record, &[]);
        self.records.push((self.stretches.len().saturating_sub(1), record));
        0
    }

    /// Reads the rows of findings that have none yet; gives how many were read.
    pub(super) async fn show(
        &mut self,
        session: &mut Session,
        commits: &[Commit],
        table: &str,
    ) -> Result<u64, Problem> {
        let mut read = 0;
        for place in 0..self.judge.findings().len() {
            if self.rows.contains_key(&place) {
                continue;
            }
            let Some(finding) = self.judge.findings().get(place).cloned() else { break };
            let Some((parent, commit, columns)) = self.place_of(&finding, commits) else { continue };
            let mut changes = Vec::new();
            read += read::diff(session, (parent, &commit.hash), table, columns, |change| {
                changes.push(change);
                changes.len() < READ_FOR_ROWS
            })
            .await?;
            let counted = changes.len() < READ_FOR_ROWS;
            self.rows.insert(place, pick(&finding, columns, changes, counted));
        }
        Ok(read)
    }

    /// Where a finding's rows are: between which commits, and the columns that the table had then.
    fn place_of<'c>(&self, finding: &Finding, commits: &'c [Commit]) -> Option<(&'c str, &'c Commit, &[Column])> {
        let parent = commits.get(finding.first())?.parent.as_deref()?;
        Some((parent, commits.get(finding.seen)?, self.columns_of(finding)?))
    }
}

/// Whether two findings have the same rows.
fn is_same(one: &Finding, other: &Finding) -> bool {
    let about = |finding: &Finding| {
        finding.signs.first().map(|sign| (sign.kind, sign.figure, sign.value.to_bits(), sign.about.clone()))
    };
    (one.commit, one.seen, &one.column) == (other.commit, other.seen, &other.column) && about(one) == about(other)
}

/// So many rows of a commit are looked at for those that did it: of more, five shown would be no better chosen.
const READ_FOR_ROWS: usize = 50_000;

/// Where in the history a table is followed.
#[derive(Debug)]
pub struct Place<'a> {
    pub(super) database: &'a str,
    pub(super) table: &'a str,
    pub(super) commit: &'a Commit,
    /// The commit's place in the line.
    pub(super) place: usize,
}

/// Whether it has a primary key.
pub fn has_key(fields: &[Field]) -> bool {
    fields.iter().any(|field| field.key)
}

/// The columns that are counted.
pub fn columns(rules: &Rules, table: &str, fields: &[Field]) -> Vec<Column> {
    let column = |field: &Field| {
        let (watched, repeats) = rules.column(table, &field.name, field.key);
        (watched || repeats || field.key).then(|| Column {
            name: field.name.clone(),
            class: field.class,
            watched,
            repeats,
        })
    };
    fields.iter().filter_map(column).collect()
}
