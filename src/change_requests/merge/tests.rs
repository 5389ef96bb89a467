use super::*;
use crate::model::{CertificateKind, Power, Settings, Spec};
use jiff::Timestamp;
use proptest::prelude::*;

fn desired(id: &str, name: &str) -> Desired {
    Desired {
        id: DeploymentId::new(id),
        name: name.parse().expect("a name"),
        spec: Spec {
            instance_type: "small".to_owned(),
            volume_gib: 10,
            certificate: CertificateKind::SelfSigned,
            settings: Settings::default(),
        },
        power: Power::Running,
        protected: false,
        paused: false,
    }
}

fn state(of: impl IntoIterator<Item = Desired>) -> State {
    of.into_iter().map(|desired| (desired.id.clone(), desired)).collect()
}

/// `orders`, edited.
fn orders(edit: impl FnOnce(&mut Desired)) -> State {
    let mut orders = desired("d-1", "orders");
    edit(&mut orders);
    state([orders])
}

fn set(key: &str, value: &str) -> impl Fn(&mut Desired) {
    let cell = Cell::Setting(key.to_owned());
    move |desired| cell.write(desired, Some(value).filter(|value| !value.is_empty())).expect("in bounds")
}

fn kind(to: &str) -> impl Fn(&mut Desired) {
    move |desired| to.clone_into(&mut desired.spec.instance_type)
}

const NOBODY: &BTreeSet<DeploymentName> = &BTreeSet::new();

fn merged(base: &State, ours: &State, theirs: &State, resolutions: &[Resolution]) -> Merged {
    merge(Sides { base, ours, theirs, going: NOBODY }, resolutions)
}

/// Decides every conflict alike.
fn resolved(base: &State, ours: &State, theirs: &State, choice: &Choice) -> Result<Merged, Refusal> {
    let sides = Sides { base, ours, theirs, going: NOBODY };
    let first = merge(sides, &[]);
    let mut resolutions = Vec::new();
    for conflict in &first.conflicts {
        resolutions.push(Resolution {
            deployment: conflict.deployment.clone(),
            cell: conflict.cell.clone(),
            ours: conflict.ours.clone(),
            theirs: conflict.theirs.clone(),
            value: settle(conflict, choice, sides, &first)?,
            by: By { at: Timestamp::UNIX_EPOCH, who: "ann".to_owned() },
        });
    }
    Ok(merge(sides, &resolutions))
}

fn addresses(merged: &Merged) -> Vec<String> {
    merged.open().map(Conflict::address).collect()
}

#[test]
fn edits_of_different_cells_of_one_deployment_merge() {
    let base = orders(|_| ());
    let ours = orders(set("max_connections", "40"));
    let theirs = orders(|it| {
        kind("large")(it);
        it.spec.volume_gib = 20;
        set("log_level", "debug")(it);
        it.protected = true;
    });
    let done = merged(&base, &ours, &theirs, &[]);
    let both = orders(|it| {
        set("max_connections", "40")(it);
        it.spec.instance_type = "large".to_owned();
        it.spec.volume_gib = 20;
        set("log_level", "debug")(it);
        it.protected = true;
    });
    assert_eq!((&done.state, addresses(&done)), (&both, Vec::new()));
    assert_eq!(merged(&base, &theirs, &theirs, &[]).state, theirs, "edited alike on both sides");
}

#[test]
fn the_same_cell_conflicts_and_main_stands_until_it_is_decided() {
    let base = orders(|_| ());
    for (ours, theirs, address) in [
        (orders(kind("medium")), orders(kind("large")), "orders.instance_type"),
        (orders(set("back_log", "5")), orders(set("back_log", "6")), "orders.back_log"),
        (orders(|it| it.spec.volume_gib = 20), orders(|it| it.spec.volume_gib = 30), "orders.volume_gib"),
    ] {
        let open = merged(&base, &ours, &theirs, &[]);
        assert_eq!((addresses(&open), &open.state), (vec![address.to_owned()], &ours));
        for (choice, wanted) in [(Choice::Ours, &ours), (Choice::Theirs, &theirs)] {
            let done = resolved(&base, &ours, &theirs, &choice).expect("decided");
            assert_eq!((addresses(&done), &done.state, done.conflicts.len()), (Vec::new(), wanted, 1));
        }
    }
}

/// Taking a setting back to its default is an edit of its cell.
#[test]
fn a_default_is_a_value() {
    let base = orders(set("back_log", "5"));
    let (back, other) = (orders(|_| ()), orders(set("back_log", "6")));
    assert_eq!(merged(&base, &base, &back, &[]).state, back);
    let open = merged(&base, &other, &back, &[]);
    assert_eq!(addresses(&open), ["orders.back_log"]);
    assert_eq!((open.conflicts[0].ours.as_deref(), open.conflicts[0].theirs.as_deref()), (Some("6"), None));
    assert_eq!(resolved(&base, &other, &back, &Choice::Theirs).expect("decided").state, back);
    assert_eq!(resolved(&base, &other, &back, &Choice::Value(String::new())).expect("decided").state, back);
}

