//! What is wrong with the fleet: one file a kind of cause.
//!
//! Pure: the same view, settings and time give the same findings, and nothing is remembered. How long something has
//! been so stands in the view.
//!
//! Guarantees
//! - A rule that cannot tell says so ([`Verdict::Unclear`]): an incident is neither opened nor resolved for want of a
//!   look, as after a restart of the host, when no agent was heard yet.
//! - Of one deployment that does not serve, one cause is told anew: the silent agent before the crash loop, that before
//!   the failing step, that before the health, that before the step that takes too long. What is open already stays
//!   while it is so.
//! - Of a cause that many deployments share one finding is told, and none of theirs that follow from it ([`shared`]).
//! - A deployment that is stopped, deleted or at rest by a person's word has no cause for being so, and what somebody
//!   asked for is given its time.

mod availability;
mod certificate;
mod crash;
mod disk;
mod drift;
mod load;
mod plane;
mod shared;

use super::settings::Settings;
use crate::model::{Cause, DeploymentName, FleetView, Health, InstanceType, Power, Row, Severity, spec};
use jiff::{SignedDuration, Timestamp};
use shared::Shared;
use std::collections::{BTreeMap, BTreeSet};

spec::words!(
    /// What is looked at.
    Rule, "rule" {
        /// An agent that says nothing.
        Heartbeat = "heartbeat",
        /// What starts and ends again and again.
        Crash = "crash-loop",
        /// The reconciler fails, or may not go on without a person.
        Failing = "failing",
        /// A database that should serve and does not.
        Health = "health",
        /// What takes longer than it may.
        Stuck = "stuck",
        /// Processors.
        Cpu = "cpu",
        /// Memory.
        Memory = "memory",
        /// SQL connections near their limit.
        Connections = "connections",
        /// Slow queries.
        Latency = "latency",
        /// A volume that is full, or soon.
        DiskFull = "disk-full",
        /// A certificate that ends, or cannot be renewed.
        Certificate = "certificate",
        /// Something that others changed.
        Drift = "drift",
        /// Most of what runs in a zone does not answer.
        Zone = "zone",
        /// A cloud that gives no instances.
        Capacity = "capacity",
        /// A certificate authority that refuses.
        Authority = "authority",
        /// The control plane's own store.
        Store = "store",
        /// The second server of that store.
        Standby = "standby",
        /// A cloud that cannot be looked at.
        Cloud = "cloud",
    }
);

impl PartialOrd for Rule {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rule {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

/// Of each deployment, those before others that follow from them.
const AVAILABILITY: [Rule; 5] = [Rule::Heartbeat, Rule::Crash, Rule::Failing, Rule::Health, Rule::Stuck];

/// Of each deployment, each for itself.
const OTHERS: [Rule; 7] =
    [Rule::Cpu, Rule::Memory, Rule::Connections, Rule::Latency, Rule::DiskFull, Rule::Certificate, Rule::Drift];

/// Of the control plane itself.
const PLANE: [Rule; 3] = [Rule::Store, Rule::Standby, Rule::Cloud];

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad.
    pub severity: Severity,
    /// What, in a line, with figures.
    pub title: String,
    /// More of it; may be empty.
    pub description: String,
    /// Where it is written what to do.
    pub runbook: Option<String>,
    /// Which deployments it is about, where its cause is none of one alone.
    pub deployments: Vec<DeploymentName>,
}

impl Finding {
    fn new(severity: Severity, title: impl Into<String>) -> Self {
        Self { severity, title: title.into(), description: String::new(), runbook: None, deployments: Vec::new() }
    }

    fn describe(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }
}

/// What one rule says of one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// This is wrong.
    Found(Finding),
    /// Nothing is.
    Fine,
    /// It cannot be told now.
    Unclear,
}

/// What all rules say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// What is wrong.
    pub found: BTreeMap<Cause, Finding>,
    /// Of the causes that were asked about, those that can be told neither way.
    pub unclear: BTreeSet<Cause>,
}

/// What the rules look at.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The fleet.
    pub fleet: &'a FleetView,
    /// What each instance type gives.
    pub types: &'a [InstanceType],
    /// When something is an incident.
    pub settings: &'a Settings,
    /// Now.
    pub now: Timestamp,
}

/// One deployment, as the rules look at it.
#[derive(Clone, Copy)]
struct Subject<'a> {
    name: &'a str,
    row: &'a Row,
    types: &'a [InstanceType],
    settings: &'a Settings,
    now: Timestamp,
}

impl Subject<'_> {
    /// Whether it should serve and nobody switched it off.
    fn should_serve(&self) -> bool {
        self.row.desired.as_ref().is_some_and(|desired| desired.power == Power::Running)
    }

    /// How long ago; never less than nothing.
    fn ago(&self, since: Timestamp) -> SignedDuration {
        self.now.duration_since(since).max(SignedDuration::ZERO)
    }
}

