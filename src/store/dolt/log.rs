//! Main's commits, kept in memory: which there are, what each is about, and which last changed a deployment.
//!
//! Dolt finds a commit by its hash at once, but "the commits about this deployment" only by reading the whole log
//! (some 170 ms at 11,600 commits). So the log is read once, and then only what is new; a commit takes some 150 bytes.
//!
//! Guarantees
//! - After [`Log::follow`], exactly the commits that the head follows are in it; when main was moved to where it does
//!   not follow the earlier head (a restored backup), the log is read anew.
//! - What a commit is about comes from its trailers alone; one that was made by hand without them is about nothing.

use super::{
    message::{self, About},
    table::Cells,
};
use crate::{
    model::{CommitHash, CommitPrefix, DeploymentId, OperationId},
    store::{HistoryQuery, StoreError},
};
use jiff::Timestamp;
use mysql_async::{Conn, Row, prelude::*};
use std::collections::{BTreeMap, HashMap};

/// Main's commits, oldest first.
#[derive(Debug, Default)]
pub struct Log {
    hashes: Vec<CommitHash>,
    positions: HashMap<CommitHash, usize>,
    deployments: HashMap<DeploymentId, Vec<usize>>,
    operations: HashMap<OperationId, usize>,
    last_change: BTreeMap<DeploymentId, CommitHash>,
    /// Where each was changed that is desired, oldest first.
    changed: BTreeMap<DeploymentId, Vec<usize>>,
    /// When each was made, and where its first parent stands.
    made: Vec<(Timestamp, Option<usize>)>,
    /// Where main was when this was read.
    head: Option<CommitHash>,
}

impl Log {
    /// Reads what is new up to `head`.
    pub async fn follow(&mut self, connection: &mut Conn, head: &CommitHash) -> Result<(), StoreError> {
        if self.head.as_ref() == Some(head) {
            return Ok(());
        }
        let range = match &self.head {
            Some(earlier) if follows(connection, head, earlier).await? => format!("{earlier}..{head}"),
            _ => head.to_string(),
        };
        let sql = format!("SELECT commit_hash, message, date, parents FROM dolt_log('{range}', '--parents')");
        let rows: Vec<Row> = connection.query(sql).await?;
        let commits = rows.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        // From here on nothing fails and nothing is waited for: a caller that gives up leaves no half of it.
        if range == head.as_str() {
            *self = Self::default();
        }
        // Dolt tells the newest first.
        for (hash, about, made, parent) in commits.into_iter().rev() {
            self.add(hash, about, made, parent.as_ref());
        }
        self.head = Some(head.clone());
        Ok(())
    }

    fn add(&mut self, hash: CommitHash, about: About, made: Timestamp, parent: Option<&CommitHash>) {
        let position = self.hashes.len();
        self.made.push((made, parent.and_then(|parent| self.positions.get(parent).copied())));
        for id in about.deployments() {
            self.deployments.entry(id.clone()).or_default().push(position);
        }
        for id in about.desired {
            self.changed.entry(id.clone()).or_default().push(position);
            self.last_change.insert(id, hash.clone());
        }
        for id in about.operations {
            self.operations.entry(id).or_insert(position);
        }
        self.positions.insert(hash.clone(), position);
        self.hashes.push(hash);
    }

    /// Whether main has this commit.
    pub fn has(&self, hash: &CommitHash) -> bool {
        self.positions.contains_key(hash)
    }

    /// How many commits main has had since this one.
    ///
    /// # Errors
    /// It is no commit of main.
    pub fn since(&self, hash: &CommitHash) -> Result<usize, StoreError> {
        let position = self.positions.get(hash).ok_or_else(|| StoreError::NoSuchCommit(hash.to_string()))?;
        Ok(self.hashes.len() - position - 1)
    }

    /// The only commit that begins so. All are looked at: a tenth of a millisecond for ten thousand.
    ///
    /// # Errors
    /// There is none, or more than one.
    pub fn resolve(&self, beginning: &CommitPrefix) -> Result<CommitHash, StoreError> {
        if let Some(whole) = beginning.whole().filter(|whole| self.has(whole)) {
            return Ok(whole);
        }
        let mut found = self.hashes.iter().filter(|hash| hash.as_str().starts_with(beginning.as_str()));
        match (found.next(), found.next()) {
            (Some(only), None) => Ok(only.clone()),
            (Some(_), Some(_)) => Err(StoreError::Ambiguous(beginning.to_string())),
            (None, _) => Err(StoreError::NoSuchCommit(beginning.to_string())),
        }
    }

