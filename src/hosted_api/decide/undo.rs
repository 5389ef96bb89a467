//! The opposite of one operation, of one commit, or of a range of commits: what they changed, and nothing else, goes back
//! to what it was before.
//!
//! Pure. What was desired right before the first commit and right after the last is read from history, and of the two the
//! difference is taken back. So it can be undone whoever hosts now, and an undo is an operation as any other: undoing it
//! is a redo. A range is no list of inverses: what one commit of it did and another took back differs in neither.
//!
//! Guarantees
//! - A deployment that they did not change is not touched.
//! - A cell goes back only while it still has the value that they gave it; what was changed since stays, and a note says
//!   so, and by whom and by which commit where that is known.
//! - A volume never shrinks. Protection and pause are lifted only where they are all that the operation changed of a
//!   deployment, so that lifting them is what is asked for, and a note says so; else they stay, as in a roll-back.
//! - Where nothing can be taken back it is refused, with the reasons.

use super::{After, BRAKE, Decision, Situation, comes_back, gone, raised};
use crate::hosted_api::{desired_diff, undone};
use crate::model::{
    CommitEntry, CommitHash, DeploymentId, DeploymentName, Desired, Operation, Record, Refusal, Settings, machine,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Display,
};

/// What a summary begins with, so that the undo of an undo reads as what it is.
const UNDO: &str = "Undo: ";
const REDO: &str = "Redo: ";

/// What is to be taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Undoing {
    /// Which.
    pub what: Target,
    /// What was desired right before it.
    pub before: BTreeMap<DeploymentId, Desired>,
    /// And right after.
    pub after: BTreeMap<DeploymentId, Desired>,
    /// Which commit last changed a cell since, as far as it was looked for; by the cell's name in history.
    pub since: BTreeMap<(DeploymentId, String), CommitEntry>,
}

/// Who is taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// An operation.
    Operation {
        /// Which.
        operation: Box<Operation>,
        /// What the same person asked for before it and was not undone: named where this one cannot be.
        earlier: Option<Box<Operation>>,
    },
    /// Commits one after the other.
    Commits {
        /// The one before the first.
        after: CommitHash,
        /// The last.
        last: CommitHash,
        /// How many.
        count: usize,
        /// Of this deployment alone.
        only: Option<DeploymentName>,
    },
}

impl Undoing {
    /// The cells that it changed and somebody has changed since, by their names in history.
    pub fn contested(&self, now: &BTreeMap<DeploymentId, Desired>) -> BTreeMap<DeploymentId, BTreeSet<String>> {
        let words = |from: &Desired, to: &Desired| -> BTreeSet<String> {
            desired_diff::cells(Some(from), Some(to)).iter().filter_map(desired_diff::word).collect()
        };
        let both = self.before.iter().filter_map(|(id, was)| Some((id, was, self.after.get(id)?, now.get(id)?)));
        let cells = both.map(|(id, was, became, now)| {
            let since = words(became, now);
            (id.clone(), words(was, became).intersection(&since).cloned().collect::<BTreeSet<_>>())
        });
        cells.filter(|(_, cells)| !cells.is_empty()).collect()
    }
}

impl Target {
    /// The operation, where it is one.
    pub fn operation(&self) -> Option<&Operation> {
        match self {
            Target::Operation { operation, .. } => Some(operation),
            Target::Commits { .. } => None,
        }
    }

    /// What it is called where it is undone.
    fn summary(&self) -> String {
        match self {
            Target::Operation { operation, .. } => operation.summary.clone(),
            Target::Commits { after, last, count, only } => {
                let of = only.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
                match count {
                    1 => format!("commit {}{of}", last.short()),
                    many => format!("{many} commits{of}, {}..{}", after.short(), last.short()),
                }
            }
        }
    }

    /// Which it is, for whoever sees the plan.
    fn told(&self) -> String {
        match self {
            Target::Operation { operation, .. } => {
                // What it did stands in the summary.
                let Operation { id, author, asked, .. } = operation.as_ref();
                format!("it was asked for by {author} at {asked:.0}, as {id}")
            }
            Target::Commits { .. } => format!("takes back {}", self.summary()),
        }
    }

    /// What an undo of it is called.
    fn opposite(&self) -> String {
        let summary = self.summary();
        match (summary.strip_prefix(UNDO), summary.strip_prefix(REDO)) {
            (Some(rest), _) => format!("{REDO}{rest}"),
            (_, Some(rest)) => format!("{UNDO}{rest}"),
            _ => format!("{UNDO}{summary}"),
        }
    }

