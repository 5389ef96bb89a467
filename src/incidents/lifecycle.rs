//! What becomes of incidents: opened, marked, raised, resolved.
//!
//! Pure: the incidents that are not over, what the rules found and the time give the changes.
//!
//! Guarantees
//! - A cause has at most one incident that is not over.
//! - A cause that comes back before its incident was resolved is the same incident, counted.
//! - An incident of a cause is resolved only after its cause was away for the settled time without a break; one whose
//!   cause cannot be told is left as it is, and its time away begins anew.
//! - One of a cause that many share names everybody who had it while it was open: names are added, never taken away.
//! - One that a person opened is never touched.
//!
//! Why the state is the incidents themselves: they are in the store, so a new host goes on where the last one ended.

use super::{
    people::{LONGEST_DESCRIPTION, LONGEST_TITLE, MOST_DEPLOYMENTS},
    rules::{Finding, Findings},
};
use crate::model::{By, Cause, DeploymentName, Incident, IncidentId, RECONCILER, Severity};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// No more are open at once: a person sees no more than this, and a storm must not fill the store.
pub const MOST_OPEN: usize = 1_000;

/// One change of an incident; each holds it as it is afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new one.
    Open(Incident),
    /// Its cause went away, came back, or cannot be told any more.
    Mark(Incident),
    /// It is worse than it was.
    Raise(Incident),
    /// It has come to more deployments.
    Widen(Incident),
    /// It is over.
    Resolve(Incident),
}

impl Change {
    /// The incident after it.
    pub fn incident(&self) -> &Incident {
        match self {
            Self::Open(incident)
            | Self::Mark(incident)
            | Self::Raise(incident)
            | Self::Widen(incident)
            | Self::Resolve(incident) => incident,
        }
    }

    /// What happened, in a line; none: nothing that would be written in a commit.
    pub fn message(&self) -> Option<String> {
        let (incident, what) = match self {
            Self::Mark(_) => return None,
            Self::Open(incident) => (incident, "opened".to_owned()),
            Self::Raise(incident) => (incident, format!("raised to {}", incident.severity)),
            Self::Widen(incident) => (incident, format!("has come to {} deployments", incident.deployments.len())),
            Self::Resolve(incident) => (incident, "resolved".to_owned()),
        };
        Some(format!("Incident {} {what}: {}", incident.id, incident.title))
    }
}

/// What is to be changed at `now`. `incidents` holds at least all that are not over; `new_id` names new ones.
pub fn step(
    incidents: &[Incident],
    findings: &Findings,
    settled: SignedDuration,
    now: Timestamp,
    mut new_id: impl FnMut() -> IncidentId,
) -> Vec<Change> {
    let open: Vec<&Incident> = incidents.iter().filter(|incident| !incident.is_resolved()).collect();
    let mut changes: Vec<Change> =
        open.iter().filter_map(|incident| follow(incident, findings, settled, now)).collect();
    let known: BTreeSet<&Cause> = open.iter().filter_map(|incident| incident.cause.as_ref()).collect();
    let mut new: Vec<(&Cause, &Finding)> = findings.found.iter().filter(|(cause, _)| !known.contains(cause)).collect();
    // Where there is room for some only, the worst have it.
    new.sort_by_key(|(_, finding)| std::cmp::Reverse(finding.severity));
    let room = MOST_OPEN.saturating_sub(open.len());
    changes
        .extend(new.into_iter().take(room).map(|(cause, finding)| Change::Open(opened(cause, finding, now, new_id()))));
    changes
}

/// What becomes of one that is open.
fn follow(incident: &Incident, findings: &Findings, settled: SignedDuration, now: Timestamp) -> Option<Change> {
    let cause = incident.cause.as_ref()?;
    let mut after = incident.clone();
    if let Some(finding) = findings.found.get(cause) {
        let came_back = after.gone_since.take().is_some();
        after.returned = after.returned.saturating_add(u32::from(came_back));
        let is_wider = widen(&mut after.deployments, &finding.deployments);
        if finding.severity > after.severity {
            (after.severity, after.title) = (finding.severity, finding.title.clone());
            return Some(Change::Raise(after));
        }
        if is_wider {
            after.title = cut(&finding.title, LONGEST_TITLE);
            after.description = cut(&finding.description, LONGEST_DESCRIPTION);
            return Some(Change::Widen(after));
        }
        return came_back.then_some(Change::Mark(after));
    }
    if findings.unclear.contains(cause) {
        return after.gone_since.take().map(|_| Change::Mark(after));
    }
    match after.gone_since {
        // The clock was set back: the time away begins anew.
        Some(since) if since > now => {
            after.gone_since = Some(now);
            Some(Change::Mark(after))
        }
        Some(since) if now.duration_since(since) >= settled => {
            after.gone_since = None;
            after.resolved = Some(By { at: now, who: RECONCILER.to_owned() });
            Some(Change::Resolve(after))
        }
        Some(_) => None,
        None => {
            after.gone_since = Some(now);
            Some(Change::Mark(after))
        }
    }
}

/// Adds who is not named yet, while there is room; gives whether there was any.
fn widen(named: &mut Vec<DeploymentName>, more: &[DeploymentName]) -> bool {
    let before = named.len();
    for name in more {
        if named.len() < MOST_DEPLOYMENTS && !named.contains(name) {
            named.push(name.clone());
        }
    }
    named.len() > before
}

/// A column holds so much; what others said may be longer.
fn cut(text: &str, longest: usize) -> String {
    text.chars().take(longest).collect()
}

fn opened(cause: &Cause, finding: &Finding, now: Timestamp, id: IncidentId) -> Incident {
    let mut deployments: Vec<DeploymentName> = cause.deployment.iter().cloned().collect();
    widen(&mut deployments, &finding.deployments);
    Incident {
        id,
        cause: Some(cause.clone()),
        severity: finding.severity,
        title: cut(&finding.title, LONGEST_TITLE),
        description: cut(&finding.description, LONGEST_DESCRIPTION),
        impact: match finding.severity {
            Severity::Critical if !deployments.is_empty() => "Its clients may not be served.".to_owned(),
            _ => String::new(),
        },
        deployments,
        runbook: finding.runbook.clone(),
        opened: By { at: now, who: RECONCILER.to_owned() },
        acknowledged: None,
        assignee: None,
        resolved: None,
        gone_since: None,
        returned: 0,
        notes: Vec::new(),
    }
}

#[cfg(test)]
mod tests;
