//! Puts the fleet together for its readers, whenever something of it has changed.

use super::{Manager, PUBLISH, Progress, desired_of, lock};
use crate::{
    model::{Crashes, DeploymentId, Drift, Instance, InstanceState, Observed, PlannedStep, Record, Seen, Site},
    reconcile::{
        drift,
        executor::{Subject, facts_differ},
        fleet::{FleetView, Row},
        health::{self, Tries},
        plan::{Waiting, Wanted},
        preview, renewal,
    },
    store::Snapshot,
};
use jiff::Timestamp;
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use tokio::time;

/// Time alone changes a health (silence, a certificate): it is seen after this at the latest.
const AT_LEAST: Duration = Duration::from_secs(2);

/// What people read of every deployment while the machine's power switch is off.
const RESTING: &str = "resting: its instances were stopped; the console, a daemon or a change brings them back";

impl Manager {
    pub(super) async fn publish(self: Arc<Self>) {
        loop {
            self.show_fleet();
            let _ = time::timeout(AT_LEAST, self.dirty.notified()).await;
            // What comes within this time becomes one view.
            time::sleep(PUBLISH).await;
        }
    }

    /// Puts the fleet together now. Inside the channel's lock, so that an older view never follows a newer one.
    pub(super) fn show_fleet(&self) {
        self.fleet.send_if_modified(|last| {
            let view = Arc::new(self.view());
            let changed = last.rows != view.rows
                || last.commit != view.commit
                || last.store != view.store
                || last.standby != view.standby
                || last.leads != view.leads
                || last.other != view.other;
            *last = view;
            changed
        });
    }

    fn view(&self) -> FleetView {
        let snapshot = lock(&self.snapshot).clone();
        let trouble = lock(&self.store_trouble).clone();
        let mut view = FleetView {
            as_of: self.executor.env.now(),
            store: trouble.shown().to_owned(),
            store_since: trouble.since(),
            standby: self.standby_trouble(),
            leads: self.executor.lease.fence().is_some(),
            other: self.executor.lease.other(),
            ..FleetView::default()
        };
        if let Some(snapshot) = snapshot {
            view.commit = Some(snapshot.commit.clone());
            for (id, record) in &snapshot.records {
                if snapshot.desired.contains_key(id) || (record.deletion.is_some() && !record.deleted) {
                    view.rows.insert(record.name.to_string(), Arc::new(self.row(&snapshot, id, record)));
                }
            }
        }
        view
    }

    /// What is wrong with the store's standby, and since when anything has been.
    fn standby_trouble(&self) -> Option<(String, Timestamp)> {
        let trouble = self.executor.store.standby_trouble();
        let mut since = lock(&self.standby_since);
        match trouble {
            Some(trouble) => Some((trouble, *since.get_or_insert_with(|| self.executor.env.now()))),
            None => {
                *since = None;
                None
            }
        }
    }

    fn row(&self, snapshot: &Snapshot, id: &DeploymentId, record: &Record) -> Row {
        let now = self.executor.env.now();
        let look = self.observer.last();
        let mut observed = self.observer.observed(look.as_deref(), record);
        // A power-off that a crash broke off has left agents: those are shown as what they are.
        let left = observed.instance.present().is_some_and(|instance| instance.agent_pid.is_some());
        let suspended = !left && look.is_some_and(|look| look.suspended);
        if suspended && let Seen::Present(instance) = &mut observed.instance {
            switched_off(instance);
        }
        let wanted = Wanted {
            desired: desired_of(snapshot, id),
            record,
            intended: self.intended(id),
            site: self.executor.cloud.site(),
        };
        let progress = lock(&self.progress).get(id).cloned().unwrap_or_default();
        let tries = with_order(progress.tries.clone(), &observed, now);
        let (health, why) = if suspended {
            (health::Health::Stopped, String::new())
        } else {
            // What serves is not failed for an order that was refused: it is late, or it is not.
            let tries = if serves(&observed) { &progress.tries } else { &tries };
            health::health(&wanted, &observed, tries, progress.blocked.as_deref(), now)
        };
        let plan = if suspended { Vec::new() } else { preview::preview(&wanted, &observed, now).steps };
        let health_since = self.health_since(id, record, &progress, health, &why);
        let drift = if suspended {
            Vec::new()
        } else {
            let desired = wanted.desired.filter(|desired| !desired.paused);
            drift::drift(record, desired, &observed, wanted.site, progress.stopped)
        };
        let drift_since = self.tell_drift(id, record, &progress, &drift);
        let rests = suspended || wanted.desired.is_some_and(|desired| desired.paused);
        let work = if rests { progress.work.rest() } else { progress.work.look(&plan, record, &observed, now) };
        lock(&self.progress).entry(id.clone()).or_default().work = work.clone();
        let asked = [&progress.work, &work].into_iter().any(|work| work.work().is_some_and(|work| work.asked));
        let crashes = self.tell_crashes(id, record, &progress, &observed, (!suspended).then_some(asked));
        let phase = match (&observed.instance, wanted.desired) {
            (_, Some(desired)) if desired.paused => "paused".to_owned(),
            _ if suspended => RESTING.to_owned(),
            (Seen::Unknown, _) => Waiting::Look.as_str().to_owned(),
            // Readers see it settled only together with what was written down: its address is part of that.
            (_, desired @ Some(_))
                if facts_differ(&Subject { desired, record, observed: &observed, site: wanted.site }) =>
            {
                phase(&progress, &plan, "writing down what is there")
            }
            _ => phase(&progress, &plan, "settled"),
        };
        let samples = observed.instance.present().map(|i| self.observer.samples(&i.id)).unwrap_or_default();
        let coming = renewal::coming(wanted.desired, &observed, now).into_iter().collect();
        Row {
            desired: wanted.desired.cloned(),
            record: record.clone(),
            observed,
            health,
            why,
            health_since,
            phase,
            plan,
            tries,
            work: work.work().cloned(),
            samples,
            clients_host: clients_host(record, wanted.site),
            host_name: wanted.site.host_name(record.name.as_str()),
            drift,
            drift_since,
            crashes,
            coming,
            last_change: snapshot.last_change.get(id).cloned(),
        }
    }

