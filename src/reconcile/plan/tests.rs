//! Whatever is wanted and whatever was seen, the plan keeps its promises.

use super::*;
use crate::{
    model::{
        AgentReport, Applied, CertificateKind, Copy, CopyId, DeploymentId, Epoch, Generation, InstanceId, OperationId,
        Settings, Spec, VolumeId,
    },
    reconcile::preview::{Preview, preview},
};
use proptest::{option, prelude::*};
use std::collections::BTreeMap;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn id() -> DeploymentId {
    DeploymentId::new("d-1")
}

fn any_record() -> impl Strategy<Value = Record> {
    (0u32..3, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(incarnation, volume, restart, deletion, copy)| Record {
            id: id(),
            name: "orders".parse().expect("a name"),
            generation: Generation(5),
            incarnation: Incarnation(incarnation),
            instance: None,
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
    let one = (0usize..2, 1u32..4, any::<bool>(), prop::bool::weighted(0.1), any::<bool>()).prop_map(
        |(kind, gib, stopped, paused, set)| Desired {
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
            protected: false,
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
    (0usize..6, 0usize..2, 0i64..1_000).prop_map(move |(state, kind, ago)| Instance {
        id: InstanceId::new(format!("i-{incarnation}")),
        deployment: id(),
        incarnation: Incarnation(incarnation),
        instance_type: ["local.small", "local.large"][kind].to_owned(),
        stands_in: None,
        zone: String::new(),
        protected: false,
        state: states[state],
        volume: Some(VolumeId::new("vol-1")),
        agent: ([127, 0, 0, 1], 1).into(),
        database: ([127, 0, 0, 1], 2).into(),
        launched: NOW - SignedDuration::from_secs(ago),
        started: NOW - SignedDuration::from_secs(ago),
        agent_pid: None,
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
        volume in seen((1u32..5).prop_map(|gib| Volume { id: VolumeId::new("vol-1"), deployment: id(), gib, attached: None, zone: String::new() })),
        copy in seen(any::<(bool, bool)>().prop_map(|(completed, same)| Copy {
            id: CopyId::new("snap-1"),
            deployment: id(),
            volume: VolumeId::new(if same { "vol-1" } else { "vol-0" }),
            gib: 2,
            completed,
            taken: NOW,
        })),
        agent in seen(any_report()),
    ) -> Observed {
        let older = older.into_iter().filter(|older| older.state != InstanceState::Terminated).collect();
        Observed { instance, older, volume, copy, agent, name: Seen::Absent, address: Seen::Absent, ..Observed::default() }
    }
}

fn position(preview: &Preview, which: impl Fn(&Step) -> bool) -> Option<usize> {
    preview.steps.iter().position(|planned| which(&planned.step))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn every_plan_has_an_end(desired in any_desired(), record in any_record(), observed in any_observed()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &Site::default() };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(!plan.blocked.as_ref().is_some_and(|why| why.contains("no end")), "{plan:#?}");
    }

    #[test]
    fn data_goes_only_by_request_and_after_its_copy(
        desired in any_desired(), record in any_record(), observed in any_observed(),
    ) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &Site::default() };
        let plan = preview(&wanted, &observed, NOW);
        prop_assert!(desired.is_some() || plan.away_seconds == 0, "what goes for good is not away for a while");
        if let Some(destroyed) = position(&plan, Step::destroys_data) {
            prop_assert!(desired.is_none() && record.deletion.is_some());
            let copied = position(&plan, |step| matches!(step, Step::TakeFinalCopy { .. })).is_some_and(|at| at < destroyed);
            let volume = observed.volume.present().map(|volume| &volume.id);
            let was_there = observed.copy.present().is_some_and(|copy| Some(&copy.volume) == volume);
            prop_assert!(copied || was_there, "{plan:#?}");
            let reason = &plan.steps[destroyed].reason;
            prop_assert!(was_there || reason.ends_with("; its data is kept in the final copy"), "{reason}");
        }
    }

    #[test]
    fn nothing_is_launched_beside_what_lives(desired in any_desired(), record in any_record(), observed in any_observed()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &Site::default() };
        if let Next::Do(PlannedStep { step: Step::LaunchInstance { incarnation, .. }, .. }) = next(&wanted, &observed, NOW) {
            prop_assert!(living(&observed).is_none() && observed.older.is_empty());
            prop_assert!(incarnation > record.incarnation);
        }
    }

    #[test]
    fn what_is_unknown_is_never_acted_on(desired in any_desired(), record in any_record(), observed in any_observed()) {
        let wanted = Wanted { desired: desired.as_ref(), record: &record, intended: None, site: &Site::default() };
        for unknown in [
            Observed { instance: Seen::Unknown, ..observed.clone() },
            Observed { volume: Seen::Unknown, ..observed.clone() },
        ] {
            let next = next(&wanted, &unknown, NOW);
            prop_assert!(matches!(next, Next::Settled | Next::Wait(Waiting::Look)), "{next:?}");
        }
    }

    #[test]
    fn a_paused_deployment_is_left_alone(desired in any_desired(), record in any_record(), observed in any_observed()) {
        let paused = desired.map(|desired| Desired { paused: true, ..desired });
        if let Some(desired) = &paused {
            let wanted = Wanted { desired: Some(desired), record: &record, intended: None, site: &Site::default() };
            prop_assert_eq!(next(&wanted, &observed, NOW), Next::Settled);
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

fn some_desired() -> Desired {
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
