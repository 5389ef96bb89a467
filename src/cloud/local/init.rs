//! The machines' init: keeps processes as the inventory says.
//!
//! Level-triggered, like the reconciler above it: each round looks at every instance and copy and does what `duty`
//! says. A call that changed something, an agent's death and a timer all begin the same round, and so does `open`
//! after a crash, a reboot or a suspend. So there is no second code path that repairs.
//!
//! Guarantees
//! - An agent is started only after the process table showed none for its instance.
//! - Nothing blocks the runtime: rounds and copyings run on the blocking pool.
//! - While the power switch is off no agent is started and no copying begun.
//!
//! Not here: what is right for an instance (`duty`), and how it is done (`power`).

use super::{
    copies::Copying,
    duty::{self, Duty, Starts},
    inventory::Inventory,
    logs,
    power::{self, MACHINE, Programs},
    records::InstanceRecord,
    switch::Switch,
    table::{LOOK, Table},
};
use crate::{
    cloud::CloudError,
    model::{InstanceId, InstanceState},
};
use doltops_agent::process::Process;
use std::{
    collections::BTreeMap,
    io,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tokio::{
    process::Child,
    sync::{Mutex, Notify},
    task::{self, JoinSet},
    time,
};

/// How often the logs' sizes are looked at, in rounds: each minute or less often.
const ROUNDS_BETWEEN_LOGS: u64 = 240;

/// How many agents one round starts. A start is some 10 ms of writing and forking, and calls wait for the round: with
/// a hundred instances to bring back they wait for 80 ms at a time, not for a second.
const STARTS_A_ROUND: usize = 8;

/// How long a thing is left alone after something went wrong with it: a full disk is not emptied faster by asking.
const REST: Duration = Duration::from_secs(5);

/// What the init and the cloud share.
#[derive(Clone)]
pub struct Shared {
    /// What is there.
    pub inventory: Arc<Mutex<Inventory>>,
    /// Begins a round.
    pub wake: Arc<Notify>,
    /// What instances are made of.
    pub programs: Arc<Programs>,
}

/// What a round leaves to do that takes its time.
enum Work {
    PowerOff(InstanceId, PathBuf),
    Copy(Copying),
    /// Nothing, for a while.
    Rest(InstanceId),
}

/// Takes over the agents that an earlier control plane left running, so that the first look already tells of them.
pub fn adopt(inventory: &mut Inventory) {
    let table = Table::read();
    for id in inventory.instances.keys() {
        let machine = inventory.layout.folder::<InstanceRecord>(id.as_str()).join(MACHINE);
        if let Some(agent) = table.agents(&machine).into_iter().next() {
            inventory.agents.insert(id.clone(), agent);
        }
    }
}

/// Keeps processes as the inventory says, until it is dropped.
pub async fn run(shared: Shared) {
    // Dropped with this future, and with it every power-off: the next `open` carries on.
    let mut under_way = JoinSet::new();
    let mut starts = BTreeMap::new();
    for round in 0u64.. {
        let this = shared.clone();
        let bound_logs = round % ROUNDS_BETWEEN_LOGS == 0;
        let done = task::spawn_blocking(move || {
            let mut inventory = this.inventory.blocking_lock();
            if bound_logs {
                self::bound_logs(&inventory);
            }
            let work = look(&mut inventory, &this, &mut starts);
            (work, starts)
        });
        // It fails only where the runtime is shut down.
        let Ok((work, kept)) = done.await else { return };
        starts = kept;
        for work in work {
            under_way.spawn(carry_out(work, shared.clone()));
        }
        while under_way.try_join_next().is_some() {}
        // Either is reason enough to look again.
        let _ = time::timeout(LOOK, shared.wake.notified()).await;
    }
}

/// One round: everything that is quick is done, the rest is given back.
fn look(inventory: &mut Inventory, shared: &Shared, starts: &mut BTreeMap<InstanceId, Starts>) -> Vec<Work> {
    inventory.look_at_switch();
    inventory.agents.retain(|_, agent| agent.is_alive());
    starts.retain(|id, _| inventory.instances.contains_key(id));
    let now = inventory.env.now();
    let duties: Vec<(InstanceId, Duty)> = inventory
        .instances
        .values()
        .filter(|instance| !inventory.busy.contains(instance.id.as_str()))
        .map(|instance| (instance.id.clone(), duty::of(instance, inventory.agents.contains_key(&instance.id), now)))
        .collect();
    let mut work: Vec<Work> = match inventory.switch {
        Switch::On => inventory.copyings().into_iter().map(Work::Copy).collect(),
        Switch::Ending | Switch::Off => Vec::new(),
    };
    let mut starter = Starter { shared, table: None, left: STARTS_A_ROUND };
    for (id, duty) in duties {
        let result = match duty {
            Duty::Nothing => continue,
            Duty::StartAgent => starter.start(inventory, &id, starts.entry(id.clone()).or_default()),
            Duty::NoteRunning => inventory.runs(&id),
            Duty::PowerOff => {
                let folder = inventory.layout.folder::<InstanceRecord>(id.as_str());
                inventory.busy.insert(id.to_string());
                work.push(Work::PowerOff(id, folder));
                continue;
            }
            Duty::Bury => inventory.bury(&id),
        };
        if let Err(error) = result {
            tracing::warn!(instance = %id, %error, "will be tried again");
            inventory.busy.insert(id.to_string());
            work.push(Work::Rest(id));
        }
    }
    work
}

/// Starts the agents of one round.
struct Starter<'a> {
    shared: &'a Shared,
    /// Read at most once a round, and only when there is an agent to start.
    table: Option<Table>,
    /// How many more this round starts.
    left: usize,
}

