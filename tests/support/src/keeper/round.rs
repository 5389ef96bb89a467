//! One look after the other: what EC2 says, what runs here, what to do.

use super::{
    Agents, Options,
    disks::Disks,
    duty::{self, Duty, Here, Instance, Now, Seen},
    ec2::Ec2,
    power::{self, Running, Switch},
    root::{AGENT_PORT, BEHIND_THE_WIRE, Hardware, Root, Roots},
};
use crate::wire::{Cuts, Wire};
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::Ipv4Addr,
    path::Path,
    time::Duration,
};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinSet,
    time::{self, Instant},
};
use tracing::{debug, info, warn};

/// Between two looks: what a test waits for is there within a few of them. After a look that took longer it is that
/// long, so that moto, which does one thing at a time, has as much time for everybody else.
const PAUSE: Duration = Duration::from_millis(200);

/// An instance that was booted.
#[derive(Debug)]
struct Machine {
    volume: String,
    // None while a job of its own boots or ends it.
    running: Option<Running>,
}

/// What a job for one instance came to.
#[derive(Debug)]
enum Done {
    Runs(Running),
    Off,
    Failed(String),
}

/// The keeper's own state.
#[derive(Debug)]
pub struct Round {
    ec2: Ec2,
    aws: bool,
    agents: Agents,
    switch: Switch,
    disks: Option<Disks>,
    roots: Roots,
    machines: BTreeMap<String, Machine>,
    memory_mib: BTreeMap<String, u64>,
    cuts: Option<Cuts>,
    // By the instances' addresses; one is there for as long as its instance may boot again.
    wires: BTreeMap<Ipv4Addr, Wire>,
    jobs: JoinSet<(String, Done)>,
    // What was said of each instance's last failure, so that it is said once.
    failures: BTreeMap<String, String>,
}

impl Round {
    /// Before the first look.
    pub fn new(options: &Options, folder: &Path, switch: Switch) -> io::Result<Self> {
        Ok(Self {
            ec2: Ec2::new(&options.ec2, &options.region),
            aws: options.aws,
            agents: options.agents.clone(),
            switch,
            disks: Some(Disks::open(folder)?),
            roots: Roots::open(folder)?,
            machines: BTreeMap::new(),
            memory_mib: BTreeMap::new(),
            cuts: options.cuts.clone(),
            wires: BTreeMap::new(),
            jobs: JoinSet::new(),
            failures: BTreeMap::new(),
        })
    }

    /// Looks for as long as there is a keeper; at once when it is asked to.
    pub async fn go_on(mut self, mut asked: mpsc::Receiver<oneshot::Sender<()>>) {
        let mut waits: Option<oneshot::Sender<()>> = None;
        loop {
            let begun = Instant::now();
            match self.ec2.look().await {
                Ok(seen) => {
                    self.follow(seen).await;
                    // Whoever waited may have gone.
                    waits.take().map(|done| done.send(()));
                }
                Err(error) => debug!(error, "EC2 does not answer; looking again"),
            }
            let pause = time::sleep(PAUSE.max(begun.elapsed()));
            tokio::pin!(pause);
            loop {
                tokio::select! {
                    () = &mut pause => break,
                    // One who waits already was not answered because EC2 did not: that look has its pause.
                    ask = asked.recv(), if waits.is_none() => match ask {
                        Some(done) => {
                            waits = Some(done);
                            break;
                        }
                        None => return,
                    },
                    Some(done) = self.jobs.join_next() => self.take(done),
                }
            }
        }
    }

    async fn follow(&mut self, seen: Seen) {
        while let Some(done) = self.jobs.try_join_next() {
            self.take(done);
        }
        let Some(ready) = self.follow_disks(&seen).await else { return };
        let here = self.machines.iter_mut().map(|(id, machine)| (id.clone(), machine.here())).collect();
        for (id, duty) in duty::decide(&seen, &here, &self.roots.ids(), &ready) {
            let instance = seen.instances.get(&id);
            if let Err(error) = self.act(&id, duty, instance).await {
                self.failed(id, error);
            }
        }
    }

    /// Copies what is to be copied, off the runtime; gives the volumes that have their content.
    async fn follow_disks(&mut self, seen: &Seen) -> Option<BTreeSet<String>> {
        let mut disks = self.disks.take()?;
        let holders = self.machines.iter().map(|(id, machine)| (machine.volume.clone(), self.roots.of(id)));
        let (holders, seen): (BTreeMap<String, Root>, _) = (holders.collect(), seen.clone());
        let followed = tokio::task::spawn_blocking(move || {
            disks.follow(&seen, &|volume| Some(holders.get(volume)?.folder().to_owned()));
            let ready = seen.volumes.into_keys().filter(|id| disks.is_ready(id)).collect();
            (disks, ready)
        });
        match followed.await {
            Ok((disks, ready)) => {
                self.disks = Some(disks);
                Some(ready)
            }
            Err(error) => {
                warn!(%error, "the disks cannot be followed any more");
                None
            }
        }
    }

