//! One run of one deployment: look, decide, act, look again.

use super::{Manager, RESYNC, desired_of, lock};
use crate::{
    model::{DeploymentId, Instance, InstanceState, Observed, PlannedStep, Record, Step},
    reconcile::{
        executor::{StepError, Subject, facts_differ},
        health,
        manager::{Done, publish::serves},
        patience,
        plan::{self, Next, Waiting, Wanted},
    },
    store::{Intent, Snapshot, StoreError},
};
use std::{sync::Arc, time::Duration};

/// Without the lease or the store nothing is done; whether it has come is asked this often.
const NO_LEASE: Duration = Duration::from_secs(1);

/// Nothing is done while the machine's power switch is off; whether it is on is asked this often.
const SUSPENDED: Duration = Duration::from_millis(500);

/// A run that does more steps than any plan has gives way to others and is due again at once.
const STEPS: usize = 40;

/// How a run ended well.
enum End {
    Settled,
    Again(Duration),
}

impl Manager {
    pub(super) async fn run_one(self: Arc<Self>, id: DeploymentId) {
        let result = self.steps(&id).await;
        let now = self.executor.env.elapsed();
        match result {
            Ok(end) => {
                self.update(&id, |progress| progress.tries = Default::default());
                let again = match end {
                    End::Settled => None,
                    End::Again(after) => Some(after),
                };
                lock(&self.queue).done(&id, again, now);
            }
            // What ails everyone is no failure of this deployment's; `status` tells of it.
            Err(StepError::NoLease | StepError::Store(StoreError::Unavailable(_))) => {
                lock(&self.queue).done(&id, Some(NO_LEASE), now);
            }
            Err(StepError::Store(StoreError::LeaseLost)) => {
                self.executor.lease.lost();
                lock(&self.queue).done(&id, Some(NO_LEASE), now);
            }
            Err(error) => self.failed(&id, &error, now),
        }
        self.due.notify_one();
    }

    fn failed(&self, id: &DeploymentId, error: &StepError, now: Duration) {
        let wait = lock(&self.queue).failed(id, now, self.executor.env.random());
        let moment = self.executor.env.now();
        let name = lock(&self.snapshot)
            .as_ref()
            .and_then(|snapshot| snapshot.records.get(id).map(|record| record.name.to_string()))
            .unwrap_or_default();
        let mut step = String::new();
        self.update(id, |progress| {
            step = progress.doing.take().map(|doing| doing.step.action().to_owned()).unwrap_or_default();
            let tries = &mut progress.tries;
            tries.failures += 1;
            tries.since.get_or_insert(moment);
            tries.error = error.to_string();
            tries.step.clone_from(&step);
            tries.next = Some(moment + wait);
        });
        self.events.add(&name, "error", format!("{step}: {error}; tried again in {:.1} s", wait.as_secs_f64()), "");
    }

