//! Whatever is wanted and whatever was seen, the plan keeps its promises.

use super::*;
use crate::{
    model::{
        Address, AddressId, AgentReport, Applied, CertificateKind, Copy, CopyId, DeploymentId, DoltState, Epoch,
        Generation, InstanceId, NameRecord, OperationId, OrderFailure, Settings, Spec, StandsIn, Volume, VolumeId,
    },
    reconcile::{
        health::{Health, Tries, health},
        preview::{Preview, preview},
    },
};
use proptest::{option, prelude::*};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn id() -> DeploymentId {
    DeploymentId::new("d-1")
}

/// From this machine to a cloud with everything.
fn any_site() -> impl Strategy<Value = Site> {
    any::<(bool, bool, bool, bool)>().prop_map(|(follows, names, elastic, protects)| Site {
        domain: "doltops.test".to_owned(),
        names,
        volume_follows: follows,
        elastic,
        protects,
        zones: if follows { vec!["1a".to_owned(), "1b".to_owned()] } else { Vec::new() },
        ..Site::default()
    })
}

fn zone(number: usize) -> String {
    ["", "1a", "1b"][number].to_owned()
}

fn any_volume() -> impl Strategy<Value = Volume> {
    (1u32..5, 0usize..4, 0usize..3).prop_map(|(gib, holder, number)| Volume {
        id: VolumeId::new("vol-1"),
        deployment: id(),
        gib,
        attached: [None, Some("i-3"), Some("i-2"), Some("i-foreign")][holder].map(InstanceId::new),
        zone: zone(number),
    })
}

fn any_name() -> impl Strategy<Value = NameRecord> {
    (0usize..3, 0u8..3).prop_map(|(owner, last)| NameRecord {
        name: "orders.doltops.test".to_owned(),
        addresses: vec![[127, 0, 0, last].into()],
        ttl: 60,
        owner: [None, Some("d-1"), Some("d-9")][owner].map(DeploymentId::new),
    })
}

