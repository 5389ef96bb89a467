//! The inverse of commits in the middle of a history: what it takes back, what it leaves and who is told to have changed
//! it; then random edits and inverses of random ranges of them, against a model.

use super::{
    undo::{commits, entry},
    *,
};
use proptest::sample::Index;
use std::collections::BTreeSet;

fn revert() -> Change {
    Change::Revert { name: None, after: commit(), commit: commit(), confirm: String::new() }
}

impl Fleet {
    /// What was desired then is there to be taken back.
    fn reverting(&mut self, what: Target, before: &Desireds, after: &Desireds) {
        let (before, after) = (before.clone(), after.clone());
        self.undoing = Some(Undoing { what, before, after, since: BTreeMap::new() });
    }
}

type Desireds = BTreeMap<DeploymentId, Desired>;

#[test]
fn what_stays_is_told_with_who_changed_it() {
    let mut fleet = Fleet::of(&["billing", "orders"]);
    let before = fleet.snapshot.desired.clone();
    for change in [resize(Some("local.large"), None), set("log_level", "debug"), Change::Stop(name("billing"))] {
        let decision = fleet.decide(&change).expect("decided");
        fleet.land(decision);
    }
    let after = fleet.snapshot.desired.clone();
    let since = fleet.decide(&set("log_level", "info")).expect("decided");
    fleet.land(since);
    fleet.reverting(commits(3, None), &before, &after);
    let undoing = fleet.undoing.as_mut().expect("just set");
    let contested = undoing.contested(&fleet.snapshot.desired);
    let orders = desired("orders").id;
    assert_eq!(contested, BTreeMap::from([(orders.clone(), BTreeSet::from(["log_level".to_owned()]))]));
    undoing.since.insert((orders, "log_level".to_owned()), entry("Set log_level=info of orders"));

    let decision = fleet.decide(&revert()).expect("decided");
    assert_eq!(decision.after.len(), 2, "both go back at once");
    assert_eq!(decision.summary, "Undo: 3 commits, 00000000..00000000");
    let told = "orders: its setting log_level was changed since and stays info (ann in 00000000: Set log_level=info of orders)";
    assert_eq!(decision.notes[1..], [told.to_owned()], "{:?}", decision.notes);

    fleet.reverting(commits(3, Some("billing")), &before, &after);
    let decision = fleet.decide(&revert()).expect("decided");
    let names: Vec<&str> = decision.after.iter().map(|after| after.record.name.as_str()).collect();
    assert_eq!(names, ["billing"], "of one alone");
    fleet.reverting(commits(3, Some("other")), &before, &after);
    assert!(matches!(fleet.decide(&revert()), Err(Refusal::NotFound(_))));
}

#[test]
fn commits_that_changed_nothing_desired_say_so() {
    let mut fleet = Fleet::of(&["orders"]);
    let same = fleet.snapshot.desired.clone();
    fleet.reverting(commits(1, None), &same, &same);
    let refused = fleet.decide(&revert()).expect_err("refused").to_string();
    assert!(refused.contains("nothing that is desired was changed"), "{refused}");
}

/// More than a few would go: it stops, as a roll-back does.
#[test]
fn the_brake_holds_for_ranges_too() {
    let mut fleet = Fleet::of(&["orders"]);
    let before = fleet.snapshot.desired.clone();
    for text in ["a", "b", "c", "d"] {
        let decision = fleet.decide(&create(text)).expect("decided");
        fleet.land(decision);
    }
    let after = fleet.snapshot.desired.clone();
    fleet.reverting(commits(4, None), &before, &after);
    assert!(fleet.decide(&revert()).expect_err("refused").to_string().contains("would delete 4 deployments"));
    let mut protected = fleet;
    protected.snapshot.desired.values_mut().filter(|it| it.name == name("a")).for_each(|it| it.protected = true);
    let decision = protected.decide(&revert()).expect("three may go");
    assert_eq!(decision.after.len(), 3);
    assert!(decision.notes.iter().any(|note| note.starts_with("a stays: it is protected")));
    let typed = crate::hosted_api::confirm::typed(&revert(), &decision, &protected.snapshot).expect_err("refused");
    assert!(typed.next.starts_with("doltops rollback --range 0") && typed.next.ends_with("--confirm all"));
}

/// What is desired of one, as the model has it: a text for each cell.
type Model = BTreeMap<DeploymentName, BTreeMap<String, String>>;

