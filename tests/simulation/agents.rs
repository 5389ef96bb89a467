//! The agents of the simulated instances, behind the product's own trait.

use super::{
    agent::Request,
    gate::{self, AGENT},
    schedule::No,
    world::{Broken, Shared, World},
};
use async_trait::async_trait;
use doltops::{
    certificates::For,
    env::Env,
    instances::{AgentCalls, AgentError, Answer, Deploy, Logins, Requests, Target},
    model::{Applied, Epoch, Generation, InstanceId},
};
use doltops_proto::instance_manager::SetCredentialsRequest;
use jiff::Timestamp;
use rcgen::{CertificateParams, KeyPair, PublicKeyData};
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, LazyLock, Mutex},
    time::Duration,
};
use x509_parser::{extensions::GeneralName, parse_x509_certificate};

/// As in `instances::agents`: what takes longer is a dead peer.
const LIMIT: Duration = Duration::from_secs(3);

/// Enough that an agent never waits with a key that it had a certificate for lately; making one costs more than a
/// simulated minute.
const KEYS: usize = 16;

static KEY: LazyLock<Vec<KeyPair>> = LazyLock::new(|| (0..KEYS).map(|_| KeyPair::generate().expect("a key")).collect());

/// The so many-th key of an instance's database, among all that there are.
fn key_of(instance: &InstanceId, number: usize) -> usize {
    let first: usize =
        instance.as_str().bytes().filter(u8::is_ascii_digit).map(|digit| usize::from(digit - b'0')).sum();
    (5 * first + number) % KEYS
}

/// Agents as one process reaches them.
pub struct SimAgents {
    pub world: Shared,
    pub process: usize,
    pub env: Arc<dyn Env>,
}

fn failed(no: No, why: String) -> AgentError {
    match no {
        No::Denied | No::Mismatch => AgentError::Refused(why),
        _ => AgentError::Away(why),
    }
}

async fn away<T>() -> Result<T, AgentError> {
    tokio::time::sleep(LIMIT).await;
    Err(AgentError::Away("no answer within 3 s".to_owned()))
}

/// What an agent wants signed for these names and this key of its.
fn request(names: Vec<String>, key: usize) -> Vec<u8> {
    type Made = HashMap<(Vec<String>, usize), Vec<u8>>;
    static MADE: LazyLock<Mutex<Made>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().expect("no panic");
    let new = |(names, key): &(Vec<String>, usize)| {
        let params = CertificateParams::new(names.clone()).expect("names");
        params.serialize_request(&KEY[*key]).expect("a request").der().to_vec()
    };
    made.entry((names, key)).or_insert_with_key(new).clone()
}

/// What a database serves with this certificate; gives the key that it is for.
fn with_certificate(applied: &mut Applied, leaf: &[u8]) -> Vec<u8> {
    let (_, leaf) = parse_x509_certificate(leaf).expect("a certificate");
    let time = |time: x509_parser::time::ASN1Time| Timestamp::from_second(time.timestamp()).expect("a time");
    applied.certificate_serial = leaf.raw_serial().iter().map(|byte| format!("{byte:02x}")).collect();
    applied.certificate_not_before = time(leaf.validity().not_before);
    applied.certificate_not_after = time(leaf.validity().not_after);
    let names = leaf.subject_alternative_name().ok().flatten();
    let names = names.map(|names| names.value.general_names.clone()).unwrap_or_default();
    applied.certificate_names = names.iter().filter_map(name).collect();
    leaf.public_key().raw.to_vec()
}

fn name(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            <[u8; 4]>::try_from(*bytes).ok().map(|bytes| std::net::Ipv4Addr::from(bytes).to_string())
        }
        _ => None,
    }
}

/// What an agent said a minute ago tells nobody anything any more.
const WORDS: Duration = Duration::from_secs(90);

impl World {
    /// What reaches the caller of what an agent says now: that, or what it said before.
    fn said(&mut self, instance: &InstanceId, answer: Answer) -> Option<Answer> {
        let now = self.now();
        let words = self.words.entry(instance.clone()).or_default();
        words.push_back((now, answer.clone()));
        while words.front().is_some_and(|(at, _)| *at + WORDS < now) {
            words.pop_front();
        }
        match self.old_words {
            (age, until) if now < until => {
                words.iter().rev().find(|(at, _)| *at + age <= now).map(|(_, answer)| answer.clone())
            }
            _ => Some(answer),
        }
    }
}