fn any_address() -> impl Strategy<Value = Address> {
    (0usize..3).prop_map(|to| Address {
        id: AddressId::new("eip-1"),
        deployment: id(),
        ip: [127, 0, 0, 9].into(),
        instance: [None, Some("i-3"), Some("i-2")][to].map(InstanceId::new),
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    (0u32..4, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(incarnation, volume, restart, deletion, copy)| Record {
            id: id(),
            name: "orders".parse().expect("a name"),
            generation: Generation(5),
            incarnation: Incarnation(incarnation),
            instance: (incarnation > 0).then(|| InstanceId::new(format!("i-{incarnation}"))),
            volume: volume.then(|| VolumeId::new("vol-1")),
            address: String::new(),
            port: 0,
            host_name: String::new(),
            instance_type: String::new(),
            zone: String::new(),
            certificate_serial: String::new(),
            certificate_not_after: None,
            restart_id: if restart { "op-1".into() } else { String::new() },
            deletion: deletion.then(|| OperationId::new("op-2")),
            deleted: false,
            final_copy: copy.then(|| CopyId::new("snap-1")),
            final_copy_until: None,
        },
    )
}

fn any_desired() -> impl Strategy<Value = Option<Desired>> {
    let one = (0usize..2, 1u32..4, any::<bool>(), prop::bool::weighted(0.1), any::<(bool, bool)>()).prop_map(
        |(kind, gib, stopped, paused, (set, protected))| Desired {
            id: id(),
            name: "orders".parse().expect("a name"),
            spec: Spec {
                instance_type: ["local.small", "local.large"][kind].to_owned(),
                volume_gib: gib,
                certificate: CertificateKind::SelfSigned,
                settings: if set {
                    Settings::default().with("max_connections", "7").expect("offered")
                } else {
                    Settings::default()
                },
            },
            power: if stopped { Power::Stopped } else { Power::Running },
            protected,
            paused,
        },
    );
    option::weighted(0.8, one)
}

fn any_instance(incarnation: u32) -> impl Strategy<Value = Instance> {
    let states = [
        InstanceState::Pending,
        InstanceState::Running,
        InstanceState::Stopping,
        InstanceState::Stopped,
        InstanceState::ShuttingDown,
        InstanceState::Terminated,
    ];
    let more = (any::<(bool, bool, bool)>(), 0usize..3);
    (0usize..6, 0usize..2, 0i64..1_000, more).prop_map(move |(state, kind, ago, ((stands, protected, has), at))| {
        Instance {
            id: InstanceId::new(format!("i-{incarnation}")),
            deployment: id(),
            incarnation: Incarnation(incarnation),
            instance_type: ["local.small", "local.large"][kind].to_owned(),
            stands_in: stands.then(|| StandsIn {
                is: "local.small".to_owned(),
                wanted: "local.large".to_owned(),
                why: "no capacity".to_owned(),
            }),
            zone: zone(at),
            protected,
            state: states[state],
            volume: has.then(|| VolumeId::new("vol-1")),
            agent: ([127, 0, 0, 1], 1).into(),
            database: ([127, 0, 0, 1], 2).into(),
            launched: NOW - SignedDuration::from_secs(ago),
            started: NOW - SignedDuration::from_secs(ago),
            agent_pid: None,
        }
    })
}

fn any_report() -> impl Strategy<Value = AgentReport> {
    let states = [DoltState::NotDeployed, DoltState::Starting, DoltState::Up, DoltState::Down];
    let applied = option::of((any::<bool>(), any::<bool>(), 0u64..4, 0i64..90)).prop_map(|applied| {
        applied.map(|(set, restarted, gib, days)| Applied {
            settings: if set { BTreeMap::from([("max_connections".into(), "9".into())]) } else { BTreeMap::new() },
            restart_id: if restarted { "op-1".into() } else { String::new() },
            volume_bytes: gib << 30,
            certificate_serial: String::new(),
            certificate_not_before: NOW - SignedDuration::from_hours(24 * (90 - days)),
            certificate_not_after: NOW + SignedDuration::from_hours(24 * days),
            certificate_names: Vec::new(),
        })
    });
    (0usize..4, any::<bool>(), 0i64..60, 1u32..4, applied).prop_map(
        move |(state, enrolled, ago, incarnation, applied)| AgentReport {
            heard: NOW - SignedDuration::from_secs(ago),
            incarnation: Incarnation(incarnation),
            enrolled,
            agent_version: String::new(),
            epoch: Epoch(1),
            generation: Generation(5),
            dolt: states[state],
            dolt_since: NOW,
            dolt_version: String::new(),
            dolt_pid: 0,
            dolt_restarts: 0,
            last_error: String::new(),
            disk_used: 0,
            disk_total: 0,
            applied,
            credentials_until: None,
        },
    )
}

fn seen<T: std::fmt::Debug + Clone>(thing: impl Strategy<Value = T>) -> impl Strategy<Value = Seen<T>> {
    option::weighted(0.7, thing).prop_map(Seen::from)
}

prop_compose! {
    fn any_observed()(
        instance in seen(any_instance(3)),
        older in option::weighted(0.2, any_instance(2)),
        volume in seen(any_volume()),
        copy in seen(any::<(bool, bool)>().prop_map(|(completed, same)| Copy {
            id: CopyId::new("snap-1"),
            deployment: id(),
            volume: VolumeId::new(if same { "vol-1" } else { "vol-0" }),
            gib: 2,
            completed,
            taken: NOW,
        })),
        agent in seen(any_report()),
        name in seen(any_name()),
        address in seen(any_address()),
    ) -> Observed {
        let older = older.into_iter().filter(|older| older.state != InstanceState::Terminated).collect();
        Observed { instance, older, volume, copy, agent, name, address, ..Observed::default() }
    }
}

fn position(preview: &Preview, which: impl Fn(&Step) -> bool) -> Option<usize> {
    preview.steps.iter().position(|planned| which(&planned.step))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_plan_has_an_end(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(!plan.blocked.as_ref().is_some_and(|why| why.contains("no end")), "{plan:#?}");
    }

    #[test]
    fn data_goes_only_by_request_and_after_its_copy(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(desired.is_some() || plan.away_seconds == 0, "what goes for good is not away for a while");
        if let Some(destroyed) = position(&plan, Step::destroys_data) {
            prop_assert!(desired.is_none() && record.deletion.is_some());
            let copied = position(&plan, |step| matches!(step, Step::TakeFinalCopy { .. })).is_some_and(|at| at < destroyed);
            let volume = observed.volume.present().map(|volume| &volume.id);
            let was_there = observed.copy.present().is_some_and(|copy| Some(&copy.volume) == volume);
            prop_assert!(copied || was_there, "{plan:#?}");
            let name = position(&plan, |step| matches!(step, Step::WithdrawName { .. }));
            prop_assert!(name.is_none_or(|at| at < destroyed), "its name goes first: {plan:#?}");
            let reason = &plan.steps[destroyed].reason;
            prop_assert!(was_there || reason.ends_with("; its data is kept in the final copy"), "{reason}");
        }
    }

    #[test]
    fn nothing_is_launched_beside_what_lives(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        if let Next::Do(PlannedStep { step: Step::LaunchInstance { incarnation, .. }, .. }) = next(&wanted, &observed, NOW) {
            prop_assert!(living(&observed).is_none() && observed.older.is_empty());
            prop_assert!(incarnation > record.incarnation);
        }
    }

    #[test]
    fn what_is_unknown_is_never_acted_on(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        for unknown_one in [
            Observed { instance: Seen::Unknown, ..observed.clone() },
            Observed { volume: Seen::Unknown, ..observed.clone() },
            Observed { name: Seen::Unknown, ..observed.clone() },
            Observed { address: Seen::Unknown, ..observed.clone() },
        ] {
            if !unknown(&site, &unknown_one) {
                continue;
            }
            let next = next(&wanted, &unknown_one, NOW);
            prop_assert!(matches!(next, Next::Settled | Next::Wait(Waiting::Look)), "{next:?}");
        }
    }

    #[test]
    fn a_paused_deployment_is_left_alone(desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site()) {
        let paused = desired.map(|desired| Desired { paused: true, ..desired });
        if let Some(desired) = &paused {
            let wanted = Wanted { desired: Some(desired), record: &record, intended: None, site: &site };
            prop_assert_eq!(next(&wanted, &observed, NOW), Next::Settled);
        }
    }

    #[test]
    fn a_name_leads_only_to_what_serves(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        if let Next::Do(PlannedStep { step: Step::PublishName { .. }, .. }) = next(&wanted, &observed, NOW) {
            let instance = living(&observed).expect("it leads somewhere");
            prop_assert_eq!(instance.state, InstanceState::Running);
            prop_assert!(observed.agent.present().is_some_and(|report| report.dolt == DoltState::Up));
            prop_assert!(!site.volume_follows || observed.volume.present().is_some_and(|v| v.attached.as_ref() == Some(&instance.id)));
            prop_assert!(observed.name.present().is_none_or(|found| found.owner == Some(id())), "nobody else's is overwritten");
        }
        // And the whole plan of something that is to run ends with its name where it serves.
        let plan = preview(&wanted, &observed, NOW);
        let runs = desired.as_ref().is_some_and(|desired| desired.power == Power::Running && !desired.paused);
        if let (Some(published), true) = (position(&plan, |step| matches!(step, Step::PublishName { .. })), runs) {
            prop_assert_eq!(published + 1, plan.steps.len(), "{:#?}", plan);
        }
    }

    #[test]
    fn no_name_leads_to_what_is_stopped(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let ours = observed.name.present().is_some_and(|found| site.names && found.owner == Some(id()));
        let on_purpose = desired.as_ref().is_none_or(|desired| desired.power == Power::Stopped);
        if let (Next::Do(PlannedStep { step: Step::StopInstance { .. }, .. }), true) = (next(&wanted, &observed, NOW), on_purpose) {
            prop_assert!(!ours);
        }
    }

    #[test]
    fn a_volume_is_made_and_attached_only_where_its_instance_is(
        desired in any_desired(), record in any_record(), observed in any_observed(), site in any_site(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &site };
        let Next::Do(planned) = next(&wanted, &observed, NOW) else { return Ok(()) };
        match planned.step {
            Step::CreateVolume { zone, .. } => {
                prop_assert!(record.volume.is_none(), "never in place of a lost one");
                let at = living(&observed).map(|instance| instance.zone.clone()).unwrap_or_default();
                prop_assert_eq!(zone.unwrap_or_default(), at);
                prop_assert_eq!(site.volume_follows, living(&observed).is_some());
            }
            Step::AttachVolume { instance, .. } => {
                let (at, volume) = (living(&observed).expect("one lives"), observed.volume.present().expect("a volume"));
                prop_assert_eq!(&at.id, &instance);
                prop_assert!(volume.attached.is_none());
                prop_assert!(at.zone == volume.zone || at.zone.is_empty() || volume.zone.is_empty());
            }
            Step::LaunchInstance { zone, .. } if site.volume_follows => {
                let bound = observed.volume.present().map(|volume| volume.zone.clone()).filter(|zone| !zone.is_empty());
                prop_assert_eq!(zone, bound);
            }
            _ => {}
        }
    }
}

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

fn some_record() -> Record {
    Record::new(id(), "orders".parse().expect("a name"))
}

pub(in crate::reconcile) fn some_desired() -> Desired {
    Desired {
        id: id(),
        name: "orders".parse().expect("a name"),
        spec: Spec {
            instance_type: "local.small".into(),
            volume_gib: 1,
            certificate: CertificateKind::SelfSigned,
            settings: Settings::default(),
        },
        power: Power::Running,
        protected: false,
        paused: false,
    }
}

/// AWS with everything.
pub(in crate::reconcile) fn aws() -> Site {
    Site {
        domain: "doltops.test".to_owned(),
        names: true,
        volume_follows: true,
        elastic: true,
        protects: true,
        zones: vec!["1a".to_owned(), "1b".to_owned()],
        ..Site::default()
    }
}

fn absent() -> Observed {
    Observed {
        instance: Seen::Absent,
        older: Vec::new(),
        volume: Seen::Absent,
        copy: Seen::Absent,
        agent: Seen::Absent,
        name: Seen::Absent,
        address: Seen::Absent,
        ..Observed::default()
    }
}

fn actions(wanted: &Wanted<'_>, observed: &Observed) -> Vec<&'static str> {
    let plan = preview(wanted, observed, NOW);
    assert_eq!(plan.blocked, None);
    plan.steps.iter().map(|planned| planned.step.action()).collect()
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

/// All of it is there and serves.
pub(in crate::reconcile) fn serving() -> Observed {
    let instance = Instance {
        id: InstanceId::new("i-1"),
        deployment: id(),
        incarnation: Incarnation(1),
        instance_type: "local.small".to_owned(),
        stands_in: None,
        zone: "1a".to_owned(),
        protected: false,
        state: InstanceState::Running,
        volume: Some(VolumeId::new("vol-1")),
        agent: ([127, 0, 0, 1], 1).into(),
        database: ([127, 0, 0, 1], 2).into(),
        launched: NOW,
        started: NOW,
        agent_pid: None,
    };
    let volume = Volume {
        id: VolumeId::new("vol-1"),
        deployment: id(),
        gib: 1,
        attached: Some(instance.id.clone()),
        zone: "1a".to_owned(),
    };
    let ip = [127, 0, 0, 9].into();
    let address = Address { id: AddressId::new("eip-1"), deployment: id(), ip, instance: Some(instance.id.clone()) };
    let name = NameRecord { name: "orders.doltops.test".to_owned(), addresses: vec![ip], ttl: 60, owner: Some(id()) };
    let report = AgentReport {
        heard: NOW,
        incarnation: Incarnation(1),
        enrolled: true,
        agent_version: String::new(),
        epoch: Epoch(1),
        generation: Generation(1),
        dolt: DoltState::Up,
        dolt_since: NOW,
        dolt_version: String::new(),
        dolt_pid: 0,
        dolt_restarts: 0,
        last_error: String::new(),
        disk_used: 0,
        disk_total: 0,
        applied: Some(Applied {
            settings: BTreeMap::new(),
            restart_id: String::new(),
            volume_bytes: 1 << 30,
            certificate_serial: String::new(),
            certificate_not_before: NOW,
            certificate_not_after: NOW + SignedDuration::from_hours(24 * 90),
            certificate_names: Vec::new(),
        }),
        credentials_until: None,
    };
    Observed {
        instance: Seen::Present(instance),
        volume: Seen::Present(volume),
        agent: Seen::Present(report),
        name: Seen::Present(name),
        address: Seen::Present(address),
        ..absent()
    }
}

/// The world as it serves, with one thing otherwise.
pub(in crate::reconcile) fn but(change: impl FnOnce(&mut Observed)) -> Observed {
    let mut observed = serving();
    change(&mut observed);
    observed
}

pub(in crate::reconcile) fn instance(observed: &mut Observed) -> &mut Instance {
    let Seen::Present(instance) = &mut observed.instance else { panic!("an instance") };
    instance
}

pub(in crate::reconcile) fn volume(observed: &mut Observed) -> &mut Volume {
    let Seen::Present(volume) = &mut observed.volume else { panic!("a volume") };
    volume
}

pub(in crate::reconcile) fn written_down() -> Record {
    let instance = Some(InstanceId::new("i-1"));
    Record { incarnation: Incarnation(1), instance, volume: Some(VolumeId::new("vol-1")), ..some_record() }
}

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
