//! Carries out one step for one deployment.
//!
//! Guarantees
//! - What is about to be done is written down, under the lease, before a call that makes or destroys something.
//! - Each call can be made twice: what it makes is asked for under a token that a repeat repeats.
//!
//! Not here: choosing the step (`plan`), trying again (`queue`), looking whether it worked (the next look).

mod launch;
pub mod logins;

pub(super) use launch::LAUNCH;
pub use launch::Launches;

use super::{certificates::Certificates, differs, lease::LeaseKeeper, orphans, plan, renewal};
use crate::{
    certificates::{Authorities, CertificateError, For, public::OrderError},
    cloud::{AddressRequest, Cloud, CloudError, VolumeRequest},
    env::Env,
    instances::{AgentCalls, AgentError, Chains, Deploy, Requests, Target},
    model::{
        CertificateKind, Desired, Incarnation, Instance, InstanceId, NameRecord, Observed, PlannedStep, Power,
        RECONCILER, Record, Site, Step, Volume, VolumeId,
    },
    secrets::{SecretError, Secrets},
    store::{Edit, Fence, Intent, Landing, Store, StoreError},
};
use doltops_proto::instance_manager::SetCredentialsRequest;
use jiff::SignedDuration;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use thiserror::Error;

/// Why a step failed.
#[derive(Debug, Error)]
pub enum StepError {
    /// The lease is not ours: nothing was done.
    #[error("the lease is not held")]
    NoLease,
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The cloud.
    #[error(transparent)]
    Cloud(#[from] CloudError),
    /// The agent.
    #[error(transparent)]
    Agent(#[from] AgentError),
    /// A secret.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A certificate.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// A public authority, or what it is allowed to be asked.
    #[error(transparent)]
    Order(#[from] OrderError),
    /// What the step acts on is not there any more: look again.
    #[error("the {0} is not there any more")]
    Gone(&'static str),
}

/// What a step is carried out with.
pub struct Executor {
    /// Whose tags and tokens.
    pub control_plane: String,
    /// Desired state and intents.
    pub store: Arc<dyn Store>,
    /// Instances and volumes.
    pub cloud: Arc<dyn Cloud>,
    /// Agents.
    pub agents: Arc<dyn AgentCalls>,
    /// Who signs.
    pub authorities: Arc<Authorities>,
    /// What public authorities sign.
    pub certificates: Arc<Certificates>,
    /// Passwords.
    pub secrets: Arc<dyn Secrets>,
    /// Time and randomness.
    pub env: Arc<dyn Env>,
    /// Whether we may.
    pub lease: Arc<LeaseKeeper>,
    /// How long a deleted deployment's final copy is kept.
    pub keep_final_copy: SignedDuration,
    /// What the cloud has said no to.
    pub launches: Launches,
    /// What becomes of what belongs to no deployment.
    pub orphans: orphans::Rules,
}

/// One deployment, as it was when the step was decided.
pub struct Subject<'a> {
    /// As it should be.
    pub desired: Option<&'a Desired>,
    /// What is known for good.
    pub record: &'a Record,
    /// What was seen.
    pub observed: &'a Observed,
    /// Where it lives.
    pub site: &'a Site,
}

impl Executor {
    /// Carries out `planned` for `subject`. Gives what is to be said of it, where it did not go as planned.
    ///
    /// # Errors
    /// What went wrong; whether it had an effect is for the next look to tell.
    pub async fn execute(&self, subject: &Subject<'_>, planned: &PlannedStep) -> Result<Option<String>, StepError> {
        let fence = self.fence()?;
        let mut note = None;
        match &planned.step {
            Step::CreateVolume { gib, from, zone } => {
                let next = subject.record.incarnation.next();
                let request = VolumeRequest {
                    token: self.token(subject.record, &volume_in(zone.as_deref()), next),
                    deployment: subject.record.id.clone(),
                    name: planned.deployment.clone(),
                    gib: *gib,
                    from: from.clone(),
                    zone: zone.clone(),
                };
                self.intend(subject, &planned.step, &request.token, json(&request), next, &fence).await?;
                self.cloud.create_volume(&request).await?;
            }
            Step::LaunchInstance { incarnation, instance_type, volume, zone } => {
                let (volume, zone) = (volume.as_ref(), zone.as_deref());
                let launch = launch::Launch { incarnation: *incarnation, instance_type, volume, zone };
                note = self.launch(subject, planned, &launch, &fence).await?;
            }
            Step::Deploy { enrol, .. } => self.deploy(subject, *enrol, &fence).await?,
            Step::StopInstance { instance } => self.cloud.stop(instance).await?,
            Step::StartInstance { instance } => note = self.start(subject, instance).await?,
            Step::ChangeType { instance, to } => self.cloud.change_type(instance, to, None).await?,
            Step::GrowVolume { volume, to } => self.cloud.grow(volume, *to).await?,
            Step::TerminateInstance { instance } => {
                self.note(subject, &planned.step, instance.as_str(), &fence).await?;
                gone_is_done(self.cloud.terminate(instance).await)?;
            }
            Step::TakeFinalCopy { volume } => {
                let token = self.token(subject.record, volume.as_str(), subject.record.incarnation);
                self.note(subject, &planned.step, &token, &fence).await?;
                self.cloud.copy(volume, &token).await?;
            }
            Step::DestroyVolume { volume } => {
                self.write_down_copy(subject, volume).await?;
                self.note(subject, &planned.step, volume.as_str(), &fence).await?;
                gone_is_done(self.cloud.destroy_volume(volume).await)?;
            }
            Step::Forget => self.forget(subject).await?,
            Step::AttachVolume { instance, volume } => self.cloud.attach(volume, instance).await?,
            Step::ProtectInstance { instance, on } => self.cloud.protect(instance, *on).await?,
            Step::AssociateAddress { instance, address } => self.cloud.associate_address(address, instance).await?,
            Step::ReleaseAddress { address } => gone_is_done(self.cloud.release_address(address).await)?,
            Step::PublishName { name, to } if lost_its_mark(subject) => {
                self.cloud.mark(name, *to, &subject.record.id).await?;
            }
            Step::PublishName { name, to } => self.cloud.publish(name, *to, &subject.record.id).await?,
            Step::WithdrawName { name } => self.cloud.withdraw(name, &subject.record.id).await?,
            Step::AllocateAddress => {
                let request = AddressRequest {
                    token: self.token(subject.record, "address", subject.record.incarnation),
                    deployment: subject.record.id.clone(),
                    name: planned.deployment.clone(),
                };
                self.intend(subject, &planned.step, &request.token, json(&request), subject.record.incarnation, &fence)
                    .await?;
                self.cloud.allocate_address(&request).await?;
            }
            Step::OrderCertificate { .. } => self.order_certificate(subject, &fence).await?,
            Step::RenewIdentity { instance } => self.renew_identity(subject, instance, &fence).await?,
            Step::RenewLogins { instance, id } => self.renew_logins(subject, instance, id, &fence).await?,
            Step::RenewCredentials { instance } => self.renew_credentials(subject, instance, &fence).await?,
        }
        Ok(note)
    }

    /// Another identity for an agent, above what was asked for.
    async fn renew_identity(&self, subject: &Subject<'_>, id: &InstanceId, fence: &Fence) -> Result<(), StepError> {
        let instance = subject.observed.instance.present().filter(|instance| instance.id == *id);
        let target = target(subject.record, instance.ok_or(StepError::Gone("instance"))?);
        let after = subject.record.identity_wanted.saturating_sub(1);
        Ok(self.agents.renew_identity(&target, fence.epoch, subject.record.generation, after).await?)
    }

    /// New credentials to the agent of an instance, which has none or such as end soon.
    async fn renew_credentials(&self, subject: &Subject<'_>, id: &InstanceId, fence: &Fence) -> Result<(), StepError> {
        let instance = subject.observed.instance.present().filter(|instance| instance.id == *id);
        let instance = instance.ok_or(StepError::Gone("instance"))?;
        let credentials = self.cloud.credentials(&subject.record.id).await?;
        let target = target(subject.record, instance);
        let given = SetCredentialsRequest {
            fence: None,
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.reveal().to_owned(),
            session_token: credentials.session_token.reveal().to_owned(),
            expires_ms: credentials.until.as_millisecond(),
            region: credentials.region,
            endpoint_url: credentials.endpoint_url,
            namespace: credentials.namespace,
            log_group: credentials.log_group,
            instance_id: id.to_string(),
        };
        Ok(self.agents.set_credentials(&target, fence.epoch, subject.record.generation, given).await?)
    }

    /// Writes down what is there, once all is as it should be. One commit, or none where it stands there already.
    ///
    /// # Errors
    /// The store's, and a lost lease.
    pub async fn write_down(&self, subject: &Subject<'_>) -> Result<(), StepError> {
        let (Some(instance), Some(volume)) = (subject.observed.instance.present(), subject.observed.volume.present())
        else {
            return Ok(());
        };
        let what = format!("{} on {} with {}", subject.record.name, instance.id, volume.id);
        self.record(subject, &format!("Write down {what}"), |record| write_facts(record, subject, instance, volume))
            .await
    }

    fn fence(&self) -> Result<Fence, StepError> {
        self.lease.fence().ok_or(StepError::NoLease)
    }

    /// The same for the same thing, whoever asks and however often; at most 64 characters, EC2's limit.
    fn token(&self, record: &Record, what: &str, incarnation: Incarnation) -> String {
        let mut hash = Sha256::new();
        for part in [&self.control_plane, record.id.as_str(), what, &incarnation.to_string()] {
            hash.update(part);
            hash.update([0]);
        }
        hash.finalize().iter().take(24).map(|byte| format!("{byte:02x}")).collect()
    }

    async fn note(&self, subject: &Subject<'_>, step: &Step, token: &str, fence: &Fence) -> Result<(), StepError> {
        self.intend(subject, step, token, json(step), subject.record.incarnation, fence).await
    }

    async fn intend(
        &self,
        subject: &Subject<'_>,
        step: &Step,
        token: &str,
        parameters: String,
        incarnation: Incarnation,
        fence: &Fence,
    ) -> Result<(), StepError> {
        let intent = Intent {
            deployment: subject.record.id.clone(),
            action: step.action().to_owned(),
            token: token.to_owned(),
            parameters,
            incarnation,
            at: self.env.now(),
        };
        self.store.intend(&intent, fence).await?;
        // The write took time: is there enough of the lease left for the call?
        self.fence().map(drop)
    }

    async fn deploy(&self, subject: &Subject<'_>, enrol: bool, fence: &Fence) -> Result<(), StepError> {
        let (Some(desired), Some(instance)) = (subject.desired, subject.observed.instance.present()) else {
            return Err(StepError::Gone("instance"));
        };
        let target = target(subject.record, instance);
        let deploy = Deploy {
            name: desired.name.to_string(),
            volume_bytes: u64::from(desired.spec.volume_gib) * differs::GIB,
            settings: desired.spec.settings.of_dolt(),
            restart_id: subject.record.restart_id.clone(),
            chains: if enrol { Some(self.chains(subject, desired, instance, fence).await?) } else { None },
            root: self.root(subject.record).await?,
            admin: self.admin(subject.record).await?,
        };
        Ok(self.agents.deploy(&target, fence.epoch, subject.record.generation, deploy).await?)
    }

    /// What the agent wants signed, and the names that its database's certificate is to carry.
    async fn enrol(
        &self,
        subject: &Subject<'_>,
        desired: &Desired,
        instance: &Instance,
        fence: &Fence,
    ) -> Result<(Requests, Vec<String>), StepError> {
        let names = differs::certificate_names(desired, subject.site, instance.database.ip());
        let (target, generation) = (target(subject.record, instance), subject.record.generation);
        Ok((self.agents.enrol(&target, fence.epoch, generation, names.clone()).await?, names))
    }

    /// Chains for the keys that the agent waits with. The agent keeps them until it has them: what a public authority has
    /// signed before fits.
    async fn chains(
        &self,
        subject: &Subject<'_>,
        desired: &Desired,
        instance: &Instance,
        fence: &Fence,
    ) -> Result<Chains, StepError> {
        let (requests, names) = self.enrol(subject, desired, instance, fence).await?;
        let env = self.env.as_ref();
        let database = match desired.spec.certificate {
            CertificateKind::SelfSigned => self.authorities.database(&requests.database, names, env)?,
            CertificateKind::WebPki if self.stands_in(subject, instance) => {
                let names = differs::own_names(desired, subject.site, instance.database.ip());
                self.authorities.database(&requests.database, names, env)?
            }
            CertificateKind::WebPki => {
                self.certificates.fitting(subject.record, &requests.database, &names).await?.ders().to_vec()
            }
        };
        let known = For { after: requests.known.after.max(subject.record.identity_wanted), ..requests.known };
        let agent = vec![self.authorities.agent(&requests.agent, subject.record.id.as_str(), &known, env)?];
        Ok(Chains { agent, database })
    }

    /// Whether no public certificate can be had for a while, and one of our own stands in: as `plan` decided.
    fn stands_in(&self, subject: &Subject<'_>, instance: &Instance) -> bool {
        let now = self.env.now();
        renewal::issued(subject.observed, instance.incarnation, now).is_none()
            && renewal::stand_in(subject.observed, now).is_some()
    }

    async fn order_certificate(&self, subject: &Subject<'_>, fence: &Fence) -> Result<(), StepError> {
        let (Some(desired), Some(instance)) = (subject.desired, subject.observed.instance.present()) else {
            return Err(StepError::Gone("instance"));
        };
        let (requests, names) = self.enrol(subject, desired, instance, fence).await?;
        let applied = subject.observed.agent.present().and_then(|report| report.applied.as_ref());
        let serves = applied.map(|applied| applied.certificate_serial.as_str());
        self.certificates.order(subject.record, instance.incarnation, requests.database, names, serves).await
    }

    /// The final copy stands in the record before the volume that it was made from goes.
    async fn write_down_copy(&self, subject: &Subject<'_>, volume: &VolumeId) -> Result<(), StepError> {
        let copy = subject.observed.copy.present().filter(|copy| copy.completed && copy.volume == *volume);
        let copy = copy.ok_or(StepError::Gone("final copy"))?;
        let until = self.env.now() + self.keep_final_copy;
        self.record(subject, &format!("Write down the final copy of {}", subject.record.name), |record| {
            if record.final_copy.as_ref() != Some(&copy.id) {
                record.final_copy = Some(copy.id.clone());
                record.final_copy_until = Some(until);
            }
        })
        .await
    }

    /// Nothing of it is left but its final copy, and the passwords that open it.
    async fn forget(&self, subject: &Subject<'_>) -> Result<(), StepError> {
        match &subject.record.final_copy {
            None => self.secrets.remove(&format!("deployments/{}", subject.record.id)).await?,
            // Its certificate was for a key that is gone.
            Some(_) => self.certificates.forget(&subject.record.id).await?,
        }
        let used = subject.observed.instance.present().map_or(Incarnation(0), |instance| instance.incarnation);
        self.record(subject, &format!("Forget {}", subject.record.name), |record| {
            record.deleted = true;
            // If it comes back, it begins after all that was made for it: a token that was used up is not used again.
            record.incarnation = record.incarnation.max(used).next();
            record.instance = None;
            record.volume = None;
            record.port = 0;
            record.host_name = String::new();
            record.instance_type = String::new();
            record.zone = String::new();
            record.certificate_serial = String::new();
            record.certificate_not_after = None;
        })
        .await
    }

    /// Lands a change of one record, decided again on whatever is there by then.
    async fn record(
        &self,
        subject: &Subject<'_>,
        message: &str,
        change: impl Fn(&mut Record) + Sync,
    ) -> Result<(), StepError> {
        let fence = self.fence()?;
        let id = &subject.record.id;
        crate::store::land(self.store.as_ref(), |snapshot| {
            let Some(before) = snapshot.records.get(id) else { return Ok::<_, StepError>(None) };
            let mut after = before.clone();
            change(&mut after);
            Ok((after != *before).then(|| Landing {
                base: snapshot.commit.clone(),
                edits: vec![Edit::PutRecord(after), Edit::ClearIntent(id.clone())],
                author: RECONCILER.to_owned(),
                message: message.to_owned(),
                fence: Some(fence.clone()),
            }))
        })
        .await
        .map(drop)
    }
}

/// What a volume's token is made from, beside whose and which.
fn volume_in(zone: Option<&str>) -> String {
    zone.map_or_else(|| "volume".to_owned(), |zone| format!("volume {zone}"))
}

/// Whether what is there stands otherwise, or not yet, in the record.
pub fn facts_differ(subject: &Subject<'_>) -> bool {
    let mut record = subject.record.clone();
    if let (Some(instance), Some(volume)) = (subject.observed.instance.present(), subject.observed.volume.present()) {
        write_facts(&mut record, subject, instance, volume);
    }
    record != *subject.record
}

fn write_facts(record: &mut Record, subject: &Subject<'_>, instance: &Instance, volume: &Volume) {
    record.volume = Some(volume.id.clone());
    let runs = subject.desired.is_some_and(|desired| desired.power == Power::Running);
    // One that is stopped before it ever served may still have only its first identity, which its agent could not show
    // any more once the incarnation stands here. And what is left of an earlier one is no news.
    let may =
        if runs { record.incarnation <= instance.incarnation } else { record.incarnation == instance.incarnation };
    if !may {
        return;
    }
    // Where names are kept, it stands here only while it leads there: what was withdrawn is not missed.
    let ours = |name: &NameRecord| name.owner.as_ref() == Some(&record.id) || plan::lost_its_mark(record, name);
    let leads = !subject.site.names || subject.observed.name.present().is_some_and(ours);
    record.incarnation = instance.incarnation;
    record.instance = Some(instance.id.clone());
    record.address = plan::clients_address(subject.observed, instance).to_string();
    record.port = instance.database.port();
    record.host_name = if leads { subject.site.host_name(record.name.as_str()) } else { String::new() };
    record.instance_type.clone_from(&instance.instance_type);
    record.zone.clone_from(&volume.zone);
    let report = subject.observed.agent.present();
    let shown = report.and_then(|report| report.trust).map_or(0, |trust| trust.number);
    if shown >= record.identity_wanted {
        record.identity_floor = record.identity_wanted;
    }
    if let Some(applied) = report.and_then(|report| report.applied.as_ref()) {
        record.certificate_serial.clone_from(&applied.certificate_serial);
        record.certificate_not_after = Some(applied.certificate_not_after);
    }
}

/// Whether its name is as it was written down, but for the mark beside it.
fn lost_its_mark(subject: &Subject<'_>) -> bool {
    subject.observed.name.present().is_some_and(|found| plan::lost_its_mark(subject.record, found))
}

/// The name of a database user's password among the secrets.
pub fn secret_name(record: &Record, user: &str) -> String {
    format!("deployments/{}/{user}", record.id)
}

/// Where an instance's agent is called.
pub fn target(record: &Record, instance: &Instance) -> Target {
    Target {
        deployment: record.id.clone(),
        incarnation: instance.incarnation,
        instance: instance.id.clone(),
        address: instance.agent,
        enrolled: record.incarnation >= instance.incarnation,
        floor: record.identity_floor,
    }
}

/// What was to go has gone: an earlier call did it, whose answer was lost.
pub(super) fn gone_is_done(result: Result<(), CloudError>) -> Result<(), CloudError> {
    match result {
        Err(CloudError::NotFound(_)) => Ok(()),
        other => other,
    }
}

fn json(value: &impl serde::Serialize) -> String {
    // Plain data with text keys: it cannot fail, and an intent without parameters is still an intent.
    serde_json::to_string(value).unwrap_or_default()
}