impl Starter<'_> {
    /// Adopts the instance's agent, or starts one if it is time.
    fn start(&mut self, inventory: &mut Inventory, id: &InstanceId, starts: &mut Starts) -> Result<(), CloudError> {
        let now = inventory.env.elapsed();
        if inventory.switch != Switch::On || now < starts.due() {
            return Ok(());
        }
        let table = self.table.get_or_insert_with(Table::read);
        let machine = inventory.layout.folder::<InstanceRecord>(id.as_str()).join(MACHINE);
        let agent = match table.agents(&machine).into_iter().next() {
            Some(adopted) => Some(adopted),
            None if self.left == 0 => {
                self.shared.wake.notify_one();
                return Ok(());
            }
            None => {
                *starts = starts.and(now);
                self.left -= 1;
                let child = power::start(inventory, id, &self.shared.programs, table)?;
                watch(child, &self.shared.wake)
            }
        };
        if let Some(agent) = agent {
            inventory.agents.insert(id.clone(), agent);
            if inventory.instance(id)?.state == InstanceState::Pending {
                inventory.runs(id)?;
            }
        }
        Ok(())
    }
}

/// Reaps a child of ours, and has its death seen at once.
fn watch(mut child: Child, wake: &Arc<Notify>) -> Option<Process> {
    let process = child.id().and_then(Process::of);
    let wake = Arc::clone(wake);
    tokio::spawn(async move {
        let _ = child.wait().await;
        wake.notify_one();
    });
    process
}

async fn carry_out(work: Work, shared: Shared) {
    let (id, result) = match work {
        Work::PowerOff(id, folder) => {
            power::off(&folder).await;
            let instance = id.clone();
            (id.to_string(), blocking(&shared, move |inventory| inventory.powered_off(&instance)).await)
        }
        Work::Copy(copying) => (copying.id.to_string(), copy(copying, &shared).await),
        Work::Rest(id) => {
            time::sleep(REST).await;
            (id.to_string(), Ok(()))
        }
    };
    if let Err(error) = result {
        tracing::warn!(what = %id, %error, "will be tried again");
        time::sleep(REST).await;
    }
    shared.inventory.lock().await.busy.remove(&id);
    shared.wake.notify_one();
}

async fn copy(copying: Copying, shared: &Shared) -> Result<(), CloudError> {
    let closed = shared.inventory.lock().await.closed();
    let outcome = {
        let copying = copying.clone();
        task::spawn_blocking(move || copying.run(&|| closed.load(Ordering::Acquire))).await
    };
    let outcome = outcome.unwrap_or_else(|error| Err(io::Error::other(error)));
    blocking(shared, move |inventory| inventory.copied(&copying, outcome)).await
}

/// Changes the inventory on the blocking pool: what it writes is synced to disk.
pub async fn blocking<T: Send + 'static>(
    shared: &Shared,
    act: impl FnOnce(&mut Inventory) -> Result<T, CloudError> + Send + 'static,
) -> Result<T, CloudError> {
    let inventory = Arc::clone(&shared.inventory);
    task::spawn_blocking(move || act(&mut inventory.blocking_lock()))
        .await
        .unwrap_or_else(|error| Err(CloudError::Later(format!("this machine's cloud stopped: {error}"))))
}

fn bound_logs(inventory: &Inventory) {
    for id in inventory.instances.keys() {
        let folder = inventory.layout.folder::<InstanceRecord>(id.as_str());
        if let Err(error) = logs::bound(&folder) {
            tracing::warn!(instance = %id, %error, "its log cannot be bounded");
        }
    }
}