    /// Why there is nothing to take back, where no cell says so itself.
    fn nothing(&self, undoing: &Undoing) -> &'static str {
        let kind = match self {
            Target::Operation { operation, .. } => operation.kind.as_str(),
            Target::Commits { .. } if undoing.before == undoing.after => "facts",
            Target::Commits { .. } => "",
        };
        match kind {
            "restart" => "a restart is over; there is nothing to go back to",
            "credentials" => "what was shown has been seen",
            "client-certificate" => "certificates are ended by doltops revoke; what was revoked stays so",
            "facts" => "nothing that is desired was changed; what came of it was written down",
            _ => "everything is as it was before it already",
        }
    }

    /// What to do where it cannot be undone.
    fn instead(&self) -> String {
        match self {
            Target::Operation { earlier: Some(earlier), .. } => undone::instead(earlier),
            Target::Operation { .. } => "nothing came before it that could be undone".to_owned(),
            Target::Commits { after, .. } => {
                format!("doltops diff {} shows what was changed since", after.short())
            }
        }
    }

    /// Whether it is about this deployment too.
    fn is_about(&self, name: &DeploymentName) -> bool {
        !matches!(self, Target::Commits { only: Some(only), .. } if only != name)
    }
}

/// Decides the undo.
pub(super) fn undo(situation: Situation<'_>) -> Result<Decision, Refusal> {
    let undoing = situation.undoing.ok_or_else(|| Refusal::NotFound("there is no such operation".to_owned()))?;
    let what = &undoing.what;
    let summary = what.summary();
    let mut decision = Decision::default();
    let ids: BTreeSet<&DeploymentId> = undoing.before.keys().chain(undoing.after.keys()).collect();
    for id in ids {
        let (before, after) = (undoing.before.get(id), undoing.after.get(id));
        if !before.or(after).is_some_and(|either| what.is_about(&either.name)) {
            continue;
        }
        match (before, after) {
            (before, after) if before == after => {}
            (None, Some(made)) => unmake(situation, made, &mut decision),
            (Some(was), None) => bring_back(situation, was, &mut decision)?,
            (Some(was), Some(became)) => take_back(situation, was, became, &mut decision),
            (None, None) => {}
        }
    }
    if let Target::Commits { only: Some(only), .. } = what
        && !undoing.before.values().chain(undoing.after.values()).any(|desired| desired.name == *only)
    {
        return Err(Refusal::NotFound(format!("there was no deployment {only} then")));
    }
    if decision.after.is_empty() {
        let why = if decision.notes.is_empty() { what.nothing(undoing).to_owned() } else { decision.notes.join("; ") };
        return Err(Refusal::forbidden(format!("'{summary}' cannot be undone: {why}"), what.instead()));
    }
    let goes = decision.after.iter().filter(|after| after.desired.is_none()).count();
    if goes > BRAKE {
        let what = format!("undoing '{summary}' would delete {goes} deployments; no more than {BRAKE} go at once");
        return Err(Refusal::forbidden(what, "delete them one by one"));
    }
    decision.summary = what.opposite();
    decision.notes.insert(0, what.told());
    decision.after.sort_by(|a, b| a.record.name.cmp(&b.record.name));
    Ok(decision)
}

/// What it made goes.
fn unmake(situation: Situation<'_>, made: &Desired, decision: &mut Decision) {
    let name = &made.name;
    let now = situation.snapshot.desired.get(&made.id);
    let (Some(now), Some(record)) = (now, situation.snapshot.records.get(&made.id)) else {
        return decision.notes.push(format!("{name} is gone already"));
    };
    if now.protected {
        return decision.notes.push(format!("{name} stays: it is protected (doltops unprotect {name})"));
    }
    if now.paused {
        return decision.notes.push(format!("{name} stays: it is paused (doltops resume {name})"));
    }
    if now != made {
        decision.notes.push(format!("{name} was changed since it was made; it goes all the same"));
    }
    decision.after.push(gone(record, situation));
}

/// What it deleted comes back, from its final copy alone: an empty one is not the opposite of a deletion.
fn bring_back(situation: Situation<'_>, was: &Desired, decision: &mut Decision) -> Result<(), Refusal> {
    let name = &was.name;
    let kept = match situation.snapshot.records.get(&was.id) {
        _ if situation.snapshot.desired.contains_key(&was.id) => Err(format!("{name} is there again already")),
        _ if situation.snapshot.desired.values().any(|other| other.name == *name) => {
            Err(format!("the name {name} was given to another deployment since"))
        }
        _ if machine::find(situation.types, &was.spec.instance_type).is_err() => {
            Err(format!("{name} was {}, which is not offered now", was.spec.instance_type))
        }
        None => Err(format!("{name} has no record any more")),
        Some(record) if !record.deleted => {
            Err(format!("{name} is being deleted; once it is gone it comes back from its final copy: try again then"))
        }
        Some(record) if record.final_copy.is_none() => {
            Err(format!("there is no final copy of {name} any more: its data cannot come back"))
        }
        Some(record) => Ok(record),
    };
    match kept {
        Ok(record) => comes_back(situation, was.clone(), record, decision),
        Err(why) => {
            decision.notes.push(why);
            Ok(())
        }
    }
}

