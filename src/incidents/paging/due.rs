//! Which pages are to be sent now, and which are not needed any more.
//!
//! Pure: incidents, what was sent so far, the settings and the time in; pages out. Nothing is remembered between two
//! calls, so a restart, a new host and a settings file that was changed all run the same code.
//!
//! Guarantees
//! - A page that was taken, refused or given up is never due again.
//! - Nobody is triggered about an incident that was acknowledged or resolved; of a resolved one only the resolve is told.
//! - Acknowledge and resolve are told to every receiver that may have got a trigger, and to no other.
//! - A level is asked when the one before has had its time, or at once when none of that level's pages could be
//!   delivered. A new round of levels always waits, so that a wrong key does not burn through all of them in a second.
//! - In quiet hours no trigger of a severity that they hold back is due, tries of an earlier one included. Nor is
//!   anything for a receiver that can only ring ([`Kind::always_rings`]).
//!
//! [`Kind::always_rings`]: super::settings::Kind::always_rings

use super::{
    quiet, rotation,
    settings::{Level, Quiet, Settings, Who},
};
use crate::model::{Delivery, Incident, IncidentId, PageAction, PageKey, PageState};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What is to be sent now: new pages, which are to be written down together before the first is sent, and earlier ones
/// whose time has come again.
pub fn due(incidents: &[Incident], deliveries: &[Delivery], settings: &Settings, now: Timestamp) -> Vec<Delivery> {
    let told = by_incident(deliveries);
    let of = |incident: &Incident| {
        let told = told.get(&incident.id).map_or(&[][..], Vec::as_slice);
        let mut pages = match (&incident.resolved, &incident.acknowledged) {
            (Some(_), _) => follow_up(incident, told, settings, PageAction::Resolve, now),
            (None, Some(_)) => follow_up(incident, told, settings, PageAction::Acknowledge, now),
            (None, None) => again(told, PageAction::Trigger).chain(escalation(incident, told, settings, now)).collect(),
        };
        let quiet = quiet::at(settings, incident.severity, now).is_some();
        pages.retain(|page| page.due <= now && !(quiet && rings(page, settings)));
        pages
    };
    incidents.iter().flat_map(of).collect()
}

/// Pages that wait and will never be sent: somebody has the incident, it is over, or the receiver is not configured any
/// more.
pub fn moot(incidents: &[Incident], deliveries: &[Delivery], settings: &Settings) -> Vec<Delivery> {
    let incidents: BTreeMap<&IncidentId, &Incident> = incidents.iter().map(|it| (&it.id, it)).collect();
    let why = |page: &Delivery| {
        let incident = incidents.get(&page.key.incident)?;
        match page.key.action {
            _ if !settings.receivers.contains_key(&page.key.target) => Some("the receiver is not configured any more"),
            PageAction::Trigger | PageAction::Acknowledge if incident.is_resolved() => Some("it is resolved"),
            PageAction::Trigger if incident.acknowledged.is_some() => Some("it is acknowledged"),
            _ => None,
        }
    };
    let waiting = deliveries.iter().filter(|page| page.state == PageState::Waiting);
    let drop =
        |page: &Delivery, why: &str| Delivery { state: PageState::Dropped, error: why.to_owned(), ..page.clone() };
    waiting.filter_map(|page| why(page).map(|why| drop(page, why))).collect()
}

fn by_incident(deliveries: &[Delivery]) -> BTreeMap<&IncidentId, Vec<&Delivery>> {
    let mut told: BTreeMap<&IncidentId, Vec<&Delivery>> = BTreeMap::new();
    for delivery in deliveries {
        told.entry(&delivery.key.incident).or_default().push(delivery);
    }
    told
}

