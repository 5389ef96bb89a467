//! What each change makes of a small fleet, as a table; then whatever is asked for, at random.

mod batch;
mod merge;
mod undo;

use super::*;
use crate::model::{CertificateKind, CopyId, Generation, Incarnation};
use proptest::prelude::*;

const TYPES: [&str; 3] = ["local.small", "local.medium", "local.large"];

fn types() -> Vec<InstanceType> {
    let offered = |name: &&str| InstanceType { name: name.to_string(), memory_mib: 1, vcpus: 1, max_connections: 1 };
    TYPES.iter().map(offered).collect()
}

fn name(text: &str) -> DeploymentName {
    text.parse().expect("a name")
}

fn commit() -> CommitHash {
    "0".repeat(32).parse().expect("a hash")
}

fn desired(text: &str) -> Desired {
    Desired {
        id: DeploymentId::new(format!("d-{text}")),
        name: name(text),
        spec: Spec {
            instance_type: "local.small".to_owned(),
            volume_gib: 10,
            certificate: CertificateKind::SelfSigned,
            settings: Settings::default(),
        },
        power: Power::Running,
        protected: false,
        paused: false,
    }
}

fn record(text: &str) -> Record {
    Record {
        generation: Generation(7),
        incarnation: Incarnation(1),
        ..Record::new(DeploymentId::new(format!("d-{text}")), name(text))
    }
}

/// A fleet on one commit, and what was desired at an earlier one.
#[derive(Clone, Debug)]
struct Fleet {
    snapshot: Snapshot,
    past: BTreeMap<DeploymentId, Desired>,
    copies: BTreeMap<DeploymentId, u32>,
    undoing: Option<Undoing>,
    merging: Option<Merging>,
    made: u32,
}

impl Fleet {
    /// These, as they are by default; the past is the same.
    fn of(names: &[&str]) -> Self {
        let all: BTreeMap<_, _> = names.iter().map(|text| (desired(text).id, desired(text))).collect();
        let records = names.iter().map(|text| (record(text).id, record(text))).collect();
        let snapshot = Snapshot { commit: commit(), desired: all.clone(), records, last_change: BTreeMap::new() };
        Self { snapshot, past: all, copies: BTreeMap::new(), undoing: None, merging: None, made: 0 }
    }

    /// With one of them changed since.
    fn now(mut self, text: &str, change: impl FnOnce(&mut Desired)) -> Self {
        change(self.snapshot.desired.get_mut(&desired(text).id).expect("there"));
        self
    }

    /// With one of them different then.
    fn then(mut self, text: &str, change: impl FnOnce(&mut Desired)) -> Self {
        change(self.past.get_mut(&desired(text).id).expect("there"));
        self
    }

    /// With one of them deleted since, its final copy of so many GiB; none: there is no copy.
    fn deleted(mut self, text: &str, copy: Option<u32>) -> Self {
        let id = desired(text).id;
        self.snapshot.desired.remove(&id);
        let record = self.snapshot.records.get_mut(&id).expect("there");
        record.deletion = Some(OperationId::new("op-delete"));
        record.deleted = true;
        record.final_copy = copy.map(|_| CopyId::new("copy-1"));
        self.copies.extend(copy.map(|gib| (id, gib)));
        self
    }

    fn decide(&self, change: &Change) -> Result<Decision, Refusal> {
        let situation = Situation {
            snapshot: &self.snapshot,
            past: Some(&self.past),
            undoing: self.undoing.as_ref(),
            merging: self.merging.as_ref(),
            copies: &self.copies,
            types: &types(),
            site: &Site::default(),
            new_id: &DeploymentId::new(format!("d-new{}", self.made)),
            operation: &OperationId::new("op-1"),
        };
        decide(change, situation)
    }

    /// The decision on `orders`, which must be the only one that changes.
    #[track_caller]
    fn orders(&self, change: &Change) -> (Desired, Record, Vec<String>) {
        let decision = self.decide(change).expect("decided");
        let [after] = decision.after.as_slice() else { panic!("one changes: {decision:?}") };
        (after.desired.clone().expect("it stays"), after.record.clone(), decision.notes)
    }

