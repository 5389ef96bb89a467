//! What an undo takes back, what it leaves and tells, and what it refuses; then the undo of whatever is asked for.

use super::*;
use crate::model::{CommitEntry, Operation};
use jiff::Timestamp;

fn operation(kind: &str, summary: &str) -> Operation {
    Operation {
        id: OperationId::new("op-0"),
        deployment: None,
        kind: kind.to_owned(),
        summary: summary.to_owned(),
        author: "ann".to_owned(),
        asked: Timestamp::UNIX_EPOCH,
        reason: String::new(),
        request: String::new(),
    }
}

/// So many commits, of one alone or of all.
pub(super) fn commits(count: usize, only: Option<&str>) -> Target {
    Target::Commits { after: commit(), last: commit(), count, only: only.map(name) }
}

/// A commit of ann's.
pub(super) fn entry(message: &str) -> CommitEntry {
    CommitEntry {
        hash: commit(),
        parent: None,
        merged: Vec::new(),
        author: "ann".to_owned(),
        time: Timestamp::UNIX_EPOCH,
        message: message.to_owned(),
    }
}

fn operation_of(operation: Operation, earlier: Option<Operation>) -> Target {
    Target::Operation { operation: Box::new(operation), earlier: earlier.map(Box::new) }
}

fn undo(confirm: &str) -> Change {
    Change::Undo { operation: OperationId::new("op-0"), confirm: confirm.to_owned() }
}

impl Fleet {
    /// Lands a change; what it was is there to be undone from now on.
    fn done(mut self, change: &Change) -> Self {
        let decision = self.decide(change).expect("decided");
        self.landed(change, decision);
        self
    }

    fn landed(&mut self, change: &Change, decision: Decision) {
        let operation = operation(change.kind(), &decision.summary);
        let before = self.snapshot.desired.clone();
        self.land(decision);
        let after = self.snapshot.desired.clone();
        let what = operation_of(operation, None);
        self.undoing = Some(Undoing { what, before, after, since: BTreeMap::new() });
        self.past_is_left();
    }

    /// Deletions end: each leaves a final copy.
    fn past_is_left(&mut self) {
        let Some(undoing) = &self.undoing else { return };
        for record in self.snapshot.records.values_mut().filter(|it| it.deletion.is_some() && !it.deleted) {
            record.deleted = true;
            record.final_copy = Some(CopyId::new("copy-1"));
            self.copies.extend(undoing.before.get(&record.id).map(|was| (record.id.clone(), was.spec.volume_gib)));
        }
    }

    fn refusal(&self) -> String {
        self.decide(&undo("")).expect_err("refused").to_string()
    }
}

#[test]
fn only_what_the_operation_changed_goes_back() {
    let fleet = Fleet::of(&["orders", "billing"]).done(&resize(Some("local.large"), None));
    let fleet = fleet.now("orders", |it| it.protected = true).now("billing", |it| it.power = Power::Stopped);
    let (after, record, notes) = fleet.orders(&undo(""));
    assert_eq!(after, Desired { protected: true, ..desired("orders") });
    assert_eq!(record.generation, Generation(9), "raised once more");
    assert!(notes[0] == "it was asked for by ann at 1970-01-01T00:00:00Z, as op-0", "{notes:?}");
    assert_eq!(notes.len(), 1);
}

#[test]
fn what_was_changed_since_stays_and_is_told() {
    let fleet = Fleet::of(&["orders"]).done(&resize(Some("local.large"), Some(20)));
    let (after, _, notes) = fleet.orders(&undo(""));
    assert_eq!((after.spec.instance_type.as_str(), after.spec.volume_gib), ("local.small", 20));
    assert!(notes[1].contains("its volume stays 20 GiB (it had 10 before)"), "{notes:?}");
    let since = fleet.now("orders", |it| it.spec.instance_type = "local.medium".to_owned());
    let refused = since.refusal();
    assert!(refused.contains("its type was changed since and stays local.medium"), "{refused}");
}

#[test]
fn settings_go_back_one_by_one() {
    let first = Fleet::of(&["orders"]).done(&set("max_connections", "50"));
    let (after, ..) = first.orders(&undo(""));
    assert_eq!(after, desired("orders"), "it had the default");
    let second = first.done(&set("max_connections", "70"));
    let other = second.now("orders", |it| {
        it.spec.settings = it.spec.settings.clone().with("log_level", "debug").expect("a word");
    });
    let (after, ..) = other.orders(&undo(""));
    let settings = after.spec.settings.as_map();
    assert_eq!((settings["max_connections"].as_str(), settings["log_level"].as_str()), ("50", "debug"));
    let since = other.now("orders", |it| it.spec.settings = Settings::default());
    assert!(since.refusal().contains("its setting max_connections was changed since and stays its default"));
}

/// Protection is lifted only where that is what is asked for, and is told.
#[test]
fn protection_is_never_lowered_silently() {
    let (after, _, notes) = Fleet::of(&["orders"]).done(&Change::Protect(name("orders"))).orders(&undo(""));
    assert!(!after.protected && notes[1].contains("it is not protected any more"), "{notes:?}");
    let (after, ..) = Fleet::of(&["orders"])
        .now("orders", |it| it.protected = true)
        .done(&Change::Unprotect(name("orders")))
        .orders(&undo(""));
    assert!(after.protected);
    let back = Fleet::of(&["orders"]).then("orders", |it| {
        it.protected = true;
        it.spec.instance_type = "local.large".to_owned();
    });
    let (after, _, notes) = back.done(&BACK_ALL()).orders(&undo(""));
    assert!(after.protected && after.spec.instance_type == "local.small");
    assert!(notes[1].contains("its protection stays"), "{notes:?}");
}

