//! One cause behind the trouble of many deployments: a zone, a public authority, a cloud without capacity.
//!
//! Which deployment suffers from what is told by its [`symptom`] alone. Where as many as [`is_common`] asks for have the
//! same one, what follows from it is not told of each of them: one finding names them all.
//!
//! Guarantees
//! - It is told as soon as the first of them would be: the others show the symptom long before their own time has come,
//!   so that no page of a single deployment goes ahead of it.
//! - Once it is open, those that it names stay its own, however few are left: it is over with the last of them.
//! - One that was told of by itself before is not taken over, and one that falls ill of the same while it is open, but
//!   is no longer common, is told of by itself.

use super::{AVAILABILITY, Finding, Open, Rule, Settings, Verdict, short};
use crate::model::{DeploymentName, Health, InstanceState, Power, Row, Seen, Severity};
use std::collections::{BTreeMap, BTreeSet};

/// More are not named: what is to be read at three in the morning has an end. Those beyond are counted.
const NAMED: usize = crate::incidents::people::MOST_DEPLOYMENTS;

/// Steps that ask the cloud for an instance.
const LAUNCHES: [&str; 2] = ["launch-instance", "start-instance"];
/// The step that asks a public authority.
const ORDER: &str = "order-certificate";

/// The rules of causes that many deployments share.
pub const RULES: [Rule; 3] = [Rule::Zone, Rule::Capacity, Rule::Authority];

/// What a deployment suffers from that others may share.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Symptom {
    /// Which cause it would be.
    pub rule: Rule,
    /// In which zone; empty where that is not asked.
    pub zone: String,
}

/// What this row suffers from, if it is something that others may share.
pub fn symptom(row: &Row) -> Option<Symptom> {
    if !row.desired.as_ref().is_some_and(|desired| desired.power == Power::Running) {
        return None;
    }
    let of = |rule| Some(Symptom { rule, zone: String::new() });
    if let Seen::Present(instance) = &row.observed.instance
        && instance.state == InstanceState::Running
        && row.health == Health::Unreachable
    {
        return Some(Symptom { rule: Rule::Zone, zone: instance.zone.clone() });
    }
    if row.tries.failures > 0 && LAUNCHES.contains(&row.tries.step.as_str()) {
        return of(Rule::Capacity);
    }
    // One that fails at something else has trouble of its own.
    let refused =
        if row.tries.failures > 0 { row.tries.step == ORDER } else { row.observed.ordering.failure.is_some() };
    if refused { of(Rule::Authority) } else { None }
}

/// What was said of it.
fn why(row: &Row) -> &str {
    let refused = row.observed.ordering.failure.as_ref().map(|failure| failure.error.as_str());
    match refused {
        Some(error) if row.tries.failures == 0 => error,
        _ => &row.tries.error,
    }
}

/// What a cause explains: a finding of these rules, of a deployment with its symptom, is the cause's.
fn explains(cause: Rule, rule: Rule) -> bool {
    match cause {
        // What crashes was started.
        _ if rule == Rule::Crash => false,
        Rule::Authority if rule == Rule::Certificate => true,
        _ => RULES.contains(&cause) && AVAILABILITY.contains(&rule),
    }
}

/// What the fleet suffers from together, and what was found of it so far.
#[derive(Debug, Default)]
pub struct Shared<'a> {
    /// By symptom, who has it.
    members: BTreeMap<Symptom, Vec<&'a DeploymentName>>,
    /// By rule, whom its open incident names.
    open: BTreeMap<Rule, BTreeSet<&'a DeploymentName>>,
    /// Those that many have.
    common: BTreeSet<Symptom>,
    /// What the first of its members was told.
    why: BTreeMap<Rule, &'a str>,
    /// What has had its time at one of its members, and how bad that is.
    told: BTreeMap<Rule, Severity>,
    /// Whose members are not all well.
    lasting: BTreeSet<Rule>,
}

