//! Three-way merge of what is desired: main (ours) and a branch (theirs) against the commit that the branch was made
//! from (base).
//!
//! Guarantees
//! - A cell that one side edited has that side's value; one that nobody edited stays; one that both edited alike is as
//!   both say. One that both edited differently is a conflict: nothing is chosen, and main's stands until somebody does.
//! - A setting is a cell, and its default is a value as any other.
//! - Deleted on one side and edited on the other is a conflict about the deployment as a whole. So is a name that was
//!   given on both sides: the branch's new deployment is left out, or called otherwise.
//! - A decision about a conflict counts for the values that it was made for, and no others.
//! - A volume never shrinks, and a deployment keeps its name: what the branch says otherwise is left out, and a note says so.
//! - Which side is called which changes neither what merges nor whether it does.
//!
//! Why not Dolt's own merge: a plan of the merge is shown before it lands, conflicts stay open for days, and main's records
//! (generations, the operation) must land with it. Dolt would keep all that in one session's half-merged working set.

use crate::model::{
    By, Cell, DeploymentId, DeploymentName, Desired, Refusal, Resolution,
    cell::{self, COLUMNS},
};
use std::collections::{BTreeMap, BTreeSet};

/// What is desired, by deployment.
pub type State = BTreeMap<DeploymentId, Desired>;

/// What is merged.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// Where the branch was made.
    pub base: &'a State,
    /// Main.
    pub ours: &'a State,
    /// The branch.
    pub theirs: &'a State,
    /// Names that deployments on their way out still hold.
    pub going: &'a BTreeSet<DeploymentName>,
}

/// A cell that both sides edited differently. Absent values: a setting at its default, a deployment that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Of which deployment.
    pub deployment: DeploymentId,
    /// What it is called, on the branch where it is there.
    pub name: DeploymentName,
    /// Which cell.
    pub cell: Cell,
    /// Before either.
    pub base: Option<String>,
    /// On main. For a name that is taken: who has it.
    pub ours: Option<String>,
    /// On the branch.
    pub theirs: Option<String>,
    /// What somebody decided it is to be; absent: nobody has, for these values.
    pub decided: Option<Decided>,
}

/// What a cell in conflict is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// The value.
    pub value: Option<String>,
    /// Who said so, and when.
    pub by: By,
}

impl Conflict {
    /// How people name it: `orders.max_connections`, or `orders` for the deployment as a whole.
    pub fn address(&self) -> String {
        match &self.cell {
            Cell::Deployment => self.name.to_string(),
            cell => format!("{}.{cell}", self.name),
        }
    }
}

/// What a merge comes to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// What would be desired; in open conflicts main stands.
    pub state: State,
    /// By deployment and cell; decided ones too.
    pub conflicts: Vec<Conflict>,
    /// What the branch says and is left out, and why.
    pub notes: Vec<String>,
    /// Names that no new deployment may have.
    taken: BTreeSet<DeploymentName>,
}

impl Merged {
    /// Conflicts that nobody has decided.
    pub fn open(&self) -> impl Iterator<Item = &Conflict> {
        self.conflicts.iter().filter(|conflict| conflict.decided.is_none())
    }

    /// Deployments that one side deleted and for which it was decided that they are as main says: the branch changes nothing
    /// of them.
    pub fn stay_as_on_main(&self) -> impl Iterator<Item = &DeploymentId> {
        let stays = |it: &&Conflict| {
            it.cell == Cell::Deployment && it.decided.as_ref().is_some_and(|decided| decided.value == it.ours)
        };
        self.conflicts.iter().filter(stays).map(|conflict| &conflict.deployment)
    }

    /// The conflict of this address.
    pub fn find(&self, address: &str) -> Option<&Conflict> {
        self.conflicts.iter().find(|conflict| conflict.address() == address)
    }
}

/// How a person decides a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// As main has it.
    Ours,
    /// As the branch has it.
    Theirs,
    /// Otherwise; empty: a setting's default.
    Value(String),
}

