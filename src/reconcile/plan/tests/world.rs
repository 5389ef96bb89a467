//! A deployment, and the world as it serves, with one thing otherwise.

use super::*;

pub(in crate::reconcile) fn id() -> DeploymentId {
    DeploymentId::new("d-1")
}

pub(in crate::reconcile) fn some_record() -> Record {
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

pub(in crate::reconcile) fn absent() -> Observed {
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
        disk_lost: false,
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
        trust: None,
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

pub(in crate::reconcile) fn actions(wanted: &Wanted<'_>, observed: &Observed) -> Vec<&'static str> {
    let plan = preview(wanted, observed, NOW);
    assert_eq!(plan.blocked, None);
    plan.steps.iter().map(|planned| planned.step.action()).collect()
}