#[test]
fn a_value_of_ones_own_is_checked_and_kept_as_it_is_written() {
    let base = orders(|_| ());
    let (ours, theirs) = (orders(set("back_log", "5")), orders(set("back_log", "6")));
    let own = |text: &str| resolved(&base, &ours, &theirs, &Choice::Value(text.to_owned()));
    assert_eq!(own("007").expect("in bounds").state, orders(set("back_log", "7")));
    assert!(matches!(own("many"), Err(Refusal::Invalid { field, .. }) if field == "value"));
    let grown = |gib| orders(|it| it.spec.volume_gib = gib);
    let smaller = resolved(&base, &grown(30), &grown(20), &Choice::Theirs);
    assert!(smaller.expect_err("it would shrink").to_string().contains("main has 30 GiB; a volume only grows"));
}

/// A decision is for what was seen: when main moves on under it, it is asked for again.
#[test]
fn a_decision_is_for_the_values_it_was_made_for() {
    let base = orders(|_| ());
    let (ours, theirs) = (orders(kind("medium")), orders(kind("large")));
    let decision = Resolution {
        deployment: DeploymentId::new("d-1"),
        cell: Cell::InstanceType,
        ours: Some("medium".to_owned()),
        theirs: Some("large".to_owned()),
        value: Some("large".to_owned()),
        by: By { at: Timestamp::UNIX_EPOCH, who: "ann".to_owned() },
    };
    let decided = [decision];
    assert_eq!(addresses(&merged(&base, &ours, &theirs, &decided)), Vec::<String>::new());
    assert_eq!(addresses(&merged(&base, &orders(kind("xlarge")), &theirs, &decided)), ["orders.instance_type"]);
    let settled = merged(&base, &theirs, &theirs, &decided);
    assert!(settled.conflicts.is_empty(), "main says the same now");
}

#[test]
fn what_one_side_deletes_goes_unless_the_other_edited_it() {
    let (base, gone) = (orders(|_| ()), State::new());
    let edited = orders(kind("large"));
    assert_eq!(merged(&base, &base, &gone, &[]).state, gone);
    assert_eq!(merged(&base, &gone, &base, &[]).state, gone);
    assert_eq!(merged(&base, &gone, &gone, &[]).state, gone);
    for (ours, theirs) in [(&edited, &gone), (&gone, &edited)] {
        let open = merged(&base, ours, theirs, &[]);
        assert_eq!((addresses(&open), &open.state), (vec!["orders".to_owned()], ours));
        assert_eq!(resolved(&base, ours, theirs, &Choice::Theirs).expect("decided").state, *theirs);
        assert_eq!(resolved(&base, ours, theirs, &Choice::Ours).expect("decided").state, *ours);
        resolved(&base, ours, theirs, &Choice::Value("x".to_owned())).expect_err("neither");
    }
}

