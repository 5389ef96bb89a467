//! What merging a branch makes of a fleet that has moved on, and what main does not let it do.

use super::*;
use crate::{
    hosted_api::decide::Merging,
    model::{By, ChangeRequest, RequestState},
    store::branches::{Branch, Reviewed},
};

/// A fleet whose past is the branch's base, and the branch with these edits.
fn branch(mut fleet: Fleet, edit: impl FnOnce(&mut BTreeMap<DeploymentId, Desired>)) -> Fleet {
    let mut theirs = fleet.past.clone();
    edit(&mut theirs);
    let request = ChangeRequest {
        name: "bigger".parse().expect("a name"),
        title: "More room".to_owned(),
        opened: By { at: jiff::Timestamp::UNIX_EPOCH, who: "ann".to_owned() },
        base: commit(),
        state: RequestState::Open,
        closed: None,
        closed_at: None,
    };
    fleet.merging = Some(Merging {
        reviewed: Reviewed { request, approvals: Vec::new(), comments: Vec::new(), resolutions: Vec::new() },
        branch: Branch { head: commit(), commits: Vec::new(), behind: 0 },
        base: fleet.past.clone(),
        theirs,
        on: commit(),
    });
    fleet
}

fn of<'a>(state: &'a mut BTreeMap<DeploymentId, Desired>, text: &str) -> &'a mut Desired {
    state.get_mut(&desired(text).id).expect("there")
}

fn merge() -> Change {
    Change::Merge { branch: "bigger".parse().expect("a name"), confirm: String::new() }
}

fn refused(fleet: &Fleet) -> String {
    fleet.decide(&merge()).expect_err("refused").to_string()
}

#[test]
fn each_deployment_that_differs_has_a_new_generation_and_no_other() {
    let fleet = Fleet::of(&["orders", "billing", "a"]).now("orders", |it| it.spec.volume_gib = 20);
    let fleet = branch(fleet, |theirs| {
        of(theirs, "orders").spec.instance_type = "local.large".to_owned();
        of(theirs, "billing").power = Power::Stopped;
        theirs.insert(desired("new").id, desired("new"));
    });
    let decision = fleet.decide(&merge()).expect("decided");
    let told: Vec<_> = decision.after.iter().map(|it| (it.record.name.as_str(), it.record.generation.0)).collect();
    assert_eq!(told, [("billing", 8), ("new", 1), ("orders", 8)]);
    let orders = decision.after[2].desired.as_ref().expect("it stays");
    assert_eq!((orders.spec.instance_type.as_str(), orders.spec.volume_gib), ("local.large", 20));
    assert_eq!(decision.summary, "Merge bigger: More room");
}

#[test]
fn an_open_conflict_is_named_with_the_way_out() {
    let fleet = Fleet::of(&["orders"]).now("orders", |it| it.spec.instance_type = "local.medium".to_owned());
    let fleet = branch(fleet, |theirs| of(theirs, "orders").spec.instance_type = "local.large".to_owned());
    assert!(
        refused(&fleet).contains("1 cell of bigger in conflict with main: orders.instance_type"),
        "{}",
        refused(&fleet)
    );
}

/// The branch took the protection off and deleted; main never said that it may.
#[test]
fn what_is_protected_or_paused_on_main_is_not_deleted() {
    for (word, set) in [("protected", true), ("paused", false)] {
        let mut fleet = Fleet::of(&["orders"]);
        for state in [&mut fleet.snapshot.desired, &mut fleet.past] {
            let orders = of(state, "orders");
            (orders.protected, orders.paused) = (set, !set);
        }
        let fleet = branch(fleet, |theirs| _ = theirs.remove(&desired("orders").id));
        assert!(refused(&fleet).contains(&format!("deletes orders, which is {word}")), "{}", refused(&fleet));
    }
}

#[test]
fn how_many_go_is_typed() {
    let fleet = branch(Fleet::of(&["orders", "billing"]), |theirs| theirs.clear());
    let decision = fleet.decide(&merge()).expect("it can be shown");
    let typed = |word: &str| {
        let change = Change::Merge { branch: "bigger".parse().expect("a name"), confirm: word.to_owned() };
        crate::hosted_api::confirm::typed(&change, &decision, &fleet.snapshot)
    };
    let refused = typed("").expect_err("refused");
    assert!(refused.what.contains("billing, orders; type 2"), "{refused}");
    assert_eq!(refused.next, "doltops branch merge bigger --confirm 2");
    assert_eq!(typed("2"), Ok(()));
}

