//! What others changed: mended, left alone or told, and in which order.

use super::*;

/// What is mended by itself when it was changed behind our back, and in which order.
#[test]
fn what_was_changed_behind_our_back_is_mended() {
    let (record, site) = (written_down(), aws());
    let mends = |observed: &Observed| {
        let desired = some_desired();
        actions(&Wanted { desired: Some(&desired), record: &record, intended: None, site: &site }, observed)
    };
    assert!(mends(&serving()).is_empty());
    let ended = but(|o| {
        instance(o).state = InstanceState::Terminated;
        volume(o).attached = None;
    });
    assert_eq!(mends(&ended), ["launch-instance", "attach-volume", "associate-address", "deploy"]);
    let detached = but(|o| (instance(o).volume, volume(o).attached) = (None, None));
    assert_eq!(mends(&detached), ["stop-instance", "attach-volume", "start-instance"]);
    // Before it was written down, and with nothing in effect any more.
    let (desired, new) = (some_desired(), some_record());
    let dead = but(|o| {
        (instance(o).volume, volume(o).attached) = (None, None);
        if let Seen::Present(report) = &mut o.agent {
            (report.dolt, report.applied) = (DoltState::Down, None);
        }
    });
    let fresh = Wanted { desired: Some(&desired), record: &new, intended: None, site: &site };
    assert!(matches!(next(&fresh, &dead, NOW), Next::Do(planned) if planned.step.action() == "stop-instance"));
    let type_edited = but(|o| instance(o).instance_type = "local.large".to_owned());
    assert_eq!(mends(&type_edited), ["stop-instance", "change-type", "start-instance"]);
    assert_eq!(mends(&but(|o| instance(o).state = InstanceState::Stopped)), ["start-instance"]);
    assert_eq!(mends(&but(|o| o.name = Seen::Absent)), ["publish-name"]);
    assert_eq!(mends(&but(|o| o.address = Seen::Absent)).last(), Some(&"publish-name"));
    assert_eq!(mends(&but(|o| instance(o).protected = true)), ["protect-instance"]);
    let elsewhere = but(|o| {
        instance(o).zone = "1b".to_owned();
        (instance(o).volume, volume(o).attached) = (None, None);
    });
    assert_eq!(mends(&elsewhere)[..3], ["terminate-instance", "launch-instance", "attach-volume"]);
}

/// Only the record beside its name was taken away: it is put back, and nothing is somebody else's.
#[test]
fn a_lost_mark_is_put_back_where_all_else_is_as_it_was_written_down() {
    let (desired, site) = (some_desired(), aws());
    let unmarked =
        but(|o| o.name = Seen::Present(NameRecord { owner: None, ..o.name.present().expect("one").clone() }));
    let next_of = |record: &Record, observed: &Observed| {
        next(&Wanted { desired: Some(&desired), record, intended: None, site: &site }, observed, NOW)
    };
    let led = Record { address: "127.0.0.9".into(), host_name: "orders.doltops.test".into(), ..written_down() };
    let Next::Do(planned) = next_of(&led, &unmarked) else { panic!("it is mended") };
    assert!(matches!(planned.step, Step::PublishName { to, .. } if to.to_string() == "127.0.0.9"));
    let elsewhere = Record { address: "127.0.0.8".into(), ..led };
    assert!(matches!(next_of(&elsewhere, &unmarked), Next::Blocked(_)), "it leads elsewhere: somebody's own");
    assert!(matches!(next_of(&written_down(), &unmarked), Next::Blocked(_)), "it was never ours");
}

#[test]
fn what_is_somebody_elses_is_left_and_told() {
    let (desired, record, site) = (some_desired(), written_down(), aws());
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &site };
    let name = but(|o| o.name = Seen::Present(NameRecord { owner: None, ..o.name.present().expect("one").clone() }));
    assert!(matches!(next(&wanted, &name, NOW), Next::Blocked(why) if why.contains("somebody else's")));
    let held = but(|o| volume(o).attached = Some(InstanceId::new("i-foreign")));
    assert!(matches!(next(&wanted, &held, NOW), Next::Blocked(why) if why.contains("i-foreign")));
    let gone = Record { deletion: Some(OperationId::new("op-2")), ..record };
    let wanted = Wanted { desired: None, record: &gone, intended: None, site: &site };
    let mut held = Observed { name: Seen::Absent, ..held };
    instance(&mut held).state = InstanceState::Stopped;
    assert!(matches!(next(&wanted, &held, NOW), Next::Blocked(why) if why.contains("i-foreign")));
}

/// Its data is lost and its instance too: its name must not lead to whoever gets the address next.
#[test]
fn the_name_of_what_is_lost_is_withdrawn_before_a_person_is_asked() {
    let (desired, record, site) = (some_desired(), written_down(), aws());
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &site };
    let lost = but(|o| {
        o.volume = Seen::Absent;
        instance(o).state = InstanceState::Terminated;
    });
    assert!(matches!(next(&wanted, &lost, NOW), Next::Do(planned) if planned.step.action() == "withdraw-name"));
    let withdrawn = Observed { name: Seen::Absent, ..lost };
    assert!(matches!(next(&wanted, &withdrawn, NOW), Next::Blocked(why) if why.contains("vol-1")));
}

#[test]
fn a_type_that_stands_in_is_right_until_another_is_wanted() {
    let (record, site) = (written_down(), aws());
    let stands = but(|o| {
        instance(o).instance_type = "local.other".to_owned();
        instance(o).stands_in =
            Some(StandsIn { is: "local.other".into(), wanted: "local.small".into(), why: "none to be had".into() });
    });
    let plan = |instance_type: &str| {
        let mut desired = some_desired();
        desired.spec.instance_type = instance_type.to_owned();
        actions(&Wanted { desired: Some(&desired), record: &record, intended: None, site: &site }, &stands)
    };
    assert!(plan("local.small").is_empty());
    assert_eq!(plan("local.large"), ["stop-instance", "change-type", "start-instance"]);
}
