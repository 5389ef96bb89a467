//! Rotations of keys and passwords: begun here, carried out by the reconciler, and told.
//!
//! Guarantees
//! - What is asked for stands in the history before anything of it is done.
//! - The last step of an authority's rotation is refused while it would lock anybody out, with their names. Who holds a
//!   client certificate is looked at while nobody can be given another.
//! - Asked again after a lost answer, an authority's step does nothing twice.
//!
//! Not here: what follows which (`certificates::rotation`), and doing it at a deployment (`reconcile`: the steps
//! `renew-identity`, `renew-logins`, and a deploy for a database's certificate).

mod holds;

use super::Server;
use crate::{
    certificates::{
        Bundle,
        rotation::{self, Ask, Hold, Move, Which},
    },
    hosted_api::{
        access::Caller,
        problem::{Kind, Problem},
    },
    model::{DeploymentId, Observed, Operation, OperationId, Record},
    store::{Edit, Landing, Snapshot, land},
};
use doltops_proto::{
    hosted_api::{self as wire, RotateRequest, RotateResponse},
    identity::Role,
};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, sync::Arc};

/// A setting with which a database takes no other passwords.
const READ_ONLY: &str = "behavior.read_only";

/// The role that a request needs.
pub(super) fn needed(request: &RotateRequest) -> Role {
    match request.what.as_str() {
        "" => Role::Viewer,
        // They see them too.
        "passwords" => Role::Operator,
        _ => Role::Admin,
    }
}

/// What is asked of some deployments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Renewal {
    Agents,
    Passwords,
}

impl Server {
    pub(super) async fn rotate_for(&self, caller: &Caller, request: RotateRequest) -> Result<RotateResponse, Problem> {
        self.ready().await;
        let ask = || request.step.parse::<Ask>().map_err(|what| Problem::invalid("step", what));
        let left_out = match request.what.as_str() {
            "" => Vec::new(),
            "control-ca" => self.rotate_authority(caller, Which::Control, ask()?).await?,
            "deployment-ca" => self.rotate_authority(caller, Which::Deployment, ask()?).await?,
            "agents" => self.renew(caller, Renewal::Agents, &request).await?,
            "passwords" => self.renew(caller, Renewal::Passwords, &request).await?,
            other => {
                let what = format!("'{}' is nothing that is rotated", other.escape_default());
                return Err(Problem::invalid("what", what).next("control-ca, deployment-ca, agents or passwords"));
            }
        };
        Ok(RotateResponse { left_out, ..self.rotations().await? })
    }

    async fn rotate_authority(&self, caller: &Caller, which: Which, ask: Ask) -> Result<Vec<String>, Problem> {
        let executor = &self.manager.executor;
        let failed = |error: crate::certificates::CertificateError| Problem::new(Kind::Failed, error.to_string());
        if executor.lease.fence().is_none() {
            let what = "this process does not reconcile now, so it does not rotate";
            return Err(Problem::new(Kind::Unreachable, what).next("ask the one that does, or try again in a moment"));
        }
        let (secrets, env) = (executor.secrets.as_ref(), executor.env.as_ref());
        let held = match which {
            Which::Control => &executor.authorities.control,
            Which::Deployment => &executor.authorities.deployment,
        };
        let _turn = held.turn().await;
        held.reload_in_turn(secrets).await.map_err(failed)?;
        let snapshot = executor.store.snapshot().await?;
        let holds = if ask == Ask::Finish { self.holds(which, &held.now(), &snapshot).await? } else { Vec::new() };
        let next = rotation::next(which, held.now().phase, ask, &holds).map_err(|what| {
            let next = "see: doltops rotate; a holder of a certificate runs doltops rotate own, or is revoked";
            Problem::new(Kind::Refused, what).next(next)
        })?;
        let what = match next {
            Move::Stay => return Ok(Vec::new()),
            Move::Make(_) => "begin",
            Move::Switch => "switch",
            Move::Drop => "finish",
        };
        self.write_down(caller, format!("Rotate the {which}: {what}"), &BTreeMap::new(), |_| {}).await?;
        held.carry_out(next, secrets, env).await.map_err(failed)?;
        Ok(Vec::new())
    }

