//! The whole plan of a deployment: the next step, then the next after that one has worked, and so on.
//!
//! Pure, and nothing but [`plan::next`]: what is shown is what is done, as far as nothing else happens meanwhile.

use super::plan::{self, Next, Waiting, Wanted};
use crate::model::{
    Address, AddressId, AgentReport, Applied, Copy, CopyId, Desired, DoltState, Epoch, Incarnation, Instance,
    InstanceId, InstanceState, Issued, NameRecord, Observed, PlannedStep, Power, Record, Seen, Site, Step, Volume,
    VolumeId,
};
use jiff::{SignedDuration, Timestamp};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// No plan is longer; a deletion has nine steps. More would mean that two steps undo one another.
const LONGEST: usize = 32;

/// What is yet to be made has an address that nobody knows yet.
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// A database is away for about so long while Dolt alone is started anew, seconds.
pub(super) const AWAY_FOR_A_RESTART: u32 = 1;

/// Credentials last for so long.
const CREDENTIALS: SignedDuration = SignedDuration::from_hours(1);

/// What would be done, and what stands in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// In order.
    pub steps: Vec<PlannedStep>,
    /// Why it would not end well, where it would not.
    pub blocked: Option<String>,
    /// About how long the database would be away, seconds; 0: not at all, or it was not there before.
    pub away_seconds: u32,
    /// It was there, and is away until a person starts it again.
    pub stays_away: bool,
}

/// The plan for what is wanted, from what was observed at `now` on.
pub fn preview(wanted: &Wanted<'_>, observed: &Observed, now: Timestamp) -> Preview {
    walk(wanted, &mut observed.clone(), now)
}

/// What would be seen of a deployment if all had been done that was asked for, for where nobody can look: it is made up
/// from nothing on, under the names that were written down.
pub fn settled(desired: Option<&Desired>, record: &Record, site: &Site, now: Timestamp) -> Observed {
    let mut observed = Observed {
        instance: Seen::Absent,
        older: Vec::new(),
        volume: Seen::Absent,
        copy: Seen::Absent,
        agent: Seen::Absent,
        started: None,
        name: Seen::Absent,
        address: Seen::Absent,
        issued: None,
        ordering: Default::default(),
    };
    // Of one that is not there yet, or that goes, nobody knows how far that had come: it is planned from its beginning.
    let (Some(desired), Some(instance)) = (desired, &record.instance) else { return observed };
    let first = Record {
        incarnation: Incarnation(record.incarnation.0.saturating_sub(1)),
        instance: None,
        volume: None,
        ..record.clone()
    };
    // One that is stopped ran before.
    let running = Desired { power: Power::Running, paused: false, ..desired.clone() };
    walk(&Wanted { desired: Some(&running), record: &first, intended: None, site }, &mut observed, now);
    named(&mut observed, instance, record.volume.as_ref());
    let wanted = Desired { paused: false, ..desired.clone() };
    walk(&Wanted { desired: Some(&wanted), record, intended: None, site }, &mut observed, now);
    observed
}

/// What was made up gets the names that were written down.
fn named(observed: &mut Observed, instance: &InstanceId, volume: Option<&VolumeId>) {
    if let Seen::Present(made) = &mut observed.instance {
        made.id = instance.clone();
        made.volume = volume.cloned().filter(|_| made.volume.is_some());
    }
    if let (Seen::Present(made), Some(volume)) = (&mut observed.volume, volume) {
        made.id = volume.clone();
        made.attached = made.attached.as_ref().map(|_| instance.clone());
    }
    if let Seen::Present(made) = &mut observed.address {
        made.instance = made.instance.as_ref().map(|_| instance.clone());
    }
}

/// Does one step after the other in `observed`, until nothing is left to do.
fn walk(wanted: &Wanted<'_>, observed: &mut Observed, now: Timestamp) -> Preview {
    let mut record = wanted.record.clone();
    let mut preview = Preview::default();
    let (desired, intended, site) = (wanted.desired, wanted.intended, wanted.site);
    for _ in 0..LONGEST {
        let wanted = Wanted { desired, record: &record, intended, site };
        match plan::next(&wanted, observed, now) {
            Next::Settled => return preview,
            Next::Blocked(why) => {
                preview.blocked = Some(why);
                return preview;
            }
            Next::Wait(Waiting::Look) => {
                preview.blocked = Some("the cloud could not be looked at".to_owned());
                return preview;
            }
            Next::Wait(waiting) => comes(waiting, &wanted, observed, now),
            Next::Do(planned) => {
                // What goes for good is not away for a while.
                if let Some(desired) = desired {
                    preview.away_seconds += away(&planned.step, desired, site, observed);
                    preview.stays_away |= desired.power == Power::Stopped && stops(&planned.step, observed);
                }
                done(&planned.step, &wanted, observed, now);
                record.deleted |= planned.step == Step::Forget;
                if let Step::RenewLogins { id, .. } = &planned.step {
                    record.logins_done.clone_from(id);
                }
                preview.steps.push(planned);
            }
        }
    }
    preview.blocked = Some("the plan has no end; this is a defect of doltops, please report it".to_owned());
    preview
}