#[test]
fn what_cannot_be_is_refused_before_anything_is_touched() {
    let odd = branch(Fleet::of(&["orders"]), |theirs| of(theirs, "orders").spec.instance_type = "huge".to_owned());
    assert!(refused(&odd).contains("orders: "), "{}", refused(&odd));
    let public = branch(Fleet::of(&[]), |theirs| {
        theirs.insert(desired("new").id, desired("new"));
        of(theirs, "new").spec.certificate = CertificateKind::WebPki;
    });
    assert!(refused(&public).contains("new: webpki needs a public DNS zone"), "{}", refused(&public));
    let same = branch(Fleet::of(&["orders"]), |_| ());
    assert!(refused(&same).contains("nothing of bigger differs from main"));
    let mut closed = branch(Fleet::of(&["orders"]), |theirs| theirs.clear());
    closed.merging.as_mut().expect("there").reviewed.request.state = RequestState::Merged;
    assert!(refused(&closed).contains("bigger was merged already"));
}

/// Main deleted it after the branch had brought it back into shape: as in a roll-back, it comes from its final copy.
#[test]
fn what_was_deleted_before_comes_back_from_its_copy() {
    let mut fleet = Fleet::of(&["orders"]).deleted("orders", Some(30));
    fleet.past.clear();
    let fleet = branch(fleet, |theirs| _ = theirs.insert(desired("orders").id, desired("orders")));
    let decision = fleet.decide(&merge()).expect("decided");
    let orders = decision.after[0].desired.as_ref().expect("it is there");
    assert_eq!(orders.spec.volume_gib, 30, "the copy holds as much");
    assert!(decision.notes[0].contains("final copy"), "{:?}", decision.notes);
}

/// One edit: of which deployment, which cell, to what.
type Edit = (&'static str, crate::model::Cell, &'static str);

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    use crate::model::Cell;
    let cell = prop_oneof![
        prop::sample::select(TYPES.to_vec()).prop_map(|to| (Cell::InstanceType, to)),
        prop::sample::select(vec!["20", "30"]).prop_map(|to| (Cell::VolumeGib, to)),
        prop::sample::select(vec!["5", "6"]).prop_map(|to| (Cell::Setting("back_log".to_owned()), to)),
        Just((Cell::Power, "stopped")),
    ];
    let which = prop::sample::select(vec!["orders", "billing"]);
    prop::collection::vec((which, cell).prop_map(|(which, (cell, to))| (which, cell, to)), 0..4)
}

fn edited(state: &mut BTreeMap<DeploymentId, Desired>, edits: &[Edit]) {
    for (which, cell, to) in edits {
        cell.write(of(state, which), Some(to)).expect("in bounds");
    }
}

/// What two branches come to by a model that knows nothing of merging: the last value of each cell that either edited;
/// none where both edited one to different values.
fn model(start: &Fleet, one: &[Edit], other: &[Edit]) -> Option<BTreeMap<DeploymentId, Desired>> {
    let mut result = start.past.clone();
    let values = |edits: &[Edit]| {
        let mut state = start.past.clone();
        edited(&mut state, edits);
        state
    };
    let (ones, others) = (values(one), values(other));
    for (which, cell, _) in one.iter().chain(other) {
        let read = |state: &BTreeMap<DeploymentId, Desired>| cell.read(&state[&desired(which).id]);
        let (was, one, other) = (read(&start.past), read(&ones), read(&others));
        let is = match (one == was, other == was) {
            (_, true) => one,
            (true, _) => other,
            _ if one == other => one,
            _ => return None,
        };
        cell.write(of(&mut result, which), is.as_deref()).expect("in bounds");
    }
    Some(result)
}

proptest! {
    /// Two branches, merged in either order or in conflict; then everything is rolled back.
    #[test]
    fn two_branches_come_to_what_a_model_says((one, other) in (edits(), edits())) {
        let start = Fleet::of(&["orders", "billing"]);
        let merged = |first: &[Edit], second: &[Edit]| {
            let mut fleet = start.clone();
            for edits in [first, second] {
                let prepared = branch(fleet.clone(), |theirs| edited(theirs, edits));
                match prepared.decide(&merge()) {
                    Ok(decision) => fleet.land(decision),
                    Err(refusal) if refusal.to_string().contains("nothing of bigger differs") => {}
                    Err(_) => return None,
                }
            }
            Some(fleet)
        };
        let wanted = model(&start, &one, &other);
        for fleet in [merged(&one, &other), merged(&other, &one)] {
            prop_assert_eq!(fleet.as_ref().map(|fleet| &fleet.snapshot.desired), wanted.as_ref());
            let Some(mut fleet) = fleet else { continue };
            let back = Change::RollBack { name: None, to: commit(), confirm: String::new() };
            if let Ok(decision) = fleet.decide(&back) {
                fleet.land(decision);
            }
            for (id, was) in &start.past {
                let mut is = fleet.snapshot.desired[id].clone();
                prop_assert!(is.spec.volume_gib >= was.spec.volume_gib, "a volume only grows");
                is.spec.volume_gib = was.spec.volume_gib;
                prop_assert_eq!(&is, was);
            }
        }
    }
}
