//! What people read of a world that was changed behind the control plane's back.

use super::*;
use crate::{
    model::{InstanceId, NameRecord},
    reconcile::plan::tests::{aws, but, instance, serving, some_desired, volume, written_down},
};

fn led() -> Record {
    Record {
        address: "127.0.0.9".into(),
        host_name: "orders.doltops.test".into(),
        instance_type: "local.small".into(),
        ..written_down()
    }
}

fn told(observed: &Observed, stopped: bool) -> Vec<(&'static str, String, String)> {
    let all = drift(&led(), Some(&some_desired()), observed, &aws(), stopped);
    all.into_iter().map(|drift| (drift.what, drift.seen, drift.remedy)).collect()
}

#[test]
fn what_is_as_it_was_written_down_is_no_drift() {
    assert_eq!(told(&serving(), false), []);
}

/// The volume is attached again, and the instance has not started yet: we have stopped it for that.
#[test]
fn our_own_stop_is_no_drift() {
    let stopped = but(|o| instance(o).state = InstanceState::Stopped);
    assert_eq!(told(&stopped, true), []);
    assert_eq!(told(&stopped, false)[0].0, "power");
    let detached = but(|o| {
        instance(o).state = InstanceState::Stopped;
        (instance(o).volume, volume(o).attached) = (None, None);
    });
    assert_eq!(told(&detached, true).iter().map(|drift| drift.0).collect::<Vec<_>>(), ["attachment"]);
}

#[test]
fn a_replacement_that_is_launched_is_not_announced_again() {
    let gone = but(|o| instance(o).state = InstanceState::Terminated);
    assert_eq!(told(&gone, false)[0].2, "a new instance is launched with its volume");
    let replaced = but(|o| instance(o).id = InstanceId::new("i-2"));
    let (_, seen, remedy) = &told(&replaced, false)[0];
    assert_eq!(
        (seen.as_str(), remedy.as_str()),
        ("it is gone, i-2 was launched", "the new one takes its place, with its volume")
    );
}

/// The TXT record beside its name was taken away.
#[test]
fn a_lost_mark_is_drift_and_nobody_elses() {
    let unmarked = |ip: [u8; 4]| {
        but(|o| {
            let found = o.name.present().expect("one").clone();
            o.name = Seen::Present(NameRecord { owner: None, addresses: vec![ip.into()], ..found });
        })
    };
    let (what, seen, remedy) = &told(&unmarked([127, 0, 0, 9]), false)[0];
    assert_eq!((*what, remedy.as_str()), ("name", "that record is put back"));
    assert!(seen.contains("TXT"), "{seen}");
    assert!(told(&unmarked([10, 9, 8, 7]), false)[0].2.contains("somebody else's"));
}