/// Merges, with what was decided about conflicts.
pub fn merge(sides: Sides<'_>, resolutions: &[Resolution]) -> Merged {
    let mut merging = Merging { resolutions, merged: Merged::default() };
    let ids: BTreeSet<&DeploymentId> =
        [sides.base, sides.ours, sides.theirs].into_iter().flat_map(State::keys).collect();
    for id in ids {
        let result = match (sides.base.get(id), sides.ours.get(id), sides.theirs.get(id)) {
            (_, None, None) => None,
            (None, one, None) | (None, None, one) => one.cloned(),
            (base, Some(ours), Some(theirs)) => Some(merging.cells(base, ours, theirs)),
            (Some(base), None, Some(edited)) => merging.deleted(base, edited, false),
            (Some(base), Some(edited), None) => merging.deleted(base, edited, true),
        };
        if let Some(desired) = result {
            merging.merged.state.insert(id.clone(), desired);
        }
    }
    merging.names(sides);
    merging.merged
}

struct Merging<'a> {
    resolutions: &'a [Resolution],
    merged: Merged,
}

impl Merging<'_> {
    /// A deployment that is on both sides, cell by cell.
    fn cells(&mut self, base: Option<&Desired>, ours: &Desired, theirs: &Desired) -> Desired {
        let mut merged = ours.clone();
        let settings = base.into_iter().chain([ours, theirs]).map(|side| &side.spec.settings);
        for cell in COLUMNS.into_iter().chain(cell::settings(settings)) {
            let (was, our, their) = (base.and_then(|base| cell.read(base)), cell.read(ours), cell.read(theirs));
            if their == our || (their == was && base.is_some()) {
                continue;
            }
            if our == was && base.is_some() {
                cell.copy(theirs, &mut merged);
                continue;
            }
            if let Some(decided) = self.conflict(ours, cell.clone(), was, our, their) {
                // It was tried when it was decided on; what is refused now is open again.
                let _ = cell.write(&mut merged, decided.as_deref());
            }
        }
        let least = base.map_or(0, |base| base.spec.volume_gib);
        if merged.spec.volume_gib < least {
            let asked = merged.spec.volume_gib;
            merged.spec.volume_gib = least;
            self.note(ours, &format!("its volume stays {least} GiB (the branch says {asked}); a volume only grows"));
        }
        if theirs.name != ours.name {
            self.note(ours, &format!("it keeps its name (the branch says {})", theirs.name));
        }
        merged
    }

    /// A deployment that one side deleted: gone where the other left it alone.
    fn deleted(&mut self, base: &Desired, edited: &Desired, on_the_branch: bool) -> Option<Desired> {
        if edited == base {
            return None;
        }
        let edits = Some(edits(base, edited));
        let (ours, theirs) = if on_the_branch { (edits, None) } else { (None, edits) };
        let stays = ours.is_some();
        let decided = self.conflict(edited, Cell::Deployment, Some("there".to_owned()), ours, theirs);
        decided.map_or(stays, |value| value.is_some()).then(|| edited.clone())
    }

    /// Deployments that the branch adds, and whose name another has.
    fn names(&mut self, sides: Sides<'_>) {
        let state = &self.merged.state;
        let leaving = sides.ours.iter().filter(|(id, _)| !state.contains_key(*id)).map(|(_, desired)| &desired.name);
        let going: BTreeSet<DeploymentName> = leaving.chain(sides.going).cloned().collect();
        let (there, new): (Vec<&Desired>, Vec<&Desired>) =
            state.values().partition(|desired| sides.ours.contains_key(&desired.id));
        let mut holders: BTreeMap<DeploymentName, String> =
            there.into_iter().map(|desired| (desired.name.clone(), desired.id.to_string())).collect();
        for name in going {
            holders.entry(name).or_insert_with(|| "one that is being deleted".to_owned());
        }
        let new: Vec<Desired> = new.into_iter().cloned().collect();
        for mut desired in new {
            let Some(holder) = holders.get(&desired.name) else {
                holders.insert(desired.name.clone(), desired.id.to_string());
                continue;
            };
            self.merged.state.remove(&desired.id);
            let (ours, theirs) = (Some(holder.clone()), Some(desired.name.to_string()));
            self.merged.taken = holders.keys().cloned().collect();
            if let Some(Some(name)) = self.conflict(&desired, Cell::Name, None, ours, theirs)
                && let Ok(name) = name.parse::<DeploymentName>()
            {
                desired.name = name;
                holders.insert(desired.name.clone(), desired.id.to_string());
                self.merged.state.insert(desired.id.clone(), desired);
            }
        }
        self.merged.taken = holders.into_keys().collect();
    }

    /// Writes a conflict down, and gives what was decided about it: none where it is open.
    fn conflict(
        &mut self,
        of: &Desired,
        cell: Cell,
        base: Option<String>,
        ours: Option<String>,
        theirs: Option<String>,
    ) -> Option<Option<String>> {
        let (deployment, name) = (of.id.clone(), of.name.clone());
        let mut conflict = Conflict { deployment, name, cell, base, ours, theirs, decided: None };
        let about = |r: &&Resolution| {
            (&r.deployment, &r.cell, &r.ours, &r.theirs)
                == (&conflict.deployment, &conflict.cell, &conflict.ours, &conflict.theirs)
        };
        let decided = self.resolutions.iter().find(about);
        let decided = decided.filter(|r| may_be(&conflict, r.value.as_deref(), of, &self.merged.taken).is_ok());
        conflict.decided = decided.map(|r| Decided { value: r.value.clone(), by: r.by.clone() });
        self.merged.conflicts.push(conflict);
        decided.map(|r| r.value.clone())
    }

    fn note(&mut self, of: &Desired, what: &str) {
        self.merged.notes.push(format!("{}: {what}", of.name));
    }
}

