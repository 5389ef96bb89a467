//! From files to the state that the control plane would have: what is decided is the server's own function.

use doltops::{
    hosted_api::{
        convert,
        decide::{Situation, decide},
    },
    manifest::{self, Manifest, Present, Whole},
    model::{
        CertificateKind, DeploymentId, DeploymentName, Desired, InstanceType, OperationId, Power, Record, Settings,
        Site, Spec,
    },
    store::Snapshot,
};
use doltops_proto::hosted_api::{
    Change,
    change::{self, Change as What},
};
use proptest::prelude::*;
use std::collections::BTreeMap;

const TYPES: [&str; 3] = ["local.small", "local.medium", "local.large"];

type Fleet = BTreeMap<DeploymentName, Whole>;

fn any_whole() -> impl Strategy<Value = Whole> {
    let settings = prop::sample::subsequence(
        vec![("max_connections", "40"), ("log_level", "debug"), ("behavior.event_scheduler", "ON"), ("back_log", "7")],
        0..=4,
    );
    let settings = settings.prop_map(|pairs| {
        pairs.into_iter().fold(Settings::default(), |all, (key, value)| all.with(key, value).expect("offered"))
    });
    (prop::sample::select(&TYPES[..]), 1..100u32, any::<(bool, bool, bool)>(), settings).prop_map(
        |(instance_type, volume_gib, (stopped, protected, paused), settings)| Whole {
            instance_type: instance_type.to_owned(),
            volume_gib,
            certificate: CertificateKind::SelfSigned,
            power: if stopped { Power::Stopped } else { Power::Running },
            protected,
            paused,
            settings,
        },
    )
}

fn any_fleet() -> impl Strategy<Value = Fleet> {
    prop::collection::btree_map("[a-f]".prop_map(|text| text.parse().expect("a name")), any_whole(), 1..6)
}

fn present(fleet: &Fleet) -> Present {
    Present {
        desired: fleet.clone(),
        types: TYPES.iter().map(|name| (*name).to_owned()).collect(),
        ..Present::default()
    }
}

fn snapshot(fleet: &Fleet) -> Snapshot {
    let id = |name: &DeploymentName| DeploymentId::new(format!("d-{name}"));
    let desired = |(name, whole): (&DeploymentName, &Whole)| {
        let spec = Spec {
            instance_type: whole.instance_type.clone(),
            volume_gib: whole.volume_gib,
            certificate: whole.certificate,
            settings: whole.settings.clone(),
        };
        let Whole { power, protected, paused, .. } = *whole;
        (id(name), Desired { id: id(name), name: name.clone(), spec, power, protected, paused })
    };
    Snapshot {
        commit: "0".repeat(32).parse().expect("a hash"),
        desired: fleet.iter().map(desired).collect(),
        records: fleet.keys().map(|name| (id(name), Record::new(id(name), name.clone()))).collect(),
        last_change: BTreeMap::new(),
    }
}

/// What the control plane makes of these changes.
fn landed(fleet: &Fleet, changes: &[Change]) -> Fleet {
    let snapshot = snapshot(fleet);
    let batch = What::Batch(change::Batch { changes: changes.to_vec(), confirm: String::new() });
    let change = convert::change(Some(Change { change: Some(batch) })).expect("well formed");
    let types = TYPES.map(|name| InstanceType { name: name.to_owned(), memory_mib: 1, vcpus: 1, max_connections: 1 });
    let situation = Situation {
        snapshot: &snapshot,
        past: None,
        undoing: None,
        merging: None,
        copies: &BTreeMap::new(),
        types: &types,
        site: &Site::default(),
        new_id: &DeploymentId::new("d-new"),
        operation: &OperationId::new("op-1"),
    };
    let mut desired = snapshot.desired.clone();
    for after in decide(&change, situation).expect("what was compared can be decided").after {
        match after.desired {
            Some(one) => _ = desired.insert(one.id.clone(), one),
            None => _ = desired.remove(&after.record.id),
        }
    }
    let whole = |one: Desired| Whole {
        instance_type: one.spec.instance_type,
        volume_gib: one.spec.volume_gib,
        certificate: one.spec.certificate,
        power: one.power,
        protected: one.protected,
        paused: one.paused,
        settings: one.spec.settings,
    };
    desired.into_values().map(|one| (one.name.clone(), whole(one))).collect()
}

fn files(fleet: &Fleet) -> Vec<Manifest> {
    manifest::read("all.yaml", &manifest::write(fleet).expect("plain data")).expect("what is written is read")
}

proptest! {
    #[test]
    fn what_was_exported_changes_nothing(fleet in any_fleet()) {
        prop_assert_eq!(manifest::changes(&files(&fleet), &present(&fleet), true), Ok(Vec::new()));
    }

    /// From any state to what any files say, and then nothing more; what only grows has grown.
    #[test]
    fn what_is_landed_is_what_the_files_say(now in any_fleet(), mut wanted in any_fleet(), prune: bool) {
        for (name, whole) in &mut wanted {
            whole.volume_gib = whole.volume_gib.max(now.get(name).map_or(0, |now| now.volume_gib));
        }
        let mut now = now;
        if prune {
            now.retain(|name, whole| wanted.contains_key(name) || !(whole.protected || whole.paused));
        }
        let mut expected = if prune { Fleet::new() } else { now.clone() };
        expected.extend(wanted.clone());
        let changes = manifest::changes(&files(&wanted), &present(&now), prune).expect("nothing forbids it");
        let after = if changes.is_empty() { now.clone() } else { landed(&now, &changes) };
        prop_assert_eq!(&after, &expected);
        prop_assert_eq!(manifest::changes(&files(&wanted), &present(&after), prune), Ok(Vec::new()));
    }
}