    /// Where main was at that time: the newest commit that is not younger, of those that main itself has been at. A
    /// merge brings others along, which were not to be seen before it.
    ///
    /// # Errors
    /// There was none yet.
    pub fn at(&self, time: Timestamp) -> Result<CommitHash, StoreError> {
        let mut position = self.head.as_ref().and_then(|head| self.positions.get(head).copied());
        while let Some((made, parent)) = position.and_then(|position| self.made.get(position)) {
            if *made <= time {
                break;
            }
            position = *parent;
        }
        let found = position.and_then(|position| self.hashes.get(position).cloned());
        found.ok_or_else(|| StoreError::NoSuchCommit(format!("at {time} or before")))
    }

    /// The last commit that changed what is desired of each.
    pub fn last_change(&self) -> &BTreeMap<DeploymentId, CommitHash> {
        &self.last_change
    }

    /// The same, as it was at a commit.
    ///
    /// # Errors
    /// It is no commit of main.
    pub fn last_change_at(&self, commit: &CommitHash) -> Result<BTreeMap<DeploymentId, CommitHash>, StoreError> {
        let end = self.after(commit)?;
        let last = |positions: &Vec<usize>| {
            let before = positions.partition_point(|position| *position < end);
            self.hashes.get(*positions.get(before.checked_sub(1)?)?).cloned()
        };
        Ok(self.changed.iter().filter_map(|(id, positions)| Some((id.clone(), last(positions)?))).collect())
    }

    fn position(&self, commit: &CommitHash) -> Result<usize, StoreError> {
        self.positions.get(commit).copied().ok_or_else(|| StoreError::NoSuchCommit(commit.to_string()))
    }

    /// The place behind a commit.
    fn after(&self, commit: &CommitHash) -> Result<usize, StoreError> {
        self.position(commit).map(|position| position + 1)
    }

    /// The commit that wrote an operation down.
    pub fn operation(&self, id: &OperationId) -> Option<&CommitHash> {
        let written = OperationId::new(message::one_line(id.as_str()));
        self.operations.get(&written).and_then(|position| self.hashes.get(*position))
    }

    /// The last operations with the commits that wrote them down, newest first. All are looked at, as for [`Log::resolve`].
    pub fn last_operations(&self, limit: usize) -> Vec<(OperationId, CommitHash)> {
        let mut all: Vec<(&OperationId, usize)> =
            self.operations.iter().map(|(id, position)| (id, *position)).collect();
        all.sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        let last = all.into_iter().take(limit);
        last.filter_map(|(id, position)| Some((id.clone(), self.hashes.get(position)?.clone()))).collect()
    }

    /// At most so many commits, newest first: those before `before`, up to `until`, and those about the deployment, where
    /// given.
    ///
    /// # Errors
    /// One that is named is no commit of main.
    pub fn page(&self, query: &HistoryQuery) -> Result<Vec<CommitHash>, StoreError> {
        let HistoryQuery { deployment, before, until, limit } = query;
        let before = before.as_ref().map_or(Ok(self.hashes.len()), |before| self.position(before))?;
        let until = until.as_ref().map_or(Ok(self.hashes.len()), |until| self.after(until))?;
        let (end, limit) = (before.min(until), *limit);
        let at = |position: usize| self.hashes.get(position).cloned();
        Ok(match deployment {
            None => (0..end).rev().filter_map(at).take(limit).collect(),
            Some(id) => {
                let about = self.deployments.get(id).map(Vec::as_slice).unwrap_or_default();
                let about = &about[..about.partition_point(|position| *position < end)];
                about.iter().rev().copied().filter_map(at).take(limit).collect()
            }
        })
    }
}

/// A commit: its hash, what it is about, when it was made and its first parent.
fn read(row: Row) -> Result<(CommitHash, About, Timestamp, Option<CommitHash>), StoreError> {
    let mut cells = Cells::from(row);
    let about = message::read(&cells.take::<String>("message")?).1;
    let parents: Option<String> = cells.take("parents")?;
    let parent = parents.as_deref().and_then(|parents| parents.split(", ").next()?.parse().ok());
    Ok((cells.parse("commit_hash")?, about, cells.time("date")?, parent))
}