    /// Lands a decision, as the store would.
    fn land(&mut self, decision: Decision) {
        self.made += 1;
        for after in decision.after {
            match after.desired {
                Some(desired) => _ = self.snapshot.desired.insert(desired.id.clone(), desired),
                None => _ = self.snapshot.desired.remove(&after.record.id),
            }
            self.snapshot.records.insert(after.record.id.clone(), after.record);
        }
    }
}

fn resize(instance_type: Option<&str>, volume_gib: Option<u32>) -> Change {
    Change::Resize { name: name("orders"), instance_type: instance_type.map(str::to_owned), volume_gib }
}

fn create(text: &str) -> Change {
    Change::Create {
        name: name(text),
        instance_type: None,
        volume_gib: None,
        certificate: CertificateKind::SelfSigned,
        settings: BTreeMap::new(),
    }
}

fn back(text: &str) -> Change {
    Change::RollBack { name: Some(name(text)), to: commit(), confirm: String::new() }
}

const BACK_ALL: fn() -> Change = || Change::RollBack { name: None, to: commit(), confirm: String::new() };

fn set(key: &str, value: &str) -> Change {
    Change::Set { name: name("orders"), settings: BTreeMap::from([(key.to_owned(), value.to_owned())]) }
}

fn delete(text: &str, confirm: &str) -> Change {
    Change::Delete { name: name(text), confirm: confirm.to_owned() }
}

/// What is refused: the change, on which fleet, and the field that is named or the words that say why.
#[test]
fn a_refusal_names_the_field_or_says_why() {
    let fleet = || Fleet::of(&["orders"]);
    let orders = || name("orders");
    let mut odd = fleet();
    odd = odd.then("orders", |then| then.spec.instance_type = "local.gone".to_owned());
    let mut going = Fleet::of(&["orders", "old"]).deleted("old", None);
    going.snapshot.records.get_mut(&desired("old").id).expect("there").deleted = false;
    for (change, fleet, told) in [
        (create("orders"), fleet(), "name: 'orders' is taken"),
        (create("old"), going.clone(), "name: 'old' is still being deleted"),
        (resize(None, None), fleet(), "type: "),
        (resize(Some("local.huge"), None), fleet(), "type: 'local.huge' is not offered"),
        (resize(None, Some(9)), fleet(), "volume: 9 GiB is less than the 10 GiB"),
        (resize(Some("local.small"), Some(10)), fleet(), "orders is like that already"),
        (set("datadir", "/"), fleet(), "datadir: "),
        (set("max_connections", "0"), fleet(), "max_connections: "),
        (Change::Start(orders()), fleet(), "orders is like that already"),
        (Change::Restart(orders()), fleet().now("orders", |it| it.power = Power::Stopped), "orders is stopped"),
        (delete("orders", ""), fleet(), "confirm: "),
        (delete("orders", "orders"), fleet().now("orders", |it| it.protected = true), "orders is protected"),
        (delete("orders", "orders"), fleet().now("orders", |it| it.paused = true), "orders is paused"),
        (Change::Stop(name("other")), fleet(), "there is no deployment other"),
        (back("other"), fleet(), "there is no deployment other, and there was none"),
        (back("orders"), fleet(), "orders is as it was"),
        (back("orders"), odd, "to: orders was local.gone then"),
        (back("old"), going, "old is being deleted"),
        (BACK_ALL(), fleet(), "everything is as it was"),
    ] {
        let refusal = fleet.decide(&change).expect_err("refused").to_string();
        assert!(refusal.starts_with(told), "{change:?}: {refusal}");
    }
}

#[test]
fn an_edit_changes_what_it_names_and_raises_the_generation() {
    let fleet = Fleet::of(&["billing", "orders"]);
    let (after, record, _) = fleet.orders(&resize(Some("local.large"), Some(20)));
    let mut expected = desired("orders");
    (expected.spec.instance_type, expected.spec.volume_gib) = ("local.large".to_owned(), 20);
    assert_eq!((after, record.generation), (expected, Generation(8)));
    let (after, ..) = fleet.orders(&set("max_connections", "050"));
    assert_eq!(after.spec.settings.as_map()["max_connections"], "50");
    let (after, record, _) = fleet.orders(&Change::Restart(name("orders")));
    assert_eq!((after, record.restart_id.as_str()), (desired("orders"), "op-1"));
}

