//! From a birth to an end, and what is lost on the way.

use super::*;

#[test]
fn a_deployment_that_nobody_deleted_is_not_removed_though_no_branch_has_it() {
    let record = Record { deletion: None, ..some_record() };
    let observed = Observed {
        volume: Seen::Present(Volume {
            id: VolumeId::new("vol-1"),
            deployment: id(),
            gib: 1,
            attached: None,
            zone: String::new(),
        }),
        instance: Seen::Absent,
        ..Observed::default()
    };
    let wanted = Wanted { desired: None, record: &record, intended: None, site: &Site::default() };
    assert_eq!(next(&wanted, &observed, NOW), Next::Settled);
}

#[test]
fn a_lost_volume_is_not_replaced_by_an_empty_one() {
    let record = Record { volume: Some(VolumeId::new("vol-9")), ..some_record() };
    let observed = Observed { volume: Seen::Absent, instance: Seen::Absent, ..Observed::default() };
    let desired = some_desired();
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &Site::default() };
    assert!(matches!(next(&wanted, &observed, NOW), Next::Blocked(why) if why.contains("vol-9")));
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_incarnation() {
    let (desired, record) = (some_desired(), some_record());
    let observed = Observed {
        volume: Seen::Present(Volume {
            id: VolumeId::new("vol-1"),
            deployment: id(),
            gib: 1,
            attached: None,
            zone: String::new(),
        }),
        instance: Seen::Absent,
        ..Observed::default()
    };
    for intended in [None, Some(Incarnation(1))] {
        let wanted = Wanted { desired: Some(&desired), record: &record, intended, site: &Site::default() };
        let Next::Do(planned) = next(&wanted, &observed, NOW) else { panic!("a launch") };
        assert!(matches!(planned.step, Step::LaunchInstance { incarnation: Incarnation(1), .. }));
    }
}

#[test]
fn a_birth_and_an_end_on_aws() {
    let (desired, record, site) = (some_desired(), some_record(), aws());
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &site };
    let birth = [
        "launch-instance",
        "create-volume",
        "attach-volume",
        "allocate-address",
        "associate-address",
        "deploy",
        "publish-name",
    ];
    assert_eq!(actions(&wanted, &absent()), birth);

    let record = Record { deletion: Some(OperationId::new("op-2")), ..record };
    let wanted = Wanted { desired: None, record: &record, intended: None, site: &site };
    let end = [
        "withdraw-name",
        "stop-instance",
        "take-final-copy",
        "terminate-instance",
        "release-address",
        "destroy-volume",
        "forget",
    ];
    assert_eq!(actions(&wanted, &serving()), end);
}

/// No public certificate can be had for a week: its database serves with one of the control plane's own, and says so.
#[test]
fn a_database_does_not_wait_for_its_authority() {
    let (mut desired, record, site) = (some_desired(), written_down(), aws());
    desired.spec.certificate = CertificateKind::WebPki;
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &site };
    let mut new = but(|o| {
        if let Seen::Present(report) = &mut o.agent {
            (report.dolt, report.applied, report.enrolled) = (DoltState::NotDeployed, None, false);
        }
    });
    let action = |observed: &Observed| match next(&wanted, observed, NOW) {
        Next::Do(planned) => planned.step.action(),
        _ => "",
    };
    assert_eq!(action(&new), "order-certificate");
    let refused = |minutes| OrderFailure {
        error: "5 a week".to_owned(),
        times: 1,
        since: NOW,
        again: NOW + SignedDuration::from_mins(minutes),
    };
    new.ordering.failure = Some(refused(1));
    assert_eq!(next(&wanted, &new, NOW), Next::Wait(Waiting::Authority), "it is over in a moment");
    let health = |observed: &Observed| health(&wanted, observed, &Tries::default(), None, NOW);
    assert_eq!(health(&new), (Health::Starting, "its certificate: 5 a week".to_owned()));
    new.ordering.failure = Some(refused(60));
    assert_eq!(action(&new), "deploy");

    let mut serves = but(|o| {
        if let Seen::Present(AgentReport { applied: Some(applied), .. }) = &mut o.agent {
            applied.certificate_names = vec!["orders.doltops.test".to_owned(), "localhost".to_owned()];
        }
    });
    assert_eq!(action(&serves), "order-certificate");
    serves.ordering.failure = Some(refused(60));
    assert_eq!(next(&wanted, &serves, NOW), Next::Settled);
    let (is, why) = health(&serves);
    assert!(is == Health::Degraded && why.contains("in the place of a public one: 5 a week"), "{why}");
}

/// What a stop takes the address from has its name led to the next one, and the plan says so.
#[test]
fn a_resize_where_addresses_are_public_and_do_not_stay() {
    let (record, site) = (some_record(), Site { elastic: false, moves: true, ..aws() });
    let mut desired = some_desired();
    desired.spec.instance_type = "local.large".to_owned();
    let wanted = Wanted { desired: Some(&desired), record: &record, intended: None, site: &site };
    let mut observed = Observed { address: Seen::Absent, ..serving() };
    if let (Seen::Present(name), Seen::Present(instance)) = (&mut observed.name, &observed.instance) {
        name.addresses = vec![instance.database.ip()];
    }
    let resize = ["stop-instance", "change-type", "start-instance", "publish-name"];
    assert_eq!(actions(&wanted, &observed), resize);
}
