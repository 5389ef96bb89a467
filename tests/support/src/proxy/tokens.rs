//! Client tokens, which moto ignores.
//!
//! As AWS has it: the same token with the same parameters gives the first answer again and makes nothing; with others it
//! is `IdempotentParameterMismatch`; once all that it made is terminated, `IdempotentInstanceTerminated`. A token of
//! RunInstances is good for one zone when a zone (or a subnet) is given. AllocateAddress and CreateSnapshot have none.
//!
//! Not here: that AWS forgets a token some time after its instance is gone.

use super::{
    call::{Call, Form, Parameters},
    refused::Refused,
    world::World,
    xml,
};
use bytes::Bytes;
use http::Response;
use std::collections::BTreeMap;
use tokio::sync::{Mutex, MutexGuard};

/// The operations that honour one here.
const OPERATIONS: [&str; 2] = ["RunInstances", "CreateVolume"];

/// What a token is known by: operation, zone (empty where none was given), token.
type Key = (String, String, String);

/// The tokens that were used.
#[derive(Debug, Default)]
pub struct Tokens {
    used: Mutex<BTreeMap<Key, Used>>,
}

#[derive(Debug)]
struct Used {
    parameters: Form,
    answer: Response<Bytes>,
    instances: Vec<String>,
}

/// What a call's token says.
pub enum Verdict<'a> {
    /// It has none that counts.
    None,
    /// It was not used yet: remember the answer. No other call with a token goes on meanwhile.
    New(Claim<'a>),
    /// It was used for the same: this was the answer.
    Answered(Response<Bytes>),
    /// It cannot be used for this.
    Refused(Refused),
}

/// The right to use a token for the first time.
pub struct Claim<'a> {
    used: MutexGuard<'a, BTreeMap<Key, Used>>,
    key: Key,
    parameters: Form,
}

impl Claim<'_> {
    /// Writes down what the token gave. What failed made nothing, and uses no token up.
    pub fn remember(mut self, answer: &Response<Bytes>) {
        if answer.status().is_success() {
            let text = String::from_utf8_lossy(answer.body());
            let instances = xml::texts(&text, "instanceId");
            let used = Used { parameters: self.parameters, answer: answer.clone(), instances };
            self.used.insert(self.key, used);
        }
    }
}

impl Tokens {
    /// What this call's token says.
    pub async fn check(&self, call: &Call, world: &World) -> Verdict<'_> {
        let Some((key, parameters)) = key_of(call, world).await else { return Verdict::None };
        let used = self.used.lock().await;
        let Some(first) = used.get(&key) else { return Verdict::New(Claim { used, key, parameters }) };
        if first.parameters != parameters {
            return Verdict::Refused(Refused::new(
                "IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in previous request(s).",
            ));
        }
        if !first.instances.is_empty() && all_terminated(world, first.instances.clone()).await {
            return Verdict::Refused(Refused::new(
                "IdempotentInstanceTerminated",
                "The client token that you have provided is associated with a resource that is already deleted.",
            ));
        }
        Verdict::Answered(first.answer.clone())
    }
}

async fn key_of(call: &Call, world: &World) -> Option<(Key, Form)> {
    let Parameters::Form(form) = &call.parameters else { return None };
    if !OPERATIONS.iter().any(|operation| call.is_ec2(operation)) || call.is_dry_run() {
        return None;
    }
    let token = call.parameter("ClientToken").filter(|token| !token.is_empty())?;
    let zone = match call.operation.as_str() {
        "RunInstances" => zone_of(call, world).await,
        _ => String::new(),
    };
    Some(((call.operation.clone(), zone, token.to_owned()), form.clone()))
}

/// The zone that an instance is wanted in; empty where that is left to AWS.
pub async fn zone_of(call: &Call, world: &World) -> String {
    if let Some(zone) = call.parameter("Placement.AvailabilityZone") {
        return zone.to_owned();
    }
    let Some(subnet) = call.parameter("SubnetId").or_else(|| call.parameter("NetworkInterface.1.SubnetId")) else {
        return String::new();
    };
    world.zone_of_subnet(subnet).await.unwrap_or_default()
}

async fn all_terminated(world: &World, ids: Vec<String>) -> bool {
    let instances = world.instances(ids).await;
    // moto forgets none by itself; one that is unknown was wiped, and is gone too.
    instances.iter().all(|instance| {
        let state = instance.state().and_then(|state| state.name());
        state.is_some_and(|state| matches!(state.as_str(), "terminated" | "shutting-down"))
    })
}