#[test]
fn a_deletion_is_marked_with_its_operation() {
    let decision = Fleet::of(&["orders"]).decide(&delete("orders", "orders")).expect("decided");
    assert_eq!(decision.after[0].desired, None);
    assert_eq!(decision.after[0].record.deletion, Some(OperationId::new("op-1")));
}

/// What a roll-back keeps in spite of the past, and that it says so.
#[test]
fn a_roll_back_keeps_growth_protection_and_pause() {
    let fleet = Fleet::of(&["orders"]).now("orders", |now| {
        (now.spec.instance_type, now.spec.volume_gib) = ("local.large".to_owned(), 20);
        (now.protected, now.paused) = (true, true);
    });
    let (after, _, notes) = fleet.orders(&back("orders"));
    assert_eq!((after.spec.instance_type.as_str(), after.spec.volume_gib), ("local.small", 20));
    assert!(after.protected && after.paused);
    for said in ["volume stays 20 GiB (it had 10 then)", "protection stays", "stays paused"] {
        assert!(notes.iter().any(|note| note.contains(said)), "{said}: {notes:?}");
    }
}

#[test]
fn what_was_deleted_comes_back_from_its_copy_or_empty() {
    let fleet = Fleet::of(&["orders"]).deleted("orders", Some(30));
    let (after, record, notes) = fleet.orders(&back("orders"));
    assert_eq!((after.spec.volume_gib, record.generation), (30, Generation(8)));
    assert!(record.deletion.is_none() && !record.deleted && record.final_copy.is_some());
    assert!(notes[0].contains("from its final copy copy-1"), "{notes:?}");
    let (.., notes) = Fleet::of(&["orders"]).deleted("orders", None).orders(&back("orders"));
    assert!(notes[0].contains("comes back empty"), "{notes:?}");
}

#[test]
fn a_roll_back_of_all_stops_before_it_deletes_many() {
    let made_since = |names: &[&str]| {
        let mut fleet = Fleet::of(names);
        fleet.past.retain(|id, _| *id == desired("orders").id);
        fleet
    };
    let three = made_since(&["a", "b", "c", "orders"]).decide(&BACK_ALL()).expect("within the brake");
    assert_eq!(three.after.iter().filter(|after| after.desired.is_none()).count(), 3);
    let four = made_since(&["a", "b", "c", "d", "orders"]);
    assert!(four.decide(&BACK_ALL()).expect_err("stopped").to_string().contains("would delete 4"));
    let spared = four.now("d", |it| it.protected = true).decide(&BACK_ALL()).expect("d stays");
    assert!(spared.notes[0].contains("d was made since and stays: it is protected"), "{:?}", spared.notes);
}

const NAMES: [&str; 4] = ["orders", "billing", "a", "b"];

fn any_name() -> impl Strategy<Value = DeploymentName> {
    prop::sample::select(NAMES.as_slice()).prop_map(name)
}

fn any_type() -> impl Strategy<Value = Option<String>> {
    prop::option::of(prop::sample::select(vec!["local.small", "local.medium", "local.large", "local.huge"]))
        .prop_map(|picked| picked.map(str::to_owned))
}

fn any_change() -> impl Strategy<Value = Change> {
    let gib = || prop::option::of(spec::SMALLEST_VOLUME..50);
    let setting = (
        prop::sample::select(vec!["max_connections", "log_level", "data_dir"]),
        prop::sample::select(vec!["", "0", "100", "debug"]),
    );
    let settings = setting.prop_map(|(key, value)| BTreeMap::from([(key.to_owned(), value.to_owned())]));
    prop_oneof![
        3 => (any_name(), any_type(), gib()).prop_map(|(name, instance_type, volume_gib)| Change::Create {
            name,
            instance_type,
            volume_gib,
            certificate: CertificateKind::SelfSigned,
            settings: BTreeMap::new(),
        }),
        3 => (any_name(), any_type(), gib())
            .prop_map(|(name, instance_type, volume_gib)| Change::Resize { name, instance_type, volume_gib }),
        1 => (any_name(), settings).prop_map(|(name, settings)| Change::Set { name, settings }),
        2 => (any_name(), 0..7usize).prop_map(|(name, which)| {
            let all = [
                Change::Stop, Change::Start, Change::Restart, Change::Pause, Change::Resume, Change::Protect,
                Change::Unprotect,
            ];
            all[which](name)
        }),
        2 => any_name().prop_map(|name| Change::Delete { confirm: name.to_string(), name }),
        3 => prop::option::of(any_name()).prop_map(|name| Change::RollBack { name, to: commit(), confirm: String::new() }),
    ]
}

