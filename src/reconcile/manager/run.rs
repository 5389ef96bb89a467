//! One run of one deployment: look, decide, act, look again.

use super::{Manager, desired_of, lock};
use crate::{
    model::{DeploymentId, Observed, PlannedStep, Record},
    reconcile::{
        executor::{StepError, Subject, facts_differ},
        plan::{self, Next, Waiting, Wanted},
    },
    store::Intent,
};
use std::{sync::Arc, time::Duration};

/// What is waited for is looked at again after this: below what a person notices as a delay.
const AGAIN: Duration = Duration::from_millis(250);

/// Without the lease nothing is done; whether it has come is asked this often.
const NO_LEASE: Duration = Duration::from_secs(1);

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
            Err(StepError::NoLease) => lock(&self.queue).done(&id, Some(NO_LEASE), now),
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
        for _ in 0..STEPS {
            if self.executor.lease.fence().is_none() {
                return Err(StepError::NoLease);
            }
            let snapshot = self.read().await?;
            let Some(record) = snapshot.records.get(id) else { return Ok(End::Settled) };
            let look = self.observer.look(self.executor.env.elapsed()).await;
            let observed = self.observer.observed(look.as_deref(), record);
            let wanted = Wanted { desired: desired_of(&snapshot, id), record, intended: self.intended(id) };
            let next = plan::next(&wanted, &observed, self.executor.env.now());
            self.show(id, &next);
            let subject = Subject { desired: wanted.desired, record, observed: &observed };
            match next {
                Next::Do(planned) => self.act(&subject, &planned).await?,
                Next::Settled => {
                    if wanted.desired.is_some_and(|desired| !desired.paused) && facts_differ(&subject) {
                        self.update(id, |progress| progress.waiting = Some("writing down what is there"));
                        self.executor.write_down(&subject).await?;
                        // Readers see it settled only together with what was written down.
                        self.read().await?;
                        self.update(id, |progress| progress.waiting = None);
                    }
                    self.executor.end_retention(record).await?;
                    return Ok(End::Settled);
                }
                Next::Wait(waiting) => {
                    self.hear_one(record, &observed, waiting).await;
                    return Ok(End::Again(AGAIN));
                }
                Next::Blocked(_) => return Ok(End::Settled),
            }
        }
        Ok(End::Again(Duration::ZERO))
    }

    fn show(&self, id: &DeploymentId, next: &Next) {
        self.update(id, |progress| {
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
        result?;
        let took = (self.executor.env.elapsed() - began).as_secs_f64();
        self.events.add(&name, "step", format!("{what}: done in {took:.1} s"), "");
        // What the agent says after the step decides the next one; what it said before would repeat this one.
        self.hear_one(subject.record, subject.observed, Waiting::Agent).await;
        Ok(())
    }

    /// The same as what the executor wrote down: a launch whose answer was lost is asked for under its own token.
    fn remember_intent(&self, subject: &Subject<'_>, planned: &PlannedStep) {
        if let crate::model::Step::LaunchInstance { incarnation, .. } = planned.step {
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

    /// Asks the agent now, where it is the one that is waited for.
    async fn hear_one(&self, record: &Record, observed: &Observed, waiting: Waiting) {
        if let (Waiting::Agent | Waiting::Dolt, Some(instance)) = (waiting, observed.instance.present()) {
            self.hear(record, instance).await;
        }
    }
}
