//! What this control plane has on this machine: in memory, and on disk before anyone is told.
//!
//! Guarantees
//! - Memory changes only after the disk did: what [`Inventory::view`] tells outlives a crash.
//! - What carries another control plane's id is neither told nor touched.
//! - A record that cannot be read is an error of [`Inventory::open`], never an absence: taken for absent, its instance
//!   would be made a second time.
//! - Once [`Inventory::close`] was called nothing more is written, so that whoever opens the folder next is alone.
//!
//! Not here: the rules of each kind of thing (`instances`, `volumes`, `copies`), and processes (`init`).

use super::{
    layout::Layout,
    records::{CopyRecord, InstanceRecord, Record, Tags, VolumeRecord},
    switch::{self, Switch},
};
use crate::{
    cloud::{CloudError, View},
    env::Env,
    model::{CopyId, DeploymentId, DeploymentName, Instance, InstanceId, InstanceState, InstanceType, VolumeId},
};
use doltops_agent::process::Process;
use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use thiserror::Error;

/// Why the folder cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    /// The folder itself.
    #[error("the folder {folder} of this machine's instances cannot be used: {why}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// One record in it.
    #[error("{file} cannot be read: {why}; mend the file, or move its folder away if its data is not needed")]
    Record {
        /// Which.
        file: PathBuf,
        /// What is wrong with it.
        why: io::Error,
    },
}

/// See the module.
pub struct Inventory {
    pub(super) layout: Layout,
    pub(super) env: Arc<dyn Env>,
    pub(super) types: Arc<[InstanceType]>,
    control_plane: String,
    pub(super) instances: BTreeMap<InstanceId, InstanceRecord>,
    pub(super) volumes: BTreeMap<VolumeId, VolumeRecord>,
    pub(super) copies: BTreeMap<CopyId, CopyRecord>,
    /// The agents that were seen or started; one may have ended since. Changed by `init` alone.
    pub(super) agents: BTreeMap<InstanceId, Process>,
    /// Ids of what `init` works on at this moment.
    pub(super) busy: BTreeSet<String>,
    /// Volumes that are being made, by token, and the copy that each begins with: it must stay until then.
    pub(super) making: BTreeMap<String, Option<CopyId>>,
    /// Why the copy with this token came to nothing, until someone was told.
    pub(super) failed_copies: BTreeMap<String, String>,
    /// Unless it is on, no agent is started.
    pub(super) switch: Switch,
    closed: Arc<AtomicBool>,
}

impl Inventory {
    /// Everything of `control_plane` in the folder `root`.
    ///
    /// # Errors
    /// When the folder or a record in it cannot be used; nothing was changed then.
    pub fn open(
        root: &Path,
        control_plane: String,
        types: Arc<[InstanceType]>,
        env: Arc<dyn Env>,
    ) -> Result<Self, OpenError> {
        let rooms = [InstanceRecord::ROOM, VolumeRecord::ROOM, CopyRecord::ROOM];
        let layout = Layout::open(root, &rooms).map_err(|why| OpenError::Folder { folder: root.to_owned(), why })?;
        Ok(Self {
            instances: load(&layout, &control_plane, |record: &InstanceRecord| record.id.clone())?,
            volumes: load(&layout, &control_plane, |record: &VolumeRecord| record.id.clone())?,
            copies: load(&layout, &control_plane, |record: &CopyRecord| record.id.clone())?,
            switch: switch::of(layout.root()),
            layout,
            env,
            types,
            control_plane,
            agents: BTreeMap::new(),
            busy: BTreeSet::new(),
            making: BTreeMap::new(),
            failed_copies: BTreeMap::new(),
            closed: Arc::new(AtomicBool::new(false)),
        })
    }

    /// Turns the power switch on.
    ///
    /// # Errors
    /// When its file cannot be removed.
    pub fn resume(&mut self) -> Result<(), OpenError> {
        let root = self.layout.root();
        switch::turn_on(root).map_err(|why| OpenError::Folder { folder: root.to_owned(), why })?;
        self.switch = Switch::On;
        Ok(())
    }

    /// Turns the power switch off; gives the folders of the instances whose processes are to be ended.
    pub(super) fn suspend(&mut self) -> Result<Vec<PathBuf>, CloudError> {
        self.still_ours()?;
        switch::turn_off(self.layout.root()).map_err(|error| later("the power switch", &error))?;
        self.switch = Switch::Ending;
        let there = self.instances.values().filter(|instance| instance.state != InstanceState::Terminated);
        Ok(there.map(|instance| self.layout.folder::<InstanceRecord>(instance.id.as_str())).collect())
    }