/// What must hold of any decision, whatever it was about.
fn holds(before: &Fleet, change: &Change, decision: &Decision) -> Result<(), TestCaseError> {
    prop_assert!(!decision.after.is_empty() && !decision.summary.is_empty());
    for after in &decision.after {
        let record = before.snapshot.records.get(&after.record.id);
        prop_assert!(after.record.generation > record.map_or(Generation(0), |record| record.generation));
        let was = before.snapshot.desired.get(&after.record.id);
        let Some(desired) = &after.desired else {
            prop_assert!(was.is_some_and(|was| !was.protected && !was.paused), "it was spared");
            prop_assert!(after.record.deletion.is_some(), "what goes is marked");
            continue;
        };
        prop_assert_eq!((&desired.id, &desired.name), (&after.record.id, &after.record.name));
        prop_assert!(TYPES.contains(&desired.spec.instance_type.as_str()));
        prop_assert!(spec::volume_gib(desired.spec.volume_gib.into()).is_ok());
        let settings = desired.spec.settings.as_map();
        prop_assert_eq!(with_settings(Settings::default(), settings), Ok(desired.spec.settings.clone()));
        let Some(was) = was else { continue };
        prop_assert!(desired.spec.volume_gib >= was.spec.volume_gib, "a volume only grows");
        if matches!(change, Change::RollBack { .. }) {
            prop_assert!(desired.protected >= was.protected && desired.paused >= was.paused);
        }
    }
    Ok(())
}

proptest! {
    /// Whatever is asked for in whatever order, with deletions that end and pasts that are kept here and there.
    #[test]
    fn whatever_is_asked_for_the_fleet_stays_valid(
        changes in prop::collection::vec((any_change(), 0..6u8), 1..40),
    ) {
        let mut fleet = Fleet::of(&["orders"]);
        for (change, chance) in changes {
            if let Ok(decision) = fleet.decide(&change) {
                holds(&fleet, &change, &decision)?;
                fleet.land(decision);
            }
            match chance {
                0 => fleet.past = fleet.snapshot.desired.clone(),
                1 => fleet.snapshot.records.values_mut().for_each(|record| record.deleted = record.deletion.is_some()),
                _ => {}
            }
            let names: std::collections::BTreeSet<_> = fleet.snapshot.desired.values().map(|one| &one.name).collect();
            prop_assert_eq!(names.len(), fleet.snapshot.desired.len(), "a name is one deployment's");
        }
    }
}

/// The plan is there without the word; the landing is not.
#[test]
fn a_roll_back_of_all_that_deletes_asks_for_a_typed_word() {
    let typed = |fleet: &Fleet, confirm: &str| {
        let change = Change::RollBack { name: None, to: commit(), confirm: confirm.to_owned() };
        let decision = fleet.decide(&change).expect("it can be shown");
        crate::hosted_api::confirm::typed(&change, &decision, &fleet.snapshot)
    };
    let mut deletes = Fleet::of(&["newer", "orders"]);
    deletes.past.remove(&desired("newer").id);
    for wrong in ["", "newer", "ALL"] {
        let problem = typed(&deletes, wrong).expect_err("refused");
        assert_eq!((problem.kind.exit_code(), problem.field.as_str()), (2, "confirm"));
        assert!(problem.what.contains("newer"), "{problem}");
        assert_eq!(problem.next, format!("doltops rollback --all --to {} --confirm all", commit()));
    }
    assert_eq!(typed(&deletes, "all"), Ok(()));
    let edits = Fleet::of(&["orders"]).now("orders", |it| it.spec.instance_type = "local.large".to_owned());
    assert_eq!(typed(&edits, ""), Ok(()));
}