fn of_action<'a>(told: &'a [&'a Delivery], action: PageAction) -> impl Iterator<Item = &'a Delivery> {
    told.iter().copied().filter(move |page| page.key.action == action)
}

fn again<'a>(told: &'a [&'a Delivery], action: PageAction) -> impl Iterator<Item = Delivery> + 'a {
    of_action(told, action).filter(|page| page.state == PageState::Waiting).cloned()
}

/// A trigger rings; what follows it does so only where the receiver cannot do otherwise.
fn rings(page: &Delivery, settings: &Settings) -> bool {
    let always = settings.receivers.get(&page.key.target).is_some_and(|it| it.kind.always_rings());
    page.key.action == PageAction::Trigger || always
}

/// Acknowledge or resolve, for whoever may have got a trigger.
fn follow_up(
    incident: &Incident,
    told: &[&Delivery],
    settings: &Settings,
    action: PageAction,
    now: Timestamp,
) -> Vec<Delivery> {
    let asked: BTreeSet<&str> = of_action(told, action).map(|page| page.key.target.as_str()).collect();
    let mut triggered: BTreeMap<&str, &Delivery> = BTreeMap::new();
    for page in of_action(told, PageAction::Trigger).filter(|page| page.may_have_arrived()) {
        // The last level's: that is who has it on their screen.
        let last = triggered.entry(&page.key.target).or_insert(page);
        if last.key.level < page.key.level {
            *last = page;
        }
    }
    let fresh = triggered.into_values().filter(|page| !asked.contains(page.key.target.as_str()));
    let fresh = fresh.filter_map(|page| new(incident, settings, &page.key.target, action, 0, &page.to, now));
    again(told, action).chain(fresh).collect()
}

/// The next level's pages, when it is that level's turn.
fn escalation(incident: &Incident, told: &[&Delivery], settings: &Settings, now: Timestamp) -> Vec<Delivery> {
    let dropped = quiet::at(settings, incident.severity, incident.opened.at) == Some(Quiet::Drop);
    if dropped || quiet::at(settings, incident.severity, now).is_some() {
        return Vec::new();
    }
    let rounds = (0..=settings.repeat).flat_map(|_| settings.levels.iter().enumerate());
    let mut turn = incident.opened.at;
    for (number, (index, level)) in (0u32..).zip(rounds) {
        let asked: Vec<&Delivery> =
            of_action(told, PageAction::Trigger).filter(|page| page.key.level == number).collect();
        if let Some(last) = asked.iter().map(|page| page.asked).max() {
            let lost = asked.iter().all(|page| matches!(page.state, PageState::Failed | PageState::Refused));
            let ends_round = index + 1 == settings.levels.len();
            turn = if lost && !ends_round { last } else { last.saturating_add(level.wait).unwrap_or(last) };
            continue;
        }
        if turn > now {
            break;
        }
        let pages = ask(incident, settings, level, number, now);
        // Nobody at this level hears of so little: nobody is waited for either.
        if !pages.is_empty() {
            return pages;
        }
    }
    Vec::new()
}

/// A level's pages: to its receivers, and to those of whoever is on call.
fn ask(incident: &Incident, settings: &Settings, level: &Level, number: u32, now: Timestamp) -> Vec<Delivery> {
    let who = match &level.who {
        None => "",
        Some(Who::Person(name)) => name.as_str(),
        Some(Who::Rotation(name)) => settings.rotations.get(name).map_or("", |it| rotation::who(it, now)),
    };
    let own = settings.people.get(who).map_or(&[][..], Vec::as_slice);
    let mut seen = BTreeSet::new();
    let targets = level.receivers.iter().chain(own).filter(|target| seen.insert(target.as_str()));
    targets.filter_map(|target| new(incident, settings, target, PageAction::Trigger, number, who, now)).collect()
}

/// A page that was not asked for before; `None` where the receiver is not configured, or hears of nothing so mild.
fn new(
    incident: &Incident,
    settings: &Settings,
    target: &str,
    action: PageAction,
    level: u32,
    to: &str,
    now: Timestamp,
) -> Option<Delivery> {
    let receiver = settings.receivers.get(target)?;
    if action == PageAction::Trigger && incident.severity < receiver.min_severity {
        return None;
    }
    Some(Delivery {
        key: PageKey { incident: incident.id.clone(), target: target.to_owned(), action, level },
        kind: receiver.kind.as_str().to_owned(),
        to: to.to_owned(),
        state: PageState::Waiting,
        tries: 0,
        asked: now,
        due: now,
        tried: None,
        error: String::new(),
    })
}

#[cfg(test)]
mod tests;