    /// Looks whether another process has turned the switch on meanwhile.
    pub(super) fn look_at_switch(&mut self) {
        if self.switch == Switch::Off {
            self.switch = switch::of(self.layout.root());
        }
    }

    /// An error while the switch is off.
    pub(super) fn powered(&self) -> Result<(), CloudError> {
        if self.switch == Switch::On {
            return Ok(());
        }
        Err(CloudError::Later("this machine's instances were stopped, and nobody has brought them back yet".to_owned()))
    }

    /// Says, from any thread, that nothing is to be written any more.
    pub fn closed(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.closed)
    }

    /// Everything, as every cloud tells it.
    pub fn view(&self) -> View {
        View {
            names: Vec::new(),
            addresses: Vec::new(),
            labels: BTreeMap::new(),
            instances: self.instances.values().map(|record| self.tell(record)).collect(),
            volumes: self
                .volumes
                .values()
                .map(|record| record.told(self.holder(&record.id).map(|i| i.id.clone())))
                .collect(),
            copies: self.copies.values().map(CopyRecord::told).collect(),
            suspended: self.switch != Switch::On,
        }
    }

    /// An instance, as every cloud tells it.
    pub(super) fn tell(&self, instance: &InstanceRecord) -> Instance {
        instance.told(self.agents.get(&instance.id).map(|agent| agent.pid))
    }

    /// The instance that a volume is attached to: at most one that is not terminated has it.
    pub(super) fn holder(&self, volume: &VolumeId) -> Option<&InstanceRecord> {
        self.instances
            .values()
            .find(|instance| instance.volume == *volume && instance.state != InstanceState::Terminated)
    }

    /// The tags of a new thing.
    pub(super) fn tags(&self, deployment: &DeploymentId, name: &DeploymentName, token: &str) -> Tags {
        Tags {
            control_plane: self.control_plane.clone(),
            deployment: deployment.clone(),
            name: name.clone(),
            token: token.to_owned(),
        }
    }

    /// An id that looks like EC2's: 17 hexadecimal digits, 64 bits of them random.
    pub(super) fn new_id<R: Record>(&self) -> String {
        format!("{}-0{:016x}", R::PREFIX, self.env.random())
    }

    /// Every port that is promised to something.
    pub(super) fn ports(&self) -> BTreeSet<u16> {
        let of_instances = self.instances.values().flat_map(|i| [i.agent_port, i.metrics_port, i.database_port]);
        of_instances.chain(self.volumes.values().map(|volume| volume.port)).collect()
    }

    /// Puts an instance on disk and in memory as it is now.
    pub(super) fn keep_instance(&mut self, record: InstanceRecord) -> Result<(), CloudError> {
        self.keep(&record)?;
        self.instances.insert(record.id.clone(), record);
        Ok(())
    }

    /// Puts a volume on disk and in memory as it is now.
    pub(super) fn keep_volume(&mut self, record: VolumeRecord) -> Result<(), CloudError> {
        self.keep(&record)?;
        self.volumes.insert(record.id.clone(), record);
        Ok(())
    }

    /// Puts a copy on disk and in memory as it is now.
    pub(super) fn keep_copy(&mut self, record: CopyRecord) -> Result<(), CloudError> {
        self.keep(&record)?;
        self.copies.insert(record.id.clone(), record);
        Ok(())
    }

    fn keep<R: Record>(&self, record: &R) -> Result<(), CloudError> {
        self.still_ours()?;
        self.layout.store(record).map_err(|error| later(record.id(), &error))
    }

    /// An error once the folder may be someone else's.
    pub(super) fn still_ours(&self) -> Result<(), CloudError> {
        if self.closed.load(Ordering::Acquire) {
            return Err(CloudError::Later("this control plane is ending".to_owned()));
        }
        Ok(())
    }
}

/// What the disk refused now it may do later.
pub(super) fn later(what: &str, error: &io::Error) -> CloudError {
    CloudError::Later(format!("{what} cannot be written: {error}"))
}

fn load<R: Record, I: Ord>(
    layout: &Layout,
    control_plane: &str,
    id: impl Fn(&R) -> I,
) -> Result<BTreeMap<I, R>, OpenError> {
    let records = layout.load::<R>().map_err(|(file, why)| OpenError::Record { file, why })?;
    let ours = records.into_iter().filter(|record| record.tags().control_plane == control_plane);
    Ok(ours.map(|record| (id(&record), record)).collect())
}