/// The causes of incidents that are not over, each with the deployments that its incident names.
pub type Open<'a> = BTreeMap<&'a Cause, &'a [DeploymentName]>;

/// Everything that is wrong; and of what is `open`, what cannot be told.
pub fn look<'a>(sight: Sight<'a>, open: &Open<'a>) -> Findings {
    let mut findings = Findings::default();
    let mut shared = Shared::of(&sight.fleet.rows, open, sight.settings);
    let is_on = |rule: &Rule| !sight.settings.off.contains(rule);
    for (name, row) in &sight.fleet.rows {
        let subject = Subject { name, row, types: sight.types, settings: sight.settings, now: sight.now };
        let cause = |rule: Rule| Cause { rule: rule.as_str().to_owned(), deployment: Some(row.record.name.clone()) };
        let (mut explained, mut own) = (false, Vec::new());
        for rule in AVAILABILITY.into_iter().chain(OTHERS).filter(is_on) {
            let follows = AVAILABILITY.contains(&rule);
            let verdict = of_deployment(rule, &subject);
            // Most of a large fleet: nothing is wrong, and nothing was.
            if verdict == Verdict::Fine && open.is_empty() {
                continue;
            }
            let cause = cause(rule);
            let is_open = open.contains_key(&cause);
            let severity = if let Verdict::Found(finding) = &verdict { Some(finding.severity) } else { None };
            let is_told = severity.is_none() || is_open || !(follows && explained);
            let is_shared = severity.is_some_and(|severity| is_told && !is_open && shared.take(row, rule, severity));
            // One whose cause has just gone tells nothing any more.
            let is_still_so = severity.is_some() || (is_open && verdict == Verdict::Unclear);
            if is_told && !is_shared {
                findings.add(sight.settings, rule, cause, verdict, is_open);
                if is_still_so {
                    own.push(rule);
                }
            }
            // What is open and cannot be told, or has just gone, still explains what follows from it.
            explained |= severity.is_some() || is_open;
        }
        shared.lasts(row, &own);
    }
    for rule in shared::RULES.into_iter().chain(PLANE).filter(is_on) {
        let cause = Cause { rule: rule.as_str().to_owned(), deployment: None };
        let verdict = if PLANE.contains(&rule) { plane::look(rule, sight) } else { shared.verdict(rule) };
        let is_open = open.contains_key(&cause);
        findings.add(sight.settings, rule, cause, verdict, is_open);
    }
    findings
}

impl Findings {
    fn add(&mut self, settings: &Settings, rule: Rule, cause: Cause, verdict: Verdict, is_open: bool) {
        match verdict {
            Verdict::Found(finding) => {
                let runbook = settings.runbooks.get(&rule).map(|runbook| runbook.as_str().to_owned());
                self.found.insert(cause, Finding { runbook, ..finding });
            }
            Verdict::Unclear if is_open => _ = self.unclear.insert(cause),
            Verdict::Unclear | Verdict::Fine => {}
        }
    }
}

fn of_deployment(rule: Rule, subject: &Subject<'_>) -> Verdict {
    let serves = subject.should_serve();
    // A stop or a deletion may fail and take too long as anything else.
    if !serves && !matches!(rule, Rule::Failing | Rule::Stuck) {
        return Verdict::Fine;
    }
    // The machine's power switch is off: nothing was mended by that, and nothing broke.
    if serves && subject.row.health == Health::Stopped {
        return Verdict::Unclear;
    }
    match rule {
        Rule::Heartbeat => availability::heartbeat(subject),
        Rule::Crash => crash::looping(subject),
        Rule::Failing => availability::failing(subject),
        Rule::Health => availability::health(subject),
        Rule::Stuck => availability::stuck(subject),
        Rule::Cpu => load::cpu(subject),
        Rule::Memory => load::memory(subject),
        Rule::Connections => load::connections(subject),
        Rule::Latency => load::latency(subject),
        Rule::DiskFull => disk::full(subject),
        Rule::Certificate => certificate::look(subject),
        Rule::Drift => drift::look(subject),
        Rule::Zone | Rule::Capacity | Rule::Authority | Rule::Store | Rule::Standby | Rule::Cloud => Verdict::Fine,
    }
}

fn seconds(count: u32) -> SignedDuration {
    SignedDuration::from_secs(count.into())
}

fn minutes(count: u32) -> SignedDuration {
    SignedDuration::from_mins(count.into())
}

/// A time in the unit that fits.
fn words(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ ..120 => format!("{} s", seconds.max(0)),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// At most so much of what others said: a title is a line.
fn short(text: &str) -> String {
    const LONGEST: usize = 140;
    let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(LONGEST + 1).collect();
    if line.chars().count() > LONGEST {
        format!("{}…", line.chars().take(LONGEST - 1).collect::<String>())
    } else {
        line
    }
}

#[cfg(test)]
mod tests;
