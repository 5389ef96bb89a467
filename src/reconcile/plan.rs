//! Decides what to do next for one deployment.
//!
//! Pure: the same wanted and observed state and time give the same answer, and nothing else is read.
//!
//! Guarantees
//! - At most one step; it is safe to repeat.
//! - While anything that matters is unknown, the answer is to wait for a look, never to act.
//! - Data is destroyed only by [`Step::DestroyVolume`], only for a deployment whose deletion someone asked for, and
//!   only after a completed copy of that very volume is there.
//! - A volume that was lost is never replaced by an empty one in silence.
//! - A new instance is launched only once no older one is left.
//!
//! Not here: trying again, limits (see `queue`), and what a step does (see `executor`).

use super::{
    differs,
    renewal::{self, Due},
};
use crate::model::{
    CertificateKind, Desired, DoltState, Incarnation, Instance, InstanceState, Observed, PlannedStep, Power, Record,
    Seen, Site, Step, Volume,
};
use jiff::{SignedDuration, Timestamp};

/// How long a new instance may take to answer before it is replaced.
///
/// EC2 boots in about 30 s; first boot of our image adds a filesystem check. Five minutes is what Karpenter allows,
/// and replacing too early costs a second instance, too late only time.
pub const FIRST_ANSWER: SignedDuration = SignedDuration::from_mins(5);

/// What is wanted of one deployment.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted<'a> {
    /// As it should be; absent: it should not be.
    pub desired: Option<&'a Desired>,
    /// What is known for good.
    pub record: &'a Record,
    /// The incarnation that was about to be launched when something last was.
    pub intended: Option<Incarnation>,
    /// Where it lives.
    pub site: &'a Site,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// All is as it should be, or it should be left alone.
    Settled,
    /// One effect.
    Do(PlannedStep),
    /// Nothing to do until something comes that is under way.
    Wait(Waiting),
    /// Nothing that may be done without a person: in words, what and why.
    Blocked(String),
}

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// A look at the cloud that succeeds.
    Look,
    /// The instance to come into its next state.
    Instance,
    /// The agent to answer.
    Agent,
    /// Dolt to answer.
    Dolt,
    /// A copy to be completed.
    Copy,
    /// The time at which a certificate may be ordered.
    Authority,
}

impl Waiting {
    /// The phase that people see.
    pub fn as_str(self) -> &'static str {
        match self {
            Waiting::Look => "looking at the cloud",
            Waiting::Instance => "waiting for the instance",
            Waiting::Agent => "waiting for the agent",
            Waiting::Dolt => "waiting for Dolt",
            Waiting::Copy => "waiting for the final copy",
            Waiting::Authority => "waiting until its certificate may be ordered",
        }
    }
}

/// Where a step that was done shows.
pub fn shows(step: &Step) -> Waiting {
    match step {
        Step::Deploy { .. } | Step::RenewCredentials { .. } => Waiting::Agent,
        Step::TakeFinalCopy { .. } => Waiting::Copy,
        Step::LaunchInstance { .. }
        | Step::StartInstance { .. }
        | Step::StopInstance { .. }
        | Step::TerminateInstance { .. } => Waiting::Instance,
        Step::CreateVolume { .. }
        | Step::AttachVolume { .. }
        | Step::AllocateAddress
        | Step::AssociateAddress { .. }
        | Step::ReleaseAddress { .. }
        | Step::ProtectInstance { .. }
        | Step::OrderCertificate { .. }
        | Step::PublishName { .. }
        | Step::WithdrawName { .. }
        | Step::ChangeType { .. }
        | Step::GrowVolume { .. }
        | Step::DestroyVolume { .. }
        | Step::Forget => Waiting::Look,
    }
}

/// The next step for what is wanted, given what was observed at `now`.
pub fn next(wanted: &Wanted<'_>, observed: &Observed, now: Timestamp) -> Next {
    match wanted.desired {
        Some(desired) if desired.paused => Next::Settled,
        None if wanted.record.deleted || wanted.record.deletion.is_none() => Next::Settled,
        _ if observed.instance == Seen::Unknown || observed.volume == Seen::Unknown => Next::Wait(Waiting::Look),
        None => remove(wanted, observed),
        Some(_) if !observed.older.is_empty() => end_older(wanted, &observed.older[0]),
        Some(desired) => match desired.power {
            Power::Running => run(wanted, desired, observed, now),
            Power::Stopped => rest(wanted, desired, observed),
        },
    }
}

fn step(wanted: &Wanted<'_>, step: Step, reason: impl Into<String>) -> Next {
    let deployment = wanted.desired.map_or_else(|| wanted.record.name.clone(), |desired| desired.name.clone());
    Next::Do(PlannedStep { deployment, step, reason: reason.into() })
}

fn end_older(wanted: &Wanted<'_>, older: &Instance) -> Next {
    match older.state {
        InstanceState::ShuttingDown => Next::Wait(Waiting::Instance),
        _ => step(
            wanted,
            Step::TerminateInstance { instance: older.id.clone() },
            format!("instance {} was replaced by a later one", older.id),
        ),
    }
}