fn model(desired: &Desireds) -> Model {
    let cells = |one: &Desired| {
        let mut cells: BTreeMap<String, String> = one.spec.settings.as_map().clone();
        for (cell, value) in [
            ("type", one.spec.instance_type.clone()),
            ("volume", one.spec.volume_gib.to_string()),
            ("power", one.power.to_string()),
            ("protected", one.protected.to_string()),
            ("paused", one.paused.to_string()),
        ] {
            cells.insert(cell.to_owned(), value);
        }
        (one.name.clone(), cells)
    };
    desired.values().map(cells).collect()
}

/// What the state must be once the way from `before` to `after` was taken back from `now`.
fn inverse(before: &Model, after: &Model, now: &Model) -> Model {
    let mut state = now.clone();
    for (name, cells) in &mut state {
        let (was, became) = (&before[name], &after[name]);
        let all: BTreeSet<&String> = was.keys().chain(became.keys()).collect();
        let changed: Vec<&String> = all.into_iter().filter(|cell| was.get(*cell) != became.get(*cell)).collect();
        for cell in &changed {
            let lifts = matches!(cell.as_str(), "protected" | "paused") && was[*cell] == "false";
            let stays = cell.as_str() == "volume" || (lifts && changed.len() > 1);
            if stays || now[name].get(*cell) != became.get(*cell) {
                continue;
            }
            match was.get(*cell) {
                Some(value) => _ = cells.insert((*cell).clone(), value.clone()),
                None => _ = cells.remove(*cell),
            }
        }
    }
    state
}

#[derive(Clone, Debug)]
enum Act {
    /// A commit of some edits; those that are refused are left out.
    Commit(Vec<Change>),
    /// The inverse of the commits between two places of the history.
    Revert(Index, Index),
}

fn any_edit() -> impl Strategy<Value = Change> {
    let whose = prop::sample::select(vec!["billing", "orders"]).prop_map(name);
    let key = prop::sample::select(vec!["max_connections", "back_log"]);
    let value = prop::sample::select(vec!["", "10", "20", "30"]);
    let size = (prop::sample::select(&TYPES[..]), prop::option::of(10..14u32));
    (whose, 0..8u8, key, value, size).prop_map(|(name, which, key, value, (instance_type, volume_gib))| match which {
        0 => Change::Stop(name),
        1 => Change::Start(name),
        2 => Change::Protect(name),
        3 => Change::Unprotect(name),
        4 => Change::Pause(name),
        5 => Change::Resume(name),
        6 => Change::Resize { name, instance_type: Some(instance_type.to_owned()), volume_gib },
        _ => Change::Set { name, settings: BTreeMap::from([(key.to_owned(), value.to_owned())]) },
    })
}

fn any_act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => prop::collection::vec(any_edit(), 1..4).prop_map(Act::Commit),
        2 => any::<(Index, Index)>().prop_map(|(one, other)| Act::Revert(one, other)),
    ]
}

proptest! {
    /// Edits, and inverses of whatever ranges of what was done, inverses among them: the state is what the model says, and
    /// where nothing is to go back it is refused.
    #[test]
    fn the_inverse_of_any_range_is_what_a_model_says(acts in prop::collection::vec(any_act(), 1..30)) {
        let mut fleet = Fleet::of(&["billing", "orders"]);
        let mut past = vec![fleet.snapshot.desired.clone()];
        for act in acts {
            match act {
                Act::Commit(edits) => {
                    for edit in edits {
                        if let Ok(decision) = fleet.decide(&edit) {
                            fleet.land(decision);
                        }
                    }
                }
                Act::Revert(one, other) => {
                    let (one, other) = (one.index(past.len()), other.index(past.len()));
                    let (before, after) = (past[one.min(other)].clone(), past[one.max(other)].clone());
                    let now = model(&fleet.snapshot.desired);
                    let expected = inverse(&model(&before), &model(&after), &now);
                    fleet.reverting(commits(one.abs_diff(other), None), &before, &after);
                    match fleet.decide(&revert()) {
                        Ok(decision) => {
                            holds(&fleet, &revert(), &decision)?;
                            fleet.land(decision);
                        }
                        Err(_) => prop_assert_eq!(&expected, &now),
                    }
                    prop_assert_eq!(model(&fleet.snapshot.desired), expected);
                }
            }
            past.push(fleet.snapshot.desired.clone());
        }
    }
}