    async fn act(&mut self, id: &str, duty: Duty, instance: Option<&Instance>) -> Result<(), String> {
        match (duty, instance) {
            (Duty::Boot { volume }, Some(instance)) => self.boot(id, volume, instance).await?,
            (Duty::Boot { .. }, None) => {}
            (Duty::ShutDown, _) => self.end(id, true),
            (Duty::Cut, _) => self.end(id, false),
            (Duty::Remove, _) => {
                self.failures.remove(id);
                self.roots.of(id).remove().map_err(|error| error.to_string())?;
            }
        }
        Ok(())
    }

    async fn boot(&mut self, id: &str, volume: String, instance: &Instance) -> Result<(), String> {
        self.lay_wire(instance.address).await?;
        let Some(disks) = &self.disks else { return Ok(()) };
        let hardware = Hardware {
            address: instance.address,
            data: disks.volume(&volume),
            memory_mib: self.memory_mib(&instance.instance_type).await?,
            dolt: match &self.agents {
                Agents::Processes { dolt, .. } => dolt.clone(),
                Agents::Library => "dolt".into(),
            },
            aws: self.aws,
            agent_port: if self.cuts.is_some() { BEHIND_THE_WIRE } else { AGENT_PORT },
        };
        info!(instance = id, address = %instance.address, volume, "boots");
        self.machines.insert(id.to_owned(), Machine { volume, running: None });
        let (ec2, agents, switch) = (self.ec2.clone(), self.agents.clone(), self.switch.clone());
        let (id, root) = (id.to_owned(), self.roots.of(id));
        self.jobs.spawn(async move {
            let machine = root.prepare(&ec2, &id, hardware).await;
            let booted = machine.and_then(|machine| power::boot(&id, &agents, &root, machine, &switch));
            (id, booted.map_or_else(Done::Failed, Done::Runs))
        });
        Ok(())
    }

    /// From the agent's port to where it listens, where connections are to break. moto hands an address out once only, so a wire is laid once.
    async fn lay_wire(&mut self, address: Ipv4Addr) -> Result<(), String> {
        if let Some(cuts) = self.cuts.clone().filter(|_| !self.wires.contains_key(&address)) {
            let (here, there) = ((address, AGENT_PORT).into(), (address, BEHIND_THE_WIRE).into());
            let laid = Wire::between(here, there, cuts).await;
            self.wires
                .insert(address, laid.map_err(|error| format!("its port {here} cannot be listened on: {error}"))?);
        }
        Ok(())
    }

    fn end(&mut self, id: &str, in_order: bool) {
        let Some(machine) = self.machines.get_mut(id) else { return };
        info!(instance = id, in_order, "ends");
        let (running, root, id) = (machine.running.take(), self.roots.of(id), id.to_owned());
        self.jobs.spawn(async move {
            power::end(&root, running, in_order).await;
            (id, Done::Off)
        });
    }

    fn take(&mut self, done: Result<(String, Done), tokio::task::JoinError>) {
        match done {
            Ok((id, Done::Runs(running))) => {
                self.failures.remove(&id);
                if let Some(machine) = self.machines.get_mut(&id) {
                    machine.running = Some(running);
                }
            }
            Ok((id, Done::Off)) => drop(self.machines.remove(&id)),
            Ok((id, Done::Failed(why))) => {
                self.machines.remove(&id);
                self.failed(id, why);
            }
            Err(error) => warn!(%error, "a job for an instance broke off"),
        }
    }

    fn failed(&mut self, id: String, why: String) {
        if self.failures.get(&id) != Some(&why) {
            warn!(instance = id, why, "cannot follow EC2; tried again");
            self.failures.insert(id, why);
        }
    }

    async fn memory_mib(&mut self, instance_type: &str) -> Result<u64, String> {
        if let Some(known) = self.memory_mib.get(instance_type) {
            return Ok(*known);
        }
        let memory_mib = self.ec2.memory_mib(instance_type).await?;
        self.memory_mib.insert(instance_type.to_owned(), memory_mib);
        Ok(memory_mib)
    }
}

impl Machine {
    fn here(&mut self) -> Here {
        let now = match self.running.as_mut().map(Running::has_ended) {
            None => Now::Changing,
            Some(true) => Now::Ended,
            Some(false) => Now::Runs,
        };
        Here { volume: self.volume.clone(), now }
    }
}