/// The instance that is there for good or for a while; a terminated one is gone.
fn living(observed: &Observed) -> Option<&Instance> {
    observed.instance.present().filter(|instance| instance.state != InstanceState::Terminated)
}

fn run(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, now: Timestamp) -> Next {
    let Some(volume) = observed.volume.present() else { return volume_again(wanted, desired, observed) };
    let Some(instance) = living(observed) else { return launch(wanted, desired, observed, volume) };
    match instance.state {
        InstanceState::Pending | InstanceState::Stopping | InstanceState::ShuttingDown | InstanceState::Terminated => {
            Next::Wait(Waiting::Instance)
        }
        InstanceState::Stopped => start(wanted, desired, instance, volume),
        InstanceState::Running if volume.gib < desired.spec.volume_gib => grow(wanted, desired, volume),
        InstanceState::Running if instance.instance_type != desired.spec.instance_type => step(
            wanted,
            Step::StopInstance { instance: instance.id.clone() },
            format!(
                "its type changes from {} to {}, which it can only while it is stopped",
                instance.instance_type, desired.spec.instance_type
            ),
        ),
        InstanceState::Running => serve(wanted, desired, observed, instance, now),
    }
}

/// No volume is there: a first one, one from the final copy, or a person must say.
fn volume_again(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed) -> Next {
    if let Some(lost) = &wanted.record.volume {
        return Next::Blocked(format!(
            "its volume {lost} is gone; delete {} or bring the volume back: an empty one is never put in its place",
            desired.name
        ));
    }
    if let Some(instance) = living(observed) {
        if instance.volume.is_some() {
            // The look contradicts itself: the volume shows a moment later, or it does not and is not to be replaced.
            return Next::Wait(Waiting::Look);
        }
        return step(
            wanted,
            Step::TerminateInstance { instance: instance.id.clone() },
            "it runs without a data volume".to_owned(),
        );
    }
    let copy = observed.copy.present().filter(|copy| Some(&copy.id) == wanted.record.final_copy.as_ref());
    if let (Some(kept), None) = (&wanted.record.final_copy, copy) {
        return Next::Blocked(format!(
            "its final copy {kept}, from which it comes back, is not there: an empty volume is never put in its place"
        ));
    }
    let gib = desired.spec.volume_gib.max(copy.map_or(0, |copy| copy.gib));
    let reason = match copy {
        Some(copy) => format!("it comes back from its final copy {}", copy.id),
        None => "it has no data volume yet".to_owned(),
    };
    step(wanted, Step::CreateVolume { gib, from: copy.map(|copy| copy.id.clone()), zone: None }, reason)
}

fn launch(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, volume: &Volume) -> Next {
    let last =
        observed.instance.present().map_or(Incarnation(0), |gone| gone.incarnation).max(wanted.record.incarnation);
    // A launch whose answer was lost is asked for again under its own token; a new one only after the last is gone.
    let incarnation = wanted.intended.filter(|intended| *intended > last).unwrap_or_else(|| last.next());
    let reason = if last == Incarnation(0) { "it has no instance yet" } else { "its instance is gone" };
    step(
        wanted,
        Step::LaunchInstance {
            incarnation,
            instance_type: desired.spec.instance_type.clone(),
            volume: Some(volume.id.clone()),
            zone: None,
        },
        reason,
    )
}

fn change_type(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance) -> Next {
    step(
        wanted,
        Step::ChangeType { instance: instance.id.clone(), to: desired.spec.instance_type.clone() },
        format!("it is {}", instance.instance_type),
    )
}

fn grow(wanted: &Wanted<'_>, desired: &Desired, volume: &Volume) -> Next {
    step(
        wanted,
        Step::GrowVolume { volume: volume.id.clone(), to: desired.spec.volume_gib },
        format!("it has {} GiB", volume.gib),
    )
}

fn start(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance, volume: &Volume) -> Next {
    if instance.instance_type != desired.spec.instance_type {
        return change_type(wanted, desired, instance);
    }
    if volume.gib < desired.spec.volume_gib {
        return grow(wanted, desired, volume);
    }
    step(wanted, Step::StartInstance { instance: instance.id.clone() }, "it should run")
}