/// Whether `head` comes after `earlier`.
async fn follows(connection: &mut Conn, head: &CommitHash, earlier: &CommitHash) -> Result<bool, StoreError> {
    let sql = format!("SELECT dolt_merge_base('{earlier}', '{head}') AS base");
    match connection.query_first::<Row, _>(sql).await {
        Ok(Some(row)) => Ok(Cells::from(row).take::<Option<String>>("base")?.as_deref() == Some(earlier.as_str())),
        Ok(None) => Ok(false),
        // A commit that this database does not have: it is another one.
        Err(mysql_async::Error::Server(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(number: u8) -> CommitHash {
        format!("{number:032}").parse().expect("a hash")
    }

    fn second(number: u8) -> Timestamp {
        Timestamp::from_second(number.into()).expect("a time")
    }

    fn log() -> Log {
        let mut log = Log::default();
        for number in 0..6 {
            let id = DeploymentId::new(if number % 2 == 0 { "d-even" } else { "d-odd" });
            let mut about = About::default();
            if number < 4 {
                about.desired.insert(id)
            } else {
                about.records.insert(id)
            };
            log.add(hash(number), about, second(number), number.checked_sub(1).map(hash).as_ref());
        }
        log.head = Some(hash(5));
        log
    }

    #[test]
    fn pages_go_back_from_where_the_last_one_ended() {
        let log = log();
        let even = DeploymentId::new("d-even");
        let page = |deployment: Option<&DeploymentId>, before: Option<u8>, until: Option<u8>| {
            let (deployment, before, until) = (deployment.cloned(), before.map(hash), until.map(hash));
            log.page(&HistoryQuery { deployment, before, until, limit: 2 })
        };
        assert_eq!(page(None, None, None).expect("a page"), [hash(5), hash(4)]);
        assert_eq!(page(None, Some(4), None).expect("a page"), [hash(3), hash(2)]);
        assert_eq!(page(Some(&even), None, None).expect("a page"), [hash(4), hash(2)]);
        assert_eq!(page(Some(&even), Some(2), None).expect("a page"), [hash(0)]);
        // As it was then: that commit is the newest.
        assert_eq!(page(None, None, Some(3)).expect("a page"), [hash(3), hash(2)]);
        assert_eq!(page(Some(&even), None, Some(3)).expect("a page"), [hash(2), hash(0)]);
        assert_eq!(page(None, Some(2), Some(3)).expect("a page"), [hash(1), hash(0)]);
        assert_eq!(page(None, Some(5), Some(0)).expect("a page"), [hash(0)]);
        assert!(matches!(page(None, Some(9), None), Err(StoreError::NoSuchCommit(_))));
        assert!(matches!(page(None, None, Some(9)), Err(StoreError::NoSuchCommit(_))));
    }

    #[test]
    fn a_beginning_names_the_only_commit_that_has_it() {
        let mut log = log();
        for text in ["abc123k", "abc123q"] {
            log.add(format!("{text:0<32}").parse().expect("a hash"), About::default(), second(9), None);
        }
        let resolve = |text: &str| log.resolve(&text.parse().expect("a beginning"));
        assert_eq!(resolve("abc123k").expect("one").as_str(), format!("{:0<32}", "abc123k"));
        assert_eq!(resolve(hash(3).as_str()).expect("whole"), hash(3));
        assert!(matches!(resolve("abc123"), Err(StoreError::Ambiguous(_))));
        assert!(matches!(resolve("abc124"), Err(StoreError::NoSuchCommit(_))));
        assert!(matches!(resolve(hash(9).as_str()), Err(StoreError::NoSuchCommit(_))));
        for text in ["", "abc12", "abc12_", "abc12%", "ABC123", "abc12w", &"a".repeat(33)] {
            assert!(text.parse::<CommitPrefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn main_was_at_the_newest_commit_that_was_there() {
        let at = |log: &Log, seconds: i64| log.at(Timestamp::from_millisecond(seconds * 1000 + 1).expect("a time"));
        let mut log = log();
        assert_eq!(at(&log, 3).expect("one"), hash(3));
        assert_eq!(log.at(second(3)).expect("its own moment"), hash(3));
        assert_eq!(at(&log, 1000).expect("the head"), hash(5));
        assert!(matches!(at(&log, -1), Err(StoreError::NoSuchCommit(_))));
        assert!(matches!(at(&Log::default(), 1000), Err(StoreError::NoSuchCommit(_))));
        // One that was made on a branch, in second 5, and came to main by a merge in second 7.
        log.add(hash(6), About::default(), second(5), Some(&hash(4)));
        log.add(hash(7), About::default(), second(7), Some(&hash(5)));
        log.head = Some(hash(7));
        assert_eq!(at(&log, 6).expect("main's own"), hash(5));
        assert_eq!(at(&log, 7).expect("the merge"), hash(7));
    }

    #[test]
    fn a_fact_is_no_change_of_what_is_desired() {
        assert_eq!(log().last_change()[&DeploymentId::new("d-even")], hash(2));
    }

    #[test]
    fn what_was_changed_last_is_told_as_of_any_commit() {
        let log = log();
        for number in 0..6 {
            let then = log.last_change_at(&hash(number)).expect("one of main");
            let even = then.get(&DeploymentId::new("d-even")).expect("changed by the first");
            assert_eq!(*even, hash(if number < 2 { 0 } else { 2 }), "{number}");
        }
        assert!(!log.last_change_at(&hash(0)).expect("one of main").contains_key(&DeploymentId::new("d-odd")));
        assert_eq!(log.last_change_at(&hash(5)).expect("the head"), *log.last_change());
    }
}