    async fn steps(&self, id: &DeploymentId) -> Result<End, StepError> {
        // Whether what is seen was looked at for this run: nothing is done on less.
        let mut certain = self.recent().is_zero();
        for round in 0..STEPS {
            if self.executor.lease.fence().is_none() {
                return Err(StepError::NoLease);
            }
            let snapshot = self.read().await?;
            let Some(record) = snapshot.records.get(id) else { return Ok(End::Settled) };
            let now = self.executor.env.elapsed();
            let since = if certain { now } else { now.saturating_sub(self.recent()) };
            let look = self.observer.look_of(id, since).await;
            if look.as_ref().is_some_and(|look| look.suspended) {
                self.show(id, &Next::Settled);
                return Ok(End::Again(SUSPENDED));
            }
            let mut observed = self.observer.observed(look.as_deref(), record);
            if let Some(instance) = observed.instance.present().filter(|_| round == 0 && self.must_ask(id, &observed)) {
                self.hear(record, instance).await;
                observed = self.observer.observed(look.as_deref(), record);
            }
            if self.is_wanted_otherwise(id, &snapshot) {
                continue;
            }
            let wanted = Wanted {
                desired: desired_of(&snapshot, id),
                record,
                intended: self.intended(id),
                site: self.executor.cloud.site(),
            };
            let next = plan::next(&wanted, &observed, self.executor.env.now());
            let next = self.unless_just_done(id, record, next);
            if !certain && next != Next::Settled {
                certain = true;
                continue;
            }
            self.show(id, &next);
            let subject = Subject { desired: wanted.desired, record, observed: &observed, site: wanted.site };
            match next {
                Next::Do(planned) => {
                    // It comes after everything else and may fail for long: what stands is written down before it, or an
                    // instance that serves would count as one that has never answered.
                    let last = matches!(
                        planned.step,
                        Step::RenewCredentials { .. } | Step::RenewIdentity { .. } | Step::RenewLogins { .. }
                    );
                    if last {
                        self.write_down(&subject).await?;
                    }
                    self.act(&subject, &planned).await?;
                }
                Next::Settled => {
                    self.write_down(&subject).await?;
                    self.update(id, |progress| (progress.done, progress.stopped) = (None, false));
                    self.executor.end_retention(record).await?;
                    return Ok(End::Settled);
                }
                Next::Wait(Waiting::Authority) => return Ok(End::Again(self.until_ordered(&observed))),
                Next::Wait(_) => return Ok(End::Again(patience::look_again(self.waited(id)))),
                Next::Blocked(_) => {
                    // What serves is written down also where its name cannot be had: it would count as one that has
                    // never answered.
                    if serves(&observed) {
                        self.write_down(&subject).await?;
                    }
                    return Ok(End::Settled);
                }
            }
        }
        Ok(End::Again(Duration::ZERO))
    }

    /// Whether another is known by now: to look takes seconds where an agent is silent, and a person who pauses or stops
    /// something meanwhile is to be obeyed by the very next step. What others want of other deployments is no matter.
    fn is_wanted_otherwise(&self, id: &DeploymentId, read: &Snapshot) -> bool {
        let newest = lock(&self.snapshot);
        let newest = newest.as_ref().filter(|newest| newest.commit != read.commit);
        newest.is_some_and(|newest| {
            newest.desired.get(id) != read.desired.get(id) || newest.records.get(id) != read.records.get(id)
        })
    }

    /// How old a look may be that finds a deployment settled. Where a look costs calls, that of the resync does for all,
    /// however long their runs take: what changes meanwhile is seen by the next. On this machine each looks anew.
    fn recent(&self) -> Duration {
        if self.executor.cloud.site().zones.is_empty() { Duration::ZERO } else { RESYNC }
    }

    /// Writes down what is there, where it does not stand in the record yet.
    async fn write_down(&self, subject: &Subject<'_>) -> Result<(), StepError> {
        if subject.desired.is_some_and(|desired| !desired.paused) && facts_differ(subject) {
            self.executor.write_down(subject).await?;
            self.read().await?;
        }
        Ok(())
    }

    /// How long nothing may be ordered; the resync looks again before the longest of it is over.
    fn until_ordered(&self, observed: &Observed) -> Duration {
        let again = observed.ordering.failure.as_ref().map(|failure| failure.again);
        let left = again.map(|again| again.duration_since(self.executor.env.now()));
        left.and_then(|left| Duration::try_from(left).ok()).unwrap_or_default().clamp(NO_LEASE, RESYNC)
    }

    /// Whether the agent is to be asked before anything is decided: it was never heard, so that its silence means
    /// nothing yet, or it is what was waited for. One that has fallen silent is left to the heartbeats: asking it costs
    /// the time in which others could be served.
    fn must_ask(&self, id: &DeploymentId, observed: &Observed) -> bool {
        let runs = |instance: &&Instance| instance.state == InstanceState::Running;
        let Some(instance) = observed.instance.present().filter(runs) else { return false };
        let Some(report) = observed.word(instance) else { return true };
        let waits = lock(&self.progress).get(id).and_then(|progress| progress.waits);
        let awaited = matches!(waits, Some((Waiting::Agent | Waiting::Dolt, _)));
        awaited && !health::is_silent(report, self.executor.env.now())
    }