/// What one side made of a deployment that the other deleted.
fn edits(base: &Desired, edited: &Desired) -> String {
    let settings = cell::settings([&base.spec.settings, &edited.spec.settings]);
    let changed = COLUMNS.into_iter().chain([Cell::Name]).chain(settings);
    let words: Vec<String> = changed
        .filter(|cell| cell.read(base) != cell.read(edited))
        .map(|cell| format!("{cell} {}", cell.read(edited).unwrap_or_else(|| "default".to_owned())))
        .collect();
    words.join(", ")
}

/// What a choice about a conflict comes to, in the form in which it is kept.
///
/// # Errors
/// It cannot be that; the field is `value`.
pub fn settle(
    conflict: &Conflict,
    choice: &Choice,
    sides: Sides<'_>,
    merged: &Merged,
) -> Result<Option<String>, Refusal> {
    let value = match (choice, &conflict.cell) {
        // Main's own keeps the name, and the branch's is left out.
        (Choice::Ours, Cell::Name) => None,
        (Choice::Ours, _) => conflict.ours.clone(),
        (Choice::Theirs, _) => conflict.theirs.clone(),
        (Choice::Value(text), _) => Some(text.clone()).filter(|text| !text.is_empty()),
    };
    // A name that was decided on is taken by its own deployment.
    if conflict.decided.as_ref().is_some_and(|decided| decided.value == value) {
        return Ok(value);
    }
    let of = sides.ours.get(&conflict.deployment).or_else(|| sides.theirs.get(&conflict.deployment));
    let of = of.ok_or_else(|| Refusal::NotFound(format!("there is no deployment {}", conflict.name)))?;
    may_be(conflict, value.as_deref(), of, &merged.taken)
}

/// The value as it is kept, if the cell may have it.
fn may_be(
    conflict: &Conflict,
    value: Option<&str>,
    of: &Desired,
    taken: &BTreeSet<DeploymentName>,
) -> Result<Option<String>, Refusal> {
    let wrong = |what: String| Refusal::invalid("value", format!("{}: {what}", conflict.address()));
    match (&conflict.cell, value) {
        (Cell::Deployment, value) => {
            let either = [&conflict.ours, &conflict.theirs].into_iter().any(|side| side.as_deref() == value);
            either.then(|| value.map(str::to_owned)).ok_or_else(|| {
                wrong("it was deleted on one side and edited on the other: take ours or theirs".to_owned())
            })
        }
        (Cell::Name, None) => Ok(None),
        (Cell::Name, Some(name)) => {
            let name: DeploymentName = name.parse().map_err(|refusal: Refusal| wrong(refusal.to_string()))?;
            if taken.contains(&name) {
                return Err(wrong(format!("'{name}' is taken; give another, or take ours to leave it out")));
            }
            Ok(Some(name.to_string()))
        }
        (cell, value) => {
            let mut scratch = of.clone();
            cell.write(&mut scratch, value).map_err(|refusal| wrong(refusal.to_string()))?;
            let least = conflict.ours.as_deref().and_then(|ours| ours.parse().ok()).unwrap_or(0);
            if *cell == Cell::VolumeGib && scratch.spec.volume_gib < least {
                return Err(wrong(format!("main has {least} GiB; a volume only grows")));
            }
            Ok(cell.read(&scratch))
        }
    }
}

#[cfg(test)]
mod tests;