#[test]
fn what_was_made_goes_after_its_name_was_typed() {
    let fleet = Fleet::of(&["orders"]).done(&create("new"));
    let typed = |confirm: &str| {
        let decision = fleet.decide(&undo(confirm)).expect("it can be shown");
        assert_eq!(decision.after.len(), 1);
        assert!(decision.after[0].desired.is_none() && decision.after[0].record.deletion.is_some());
        crate::hosted_api::confirm::typed(&undo(confirm), &decision, &fleet.snapshot)
    };
    let problem = typed("all").expect_err("refused");
    assert_eq!((problem.field.as_str(), problem.next.as_str()), ("confirm", "doltops undo op-0 --confirm new"));
    assert_eq!(typed("new"), Ok(()));
    let mut kept = fleet.clone();
    kept.snapshot.desired.values_mut().for_each(|it| it.protected = true);
    assert!(kept.refusal().contains("new stays: it is protected"));
}

#[test]
fn what_was_deleted_comes_back_from_its_final_copy_or_not_at_all() {
    let fleet = Fleet::of(&["orders", "billing"]).done(&delete("orders", "orders"));
    let (after, record, notes) = fleet.orders(&undo(""));
    assert_eq!(after, desired("orders"));
    assert!(!record.deleted && record.deletion.is_none());
    assert!(notes[1].contains("from its final copy copy-1"), "{notes:?}");
    let with = |change: fn(&mut Record)| {
        let mut other = fleet.clone();
        change(other.snapshot.records.get_mut(&desired("orders").id).expect("there"));
        other.refusal()
    };
    assert!(with(|it| it.final_copy = None).contains("there is no final copy of orders any more"));
    assert!(with(|it| it.deleted = false).contains("orders is being deleted"));
    assert!(fleet.clone().done(&create("orders")).decide(&undo("")).is_ok(), "the newer one's making");
    let mut taken = fleet.clone();
    let decision = taken.decide(&create("orders")).expect("decided");
    taken.land(decision);
    assert!(taken.refusal().contains("the name orders was given to another deployment since"));
}

#[test]
fn what_cannot_be_undone_says_why_and_what_could_be() {
    let mut fleet = Fleet::of(&["orders"]).done(&Change::Restart(name("orders")));
    assert!(fleet.refusal().contains("a restart is over"));
    let earlier = operation("stop", "Stop orders");
    fleet.undoing.as_mut().expect("done").what = operation_of(operation("restart", ""), Some(earlier));
    match fleet.decide(&undo("")) {
        Err(Refusal::Forbidden { next, .. }) => {
            assert!(next.contains("op-0") && next.contains("Stop orders"), "{next}")
        }
        other => panic!("{other:?}"),
    }
    fleet.undoing.as_mut().expect("done").what = operation_of(operation("credentials", ""), None);
    assert!(fleet.refusal().contains("what was shown has been seen"));
}

#[test]
fn the_undo_of_an_undo_is_called_a_redo() {
    let stopped = Fleet::of(&["orders"]).done(&Change::Stop(name("orders")));
    let summary = |fleet: &Fleet| fleet.decide(&undo("")).expect("decided").summary;
    assert_eq!(summary(&stopped), "Undo: Stop orders");
    let undone = stopped.done(&undo(""));
    assert_eq!(summary(&undone), "Redo: Stop orders");
    assert_eq!(summary(&undone.done(&undo(""))), "Undo: Stop orders");
}

#[test]
fn a_batch_is_undone_as_a_whole() {
    let changes = vec![Change::Stop(name("orders")), Change::Stop(name("billing"))];
    let both = Fleet::of(&["billing", "orders"]).done(&Change::Batch { changes, confirm: String::new() });
    let decision = both.decide(&undo("")).expect("decided");
    let running =
        decision.after.iter().filter_map(|after| after.desired.as_ref()).filter(|it| it.power == Power::Running);
    assert_eq!(running.count(), 2);
}

proptest! {
    /// Whatever was asked for: its undo touches nothing else, and the undo's undo gives the desired state back.
    #[test]
    fn an_undo_and_its_undo_give_back_what_was_desired(
        changes in prop::collection::vec((any_change(), any::<bool>()), 1..30),
    ) {
        let mut fleet = Fleet::of(&["orders", "billing"]);
        for (change, keep) in changes {
            let Ok(decision) = fleet.decide(&change) else { continue };
            fleet.landed(&change, decision);
            if keep {
                fleet.past = fleet.snapshot.desired.clone();
            }
            let asked = fleet.snapshot.desired.clone();
            let Ok(decision) = fleet.decide(&undo("")) else { continue };
            let undoing = fleet.undoing.clone().expect("just done");
            for after in &decision.after {
                let id = &after.record.id;
                prop_assert_ne!(undoing.before.get(id), undoing.after.get(id), "the operation did not change it");
            }
            holds(&fleet, &undo(""), &decision)?;
            fleet.landed(&undo(""), decision);
            let again = fleet.decide(&undo(""));
            prop_assert!(again.is_ok(), "{:?}", again);
            fleet.landed(&undo(""), again.expect("just looked"));
            prop_assert_eq!(&fleet.snapshot.desired, &asked);
        }
    }
}