fn serves_now(observed: &Observed) -> bool {
    observed.agent.present().is_some_and(|report| report.dolt == DoltState::Up)
}

fn stops(step: &Step, observed: &Observed) -> bool {
    matches!(step, Step::StopInstance { .. }) && serves_now(observed)
}

/// For how long a step that is made up for takes the database away.
fn away(step: &Step, desired: &Desired, site: &Site, observed: &Observed) -> u32 {
    match step {
        step if stops(step, observed) && desired.power == Power::Running => site.away_for_a_stop,
        Step::Deploy { restarts: true, .. } if serves_now(observed) => AWAY_FOR_A_RESTART,
        _ => 0,
    }
}

/// What is waited for has come.
fn comes(waiting: Waiting, wanted: &Wanted<'_>, observed: &mut Observed, now: Timestamp) {
    match waiting {
        Waiting::Look => {}
        Waiting::Instance => {
            for instance in &mut observed.older {
                instance.state = after(instance.state);
            }
            observed.older.retain(|older| older.state != InstanceState::Terminated);
            if let Seen::Present(instance) = &mut observed.instance {
                instance.state = after(instance.state);
            }
            taken_off(observed);
        }
        Waiting::Agent => {
            let incarnation = observed.instance.present().map(|instance| instance.incarnation).unwrap_or_default();
            match &mut observed.agent {
                Seen::Present(report) if report.incarnation == incarnation => {
                    report.heard = now;
                    report.dolt = DoltState::Up;
                }
                agent => {
                    // One that was written down as serving starts Dolt by itself.
                    let served = wanted.record.incarnation == incarnation;
                    let mut report = new_agent(incarnation, now);
                    if let (true, Some(desired)) = (served, wanted.desired) {
                        serves(&mut report, desired, wanted.record, now);
                    }
                    *agent = Seen::Present(report);
                }
            }
        }
        Waiting::Dolt => {
            if let (Seen::Present(report), Some(desired)) = (&mut observed.agent, wanted.desired) {
                serves(report, desired, wanted.record, now);
            }
        }
        Waiting::Authority => observed.ordering.failure = None,
        Waiting::Copy => {
            if let Seen::Present(copy) = &mut observed.copy {
                copy.completed = true;
            }
        }
    }
}

/// The state that an instance comes into by itself.
fn after(state: InstanceState) -> InstanceState {
    match state {
        InstanceState::Pending => InstanceState::Running,
        InstanceState::Stopping => InstanceState::Stopped,
        InstanceState::ShuttingDown => InstanceState::Terminated,
        other => other,
    }
}

/// The cloud takes a volume off an instance that has ended.
fn taken_off(observed: &mut Observed) {
    let holders: Vec<_> = plan::living(observed).into_iter().chain(&observed.older).map(|i| i.id.clone()).collect();
    if let Seen::Present(volume) = &mut observed.volume {
        volume.attached.take_if(|holder| !holders.contains(holder));
    }
}

/// The step has worked.
fn done(step: &Step, wanted: &Wanted<'_>, observed: &mut Observed, now: Timestamp) {
    let (record, desired) = (wanted.record, wanted.desired);
    match step {
        Step::CreateVolume { gib, zone, .. } => {
            let id = VolumeId::new("the new volume");
            observed.volume = Seen::Present(Volume {
                id,
                deployment: record.id.clone(),
                gib: *gib,
                attached: None,
                zone: zone.clone().unwrap_or_default(),
            });
        }
        Step::LaunchInstance { incarnation, instance_type, volume, zone } => {
            let mut instance = new_instance(record, instance_type, volume.clone(), *incarnation, now);
            instance.zone = zone.clone().unwrap_or_default();
            instance.protected = desired.is_some_and(|desired| desired.protected);
            observed.instance = Seen::Present(instance);
            observed.started = Some(now);
            observed.agent = Seen::Present(new_agent(*incarnation, now));
        }
        Step::OrderCertificate { .. } => observed.issued = Some(signed(observed, desired, now)),
        Step::Deploy { .. } => {
            if let (Seen::Present(report), Some(desired)) = (&mut observed.agent, desired) {
                serves(report, desired, record, now);
            }
            observed.issued = None;
            if let Seen::Present(AgentReport { trust: Some(trust), .. }) = &mut observed.agent {
                trust.database = true;
            }
        }
        Step::StopInstance { instance } => {
            change(observed, instance, |instance| instance.state = InstanceState::Stopped)
        }
        Step::ChangeType { instance, to } => {
            change(observed, instance, |instance| instance.instance_type.clone_from(to))
        }
        Step::StartInstance { instance } => {
            change(observed, instance, |instance| {
                instance.state = InstanceState::Running;
                instance.started = now;
                if wanted.site.moves {
                    instance.database.set_ip(NOWHERE);
                }
            });
            observed.started = Some(now);
            comes_back(observed, now);
        }
        Step::GrowVolume { to, .. } => {
            if let Seen::Present(volume) = &mut observed.volume {
                volume.gib = *to;
            }
        }
        Step::TakeFinalCopy { volume } => {
            let gib = observed.volume.present().map_or(0, |volume| volume.gib);
            observed.copy = Seen::Present(Copy {
                id: CopyId::new("the final copy"),
                deployment: record.id.clone(),
                volume: volume.clone(),
                gib,
                completed: true,
                taken: now,
            });
        }
        Step::TerminateInstance { instance } => {
            observed.older.retain(|older| older.id != *instance);
            change(observed, instance, |instance| instance.state = InstanceState::Terminated);
            taken_off(observed);
        }
        Step::DestroyVolume { .. } => observed.volume = Seen::Absent,
        Step::AttachVolume { instance, volume } => {
            change(observed, instance, |instance| instance.volume = Some(volume.clone()));
            if let Seen::Present(volume) = &mut observed.volume {
                volume.attached = Some(instance.clone());
            }
        }
        Step::ProtectInstance { instance, on } => change(observed, instance, |instance| instance.protected = *on),
        Step::AllocateAddress => {
            let id = AddressId::new("the new address");
            let address = Address { id, deployment: record.id.clone(), ip: NOWHERE, instance: None };
            observed.address = Seen::Present(address);
        }
        Step::AssociateAddress { instance, .. } => {
            if let Seen::Present(address) = &mut observed.address {
                address.instance = Some(instance.clone());
            }
        }
        Step::ReleaseAddress { .. } => observed.address = Seen::Absent,
        Step::PublishName { name, to } => {
            let owner = Some(record.id.clone());
            let found = NameRecord { name: name.clone(), addresses: vec![*to], ttl: 0, owner };
            observed.name = Seen::Present(found);
        }
        Step::WithdrawName { .. } => observed.name = Seen::Absent,
        Step::RenewCredentials { .. } => {
            if let Seen::Present(report) = &mut observed.agent {
                report.credentials_until = Some(now + CREDENTIALS);
            }
        }
        Step::RenewIdentity { .. } => {
            if let Seen::Present(AgentReport { trust: Some(trust), .. }) = &mut observed.agent {
                (trust.in_step, trust.number) = (true, trust.number.max(record.identity_wanted));
            }
        }
        Step::RenewLogins { .. } | Step::Forget => {}
    }
}

