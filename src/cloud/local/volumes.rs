//! The rules of volumes, as EBS has them.
//!
//! A volume's data may be large, so what touches it is done in two steps: a short one that decides and marks the
//! thing busy, and the work itself, without the inventory.

use super::{
    copying,
    inventory::{Inventory, later},
    layout::{self, Layout},
    ports,
    records::{CopyRecord, Record, VolumeRecord},
};
use crate::{
    cloud::{CloudError, VolumeRequest},
    model::{
        CopyId, Volume, VolumeId,
        spec::{LARGEST_VOLUME, SMALLEST_VOLUME},
    },
};
use std::path::{Path, PathBuf};

/// Where a volume's or a copy's data is, in its folder.
pub const DATA: &str = "data";

/// A volume that is to be made.
pub struct NewVolume {
    record: VolumeRecord,
    layout: Layout,
}

/// What is to be done about a request for a volume.
pub enum VolumeWork {
    /// Nothing: this token made it before.
    Made(Volume),
    /// This; [`Inventory::volume_made`] is told of the outcome.
    Make(NewVolume),
}

impl Inventory {
    /// Decides what a request for a volume asks to be done.
    pub fn new_volume(&mut self, request: &VolumeRequest) -> Result<VolumeWork, CloudError> {
        self.still_ours()?;
        if let Some(made) = self.volumes.values().find(|volume| volume.tags.token == request.token) {
            return Ok(VolumeWork::Made(made.told(self.holder(&made.id).map(|holder| holder.id.clone()))));
        }
        within_bounds(request.gib)?;
        if let Some(from) = &request.from {
            self.fits(from, request.gib)?;
        }
        if self.making.contains_key(&request.token) {
            return Err(CloudError::Later("that volume is still being made".to_owned()));
        }
        let port = ports::find(&*self.env, &self.ports())?;
        self.making.insert(request.token.clone(), request.from.clone());
        let record = VolumeRecord {
            id: VolumeId::new(self.new_id::<VolumeRecord>()),
            tags: self.tags(&request.deployment, &request.name, &request.token),
            gib: request.gib,
            port,
            from: request.from.clone(),
            created: self.env.now(),
        };
        Ok(VolumeWork::Make(NewVolume { record, layout: self.layout.clone() }))
    }

    /// Takes note of what became of a new volume.
    pub fn volume_made(&mut self, made: NewVolume, outcome: Result<(), CloudError>) -> Result<Volume, CloudError> {
        self.making.remove(&made.record.tags.token);
        outcome?;
        let volume = made.record.told(None);
        self.volumes.insert(made.record.id.clone(), made.record);
        Ok(volume)
    }

    /// Makes it larger. Nothing of this machine is set aside for it; its agent watches how much is used.
    pub fn grow(&mut self, id: &VolumeId, gib: u32) -> Result<(), CloudError> {
        let volume = self.volume(id)?.clone();
        within_bounds(gib)?;
        if gib < volume.gib {
            return Err(CloudError::Refused(format!("{id} has {} GiB; a volume cannot be made smaller", volume.gib)));
        }
        if gib == volume.gib {
            return Ok(());
        }
        self.keep_volume(VolumeRecord { gib, ..volume })
    }

    /// Takes a volume away; gives the folder that is still to be removed.
    pub fn take_volume(&mut self, id: &VolumeId) -> Result<PathBuf, CloudError> {
        self.still_ours()?;
        self.volume(id)?;
        if let Some(holder) = self.holder(id) {
            let (holder, state) = (&holder.id, holder.state.as_str());
            return Err(CloudError::Refused(format!("{id} is attached to {holder}, which is {state}")));
        }
        self.nothing_copies(id)?;
        let aside = self.layout.put_aside::<VolumeRecord>(id.as_str()).map_err(|error| later(id.as_str(), &error))?;
        self.volumes.remove(id);
        Ok(aside)
    }

    pub(super) fn volume(&self, id: &VolumeId) -> Result<&VolumeRecord, CloudError> {
        self.volumes.get(id).ok_or_else(|| CloudError::NotFound(format!("volume {id}")))
    }

    /// An error while a copy of it is not completed: its data must stand still until then.
    pub(super) fn nothing_copies(&self, id: &VolumeId) -> Result<(), CloudError> {
        match self.copies.values().find(|copy| copy.volume == *id && !copy.completed) {
            Some(copy) => Err(CloudError::Later(format!("{id} is being copied to {}", copy.id))),
            None => Ok(()),
        }
    }

    fn fits(&self, from: &CopyId, gib: u32) -> Result<(), CloudError> {
        let copy = self.snapshot(from)?;
        if !copy.completed {
            return Err(CloudError::Later(format!("{from} is not completed yet")));
        }
        if gib < copy.gib {
            let needed = copy.gib;
            return Err(CloudError::Refused(format!("{from} is of {needed} GiB; ask for a volume of that or more")));
        }
        Ok(())
    }
}

impl NewVolume {
    /// Makes it: a folder that is there whole or not at all.
    pub fn make(&self, stopped: &dyn Fn() -> bool) -> Result<(), CloudError> {
        let fill = |folder: &Path| match &self.record.from {
            Some(copy) => {
                let from = self.layout.folder::<CopyRecord>(copy.as_str()).join(DATA);
                copying::tree(&from, &folder.join(DATA), stopped)
            }
            None => layout::private_folder(&folder.join(DATA)),
        };
        self.layout.create(&self.record, fill).map_err(|error| later(self.record.id(), &error))
    }
}

fn within_bounds(gib: u32) -> Result<(), CloudError> {
    if (SMALLEST_VOLUME..=LARGEST_VOLUME).contains(&gib) {
        return Ok(());
    }
    Err(CloudError::Refused(format!("a volume has {SMALLEST_VOLUME} to {LARGEST_VOLUME} GiB, not {gib}")))
}