    /// What was done for this very generation a moment ago, and does not show yet, is waited for and not done again.
    fn unless_just_done(&self, id: &DeploymentId, record: &Record, next: Next) -> Next {
        let Next::Do(planned) = &next else { return next };
        let progress = lock(&self.progress);
        let done = progress.get(id).and_then(|progress| progress.done.as_ref());
        let same = done.filter(|done| done.step == *planned && done.generation == record.generation);
        let left = |done: &Done| self.executor.env.elapsed() < done.at + patience::effect(done.times);
        if same.is_some_and(left) { Next::Wait(plan::shows(&planned.step)) } else { next }
    }

    fn remember_done(&self, subject: &Subject<'_>, planned: &PlannedStep) {
        let (at, generation) = (self.executor.env.elapsed(), subject.record.generation);
        self.update(&subject.record.id, |progress| {
            let same = progress.done.take().filter(|done| done.step == *planned && done.generation == generation);
            let times = same.map_or(0, |done| done.times).saturating_add(1);
            progress.stopped |= matches!(planned.step, Step::StopInstance { .. });
            progress.done = Some(Done { step: planned.clone(), generation, at, times });
        });
    }

    /// How long the same thing is waited for.
    fn waited(&self, id: &DeploymentId) -> Duration {
        let since = lock(&self.progress).get(id).and_then(|progress| progress.waits).map(|(_, since)| since);
        since.map_or(Duration::ZERO, |since| self.executor.env.elapsed().saturating_sub(since))
    }

    fn show(&self, id: &DeploymentId, next: &Next) {
        let now = self.executor.env.elapsed();
        self.update(id, |progress| {
            progress.waits = match (next, progress.waits) {
                (Next::Wait(waiting), Some((same, since))) if same == *waiting => Some((same, since)),
                (Next::Wait(waiting), _) => Some((*waiting, now)),
                _ => None,
            };
            progress.doing = match next {
                Next::Do(planned) => Some(planned.clone()),
                _ => None,
            };
            progress.waiting = match next {
                Next::Wait(waiting) => Some(waiting.as_str()),
                _ => None,
            };
            progress.blocked = match next {
                Next::Blocked(why) => Some(why.clone()),
                _ => None,
            };
        });
    }

    async fn act(&self, subject: &Subject<'_>, planned: &PlannedStep) -> Result<(), StepError> {
        let name = planned.deployment.to_string();
        let what = format!("{} {}", planned.step.action(), planned.step.target());
        self.events.add(&name, "step", format!("{what}: {}", planned.reason), "");
        let began = self.executor.env.elapsed();
        let result = self.executor.execute(subject, planned).await;
        self.remember_intent(subject, planned);
        let note = result?.map(|note| format!("; {note}")).unwrap_or_default();
        self.remember_done(subject, planned);
        let took = (self.executor.env.elapsed() - began).as_secs_f64();
        self.events.add(&name, "step", format!("{what}: done in {took:.1} s{note}"), "");
        // What the agent says after a deploy decides the next step; what it said before would repeat this one.
        if let (Step::Deploy { .. } | Step::RenewIdentity { .. }, Some(instance)) =
            (&planned.step, subject.observed.instance.present())
        {
            self.hear(subject.record, instance).await;
        }
        Ok(())
    }

    /// The same as what the executor wrote down: a launch whose answer was lost is asked for under its own token.
    fn remember_intent(&self, subject: &Subject<'_>, planned: &PlannedStep) {
        if let Step::LaunchInstance { incarnation, .. } = planned.step {
            let intent = Intent {
                deployment: subject.record.id.clone(),
                action: planned.step.action().to_owned(),
                token: String::new(),
                parameters: String::new(),
                incarnation,
                at: self.executor.env.now(),
            };
            lock(&self.intents).insert(subject.record.id.clone(), intent);
        }
    }
}