/// The instance runs as it should; what of Dolt on it?
fn serve(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed, instance: &Instance, now: Timestamp) -> Next {
    let report = observed
        .agent
        .present()
        .filter(|report| report.incarnation == instance.incarnation && report.heard >= instance.started)
        // One that has fallen silent before it was enrolled may have let its first identity pass: as if never heard.
        .filter(|report| report.enrolled || !super::health::is_silent(report, now));
    let Some(report) = report else {
        // One that was written down as serving has used its first identity: it comes back by itself or by a person.
        let fresh = wanted.record.incarnation < instance.incarnation;
        if fresh && now.duration_since(instance.started) > FIRST_ANSWER {
            return step(
                wanted,
                Step::TerminateInstance { instance: instance.id.clone() },
                format!("its agent has not answered within {} min of its start", FIRST_ANSWER.as_mins()),
            );
        }
        return Next::Wait(Waiting::Agent);
    };
    let silent = super::health::is_silent(report, now);
    if silent {
        return Next::Wait(Waiting::Agent);
    }
    let deploy = |enrol, restarts, reason: String| {
        step(wanted, Step::Deploy { instance: Some(instance.id.clone()), enrol, restarts }, reason)
    };
    if !report.enrolled || report.dolt == DoltState::NotDeployed {
        if let Some(before) = certificate_first(wanted, desired, observed, instance, now) {
            return before;
        }
        return deploy(true, true, "Dolt was not started there yet".to_owned());
    }
    match (&report.applied, report.dolt) {
        (_, DoltState::Starting) => Next::Wait(Waiting::Dolt),
        // A setting that keeps Dolt from starting is put right by another deploy, so a dead one is no reason to wait.
        (None, _) if report.generation < wanted.record.generation => {
            deploy(false, true, "Dolt does not start".to_owned())
        }
        (None, _) => Next::Wait(Waiting::Dolt),
        (Some(applied), state) => {
            let due = renewal::due(desired, applied, observed, instance.incarnation, now);
            match differs::deploy(applied, wanted.record, desired, due, now) {
                Some(difference) => deploy(difference.certificate, difference.restarts, difference.why),
                None if due == Due::Order => order(wanted, desired, instance, renewal::left(applied, now)),
                None if state == DoltState::Down => Next::Wait(Waiting::Dolt),
                None => Next::Settled,
            }
        }
    }
}

/// What a public authority must have signed before Dolt can start there; none where nothing is missing.
fn certificate_first(
    wanted: &Wanted<'_>,
    desired: &Desired,
    observed: &Observed,
    instance: &Instance,
    now: Timestamp,
) -> Option<Next> {
    let public = desired.spec.certificate == CertificateKind::WebPki;
    if !public || renewal::issued(observed, instance.incarnation, now).is_some() {
        return None;
    }
    if renewal::not_yet(observed, now).is_some() {
        return Some(Next::Wait(Waiting::Authority));
    }
    Some(order(wanted, desired, instance, "its database has no certificate yet"))
}

fn order(wanted: &Wanted<'_>, desired: &Desired, instance: &Instance, reason: impl Into<String>) -> Next {
    let name = wanted.site.host_name(desired.name.as_str());
    step(wanted, Step::OrderCertificate { instance: Some(instance.id.clone()), name }, reason)
}

/// It should be stopped.
fn rest(wanted: &Wanted<'_>, desired: &Desired, observed: &Observed) -> Next {
    let Some(instance) = living(observed) else { return Next::Settled };
    match instance.state {
        InstanceState::Running | InstanceState::Pending => {
            step(wanted, Step::StopInstance { instance: instance.id.clone() }, "it should be stopped")
        }
        InstanceState::Stopping | InstanceState::ShuttingDown => Next::Wait(Waiting::Instance),
        InstanceState::Stopped if instance.instance_type != desired.spec.instance_type => {
            change_type(wanted, desired, instance)
        }
        InstanceState::Stopped | InstanceState::Terminated => match observed.volume.present() {
            Some(volume) if volume.gib < desired.spec.volume_gib => grow(wanted, desired, volume),
            _ => Next::Settled,
        },
    }
}

/// It should go: stop, copy, and only then the instance, the volume and the rest.
fn remove(wanted: &Wanted<'_>, observed: &Observed) -> Next {
    let why = "its deletion was asked for";
    if let Some(instance) = living(observed).into_iter().chain(&observed.older).find(|i| runs(i)) {
        return step(wanted, Step::StopInstance { instance: instance.id.clone() }, why);
    }
    let left = || living(observed).into_iter().chain(&observed.older);
    if left().any(|i| matches!(i.state, InstanceState::Stopping | InstanceState::ShuttingDown)) {
        return Next::Wait(Waiting::Instance);
    }
    if let Some(volume) = observed.volume.present() {
        match &observed.copy {
            Seen::Unknown => return Next::Wait(Waiting::Look),
            Seen::Present(copy) if copy.volume == volume.id && !copy.completed => return Next::Wait(Waiting::Copy),
            Seen::Present(copy) if copy.volume == volume.id => {}
            _ => {
                let reason = "a copy is kept before its data goes";
                return step(wanted, Step::TakeFinalCopy { volume: volume.id.clone() }, reason);
            }
        }
    }
    if let Some(instance) = left().next() {
        return step(wanted, Step::TerminateInstance { instance: instance.id.clone() }, why);
    }
    if let Some(volume) = observed.volume.present() {
        let copy =
            observed.copy.present().map_or_else(String::new, |copy| format!("; its data is kept in {}", copy.id));
        return step(wanted, Step::DestroyVolume { volume: volume.id.clone() }, format!("{why}{copy}"));
    }
    step(wanted, Step::Forget, why)
}

fn runs(instance: &Instance) -> bool {
    matches!(instance.state, InstanceState::Running | InstanceState::Pending)
}

#[cfg(test)]
mod tests;
