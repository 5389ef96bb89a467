//! One column: its two streams, its farthest values, and what was found of it so far.

use super::{
    finding::{Figure, Finding, Kind, Sign},
    reach::Reach,
    shape::Scale,
    stream::{Seen, Stream},
};
use crate::checks::figures::{Batch, Class, ColumnRecord};
use serde::{Deserialize, Serialize};

/// Signs of one column in so many of its commits are one finding: a change of unit shows in the quantiles first and in
/// the next commit as an outlier.
const JOIN: usize = 5;

/// A column, and its past.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ColumnJudge {
    name: String,
    class: Class,
    added: Stream,
    changed: Stream,
    reach: Reach,
    /// Commits that touched it.
    count: usize,
    /// At which of them its last finding was added to, and where that is among all findings.
    last: Option<(usize, usize)>,
}

/// What all columns of a table share.
#[derive(Clone, Copy, Debug)]
pub struct How {
    pub(super) window: usize,
    pub(super) threshold: f64,
}

impl ColumnJudge {
    pub(super) fn new(name: &str, class: Class) -> Self {
        Self {
            name: name.to_owned(),
            class,
            added: Stream::default(),
            changed: Stream::default(),
            reach: Reach::default(),
            count: 0,
            last: None,
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Looks at what a commit brought.
    pub(super) fn see(&mut self, record: &ColumnRecord, commit: usize, how: How, findings: &mut Vec<Finding>) {
        self.count += 1;
        // A date is no category, and nothing is missed of a column that is still learnt.
        let missed = self.class != Class::Time && self.count > super::LEARN;
        let vanished = record.vanished.iter().filter(|_| missed).map(|(value, had)| Sign {
            kind: Kind::Vanished,
            figure: Figure::Rows,
            value: 0.0,
            usual: f64::from(*had),
            score: None,
            about: Some(value.clone()),
        });
        self.tell(vanished.collect(), commit, commit, 1, findings);
        if let Some(batch) = &record.added {
            let seen = self.added.see(batch, self.class, commit, how, None);
            self.hear(seen, batch, commit, findings);
        }
        if let Some(batch) = &record.changed {
            // A column that is hardly ever changed is changed to what it usually has.
            let other = Some(&self.added).filter(|added| added.is_full(how));
            let seen = self.changed.see(batch, self.class, commit, how, other);
            self.hear(seen, batch, commit, findings);
        }
        let signs = self.outlier(record);
        self.tell(signs, commit, commit, 1, findings);
    }

    fn hear(&mut self, seen: Seen, batch: &Batch, commit: usize, findings: &mut Vec<Finding>) {
        for (sign, since) in seen.before {
            self.tell(vec![sign], since, commit, 1, findings);
        }
        self.tell(seen.now, batch.since, commit, batch.commits, findings);
        if seen.adopted {
            self.reach.clear();
            for batch in self.added.past().chain(self.changed.past()) {
                if let Some(measures) = batch.measures {
                    self.reach.see((measures.min, measures.max), batch.values - batch.nulls);
                }
            }
        }
    }

    fn outlier(&mut self, record: &ColumnRecord) -> Vec<Sign> {
        let Some(reach) = record.reach else { return Vec::new() };
        let stream = if self.added.has_learnt() { &self.added } else { &self.changed };
        let scale = Scale::of(&stream.measures()).filter(|_| stream.has_learnt());
        let signs = scale.map(|scale| self.reach.signs(reach, scale, self.class == Class::Number)).unwrap_or_default();
        let away = self.added.away().max(self.changed.away());
        if signs.is_empty() && away == 0 {
            let counted = record.added.iter().chain(&record.changed).map(|batch| batch.values - batch.nulls).sum();
            // Of a commit that is not judged yet there was one at least.
            self.reach.see(reach, u64::max(counted, 1));
        }
        // While the whole stream is elsewhere, its farthest value is no news of its own.
        if away > 1 { Vec::new() } else { signs }
    }

    /// Adds to the last finding where that is near, else begins one. `commits`: of how many the signs are gathered.
    fn tell(&mut self, mut signs: Vec<Sign>, commit: usize, seen: usize, commits: u32, findings: &mut Vec<Finding>) {
        if signs.is_empty() {
            return;
        }
        let near = JOIN.max(usize::try_from(commits).unwrap_or(JOIN));
        if let Some((at, place)) = self.last
            && self.count - at <= near
            && let Some(finding) = findings.get_mut(place)
        {
            let known: Vec<(Kind, Figure)> = finding.signs.iter().map(|sign| (sign.kind, sign.figure)).collect();
            signs.retain(|sign| !known.contains(&(sign.kind, sign.figure)));
            finding.signs.append(&mut signs);
            finding.signs.sort_by_key(|sign| sign.kind);
            return;
        }
        self.last = Some((self.count, findings.len()));
        signs.sort_by_key(|sign| sign.kind);
        findings.push(Finding { commit, seen, column: Some(self.name.clone()), signs });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::figures::{Cell, Change, Table};

    /// What is found of a column into which each of these values comes in a commit of 25 rows.
    fn found(data_type: &str, values: impl Iterator<Item = String>) -> Vec<Finding> {
        let column = crate::checks::figures::Column {
            name: "at".to_owned(),
            class: Class::of(data_type),
            watched: true,
            repeats: false,
        };
        let mut table = Table::new(vec![column.clone()]);
        let mut judge = ColumnJudge::new("at", column.class);
        let mut findings = Vec::new();
        for (place, value) in values.enumerate() {
            let mut commit = table.commit(place);
            for _ in 0..25 {
                let after: Vec<Cell> = vec![Some(value.clone())];
                commit.change(&Change { before: None, after: Some(after) });
            }
            let record = commit.end();
            for (_, of) in &record.columns {
                judge.see(of, place, How { window: 100, threshold: 6.0 }, &mut findings);
            }
        }
        findings
    }

    /// A `now()` column of a script that takes some seconds: many commits have the same moment, and then it is over.
    #[test]
    fn a_moment_that_has_passed_is_not_missed() {
        let moments = |learnt: usize| (0..60).map(move |at| format!("2026-11-23 23:20:{:02}", 10 + at / learnt));
        assert_eq!(found("timestamp", moments(14)), []);
        assert_eq!(found("datetime", moments(30)), []);
        assert_eq!(found("time", (0..60).map(|at| format!("23:20:{:02}", 10 + at / 30))), []);
        assert_ne!(found("varchar", moments(30)), [], "of a text it is told");
    }
}
