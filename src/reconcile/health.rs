//! How a deployment is, from what should be and what was seen. Pure, and never stored.

use super::{
    plan::{Wanted, first_answer},
    renewal,
};
pub use crate::model::{Health, Tries};

use crate::model::{AgentReport, DoltState, Instance, InstanceState, Observed, Power, Seen};
use jiff::{SignedDuration, Timestamp};

/// An agent that was not heard for so long is silent: three heartbeats of 2 s, one lost answer of 3 s, and some.
pub const SILENT: SignedDuration = SignedDuration::from_secs(10);

/// A volume that is fuller than this is worth a look: a commit and its garbage need room of their own.
const DISK_FULL: f64 = 0.9;

/// After failing for so long a deployment is called failed; trying goes on.
///
/// A capacity or throttling problem of a cloud is mostly over in two or three minutes.
const FAILED_AFTER: SignedDuration = SignedDuration::from_mins(3);

/// The step that nothing waits for.
const GIVE_CREDENTIALS: &str = "give-credentials";

/// The step without which nobody finds a database that serves.
const PUBLISH_NAME: &str = "publish-name";

/// Whether an agent's last word is too old to be believed.
pub fn is_silent(report: &AgentReport, now: Timestamp) -> bool {
    now.duration_since(report.heard) > SILENT
}

/// The health and, where it is not well, why.
pub fn health(
    wanted: &Wanted<'_>,
    observed: &Observed,
    tries: &Tries,
    blocked: Option<&str>,
    now: Timestamp,
) -> (Health, String) {
    if let Some(why) = blocked {
        return (Health::Failed, why.to_owned());
    }
    // A database serves without metrics: that they cannot be sent is a failure to be seen, and no failed deployment.
    let serves = tries.step == GIVE_CREDENTIALS;
    if !serves && tries.since.is_some_and(|since| now.duration_since(since) > FAILED_AFTER) {
        return (Health::Failed, format!("{}: {}", tries.step, tries.error));
    }
    let Some(desired) = wanted.desired else { return (Health::Stopped, "it is being deleted".to_owned()) };
    let instance = match &observed.instance {
        Seen::Unknown => return (Health::Unreachable, "the cloud could not be looked at".to_owned()),
        Seen::Present(instance) if instance.state != InstanceState::Terminated => instance,
        Seen::Absent | Seen::Present(_) if desired.power == Power::Stopped => return (Health::Stopped, String::new()),
        Seen::Absent | Seen::Present(_) => return (Health::Starting, "it has no instance yet".to_owned()),
    };
    match (desired.power, instance.state) {
        (Power::Stopped, InstanceState::Stopped) => (Health::Stopped, String::new()),
        (Power::Stopped, _) => (Health::Stopped, "it is being stopped".to_owned()),
        (Power::Running, InstanceState::Running) => running(wanted, instance, observed, tries, now),
        (Power::Running, state) => (Health::Starting, format!("its instance is {}", state.as_str())),
    }
}

fn running(
    wanted: &Wanted<'_>,
    instance: &Instance,
    observed: &Observed,
    tries: &Tries,
    now: Timestamp,
) -> (Health, String) {
    let Some(report) = observed.word(instance) else {
        return if now.duration_since(observed.started(instance)) > first_answer(wanted.site) {
            (Health::Unreachable, "its agent has not answered since it was started".to_owned())
        } else {
            (Health::Starting, "its agent has not answered yet".to_owned())
        };
    };
    if is_silent(report, now) {
        let silent = now.duration_since(report.heard).as_secs();
        return (Health::Unreachable, format!("its agent was last heard {silent} s ago"));
    }
    if report.disk_lost {
        return (Health::Degraded, "its data volume was taken from under its filesystem".to_owned());
    }
    match report.dolt {
        DoltState::NotDeployed => match renewal::not_yet(observed, now) {
            Some(failure) => (Health::Starting, format!("its certificate: {}", failure.error)),
            None => (Health::Starting, "Dolt starts".to_owned()),
        },
        DoltState::Starting => (Health::Starting, "Dolt starts".to_owned()),
        DoltState::Down => (Health::Degraded, format!("Dolt does not answer: {}", report.last_error)),
        DoltState::Up => complaints(wanted, observed, tries, report, now),
    }
}

/// It serves; is anything wrong all the same?
fn complaints(
    wanted: &Wanted<'_>,
    observed: &Observed,
    tries: &Tries,
    report: &AgentReport,
    now: Timestamp,
) -> (Health, String) {
    let mut why = Vec::new();
    if tries.step == PUBLISH_NAME && tries.failures > 0 {
        why.push(format!("its name does not lead to it: {}", tries.error));
    }
    #[allow(clippy::cast_precision_loss, reason = "a share of the disk needs no more than 52 bits")]
    let used = report.disk_used as f64 / (report.disk_total.max(1)) as f64;
    if report.disk_total > 0 && used > DISK_FULL {
        why.push(format!("its volume is {:.0}% full", used * 100.0));
    }
    let stands_in = |desired| report.applied.as_ref().is_some_and(|applied| renewal::stands_in(desired, applied));
    if wanted.desired.is_some_and(stands_in) {
        let refused = renewal::not_yet(observed, now).map(|failure| format!(": {}", failure.error));
        why.push(format!("{}{}", renewal::STANDS_IN, refused.unwrap_or_default()));
    }
    if let Some(applied) = report.applied.as_ref().filter(|applied| renewal::is_late(applied, now)) {
        why.push(format!("{} and was not renewed in time", renewal::left(applied, now)));
    }
    if why.is_empty() { (Health::Healthy, String::new()) } else { (Health::Degraded, why.join("; ")) }
}