#[async_trait]
impl AgentCalls for SimAgents {
    async fn heartbeat(&self, target: &Target, epoch: Epoch, _: Option<Timestamp>) -> Result<Answer, AgentError> {
        let target = target.clone();
        let answer = gate::read(&self.world, self.process, AGENT, move |world| {
            let now = world.now();
            let machine = world.machines.get_mut(&target.instance)?;
            // No first identity is taken from one that is written down as enrolled.
            let known = machine.agent.enrolled || !target.enrolled;
            let incarnation = machine.told.incarnation;
            let answer = machine.agent.heartbeat(epoch, incarnation, now).filter(|_| known)?;
            world.said(&target.instance, answer)
        });
        match answer.await {
            // When it was heard is by the clock of who hears it.
            Some(mut answer) => {
                answer.report.heard = self.env.now();
                Ok(answer)
            }
            None => away().await,
        }
    }

    async fn enrol(
        &self,
        target: &Target,
        _: Epoch,
        _: Generation,
        names: Vec<String>,
    ) -> Result<Requests, AgentError> {
        let (process, target, first) = (self.process, target.clone(), names.first().cloned());
        let answers = gate::read(&self.world, self.process, AGENT, move |world| {
            let now = world.now();
            let machine = world.machines.get(&target.instance).filter(|machine| machine.agent.answers(now))?;
            let (ip, key) = (machine.told.database.ip(), key_of(&target.instance, machine.agent.keys));
            if let (true, Some(name)) = (world.broken == Broken::EarlyName && world.site.names, first) {
                let _ = world.publish(process, &name, ip, &target.deployment);
            }
            Some(key)
        });
        match answers.await {
            Some(key) => {
                let agent = request(vec!["agent".to_owned()], 0);
                Ok(Requests { agent, database: request(names, key), known: For::default() })
            }
            None => away().await,
        }
    }

    async fn deploy(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        deploy: Deploy,
    ) -> Result<(), AgentError> {
        let (process, target) = (self.process, target.clone());
        let mut applied = Applied {
            settings: deploy.settings,
            restart_id: deploy.restart_id,
            volume_bytes: deploy.volume_bytes,
            certificate_serial: String::new(),
            certificate_not_before: Timestamp::UNIX_EPOCH,
            certificate_not_after: Timestamp::UNIX_EPOCH,
            certificate_names: Vec::new(),
        };
        let enrol = deploy.chains.is_some();
        let leaf = deploy.chains.as_ref().and_then(|chains| chains.database.first());
        let leaf_key = leaf.map(|leaf| with_certificate(&mut applied, leaf));
        let what = format!("deploy to {}", target.instance);
        let answer = gate::effect(&self.world, process, AGENT, &what, failed, move |world| {
            let now = world.now();
            world.may_touch(process, &target.deployment, "deploy");
            let refused = |why: &str| Err(AgentError::Refused(why.to_owned()));
            let Some(machine) = world.machines.get_mut(&target.instance) else { return refused("no such instance") };
            if target.enrolled && !machine.agent.enrolled {
                return refused("the agent shows its first identity");
            }
            // The pending one; what is for another that it had is the one before, or of no use.
            let pending = machine.agent.keys;
            let mine = |number: usize| {
                leaf_key.as_deref() == Some(KEY[key_of(&target.instance, number)].subject_public_key_info().as_slice())
            };
            let before = pending.checked_sub(1).filter(|before| mine(*before));
            let key = if mine(pending) { pending } else { before.unwrap_or(usize::MAX) };
            let request = Request { epoch, generation, enrol, key, applied };
            machine.agent.deploy(request, now).map_err(AgentError::Refused)
        });
        answer.await
    }

    async fn set_credentials(
        &self,
        target: &Target,
        epoch: Epoch,
        generation: Generation,
        given: SetCredentialsRequest,
    ) -> Result<(), AgentError> {
        let (what, target) = (format!("credentials-to {}", target.instance), target.clone());
        let until = Timestamp::from_millisecond(given.expires_ms).expect("a time");
        gate::effect(&self.world, self.process, AGENT, &what, failed, move |world| {
            let now = world.now();
            let machine = world.machines.get_mut(&target.instance);
            let machine = machine.ok_or_else(|| AgentError::Refused("no such instance".to_owned()))?;
            machine.agent.take_credentials(epoch, generation, until, now).map_err(AgentError::Refused)
        })
        .await
    }

    async fn renew_identity(&self, _: &Target, _: Epoch, _: Generation, _: u64) -> Result<(), AgentError> {
        Err(AgentError::Refused("identities are not renewed here".to_owned()))
    }

    async fn renew_logins(&self, _: &Target, _: Epoch, _: Generation, _: &Logins) -> Result<(), AgentError> {
        Err(AgentError::Refused("nobody logs in here".to_owned()))
    }

    fn keep_only(&self, _: &HashSet<InstanceId>) {}
}
