//! Which commit gave each value that is desired of a deployment.
//!
//! Guarantees
//! - A cell is told with the newest commit that made it what it is; what came back to an earlier value by a roll-back is
//!   the roll-back's.
//! - At most [`LOOKED`] commits are looked at in one answer; what was not found there is told without a commit, and the
//!   answer says where to go on.
//!
//! Of a merge only what differs from its first parent is told: the merge brought it to main.
//!
//! Why not `dolt_blame`: it knows rows, not cells, and takes seconds on a long history. The commits about one deployment
//! are known from the log, and what each changed is a diff that is kept.

use super::{books::Books, past::Shown};
use crate::{
    hosted_api::{
        convert,
        desired_diff::{self, word},
        problem::Problem,
        view::View,
    },
    model::{CellChange, CommitEntry, DeploymentId},
    store::HistoryQuery,
};
use doltops_proto::hosted_api::{BlameRequest, BlameResponse, BlamedCell};

/// How many commits are looked at: a diff takes 1 to 25 ms, so this is a second or two at worst.
const LOOKED: usize = 100;

impl Books {
    pub(in crate::hosted_api) async fn read_blame(
        &self,
        request: BlameRequest,
        view: &View,
    ) -> Result<BlameResponse, Problem> {
        let store = &self.store;
        let Shown { snapshot, until } = self.shown(view).await?;
        let desired = snapshot.desired.values().find(|desired| desired.name.as_str() == request.name);
        let desired = desired.ok_or_else(|| convert::not_found(&request.name))?;
        let mut cells = wanted(&desired_diff::cells(None, Some(desired)), &request.setting)?;
        let before = match request.before.as_str() {
            "" => None,
            text => Some(self.commit("before", text).await?),
        };
        let query = HistoryQuery { deployment: Some(desired.id.clone()), before, until, limit: LOOKED };
        let commits = store.history(query).await?;
        let whole = commits.len() < LOOKED;
        let last = commits.last().map(|entry| entry.hash.to_string());
        for entry in commits {
            if cells.iter().all(|cell| !cell.commit.is_empty()) {
                return Ok(BlameResponse { cells, before: String::new() });
            }
            if let Some(parent) = &entry.parent {
                attribute(&mut cells, &entry, &store.diff(parent, &entry.hash).await?, &desired.id);
            }
        }
        let known = whole || cells.iter().all(|cell| !cell.commit.is_empty());
        Ok(BlameResponse { cells, before: last.filter(|_| !known).unwrap_or_default() })
    }
}

/// The cells that are asked for, without a commit yet.
fn wanted(now: &[CellChange], setting: &str) -> Result<Vec<BlamedCell>, Problem> {
    let all: Vec<BlamedCell> = now
        .iter()
        .filter_map(|change| Some(BlamedCell { cell: word(change)?, value: change.to.clone()?, ..Default::default() }))
        .collect();
    if setting.is_empty() {
        return Ok(all);
    }
    let names: Vec<String> = all.iter().map(|cell| cell.cell.clone()).collect();
    let one: Vec<BlamedCell> = all.into_iter().filter(|cell| cell.cell == setting).collect();
    if one.is_empty() {
        let what = format!("'{setting}' is not set, nor is it a column");
        return Err(Problem::invalid("setting", what).next(format!("there are {}", names.join(", "))));
    }
    Ok(one)
}

/// Those cells that this commit changed last are its own.
fn attribute(cells: &mut [BlamedCell], entry: &CommitEntry, changes: &[CellChange], id: &DeploymentId) {
    let (first, rest) = entry.message.split_once('\n').unwrap_or((&entry.message, ""));
    for change in changes.iter().filter(|change| change.deployment.as_ref() == Some(id)) {
        let Some(word) = word(change) else { continue };
        for cell in cells.iter_mut().filter(|cell| cell.commit.is_empty() && cell.cell == word) {
            cell.commit = entry.hash.to_string();
            cell.author.clone_from(&entry.author);
            cell.time_ms = convert::ms(entry.time);
            cell.message = first.to_owned();
            // What a merge says of its branch is no reason of anybody's.
            let said = rest.split("\n\n").map(str::trim).filter(|said| !said.starts_with("The branch cr/"));
            cell.reason = said.collect::<Vec<_>>().join("\n\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn change(table: &str, key: &str, column: &str, to: &str) -> CellChange {
        CellChange {
            table: table.into(),
            key: key.into(),
            column: column.into(),
            from: None,
            to: Some(to.into()),
            deployment: Some(DeploymentId::new(key.split('/').next().expect("a part"))),
        }
    }

    fn commit(number: u8, message: &str) -> CommitEntry {
        CommitEntry {
            hash: format!("{number:032}").parse().expect("a hash"),
            parent: None,
            merged: Vec::new(),
            author: format!("op{number}"),
            time: Timestamp::UNIX_EPOCH,
            message: message.into(),
        }
    }

    /// Newest first, another deployment's and the books' cells are nobody's here, and the first to be found stays.
    #[test]
    fn a_cell_is_of_the_newest_commit_that_changed_it() {
        let volume = change("deployments", "d-1", "volume_gib", "40");
        let limit = change("settings", "d-1/max_connections", "value", "400");
        let mut cells = wanted(&[volume.clone(), limit.clone()], "").expect("cells");
        let id = DeploymentId::new("d-1");
        let others = [change("deployments", "d-2", "volume_gib", "7"), change("records", "d-1", "generation", "3")];
        attribute(&mut cells, &commit(3, "Resize other"), &others, &id);
        attribute(
            &mut cells,
            &commit(2, "Merge more: orders\n\nit was full\n\nThe branch cr/more at y2, from a1."),
            std::slice::from_ref(&volume),
            &id,
        );
        attribute(&mut cells, &commit(1, "Create orders"), &[volume, limit], &id);
        let told: Vec<String> = cells
            .iter()
            .map(|it| format!("{} {} {} {} ({})", it.cell, it.value, it.author, it.message, it.reason))
            .collect();
        assert_eq!(
            told,
            ["volume_gib 40 op2 Merge more: orders (it was full)", "max_connections 400 op1 Create orders ()"]
        );
    }

    #[test]
    fn what_is_not_set_is_refused_with_what_there_is() {
        let cells = [change("deployments", "d-1", "volume_gib", "40")];
        assert_eq!(wanted(&cells, "volume_gib").expect("one").len(), 1);
        let refused = wanted(&cells, "max_connections").expect_err("refused");
        assert_eq!((refused.field.as_str(), refused.next.as_str()), ("setting", "there are volume_gib"));
    }
}