/// What the request changes is not told of what stays as main has it.
#[test]
fn a_deployment_that_is_to_stay_is_as_on_main() {
    let (base, ours, theirs) = (orders(|_| {}), orders(|it| it.protected = true), State::new());
    let stays = |choice: &Choice| {
        let merged = resolved(&base, &ours, &theirs, choice).expect("decided");
        merged.stay_as_on_main().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(stays(&Choice::Ours), ["d-1"]);
    assert!(stays(&Choice::Theirs).is_empty());
    assert_eq!(merged(&base, &ours, &theirs, &[]).stay_as_on_main().count(), 0, "nobody has decided it");
}

#[test]
fn a_name_is_given_once() {
    let base = orders(|_| ());
    let with = |id: &str, name: &str| state(base.values().cloned().chain([desired(id, name)]));
    let (ours, theirs) = (with("d-2", "billing"), with("d-3", "billing"));
    let open = merged(&base, &ours, &theirs, &[]);
    assert_eq!((addresses(&open), &open.state), (vec!["billing.name".to_owned()], &ours));
    assert_eq!(resolved(&base, &ours, &theirs, &Choice::Ours).expect("decided").state, ours);
    for taken in ["billing", "orders"] {
        resolved(&base, &ours, &theirs, &Choice::Value(taken.to_owned())).expect_err(taken);
    }
    resolved(&base, &ours, &theirs, &Choice::Theirs).expect_err("main has it");
    let other = resolved(&base, &ours, &theirs, &Choice::Value("billing-2".to_owned())).expect("free");
    assert_eq!(other.state[&DeploymentId::new("d-3")].name.as_str(), "billing-2");
    assert_eq!(other.state.len(), 3);
}

/// Its holder is on its way out: the new one would wait for it for as long as a final copy takes.
#[test]
fn a_name_is_free_when_its_holder_is_gone() {
    let base = orders(|_| ());
    let theirs = state([desired("d-9", "orders")]);
    assert_eq!(addresses(&merged(&base, &base, &theirs, &[])), ["orders.name"]);
    let going = BTreeSet::from(["late".parse().expect("a name")]);
    let theirs = state([desired("d-9", "late")]);
    let sides = Sides { base: &State::new(), ours: &State::new(), theirs: &theirs, going: &going };
    assert_eq!(addresses(&merge(sides, &[])), ["late.name"]);
}

#[test]
fn a_volume_never_shrinks_and_nothing_is_renamed() {
    let base = orders(|it| it.spec.volume_gib = 20);
    let theirs = orders(|it| it.name = "other".parse().expect("a name"));
    let done = merged(&base, &base, &theirs, &[]);
    assert_eq!(done.state, base);
    assert_eq!(done.notes.len(), 2, "{:?}", done.notes);
}

/// One edit of one side. Names of new deployments are few, so that they clash.
#[derive(Clone, Debug)]
enum Edit {
    Kind(usize, &'static str),
    Grow(usize, u32),
    Set(usize, &'static str),
    Unset(usize),
    Stop(usize),
    Protect(usize),
    Delete(usize),
    Create(usize),
}

fn edit() -> impl Strategy<Value = Edit> {
    let which = || 0..3_usize;
    prop_oneof![
        (which(), prop::sample::select(vec!["small", "medium", "large"])).prop_map(|(i, to)| Edit::Kind(i, to)),
        (which(), 1..3_u32).prop_map(|(i, by)| Edit::Grow(i, by * 10)),
        (which(), prop::sample::select(vec!["10", "20"])).prop_map(|(i, to)| Edit::Set(i, to)),
        which().prop_map(Edit::Unset),
        which().prop_map(Edit::Stop),
        which().prop_map(Edit::Protect),
        which().prop_map(Edit::Delete),
        which().prop_map(Edit::Create),
    ]
}

fn edited(base: &State, edits: &[Edit], side: &str) -> State {
    let mut state = base.clone();
    for edit in edits {
        let id = |i: &usize| DeploymentId::new(format!("d-{i}"));
        match edit {
            Edit::Delete(i) => _ = state.remove(&id(i)),
            Edit::Create(i) => {
                let (id, name) = (format!("d-{side}-{i}"), format!("new-{i}"));
                state.insert(DeploymentId::new(id.clone()), desired(&id, &name));
            }
            Edit::Kind(i, to) => _ = state.get_mut(&id(i)).map(kind(to)),
            Edit::Grow(i, by) => _ = state.get_mut(&id(i)).map(|it| it.spec.volume_gib += by),
            Edit::Set(i, to) => _ = state.get_mut(&id(i)).map(set("back_log", to)),
            Edit::Unset(i) => _ = state.get_mut(&id(i)).map(set("back_log", "")),
            Edit::Stop(i) => _ = state.get_mut(&id(i)).map(|it| it.power = Power::Stopped),
            Edit::Protect(i) => _ = state.get_mut(&id(i)).map(|it| it.protected = true),
        }
    }
    state
}

fn three() -> State {
    state((0..3).map(|i| desired(&format!("d-{i}"), &format!("n-{i}"))))
}

fn sides() -> impl Strategy<Value = (State, State)> {
    let edits = || prop::collection::vec(edit(), 0..6);
    (edits(), edits()).prop_map(|(ours, theirs)| (edited(&three(), &ours, "a"), edited(&three(), &theirs, "b")))
}

proptest! {
    #[test]
    fn either_order_gives_the_same_or_both_conflict((one, other) in sides()) {
        let (there, back) = (merged(&three(), &one, &other, &[]), merged(&three(), &other, &one, &[]));
        prop_assert_eq!(addresses(&there), addresses(&back));
        if there.conflicts.is_empty() {
            prop_assert_eq!(there.state, back.state);
        }
    }

    #[test]
    fn one_who_decides_everything_leaves_no_conflict((ours, theirs) in sides(), mine in any::<bool>()) {
        let choice = if mine { Choice::Ours } else { Choice::Theirs };
        if let Ok(done) = resolved(&three(), &ours, &theirs, &choice) {
            prop_assert_eq!(addresses(&done), Vec::<String>::new());
        } else {
            prop_assert!(!mine, "main as it stands is always a way out");
        }
    }

    #[test]
    fn what_nobody_edited_stays_and_what_one_edited_is_theirs((ours, theirs) in sides()) {
        let base = three();
        let done = merged(&base, &ours, &theirs, &[]);
        prop_assert_eq!(merged(&base, &base, &theirs, &[]).state, theirs.clone());
        prop_assert_eq!(merged(&base, &ours, &base, &[]).state, ours.clone());
        for (id, was) in &base {
            let (Some(our), Some(their), Some(is)) = (ours.get(id), theirs.get(id), done.state.get(id)) else { continue };
            for cell in COLUMNS.into_iter().chain([Cell::Setting("back_log".to_owned())]) {
                let (was, our, their) = (cell.read(was), cell.read(our), cell.read(their));
                let wanted = if our == was { their } else { our };
                prop_assert_eq!(cell.read(is), wanted, "{}", cell);
            }
        }
    }

    #[test]
    fn no_two_have_one_name((ours, theirs) in sides()) {
        let done = merged(&three(), &ours, &theirs, &[]);
        let names: BTreeSet<&DeploymentName> = done.state.values().map(|desired| &desired.name).collect();
        prop_assert_eq!(names.len(), done.state.len());
    }
}