    /// What still depends on the authority that goes.
    async fn holds(&self, which: Which, bundle: &Bundle, snapshot: &Snapshot) -> Result<Vec<Hold>, Problem> {
        let mut holds: Vec<Hold> = Vec::new();
        if bundle.coming().is_none() {
            return Ok(holds);
        }
        for record in snapshot.records.values().filter(|record| !record.deleted) {
            let observed = self.manager.situation(record).1;
            let subject = self.subject(record, &observed, snapshot);
            let why = match which {
                Which::Control => holds::control(&subject),
                Which::Deployment => holds::deployment(&subject, bundle),
            };
            holds.extend(why.map(|why| Hold { name: record.name.to_string(), why: why.to_owned() }));
        }
        if which == Which::Control {
            let executor = &self.manager.executor;
            for certificate in executor.store.client_certificates().await? {
                let until = holds::client(&certificate, bundle, executor.env.now());
                let why =
                    until.map(|until| format!("a client certificate of the old one, until {}", until.strftime("%F")));
                holds.extend(why.map(|why| Hold { name: certificate.name.clone(), why }));
            }
        }
        Ok(holds)
    }

    fn subject<'a>(&self, record: &'a Record, observed: &'a Observed, snapshot: &'a Snapshot) -> holds::Subject<'a> {
        let in_step = observed.instance.present().and_then(|instance| self.agents.in_step(&instance.id));
        let now = self.manager.executor.env.now();
        holds::Subject { record, desired: snapshot.desired.get(&record.id), observed, in_step, now }
    }

    /// Asks for other identities or passwords; gives which of all were left out, and why.
    async fn renew(&self, caller: &Caller, what: Renewal, request: &RotateRequest) -> Result<Vec<String>, Problem> {
        let executor = &self.manager.executor;
        let snapshot = executor.store.snapshot().await?;
        let named = self.named(request, &snapshot)?;
        let (mut chosen, mut left_out) = (BTreeMap::new(), Vec::new());
        for record in named {
            match self.may_renew(what, record, &snapshot) {
                Ok(above) => drop(chosen.insert(record.id.clone(), above)),
                Err(why) if request.all => left_out.push(format!("{}: {why}", record.name)),
                Err(why) => return Err(Problem::new(Kind::Refused, format!("{}: {why}", record.name))),
            }
        }
        if chosen.is_empty() {
            return Ok(left_out);
        }
        let names: Vec<&str> = chosen.keys().filter_map(|id| Some(snapshot.records.get(id)?.name.as_str())).collect();
        let (of, now) = (names.join(", "), u64::try_from(executor.env.now().as_millisecond()).unwrap_or_default());
        let message = match what {
            Renewal::Agents => format!("Rotate the agent's identity of {of}"),
            Renewal::Passwords => format!("Rotate the passwords of {of}"),
        };
        let asked = format!("op-{}", executor.env.token(16));
        self.write_down(caller, message, &chosen, |(record, above)| match what {
            // Above what it shows, whatever the clock was when that was signed.
            Renewal::Agents => record.identity_wanted = now.max(above + 1).max(record.identity_wanted + 1),
            Renewal::Passwords => record.logins_wanted.clone_from(&asked),
        })
        .await?;
        self.manager.wanted_changed(chosen.into_keys()).await;
        Ok(left_out)
    }

    fn named<'a>(&self, request: &RotateRequest, snapshot: &'a Snapshot) -> Result<Vec<&'a Record>, Problem> {
        let there = || snapshot.records.values().filter(|record| snapshot.desired.contains_key(&record.id));
        if request.all != request.names.is_empty() {
            return Err(Problem::invalid("name", "name deployments, or all of them"));
        }
        if request.all {
            return Ok(there().collect());
        }
        let find = |name: &String| {
            let found = there().find(|record| record.name.as_str() == name);
            found.ok_or_else(|| Problem::from(crate::hosted_api::convert::not_found(name)))
        };
        request.names.iter().map(find).collect()
    }

    /// The issue number that its agent shows now.
    ///
    /// # Errors
    /// In words, why it cannot be asked for.
    fn may_renew(&self, what: Renewal, record: &Record, snapshot: &Snapshot) -> Result<u64, &'static str> {
        let observed = self.manager.situation(record).1;
        let subject = self.subject(record, &observed, snapshot);
        if let Some(why) = holds::out_of_reach(&subject) {
            return Err(why);
        }
        let trust = observed.agent.present().and_then(|report| report.trust).ok_or("it has no agent yet")?;
        let settings = subject.desired.map(|desired| desired.spec.settings.of_dolt()).unwrap_or_default();
        if what == Renewal::Passwords && settings.get(READ_ONLY).is_some_and(|value| value == "true") {
            return Err("it is read-only, so that it takes no other passwords: set behavior.read_only=false first");
        }
        Ok(trust.number)
    }

    /// Lands `change` of some records with its operation.
    async fn write_down(
        &self,
        caller: &Caller,
        message: String,
        records: &BTreeMap<DeploymentId, u64>,
        change: impl Fn((&mut Record, u64)) + Sync,
    ) -> Result<(), Problem> {
        let executor = &self.manager.executor;
        let deployment = records.keys().next().filter(|_| records.len() == 1).cloned();
        let operation = Operation {
            id: OperationId::new(format!("op-{}", executor.env.token(16))),
            deployment,
            kind: "rotate".to_owned(),
            summary: message.clone(),
            author: caller.name.clone(),
            asked: executor.env.now(),
            reason: String::new(),
            request: String::new(),
        };
        land(executor.store.as_ref(), |snapshot| {
            let changed = records.iter().filter_map(|(id, above)| {
                let mut record = snapshot.records.get(id)?.clone();
                change((&mut record, *above));
                Some(Edit::PutRecord(record))
            });
            Ok::<_, Problem>(Some(Landing {
                base: snapshot.commit.clone(),
                edits: changed.chain([Edit::PutOperation(operation.clone())]).collect(),
                author: caller.name.clone(),
                message: message.clone(),
                fence: None,
            }))
        })
        .await?;
        self.manager.events.add("", "asked", message, &caller.name);
        Ok(())
    }

    /// Where rotations stand.
    async fn rotations(&self) -> Result<RotateResponse, Problem> {
        let executor = &self.manager.executor;
        let snapshot = executor.store.snapshot().await?;
        let mut authorities = Vec::new();
        for (which, held) in
            [(Which::Control, &executor.authorities.control), (Which::Deployment, &executor.authorities.deployment)]
        {
            let bundle = held.now();
            let holds = self.holds(which, &bundle, &snapshot).await?;
            authorities.push(told(which, &bundle, holds));
        }
        let mut pending = Vec::new();
        for record in snapshot.records.values().filter(|record| !record.deleted) {
            let observed = self.manager.situation(record).1;
            let why = holds::out_of_reach(&self.subject(record, &observed, &snapshot)).unwrap_or("it is under way");
            let of = |what: &str| wire::Rotation {
                deployment: record.name.to_string(),
                what: what.to_owned(),
                why: why.to_owned(),
            };
            pending.extend((record.identity_wanted > record.identity_floor).then(|| of("agent")));
            pending.extend((record.logins_wanted != record.logins_done).then(|| of("passwords")));
        }
        Ok(RotateResponse { authorities, pending, left_out: Vec::new() })
    }
}

fn told(which: Which, bundle: &Arc<Bundle>, holds: Vec<Hold>) -> wire::AuthorityState {
    let fingerprint = |der: &[u8]| Sha256::digest(der).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    wire::AuthorityState {
        name: which.to_string(),
        phase: bundle.phase.as_str().to_owned(),
        fingerprint: fingerprint(bundle.oldest().certificate_der()),
        coming: bundle.coming().map(|coming| fingerprint(coming.certificate_der())).unwrap_or_default(),
        holds: holds.into_iter().map(|hold| wire::Hold { name: hold.name, why: hold.why }).collect(),
    }
}
