//! Whatever may be wanted, written down and seen.

use super::*;

/// From this machine to a cloud with everything.
pub(super) fn any_site() -> impl Strategy<Value = Site> {
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

pub(super) fn any_record() -> impl Strategy<Value = Record> {
    (0u32..4, any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>()).prop_map(
        |(incarnation, volume, restart, deletion, copy)| Record {
            identity_wanted: 0,
            identity_floor: 0,
            logins_wanted: String::new(),
            logins_done: String::new(),
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

pub(super) fn any_desired() -> impl Strategy<Value = Option<Desired>> {
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
            disk_lost: false,
            applied,
            credentials_until: None,
            trust: None,
        },
    )
}

fn seen<T: std::fmt::Debug + Clone>(thing: impl Strategy<Value = T>) -> impl Strategy<Value = Seen<T>> {
    option::weighted(0.7, thing).prop_map(Seen::from)
}

prop_compose! {
    pub(super) fn any_observed()(
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