/// Its cells go back to what they were, one by one.
fn take_back(situation: Situation<'_>, was: &Desired, became: &Desired, decision: &mut Decision) {
    let name = &became.name;
    let now = situation.snapshot.desired.get(&was.id);
    let (Some(now), Some(record)) = (now, situation.snapshot.records.get(&was.id)) else {
        return decision.notes.push(format!("{name} was deleted since"));
    };
    let mut after = now.clone();
    let since = situation.undoing.map(|undoing| &undoing.since);
    let mut cells = Cells { now, since, notes: &mut decision.notes };
    instance_type(situation, was, became, &mut after, &mut cells);
    volume(was, became, now, &mut cells);
    cells.back(
        "certificate",
        "its certificate",
        &was.spec.certificate,
        &became.spec.certificate,
        &mut after.spec.certificate,
    );
    cells.back("power", "its power", &was.power, &became.power, &mut after.power);
    settings(was, became, &mut after.spec.settings, &mut cells);
    for flag in &FLAGS {
        cells.flag(flag, was, became, &mut after);
    }
    if after != *now {
        let record = Record { name: after.name.clone(), ..raised(record) };
        decision.after.push(After { desired: Some(after), record });
    }
}

fn instance_type(
    situation: Situation<'_>,
    was: &Desired,
    became: &Desired,
    after: &mut Desired,
    cells: &mut Cells<'_>,
) {
    let (was, became) = (&was.spec.instance_type, &became.spec.instance_type);
    if was != became && machine::find(situation.types, was).is_err() {
        return cells.note(format!("its type stays {}: {was} is not offered now", after.spec.instance_type));
    }
    cells.back("instance_type", "its type", was, became, &mut after.spec.instance_type);
}

fn volume(was: &Desired, became: &Desired, now: &Desired, cells: &mut Cells<'_>) {
    let (was, became, has) = (was.spec.volume_gib, became.spec.volume_gib, now.spec.volume_gib);
    if was != became && was < has {
        cells.note(format!("its volume stays {has} GiB (it had {was} before); a volume only grows"));
    }
}

fn settings(was: &Desired, became: &Desired, after: &mut Settings, cells: &mut Cells<'_>) {
    let (was, became) = (was.spec.settings.as_map(), became.spec.settings.as_map());
    let keys: BTreeSet<&String> = was.keys().chain(became.keys()).collect();
    for key in keys {
        // Absent is the default, as an empty value is.
        let of = |map: &BTreeMap<String, String>| map.get(key).cloned().unwrap_or_default();
        let mut value = of(after.as_map());
        let what = format!("its setting {key}");
        if cells.back(key, &what, &of(was), &of(became), &mut value) {
            match after.clone().with(key, &value) {
                Ok(back) => *after = back,
                Err(refusal) => cells.note(format!("{what} stays: {refusal}")),
            }
        }
    }
}

/// A switch that holds something back while it is on.
struct Flag {
    get: fn(&mut Desired) -> &mut bool,
    /// What is said when it stays on.
    stays: &'static str,
    /// What is said when it is lifted.
    lifted: &'static str,
}

const FLAGS: [Flag; 2] = [
    Flag { get: |it| &mut it.protected, stays: "its protection stays", lifted: "it is not protected any more" },
    Flag { get: |it| &mut it.paused, stays: "it stays paused", lifted: "it is not paused any more" },
];

/// Takes cells of one deployment back, and tells what stays.
struct Cells<'a> {
    now: &'a Desired,
    since: Option<&'a BTreeMap<(DeploymentId, String), CommitEntry>>,
    notes: &'a mut Vec<String>,
}

impl Cells<'_> {
    fn note(&mut self, what: impl Display) {
        self.notes.push(format!("{}: {what}", self.now.name));
    }

    /// One cell, where the operation changed it and nobody has since. Whether it went back.
    fn back<T: PartialEq + Clone + Display>(
        &mut self,
        cell: &str,
        what: &str,
        was: &T,
        became: &T,
        now: &mut T,
    ) -> bool {
        if was == became || now == was {
            return false;
        }
        if now != became {
            let stays = now.to_string();
            let stays = if stays.is_empty() { "its default" } else { &stays };
            let by = self.by(cell);
            self.note(format!("{what} was changed since and stays {stays}{by}"));
            return false;
        }
        now.clone_from(was);
        true
    }

    /// Who changed a cell since, and by which commit.
    fn by(&self, cell: &str) -> String {
        let entry = self.since.and_then(|since| since.get(&(self.now.id.clone(), cell.to_owned())));
        let told = |entry: &CommitEntry| {
            let first = entry.message.lines().next().unwrap_or_default();
            format!(" ({} in {}: {first})", entry.author, entry.hash.short())
        };
        entry.map(told).unwrap_or_default()
    }

    fn flag(&mut self, flag: &Flag, was: &Desired, became: &Desired, after: &mut Desired) {
        let get = |it: &Desired| *(flag.get)(&mut it.clone());
        let (was_on, now) = (get(was), (flag.get)(after));
        if was_on == get(became) || *now == was_on {
            return;
        }
        let mut alone = was.clone();
        *(flag.get)(&mut alone) = !was_on;
        if !was_on && alone != *became {
            return self.note(flag.stays);
        }
        *now = was_on;
        if !was_on {
            self.note(flag.lifted);
        }
    }
}
