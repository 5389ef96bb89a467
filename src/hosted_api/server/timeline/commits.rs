//! What people changed around it: operations with their Dolt commits, the diff of the time before, and the suspect.
//!
//! The suspect is the last commit before the incident that changed what is desired of one of its deployments: what a
//! roll-back can take back. It is no verdict.

use super::{Window, missing};
use crate::{
    hosted_api::{convert, problem::Problem, server::books::Books},
    model::{CellChange, CommitEntry, CommitHash, DESIRED_TABLES, DeploymentId},
    store::{HistoryQuery, Snapshot, Store},
};
use doltops_proto::hosted_api::{CellChange as Cell, Incident, TimelineEntry};
use std::collections::BTreeSet;

/// Commits that are read at a time, and looked through at most for each deployment: an incident that is older than so
/// many of them is told without.
const PAGE: usize = 100;
const MOST: usize = 600;

/// What the store tells.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Told {
    pub entries: Vec<TimelineEntry>,
    pub changes: Vec<Cell>,
    pub suspect: String,
}

/// A commit and what it changed of the incident's deployments.
#[derive(Clone, Debug)]
struct Read {
    commit: CommitEntry,
    changes: Vec<CellChange>,
    /// It wrote an operation down: somebody asked for it.
    asked: bool,
}

impl Read {
    /// Cells that people ask for; the others keep the books.
    fn desired(&self) -> impl Iterator<Item = &CellChange> {
        self.changes.iter().filter(|change| DESIRED_TABLES.contains(&change.table.as_str()))
    }
}

impl Books {
    pub(super) async fn commits_around(&self, incident: &Incident, window: Window) -> Result<Told, Problem> {
        let store = self.store.as_ref();
        let snapshot = store.snapshot().await?;
        // One that was deleted since keeps its commits.
        let of = |name: &String| snapshot.records.values().rfind(|record| record.name.as_str() == name).map(|r| &r.id);
        let ids: BTreeSet<DeploymentId> = incident.deployments.iter().filter_map(of).cloned().collect();
        // One that is about none may be about all.
        let asked: Vec<Option<DeploymentId>> = match ids.is_empty() {
            true => vec![None],
            false => ids.iter().cloned().map(Some).collect(),
        };
        let (mut found, mut all) = (Vec::new(), true);
        for deployment in asked {
            all &= commits(store, deployment, window, &mut found).await?;
        }
        let mut read = Vec::new();
        // Oldest first, as Dolt has them.
        for commit in found.into_iter().rev() {
            let changes = match &commit.parent {
                Some(parent) => store.diff(parent, &commit.hash).await?,
                None => Vec::new(),
            };
            read.push(read_of(commit, &changes, &ids));
        }
        // The order between the commits of several deployments, which were asked for one after the other.
        read.sort_by_key(|read| read.commit.time);
        let changes = match before(&read, window) {
            Some((from, to)) => of_these(&store.diff(&from, &to).await?, &ids),
            None => Vec::new(),
        };
        let mut told = tell(&read, &changes, &snapshot, window);
        if !all {
            let why = format!("more than {MOST} commits were made since: earlier ones are left out");
            told.entries.push(missing("commit", "", window.from, why));
        }
        Ok(told)
    }
}

/// The commits within the window, newest first; false where the store has more than are looked through.
async fn commits(
    store: &dyn Store,
    deployment: Option<DeploymentId>,
    window: Window,
    found: &mut Vec<CommitEntry>,
) -> Result<bool, Problem> {
    let mut before = None;
    for _ in 0..MOST / PAGE {
        let query = HistoryQuery { deployment: deployment.clone(), before: before.clone(), until: None, limit: PAGE };
        let page = store.history(query).await?;
        let (full, last) = (page.len() == PAGE, page.last().map(|commit| (commit.hash.clone(), commit.time)));
        for commit in page.into_iter().filter(|commit| window.holds(commit.time)) {
            // One commit may be about several of them.
            if !found.iter().any(|known| known.hash == commit.hash) {
                found.push(commit);
            }
        }
        match last {
            Some((hash, time)) if full && time >= window.from => before = Some(hash),
            _ => return Ok(true),
        }
    }
    Ok(false)
}

fn read_of(commit: CommitEntry, changes: &[CellChange], ids: &BTreeSet<DeploymentId>) -> Read {
    let asked = changes.iter().any(|change| change.table == "operations");
    Read { commit, changes: of_these(changes, ids), asked }
}

/// Cells of what is desired of these deployments; of all where none is named.
fn of_these(changes: &[CellChange], ids: &BTreeSet<DeploymentId>) -> Vec<CellChange> {
    let ours = |change: &&CellChange| match &change.deployment {
        Some(id) => ids.is_empty() || ids.contains(id),
        None => false,
    };
    changes.iter().filter(ours).cloned().collect()
}