    /// What begins to be otherwise than it was written down is an event, and so is that it is as it should be again.
    /// Gives since when anything is otherwise.
    fn tell_drift(
        &self,
        id: &DeploymentId,
        record: &Record,
        progress: &Progress,
        drift: &[Drift],
    ) -> Option<Timestamp> {
        let told = |drift: &Drift| format!("{}: expected {}, seen: {}", drift.what, drift.expected, drift.seen);
        let now: BTreeMap<&'static str, String> = drift.iter().map(|drift| (drift.what, told(drift))).collect();
        if now == progress.drift {
            return progress.drift_since;
        }
        for drift in drift.iter().filter(|drift| !progress.drift.contains_key(drift.what)) {
            self.events.add(record.name.as_str(), "drift", format!("{}; {}", told(drift), drift.remedy), "");
        }
        for what in progress.drift.keys().filter(|what| !now.contains_key(*what)) {
            self.events.add(record.name.as_str(), "drift", format!("{what}: it is as it should be again"), "");
        }
        let since = (!now.is_empty()).then(|| progress.drift_since.unwrap_or_else(|| self.executor.env.now()));
        let mut all = lock(&self.progress);
        let kept = all.entry(id.clone()).or_default();
        (kept.drift, kept.drift_since) = (now, since);
        since
    }

    /// That it ended unasked is an event. `asked`: what is done to it now was asked for; none: it is switched off.
    fn tell_crashes(
        &self,
        id: &DeploymentId,
        record: &Record,
        progress: &Progress,
        observed: &Observed,
        asked: Option<bool>,
    ) -> Crashes {
        let now = self.executor.env.now();
        let counted =
            asked.map_or_else(|| progress.crashes.rest(), |asked| progress.crashes.look(observed, asked, now));
        if let Some(news) = counted.news(observed) {
            self.events.add(record.name.as_str(), "health", news, "");
        }
        let crashes = counted.crashes().clone();
        lock(&self.progress).entry(id.clone()).or_default().crashes = counted;
        crashes
    }

    /// Since when the health is what it is; a change of it is an event.
    fn health_since(
        &self,
        id: &DeploymentId,
        record: &Record,
        progress: &Progress,
        health: health::Health,
        why: &str,
    ) -> Timestamp {
        match progress.health {
            Some((last, since)) if last == health => since,
            last => {
                let now = self.executor.env.now();
                lock(&self.progress).entry(id.clone()).or_default().health = Some((health, now));
                let before = last.map(|(last, _)| format!("{last} → ")).unwrap_or_default();
                let why = if why.is_empty() { String::new() } else { format!(": {why}") };
                self.events.add(record.name.as_str(), "health", format!("{before}{health}{why}"), "");
                now
            }
        }
    }
}

fn clients_host(record: &Record, site: &Site) -> String {
    if site.names { site.host_name(record.name.as_str()) } else { record.address.clone() }
}

/// Shows an instance as what it is while the power switch is off. Plans look beyond that: they are carried out when it
/// is on again.
fn switched_off(instance: &mut Instance) {
    if matches!(instance.state, InstanceState::Pending | InstanceState::Running) {
        instance.state = InstanceState::Stopped;
    }
}

pub(super) fn serves(observed: &Observed) -> bool {
    observed.agent.present().is_some_and(|report| report.applied.is_some())
}

/// An order that was refused is left alone for hours: the runs in between end well, and it is a failure all the same.
fn with_order(tries: Tries, observed: &Observed, now: Timestamp) -> Tries {
    match renewal::not_yet(observed, now) {
        Some(failure) if tries.failures == 0 => Tries {
            failures: failure.times,
            since: Some(failure.since),
            error: failure.error.clone(),
            step: "order-certificate".to_owned(),
            next: Some(failure.again),
        },
        _ => tries,
    }
}

/// What is being done, in words; `rest` where there is nothing to do.
fn phase(progress: &Progress, plan: &[PlannedStep], rest: &str) -> String {
    if let Some(why) = &progress.blocked {
        return format!("blocked: {why}");
    }
    if progress.tries.failures > 0 {
        return format!("trying again: {}", progress.tries.step);
    }
    if let Some(doing) = &progress.doing {
        return format!("{} {}", doing.step.action(), doing.step.target());
    }
    match (progress.waiting, plan.first()) {
        (Some(waiting), _) => waiting.to_owned(),
        (None, Some(next)) => format!("about to {}", next.step.action()),
        (None, None) => rest.to_owned(),
    }
}