impl<'a> Shared<'a> {
    /// Looks at everybody once, before anybody is told of.
    pub fn of(rows: &'a BTreeMap<String, std::sync::Arc<Row>>, open: &Open<'a>, settings: &Settings) -> Self {
        let mut shared = Self::default();
        let mut zones: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows.values() {
            if let Seen::Present(instance) = &row.observed.instance {
                *zones.entry(&instance.zone).or_default() += 1;
            }
            if let Some(symptom) = symptom(row).filter(|symptom| !settings.off.contains(&symptom.rule)) {
                shared.why.entry(symptom.rule).or_insert_with(|| why(row));
                shared.members.entry(symptom).or_default().push(&row.record.name);
            }
        }
        let least = usize::try_from(settings.shared_deployments.get()).unwrap_or(usize::MAX);
        for (symptom, members) in &shared.members {
            let all = zones.get(symptom.zone.as_str()).copied().unwrap_or_default();
            // A zone is away when most of what runs there is; of the others, those that want nothing say nothing.
            let most = symptom.rule != Rule::Zone || members.len() * 2 > all;
            if members.len() >= least && most {
                shared.common.insert(symptom.clone());
            }
        }
        for (cause, deployments) in open {
            let is_it = |rule: &Rule| cause.deployment.is_none() && rule.as_str() == cause.rule;
            if let Some(rule) = RULES.into_iter().filter(|rule| !settings.off.contains(rule)).find(is_it) {
                shared.open.insert(rule, deployments.iter().collect());
            }
        }
        shared
    }

    /// Whether this one's symptom is part of a cause that many share.
    fn is_part(&self, symptom: &Symptom, name: &DeploymentName) -> bool {
        let is_named = |names: &BTreeSet<_>| names.contains(name) || names.len() >= NAMED;
        self.common.contains(symptom) || self.open.get(&symptom.rule).is_some_and(is_named)
    }

    /// Takes what was found of one deployment where it is part of what many share; gives whether it was.
    pub fn take(&mut self, row: &Row, rule: Rule, severity: Severity) -> bool {
        let part = symptom(row).filter(|symptom| self.is_part(symptom, &row.record.name));
        let Some(symptom) = part.filter(|symptom| explains(symptom.rule, rule)) else { return false };
        let told = self.told.entry(symptom.rule).or_insert(severity);
        *told = severity.max(*told);
        true
    }

    /// One that an open cause names: while it is not well, and none of its `own` incidents says the same, the cause is not
    /// over.
    pub fn lasts(&mut self, row: &Row, own: &[Rule]) {
        let well = matches!(row.health, Health::Healthy | Health::Degraded | Health::Stopped);
        let symptom = symptom(row).map(|symptom| symptom.rule);
        for (rule, names) in &self.open {
            let is_told = own.iter().any(|own| explains(*rule, *own));
            if names.contains(&row.record.name) && !is_told && (symptom == Some(*rule) || !well) {
                self.lasting.insert(*rule);
            }
        }
    }

    /// What is to be said of each cause.
    pub fn verdict(&self, rule: Rule) -> Verdict {
        match self.told.get(&rule) {
            Some(severity) => Verdict::Found(self.finding(rule, *severity)),
            None if self.lasting.contains(&rule) => Verdict::Unclear,
            None => Verdict::Fine,
        }
    }

    fn finding(&self, rule: Rule, severity: Severity) -> Finding {
        let (mut names, mut zones) = (BTreeSet::new(), BTreeSet::new());
        for (symptom, members) in self.members.iter().filter(|(symptom, _)| symptom.rule == rule) {
            let part = members.iter().filter(|name| self.is_part(symptom, name));
            let before = names.len();
            names.extend(part.map(|name| (*name).clone()));
            if names.len() > before && !symptom.zone.is_empty() {
                zones.insert(symptom.zone.as_str());
            }
        }
        let count = names.len();
        let why = self.why.get(&rule).copied().unwrap_or_default();
        let title = match rule {
            Rule::Zone if zones.is_empty() => format!("{count} deployments do not answer"),
            Rule::Zone => {
                let zones: Vec<&str> = zones.into_iter().collect();
                format!("{count} deployments in {} do not answer", zones.join(", "))
            }
            Rule::Capacity => format!("The cloud gives no instances to {count} deployments: {}", short(why)),
            _ => format!("The certificate authority refuses {count} deployments: {}", short(why)),
        };
        let more = count.saturating_sub(NAMED);
        let more = if more > 0 { format!(" {more} more are not named.") } else { String::new() };
        let told = format!("One cause for all of them: it is over when the last of them is well.{more}");
        let deployments = names.into_iter().take(NAMED).collect();
        Finding { deployments, ..Finding::new(severity, title).describe(told) }
    }
}
