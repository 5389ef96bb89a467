//! The credentials with which an instance sends its metrics and logs.
//!
//! They come after everything else, so that nothing waits for them: a database serves without metrics.

use super::{Next, Wanted, step};
use crate::model::{AgentReport, Instance, Step};
use jiff::{SignedDuration, Timestamp};

/// They last for an hour. Half of it is left for as long as AWS, the agent or this control plane may be away.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(30);

/// What an agent that serves is given; none: it has what it needs for a while.
pub(super) fn renew(
    wanted: &Wanted<'_>,
    instance: &Instance,
    report: Option<&AgentReport>,
    now: Timestamp,
) -> Option<Next> {
    let report = report.filter(|_| wanted.site.credentials)?;
    let renew = || Step::RenewCredentials { instance: instance.id.clone() };
    match report.credentials_until {
        None => Some(step(wanted, renew(), "it cannot send its metrics yet")),
        Some(until) if until.duration_since(now) < RENEW_BEFORE => {
            Some(step(wanted, renew(), "the credentials for its metrics end soon"))
        }
        Some(_) => None,
    }
}
