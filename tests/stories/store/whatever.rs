//! Whatever is landed is read back, by those who follow and by those who come later.

use super::support::{House, id, land};
use doltops::{
    model::{
        CertificateKind, CopyId, DeploymentId, Desired, Generation, Incarnation, InstanceId, OperationId, Power,
        Record, Settings, Spec, VolumeId,
    },
    store::{Edit, Store},
};
use jiff::Timestamp;
use proptest::{collection, option, prelude::*, strategy::ValueTree, test_runner::TestRunner};
use std::collections::BTreeMap;

/// Four deployments, so that they are changed, removed and made again. Each has a name of its own.
fn which() -> impl Strategy<Value = usize> {
    0..4usize
}

fn name(which: usize) -> String {
    format!("n{which}")
}

/// Any text that a table's column takes; emoji, quotes and backslashes too.
fn text() -> impl Strategy<Value = String> {
    "[\\PC\n\\\\'\"%]{0,20}"
}

fn moment() -> impl Strategy<Value = Timestamp> {
    // From 1970 to 2100, to the microsecond.
    (0..4_102_444_800_000_000i64).prop_map(|micros| Timestamp::from_microsecond(micros).expect("in bounds"))
}

fn desired() -> impl Strategy<Value = Desired> {
    let settings = collection::btree_map("[a-c]", "[a-z0-9]{0,5}", 0..3).prop_map(Settings::stored);
    let spec = ("[a-z.]{1,20}", any::<u32>(), any::<bool>(), settings);
    (which(), spec, any::<(bool, bool, bool)>()).prop_map(|(number, (kind, gib, web, settings), (on, kept, rests))| {
        Desired {
            id: id(&name(number)),
            name: name(number).parse().expect("a name"),
            spec: Spec {
                instance_type: kind,
                volume_gib: gib,
                certificate: if web { CertificateKind::WebPki } else { CertificateKind::SelfSigned },
                settings,
            },
            power: if on { Power::Running } else { Power::Stopped },
            protected: kept,
            paused: rests,
        }
    })
}

fn record() -> impl Strategy<Value = Record> {
    let counters = (any::<u64>(), any::<u32>(), any::<u16>(), any::<bool>());
    let texts = (option::of(text()), option::of(text()), text(), text(), option::of(text()), option::of(text()));
    let facts = (text(), text(), text(), text());
    let rotated = (any::<u64>(), any::<u64>(), text(), text());
    (which(), counters, texts, facts, (option::of(moment()), option::of(moment())), rotated).prop_map(
        |(number, counters, texts, facts, until, rotated)| Record {
            id: id(&name(number)),
            name: name(number).parse().expect("a name"),
            generation: Generation(counters.0),
            incarnation: Incarnation(counters.1),
            instance: texts.0.map(InstanceId::new),
            volume: texts.1.map(VolumeId::new),
            address: texts.2,
            port: counters.2,
            host_name: facts.0,
            instance_type: facts.1,
            zone: facts.2,
            certificate_serial: facts.3,
            certificate_not_after: until.1,
            restart_id: texts.3,
            deletion: texts.4.map(OperationId::new),
            deleted: counters.3,
            final_copy: texts.5.map(CopyId::new),
            final_copy_until: until.0,
            identity_wanted: rotated.0,
            identity_floor: rotated.1,
            logins_wanted: rotated.2,
            logins_done: rotated.3,
        },
    )
}

fn edit() -> impl Strategy<Value = Edit> {
    prop_oneof![
        3 => desired().prop_map(Edit::PutDesired),
        1 => which().prop_map(|number| Edit::RemoveDesired(id(&name(number)))),
        2 => record().prop_map(Edit::PutRecord),
    ]
}

#[tokio::test]
async fn whatever_is_landed_is_read_back() {
    let house = House::start().await;
    let (follower, writer) = (house.store().await, house.store().await);
    let mut runner = TestRunner::default();
    let mut desired: BTreeMap<DeploymentId, Desired> = BTreeMap::new();
    let mut records: BTreeMap<DeploymentId, Record> = BTreeMap::new();
    for _ in 0..60 {
        let edit = edit().new_tree(&mut runner).expect("an edit").current();
        match edit.clone() {
            Edit::PutDesired(one) => _ = desired.insert(one.id.clone(), one),
            Edit::RemoveDesired(id) => _ = desired.remove(&id),
            Edit::PutRecord(one) => _ = records.insert(one.id.clone(), one),
            other => panic!("{other:?}"),
        }
        let author = text().new_tree(&mut runner).expect("a name").current();
        let message = text().new_tree(&mut runner).expect("a text").current();
        let base = writer.head().await.expect("a head");
        let mut landing = super::support::landing(&base, &format!("Change\n\n{message}"), vec![edit]);
        landing.author = author;
        let commit = writer.land(landing).await.expect("landed");
        let snapshot = follower.snapshot().await.expect("a snapshot");
        assert_eq!((&snapshot.desired, &snapshot.records), (&desired, &records));
        assert_eq!(follower.desired_at(&commit).await.expect("it is there"), desired);
    }
    land(&writer, "The last", vec![]).await.expect("nothing to do");
    let newcomer = house.store().await;
    assert_eq!(newcomer.snapshot().await.expect("a snapshot"), follower.snapshot().await.expect("a snapshot"));
    house.stop().await;
}
