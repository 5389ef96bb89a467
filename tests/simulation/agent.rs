//! A simulated agent: what `agent/` does with a deploy and a heartbeat, without Dolt.
//!
//! It refuses older epochs and generations, has an identity for its first minutes only until it is enrolled, and
//! starts Dolt anew when what Dolt was started with has changed.

use doltops::{
    instances::Answer,
    model::{AgentReport, Applied, DoltState, Epoch, Generation, Incarnation},
};
use jiff::Timestamp;
use std::time::Duration;

/// The life of the identity that an instance boots with; the product's own is as long as its first answer may take.
pub const FIRST_IDENTITY: Duration = Duration::from_secs(15 * 60);
/// Dolt is up so long after it was started.
const DOLT_STARTS: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, Default)]
pub struct Agent {
    pub deployed: Option<Applied>,
    pub enrolled: bool,
    pub epoch: Epoch,
    pub generation: Generation,
    /// Since when its program runs; none: it does not.
    pub runs: Option<Duration>,
    pub made: Duration,
    pub dolt_up: Duration,
    /// It does not answer until then.
    pub mute: Duration,
    /// Its Dolt does not run until then.
    pub broken: Duration,
    /// How many keys of its database have had a certificate: it waits with the next one.
    pub keys: usize,
    /// Until when it can send metrics; kept on its root volume.
    pub credentials: Option<Timestamp>,
    /// Its volume was taken from under its Dolt, which runs again after the next boot.
    pub unmounted: bool,
}

/// What comes with a deploy.
#[derive(Clone, Debug)]
pub struct Request {
    pub epoch: Epoch,
    pub generation: Generation,
    pub enrol: bool,
    /// Which of its database's keys the chain is for.
    pub key: usize,
    pub applied: Applied,
}

impl Agent {
    pub fn answers(&self, now: Duration) -> bool {
        let identity = self.enrolled || now < self.made + FIRST_IDENTITY;
        self.runs.is_some() && now >= self.mute && identity
    }

    /// Whether it takes orders from who holds this epoch, for this generation.
    fn takes(&mut self, epoch: Epoch, generation: Generation, now: Duration) -> Result<(), String> {
        if !self.answers(now) {
            return Err("the agent does not answer".to_owned());
        }
        if epoch < self.epoch || generation < self.generation {
            return Err("the agent has seen a newer epoch or generation".to_owned());
        }
        (self.epoch, self.generation) = (epoch, generation);
        Ok(())
    }

    /// Takes credentials, or says why not.
    pub fn take_credentials(
        &mut self,
        epoch: Epoch,
        generation: Generation,
        until: Timestamp,
        now: Duration,
    ) -> Result<(), String> {
        self.takes(epoch, generation, now)?;
        self.credentials = self.credentials.max(Some(until));
        Ok(())
    }

    /// Takes a deploy, or says why not.
    pub fn deploy(&mut self, request: Request, now: Duration) -> Result<(), String> {
        self.takes(request.epoch, request.generation, now)?;
        if !request.enrol && !self.enrolled {
            return Err("the first deploy needs a chain".to_owned());
        }
        // The pending one, or that of a deploy which comes twice.
        if request.enrol && request.key != self.keys && request.key + 1 != self.keys {
            return Err("the chain is for none of its keys".to_owned());
        }
        self.enrolled = true;
        self.keys += usize::from(request.enrol && request.key == self.keys);
        let mut applied = request.applied;
        let restarts = self.deployed.as_ref().is_none_or(|before| {
            if !request.enrol {
                applied.certificate_serial.clone_from(&before.certificate_serial);
                applied.certificate_not_before = before.certificate_not_before;
                applied.certificate_not_after = before.certificate_not_after;
                applied.certificate_names.clone_from(&before.certificate_names);
            }
            (&before.settings, &before.restart_id, &before.certificate_serial)
                != (&applied.settings, &applied.restart_id, &applied.certificate_serial)
        });
        if restarts {
            self.dolt_up = now + DOLT_STARTS;
        }
        self.deployed = Some(applied);
        Ok(())
    }

    /// What a heartbeat tells.
    pub fn heartbeat(&mut self, epoch: Epoch, incarnation: Incarnation, now: Duration) -> Option<Answer> {
        if !self.answers(now) {
            return None;
        }
        // Whoever only looks is answered, and lowers nothing.
        self.epoch = self.epoch.max(epoch);
        let dolt = self.dolt(now);
        // Both times are the caller's to say.
        let heard = Timestamp::UNIX_EPOCH;
        let report = AgentReport {
            heard,
            incarnation,
            enrolled: self.enrolled,
            agent_version: String::new(),
            epoch: self.epoch,
            generation: if self.deployed.is_some() { self.generation } else { Generation(0) },
            dolt,
            dolt_since: heard,
            dolt_version: String::new(),
            dolt_pid: 0,
            dolt_restarts: 0,
            last_error: String::new(),
            disk_used: 0,
            disk_total: 0,
            disk_lost: self.unmounted,
            applied: self.deployed.clone().filter(|_| dolt != DoltState::Down),
            credentials_until: self.credentials,
            trust: None,
        };
        Some(Answer { report, samples: Vec::new() })
    }

    pub fn dolt(&self, now: Duration) -> DoltState {
        match &self.deployed {
            None => DoltState::NotDeployed,
            Some(_) if now < self.broken || self.unmounted => DoltState::Down,
            Some(_) if now < self.dolt_up => DoltState::Starting,
            Some(_) => DoltState::Up,
        }
    }

    /// The instance has come up: the agent's program starts, and Dolt where it was deployed.
    pub fn boots(&mut self, now: Duration) {
        self.runs = Some(now);
        self.unmounted = false;
        self.dolt_up = now + DOLT_STARTS;
    }
}
