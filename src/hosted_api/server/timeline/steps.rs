//! What the reconciler did and saw: steps, errors, health, drift. This process's memory holds them, and no longer.

use super::{Window, missing};
use crate::{
    hosted_api::{convert, server::Server},
    reconcile::events::Event,
};
use doltops_proto::hosted_api::{Incident, TimelineEntry};
use std::collections::BTreeSet;

/// How many of the last events are looked through: all that are kept.
const EVENTS: usize = 10_000;

/// How a step that has ended begins to say so, after its name.
const DONE: &str = "done in ";

impl Server {
    pub(super) fn steps_around(&self, incident: &Incident, window: Window) -> Vec<TimelineEntry> {
        let (events, _) = self.manager.events.follow(EVENTS, "");
        let mut entries = tell(&events, &incident.deployments, window);
        if self.info.started > window.from {
            let why = "what the reconciler did before is not known: the control plane was started here".to_owned();
            entries.push(missing("step", "", self.info.started, why));
        }
        entries
    }
}

/// Events as entries: a step and its end are one.
fn tell(events: &[Event], deployments: &[String], window: Window) -> Vec<TimelineEntry> {
    let ours = |event: &&Event| {
        // Of what is about no deployment, what befell the control plane is part of the story; what somebody asked of it,
        // such as a clone, a test page or a certificate for a person, is not.
        let of_all = event.deployment.is_empty() && event.author.is_empty();
        let of_it = deployments.is_empty() || of_all || deployments.contains(&event.deployment);
        of_it && window.holds(event.time)
    };
    let mut entries: Vec<TimelineEntry> = Vec::new();
    for event in events.iter().filter(ours) {
        let (kind, text) = match event.kind {
            "step" => ("step", event.text.clone()),
            "health" => ("health", event.text.clone()),
            "error" => ("step", format!("failed: {}", event.text)),
            "drift" => ("health", format!("drift: {}", event.text)),
            // What was asked for without a commit, such as SQL as a user that can write.
            "asked" => ("step", event.text.clone()),
            "control-plane" => ("step", event.text.clone()),
            _ => continue,
        };
        if kind == "step" && ended(&mut entries, event) {
            continue;
        }
        entries.push(TimelineEntry {
            time_ms: convert::ms(event.time),
            kind: kind.to_owned(),
            deployment: event.deployment.clone(),
            text,
            author: event.author.clone(),
            ..TimelineEntry::default()
        });
    }
    entries
}

/// Writes the end of a step beside its beginning; false where the event is no end, or its beginning is not there.
fn ended(entries: &mut [TimelineEntry], event: &Event) -> bool {
    let Some((what, end)) = event.text.rsplit_once(": ").filter(|(_, end)| end.starts_with(DONE)) else { return false };
    let begun = |entry: &&mut TimelineEntry| {
        let rest = entry.text.strip_prefix(what).and_then(|rest| rest.strip_prefix(": "));
        entry.deployment == event.deployment && rest.is_some_and(|rest| !rest.contains(DONE))
    };
    match entries.iter_mut().rev().find(begun) {
        Some(entry) => {
            // Why it was done is told as that: `deploy orders, because Dolt does not start: done in 0.0 s`.
            let why = entry.text.get(what.len() + 2..).unwrap_or_default();
            entry.text = format!("{what}, because {why}: {end}");
            true
        }
        None => false,
    }
}

/// What was asked for stands with its commit, where it has one.
pub fn without_commits(entries: Vec<TimelineEntry>) -> impl FnOnce(&[TimelineEntry]) -> Vec<TimelineEntry> {
    move |first| {
        let commits: BTreeSet<(&str, &str)> = first
            .iter()
            .filter(|entry| !entry.commit.is_empty())
            .map(|entry| (entry.author.as_str(), entry.text.as_str()))
            .collect();
        let told = |entry: &TimelineEntry| commits.contains(&(entry.author.as_str(), entry.text.as_str()));
        entries.into_iter().filter(|entry| entry.author.is_empty() || !told(entry)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn event(second: i64, deployment: &str, kind: &'static str, text: &str) -> Event {
        let (deployment, text) = (deployment.to_owned(), text.to_owned());
        Event { sequence: 0, time: at(second), deployment, kind, text, author: String::new() }
    }

    #[test]
    fn a_step_and_its_end_are_one_and_others_deployments_are_left_out() {
        let window = Window { from: at(10), opened: at(50), until: at(100) };
        let events = [
            event(5, "orders", "step", "too early"),
            event(20, "orders", "step", "deploy orders: its settings differ"),
            event(21, "billing", "step", "deploy billing: its settings differ"),
            event(27, "orders", "step", "deploy orders: done in 7.0 s"),
            event(30, "orders", "error", "launch-instance: no port; tried again in 1.0 s"),
            event(40, "orders", "health", "healthy → failed: no instance"),
            event(41, "", "control-plane", "the store is away"),
            Event { author: "op2".into(), ..event(42, "", "control-plane", "cloned at 8u6nmkpu") },
        ];
        let told = tell(&events, &["orders".to_owned()], window);
        let texts: Vec<&str> = told.iter().map(|entry| entry.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "deploy orders, because its settings differ: done in 7.0 s",
                "failed: launch-instance: no port; tried again in 1.0 s",
                "healthy → failed: no instance",
                "the store is away",
            ]
        );
    }

    #[test]
    fn what_was_asked_for_is_told_once() {
        let entry = |commit: &str, text: &str| TimelineEntry {
            commit: commit.into(),
            text: text.into(),
            author: "op1".into(),
            ..TimelineEntry::default()
        };
        let others = vec![entry("", "Resize orders"), entry("", "Open a writing SQL session")];
        let left = without_commits(others)(&[entry("abc", "Resize orders")]);
        assert_eq!(left.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), ["Open a writing SQL session"]);
    }
}