/// Between which commits the time before it lies; none where nothing was changed then.
fn before(read: &[Read], window: Window) -> Option<(CommitHash, CommitHash)> {
    let mut then = read.iter().filter(|read| read.commit.time <= window.opened && read.desired().next().is_some());
    let first = then.next()?;
    let last = then.next_back().unwrap_or(first);
    Some((first.commit.parent.clone()?, last.commit.hash.clone()))
}

fn tell(read: &[Read], changes: &[CellChange], snapshot: &Snapshot, window: Window) -> Told {
    let name = |id: &str| snapshot.records.get(&DeploymentId::new(id)).map(|record| record.name.to_string());
    let cells = |changes: &mut dyn Iterator<Item = &CellChange>| -> Vec<Cell> {
        // The key of a row that comes is told as cells too, and says nothing.
        let shown = |change: &&CellChange| change.table != "settings" || change.column == "value";
        changes.filter(shown).map(|change| convert::cell(change, &name)).collect()
    };
    let suspect = read.iter().rfind(|read| read.commit.time <= window.opened && read.desired().next().is_some());
    let entry = |read: &Read| {
        let changes = cells(&mut read.desired());
        let whose = changes.iter().map(|cell| cell.deployment.clone()).find(|name| !name.is_empty());
        let of_books =
            || read.changes.iter().filter_map(|change| change.deployment.as_ref()).find_map(|id| name(id.as_str()));
        TimelineEntry {
            time_ms: convert::ms(read.commit.time),
            kind: "commit".to_owned(),
            deployment: whose.or_else(of_books).unwrap_or_default(),
            text: read.commit.message.lines().next().unwrap_or_default().to_owned(),
            author: read.commit.author.clone(),
            commit: read.commit.hash.to_string(),
            changes,
            ..TimelineEntry::default()
        }
    };
    // What the reconciler writes down about its own work stands in its steps.
    let told = read.iter().filter(|read| read.asked || read.desired().next().is_some());
    Told {
        entries: told.map(entry).collect(),
        changes: cells(&mut changes.iter().filter(|change| DESIRED_TABLES.contains(&change.table.as_str()))),
        suspect: suspect.map(|read| read.commit.hash.to_string()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use std::collections::BTreeMap;

    fn hash(number: i64) -> CommitHash {
        format!("{number:032}").parse().expect("a hash")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn cell(table: &str, deployment: &str) -> CellChange {
        CellChange {
            table: table.into(),
            key: deployment.into(),
            column: "value".into(),
            from: None,
            to: Some("1".into()),
            deployment: Some(DeploymentId::new(deployment)),
        }
    }

    fn read(second: i64, tables: &[&str]) -> Read {
        let commit = CommitEntry {
            hash: hash(second),
            parent: Some(hash(second - 1)),
            merged: Vec::new(),
            author: "op1".into(),
            time: at(second),
            message: format!("commit {second}"),
        };
        let changes: Vec<CellChange> = tables.iter().map(|table| cell(table, "d-1")).collect();
        read_of(commit, &changes, &BTreeSet::from([DeploymentId::new("d-1")]))
    }

    fn snapshot() -> Snapshot {
        Snapshot { commit: hash(0), desired: BTreeMap::new(), records: BTreeMap::new(), last_change: BTreeMap::new() }
    }

    const OPENED: i64 = 100;

    fn window() -> Window {
        Window { from: at(0), opened: at(OPENED), until: at(200) }
    }

    #[test]
    fn the_suspect_is_the_last_change_of_what_is_desired_before_it() {
        let all = [
            read(10, &["settings", "operations"]),
            read(20, &["deployments", "operations"]),
            read(30, &["records", "operations"]),
            read(40, &["records"]),
            read(150, &["settings", "operations"]),
        ];
        let told = tell(&all, &[], &snapshot(), window());
        assert_eq!(told.suspect, hash(20).to_string());
        let texts: Vec<&str> = told.entries.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(texts, ["commit 10", "commit 20", "commit 30", "commit 150"], "books alone are no entry");
        assert_eq!(before(&all, window()), Some((hash(9), hash(20))), "the diff of the time before");
    }

    #[test]
    fn without_a_change_before_it_nothing_is_suspected() {
        let told = tell(&[read(30, &["records"]), read(150, &["settings"])], &[], &snapshot(), window());
        assert_eq!((told.suspect.as_str(), told.entries.len()), ("", 1));
        assert_eq!(before(&[], window()), None);
    }

    #[test]
    fn what_was_changed_of_others_is_left_out() {
        let ids = BTreeSet::from([DeploymentId::new("d-1")]);
        assert_eq!(of_these(&[cell("settings", "d-2"), cell("settings", "d-1")], &ids).len(), 1);
        assert_eq!(of_these(&[cell("settings", "d-2"), cell("settings", "d-1")], &BTreeSet::new()).len(), 2);
    }
}
