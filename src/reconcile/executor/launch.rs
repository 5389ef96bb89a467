//! Launching an instance, and starting a stopped one, in a cloud that may have no capacity.
//!
//! Guarantees
//! - A launch whose answer was lost is asked for again with the very parameters that were written down, also by
//!   another process after a crash, until the cloud has said a clear no: one incarnation gives one instance.
//! - A launch whose instance is known to have ended, and is not shown any more, gives way to the next incarnation.
//! - A clear no moves on to the next offering at once; when there is none, nothing is asked for until one may be had.

use super::{Executor, StepError, Subject, json};
use crate::{
    cloud::{CloudError, LaunchRequest},
    model::{Incarnation, Instance, InstanceId, PlannedStep, VolumeId},
    reconcile::offerings::{self, Chosen, Offering, Refused},
    store::Fence,
};
use doltops_agent::user_data::UserData;
use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What the cloud has said no to.
#[derive(Debug, Default)]
pub struct Launches {
    refused: Mutex<Refused>,
    /// Client tokens whose call certainly made nothing.
    spent: Mutex<BTreeSet<String>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere leaves plain data behind; at worst the cloud is asked once more.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a launch asks for, apart from type and zone.
#[derive(Clone)]
pub(super) struct Launch<'a> {
    pub(super) incarnation: Incarnation,
    pub(super) instance_type: &'a str,
    pub(super) volume: Option<&'a VolumeId>,
    pub(super) zone: Option<&'a str>,
}

impl Executor {
    /// Launches; gives what is to be said of it, where it is not what was wanted.
    pub(super) async fn launch(
        &self,
        subject: &Subject<'_>,
        planned: &PlannedStep,
        launch: &Launch<'_>,
        fence: &Fence,
    ) -> Result<Option<String>, StepError> {
        let (mut launch, planned_incarnation) = (launch.clone(), launch.incarnation);
        let mut again = self.unanswered(subject, launch.incarnation).await?;
        loop {
            let request = match again.take() {
                Some(request) => request,
                None => {
                    let chosen = self.choose(subject, launch.instance_type, launch.zone)?;
                    self.request(subject, planned, &launch, chosen)
                }
            };
            self.intend(subject, &planned.step, &request.token, json(&request), launch.incarnation, fence).await?;
            // Asked for again, long after a clear no: the fate of this call is not known before its own answer.
            lock(&self.launches.spent).remove(&request.token);
            let answer = self.cloud.launch(&request, &self.user_data(subject, launch.incarnation)?).await;
            if let Err(CloudError::Refused(_) | CloudError::NoCapacity(_) | CloudError::NotFound(_)) = &answer {
                lock(&self.launches.spent).insert(request.token.clone());
            }
            match answer {
                Ok(_) => return Ok(request.stands_in.map(|stands_in| stands_in.why)),
                Err(CloudError::NoCapacity(why)) => {
                    let offering = Offering { instance_type: request.instance_type, zone: request.zone };
                    tracing::warn!(?offering, %why, "the cloud has no capacity");
                    lock(&self.launches.refused).add(offering, &why, self.env.elapsed());
                }
                // Proven dead. Not beyond the next one in a run: a cloud that says this of every token is not obeyed.
                Err(CloudError::Spent(why)) if launch.incarnation == planned_incarnation => {
                    tracing::warn!(deployment = %subject.record.id, %why, "the next incarnation is launched");
                    launch.incarnation = planned_incarnation.next();
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The launch of this incarnation that was written down and has no clear answer.
    async fn unanswered(
        &self,
        subject: &Subject<'_>,
        incarnation: Incarnation,
    ) -> Result<Option<LaunchRequest>, StepError> {
        let intents = self.store.intents().await?;
        let spent = lock(&self.launches.spent);
        let of_this = |intent: &&crate::store::Intent| {
            intent.deployment == subject.record.id
                && intent.action == LAUNCH
                && intent.incarnation == incarnation
                && !spent.contains(&intent.token)
        };
        Ok(intents.iter().find(of_this).and_then(|intent| serde_json::from_str(&intent.parameters).ok()))
    }

    fn choose(&self, subject: &Subject<'_>, wanted: &str, bound: Option<&str>) -> Result<Chosen, StepError> {
        let chosen = offerings::next(wanted, subject.site, bound, &lock(&self.launches.refused), self.env.elapsed());
        Ok(chosen.map_err(|nothing| CloudError::Later(nothing.to_string()))?)
    }

    fn request(
        &self,
        subject: &Subject<'_>,
        planned: &PlannedStep,
        launch: &Launch<'_>,
        Chosen { offering, stands_in }: Chosen,
    ) -> LaunchRequest {
        let what = format!("instance {} {}", offering.zone.as_deref().unwrap_or_default(), offering.instance_type);
        LaunchRequest {
            token: self.token(subject.record, &what, launch.incarnation),
            deployment: subject.record.id.clone(),
            name: planned.deployment.clone(),
            incarnation: launch.incarnation,
            instance_type: offering.instance_type,
            stands_in,
            zone: offering.zone,
            volume: launch.volume.cloned(),
            protected: subject.site.protects && subject.desired.is_some_and(|desired| desired.protected),
        }
    }

    fn user_data(&self, subject: &Subject<'_>, incarnation: Incarnation) -> Result<String, StepError> {
        let id = subject.record.id.as_str();
        let first = self.authorities.bootstrap(id, incarnation.0, self.env.as_ref())?;
        let user_data = UserData {
            deployment_id: id.to_owned(),
            incarnation: incarnation.0,
            control_ca_pem: self.authorities.control.now().trusted_pem(),
            certificate_pem: first.certificate_pem,
            key_pem: first.key_pem.reveal().to_owned(),
        };
        Ok(toml::to_string(&user_data).map_err(|error| CloudError::Refused(error.to_string()))?)
    }

    /// Starts a stopped instance. Where the cloud has none of its type now, it is given another, and starts with that
    /// at the next look; gives why.
    pub(super) async fn start(&self, subject: &Subject<'_>, id: &InstanceId) -> Result<Option<String>, StepError> {
        let instance = subject.observed.instance.present().filter(|instance| instance.id == *id);
        let (Some(instance), Some(desired)) = (instance, subject.desired) else {
            return Err(StepError::Gone("instance"));
        };
        let offering = offering_of(instance);
        let known = lock(&self.launches.refused).get(&offering, self.env.elapsed()).is_some();
        if !known {
            match self.cloud.start(id).await {
                Err(CloudError::NoCapacity(why)) => {
                    lock(&self.launches.refused).add(offering.clone(), &why, self.env.elapsed());
                }
                other => return Ok(other.map(|()| None)?),
            }
        }
        let chosen = self.choose(subject, &desired.spec.instance_type, offering.zone.as_deref())?;
        self.cloud.change_type(id, &chosen.offering.instance_type, chosen.stands_in.as_ref()).await?;
        let why = chosen.stands_in.map_or_else(|| "what was refused may be had again".to_owned(), |it| it.why);
        Ok(Some(format!("it becomes {}: {why}", chosen.offering.instance_type)))
    }
}

fn offering_of(instance: &Instance) -> Offering {
    let zone = Some(instance.zone.clone()).filter(|zone| !zone.is_empty());
    Offering { instance_type: instance.instance_type.clone(), zone }
}

/// The word under which a launch is written down: `Step::action`'s.
pub(in crate::reconcile) const LAUNCH: &str = "launch-instance";