/// A started instance runs Dolt as it did before.
fn comes_back(observed: &mut Observed, now: Timestamp) {
    if let Seen::Present(report) = &mut observed.agent {
        report.heard = now;
        if report.applied.is_some() {
            report.dolt = DoltState::Up;
        }
    }
}

fn change(observed: &mut Observed, id: &InstanceId, how: impl FnOnce(&mut Instance)) {
    let newest = match &mut observed.instance {
        Seen::Present(instance) if instance.id == *id => Some(instance),
        _ => observed.older.iter_mut().find(|older| older.id == *id),
    };
    if let Some(instance) = newest {
        how(instance);
    }
}

fn serves(report: &mut AgentReport, desired: &Desired, record: &Record, now: Timestamp) {
    report.heard = now;
    report.enrolled = true;
    report.dolt = DoltState::Up;
    report.generation = record.generation;
    report.applied = Some(Applied {
        settings: desired.spec.settings.of_dolt(),
        restart_id: record.restart_id.clone(),
        volume_bytes: u64::from(desired.spec.volume_gib) * super::differs::GIB,
        certificate_serial: String::new(),
        certificate_not_before: now,
        certificate_not_after: now + SignedDuration::from_hours(90 * 24),
        certificate_names: Vec::new(),
    });
}

/// As an authority would sign it: for long enough that nothing is due again.
fn signed(observed: &Observed, desired: Option<&Desired>, now: Timestamp) -> Issued {
    Issued {
        incarnation: observed.instance.present().map(|instance| instance.incarnation).unwrap_or_default(),
        serial: "the new certificate".to_owned(),
        names: desired.map(|desired| desired.name.to_string()).into_iter().collect(),
        not_before: now,
        not_after: now + SignedDuration::from_hours(90 * 24),
    }
}

fn new_agent(incarnation: Incarnation, now: Timestamp) -> AgentReport {
    AgentReport {
        heard: now,
        incarnation,
        enrolled: false,
        agent_version: String::new(),
        epoch: Epoch(0),
        generation: crate::model::Generation(0),
        dolt: DoltState::NotDeployed,
        dolt_since: now,
        dolt_version: String::new(),
        dolt_pid: 0,
        dolt_restarts: 0,
        last_error: String::new(),
        disk_used: 0,
        disk_total: 0,
        disk_lost: false,
        applied: None,
        credentials_until: None,
        trust: None,
    }
}

fn new_instance(
    record: &Record,
    instance_type: &str,
    volume: Option<VolumeId>,
    incarnation: Incarnation,
    now: Timestamp,
) -> Instance {
    let nowhere = SocketAddr::from((NOWHERE, 0));
    Instance {
        id: InstanceId::new("the new instance"),
        deployment: record.id.clone(),
        incarnation,
        instance_type: instance_type.to_owned(),
        stands_in: None,
        zone: String::new(),
        protected: false,
        state: InstanceState::Running,
        volume,
        agent: nowhere,
        database: nowhere,
        launched: now,
        started: now,
        agent_pid: None,
    }
}
